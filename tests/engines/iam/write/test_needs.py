"""Needs that follow from parameters, addresses, other policies and where the code is."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.engines.exact.answer import Proved
from fourfold.engines.iam.write import Policy, functions, write
from fourfold.knowledge.sdk import sdk
from fourfold.linking import link
from fourfold.pipeline import read
from fourfold.sources.tree import Tree

HEAD = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: WEBSOCKET, RouteSelectionExpression: x}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Action: "sts:AssumeRole", Principal: {AWS: !GetAtt FunctionRole.Arn}}]
  Function:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: %s
      Handler: app.handler
      Runtime: python3.13
      Environment: {Variables: {BUCKET: !Ref Bucket, URL: !Sub "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/prod", ROLE: !GetAtt Role.Arn}}
"""
CLIENTS = "import boto3, os\nE = os.environ\ndef handler(event, context):\n    "


def policy(folder: Path, code: str, template: str = HEAD % "src") -> Policy:
    (folder / "template.yaml").write_text(template)
    (folder / "src").mkdir(exist_ok=True)
    (folder / "src" / "app.py").write_text(CLIENTS + code + "\n")
    tree = Tree(folder)
    graph = link(read(tree)[0])
    [function] = functions(graph)
    return write(graph, tree, function)


def actions(found: Policy) -> dict[str, list[str]]:
    rows = {a: [found.names.text(r) for r in s.resources] for s in found.statements for a in s.actions}
    return {a: r for a, r in rows.items() if not a.startswith("logs:")}


PARAMETERS = {
    "an access control list": ("boto3.client('s3').put_object(Bucket='b', Key='k', ACL='private')", {"s3:PutObject", "s3:PutObjectAcl"}),
    "arguments of a helper": ("boto3.client('s3').upload_file('f', 'b', 'k', ExtraArgs={'Tagging': 'a=b'})", {"s3:PutObject", "s3:PutObjectTagging"}),
    "a version": ("boto3.client('s3').get_object(Bucket='b', Key='k', VersionId='v')", {"s3:GetObject", "s3:GetObjectVersion"}),
    "nothing": ("boto3.client('s3').put_object(Bucket='b', Key='k', ACL=None)", {"s3:PutObject"}),
    "an object that a service reads": ("boto3.client('rekognition').detect_labels(Image={'S3Object': {'Bucket': 'b', 'Name': 'k'}})",
                                       {"rekognition:DetectLabels", "s3:GetObject"}),
    "a role": ("boto3.client('transcribe').start_medical_scribe_job(DataAccessRoleArn=E['ROLE'])", {"transcribe:StartMedicalScribeJob", "iam:PassRole"}),
    "a role that is only asked about": ("boto3.client('iam').get_role(RoleName='r')", {"iam:GetRole"}),
    "the default bus": ("boto3.client('events').put_events(Entries=[{'Source': 's'}])", {"events:PutEvents"}),
    "PartiQL": ("boto3.client('dynamodb').execute_statement(Statement='SELECT * FROM \"orders\"')", {"dynamodb:PartiQLSelect"}),
}  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), PARAMETERS.values(), ids=PARAMETERS)
def test_parameters_decide_what_is_needed(code: str, expected: set[str], tmp_path: Path) -> None:
    found = policy(tmp_path, code)
    assert set(actions(found)) == expected
    assert isinstance(found.covers, Proved)


def test_the_address_names_the_api(tmp_path: Path) -> None:
    code = (
        "boto3.client('apigatewaymanagementapi', endpoint_url=E['URL']).post_to_connection(ConnectionId='c', Data=b'')"
    )
    [resource] = actions(policy(tmp_path, code))["execute-api:ManageConnections"]
    assert resource.endswith(":<name of Api>/*/POST/@connections/*")


def test_paths_of_api_gateway(tmp_path: Path) -> None:
    found = actions(policy(tmp_path, "boto3.client('apigateway').get_stage(restApiId='abc', stageName=event['x'])"))
    assert found == {"apigateway:GET": ["arn:aws:apigateway:<region>::/restapis/abc/stages/*"]}


def test_a_trust_policy_that_names_the_role_allows_it(tmp_path: Path) -> None:
    found = policy(tmp_path, "boto3.client('sts').assume_role(RoleArn=E['ROLE'], RoleSessionName='s')")
    assert found.missing == ()


def test_code_in_an_archive(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", CLIENTS + "boto3.client('s3').list_buckets()\n")
    (tmp_path / "app.zip").write_bytes(packed.getvalue())
    found = policy(tmp_path, "pass", HEAD % "app.zip")
    assert [r.place for s in found.statements for r in s.reasons("s3:ListAllMyBuckets")] == ["app.zip/app.py:4"]
    (tmp_path / "app.zip").write_bytes(b"PK\x03\x04nothing")
    assert policy(tmp_path, "pass", HEAD % "app.zip").unobserved == (
        "the code is not read: its code `app.zip` is no zip archive that can be read",
    )


def test_a_start_script_names_the_program(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "run.sh").write_text("#!/bin/bash\nexec python -m uvicorn --port=8080 app:app\n")
    found = policy(
        tmp_path, "boto3.client('s3').list_buckets()\nhandler(1, 2)", (HEAD % "src").replace("app.handler", "run.sh")
    )
    assert set(actions(found)) == {"s3:ListAllMyBuckets"}


OPERATIONS = [
    (name, operation)
    for name in (
        "s3",
        "dynamodb",
        "sqs",
        "sns",
        "lambda",
        "kms",
        "ssm",
        "secretsmanager",
        "events",
        "stepfunctions",
        "kinesis",
        "ecs",
    )
    if (client := sdk().client(name)) is not None
    for operation in sorted(client.operations.values())
]
VALUES = st.sampled_from(
    [
        "'x'",
        "E['BUCKET']",
        "E['NONE']",
        "event['a']",
        "f\"{E['BUCKET']}-{event}\"",
        "'arn:aws:s3:::b'",
        "['a', 'b']",
        "{'a': 1}",
        "None",
    ]
)
NAMES = st.sampled_from(["Bucket", "Key", "TableName", "QueueUrl", "TopicArn", "FunctionName", "KeyId", "Name", "SecretId", "RoleArn", "CopySource",
                         "Entries", "TransactItems", "RequestItems", "IndexName", "stateMachineArn", "cluster", "taskDefinition", "Statement"])  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(OPERATIONS), st.dictionaries(NAMES, VALUES, max_size=4)), min_size=1, max_size=4)
)
def test_every_call_is_covered(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[tuple[str, str], dict[str, str]]]
) -> None:
    """Whatever is called with whatever: nothing raises, and the policy allows each need."""
    lines = [
        f"boto3.client({client!r}).{operation}({', '.join(f'{n}={v}' for n, v in given_.items())})"
        for (client, operation), given_ in calls
    ]
    code = "\n    ".join(
        line.replace(f".{op}(", f".{_snake(op)}(") for line, ((_, op), _) in zip(lines, calls, strict=True)
    )
    found = policy(tmp_path_factory.mktemp("any"), code)
    assert isinstance(found.covers, Proved), found.covers
    assert found.program is not None
    assert len(found.program.calls) >= 1


def _snake(name: str) -> str:
    from fourfold.knowledge.sdk import folded

    return folded(name)


def test_a_queue_by_an_address_that_is_put_together(tmp_path: Path) -> None:
    code = "boto3.client('sqs').send_message(QueueUrl=f\"https://sqs.{E['AWS_REGION']}.amazonaws.com/{event}/orders-{E['NONE']}\", MessageBody='')"
    [resource] = actions(policy(tmp_path, code))["sqs:SendMessage"]
    assert resource == "arn:aws:sqs:<region>:000000000000:orders-*"


def test_a_key_that_only_the_run_knows_is_any(tmp_path: Path) -> None:
    found = policy(tmp_path, "boto3.client('s3').put_object(Bucket='b', Key='k', SSEKMSKeyId=event['key'])")
    assert [n.wide for s in found.statements for n in s.needs if n.action == "kms:Decrypt"] == [
        "the event names it (`event.key`)"
    ]
