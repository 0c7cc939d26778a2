"""One network, ready to be asked: its ends, the addresses outside, and the layers of boxes between them.

Readers of clusters, VPCs and Compose files make one each; `reach` asks questions of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import msgspec

from fourfold.engines.network.addresses import Interval
from fourfold.engines.network.boxes import Layer, Relation, relation
from fourfold.engines.network.ports import Ports
from fourfold.model.place import Span
from fourfold.model.value import Value


class End(msgspec.Struct, frozen=True):
    """Something with a place in the network that people have a name for: a workload, an interface, a database."""

    name: str
    """`namespace/name[Kind]` of what runs in a cluster."""
    cells: int
    """The cells it is in; several where its replicas differ."""
    key: str = ""
    """Of the resource it belongs to."""
    span: Span | None = None


class Reason(msgspec.Struct, frozen=True):
    """The rule that a box comes from, for people."""

    text: str
    """`NetworkPolicy shop/web, ingress rule 1`."""
    span: Span | None = None
    at: Value | None = None
    """The mapping that is the rule, where it can be edited."""


class Network(msgspec.Struct, frozen=True, dict=True):
    """Cells `0..inside-1` are ends, the rest addresses outside."""

    name: str
    """Tells it from others of the same scan: an overlay, a VPC; empty where there is one."""
    ends: tuple[End, ...]
    inside: int
    outside: tuple[tuple[Interval, ...], ...]
    ports: Ports
    layers: tuple[Layer, ...]
    reasons: tuple[Reason, ...]
    """By the numbers of boxes."""
    public: int = 0
    """The cells outside that are routed on the internet, where a network knows of others."""

    @property
    def size(self) -> int:
        return self.inside + len(self.outside)

    @cached_property
    def least(self) -> Relation:
        """What surely gets through."""
        return relation(self.layers, self.size, self.ports.all)

    @cached_property
    def most(self) -> Relation:
        """What may get through."""
        if not any(box.maybe for layer in self.layers for tier in layer.tiers for box in tier):
            return self.least
        return relation(self.layers, self.size, self.ports.all, generous=True)

    @cached_property
    def everywhere(self) -> int:
        """The cells outside."""
        return (1 << self.size) - (1 << self.inside)

    def reason(self, number: int) -> Reason | None:
        return self.reasons[number] if 0 <= number < len(self.reasons) else None


def ends_named(ends: Sequence[tuple[str, int, str, Span | None]]) -> tuple[End, ...]:
    """Ends of (name, cell, key, span), those of one name as one, in order of their names."""
    found: dict[str, End] = {}
    for name, cell, key, span in ends:
        have = found.get(name)
        cells = 1 << cell
        if have is None:
            found[name] = End(name, cells, key, span)
        else:
            found[name] = End(name, have.cells | cells, have.key, have.span)
    return tuple(found[name] for name in sorted(found))
