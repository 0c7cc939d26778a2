"""Services of the Serverless Framework become the CloudFormation that they deploy."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fourfold
from fourfold.model.value import Unknown
from fourfold.sources.serverless import claims

SERVICE = """\
service: orders
custom:
  table: ${self:service}-${sls:stage}
  origin: {dev: "*", prod: "example.com"}
params:
  default: {keep: 14}
provider:
  name: aws
  runtime: python3.13
  stage: ${opt:stage, 'dev'}
  logRetentionInDays: ${param:keep}
  tracing: {lambda: true}
  environment:
    TABLE: ${self:custom.table}
    KEY: ${ssm:/orders/key}
    MODE: ${env:MODE, 'plain'}
    ORIGIN: ${self:custom.origin.${sls:stage}}
    REGION: ${AWS::Region}
  iam:
    role:
      statements:
        - Effect: Allow
          Action: "*"
          Resource: "*"
functions:
  create-order:
    handler: app.create
    url: true
    events:
      - httpApi: POST /orders
      - http: {path: /orders, method: post, authorizer: aws_iam}
      - sqs: !GetAtt Queue.Arn
      - alexaSkill: amzn1.ask.skill.x
  own:
    handler: app.own
    role: arn:aws:iam::123456789012:role/own
    timeout: ${file(settings.yml):timeout}
resources:
  - Resources:
      Queue: {Type: AWS::SQS::Queue}
  - ${file(more.yml)}
"""
FILES = {
    "serverless.yml": SERVICE,
    "settings.yml": "timeout: 30\n",
    "more.yml": "Resources:\n  Table:\n    Type: AWS::DynamoDB::Table\n    Properties: {TableName: '${self:custom.table}'}\n",
}


def scanned(root: Path, files: dict[str, str] = FILES) -> fourfold.Report:
    for name, text in files.items():
        (root / name).write_text(text)
    return fourfold.scan(root)


def test_functions_with_what_the_provider_says_for_all(tmp_path: Path) -> None:
    found = scanned(tmp_path).graph.resources
    function = found["serverless.yml#CreateDashorderLambdaFunction"]
    assert function.format == "serverless"
    assert function.get("FunctionName").plain() == "orders-dev-create-order"
    assert function.get("Runtime").plain() == "python3.13"
    assert function.get("TracingConfig", "Mode").plain() == "Active"
    variables = function.get("Environment", "Variables")
    assert variables.get("TABLE").plain() == "orders-dev"
    assert variables.get("MODE").plain() == "plain"
    assert variables.get("ORIGIN").plain() == "*"
    key = variables.get("KEY")
    assert isinstance(key, Unknown)
    assert "Systems Manager" in key.reason
    own = found["serverless.yml#OwnLambdaFunction"]
    assert own.get("Timeout").plain() == 30
    assert own.get("Role").plain() == "arn:aws:iam::123456789012:role/own"
    assert found["serverless.yml#CreateDashorderLogGroup"].get("RetentionInDays").plain() == 14


def test_files_are_a_part_of_the_service(tmp_path: Path) -> None:
    found = scanned(tmp_path).graph.resources
    assert found["serverless.yml#Table"].get("TableName").plain() == "orders-dev"
    assert found["serverless.yml#Queue"].type == "AWS::SQS::Queue"
    assert "more.yml#Table" not in found


def test_what_is_wrong_in_it_is_found(tmp_path: Path) -> None:
    report = scanned(tmp_path)
    found = {(f.check, f.span.line) for f in report.findings}
    line = {text.strip(): n for n, text in enumerate(SERVICE.splitlines(), 1)}
    assert ("administrator_statement", line['Action: "*"']) in found
    assert ("open_function_url", line["url: true"]) in found
    assert ("route_without_authorizer", line["- httpApi: POST /orders"]) in found
    assert not [f for f in report.findings if f.check == "route_without_authorizer" and "http:" in f.span.source.line(f.span.line)]  # fmt: skip
    assert any("`alexaSkill`" in p.reason for p in report.problems)


def test_another_provider_is_said(tmp_path: Path) -> None:
    text = "service: x\nprovider:\n  name: google\nfunctions:\n  f: {handler: h}\n"
    report = scanned(tmp_path, {"serverless.yml": text})
    assert [p.reason for p in report.problems] == ["provider `google` is not read; only aws is"]


def test_variables_that_need_each_other_are_unknown(tmp_path: Path) -> None:
    text = "service: x\ncustom: {a: '${self:custom.b}', b: '${self:custom.a}'}\nprovider: {name: aws, runtime: python3.13}\nfunctions:\n  f:\n    handler: h\n    timeout: ${self:custom.a}\n"  # fmt: skip
    found = scanned(tmp_path, {"serverless.yml": text}).graph.resources["serverless.yml#FLambdaFunction"]
    assert "too deeply" in found.get("Timeout").reason


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_input_raises(tmp_path: Path, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(SERVICE)))
    end = data.draw(st.integers(start, min(start + 60, len(SERVICE))))
    piece = data.draw(st.sampled_from(["", "- ", "{", "${", "}", "${self:}", "null", "[]", "\n", ": ", "5", "*x"]))
    text = SERVICE[:start] + piece + SERVICE[end:]
    scanned(tmp_path, {"serverless.yml": text})


def test_only_services_are_claimed() -> None:
    assert claims("api/serverless.yml", SERVICE.encode())
    assert not claims("template.yml", SERVICE.encode())
    assert not claims("serverless.yml", b"org: x\n")


def test_a_part_is_not_read_for_itself(tmp_path: Path) -> None:
    part = "Resources:\n  Copy:\n    Type: AWS::SQS::Queue\n    Properties: {QueueName: !GetAtt Queue.QueueName}\n"
    report = scanned(tmp_path, {**FILES, "more.yml": part})
    assert "serverless.yml#Copy" in report.graph.resources
    assert [p for p in report.problems if p.file == "more.yml"] == []
