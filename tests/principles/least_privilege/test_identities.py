"""Roles that are shared or missing, managed policies, access keys."""

from __future__ import annotations

import pytest

TRUST = "{Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]}"

FUNCTIONS = f"""
Parameters:
  Env: {{Type: String, AllowedValues: [dev, prod]}}
Conditions:
  Prod: !Equals [!Ref Env, prod]
Resources:
  Role: {{Type: AWS::IAM::Role, Properties: {{AssumeRolePolicyDocument: {TRUST}}}}}
  Other: {{Type: AWS::IAM::Role, Properties: {{AssumeRolePolicyDocument: {TRUST}}}}}
  A: {{Type: AWS::Lambda::Function, Properties: {{Role: !GetAtt Role.Arn, Code: {{ImageUri: x}}}}}}
"""


def test_one_role_for_two_functions(scan) -> None:
    second = "  B: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn, Code: {ImageUri: x}}}\n"
    (finding,) = scan(FUNCTIONS + second, "shared_role").findings
    assert finding.evidence["workloads"] == ["A", "B"]
    assert len(finding.related) == 1


def test_a_role_each(scan) -> None:
    second = "  B: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Other.Arn, Code: {ImageUri: x}}}\n"
    assert not scan(FUNCTIONS + second, "shared_role").findings


def test_shared_only_under_a_condition(scan) -> None:
    second = (
        "  B: {Type: AWS::Lambda::Function, Properties: "
        "{Role: !If [Prod, !GetAtt Other.Arn, !GetAtt Role.Arn], Code: {ImageUri: x}}}\n"
    )
    (finding,) = scan(FUNCTIONS + second, "shared_role").findings
    assert (finding.certainty, finding.condition) == ("when", "Env = dev")


def test_functions_that_never_exist_together_share_nothing(scan) -> None:
    template = FUNCTIONS.replace("  A: {Type", "  A: {Condition: Prod, Type").replace(
        "Conditions:\n", "Conditions:\n  Dev: !Not [!Condition Prod]\n"
    )
    second = "  B: {Condition: Dev, Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn, Code: {ImageUri: x}}}\n"
    assert not scan(template + second, "shared_role").findings


TASK = '{"family": "orders", %s"containerDefinitions": [{"name": "orders", "image": "x:1"}]}'


def test_a_task_without_a_role(scan) -> None:
    (finding,) = scan({"task.json": TASK % ""}, "missing_task_role").findings
    assert finding.severity == "low"
    assert not scan({"task.json": TASK % '"taskRoleArn": "arn:aws:iam::1:role/r", '}, "missing_task_role").findings


ROLE = """
Parameters:
  Policy: {Type: String}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: %s
      ManagedPolicyArns: [%s]
"""


@pytest.mark.parametrize(
    ("policy", "severity"),
    [
        ("arn:aws:iam::aws:policy/AdministratorAccess", "high"),
        ("!Sub 'arn:${AWS::Partition}:iam::aws:policy/IAMFullAccess'", "high"),
        ("arn:aws:iam::aws:policy/AmazonS3FullAccess", "medium"),
        ("arn:aws:iam::aws:policy/AWSLambda_FullAccess", "medium"),
        ("arn:aws:iam::aws:policy/CloudWatchLogsFullAccess", "low"),
    ],
)
def test_full_access(scan, policy, severity) -> None:
    (finding,) = scan(ROLE % (TRUST, policy), "full_access_managed_policy").findings
    assert (finding.severity, finding.certainty) == (severity, "proved")


@pytest.mark.parametrize(
    "policy",
    [
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        "arn:aws:iam::123456789012:policy/AdministratorAccess",
        "!Sub 'arn:aws:iam::${AWS::AccountId}:policy/MyFullAccess'",
        "!Ref Role",
    ],
)
def test_no_full_access(scan, policy) -> None:
    report = scan(ROLE % (TRUST, policy), "full_access_managed_policy")
    assert not report.findings
    assert not report.unknown


def test_a_policy_that_is_a_parameter_is_unknown(scan) -> None:
    report = scan(ROLE % (TRUST, "!Ref Policy"), "full_access_managed_policy")
    assert not report.findings
    assert [u.reason for u in report.unknown] == ["parameter `Policy` has no default"]


def test_a_boundary_makes_it_less_urgent(scan) -> None:
    template = ROLE % (TRUST, "arn:aws:iam::aws:policy/AdministratorAccess")
    bounded = template + "      PermissionsBoundary: arn:aws:iam::123456789012:policy/b\n"
    assert [f.severity for f in scan(bounded, "full_access_managed_policy").findings] == ["low"]


def test_access_keys(scan) -> None:
    key = "Resources: {K: {Type: AWS::IAM::AccessKey, Properties: {UserName: u%s}}}"
    assert len(scan(key % "", "long_lived_access_key").findings) == 1
    assert not scan(key % ", Status: Inactive", "long_lived_access_key").findings
