"""The base of all nodes."""

from __future__ import annotations

import msgspec

from fourfold.model.condition import TRUE, Condition
from fourfold.model.place import Span
from fourfold.model.resource import Resource
from fourfold.model.value import NOWHERE, Absent, Map, Value

NOTHING: Value = Absent(NOWHERE, 0, 0, -1, Map(NOWHERE, 0, 0, -1, {}), ())
"""An absence without a place: the source has no such property."""


class Node(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Something checks speak about. Compared by identity: the graph holds each node once."""

    resource: Resource
    """Where it is declared."""
    name: str
    """What people call it: a container's or a role's name, a logical id."""
    part: str = ""
    """Path inside the resource that tells it from other nodes of the same resource: `container/web`."""
    at: Value = NOTHING
    """The mapping that declares it."""
    condition: Condition = TRUE
    """When it exists, the resource's own condition included."""

    @property
    def address(self) -> str:
        """Logical address: the resource's, and the part inside it."""
        return f"{self.resource.address}/{self.part}" if self.part else self.resource.address

    @property
    def key(self) -> str:
        """Unique within one scan and class."""
        return f"{self.resource.key}/{self.part}" if self.part else self.resource.key

    @property
    def span(self) -> Span:
        """Its block."""
        return self.at.span if self.at is not NOTHING else self.resource.span

    def __str__(self) -> str:
        return f"{type(self).__name__.lower()} `{self.name}`"
