import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.engines.iam.document import KINDS, STATEMENTS_MAX, TEXT_MAX, operator, parse

GOOD = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def says(statement, kind="identity"):
    return [str(p) for p in parse({"Version": "2012-10-17", "Statement": statement}, kind).problems]


def test_a_misspelt_condition_is_rejected_and_its_place_named() -> None:
    assert says([{**GOOD, "Conditions": {}}]) == ["Statement[0].Conditions: no element of a statement"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"NotAction": "s3:*"}, "Statement: both `Action` and `NotAction`"),
        ({"NotResource": "*"}, "Statement: both `Resource` and `NotResource`"),
        ({"Effect": "allow"}, "Statement.Effect: must be `Allow` or `Deny`"),
        ({"Action": "GetObject"}, "Statement.Action: no `service:action`: `GetObject`"),
        ({"Action": [1]}, "Statement.Action[0]: must be a string"),
        ({"Resource": "my-bucket"}, "Statement.Resource: no ARN: `my-bucket`"),
        ({"Principal": "*"}, "Statement.Principal: a policy of kind `identity` names no principal"),
        ({"Condition": {"StringIs": {}}}, "Statement.Condition.StringIs: no condition operator"),
        ({"Condition": {"NullIfExists": {"a:b": "true"}}}, "Statement.Condition.NullIfExists: no condition operator"),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/33"}}}, "Statement.Condition.IpAddress.aws:SourceIp: no address or CIDR block: `10.0.0.0/33`"),
        ({"Condition": {"Bool": {"a:b": "yes"}}}, "Statement.Condition.Bool.a:b: neither `true` nor `false`: `yes`"),
        ({"Condition": {"DateLessThan": {"a:b": "soon"}}}, "Statement.Condition.DateLessThan.a:b: no date: `soon`"),
        ({"Condition": {"StringEquals": {"a:b": "1", "A:B": "2"}}}, "Statement.Condition.StringEquals.A:B: the same key in another case stands beside it"),
    ],
)  # fmt: skip
def test_what_iam_rejects_is_said(change, message) -> None:
    assert says({**GOOD, **change}) == [message]


def test_principals_are_asked_for_where_they_belong() -> None:
    assert says(GOOD, "resource") == ["Statement.Principal: missing: neither `Principal` nor `NotPrincipal`"]
    assert says({**GOOD, "Principal": {"AWS": "arn:aws:iam::111122223333:role/*"}}, "resource") == [
        "Statement.Principal.AWS: a wildcard in part of a principal: `arn:aws:iam::111122223333:role/*`"
    ]


def test_json_text_is_read_with_its_double_keys() -> None:
    text = '{"Version": "2012-10-17", "Statement": [], "Statement": []}'
    assert [str(p) for p in parse(text).problems] == ["Statement: written twice in one object"]
    assert [str(p) for p in parse('{"Version": ').problems] == ["no JSON: expecting value (line 1, column 13)"]


def test_limits_are_problems() -> None:
    assert "characters" in str(parse(" " * (TEXT_MAX + 1)).problems[0])
    assert "nested" in str(parse("[" * 200_000).problems[0])
    assert "statements" in str(parse({"Statement": [GOOD] * (STATEMENTS_MAX + 1)}).problems[0])


def test_operators_have_qualifiers_and_if_exists() -> None:
    found, qualifier, if_exists = operator("ForAnyValue:StringNotLikeIfExists")
    assert (found.name, found.negated, qualifier, if_exists) == ("StringNotLike", True, "ForAnyValue", True)
    assert operator("ForSomeValue:StringLike") is None


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["Allow", "*", "s3:*", "true"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["Statement", "Effect", "Action", "Resource", "Principal", "AWS", "Condition", "Null", "StringLike", "a:b", "Version"]) | st.text(max_size=3), inner, max_size=5
    ),
    max_leaves=20,
)  # fmt: skip


@given(plain, st.sampled_from(KINDS))
def test_no_document_raises(document, kind) -> None:
    for policy in (parse(document, kind), parse(json.dumps(document), kind)):
        assert policy.problems or isinstance(document, dict)


def test_a_number_without_end_is_a_problem() -> None:
    condition = {"NumericLessThan": {"a:b": 10**6000}}
    assert says({**GOOD, "Condition": condition}) == [
        "Statement.Condition.NumericLessThan.a:b: must be a string, number or Boolean, or a list of them"
    ]
