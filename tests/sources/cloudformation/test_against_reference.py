"""In every world, evaluation gives what a plain evaluator gives that knows all parameters.

The reference below is the readable one: it takes a template as JSON data and a value for each parameter, and computes.
"""

from __future__ import annotations

import json
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fourfold.model.condition import Variable
from fourfold.model.value import Absent, Known, Map, Seq, Value
from fourfold.model.world import World, _world, holds
from fourfold.sources import cloudformation
from fourfold.sources.tree import Tree

PARAMETERS = {"Env": ["dev", "prod"], "Size": ["s", "m", "l"]}
MAPPINGS = {"M": {"dev": {"X": "x,1", "Y": "y"}, "prod": {"X": "z", "Y": "y"}, "s": {"X": "q"}}}
NOTHING = object()


class WrongError(Exception):
    """The template cannot be deployed with these parameters."""


class Reference:
    """A template with all parameters given."""

    def __init__(self, template: dict[str, Any], parameters: dict[str, str]) -> None:
        self.parameters = parameters
        self.conditions = template["Conditions"]

    def condition(self, node: Any) -> bool:
        if isinstance(node, str):
            return self.condition(self.conditions[node])
        ((name, argument),) = node.items()
        if name == "Condition":
            return self.condition(argument)
        if name == "Fn::Equals":
            one, two = map(self.value, argument)
            return bool(one == two)
        parts = [self.condition(part) for part in argument]
        return {"Fn::Not": lambda: not parts[0], "Fn::And": lambda: all(parts), "Fn::Or": lambda: any(parts)}[name]()

    def value(self, node: Any) -> Any:
        if isinstance(node, list):
            return [v for v in map(self.value, node) if v is not NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name == "Ref":
                return NOTHING if argument == "AWS::NoValue" else self.parameters[argument]
            if name.startswith("Fn::"):
                return getattr(self, name[4:].lower())(argument)
        return {k: v for k, v in ((k, self.value(v)) for k, v in node.items()) if v is not NOTHING}

    def sub(self, argument: Any) -> Any:
        text, own = argument if isinstance(argument, list) else (argument, {})
        given = {**self.parameters, **{k: self.value(v) for k, v in own.items()}}
        return re.sub(r"\$\{(!?)(\w+)\}", lambda m: "${" + m[2] + "}" if m[1] else str(given[m[2]]), text)

    def join(self, argument: Any) -> Any:
        return str(argument[0]).join(map(str, self.value(argument[1])))

    def select(self, argument: Any) -> Any:
        items = self.value(argument[1])
        if int(argument[0]) >= len(items):
            raise WrongError
        return items[int(argument[0])]

    def split(self, argument: Any) -> Any:
        return self.value(argument[1]).split(argument[0])

    def length(self, argument: Any) -> Any:
        return len(self.value(argument))

    def base64(self, argument: Any) -> Any:
        return self.value(argument)

    def tojsonstring(self, argument: Any) -> Any:
        return json.dumps(self.value(argument), separators=(",", ":"), ensure_ascii=True)

    def findinmap(self, argument: Any) -> Any:
        name, top, second = map(self.value, argument[:3])
        found = MAPPINGS.get(name, {}).get(top, {}).get(second)
        if found is None and len(argument) == 4:
            return self.value(argument[3]["DefaultValue"])
        if found is None:
            raise WrongError
        return found

    def __getattr__(self, name: str) -> Any:
        if name == "if":
            return lambda argument: self.value(argument[1 if self.condition(argument[0]) else 2])
        raise AttributeError(name)


LITERALS = st.sampled_from(["a", "b,c", "", "x-1", "prod", "s", "5"])
CONDITION = st.sampled_from(["One", "Two", "Three"])


def call(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(*arguments).map(lambda parts: {f"Fn::{name}": list(parts)})


def either(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return call("If", CONDITION, inner, inner)


NO_VALUE = st.just({"Ref": "AWS::NoValue"})


def texts(texts_: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = lists_of(texts_)
    return (
        either(texts_)
        | st.tuples(st.sampled_from(["${Env}", "${Env}-${Size}${Env}", "x${!Env}", "${v}.${Size}"]), texts_).map(
            lambda p: {"Fn::Sub": [p[0], {"v": p[1]}]}
        )
        | call("Join", st.sampled_from(["", ",", "-"]), lists)
        | call("Select", st.sampled_from([0, "1"]), lists)
        | call("FindInMap", st.just("M"), texts_, st.sampled_from(["X", "Y"]))
        | call("FindInMap", st.just("M"), texts_, texts_, texts_.map(lambda v: {"DefaultValue": v}))
        | texts_.map(lambda v: {"Fn::Base64": v})
        | lists.map(lambda v: {"Fn::ToJsonString": v})
    )


def lists_of(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    element = inner | call("If", CONDITION, inner, NO_VALUE) | NO_VALUE
    lists = st.lists(element, min_size=1, max_size=3) | call("Split", st.just(","), inner)
    return lists | call("If", CONDITION, lists, lists)


TEXTS = st.recursive(LITERALS | st.sampled_from([{"Ref": "Env"}, {"Ref": "Size"}]), texts, max_leaves=6)
COMPARISONS = call("Equals", st.sampled_from([{"Ref": "Env"}, {"Ref": "Size"}, {"Fn::Sub": "${Env}-x"}]),
                   st.sampled_from(["dev", "prod", "s", "m", "prod-x", {"Ref": "Env"}, "other"])) | call(
                   "Equals", call("FindInMap", st.just("M"), st.just({"Ref": "Env"}), st.just("X")), st.sampled_from(["z", "y"]))  # fmt: skip
CONDITIONS = st.recursive(
    COMPARISONS | CONDITION.filter(lambda c: c == "One").map(lambda c: {"Condition": c}),
    lambda c: call("Not", c) | call("And", c, c) | call("Or", c, c, c),
    max_leaves=4,
)
PROPERTIES = TEXTS | lists_of(TEXTS) | st.dictionaries(
    st.sampled_from(["A", "B"]), TEXTS | call("If", CONDITION, TEXTS, NO_VALUE), min_size=2, max_size=2
) | lists_of(TEXTS).map(lambda v: {"Fn::Length": v})  # fmt: skip


def settled(value: Value) -> Any:
    value = value.settle()
    if isinstance(value, Map):
        entries = ((k, settled(v)) for k, v in value.entries_.items())
        return {k: v for k, v in entries if v is not NOTHING}
    if isinstance(value, Seq):
        return [v for v in map(settled, value.items_) if v is not NOTHING]
    if isinstance(value, Absent):
        return NOTHING
    assert isinstance(value, Known), value
    return value.value


@given(COMPARISONS, CONDITIONS, CONDITIONS, PROPERTIES)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_evaluation_agrees_with_the_reference(one: Any, two: Any, three: Any, written: Any) -> None:
    template = {
        "Parameters": {name: {"Type": "String", "AllowedValues": values} for name, values in PARAMETERS.items()},
        "Mappings": MAPPINGS,
        "Conditions": {"One": one, "Two": two, "Three": three},
        "Resources": {"R": {"Type": "A::B::C", "Condition": "Three", "Properties": {"P": written}}},
    }
    tree = Tree(Path("/nonexistent"), {"t.json": json.dumps(template).encode()})
    source = tree.source("t.json")
    assert source is not None
    resource = cloudformation.read(source, tree).resources[0]
    for chosen in product(*PARAMETERS.values()):
        parameters = dict(zip(PARAMETERS, chosen, strict=True))
        reference = Reference(template, parameters)
        try:
            expected = reference.value({"Properties": {"P": written}})["Properties"].get("P", NOTHING)
            exists = reference.condition("Three")
        except WrongError:
            continue
        world = World([])
        world._fixed.update({Variable("t.json", n, tuple(PARAMETERS[n])): v for n, v in parameters.items()})
        token = _world.set(world)
        try:
            assert holds(resource.condition) is exists
            got = settled(resource.get("P"))
        finally:
            _world.reset(token)
        assert world.taken == [], "nothing is left open where all parameters are given"
        assert got == expected, (parameters, written)


def test_the_reference_rejects_what_cannot_be_deployed() -> None:
    with pytest.raises(WrongError):
        Reference({"Conditions": {}}, {"Env": "dev"}).value({"Fn::Select": [3, ["a"]]})
