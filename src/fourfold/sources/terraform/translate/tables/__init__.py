"""The tables: one row for each Terraform type whose translation does not follow from its name alone.

Facts come from the documentation of the Terraform AWS provider
(https://registry.terraform.io/providers/hashicorp/aws/latest/docs) and from the CloudFormation resource schemas.
"""

from __future__ import annotations

from functools import cache

from fourfold.knowledge.cloudformation import schemas
from fourfold.sources.terraform.translate.row import Row
from fourfold.sources.terraform.translate.tables import compute, data, entry, identity, network, others, watch

ROWS: dict[str, Row] = {
    **compute.ROWS,
    **data.ROWS,
    **entry.ROWS,
    **identity.ROWS,
    **network.ROWS,
    **others.ROWS,
    **watch.ROWS,
}

QUIET = (
    "null_resource", "random_", "time_", "local_", "tls_", "archive_", "terraform_data", "template_", "external",
    "http", "cloudinit_config", "aws_caller_identity", "aws_region", "aws_partition", "aws_availability_zone",
    "aws_iam_policy_document", "aws_service", "aws_ip_ranges", "aws_billing", "aws_canonical", "aws_ec2_tag",
    "aws_api_gateway_method_response", "aws_api_gateway_integration_response", "aws_api_gateway_gateway_response",
    "aws_apigatewayv2_route_response", "aws_apigatewayv2_integration_response", "aws_acm_certificate_validation",
    "aws_iam_account_alias",
)  # fmt: skip
"""Beginnings of the names of types that say nothing about security."""

_PLAIN = Row()


def row_of(type_: str) -> Row:
    """The row of a Terraform type; an empty one where nothing has to be said."""
    return ROWS.get(type_, _PLAIN)


@cache
def type_of(type_: str) -> str:
    """The CloudFormation type of a Terraform type; empty where it is not translated."""
    row = ROWS.get(type_, _PLAIN)
    if row.type:
        return row.type
    if row.into:
        return type_of(row.into)
    provider, _, rest = type_.partition("_")
    return schemas().named(rest) if provider in ("aws", "awscc") else ""
