"""How functions are called: arguments converted, unknown arguments give unknown results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fourfold.model.value import Known, Map, Seq, Text, Value
from fourfold.sources.terraform.evaluate.kinds import (
    Invalid,
    ListOf,
    MapOf,
    is_null,
    is_unknown,
    known,
    listed,
    mapped,
    to_bool,
    to_number,
    to_string,
    unknown,
    wholly_known,
)

CONVERT: dict[str, Callable[[Value], Value]] = {"s": to_string, "n": to_number, "b": to_bool}


def simple(
    signature: str, function: Callable[..., Any], *, optional: int = 0, repeat: bool = False
) -> Callable[..., Value]:
    """A function of known scalars: `signature` has a letter for each argument (s text, n number, b boolean, d any data).

    `optional` of the last may be left out; with `repeat` the last may come any number of times. The function takes and
    gives plain data; text may have holes only where all of it is needed, which then makes the result unknown.
    """

    def call(*arguments: Value) -> Value:
        least = len(signature) - optional - (1 if repeat else 0)
        if len(arguments) < least or (not repeat and len(arguments) > len(signature)):
            raise Invalid(f"{len(arguments)} arguments are given, {len(signature)} are needed")
        plain: list[Any] = []
        gap: Value | None = None
        for index, argument in enumerate(arguments):
            letter = signature[min(index, len(signature) - 1)]
            value = CONVERT[letter](argument) if letter in CONVERT else argument
            if not wholly_known(value):
                gap = gap or value
                continue
            if letter in CONVERT and is_null(value):
                raise Invalid("an argument is null")
            plain.append(value.plain())
        if gap is not None:
            return unknown(first_reason(gap))
        return data(function(*plain))

    return call


def first_reason(value: Value) -> str:
    """Why a value is not wholly known."""
    if isinstance(value, Seq):
        return next((r for v in value.items_ if (r := first_reason(v))), "")
    if isinstance(value, Map):
        return next((r for v in value.entries_.values() if (r := first_reason(v))), "")
    return "" if isinstance(value, Known) else value.reason or "it is not known"


def data(result: Any) -> Value:
    """Plain data as values: lists are lists, dictionaries objects."""
    if isinstance(result, Value):
        return result
    if isinstance(result, dict):
        return mapped({str(k): data(v) for k, v in result.items()})
    if isinstance(result, (list, tuple)):
        return listed((data(v) for v in result), ListOf if isinstance(result, list) else Seq)
    return known(result)


def collection(value: Value, what: str = "a collection") -> Value:
    """The argument as a known collection (its elements may be unknown). Raises `Invalid`."""
    if is_null(value):
        raise Invalid(f"{what} is needed, and this is null")
    if is_unknown(value) or isinstance(value, (Seq, Map)):
        return value
    raise Invalid(f"{what} is needed")


def is_text(value: Value) -> bool:
    return isinstance(value, Text) or (isinstance(value, Known) and isinstance(value.value, str))


__all__ = ["ListOf", "MapOf", "collection", "data", "first_reason", "is_text", "simple"]
