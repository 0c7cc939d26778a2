"""The symbolic engine against the point evaluator: witnesses are re-evaluated, proofs are attacked with random requests."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fourfold.engines.iam.document import parse
from fourfold.engines.iam.request import request
from fourfold.engines.iam.spec import evaluate
from fourfold.engines.iam.symbolic import DISAGREE, disjoint, is_empty, no_new_access
from tests.engines.iam.policies import documents, requests

seeds = st.builds(Random, st.integers(0, 2**32))
large = [HealthCheck.large_base_example, HealthCheck.too_slow, HealthCheck.data_too_large]


def allows(policy, made) -> bool:
    return evaluate([policy], made).outcome == "allowed"


def compare(answer, expected, random, *, everybody) -> None:
    """`expected` says of a request whether it refutes the property."""
    assert DISAGREE not in answer.reason
    if answer.verdict == "witness":
        assert expected(request(answer.request)), answer
    if answer.verdict == "proved":
        for asked in requests(random, 60, everybody=everybody):
            assert not expected(request(asked)), asked


@settings(max_examples=150, deadline=None, suppress_health_check=large)
@given(documents(), documents(), seeds)
def test_no_new_access_of_identity_policies(a, b, random) -> None:
    a, b = parse(a), parse(b)
    compare(no_new_access(a, b), lambda r: allows(b, r) and not allows(a, r), random, everybody=False)


@settings(max_examples=150, deadline=None, suppress_health_check=large)
@given(documents(principal=True), documents(principal=True), seeds)
def test_no_new_access_of_resource_policies(a, b, random) -> None:
    a, b = parse(a, "resource"), parse(b, "resource")
    compare(no_new_access(a, b), lambda r: allows(b, r) and not allows(a, r), random, everybody=True)


@settings(max_examples=80, deadline=None, suppress_health_check=large)
@given(documents(), documents(), seeds)
def test_disjoint(a, b, random) -> None:
    a, b = parse(a), parse(b)
    compare(disjoint(a, b), lambda r: allows(b, r) and allows(a, r), random, everybody=False)


@settings(max_examples=80, deadline=None, suppress_health_check=large)
@given(documents(principal=True), seeds)
def test_empty(a, random) -> None:
    a = parse(a, "resource")
    compare(is_empty(a), lambda r: allows(a, r), random, everybody=True)
