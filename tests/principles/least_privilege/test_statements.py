"""Statements that allow too much, can never match, or are misspelt: what fires, and above all what must not."""

from __future__ import annotations

from typing import Any

import pytest

ADMIN = "administrator_statement"
WHOLE = "whole_service_on_everything"
EVERY = "every_resource"
DEAD = "dead_resource"
ELEMENT = "unknown_policy_element"
SPELLING = "condition_key_spelling"
PASS = "pass_any_role"
ALL = (ADMIN, WHOLE, EVERY, PASS)

BY_TAG = {"StringEquals": {"aws:ResourceTag/Team": "orders"}}
OVER_TLS = {"Bool": {"aws:SecureTransport": "true"}}


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


# -- everything on everything --------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["*", "*:*", "**", ["s3:GetObject", "*"]])
def test_everything_on_everything(found, action) -> None:
    (finding,) = found(ADMIN, allow(action))
    assert (finding.severity, finding.certainty) == ("high", "proved")
    assert finding.evidence["decided by"]["Effect"] == "Allow"


@pytest.mark.parametrize(
    "statement",
    [
        allow("*", "arn:aws:s3:::b/*"),
        allow("s3:*"),
        allow("*", Condition=BY_TAG),
        {"Effect": "Deny", "Action": "*", "Resource": "*"},
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
    ],
)
def test_not_everything_on_everything(found, statement) -> None:
    assert not found(ADMIN, statement)


def test_a_condition_that_does_not_narrow_changes_nothing(found) -> None:
    assert found(ADMIN, allow("*", Condition=OVER_TLS))
    assert found(ADMIN, allow("*", Condition={"StringLike": {"aws:PrincipalArn": "*"}}))


def test_all_but_a_few_actions_with_the_way_to_the_rest_among_them(found) -> None:
    (finding,) = found(ADMIN, {"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "*"})
    assert "iam:PutRolePolicy" in finding.title
    assert not found(ADMIN, {"Effect": "Allow", "NotAction": "i?m:*", "Resource": "*"})


@pytest.mark.parametrize("kind", ["scp.json", "boundary.json"])
@pytest.mark.parametrize("check", ALL)
def test_policies_that_grant_nothing_by_themselves(found, kind, check) -> None:
    assert not found(check, allow("*"), allow("s3:*"), allow("s3:PutObject"), allow("iam:PassRole"), name=kind)


# -- whole services --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "severity"),
    [("iam:*", "high"), ("s3:*", "high"), ("logs:*", "medium"), ("translate:*", "medium"), ("pricing:*", "low")],
)
def test_severity_of_a_whole_service(found, action, severity) -> None:
    (finding,) = found(WHOLE, allow(action))
    assert finding.severity == severity


def test_several_services_are_one_finding_at_the_worst(found) -> None:
    (finding,) = found(WHOLE, allow(["pricing:*", "iam:*"]))
    assert finding.severity == "high"
    assert len(finding.related) == 1


@pytest.mark.parametrize(
    "statement",
    [
        allow("s3:*", "arn:aws:s3:::b"),
        allow("s3:Get*"),
        allow("*"),
        allow(["ec2messages:*", "ssmmessages:*"]),
        allow("s3:*", Condition=BY_TAG),
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*"},
    ],
)
def test_not_a_whole_service_on_everything(found, statement) -> None:
    assert not found(WHOLE, statement)


# -- every resource ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "severity"),
    [
        ("s3:PutObject", "medium"),
        ("dynamodb:GetItem", "medium"),
        ("secretsmanager:GetSecretValue", "high"),
        ("sts:AssumeRole", "high"),
        ("sns:Publish", "low"),
        ("S3:PUTOBJECT", "medium"),
    ],
)
def test_an_action_that_could_name_its_resource(found, action, severity) -> None:
    (finding,) = found(EVERY, allow(action))
    assert (finding.severity, finding.certainty) == (severity, "proved")


@pytest.mark.parametrize(
    "action",
    [
        ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"],
        "ec2:Describe*",
        "s3:List*",
        "cloudwatch:PutMetricData",
        "polly:SynthesizeSpeech",
        "rekognition:DetectLabels",
        "translate:TranslateText",
        "ecr:GetAuthorizationToken",
        "nosuch:Thing",
        "s3:*",
        "*",
    ],
)
def test_what_is_justified_or_said_elsewhere(found, action) -> None:
    assert not found(EVERY, allow(action))


@pytest.mark.parametrize(
    "condition",
    [
        BY_TAG,
        {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
        {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
    ],
)
def test_a_narrowing_condition_is_enough(found, condition) -> None:
    assert not found(EVERY, allow("kms:Decrypt", Condition=condition))


@pytest.mark.parametrize(
    ("resource", "fires"),
    [
        ("arn:aws:s3:::*", True),
        ("arn:aws:s3:::*/*", True),
        (["arn:aws:s3:::b/*", "*"], True),
        ("arn:aws:s3:::b/*", False),
        ("arn:aws:s3:::${aws:username}/*", False),
        ("arn:aws:s3:::orders-*/*", False),
        ("arn:aws:sqs:*:*:*", False),
    ],
)
def test_what_counts_as_every_resource(found, resource, fires) -> None:
    assert bool(found(EVERY, allow("s3:PutObject", resource))) is fires


def test_an_action_is_on_every_resource_only_if_each_type_it_needs_is_open(found) -> None:
    account = "arn:aws:batch:eu-west-1:123456789012"
    narrow = [f"{account}:job/*", f"{account}:job-queue/orders", f"{account}:job-definition/orders:*"]
    assert not found(EVERY, allow("batch:SubmitJob", narrow))
    wide = [f"{account}:job/*", f"{account}:job-queue/*", f"{account}:job-definition/*"]
    assert found(EVERY, allow("batch:SubmitJob", wide))


def test_a_whole_service_on_all_its_resources_by_arn(found) -> None:
    assert found(EVERY, allow("s3:*", ["arn:aws:s3:::*", "arn:aws:s3:::*/*"]))
    assert not found(EVERY, allow("s3:*", ["arn:aws:s3:::orders", "arn:aws:s3:::orders/*"]))


def test_only_what_matters_is_named(found) -> None:
    (finding,) = found(EVERY, allow(["s3:ListAllMyBuckets", "s3:GetBucketLocation", "s3:DeleteObject"]))
    assert finding.evidence["decided by"]["Action"] == ["s3:DeleteObject"]


# -- dead resources ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:PutObject", "arn:aws:s3:::b"),
        ("s3:ListBucket", "arn:aws:s3:::b/*"),
        ("dynamodb:PutItem", "arn:aws:s3:::b"),
        ("states:StartExecution", "arn:aws:states:eu-west-1:123456789012:statemachine:orders"),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:123456789012:orders-*"),
        ("iam:PassRole", "arn:aws:iam::123456789012:instance-profile/orders"),
        ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:123456789012:q/*"),
        ("logs:PutLogEvents", "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/f"),
        (["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::b"),
    ],
)
def test_a_resource_that_never_matches(found, action, resource) -> None:
    (finding,) = found(DEAD, allow(action, [resource, "*"]))
    assert finding.evidence["Resource"] == resource
    assert finding.fix is not None
    assert finding.fix.safe


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:PutObject", "arn:aws:s3:::b*"),
        ("s3:PutObject", "arn:aws:s3:::b/*"),
        ("s3:PutObject", "arn:aws:s3:eu-west-1:123456789012:accesspoint/a/object/*"),
        (["s3:PutObject", "s3:ListBucket"], "arn:aws:s3:::b"),
        (["s3:PutObject", "s3:NewerThanTheCatalogue"], "arn:aws:s3:::b"),
        ("s3:*", "arn:aws:s3:::b"),
        ("*", "arn:aws:nosuch:::x"),
        ("logs:PutLogEvents", "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/f:*"),
        ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:123456789012:function:f:live"),
        ("dynamodb:Query", "arn:aws:dynamodb:eu-west-1:123456789012:table/t/index/*"),
        ("s3:PutObject", "${bucket_arn}"),
        ("s3:PutObject", "arn:aws:s3:::${bucket}"),
        ("s3:PutObject", "arn:*"),
        ("iam:PassRole", "arn:aws:iam::123456789012:role/path/r"),
        ("apigateway:GET", "arn:aws:apigateway:eu-west-1::/v2/apis/*/routes"),
        ("elasticloadbalancing:AddTags", "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/a/1"),
        (["s3:GetObject", "ec2:RunInstances"], "arn:aws:s3:::b"),
        ("states:InvokeHTTPEndpoint", "arn:aws:states:eu-west-1:123456789012:stateMachine:*"),
        ("ssm:GetParameter", "arn:aws:ssm:eu-west-1:123456789012:parameter/a/b"),
    ],
)
def test_a_resource_that_may_match(found, action, resource) -> None:
    assert not found(DEAD, allow(action, [resource]))


def test_the_nearest_form_of_a_resource_is_named(found, scan) -> None:
    (finding,) = found(DEAD, allow("s3:GetObject", "arn:aws:s3:::b"))
    assert "`arn:${Partition}:s3:::${BucketName}/${ObjectName}`" in finding.title
    template = """\
Resources:
  Bucket: {Type: "AWS::S3::Bucket"}
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Statement: {Effect: Allow, Action: "s3:GetObject", Resource: !GetAtt Bucket.Arn}
"""
    (finding,) = scan(template, DEAD).findings
    assert "`arn:${Partition}:s3:::${BucketName}/${ObjectName}`" in finding.title


def test_the_only_resource_is_not_removed(found) -> None:
    (finding,) = found(DEAD, allow("s3:PutObject", "arn:aws:s3:::b"))
    assert finding.fix is None


def test_the_short_form_of_gateway_policies_is_no_arn(found) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    assert not found(DEAD, statement)


def test_what_an_expansion_wrote_is_not_reported(scan) -> None:
    template = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Table: {Type: AWS::DynamoDB::Table}
  F:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: x
      Handler: index.handler
      Runtime: python3.13
      Policies:
        - DynamoDBWritePolicy: {TableName: !Ref Table}
        - Statement:
            - {Effect: Allow, Action: "dynamodb:PutItem", Resource: [!Sub "${Table.Arn}/index/*", !GetAtt Table.Arn]}
"""
    (finding,) = scan(template, DEAD).findings
    assert finding.evidence["Action"] == ["dynamodb:PutItem"]


# -- elements and keys -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("element", "right"),
    [("Conditions", "Condition"), ("Actions", "Action"), ("Resources", "Resource"), ("NotPrinciple", "NotPrincipal")],
)
def test_a_misspelt_element(found, element, right) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", element: {}}
    statement.pop(right, None)
    (finding,) = found(ELEMENT, statement)
    assert f"`{right}` is" in finding.title
    assert finding.fix is not None
    assert finding.fix.edits[0].keys == (right,)


def test_an_element_that_is_near_none_has_no_fix(found) -> None:
    (finding,) = found(ELEMENT, allow("s3:GetObject", Description="reads"))
    assert finding.fix is None
    assert finding.certainty == "proved"


def test_the_right_element_beside_the_wrong_one_keeps_the_fix_away(found) -> None:
    (finding,) = found(ELEMENT, allow("s3:GetObject", Condition=BY_TAG, Conditions=BY_TAG))
    assert finding.fix is None


def test_the_case_of_an_element_is_only_possibly_wrong(found) -> None:
    (finding,) = found(ELEMENT, {"effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}, allow("s3:GetObject"))
    assert (finding.certainty, finding.severity) == ("possible", "low")


def test_elements_of_the_document(found) -> None:
    (finding,) = found(ELEMENT, allow("s3:GetObject"), Statements=[])
    assert "`Statements` of policy `policy`" in finding.title
    assert not found(ELEMENT, allow("s3:GetObject"), Id="x")


def test_an_element_that_slipped_out_of_its_statement(found) -> None:
    (finding,) = found(ELEMENT, {"Effect": "Allow", "Action": "s3:GetObject"}, Resource="*")
    assert finding.title.endswith("is no policy element; it belongs into a statement")
    assert finding.fix is None


@pytest.mark.parametrize(
    "condition",
    [
        {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}},
        {"StringLike": {"aws:PrincipalOrgID": "o-*"}},
        {"StringEquals": {"aws:PrincipalTag/Team": "x"}},
    ],
)
def test_a_witness_is_only_given_where_it_surely_tells_the_readings_apart(found, condition) -> None:
    (finding,) = found(ELEMENT, allow("s3:GetObject", Conditions=condition))
    assert "witness" not in finding.evidence


@pytest.mark.parametrize(
    "key",
    [
        "aws:PrincipalOrgID",
        "AWS:SourceArn",
        "aws:ResourceTag/team",
        "aws:referer",
        "aws:Referer",
        "aws:NoSuchKey",
        "x:Y",
    ],
)
def test_keys_that_are_spelled_well_or_not_known(found, key) -> None:
    assert not found(SPELLING, allow("s3:GetObject", Condition={"StringEquals": {key: "x"}}))


def test_the_tag_behind_the_key_keeps_its_case(found) -> None:
    (finding,) = found(SPELLING, allow("s3:GetObject", Condition={"StringEquals": {"aws:resourceTag/MyTeam": "x"}}))
    assert finding.severity == "info"
    assert finding.fix.edits[0].keys == ("aws:ResourceTag/MyTeam",)


# -- pass any role -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["iam:PassRole", "iam:Pass*", "IAM:passrole"])
@pytest.mark.parametrize("resource", ["*", "arn:aws:iam::*:role/*", "arn:aws:iam::123456789012:role/*"])
def test_any_role_may_be_passed(found, action, resource) -> None:
    assert found(PASS, allow(action, resource))


@pytest.mark.parametrize(
    "statement",
    [
        allow("iam:PassRole", "arn:aws:iam::123456789012:role/orders-*"),
        allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}),
        allow("iam:GetRole"),
        allow("iam:*"),
        allow("*"),
        {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"},
    ],
)
def test_not_any_role_may_be_passed(found, statement) -> None:
    assert not found(PASS, statement)


def test_passing_to_any_service_is_no_limit(found) -> None:
    assert found(PASS, allow("iam:PassRole", Condition={"StringLike": {"iam:PassedToService": "*"}}))


# -- the shared examples -------------------------------------------------------------------------------------------------------


@pytest.fixture
def example(shared, scan):
    """Findings about one of the shared examples, by check."""

    def run(name: str):
        text = (shared / "seed-examples" / name).read_text()
        findings = scan({name: text}, "least_privilege").findings
        assert len({f.check for f in findings}) == len(findings)
        return {f.check: f for f in findings}

    return run


def test_least_privilege_example(example) -> None:
    findings = example("least-privilege-policy.json")
    assert list(findings) == [DEAD]
    assert findings[DEAD].evidence["Resource"] == "arn:aws:s3:::my-bucket"
    assert findings[DEAD].evidence["Action"] == ["s3:PutObject"]
    assert findings[DEAD].fix.safe


def test_organization_example(example) -> None:
    findings = example("organization-policy.json")
    assert set(findings) == {ELEMENT, DEAD, SPELLING}
    assert findings[ELEMENT].evidence["witness"] == {
        "action": "s3:PutObject",
        "resource": "arn:aws:s3:::my-bucket/any",
        "aws:PrincipalOrgID": "o-outsideorg",
    }
    assert findings[ELEMENT].evidence["who"] == "a principal outside the organization"
    assert "strictly fewer" in findings[ELEMENT].evidence["comparison"]
    assert (findings[SPELLING].severity, findings[SPELLING].evidence["reference"]) == ("info", "aws:PrincipalOrgID")
