"""YAML to values with exact spans, on the events of libyaml (through PyYAML).

Scalars follow YAML 1.1 as the consumers do (`yes` is true), except where that would lose what is written: a number is a
number only if it is written as Python would write it, so `010`, `3.10` and `22:22` stay text, as do dates.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml

from fourfold.model.place import Problem, Source
from fourfold.model.value import Known, Map, Seq, Value

DEPTH_MAX = 100
EXPANDED_NODES_MAX = 2_000_000
"""Nodes of a document with every alias written out; more is taken for an attack (the "billion laughs")."""

Tags = Callable[[str, Value], Value]
"""What a local tag (`!Ref`) makes of the value behind it."""

_WORDS: dict[str, bool | None] = {"": None, "~": None}
for _word in ("null",):
    _WORDS |= {_word: None, _word.title(): None, _word.upper(): None}
for _yes, _no in (("true", "false"), ("yes", "no"), ("on", "off")):
    _WORDS |= {_yes: True, _yes.title(): True, _yes.upper(): True}
    _WORDS |= {_no: False, _no.title(): False, _no.upper(): False}

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,300})\Z")
_Parser: Any = getattr(yaml.cyaml, "CParser") if yaml.__with_libyaml__ else yaml.SafeLoader  # noqa: B009 - no stub


def plain_scalar(text: str) -> str | int | float | bool | None:
    """What an unquoted scalar means."""
    first = text[:1]
    if first in "0123456789-.":
        if _INTEGER.match(text):
            return int(text)
        try:
            number = float(text)
        except ValueError:
            return _WORDS.get(text, text)
        return number if repr(number) == text else text
    return _WORDS.get(text, text) if len(text) <= 5 else text


class _Stop(Exception):  # noqa: N818
    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.offset = offset


class _Composer:
    """Turns the events of one text into values."""

    def __init__(self, source: Source, tags: Tags | None) -> None:
        self.source = source
        self.next = _Parser(source.text).get_event
        self.tags = tags
        self.anchors: dict[str, Value | None] = {}
        self.aliased = False
        self.problems: list[Problem] = []

    def documents(self) -> list[Value]:
        out: list[Value] = []
        try:
            while True:
                event = self.next()
                if isinstance(event, yaml.StreamEndEvent):
                    return out
                if isinstance(event, yaml.DocumentStartEvent):
                    self.anchors, self.aliased = {}, False
                    document = self.compose(self.next(), -1, 0)
                    if self.aliased and _expanded(document, {}) > EXPANDED_NODES_MAX:
                        self.problem(
                            document.start, "its aliases expand to more nodes than fourfold reads; it was left out"
                        )
                    else:
                        out.append(document)
        except _Stop as stop:
            self.problem(stop.offset, str(stop))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.problem(mark.index if mark else 0, f"not valid YAML: {error.problem or error.context}")
        except (yaml.YAMLError, UnicodeError) as error:
            self.problem(0, f"not valid YAML: {' '.join(str(error).split())[:120]}")
        return out

    def problem(self, offset: int, reason: str) -> None:
        self.problems.append(Problem(self.source.path, self.source.position(offset)[0], reason))

    def compose(self, event: Any, key_start: int, depth: int) -> Value:
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self.alias(event)
        if kind is yaml.ScalarEvent:
            value = self.scalar(event, key_start)
        elif depth >= DEPTH_MAX:
            raise _Stop(event.start_mark.index, f"nested deeper than {DEPTH_MAX} levels")
        else:
            if event.anchor:
                self.anchors[event.anchor] = None
            if kind is yaml.MappingStartEvent:
                value = self.mapping(event, key_start, depth + 1)
            else:
                value = self.sequence(event, key_start, depth + 1)
        tag = event.tag
        if tag is not None and self.tags is not None and tag[0] == "!" and len(tag) > 1:
            value = self.tags(tag, value)
        if event.anchor:
            self.anchors[event.anchor] = value
        return value

    def alias(self, event: Any) -> Value:
        self.aliased = True
        value = self.anchors.get(event.anchor)
        if value is None:
            what = "contains itself" if event.anchor in self.anchors else "is not defined"
            raise _Stop(event.start_mark.index, f"alias `*{event.anchor}` {what}")
        return value

    def scalar(self, event: Any, key_start: int) -> Value:
        text, start, end = event.value, event.start_mark.index, event.end_mark.index
        if event.style in ("|", ">"):
            whole = self.source.text
            while end > start and whole[end - 1] in " \r\n":
                end -= 1
        if event.implicit[0]:
            return Known(self.source, start, end, key_start, plain_scalar(text))
        return Known(self.source, start, end, key_start, text)

    def mapping(self, event: Any, key_start: int, depth: int) -> Value:
        entries: dict[str, Value] = {}
        merged: list[Value] = []
        start = event.start_mark.index
        end = start
        while True:
            key_event: Any = self.next()
            kind = type(key_event)
            if kind is yaml.MappingEndEvent:
                break
            key_at = key_event.start_mark.index
            if kind is yaml.ScalarEvent:
                key = key_event.value
            else:
                key = str(self.compose(key_event, -1, depth).plain())
            value = self.compose(self.next(), key_at, depth)
            end = max(end, value.end) if value.start >= start else key_event.end_mark.index
            if key == "<<" and key_event.implicit[0]:
                merged.append(value)
                continue
            if key in entries:
                self.problem(key_at, f"key `{key}` is written twice; the last one counts")
            entries[key] = value
        for value in merged:
            for source in value.items_ if isinstance(value, Seq) else (value,):
                if isinstance(source, Map):
                    for key, entry in source.entries_.items():
                        entries.setdefault(key, entry)
        if event.flow_style:
            end = key_event.end_mark.index
        return Map(self.source, start, end, key_start, entries)

    def sequence(self, event: Any, key_start: int, depth: int) -> Value:
        items: list[Value] = []
        start = event.start_mark.index
        end = start + 1
        while True:
            item_event: Any = self.next()
            kind = type(item_event)
            if kind is yaml.SequenceEndEvent:
                break
            item = self.compose(item_event, -1, depth)
            end = max(end, item.end if item.start >= start else item_event.end_mark.index)
            items.append(item)
        if event.flow_style:
            end = item_event.end_mark.index
        return Seq(self.source, start, end, key_start, tuple(items))


def _expanded(value: Value, sizes: dict[int, int]) -> int:
    """Number of nodes with aliases written out."""
    size = sizes.get(id(value))
    if size is None:
        children = value.entries_.values() if isinstance(value, Map) else value.items_ if isinstance(value, Seq) else ()
        size = sizes[id(value)] = 1 + sum(_expanded(child, sizes) for child in children)
    return size


def parse_yaml(source: Source, tags: Tags | None = None) -> tuple[list[Value], list[Problem]]:
    """The documents of a YAML text, and what was wrong. Documents before a syntax error are kept."""
    composer = _Composer(source, tags)
    return composer.documents(), composer.problems
