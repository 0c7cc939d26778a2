"""Numbers. Source: Terraform language documentation, "Numeric Functions"."""

from __future__ import annotations

import math
from collections.abc import Callable

from fourfold.model.value import Known, Seq, Value
from fourfold.sources.terraform.evaluate.kinds import Invalid, is_unknown, known, to_number, unknown
from fourfold.sources.terraform.functions.calling import first_reason, simple


def _floor(x: float) -> int:
    return math.floor(x)


def _ceil(x: float) -> int:
    return math.ceil(x)


def _whole(x: float) -> int | float:
    return int(x) if float(x).is_integer() and abs(x) < 2**53 else x


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
    return x**y if isinstance(x, int) and isinstance(y, int) and 0 <= y < 1000 else _whole(result)


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
    if not body:
        raise Invalid(f"`{text}` is not a number")
    for char in body if base > 36 else body.lower():
        digit = digits.find(char)
        if not 0 <= digit < base:
            raise Invalid(f"`{text}` is not a number of base {base}")
        out = out * int(base) + digit
    return sign * out


def _extreme(pick: Callable[..., float]) -> Callable[..., Value]:
    def call(*arguments: Value) -> Value:
        values = [to_number(a) for a in arguments]
        if not values:
            raise Invalid("at least one number is needed")
        gap = next((v for v in values if not isinstance(v, Known)), None)
        if gap is not None:
            return unknown(gap.reason)
        return known(pick(v.value for v in values))  # type: ignore[attr-defined]

    return call


def _sum(value: Value) -> Value:
    if is_unknown(value):
        return unknown(value.reason)
    if not isinstance(value, Seq) or not value.items_:
        raise Invalid("`sum` needs a list that is not empty")
    numbers = [to_number(v) for v in value.items_]
    gap = next((v for v in numbers if not isinstance(v, Known)), None)
    if gap is not None:
        return unknown(first_reason(gap))
    from decimal import Decimal

    from fourfold.sources.terraform.evaluate.kinds import NUMBERS, plain_number

    total = Decimal(0)
    for number in numbers:
        total = NUMBERS.add(total, Decimal(repr(number.value)))  # type: ignore[attr-defined]
    return known(plain_number(total))


TABLE: dict[str, Callable[..., Value]] = {
    "abs": simple("n", abs),
    "ceil": simple("n", _ceil),
    "floor": simple("n", _floor),
    "log": simple("nn", _log),
    "pow": simple("nn", _pow),
    "signum": simple("n", lambda x: (x > 0) - (x < 0)),
    "parseint": simple("sn", _parseint),
    "max": _extreme(max),
    "min": _extreme(min),
    "sum": _sum,
}
