"""AWS::Serverless::StateMachine with its role, alias and events.

Sources: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html and
sam-specification-generated-resources-statemachine.html.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from fourfold.model.condition import FALSE, both
from fourfold.model.resource import Resource
from fourfold.model.value import Known, Map, Seq, Value, from_plain, known, unknown
from fourfold.sources.cloudformation.sam import rules
from fourfold.sources.cloudformation.sam.definition import read_file
from fourfold.sources.cloudformation.sam.events import api_of, declared
from fourfold.sources.cloudformation.sam.expansion import (
    Expansion,
    Route,
    built,
    nothing,
    present,
    scalar,
    tags,
    through,
)
from fourfold.sources.cloudformation.sam.function import created_by, emit_role, location
from fourfold.sources.cloudformation.sam.merge import with_globals
from fourfold.sources.cloudformation.sam.role import Grants, own_role
from fourfold.sources.cloudformation.sam.spelling import styled
from fourfold.sources.cloudformation.sam.target import Event, Target

CREATED_BY = {"stateMachine:createdBy": "SAM"}

_SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9_]+)\}")


def expand(x: Expansion, resource: Resource) -> None:
    """Give the state machine and what SAM makes for it."""
    properties = with_globals(resource, x.template)
    if not isinstance(properties, Map):
        x.problem(
            properties, f"the properties of `{resource.address}` are not known; what SAM makes of them is not, too"
        )
        x.become("AWS::StepFunctions::StateMachine", resource, properties)
        return
    get, address = properties.get, resource.address
    role, made_when = own_role(x, get("Role"), f"{address}Role", properties)
    x.roles[address] = role
    grants = Grants(x, f"{address}Role")
    entries: dict[str, Value | None] = {
        **_definition(x, properties),
        "DefinitionSubstitutions": get("DefinitionSubstitutions"),
        "StateMachineName": get("Name"),
        "StateMachineType": get("Type"),
        "LoggingConfiguration": get("Logging"),
        "TracingConfiguration": get("Tracing"),
        "EncryptionConfiguration": get("EncryptionConfiguration"),
        "RoleArn": role,
        "Tags": tags(get("Tags"), created_by(properties, CREATED_BY), at=properties),
    }
    new = styled(msgspec.structs.replace(properties, entries_=present(entries)), "sam:StateMachine")
    x.become("AWS::StepFunctions::StateMachine", resource, new)
    alias = _alias(x, resource, properties)
    target = Target(x, resource, properties, "states", alias or address, "", grants)
    for when, name, value, own in declared(x, resource, properties):
        kind = scalar(value.get("Type"))
        handler = HANDLERS.get(kind)
        if handler is None:
            x.problem(value, f"event `{name}` of `{address}` is `{kind}`, which is not an event of a state machine")
        else:
            handler(Event(x, target, name, value, own, when))
    _tracing(x, properties, grants, address)
    grants.policies(get("Policies"))
    if made_when != FALSE:
        emit_role(x, resource, properties, grants, "states.amazonaws.com", made_when, CREATED_BY)


def _tracing(x: Expansion, properties: Map, grants: Grants, address: str) -> None:
    enabled = properties.get("Tracing").get("Enabled")
    when = x.among(enabled, f"Tracing of {address}", "true", "True", "1")
    if when != FALSE:
        grants.attach("AWSXrayWriteOnlyAccess", properties.get("Tracing"), when)


# -- definition --------------------------------------------------------------------------------------------------------


def _definition(x: Expansion, properties: Map) -> dict[str, Value | None]:
    """The states, with substitutions put in, or where in S3 they are."""
    written, uri = properties.get("Definition"), properties.get("DefinitionUri")
    if nothing(written) and not nothing(uri):
        place = through(uri, location)
        path = scalar(uri)
        if isinstance(place, Map):
            names = {"S3Bucket": "Bucket", "S3Key": "Key", "S3ObjectVersion": "Version"}
            moved = {names.get(key, key): entry for key, entry in place.entries_.items()}
            return {"DefinitionS3Location": built(moved, at=place)}
        found = read_file(x, uri, path) if path else None
        why = f"`{path}` is not in the scan" if path else "where the definition is, is not known"
        written = unknown(why, at=uri) if found is None else found
    substitutions = properties.get("DefinitionSubstitutions")
    if isinstance(substitutions, Map) and substitutions.entries_ and isinstance(written, Map):
        written = _substituted(x, written, substitutions.entries_)
    return {"Definition": written}


def _substituted(x: Expansion, value: Value, names: dict[str, Value]) -> Value:
    """The value with `${name}` in its texts replaced."""
    if isinstance(value, Map):
        entries = {key: _substituted(x, entry, names) for key, entry in value.entries_.items()}
        return msgspec.structs.replace(value, entries_=entries)
    if isinstance(value, Seq):
        return msgspec.structs.replace(value, items_=tuple(_substituted(x, item, names) for item in value.items_))
    if isinstance(value, Known) and isinstance(value.value, str) and "${" in value.value:
        held = {name: names[name] for name in _SUBSTITUTION.findall(value.value) if name in names}
        return x.filled(value.value, value, held) if held else value
    return value


def _alias(x: Expansion, resource: Resource, properties: Map) -> str:
    """Give the version and the alias that `AutoPublishAlias` asks for; the alias's logical id, or the empty string."""
    alias, address = properties.get("AutoPublishAlias"), resource.address
    name = scalar(alias)
    if not name:
        return ""
    kept = from_plain({"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}, at=alias)
    x.emit(
        "AWS::StepFunctions::StateMachineVersion",
        f"{address}Version",
        {
            "StateMachineArn": x.ref(address, at=alias),
            "StateMachineRevisionId": x.ref(address, "StateMachineRevisionId", at=alias),
        },
        origin=resource,
        at=alias,
        attributes=kept,
    )
    preference = properties.get("DeploymentPreference")
    given = preference.entries_ if isinstance(preference, Map) else {"Type": known("ALL_AT_ONCE", at=alias)}
    entries = {**given, "StateMachineVersionArn": x.ref(f"{address}Version", at=alias)}
    identifier = f"{address}Alias{name}"
    x.emit(
        "AWS::StepFunctions::StateMachineAlias",
        identifier,
        {"Name": alias, "DeploymentPreference": built(entries, at=alias)},
        origin=resource,
        at=alias,
    )
    return identifier


# -- events ------------------------------------------------------------------------------------------------------------


def _api(event: Event) -> None:
    """A route of a REST API that starts the state machine."""
    x, get, at = event.x, event.properties.get, event.value
    api, _ = api_of(x, get("RestApiId"), "Api")
    path, method = scalar(get("Path")), scalar(get("Method")).lower()
    if not path or not method:
        x.problem(at, f"event `{event.id}` of `{event.owner.address}` has a path or method that is not known")
        return
    role = rules.start_role(event, "apigateway.amazonaws.com", at)
    if api:
        uri = x.text("arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution", at)
        when = both(event.owner.condition, event.when)
        route = Route(at, event.properties, path, method, uri, when, role, "states")
        x.routes.setdefault(api, []).append(route)


HANDLERS: dict[str, Callable[[Event], None]] = {
    "Api": _api,
    "Schedule": rules.schedule,
    "ScheduleV2": rules.schedule_v2,
    "EventBridgeRule": rules.pattern,
    "CloudWatchEvent": rules.pattern,
}
