"""The graph: every resource and node of one scan, and the edges between them. Built once, then frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

import msgspec

from fourfold.model.nodes import Node
from fourfold.model.place import Problem, Span
from fourfold.model.resource import Resource
from fourfold.model.value import Ref, Value

N = TypeVar("N", bound=Node)
T = TypeVar("T")

EXPORT = "export#"
"""A `Ref` whose target begins so names a value exported by another stack of the scan."""


class Edge(msgspec.Struct, frozen=True, eq=False):
    """`source` has `kind` to `target`.

    Workloads `contain` containers and functions, `run_as` an identity (`starts_as` the one the platform starts them by),
    are `attached` to interfaces, which are `guarded_by` security groups; launches `run` workloads. Gateways `publish`
    entries, which `route_to` workloads, functions, stores and gateways. Functions, stores, secrets and logs are
    `encrypted_by` keys; functions, containers, gateways, stores and trails `log_to` sinks and buckets. Identities and
    stores `have_policy`. The kinds are spelt in the third person: `contains`, `runs_as`, `publishes`, `logs_to`, ...
    """

    source: Node
    kind: str
    target: Node
    at: Span | None = None
    """Where the relation is written."""


class Graph:
    """What a scan knows. Everything is given at construction; nothing can be added later."""

    __slots__ = ("_derived", "_exports", "_in", "_nodes", "_out", "_types", "edges", "problems", "resources")

    def __init__(
        self,
        resources: Iterable[Resource],
        nodes: Iterable[Node] = (),
        edges: Iterable[Edge] = (),
        *,
        exports: Mapping[str, Value] | None = None,
        problems: Iterable[Problem] = (),
    ) -> None:
        self.resources: Mapping[str, Resource] = MappingProxyType({r.key: r for r in resources})
        self._types: dict[str, list[Resource]] = {}
        for resource in self.resources.values():
            self._types.setdefault(resource.type, []).append(resource)
        self.edges = tuple(edges)
        self.problems = tuple(problems)
        self._exports = dict(exports or {})
        self._derived: dict[object, object] = {}
        self._nodes: dict[type[Node], list[Node]] = {}
        for node in nodes:
            self._nodes.setdefault(type(node), []).append(node)
        self._out: dict[int, list[Edge]] = {}
        self._in: dict[int, list[Edge]] = {}
        for edge in self.edges:
            self._out.setdefault(id(edge.source), []).append(edge)
            self._in.setdefault(id(edge.target), []).append(edge)

    def of(self, kind: type[N]) -> list[N]:
        """All nodes of a class, in reading order."""
        return self._nodes.get(kind, [])  # type: ignore[return-value]

    def nodes(self) -> Iterable[Node]:
        """All nodes."""
        for group in self._nodes.values():
            yield from group

    def out(self, node: Node, kind: str) -> list[Node]:
        """Nodes that `node` has a relation of this kind to."""
        return [e.target for e in self._out.get(id(node), ()) if e.kind == kind]

    def into(self, node: Node, kind: str) -> list[Node]:
        """Nodes that have a relation of this kind to `node`."""
        return [e.source for e in self._in.get(id(node), ()) if e.kind == kind]

    def of_type(self, *types: str) -> list[Resource]:
        """Resources of these types, in reading order."""
        return [r for t in types for r in self._types.get(t, ())]

    def derived(self, build: Callable[[Graph], T]) -> T:
        """What `build` makes of this graph, made once: an index that several questions need."""
        if build not in self._derived:
            self._derived[build] = build(self)
        return self._derived[build]  # type: ignore[return-value]

    def exported(self, value: Value) -> Value | None:
        """What another stack of the scan exports under the name that a reference imports; None where none does."""
        if not isinstance(value, Ref) or not value.target.startswith(EXPORT):
            return None
        return self._exports.get(value.target[len(EXPORT) :])

    def target(self, value: Value) -> Resource | None:
        """The resource a reference leads to, through exports of other stacks; None where it leads out of the scan."""
        return target(value, self.resources, self._exports)


def target(value: Value, resources: Mapping[str, Resource], exports: Mapping[str, Value]) -> Resource | None:
    """See `Graph.target`; usable while the graph is being built."""
    for _ in range(8):
        if not isinstance(value, Ref):
            return None
        if not value.target.startswith(EXPORT):
            return resources.get(value.target)
        value = exports.get(value.target[len(EXPORT) :], value)
        if isinstance(value, Ref) and value.target.startswith(EXPORT):
            return None
    return None
