"""No damage to a SAM template raises, and what cannot be expanded is never a place outside its file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fourfold.model.place import Source
from fourfold.model.value import Choice, Map, Seq, Text, Value
from fourfold.sources import cloudformation
from fourfold.sources.tree import Tree

TEMPLATES = sorted((Path(__file__).parent / "templates").glob("*.yaml"))

PIECES: list[Any] = [
    None, "", 0, -1, 1.5, True, "x", "*", "${", "s3://a/b", "NONE", "AWS_IAM", "/{proxy+}", "a" * 300, [], {}, [None],
    [[]], {"a": None}, {"Type": "AWS::Serverless::Function"}, {"Ref": "AWS::NoValue"}, {"Ref": "Stage"}, {"Ref": 1},
    {"Fn::If": ["Prod", "a", {"Ref": "AWS::NoValue"}]}, {"Fn::If": ["Prod", {"a": "b"}, ["x"]]}, {"Fn::If": ["Prod"]},
    {"Fn::GetAtt": ["X", "Arn"]}, {"Fn::Sub": "${Nothing}-${Stage}"}, {"Fn::Join": ["", ["a", {"Ref": "Stage"}]]},
    {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/k"}}},
    {"Fn::Transform": {"Name": "Macro"}, "x": 1}, {"Fn::ForEach::Each": ["i", ["a"], {"a${i}": 1}]},
    ["a", {"Fn::If": ["Prod", "b", {"Ref": "AWS::NoValue"}]}],
]  # fmt: skip
"""What a value can turn into."""


NAMES = ["x", "", "Ref", "Fn::If", "Fn::Transform", "Properties", "Statement"]


class Loader(yaml.SafeLoader):
    """YAML with the short forms of intrinsic functions."""


def _function(loader: Loader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        value: Any = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_scalar(node)  # type: ignore[arg-type]
        value = value.split(".", 1) if suffix == "GetAtt" else value
    return {suffix if suffix == "Ref" else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", _function)  # type: ignore[no-untyped-call]


@cache
def template(path: Path) -> str:
    document = yaml.load(path.read_text(), Loader)
    document["Parameters"] = {**document.get("Parameters", {}), "Stage": {"Type": "String"}}
    document["Conditions"] = {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}}
    return json.dumps(document)


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    for key, child in list(node.items() if isinstance(node, dict) else enumerate(node)):
        yield node, key
        if isinstance(child, (dict, list)):
            yield from places(child)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    document = json.loads(template(draw(st.sampled_from(TEMPLATES))))
    for _ in range(draw(st.integers(1, 3))):
        every = list(places(document))
        around, key = every[draw(st.integers(0, len(every) - 1))]
        how = draw(st.sampled_from(["piece", "piece", "piece", "remove", "condition", "copy", "rename"]))
        if how == "remove":
            del around[key]
        elif how == "condition":
            around[key] = {"Fn::If": ["Prod", around[key], {"Ref": "AWS::NoValue"}]}
        elif how == "copy":
            other, name = every[draw(st.integers(0, len(every) - 1))]
            around[key] = deepcopy(other[name])
        elif how == "rename" and isinstance(around, dict):
            around[draw(st.sampled_from(NAMES))] = around.pop(key)
        else:
            around[key] = deepcopy(draw(st.sampled_from(PIECES)))
    return json.dumps(document)


def walk(value: Value) -> Iterator[Value]:
    stack = [value]
    while stack:
        value = stack.pop()
        yield value
        if isinstance(value, Map):
            stack += value.entries_.values()
        elif isinstance(value, Seq):
            stack += value.items_
        elif isinstance(value, Choice):
            stack += (value.yes, value.no)
        elif isinstance(value, Text):
            stack += [part for part in value.parts if isinstance(part, Value)]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_no_damage_raises(text: str) -> None:
    reading = cloudformation.read(Source("t.json", text), Tree(Path("/nonexistent"), {"t.json": text.encode()}))
    for resource in reading.resources:
        assert 0 <= resource.span.start <= resource.span.end <= len(text)
        for value in walk(resource.properties):
            assert value.source.path in ("t.json", "") and 0 <= value.start <= value.end <= len(text)
    for problem in reading.problems:
        assert problem.reason and problem.line >= 0
