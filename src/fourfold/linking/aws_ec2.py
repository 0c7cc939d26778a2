"""Virtual machines: instances, launch templates and configurations, and the groups that start machines from them.

Whether instance metadata takes version 1 is decided by the account's setting and the machine image where nothing is
written, so it is unknown then.

Sources: Amazon EC2 User Guide, "Configure instance metadata options for new instances" (order of precedence) and
"Amazon EC2 instance IP addressing" (public addresses); CloudFormation reference of each type.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from fourfold.linking.aws_values import or_else, targets, undecided, within
from fourfold.linking.draft import Draft
from fourfold.model.condition import Condition
from fourfold.model.nodes import Launch, NetworkInterface, Variable, Workload
from fourfold.model.resource import Resource
from fourfold.model.value import Choice, Known, Map, Value

TEMPLATE = "AWS::EC2::LaunchTemplate"
_OUTSIDE = "the launch template is not part of what was read"
TOKENS_LEFT_OPEN = "the account's setting and the machine image decide whether tokens are required"
_ADDRESS = "the subnet decides whether it gets a public address"

Lookup = Callable[..., Value]


def add(draft: Draft) -> None:
    """All machines, their user data and interfaces, and what starts them."""
    instances = draft.of_type("AWS::EC2::Instance")
    groups = _groups(draft)
    users = [*instances, *draft.of_type("AWS::EKS::Nodegroup")]
    by_instance = {t.key for user in users for t in _templates(draft, user.get("LaunchTemplate"))}
    by_group = {t.key for _, value in groups for t in _templates(draft, value)}
    for template in draft.of_type(TEMPLATE):
        # A template that only instances and node groups of the scan use is judged there, with what they change.
        if template.key in by_group or template.key not in by_instance:
            _machine(draft, template, template.get("LaunchTemplateData").get, template.get("LaunchTemplateData"))
    for configuration in draft.of_type("AWS::AutoScaling::LaunchConfiguration"):
        _machine(draft, configuration, configuration.get, configuration.properties)
    for instance in instances:
        _machine(
            draft, instance, with_template(draft, instance.get, instance.get("LaunchTemplate")), instance.properties
        )
    for group, value in groups:
        _launch(draft, group, value)


def with_template(draft: Draft, get: Lookup, reference: Value) -> Lookup:
    """A lookup that falls back to the launch template referred to; unknown where that is outside of the scan."""
    if reference.absent:
        return get
    template = next(_templates(draft, reference), None)

    def lookup(*path: str) -> Value:
        own = get(*path)
        if template is None:
            return undecided(own, _OUTSIDE)
        return or_else(own, template.get("LaunchTemplateData", *path))

    return lookup


def _templates(draft: Draft, value: Value) -> Iterator[Resource]:
    return (r for r in targets(draft, value) if r.type == TEMPLATE)


def _machine(draft: Draft, resource: Resource, get: Lookup, at: Value) -> Workload:
    options = "MetadataOptions"
    workload = draft.add(
        Workload(
            resource=resource,
            name=resource.address,
            at=at,
            condition=resource.condition,
            platform="ec2",
            kind=resource.type,
            role=_profile(get("IamInstanceProfile")),
            metadata_tokens=undecided(get(options, "HttpTokens"), TOKENS_LEFT_OPEN),
            metadata_hops=undecided(get(options, "HttpPutResponseHopLimit"), "the account and the image decide it"),
            metadata_endpoint=undecided(get(options, "HttpEndpoint"), "the account's setting decides it"),
        )
    )
    add_user_data(draft, resource, get("UserData"))
    for interface in _interfaces(draft, resource, get, at):
        draft.connect(workload, "attached", draft.add(interface))
    return workload


def _profile(value: Value) -> Value:
    """An instance takes a profile's name, a launch template a mapping with its name or ARN."""
    if isinstance(value, Choice):
        return replace(value, yes=_profile(value.yes), no=_profile(value.no))
    return or_else(value.get("Arn"), value.get("Name")) if isinstance(value, Map) else value


def add_user_data(draft: Draft, resource: Resource, value: Value) -> None:
    """The script a machine starts with, as a variable: everybody who may describe the machine can read it."""
    if value.absent:
        return
    variable = Variable(
        resource=resource,
        name="user data",
        part="user-data",
        at=value,
        condition=resource.condition,
        value=decoded(value),
        owner=f"machine `{resource.address}`",
        position="user-data",
        platform="ec2",
    )
    draft.add(variable)


def decoded(value: Value) -> Value:
    """User data as text, where it is written in base64; what `Fn::Base64` encodes is read as the text it is."""
    if isinstance(value, Choice):
        return replace(value, yes=decoded(value.yes), no=decoded(value.no))
    if not isinstance(value, Known) or not isinstance(value.value, str) or len(value.value) < 8:
        return value
    if any(step.note.startswith("encoded by") for step in value.provenance):
        return value
    try:
        text = base64.b64decode("".join(value.value.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return value
    return replace(value, value=text)


def _interfaces(draft: Draft, resource: Resource, get: Lookup, at: Value) -> list[NetworkInterface]:
    groups = or_else(get("SecurityGroupIds"), get("SecurityGroups"))
    own = get("AssociatePublicIpAddress")  # Launch configurations only.
    listed = list(get("NetworkInterfaces").elements())
    if not listed:
        subnet = get("SubnetId")
        return [_interface(resource, "network", at, resource.condition, subnet, groups, _public(draft, own, subnet))]
    out: list[NetworkInterface] = []
    for index, (when, item) in enumerate(listed):
        condition = within(resource.condition, when)
        if condition is None:
            continue
        subnet = or_else(item.get("SubnetId"), get("SubnetId"))
        attached = or_else(or_else(item.get("GroupSet"), item.get("Groups")), groups)
        public = _public(draft, item.get("AssociatePublicIpAddress"), subnet)
        out.append(_interface(resource, f"network/{index}", item, condition, subnet, attached, public))
    return out


def _interface(
    resource: Resource, part: str, at: Value, condition: Condition, subnet: Value, groups: Value, public: Value
) -> NetworkInterface:
    return NetworkInterface(
        resource=resource,
        name=resource.address,
        part=part,
        at=at,
        condition=condition,
        owner=resource.key,
        subnets=subnet,
        security_groups=groups,
        public_address=public,
    )


def _public(draft: Draft, written: Value, subnet: Value) -> Value:
    """What is written; else what the subnet says, where it is part of the scan."""
    found = draft.target(subnet)
    if found is not None and found.type == "AWS::EC2::Subnet":
        return or_else(written, found.get("MapPublicIpOnLaunch")).default(False)
    return undecided(written, _ADDRESS)


# -- what starts machines ------------------------------------------------------------------------------------------------


def _groups(draft: Draft) -> list[tuple[Resource, Value]]:
    """Scaling groups and fleets, with a value that holds references to all they start machines from."""
    out: list[tuple[Resource, Value]] = []
    for group in draft.of_type("AWS::AutoScaling::AutoScalingGroup"):
        out.extend(
            (group, group.get(*path))
            for path in (
                ("LaunchTemplate",),
                ("MixedInstancesPolicy", "LaunchTemplate"),
                ("LaunchConfigurationName",),
            )
        )
    for fleet in draft.of_type("AWS::EC2::EC2Fleet"):
        out.append((fleet, fleet.get("LaunchTemplateConfigs")))
    for fleet in draft.of_type("AWS::EC2::SpotFleet"):
        out.append((fleet, fleet.get("SpotFleetRequestConfigData", "LaunchTemplateConfigs")))
    return [(group, value) for group, value in out if not value.absent]


def _launch(draft: Draft, group: Resource, value: Value) -> None:
    launch = Launch(
        resource=group,
        name=group.address,
        at=group.properties,
        condition=group.condition,
        kind=group.type,
        desired=group.get("DesiredCapacity"),
    )
    draft.add(launch)
    for target in targets(draft, value):
        for node in draft.by_resource.get(target.key, ()):
            if isinstance(node, Workload):
                draft.connect(launch, "runs", node, value.span)
