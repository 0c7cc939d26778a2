"""The graph while it is being built."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from fourfold.model.graph import Edge, Graph, target
from fourfold.model.nodes import Node
from fourfold.model.place import Problem, Span
from fourfold.model.resource import Resource
from fourfold.model.value import Value

N = TypeVar("N", bound=Node)


class Draft:
    """Collects nodes, edges and problems; indexes resources by key and type."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources: dict[str, Resource] = {}
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []
        self.problems: list[Problem] = []
        self.exports: dict[str, Value] = {}
        self.by_resource: dict[str, list[Node]] = {}
        self._types: dict[str, list[Resource]] = {}
        for resource in resources:
            if resource.key in self.resources:
                if resource.format != "describe":  # where several outputs may tell of one thing
                    why = f"`{resource.address}` is declared twice; only the first is judged"
                    self.problems.append(Problem(resource.file, resource.span.line, why))
                continue
            self.resources[resource.key] = resource
            self._types.setdefault(resource.type, []).append(resource)

    def of_type(self, *types: str) -> list[Resource]:
        """Resources of these types, in reading order."""
        return [r for t in types for r in self._types.get(t, ())]

    def add(self, node: N) -> N:
        """Put a node into the graph."""
        self.nodes.append(node)
        self.by_resource.setdefault(node.resource.key, []).append(node)
        return node

    def connect(self, source: Node, kind: str, to: Node, at: Span | None = None) -> None:
        """Put an edge into the graph."""
        self.edges.append(Edge(source, kind, to, at))

    def target(self, value: Value) -> Resource | None:
        """The resource a reference leads to."""
        return target(value, self.resources, self.exports)

    def node_of(self, value: Value, kind: type[N]) -> N | None:
        """The node of this class that a reference leads to."""
        resource = self.target(value)
        nodes = self.by_resource.get(resource.key, ()) if resource else ()
        return next((n for n in nodes if isinstance(n, kind)), None)

    def freeze(self) -> Graph:
        """The finished graph."""
        return Graph(self.resources.values(), self.nodes, self.edges, exports=self.exports, problems=self.problems)
