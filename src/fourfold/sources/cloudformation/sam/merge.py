"""Globals: what a template says once for all its functions, APIs, tables and state machines.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html:
mappings are merged, lists of the section come before the resource's own, anything else of the resource replaces the
section's. What comes from the section keeps its place there, so a fix changes it for all; a mapping made by merging has
the resource's own place, so what is inserted goes to the resource. What a macro or an include adds to the section is
unknown in every resource.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Map, Seq, Unknown, Value, mapping, unknown
from fourfold.sources.cloudformation.template import Template

SECTIONS = {
    "AWS::Serverless::Function": "Function",
    "AWS::Serverless::Api": "Api",
    "AWS::Serverless::HttpApi": "HttpApi",
    "AWS::Serverless::WebSocketApi": "WebSocketApi",
    "AWS::Serverless::SimpleTable": "SimpleTable",
    "AWS::Serverless::StateMachine": "StateMachine",
    "AWS::Serverless::LayerVersion": "LayerVersion",
    "AWS::Serverless::CapacityProvider": "CapacityProvider",
}

SUPPORTED = {
    "Function": (
        "Architectures AssumeRolePolicyDocument AutoPublishAlias AutoPublishAliasAllProperties CapacityProviderConfig"
        " CodeSigningConfigArn CodeUri DeadLetterQueue DeploymentPreference Description DurableConfig Environment"
        " EphemeralStorage EventInvokeConfig FileSystemConfigs FunctionScalingConfig FunctionUrlConfig Handler KmsKeyArn"
        " Layers LoggingConfig MemorySize PermissionsBoundary PropagateTags ProvisionedConcurrencyConfig"
        " PublishToLatestPublished RecursiveLoop ReservedConcurrentExecutions RolePath Runtime RuntimeManagementConfig"
        " SnapStart SourceKMSKeyArn Tags TenancyConfig Timeout Tracing VersionDeletionPolicy VpcConfig"
    ),
    "Api": (
        "AccessLogSetting AlwaysDeploy Auth BinaryMediaTypes CacheClusterEnabled CacheClusterSize CanarySetting Cors"
        " DefinitionUri Domain EndpointAccessMode EndpointConfiguration GatewayResponses MergeDefinitions MethodSettings"
        " MinimumCompressionSize Name OpenApiVersion PropagateTags SecurityPolicy TracingEnabled Variables"
    ),
    "HttpApi": (
        "AccessLogSettings Auth CorsConfiguration DefaultRouteSettings Domain FailOnWarnings PropagateTags RouteSettings"
        " StageVariables Tags"
    ),
    "WebSocketApi": (
        "AccessLogSettings ApiKeySelectionExpression DefaultRouteSettings DisableExecuteApiEndpoint"
        " DisableSchemaValidation Domain FailOnWarnings IpAddressType PropagateTags RouteSelectionExpression"
        " RouteSettings StageVariables Tags"
    ),
    "SimpleTable": "SSESpecification",
    "StateMachine": "PropagateTags",
    "LayerVersion": "PublishLambdaVersion",
    "CapacityProvider": (
        "InstanceRequirements KmsKeyArn LoggingConfig ManagedResourceTags OperatorRole PropagateTags ScalingConfig Tags"
        " VpcConfig"
    ),
}
"""What each section can say; no more than that is unknown where a section is not known."""


def with_globals(resource: Resource, template: Template) -> Value:
    """The resource's properties with the template's `Globals` for its type merged in.

    Left out is what `IgnoreGlobals` names, and what the resource takes away itself (`Timeout: !Ref AWS::NoValue`).
    """
    properties = resource.properties
    name = SECTIONS.get(resource.type)
    if name is None:
        return properties
    section = template.globals.get(name)
    if isinstance(section, (Absent, Known)):
        return properties
    said = _said(section, SUPPORTED[name].split())
    ignored = resource.attributes.get("IgnoreGlobals")
    left_out = {str(v.value) for _, v in ignored.elements() if isinstance(v, Known)}
    if "*" in left_out:
        return properties
    left_out |= _taken_away(resource, template)
    kept = {key: value for key, value in said.items() if key not in left_out}
    return merged(mapping(kept, at=section), properties)


def not_known(template: Template) -> Iterator[tuple[Value, str]]:
    """Where `Globals` or a section of it is not known, or only in part, and why."""
    sections = template.globals
    entries = sections.entries_ if isinstance(sections, Map) else {}
    for what, value in (("`Globals`", sections), *((f"`{name}` of `Globals`", v) for name, v in entries.items())):
        rest = value.rest if isinstance(value, Map) else value
        if rest is not None and not isinstance(rest, (Absent, Known)):
            yield rest, f"what {what} says is not known: {_reason(rest)}"


def _reason(rest: Value) -> str:
    return rest.reason or "it depends on a condition, or is no mapping"


def _said(section: Value, supported: list[str]) -> dict[str, Value]:
    """What a section says; where it is not known, or a macro adds to it, that can be anything it may say."""
    entries = section.entries_ if isinstance(section, Map) else {}
    rest = section.rest if isinstance(section, Map) else section
    if rest is None:
        return entries
    added = unknown(f"what `Globals` says is not known: {_reason(rest)}", at=rest, maybe_absent=True)
    return {**dict.fromkeys(supported, added), **entries}


def _taken_away(resource: Resource, template: Template) -> set[str]:
    """Properties that are written, but come to nothing."""
    body, _ = template.stack.declared.get(resource.address, (None, None))
    written = body.get("Properties") if body is not None else None
    if not isinstance(written, Map) or not isinstance(resource.properties, Map):
        return set()
    return set(written.entries_) - set(resource.properties.entries_)


def merged(base: Value, own: Value) -> Value:
    """`own` over `base`, by the rules of the section."""
    if isinstance(base, Map) and isinstance(own, Map):
        entries = dict(base.entries_)
        for key, value in own.entries_.items():
            entries[key] = merged(entries[key], value) if key in entries else value
        opened = isinstance(base.rest, Unknown) and not isinstance(own.rest, Unknown)
        return msgspec.structs.replace(own, entries_=entries, rest=base.rest if opened else own.rest)
    if isinstance(base, Seq) and isinstance(own, Seq):
        return msgspec.structs.replace(own, items_=base.items_ + own.items_)
    if isinstance(base, Unknown) and base.maybe_absent:
        return _beside_unknown(base, own)
    return own


def _beside_unknown(base: Unknown, own: Value) -> Value:
    """What is written, where the section may say more of it."""
    if isinstance(own, Map):
        entries = {key: _beside_unknown(base, value) for key, value in own.entries_.items()}
        return msgspec.structs.replace(own, entries_=entries, rest=own.rest if isinstance(own.rest, Unknown) else base)
    return msgspec.structs.replace(own, items_=(base, *own.items_)) if isinstance(own, Seq) else own
