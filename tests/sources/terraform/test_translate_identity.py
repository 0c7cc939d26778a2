"""Who may do what: policies, memberships and grants of Terraform, in CloudFormation's words and in the graph."""

from __future__ import annotations

import pytest
from sources.terraform.translating import properties, read, translated

from fourfold.linking import link
from fourfold.model.nodes import Identity, Policy
from fourfold.model.value import Ref

POLICY = 'jsonencode({ Statement = [{ Effect = "Allow", Action = "*", Resource = "*", Principal = "*" }] })'
STATEMENT = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}]}


def test_what_a_user_is_given_by_others() -> None:
    text = f"""
        resource "aws_iam_user" "u" {{
          name                 = "u"
          permissions_boundary = aws_iam_policy.b.arn
        }}
        resource "aws_iam_policy" "b" {{ policy = {POLICY} }}
        resource "aws_iam_group" "g" {{ name = "g" }}
        resource "aws_iam_user_group_membership" "m" {{
          user   = aws_iam_user.u.name
          groups = [aws_iam_group.g.name]
        }}
        resource "aws_iam_group_membership" "m" {{
          name  = "m"
          group = aws_iam_group.g.name
          users = [aws_iam_user.u.name]
        }}
        resource "aws_iam_user_policy" "p" {{
          user   = aws_iam_user.u.name
          policy = {POLICY}
        }}
        resource "aws_iam_user_policy_attachments_exclusive" "x" {{
          user_name   = aws_iam_user.u.name
          policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
        }}
    """
    found = translated(text)
    assert found["aws_iam_user.u"].properties.plain() == {
        "UserName": "u", "PermissionsBoundary": "aws_iam_policy.b", "Groups": ["aws_iam_group.g"],
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
    }  # fmt: skip
    assert found["aws_iam_group_membership.m"].properties.plain() == {
        "GroupName": "aws_iam_group.g", "Users": ["aws_iam_user.u"],
    }  # fmt: skip
    user = next(i for i in link(read(text)[0]).of(Identity) if i.kind == "user")
    assert [p.resource.address for p in user.policies] == ["aws_iam_user_policy.p"]
    assert {p.kind for p in link(read(text)[0]).of(Policy)} == {"identity", "boundary"}


RESOURCE_POLICIES = {
    "aws_api_gateway_rest_api_policy": ("rest_api_id", "aws_api_gateway_rest_api", "id", "policy"),
    "aws_backup_vault_policy": ("backup_vault_name", "aws_backup_vault", "name", "policy"),
    "aws_cloudwatch_event_bus_policy": ("event_bus_name", "aws_cloudwatch_event_bus", "name", "policy"),
    "aws_cloudwatch_log_destination_policy": (
        "destination_name", "aws_cloudwatch_log_destination", "name", "access_policy",
    ),
    "aws_codeartifact_domain_permissions_policy": ("domain", "aws_codeartifact_domain", "domain", "policy_document"),
    "aws_dsql_cluster_policy": ("identifier", "aws_dsql_cluster", "identifier", "policy"),
    "aws_dynamodb_resource_policy": ("resource_arn", "aws_dynamodb_table", "arn", "policy"),
    "aws_ecr_repository_policy": ("repository", "aws_ecr_repository", "name", "policy"),
    "aws_efs_file_system_policy": ("file_system_id", "aws_efs_file_system", "id", "policy"),
    "aws_elasticsearch_domain_policy": ("domain_name", "aws_elasticsearch_domain", "domain_name", "access_policies"),
    "aws_kinesis_resource_policy": ("resource_arn", "aws_kinesis_stream", "arn", "policy"),
    "aws_kms_key_policy": ("key_id", "aws_kms_key", "id", "policy"),
    "aws_msk_cluster_policy": ("cluster_arn", "aws_msk_cluster", "arn", "policy"),
    "aws_opensearch_domain_policy": ("domain_name", "aws_opensearch_domain", "domain_name", "access_policies"),
    "aws_redshift_resource_policy": ("resource_arn", "aws_redshift_cluster", "cluster_namespace_arn", "policy"),
    "aws_redshiftserverless_resource_policy": (
        "resource_arn", "aws_redshiftserverless_namespace", "arn", "policy",
    ),
    "aws_s3_bucket_policy": ("bucket", "aws_s3_bucket", "id", "policy"),
    "aws_s3control_access_point_policy": ("access_point_arn", "aws_s3_access_point", "arn", "policy"),
    "aws_s3tables_table_bucket_policy": ("table_bucket_arn", "aws_s3tables_table_bucket", "arn", "resource_policy"),
    "aws_secretsmanager_secret_policy": ("secret_arn", "aws_secretsmanager_secret", "arn", "policy"),
    "aws_sns_topic_policy": ("arn", "aws_sns_topic", "arn", "policy"),
    "aws_sqs_queue_policy": ("queue_url", "aws_sqs_queue", "url", "policy"),
    "aws_vpc_endpoint_policy": ("vpc_endpoint_id", "aws_vpc_endpoint", "id", "policy"),
}  # fmt: skip
"""Type: the argument that names what it protects, the type of that, its attribute, and the argument with the policy."""


@pytest.mark.parametrize("type_", sorted(RESOURCE_POLICIES))
def test_a_policy_of_a_resource_protects_it(type_: str) -> None:
    link_, protected, attribute, argument = RESOURCE_POLICIES[type_]
    text = f"""
        resource "{protected}" "x" {{}}
        resource "{type_}" "p" {{
          {link_} = {protected}.x.{attribute}
          {argument} = {POLICY}
        }}
    """
    graph = link(read(text)[0])
    (policy,) = [p for p in graph.of(Policy) if p.document.plain() == STATEMENT]
    assert policy.kind == ("endpoint" if type_ == "aws_vpc_endpoint_policy" else "resource")
    (subject,) = [v for _, v in policy.protects.elements()]
    assert isinstance(subject, Ref)
    assert subject.target == f"main.tf#{protected}.x"


@pytest.mark.parametrize(
    ("type_", "made"),
    [
        ("aws_s3_bucket", "AWS::S3::BucketPolicy"),
        ("aws_secretsmanager_secret", "AWS::SecretsManager::ResourcePolicy"),
        ("aws_sns_topic", "AWS::SNS::TopicPolicy"),
        ("aws_sqs_queue", "AWS::SQS::QueuePolicy"),
    ],
)
def test_a_policy_that_is_an_argument_is_a_resource_of_its_own(type_: str, made: str) -> None:
    found = translated(f'resource "{type_}" "x" {{ policy = {POLICY} }}')
    assert found[f"{type_}.x/policy"].type == made
    (policy,) = link(list(found.values())).of(Policy)
    assert policy.document.plain() == STATEMENT


def test_a_grant_on_a_key_is_a_statement_that_gives_as_much() -> None:
    text = """
        resource "aws_kms_key" "k" {}
        resource "aws_iam_role" "r" { assume_role_policy = "{}" }
        resource "aws_kms_grant" "g" {
          key_id            = aws_kms_key.k.key_id
          grantee_principal = aws_iam_role.r.arn
          operations        = ["Decrypt", "CreateGrant"]
          constraints {
            encryption_context_equals = { service = "orders" }
          }
        }
    """
    policy = next(p for p in link(read(text)[0]).of(Policy) if p.resource.origin == "aws_kms_grant")
    (statement,) = policy.statements
    assert statement.actions.plain() == ["kms:Decrypt", "kms:CreateGrant"]
    assert statement.principals.plain() == {"AWS": "aws_iam_role.r.Arn"}
    assert statement.conditions.plain() == {"StringEquals": {"kms:EncryptionContext:service": "orders"}}
    assert policy.protects.plain() == "aws_kms_key.k"


def test_an_organization_and_its_single_sign_on() -> None:
    text = f"""
        resource "aws_organizations_policy" "p" {{
          name    = "p"
          type    = "RESOURCE_CONTROL_POLICY"
          content = {POLICY}
        }}
        resource "aws_organizations_policy_attachment" "a" {{
          policy_id = aws_organizations_policy.p.id
          target_id = "ou-1"
        }}
        resource "aws_ssoadmin_permission_set" "s" {{
          name         = "admins"
          instance_arn = "arn:aws:sso:::instance/ssoins-1"
        }}
        resource "aws_ssoadmin_permissions_boundary_attachment" "b" {{
          instance_arn       = "arn:aws:sso:::instance/ssoins-1"
          permission_set_arn = aws_ssoadmin_permission_set.s.arn
          permissions_boundary {{
            managed_policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
          }}
        }}
        resource "aws_ssoadmin_customer_managed_policy_attachment" "c" {{
          instance_arn       = "arn:aws:sso:::instance/ssoins-1"
          permission_set_arn = aws_ssoadmin_permission_set.s.arn
          customer_managed_policy_reference {{ name = "base" }}
        }}
    """
    assert properties(text, "aws_organizations_policy.p") == {
        "Name": "p", "Type": "RESOURCE_CONTROL_POLICY", "Content": STATEMENT, "TargetIds": ["ou-1"],
    }  # fmt: skip
    assert [p.kind for p in link(read(text)[0]).of(Policy)] == ["rcp"]
    assert properties(text, "aws_ssoadmin_permission_set.s") == {
        "Name": "admins",
        "InstanceArn": "arn:aws:sso:::instance/ssoins-1",
        "PermissionsBoundary": {"ManagedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        "CustomerManagedPolicyReferences": [{"Name": "base"}],
    }
