"""Changing values that cannot change: each function gives a new tree that shares what stayed the same.

A changed mapping keeps the place it was written at; what is put into it has the place where that is decided.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from fourfold.model.place import Source
from fourfold.model.value import Absent, Known, Map, Seq, Value, from_plain, mapping
from fourfold.sources.syntax.yaml import parse_yaml

NODES_MAX = 500_000
"""Values of one object, each counted as often as it is reached."""
DEPTH_MAX = 200
TEXT_MAX = 1_000_000
"""Characters of a text that was put together."""

Change = Callable[[Value], "Value | None"]
"""The new value for an old one; None removes it."""


def with_entries(value: Map, entries: dict[str, Value]) -> Map:
    """The same mapping with other entries."""
    return msgspec.structs.replace(value, entries_=entries)


def with_items(value: Seq, items: tuple[Value, ...]) -> Seq:
    """The same list with other elements."""
    return msgspec.structs.replace(value, items_=items)


def put(value: Map, keys: tuple[str, ...], new: Value) -> Map:
    """The mapping with `new` at a path of keys; mappings that are missing on the way are made."""
    head, rest = keys[0], keys[1:]
    if rest:
        inner = value.entries_.get(head)
        new = put(inner if isinstance(inner, Map) else mapping({}, at=new), rest, new)
    return with_entries(value, value.entries_ | {head: new})


def change(value: Value, path: tuple[str, ...], how: Change) -> Value:
    """The value with every place at `path` changed; lists on the way are gone through. `*` stands for every key.

    Places that are not there stay away.
    """
    if isinstance(value, Seq):
        items = tuple(change(item, path, how) for item in value.items_)
        return value if _same(items, value.items_) else with_items(value, items)
    if not isinstance(value, Map) or not path:
        return value
    head, rest = path[0], path[1:]
    entries: dict[str, Value] | None = None
    for key in list(value.entries_) if head == "*" else [head]:
        old = value.entries_.get(key)
        if old is None:
            continue
        new = change(old, rest, how) if rest else how(old)
        if new is not old:
            entries = dict(value.entries_) if entries is None else entries
            if new is None:
                del entries[key]
            else:
                entries[key] = new
    return value if entries is None else with_entries(value, entries)


def _same(a: tuple[Value, ...], b: tuple[Value, ...]) -> bool:
    return all(x is y for x, y in zip(a, b, strict=True))


def add_entries(value: Value, path: tuple[str, ...], new: dict[str, Value], *, create: bool) -> Value:
    """The value with entries added to every mapping at `path`; lists on the way are gone through.

    With `create`, mappings that are missing are made (also for an explicit null).
    """
    if isinstance(value, Seq):
        items = tuple(add_entries(item, path, new, create=create) for item in value.items_)
        return value if _same(items, value.items_) else with_items(value, items)
    if not isinstance(value, Map):
        return value
    if not path:
        return with_entries(value, value.entries_ | new)
    inner = value.entries_.get(path[0])
    if not isinstance(inner, (Map, Seq)):
        if not create or not (inner is None or is_null(inner)):
            return value
        inner = mapping({}, at=next(iter(new.values())))
    changed = add_entries(inner, path[1:], new, create=create)
    return value if changed is value.entries_.get(path[0]) else with_entries(value, value.entries_ | {path[0]: changed})


def is_null(value: Value) -> bool:
    """Whether nothing or an explicit null is written."""
    return isinstance(value, Absent) or (isinstance(value, Known) and value.value is None)


def text_of(value: Value) -> str:
    """The scalar as text; empty where there is none."""
    if not isinstance(value, Known) or value.value is None:
        return ""
    return ("true" if value.value else "false") if isinstance(value.value, bool) else str(value.value)


def embedded(value: Known) -> tuple[list[Value], bool]:
    """The YAML or JSON documents that are written within a text, and whether they could be read.

    Within a block (`|`) every value has its own place in the file; in other texts all have the place of the text.
    """
    text, source = str(value.value), value.source
    if source.text.startswith("|", value.start) and "---" not in text:
        begin = source.text.find("\n", value.start) + 1
        blank = "".join("\n" if character == "\n" else " " for character in source.text[:begin])
        documents, problems = parse_yaml(Source(source.path, blank + source.text[begin : value.end]))
        if begin and not problems:
            return [_moved(document, source) for document in documents], True
    documents, problems = parse_yaml(Source(source.path, text))
    return [from_plain(document.plain(), at=value) for document in documents], not problems


def _moved(value: Value, source: Source) -> Value:
    """The same tree as part of another source with the same offsets."""
    if isinstance(value, Map):
        entries = {key: _moved(entry, source) for key, entry in value.entries_.items()}
        return msgspec.structs.replace(value, source=source, entries_=entries)
    if isinstance(value, Seq):
        items = tuple(_moved(item, source) for item in value.items_)
        return msgspec.structs.replace(value, source=source, items_=items)
    return msgspec.structs.replace(value, source=source)


def is_bounded(value: Value) -> bool:
    """Whether a value that parts were copied into is still of a size that can be walked."""
    size, depth = _extent(value, {}, 0)
    return size <= NODES_MAX and depth <= DEPTH_MAX


def _extent(value: Value, known: dict[int, tuple[int, int]], level: int) -> tuple[int, int]:
    """How many values there are, and how deep; what is shared is looked at once but counted each time."""
    children = value.entries_.values() if isinstance(value, Map) else value.items_ if isinstance(value, Seq) else ()
    if not children:
        return 1, 1
    if level > DEPTH_MAX:
        return 1, DEPTH_MAX + 1
    found = known.get(id(value))
    if found is None:
        parts = [_extent(child, known, level + 1) for child in children]
        found = known[id(value)] = (1 + sum(size for size, _ in parts), 1 + max(depth for _, depth in parts))
    return found
