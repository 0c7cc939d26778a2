"""Laws of the kernel's set algebra, each compared with sets of points written out."""

from hypothesis import given
from hypothesis import strategies as st

from fourfold.engines.exact.answer import Unknown
from fourfold.engines.exact.cubes import Space
from tests.engines.exact.brute import cube_points

FULL = {"action": 0b111, "resource": 0b1111, "key": 0b11}
SPACE = Space(FULL)
cubes = st.fixed_dictionaries({}, optional={d: st.integers(0, full) for d, full in FULL.items()})
unions = st.lists(cubes, max_size=4)


def points(union):
    return set().union(*(cube_points(c, FULL) for c in union))


@given(cubes, cubes)
def test_meet_is_intersection(a, b) -> None:
    both = SPACE.meet(a, b)
    assert cube_points(a, FULL) & cube_points(b, FULL) == (cube_points(both, FULL) if both is not None else set())


@given(cubes, cubes)
def test_sharp_is_difference_in_disjoint_cubes(a, b) -> None:
    pieces = SPACE.sharp(a, b)
    assert points(pieces) == cube_points(a, FULL) - cube_points(b, FULL)
    assert sum(len(cube_points(p, FULL)) for p in pieces) == len(points(pieces))


@given(unions, unions)
def test_subset_has_a_witness_exactly_when_it_fails(a, b) -> None:
    outside = SPACE.within(a, b)
    assert (outside is None) == (points(a) <= points(b))
    if outside is not None:
        assert tuple(SPACE.point(outside).values()) in points(a) - points(b)


@given(unions)
def test_a_union_and_its_complement_are_everything_and_share_nothing(a) -> None:
    rest = SPACE.complement(a)
    assert points(a) | points(rest) == points([{}])
    assert SPACE.common(a, rest) == []


@given(unions, unions)
def test_common_is_intersection_of_unions(a, b) -> None:
    assert points(SPACE.common(a, b)) == points(a) & points(b)


@given(unions)
def test_subtraction_of_itself_is_empty(a) -> None:
    assert SPACE.subtract(a, a) == []


def test_too_many_cubes_are_unknown() -> None:
    assert isinstance(SPACE.subtract([{}], [{"action": 1, "resource": 1, "key": 1}], cubes_max=2), Unknown)
