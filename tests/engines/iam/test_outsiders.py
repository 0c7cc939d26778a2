"""Who is let in that a policy does not name, compared with the point evaluator."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.engines.exact.answer import Proved, Witness
from fourfold.engines.iam import document
from fourfold.engines.iam.ground import Grounded
from fourfold.engines.iam.outsiders import Outside, outside
from fourfold.engines.iam.request import request
from fourfold.engines.iam.spec import evaluate
from fourfold.knowledge.iam_callers import says_who

STRANGER = "arn:aws:iam::999999999999:role/stranger"


def statements(*items: dict[str, Any]) -> list[Grounded]:
    found = document.parse({"Version": "2012-10-17", "Statement": list(items)}, "resource")
    assert not found.problems
    return [Grounded(s, s, s) for s in found.statements]


def judged(conditions: dict[str, Any], *denies: dict[str, Any]) -> Outside:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*", "Condition": conditions}
    first, *rest = statements(allow, *({"Effect": "Deny", "Principal": "*", "Resource": "*", **d} for d in denies))
    return outside(first, rest)


OPERATORS = ("StringEquals", "StringNotEquals", "StringEqualsIfExists", "StringLike")
VALUES = {
    "aws:PrincipalOrgID": ("o-ours", "*"),
    "aws:SourceVpce": ("vpce-ours", "vpce-*"),
    "aws:PrincipalAccount": ("111111111111", "*"),
    "aws:UserAgent": ("ours", "*"),
}
BLOCKS = st.dictionaries(
    st.sampled_from(OPERATORS),
    st.sampled_from(sorted(VALUES)).flatmap(lambda key: st.sampled_from(VALUES[key]).map(lambda value: {key: value})),
    max_size=2,
)
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "aws:PrincipalOrgID": st.just("o-theirs"),
        "aws:SourceVpce": st.just("vpce-theirs"),
        "aws:UserAgent": st.sampled_from(["ours", "theirs"]),
    },
)


@given(BLOCKS, st.lists(st.tuples(st.sampled_from(["sqs:*", "sqs:SendMessage"]), BLOCKS), max_size=2), st.data())
@settings(max_examples=60, deadline=None)
def test_a_proof_survives_every_stranger_and_a_witness_is_allowed(allowed, denied, data) -> None:
    denies = [{"Action": action, "Condition": block} for action, block in denied]
    answer = judged(allowed, *denies)
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*", "Condition": allowed}
    policy = document.parse(
        {"Version": "2012-10-17", "Statement": [allow, *({"Effect": "Deny", "Principal": "*", "Resource": "*", **d} for d in denies)]},
        "resource",
    )  # fmt: skip
    if isinstance(answer.sure, Witness):
        assert evaluate([policy], request(answer.sure.request)).outcome == "allowed"
    if isinstance(answer.may, Proved):
        asked = {
            "principal": STRANGER, "action": data.draw(st.sampled_from(["sqs:SendMessage", "sqs:DeleteQueue"])),
            "resource": "arn:aws:sqs:us-east-1:111111111111:q", "context": data.draw(CONTEXTS),
        }  # fmt: skip
        assert evaluate([policy], request(asked)).outcome != "allowed"


def test_an_account_that_is_a_wildcard_names_nobody() -> None:
    answer = judged({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deployer"}})
    assert isinstance(answer.sure, Witness)
    assert answer.sure.request["principal"] == "arn:aws:iam::999999999999:role/deployer"


def test_a_key_that_nobody_can_judge_leaves_it_open() -> None:
    answer = judged({"StringEquals": {"sqs:NewKey": "x"}})
    assert isinstance(answer.sure, Proved)
    assert not isinstance(answer.may, Proved)
    assert "sqs:NewKey" in answer.reason


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("arn:aws:sns:us-east-1:111111111111:*", True),
        ("arn:aws:sns:*:*:orders", False),
        ("arn:aws:s3:::orders", True),
        ("arn:aws:s3:::orders*", False),
        ("arn:aws:s3:*:*:orders", True),
        ("arn:aws:execute-api:*:*:a1b2c3/*", True),
        ("*", False),
    ],
)
def test_an_arn_names_its_owner(value, named) -> None:
    assert says_who("arn", value) is named
