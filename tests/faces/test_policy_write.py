"""`fourfold policy write`."""

import json
from pathlib import Path

import pytest

from fourfold.faces.cli import main

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Table: {Type: AWS::DynamoDB::Table, Properties: {KeySchema: []}}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Runtime: python3.13
      Environment: {Variables: {TABLE: !Ref Table}}
      Policies: [{DynamoDBCrudPolicy: {TableName: !Ref Table}}]
"""
CODE = """\
import boto3, os
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
def handler(event, context):
    table.put_item(Item=event)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(CODE)
    return tmp_path


def test_the_report(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "write", "--for", "Function", str(project)]) == 0
    told = capsys.readouterr().out
    assert "        - dynamodb:PutItem  # src/app.py:4\n      Resource: !GetAtt Table.Arn\n" in told
    assert "  dynamodb:Scan, by `FunctionRolePolicy0`" in told
    assert "covers      proved" in told
    assert "narrower    proved" in told


def test_everything_as_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "write", "--for", "function", str(project), "--format", "json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["workload"] == "template.yaml#Function"
    assert {"action": "dynamodb:PutItem", "file": "src/app.py", "line": 4}.items() <= row["used"][0].items()
    assert (row["covers"], row["narrower"], row["missing"]) == ({"verdict": "proved"}, {"verdict": "proved"}, [])
    assert row["policy"]["Statement"][0]["Resource"] == ["arn:aws:dynamodb:*:*:table/*-Table-*"]


def test_the_policy_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "src" / "app.py").write_text(
        CODE + "    boto3.client(event['x'])\n    boto3.client('s3').list_buckets()\n"
    )
    assert main(["policy", "write", "--for", "Function", str(project), "--format", "cloudformation"]) == 1
    told = capsys.readouterr()
    assert told.out.startswith("Version: '2012-10-17'\n")
    assert "not observable: src/app.py:5: a client is made" in told.err


def test_what_cannot_be_told_is_an_exit_status(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "src" / "app.py").write_text(CODE + "    boto3.client(event['x'])\n")
    assert main(["policy", "write", "--for", "Function", str(project)]) == 3
    assert "not observable:\n  src/app.py:5:" in capsys.readouterr().out


def test_wrong_arguments_say_what_there_is(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "write", "--for", "Other", str(project)]) == 2
    assert "declares no function `Other`; there are Function" in capsys.readouterr().err
    assert main(["policy", "write", "--for", "Function", str(project / "none")]) == 2
    assert main(["policy", "write", "--for", "Function", str(project), "--records", "none.json"]) == 2
    assert "`none.json` cannot be read" in capsys.readouterr().err
