"""EBS volumes: of their own, and those that machines, launch templates and launch configurations start with.

Where nothing is written, the account's setting "EBS encryption by default" and the snapshot decide.
Source: Amazon EBS User Guide, "Amazon EBS encryption" and "Enable Amazon EBS encryption by default".
"""

from __future__ import annotations

from fourfold.linking.aws_values import name_of, undecided, within
from fourfold.linking.draft import Draft
from fourfold.model.condition import Condition
from fourfold.model.nodes import DataStore
from fourfold.model.resource import Resource
from fourfold.model.value import Value

BY_ACCOUNT = "the account's setting `EBS encryption by default` and the snapshot decide"
_HOLDERS: dict[str, tuple[str, ...]] = {
    "AWS::EC2::Instance": (),
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateData",),
    "AWS::AutoScaling::LaunchConfiguration": (),
}


def add(draft: Draft) -> None:
    """All volumes."""
    for volume in draft.of_type("AWS::EC2::Volume"):
        _add(draft, volume, volume.properties, volume.condition)
    for kind, path in _HOLDERS.items():
        for holder in draft.of_type(kind):
            for index, (when, mapping) in enumerate(holder.get(*path, "BlockDeviceMappings").elements()):
                condition = within(holder.condition, when)
                if condition is not None and not mapping.get("Ebs").absent:
                    device = name_of(mapping.get("DeviceName"), str(index))
                    _add(draft, holder, mapping.get("Ebs"), condition, device)


def _add(draft: Draft, resource: Resource, settings: Value, condition: Condition, device: str = "") -> None:
    draft.add(
        DataStore(
            resource=resource,
            name=f"{resource.address} {device}".rstrip(),
            part=f"volume/{device}" if device else "",
            at=settings,
            condition=condition,
            kind="volume",
            encrypted=undecided(settings.get("Encrypted"), BY_ACCOUNT),
            kms_key=settings.get("KmsKeyId"),
        )
    )
