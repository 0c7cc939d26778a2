"""Terraform's kinds of values on fourfold's: what a tuple, a list, a set, an object and a map are, and conversions.

A plain `Seq` is a tuple and a plain `Map` an object, as the literals `[...]` and `{...}` give; conversions and functions
give the collection kinds. Sources: Terraform language documentation, "Types and Values" and "Type Constraints";
behaviour is compared with the terraform program by `tests/sources/terraform/test_oracle.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

import msgspec

from fourfold.model.value import NOWHERE, Absent, Choice, Known, Map, Ref, Seq, Text, Unknown, Value


class ListOf(Seq, frozen=True):
    """`list(...)`: all elements of one type."""


class SetOf(Seq, frozen=True):
    """`set(...)`: without repeats, in the order in which Terraform iterates."""


class MapOf(Map, frozen=True):
    """`map(...)`: all elements of one type; iterated by key."""


class Invalid(Exception):  # noqa: N818
    """What Terraform rejects: it becomes an unknown with this reason, or what `try` and `can` catch."""


NUMBERS = Context(prec=160)
"""Terraform computes with 512 bits; 160 decimal digits hold as much."""

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
        return all(map(wholly_known, value.entries_.values()))
    return False


def is_null(value: Value) -> bool:
    return isinstance(value, Absent) or (isinstance(value, Known) and value.value is None)


def known(value: Scalar) -> Known:
    """A scalar without a place; the evaluator gives it one."""
    return Known(NOWHERE, 0, 0, -1, value)


def unknown(why: str, *, name: str = "") -> Unknown:
    return Unknown(NOWHERE, 0, 0, -1, why, (), False, name)


def listed(items: Any, kind: type[Seq] = ListOf) -> Seq:
    return kind(NOWHERE, 0, 0, -1, tuple(items))


def mapped(entries: dict[str, Value], kind: type[Map] = Map) -> Map:
    return kind(NOWHERE, 0, 0, -1, entries)


def set_of(items: Any) -> Seq:
    """A set: equal elements once, in Terraform's order of iteration (strings and numbers sorted, others by content)."""
    out: dict[Any, Value] = {}
    for item in items:
        out.setdefault(content_key(item), item)
    return listed((out[key] for key in sorted(out, key=_order)), SetOf)


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


def _order(key: Any) -> Any:
    if len(key) == 3 and key[1] == "n":
        return (0, key[2], "")
    return (1, 0, repr(key) if len(key) != 3 else str(key[2]))


# -- conversions -------------------------------------------------------------------------------------------------------


def number_text(value: float) -> str:
    """A number as Terraform turns it into a string."""
    if isinstance(value, int):
        return str(value)
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_string(value: Value) -> Value:
    """Numbers and booleans become text; collections are rejected."""
    if isinstance(value, Known):
        if isinstance(value.value, bool):
            return msgspec.structs.replace(value, value="true" if value.value else "false")
        if isinstance(value.value, (int, float)):
            return msgspec.structs.replace(value, value=number_text(value.value))
        return value
    if isinstance(value, (Seq, Map)):
        raise Invalid("a string is needed, and this is a collection")
    return value


def to_number(value: Value) -> Value:
    if isinstance(value, Known):
        if isinstance(value.value, bool):
            raise Invalid("a number is needed, and this is a boolean")
        if isinstance(value.value, str):
            return msgspec.structs.replace(value, value=parse_number(value.value))
        return value
    if isinstance(value, (Seq, Map)):
        raise Invalid("a number is needed, and this is a collection")
    return value


def parse_number(text: str) -> int | float:
    try:
        return plain_number(Decimal(text, NUMBERS))
    except ArithmeticError:
        raise Invalid(f"`{text}` is not a number") from None


def plain_number(value: Decimal) -> int | float:
    """Whole numbers as int, others as the float nearest to them."""
    if not value.is_finite():
        raise Invalid("the result is not a finite number")
    if value == value.to_integral_value() and abs(value.adjusted()) < 400:
        return int(value)
    return float(value)


def to_bool(value: Value) -> Value:
    if isinstance(value, Known):
        if isinstance(value.value, bool) or value.value is None:
            return value
        if value.value in ("true", "false"):
            return msgspec.structs.replace(value, value=value.value == "true")
        raise Invalid("a boolean is needed: true or false")
    if isinstance(value, (Seq, Map)):
        raise Invalid("a boolean is needed, and this is a collection")
    return value


def equal(a: Value, b: Value) -> bool | None:
    """`==`: None where that is not known. Values of different types are never equal."""
    if is_null(a) or is_null(b):
        if is_null(a) and is_null(b):
            return True
        other = b if is_null(a) else a
        return None if is_unknown(other) and not isinstance(other, Ref) else False
    if isinstance(a, Known) and isinstance(b, Known):
        if isinstance(a.value, bool) != isinstance(b.value, bool) or isinstance(a.value, str) != isinstance(
            b.value, str
        ):
            return False
        return a.value == b.value
    if isinstance(a, Seq) and isinstance(b, Seq):
        if _family(a) is not _family(b):
            return False
        if isinstance(a, SetOf):
            if wholly_known(a) and wholly_known(b):
                return {content_key(v) for v in a.items_} == {content_key(v) for v in b.items_}
            return None
        if len(a.items_) != len(b.items_):
            return False
        return _all(equal(x, y) for x, y in zip(a.items_, b.items_, strict=True))
    if isinstance(a, Map) and isinstance(b, Map):
        if _family(a) is not _family(b) or set(a.entries_) != set(b.entries_):
            return False
        return _all(equal(v, b.entries_[k]) for k, v in a.entries_.items())
    if isinstance(a, (Seq, Map, Known)) and isinstance(b, (Seq, Map, Known)):
        return False
    if isinstance(a, Text) and isinstance(b, Known):
        return a._equals(b.value)
    if isinstance(b, Text) and isinstance(a, Known):
        return b._equals(a.value)
    return None


def _family(value: Value) -> type:
    return next(k for k in (SetOf, ListOf, MapOf, Seq, Map) if isinstance(value, k))


def _all(answers: Any) -> bool | None:
    found: bool | None = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            found = None
    return found


def elements_of(value: Value) -> list[tuple[Value, Value]]:
    """(key or index, element) in the order of iteration. Raises `Invalid` for what cannot be iterated."""
    if isinstance(value, SetOf):
        return [(item, item) for item in value.items_]
    if isinstance(value, Seq):
        return [(known(index), item) for index, item in enumerate(value.items_)]
    if isinstance(value, Map):
        return [(known(key), value.entries_[key]) for key in sorted(value.entries_)]
    raise Invalid("a list, set, map or object is needed")


# -- type constraints --------------------------------------------------------------------------------------------------

Type = Any
"""`"string"`, `"number"`, `"bool"`, `"any"`, ("list", T), ("set", T), ("map", T), ("tuple", [T...]),
("object", {name: (T, optional, default Value or None)})."""


def convert(value: Value, type_: Type) -> Value:
    """The value as this type; places are kept. Raises `Invalid` where Terraform rejects it."""
    if type_ == "any" or is_null(value) or is_unknown(value):
        return value
    simple: dict[str, Callable[[Value], Value]] = {"string": to_string, "number": to_number, "bool": to_bool}
    if isinstance(type_, str):
        return simple[type_](value)
    kind, of = type_
    if kind in ("list", "set", "tuple"):
        return _to_sequence(value, kind, of)
    if not isinstance(value, Map):
        raise Invalid(f"{'an object' if kind == 'object' else 'a map'} is needed")
    if kind == "map":
        entries = {k: convert(v, of) for k, v in sorted(value.entries_.items())}
        return MapOf(value.source, value.start, value.end, value.key_start, unified(entries, of), value.provenance)
    return _to_object(value, of)


def unified(entries: dict[str, Value], of: Type) -> dict[str, Value]:
    """Elements of `map(any)`: converted to one type where they are scalars of several."""
    if of != "any":
        return entries
    texts = _unify(list(entries.values()))
    return dict(zip(entries, texts, strict=True))


def _unify(items: list[Value]) -> list[Value]:
    kinds = {type(v.value) for v in items if isinstance(v, Known) and v.value is not None}
    if str in kinds and len(kinds) > 1:
        return [to_string(v) if isinstance(v, Known) else v for v in items]
    return items


def _to_sequence(value: Value, kind: str, of: Type) -> Value:
    if not isinstance(value, Seq):
        raise Invalid(f"a {kind} is needed")
    if kind == "tuple":
        if len(of) != len(value.items_):
            raise Invalid(f"a tuple of {len(of)} elements is needed")
        items = tuple(convert(v, t) for v, t in zip(value.items_, of, strict=True))
        return Seq(value.source, value.start, value.end, value.key_start, items, value.provenance)
    converted = [convert(v, of) for v in value.items_]
    if of == "any":
        converted = _unify(converted)
    if kind == "set":
        converted = list(set_of(converted).items_)
    target = SetOf if kind == "set" else ListOf
    return target(value.source, value.start, value.end, value.key_start, tuple(converted), value.provenance)


def _to_object(value: Map, of: dict[str, Any]) -> Value:
    entries: dict[str, Value] = {}
    for name, (type_, optional, default) in of.items():
        given = value.entries_.get(name)
        if given is None or (is_null(given) and default is not None):
            if given is None and not optional:
                raise Invalid(f"attribute `{name}` is required")
            entries[name] = known(None) if default is None else convert(default, type_)
        else:
            entries[name] = convert(given, type_)
    return Map(value.source, value.start, value.end, value.key_start, entries, value.provenance)
