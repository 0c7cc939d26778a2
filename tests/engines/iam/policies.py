"""Random policies and requests over a small world, so that they meet."""

from hypothesis import strategies as st

ACTIONS = ["s3:GetObject", "s3:Get*", "S3:getobject", "s3:*", "*", "iam:PassRole", "s3:?et*", "*:*Object", "iam:*"]
RESOURCES = [
    "*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/x", "arn:aws:s3:::b*", "arn:aws:s3:::*/x", "arn:aws:*:b/x", "arn:aws:iam::*:role/x",
    "arn:aws:iam::111122223333:*", "arn:aws:i*m::1?1122223333:role/x", "arn:aws:s3:::${aws:username}/*",
    "arn:aws:s3:::${aws:PrincipalTag/team, 'b'}/x", "arn:aws:s3:::b/${*}", "arn:aws:s3:::b/${aws:PrincipalTag/team}*",
    "arn:aws:s3:::${aws:username}/x",
]  # fmt: skip
VALUES = {
    "string": [
        "o-1",
        "o-2",
        "o-*",
        "O-1",
        "${aws:username}",
        "*",
        "?-1",
        "",
        "u",
        "111122223333",
        "${aws:PrincipalTag/team}",
        "o-${aws:RequestTag/team,'1'}",
        "${aws:PrincipalAccount}",
    ],
    "arn": [
        "arn:aws:s3:::b",
        "arn:aws:s3:::*",
        "arn:aws:iam::111122223333:user/u",
        "arn:*:iam::*:role/*",
        "arn:aws:sns:us-east-1:111122223333:a*",
        "*",
        "arn:aws:*",
    ],
    "numeric": ["1", "2.5", "10", "-3"],
    "date": ["2024-01-01T00:00:00Z", "1704067200", "2025-06-30"],
    "bool": ["true", "false"],
    "ip": ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "2001:db8::/32", "0.0.0.0/0"],
    "null": ["true", "false"],
}
KEYS = {
    "string": [
        "aws:PrincipalOrgID",
        "aws:TagKeys",
        "aws:requesttag/team",
        "x:unknown",
        "aws:principalorgid",
        "aws:username",
        "aws:PrincipalAccount",
        "aws:ResourceAccount",
        "aws:PrincipalTag/team",
    ],
    "arn": ["aws:SourceArn", "x:unknown", "aws:PrincipalArn"],
    "numeric": ["aws:MultiFactorAuthAge", "x:number"],
    "date": ["aws:CurrentTime", "aws:TokenIssueTime"],
    "bool": ["aws:SecureTransport", "aws:MultiFactorAuthPresent"],
    "ip": ["aws:SourceIp"],
    "null": [
        "aws:username",
        "aws:PrincipalArn",
        "aws:PrincipalTag/team",
        "aws:PrincipalOrgID",
        "aws:TagKeys",
        "x:number",
        "aws:SourceIp",
        "aws:SourceArn",
    ],
}
OPERATORS = {
    "string": ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"],
    "arn": ["ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals"],
    "numeric": ["NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"],
    "date": ["DateEquals", "DateNotEquals", "DateLessThan", "DateGreaterThanEquals"],
    "bool": ["Bool"],
    "ip": ["IpAddress", "NotIpAddress"],
    "null": ["Null"],
}  # fmt: skip
PRINCIPALS = [
    "*", {"AWS": "*"}, {"AWS": "111122223333"}, {"AWS": "arn:aws:iam::111122223333:root"}, {"AWS": "arn:aws:iam::111122223333:role/a"},
    {"AWS": ["arn:aws:iam::111122223333:user/u", "arn:aws:sts::111122223333:assumed-role/a/s"]}, {"Service": "sns.amazonaws.com"},
    {"Federated": "accounts.google.com"}, {"AWS": "arn:aws:iam::444455556666:user/u"},
]  # fmt: skip
WHO = [
    "arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:user/u", "arn:aws:sts::111122223333:assumed-role/a/s", "anonymous",
    "arn:aws:sts::111122223333:assumed-role/a/t", "arn:aws:iam::444455556666:user/u", "sns.amazonaws.com", "arn:aws:iam::111122223333:root",
    {"Federated": "accounts.google.com"}, "arn:aws:iam::444455556666:role/b",
]  # fmt: skip


@st.composite
def conditions(draw):
    block = {}
    for _ in range(draw(st.integers(0, 2))):
        family = draw(st.sampled_from(sorted(OPERATORS)))
        operator = draw(st.sampled_from(OPERATORS[family]))
        if family != "null":
            operator = draw(st.sampled_from(["", "", "", "ForAllValues:", "ForAnyValue:"])) + operator
            operator += draw(st.sampled_from(["", "", "IfExists"]))
        key = draw(st.sampled_from(KEYS[family]))
        block.setdefault(operator, {}).setdefault(
            key, draw(st.lists(st.sampled_from(VALUES[family]), min_size=1, max_size=2))
        )
        if len({k.lower() for k in block[operator]}) < len(block[operator]):
            del block[operator][key]
    return {o: keys for o, keys in block.items() if keys}


@st.composite
def statements(draw, *, principal=False):
    out = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    out[draw(st.sampled_from(["Action", "Action", "Action", "NotAction"]))] = draw(
        st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2)
    )
    out[draw(st.sampled_from(["Resource", "Resource", "Resource", "NotResource"]))] = draw(
        st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2)
    )
    if principal:
        out[draw(st.sampled_from(["Principal", "Principal", "Principal", "NotPrincipal"]))] = draw(
            st.sampled_from(PRINCIPALS)
        )
    block = draw(conditions())
    if block:
        out["Condition"] = block
    return out


@st.composite
def documents(draw, *, principal=False):
    return {
        "Version": draw(st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"])),
        "Statement": draw(st.lists(statements(principal=principal), min_size=1, max_size=3)),
    }


REQUEST_VALUES = {
    "aws:PrincipalOrgID": ["o-1", "o-2", "O-1", "zz", ""],
    "aws:TagKeys": ["o-1", ["o-1", "o-2"], ["zz"], ["O-1", "zz", "o-1"], []],
    "aws:RequestTag/team": ["o-1", "O-2", "u", "zz"],
    "aws:PrincipalTag/team": ["b", "c", "*", "o-1", "u"],
    "x:unknown": ["o-1", "arn:aws:s3:::b", "a"],
    "aws:SourceArn": [
        "arn:aws:s3:::b",
        "arn:aws:s3:::c",
        "arn:aws:sns:us-east-1:111122223333:abc",
        "arn:aws:iam::1:role/x:y",
    ],
    "aws:MultiFactorAuthAge": ["1", 2, "2.5", 11, "-4"],
    "x:number": [1, 10, 3],
    "aws:TokenIssueTime": ["2024-01-01T00:00:00Z", "2025-06-30T00:00:01Z", "0"],
    "aws:MultiFactorAuthPresent": [True, "False", "true"],
    "aws:SourceIp": ["10.1.2.3", "10.1.9.9", "192.0.2.1", "2001:db8::5", "::1"],
}
REQUEST_ACTIONS = ["s3:GetObject", "s3:PutObject", "iam:PassRole", "s3:getfuture", "iam:CreateUser", "new:thing"]
REQUEST_RESOURCES = [
    "*", "arn:aws:s3:::b", "arn:aws:s3:::b/x", "arn:aws:s3:::b/y:z", "arn:aws:s3:::bb/x", "arn:aws:s3:::u/x", "arn:aws:iam::111122223333:role/x",
    "arn:aws:iam::121122223333:role/x", "arn:aws:iam::111122223333:user/u", "arn:aws:s3:::b/*", "arn:aws:s3:::c/x",
]  # fmt: skip


def requests(random, count, *, everybody=False):
    """Random requests; values of their keys have the keys' types."""
    for _ in range(count):
        context = {k: random.choice(v) for k, v in REQUEST_VALUES.items() if random.random() < 0.5}
        context["aws:CurrentTime"] = random.choice(
            ["2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z"]
        )
        context["aws:SecureTransport"] = random.choice([True, False])
        if "aws:MultiFactorAuthAge" in context:
            context["aws:MultiFactorAuthPresent"] = True
        who = random.choice(WHO if everybody else WHO[:3])
        if who in ("anonymous", "sns.amazonaws.com") or isinstance(who, dict):
            context.pop("aws:PrincipalOrgID", None)
            context.pop("aws:PrincipalTag/team", None)
        yield {
            "principal": who,
            "action": random.choice(REQUEST_ACTIONS),
            "resource": random.choice(REQUEST_RESOURCES),
            "context": context,
        }
