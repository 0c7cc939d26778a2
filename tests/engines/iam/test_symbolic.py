import pytest

from fourfold.engines.iam.document import parse
from fourfold.engines.iam.public import is_public
from fourfold.engines.iam.symbolic import disjoint, equivalent, is_empty, no_new_access, redundant, shadowed


def policy(*statements, kind="identity"):
    return parse({"Version": "2012-10-17", "Statement": list(statements)}, kind)


def allow(action="*", resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action="*", resource="*", **more):
    return {**allow(action, resource, **more), "Effect": "Deny"}


UPLOAD = allow("s3:PutObject", ["arn:aws:s3:::my-bucket", "arn:aws:s3:::my-bucket/*"])
IN_ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgId": "o-1a2b3c4d5e"}}


def test_the_organization_policy_is_strictly_smaller_with_its_condition() -> None:
    as_written, as_meant = policy(UPLOAD), policy({**UPLOAD, "Condition": IN_ORGANIZATION})
    assert no_new_access(as_written, as_meant).verdict == "proved"
    witness = no_new_access(as_meant, as_written)
    assert witness.verdict == "witness"
    assert witness.request["action"] == "s3:PutObject"
    assert witness.request["resource"].startswith("arn:aws:s3:::my-bucket/")
    assert witness.request["context"] == {"aws:principalorgid": "o-outsideorg"}


def test_a_condition_key_does_not_mind_its_case() -> None:
    other = {"StringEquals": {"aws:PrincipalOrgID": "o-1a2b3c4d5e"}}
    assert (
        equivalent(policy({**UPLOAD, "Condition": IN_ORGANIZATION}), policy({**UPLOAD, "Condition": other})).verdict
        == "proved"
    )


def test_a_rejected_document_is_not_answered() -> None:
    answer = no_new_access(policy(UPLOAD), policy({**UPLOAD, "Conditions": IN_ORGANIZATION}))
    assert answer.verdict == "unknown"
    assert answer.reason == "IAM rejects the document: Statement[0].Conditions: no element of a statement"


def test_tracing_on_everything_is_what_it_says() -> None:
    answer = is_empty(policy(allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"])))
    assert answer.request["action"] == "xray:PutTraceSegments"


def test_not_action_includes_unknown_actions() -> None:
    from fourfold.knowledge.iam import catalogue

    known = sorted({p for p in catalogue().prefixes if p != "iam"})
    listed, rest = (
        policy(allow([f"{p}:*" for p in known])),
        policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
    )
    assert no_new_access(rest, listed).verdict == "proved"
    witness = no_new_access(listed, rest)
    assert catalogue().service(witness.request["action"].partition(":")[0]) is None


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        (allow("s3:Get*"), allow("S3:*")),
        (allow("s3:*", "arn:aws:s3:::b/a*"), allow("s3:*", "arn:aws:s3:::b/*")),
        (allow(Condition={"IpAddress": {"aws:SourceIp": "10.1.0.0/16"}}), allow(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})),
        (allow(Condition={"NumericLessThan": {"aws:MultiFactorAuthAge": 60}}), allow(Condition={"NumericLessThanEquals": {"aws:MultiFactorAuthAge": 60}})),
        (allow(Condition={"DateLessThan": {"aws:CurrentTime": "2024-01-01"}}), allow(Condition={"DateLessThan": {"aws:CurrentTime": "1704067201"}})),
        (allow(Condition={"StringEquals": {"a:b": "x"}}), allow(Condition={"StringEqualsIfExists": {"a:b": "x"}})),
        (allow(Condition={"StringEquals": {"a:b": "x"}}), allow(Condition={"Null": {"a:b": "false"}})),
        (allow(Condition={"ForAllValues:StringEquals": {"aws:TagKeys": "x"}}), allow(Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["x", "y"]}})),
        (allow(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}}), allow(Condition={"StringLike": {"aws:SourceArn": "arn:aws:sns:*"}})),
        (allow("s3:*", "arn:aws:s3:::${aws:username}/*"), allow("s3:*", ["arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::b"])),
    ],
)  # fmt: skip
def test_strictly_smaller(smaller, larger) -> None:
    assert no_new_access(policy(larger), policy(smaller)).verdict == "proved"
    assert no_new_access(policy(smaller), policy(larger)).verdict == "witness"


def test_two_ways_to_say_the_same() -> None:
    both = policy(allow(Condition={"Bool": {"aws:SecureTransport": "true"}}))
    assert (
        equivalent(both, policy(allow(), deny(Condition={"Bool": {"aws:SecureTransport": "false"}}))).verdict
        == "proved"
    )
    halves = [
        allow(Condition={"NumericLessThan": {"a:b": 5}}),
        allow(Condition={"NumericGreaterThanEquals": {"a:b": 5}}),
    ]
    assert equivalent(policy(*halves), policy(allow(Condition={"Null": {"a:b": "false"}}))).verdict == "proved"


def test_disjoint_policies_and_a_common_request() -> None:
    assert disjoint(policy(allow("s3:Get*")), policy(allow("s3:Put*"))).verdict == "proved"
    assert disjoint(policy(allow("s3:*")), policy(allow("*:GetObject"))).request["action"] == "s3:GetObject"


def test_shadowed_and_redundant_statements() -> None:
    p = policy(allow("s3:GetObject"), allow("s3:*"), deny("s3:Put*"), deny("s3:PutObject"), allow("s3:PutObject"))
    assert [shadowed(p, i).verdict for i in (0, 1, 4)] == ["witness", "witness", "proved"]
    assert [redundant(p, i).verdict for i in range(5)] == ["proved", "witness", "witness", "proved", "proved"]


def test_a_deny_with_a_missing_key_denies() -> None:
    p = policy(allow(), deny(Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}))
    assert equivalent(p, policy(allow(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}))).verdict == "proved"


def test_variables_inside_patterns_are_aligned() -> None:
    wide, narrow = policy(allow("s3:*", "arn:aws:s3:::b${a:b}/*")), policy(allow("s3:*", "arn:aws:s3:::b${a:b}/x"))
    assert no_new_access(narrow, wide).verdict == "witness"
    assert no_new_access(wide, narrow).verdict == "proved"


@pytest.mark.parametrize(
    ("reference", "candidate", "verdict"),
    [
        # A variable that only has to match lets its key have any value.
        (allow("s3:*", "arn:aws:s3:::b/*"), allow("s3:*", "arn:aws:s3:::b/${aws:username}/*"), "proved"),
        (allow("s3:*", "arn:aws:s3:::b/ann/*"), allow("s3:*", "arn:aws:s3:::b/${aws:username}/*"), "witness"),
        (allow("s3:*", "arn:aws:s3:::b/${aws:username}/*"), allow("s3:*", "arn:aws:s3:::b/ann/*"), "witness"),
        # Fixed by another condition.
        (allow("s3:*", "arn:aws:s3:::b/ann/*"), allow("s3:*", "arn:aws:s3:::b/${a:b}/*", Condition={"StringEquals": {"a:b": "ann"}}), "proved"),
        # Defaults.
        (allow("s3:*", ["arn:aws:s3:::b/${a:b}/*", "arn:aws:s3:::b/all/*"]), allow("s3:*", "arn:aws:s3:::b/${a:b,'all'}/*"), "proved"),
        (allow("s3:*", "arn:aws:s3:::b/${a:b}/*"), allow("s3:*", "arn:aws:s3:::b/${a:b,'all'}/*"), "witness"),
        # Keys that must be equal.
        (allow(Condition={"StringEquals": {"a:b": "x"}}), allow(Condition={"StringEquals": {"a:b": "${a:c}", "a:c": "x"}}), "proved"),
        (allow(Condition={"StringEquals": {"a:c": "x"}}), allow(Condition={"StringEquals": {"a:b": "${a:c}"}}), "witness"),
        (allow(Condition={"StringEquals": {"a:b": "${a:c}"}}), allow(Condition={"StringEquals": {"a:c": "${a:b}"}}), "proved"),
        (allow(Condition={"StringEquals": {"a:b": "${a:d}"}}), allow(Condition={"StringEquals": {"a:b": "${a:c}", "a:c": "${a:d}"}}), "proved"),
        (allow(Condition={"StringNotEquals": {"a:b": "${a:c}"}}), allow(Condition={"StringEquals": {"a:b": "x", "a:c": "x"}}), "witness"),
        (allow(Condition={"StringNotEquals": {"a:b": "${a:c}"}}), allow(Condition={"StringEquals": {"a:b": "x", "a:c": "y"}}), "proved"),
        (allow(Condition={"StringLike": {"a:b": "t/*"}}), allow(Condition={"StringLike": {"a:b": "t/${a:c}/*"}}), "proved"),
        (allow(Condition={"StringLike": {"a:b": "t/${a:c}*"}}), allow(Condition={"StringLike": {"a:b": "t/${a:c}/*"}}), "proved"),
    ],
)  # fmt: skip
def test_policy_variables(reference, candidate, verdict) -> None:
    assert no_new_access(policy(reference), policy(candidate)).verdict == verdict


@pytest.mark.parametrize(
    ("reference", "candidate", "verdict"),
    [
        ({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/a*"}}, "proved"),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:*"}}, {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}, "witness"),
        ({"StringLike": {"aws:PrincipalArn": "*:111122223333:*"}}, {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}, "proved"),
        ({"StringEquals": {"aws:PrincipalType": "User"}}, {"StringLike": {"aws:username": "a*"}}, "proved"),
        ({"StringLike": {"aws:username": "a*"}}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*/ann"}}, "proved"),
        ({"StringLike": {"aws:username": "a*"}}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/ann*"}}, "witness"),
        ({"Null": {"aws:SourceVpc": "false"}}, {"StringEquals": {"aws:SourceVpce": "vpce-1"}}, "proved"),
        ({"Null": {"aws:SourceIp": "true"}}, {"StringEquals": {"aws:SourceVpce": "vpce-1"}}, "proved"),
        ({"DateLessThan": {"aws:CurrentTime": "2024-01-01T00:00:00Z"}}, {"NumericLessThan": {"aws:EpochTime": "1704067200"}}, "proved"),
        ({"DateLessThan": {"aws:CurrentTime": "2024-01-01T00:00:00Z"}}, {"NumericLessThanEquals": {"aws:EpochTime": "1704067200"}}, "witness"),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/r-1/*"}}, "proved"),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}}, {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, "proved"),
        ({"StringEquals": {"aws:SourceAccount": "111122223333"}}, {"StringEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:t", "aws:SourceAccount": "444455556666"}}, "proved"),
    ],
)  # fmt: skip
def test_keys_that_hang_together(reference, candidate, verdict) -> None:
    answer = no_new_access(policy(allow(Condition=reference)), policy(allow(Condition=candidate)))
    assert answer.verdict == verdict, answer


def test_the_account_of_a_resource_is_in_its_arn() -> None:
    mine = allow("sqs:*", Condition={"StringEquals": {"aws:ResourceAccount": "111122223333"}})
    assert (
        no_new_access(policy(mine), policy(allow("sqs:*", "arn:aws:sqs:us-east-1:111122223333:q"))).verdict == "proved"
    )
    other = no_new_access(policy(mine), policy(allow("sqs:*", "arn:aws:sqs:us-east-1:444455556666:q")))
    assert other.verdict == "witness"
    assert (
        no_new_access(policy(allow("s3:*", "arn:aws:s3:::b/*")), policy({**mine, "Action": "s3:*"})).verdict
        == "witness"
    )


def test_a_resource_that_the_action_does_not_work_on_grants_nothing() -> None:
    dead = policy(allow("s3:PutObject", "arn:aws:s3:::my-bucket"))
    assert is_empty(dead).verdict == "proved"
    assert is_empty(dead, typing="none").verdict == "witness"
    assert equivalent(policy(UPLOAD), policy(allow("s3:PutObject", "arn:aws:s3:::my-bucket/*"))).verdict == "proved"
    assert is_empty(policy(allow("s3:ListAllMyBuckets", "arn:aws:s3:::my-bucket"))).verdict == "proved"
    assert is_empty(policy(allow("s3:ListBucket", "arn:aws:s3:::my-bucket/*"))).verdict == "proved"
    assert (
        is_empty(
            policy(allow("s3:GetObject", "arn:aws:s3:::my-bucket/*", Condition={"StringLike": {"s3:prefix": "a*"}}))
        ).verdict
        == "proved"
    )


def test_unknown_actions_stay_possible() -> None:
    future = is_empty(policy(allow("s3:Fly", "arn:aws:s3:::my-bucket")))
    assert future.verdict == "witness"
    assert is_empty(policy(allow("s3:Fly", "arn:aws:s3:::my-bucket")), typing="closed").verdict == "proved"
    assert is_empty(policy(allow("s3:PutObje*", "arn:aws:s3:::my-bucket"))).verdict == "witness"
    assert is_empty(policy(allow("s3:PutObje*", "arn:aws:s3:::my-bucket")), typing="closed").verdict == "proved"


def test_pathological_wildcards_are_answered_in_bounded_time() -> None:
    patterns = [f"arn:aws:s3:::{'*'.join('abcdefgh'[i % 8] for i in range(k, k + 12))}*" for k in range(40)]
    answer = no_new_access(policy(allow("s3:*", patterns[:20])), policy(allow("s3:*", patterns[20:])))
    assert answer.verdict == "proved"  # the second half is the first again
    hard = [f"arn:aws:s3:::*{'*'.join(chr(97 + i * k % 8) for i in range(12))}*" for k in range(1, 30)]
    answer = no_new_access(policy(allow("s3:*", hard[1:])), policy(allow("s3:*", hard[:1])))
    assert answer.verdict in ("witness", "unknown")


def test_the_worst_documents_are_answered_in_bounded_time() -> None:
    many = [allow("s3:GetObject", f"arn:aws:s3:::b{i}/*") for i in range(1000)]
    values = [f"v{i}" for i in range(2000)]
    links = [f"arn:aws:s3:::b/${{a:k{i}}}/*" for i in range(60)]
    asked = [
        (allow("s3:GetObject", "arn:aws:s3:::*"), many, "witness"),
        (allow(Condition={"StringEquals": {"a:k": values}}), [allow(Condition={"StringEquals": {"a:k": values[:-1]}})], "witness"),
        (allow(Condition={"ForAllValues:StringLike": {"aws:TagKeys": "v*"}}), [allow(Condition={"ForAllValues:StringEquals": {"aws:TagKeys": values}})], "witness"),
        (allow("s3:*", [f"{one}x" for one in links]), [allow("s3:*", links)], "proved"),
        (allow(), [allow(Condition={"StringEquals": {f"a:k{i}": "x", f"a:k{(i * 7) % 30}": "y"}}) for i in range(30)], "unknown"),
        (allow(Condition={"StringLike": {"a:k": [f"*{v}" for v in values]}}), [allow(Condition={"StringLike": {"a:k": [f"{v}*" for v in values]}})], "unknown"),
    ]  # fmt: skip
    for candidate, reference, verdict in asked:
        assert no_new_access(policy(*reference), policy(candidate)).verdict == verdict


def bucket(**more):
    return parse(
        {"Version": "2012-10-17", "Statement": {**allow("s3:GetObject", "arn:aws:s3:::b/*"), **more}}, "resource"
    )


def test_public_is_whom_nobody_named() -> None:
    everybody = is_public(bucket(Principal="*"), None)
    assert everybody.request["principal"] == "arn:aws:iam::999999999999:role/stranger"
    organization = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
    assert is_public(bucket(Principal="*", Condition=organization), None).verdict == "proved"
    assert is_public(bucket(Principal="*", Condition=organization), ["111122223333"]).verdict == "witness"
    assert is_public(bucket(Principal="*", Condition=organization), ["o-1"]).verdict == "proved"
    negated = {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}
    assert is_public(bucket(Principal="*", Condition=negated), None).verdict == "witness"
    assert is_public(bucket(Principal={"Service": "sns.amazonaws.com"}), []).verdict == "proved"


@pytest.mark.parametrize(
    ("condition", "trusted", "verdict"),
    [
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, None, "proved"),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}, None, "witness"),
        ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, None, "witness"),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, None, "proved"),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, ["vpce-1"], "proved"),
        ({"StringEquals": {"aws:SourceAccount": "111122223333"}}, ["111122223333"], "proved"),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}}, ["111122223333"], "proved"),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:444455556666:*"}}, ["111122223333"], "witness"),
        ({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}, ["111122223333"], "proved"),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}, ["111122223333"], "proved"),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}}, ["o-1"], "proved"),
    ],
)
def test_conditions_that_name_somebody_are_not_public(condition, trusted, verdict) -> None:
    assert is_public(bucket(Principal="*", Condition=condition), trusted).verdict == verdict


def test_a_deny_of_everybody_else_is_not_public() -> None:
    others = {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}
    statements = [
        {"Principal": "*", **allow("s3:GetObject", "arn:aws:s3:::b/*")},
        {"Principal": "*", **deny(Condition=others)},
    ]
    assert is_public(parse({"Version": "2012-10-17", "Statement": statements}, "resource"), ["o-1"]).verdict == "proved"


def test_an_account_and_its_roles() -> None:
    account, role = (
        bucket(Principal={"AWS": "111122223333"}),
        bucket(Principal={"AWS": "arn:aws:iam::111122223333:role/a/b"}),
    )
    assert no_new_access(account, role).verdict == "proved"
    assert no_new_access(role, account).verdict == "witness"
    assert is_public(account, ["111122223333"]).verdict == "proved"
    assert is_public(role, ["444455556666"]).verdict == "witness"


def test_a_plain_operator_does_not_hold_for_several_values() -> None:
    denying = policy(allow(), deny(Condition={"StringNotEquals": {"aws:TagKeys": "x"}}))
    asking = policy(allow(Condition={"StringEquals": {"aws:TagKeys": "x"}}))
    witness = no_new_access(asking, denying)
    assert len(witness.request["context"]["aws:tagkeys"]) > 1


def test_a_set_may_hold_the_empty_text() -> None:
    plain = allow(Condition={"StringEquals": {"aws:TagKeys": "o-1"}})
    some = allow(Condition={"ForAnyValue:StringEquals": {"aws:TagKeys": "o-1"}})
    named = allow(Condition={"StringEquals": {"aws:TagKeys": "${aws:username}"}})
    assert no_new_access(policy(plain, named), policy(plain, some)).verdict == "witness"


def test_a_witness_that_the_catalogue_does_not_know_says_so() -> None:
    dead = is_empty(policy(allow("s3:PutObject", "arn:aws:s3:::my-bucket")), typing="none")
    assert dead.trace[-1] == "the catalogue knows no resource of `s3:PutObject` that is written so"
    assert "catalogue" not in " ".join(is_empty(policy(allow("s3:PutObject", "arn:aws:s3:::my-bucket/*"))).trace)
    assert is_empty(policy(allow("s3:Fly"))).trace[-1] == "the catalogue knows no action `s3:fly`"
