"""Each intrinsic function, over values that are known, chosen, referred to and unknown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fourfold.model.graph import EXPORT
from fourfold.model.value import Choice, Ref, Seq, Text, Unknown, Value
from fourfold.model.world import explore

Evaluate = Callable[..., Value]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("!Sub '${Name}-x'", "shop-x"),
        ("!Sub '${!Name}-${Name}'", "${Name}-shop"),
        ("!Sub ['${a}-${Name}', {a: !Ref Count}]", "3-shop"),
        ("!Sub ['${Name}', {Name: inner}]", "inner"),
        ("!Sub plain", "plain"),
        ("!Sub ''", ""),
        ("!Sub 'arn:${AWS::Partition}:s3:::${Other.Name}-${Name}'", "arn:${AWS::Partition}:s3:::${Other.Name}-shop"),
        ("!Join ['', [a, b]]", "ab"),
        ("!Join ['-', !Ref Zones]", "a-b"),
        ("!Join [',', [a, !Ref AWS::NoValue, b]]", "a,b"),
        ("!Join ['', []]", ""),
        ("!Join [':', [arn, !Ref Other, !Sub 'x${Name}']]", "arn:${Other}:xshop"),
        ("!Select [1, !Ref Zones]", "b"),
        ("!Select ['0', [x, y]]", "x"),
        ("!Select [1, [!Ref AWS::NoValue, x, y]]", "y"),
        ("!Select [1, !Split ['/', 'a/b/c']]", "b"),
        ("!Split [',', 'a,b']", ["a", "b"]),
        ("!Split ['--', 'a--b--']", ["a", "b", ""]),
        ("!Split [',', !Join [',', [!Ref Other, x]]]", ["Other", "x"]),
        ("!FindInMap [ByEnv, prod, Size]", "large"),
        ("!FindInMap [ByEnv, prod, Zones]", ["x", "y"]),
        ("!FindInMap [ByEnv, !Sub 'pr${!}od', Size, DefaultValue: none]", "none"),
        ("!Base64 'text ${x}'", "text ${x}"),
        ("!Length [1, 2, 3]", 3),
        ("!Length {Ref: Zones}", 2),
        ("!Cidr ['192.168.0.0/24', '2', '5']", ["192.168.0.0/27", "192.168.0.32/27"]),
        ("!Cidr ['10.0.0.0/16', 2, 8]", ["10.0.0.0/24", "10.0.1.0/24"]),
        ("!Cidr ['2001:db8::/56', 2, 64]", ["2001:db8::/64", "2001:db8:0:1::/64"]),
        ("!Select [1, !Cidr ['10.0.0.0/16', 2, 8]]", "10.0.1.0/24"),
        ("{'Fn::ToJsonString': {a: !Ref Name, b: [1, true]}}", '{"a":"shop","b":[1,true]}'),
        ("{'Fn::ToJsonString': {a: !Ref Other, q: 'x\"y'}}", '{"a":"${Other}","q":"x\\"y"}'),
        ("[1, !Ref AWS::NoValue, 2]", [1, 2]),
        ("{a: !Ref AWS::NoValue, b: 2}", {"b": 2}),
        ("!GetAtt Other.Arn", "Other.Arn"),
        ("!GetAtt [Other, Endpoint.Address]", "Other.Endpoint.Address"),
        ("!GetAtt [Other, !Ref Name]", "Other.shop"),
        ("{'Fn::GetAtt': Other.Arn}", "Other.Arn"),
        ("!ImportValue shared-vpc", f"{EXPORT}shared-vpc".rpartition("#")[2]),
    ],
)
def test_what_functions_give(evaluate: Evaluate, expression: str, expected: object) -> None:
    assert evaluate(expression).plain() == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("!Ref Env", "'dev' if Env = dev else 'prod'"),
        ("!Sub '${Env}-x'", "'dev-x' if Env = dev else 'prod-x'"),
        ("!Sub '${Env}-${Env}'", "'dev-dev' if Env = dev else 'prod-prod'"),
        ("!If [IsProd, a, b]", "'a' if Env = prod else 'b'"),
        ("!If [IsProd, same, same]", "'same'"),
        ("!Join ['-', [!Ref Env, !If [IsProd, p, d]]]", "'dev-d' if Env = dev else 'prod-p'"),
        ("!FindInMap [ByEnv, !Ref Env, Size]", "'small' if Env = dev else 'large'"),
        ("!FindInMap [ByRegion, !Ref AWS::Region, Image]", "'one' if AWS::Region = eu-west-1 else 'two'"),
        ("!FindInMap [ByRegion, !Ref AWS::Region, Kind]", "'same'"),
        ("!FindInMap [ByEnv, !Ref Open, Size]", "'small' if Open = dev else 'large'"),
        ("!Select [0, [!Ref Env, x]]", "'dev' if Env = dev else 'prod'"),
        ("!Select [0, [!If [IsProd, p, !Ref AWS::NoValue], x]]", "'p' if Env = prod else 'x'"),
        ("!Length [!If [IsProd, p, !Ref AWS::NoValue], x]", "2 if Env = prod else 1"),
        ("{'Fn::Length': !FindInMap [ByEnv, !Ref Env, Zones]}", "1 if Env = dev else 2"),
        ("!Split ['-', !Sub '${Env}-x']", "['dev', 'x'] if Env = dev else ['prod', 'x']"),
        ("!Ref Size", "'s' if Size = s else 'm' if Size = m else 'l'"),
    ],
)
def test_choices_are_carried_through(evaluate: Evaluate, expression: str, expected: str) -> None:
    assert shown(evaluate(expression)) == expected


def shown(value: Value) -> str:
    if isinstance(value, Choice):
        return f"{shown(value.yes)} if {value.condition} else {shown(value.no)}"
    return repr(value.plain())


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("!Ref Open", "Open"),
        ("!Ref AWS::AccountId", "AWS::AccountId"),
        ("!Sub '${Open}'", "Open"),
        ("!Select [0, !Ref Nets]", "Nets[0]"),
        ("!Select [0, !GetAZs '']", "zones of AWS::Region[0]"),
        ("!Select [2, !Split ['/', !Ref AWS::StackId]]", "AWS::StackId.split(/)[2]"),
        ("{'Fn::Length': !Ref Nets}", "Nets.length"),
        ("!Join [',', !Ref Nets]", "Nets"),
        ("'{{resolve:ssm:/a/b}}'", "{{resolve:ssm:/a/b}}"),
        ("!Sub '{{resolve:secretsmanager:${Name}:SecretString:p}}'", "{{resolve:secretsmanager:shop:SecretString:p}}"),
        ("!Sub '{{resolve:secretsmanager:${Other}::p}}'", "{{resolve:secretsmanager:${Other}::p}}"),
        ("!Join ['', ['{{resolve:secretsmanager:', !Ref Other, ':SecretString:p}}']]", None),
    ],
)
def test_unknowns_have_names(evaluate: Evaluate, expression: str, name: str | None) -> None:
    got = evaluate(expression)
    assert isinstance(got, Unknown)
    assert got.name == (name or "{{resolve:secretsmanager:${Other}:SecretString:p}}")
    assert got.reason


def test_a_dynamic_reference_inside_a_text(evaluate: Evaluate) -> None:
    got = evaluate("'postgres://app:{{resolve:ssm-secure:pw:1}}@db'")
    assert isinstance(got, Text)
    assert [p if isinstance(p, str) else p.name for p in got.parts] == [  # type: ignore[attr-defined]
        "postgres://app:",
        "{{resolve:ssm-secure:pw:1}}",
        "@db",
    ]


def test_a_text_answers_by_its_known_parts(evaluate: Evaluate) -> None:
    got = evaluate("!Sub 'arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess'")
    assert got.startswith("arn:")
    assert got.endswith(":policy/AdministratorAccess")
    assert not got.is_("*")


def test_a_sub_of_one_reference_is_the_reference(evaluate: Evaluate) -> None:
    got = evaluate("!Sub '${Other.Arn}'")
    assert isinstance(got, Ref)
    assert (got.target, got.attribute) == ("t.yaml#Other", "Arn")


def test_no_value_is_nothing_and_can_be_written(evaluate: Evaluate) -> None:
    from fourfold.model.edit import set_

    got = evaluate("!If [IsProd, 1, !Ref AWS::NoValue]")
    (_, one), (when, nothing) = got.alternatives()
    assert (one.plain(), nothing.absent, str(when)) == (1, True, "Env = dev")
    edit = set_(nothing, 2)
    source = edit.at.source
    assert (edit.op, source.text[edit.at.start : edit.at.end]) == ("set", "!Ref AWS::NoValue")


def test_too_many_combinations_are_unknown(evaluate: Evaluate) -> None:
    got = evaluate("!Join ['', [" + ", ".join(f"!If [IsProd, !Ref Size, '{i}']" for i in range(3)) + "]]")
    assert len(list(got.alternatives())) <= 32
    many = (
        "!Join ['', [" + ", ".join(f"!If [IsProd, !Ref Size, !Select [0, [!Ref Env, {i}]]]" for i in range(2000)) + "]]"
    )
    assert len(list(evaluate(many).alternatives())) <= 32
    wide = "!Sub '" + "${Size}" * 40 + "'"  # one variable, however often: three results
    assert len(list(evaluate(wide).alternatives())) == 3


def test_an_imported_name_keeps_what_is_not_known(evaluate: Evaluate) -> None:
    got = evaluate("!ImportValue {'Fn::Sub': '${Open}-VpcId'}")
    assert isinstance(got, Ref)
    assert got.target == f"{EXPORT}${{Open}}-VpcId"


def test_cidr_of_an_unknown_block_has_its_count(evaluate: Evaluate) -> None:
    got = evaluate("!Cidr [!Ref Open, 2, 8]")
    assert isinstance(got, Seq)
    assert [str(item) for item in got.items_] == ["Open/block 0", "Open/block 1"]


def test_a_mapping_that_is_found_stays_where_it_is_written(evaluate: Evaluate) -> None:
    got = evaluate("!FindInMap [ByEnv, prod, Zones]")
    assert got.span.line == 13
    assert [step.note for step in got.provenance] == ["mapping `ByEnv/prod/Zones`"]  # type: ignore[attr-defined]
    scalar = evaluate("!FindInMap [ByEnv, prod, Size]")
    assert scalar.span.line == 23


def test_base64_says_that_it_is_encoded(evaluate: Evaluate) -> None:
    got = evaluate("!Base64 {'Fn::Sub': 'echo ${Name}'}")
    assert got.plain() == "echo shop"
    assert [step.note for step in got.provenance][-1] == "encoded by Fn::Base64"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("!Ref Nobody", "`Nobody` is neither a resource nor a parameter of this template"),
        ("!GetAtt Nobody.Arn", "`Nobody` is neither a resource nor a parameter of this template"),
        ("!Sub '${Nobody}'", "`Nobody` is neither a resource nor a parameter of this template"),
        ("!Ref [a]", "`Ref` takes the name of a parameter or a resource"),
        ("!Sub {a: b}", "`Fn::Sub` takes a string, or a string and a mapping"),
        ("!Sub [x, y]", "the second argument of `Fn::Sub` is a mapping of names to values"),
        ("!Join a", "`Fn::Join` takes a delimiter and a list"),
        ("!Join ['', [{a: b}]]", "`Fn::Join` takes a list of strings"),
        ("!Select [9, [a]]", "there is no element 9 in a list of 1"),
        ("!Select [x, [a]]", "`x` is not an index"),
        ("!Select [0, a]", "`Fn::Select` takes a list"),
        ("!Split ['', a]", "`Fn::Split` takes a delimiter and a string"),
        ("!If [IsProd, a]", "`Fn::If` takes a condition and two values"),
        ("!If [Nobody, a, b]", "there is no condition `Nobody`"),
        ("!FindInMap [ByEnv, qa, Size]", "mapping `ByEnv` has no key `qa`"),
        ("!FindInMap [None, qa, Size]", "there is no mapping `None`"),
        ("!FindInMap [ByEnv]", "`Fn::FindInMap` takes a mapping, two keys and, where wanted, a `DefaultValue`"),
        ("!Cidr [nonsense, 1, 8]", "`nonsense` is not an address block"),
        ("!Cidr ['10.0.0.0/24', 9, 8]", "9 subnets of 8 bits do not fit into `10.0.0.0/24`"),
        ("!Cidr ['10.0.0.0/24', 9999, 8]", "`Fn::Cidr` gives 1 to 256 blocks"),
        ("!Length a", "`Fn::Length` takes a list"),
        ("!ImportValue [a]", "`Fn::ImportValue` takes the name of an export"),
        ("!Base64 [a]", "`Fn::Base64` takes a string"),
        ("!Nonsense x", "`Fn::Nonsense` is not a function of CloudFormation"),
        ("!GetAtt Other", "`Fn::GetAtt` takes a resource and an attribute"),
    ],
)
def test_wrong_calls_are_problems_and_unknown(evaluate: Evaluate, expression: str, problem: str) -> None:
    got = evaluate(expression, problems=(problem,))
    assert any(isinstance(v, Unknown) for _, v in got.alternatives()) or isinstance(got, Choice)


@pytest.mark.parametrize(
    "expression", ["!FindInMap [ByEnv, !Ref Size, Size]", "!Select [1, [a, !If [IsProd, b, !Ref AWS::NoValue]]]"]
)
def test_what_the_deployer_need_not_choose_is_no_problem(evaluate: Evaluate, expression: str) -> None:
    got = evaluate(expression)
    assert any(isinstance(v, Unknown) for _, v in got.alternatives())


def test_values_without_functions_are_the_same_objects(evaluate: Evaluate) -> None:
    from pathlib import Path

    from fourfold.model.place import Source
    from fourfold.model.value import Map
    from fourfold.sources.cloudformation.run import Run
    from fourfold.sources.cloudformation.stack import Stack
    from fourfold.sources.tree import Tree

    text = "Resources:\n  R:\n    Type: A::B::C\n    Properties: {a: {b: [1, 2]}, c: {d: !Ref R}}\n"
    source = Source("t.yaml", text)
    run = Run(Tree(Path("/nonexistent"), {}))
    root = run.template(source)
    assert isinstance(root, Map)
    properties = root.get("Resources", "R", "Properties")
    got = Stack(run, source, root).value(properties)
    assert got is not properties
    assert got.get("a") is properties.get("a")


def test_a_choice_is_settled_in_each_world(evaluate: Evaluate) -> None:
    got = evaluate("!Sub 'x-${Env}'")
    leaves = explore(lambda: [("prod", None)] if got.is_("x-prod") else [])
    assert len(leaves) == 2


def test_a_reference_stands_with_its_key(evaluate: Evaluate) -> None:
    for expression in ("!Ref Other", "!GetAtt Other.Arn", "!GetAtt [Other, Arn]", "{'Fn::GetAtt': Other.Arn}"):
        assert evaluate(expression).key_start >= 0, expression
