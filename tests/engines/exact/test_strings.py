from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.engines.exact import strings
from fourfold.engines.exact.answer import Unknown
from fourfold.engines.exact.globs import (
    DIGIT,
    NAME_ONE,
    NAME_STAR,
    SEGMENT_ONE,
    SEGMENT_STAR,
    glob,
    literal,
    matches,
    normal,
)
from fourfold.engines.exact.strings import Automaton, partition
from tests.engines.exact.brute import words

WORDS = words("ab:c/A7", 3)
WILD = {
    "segment": {"*": SEGMENT_STAR, "?": SEGMENT_ONE},
    "name": {"*": NAME_STAR, "?": NAME_ONE},
    "digit": {"*": NAME_STAR, "?": DIGIT},
}


@st.composite
def globs(draw):
    text = draw(st.text("ab:/*?A7", max_size=5))
    kind = draw(st.sampled_from(["plain", "segment", "name", "digit", "folded", "literal"]))
    if kind in WILD:
        return normal([WILD[kind].get(c) or ord(c) for c in text])
    return literal(text) if kind == "literal" else glob(text, folded=kind == "folded")


def truth(patterns, text):
    return sum(1 << i for i, p in enumerate(patterns) if matches(p, text))


@given(st.lists(globs(), max_size=5), st.text("ab:cAB/7", max_size=7))
def test_the_automaton_runs_as_its_patterns_match(patterns, text) -> None:
    automaton = Automaton(patterns)
    assert automaton.vector(automaton.run(text)) == truth(patterns, text)


@settings(max_examples=80, deadline=None)
@given(st.lists(globs(), max_size=4))
def test_atoms_are_complete_and_each_has_a_member(patterns) -> None:
    atoms = partition(patterns)
    for vector, text in atoms.items():
        assert truth(patterns, text) == vector
    for word in WORDS:
        assert truth(patterns, word) in atoms


@settings(max_examples=60, deadline=None)
@given(st.lists(globs(), min_size=1, max_size=4))
def test_within_keeps_exactly_the_atoms_inside(patterns) -> None:
    everything = partition(patterns)
    assert set(partition(patterns, within=1)) == {v for v in everything if v & 1}


def test_a_witness_is_the_shortest_or_a_name_that_fits() -> None:
    patterns = [glob("arn:aws:s3:::b/*"), glob("*/private/*")]
    assert partition(patterns, within=1)[1] == "arn:aws:s3:::b/"
    assert partition(patterns, within=1, names=["arn:aws:s3:::b/photo.jpg"])[1] == "arn:aws:s3:::b/photo.jpg"


def test_case_counts_only_where_a_pattern_minds_it() -> None:
    atoms = partition([glob("team", folded=True), literal("Team")])
    assert set(atoms) == {0, 1, 3}
    assert atoms[3] == "Team"


@settings(max_examples=80, deadline=None)
@given(st.lists(globs(), max_size=3), st.lists(st.text("ab:/7", max_size=4).map(literal), min_size=1, max_size=5))
def test_literals_beside_the_automaton_change_nothing(patterns, literals) -> None:
    every = [*patterns, *literals]
    inside = partition(every)
    with mock.patch.object(strings, "LITERALS_FEW", 0):
        beside = partition(every)
    assert set(beside) == set(inside)
    for vector, text in beside.items():
        assert truth(every, text) == vector


def test_thousands_of_literals_are_cut_at_once() -> None:
    cut = partition([glob("arn:aws:s3:::bucket-*"), *(literal(f"arn:aws:s3:::bucket-{i}/photos") for i in range(3000))])
    assert len(cut) == 3002


def test_many_inner_stars_are_given_up_in_bounded_time() -> None:
    answer = partition([glob("*" + "a?" * i + "b*c") for i in range(1, 20)], states_max=500)
    assert isinstance(answer, Unknown)
    assert "500" in answer.reason
