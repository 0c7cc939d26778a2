"""When elements are equal, and the order in which Terraform iterates over a set.

Source: the behaviour of sets in the cty library (https://github.com/zclconf/go-cty/blob/main/docs/types.md), compared with
the terraform program.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from fourfold.model.value import NOWHERE, Known, Map, Seq, Value
from fourfold.sources.terraform.evaluate.kinds import Invalid, ListOf, MapOf, SetOf, Type, known, wholly_known
from fourfold.sources.terraform.evaluate.marks import SENSITIVE, bare, marked_inside
from fourfold.sources.terraform.evaluate.numbers import Exact, counted, number_of


def set_of(items: Iterable[Value], of: Type = None) -> SetOf:
    """A set: equal elements once, in Terraform's order of iteration (strings and numbers sorted, others by content).

    Elements that are not known are kept apart: nobody knows yet whether they are equal. A marked element marks the set.
    """
    out: dict[Any, Value] = {}
    hidden = False
    for item in items:
        if marked_inside(item):
            hidden, item = True, bare(item)
        key = content_key(item)
        while not wholly_known(item) and key in out:
            key = (*key, "again")
        out.setdefault(key, item)
    ordered = sorted(out, key=lambda key: _order(key, out[key]))
    return SetOf(NOWHERE, 0, 0, -1, tuple(out[key] for key in ordered), (SENSITIVE,) if hidden else (), "", of)


def content_key(value: Value) -> Any:
    """Equal for equal values."""
    if isinstance(value, Known):
        scalar = value.value
        if isinstance(scalar, str):
            return ("", "s", scalar)
        if scalar is None or isinstance(scalar, bool):
            return ("", "b", scalar)
        if isinstance(scalar, int) and not isinstance(value, Exact):
            return ("", "n", scalar)
        number = number_of(value)
        whole = number.whole
        return ("", "n", number.key if whole is None or (number.minus and not whole) else whole)
    if isinstance(value, Seq):
        return ("l", tuple(content_key(v) for v in value.items_))
    if isinstance(value, Map):
        return ("m", tuple(sorted((k, content_key(v)) for k, v in value.entries_.items())))
    return ("?", str(value.identity))


def _order(key: Any, value: Value) -> Any:
    """Scalars by what they are, then null, then what is not known; collections by their bytes in Terraform's hash."""
    if isinstance(value, Known):
        if value.value is None:
            return (2, 0, "")
        if isinstance(value.value, (int, float)):
            return (0, value.value, "" if isinstance(value, Exact) and value.exactly.minus else "0")
        return (1, 0, value.value)
    if isinstance(value, (Seq, Map)):
        return (1, 0, _hash_text(value))
    return (3, 0, str(key))


def _hash_text(value: Value) -> str:
    """The text by which Terraform orders collections in a set."""
    if isinstance(value, Known):
        if value.value is None:
            return "~"
        if isinstance(value.value, bool):
            return "T" if value.value else "F"
        if isinstance(value.value, str):
            return json.dumps(value.value, ensure_ascii=False)
        return "-0" if isinstance(value, Exact) and value.exactly.minus and not value.value else f"{value.value:.10g}"
    if isinstance(value, MapOf):
        pairs = (f'"{k}":{_hash_text(value.entries_[k])};' for k in sorted(value.entries_))
        return "{" + "".join(pairs) + "}"
    if isinstance(value, Map):
        return "<" + "".join(f"{_hash_text(value.entries_[k])};" for k in sorted(value.entries_)) + ">"
    if isinstance(value, Seq):
        text = "".join(f"{_hash_text(v)};" for v in value.items_)
        return f"[{text}]" if isinstance(value, (ListOf, SetOf)) else f"<{text}>"
    return "?"


def elements_of(value: Value) -> list[tuple[Value, Value]]:
    """(key or index, element) in the order of iteration. Raises `Invalid` for what cannot be iterated."""
    if isinstance(value, SetOf):
        return [(item, item) for item in value.items_]
    if isinstance(value, Seq):
        return [(counted(index), item) for index, item in enumerate(value.items_)]
    if isinstance(value, Map):
        return [(known(key), value.entries_[key]) for key in sorted(value.entries_)]
    raise Invalid("a list, set, map or object is needed")
