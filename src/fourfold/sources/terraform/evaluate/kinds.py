"""Terraform's kinds of values on fourfold's: what a tuple, a list, a set, an object and a map are.

A plain `Seq` is a tuple and a plain `Map` an object, as the literals `[...]` and `{...}` give; conversions and functions
give the collection kinds. An unknown may know of which type it will be. Sources: Terraform language documentation,
"Types and Values"; behaviour is compared with the terraform program by `tests/sources/terraform/test_oracle.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import msgspec

from fourfold.model.value import NOWHERE, Absent, Choice, Known, Map, Ref, Seq, Text, Unknown, Value

Type: TypeAlias = Any
"""`"string"`, `"number"`, `"bool"`, `"any"`, ("list", T), ("set", T), ("map", T), ("tuple", [T...]),
("object", {name: T}); in a constraint an attribute of an object is (T, optional, default Value or None)."""


class ListOf(Seq, frozen=True):
    """`list(...)`: all elements of one type."""

    of: Type = None
    """The type of the elements where it was said; None: what the elements are."""


class SetOf(Seq, frozen=True):
    """`set(...)`: without repeats, in the order in which Terraform iterates."""

    of: Type = None


class MapOf(Map, frozen=True):
    """`map(...)`: all elements of one type; iterated by key."""

    of: Type = None


class UnknownOf(Unknown, frozen=True):
    """An unknown of a known type."""

    type_: Type = "any"
    nullable: bool = True
    """Whether it may turn out to be null."""


class Invalid(Exception):  # noqa: N818
    """What Terraform rejects: it becomes an unknown with this reason, or what `try` and `can` catch."""


Scalar = str | int | float | bool | None


def is_unknown(value: Value) -> bool:
    """Whether nothing of the value itself is known."""
    return isinstance(value, (Unknown, Ref, Choice))


def wholly_known(value: Value) -> bool:
    """Whether the value and all inside it is known."""
    if isinstance(value, Known):
        return True
    if isinstance(value, Seq):
        return all(map(wholly_known, value.items_))
    if isinstance(value, Map):
        return value.rest is None and all(map(wholly_known, value.entries_.values()))
    return False


def first_reason(value: Value) -> str:
    """Why a value is not wholly known; empty where it is."""
    if isinstance(value, Seq):
        return next((r for v in value.items_ if (r := first_reason(v))), "")
    if isinstance(value, Map):
        inner = next((r for v in value.entries_.values() if (r := first_reason(v))), "")
        return inner or (first_reason(value.rest) if value.rest is not None else "")
    return "" if isinstance(value, Known) else value.reason or "it is not known"


def is_null(value: Value) -> bool:
    return isinstance(value, Absent) or (isinstance(value, Known) and value.value is None)


def known(value: Scalar) -> Known:
    """A scalar without a place; the evaluator gives it one."""
    return Known(NOWHERE, 0, 0, -1, value)


def unknown(why: str, type_: Type = "any", *, name: str = "", nullable: bool = False) -> Unknown:
    """An unknown without a place; most that have a type come from an operation, whose result is never null."""
    if type_ == "any":
        return Unknown(NOWHERE, 0, 0, -1, why, (), False, name)
    return UnknownOf(NOWHERE, 0, 0, -1, why, (), False, name, type_, nullable)


def retyped(value: Unknown, type_: Type) -> Unknown:
    """The same unknown, now known to be of a type."""
    if isinstance(value, UnknownOf):
        return value if value.type_ == type_ else msgspec.structs.replace(value, type_=type_)
    if type_ == "any":
        return value
    place = (value.source, value.start, value.end, value.key_start)
    return UnknownOf(*place, value.why, value.provenance, value.maybe_absent, value.name, type_)


def listed(items: Iterable[Value], kind: type[Seq] = ListOf, of: Type = None) -> Seq:
    if of is None:
        return kind(NOWHERE, 0, 0, -1, tuple(items))
    return ListOf(NOWHERE, 0, 0, -1, tuple(items), (), "", of)


def mapped(entries: dict[str, Value], kind: type[Map] = Map) -> Map:
    return kind(NOWHERE, 0, 0, -1, entries)


def set_of(items: Iterable[Value], of: Type = None) -> SetOf:
    """A set: equal elements once, in Terraform's order of iteration (strings and numbers sorted, others by content).

    Elements that are not known are kept apart: nobody knows yet whether they are equal.
    """
    out: dict[Any, Value] = {}
    for item in items:
        key = content_key(item)
        while not wholly_known(item) and key in out:
            key = (*key, "again")
        out.setdefault(key, item)
    ordered = sorted(out, key=lambda key: _order(key, out[key]))
    return SetOf(NOWHERE, 0, 0, -1, tuple(out[key] for key in ordered), (), "", of)


def content_key(value: Value) -> Any:
    """Equal for equal values."""
    if isinstance(value, Known):
        kind = "b" if isinstance(value.value, bool) else "n" if isinstance(value.value, (int, float)) else "s"
        return ("", kind if value.value is not None else "0", value.value)
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
            return (0, value.value, "")
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
            import json

            return json.dumps(value.value, ensure_ascii=False)
        return f"{value.value:.10g}"
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
        return [(known(index), item) for index, item in enumerate(value.items_)]
    if isinstance(value, Map):
        return [(known(key), value.entries_[key]) for key in sorted(value.entries_)]
    raise Invalid("a list, set, map or object is needed")


__all__ = [
    "Invalid", "ListOf", "MapOf", "Scalar", "SetOf", "Text", "Type", "UnknownOf", "content_key", "elements_of",
    "first_reason", "is_null", "is_unknown", "known", "listed", "mapped", "retyped", "set_of", "unknown", "wholly_known",
]  # fmt: skip
