"""Numbers as Terraform has them: binary floating point of 512 bits, which knows a negative zero.

A plain `int` or `float` in a `Known` stands for the number of 512 bits that is nearest to its decimal text, so almost all
numbers of a configuration need nothing more. `Exact` carries those for which that is not enough.
Source: the package `math/big` of Go (https://pkg.go.dev/math/big#Float), on which the cty library computes; compared with
the terraform program.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from functools import lru_cache

from fourfold.model.value import NOWHERE, Known
from fourfold.sources.terraform.evaluate.kinds import Invalid
from fourfold.sources.terraform.evaluate.limits import TooMuch

BITS = 512
"""Of what is written in a configuration, and of all that is computed with it."""
COUNT_BITS = 64
"""Of what Terraform counts itself: `length`, `count.index`, the index in a `for`."""
FLOAT_BITS = 53
"""Of what `pow` and `log` give."""
INDEX_MAX = (1 << 63) - 1
"""The largest index, and the largest count of anything."""
DIGITS_MAX = 4000
"""Decimal digits before or behind the point; longer numbers are not computed with. Python turns fewer than 4,300 into text."""
TOO_LARGE = "the number is too large to be evaluated here"

_FAR = 1 << 62
"""The exponent that stands for an infinite number in a key."""
_TEXT = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?")


class Number:
    """`mantissa` * 2**`exponent`, rounded to `bits`; `mantissa` is odd or zero. An infinite number has a sign only."""

    __slots__ = ("bits", "exponent", "infinite", "mantissa", "minus")

    def __init__(self, mantissa: int, exponent: int = 0, bits: int = BITS, *, minus: bool = False) -> None:
        """Rounds to the nearest, halves to even. `minus` is the sign of a zero."""
        size = mantissa.bit_length()
        if size > bits:
            negative, whole = mantissa < 0, abs(mantissa)
            drop = size - bits
            rest, half = whole & ((1 << drop) - 1), 1 << (drop - 1)
            whole >>= drop
            whole += rest > half or (rest == half and whole & 1)
            mantissa, exponent = -whole if negative else whole, exponent + drop
        if mantissa:
            zeros = (mantissa & -mantissa).bit_length() - 1
            mantissa, exponent = mantissa >> zeros, exponent + zeros
            if abs(exponent) > DIGITS_MAX * 10 // 3:
                raise TooMuch(TOO_LARGE)
        self.mantissa, self.exponent = mantissa, exponent if mantissa else 0
        self.bits, self.minus = bits, minus if not mantissa else mantissa < 0
        self.infinite = False

    @classmethod
    def endless(cls, *, minus: bool, bits: int = BITS) -> Number:
        """What a division by zero gives."""
        out = cls(0, 0, bits, minus=minus)
        out.infinite = True
        return out

    @property
    def whole(self) -> int | None:
        """The number as an integer; None where it is none."""
        if self.infinite:
            return None
        return self.mantissa << self.exponent if self.exponent >= 0 else None

    def __float__(self) -> float:
        if self.infinite:
            return -math.inf if self.minus else math.inf
        try:
            return self.mantissa / (1 << -self.exponent) if self.exponent < 0 else float(self.mantissa << self.exponent)
        except OverflowError:
            return math.copysign(math.inf, self.mantissa)

    @property
    def key(self) -> tuple[int, int, bool]:
        """Equal for numbers that print the same."""
        if self.infinite:
            return 1 - 2 * self.minus, _FAR, self.minus
        return self.mantissa, self.exponent, self.minus

    def decimal(self) -> Decimal:
        """The exact value."""
        if self.exponent >= 0:
            return Decimal(self.mantissa << self.exponent)
        return Decimal(f"{self.mantissa * 5**-self.exponent}E{self.exponent}")

    def digits(self) -> tuple[str, int]:
        """(digits, place of the point behind the first of them) of the shortest decimal that is this number and no other."""
        if not self.mantissa:
            return "0", 1
        whole = abs(self.mantissa)
        shift = self.bits + 1 - whole.bit_length()
        middle, exponent = whole << shift, self.exponent - shift
        closed = not middle & 2
        # The number lies between (middle - 1) and (middle + 1), in units of 2**exponent.
        top, bottom = (middle << exponent, 1) if exponent >= 0 else (middle, 1 << -exponent)
        unit = 1 << max(exponent, 0)
        point = _places(top, bottom)
        least, most = 1, self.bits * 302 // 1000 + 3
        while least < most:
            half = (least + most) // 2
            least, most = (
                (least, half) if _between(top, bottom, unit, half - point, closed=closed) else (half + 1, most)
            )
        found = _between(top, bottom, unit, least - point, closed=closed)
        assert found is not None
        text = str(found)
        point += len(text) - least
        return text.rstrip("0"), point

    def text(self) -> str:
        """As Terraform turns a number into a string."""
        if self.infinite:
            return "-Inf" if self.minus else "+Inf"
        digits, point = self.digits()
        sign = "-" if self.minus else ""
        if point <= 0:
            return f"{sign}0.{'0' * -point}{digits}"
        if len(digits) <= point:
            return sign + digits.ljust(point, "0")
        return f"{sign}{digits[:point]}.{digits[point:]}"


def _places(top: int, bottom: int) -> int:
    """Digits before the point; zero or less for what is below one."""
    guess = (top.bit_length() - bottom.bit_length()) * 30103 // 100000
    scaled = (top, bottom * 10**guess) if guess >= 0 else (top * 10**-guess, bottom)
    while scaled[0] >= scaled[1]:
        guess, scaled = guess + 1, (scaled[0], scaled[1] * 10)
    while scaled[0] * 10 < scaled[1]:
        guess, scaled = guess - 1, (scaled[0] * 10, scaled[1])
    return guess


def _between(top: int, bottom: int, unit: int, places: int, *, closed: bool) -> int | None:
    """The nearest whole number of 10**-places that is nearer to `top / bottom` than `unit / bottom`; None: there is none."""
    up, down = (10**places, 1) if places >= 0 else (1, 10**-places)
    scale = bottom * down
    low, rest = divmod(top * up, scale)
    near, far = rest, scale - rest
    reach = unit * up
    below = near < reach or (closed and near == reach)
    above = far < reach or (closed and far == reach)
    if below and above:
        return low + (near > far or (near == far and low & 1))
    return low if below else low + 1 if above else None


class Exact(Known, frozen=True, gc=False):
    """A number of which `value` is only the nearest that Python has."""

    exactly: Number = Number(0)


def number_of(value: Known) -> Number:
    """The exact number that a known number stands for."""
    if isinstance(value, Exact):
        return value.exactly
    scalar = value.value
    assert isinstance(scalar, (int, float))
    return Number(scalar) if isinstance(scalar, int) else parse(repr(scalar))


def as_known(number: Number, at: Known | None = None) -> Known:
    """A number as a value, at the place of another one."""
    at = _NOWHERE if at is None else at
    place = (at.source, at.start, at.end, at.key_start)
    whole = number.whole
    if whole is not None:
        if number.bits == BITS and not (number.minus and not whole) and whole.bit_length() <= BITS:
            return Known(*place, whole, at.provenance)
        return Exact(*place, whole, at.provenance, number)
    found = float(number)
    if number.bits == BITS and not number.infinite and parse(repr(found)).key == number.key:
        return Known(*place, found, at.provenance)
    return Exact(*place, found, at.provenance, number)


_NOWHERE = Known(NOWHERE, 0, 0, -1, None)


@lru_cache(4096)
def counted(count: int) -> Known:
    """A number that Terraform counted."""
    return Exact(NOWHERE, 0, 0, -1, count, (), Number(count, 0, COUNT_BITS))


def parse(text: str, bits: int = BITS) -> Number:
    """The number that a decimal text says. Raises `Invalid` and `TooMuch`."""
    found = _TEXT.fullmatch(text)
    if found is None or not (found[2] or found[3]):
        raise Invalid(f"`{text[:40]}` is not a number")
    behind = found[3] or ""
    digits, power = found[2] + behind, found[4] or "0"
    if len(digits) > DIGITS_MAX or len(power) > 6:
        raise TooMuch(TOO_LARGE)
    places = int(power) - len(behind)
    whole = int(digits)
    if abs(places) > DIGITS_MAX or whole.bit_length() > DIGITS_MAX * 4:
        raise TooMuch(TOO_LARGE)
    minus = found[1] == "-"
    if places >= 0:
        whole *= 10**places
        return Number(-whole if minus else whole, 0, bits, minus=minus)
    return _quotient(-whole if minus else whole, 0, 10**-places, 0, bits, minus=minus)


def of_float(value: float) -> Number:
    """What Terraform makes of a floating point number that it computed. Raises `Invalid` for infinity."""
    if math.isnan(value):
        raise Invalid("the result is not a number")
    if math.isinf(value):
        return Number.endless(minus=value < 0, bits=FLOAT_BITS)
    top, bottom = value.as_integer_ratio()
    return Number(top, 1 - bottom.bit_length(), FLOAT_BITS, minus=math.copysign(1, value) < 0)


# -- arithmetic --------------------------------------------------------------------------------------------------------


def negative(a: Number) -> Number:
    if a.infinite:
        return Number.endless(minus=not a.minus, bits=a.bits)
    return Number(-a.mantissa, a.exponent, a.bits, minus=not a.minus)


def absolute(a: Number) -> Number:
    return negative(a) if a.minus else a


def add(a: Number, b: Number) -> Number:
    if a.infinite or b.infinite:
        if a.infinite and b.infinite and a.minus is not b.minus:
            raise Invalid("infinity minus infinity")
        return a if a.infinite else b
    low = min(a.exponent, b.exponent)
    total = (a.mantissa << (a.exponent - low)) + (b.mantissa << (b.exponent - low))
    return Number(total, low, max(a.bits, b.bits), minus=a.minus and b.minus)


def subtract(a: Number, b: Number) -> Number:
    return add(a, negative(b))


def multiply(a: Number, b: Number) -> Number:
    if a.infinite or b.infinite:
        if not (a.mantissa or a.infinite) or not (b.mantissa or b.infinite):
            raise Invalid("infinity times zero")
        return Number.endless(minus=a.minus is not b.minus, bits=max(a.bits, b.bits))
    # A product keeps the bits that it needs, however few its factors have.
    exact = Number(a.mantissa * b.mantissa, a.exponent + b.exponent, minus=a.minus is not b.minus)
    exact.bits = max(a.bits, b.bits, exact.mantissa.bit_length())
    return exact


def divide(a: Number, b: Number) -> Number:
    bits, minus = max(a.bits, b.bits), a.minus is not b.minus
    if b.infinite:
        if a.infinite:
            raise Invalid("infinity divided by infinity")
        return Number(0, 0, bits, minus=minus)
    if a.infinite or not b.mantissa:
        if not a.infinite and not a.mantissa:
            raise Invalid("zero divided by zero")
        return Number.endless(minus=minus, bits=bits)
    return _quotient(a.mantissa, a.exponent, b.mantissa, b.exponent, bits, minus=minus)


def remainder(a: Number, b: Number) -> Number:
    """What is left of `a` after whole times `b`; `a` where `b` is zero."""
    if not b.mantissa and not b.infinite:
        return a
    if a.infinite or b.infinite:
        raise Invalid("`%` needs finite numbers")
    times = divide(a, b)
    whole = times.mantissa << times.exponent if times.exponent >= 0 else abs(times.mantissa) >> -times.exponent
    if times.exponent < 0 and times.minus:
        whole = -whole
    # Each step is rounded to what the first number has.
    taken = multiply(b, Number(whole, 0, a.bits))
    left = subtract(a, Number(taken.mantissa, taken.exponent, a.bits, minus=taken.minus))
    return Number(left.mantissa, left.exponent, a.bits, minus=left.minus)


def less(a: Number, b: Number) -> bool:
    if a.infinite or b.infinite:
        return (
            float(a) < float(b)
            if a.infinite and b.infinite
            else (a.infinite and a.minus) or (b.infinite and not b.minus)
        )
    low = min(a.exponent, b.exponent)
    return (a.mantissa << (a.exponent - low)) < (b.mantissa << (b.exponent - low))


def floor(a: Number) -> Number:
    if a.infinite:
        return a
    whole = a.mantissa << a.exponent if a.exponent >= 0 else a.mantissa >> -a.exponent
    return Number(whole, 0, max(whole.bit_length(), BITS))


def ceiling(a: Number) -> Number:
    if a.infinite:
        return a
    whole = a.mantissa << a.exponent if a.exponent >= 0 else -(-a.mantissa >> -a.exponent)
    return Number(whole, 0, max(whole.bit_length(), BITS))


def _quotient(a: int, a_exponent: int, b: int, b_exponent: int, bits: int, *, minus: bool) -> Number:
    top, bottom = abs(a), abs(b)
    shift = max(bits + 2 - top.bit_length() + bottom.bit_length(), 0)
    found, rest = divmod(top << shift, bottom)
    # One more bit says whether something is left.
    found = found << 1 | bool(rest)
    if (a < 0) is not (b < 0):
        found = -found
    return Number(found, a_exponent - b_exponent - shift - 1, bits, minus=minus)
