"""Numbers. Source: Terraform language documentation, "Numeric Functions"."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from fourfold.model.value import Known, Value
from fourfold.sources.terraform.evaluate.kinds import Invalid, Type
from fourfold.sources.terraform.evaluate.limits import TooMuch
from fourfold.sources.terraform.evaluate.numbers import (
    COUNT_BITS,
    DIGITS_MAX,
    TOO_LARGE,
    Number,
    absolute,
    as_known,
    ceiling,
    counted,
    floor,
    number_of,
    of_float,
)
from fourfold.sources.terraform.evaluate.operations import compare
from fourfold.sources.terraform.evaluate.unification import type_of
from fourfold.sources.terraform.functions.calling import ANY, NUMBER, Function, define


def _exactly(function: Callable[[Number], Number]) -> Function:
    return define(lambda x: as_known(function(number_of(x))), NUMBER, result="number")


def _sign(x: Known) -> Value:
    if not isinstance(x.value, int):
        raise Invalid("a whole number is needed")
    return counted((x.value > 0) - (x.value < 0))


def _floats(function: Callable[[float, float], float]) -> Function:
    """A function that Terraform computes with 53 bits."""

    def call(x: Known, y: Known) -> Value:
        try:
            result = function(float(number_of(x)), float(number_of(y)))
        except ValueError:
            raise Invalid("the result does not exist") from None
        return as_known(of_float(result))

    return define(call, NUMBER, NUMBER, result="number")


_LOG = (0.6666666666666735130, 0.3999999999940941908, 0.2857142874366239149, 0.2222219843214978396, 0.1818357216161805012,
        0.1531383769920937332, 0.1479819860511658591)  # fmt: skip
_LN2 = (6.93147180369123816490e-01, 1.90821492927058770002e-10)


def _ln(x: float) -> float:
    """The natural logarithm, to the last digit as Go computes it: that of FreeBSD's `e_log.c`.

    Source: the documentation of the package `math` of Go, and of FreeBSD's library of the same name.
    """
    if x <= 0:
        # For Go the logarithm of zero is infinite.
        if x < 0:
            raise ValueError
        return -math.inf
    if math.isinf(x):
        return x
    part, power = math.frexp(x)
    if part < math.sqrt(0.5):
        part, power = part * 2, power - 1
    f = part - 1
    s = f / (2 + f)
    s2 = s * s
    s4 = s2 * s2
    a, b, c, d, e, g, h = _LOG
    odd = s2 * (a + s4 * (c + s4 * (e + s4 * h)))
    even = s4 * (b + s4 * (d + s4 * g))
    half = 0.5 * f * f
    return power * _LN2[0] - ((half - (s * (half + (odd + even)) + power * _LN2[1])) - f)


def _log(x: float, base: float) -> float:
    above, below = _ln(x), _ln(base)
    if not below:
        return math.copysign(math.inf, above) if above else math.nan
    return above / below


_EXP = (2.4801587301587301587e-5, 1.9841269841269841270e-4, 1.3888888888888888889e-3, 8.3333333333333333333e-3,
        4.1666666666666666667e-2, 1.6666666666666666667e-1, 0.5, 1.0)  # fmt: skip
_LOG2E = 1.4426950408889634073599246810018920
_LN2_PARTS = (0.69314718055966295651160180568695068359375, 0.28235290563031577122588448175013436025525412068e-12)


def _exp(x: float) -> float:
    """The exponential function, to the last digit as Go computes it on a processor of today.

    The argument is reduced by multiples of ln 2 and then by 16; a Taylor series is taken, and the result squared four
    times. Products are added with one rounding. Where the exponent of `pow` has a fraction, its last digit may differ
    from what the program gives, as it does from one processor to another.
    Source: Shibata, "Efficient evaluation methods of elementary functions suitable for SIMD computation" (2010).
    """
    power = round(x * _LOG2E)
    part = _fused(-float(power), _LN2_PARTS[1], _fused(-float(power), _LN2_PARTS[0], x)) * 0.0625
    out = _EXP[0]
    for term in _EXP[1:]:
        out = _fused(out, part, term)
    out *= part
    for _ in range(4):
        out *= out + 2.0
    return math.ldexp(out + 1.0, power)


def _fused(a: float, b: float, c: float) -> float:
    """`a * b + c`, rounded once."""
    return float(Fraction(a) * Fraction(b) + Fraction(c))


def _power(x: float, y: float) -> float:
    """As Go computes it: the whole part of the exponent by squaring, the rest by the exponential function."""
    if x == 0 and y < 0:
        return math.copysign(math.inf, x) if y % 2 == 1 else math.inf
    if x == 0 or y == 0 or x == 1 or not (math.isfinite(x) and math.isfinite(y)):
        return math.pow(x, y)
    if abs(y) == 0.5:
        return math.sqrt(x) if y > 0 else 1 / math.sqrt(x)
    if abs(y) >= 2**31:
        return 0.0 if (abs(x) < 1) is (y > 0) else math.inf
    whole, rest = math.floor(abs(y)), abs(y) - math.floor(abs(y))
    out, out_power = 1.0, 0
    if rest:
        if x < 0:
            raise ValueError
        if rest > 0.5:
            rest, whole = rest - 1, whole + 1
        out = _exp(rest * _ln(x))
    base, power = math.frexp(x)
    while whole:
        if whole & 1:
            out, out_power = out * base, out_power + power
        base, power = base * base, power * 2
        if base < 0.5:
            base, power = base + base, power - 1
        whole >>= 1
    if y < 0:
        out, out_power = 1 / out, -out_power
    try:
        return math.ldexp(out, out_power)
    except OverflowError:
        return math.copysign(math.inf, out)


def _parseint(text: Known, base: Known) -> Value:
    if not isinstance(text, Known) or not isinstance(text.value, str):
        raise Invalid("`parseint` needs a text")
    said, size = text.value, base.value
    if not isinstance(size, int) or not 2 <= size <= 62:
        raise Invalid("the base must be from 2 to 62")
    digits = (
        "0123456789abcdefghijklmnopqrstuvwxyz"
        if size <= 36
        else ("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    )
    sign, body = (-1, said[1:]) if said.startswith("-") else (1, said.removeprefix("+"))
    out = 0
    if not body:
        raise Invalid("an empty text is not a number")
    if len(body) > DIGITS_MAX // 2:
        raise TooMuch(TOO_LARGE)
    for char in body if size > 36 else body.lower():
        digit = digits.find(char)
        if not 0 <= digit < size:
            raise Invalid(f"`{said[:40]}` is not a number of base {size}")
        out = out * size + digit
    return as_known(Number(sign * out, 0, max(COUNT_BITS, out.bit_length())))


def _parsed(text: Value, _base: Value) -> Type:
    if type_of(text) not in ("string", "any"):
        raise Invalid("`parseint` needs a text")
    return "number"


def _extreme(symbol: str) -> Function:
    def call(*values: Known) -> Value:
        if not values:
            raise Invalid("at least one number is needed")
        found = values[0]
        for value in values[1:]:
            found = value if compare(symbol, value, found) else found
        return found

    return define(call, rest=NUMBER, result="number")


TABLE: dict[str, Function] = {
    "abs": _exactly(absolute),
    "ceil": _exactly(ceiling),
    "floor": _exactly(floor),
    "log": _floats(_log),
    "pow": _floats(_power),
    "signum": define(_sign, NUMBER, result="number"),
    "parseint": define(_parseint, ANY, NUMBER, result=_parsed),
    "max": _extreme(">"),
    "min": _extreme("<"),
}
