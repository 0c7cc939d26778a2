"""`fourfold policy shrink`, `boundary` and `split`."""

import json
from pathlib import Path

import pytest

from fourfold.faces.cli import main

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Table: {Type: AWS::DynamoDB::Table, Properties: {KeySchema: []}}
  Shared:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]}
      Policies:
        - PolicyName: all
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - {Effect: Allow, Action: ['dynamodb:*', 'iam:PutRolePolicy', 'iam:PassRole'], Resource: '*'}
              - {Effect: Allow, Action: 'logs:*', Resource: '*'}
              - {Effect: Allow, Action: 'dynamodb:GetItem', Resource: !GetAtt Table.Arn}
  Reader:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Handler: app.read, Runtime: python3.13, Role: !GetAtt Shared.Arn, FunctionName: reader,
                 Environment: {Variables: {TABLE: !Ref Table}}}
  Writer:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Handler: app.write, Runtime: python3.13, Role: !GetAtt Shared.Arn, FunctionName: writer,
                 Environment: {Variables: {TABLE: !Ref Table}}}
"""
CODE = """\
import boto3, os
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
def read(event, context):
    return table.get_item(Key=event)
def write(event, context):
    table.put_item(Item=event)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(CODE)
    return tmp_path


@pytest.fixture
def policy(tmp_path: Path) -> str:
    path = tmp_path / "policy.json"
    statement = {"Effect": "Allow", "Action": ["s3:Get*", "s3:GetObject"], "Resource": "arn:aws:s3:::b/*"}
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return str(path)


def test_a_policy_is_said_with_less(policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "shrink", policy]) == 0
    told = capsys.readouterr().out
    assert '"Action": "s3:Get*"' in told
    assert "  s3:GetObject of Statement[0].Action: redundant\n" in told
    assert "within      proved" in told
    assert "covers      proved" in told


def test_a_policy_is_narrowed_to_uses(policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    used = ["--used", "s3:GetObject=arn:aws:s3:::b/in/*", "--used", "sqs:SendMessage"]
    assert main(["policy", "shrink", policy, *used, "--format", "json"]) == 1
    row = json.loads(capsys.readouterr().out)
    assert row["document"]["Statement"] == [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/in/*"}
    ]
    assert [u["action"] for u in row["missing"]] == ["sqs:SendMessage"]
    assert (row["within"], row["covers"]) == ({"verdict": "proved"}, {"verdict": "proved"})
    assert row["fits"] == {"managed": True, "role": True, "group": True, "user": True}
    assert main(["policy", "shrink", policy, "--used", "s3:GetObject", "--format", "terraform"]) == 0
    assert 'resources = ["arn:aws:s3:::b/*"]' in capsys.readouterr().out


def test_records_say_what_is_used(policy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    event = {"eventSource": "s3.amazonaws.com", "eventName": "GetObject", "eventTime": "2026-10-01T00:00:00Z",
             "resources": [{"ARN": "arn:aws:s3:::b/today"}], "userIdentity": {"arn": "arn:aws:sts::111122223333:assumed-role/r/s"}}  # fmt: skip
    (tmp_path / "trail.json").write_text(json.dumps({"Records": [event]}))
    assert main(["policy", "shrink", policy, "--records", str(tmp_path / "trail.json"), "--format", "json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["document"]["Statement"] == [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    ]
    assert "only where a trail logs it" in row["notes"][0]


def test_a_role_is_narrowed_to_what_its_functions_do(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "shrink", f"{project}/template.yaml#Shared"]) == 0
    told = capsys.readouterr().out
    assert (
        '      Action:\n        - "dynamodb:GetItem"\n        - "dynamodb:PutItem"\n      Resource: !GetAtt Table.Arn\n'
        in told
    )
    assert "iam:PutRolePolicy of Statement[0].Action: unused" in told
    assert main(["policy", "shrink", f"{project}/template.yaml#Shared", "--no-code", "--format", "cloudformation"]) == 0
    assert '"dynamodb:*"' in capsys.readouterr().out


def test_code_that_is_not_read_narrows_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "src" / "app.py").write_text(CODE.partition("def write")[0])
    assert main(["policy", "shrink", f"{project}/template.yaml#Shared"]) == 0
    told = capsys.readouterr().out
    assert '"dynamodb:*"' in told
    assert "not narrowed to what is used, because:\n" in told


def test_what_cannot_be_shrunk_says_why(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "shrink", f"{project}/template.yaml#Other"]) == 2
    assert "no roles or identity policies at `Other`" in capsys.readouterr().err
    (tmp_path / "bad.json").write_text('{"Statement": [{"Effect": "Maybe"}]}')
    assert main(["policy", "shrink", str(tmp_path / "bad.json")]) == 3
    assert "IAM rejects it" in capsys.readouterr().out
    assert main(["policy", "shrink", str(tmp_path / "bad.json"), "--used", "GetObject"]) == 2


def test_no_way_up_passes_a_boundary(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "boundary", str(project), "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["boundaries"]
    assert {answer["verdict"] for answer in row["escalation"].values()} == {"proved"}
    assert "iam:PutRolePolicy" in row["escalation"]
    (role,) = row["roles"]
    assert (role["role"], role["covers"]) == ("Shared", {"verdict": "proved"})
    assert role["stopped"] == ["iam:PutRolePolicy", "iam:PassRole of other roles"]
    deny = row["document"]["Statement"][-1]
    assert (deny["Action"], deny["NotResource"]) == ("iam:PassRole", row["passed"])


def test_a_boundary_is_written_for_a_template(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "boundary", str(project)]) == 0
    told = capsys.readouterr().out
    assert "      NotResource: !GetAtt Shared.Arn\n" in told
    assert "escalation  proved: none of 22 ways up passes" in told
    assert "stopped: iam:PutRolePolicy, iam:PassRole of other roles" in told
    assert main(["policy", "boundary", str(project), "--role", "Other"]) == 2


def test_a_role_whose_policies_are_not_known_is_not_covered(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = TEMPLATE.replace("Policies:\n", "ManagedPolicyArns: !Ref Given\n      Policies:\n")
    (project / "template.yaml").write_text("Parameters: {Given: {Type: CommaDelimitedList}}\n" + text)
    assert main(["policy", "boundary", str(project)]) == 3
    assert "unknown     Shared is not covered: " in capsys.readouterr().out


def test_a_shared_role_is_split(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "split", str(project)]) == 0
    told = capsys.readouterr().out
    assert "# Reader: Role: !GetAtt ReaderRole.Arn" in told
    assert "proved      ReaderRole allows what Reader uses, and nothing that Shared does not" in told
    assert main(["policy", "split", str(project), "--role", "Shared", "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["roles"]
    actions = {f["role"]: [a for s in f["policy"]["Statement"] for a in s["Action"]] for f in row["functions"]}
    assert actions["ReaderRole"][0] == "dynamodb:GetItem"
    assert actions["WriterRole"][0] == "dynamodb:PutItem"
    assert "dynamodb:PutItem" not in actions["ReaderRole"]


def test_a_function_that_uses_more_than_the_shared_role_allows(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "src" / "app.py").write_text(CODE + "    boto3.client('sqs').list_queues()\n")
    assert main(["policy", "split", str(project)]) == 1
    assert (
        "not within  Writer uses what is not allowed now: sqs:ListQueues on *  src/app.py:7" in capsys.readouterr().out
    )


def test_a_function_whose_code_is_not_read_keeps_the_role(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "src" / "app.py").write_text(CODE.partition("def write")[0])
    assert main(["policy", "split", str(project), "--format", "cloudformation"]) == 3
    told = capsys.readouterr().out
    assert "ReaderRole:\n" in told
    assert "WriterRole" not in told


def test_nothing_to_split(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "split", str(project), "--role", "None"]) == 2
    assert "there is `Shared`" in capsys.readouterr().err


def test_roles_of_terraform_are_split(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "main.tf").write_text("""
resource "aws_iam_role" "shared" {
  name = "shared"
  assume_role_policy = jsonencode({Version = "2012-10-17", Statement = [{Effect = "Allow", Principal = {Service = "lambda.amazonaws.com"}, Action = "sts:AssumeRole"}]})
}
resource "aws_iam_role_policy" "all" {
  role   = aws_iam_role.shared.id
  policy = jsonencode({Version = "2012-10-17", Statement = [{Effect = "Allow", Action = ["logs:*", "s3:*"], Resource = "*"}]})
}
resource "aws_lambda_function" "one" {
  function_name = "one"
  role = aws_iam_role.shared.arn
  handler = "app.read"
  runtime = "python3.13"
  filename = "src"
}
resource "aws_lambda_function" "two" {
  function_name = "two"
  role = aws_iam_role.shared.arn
  handler = "app.write"
  runtime = "python3.13"
  filename = "src"
}
""")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(
        "import boto3\ndef read(event, context):\n    boto3.client('s3').list_buckets()\ndef write(event, context):\n    pass\n"
    )
    assert main(["policy", "split", str(tmp_path), "--format", "terraform"]) in (0, 3)
    told = capsys.readouterr().out
    assert 'resource "aws_iam_role" "one_role" {' in told
    assert "# aws_lambda_function.one: role = aws_iam_role.one_role.arn" in told
    assert "s3:ListAllMyBuckets" in told
