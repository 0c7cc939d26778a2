"""Who is let in: resource policies, trust policies, service permissions."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

PUBLIC = "public_resource_policy"
TRUST = "anyone_may_assume"
OIDC = "unpinned_oidc_trust"
DEPUTY = "confused_deputy_permission"
NOT_PRINCIPAL = "allow_with_not_principal"
NOT_ACTION = "allow_with_not_action"

GITHUB = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
CLUSTER = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"


def grant(principal: Any = "*", action: Any = "sqs:SendMessage", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", **more}


def asking(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


# -- public policies -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::123456789012:root", "*"]}])
def test_anyone_is_let_in(found, principal) -> None:
    (finding,) = found(PUBLIC, grant(principal))
    assert (finding.severity, finding.certainty) == ("high", "proved")


@pytest.mark.parametrize(
    "principal", [{"AWS": "123456789012"}, {"Service": "s3.amazonaws.com"}, {"CanonicalUser": "x"}]
)
def test_named_principals_are_not_anyone(found, principal) -> None:
    assert not found(PUBLIC, grant(principal))


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringEquals", "aws:PrincipalOrgID", "o-1"),
        ("stringequals", "AWS:principalorgid", "o-1"),
        ("StringEquals", "aws:SourceAccount", "123456789012"),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::b"),
        ("StringEquals", "aws:SourceVpce", ["vpce-1", "vpce-2"]),
        ("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
        ("Bool", "aws:PrincipalIsAWSService", "true"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-1/r-1/*"),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:*:*:my-bucket"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::123456789012:role/*"),
        ("StringLike", "aws:userId", "AROAEXAMPLE:*"),
    ],
)
def test_conditions_that_keep_strangers_out(found, operator, key, value) -> None:
    assert not found(PUBLIC, grant(**asking(operator, key, value)))


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("Bool", "aws:SecureTransport", "true"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/deployer"),
        ("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1"),
        ("StringNotEquals", "aws:PrincipalOrgID", "o-1"),
        ("ForAllValues:StringEquals", "aws:PrincipalOrgPaths", "o-1/*"),
        ("StringLike", "aws:SourceArn", "*"),
        ("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
        ("IpAddress", "aws:SourceIp", "0.0.0.0/1"),
        ("Null", "aws:PrincipalOrgID", "false"),
        ("Bool", "aws:PrincipalIsAWSService", "false"),
        ("StringEquals", "aws:PrincipalTag/Team", "x"),
        ("StringEquals", "aws:Referer", "https://example.com"),
    ],
)
def test_conditions_that_keep_nobody_out(found, operator, key, value) -> None:
    assert found(PUBLIC, grant(**asking(operator, key, value)))


def test_a_condition_nobody_can_judge_is_unknown_not_safe(judged) -> None:
    report = judged(PUBLIC, grant(**asking("StringEquals", "sqs:NewKey", "x")))
    assert not report.findings
    assert "sqs:NewKey" in report.unknown[0].reason


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringNotEquals", "aws:PrincipalOrgID", "o-1"),
        ("StringNotEquals", "aws:SourceVpce", "vpce-1"),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::123456789012:role/*"),
        ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"),
    ],
)
def test_a_deny_for_all_from_elsewhere_closes_it(found, operator, key, value) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    assert not found(PUBLIC, grant(), deny | asking(operator, key, value))


def test_a_deny_for_all_but_those_it_names_closes_it(found) -> None:
    deny = {"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "*", "Resource": "*"}
    assert not found(PUBLIC, grant(), deny)


def test_what_a_deny_leaves_is_shown_by_a_request(found) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:Send*", "Resource": "*"}
    (finding,) = found(PUBLIC, grant(action="sqs:*"), deny)
    request = finding.evidence["witness"]
    assert request["action"].startswith("sqs:")
    assert not request["action"].startswith("sqs:Send")


def test_a_deny_whose_reach_is_not_known_leaves_it_open(scan) -> None:
    report = scan(QUEUE_WITH_DENY, PUBLIC)
    assert not report.findings
    assert "Vault" in report.unknown[0].reason


QUEUE_WITH_DENY = """
Parameters:
  Vault: {Type: String}
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Queue]
      PolicyDocument:
        Statement:
          - {Effect: Allow, Principal: "*", Action: "sqs:SendMessage", Resource: "*"}
          - {Effect: Deny, Principal: "*", Action: "sqs:*", Resource: !Ref Vault}
"""


@pytest.mark.parametrize(
    "deny",
    [
        {"Effect": "Deny", "Principal": "*", "Action": "sqs:DeleteQueue", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
        | asking("Bool", "aws:SecureTransport", "false"),
    ],
)
def test_a_deny_of_something_else_changes_nothing(found, deny) -> None:
    assert found(PUBLIC, grant(), deny)


def test_reading_objects_is_less_than_writing_them(found) -> None:
    assert [f.severity for f in found(PUBLIC, grant(action="s3:GetObject"))] == ["medium"]
    assert [f.severity for f in found(PUBLIC, grant(action="s3:*"))] == ["high"]


BUCKET = """
Resources:
  Site:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: site%s
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Site
      PolicyDocument:
        Statement:
          - {Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: !Sub "${Site.Arn}/*"}
"""


def block(flags: str) -> str:
    return BUCKET % f"\n      PublicAccessBlockConfiguration: {{{flags}}}"


def test_the_public_access_block_of_a_bucket(scan) -> None:
    assert [f.certainty for f in scan(BUCKET % "", PUBLIC).findings] == ["possible"]
    assert [f.certainty for f in scan(block("BlockPublicPolicy: false"), PUBLIC).findings] == ["proved"]
    assert not scan(block("RestrictPublicBuckets: true"), PUBLIC).findings
    assert not scan(block("BlockPublicPolicy: true"), PUBLIC).findings


def test_ones_own_account_is_not_anyone(scan) -> None:
    policy = """
    Parameters: {Who: {Type: String}}
    Resources:
      P:
        Type: AWS::SNS::TopicPolicy
        Properties:
          Topics: [t]
          PolicyDocument:
            Statement: {Effect: Allow, Principal: {AWS: !Ref %s}, Action: "sns:Publish", Resource: "*"}
    """
    own, other = (scan(dedent(policy % who), PUBLIC) for who in ("AWS::AccountId", "Who"))
    assert not own.findings
    assert not own.unknown
    assert not other.findings
    assert [u.reason for u in other.unknown] == ["parameter `Who` has no default"]


def test_what_is_open_by_nature_is_asked_elsewhere(scan) -> None:
    api = """
    Resources:
      Api:
        Type: AWS::ApiGateway::RestApi
        Properties:
          Policy:
            Statement: {Effect: Allow, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*"}
      Url:
        Type: AWS::Lambda::Permission
        Properties:
          Action: lambda:InvokeFunctionUrl
          FunctionName: f
          Principal: "*"
          FunctionUrlAuthType: NONE
      ThroughUrl:
        Type: AWS::Lambda::Permission
        Properties:
          Action: lambda:InvokeFunction
          FunctionName: f
          Principal: "*"
          InvokedViaFunctionUrl: true
    """
    report = scan(dedent(api), PUBLIC)
    assert len(report.graph.resources) == 3
    assert not report.findings


# -- trust ------------------------------------------------------------------------------------------------------------------


def trusting(principal: Any, action: Any = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


def test_anyone_may_become_the_role(found) -> None:
    assert [f.severity for f in found(TRUST, trusting({"AWS": "*"}))] == ["critical"]
    assert found(TRUST, trusting({"AWS": "*"}, **asking("StringEquals", "sts:ExternalId", "x")))
    assert not found(TRUST, trusting({"AWS": "*"}, **asking("StringEquals", "aws:PrincipalOrgID", "o-1")))
    assert not found(TRUST, trusting({"AWS": "arn:aws:iam::123456789012:root"}))
    assert not found(TRUST, trusting({"Service": "lambda.amazonaws.com"}))


def web(provider: str, condition: dict[str, Any] | None = None) -> dict[str, Any]:
    more = {"Condition": condition} if condition else {}
    return trusting({"Federated": provider}, "sts:AssumeRoleWithWebIdentity", **more)


@pytest.mark.parametrize(
    ("provider", "condition"),
    [
        (GITHUB, None),
        (GITHUB, {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}),
        (GITHUB, {"StringLike": {"token.actions.githubusercontent.com:sub": "*"}}),
        (GITHUB, {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}}),
        (GITHUB, {"StringLike": {"token.actions.githubusercontent.com:sub": ["repo:acme/x:*", "repo:*/x:*"]}}),
        (GITHUB, {"StringEqualsIfExists": {"token.actions.githubusercontent.com:sub": "repo:acme/x:*"}}),
        (CLUSTER, {"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com/id/ABC:aud": "sts.amazonaws.com"}}),
        (CLUSTER, {"StringLike": {"oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub": "system:serviceaccount:*:app"}}),
        ("cognito-identity.amazonaws.com", None),
    ],
)
def test_an_unpinned_provider(found, provider, condition) -> None:
    assert len(found(OIDC, web(provider, condition))) == 1


@pytest.mark.parametrize(
    ("provider", "condition"),
    [
        (GITHUB, {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/orders:*"}}),
        (GITHUB, {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/*"}}),
        (GITHUB, {"StringEquals": {"token.actions.githubusercontent.com:job_workflow_ref": "acme/x/y.yml@z"}}),
        (CLUSTER, {"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub": "system:serviceaccount:shop:app"}}),
        ("cognito-identity.amazonaws.com", {"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:x"}}),
    ],
)
def test_a_pinned_provider(found, provider, condition) -> None:
    assert not found(OIDC, web(provider, condition))


def test_saml_is_not_asked_for_a_subject(found) -> None:
    assert not found(OIDC, trusting({"Federated": "arn:aws:iam::1:saml-provider/x"}, "sts:AssumeRoleWithSAML"))


# -- services that act for others ----------------------------------------------------------------------------------------------


def test_a_service_may_act_for_any_account(found) -> None:
    (finding,) = found(DEPUTY, grant({"Service": "events.amazonaws.com"}))
    assert finding.severity == "medium"
    assert not found(
        DEPUTY, grant({"Service": "events.amazonaws.com"}, **asking("ArnEquals", "aws:SourceArn", "arn:x"))
    )
    assert not found(
        DEPUTY, grant({"Service": "events.amazonaws.com"}, **asking("StringEquals", "aws:SourceAccount", "1"))
    )
    assert not found(  # A service is in no organization, so that the statement lets none in.
        DEPUTY, grant({"Service": "config.amazonaws.com"}, **asking("StringEquals", "aws:PrincipalOrgID", "o-1"))
    )
    assert found(DEPUTY, grant({"Service": "events.amazonaws.com"}, **asking("ArnLike", "aws:SourceArn", "*")))
    assert found(DEPUTY, grant({"Service": "logs.eu-west-1.amazonaws.com"}))


def test_services_that_act_for_their_own_account_only(found) -> None:
    for service in ("elasticloadbalancing", "ecs-tasks", "lambda", "edgelambda"):
        assert not found(DEPUTY, grant({"Service": f"{service}.amazonaws.com"}))


def test_looking_how_something_is_set_up_is_not_acting(found) -> None:
    assert not found(DEPUTY, grant({"Service": "cloudtrail.amazonaws.com"}, "s3:GetBucketAcl"))
    assert found(DEPUTY, grant({"Service": "cloudtrail.amazonaws.com"}, ["s3:GetBucketAcl", "s3:PutObject"]))


PERMISSION = """
Resources:
  Rule: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 day)}}
  P:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: f
      Principal: %s
"""


@pytest.mark.parametrize("more", ["SourceArn: !GetAtt Rule.Arn", "SourceAccount: !Ref AWS::AccountId"])
def test_a_permission_that_says_for_whom(scan, more) -> None:
    assert not scan(PERMISSION % "events.amazonaws.com" + f"      {more}\n", DEPUTY).findings


def test_a_permission_that_says_it_only_sometimes(scan) -> None:
    template = (
        "Parameters: {Open: {Type: String, AllowedValues: [open, shut]}}\n"
        "Conditions: {Closed: !Equals [!Ref Open, shut]}\n"
        + PERMISSION % "events.amazonaws.com"
        + "      SourceArn: !If [Closed, !GetAtt Rule.Arn, !Ref AWS::NoValue]\n"
    )
    (finding,) = scan(template, DEPUTY).findings
    assert (finding.certainty, finding.condition) == ("when", "Open = open")


def test_a_service_that_is_a_parameter_is_unknown(scan) -> None:
    report = scan("Parameters: {S: {Type: String}}\n" + PERMISSION % "!Ref S", DEPUTY)
    assert not report.findings


# -- all but ... -------------------------------------------------------------------------------------------------------------------


def test_allow_for_everybody_but(found) -> None:
    statement = {"Effect": "Allow", "NotPrincipal": {"AWS": "123456789012"}, "Action": "s3:GetObject", "Resource": "*"}
    assert found(NOT_PRINCIPAL, statement)
    assert not found(NOT_PRINCIPAL, statement | {"Effect": "Deny"})
    assert not found(NOT_PRINCIPAL, statement | asking("StringEquals", "aws:PrincipalOrgID", "o-1"))


def test_allow_for_every_action_but(found) -> None:
    statement = {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}
    assert found(NOT_ACTION, statement)
    assert not found(NOT_ACTION, statement | {"NotAction": "s3:*"}), "the administrator's check says that"
    assert not found(NOT_ACTION, statement | {"Resource": "arn:aws:s3:::b/*"})
    assert not found(NOT_ACTION, statement | {"Effect": "Deny"})
    assert not found(NOT_ACTION, statement, name="scp.json")
