"""Linking takes whatever a reader may give: no value in any place of a real template raises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fourfold.linking import link
from fourfold.model.condition import Equals, Variable
from fourfold.model.nodes import Container, DataStore, Entry, Function, Rule, Workload
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Choice, Known, Map, Ref, Seq, Text, Unknown, Value
from fourfold.sources import read_file
from fourfold.sources.tree import Tree

PROD = Equals(Variable("t", "Env", ("dev", "prod")), "prod")


@pytest.fixture(scope="module")
def templates(shared: Path) -> list[list[Resource]]:
    tree = Tree(shared / "corpus")
    readings = (read_file(tree, path) for path in tree.files() if not path.startswith("kubernetes"))
    return [reading.resources for reading in readings if reading is not None and reading.resources]


def odd(random: Random, at: Value, keys: list[str]) -> Value:
    """Another value in the place of `at`: of another kind, unknown, chosen, or nothing."""
    place = (at.source, at.start, at.end, at.key_start)
    makers: list[Callable[[], Value]] = [
        lambda: Known(*place, random.choice([5, "x", True, None, "", -1.5, "[]", "*"])),
        lambda: Seq(*place, ()),
        lambda: Map(*place, {}),
        lambda: Unknown(*place, "nobody knows", (), random.random() < 0.5),
        lambda: Choice(*place, PROD, odd(random, at, keys), at),
        lambda: Choice(*place, PROD, at, Absent(*place, at, ())),
        lambda: Seq(*place, (at, odd(random, at, keys))),
        lambda: Ref(*place, random.choice(keys), random.choice(["", "Arn"])),
        lambda: Text(*place, ("a", Ref(*place, random.choice(keys)), "b")),
    ]
    return random.choice(makers)()


def mutated(random: Random, value: Value, keys: list[str], rate: float) -> Value:
    if random.random() < rate:
        return odd(random, value, keys)
    if isinstance(value, Map):
        return replace(value, entries_={k: mutated(random, v, keys, rate) for k, v in value.entries_.items()})
    if isinstance(value, Seq):
        return replace(value, items_=tuple(mutated(random, v, keys, rate) for v in value.items_))
    return value


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(random=st.randoms(use_true_random=False), rate=st.sampled_from([0.02, 0.1, 0.3]))
def test_no_value_raises(templates: list[list[Resource]], random: Random, rate: float) -> None:
    template = random.choice(templates)
    keys = [r.key for r in template]
    link(replace(r, properties=mutated(random, r.properties, keys, rate)) for r in template)


def test_the_corpus_gives_what_it_holds(templates: list[list[Resource]]) -> None:
    resources = [resource for template in templates for resource in template]
    graph = link(resources)
    types = [r.type for r in graph.resources.values()]
    assert len(graph.of(Function)) == types.count("AWS::Lambda::Function")
    assert {c.resource.type for c in graph.of(Container)} <= {"AWS::ECS::TaskDefinition", "AWS::Batch::JobDefinition"}
    assert all(w.platform != "unknown" for w in graph.of(Workload) if w.kind == "AWS::Lambda::Function")
    stores = [s for s in graph.of(DataStore) if s.resource.type == "AWS::S3::Bucket"]
    assert len(stores) == types.count("AWS::S3::Bucket")
    assert all(s.encrypted.surely(True) for s in stores)
    routed = [e for e in graph.of(Entry) if graph.out(e, "routes_to")]
    assert len(routed) > len(graph.of(Entry)) / 2
    assert {r.direction for r in graph.of(Rule)} == {"ingress", "egress"}
