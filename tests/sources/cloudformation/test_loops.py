"""`Fn::ForEach` in every section that takes it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fourfold.model.resource import Reading

Read = Callable[..., Reading]

TABLES = """\
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, Default: "Points,Score"}
Resources:
  Fn::ForEach::Tables:
    - Name
    - !Ref Names
    - Table${Name}:
        Type: AWS::DynamoDB::Table
        Properties:
          TableName: !Ref Name
          Note: !Sub "${Name}-${AWS::Region}"
          Plain: "x${Name}"
          Peer: !GetAtt
            - !Sub "Table${Name}"
            - Arn
          Short: !GetAtt "Table${Name}.Arn"
Outputs:
  Fn::ForEach::Arns:
    - Name
    - [Points, Score]
    - Arn${Name}: {Value: !Ref "Table${Name}"}
"""


def test_resources_and_outputs(read: Read) -> None:
    reading = read(TABLES)
    assert reading.problems == []
    assert [r.address for r in reading.resources] == [
        "TablePoints",
        "TableScore",
        "Parameters/Names",
        "Outputs/ArnPoints",
        "Outputs/ArnScore",
    ]
    first = reading.resources[0]
    assert first.properties.plain() == {
        "TableName": "Points",
        "Note": "Points-${AWS::Region}",
        "Plain": "xPoints",
        "Peer": "TablePoints.Arn",
        "Short": "TablePoints.Arn",
    }
    assert first.span.line == 8
    assert reading.resources[-1].get("Value").plain() == "TableScore"


def test_properties_conditions_and_nesting(read: Read) -> None:
    reading = read("""\
Parameters: {Env: {Type: String}}
Conditions:
  Fn::ForEach::Is:
    - E
    - [x, y]
    - Is&{E}: !Equals [!Ref Env, !Ref E]
Resources:
  Fn::ForEach::Outer:
    - A
    - ["10.0", "10.1"]
    - Fn::ForEach::Inner:
        - B
        - [x, y]
        - R&{A}${B}:
            Type: A::B::C
            Condition: Is${B}
            Properties:
              Cidr: !Sub "${A}.0.0/16"
              Fn::ForEach::Keys:
                - K
                - [One, Two]
                - Key${K}: !Sub "${A}${B}${K}"
""")
    assert reading.problems == []
    resources = [r for r in reading.resources if r.type == "A::B::C"]
    assert [r.address for r in resources] == ["R100x", "R100y", "R101x", "R101y"]
    assert resources[3].properties.plain() == {"Cidr": "10.1.0.0/16", "KeyOne": "10.1yOne", "KeyTwo": "10.1yTwo"}
    assert [str(r.condition) for r in resources] == ["Env = x", "Env = y"] * 2


@pytest.mark.parametrize("collection", ["!Ref Open", "!GetAZs ''", "5", "{a: b}"])
def test_an_unknown_collection_is_a_problem(read: Read, collection: str) -> None:
    reading = read(f"""\
Parameters: {{Open: {{Type: CommaDelimitedList}}}}
Resources:
  Fn::ForEach::L: [X, {collection}, {{'R${{X}}': {{Type: A::B::C}}}}]
  S: {{Type: A::B::C}}
""")
    assert [p.reason for p in reading.problems] == [
        "the collection of `Fn::ForEach::L` is not known; what it makes was left out"
    ]
    assert [r.address for r in reading.resources if r.type == "A::B::C"] == ["S"]


def test_an_explosion_is_stopped_and_told(read: Read) -> None:
    many = "[" + ", ".join(f"a{i}" for i in range(300)) + "]"
    body = "{'R${A}${B}${C}': {Type: A::B::C}}"
    for name in "CBA":
        body = f"{{'Fn::ForEach::{name}': [{name}, {many}, {body}]}}"
    reading = read(f"Resources: {body}\n")
    assert any("more than 5000 fragments" in p.reason for p in reading.problems)
    assert 0 < len(reading.resources) <= 5000


@pytest.mark.parametrize("loop", ["5", "[X]", "[X, [a], b]", "[[X], [a], {}]", "null", "{}"])
def test_a_malformed_loop_is_a_problem(read: Read, loop: str) -> None:
    reading = read(f"Resources:\n  Fn::ForEach::L: {loop}\n  S: {{Type: A::B::C}}\n")
    assert reading.problems[0].reason == "`Fn::ForEach::L` takes an identifier, a collection and a mapping"
    assert [r.address for r in reading.resources] == ["S"]


def test_what_two_loops_call_the_same_is_a_problem(read: Read) -> None:
    loop = "  Fn::ForEach::{0}: [X, [a], {{'R${{X}}': {{Type: A::B::{0}}}}}]\n"
    reading = read("Resources:\n" + loop.format("C") + loop.format("D"))
    assert [p.reason for p in reading.problems] == ["`Ra` is declared twice in `Resources`; the last one counts"]
    assert [r.type for r in reading.resources] == ["A::B::D"]
