"""Conversions between Terraform's types, and equality.

Sources: Terraform language documentation, "Type Constraints" and "Conversion of Complex Types"; compared with the
terraform program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fourfold.model.value import Choice, Known, Map, Ref, Seq, Text, Unknown, Value
from fourfold.sources.terraform.evaluate.elements import content_key, set_of
from fourfold.sources.terraform.evaluate.kinds import (
    Invalid,
    ListOf,
    MapOf,
    Scalar,
    SetOf,
    Type,
    UnknownOf,
    first_reason,
    is_null,
    is_unknown,
    is_untyped_null,
    known,
    null_of,
    retyped,
    unknown,
    wholly_known,
)
from fourfold.sources.terraform.evaluate.numbers import BITS, Exact, as_known, number_of, parse
from fourfold.sources.terraform.evaluate.unification import (
    PRIMITIVES,
    attribute_type,
    common,
    conforms,
    convertible,
    dynamic,
    type_of,
    unify,
)

# -- scalars -----------------------------------------------------------------------------------------------------------


def number_text(value: Known) -> str:
    """A number as Terraform turns it into a string."""
    scalar = value.value
    bits, minus = (value.exactly.bits, value.exactly.minus) if isinstance(value, Exact) else (BITS, False)
    if isinstance(scalar, int) and scalar.bit_length() <= bits and (scalar or not minus):
        return str(scalar)
    return number_of(value).text()


def _said(value: Known, scalar: Scalar) -> Known:
    """Another scalar in the place of one."""
    return Known(value.source, value.start, value.end, value.key_start, scalar, value.provenance)


def to_string(value: Value) -> Value:
    """Numbers and booleans become text; collections are rejected."""
    if isinstance(value, Known):
        scalar = value.value
        if isinstance(scalar, str) or scalar is None:
            return value
        if isinstance(scalar, bool):
            return _said(value, "true" if scalar else "false")
        return _said(value, number_text(value))
    return _to_scalar(value, "string", "a string")


def to_number(value: Value) -> Value:
    """Text that holds a number becomes one."""
    if isinstance(value, Known):
        if isinstance(value.value, bool):
            raise Invalid("a number is needed, and this is a boolean")
        if isinstance(value.value, str):
            return as_known(parse(value.value), value)
        return value
    return _to_scalar(value, "number", "a number")


def to_bool(value: Value) -> Value:
    """The texts `true` and `false` become booleans, and so do `1` and `0`."""
    if isinstance(value, Known):
        if isinstance(value.value, bool) or value.value is None:
            return value
        if value.value in ("true", "false", "1", "0"):
            return _said(value, value.value in ("true", "1"))
        raise Invalid("a boolean is needed: true or false")
    return _to_scalar(value, "bool", "a boolean")


def _to_scalar(value: Value, type_: str, wanted: str) -> Value:
    if isinstance(value, (Seq, Map)):
        raise Invalid(f"{wanted} is needed, and this is a collection")
    if isinstance(value, Text):
        return value if type_ == "string" else unknown(value.reason, type_)
    if isinstance(value, Ref) and type_ != "string" and type_of(value) == "string":
        return unknown(value.reason, type_)
    if isinstance(value, Unknown):
        if isinstance(value, UnknownOf):
            if value.type_ == type_:
                return value
            if not convertible(value.type_, type_):
                raise Invalid(f"{wanted} is needed")
        return retyped(value, type_)
    return value


# -- any type ----------------------------------------------------------------------------------------------------------

_SIMPLE: dict[str, Callable[[Value], Value]] = {"string": to_string, "number": to_number, "bool": to_bool}


def convert(value: Value, type_: Type) -> Value:
    """The value as this type; places are kept. Raises `Invalid` where Terraform rejects it."""
    if type_ == "any" or isinstance(value, Choice):
        return value
    if is_null(value):
        have = type_of(value)
        if not convertible(have, type_):
            raise Invalid(f"{_called(type_)} is needed, and this is {_called(have)}")
        return null_of(filled(have, type_), value)
    if isinstance(type_, str):
        if type_ not in _SIMPLE:
            raise Invalid(f"`{type_}` is no type")
        return _SIMPLE[type_](value)
    if isinstance(value, (Unknown, Ref)):
        have = type_of(value)
        if not convertible(have, type_):
            raise Invalid(f"{_called(type_)} is needed, and this is {_called(have)}")
        return retyped(value, filled(have, type_)) if isinstance(value, Unknown) else value
    kind, of = type_
    if kind in ("list", "set", "tuple"):
        return _to_sequence(value, kind, of)
    if not isinstance(value, Map):
        raise Invalid(f"{_called(type_)} is needed")
    if kind == "map":
        return _to_map(value, of)
    return _to_object(value, of)


def _called(type_: Type) -> str:
    name = type_ if isinstance(type_, str) else type_[0]
    return "an object" if name == "object" else "something unknown" if name == "any" else f"a {name}"


def filled(have: Type, want: Type) -> Type:
    """A constraint with its `any` and optional attributes filled in from the type of a value."""
    if want == "any":
        return have
    if isinstance(want, str):
        return want
    kind, of = want
    if kind == "object":
        given = have[1] if not isinstance(have, str) and have[0] == "object" else {}
        return (kind, {name: filled(given.get(name, "any"), attribute_type(t)) for name, t in of.items()})
    if kind == "tuple":
        given_items = have[1] if not isinstance(have, str) and have[0] == "tuple" else ["any"] * len(of)
        return (kind, [filled(h, t) for h, t in zip(given_items, of, strict=False)])
    if isinstance(have, str):
        return (kind, filled("any", of))
    given_of = have[1]
    if have[0] in ("tuple", "object"):
        parts = list(given_of.values()) if isinstance(given_of, dict) else given_of
        given_of = (unify(parts) if parts else "any") or "any"
    return (kind, filled(given_of, of))


def _common(items: list[Value], of: Type) -> Type:
    """The type of the elements of a new collection; None where that will only be known later."""
    if of != "any" or not items:
        return of
    found = common([type_of(v) for v in items])
    if found is None and any(is_unknown(v) and type_of(v) == "any" for v in items):
        told = [type_of(v) for v in items if not (is_unknown(v) and type_of(v) == "any")]
        if not told or common(told) is not None:
            return None
    if found is None:
        raise Invalid("the elements have no type in common")
    return found


def _to_sequence(value: Value, kind: str, of: Type) -> Value:
    if not isinstance(value, Seq):
        raise Invalid(f"a {kind} is needed")
    if isinstance(value, (ListOf, SetOf)) and not value.items_ and value.of is not None and kind != "tuple":
        if not convertible(value.of, of):
            raise Invalid("the elements have another type")
        of = filled(value.of, of)
    place = (value.source, value.start, value.end, value.key_start)
    if kind == "tuple":
        if len(of) != len(value.items_) or isinstance(value, (ListOf, SetOf)):
            raise Invalid(f"a tuple of {len(of)} elements is needed")
        items = tuple(convert(v, t) for v, t in zip(value.items_, of, strict=True))
        return Seq(*place, items, value.provenance)
    if kind == "list" and isinstance(value, SetOf) and not wholly_known(value):
        return unknown(first_reason(value), ("list", of if of != "any" else "any"))
    inner = of if isinstance(value, (ListOf, SetOf)) and of == "any" else _common(list(value.items_), of)
    if inner is None:
        return unknown(first_reason(value), (kind, "any"))
    converted = value.items_ if inner == "any" else tuple(convert(v, inner) for v in value.items_)
    said = None if dynamic(_plain_type(inner)) and (converted or inner == "any") else _plain_type(inner)
    if kind == "set":
        made = set_of(converted)
        return SetOf(*place, made.items_, (*made.provenance, *value.provenance), "", said)
    return ListOf(*place, converted, value.provenance, "", said)


def _plain_type(type_: Type) -> Type:
    """A constraint as the type of the values that fulfil it."""
    if isinstance(type_, str):
        return type_
    kind, of = type_
    if kind == "object":
        return (kind, {name: _plain_type(attribute_type(t)) for name, t in of.items()})
    if kind == "tuple":
        return (kind, [_plain_type(t) for t in of])
    return (kind, _plain_type(of))


def _to_map(value: Map, of: Type) -> Value:
    entries = dict(sorted(value.entries_.items()))
    inner = (
        of
        if isinstance(value, MapOf) and of == "any"
        else _common([v for v in entries.values() if not is_untyped_null(v)], of)
    )
    if inner is None:
        return unknown(first_reason(value), ("map", "any"))
    if inner != "any":
        entries = {k: convert(v, inner) for k, v in entries.items()}
    said = None if dynamic(_plain_type(inner)) else _plain_type(inner)
    return MapOf(
        value.source, value.start, value.end, value.key_start, entries, value.provenance, value.style, value.rest, said
    )


def _to_object(value: Map, of: dict[str, Any]) -> Value:
    entries: dict[str, Value] = {}
    for name, attribute in of.items():
        type_, optional, default = (
            attribute if isinstance(attribute, tuple) and len(attribute) == 3 else (attribute, False, None)
        )
        given = value.entries_.get(name)
        if given is None and value.rest is not None:
            given = value.rest.get(name)
        if given is None or (is_null(given) and default is not None):
            if given is None and not optional:
                raise Invalid(f"attribute `{name}` is required")
            entries[name] = convert(known(None) if default is None else default, type_)
        else:
            entries[name] = convert(given, type_)
    return Map(value.source, value.start, value.end, value.key_start, entries, value.provenance)


# -- equality ----------------------------------------------------------------------------------------------------------


def equal(a: Value, b: Value) -> bool | None:
    """`==`: None where that is not known. Values of different types are never equal."""
    if isinstance(a, Known) and isinstance(b, Known):
        x, y = a.value, b.value
        if x is None or y is None:
            return x is y
        if isinstance(x, bool) != isinstance(y, bool) or isinstance(x, str) != isinstance(y, str):
            return False
        if isinstance(a, Exact) or isinstance(b, Exact):
            return not isinstance(x, (str, bool)) and _same_number(a, b)
        return x == y
    if is_null(a) or is_null(b):
        return _equals_null(b if is_null(a) else a)
    if isinstance(a, Text) and isinstance(b, Known):
        a, b = b, a
    if isinstance(b, Text) and isinstance(a, Known):
        return None if isinstance(a.value, str) and a.value.startswith(sure_prefix(b)) else False
    collections = isinstance(a, (Seq, Map)), isinstance(b, (Seq, Map))
    if collections == (True, True):
        return _equal_collections(a, b)
    have, other = type_of(a), type_of(b)
    if (is_unknown(a) or isinstance(a, Text)) and (is_unknown(b) or isinstance(b, Text)):
        return None
    if isinstance(a, (Known, Text)) and have == other:
        return None
    if all(collections) or not (dynamic(have) or dynamic(other)):
        return None if have == other else False
    return None if conforms(have, other) else False


def _same_number(a: Known, b: Known) -> bool:
    """Whatever their precision, and a negative zero is zero."""
    return number_of(a).key[:2] == number_of(b).key[:2]


def _equals_null(value: Value) -> bool | None:
    if is_null(value):
        return True
    if isinstance(value, (Known, Seq, Map, Text, Ref)) or (isinstance(value, UnknownOf) and not value.nullable):
        return False
    return None


ENDS_CHARACTER = frozenset("-_:;/\\,.(){}[]|?!~ \t@#$%^&*+\"'")


def sure_prefix(text: Text) -> str:
    """The known beginning of a text, without a last character that what follows may combine with (an accent)."""
    first = text.parts[0]
    if not isinstance(first, str):
        return ""
    return first if first[-1] in ENDS_CHARACTER else first[:-1]


def _equal_collections(a: Value, b: Value) -> bool | None:
    if isinstance(a, Seq) and isinstance(b, Seq):
        if _family(a) is not _family(b):
            return False
        if isinstance(a, SetOf):
            if not (wholly_known(a) and wholly_known(b)):
                return None
            return {content_key(v) for v in a.items_} == {content_key(v) for v in b.items_}
        if len(a.items_) != len(b.items_) or not conforms(type_of(a), type_of(b)):
            return False
        return _all(equal(x, y) for x, y in zip(a.items_, b.items_, strict=True))
    if isinstance(a, Map) and isinstance(b, Map):
        if _family(a) is not _family(b) or set(a.entries_) != set(b.entries_):
            return False
        if not conforms(type_of(a), type_of(b)):
            return False
        answers = [equal(v, b.entries_[k]) for k, v in a.entries_.items()]
        return False if False in answers else _all(iter(answers))
    return False


def _family(value: Value) -> type:
    return next(k for k in (SetOf, ListOf, MapOf, Seq, Map) if isinstance(value, k))


def _all(answers: Iterator[bool | None]) -> bool | None:
    """The first that is not yes decides, as Terraform compares one after the other."""
    return next((answer for answer in answers if answer is not True), True)


__all__ = ["PRIMITIVES", "convert", "equal", "number_text", "to_bool", "to_number", "to_string"]
