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


class NullOf(Known, frozen=True, gc=False):
    """A null of a known type: beside a text of its own, it makes other elements texts."""

    type_: Type = "any"


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


def is_untyped_null(value: Value) -> bool:
    """Whether the value is a null that may be one of any type."""
    return is_null(value) and not isinstance(value, NullOf)


def known(value: Scalar) -> Known:
    """A scalar without a place; the evaluator gives it one."""
    return Known(NOWHERE, 0, 0, -1, value)


def unknown(why: str, type_: Type = "any", *, name: str = "", nullable: bool = False) -> Unknown:
    """An unknown without a place; most that have a type come from an operation, whose result is never null."""
    if type_ == "any":
        return Unknown(NOWHERE, 0, 0, -1, why, (), False, name)
    return UnknownOf(NOWHERE, 0, 0, -1, why, (), False, name, type_, nullable)


def null_of(type_: Type, at: Value) -> Known:
    """A null of a type, at the place of a value."""
    place = (at.source, at.start, at.end, at.key_start)
    provenance = getattr(at, "provenance", ())
    return Known(*place, None, provenance) if type_ == "any" else NullOf(*place, None, provenance, type_)


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


__all__ = [
    "Invalid", "ListOf", "MapOf", "Scalar", "SetOf", "Text", "Type", "UnknownOf",
    "first_reason", "is_null", "is_unknown", "is_untyped_null", "known", "listed", "mapped", "null_of", "retyped", "unknown", "wholly_known",
]  # fmt: skip
