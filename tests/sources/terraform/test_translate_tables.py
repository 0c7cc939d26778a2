"""The tables: every type that is read has a translation, and every row speaks of properties that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import fourfold
from fourfold.knowledge.terraform import arguments
from fourfold.sources.terraform.translate.finish import FINISHERS
from fourfold.sources.terraform.translate.names import Plan, plan_of
from fourfold.sources.terraform.translate.spelling import spelled, written_as
from fourfold.sources.terraform.translate.tables import ROWS, type_of
from fourfold.sources.terraform.translate.tables.sources import SOURCES

NOT_IN_TERRAFORM = {
    "AWS::CloudFormation::CustomResource",
    "AWS::CloudTrail::Dashboard",
    "AWS::DirectoryService::SimpleAD",  # aws_directory_service_directory is one type for all; taken as MicrosoftAD
    "AWS::EC2::TransitGatewayAttachment",  # aws_ec2_transit_gateway_vpc_attachment, which is another type
    "AWS::IAM::Policy",  # aws_iam_*_policy, each of one identity
    "AWS::Lambda::Version",  # `publish` of the function
    "AWS::S3Express::BucketPolicy",  # aws_s3_bucket_policy
    "AWS::SNS::TopicInlinePolicy",
    "AWS::SQS::QueueInlinePolicy",
    "AWS::SecretsManager::SecretTargetAttachment",
}
"""Types that are read, and that Terraform has no type for, or writes as another one."""


WITHOUT_SCHEMA = {"AWS::KMS::Grant"}
"""Types that CloudFormation has not, and that say who may do what all the same."""


def test_every_type_that_linking_and_checks_read_has_a_translation() -> None:
    root = Path(fourfold.__file__).parent
    files = [f for part in ("linking", "principles", "engines", "findings") for f in (root / part).rglob("*")]
    text = "".join(f.read_text() for f in files if f.suffix in (".py", ".toml"))
    read = set(re.findall(r"AWS::[A-Za-z0-9]+::[A-Za-z0-9]+", text))
    made = {type_of(name) for name in (*ROWS, *arguments().types)}
    assert read - made == NOT_IN_TERRAFORM & read


@pytest.mark.parametrize("type_", sorted(ROWS))
def test_a_row_speaks_of_what_exists(type_: str) -> None:
    row, plan = ROWS[type_], plan_of(type_)
    assert plan is not None
    if plan.cloudformation in WITHOUT_SCHEMA:
        assert plan.schema is None
        return
    assert plan.schema is not None, plan.cloudformation
    assert not row.finish or row.finish in FINISHERS
    assert not row.into or row.into in arguments().types
    for path in (*row.provider, *row.unsaid, *([row.below] if row.below else ())):
        assert plan.kind(tuple(path.split("."))), path
    tree = arguments().types.get(type_)
    for names, place in _places(plan, tree or {}, (), plan.below):
        written = row.names.get(".".join(names))
        if written != ".":
            assert plan.kind(place), f"{'.'.join(names)} became {'.'.join(place)}, which is no property"


def test_every_default_has_its_source() -> None:
    assert {name for name, row in ROWS.items() if row.provider or row.unsaid} == set(SOURCES)


def _places(plan: Plan, tree: dict[str, Any], around: tuple[str, ...], at: tuple[str, ...]) -> Iterator[Any]:
    for marked, inner in tree.items():
        names = (*around, marked.lstrip("*+"))
        place = plan.place(around, names[-1], at)
        if place is not None and names[0] not in plan.row.parent.replace("+", " ").split():
            yield names, place.path
            if isinstance(inner, dict):
                yield from _places(plan, inner, names, place.path)


@pytest.mark.parametrize("type_", sorted(ROWS))
def test_what_is_read_is_written_the_same_way(type_: str) -> None:
    plan = plan_of(type_)
    assert plan is not None
    for names, place in _places(plan, arguments().types.get(type_, {}), (), plan.below):
        written = tuple(written_as(type_, place))
        if written and written != names:
            # Several arguments for one property (old and new names, blocks that stand where the block around does).
            again = plan.below
            for number, name in enumerate(written):
                found = plan.place(written[:number], name, again)
                assert found is not None
                again = found.path
            assert again == place


@pytest.mark.parametrize(
    ("type_", "path", "names"),
    [
        ("aws_db_instance", "StorageEncrypted", "storage_encrypted"),
        ("aws_lambda_function", "VpcConfig.SubnetIds", "vpc_config.subnet_ids"),
        ("aws_ecs_service", "NetworkConfiguration.AwsvpcConfiguration.Subnets", "network_configuration.subnets"),
        ("aws_eks_cluster", "ResourcesVpcConfig.PublicAccessCidrs", "vpc_config.public_access_cidrs"),
        ("aws_launch_template", "LaunchTemplateData.MetadataOptions.HttpTokens", "metadata_options.http_tokens"),
        ("aws_ecr_repository", "ImageScanningConfiguration.ScanOnPush", "image_scanning_configuration.scan_on_push"),
        ("aws_s3_bucket_public_access_block", "PublicAccessBlockConfiguration.BlockPublicAcls", "block_public_acls"),
    ],
)
def test_how_a_property_is_written(type_: str, path: str, names: str) -> None:
    assert ".".join(written_as(type_, tuple(path.split(".")))) == names


@pytest.mark.parametrize(
    ("style", "keys", "value", "written"),
    [
        ("hcl|aws_kinesis_stream||", "StreamEncryption", {"EncryptionType": "KMS", "KeyId": "a"},
         [("encryption_type", "KMS", ""), ("kms_key_id", "a", "")]),
        ("hcl|aws_ecs_service|network_configuration|NetworkConfiguration.AwsvpcConfiguration", "AssignPublicIp",
         "DISABLED", [("assign_public_ip", False, "")]),
        ("hcl|aws_s3_bucket||", "VersioningConfiguration.Status", "Enabled",
         [("versioning_configuration.status", "Enabled", "aws_s3_bucket_versioning")]),
        ("hcl|aws_s3_bucket|versioning|VersioningConfiguration", "Status", "Enabled", [("enabled", True, "")]),
        ("hcl|aws_lb||", "LoadBalancerAttributes",
         [{"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"}],
         [("drop_invalid_header_fields", True, "")]),
        ("hcl|aws_eks_cluster||", "Logging.ClusterLogging.EnabledTypes", [{"Type": "audit"}],
         [("enabled_cluster_log_types", ["audit"], "")]),
        ("hcl|kubernetes_pod|spec.container|spec.containers", "securityContext.readOnlyRootFilesystem", True,
         [("security_context.read_only_root_filesystem", True, "")]),
        ("hcl|aws_sqs_queue||", "NothingOfTheKind", 1, []),
        ("camel", "Image", "x", []),
    ],
)  # fmt: skip
def test_how_a_value_is_written(style: str, keys: str, value: object, written: list[tuple[str, object, str]]) -> None:
    found = spelled(style, tuple(keys.split(".")), value)
    assert [(".".join(w.names), w.value, w.resource) for w in found] == written
