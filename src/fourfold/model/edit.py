"""An edit: a change to a place of the model, not yet to a text.

`fixes` lowers an edit into the format its place is written in. The places are the values themselves, so an edit of a
property that came out of an expansion (SAM Globals, a kustomize base) changes the file where it is decided.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from fourfold.model.value import Absent, Known, Seq, Value


class Edit(msgspec.Struct, frozen=True):
    """One change."""

    op: Literal["set", "insert", "append", "remove", "rename"]
    at: Value
    """set, remove, rename: the value itself. insert: the mapping around. append: the list."""
    keys: tuple[str | int, ...] = ()
    """insert: the path from `at`; rename: the new key."""
    value: Any = None
    """Plain data, in the vocabulary of the model (set, insert, append)."""


def set_(value: Value, data: Any) -> Edit:
    """Write `data` where `value` is, or where it would be (in the present world)."""
    value = value.settle()
    if isinstance(value, Absent):
        if isinstance(value.parent, Seq):
            return Edit("append", value.parent, (), data)
        if isinstance(value.parent, Known):  # a null, or `!Ref AWS::NoValue`, stands where it would be
            for key in reversed(value.keys):
                data = {key: data}
            return Edit("set", value.parent, (), data)
        return Edit("insert", value.parent, value.keys, data)
    return Edit("set", value, (), data)


def remove(value: Value) -> Edit:
    """Take out a list element, or a mapping entry with its key."""
    return Edit("remove", value.settle())


def rename(value: Value, key: str) -> Edit:
    """Give a mapping entry another key."""
    return Edit("rename", value.settle(), (key,))


def append(value: Value, data: Any) -> Edit:
    """Add an element to a list; where there is no list yet, write one.

    What is neither (an intrinsic function, an unknown) is left to `fixes` to refuse.
    """
    value = value.settle()
    if isinstance(value, Absent) or (isinstance(value, Known) and value.value is None):
        return set_(value, [data])
    return Edit("append", value, (), data)
