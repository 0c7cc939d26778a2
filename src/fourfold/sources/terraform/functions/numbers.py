"""Numbers. Source: Terraform language documentation, "Numeric Functions"."""

from __future__ import annotations

import math
from collections.abc import Callable

from fourfold.sources.terraform.evaluate.conversions import DIGITS_MAX
from fourfold.sources.terraform.evaluate.kinds import Invalid
from fourfold.sources.terraform.functions.calling import NUMBER, Function, define, simple


def _floor(x: float) -> int:
    return math.floor(x)


def _ceil(x: float) -> int:
    return math.ceil(x)


def _whole(x: float) -> int | float:
    return int(x) if float(x).is_integer() and abs(x) < 2**53 else x


def _sign(x: float) -> int:
    if not isinstance(x, int):
        raise Invalid("a whole number is needed")
    return (x > 0) - (x < 0)


def _log(x: float, base: float) -> int | float:
    if x <= 0 or base <= 0 or base == 1:
        raise Invalid("the logarithm does not exist")
    return _whole(math.log(x) / math.log(base))


def _pow(x: float, y: float) -> int | float:
    try:
        result = float(x) ** float(y)
    except (OverflowError, ZeroDivisionError):
        raise Invalid("the power does not exist") from None
    if isinstance(result, complex):
        raise Invalid("the power does not exist")
    small = isinstance(x, int) and isinstance(y, int) and y >= 0 and abs(x).bit_length() * y < DIGITS_MAX * 3
    return x**y if small else _whole(result)


def _parseint(text: str, base: float) -> int:
    if not 2 <= base <= 62:
        raise Invalid("the base must be from 2 to 62")
    digits = (
        "0123456789abcdefghijklmnopqrstuvwxyz"
        if base <= 36
        else ("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    )
    sign, body = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    out = 0
    if not body or len(body) > DIGITS_MAX:
        raise Invalid(f"`{text}` is not a number")
    for char in body if base > 36 else body.lower():
        digit = digits.find(char)
        if not 0 <= digit < base:
            raise Invalid(f"`{text}` is not a number of base {base}")
        out = out * int(base) + digit
    return sign * out


def _extreme(pick: Callable[..., float]) -> Function:
    return define(lambda *values: pick(v.value for v in values), NUMBER, rest=NUMBER, result="number")


TABLE: dict[str, Function] = {
    "abs": simple("n", abs, result="number"),
    "ceil": simple("n", _ceil, result="number"),
    "floor": simple("n", _floor, result="number"),
    "log": simple("nn", _log, result="number"),
    "pow": simple("nn", _pow, result="number"),
    "signum": simple("n", _sign, result="number"),
    "parseint": simple("sn", _parseint, result="number"),
    "max": _extreme(max),
    "min": _extreme(min),
}
