"""JSON Patch (RFC 6902) on values; what is put in keeps the place of the patch."""

from __future__ import annotations

import re

from fourfold.model.value import Absent, Map, Seq, Value
from fourfold.sources.kustomize.values import is_bounded, text_of, with_entries, with_items

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


class PatchError(Exception):
    """An operation that does not fit the object."""

    def __init__(self, at: Value, reason: str) -> None:
        super().__init__(reason)
        self.at = at


def apply_operations(value: Map, operations: Seq) -> Map:
    """An object with all operations applied; raises `PatchError` at the first that does not fit."""
    changed: Value = value
    for operation in operations.items_:
        changed = _apply(changed, operation)
    if not isinstance(changed, Map):
        raise PatchError(operations, "a patch leaves no object; it was left out")
    return changed


def _copied(value: Value, operation: Value) -> Value:
    """What a copy leads to, as long as copies of copies do not outgrow everything."""
    if not is_bounded(value):
        raise PatchError(operation, "the copies of a patch grow beyond what is read; the patch was left out")
    return value


def _apply(value: Value, operation: Value) -> Value:
    name, path = text_of(operation.get("op")), text_of(operation.get("path"))
    keys = _pointer(operation, path)
    new = operation.get("value")
    if name in ("move", "copy"):
        source = _pointer(operation, text_of(operation.get("from")))
        new = _look(value, source, operation)
        if name == "move":
            value = _edit(value, source, operation, "remove", new)
        name = "add"
    if name == "test":
        if _look(value, keys, operation).plain() != new.plain():
            raise PatchError(operation, f"the test of `{path}` in a patch fails; the patch was left out")
        return value
    if name not in ("add", "remove", "replace"):
        raise PatchError(operation, f"`{name}` is not an operation of JSON patches; the patch was left out")
    if name != "remove" and isinstance(new, Absent):
        raise PatchError(operation, f"the operation on `{path}` has no value; the patch was left out")
    edited = _edit(value, keys, operation, name, new)
    return _copied(edited, operation) if text_of(operation.get("op")) == "copy" else edited


def _pointer(operation: Value, path: str) -> list[str]:
    if path and not path.startswith("/"):
        raise PatchError(operation, f"`{path}` is not a JSON pointer; the patch was left out")
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _look(value: Value, keys: list[str], operation: Value) -> Value:
    for key in keys:
        found = value.get(key) if isinstance(value, Map) else value.get(_index(value, key, operation, 0))
        if isinstance(found, Absent):
            raise _missing(operation, key)
        value = found
    return value


def _missing(operation: Value, key: str) -> PatchError:
    return PatchError(operation, f"`{key}` in the path of a patch is not there; the patch was left out")


def _index(value: Value, key: str, operation: Value, beyond: int) -> int:
    """The position in a list; `beyond` is how far behind its last element it may lie."""
    if isinstance(value, Seq):
        if key == "-" and beyond:
            return len(value.items_)
        if _INDEX.fullmatch(key) and int(key) < len(value.items_) + beyond:
            return int(key)
    raise _missing(operation, key)


def _edit(value: Value, keys: list[str], operation: Value, name: str, new: Value) -> Value:
    if not keys:
        return new
    head, rest = keys[0], keys[1:]
    if isinstance(value, Map):
        if head not in value.entries_ and (rest or name == "remove"):
            raise _missing(operation, head)
        entries = dict(value.entries_)
        if name == "remove" and not rest:
            del entries[head]
        else:
            entries[head] = _edit(value.get(head), rest, operation, name, new)
        return with_entries(value, entries)
    at = _index(value, head, operation, 1 if name == "add" and not rest else 0)
    assert isinstance(value, Seq)
    before, after = value.items_[:at], value.items_[at:]
    if rest:
        return with_items(value, (*before, _edit(after[0], rest, operation, name, new), *after[1:]))
    kept = after if name == "add" else after[1:]
    return with_items(value, (*before, *(() if name == "remove" else (new,)), *kept))
