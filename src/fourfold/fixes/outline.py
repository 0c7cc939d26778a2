"""The structure of a YAML or JSON text, to find what stands around a value."""

from __future__ import annotations

import msgspec

from fourfold.fixes.text import CannotEditError
from fourfold.model.place import Source
from fourfold.model.value import Map, Seq, Value
from fourfold.sources.syntax.json import parse_json
from fourfold.sources.syntax.yaml import parse_yaml


def is_json(source: Source) -> bool:
    """Whether the text is JSON (by its first character; YAML flow mappings at top level are written alike)."""
    return source.text.lstrip()[:1] in ("{", "[")


class Outline(msgspec.Struct, frozen=True):
    """Parents by place. Values are known by their offsets."""

    parents: dict[tuple[int, int, int], tuple[Map | Seq, str | int]]

    def parent(self, value: Value) -> tuple[Map | Seq, str | int]:
        """The container of a value, and its key or index there."""
        found = self.parents.get((value.start, value.end, value.key_start))
        if found is None:
            raise CannotEditError("the value is not written as such in the file")
        return found


def outline(source: Source) -> Outline:
    """The outline of a text."""
    parents: dict[tuple[int, int, int], tuple[Map | Seq, str | int]] = {}
    if is_json(source):
        value, _ = parse_json(source)
        roots = [] if value is None else [value]
    else:
        roots, _ = parse_yaml(source)
    stack = list(roots)
    while stack:
        value = stack.pop()
        children: list[tuple[str | int, Value]] = []
        if isinstance(value, Map):
            children = list(value.entries_.items())
        elif isinstance(value, Seq):
            children = list(enumerate(value.items_))
        for key, child in children:
            place = (child.start, child.end, child.key_start)
            if place not in parents:
                assert isinstance(value, (Map, Seq))
                parents[place] = (value, key)
                stack.append(child)
    return Outline(parents)
