"""What besides policies decides, and what is said of it where it is not given."""

import pytest

from fourfold.errors import UsageError
from fourfold.iam import decide

ROLE = "arn:aws:iam::111122223333:role/app"
USER = "arn:aws:iam::111122223333:user/ann"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1"
ALL = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
NOTHING = {"Version": "2012-10-17", "Statement": []}
ORGANIZATION = {"id": "o-1", "management_account": "111122223333", "accounts": {"444455556666": "o-1/r-1/ou-1/"}}


def asked(action="ec2:RunInstances", resource="*", who=ROLE, **context):
    return {"principal": who, "action": action, "resource": resource, "context": context}


def test_service_control_policies_do_not_bind_the_management_account() -> None:
    layers = {"identity": [ALL], "scp": [NOTHING]}
    assert decide(asked(), layers).outcome == "implicit_deny"
    assert decide(asked(), layers, {"organization": ORGANIZATION}).outcome == "allowed"
    member = "arn:aws:iam::444455556666:role/app"
    assert decide(asked(who=member), layers, {"organization": ORGANIZATION}).outcome == "implicit_deny"


def test_resource_control_policies_are_for_some_services_and_not_for_the_management_account() -> None:
    rcp = {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}
    layers = {"identity": [ALL], "rcp": [rcp]}
    bucket = asked("s3:GetObject", "arn:aws:s3:::b/x", **{"aws:ResourceAccount": "111122223333"})
    assert decide(bucket, layers).outcome == "explicit_deny"
    assert decide(bucket, layers, {"organization": ORGANIZATION}).outcome == "allowed"
    assert decide(asked(), layers).outcome == "allowed"  # EC2 does not support them


def test_accounts_of_an_organization_have_its_keys() -> None:
    inside = {
        "StringEquals": {"aws:PrincipalOrgID": "o-1"},
        "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/r-1/*"},
    }
    layers = {"identity": [{**ALL, "Statement": {**ALL["Statement"], "Condition": inside}}]}
    member = asked(who="arn:aws:iam::444455556666:role/app")
    assert decide(member, layers, {"organization": ORGANIZATION}).allowed
    assert not decide(member, layers).allowed
    with pytest.raises(UsageError, match="the facts say that `aws:principalorgid` is o-1"):
        decide({**member, "context": {"aws:PrincipalOrgID": "o-2"}}, layers, {"organization": ORGANIZATION})


def test_a_grant_allows_its_operations_only() -> None:
    grant = {
        "GranteePrincipal": USER,
        "Operations": ["Decrypt", "DescribeKey"],
        "Constraints": {"EncryptionContextSubset": {"Department": "IT"}},
    }
    layers, facts = {"resource": [NOTHING]}, {"kms": {"grants": [grant]}}
    fitting = {"kms:EncryptionContext:Department": "IT", "kms:EncryptionContext:Other": "x"}
    assert decide(asked("kms:Decrypt", KEY, USER, **fitting), layers, facts).allowed
    assert not decide(asked("kms:Decrypt", KEY, USER), layers, facts).allowed
    assert not decide(asked("kms:Encrypt", KEY, USER, **fitting), layers, facts).allowed
    assert decide(asked("kms:DescribeKey", KEY, USER), layers, facts).allowed
    assert not decide(asked("kms:Decrypt", KEY, ROLE, **fitting), layers, facts).allowed


def test_what_is_taken_for_granted_is_said() -> None:
    key = asked("kms:Decrypt", KEY)
    assert decide(key, {"resource": [NOTHING]}).assumed == (
        "no grant for the key allows it (`facts['kms']['grants']`)",
    )
    assert decide(key, {"resource": [NOTHING]}, {"kms": {"grants": []}}).assumed == ()
    bucket = asked("s3:GetObject", "arn:aws:s3:::b/x")
    assert decide(bucket, {"identity": [ALL]}).assumed == ("the resource is in account 111122223333",)
    assert decide(bucket, {"identity": [ALL]}, {"resource_account": "111122223333"}).assumed == ()
    assert not decide(bucket, {"identity": [ALL]}, {"resource_account": "444455556666"}).allowed
    timed = {**ALL, "Statement": {**ALL["Statement"], "Condition": {"DateLessThan": {"aws:CurrentTime": "2030-01-01"}}}}
    said = decide(asked(), {"identity": [timed]})
    assert (said.outcome, said.assumed) == (
        "implicit_deny",
        ("`aws:CurrentTime`, which every such request has, is not there",),
    )


@pytest.mark.parametrize(
    ("action", "resource"), [("kms:Decrypt", KEY), ("sts:AssumeRole", "arn:aws:iam::111122223333:role/x")]
)
def test_policies_that_every_resource_has_must_be_given(action, resource) -> None:
    with pytest.raises(UsageError, match="and it decides: give it as"):
        decide(asked(action, resource), {"identity": [ALL]})


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"organisation": {}}, "unknown field `organisation`; facts are resource_account"),
        ({"organization": {"id": 3}}, r"facts.organization.id: expected `str`, got `int`"),
        ({"kms": {"grants": [{"Operations": []}]}}, r"facts.kms.grants\[0\]: object missing required field"),
        ([], "facts are a mapping, not list"),
    ],
)
def test_wrong_facts_are_refused(facts, message) -> None:
    with pytest.raises(UsageError, match=message):
        decide(asked(), {"identity": [ALL]}, facts)


def test_layers_of_wrong_shape_are_refused() -> None:
    with pytest.raises(UsageError, match="layer `identity`: give a list of documents, not dict"):
        decide(asked(), {"identity": ALL})
    with pytest.raises(UsageError, match="layers are a mapping"):
        decide(asked(), [ALL])


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ('{"Statement": [' + " " * 2_000_000, "more than 1000000 characters"),
        ("[" * 100_000, "nested too deeply"),
        ({"Statement": [{**ALL["Statement"], "Resource": ["arn:aws:s3:::b"] * 30_000}]}, "more than 20000 values"),
        ({"Statement": [{**ALL["Statement"], "Action": "s3:" + "a" * 2_000_000}]}, "1000000 characters"),
        ({"Statement": [ALL["Statement"]] * 3_000}, "more than 2000 statements"),
        (None, "a policy is a JSON object"),
        (b"{}", "a policy is a JSON object"),
    ],
)
def test_documents_beyond_all_limits_are_refused(document, message) -> None:
    with pytest.raises(UsageError, match=message):
        decide(asked(), {"identity": [document]})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"action": "s3:" + "a" * 10_000}, "no action"),
        ({"resource": "arn:aws:s3:::" + "a" * 10_000}, "no resource"),
        ({"resource": 3}, "no resource"),
        ({"principal": "arn:aws:s3:::bucket"}, "no principal"),
        ({"principal": {"AWS": USER, "Service": "sns.amazonaws.com"}}, "no principal"),
        ({"context": ["aws:SourceIp"]}, "the context is a mapping"),
        ({"context": {"aws:TagKeys": ["a"] * 2_000}}, "more than 1000 values"),
        ({"context": {"aws:SourceIp": "somewhere"}}, "`aws:SourceIp` is of type IPAddress|`aws:sourceip` is of type"),
        ({"context": {"aws:SourceIp": "10.0.0.1", "AWS:sourceip": "10.0.0.2"}}, "stands twice"),
    ],
)
def test_requests_beyond_all_limits_are_refused(wrong, message) -> None:
    with pytest.raises(UsageError, match=message):
        decide({**asked(), **wrong}, {"identity": [ALL]})
    with pytest.raises(UsageError, match="a request is a mapping"):
        decide([wrong], {"identity": [ALL]})


def test_facts_beyond_all_limits_are_refused() -> None:
    with pytest.raises(UsageError, match="more than 100000 values in the facts"):
        decide(asked(), {"identity": [ALL]}, {"canonical_ids": {str(i): "x" for i in range(200_000)}})
