"""Operators, and steps into values: what `a + b`, `a.b` and `a[0]` give."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import msgspec

from fourfold.model.value import NOWHERE, Absent, Choice, Known, Map, Ref, Seq, Text, Unknown, Value
from fourfold.sources.terraform.evaluate import numbers
from fourfold.sources.terraform.evaluate.conversions import to_number, to_string
from fourfold.sources.terraform.evaluate.kinds import (
    Invalid,
    SetOf,
    UnknownOf,
    is_null,
    is_unknown,
    known,
    unknown,
)
from fourfold.sources.terraform.evaluate.limits import PARTS_MAX, TEXT_MAX, TooMuch
from fourfold.sources.terraform.evaluate.unification import element_type, type_of


def step(value: Value, key: Value) -> Value:
    """`value[key]`. Raises `Invalid` where there is no such element."""
    if isinstance(value, Map):
        return _entry(value, key)
    if isinstance(value, Choice):
        return msgspec.structs.replace(value, yes=step(value.yes, key), no=step(value.no, key))
    if is_unknown(value):
        return _into_unknown(value, key)
    if is_null(value):
        raise Invalid("null has no elements")
    if is_null(key):
        raise Invalid("the index is null")
    if is_unknown(key) and type_of(key) == "any":
        # It may turn out to be of a type that the value takes.
        return unknown(key.reason)
    if isinstance(value, SetOf):
        raise Invalid("elements of a set have no keys")
    if isinstance(value, Seq):
        return _element(value, key)
    if isinstance(value, Absent):
        raise Invalid("null has no elements")
    raise Invalid("this value has no elements")


def _entry(value: Map, key: Value) -> Value:
    text = to_string(key)
    if not isinstance(text, Known):
        of = element_type(value.entries_.values()) if type_of(value)[0] == "map" else "any"
        return unknown(text.reason, of, nullable=True)
    if text.value is None:
        raise Invalid("the index is null")
    found = value.entries_.get(str(text.value))
    if found is None:
        if value.rest is None:
            raise Invalid(f"there is no attribute `{text.value}`")
        return value.rest.get(str(text.value))
    return found


def _element(value: Seq, key: Value) -> Value:
    number = to_number(key)
    if not isinstance(number, Known):
        kind = type_of(value)
        return unknown(number.reason, kind[1] if kind[0] == "list" else "any", nullable=True)
    if not isinstance(number.value, int) or not 0 <= number.value < len(value.items_):
        raise Invalid(f"there is no element {number.value} in a list of {len(value.items_)}")
    return value.items_[number.value]


def _into_unknown(value: Value, key: Value) -> Value:
    type_ = type_of(value)
    if type_ == "any":
        if isinstance(key, Known) and isinstance(key.value, str):
            return value.get(key.value)
        return unknown(value.reason)
    if isinstance(type_, str) or type_[0] == "set":
        raise Invalid("this value has no elements")
    kind, of = type_
    if kind == "object":
        name = to_string(key)
        if isinstance(name, Known) and name.value not in of:
            raise Invalid(f"there is no attribute `{name.value}`")
        inner = of[name.value] if isinstance(name, Known) else "any"
    elif kind == "map":
        name, inner = to_string(key), of
    else:
        name, inner = to_number(key), of if kind == "list" else "any"
        if kind == "tuple" and isinstance(name, Known):
            if not isinstance(name.value, int) or not 0 <= name.value < len(of):
                raise Invalid(f"there is no element {name.value} in a list of {len(of)}")
            inner = of[name.value]
    if isinstance(value, Unknown) and isinstance(name, Known) and value.name:
        found = value.get(str(name.value))
        if isinstance(found, Unknown):
            return UnknownOf(
                found.source, found.start, found.end, -1, found.why, found.provenance, True, found.name, inner
            )
    return unknown(value.reason, inner, nullable=True)


def joined(pieces: list[str | Value]) -> Value:
    """Pieces as one text, with holes where they are not known. Raises `TooMuch`."""
    parts: list[str | Value] = []
    run: list[str] = []
    size = 0
    for piece in pieces:
        if isinstance(piece, str):
            size += len(piece)
            if piece:
                run.append(piece)
            continue
        if run:
            parts.append(normal("".join(run)))
            run = []
        parts.append(piece)
    if len(parts) > PARTS_MAX:
        raise TooMuch(f"a text has more than {PARTS_MAX} parts")
    if size > TEXT_MAX:
        raise TooMuch(f"a text has more than {TEXT_MAX} characters")
    if run:
        parts.append(normal("".join(run)))
    if not parts:
        return known("")
    if len(parts) == 1:
        only = parts[0]
        return (
            known(only)
            if isinstance(only, str)
            else only
            if isinstance(only, Ref)
            else unknown(only.reason, "string", name=getattr(only, "name", ""))
        )
    return Text(NOWHERE, 0, 0, -1, tuple(parts))


def normal(text: str) -> str:
    """Text in normal form C, as Terraform keeps all texts."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


_WHOLE: dict[str, Callable[[int, int], int]] = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}
_EXACT: dict[str, Callable[[numbers.Number, numbers.Number], numbers.Number]] = {
    "+": numbers.add,
    "-": numbers.subtract,
    "*": numbers.multiply,
    "/": numbers.divide,
    "%": numbers.remainder,
}


def arithmetic(symbol: str, left: Known, right: Known) -> Known:
    """The sum, difference, product, quotient or remainder of two numbers. Raises `Invalid`."""
    a, b = left.value, right.value
    if symbol in _WHOLE and isinstance(a, int) and isinstance(b, int):
        found = _WHOLE[symbol](a, b)
        if not (isinstance(left, numbers.Exact) and isinstance(right, numbers.Exact)):
            # A count and a number that is written; a zero may have a sign, and large ones are rounded.
            if found and found.bit_length() <= numbers.COUNT_BITS:
                return known(found)
            if left.__class__ is right.__class__ is Known and found.bit_length() <= numbers.BITS and symbol != "*":
                return known(found)
    return numbers.as_known(_EXACT[symbol](numbers.number_of(left), numbers.number_of(right)))


def compare(symbol: str, left: Known, right: Known) -> bool:
    """Whether the one number is less or greater than the other."""
    if isinstance(left.value, int) and isinstance(right.value, int):
        below, above = left.value < right.value, right.value < left.value
    else:
        x, y = numbers.number_of(left), numbers.number_of(right)
        below, above = numbers.less(x, y), numbers.less(y, x)
    return {"<": below, ">": above, "<=": not above, ">=": not below}[symbol]


def operate(symbol: str, left: Known, right: Known) -> Known:
    """What an operator gives for two values of the type that it takes. Raises `Invalid`."""
    if symbol == "&&":
        return known(left.value is True and right.value is True)
    if symbol == "||":
        return known(left.value is True or right.value is True)
    if symbol in _EXACT:
        return arithmetic(symbol, left, right)
    return known(compare(symbol, left, right))


RESULTS = dict.fromkeys("+-*/%", "number") | dict.fromkeys(("&&", "||", "<", ">", "<=", ">="), "bool")
