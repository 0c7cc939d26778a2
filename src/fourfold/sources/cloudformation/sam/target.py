"""What events call: a function (or its alias) or a state machine."""

from __future__ import annotations

from typing import Literal

import msgspec

from fourfold.model.condition import Condition
from fourfold.model.resource import Resource
from fourfold.model.value import Map, Value, known
from fourfold.sources.cloudformation.sam.expansion import Expansion
from fourfold.sources.cloudformation.sam.role import Grants
from fourfold.sources.cloudformation.sam.spelling import NOWHERE


class Target(msgspec.Struct, frozen=True):
    """A function or state machine as its events see it."""

    x: Expansion
    resource: Resource
    properties: Map
    kind: Literal["lambda", "states"]
    called: str
    """Logical id of what is called: the function, its alias, or the state machine."""
    attribute: str
    """Attribute of it that is its ARN; empty where the plain reference is."""
    grants: Grants
    """What the role of the function is allowed."""

    def name(self, at: Value) -> Value:
        """What permissions and event source mappings are given."""
        return self.x.ref(self.called, at=at)

    def arn(self, at: Value) -> Value:
        """What rules, topics and buckets call."""
        return self.x.ref(self.called, self.attribute, at=at)

    def uri(self, at: Value) -> Value:
        """What API Gateway calls."""
        pattern = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F}/invocations"
        return self.x.text(pattern, at, F=self.arn(at))

    def stream_uri(self, at: Value) -> Value:
        """What API Gateway calls where the function streams its response."""
        path = "lambda:path/2021-11-15/functions/${F}/response-streaming-invocations"
        return self.x.text("arn:${AWS::Partition}:apigateway:${AWS::Region}:" + path, at, F=self.arn(at))


class Event(msgspec.Struct, frozen=True):
    """One event of a function or state machine in one world."""

    x: Expansion
    target: Target
    id: str
    value: Map
    """The whole event: its place."""
    properties: Map
    when: Condition

    @property
    def owner(self) -> Resource:
        return self.target.resource

    @property
    def address(self) -> str:
        """Start of the logical ids of what it makes."""
        return f"{self.target.resource.address}{self.id}"

    @property
    def arn(self) -> Value:
        """What is called, at the event's place."""
        return self.target.arn(self.value)

    def emit(self, kind: str, address: str, entries: dict[str, Value | None]) -> None:
        """Give a resource that the event makes, at the event's place."""
        style = "sam:Mapping" if kind == "AWS::Lambda::EventSourceMapping" else NOWHERE
        self.x.emit(kind, address, entries, origin=self.owner, at=self.value, when=self.when, style=style)

    def permit(self, principal: str, suffix: str = "Permission", **more: Value | None) -> None:
        """Give the permission by which a service may call the function."""
        at = self.value
        entries: dict[str, Value | None] = {
            "Action": known("lambda:InvokeFunction", at=at),
            "FunctionName": self.target.name(at),
            "Principal": known(principal, at=at),
            **more,
        }
        self.emit("AWS::Lambda::Permission", self.address + suffix, entries)
