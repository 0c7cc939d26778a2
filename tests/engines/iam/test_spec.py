"""Decisions that the documentation states, one by one."""

import pytest

from fourfold.errors import UsageError
from fourfold.iam import decide

ROLE = "arn:aws:iam::111122223333:role/app"
SESSION = "arn:aws:sts::111122223333:assumed-role/app/me"
USER = "arn:aws:iam::111122223333:user/ann"
STRANGER = "arn:aws:iam::444455556666:role/other"
OBJECT = "arn:aws:s3:::b/x"
OWNED = {"aws:ResourceAccount": "111122223333"}


def statement(**more):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", **more}]}


def deny(**more):
    return statement(Effect="Deny", **more)


NOTHING = statement(Action="xray:*")


def grants(principal, **more):
    return {"resource": [statement(Principal=principal, **more)]}


def outcome(layers, who=ROLE, *, action="s3:GetObject", resource=OBJECT, **context):
    named = {key.replace("__", ":"): value for key, value in context.items()}
    return decide(
        {"principal": who, "action": action, "resource": resource, "context": {**OWNED, **named}}, layers
    ).outcome


def test_default_deny() -> None:
    assert outcome({}) == "implicit_deny"
    assert outcome({"identity": [NOTHING]}) == "implicit_deny"
    assert outcome({"identity": [statement()]}) == "allowed"


@pytest.mark.parametrize("kind", ["identity", "boundary", "session", "scp"])
def test_deny_beats_allow_and_silence_denies_in_every_layer(kind) -> None:
    layers = {k: [[statement()]] for k in ("identity", "boundary", "session", "scp")}
    assert outcome(layers) == "allowed"
    assert outcome({**layers, kind: [[statement(), deny(Action="s3:Get*")]]}) == "explicit_deny"
    assert outcome({**layers, kind: [[NOTHING]]}) == "implicit_deny"


def test_every_level_of_service_control_policies_must_allow() -> None:
    assert outcome({"identity": [statement()], "scp": [statement(), [NOTHING, statement()]]}) == "allowed"
    assert outcome({"identity": [statement()], "scp": [statement(), [NOTHING]]}) == "implicit_deny"


def test_service_control_policies_do_not_bind_services_and_service_linked_roles() -> None:
    assert outcome({**grants({"Service": "sns.amazonaws.com"}), "scp": [deny()]}, "sns.amazonaws.com") == "allowed"
    linked = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
    assert outcome({"identity": [statement()], "scp": [deny()]}, linked) == "allowed"


def test_resource_control_policies_deny_only() -> None:
    rcp = deny(Principal="*", Condition={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}})
    layers = {"identity": [statement()], "rcp": [rcp]}
    assert outcome(layers, aws__PrincipalOrgID="o-1") == "allowed"
    assert outcome(layers, aws__PrincipalOrgID="o-2") == "explicit_deny"


def test_the_policy_of_an_endpoint_must_allow() -> None:
    layers = {"identity": [statement()]}
    assert outcome({**layers, "endpoint": [statement(Principal="*")]}) == "allowed"
    assert outcome({**layers, "endpoint": [statement(Principal="*", Action="xray:*")]}) == "implicit_deny"


@pytest.mark.parametrize(
    ("principal", "who", "expected"),
    [
        (USER, USER, "allowed"),  # a grant to the user is not limited by the silence of a boundary
        (SESSION, SESSION, "allowed"),  # nor is one to the session
        (ROLE, SESSION, "implicit_deny"),  # but one to its role is
        ("111122223333", USER, "implicit_deny"),  # and one to the account only delegates
    ],
)
def test_what_a_boundary_limits(principal, who, expected) -> None:
    assert outcome({**grants({"AWS": principal}), "identity": [NOTHING], "boundary": [NOTHING]}, who) == expected


def test_a_grant_to_a_role_needs_no_identity_policy() -> None:
    assert outcome(grants({"AWS": ROLE}), SESSION) == "allowed"
    assert outcome(grants({"AWS": "111122223333"}), SESSION) == "implicit_deny"
    assert outcome({**grants({"AWS": "111122223333"}), "identity": [statement()]}, SESSION) == "allowed"


def test_across_accounts_both_sides_must_allow() -> None:
    assert outcome({**grants({"AWS": STRANGER}), "identity": [statement()]}, STRANGER) == "allowed"
    assert outcome({**grants({"AWS": STRANGER}), "identity": [NOTHING]}, STRANGER) == "implicit_deny"
    assert outcome({**grants({"AWS": ROLE}), "identity": [statement()]}, STRANGER) == "implicit_deny"


def test_it_is_said_that_the_owner_of_the_resource_decides() -> None:
    asked = {"principal": ROLE, "action": "s3:GetObject", "resource": OBJECT}
    with pytest.raises(UsageError, match="aws:ResourceAccount"):
        decide(asked, grants({"AWS": ROLE}))
    assert decide(asked, {**grants({"AWS": ROLE}), "identity": [statement()]}).allowed


def test_anybody_may_where_a_policy_says_so() -> None:
    assert outcome(grants("*"), "anonymous") == "allowed"
    assert outcome(grants({"AWS": "*"}), "anonymous") == "allowed"
    assert outcome(grants({"AWS": "111122223333"}), "anonymous") == "implicit_deny"


def test_a_deny_with_not_principal_must_list_account_role_and_session() -> None:
    def shut(*listed):
        return {"identity": [statement()], "resource": [deny(NotPrincipal={"AWS": list(listed)})]}

    root = "arn:aws:iam::111122223333:root"
    assert outcome(shut(SESSION, ROLE, root), SESSION) == "allowed"
    assert outcome(shut(SESSION, ROLE), SESSION) == "explicit_deny"
    assert outcome(shut(ROLE, root), SESSION) == "explicit_deny"
    assert outcome(shut(USER, root), USER) == "allowed"
    assert outcome({**shut(USER, root), "boundary": [statement()]}, USER) == "explicit_deny"


def test_a_key_counts_identity_policies_only_where_it_delegates() -> None:
    key = {"action": "kms:Decrypt", "resource": "arn:aws:kms:us-east-1:111122223333:key/1"}
    layers = {"identity": [statement()]}
    assert outcome({**layers, **grants({"AWS": "111122223333"})}, **key) == "allowed"
    assert outcome({**layers, **grants({"AWS": USER})}, **key) == "implicit_deny"
    assert outcome({**layers, **grants({"AWS": USER})}) == "allowed"


def test_assuming_a_role_needs_its_trust_policy() -> None:
    def trust(principal):
        return {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal},
        }

    role = {"action": "sts:AssumeRole", "resource": "arn:aws:iam::111122223333:role/admin"}
    assert outcome({"identity": [statement()], "trust": [trust({"AWS": USER})]}, **role) == "implicit_deny"
    assert outcome({"identity": [], "trust": [trust({"AWS": ROLE})]}, **role) == "allowed"
    assert outcome({"identity": [], "trust": [trust({"AWS": "111122223333"})]}, **role) == "implicit_deny"
    assert outcome({"identity": [statement()], "trust": [trust({"AWS": "111122223333"})]}, **role) == "allowed"
    assert outcome({"trust": [trust({"Service": "ec2.amazonaws.com"})]}, "ec2.amazonaws.com", **role) == "allowed"


def test_asking_who_one_is_needs_nothing() -> None:
    assert outcome({"identity": [deny()]}, action="sts:GetCallerIdentity", resource="*") == "allowed"


def test_the_deciding_statements_are_named() -> None:
    policy = {"Version": "2012-10-17", "Statement": [
        {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
        {"Sid": "Never", "Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::secret/*"},
    ]}  # fmt: skip
    asked = {"principal": ROLE, "action": "s3:GetObject", "resource": "arn:aws:s3:::secret/x"}
    decision = decide(asked, {"identity": [NOTHING, policy]})
    assert decision.outcome == "explicit_deny"
    assert decision.layers[0].statements == ("identity[1].Statement[1] `Never`",)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"principal": "bob"}, "no principal: `bob`"),
        ({"action": "GetObject"}, "no action"),
        ({"who": "x"}, "a request has no `who`"),
        ({"context": {"aws:PrincipalAccount": "999999999999"}}, "is 111122223333 for"),
        ({"context": {"a:b": {}}}, "no value of a context key"),
    ],
)
def test_wrong_requests_are_refused(wrong, message) -> None:
    asked = {"principal": ROLE, "action": "s3:GetObject", "resource": OBJECT, **wrong}
    with pytest.raises(UsageError, match=message):
        decide(asked, {"identity": [statement()]})


def test_rejected_documents_and_unknown_layers_are_refused() -> None:
    asked = {"principal": ROLE, "action": "s3:GetObject", "resource": OBJECT}
    with pytest.raises(UsageError, match="IAM rejects the identity policy"):
        decide(asked, {"identity": [statement(Conditions={})]})
    with pytest.raises(UsageError, match="no layer: `bucket`"):
        decide(asked, {"bucket": []})
