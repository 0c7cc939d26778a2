"""Connectors: what one resource may do with another, as policies and permissions.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/reference-sam-connector.html (the
pairs), sam-resource-connector.html and managing-permissions-connectors.html; `connectors.json` holds what each pair is
allowed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from fourfold.model.condition import Condition, both
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Map, Ref, Seq, Text, Value, from_plain, known, sequence
from fourfold.sources.cloudformation.sam.expansion import Expansion, built, nothing, scalar

_TYPES = {
    "AWS::Serverless::Function": "AWS::Lambda::Function",
    "AWS::Serverless::StateMachine": "AWS::StepFunctions::StateMachine",
    "AWS::Serverless::SimpleTable": "AWS::DynamoDB::Table",
    "AWS::Serverless::Api": "AWS::ApiGateway::RestApi",
    "AWS::Serverless::HttpApi": "AWS::ApiGatewayV2::Api",
    "AWS::Serverless::WebSocketApi": "AWS::ApiGatewayV2::Api",
    "AWS::Serverless::GraphQLApi": "AWS::AppSync::GraphQLApi",
}
_ARN_BY_REF = frozenset({"AWS::SNS::Topic", "AWS::StepFunctions::StateMachine"})
"""Types whose plain reference is their ARN."""
_ID = {"AWS::AppSync::GraphQLApi": "ApiId"}
"""Attribute that is the identifier, where it is not the plain reference."""


class End(msgspec.Struct, frozen=True):
    """The source or the destination of a connector."""

    type: str
    arn: Value
    role: Value
    """Name of the role it runs as; absent where it has none."""
    identifier: Value
    name: Value
    url: Value
    """SQS: the queue's URL."""
    qualifier: Value
    at: Value


@cache
def _profiles() -> Any:
    return json.loads(resources.files(__package__).joinpath("connectors.json").read_text("utf-8"))


def expand_all(x: Expansion) -> None:
    """Give what the connectors of the template stand for: resources of their own, and those inside other resources."""
    for resource in x.given.values():
        if resource.type == "AWS::Serverless::Connector":
            _connector(x, resource, resource.address, resource.properties, resource.get("Source"))
        embedded = resource.attributes.get("Connectors")
        if not isinstance(embedded, Absent):
            for _, name, value in embedded.pairs():
                properties = value.get("Properties")
                source = _own(resource, properties.get("SourceReference"), value)
                existing = x.template.stack.exists(value, {})
                origin = msgspec.structs.replace(resource, condition=both(resource.condition, existing))
                _connector(x, origin, f"{resource.address}{name}", properties, source)


def _own(resource: Resource, reference: Value, at: Value) -> Value:
    """A connector's source where it stands inside a resource: the resource."""
    entries = dict(reference.entries_) if isinstance(reference, Map) else {}
    return built({**entries, "Id": known(resource.address, at=at)}, at=at)


def _connector(x: Expansion, origin: Resource, address: str, properties: Value, source: Value) -> None:
    wanted = properties.get("Destination")
    several = isinstance(wanted, Seq)
    asked = {scalar(item) for _, item in properties.get("Permissions").elements()}
    start = _end(x, source)
    for index, (when, destination) in enumerate(wanted.elements()):
        end = _end(x, destination)
        if start is None or end is None or not isinstance(destination, Map):
            x.problem(properties, f"connector `{address}` names a source or destination that is not known")
            continue
        suffix = f"Destination{index}" if several else ""
        if not connect(x, origin, address, suffix, start, end, asked, when):
            what = f"`{start.type}` with `{end.type}`"
            x.problem(properties, f"connector `{address}` joins {what}, which is not a pair that is known")


def connect(
    x: Expansion, origin: Resource, address: str, suffix: str, start: End, end: End, asked: set[str], when: Condition
) -> bool:
    """Give what one pair needs; False where the pair is not known."""
    profiles = _profiles()
    for profile in profiles["policies"]:
        if profile["to"] == end.type and start.type in profile["from"]:
            statements = [_statement(x, s, start, end) for kind in _order(profile, asked) for s in profile[kind]]
            role = start.role if profile["of"] == "source" else end.role
            _emit_policy(x, origin, f"{address}Policy{suffix}", statements, role, end, when)
            return True
    if end.type == "AWS::Lambda::Function" and start.type in profiles["permissions"]:
        _emit_permission(x, origin, f"{address}WriteLambdaPermission{suffix}", start, end, when)
        return True
    principal = profiles["resource_policies"].get(end.type, {}).get(start.type)
    if principal is not None:
        _emit_resource_policy(x, origin, address, suffix, principal, start, end, when)
        return True
    return False


def _order(profile: dict[str, Any], asked: set[str]) -> Iterator[str]:
    return (kind for kind in ("Read", "Write") if kind in asked and kind in profile)


def _statement(x: Expansion, data: dict[str, Any], start: End, end: End) -> Value:
    holes = {"Destination": end.arn, "Source": start.arn, "DestinationName": end.name}
    listed = [x.text(pattern, end.at, **holes) for pattern in data["Resource"]]
    entries = {
        "Effect": known("Allow", at=end.at),
        "Action": from_plain(data["Action"], at=end.at),
        "Resource": sequence(listed, at=end.at),
    }
    return built(entries, at=end.at)


def _emit_policy(
    x: Expansion, origin: Resource, address: str, statements: list[Value], role: Value, end: End, when: Condition
) -> None:
    document = {"Version": known("2012-10-17", at=end.at), "Statement": sequence(statements, at=end.at)}
    roles = None if nothing(role) else sequence([role], at=end.at)
    entries = {"PolicyDocument": built(document, at=end.at), "Roles": roles}
    x.emit("AWS::IAM::ManagedPolicy", address, entries, origin=origin, at=end.at, when=when)


def _emit_permission(x: Expansion, origin: Resource, address: str, start: End, end: End, when: Condition) -> None:
    profile = _profiles()["permissions"][start.type]
    holes = {"Source": start.arn, "SourceId": start.identifier, "Qualifier": start.qualifier}
    entries: dict[str, Value | None] = {
        "Action": known("lambda:InvokeFunction", at=end.at),
        "FunctionName": end.arn,
        "Principal": known(profile["principal"], at=end.at),
        "SourceArn": x.text(profile["source"], end.at, **holes),
        "SourceAccount": x.pseudo("AWS::AccountId", end.at) if start.type == "AWS::S3::Bucket" else None,
    }
    x.emit("AWS::Lambda::Permission", address, entries, origin=origin, at=end.at, when=when)


def _emit_resource_policy(
    x: Expansion, origin: Resource, address: str, suffix: str, principal: str, start: End, end: End, when: Condition
) -> None:
    at = end.at
    queue = end.type == "AWS::SQS::Queue"
    source = built({"aws:SourceArn": start.arn}, at=at)
    statement = built(
        {
            "Effect": known("Allow", at=at),
            "Principal": built({"Service": known(principal, at=at)}, at=at),
            "Action": known("sqs:SendMessage" if queue else "sns:Publish", at=at),
            "Resource": end.arn,
            "Condition": built({"ArnEquals": source}, at=at),
        },
        at=at,
    )
    document = {"Version": known("2012-10-17", at=at), "Statement": sequence([statement], at=at)}
    entries = {
        "PolicyDocument": built(document, at=at),
        "Queues" if queue else "Topics": sequence([end.url if queue else end.arn], at=at),
    }
    kind, name = ("AWS::SQS::QueuePolicy", "QueuePolicy") if queue else ("AWS::SNS::TopicPolicy", "TopicPolicy")
    x.emit(kind, f"{address}{name}{suffix}", entries, origin=origin, at=at, when=when)


# -- ends --------------------------------------------------------------------------------------------------------------


def _end(x: Expansion, value: Value) -> End | None:
    """What a reference to a resource, by its logical id or by its properties, leads to."""
    get = value.get
    name = scalar(get("Id"))
    qualifier = get("Qualifier")
    if nothing(qualifier):
        qualifier = known("*", at=value)
    if not name:
        kind = scalar(get("Type"))
        if not kind:
            return None
        parts = (get("Arn"), get("RoleName"), get("ResourceId"), get("Name"), get("QueueUrl"))
        return End(_TYPES.get(kind, kind), *parts, qualifier, value)
    resource = x.out.get(name) or x.given.get(name)
    if resource is None:
        return None
    kind = _TYPES.get(resource.type, resource.type)
    return End(
        kind,
        x.ref(name, "" if kind in _ARN_BY_REF else "Arn", at=value),
        _role(x, resource, kind, value),
        x.ref(name, _ID.get(kind, ""), at=value),
        x.ref(name, "Name", at=value),
        x.ref(name, at=value),
        qualifier,
        value,
    )


def _role(x: Expansion, resource: Resource, kind: str, at: Value) -> Value:
    """The name of the role a resource runs as: a reference to the role, or the end of its ARN."""
    path = {
        "AWS::Lambda::Function": ("Role",),
        "AWS::StepFunctions::StateMachine": ("RoleArn",),
        "AWS::AppSync::DataSource": ("ServiceRoleArn",),
        "AWS::Events::Rule": ("Targets", 0, "RoleArn"),
    }.get(kind, ("",))
    value = resource.get(*path)
    if isinstance(value, Ref):
        return msgspec.structs.replace(value, attribute="")
    if isinstance(value, Known) and ":role/" in str(value.value):
        return known(str(value.value).rpartition("/")[2], at=value)
    if isinstance(value, Text) and isinstance(value.parts[-1], str) and "/" in value.parts[-1]:
        return known(value.parts[-1].rpartition("/")[2], at=value)
    return value
