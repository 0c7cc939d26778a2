"""Documents of any shape and size: issues with a place or the reason why it is unknown, in bounded time, and never an error."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.engines.iam.document import KINDS
from fourfold.engines.iam.validate import check
from fourfold.engines.iam.validate.issues import CODES
from fourfold.engines.iam.written import written


def statement(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"} | elements


def document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def codes(source: Any) -> list[str]:
    return [issue.code for issue in check(source)]


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("", 1, 1, "unexpected end"),
        ("{", 1, 2, "unexpected end"),
        ('{"Statement": []\n "Version": 1}', 2, 2, "expected `,`"),
        ('{"Statement": [],}', 1, 18, "after a comma"),
        ("[" * 3000, 1, 101, "nested deeper than 100 levels"),
        ('{"a":' * 3000, 1, 501, "nested deeper than 100 levels"),
        ('{"Version": ' + "9" * 5000 + "}", 1, 13, "more than 300 digits"),
        ("{'Statement': []}", 1, 2, "unexpected"),
        ('{"Statement": [],\n "Statement": []}', 2, 2, "written twice"),
        ('{"Statement": []} {}', 1, 19, "something follows"),
        ('{"Version": NaN}', 1, 13, "unexpected `NaN"),
    ],
)
def test_what_is_wrong_with_the_text_has_its_place(text: str, line: int, column: int, said: str) -> None:
    issue = check(text)[0]
    assert (issue.code, issue.line, issue.column) == ("JSON_SYNTAX_ERROR", line, column)
    assert said in issue.message


@pytest.mark.parametrize("source", [[], [1], "[]", 7, "7", "null", '"text"', True])
def test_what_is_no_object_is_no_policy(source: Any) -> None:
    assert codes(source) == ["DATA_TYPE_MISMATCH"]


def test_wrong_case_is_told_with_the_right_spelling() -> None:
    issues = {i.where: i.message for i in check({"version": "2012-10-17", "Statement": [statement(action="s3:*")]})}
    assert "`Version` is" in issues["version"]
    assert "`Action` is" in issues["Statement[0].action"]
    assert "`Condition` is" in check(document(statement(Conditions={})))[0].message


def test_a_text_of_any_length_is_refused_before_it_is_read() -> None:
    began = time.process_time()
    (issue,) = check(" " * 100_000_000)
    assert (issue.code, time.process_time() - began < 1) == ("JSON_SYNTAX_ERROR", True)
    assert "more than 1,000,000 characters" in issue.message


HEAVY = {
    "a value with very many asterisks": document(statement(Action="s3:" + "*a" * 10_000)),
    "a very long ARN": document(statement(Resource="arn:aws:s3:::" + "*a" * 50_000)),
    "a long key": document(statement(Condition={"StringLike": {"aws:" + "x*" * 20_000: "a"}})),
    "variables": document(statement(Resource="arn:aws:s3:::b/" + "${aws:username}*" * 200)),
    "unclosed variables": document(statement(Resource="arn:aws:s3:::" + "${" * 20_000)),
    "patterns that share much": document(
        statement(Action=[f"s3:{'*a' * 25}{i}" for i in range(300)], Resource=[f"arn:aws:s3:::b/{'*a' * 25}{i}" for i in range(300)])
    ),
    "more values than a policy has": document(statement(Resource=[f"arn:aws:s3:::b{i}/*" for i in range(19_000)])),
    "more values than are read": document(statement(Resource=["*"] * 30_000)),
    "many statements": document(*(statement(Sid=f"S{i}") for i in range(1_900))),
    "many conditions": document(statement(Condition={"StringLike": {f"aws:PrincipalTag/t{i}": "a*b*" for i in range(900)}})),
    "many values of a condition": document(statement(Condition={"StringLike": {"aws:PrincipalArn": [f"*a{i}*b*" for i in range(4_800)]}})),
}  # fmt: skip


@pytest.mark.parametrize("name", HEAVY)
def test_what_is_too_much_is_undecided_in_bounded_time(name: str) -> None:
    began = time.process_time()
    found = check(HEAVY[name])
    assert time.process_time() - began < 8, "measured: below 1 s each"
    undecided = [issue for issue in found if issue.code == "UNDECIDED"]
    assert undecided
    assert all(issue.message for issue in undecided)


def test_unknown_services_and_actions_in_masses_take_bounded_time() -> None:
    began = time.process_time()
    found = check(document(statement(Action=[f"ec2:DescribeInstanc{i}" for i in range(2_000)])))
    assert time.process_time() - began < 8, "measured: 0.6 s"
    assert [i.code for i in found].count("INVALID_ACTION") > 900
    assert "more issues are not listed" in found[-1].message


WORDS = st.sampled_from([
    "Version", "Statement", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Sid",
    "Condition", "Id", "Allow", "Deny", "2012-10-17", "2008-10-17", "s3:GetObject", "s3:*", "*", "iam:Pass*", "arn:aws:s3:::b/*",
    "arn:aws:iam::1:role/*", "arn:::", "AWS", "Service", "Federated", "StringLike", "ForAllValues:StringEquals", "Null", "Bool",
    "IpAddressIfExists", "NumericLessThan", "DateLessThan", "BinaryEquals", "aws:SourceIp", "aws:TagKeys", "aws:ResourceTag/a",
    "aws:SecureTransport", "10.0.0.0/8", "true", "${aws:username}", "${", "${}", "a:b", ":", "", "sts:AssumeRole", "lambda.amazonaws.com",
    "aws:CurrentTime", "aws:arn", "s3:prefix", "dynamodb:Attributes",
])  # fmt: skip
TEXTS = WORDS | st.text(max_size=8)
ATOMS = TEXTS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
ANYTHING = st.recursive(
    ATOMS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)
LISTED = TEXTS | st.lists(TEXTS, max_size=3)
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"])},
    optional={
        "Action": LISTED, "NotAction": LISTED, "Resource": LISTED, "NotResource": LISTED, "Sid": TEXTS,
        "Principal": ANYTHING, "NotPrincipal": ANYTHING,
        "Condition": st.dictionaries(TEXTS, st.dictionaries(TEXTS, ANYTHING, max_size=2), max_size=2) | ANYTHING,
    },
)  # fmt: skip
DOCUMENTS = ANYTHING | st.fixed_dictionaries(
    {"Version": WORDS, "Statement": st.lists(STATEMENTS | ANYTHING, max_size=3) | STATEMENTS}
)


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS, st.sampled_from(KINDS))
def test_no_document_raises_and_every_issue_has_a_place(data: Any, kind: Any) -> None:
    """Raised from the text as from the data, in the same places; each path leads to a part of the document."""
    text = json.dumps(data)
    from_text = check(text, kind)
    if isinstance(data, dict):
        assert {(i.code, i.path) for i in from_text} == {(i.code, i.path) for i in check(data, kind)}
    for issue in from_text:
        assert issue.code in CODES
        assert issue.message
        assert issue.line >= 1
        part = written(text).data
        for step in issue.path:
            part = part[step]


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet='{}[]",:\\ \n01true', max_size=40))
def test_no_text_raises(text: str) -> None:
    assert all(issue.message for issue in check(text))
