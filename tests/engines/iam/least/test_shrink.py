"""Policies reduced: what is dropped is dropped by proof."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold import iam
from fourfold.engines.iam.least.shrink import Use, shrink

Statement = dict[str, Any]


def allow(action: Any, resource: Any = "*", **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*") -> Statement:
    return {"Effect": "Deny", "Action": action, "Resource": resource}


def document(*statements: Statement) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def test_what_is_said_twice_is_said_once() -> None:
    found = shrink(document(allow(["s3:GetObject", "s3:Get*"], ["arn:aws:s3:::b/*", "arn:aws:s3:::b/x/*"]),
                            allow("s3:GetObject", "arn:aws:s3:::b/x/y")))  # fmt: skip
    assert found.document["Statement"] == [allow("s3:Get*", "arn:aws:s3:::b/*")]
    assert [(d.what, d.where, d.why) for d in found.dropped] == [
        ("arn:aws:s3:::b/x/*", "Statement[0].Resource", "redundant"),
        ("s3:GetObject", "Statement[0].Action", "redundant"),
        ("Statement[1]", "Statement[1]", "redundant"),
    ]
    assert (found.within.verdict, found.covers.verdict) == ("proved", "proved")
    assert found.after < found.before


def test_what_allows_nothing_is_dropped_as_dead() -> None:
    found = shrink(
        document(allow(["s3:ListBucket", "s3:GetObject"], "arn:aws:s3:::b/*"), deny("ec2:*"), allow("ec2:RunInstances"))
    )
    assert found.document["Statement"] == [allow("s3:GetObject", "arn:aws:s3:::b/*"), deny("ec2:*")]
    assert {d.why for d in found.dropped} == {"dead"}


def test_a_deny_stays_though_nothing_is_allowed_that_it_denies() -> None:
    found = shrink(document(allow("s3:GetObject"), deny(["ec2:*", "ec2:RunInstances"])))
    assert found.document["Statement"] == [allow("s3:GetObject"), deny("ec2:*")]


def test_uses_narrow_actions_and_resources_and_keep_conditions() -> None:
    held = {"Bool": {"aws:SecureTransport": "true"}}
    original = document(allow(["dynamodb:*", "sqs:SendMessage"], "*", Condition=held), deny("dynamodb:DeleteTable"))
    uses = [Use("dynamodb:GetItem", ("arn:aws:dynamodb:eu-west-1:111122223333:table/t",)), Use("dynamodb:PutItem")]
    found = shrink(original, uses)
    assert found.document["Statement"] == [
        allow("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/t", Condition=held),
        allow("dynamodb:PutItem", "*", Condition=held),
        deny("dynamodb:DeleteTable"),
    ]
    assert ("sqs:SendMessage", "unused") in [(d.what, d.why) for d in found.dropped]
    assert iam.no_new_access(original, found.document).verdict == "proved"
    assert found.covers.verdict == "proved"


def test_a_use_that_is_not_allowed_is_missing() -> None:
    found = shrink(document(allow("s3:GetObject", "arn:aws:s3:::b/*")), [Use("s3:PutObject"), Use("s3:GetObject")])
    assert [u.action for u in found.missing] == ["s3:PutObject"]
    assert found.document["Statement"] == [allow("s3:GetObject", "arn:aws:s3:::b/*")]


def test_not_action_becomes_what_is_used() -> None:
    found = shrink(
        document({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
        [Use("sqs:SendMessage"), Use("iam:GetRole")],
    )
    assert found.document["Statement"] == [allow("sqs:SendMessage")]
    assert [u.action for u in found.missing] == ["iam:GetRole"]


def test_a_stand_in_that_is_excluded_leaves_the_policy_as_it_is() -> None:
    original = document(allow("s3:GetObject", "arn:aws:s3:::a/*"), allow("s3:GetObject", "arn:aws:s3:::a/*"),
                        {"Effect": "Deny", "Action": "s3:*", "NotResource": "<Bucket>"})  # fmt: skip
    found = shrink(original)
    assert len(found.document["Statement"]) == 3
    assert "known only at deployment" in found.notes[0]
    assert found.within.verdict == "unknown"


ACTIONS = st.sampled_from(["s3:GetObject", "s3:Get*", "s3:*", "s3:ListBucket", "sqs:SendMessage", "*"])
RESOURCES = st.sampled_from(["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b", "arn:aws:s3:::b/x/*", "arn:aws:sqs:*:*:q"])
STATEMENTS = st.builds(
    lambda effect, actions, resources: {"Effect": effect, "Action": actions, "Resource": resources},
    st.sampled_from(["Allow", "Allow", "Deny"]),
    st.lists(ACTIONS, min_size=1, max_size=3, unique=True),
    st.lists(RESOURCES, min_size=1, max_size=3, unique=True),
)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(STATEMENTS, min_size=1, max_size=4),
    st.lists(st.builds(lambda a, r: Use(a, (r,)), ACTIONS, RESOURCES), max_size=3),
)
def test_nothing_is_lost_and_nothing_is_won(statements: list[Statement], uses: list[Use]) -> None:
    original = document(*statements)
    same = shrink(original)
    assert iam.equivalent(original, same.document).verdict == "proved"
    denies = [
        document(*({**s, "Effect": "Allow"} for s in d["Statement"] if s["Effect"] == "Deny"))
        for d in (original, same.document)
    ]
    assert iam.equivalent(*denies).verdict == "proved"
    less = shrink(original, uses)
    assert (less.within.verdict, less.covers.verdict) == ("proved", "proved")
    assert iam.no_new_access(original, less.document).verdict == "proved"
