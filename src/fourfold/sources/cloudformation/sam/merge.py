"""Globals: what a template says once for all its functions, APIs, tables and state machines.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html:
mappings are merged, lists of the section come before the resource's own, anything else of the resource replaces the
section's. What comes from the section keeps its place there, so a fix changes it for all; a mapping made by merging has
the resource's own place, so what is inserted goes to the resource.
"""

from __future__ import annotations

import msgspec

from fourfold.model.resource import Resource
from fourfold.model.value import Known, Map, Seq, Value
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


def with_globals(resource: Resource, template: Template) -> Value:
    """The resource's properties with the template's `Globals` for its type merged in.

    Left out is what `IgnoreGlobals` names, and what the resource takes away itself (`Timeout: !Ref AWS::NoValue`).
    """
    properties = resource.properties
    section = template.globals.get(SECTIONS.get(resource.type, ""))
    if not isinstance(section, Map):
        return properties
    ignored = resource.attributes.get("IgnoreGlobals")
    left_out = {str(v.value) for _, v in ignored.elements() if isinstance(v, Known)}
    if "*" in left_out:
        return properties
    left_out |= _taken_away(resource, template)
    if left_out:
        kept = {key: value for key, value in section.entries_.items() if key not in left_out}
        section = msgspec.structs.replace(section, entries_=kept)
    return merged(section, properties)


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
        return msgspec.structs.replace(own, entries_=entries)
    if isinstance(base, Seq) and isinstance(own, Seq):
        return msgspec.structs.replace(own, items_=base.items_ + own.items_)
    return own
