"""Formulas: what is simplified when they are put together."""

from fourfold.model.condition import FALSE, TRUE, Equals, Variable, both, either, negate

SIZE = Variable("t.yaml", "Size", ("s", "m", "l"))
SMALL, MEDIUM, LARGE = (Equals(SIZE, value) for value in ("s", "m", "l"))
OPEN = Equals(Variable("t.yaml", "Name"), "x")


def test_all_values_but_one_excluded_is_that_one() -> None:
    assert both(negate(SMALL), OPEN, negate(MEDIUM)) == both(LARGE, OPEN)
    assert str(both(negate(SMALL), negate(MEDIUM))) == "Size = l"


def test_all_values_excluded_cannot_be() -> None:
    assert both(negate(SMALL), negate(MEDIUM), negate(LARGE)) == FALSE


def test_an_open_variable_keeps_what_is_excluded() -> None:
    other = Equals(OPEN.variable, "y")
    assert str(both(negate(OPEN), negate(other))) == "Name != x and Name != y"


def test_what_is_excluded_covers_the_other_values() -> None:
    assert either(SMALL, negate(MEDIUM)) == negate(MEDIUM)
    assert either(negate(MEDIUM), OPEN, LARGE) == either(negate(MEDIUM), OPEN)
    assert either(negate(SMALL), negate(MEDIUM)) == TRUE
    assert either(SMALL, negate(SMALL)) == TRUE
