"""Keys, secrets, logs and what watches, on AWS.

Sources: AWS KMS Developer Guide, "Rotate AWS KMS keys" (off by default); Secrets Manager User Guide, "Rotate AWS Secrets
Manager secrets"; CloudWatch Logs User Guide, "Working with log groups and log streams" (kept for ever by default);
CloudTrail API reference, CreateTrail (one region and no validation by default); CloudFormation reference of each type.
"""

from __future__ import annotations

from typing import Any

from fourfold.linking.aws_ask import Ask, always, path, words, written
from fourfold.linking.aws_gateway import nowhere, policy_of
from fourfold.linking.aws_values import or_else, targets
from fourfold.linking.draft import Draft
from fourfold.model.condition import TRUE
from fourfold.model.nodes import Detector, Key, LogSink, Secret
from fourfold.model.nodes.node import NOTHING
from fourfold.model.resource import Resource
from fourfold.model.value import Choice, Value, known

DETECTORS: dict[str, tuple[str, Ask]] = {
    "AWS::GuardDuty::Detector": ("guardduty", path("Enable", absent=False)),
    "AWS::SecurityHub::Hub": ("securityhub", always()),
    "AWS::Config::ConfigurationRecorder": ("config", always()),
    "AWS::InspectorV2::Filter": ("inspector", always()),
    "AWS::Inspector::AssessmentTemplate": ("inspector", always()),
    "AWS::Macie::Session": ("macie", words("Status", table={"ENABLED": True, "PAUSED": False}, absent=True)),
    "AWS::AccessAnalyzer::Analyzer": ("access-analyzer", always()),
    "AWS::CloudWatch::Alarm": ("alarm", path("ActionsEnabled", absent=True)),
    "AWS::CloudWatch::CompositeAlarm": ("alarm", path("ActionsEnabled", absent=True)),
    "AWS::ECR::RegistryScanningConfiguration": ("image-scan", written("Rules")),
}
"""Type: what it is, and whether it watches."""


def add(draft: Draft) -> None:
    """All of them."""
    for key in draft.of_type("AWS::KMS::Key", "AWS::KMS::ReplicaKey"):
        _key(draft, key)
    _secrets(draft)
    _logs(draft)
    for kind, (name, enabled) in DETECTORS.items():
        for resource in draft.of_type(kind):
            draft.add(Detector(kind=name, enabled=enabled(resource), **_place(resource)))  # type: ignore[arg-type]


def _place(resource: Resource) -> dict[str, Any]:
    return {
        "resource": resource,
        "name": resource.address,
        "at": resource.properties,
        "condition": resource.condition,
    }


def _key(draft: Draft, key: Resource) -> None:
    """Only keys with symmetric material that KMS made can rotate by themselves; a replica rotates with its primary."""
    spec = key.get("KeySpec").default("SYMMETRIC_DEFAULT")
    rotates = (
        key.type == "AWS::KMS::Key"
        and spec.surely("SYMMETRIC_DEFAULT")
        and key.get("Origin").default("AWS_KMS").surely("AWS_KMS")
    )
    draft.add(
        Key(
            rotation=key.get("EnableKeyRotation").default(False) if rotates else NOTHING,
            policy=policy_of(draft, key),
            spec=spec,
            **_place(key),
        )
    )


# -- secrets ---------------------------------------------------------------------------------------------------------------


def _secrets(draft: Draft) -> None:
    schedules = _schedules(draft)
    for secret in draft.of_type("AWS::SecretsManager::Secret"):
        draft.add(
            Secret(
                kms_key=secret.get("KmsKeyId"),
                rotation=_rotation(secret, schedules.get(secret.key, [])),
                value=secret.get("SecretString"),
                **_place(secret),
            )
        )
    for parameter in draft.of_type("AWS::SSM::Parameter"):
        # CloudFormation makes plain parameters only: no key, no rotation.
        draft.add(Secret(kind="parameter", value=parameter.get("Value"), **_place(parameter)))


def _schedules(draft: Draft) -> dict[str, list[Resource]]:
    """Rotation schedules by the key of their secret; a reference to an attachment is one to its secret."""
    attached: dict[str, str] = {}
    for attachment in draft.of_type("AWS::SecretsManager::SecretTargetAttachment"):
        for secret in targets(draft, attachment.get("SecretId")):
            attached[attachment.key] = secret.key
    out: dict[str, list[Resource]] = {}
    for schedule in draft.of_type("AWS::SecretsManager::RotationSchedule"):
        for target in targets(draft, schedule.get("SecretId")):
            out.setdefault(attached.get(target.key, target.key), []).append(schedule)
    return out


def _rotation(secret: Resource, schedules: list[Resource]) -> Value:
    """The rules by which it is rotated, under the condition of the schedule that says them."""
    out: Value = nowhere(secret.properties)
    for schedule in schedules:
        rules = or_else(schedule.get("RotationRules"), known(True, at=schedule.properties))
        if schedule.condition in (TRUE, secret.condition):
            return rules
        out = Choice(rules.source, rules.start, rules.end, rules.key_start, schedule.condition, rules, out)
    return out


# -- logs ------------------------------------------------------------------------------------------------------------------


def _logs(draft: Draft) -> None:
    for group in draft.of_type("AWS::Logs::LogGroup"):
        draft.add(
            LogSink(
                kind="log-group",
                retention_days=group.get("RetentionInDays"),
                kms_key=group.get("KmsKeyId"),
                **_place(group),
            )
        )
    for trail in draft.of_type("AWS::CloudTrail::Trail"):
        draft.add(
            LogSink(
                kind="trail",
                kms_key=trail.get("KMSKeyId"),
                validation=trail.get("EnableLogFileValidation").default(False),
                all_regions=trail.get("IsMultiRegionTrail").default(False),
                enabled=trail.get("IsLogging"),
                destination=trail.get("S3BucketName"),
                **_place(trail),
            )
        )
    for flow in draft.of_type("AWS::EC2::FlowLog"):
        destination = or_else(flow.get("LogDestination"), flow.get("LogGroupName"))
        on = known(True, at=flow.properties)
        draft.add(LogSink(kind="flow-log", enabled=on, destination=destination, **_place(flow)))
