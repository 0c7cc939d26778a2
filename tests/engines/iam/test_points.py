"""Matching and conditions, as the documentation's tables say."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.engines.iam.document import parse
from fourfold.engines.iam.points import _units, _walker, applies
from fourfold.engines.iam.request import request
from fourfold.iam import no_new_access


def holds(operator, values, value=None, *, key="a:b", version="2012-10-17", **context) -> bool:
    block = {
        "Version": version,
        "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {key: values}}},
    }
    policy = parse(block)
    assert not policy.problems, policy.problems
    named = {k.replace("__", ":"): v for k, v in context.items()}
    asked = {
        "principal": "arn:aws:iam::111122223333:user/ann",
        "action": "s3:GetObject",
        "context": {**({} if value is None else {key: value}), **named},
    }
    return applies(policy.statements[0], request(asked), variables=policy.variables)


def about(resource, asked, **context) -> bool:
    policy = parse(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "S3:get?bject", "Resource": resource}}
    )
    named = {k.replace("__", ":"): v for k, v in context.items()}
    made = request(
        {
            "principal": "arn:aws:iam::111122223333:user/ann",
            "action": "s3:GetObject",
            "resource": asked,
            "context": named,
        }
    )
    return applies(policy.statements[0], made, variables=True)


@pytest.mark.parametrize(
    "operator",
    ["StringEquals", "StringLike", "NumericEquals", "DateLessThan", "Bool", "IpAddress", "ArnLike", "BinaryEquals"],
)
def test_a_missing_key_fails_a_positive_operator_and_passes_if_exists(operator) -> None:
    value = {"NumericEquals": "1", "DateLessThan": "2024-01-01", "Bool": "true", "IpAddress": "10.0.0.0/8"}.get(
        operator, "x"
    )
    assert not holds(operator, value)
    assert holds(f"{operator}IfExists", value)
    assert holds(f"ForAllValues:{operator}", value)
    assert not holds(f"ForAnyValue:{operator}", value)


@pytest.mark.parametrize(
    "operator", ["StringNotEquals", "StringNotLike", "NumericNotEquals", "NotIpAddress", "ArnNotLike"]
)
def test_a_missing_key_passes_a_negated_operator(operator) -> None:
    value = {"NumericNotEquals": "1", "NotIpAddress": "10.0.0.0/8"}.get(operator, "x")
    assert holds(operator, value)
    assert not holds(f"ForAnyValue:{operator}", value)


def test_values_are_alternatives_and_of_negated_operators_none_may_match() -> None:
    assert holds("StringEquals", ["x", "y"], "y")
    assert not holds("StringNotEquals", ["x", "y"], "y")


def test_sets() -> None:
    assert holds("ForAllValues:StringEquals", ["x", "y"], ["y", "x"])
    assert not holds("ForAllValues:StringEquals", ["x", "y"], ["y", "z"])
    assert holds("ForAnyValue:StringEquals", ["x", "y"], ["y", "z"])
    assert holds("ForAnyValue:StringNotEquals", ["x", "y"], ["y", "z"])
    assert not holds("StringEquals", "x", ["x", "y"])
    assert holds("ForAllValues:StringEquals", "x", [])


def test_null_asks_whether_the_key_is_there() -> None:
    assert holds("Null", "true")
    assert holds("Null", "false", "x")
    assert not holds("Null", "true", "x")


def test_case_and_wildcards() -> None:
    assert not holds("StringEquals", "A*", "Ab")
    assert holds("StringLike", "A*", "Ab:c")
    assert not holds("StringLike", "a*", "Ab")
    assert holds("StringEqualsIgnoreCase", "AB", "aB")
    assert holds("Bool", "true", True)
    assert holds("StringEquals", "x", "x", key="A:B", a__b="x")


def test_arns_are_compared_component_by_component() -> None:
    assert holds("ArnLike", "arn:aws:sns:*:111122223333:t*", "arn:aws:sns:us-east-1:111122223333:topic:x")
    assert not holds("ArnEquals", "arn:aws:*:t", "arn:aws:sns:us-east-1:111122223333:t")
    assert not holds("ArnLike", "arn:aws:sns:*:topic:x", "arn:aws:sns:us-east-1:111122223333:topic:x")


def test_numbers_dates_and_addresses() -> None:
    assert holds("NumericLessThanEquals", "10", 10)
    assert not holds("NumericLessThan", "10", 10)
    assert holds("DateGreaterThan", "2024-01-01T00:00:00Z", "1704067201")
    assert holds("DateEquals", "2024-01-01T01:00:00+01:00", "2024-01-01T00:00:00Z")
    assert holds("IpAddress", ["10.0.0.0/8", "2001:db8::/32"], "2001:db8::1")
    assert holds("NotIpAddress", "10.0.0.0/8", "11.0.0.1")


def test_resources_stay_in_their_components_but_for_an_asterisk_that_ends_one() -> None:
    assert about("arn:aws:s3:::b/*", "arn:aws:s3:::b/x:y/z")
    assert about("arn:aws:*:b/x", "arn:aws:s3:::b/x")
    assert not about("arn:aws:*s:b/x", "arn:aws:s3:::s:b/x")
    assert not about("arn:aws:s3:?::b/x", "arn:aws:s3::::b/x")
    assert not about("arn:aws:s3:::B/*", "arn:aws:s3:::b/x")


def test_variables() -> None:
    assert about("arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/ann/x")
    assert not about("arn:aws:s3:::b/${aws:PrincipalTag/team}/*", "arn:aws:s3:::b//x")
    assert about("arn:aws:s3:::b/${aws:PrincipalTag/team, 'none'}/*", "arn:aws:s3:::b/none/x")
    assert not about("arn:aws:s3:::b/${x:y}", "arn:aws:s3:::b/cc", x__y="*")
    assert about("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*")
    assert not about("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/c")
    assert holds("StringEquals", "${aws:username}", "ann")
    assert not holds("StringEquals", "${aws:username}", "ann", version="2008-10-17")
    assert holds("StringEquals", "${aws:username}", "${aws:username}", version="2008-10-17")


def test_many_asterisks_take_no_time() -> None:
    pattern = "arn:aws:s3:::" + "*a" * 40 + "*b"
    assert not about(pattern, "arn:aws:s3:::" + "a" * 2000)
    assert about(pattern, "arn:aws:s3:::" + "a" * 2000 + "b")
    policy = parse(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": ["s3:" + "*a" * 40 + "*b", "s3:x"], "Resource": "*"},
        }
    )
    who = {"principal": "anonymous", "resource": "*"}
    assert not applies(policy.statements[0], request({**who, "action": "s3:" + "a" * 2000}), variables=True)
    assert applies(policy.statements[0], request({**who, "action": "S3:" + "A" * 2000 + "b"}), variables=True)


def test_a_few_asterisks_take_no_time_either() -> None:
    pattern = "arn:aws:s3:::*a*a*a*b"
    assert not about(pattern, "arn:aws:s3:::" + "a" * 2000)
    assert about(pattern, "arn:aws:s3:::" + "a" * 2000 + "b")


@given(st.text("ab:*?", max_size=9), st.text("ab:", max_size=9), st.sampled_from(["plain", "resource", "arn"]))
def test_step_by_step_is_as_the_expression_says(pattern, text, mode) -> None:
    units = _units([(c, False) for c in pattern], mode)
    assert _walker(units)(text) == (re.fullmatch("".join(units), text, re.DOTALL) is not None)


def test_questions_know_such_resources() -> None:
    def api(resource):
        statement = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": resource}
        return {"Version": "2012-10-17", "Statement": statement}

    assert no_new_access(api("execute-api:/*"), api("execute-api:/prod/*"), kind="resource").verdict == "proved"
    assert no_new_access(api("execute-api:/prod/*"), api("execute-api:/*"), kind="resource").verdict == "witness"
    assert no_new_access(api("arn:*"), api("execute-api:/prod/GET/*"), kind="resource").verdict == "proved"


def test_a_resource_of_an_api_may_leave_away_the_arn_of_the_api() -> None:
    def matches(resource, asked="arn:aws:execute-api:eu-west-1:111122223333:abc/prod/GET/pets/1") -> bool:
        document = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": resource}}
        policy = parse(document, "resource")
        assert not policy.problems
        return applies(
            policy.statements[0], request({"action": "execute-api:Invoke", "resource": asked}), variables=True
        )

    assert matches("execute-api:/*")
    assert matches("execute-api:/prod/GET/pets/*")
    assert matches("execute-api:/*/GET/pets/1")
    assert not matches("execute-api:/dev/GET/pets/*")
    assert not matches("execute-api:/GET/pets/*")
    assert not matches("execute-api:/*", "arn:aws:s3:::b/x")
    assert parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "execute-api:/*"}}).problems
