"""One resource as a reader gives it: a type, an address and a property tree."""

from __future__ import annotations

import msgspec

from fourfold.model.condition import TRUE, Condition
from fourfold.model.place import Problem, Span
from fourfold.model.value import NOWHERE, Map, Value


class Resource(msgspec.Struct, frozen=True):
    """A thing some file declares.

    AWS resources use CloudFormation's vocabulary (`AWS::Lambda::Function` and its property names), Kubernetes objects
    their API's (`apps/v1/Deployment`), Compose and Dockerfiles their own (`Compose::Service`, `Dockerfile::Stage`).
    """

    type: str
    address: str
    """Logical name, without the file: `OrdersFunction`, `shop/Deployment/orders`. Part of a finding's identity."""
    properties: Value
    span: Span
    """The header: the logical id with its block, or the document."""
    format: str
    """The reader that gave it: `cloudformation`, `sam`, `kubernetes`, `ecs`, `compose`, `dockerfile`, `iam`."""
    condition: Condition = TRUE
    """When it exists."""
    metadata: Value = Map(NOWHERE, 0, 0, -1, {})
    attributes: Value = Map(NOWHERE, 0, 0, -1, {})
    """What stands beside the properties: `DeletionPolicy`, `DependsOn`, `UpdateReplacePolicy`, ..."""
    origin: str = ""
    """What it was written as where that differs: `AWS::Serverless::Function`, a CDK path."""
    variant: str = ""
    """Tells instances of one declaration apart: the overlay or stack it was read through."""

    @property
    def file(self) -> str:
        return self.span.source.path

    @property
    def key(self) -> str:
        """Unique within one scan."""
        return f"{self.variant or self.file}#{self.address}"

    @property
    def of_kubernetes(self) -> bool:
        """Whether it is an object of the Kubernetes API, whatever it is written in."""
        return "/" in self.type and "::" not in self.type

    def get(self, *keys: str | int) -> Value:
        """The property at a path."""
        return self.properties.get(*keys)

    def __str__(self) -> str:
        return self.address


class Reading(msgspec.Struct):
    """What a reader made of one file."""

    resources: list[Resource] = msgspec.field(default_factory=list)
    problems: list[Problem] = msgspec.field(default_factory=list)
    covers: set[str] = msgspec.field(default_factory=set)
    """Other files that were read as part of this one (nested stacks, kustomize bases) and do not stand for themselves."""
    replaces: set[str] = msgspec.field(default_factory=set)
    """Other files for which this one stands as a whole: what they say by themselves counts for nothing."""
