"""YAML to values."""

from __future__ import annotations

from fourfold.model.place import Source
from fourfold.sources.syntax.yaml import parse_yaml


def plain(text: str) -> object:
    documents, problems = parse_yaml(Source("a.yaml", text))
    assert problems == []
    return [document.plain() for document in documents]


def test_merge_keys() -> None:
    assert plain("a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3\n") == [{"a": {"b": 1, "c": 2}, "d": {"c": 3, "b": 1}}]
    assert plain('a: &x {b: 1}\nd: {"<<": *x}\n') == [{"a": {"b": 1}, "d": {"<<": {"b": 1}}}]
    assert plain("- &x {a: 1}\n- &y {a: 2, b: 2}\n- <<: [*x, *y]\n") == [[{"a": 1}, {"a": 2, "b": 2}, {"a": 1, "b": 2}]]
