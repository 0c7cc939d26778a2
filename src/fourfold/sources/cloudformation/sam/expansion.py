"""What one template's expansion knows and gives, and the building blocks of generated resources."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import msgspec

from fourfold.model.condition import FALSE, TRUE, Condition, Free, both, choose
from fourfold.model.place import Problem, Span
from fourfold.model.resource import Resource
from fourfold.model.value import (
    Absent,
    Choice,
    Known,
    Map,
    Ref,
    Seq,
    Text,
    Unknown,
    Value,
    known,
    mapping,
    sequence,
)
from fourfold.sources.cloudformation.sam.spelling import NOWHERE
from fourfold.sources.cloudformation.stack import PSEUDO
from fourfold.sources.cloudformation.template import Template
from fourfold.sources.cloudformation.texts import concat, lift

PARAMETER = re.compile(r"\{[A-Za-z0-9._-]+\+?\}")
"""A parameter in a route's path."""
_HOLE = re.compile(r"\$\{([A-Za-z0-9_:.]+)\}")


class Route(msgspec.Struct, frozen=True):
    """A route that an event asks its API for."""

    event: Value
    """The event's mapping; the route's place."""
    properties: Value
    path: str
    method: str
    """As it is written, in lower case; `any` for all."""
    integration: Value
    """What the route calls: the ARN that API Gateway is given as `uri`."""
    when: Condition
    """When both the event and what it belongs to exist."""
    credentials: Value | None = None
    """The role API Gateway calls with (state machines)."""
    kind: str = "lambda"
    """The service that is called: `lambda` or `states`."""
    stream: Value | None = None
    """What the route calls where the function streams its response."""


class Expansion:
    """One template while it is expanded."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.source = template.source
        self.given: Mapping[str, Resource] = template.resources
        self.globals = template.globals
        self.out: dict[str, Resource] = {}
        self.problems: list[Problem] = []
        self.routes: dict[str, list[Route]] = {}
        """Routes by the logical id of their API, in reading order."""
        self.roles: dict[str, Value] = {}
        """The execution role of each function and state machine, by logical id."""
        self.prefix = template.stack.prefix

    # -- giving ----------------------------------------------------------------------------------------------------

    def problem(self, at: Value | Span, reason: str) -> None:
        """Say that something could not be expanded."""
        span = at if isinstance(at, Span) else at.span
        self.problems.append(Problem(span.file, span.line, reason))

    def emit(
        self,
        kind: str,
        address: str,
        properties: Mapping[str, Value | None] | Map,
        *,
        origin: Resource,
        at: Value,
        when: Condition = TRUE,
        style: str = NOWHERE,
        attributes: Value | None = None,
    ) -> Resource:
        """Give a generated resource. `at` is its place: what is inserted into its properties is written there."""
        entries = properties if isinstance(properties, Map) else mapping(present(properties), at=at, style=style)
        resource = Resource(
            kind,
            address,
            entries,
            at.span,
            "sam",
            origin.condition if when == TRUE else both(origin.condition, when),
            origin=origin.type,
            variant=origin.variant or ("" if at.source is self.source else self.source.path),
        )
        if attributes is not None:
            resource = msgspec.structs.replace(resource, attributes=attributes)
        if address in self.given:
            self.problem(at, f"`{address}`, which SAM would make here, is declared in the template, too")
        elif when != FALSE:
            self.out.setdefault(address, resource)
        return resource

    def become(self, kind: str, resource: Resource, properties: Value) -> None:
        """Give a declared resource its CloudFormation type and properties; everything else of it stays."""
        self.out[resource.address] = msgspec.structs.replace(
            resource, type=kind, properties=properties, format="sam", origin=resource.type
        )

    # -- references ------------------------------------------------------------------------------------------------

    def ref(self, address: str, attribute: str = "", *, at: Value) -> Ref:
        """A reference to a resource of this template."""
        return Ref(at.source, at.start, at.end, at.key_start, self.prefix + address, attribute)

    def target(self, value: Value) -> str:
        """Logical id of the resource of this template that a value refers to, or the empty string."""
        if isinstance(value, Ref) and value.target.startswith(self.prefix):
            return value.target[len(self.prefix) :]
        return ""

    def pseudo(self, name: str, at: Value) -> Value:
        """The value of a pseudo parameter: `AWS::Region`."""
        return self.template.stack.reference(name, at)

    def text(self, pattern: str, at: Value, **holes: Value) -> Value:
        """A text with `${Name}` filled from `holes` and `${AWS::Region}` from the pseudo parameters."""
        return self.filled(pattern, at, holes)

    def filled(self, pattern: str, at: Value, holes: Mapping[str, Value]) -> Value:
        """See `text`; a hole that is neither given nor a pseudo parameter stays as it is written."""
        parts: list[Value] = []
        for index, part in enumerate(_HOLE.split(pattern)):
            if index % 2:
                if part in holes:
                    parts.append(holes[part])
                else:
                    parts.append(self.pseudo(part, at) if part in PSEUDO else known(f"${{{part}}}", at=at))
            elif part:
                parts.append(known(part, at=at))
        return lift(parts, lambda values: concat(values, at), at)

    def arn(self, service: str, resource: str, at: Value, **holes: Value) -> Value:
        """The ARN of something in the stack's own region and account."""
        pattern = "arn:${AWS::Partition}:" + service + ":${AWS::Region}:${AWS::AccountId}:" + resource
        return self.text(pattern, at, **holes)

    # -- conditions ------------------------------------------------------------------------------------------------

    def presence(self, value: Value, what: str) -> Condition:
        """When something is written here; a free condition where it cannot be known."""
        if isinstance(value, Absent) or (isinstance(value, Known) and value.value is None):
            return FALSE
        if isinstance(value, Choice):
            return choose(value.condition, self.presence(value.yes, what), self.presence(value.no, what))
        if isinstance(value, Unknown) and value.maybe_absent:
            return Free(self.source.path, f"{what} is set")
        return TRUE

    def among(self, value: Value, what: str, *allowed: str) -> Condition:
        """When the value is one of `allowed`; a free condition where it is not known."""
        if isinstance(value, Choice):
            yes, no = self.among(value.yes, what, *allowed), self.among(value.no, what, *allowed)
            return choose(value.condition, yes, no)
        if isinstance(value, Known):
            return TRUE if str(value.value) in allowed else FALSE
        if isinstance(value, (Absent, Map, Seq)):
            return FALSE
        return Free(self.source.path, f"{what} is {' or '.join(allowed)}")


# -- values --------------------------------------------------------------------------------------------------------------


def present(entries: Mapping[str, Value | None]) -> dict[str, Value]:
    """The entries without what is absent."""
    return {key: value for key, value in entries.items() if value is not None and not nothing(value)}


def nothing(value: Value) -> bool:
    """Whether nothing is written here in any world."""
    return isinstance(value, Absent) or (isinstance(value, Choice) and value.absent)


def told(value: Value) -> bool:
    """Whether nothing needs to be said of a value that cannot be expanded: it is not there, or may come of a macro."""
    return nothing(value) or is_null(value) or (isinstance(value, Unknown) and value.maybe_absent)


def is_null(value: Value) -> bool:
    """Whether null is written."""
    return isinstance(value, Known) and value.value is None


def scalar(value: Value) -> str:
    """The text of a known scalar; empty for everything else."""
    return value._text() if isinstance(value, Known) else ""


def literal(value: Value) -> str:
    """The text of a scalar that is written as it is, not by way of a parameter; empty for everything else."""
    return value._text() if isinstance(value, Known) and not value.provenance else ""


def only(when: Condition, value: Value) -> Value:
    """The value under a condition, nothing otherwise."""
    if when == TRUE:
        return value
    absent = Absent(value.source, value.start, value.end, value.key_start, value, ())
    return (
        absent if when == FALSE else Choice(value.source, value.start, value.end, value.key_start, when, value, absent)
    )


def through(value: Value, change: Callable[[Value], Value]) -> Value:
    """`change` applied to what this is in each world; nothing stays nothing."""
    if isinstance(value, Choice):
        return msgspec.structs.replace(value, yes=through(value.yes, change), no=through(value.no, change))
    return value if isinstance(value, Absent) else change(value)


def otherwise(value: Value, made: Value, given: Condition | None = None) -> Value:
    """The value, and `made` where it is absent or null, or by the free condition that says so."""
    if isinstance(value, Unknown) and value.maybe_absent and isinstance(given, Free):
        return Choice(made.source, made.start, made.end, made.key_start, given, value, made)
    if isinstance(value, Choice):
        return msgspec.structs.replace(value, yes=otherwise(value.yes, made), no=otherwise(value.no, made))
    return made if isinstance(value, Absent) or (isinstance(value, Known) and value.value is None) else value


def built(entries: dict[str, Value], *, at: Value) -> Map:
    """A mapping at the place of another value. It takes more entries only where it has all that is written there."""
    same = isinstance(at, Map) and at.entries_ and all(key in entries for key in at.entries_)
    return mapping(entries, at=at, style=at.style if same and isinstance(at, Map) else NOWHERE)


def constant(data: Mapping[str, str | bool | int], at: Value) -> Map:
    """A flat mapping of known scalars, all at one place."""
    return built({key: known(value, at=at) for key, value in data.items()}, at=at)


def listed(value: Value) -> Value:
    """A list as it is; a single value as a list of one."""
    return value if isinstance(value, (Seq, Choice, Unknown, Absent)) else sequence([value], at=value)


def tags(value: Value, extra: Mapping[str, str] = {}, *, at: Value) -> Value:
    """SAM's mapping of tags as CloudFormation's list, with the tags SAM adds."""
    items: list[Value] = []
    for when, key, entry in value.pairs():
        items.append(only(when, built({"Key": known(key, at=entry), "Value": entry}, at=entry)))
    if isinstance(value, (Unknown, Ref, Text)):
        items.append(value)
    items.extend(built({"Key": known(k, at=at), "Value": known(v, at=at)}, at=at) for k, v in extra.items())
    return sequence(items, at=at if isinstance(value, Absent) else value)
