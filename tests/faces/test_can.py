"""`fourfold can`."""

import json
from pathlib import Path
from typing import Any

import pytest

from fourfold import iam
from fourfold.errors import UsageError
from fourfold.faces.cli import main
from fourfold.pipeline import graph_of

TEMPLATE = """\
Resources:
  Data: {Type: AWS::S3::Bucket, Properties: {BucketName: data}}
  Reader:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
      Policies:
      - PolicyName: read
        PolicyDocument:
          Statement:
          - {Sid: Get, Effect: Allow, Action: ["s3:Get*", "s3:ListBucket"], Resource: ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]}
          - {Effect: Allow, Action: s3:GetObject, Resource: "arn:aws:s3:::other/*"}
          - {Effect: Allow, Action: s3:ListAllMyBuckets, Resource: "*"}
  Worker:
    Type: AWS::Lambda::Function
    Properties: {Role: !GetAtt Reader.Arn}
  Ann:
    Type: AWS::IAM::User
    Properties:
      Policies:
      - PolicyName: become
        PolicyDocument: {Statement: [{Effect: Allow, Action: sts:AssumeRole, Resource: !GetAtt Boss.Arn}]}
  Boss:
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {AWS: !GetAtt Ann.Arn}, Action: sts:AssumeRole}]
"""
DUMP: dict[str, Any] = {
    "UserDetailList": [
        {
            "UserName": "ann", "Arn": "arn:aws:iam::111122223333:user/ann", "GroupList": ["team"],
            "PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/limit"},
            "Tags": [{"Key": "team", "Value": "blue"}],
        },
        {"UserName": "bob", "Arn": "arn:aws:iam::111122223333:user/bob", "GroupList": ["team"]},
    ],
    "GroupDetailList": [
        {
            "GroupName": "team", "Arn": "arn:aws:iam::111122223333:group/team",
            "GroupPolicyList": [
                {
                    "PolicyName": "own",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:*:*:${aws:PrincipalTag/team}"},
                            {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                        ],
                    },
                }
            ],
        }
    ],
    "RoleDetailList": [
        {
            "RoleName": "app", "Arn": "arn:aws:iam::111122223333:role/app",
            "AssumeRolePolicyDocument": "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A"
            "%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22111122223333%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole"
            "%22%7D%5D%7D",
            "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/AmazonSQSFullAccess"}],
            "InstanceProfileList": [{"InstanceProfileName": "profile"}],
        }
    ],
    "Policies": [
        {
            "PolicyName": "limit", "Arn": "arn:aws:iam::111122223333:policy/limit",
            "PolicyVersionList": [
                {"IsDefaultVersion": False, "Document": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}},
                {
                    "IsDefaultVersion": True,
                    "Document": {"Statement": {"Effect": "Allow", "Action": ["sqs:*"], "Resource": "*"}},
                },
            ],
        }
    ],
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_answer_names_the_statement_and_its_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["can", "*", "s3:GetObject", "Data"]) == 0
    assert (
        capsys.readouterr().out
        == """\
data  AWS::S3::Bucket, t.yaml:2
  yes      role Reader (Worker)
             identity: read, Get  t.yaml:12
  yes      role Boss
             identity: AdministratorAccess, Statement[0]  t.yaml:27
  yes      the root user of the account
"""
    )


def test_a_function_is_its_role(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["can", "Worker", "s3:*Object", "Data"]) == 0
    assert "s3:GetObject\n" in capsys.readouterr().out


def test_why_says_what_the_others_lack(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["can", "Reader", "s3:PutObject", "Data", "--why"]) == 1
    assert "no       role Reader (Worker): no identity policy allows it" in capsys.readouterr().out


def test_chains_are_followed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["can", "*", "s3:PutObject", "Data", "--chains", "--format", "json"]) == 0
    found = {a["principal"]["name"]: a for a in json.loads(capsys.readouterr().out)["answers"]}
    assert list(found) == ["Boss", "root", "Ann"]
    assert [step["action"] for step in found["Ann"]["via"]] == ["sts:AssumeRole", "s3:PutObject"]
    assert found["Ann"]["via"][0]["deciding"][0] | {"policy": ""} == {
        "layer": "identity", "policy": "", "statement": "0", "file": "t.yaml", "line": 23,
    }  # fmt: skip


def test_an_open_resource_is_answered_beyond_what_is_declared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["can", "Reader", "s3:GetObject", "*"]) == 0
    assert "elsewhere: arn:aws:s3:::other/" in capsys.readouterr().out
    assert main(["can", "Reader", "s3:ListAllMyBuckets", "*"]) == 0
    assert "no resource" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (["Redaer", "s3:GetObject", "Data"], "did you mean `Reader`?"),
        (["*", "s3:GetObjekt", "Data"], "did you mean `s3:GetObject`"),
        (["*", "dynamobd:GetItem", "Data"], "did you mean `dynamodb`"),
        (["*", "s3:GetObject", "Dat"], "did you mean `data`?"),
    ],
)
def test_a_name_that_is_wrong_gives_suggestions(
    folder: Path, capsys: pytest.CaptureFixture[str], question: list[str], said: str
) -> None:
    assert main(["can", *question]) == 2
    assert said in capsys.readouterr().err


def test_an_action_that_does_not_fit_the_resource(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["can", "*", "sqs:SendMessage", "Data"]) == 1
    assert "`sqs:SendMessage` does not work on `data`" in capsys.readouterr().out


def test_nothing_to_ask_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["can", "*", "s3:GetObject", "*", str(tmp_path)]) == 2
    assert "declares no identity" in capsys.readouterr().err


def dump(tmp_path: Path) -> str:
    file = tmp_path / "account.json"
    file.write_text(json.dumps(DUMP, indent=1))
    return str(file)


def test_an_account_has_groups_boundaries_tags_and_managed_policies(tmp_path: Path) -> None:
    found = iam.account(dump(tmp_path))

    def who(action: str, resource: str) -> list[str]:
        return [a.principal.name for a in iam.who_can(found, action, resource) if a.principal.kind != "root"]

    assert who("s3:GetObject", "arn:aws:s3:::b/k") == ["bob"]
    assert who("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:blue") == ["ann", "app"]
    assert who("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:red") == ["app"]
    assert who("sts:AssumeRole", "app") == []
    (access,) = iam.can(found, "profile", "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:red")
    assert access.principal.name == "app"


def test_a_statement_of_an_account_is_placed(tmp_path: Path) -> None:
    path = dump(tmp_path)
    (access,) = iam.can(iam.account(path), "bob", "s3:GetObject", "arn:aws:s3:::b/k")
    line = int(access.deciding[0].place.rpartition(":")[2])
    assert '"s3:*"' in "".join(Path(path).read_text().splitlines()[line - 1 : line + 3])


def test_a_key_policy_beside_an_account(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = tmp_path / "1234abcd.json"
    statement = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/bob"}, "Action": "kms:*",
                 "Resource": "*"}  # fmt: skip
    key.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert main(["can", "*", "kms:Decrypt", "1234abcd", dump(tmp_path), str(key), "--format", "json"]) == 0
    assert [a["principal"]["name"] for a in json.loads(capsys.readouterr().out)["answers"]] == ["bob"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"RoleDetailList": [{"RoleName": "a"', "expecting ',' delimiter"),
        ('{"RoleDetailList": [1]}', "no object in `RoleDetailList`"),
        ('{"RoleDetailList": [{} {}]}', "expected a comma"),
        ('{"RoleDetailList": ' + "[" * 100_000, "nested too deeply"),
    ],
)
def test_a_broken_dump_is_a_problem(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "a.json").write_text(text)
    assert [problem in note for note in iam.account(tmp_path / "a.json").notes] == [True]


def test_the_api_takes_a_graph(folder: Path) -> None:
    graph, _ = graph_of(folder)
    assert [a.verdict for a in iam.can(graph, "Reader", "s3:GetObject", "Data")] == ["proved"]
    with pytest.raises(UsageError):
        iam.who_can(graph, "s3:GetObject", "nothing")
