"""State machines: definition, role, and what starts them."""

from __future__ import annotations

from sources.cloudformation.sam.sam_template import expand

MACHINE = """
    Resources:
      Work: {Type: AWS::Serverless::Function, Properties: {InlineCode: x}}
      M:
        Type: AWS::Serverless::StateMachine
        Properties:
          DefinitionUri: machine.asl.json
          DefinitionSubstitutions: {Work: !GetAtt Work.Arn}
          Policies:
            - LambdaInvokePolicy: {FunctionName: !Ref Work}
          Events:
            Route: {Type: Api, Properties: {Path: /start, Method: post}}
            Hourly: {Type: Schedule, Properties: {Schedule: rate(1 hour)}}
"""
DEFINITION = """\
{"StartAt": "A", "States": {
  "A": {"Type": "Task", "Resource": "${Work}", "End": true}
}}
"""


def test_a_definition_in_a_file_with_its_substitutions() -> None:
    machine = expand(MACHINE, machine__asl__json=DEFINITION)["M"]
    assert machine.type == "AWS::StepFunctions::StateMachine"
    called = machine.get("Definition", "States", "A", "Resource")
    assert called.plain() == "Work.Arn"
    assert (called.span.file, called.span.line) == ("machine.asl.json", 2)


def test_a_definition_that_is_not_in_the_scan_is_unknown() -> None:
    got = expand(MACHINE)
    assert "machine.asl.json" in got["M"].get("Definition").reason
    assert any("machine.asl.json" in problem for problem in got.problems)


def test_its_role_and_those_of_its_events() -> None:
    got = expand(MACHINE, machine__asl__json=DEFINITION)
    assert got.plain("M", "RoleArn") == "MRole.Arn"
    (trusted,) = (s for _, s in got["MRole"].get("AssumeRolePolicyDocument", "Statement").elements())
    assert trusted.get("Principal").plain() == {"Service": ["states.amazonaws.com"]}
    (policy,) = (p for _, p in got["MRole"].get("Policies").elements())
    assert policy.get("PolicyDocument", "Statement", 0, "Action").plain() == ["lambda:InvokeFunction"]
    assert policy.span.line == 11
    for role, line in (("MRouteRole", 13), ("MHourlyRole", 14)):
        (policy,) = (p for _, p in got[role].get("Policies").elements())
        assert policy.get("PolicyDocument", "Statement", 0).plain() == {
            "Effect": "Allow", "Action": "states:StartExecution", "Resource": "M",
        }  # fmt: skip
        assert got[role].span.line == line


def test_a_route_starts_it() -> None:
    got = expand(MACHINE, machine__asl__json=DEFINITION)
    integration = got["ServerlessRestApi"].get("Body", "paths", "/start", "post", "x-amazon-apigateway-integration")
    assert str(integration.get("uri")).endswith(":states:action/StartExecution")
    assert integration.get("credentials").plain() == "MRouteRole.Arn"
    assert integration.span.line == 13


def test_a_role_that_is_given() -> None:
    text = MACHINE.replace(
        "          Policies:\n            - Lamb", "          Role: arn:given\n          X:\n            - Lamb"
    )
    got = expand(text, machine__asl__json=DEFINITION)
    assert got.plain("M", "RoleArn") == "arn:given"
    assert "MRole" not in got
