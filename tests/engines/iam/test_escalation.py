"""Ways up in IAM: open where every premise is allowed, closed where one is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from fourfold import iam
from fourfold.engines.iam.escalation import ROLES, catalogue
from fourfold.knowledge.iam import catalogue as actions
from fourfold.pipeline import graph_of

TEMPLATE = """
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Ci:
    Type: AWS::IAM::User
    Properties:
      UserName: ci
      BOUNDARY
      ManagedPolicyArns: [!Ref Own]
      Policies:
        - PolicyName: own
          PolicyDocument:
            Version: '2012-10-17'
            Statement: STATEMENTS
  Own:
    Type: AWS::IAM::ManagedPolicy
    Properties: {ManagedPolicyName: own, PolicyDocument: {Statement: [{Effect: Allow, Action: 's3:ListAllMyBuckets', Resource: '*'}]}}
  Admin:
    Type: AWS::IAM::Role
    Properties:
      RoleName: admin
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: TRUST, Action: sts:AssumeRole}]}
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess']
  Function:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: fn, Runtime: python3.13, Role: !GetAtt Admin.Arn, Handler: i.h, Code: {ZipFile: x}}
"""
LAMBDA = "{Service: lambda.amazonaws.com}"


def allow(*names: str, resource: str = "'*'", condition: str = "") -> str:
    text = ", ".join(f"'{n}'" for n in names)
    return f"[{{Effect: Allow, Action: [{text}], Resource: {resource}{condition}}}]"


def ways(folder: Path, statements: str, trust: str = LAMBDA, boundary: str = "") -> list[tuple[str, str]]:
    text = TEMPLATE.replace("STATEMENTS", statements).replace("TRUST", trust).replace("BOUNDARY", boundary)
    (folder / "template.yaml").write_text(text)
    graph, _ = graph_of(folder)
    return [(one.way.id, one.gained.name if one.gained is not None else "*") for one in iam.escalations(graph, "ci")]


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (allow("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"), [("lambda-001", "admin")]),
        (allow("iam:Pass*", "lambda:*"), [("lambda-001", "admin"), ("lambda-002", "admin"), ("lambda-006", "admin"), ("lambda-003", "admin")]),
        (allow("iam:PassRole", "lambda:CreateFunction"), []),
        (allow("lambda:CreateFunction", "lambda:InvokeFunction"), []),
        (allow("iam:PassRole", "ec2:RunInstances"), []),  # the role does not trust EC2
        (allow("iam:PassRole", "states:CreateStateMachine", "states:StartExecution"), []),
        (allow("lambda:UpdateFunctionCode"), [("lambda-003", "admin")]),
        (allow("lambda:UpdateFunctionCode", resource="'arn:aws:lambda:*:*:function:other'"), []),
        (allow("iam:CreatePolicyVersion"), [("iam-001", "*")]),
        (allow("iam:CreatePolicyVersion", resource="'arn:aws:iam::*:policy/another'"), []),
        (allow("iam:PutUserPolicy"), [("iam-007", "*")]),
        (allow("iam:PutUserPolicy", resource="'arn:aws:iam::*:user/${aws:username}'"), [("iam-007", "*")]),
        (allow("iam:PutUserPolicy", resource="'arn:aws:iam::*:user/other'"), []),
        (allow("iam:AttachUserPolicy"), [("iam-008", "*")]),
        (allow("iam:PutRolePolicy"), []),  # a user is no role, and it cannot become the role
        (allow("iam:UpdateAssumeRolePolicy"), [("iam-012", "admin")]),
        (allow("iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"), [("iam-012", "admin"), ("iam-021", "*")]),
        (allow("s3:*"), []),
    ],
)  # fmt: skip
def test_a_way_is_open_where_every_premise_is_allowed(
    tmp_path: Path, statements: str, expected: list[tuple[str, str]]
) -> None:
    assert ways(tmp_path, statements) == expected


def test_a_deny_a_condition_and_a_boundary_close_a_way(tmp_path: Path) -> None:
    passing = allow("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction")
    deny = passing[:-1] + ", {Effect: Deny, Action: 'iam:PassRole', Resource: '*'}]"
    assert ways(tmp_path, deny) == []
    only_ec2 = ", Condition: {StringEquals: {'iam:PassedToService': ec2.amazonaws.com}}"
    split = passing[:-1].replace("'iam:PassRole', ", "") + ", " + allow("iam:PassRole", condition=only_ec2)[1:]
    assert ways(tmp_path, split) == []
    assert ways(tmp_path, split.replace("ec2.amazonaws.com", "lambda.amazonaws.com")) == [("lambda-001", "admin")]
    bounded = "PermissionsBoundary: 'arn:aws:iam::aws:policy/IAMFullAccess'"
    assert ways(tmp_path, allow("iam:PutUserPolicy"), boundary=bounded) == []
    freed = allow("iam:PutUserPolicy", "iam:DeleteUserPermissionsBoundary")
    assert ways(tmp_path, freed, boundary=bounded) == [("iam-007", "*")]


def test_becoming_a_role_needs_its_trust(tmp_path: Path) -> None:
    assert ways(tmp_path, allow("sts:AssumeRole")) == []
    assert ways(tmp_path, allow("sts:AssumeRole"), trust="{AWS: !GetAtt Ci.Arn}") == [("sts-001", "admin")]
    both = allow("iam:PutRolePolicy", "sts:AssumeRole")
    assert ways(tmp_path, both, trust="{AWS: !GetAtt Ci.Arn}") == [("iam-017", "*"), ("sts-001", "admin")]


def test_each_premise_comes_with_the_request_that_meets_it(tmp_path: Path) -> None:
    text = TEMPLATE.replace("STATEMENTS", allow("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"))
    (tmp_path / "template.yaml").write_text(text.replace("TRUST", LAMBDA).replace("BOUNDARY", ""))
    graph, _ = graph_of(tmp_path)
    (found,) = iam.escalations(graph, "ci")
    passed, created, _ = found.plain()["premises"]
    assert passed["request"]["context"]["iam:PassedToService"] == "lambda.amazonaws.com"
    assert passed["request"]["resource"].endswith(":role/admin")
    assert created["deciding"][0]["place"].startswith("template.yaml:1")


def test_the_catalogue_names_actions_and_types_that_exist() -> None:
    ids = [way.id for way in catalogue()]
    assert len(ids) == len(set(ids)) > 50
    for way in catalogue():
        assert all(len(actions().expand(action)) == 1 for action, _ in way.needs), way.id
        assert all(kind in ROLES or kind == "AWS::EC2::Instance" for kind in way.types)
        assert bool(way.service) == (way.kind == "pass")
