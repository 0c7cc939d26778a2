"""`fourfold policy write --deploy`."""

import json
from pathlib import Path
from typing import Any

import pytest

from fourfold.faces.cli import main

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters: {Key: {Type: String}}
Resources:
  Orders: {Type: AWS::DynamoDB::Table, Properties: {TableName: orders, KeySchema: [], SSESpecification: {KMSMasterKeyId: !Ref Key}}}
  Inbox: {Type: AWS::SQS::Queue}
  Files: {Type: AWS::S3::Bucket}
  Reader:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Handler: app.handler, Runtime: python3.13, Environment: {Variables: {BUCKET: !Ref Files}}}
"""
WHERE = ["--stack", "shop", "--account", "111122223333", "--region", "eu-west-1"]


@pytest.fixture
def template(tmp_path: Path) -> str:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    return str(path)


def needs(row: dict[str, Any], action: str) -> list[dict[str, Any]]:
    return [n for n in row["needs"] if n["action"] == action]


def written(template: str, capsys: pytest.CaptureFixture[str], *more: str, status: int = 0) -> dict[str, Any]:
    assert main(["policy", "write", "--deploy", template, "--format", "json", *WHERE, *more]) == status
    row: dict[str, Any] = json.loads(capsys.readouterr().out)
    return row


def test_names_are_those_of_the_template_or_of_the_stack(template: str, capsys: pytest.CaptureFixture[str]) -> None:
    row = written(template, capsys)
    on = {
        name: [n["resource"] for n in needs(row, name)]
        for name in ("dynamodb:CreateTable", "sqs:CreateQueue", "s3:CreateBucket")
    }
    assert on == {
        "dynamodb:CreateTable": ["arn:aws:dynamodb:eu-west-1:111122223333:table/orders"],
        "sqs:CreateQueue": ["arn:aws:sqs:eu-west-1:111122223333:shop-Inbox-*"],
        "s3:CreateBucket": ["arn:aws:s3:::shop-files-*"],
    }
    assert (row["covers"], row["within"], row["unknown"]) == ({"verdict": "proved"}, {"verdict": "proved"}, {})
    assert max(row["characters"]) <= 6_144


def test_roles_are_passed_to_the_services_they_trust(template: str, capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = {(n["resource"], str(n["conditions"])) for n in needs(written(template, capsys), "iam:PassRole")}
    assert one == (
        "arn:aws:iam::111122223333:role/shop-ReaderRole-*", "{'iam:PassedToService': 'lambda.amazonaws.com'}"
    )  # fmt: skip


def test_keys_are_used_through_the_service(template: str, capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = needs(written(template, capsys), "kms:Decrypt")
    assert (one["for"], one["conditions"]) == ("Orders", {"kms:ViaService": "dynamodb.eu-west-1.amazonaws.com"})
    assert one["resource"] == "arn:aws:kms:eu-west-1:111122223333:key/*"
    assert "known only at deployment" in one["wide"]


def test_what_other_services_would_be_asked_for_is_left_out(template: str, capsys: pytest.CaptureFixture[str]) -> None:
    row = written(template, capsys)
    left = {(one["action"], one["for"]): one["why"] for one in row["left_out"]}
    assert left["kinesis:PutRecords", "Orders"] == "its properties name nothing of `kinesis`"
    # The bucket is named by an environment variable, which the handler does not look into.
    assert left["s3:GetObject", "Reader"] == "its properties name nothing of `s3`"
    assert "ec2:DescribeSubnets" not in {n["action"] for n in row["needs"]}


def test_what_works_on_everything_stands_by_itself(template: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [s for one in written(template, capsys)["policies"] for s in one["Statement"]]
    everything = [s for s in rows if "*" in s["Resource"]]
    assert [s["Resource"] for s in everything] == [["*"]]
    assert "dynamodb:ListTables" in everything[0]["Action"]


def test_without_delete(template: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert needs(written(template, capsys), "sqs:DeleteQueue") != []
    row = written(template, capsys, "--no-delete")
    assert needs(row, "sqs:DeleteQueue") == []
    assert any("cannot be rolled back" in note for note in row["notes"])


def test_artifacts(template: str, capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = needs(written(template, capsys, "--artifacts", "code"), "s3:GetObject")
    assert one["resource"] == "arn:aws:s3:::code/*"


def test_a_type_that_is_not_known_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.yaml").write_text(
        "Resources:\n  Own: {Type: 'Custom::Thing', Properties: {ServiceToken: x}}\n  Q: {Type: AWS::SQS::Queue}\n"
    )
    assert main(["policy", "write", "--deploy", str(tmp_path)]) == 3
    told = capsys.readouterr().out
    assert "not known what deploying it calls:\n  Custom::Thing: Own\n" in told
    assert '"arn:aws:sqs:*:*:*-Q-*"' in told


def test_terraform_is_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_sqs_queue" "q" {\n  name = "jobs"\n}\n')
    assert main(["policy", "write", "--deploy", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert '"arn:aws:sqs:*:*:jobs"' in told
    assert "note        Terraform's provider may call other actions" in told
    assert main(["policy", "write", "--deploy", str(tmp_path), "--format", "terraform"]) == 0
    assert 'data "aws_iam_policy_document" "deploy" {' in capsys.readouterr().out


def test_wrong_arguments(template: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "write", "--deploy", template, "--account", "12"]) == 2
    assert "`--account 12` is no account" in capsys.readouterr().err
    assert main(["policy", "write", "--deploy", str(tmp_path / "none")]) == 2
    (tmp_path / "empty.yaml").write_text("Resources: {}\n")
    assert main(["policy", "write", "--deploy", str(tmp_path / "empty.yaml")]) == 2
