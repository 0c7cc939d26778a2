"""What a change writes into a SAM template is in SAM's words, and nothing is written where SAM has none."""

from __future__ import annotations

import pytest
from sources.cloudformation.sam.sam_template import Expanded, expand

from fourfold.fixes.lower import lower
from fourfold.fixes.text import CannotEditError, apply
from fourfold.model.edit import Edit, append, set_

FUNCTION = """\
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13  # the last one
      InlineCode: x
      Events:
        A: {Type: Api, Properties: {Path: /a, Method: get}}
"""
BARE = """\
Resources:
  T:
    Type: AWS::Serverless::SimpleTable
  M:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: s3://b/k
"""


def after(expanded: Expanded, *edits: tuple[str, tuple[str | int, ...], object]) -> str:
    """The template with properties of generated resources set."""
    made: list[Edit] = [set_(expanded[address].get(*path), data) for address, path, data in edits]
    text, _ = apply(made[0].at.source, lower(made))
    return text


def test_a_property_under_another_name_is_inserted_under_sams() -> None:
    expanded = expand(FUNCTION)
    text = after(expanded, ("F", ("TracingConfig", "Mode"), "Active"), ("FRole", ("PermissionsBoundary",), "arn:x"))
    assert "        A: {Type: Api, Properties: {Path: /a, Method: get}}\n      Tracing: Active\n" in text
    assert "      PermissionsBoundary: arn:x\n" in text
    again = expand(text.split("\n", 1)[1])
    assert again.plain("F", "TracingConfig") == {"Mode": "Active"}
    assert again.plain("FRole", "PermissionsBoundary") == "arn:x"
    assert not again.problems


def test_a_setting_below_a_property_of_the_same_name() -> None:
    text = after(expand(FUNCTION), ("F", ("VpcConfig", "SubnetIds"), ["a"]), ("F", ("FunctionName",), "f"))
    assert "      VpcConfig:\n        SubnetIds:\n          - a\n      FunctionName: f\n" in text


def test_a_resource_without_properties_gets_them() -> None:
    text = after(expand(BARE), ("T", ("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"), True))
    wanted = "      PointInTimeRecoverySpecification:\n        PointInTimeRecoveryEnabled: true\n"
    assert f"    Type: AWS::Serverless::SimpleTable\n    Properties:\n{wanted}" in text


def test_a_state_machines_logging_and_tracing() -> None:
    text = after(
        expand(BARE),
        ("M", ("LoggingConfiguration", "Level"), "ALL"),
        ("M", ("TracingConfiguration", "Enabled"), True),
    )
    assert text.endswith("      Logging:\n        Level: ALL\n      Tracing:\n        Enabled: true\n")


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("F", ("Code", "S3Key")),
        ("F", ("TracingConfig",)),
        ("FRole", ("RoleName",)),
        ("FAPermissionProd", ("SourceAccount",)),
        ("ServerlessRestApi", ("Body", "x-amazon-apigateway-policy")),
        ("T", ("DeletionProtectionEnabled",)),
    ],
)
def test_what_sam_has_no_property_for_is_refused(address: str, path: tuple[str, ...]) -> None:
    expanded = expand(FUNCTION + BARE.removeprefix("Resources:\n"))
    with pytest.raises(CannotEditError):
        after(expanded, (address, path, "x"))


def test_a_property_only_cloudformation_has_is_said_and_left_out() -> None:
    expanded = expand(FUNCTION.replace("InlineCode: x", "InlineCode: x\n      TracingConfig: {Mode: Active}"))
    assert expanded.plain("F", "TracingConfig") is None
    assert any("TracingConfig" in p for p in expanded.problems)


def test_what_stands_for_more_than_itself_is_not_replaced_or_appended_to() -> None:
    expanded = expand(FUNCTION + "      Tags: {team: a}\n")
    with pytest.raises(CannotEditError):
        lower([set_(expanded["FAPermissionProd"].get("Principal"), "x")])
    with pytest.raises(CannotEditError):
        lower([append(expanded["F"].get("Tags"), {"Key": "a", "Value": "b"})])


def test_a_setting_goes_into_the_events_own_properties() -> None:
    expanded = expand(FUNCTION + "        Q: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}\n")
    assert "{Queue: !GetAtt Q.Arn, BatchSize: 5}" in after(expanded, ("FQ", ("BatchSize",), 5))
