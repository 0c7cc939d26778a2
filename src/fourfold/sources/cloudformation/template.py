"""A template's resources, evaluated."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fourfold.model.condition import TRUE, Condition, both
from fourfold.model.place import Source
from fourfold.model.resource import Resource
from fourfold.model.value import NOWHERE, Absent, Known, Map, Unknown, Value
from fourfold.sources.cloudformation.include import opened
from fourfold.sources.cloudformation.loops import Loop
from fourfold.sources.cloudformation.run import STEPS_MAX, ExhaustedError
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
    """Every resource by logical id (its address), evaluated and not expanded, in the order of the template."""

    @property
    def source(self) -> Source:
        return self.stack.source


def template_of(stack: Stack) -> Template:
    """Everything a stack declares under `Resources`, evaluated."""
    if stack.macros:
        names = ", ".join(f"`{name}`" for name in stack.macros)
        why = f"macro {names} rewrites this template at deployment; what is not written in it is unknown"
        stack.problem(stack.root.get("Transform"), why)
    resources = {}
    for name, (body, loop) in stack.declared.items():
        resource = _resource(stack, name, body, loop)
        if resource is not None:
            resources[name] = resource
    return Template(stack, _safely(stack, stack.root.get("Globals"), {}), resources)


def _safely(stack: Stack, node: Value, loop: Loop) -> Value:
    """A value inside its loops; unknown, and a problem, where it takes more than a reading may take."""
    try:
        return stack.within(loop, node)
    except ExhaustedError:
        return stack.wrong(node, f"evaluating this takes more than {STEPS_MAX} steps")
    except RecursionError:
        return stack.wrong(node, "nested too deeply to be evaluated")


def _resource(stack: Stack, name: str, body: Value, loop: Loop) -> Resource | None:
    if not isinstance(body, Map):
        stack.problem(body, f"resource `{name}` is not a mapping")
        return None
    kind = _safely(stack, body.get("Type"), loop)
    if not isinstance(kind, Known) or not isinstance(kind.value, str):
        what = "has no `Type`" if isinstance(kind, Absent) else "has a `Type` that is not a string"
        stack.problem(body, f"resource `{name}` {what}")
        return None
    if kind.value.endswith("::MODULE"):
        stack.problem(body, f"module `{kind}` was not read; what `{name}` declares is not known")
    entries = body.entries_
    metadata = _safely(stack, entries["Metadata"], loop) if "Metadata" in entries else _NONE
    others = {k: _safely(stack, v, loop) for k, v in entries.items() if k not in _OWN}
    path = metadata.get("aws:cdk:path")
    here = body.source.path == stack.source.path
    return Resource(
        type=kind.value,
        address=name,
        properties=_properties(
            stack, name, body, loop, expanded=stack.sam and kind.value.startswith("AWS::Serverless::")
        ),
        span=body.span,
        format="cloudformation",
        condition=_condition(stack, body, loop),
        metadata=metadata,
        attributes=Map(body.source, body.start, body.end, body.key_start, others),
        origin=path._text() if isinstance(path, Known) else "",
        variant="" if here else stack.source.path,
    )


def _condition(stack: Stack, body: Value, loop: Loop) -> Condition:
    """When a resource or an output exists: its own condition, and that of the nested stack it stands in."""
    own = stack.exists(body, loop)
    around = stack.outer
    return own if around is None else both(around.condition, own)


def _properties(stack: Stack, name: str, body: Map, loop: Loop, *, expanded: bool) -> Value:
    """Always a mapping; one that is not written leads inserts to where it would be.

    What SAM expands is taken for all there is; what it is expanded to is opened to macros afterwards.
    """
    written = body.get("Properties")
    value = _safely(stack, written, loop)
    macros = stack.macros and not expanded
    if isinstance(value, Map):
        return opened(value, added(stack, value)) if macros else value
    rest: Value
    if isinstance(value, Absent):
        rest = value
    elif isinstance(value, Known) and value.value is None:
        rest = nothing(value)
    elif isinstance(value, Unknown):
        rest = msgspec.structs.replace(value, maybe_absent=True)
    else:
        stack.problem(value, f"the properties of `{name}` are not a mapping")
        rest = hole("the properties are not a mapping", value, maybe_absent=True)
    if macros:
        rest = added(stack, value)
    return Map(value.source, value.start, value.end, value.key_start, {}, (), "", rest)


def added(stack: Stack, at: Value) -> Unknown:
    """What a macro of the whole template may add to a mapping."""
    return hole(f"macro `{stack.macros[0]}` may add it at deployment", at, maybe_absent=True)


def others(stack: Stack) -> Iterator[Resource]:
    """Parameters and outputs, as resources of the types `Template::Parameter` and `Template::Output`.

    A parameter that the stack around gives is not among them: its default does not count.
    """
    for name, declared in stack.parameters.items():
        if stack.outer is None or isinstance(stack.outer.given(name), Absent):
            yield _other("Template::Parameter", f"Parameters/{name}", declared.declaration, TRUE)
    for name, (node, loop) in stack.outputs.items():
        if isinstance(node, Map):
            properties = _safely(stack, node, loop)
            yield _other("Template::Output", f"Outputs/{name}", properties, _condition(stack, node, loop))
        else:
            stack.problem(node, f"output `{name}` is not a mapping")


def _other(kind: str, address: str, properties: Value, condition: Condition) -> Resource:
    return Resource(kind, address, properties, properties.span, "cloudformation", condition)
