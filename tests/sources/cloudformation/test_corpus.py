"""Real templates: all their resources are found, and no damage to them raises."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fourfold.model.place import Problem
from fourfold.model.resource import Reading
from fourfold.model.value import Choice, Map, Seq, Text, Value
from fourfold.sources import cloudformation
from fourfold.sources.tree import Tree

ROOT = Path(__file__).resolve().parents[3]
CORPUS = Path(os.environ.get("FOURFOLD_SHARED", ROOT.parent / "shared")) / "corpus"
FILES = sorted(CORPUS.glob("serverless-patterns/*.y*ml")) + sorted(CORPUS.glob("cloudformation-templates/*.y*ml"))
needs_corpus = pytest.mark.skipif(not FILES, reason="shared/corpus is not beside the repository")


class Plain(yaml.SafeLoader):
    """YAML with any local tag taken for what stands behind it."""


def _anything(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]


Plain.add_multi_constructor("!", _anything)


def read(text: bytes, path: str = "template.yaml") -> Reading:
    tree = Tree(Path("/nonexistent"), {path: text})
    source = tree.source(path)
    return Reading() if source is None else cloudformation.read(source, tree)


@needs_corpus
@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_all_resources_of_a_real_template_are_found(file: Path) -> None:
    data = file.read_bytes()
    assert cloudformation.claims(file.name, data)
    reading = read(data, file.name)
    try:
        expected = yaml.load(data, Plain)
    except yaml.YAMLError:
        assert reading.resources == []
        assert reading.problems[0].reason.startswith("not valid YAML")
        return
    kinds = {r.address: r.type for r in reading.resources}
    for name, body in expected["Resources"].items():
        if not str(body["Type"]).startswith("AWS::Serverless::"):  # these may be expanded
            assert kinds[name] == body["Type"]
        else:
            assert any(address.startswith(name) for address in kinds), name
    assert {a for a in kinds if a.startswith("Parameters/")} == {
        f"Parameters/{p}" for p in expected.get("Parameters") or ()
    }
    assert {a for a in kinds if a.startswith("Outputs/")} >= {f"Outputs/{o}" for o in expected.get("Outputs") or ()}
    if "Transform" in expected:
        return  # what the SAM expansion says of its resources is tested there
    assert [p for p in reading.problems if "written twice" not in p.reason and "nested stack" not in p.reason] == []


def walk(value: Value) -> Iterator[Value]:
    yield value
    children: Any = ()
    if isinstance(value, Map):
        children = value.entries_.values()
    elif isinstance(value, Seq):
        children = value.items_
    elif isinstance(value, Text):
        children = (p for p in value.parts if not isinstance(p, str))
    elif isinstance(value, Choice):
        children = (value.yes, value.no)
    for child in children:
        yield from walk(child)


def check(reading: Reading) -> None:
    """What holds of every reading: places lie in the text, problems are told in the usual form."""
    assert all(isinstance(p, Problem) and p.reason and p.line >= 0 and p.file for p in reading.problems)
    for resource in reading.resources:
        for value in walk(resource.properties):
            assert -1 <= value.key_start <= len(value.source.text)
            assert 0 <= value.start <= value.end <= len(value.source.text) or not value.source.path
            str(value)
        str(resource.condition)


def damaged(data: bytes, seed: int) -> bytes:
    """A template after some accidents."""
    chance = random.Random(seed)
    lines = data.splitlines(keepends=True)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(lines))
        other = chance.randrange(len(lines))
        match chance.randrange(8):
            case 0:
                del lines[at]
            case 1:
                lines.insert(other, lines[at])
            case 2:
                lines[at] = lines[other]
            case 3:
                lines[at], lines[other] = lines[other], lines[at]
            case 4:
                del lines[at : at + chance.randrange(20)]
            case 5:
                indent = b" " * chance.randrange(12)
                lines[at] = indent + lines[at].lstrip()
            case 6:
                line = bytearray(lines[at] or b" ")
                line[chance.randrange(len(line))] = chance.randrange(256)
                lines[at] = bytes(line)
            case 7:
                before, colon, after = lines[at].partition(b":")
                odd = [b" !Ref X", b" !GetAtt [", b" {}", b" []", b" null", b" !If [a, b]", b" !Sub {a: b}", b" &a *a", b" 1e999",
                       b" {'Fn::Join': 5}", b" {'Fn::ForEach::A': [x, !Ref Y, {}]}", b" !Select [a, b]", b" {Ref: {Ref: A}}"]  # fmt: skip
                lines[at] = before + colon + chance.choice(odd) + b"\n" if colon else after
        if not lines:
            break
    out = b"".join(lines)
    return out[: chance.randrange(len(out) + 1)] if chance.random() < 0.1 else out


@needs_corpus
@given(st.sampled_from(FILES or [Path()]), st.integers(0, 2**32))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_damage_raises(file: Path, seed: int) -> None:
    check(read(damaged(file.read_bytes(), seed)))


NAMES = st.sampled_from(
    ["A", "B", "P", "C", "M", "AWS::Region", "AWS::NoValue", "x", "", "A.Arn", "${A}", "&{x}", "{{resolve:ssm:${A}}}"]
)
FUNCTIONS = ["Ref", "Condition", "Fn::Transform", "Fn::ForEach::L", "Fn::Nonsense"] + [
    f"Fn::{name}"
    for name in ("Sub", "Join", "Select", "Split", "If", "FindInMap", "GetAtt", "Base64", "Cidr", "GetAZs", "ImportValue")
] + [f"Fn::{name}" for name in ("Length", "ToJsonString", "Equals", "And", "Or", "Not", "GetStackOutput")]  # fmt: skip
NODES = st.recursive(
    NAMES | st.integers(-1, 300) | st.booleans() | st.none() | st.text(max_size=5),
    lambda node: (
        st.lists(node, max_size=4)
        | st.dictionaries(NAMES | st.sampled_from(["Type", "Properties", "Name", "Default"]), node, max_size=3)
        | st.builds(lambda name, argument: {name: argument}, st.sampled_from(FUNCTIONS), node)
    ),
    max_leaves=25,
)
SECTION = NODES | st.dictionaries(
    st.sampled_from(["A", "B", "P", "C", "M", "Fn::ForEach::L", "Fn::Transform"]), NODES, max_size=4
)


@given(
    st.fixed_dictionaries(
        {"Resources": st.dictionaries(st.sampled_from(["A", "B", "N"]), st.fixed_dictionaries(
            {"Type": st.sampled_from(["AWS::X::Y", "AWS::CloudFormation::Stack"]), "Properties": NODES},
            optional={"Condition": NODES, "Metadata": NODES, "DependsOn": NODES}), min_size=1)},
        optional={"Parameters": SECTION, "Conditions": SECTION, "Mappings": SECTION, "Outputs": SECTION, "Transform": NODES,
                  "Globals": NODES},
    )
)  # fmt: skip
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_arrangement_of_functions_raises(template: dict[str, Any]) -> None:
    import json

    check(read(json.dumps(template).encode(), "template.json"))
