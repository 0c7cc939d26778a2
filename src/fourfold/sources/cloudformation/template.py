"""A template's resources, evaluated."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fourfold.model.place import Source
from fourfold.model.resource import Resource
from fourfold.model.value import NOWHERE, Absent, Known, Map, Value
from fourfold.sources.cloudformation.loops import Loop
from fourfold.sources.cloudformation.stack import Stack
from fourfold.sources.cloudformation.texts import hole, nothing

_NONE = Map(NOWHERE, 0, 0, -1, {})
_OWN = {"Type", "Properties", "Condition", "Metadata"}
"""Keys of a resource that have fields of their own; the others are its attributes."""


class Template(msgspec.Struct, frozen=True, eq=False):
    """One stack as an expansion (SAM) sees it."""

    stack: Stack
    """Evaluates (`stack.value`), refers (`stack.reference`, `stack.attribute`, `stack.prefix`), tells problems."""
    globals: Value
    """The `Globals` section, evaluated; `Absent` where there is none."""
    resources: dict[str, Resource]
    """Every resource by logical id, evaluated and not expanded, in the order of the template."""

    @property
    def source(self) -> Source:
        return self.stack.source


def template_of(stack: Stack) -> Template:
    """Everything a stack declares under `Resources`, evaluated."""
    resources = {}
    for name, (body, loop) in stack.declared.items():
        resource = _resource(stack, name, body, loop)
        if resource is not None:
            resources[name] = resource
    return Template(stack, stack.value(stack.root.get("Globals")), resources)


def _resource(stack: Stack, name: str, body: Value, loop: Loop) -> Resource | None:
    if not isinstance(body, Map):
        stack.problem(body, f"resource `{name}` is not a mapping")
        return None
    kind = stack.within(loop, body.get("Type"))
    if not isinstance(kind, Known) or not isinstance(kind.value, str):
        what = "has no `Type`" if isinstance(kind, Absent) else "has a `Type` that is not a string"
        stack.problem(body, f"resource `{name}` {what}")
        return None
    entries = body.entries_
    properties = _properties(stack, name, body, loop)
    metadata = stack.within(loop, entries["Metadata"]) if "Metadata" in entries else _NONE
    others = {k: stack.within(loop, v) for k, v in entries.items() if k not in _OWN} if len(entries) > 2 else {}
    attributes = Map(body.source, body.start, body.end, body.key_start, others)
    path = metadata.get("aws:cdk:path")
    return Resource(
        type=kind.value,
        address=name,
        properties=properties,
        span=body.span,
        format="cloudformation",
        condition=stack.exists(body),
        metadata=metadata,
        attributes=attributes,
        origin=path._text() if isinstance(path, Known) else "",
    )


def _properties(stack: Stack, name: str, body: Map, loop: Loop) -> Value:
    """Always a mapping; one that is not written leads inserts to where it would be."""
    written = body.get("Properties")
    value = stack.within(loop, written)
    if isinstance(value, Map):
        return value
    rest: Value
    if isinstance(value, Absent):
        rest = value
    elif isinstance(value, Known) and value.value is None:
        rest = nothing(value)
    else:
        stack.problem(value, f"the properties of `{name}` are not a mapping")
        rest = hole(value.reason or "the properties are not a mapping", value, maybe_absent=True)
    return Map(value.source, value.start, value.end, value.key_start, {}, (), "", rest)


def others(stack: Stack) -> Iterator[Resource]:
    """Parameters and outputs, as resources of the types `Template::Parameter` and `Template::Output`."""
    for name, declared in stack.parameters.items():
        at = declared.declaration
        yield Resource("Template::Parameter", f"Parameters/{name}", at, at.span, "cloudformation")
    for name, node, loop in stack.declarations("Outputs"):
        if isinstance(node, Map):
            properties = stack.within(loop, node)
            yield Resource(
                "Template::Output", f"Outputs/{name}", properties, node.span, "cloudformation", stack.exists(node)
            )
        else:
            stack.problem(node, f"output `{name}` is not a mapping")
