"""Numbers of 512 bits: exact arithmetic, rounding, and the shortest text that means a number."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.model.value import Known
from fourfold.sources.terraform.evaluate import numbers
from fourfold.sources.terraform.evaluate.kinds import Invalid
from fourfold.sources.terraform.evaluate.limits import TooMuch
from fourfold.sources.terraform.evaluate.numbers import BITS, Exact, Number, as_known, number_of, parse

WHOLE = st.integers(-(10**30), 10**30)
DECIMAL = st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**20), max_value=10**20)


def exact(number: Number) -> Fraction:
    return Fraction(number.mantissa) * Fraction(2) ** number.exponent


def nearest(want: Fraction, have: Number) -> bool:
    """Whether no number of 512 bits is nearer."""
    unit = Fraction(2) ** (have.exponent + have.mantissa.bit_length() - BITS)
    return abs(want - exact(have)) <= unit / 2


@given(DECIMAL)
def test_the_shortest_text_of_a_decimal_is_itself(value) -> None:
    number = parse(format(value, "f"))
    assert nearest(Fraction(value), number)
    assert Fraction(number.text()) == Fraction(value)


@given(WHOLE, WHOLE.filter(bool))
def test_a_quotient_is_rounded_once(a: int, b: int) -> None:
    found = numbers.divide(Number(a), Number(b))
    assert nearest(Fraction(a, b), found)
    assert parse(found.text()).key == found.key


@given(DECIMAL, DECIMAL)
def test_sums_differences_and_products_are_rounded_once(a, b) -> None:
    x, y = parse(str(a)), parse(str(b))
    assert nearest(exact(x) + exact(y), numbers.add(x, y))
    assert nearest(exact(x) - exact(y), numbers.subtract(x, y))
    assert nearest(exact(x) * exact(y), numbers.multiply(x, y))
    assert numbers.less(x, y) is (exact(x) < exact(y))


@given(WHOLE)
def test_whole_numbers_stay_plain(value: int) -> None:
    found = as_known(Number(value))
    assert type(found) is Known
    assert (found.value, number_of(found).text()) == (value, str(value))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_that_was_computed_keeps_its_bits(value: float) -> None:
    number = numbers.of_float(value) if abs(value) > 1e-290 or not value else Number(0)
    assert float(number) == value or abs(value) <= 1e-290


def test_a_third_is_no_float() -> None:
    found = as_known(numbers.divide(Number(1), Number(3)))
    assert isinstance(found, Exact)
    assert number_of(found).text() == "0." + "3" * 154 + "5"


def test_zero_has_a_sign() -> None:
    minus = numbers.negative(Number(0))
    assert minus.text() == "-0"
    assert numbers.add(minus, Number(0)).text() == "0"


def test_what_is_divided_by_zero_is_infinite() -> None:
    endless = numbers.divide(Number(1), Number(0))
    assert (endless.text(), float(endless)) == ("+Inf", float("inf"))
    with pytest.raises(Invalid):
        numbers.subtract(endless, endless)


@pytest.mark.parametrize("text", ["1e5000", "1e-5000", "9" * 20_000, "1e999999999", "0x1", "", ".", "1__0"])
def test_what_is_no_number_or_too_large_is_refused(text: str) -> None:
    with pytest.raises((Invalid, TooMuch)):
        parse(text)
