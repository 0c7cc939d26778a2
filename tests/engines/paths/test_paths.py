"""Paths of small templates: which there are, which there are not, and what each hangs on."""

from __future__ import annotations

from pathlib import Path

import pytest

from fourfold.engines.paths.moves import Path as AttackPath
from fourfold.engines.paths.search import paths
from fourfold.faces.cli import main
from fourfold.pipeline import graph_of

API = """
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      InlineCode: "def handler(event, context): pass"
      Role: !GetAtt Role.Arn
      Events: {Http: {Type: HttpApi, Properties: {Path: /, Method: post}}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
      Policies:
        - PolicyName: own
          PolicyDocument:
            Statement:
              - {Effect: Allow, Action: ["ACTION"], Resource: RESOURCE}
EXTRA
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      BillingMode: PAY_PER_REQUEST
"""
OTHER = """
  Other:
    Type: AWS::IAM::Role
    Properties:
      RoleName: other
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {AWS: !GetAtt Role.Arn}, Action: sts:AssumeRole CONDITION}]
      Policies:
        - PolicyName: data
          PolicyDocument:
            Statement: [{Effect: Allow, Action: dynamodb:Scan, Resource: !GetAtt Table.Arn}]
"""


def found(folder: Path, text: str, goal: str = "data", actor: str = "internet") -> list[AttackPath]:
    (folder / "template.yaml").write_text(
        "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::Serverless-2016-10-31\n" + text
    )
    graph, _ = graph_of(folder)
    return paths(graph, [actor], [goal])[0]  # type: ignore[list-item]


def api(action: str = "dynamodb:GetItem", resource: str = "!GetAtt Table.Arn", extra: str = "") -> str:
    return API.replace("ACTION", action).replace("RESOURCE", resource).replace("EXTRA", extra)


def steps(path: AttackPath) -> list[str]:
    return [move.id for move in path.moves]


def test_from_an_open_api_through_a_flaw_to_the_table_of_its_role(tmp_path: Path) -> None:
    (path,) = found(tmp_path, api())
    assert steps(path) == ["public-entry", "exploit", "own-credentials", "read-data"]
    assert path.weakest == "such a flaw exists"
    assert [m.certainty for m in path.moves] == ["proved", "assumed", "proved", "proved"]
    last = path.moves[-1]
    assert last.witness["action"] == "dynamodb:GetItem"
    assert last.spans[0].source.line(last.spans[0].line).strip().startswith("- {Effect: Allow")


@pytest.mark.parametrize(
    "text",
    [
        api("dynamodb:DescribeTable"),
        api(resource="arn:aws:dynamodb:*:*:table/another"),
        api(extra="            Deny: here").replace("            Deny: here", "              - {Effect: Deny, Action: 'dynamodb:*', Resource: '*'}"),
        api().replace("Path: /, Method: post", "Path: /, Method: post, Auth: {Authorizer: AWS_IAM}"),
        api().replace("Events: {Http: {Type: HttpApi, Properties: {Path: /, Method: post}}}", ""),
        api().replace("Role: !GetAtt Role.Arn", ""),
    ],
    ids=["other action", "other table", "explicit deny", "signed requests only", "nobody calls it", "another role"],
)  # fmt: skip
def test_where_one_step_is_missing_there_is_no_path(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text) == []


def test_an_identity_becomes_another(tmp_path: Path) -> None:
    (path,) = found(tmp_path, api("sts:AssumeRole", "!GetAtt Other.Arn", OTHER.replace("CONDITION", "")))
    assert steps(path)[-2:] == ["sts-001", "read-data"]
    expired = ", Condition: {DateLessThan: {'aws:CurrentTime': '2020-01-01T00:00:00Z'}}"
    for condition, there in ((expired, []), (", Condition: {StringEquals: {'sts:ExternalId': secret}}", [True])):
        again = found(tmp_path, api("sts:AssumeRole", "!GetAtt Other.Arn", OTHER.replace(" CONDITION", condition)))
        assert [bool(p.moves[-2].assumes) for p in again] == there


def test_a_stolen_key_and_a_malicious_library(tmp_path: Path) -> None:
    user = """
  Ci:
    Type: AWS::IAM::User
    Properties:
      Policies:
        - PolicyName: data
          PolicyDocument: {Statement: [{Effect: Allow, Action: dynamodb:DeleteTable, Resource: '*'}]}
"""
    (path,) = found(tmp_path, api(extra=user), "destroy", "key")
    assert steps(path) == ["destroy-data"]
    (path,) = found(tmp_path, api(), "data", "dependency")
    assert steps(path) == ["own-credentials", "read-data"]


def test_the_key_must_be_usable_too(tmp_path: Path) -> None:
    bucket = """
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: {SSEAlgorithm: aws:kms, KMSMasterKeyID: !GetAtt Key.Arn}
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}
            Action: kms:*
            Resource: '*'
"""
    assert found(tmp_path, api("s3:GetObject", "!Sub '${Bucket.Arn}/*'", bucket)) == []
    (path,) = found(tmp_path, api('s3:GetObject", "kms:Decrypt', "'*'", bucket))
    assert "decrypt it with `Key`" in path.moves[-1].text


def test_paths_are_shown_and_cut(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The application that comes with fourfold: two paths are ended by hiding the database and the bucket."""
    from fourfold import demo

    folder = str(Path(demo.__path__[0]))
    assert main(["paths", folder]) == 1
    shown = capsys.readouterr().out
    assert "1. internet: read `Receipts`" in shown
    assert "seen in: CloudTrail" in shown
    assert main(["fix", "--cut", "--unsafe", folder]) == 0
    cut = capsys.readouterr()
    assert "+      PubliclyAccessible: false" in cut.out
    assert "2 fixes close 2 of 4 paths; no cheaper set of fixes does" in cut.err
    assert "+        RestrictPublicBuckets: true" in cut.out
    assert "stays: internet: read `Receipts`, if such a flaw exists" in cut.err  # by the function's own role
    assert "stays: internet: read `OrdersTable`, if such a flaw exists" in cut.err


def test_each_path_is_a_code_flow(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    import json

    found(tmp_path, api())
    assert main(["paths", str(tmp_path), "--format", "sarif"]) == 1
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    (result,) = run["results"]
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [s["location"]["message"]["text"].split(" ", 1)[0] for s in steps] == ["Requests", "A", "Code", "Role"]
    assert result["level"] == "warning"
    assert result["locations"][0] == {k: v for k, v in steps[-1]["location"].items() if k != "message"}
    again = found(tmp_path, "# moved" + api())
    assert len(again) == 1
    assert main(["paths", str(tmp_path), "--format", "json", "--from", "Role"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert [[s["id"] for s in p["steps"]] for p in data["paths"]] == [["read-data"]]
    assert main(["paths", str(tmp_path), "--from", "nobody"]) == 2
    assert "`nobody` is no actor" in capsys.readouterr().err
