"""The language of rows: tests, conditions, paths into lists, and what the fix writes."""

from __future__ import annotations

from typing import Any

import pytest

from fourfold.errors import UsageError
from fourfold.findings.judge import judge
from fourfold.findings.settings import row_check, steps_of
from fourfold.model.graph import Graph
from fourfold.model.place import Source, Span
from fourfold.model.resource import Resource
from fourfold.model.value import Known, Map, from_plain

SOURCE = Source("t.yaml", "x" * 200)
ROOT = Known(SOURCE, 0, 9, -1, None)


def row(**more: Any) -> dict[str, Any]:
    return {
        "id": "r",
        "code": "FF3999",
        "severity": "low",
        "type": "T",
        "path": "P",
        "title": "`{name}`: {value}",
        **more,
    }


def found(properties: dict[str, Any], attributes: dict[str, Any] | None = None, **more: Any):
    value, beside = from_plain(properties, at=ROOT), from_plain(attributes or {}, at=ROOT)
    assert isinstance(value, Map)
    resource = Resource("T", "A", value, Span(SOURCE, 0, 9), "test", attributes=beside)
    findings, _ = judge(Graph([resource]), [row_check(row(**more), "settings.toml")])
    return findings


@pytest.mark.parametrize(
    ("test", "passes", "fails"),
    [
        ({"is": [True]}, {"P": True}, {"P": False}),
        ({"is": [True]}, {"P": "true"}, {}),
        ({"is": [True], "default": True}, {}, {"P": False}),
        ({"not": ["a", "b"]}, {"P": "c"}, {"P": "b"}),
        ({"not": ["a"]}, {}, {"P": "a"}),
        ({"present": True}, {"P": 1}, {}),
        ({"present": False}, {}, {"P": 1}),
        ({"at_least": 7}, {"P": "7"}, {"P": 6}),
        ({"at_least": 7}, {"P": 30}, {}),
        ({"at_most": 900}, {}, {"P": 901}),
        ({"is": [True], "unless": ["Q.R"]}, {"Q": {"R": 1}}, {"Q": {}}),
        ({"is": [True], "when": {"Q": ["a", ""]}}, {"Q": "b"}, {"Q": "a"}),
        ({"is": [True], "when": {"Q": ["a", ""]}}, {"P": True}, {}),
        ({"is": [True], "path": "P[].Q"}, {"P": [{"Q": True}]}, {"P": [{"Q": True}, {"Q": False}]}),
        ({"is": [True], "path": "P[].Q"}, {}, {"P": [{}]}),
        (
            {"is": [True], "path": "P[K=a].V"},
            {"P": [{"K": "b"}, {"K": "a", "V": True}]},
            {"P": [{"K": "a", "V": False}]},
        ),
        ({"is": [True], "path": "P[K=a].V"}, {"P": [{"K": "a", "V": "true"}]}, {"P": [{"K": "b", "V": True}]}),
    ],
)
def test_a_row_passes_and_fails(test: dict[str, Any], passes: dict[str, Any], fails: dict[str, Any]) -> None:
    assert not found(passes, **test)
    assert len(found(fails, **test)) == 1


def test_a_path_to_what_stands_beside_the_properties() -> None:
    test = {"path": "@DeletionPolicy", "is": ["Retain"]}
    assert not found({}, {"DeletionPolicy": "Retain"}, **test)
    assert found({}, {"DeletionPolicy": "Delete"}, **test)


def test_each_place_is_a_finding_of_its_own() -> None:
    findings = found({"P": [{"Q": False}, {"Q": True}, {"Q": False}]}, path="P[].Q", **{"is": [True]})
    assert len({f.id for f in findings}) == 2


def edits(findings) -> list[tuple[str, Any]]:
    return [(e.op, e.value) for f in findings for e in f.fix.edits]


def test_what_the_fix_writes() -> None:
    assert edits(found({"P": False}, set=True, **{"is": [True]})) == [("set", True)]
    assert edits(found({}, set=True, **{"is": [True]})) == [("insert", True)]
    missing = {"path": "P[K=a].V", "is": [True], "set": True}
    assert edits(found({"P": [{"K": "b"}]}, **missing)) == [("append", {"K": "a", "V": True})]
    assert edits(found({}, **missing)) == [("insert", [{"K": "a", "V": True}])]


@pytest.mark.parametrize("path", ["", ".", "A.", "A[", "A[B", "A]", "A..B", "[A=b]"])
def test_a_path_that_cannot_be_read(path: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        steps_of(path)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "has none of"),
        ({"is": [1], "strange": 1}, "unknown key `strange`"),
        ({"is": [1], "when": ["a"]}, "`when`"),
        ({"is": [1], "when": {"a": "b"}}, "`when`"),
    ],
)
def test_a_row_that_cannot_be_understood(more: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        row_check(row(**more), "settings.toml")
