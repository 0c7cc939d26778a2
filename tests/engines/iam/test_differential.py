"""The symbolic engine against the point evaluator: witnesses are re-evaluated, proofs are attacked with random requests."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fourfold.engines.iam import shapes
from fourfold.engines.iam.document import parse
from fourfold.engines.iam.request import request
from fourfold.engines.iam.spec import evaluate
from fourfold.engines.iam.symbolic import DISAGREE, disjoint, is_empty, no_new_access
from tests.engines.iam.policies import KEYS, OPERATORS, REQUEST_VALUES, VALUES, documents, requests

seeds = st.builds(Random, st.integers(0, 2**32))
large = [HealthCheck.large_base_example, HealthCheck.too_slow, HealthCheck.data_too_large]


def allows(policy, made) -> bool:
    return evaluate([policy], made).outcome == "allowed"


def compare(ask, expected, random, *, everybody) -> None:
    """`ask` answers by a typing; `expected` says of a request whether it refutes the property."""
    typing = random.choice(["none", "open", "closed"])
    answer = ask(typing)
    assert DISAGREE not in answer.reason
    if answer.verdict == "witness":
        assert expected(request(answer.request)), answer
    if answer.verdict == "proved":
        for asked in requests(random, 60, everybody=everybody):
            if typing == "none" or exists(asked["action"], asked["resource"], map(str.lower, asked["context"]), typing):
                assert not expected(request(asked)), (typing, asked)


def exists(action, resource, keys, typing) -> bool:
    return shapes.exists(action, resource, keys) and (typing == "open" or shapes.known(action) is not None)


@settings(max_examples=150, deadline=None, suppress_health_check=large)
@given(documents(), documents(), seeds)
def test_no_new_access_of_identity_policies(a, b, random) -> None:
    a, b = parse(a), parse(b)
    compare(
        lambda t: no_new_access(a, b, typing=t), lambda r: allows(b, r) and not allows(a, r), random, everybody=False
    )


@settings(max_examples=150, deadline=None, suppress_health_check=large)
@given(documents(principal=True), documents(principal=True), seeds)
def test_no_new_access_of_resource_policies(a, b, random) -> None:
    a, b = parse(a, "resource"), parse(b, "resource")
    compare(
        lambda t: no_new_access(a, b, typing=t), lambda r: allows(b, r) and not allows(a, r), random, everybody=True
    )


@settings(max_examples=80, deadline=None, suppress_health_check=large)
@given(documents(), documents(), seeds)
def test_disjoint(a, b, random) -> None:
    a, b = parse(a), parse(b)
    compare(lambda t: disjoint(a, b, typing=t), lambda r: allows(b, r) and allows(a, r), random, everybody=False)


@settings(max_examples=80, deadline=None, suppress_health_check=large)
@given(documents(principal=True), seeds)
def test_empty(a, random) -> None:
    a = parse(a, "resource")
    compare(lambda t: is_empty(a, typing=t), lambda r: allows(a, r), random, everybody=True)


@st.composite
def about_one_key(draw):
    """Two policies whose statements differ in their conditions on one key, and all values of it that are tried."""
    family = draw(st.sampled_from(["string", "string", "numeric", "date", "ip", "arn"]))
    key = draw(
        st.sampled_from(
            {
                **KEYS,
                "string": ["aws:TagKeys", "aws:PrincipalOrgID"],
                "date": ["aws:TokenIssueTime"],
                "arn": ["aws:SourceArn"],
            }[family]
        )
    )

    def statement():
        operator = draw(st.sampled_from(OPERATORS[family]))
        operator = (
            draw(st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"]))
            + operator
            + draw(st.sampled_from(["", "IfExists"]))
        )
        values = draw(st.lists(st.sampled_from(VALUES[family]), min_size=1, max_size=2))
        effect = draw(st.sampled_from(["Allow", "Deny"]))
        return {"Effect": effect, "Action": "*", "Resource": "*", "Condition": {operator: {key: values}}}

    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    one, other = (
        parse(
            {
                "Version": "2012-10-17",
                "Statement": [*([everything] if draw(st.booleans()) else []), statement(), statement()],
            }
        )
        for _ in range(2)
    )
    tried = next(v for k, v in REQUEST_VALUES.items() if k.lower() == key.lower())
    border = [v for v in VALUES[family] if "*" not in v and "/" not in v]
    who = {"principal": "arn:aws:iam::111122223333:role/a", "action": "s3:GetObject"}
    return one, other, [{**who, "context": {key: v}} for v in (*tried, *border)] + [{**who, "context": {}}]


@settings(max_examples=250, deadline=None, suppress_health_check=large)
@given(about_one_key())
def test_conditions_on_one_key(drawn) -> None:
    a, b, asked = drawn
    answer = no_new_access(a, b, typing="none")
    assert DISAGREE not in answer.reason
    new = [one for one in asked if allows(b, request(one)) and not allows(a, request(one))]
    if answer.verdict == "proved":
        assert not new
    if answer.verdict == "witness":
        made = request(answer.request)
        assert allows(b, made)
        assert not allows(a, made)
