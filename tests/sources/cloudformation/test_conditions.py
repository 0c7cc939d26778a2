"""Conditions become formulas over what the deployer chooses; a default decides none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fourfold.model.condition import FALSE, TRUE, Free
from fourfold.model.resource import Reading

Read = Callable[..., Reading]

TEMPLATE = """\
Parameters:
  Env: {{Type: String, Default: dev, AllowedValues: [dev, test, prod]}}
  Other: {{Type: String, AllowedValues: [prod, qa]}}
  Flag: {{Type: String, Default: false, AllowedValues: [true, false]}}
  Name: {{Type: String, Default: ""}}
  Nets: {{Type: CommaDelimitedList, Default: ""}}
  Size: {{Type: Number, Default: 5}}
Mappings:
  M:
    dev: {{Big: "no"}}
    test: {{Big: "no"}}
    prod: {{Big: "yes"}}
Conditions:
  Named: !Equals [!Ref Env, prod]
  It: {0}
Resources:
  R: {{Type: AWS::X::Y, Condition: It}}
"""


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("!Equals [!Ref Env, prod]", "Env = prod"),
        ("!Equals [prod, !Ref Env]", "Env = prod"),
        ("!Not [!Equals [!Ref Env, prod]]", "Env != prod"),
        ("!Not [!Equals [!Ref Name, '']]", "Name != ''"),
        ("!Equals [!Ref Flag, true]", "Flag = true"),
        ("!Not [!Equals [!Ref Flag, 'true']]", "Flag = false"),
        ("!Equals [!Ref Size, '5']", "Size = 5"),
        ("!Condition Named", "Env = prod"),
        ("{Condition: Named}", "Env = prod"),
        ("!Not [!Condition Named]", "Env != prod"),
        ("!And [!Condition Named, !Equals [!Ref Name, x]]", "Env = prod and Name = x"),
        ("!Or [!Equals [!Ref Env, dev], !Equals [!Ref Env, test]]", "Env = dev or Env = test"),
        ("!Equals [!Ref AWS::Region, us-east-1]", "AWS::Region = us-east-1"),
        ("!Equals [!Join ['', !Ref Nets], '']", "Nets = ''"),
        ("!Equals [!Join [',', !Ref Nets], 'a,b']", "Nets = a,b"),
        ("!Equals [!Join ['', !Ref Nets], 'ab']", "${Nets} = ab"),
        ("!Equals [!Select [0, !Ref Nets], '']", "Nets[0] = ''"),
        ("!Equals [!Sub 'x-${Env}', x-prod]", "Env = prod"),
        ("!Equals [!FindInMap [M, !Ref Env, Big], 'yes']", "Env = prod"),
        ("!Equals [!Ref Env, !Ref Other]", "Env = prod and Other = prod"),
        ("!Equals [!Ref Name, !Ref Size]", "Name = Size"),
        ("!Equals [!Sub '${Name}${Size}', ab]", "${Name}${Size} = ab"),
    ],
)
def test_formulas(read: Read, condition: str, expected: str) -> None:
    reading = read(TEMPLATE.format(condition))
    assert reading.problems == []
    assert str(reading.resources[0].condition) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("!Equals [a, a]", TRUE),
        ("!Equals [1, '1']", TRUE),
        ("!Equals [true, 'true']", TRUE),
        ("!Equals [a, b]", FALSE),
        ("!Equals [!Ref Env, staging]", FALSE),
        ("!Equals [!Ref Env, !Ref Env]", TRUE),
        ("!Equals [!Sub 'x-${Name}', y]", FALSE),
        ("!And [!Equals [!Ref Env, dev], !Equals [!Ref Env, prod]]", FALSE),
        ("!Or [!Condition Named, !Not [!Condition Named]]", TRUE),
    ],
)
def test_settled_formulas(read: Read, condition: str, expected: object) -> None:
    assert read(TEMPLATE.format(condition)).resources[0].condition == expected


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ("!Condition It", "condition `It` depends on itself"),
        ("!Not [!Condition It]", "condition `It` depends on itself"),
        ("!Condition Nobody", "there is no condition `Nobody`"),
        ("!Ref Env", "not a condition: Fn::And, Fn::Or, Fn::Not, Fn::Equals or Condition is expected"),
        ("[a]", "not a condition: Fn::And, Fn::Or, Fn::Not, Fn::Equals or Condition is expected"),
        ("!Equals [a]", "`Fn::Equals` is not a function of CloudFormation"),
    ],
)
def test_what_is_no_condition_is_free(read: Read, condition: str, problem: str) -> None:
    reading = read(TEMPLATE.format(condition))
    assert problem in {p.reason for p in reading.problems}
    assert isinstance(reading.resources[0].condition, Free) or "Not" in type(reading.resources[0].condition).__name__


def test_variables_are_told_apart_by_their_template(read: Read) -> None:
    text = TEMPLATE.format("!Condition Named")
    (one, two) = (read({name: text}).resources[0].condition for name in ("a.yaml", "b.yaml"))
    assert one != two
    assert str(one) == str(two)


def test_a_formula_that_doubles_at_each_step_is_cut(read: Read) -> None:
    lines = "".join(
        f"  C{i}: !Or [!And [!Condition C{i - 1}, !Equals [!Ref P{i}, a]], "
        f"!And [!Not [!Condition C{i - 1}], !Equals [!Ref P{i}, b]]]\n"
        for i in range(1, 40)
    )
    names = "".join(f"  P{i}: {{Type: String}}\n" for i in range(40))
    text = f"Parameters:\n{names}Conditions:\n  C0: !Equals [!Ref P0, x]\n{lines}Resources:\n  R: {{Type: A::B::C, Condition: C39}}\n"
    reading = read(text)
    assert len(reading.resources) == 41
    assert any("comparisons" in p.reason for p in reading.problems)
