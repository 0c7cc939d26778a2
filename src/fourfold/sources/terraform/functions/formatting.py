"""`format` and `formatlist`. Source: Terraform language documentation, "format Function"; compared with the program."""

from __future__ import annotations

import re

from fourfold.model.value import Known, Seq, Text, Unknown, Value
from fourfold.sources.terraform.evaluate.conversions import to_bool, to_number, to_string
from fourfold.sources.terraform.evaluate.elements import elements_of
from fourfold.sources.terraform.evaluate.kinds import (
    Invalid,
    ListOf,
    SetOf,
    first_reason,
    is_null,
    is_unknown,
    is_untyped_null,
    listed,
    unknown,
    wholly_known,
)
from fourfold.sources.terraform.evaluate.limits import TEXT_MAX, TooMuch
from fourfold.sources.terraform.evaluate.numbers import Number, absolute, number_of
from fourfold.sources.terraform.evaluate.operations import joined
from fourfold.sources.terraform.evaluate.unification import type_of
from fourfold.sources.terraform.functions.calling import OPEN, TEXT, Function, define
from fourfold.sources.terraform.functions.graphemes import graphemes

WIDTH_MAX = 100_000
"""Characters that one verb may be padded to, and digits it may ask for."""
_VERB = re.compile(
    r"%(?:(?P<percent>%)|(?P<flags>[+\-# 0]*)(?P<width>[1-9]\d*)?(?:\.(?P<precision>\d+))?(?:\[(?P<index>[1-9]\d*)\])?"
    r"(?P<verb>[A-Za-z]))"
)


def _format(spec: Value, *given: Value) -> Value:
    if (gap := _untyped(given)) is not None:
        return unknown(gap.reason)
    try:
        return _formatted(spec, given)
    except Invalid:
        # While an argument is null or not known Terraform does not look at the others.
        gap = next((v for v in given if is_null(v) or not wholly_known(v)), None)
        if gap is None:
            raise
        return unknown(first_reason(gap) or "an argument of `format` is null", "string")


def _untyped(given: tuple[Value, ...]) -> Value | None:
    """An argument of which not even the type is known: then nothing is known of the result, either."""
    return next((v for v in given if isinstance(v, Unknown) and type_of(v) == "any"), None)


def _formatted(spec: Value, given: tuple[Value, ...]) -> Value:
    pieces: list[str | Value] = []
    used = most = at = 0
    text = str(spec.plain())
    for found in _VERB.finditer(text):
        pieces.append(_literal(text[at : found.start()]))
        at = found.end()
        if found["percent"]:
            pieces.append("%")
            continue
        if found["index"]:
            used = _bounded(found["index"]) - 1
        if used >= len(given):
            raise Invalid("the format asks for more arguments than there are")
        piece = _verb(found, given[used])
        pieces += piece.parts if isinstance(piece, Text) else [piece]
        used += 1
        most = max(most, used)
    pieces.append(_literal(text[at:]))
    if most < len(given):
        raise Invalid("the format asks for fewer arguments than there are")
    return joined(pieces)


def _literal(text: str) -> str:
    if "%" in text:
        raise Invalid("the format has a `%` that begins nothing")
    return text


def _bounded(digits: str) -> int:
    number = int(digits) if len(digits) < 8 else WIDTH_MAX + 1
    if number > WIDTH_MAX:
        raise TooMuch(f"`format` asks for more than {WIDTH_MAX} characters")
    return number


def _verb(found: re.Match[str], value: Value) -> str | Value:
    verb, flags = found["verb"], found["flags"]
    width = _bounded(found["width"] or "0")
    precision = None if found["precision"] is None else _bounded(found["precision"])
    if verb not in "vtbdoxXeEfgGsq":
        raise Invalid(f"`%{verb}` is no verb of `format`")
    if is_null(value):
        return unknown("an argument of `format` is null")
    if verb == "v":
        return _as_it_is(value, flags, width)
    value = to_bool(value) if verb == "t" else to_string(value) if verb in "sq" else to_number(value)
    if not isinstance(value, Known):
        return value if not width and verb == "s" and not precision else unknown(value.reason, "string")
    if verb == "t":
        return str(to_string(value).plain())
    if verb in "sq":
        return _string(verb, str(value.value), flags, width, precision)
    return _number(verb, value, flags, width, precision)


def _as_it_is(value: Value, flags: str, width: int) -> str | Value:
    """`%v`: texts and numbers as they are, all else as JSON; with `#` everything as JSON."""
    if not wholly_known(value):
        plain = not width and "#" not in flags and type_of(value) == "string"
        return value if plain else unknown(first_reason(value), "string")
    if isinstance(value, Known) and "#" not in flags:
        if isinstance(value.value, str):
            return _padded(value.value, width, flags)
        if isinstance(value.value, (int, float)) and not isinstance(value.value, bool):
            return _padded(_shortest(number_of(value)), width, flags)
    from fourfold.sources.terraform.functions.encodings import json_text

    return _padded(json_text(value), width, flags)


def _string(verb: str, text: str, flags: str, width: int, precision: int | None) -> str:
    if precision:
        text = "".join(graphemes(text)[:precision])
    if verb == "q":
        from fourfold.sources.terraform.functions.encodings import json_string

        text = json_string(text)
    return _padded(text, width, flags)


def _number(verb: str, value: Known, flags: str, width: int, precision: int | None) -> str:
    number = number_of(value)
    if number.infinite and verb not in "bdoxX":
        return number.text()
    if verb in "bdoxX":
        if number.whole is None:
            raise Invalid(f"`%{verb}` needs a whole number")
        body = format(abs(number.whole), verb)
        if "#" in flags:
            body = {"x": "0x", "X": "0X", "o": "0", "b": "0b"}.get(verb, "") + body
    elif verb in "gG" and precision is None:
        body = _shortest(absolute(number))
        body = body.upper() if verb == "G" else body
    else:
        body = format(absolute(number).decimal(), f".{6 if precision is None else precision}{verb}")
        if verb in "gGeE":
            body = _exponent(body)
    below = number.minus and (bool(number.mantissa) or verb not in "bdoxX")
    sign = "-" if below else "+" if "+" in flags else " " if " " in flags else ""
    if "0" in flags and "-" not in flags:
        return sign + body.rjust(width - len(sign), "0")
    return (sign + body).ljust(width) if "-" in flags else (sign + body).rjust(width)


def _exponent(text: str) -> str:
    """Exponents have at least two digits."""
    return re.sub(r"([eE][+-])(\d)$", r"\g<1>0\2", text)


def _shortest(number: Number) -> str:
    """The fewest digits that give the number; below 10^-4 and from 10^6 on with an exponent."""
    if number.infinite:
        return number.text()
    digits, point = number.digits()
    exponent = point - 1
    if not number.mantissa or -4 <= exponent < 6:
        return number.text()
    fraction = "." + digits[1:] if len(digits) > 1 else ""
    return f"{'-' if number.minus else ''}{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"


def _padded(text: str, width: int, flags: str) -> str:
    missing = width - len(graphemes(text)) if width else 0
    if missing <= 0:
        return text
    fill = ("0" if "0" in flags else " ") * missing
    return text + fill if "-" in flags else fill + text


def _formatlist(spec: Value, *given: Value) -> Value:
    if (open_ := _untyped(given)) is not None:
        return unknown(open_.reason)
    lengths: set[int] = set()
    gap: Value | None = None
    for argument in given:
        type_ = type_of(argument)
        if isinstance(argument, Seq):
            if isinstance(argument, SetOf) and len(argument.items_) > 1 and not wholly_known(argument):
                gap = argument
            else:
                lengths.add(len(argument.items_))
        elif (is_unknown(argument) and type_ == "any") or (
            not isinstance(type_, str) and type_[0] in ("list", "set", "tuple")
        ):
            gap = argument
    if len(lengths) > 1:
        raise Invalid("the lists have different lengths")
    if gap is not None:
        return unknown(first_reason(gap), ("list", "string"))
    count = lengths.pop() if lengths else 1
    if not count and any(map(is_untyped_null, given)):
        return unknown("an argument of `formatlist` is null", ("list", "string"))
    if count * len(str(spec.plain())) > TEXT_MAX:
        raise TooMuch(f"`formatlist` makes more than {TEXT_MAX} characters")
    columns = [[v for _, v in elements_of(a)] if isinstance(a, Seq) else [a] * count for a in given]
    return listed((_format(spec, *row) for row in (zip(*columns, strict=True) if given else [()])), ListOf, "string")


TABLE: dict[str, Function] = {
    "format": define(_format, TEXT, rest=OPEN, result="string"),
    "formatlist": define(_formatlist, TEXT, rest=OPEN, result=("list", "string")),
}
