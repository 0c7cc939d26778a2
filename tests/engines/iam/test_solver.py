"""The symbolic engine against cvc5, which is given the same question as satisfiability over strings."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fourfold.engines.iam.document import parse
from fourfold.engines.iam.symbolic import no_new_access
from tests.engines.iam import solver

pytest.importorskip("cvc5", reason="no cvc5: `./test` installs it")

ACTIONS = ["s3:GetObject", "s3:Get*", "s3:*", "*", "s3:?et*", "*:*Object", "iam:Pass*"]
RESOURCES = [
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/x",
    "arn:aws:s3:::b*",
    "arn:aws:s3:::*/x",
    "arn:aws:*:b/x",
    "arn:a?s:s3:::b/x*y",
]
VALUES = ["o-1", "o-2", "o-*", "*", "?-1", "", "*1"]
OPERATORS = [
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIfExists",
    "StringLikeIfExists",
]


@st.composite
def statements(draw):
    out = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    for name, values in (("Action", ACTIONS), ("Resource", RESOURCES)):
        prefix = draw(st.sampled_from(["", "", "", "Not"]))
        out[prefix + name] = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2))
    block = {}
    for _ in range(draw(st.integers(0, 2))):
        key = draw(st.sampled_from(["a:b", "a:c"]))
        if draw(st.integers(0, 5)) == 0:
            block.setdefault("Null", {})[key] = [draw(st.sampled_from(["true", "false"]))]
        else:
            operator = draw(st.sampled_from(OPERATORS))
            block.setdefault(operator, {})[key] = draw(st.lists(st.sampled_from(VALUES), min_size=1, max_size=2))
    return {**out, "Condition": block} if block else out


documents = st.builds(
    lambda s: {"Version": "2008-10-17", "Statement": s}, st.lists(statements(), min_size=1, max_size=3)
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(documents, documents)
def test_both_find_the_same_new_access(reference, candidate) -> None:
    answer = no_new_access(parse(reference), parse(candidate), typing="none")
    found = solver.satisfiable(solver.new_access(reference, candidate), limit_ms=2_000)
    assert answer.verdict != "unknown"
    if found is not None:
        assert answer.verdict == ("witness" if found else "proved"), answer
