from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.engines.exact.globs import (
    ANYTHING,
    DIGIT,
    NAME_ONE,
    NAME_STAR,
    ONE,
    SEGMENT_ONE,
    SEGMENT_STAR,
    STAR,
    covers,
    disjoint,
    glob,
    literal,
    matches,
    normal,
)
from tests.engines.exact.brute import like, words

patterns = st.text("ab:*?", max_size=6)
texts = st.text("ab:c", max_size=7)
WORDS = words("ab:c", 5)


def segment(text):
    return normal([SEGMENT_STAR if c == "*" else SEGMENT_ONE if c == "?" else ord(c) for c in text])


@given(patterns, texts)
def test_matching_is_that_of_the_reference(pattern, text) -> None:
    assert matches(glob(pattern), text) == like(pattern, text)
    assert matches(segment(pattern), text) == like(pattern, text, segments=True)


@given(patterns, st.text("abAB*", max_size=6))
def test_folded_patterns_do_not_mind_the_case(pattern, text) -> None:
    assert matches(glob(pattern.upper(), folded=True), text) == like(pattern, text.lower())


@settings(max_examples=60, deadline=None)
@given(patterns, patterns, st.booleans(), st.booleans())
def test_disjoint_is_exact_and_covers_is_sure(a, b, seg_a, seg_b) -> None:
    x, y = (segment(a) if seg_a else glob(a)), (segment(b) if seg_b else glob(b))
    in_a, in_b = {w for w in WORDS if matches(x, w)}, {w for w in WORDS if matches(y, w)}
    if disjoint(x, y):
        assert not in_a & in_b
    elif len(a) + len(b) <= 5:
        assert in_a & in_b
    if covers(x, y):
        assert in_b <= in_a


KINDS = [
    {"*": STAR, "?": ONE},
    {"*": SEGMENT_STAR, "?": SEGMENT_ONE},
    {"*": NAME_STAR, "?": NAME_ONE},
    {"*": STAR, "?": DIGIT},
]
MORE = words("a:/7", 5)
kinds = st.builds(
    lambda text, kind: normal([kind.get(c) or ord(c) for c in text]),
    st.text("a:/7*?", max_size=5),
    st.sampled_from(KINDS),
)


@settings(max_examples=120, deadline=None)
@given(kinds, kinds)
def test_wildcards_of_all_kinds_meet_and_cover(x, y) -> None:
    in_x, in_y = {w for w in MORE if matches(x, w)}, {w for w in MORE if matches(y, w)}
    if disjoint(x, y):
        assert not in_x & in_y
    elif len(x.tokens) + len(y.tokens) <= 5:
        assert in_x & in_y
    if covers(x, y):
        assert in_y <= in_x


def test_covers_sees_what_policies_write() -> None:
    assert covers(glob("s3:*"), glob("s3:Get*"))
    assert covers(glob("arn:aws:s3:::b/*"), glob("arn:aws:s3:::b/x/*y?"))
    assert covers(ANYTHING, literal(""))
    assert not covers(glob("s3:Get*"), glob("s3:*"))
    assert covers(glob("A*", folded=True), glob("ab"))
    assert not covers(glob("A*"), glob("ab", folded=True))


def test_a_literal_keeps_its_wildcards() -> None:
    assert matches(literal("a*"), "a*")
    assert not matches(literal("a*"), "ab")


def test_wildcards_have_one_order() -> None:
    assert glob("*?*?") == glob("??*")
    assert normal([SEGMENT_STAR, STAR]).tokens == (STAR,)
    assert glob("?*").tokens == (ONE, STAR)
