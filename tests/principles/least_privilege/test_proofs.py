"""Statements that never have an effect, and those that others make superfluous."""

from __future__ import annotations

from typing import Any

import pytest

DEAD = "dead_statement"
REDUNDANT = "redundant_statement"


def allow(
    action: Any = "sqs:SendMessage", resource: Any = "arn:aws:sqs:eu-west-1:111111111111:q", **more: Any
) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}  # fmt: skip


def deny(action: Any = "sqs:*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def asking(**operators: dict[str, Any]) -> dict[str, Any]:
    return {"Condition": operators}


def test_conditions_that_contradict_each_other(found) -> None:
    block = asking(StringEquals={"aws:SourceVpce": "vpce-1"}, StringNotEquals={"aws:SourceVpce": "vpce-1"})
    (finding,) = found(DEAD, allow(**block))
    assert "satisfies" in finding.title
    assert not found(
        DEAD, allow(**asking(StringEquals={"aws:SourceVpce": "vpce-1"}, StringNotEquals={"aws:SourceVpce": "vpce-2"}))
    )


def test_a_deny_that_leaves_nothing_and_one_that_leaves_something(found) -> None:
    assert found(DEAD, allow(), deny())
    assert not found(DEAD, allow("sqs:*"), deny("sqs:SendMessage"))
    assert not found(DEAD, allow(), deny(**asking(Bool={"aws:SecureTransport": "false"})))


def test_the_later_of_two_that_say_the_same_is_superfluous(found) -> None:
    (finding,) = found(REDUNDANT, allow(), allow())
    assert finding.address.endswith("statement/1")


@pytest.mark.parametrize(
    "other",
    [
        allow("sqs:*", "arn:aws:sqs:eu-west-1:111111111111:other"),
        allow("sqs:*", "*", **asking(Bool={"aws:SecureTransport": "true"})),
        deny(),
    ],
)
def test_what_adds_something_is_not_superfluous(found, other) -> None:
    assert not [f for f in found(REDUNDANT, allow(), other) if f.address.endswith("statement/0")]


def test_a_grant_to_the_account_does_not_replace_one_to_a_role(found) -> None:
    root = {"Principal": {"AWS": "arn:aws:iam::111111111111:root"}}
    role = {"Principal": {"AWS": "arn:aws:iam::111111111111:role/admin"}}
    assert not found(REDUNDANT, allow("kms:*", "*", **root), allow("kms:List*", "*", **role))
    assert found(REDUNDANT, allow("kms:*", "*", **role), allow("kms:List*", "*", **role))


TEMPLATE = """
Parameters:
  First: {Type: String}
  Second: {Type: String}
Resources:
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Statement:
          - {Effect: Allow, Action: "iam:PassRole", Resource: !Ref First}
          - {Effect: Allow, Action: "iam:PassRole", Resource: !Ref %s}
"""


def test_what_is_known_at_deployment_only_is_compared_by_its_name(scan) -> None:
    assert not scan(TEMPLATE % "Second", REDUNDANT).findings
    assert scan(TEMPLATE % "First", REDUNDANT).findings


def test_a_wildcard_tells_what_it_could_be_narrowed_to(scan) -> None:
    report = scan(
        TEMPLATE.replace('"iam:PassRole", Resource: !Ref First', '["sqs:SendMessage", "xray:PutTraceSegments"], Resource: "*"')
        % "Second" + "  Orders: {Type: AWS::SQS::Queue}\n  Table: {Type: AWS::DynamoDB::Table}\n",
        "every_resource",
    )  # fmt: skip
    (finding,) = report.findings
    assert finding.evidence["beside it"] == {"sqs:SendMessage": ["Orders"]}
    assert finding.evidence["justified"] == ["xray:PutTraceSegments"]


def test_an_administrator_who_is_kept_from_the_rest_weighs_less(found) -> None:
    everything = allow("*", "*")
    assert [f.severity for f in found("administrator_statement", everything)] == ["high"]
    assert [f.severity for f in found("administrator_statement", everything, deny("iam:*"))] == ["low"]
    some = deny("iam:PutRolePolicy")
    assert [f.severity for f in found("administrator_statement", everything, some)] == ["high"]
    unless = deny("iam:*", **asking(StringNotEquals={"aws:PrincipalTag/Team": "admins"}))
    assert [f.severity for f in found("administrator_statement", everything, unless)] == ["high"]


ROLE = """
Resources:
  Bound:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: {Statement: [{Effect: Allow, Action: "%s", Resource: "*"}]}
  Role:
    Type: AWS::IAM::Role
    Properties:
      PermissionsBoundary: !Ref Bound
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: all
          PolicyDocument: {Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}
"""


@pytest.mark.parametrize(("bound", "severity"), [("dynamodb:*", "low"), ("iam:*", "high"), ("*", "high")])
def test_a_boundary_is_asked_what_it_leaves(scan, bound, severity) -> None:
    found = [f for f in scan(ROLE % bound, "administrator_statement").findings if f.address.startswith("Role")]
    assert [f.severity for f in found] == [severity]
