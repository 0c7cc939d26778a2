"""Identities and policies of AWS: what is attached to whom, and how statements carry conditions."""

import json
from typing import Any

from fourfold.linking import aws_identity
from fourfold.linking.draft import Draft
from fourfold.model.condition import Equals, Variable, negate
from fourfold.model.nodes import Identity, Policy, Statement
from fourfold.model.place import Span
from fourfold.model.resource import Resource
from fourfold.model.value import NOWHERE, Choice, Map, Ref, Seq, Text, Value, from_plain, known, unknown

HERE = known(None)
PROD = Equals(Variable("t", "Env", ("dev", "prod")), "prod")
TRUST = {"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}
READ = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


def value(data: Any) -> Value:
    """Plain data as values; values inside stay as they are."""
    if isinstance(data, Value):
        return data
    if isinstance(data, dict):
        return Map(NOWHERE, 0, 0, -1, {k: value(v) for k, v in data.items()})
    if isinstance(data, list):
        return Seq(NOWHERE, 0, 0, -1, tuple(value(v) for v in data))
    return from_plain(data, at=HERE)


def ref(name: str, attribute: str = "") -> Ref:
    return Ref(NOWHERE, 0, 0, -1, f"#{name}", attribute)


def linked(**declared: tuple[str, dict[str, Any]]) -> Draft:
    draft = Draft(
        Resource(kind, name, value(properties), Span(NOWHERE, 0, 0), "cloudformation")
        for name, (kind, properties) in declared.items()
    )
    aws_identity.add(draft)
    return draft


def of(draft: Draft, kind: type) -> list[Any]:
    return [n for n in draft.nodes if type(n) is kind]


def test_a_role_has_its_inline_attached_and_referenced_policies() -> None:
    draft = linked(
        Role=(
            "AWS::IAM::Role",
            {
                "RoleName": "orders",
                "AssumeRolePolicyDocument": TRUST,
                "Policies": [{"PolicyName": "inline", "PolicyDocument": READ}],
                "ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess", ref("Managed")],
            },
        ),
        Managed=("AWS::IAM::ManagedPolicy", {"PolicyDocument": READ}),
        Attached=("AWS::IAM::Policy", {"PolicyDocument": READ, "Roles": [ref("Role")]}),
        ByName=("AWS::IAM::RolePolicy", {"PolicyDocument": READ, "RoleName": "orders"}),
        Elsewhere=("AWS::IAM::Policy", {"PolicyDocument": READ, "Roles": ["somebody"]}),
    )
    (role,) = of(draft, Identity)
    assert (role.kind, role.name) == ("role", "orders")
    assert role.trust is not None
    assert role.trust.kind == "trust"
    assert [p.address for p in role.policies] == ["Role/policy/inline", "Managed", "Attached", "ByName"]
    assert len(of(draft, Policy)) == 6


def test_a_managed_policy_that_only_bounds_grants_nothing() -> None:
    draft = linked(
        Role=("AWS::IAM::Role", {"AssumeRolePolicyDocument": TRUST, "PermissionsBoundary": ref("Bound")}),
        Bound=("AWS::IAM::ManagedPolicy", {"PolicyDocument": READ}),
    )
    assert [p.kind for p in of(draft, Policy) if p.address == "Bound"] == ["boundary"]


def test_statements_carry_the_conditions_they_stand_under() -> None:
    other = {"Sid": "Other", "Effect": "Deny", "Action": "*", "Resource": "*"}
    item = Choice(NOWHERE, 0, 0, -1, PROD, value(READ["Statement"][0]), value([other, other]))
    draft = linked(P=("AWS::IAM::Policy", {"PolicyDocument": {"Statement": [item]}, "Users": ["u"]}))
    statements = of(draft, Statement)
    assert [(s.part, s.condition) for s in statements] == [
        ("statement/0", PROD),
        ("statement/Other", negate(PROD)),
        ("statement/2", negate(PROD)),
    ]


def test_a_document_written_as_text_keeps_what_is_not_known() -> None:
    text = json.dumps({"Statement": {"Effect": "Allow", "Action": "logs:*", "Resource": "arn:aws:logs:@"}})
    head, _, tail = text.partition("@")
    hole = unknown("the account is not known", at=HERE, name="AWS::AccountId")
    document = Text(NOWHERE, 0, 0, -1, (head, hole, tail))
    draft = linked(P=("AWS::Logs::ResourcePolicy", {"PolicyDocument": document}))
    (statement,) = of(draft, Statement)
    assert statement.actions.plain() == "logs:*"
    assert isinstance(statement.resources, Text)
    assert statement.resources.parts == ("arn:aws:logs:", hole)


def test_a_text_that_is_no_json_is_unknown_not_empty() -> None:
    draft = linked(P=("AWS::Logs::ResourcePolicy", {"PolicyDocument": "{nonsense"}))
    (statement,) = of(draft, Statement)
    assert "not valid JSON" in statement.effect.reason


def test_resource_policies_know_what_they_protect() -> None:
    draft = linked(
        Key=("AWS::KMS::Key", {"KeyPolicy": READ}),
        Bucket=("AWS::S3::Bucket", {}),
        Policy=("AWS::S3::BucketPolicy", {"Bucket": ref("Bucket"), "PolicyDocument": READ}),
    )
    protected = {p.resource.address: draft.target(p.protects) for p in of(draft, Policy)}
    assert {k: r.address for k, r in protected.items() if r} == {"Key": "Key", "Policy": "Bucket"}
    assert {p.kind for p in of(draft, Policy)} == {"resource"}


def test_a_lambda_permission_is_the_statement_it_makes() -> None:
    draft = linked(
        P=(
            "AWS::Lambda::Permission",
            {
                "Action": "lambda:InvokeFunction",
                "FunctionName": ref("F", "Arn"),
                "Principal": "s3.amazonaws.com",
                "SourceAccount": "123456789012",
            },
        )
    )
    (statement,) = of(draft, Statement)
    assert statement.principals.plain() == {"Service": "s3.amazonaws.com"}
    assert statement.conditions.plain() == {"StringEquals": {"AWS:SourceAccount": "123456789012"}}
    assert statement.resources == ref("F", "Arn")


def test_principals_of_a_permission() -> None:
    assert aws_identity.principal(value("*")).plain() == {"AWS": "*"}
    assert aws_identity.principal(value("123456789012")).plain() == {"AWS": "123456789012"}
    assert aws_identity.principal(unknown("a parameter", at=HERE)).reason == "a parameter"


def test_an_identity_is_found_through_references_profiles_arns_and_names() -> None:
    draft = linked(
        Role=("AWS::IAM::Role", {"RoleName": "orders", "AssumeRolePolicyDocument": TRUST}),
        Other=("AWS::IAM::Role", {"AssumeRolePolicyDocument": TRUST}),
        Profile=("AWS::IAM::InstanceProfile", {"Roles": [ref("Role")]}),
    )
    for leading in (ref("Role", "Arn"), ref("Profile"), value("arn:aws:iam::123456789012:role/app/orders")):
        found = aws_identity.identity_of(draft, leading)
        assert found is not None
        assert found.resource.address == "Role"
    assert aws_identity.identity_of(draft, value("arn:aws:iam::123456789012:role/nobody")) is None
    either = Choice(NOWHERE, 0, 0, -1, PROD, ref("Role", "Arn"), ref("Other", "Arn"))
    assert aws_identity.identity_of(draft, either) is None


def test_files_of_their_own_tell_their_kind() -> None:
    draft = linked(
        a=("IAM::PolicyDocument", READ),
        b=("IAM::PolicyDocument", TRUST),
        c=("IAM::PolicyDocument", {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*"}}),
    )
    assert [p.kind for p in of(draft, Policy)] == ["identity", "trust", "resource"]
