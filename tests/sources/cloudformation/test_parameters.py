"""What a reference to a parameter is worth, by how it is declared."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fourfold.model.resource import Reading
from fourfold.model.value import Choice, Known, Unknown, Value

Read = Callable[..., Reading]


def use(read: Read, declaration: str) -> Value:
    text = f"Parameters:\n  P: {declaration}\nResources:\n  R: {{Type: A::B::C, Properties: {{X: !Ref P}}}}\n"
    reading = read(text)
    assert reading.problems == []
    return reading.resources[0].get("X")


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        ("{Type: String, Default: a}", "a"),
        ("{Type: String, Default: 5}", "5"),
        ("{Type: String, Default: true}", "true"),
        ("{Type: Number, Default: 5}", 5),
        ("{Type: Number, Default: '5'}", 5),
        ("{Type: Number, Default: '0.5'}", 0.5),
        ("{Type: Number, Default: abc}", "abc"),
        ("{Type: CommaDelimitedList, Default: 'a, b,c'}", ["a", "b", "c"]),
        ("{Type: CommaDelimitedList, Default: ''}", []),
        ("{Type: 'List<Number>', Default: '1,2'}", ["1", "2"]),
        ("{Type: String, AllowedValues: [only]}", "only"),
        ("{Type: AWS::EC2::KeyPair::KeyName, Default: key}", "key"),
    ],
)
def test_defaults(read: Read, declaration: str, expected: object) -> None:
    assert use(read, declaration).plain() == expected


def test_a_default_says_where_it_is_written(read: Read) -> None:
    got = use(read, "{Type: String, Default: hello}")
    assert isinstance(got, Known)
    (step,) = got.provenance
    assert step.note == "default of parameter `P`"
    assert step.span is not None
    assert step.span.source.text[step.span.start : step.span.end] == "Default: hello"


def test_no_default_is_unknown(read: Read) -> None:
    got = use(read, "{Type: String}")
    assert isinstance(got, Unknown)
    assert (got.name, got.reason) == ("P", "parameter `P` has no default")


@pytest.mark.parametrize("default", ["", ", Default: hunter2"])
def test_no_echo_is_said(read: Read, default: str) -> None:
    got = use(read, f"{{Type: String, NoEcho: true{default}}}")
    assert isinstance(got, (Known, Unknown))
    assert "(NoEcho)" in got.provenance[0].note


def test_the_default_of_a_systems_manager_parameter_is_its_name(read: Read) -> None:
    got = use(read, "{Type: 'AWS::SSM::Parameter::Value<String>', Default: /a/b}")
    assert isinstance(got, Unknown)
    assert "`/a/b`" in got.reason


def test_a_default_can_be_a_dynamic_reference(read: Read) -> None:
    got = use(read, "{Type: String, NoEcho: true, Default: '{{resolve:secretsmanager:db:SecretString:p}}'}")
    assert isinstance(got, Unknown)
    assert got.name == "{{resolve:secretsmanager:db:SecretString:p}}"
    assert "(NoEcho)" in got.provenance[0].note


def test_few_allowed_values_are_a_choice(read: Read) -> None:
    got = use(read, "{Type: Number, AllowedValues: [1, 7, 30]}")
    assert isinstance(got, Choice)
    assert [(str(c), v.plain()) for c, v in got.alternatives()] == [("P = 1", 1), ("P = 7", 7), ("P = 30", 30)]
    assert got.yes.provenance[0].note == "allowed value of parameter `P`"  # type: ignore[attr-defined]


def test_many_allowed_values_are_a_default_or_answer_together(read: Read) -> None:
    values = ", ".join(f"t3.{i}" for i in range(9))
    assert use(read, f"{{Type: String, Default: t3.1, AllowedValues: [{values}]}}").plain() == "t3.1"
    got = use(read, f"{{Type: String, AllowedValues: [{values}]}}")
    assert isinstance(got, Unknown)
    assert got.startswith("t3.")
    assert not got.is_("m5.large")
    assert got._edge("t3.1", "start") is None


def test_an_unknown_parameter_is_the_same_in_one_template_only(read: Read) -> None:
    text = (
        "Parameters:\n  P: {Type: String}\nResources:\n  R: {Type: A::B::C, Properties: {X: !Ref P, Y: !Sub '${P}'}}\n"
    )
    one, two = (read({name: text}).resources[0] for name in ("a.yaml", "b.yaml"))
    assert one.get("X").identity == one.get("Y").identity
    assert one.get("X").identity != two.get("X").identity


def test_pseudo_parameters_are_the_same_everywhere(read: Read) -> None:
    text = "Resources:\n  R: {Type: A::B::C, Properties: {X: !Ref AWS::AccountId}}\n"
    one, two = (read({name: text}).resources[0].get("X") for name in ("a.yaml", "b.yaml"))
    assert one.identity == two.identity


def test_every_parameter_is_a_resource(read: Read) -> None:
    reading = read("Parameters:\n  P: {Type: String, Default: x}\nResources:\n  R: {Type: A::B::C}\n")
    parameter = next(r for r in reading.resources if r.type == "Template::Parameter")
    assert (parameter.address, parameter.get("Default").plain(), parameter.span.line) == ("Parameters/P", "x", 2)


@pytest.mark.parametrize("declaration", ["5", "[a]", "null", "text"])
def test_what_is_no_declaration_is_a_problem(read: Read, declaration: str) -> None:
    reading = read(f"Parameters:\n  P: {declaration}\nResources:\n  R: {{Type: A::B::C, Properties: {{X: !Ref P}}}}\n")
    assert reading.problems[0].reason == "parameter `P` is not a mapping"
