"""Laws of IAM's policy language, for random policies and requests."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fourfold.engines.iam.document import parse
from fourfold.engines.iam.request import request
from fourfold.engines.iam.spec import decide, evaluate
from fourfold.engines.iam.symbolic import disjoint, equivalent, is_empty, no_new_access
from tests.engines.iam.policies import documents, requests, statements

seeds = st.builds(Random, st.integers(0, 2**32))
quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.large_base_example, HealthCheck.too_slow]
)
EVERYTHING = parse({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
NOTHING = parse({"Version": "2012-10-17", "Statement": []})


def with_statements(document, *more):
    return parse({**document, "Statement": [*document["Statement"], *more]})


@quick
@given(documents(), seeds)
def test_deny_beats_allow(document, random) -> None:
    for asked in requests(random, 10):
        made = request(asked)
        denied = with_statements(document, {"Effect": "Deny", "Action": asked["action"], "Resource": "*"})
        assert evaluate([denied], made).outcome == "explicit_deny"
        assert decide(made, {"identity": [[EVERYTHING, denied]]}).outcome == "explicit_deny"


@quick
@given(seeds)
def test_default_deny(random) -> None:
    for asked in requests(random, 5):
        assert evaluate([NOTHING], request(asked)).outcome == "implicit_deny"
    assert is_empty(NOTHING).verdict == "proved"


@quick
@given(documents(), statements())
def test_a_further_deny_adds_no_access_and_a_further_allow_takes_none(document, more) -> None:
    policy, denying, allowing = (
        parse(document),
        with_statements(document, {**more, "Effect": "Deny"}),
        with_statements(document, {**more, "Effect": "Allow"}),
    )
    assert no_new_access(policy, denying).verdict == "proved"
    assert no_new_access(allowing, policy).verdict == "proved"


@quick
@given(documents())
def test_a_policy_is_equivalent_to_itself_in_any_order(document) -> None:
    turned = {**document, "Statement": document["Statement"][::-1]}
    assert equivalent(parse(document), parse(turned)).verdict == "proved"


@quick
@given(documents())
def test_nothing_is_below_and_everything_above_each_policy(document) -> None:
    policy = parse(document)
    assert no_new_access(policy, NOTHING).verdict == "proved"
    assert no_new_access(EVERYTHING, policy).verdict == "proved"
    assert disjoint(policy, NOTHING).verdict == "proved"


@quick
@given(documents(), documents(), documents())
def test_no_new_access_is_transitive(a, b, c) -> None:
    a, b, c = parse(a), parse(b), parse(c)
    if no_new_access(a, b).verdict == no_new_access(b, c).verdict == "proved":
        assert no_new_access(a, c).verdict != "witness"


@quick
@given(documents(), documents())
def test_disjoint_is_symmetric(a, b) -> None:
    a, b = parse(a), parse(b)
    assert {disjoint(a, b).verdict, disjoint(b, a).verdict} != {"proved", "witness"}


@quick
@given(statements())
def test_a_statement_and_its_not_action_twin_are_disjoint_and_together_everything_of_it(statement) -> None:
    statement = {**statement, "Effect": "Allow"}
    name = "Action" if "Action" in statement else "NotAction"
    twin = {("NotAction" if k == "Action" else "Action" if k == "NotAction" else k): v for k, v in statement.items()}
    whole = {("Action" if k == name else k): ("*" if k == name else v) for k, v in statement.items()}
    one, other, both, every = (
        parse({"Version": "2012-10-17", "Statement": s}) for s in (statement, twin, [statement, twin], whole)
    )
    assert disjoint(one, other).verdict == "proved"
    assert equivalent(both, every).verdict == "proved"


def test_not_action_includes_unknown_actions() -> None:
    rest = parse({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}})
    made = request({"principal": "arn:aws:iam::111122223333:role/a", "action": "new2099:LaunchThing", "resource": "*"})
    assert evaluate([rest], made).outcome == "allowed"
    listed = parse(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["s3:*", "ec2:*"], "Resource": "*"}}
    )
    assert no_new_access(listed, rest).verdict == "witness"
