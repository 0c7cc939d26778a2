from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.engines.exact.answer import Unknown
from fourfold.engines.exact.globs import SEGMENT_ONE, SEGMENT_STAR, glob, literal, matches, normal
from fourfold.engines.exact.strings import Automaton, partition
from tests.engines.exact.brute import words

WORDS = words("ab:cA", 4)


@st.composite
def globs(draw):
    text = draw(st.text("ab:*?A", max_size=5))
    kind = draw(st.sampled_from(["plain", "segment", "folded", "literal"]))
    if kind == "segment":
        return normal([SEGMENT_STAR if c == "*" else SEGMENT_ONE if c == "?" else ord(c) for c in text])
    return literal(text) if kind == "literal" else glob(text, folded=kind == "folded")


def truth(patterns, text):
    return sum(1 << i for i, p in enumerate(patterns) if matches(p, text))


@given(st.lists(globs(), max_size=5), st.text("ab:cAB", max_size=7))
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


def test_many_inner_stars_are_given_up_in_bounded_time() -> None:
    answer = partition([glob("*" + "a?" * i + "b*c") for i in range(1, 20)], states_max=500)
    assert isinstance(answer, Unknown)
    assert "500" in answer.reason
