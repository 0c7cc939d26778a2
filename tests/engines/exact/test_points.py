from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.engines.exact.points import ADDRESSES, NUMBERS, PORTS, V6, address, at, inside, network, partition

intervals = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=3)


def truth(predicates, point):
    return sum(1 << i for i, p in enumerate(predicates) if any(a <= point < b for a, b in p))


@given(st.lists(intervals, max_size=4))
def test_atoms_are_what_the_points_say(predicates) -> None:
    atoms = partition(predicates, (0, 21))
    assert set(atoms) == {truth(predicates, n) for n in range(21)}
    for vector, (low, high) in atoms.items():
        assert low < high
        assert truth(predicates, low) == vector


@given(st.lists(st.fractions(-9, 9, max_denominator=4), min_size=1, max_size=4))
def test_between_dense_values_there_is_always_another(values) -> None:
    atoms = partition([[at(v)] for v in values], NUMBERS)
    for vector, interval in atoms.items():
        assert vector == sum(1 << i for i, v in enumerate(values) if v == inside(interval))
    assert 0 in atoms


def test_addresses_of_both_families_lie_on_one_line() -> None:
    blocks = [network("10.0.0.0/8"), network("10.1.2.3"), network("2001:db8::/32"), network("0.0.0.0/0")]
    atoms = partition([[b] for b in blocks], ADDRESSES)
    assert {v: address(low) for v, (low, _) in atoms.items()} == {
        0b1000: "0.0.0.0",
        0b1001: "10.0.0.0",
        0b1011: "10.1.2.3",
        0b0100: "2001:db8::",
        0b0000: "::",
    }
    assert network("::/0") == (V6, ADDRESSES[1])
    with pytest.raises(ValueError, match="does not appear"):
        network("10.0.0.0/33")


def test_ports() -> None:
    assert partition([[(22, 23)], [(0, 1024)]], PORTS) == {0b10: (0, 22), 0b11: (22, 23), 0: (1024, 65536)}


def test_a_value_of_an_unbounded_interval_is_plain() -> None:
    assert inside(NUMBERS) == 0
    assert inside(((Fraction(5), 1), NUMBERS[1])) == 6
    assert inside((NUMBERS[0], (Fraction(-3), 0))) == -4
