"""How functions are called: arguments are converted, null and unknown arguments are dealt with before the function.

Source: the behaviour of functions in the cty library
(https://github.com/zclconf/go-cty/blob/main/docs/functions.md), compared with the terraform program.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from fourfold.model.value import Known, Map, Seq, Text, Value
from fourfold.sources.terraform.evaluate.conversions import convert
from fourfold.sources.terraform.evaluate.kinds import (
    Invalid,
    ListOf,
    Type,
    first_reason,
    is_null,
    is_unknown,
    known,
    listed,
    mapped,
    unknown,
    wholly_known,
)
from fourfold.sources.terraform.evaluate.unification import type_of

Function: TypeAlias = Callable[..., Value]


class Parameter(NamedTuple):
    """What one parameter takes."""

    type_: Type = "any"
    null: bool = False
    """Whether the function itself deals with null."""
    unknown: bool = False
    """Whether the function itself deals with a value of which nothing is known."""


ANY = Parameter()
OPEN = Parameter("any", True, True)
TEXT = Parameter("string")
NUMBER = Parameter("number")
TEXTS = Parameter(("list", "string"))


def define(
    function: Callable[..., Any],
    *parameters: Parameter,
    rest: Parameter | None = None,
    optional: int = 0,
    result: Type | Callable[..., Type] = "any",
) -> Function:
    """A function with its parameters; `rest` may come any number of times, the last `optional` may be left out.

    `result` is the type of what it gives, for where that is unknown: a type, or a function of the arguments, which
    raises `Invalid` where they can never do.
    """
    least, most = len(parameters) - optional, None if rest else len(parameters)

    def call(*arguments: Value) -> Value:
        if len(arguments) < least or (most is not None and len(arguments) > most):
            raise Invalid(f"{len(arguments)} arguments are given, {least} are needed")
        ready: list[Value] = []
        gap: Value | None = None
        any_type = False
        for index, argument in enumerate(arguments):
            parameter = parameters[index] if index < len(parameters) else rest
            assert parameter is not None
            if is_null(argument):
                if not parameter.null:
                    raise Invalid("an argument is null")
                ready.append(argument)
                continue
            value = argument if parameter.type_ == "any" else convert(argument, parameter.type_)
            ready.append(value)
            if not parameter.unknown and (is_unknown(value) or isinstance(value, Text)):
                gap = value if gap is None else gap
                any_type = any_type or (parameter.type_ == "any" and type_of(value) == "any")
        if gap is not None and any_type:
            return unknown(gap.reason)
        if gap is not None:
            return unknown(gap.reason, result(*ready) if callable(result) else result)
        return data(function(*ready))

    return call


_TYPES: dict[str, Parameter] = {"s": TEXT, "n": NUMBER, "b": Parameter("bool"), "d": Parameter("any", True)}


def simple(
    signature: str, function: Callable[..., Any], *, optional: int = 0, repeat: bool = False, result: Type = "string"
) -> Function:
    """A function of known scalars: `signature` has a letter for each argument (s text, n number, b boolean, d any data).

    `optional` of the last may be left out; with `repeat` the last may come any number of times. The function takes and
    gives plain data.
    """

    def of_plain(*arguments: Value) -> Value:
        for argument in arguments:
            if not wholly_known(argument):
                return unknown(first_reason(argument), result)
        return data(function(*(argument.plain() for argument in arguments)))

    parameters = [_TYPES[letter] for letter in signature]
    if repeat:
        return define(of_plain, *parameters[:-1], rest=parameters[-1], result=result)
    return define(of_plain, *parameters, optional=optional, result=result)


def data(result: Any) -> Value:
    """Plain data as values: lists are lists, tuples tuples, dictionaries objects."""
    if isinstance(result, Value):
        return result
    if isinstance(result, dict):
        return mapped({str(k): data(v) for k, v in result.items()})
    if isinstance(result, (list, tuple)):
        return listed((data(v) for v in result), ListOf if isinstance(result, list) else Seq)
    return known(result)


__all__ = [
    "ANY",
    "NUMBER",
    "OPEN",
    "TEXT",
    "TEXTS",
    "Function",
    "Known",
    "Map",
    "Parameter",
    "data",
    "define",
    "simple",
]
