"""The least privilege of small projects."""

import json
from pathlib import Path
from typing import Any

import pytest

from fourfold.engines.exact.answer import Proved, Witness
from fourfold.engines.iam.write import Policy, functions, write
from fourfold.engines.iam.write.render import CloudFormation, Terraform, as_json
from fourfold.linking import link
from fourfold.pipeline import read
from fourfold.sources.tree import Tree

LOGS = {"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}


def made(tmp_path: Path, files: dict[str, str], records: tuple[tuple[str, bytes], ...] = ()) -> tuple[Any, Policy]:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    tree = Tree(tmp_path)
    graph = link(read(tree)[0])
    [function] = functions(graph)
    return graph, write(graph, tree, function, records)


def cloudformation(graph: Any, found: Policy, *, logs: bool = False) -> list[dict[str, Any]]:
    rows = CloudFormation(graph, found.names, found.function.resource.file).document(found.statements)["Statement"]
    return [row for row in rows if logs or not set(row["Action"]) <= LOGS]


def one(template: str, code: str, tmp_path: Path) -> list[dict[str, Any]]:
    graph, found = made(tmp_path, {"template.yaml": HEAD + template, "src/app.py": CLIENTS + code})
    assert isinstance(found.covers, Proved)
    return cloudformation(graph, found)


HEAD = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Table: {Type: AWS::DynamoDB::Table, Properties: {KeySchema: []}}
  Bucket: {Type: AWS::S3::Bucket}
  Queue: {Type: AWS::SQS::Queue}
  Topic: {Type: AWS::SNS::Topic}
  Secret: {Type: AWS::SecretsManager::Secret}
  Machine: {Type: AWS::StepFunctions::StateMachine}
  Setting: {Type: AWS::SSM::Parameter, Properties: {Name: /app/setting, Type: String, Value: x}}
  Key: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {}}}
  Sealed: {Type: AWS::SQS::Queue, Properties: {KmsMasterKeyId: !Ref Key}}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Runtime: python3.13
"""
CLIENTS = "import boto3, os\nE = os.environ\ndef handler(event, context):\n    "
HERE = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s"
OWN = {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}


def variable(value: str) -> str:
    return f"      Environment: {{Variables: {{NAME: {value}}}}}\n"


CASES = {
    "a table by its name": ("!Ref Table", "boto3.resource('dynamodb').Table(E['NAME']).get_item(Key={})",
                            ["dynamodb:GetItem"], [{"Fn::GetAtt": ["Table", "Arn"]}], None),
    "a table by its ARN": ("!GetAtt Table.Arn", "boto3.client('dynamodb').get_item(TableName=E['NAME'], Key={})",
                           ["dynamodb:GetItem"], [{"Fn::GetAtt": ["Table", "Arn"]}], None),
    "an index": ("!Ref Table", "boto3.client('dynamodb').query(TableName=E['NAME'], IndexName='by-day')", ["dynamodb:Query"],
                 [{"Fn::GetAtt": ["Table", "Arn"]}, {"Fn::Sub": "${Table.Arn}/index/by-day"}], None),
    "objects": ("!Ref Bucket", "boto3.client('s3').put_object(Bucket=E['NAME'], Key=f'in/{event}.json')", ["s3:PutObject"],
                [{"Fn::Sub": "${Bucket.Arn}/in/*.json"}], OWN),
    "the list of a bucket": ("!Ref Bucket", "boto3.client('s3').list_objects_v2(Bucket=E['NAME'])", ["s3:ListBucket"],
                             [{"Fn::GetAtt": ["Bucket", "Arn"]}], OWN),
    "a queue by its address": ("!Ref Queue", "boto3.client('sqs').send_message(QueueUrl=E['NAME'], MessageBody='')",
                               ["sqs:SendMessage"], [{"Fn::GetAtt": ["Queue", "Arn"]}], None),
    "a topic": ("!Ref Topic", "boto3.client('sns').publish(TopicArn=E['NAME'], Message='')", ["sns:Publish"], [{"Ref": "Topic"}], None),
    "a secret": ("!Ref Secret", "boto3.client('secretsmanager').get_secret_value(SecretId=E['NAME'])",
                 ["secretsmanager:GetSecretValue"], [{"Ref": "Secret"}], None),
    "a state machine": ("!GetAtt Machine.Arn", "boto3.client('stepfunctions').start_execution(stateMachineArn=E['NAME'])",
                        ["states:StartExecution"], [{"Ref": "Machine"}], None),
    "a setting": ("!Ref Setting", "boto3.client('ssm').get_parameter(Name=E['NAME'])", ["ssm:GetParameter"],
                  [{"Fn::Sub": HERE % ("ssm", "parameter/app/setting")}], None),
    "a name that is written": ("x", "boto3.client('secretsmanager').get_secret_value(SecretId='prod/db')",
                               ["secretsmanager:GetSecretValue"],
                               [{"Fn::Sub": HERE % ("secretsmanager", "secret:prod/db-??????")}], None),
    "another region": ("x", "boto3.client('sns', region_name='eu-west-1').list_tags_for_resource(ResourceArn='arn:aws:sns:eu-west-1:111122223333:t')",
                       ["sns:ListTagsForResource"], ["arn:aws:sns:eu-west-1:111122223333:t"], None),
    "no resource": ("x", "boto3.client('s3').list_buckets()", ["s3:ListAllMyBuckets"], ["*"], None),
    "a model": ("x", "boto3.client('bedrock-runtime').invoke_model(modelId='anthropic.claude-v2')", ["bedrock:InvokeModel"],
                [{"Fn::Sub": "arn:${AWS::Partition}:bedrock:${AWS::Region}::foundation-model/anthropic.claude-v2"}], None),
    "an alias of a key": ("x", "boto3.client('kms').encrypt(KeyId='alias/app', Plaintext=b'')", ["kms:Encrypt"],
                          [{"Fn::Sub": HERE % ("kms", "key/*")}], {"StringEquals": {"kms:RequestAlias": "alias/app"}}),
    "a role that is passed": ("x", "boto3.client('lambda').create_function(FunctionName='f', Role='arn:aws:iam::1:role/r')",
                              ["iam:PassRole"], ["arn:aws:iam::1:role/r"],
                              {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),
}  # fmt: skip


@pytest.mark.parametrize(("value", "code", "actions", "resources", "condition"), CASES.values(), ids=CASES)
def test_a_call_becomes_a_statement(
    value: str, code: str, actions: list[str], resources: list[Any], condition: Any, tmp_path: Path
) -> None:
    rows = one(variable(value), code + "\n", tmp_path)
    expected: dict[str, Any] = {"Effect": "Allow", "Action": actions, "Resource": resources}
    assert expected | ({"Condition": condition} if condition else {}) in rows
    assert len(rows) == 1 or "iam:PassRole" in actions


def test_the_key_of_a_queue_is_used_through_the_service(tmp_path: Path) -> None:
    rows = one(
        variable("!Ref Sealed"), "boto3.client('sqs').send_message(QueueUrl=E['NAME'], MessageBody='')\n", tmp_path
    )
    assert rows == [
        {
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": [{"Fn::GetAtt": ["Key", "Arn"]}],
            "Condition": {"StringEquals": {"kms:ViaService": {"Fn::Sub": "sqs.${AWS::Region}.amazonaws.com"}}},
        },
        {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": [{"Fn::GetAtt": ["Sealed", "Arn"]}]},
    ]


def test_a_copy_needs_both_sides(tmp_path: Path) -> None:
    code = "boto3.client('s3').copy_object(Bucket='to', Key='k', CopySource={'Bucket': 'from', 'Key': 'a/b'})\n"
    assert [(r["Action"], r["Resource"]) for r in one("", code, tmp_path)] == [
        (["s3:GetObject"], [{"Fn::Sub": "arn:${AWS::Partition}:s3:::from/a/b"}]),
        (["s3:PutObject"], [{"Fn::Sub": "arn:${AWS::Partition}:s3:::to/k"}]),
    ]


def test_a_transaction_needs_what_it_does(tmp_path: Path) -> None:
    code = "boto3.client('dynamodb').transact_write_items(TransactItems=[{'Put': {'TableName': 'a'}}, {'Delete': {'TableName': 'b'}}])\n"
    found = {(r["Action"][0], r["Resource"][0]["Fn::Sub"].rpartition("/")[2]) for r in one("", code, tmp_path)}
    assert found == {("dynamodb:PutItem", "a"), ("dynamodb:DeleteItem", "b")}


def test_what_a_template_needs(tmp_path: Path) -> None:
    template = """\
      Tracing: Active
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Queue.Arn}
      VpcConfig: {SubnetIds: [subnet-1], SecurityGroupIds: [sg-1]}
      Events:
        Rows: {Type: SQS, Properties: {Queue: !GetAtt Sealed.Arn}}
      EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: SNS, Destination: !Ref Topic}}}
"""
    rows = one(template, "pass\n", tmp_path)
    by_action = {action: row["Resource"] for row in rows for action in row["Action"]}
    assert by_action["sqs:SendMessage"] == [{"Fn::GetAtt": ["Queue", "Arn"]}]
    assert by_action["sqs:ReceiveMessage"] == by_action["sqs:DeleteMessage"] == [{"Fn::GetAtt": ["Sealed", "Arn"]}]
    assert by_action["kms:Decrypt"] == [{"Fn::GetAtt": ["Key", "Arn"]}]
    assert by_action["sns:Publish"] == [{"Ref": "Topic"}]
    assert by_action["xray:PutTraceSegments"] == by_action["ec2:CreateNetworkInterface"] == ["*"]


def test_used_unused_and_missing_are_kept_apart(tmp_path: Path) -> None:
    template = variable("!Ref Table") + "      Policies: [{DynamoDBReadPolicy: {TableName: !Ref Table}}]\n"
    code = (
        CLIENTS
        + "boto3.resource('dynamodb').Table(E['NAME']).get_item(Key={})\n    boto3.client('s3').list_buckets()\n"
    )
    _, found = made(tmp_path, {"template.yaml": HEAD + template, "src/app.py": code})
    assert [(n.action, n.reason.place) for n in found.missing] == [("s3:ListAllMyBuckets", "src/app.py:5")]
    assert "dynamodb:Scan" in {u.action for u in found.unused}
    assert "dynamodb:GetItem" not in {u.action for u in found.unused}
    assert isinstance(found.narrower, Witness)
    assert found.narrower.request["action"] == "s3:ListAllMyBuckets"


def test_what_is_granted_and_used_is_narrower(tmp_path: Path) -> None:
    template = variable("!Ref Table") + "      Policies: [{DynamoDBCrudPolicy: {TableName: !Ref Table}}]\n"
    code = CLIENTS + "boto3.resource('dynamodb').Table(E['NAME']).get_item(Key={})\n"
    _, found = made(tmp_path, {"template.yaml": HEAD + template, "src/app.py": code})
    assert found.missing == found.untold == ()
    assert isinstance(found.narrower, Proved)


def test_a_name_that_is_not_known_is_what_the_present_policy_says(tmp_path: Path) -> None:
    code = CLIENTS + "boto3.resource('dynamodb').Table(event['table']).get_item(Key={})\n"
    template = "      Policies: [{DynamoDBReadPolicy: {TableName: !Ref Table}}]\n"
    graph, found = made(tmp_path, {"template.yaml": HEAD + template, "src/app.py": code})
    [row] = cloudformation(graph, found)
    assert row["Resource"][0] == {
        "Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Table}"
    }
    assert "event.table" in found.statements[0].wide[0]
    assert isinstance(found.narrower, Proved)
    (tmp_path / "template.yaml").write_text(HEAD)
    tree = Tree(tmp_path)
    graph = link(read(tree)[0])
    [row] = cloudformation(graph, write(graph, tree, functions(graph)[0]))
    assert row["Resource"] == [{"Fn::Sub": HERE % ("dynamodb", "table/*")}]


def test_terraform_speaks_its_own_language(tmp_path: Path) -> None:
    graph, found = made(
        tmp_path,
        {
            "main.tf": """\
resource "aws_dynamodb_table" "orders" { name = "orders" }
resource "aws_s3_bucket" "store" {}
resource "aws_iam_role" "app" { assume_role_policy = "{}" }
data "archive_file" "app" {
  type        = "zip"
  source_dir  = "src"
  output_path = "app.zip"
}
resource "aws_lambda_function" "app" {
  function_name = "app"
  filename      = data.archive_file.app.output_path
  handler       = "app.handler"
  runtime       = "python3.13"
  role          = aws_iam_role.app.arn
  environment {
    variables = { TABLE = aws_dynamodb_table.orders.name, BUCKET = aws_s3_bucket.store.id }
  }
}
""",
            "src/app.py": CLIENTS
            + "boto3.client('dynamodb').get_item(TableName=E['TABLE'], Key={})\n"
            + "    boto3.client('s3').get_object(Bucket=E['BUCKET'], Key='a')\n",
        },
    )
    text = Terraform(graph, found.names).document(found.statements, "app")
    assert "resources = [aws_dynamodb_table.orders.arn]" in text
    assert 'resources = ["${aws_s3_bucket.store.arn}/a"]' in text
    assert '"dynamodb:GetItem", # src/app.py:4' in text


def test_code_in_the_template_has_its_lines(tmp_path: Path) -> None:
    template = """\
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Handler: index.handler
      Runtime: python3.13
      Role: arn:aws:iam::111122223333:role/app
      Code:
        ZipFile: |
          import boto3
          def handler(event, context):
              boto3.client('s3').list_buckets()
"""
    _, found = made(tmp_path, {"template.yaml": template})
    assert [r.place for s in found.statements for r in s.reasons("s3:ListAllMyBuckets")] == ["template.yaml:12"]
    assert found.role is None
    assert found.narrower.verdict == "unknown"


def test_records_are_added_and_compared(tmp_path: Path) -> None:
    def event(name: str, role: str, **more: object) -> dict[str, object]:
        identity = {"type": "AssumedRole", "arn": f"arn:aws:sts::111122223333:assumed-role/{role}/f"}
        return {"eventSource": "dynamodb.amazonaws.com", "eventName": name, "userIdentity": identity, **more}

    arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/Orders"
    trail = {
        "Records": [
            event("UpdateItem", "app-FunctionRole-1", resources=[{"ARN": arn}], eventTime="2026-10-01T00:00:00Z"),
            event("PutItem", "app-FunctionRole-1", errorCode="AccessDenied", resources=[{"ARN": arn}]),
            event("DeleteItem", "somebody-else"),
        ]
    }
    advisor = {
        "ServicesLastAccessed": [
            {
                "ServiceNamespace": "s3",
                "TrackedActionsLastAccessed": [
                    {"ActionName": "ListAllMyBuckets", "LastAccessedTime": "2026-09-01T00:00:00Z"},
                    {"ActionName": "CreateBucket"},
                ],
            }
        ]
    }
    files = (("a.json", json.dumps(trail).encode()), ("b.json", json.dumps(advisor).encode()), ("c.json", b"{"))
    code = CLIENTS + "boto3.client('dynamodb').get_item(TableName='Orders', Key={})\n"
    _, found = made(tmp_path, {"template.yaml": HEAD, "src/app.py": code}, files)
    actions = {a for s in found.statements for a in s.actions}
    assert {"dynamodb:UpdateItem", "dynamodb:PutItem", "s3:ListAllMyBuckets"} <= actions
    assert not {"dynamodb:DeleteItem", "s3:CreateBucket"} & actions
    assert found.unseen == ("dynamodb:GetItem",)
    assert [p.file for p in found.problems] == ["c.json"]
    assert "events of the records that are by other roles: 1" in found.notes


def test_plain_json_names_nothing_that_is_not_known(tmp_path: Path) -> None:
    code = CLIENTS + "boto3.client('s3').put_object(Bucket=E['NAME'], Key='a')\n"
    _, found = made(tmp_path, {"template.yaml": HEAD + variable("!Ref Bucket"), "src/app.py": code})
    text = json.dumps(as_json(found.statements, found.names))
    assert "<" not in text
    assert "${" not in text


def test_code_that_is_not_there_is_said(tmp_path: Path) -> None:
    _, found = made(tmp_path, {"template.yaml": HEAD})
    assert found.unobserved == ("the code is not read: its code `src` is not found",)
    assert {a for s in found.statements for a in s.actions} == LOGS
