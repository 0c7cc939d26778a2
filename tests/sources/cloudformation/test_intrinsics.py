"""Each intrinsic function, over values that are known, chosen, referred to and unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fourfold.model.place import Source
from fourfold.model.resource import Reading
from fourfold.model.value import Ref, Text, Unknown, Value
from fourfold.sources import cloudformation
from fourfold.sources.tree import Tree


def read(text: str) -> Reading:
    return cloudformation.read(Source("t.yaml", text), Tree(Path("/nonexistent"), {"t.yaml": text.encode()}))


def value(expression: str, rest: str = "") -> Value:
    """The value of `P: <expression>` in a resource of a template with some parameters."""
    text = f"""\
Parameters:
  Name: {{Type: String, Default: shop}}
  Open: {{Type: String}}
  Env: {{Type: String, Default: dev, AllowedValues: [dev, prod]}}
  Zones: {{Type: CommaDelimitedList, Default: "a, b"}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
Resources:
  R:
    Type: AWS::X::Y
    Properties:
      P: {expression}
  Other:
    Type: AWS::X::Z
{rest}"""
    reading = read(text)
    return next(r for r in reading.resources if r.address == "R").get("P")


def plain(expression: str, rest: str = "") -> Any:
    return value(expression, rest).plain()


def test_ref_to_a_parameter_with_a_default() -> None:
    got = value("!Ref Name")
    assert got.plain() == "shop"
    assert got.provenance[0].note == "default of parameter `Name`"  # type: ignore[attr-defined]
    assert got.span.line == 12


def test_ref_to_a_parameter_without_default_is_unknown() -> None:
    got = value("!Ref Open")
    assert isinstance(got, Unknown)
    assert got.reason == "parameter `Open` has no default"


def test_ref_to_a_parameter_with_allowed_values_is_a_choice() -> None:
    assert plain("!Ref Env") == {"if": "Env = dev", "then": "dev", "else": "prod"}


def test_ref_to_a_resource() -> None:
    got = value("!Ref Other")
    assert isinstance(got, Ref)
    assert got.target == "t.yaml#Other"


def test_sub_keeps_the_known_parts() -> None:
    got = value("!Sub 'arn:${AWS::Partition}:s3:::${Other.Name}-${Name}'")
    assert isinstance(got, Text)
    assert got.plain() == "arn:${AWS::Partition}:s3:::${Other.Name}-shop"
    assert got.startswith("arn:")


def test_if_is_a_choice_and_no_value_is_nothing() -> None:
    got = value("!If [IsProd, 1, !Ref AWS::NoValue]")
    assert [(str(c), v.plain(), v.absent) for c, v in got.alternatives()] == [
        ("Env = prod", 1, False),
        ("Env = dev", None, True),
    ]


def test_join_over_a_choice() -> None:
    assert plain("!Join ['-', [x, !Ref Env]]") == {"if": "Env = dev", "then": "x-dev", "else": "x-prod"}
