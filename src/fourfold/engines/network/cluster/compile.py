"""A cluster as cells, ports and layers of boxes.

Pods that no policy tells apart are one cell, and so are addresses outside. What `spec` says of one connection, the boxes
say of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec

from fourfold.engines.exact.points import V6, network
from fourfold.engines.network.addresses import EVERYWHERE, Interval, Ranges, block
from fourfold.engines.network.boxes import Action, Box, Layer
from fourfold.engines.network.cluster.objects import (
    AdminPolicy,
    AdminRule,
    Cluster,
    Expression,
    Options,
    Peer,
    Pod,
    Policy,
    Port,
    Rule,
    Selector,
    Way,
)
from fourfold.engines.network.cluster.tiers import Part, boxes, either
from fourfold.engines.network.ports import PORT_MAX, Ports, Range

PROTOCOLS = ("TCP", "UDP", "SCTP")


class Compiled(msgspec.Struct, frozen=True):
    """What the kernel is given, and what its numbers stand for."""

    cells: tuple[tuple[Pod, ...], ...]
    """Pods by cell; the cells after these are `outside`."""
    outside: tuple[tuple[Interval, ...], ...]
    """Addresses by cell, from number `len(cells)` on."""
    ports: Ports
    layers: tuple[Layer, ...]
    rules: tuple[tuple[Policy | AdminPolicy, Way, int], ...]
    """What the number of a box stands for: policy, direction, number of its rule (-1: that it isolates)."""

    @property
    def size(self) -> int:
        return len(self.cells) + len(self.outside)


def compile_(cluster: Cluster, options: Options) -> Compiled:
    """Cells and layers of a cluster."""
    return _Compiler(cluster, options).compiled()


class _Compiler:
    def __init__(self, cluster: Cluster, options: Options) -> None:
        self.cluster, self.options = cluster, options
        policies: list[Policy | AdminPolicy] = [*cluster.policies, *cluster.admin]
        self.every: list[Rule | AdminRule] = [r for p in policies for way in _WAYS for r in p.rules(way) or ()]
        peers = [p for r in self.every for p in r.peers or ()] + [p.subject for p in cluster.admin]
        self.by_address = options.block_matches_pods or any(
            p.block for policy in cluster.admin for r in policy.egress for p in r.peers or ()
        )
        """Whether it matters which address a pod has."""
        blocks = {block(p.block, p.excepted) for p in peers if p.block}
        # Nobody but the manifests tells whether the cluster has IPv6.
        addresses = [network(pod.address) for pod in cluster.pods if pod.address]
        six = any(first >= V6 for intervals in (*blocks, addresses) for first, _ in intervals)
        self.ranges = Ranges(blocks, EVERYWHERE if six else EVERYWHERE[:1])
        self.cells = self._cells(peers)
        self.index = Labels([cell[0].labels for cell in self.cells])
        self.in_namespace: dict[str, int] = {}
        self.on_nodes = 0
        for i, (pod, *_) in enumerate(self.cells):
            if pod.host_network:
                self.on_nodes |= 1 << i
            else:
                self.in_namespace[pod.namespace] = self.in_namespace.get(pod.namespace, 0) | 1 << i
        names = list(self.in_namespace)
        self.spaces = Labels([cluster.labels_of(name) for name in names])
        self.space_cells = [self.in_namespace[name] for name in names]
        self.pods = (1 << len(self.cells)) - 1
        self.all = (1 << len(self.cells) + len(self.ranges.atoms)) - 1
        self.ports = self._ports()
        self.named = self._named()
        self.rules: list[tuple[Policy | AdminPolicy, Way, int]] = []
        self._selected: dict[tuple[str, Selector | None, Selector | None], int] = {}
        self._blocks: dict[tuple[Peer, bool], tuple[int, int]] = {}

    def compiled(self) -> Compiled:
        layers = tuple(self._layer(way) for way in _WAYS)
        return Compiled(tuple(self.cells), tuple(self.ranges.atoms), self.ports, layers, tuple(self.rules))

    # -- cells -----------------------------------------------------------------------------------------------------------

    def _cells(self, peers: Sequence[Peer]) -> list[tuple[Pod, ...]]:
        """Pods by what policies can ask of them."""
        selectors = [p.pods for p in self.cluster.policies] + [p.pods for p in peers if p.pods is not None]
        keys = sorted({e.key for s in selectors for e in s.expressions})
        names = {p.name for r in self.every for p in r.ports or ()} - {""}
        found: dict[tuple[object, ...], list[Pod]] = {}
        known: dict[tuple[object, ...], tuple[object, ...]] = {}
        for pod in self.cluster.pods:
            own = (id(pod.labels), pod.ports)  # replicas share their labels
            what = known.get(own)
            if what is None:
                labels = pod.labels
                what = known[own] = (
                    tuple([labels.get(key) for key in keys]),
                    tuple(sorted((p.name, p.protocol, p.port) for p in pod.ports if p.name in names)),
                )
            where = self.ranges.at(network(pod.address)[0]) if pod.address and self.by_address else -1
            found.setdefault((pod.namespace, pod.host_network, where, what), []).append(pod)
        return [tuple(pods) for pods in found.values()]

    def _ports(self) -> Ports:
        ranges = {_range(p) for rule in self.every for p in rule.ports or () if not p.name}
        named = {Range(n.protocol, n.port, n.port) for pod, *_ in self.cells for n in pod.ports if n.name}
        return Ports(PROTOCOLS, [*ranges, *named])

    def _named(self) -> dict[tuple[str, str], dict[int, int]]:
        """(name, protocol): ports, and the cells that mean them by the name."""
        out: dict[tuple[str, str], dict[int, int]] = {}
        for i, (pod, *_) in enumerate(self.cells):
            for port in pod.ports:
                mask = self.ports.mask(Range(port.protocol, port.port, port.port))
                cells = out.setdefault((port.name, port.protocol), {})
                cells[mask] = cells.get(mask, 0) | 1 << i
        return out

    # -- layers ----------------------------------------------------------------------------------------------------------

    def _layer(self, way: Way) -> Layer:
        return Layer(way, (self._admin("Admin", way), self._policies(way), self._admin("Baseline", way)))

    def _policies(self, way: Way) -> tuple[Box, ...]:
        boxes: list[Box] = []
        isolating: list[Box] = []
        isolated = 0
        for policy in self.cluster.policies:
            rules = policy.rules(way)
            if rules is None:
                continue
            subjects = self._select(policy.namespace, policy.pods, None)
            if not subjects:
                continue
            isolated |= subjects
            self.rules.append((policy, way, -1))
            isolating.append(self._box("deny", way, subjects, self.all, self.ports.all, len(self.rules) - 1))
            for number, rule in enumerate(rules):
                self.rules.append((policy, way, number))
                surely, maybe = self._peers(policy, rule.peers)
                for peers, open_ in ((surely, False), (maybe & ~surely, True)):
                    if peers:
                        number_ = len(self.rules) - 1
                        boxes += self._boxes("accept", way, subjects, peers, rule.ports, number_, maybe=open_)
        # On the node of the pod they are let in, whatever policies say.
        if isolated and self.on_nodes and (way == "ingress" or self.options.own_node_always):
            boxes += self._boxes("accept", way, isolated, self.on_nodes, None, -1, maybe=True)
        return (*boxes, *isolating)

    def _admin(self, tier: str, way: Way) -> tuple[Box, ...]:
        """The boxes of one tier of administrators: by priority, those of one priority in no order. Nor is there an order
        between policies of different kinds, which are different interfaces."""
        kinds: dict[str, dict[int, list[Part]]] = {}
        for policy in self.cluster.admin:
            if policy.tier == tier and (parts := self._parts(policy, way)):
                ranks = kinds.setdefault(policy.kind, {})
                ranks[policy.priority] = either(ranks[policy.priority], parts) if policy.priority in ranks else parts
        whole: list[Part] = []
        for ranks in kinds.values():
            parts = [part for _, found in sorted(ranks.items()) for part in found]
            whole = either(whole, parts)
        return tuple(boxes(whole))

    def _parts(self, policy: AdminPolicy, way: Way) -> list[Part]:
        out: list[Part] = []
        subjects, _ = self._peers(None, (policy.subject,))
        if not subjects:
            return out
        for number, rule in enumerate(policy.rules(way)):
            self.rules.append((policy, way, number))
            at = len(self.rules) - 1
            surely, maybe = self._peers(None, rule.peers)
            # Whether traffic with the node of a pod is subject to these policies, their specification leaves open.
            maybe |= surely & self.on_nodes | (self.all & ~self.pods | self.on_nodes) * rule.somewhere
            surely &= ~self.on_nodes
            for peers, open_ in ((surely, False), (maybe & ~surely, True)):
                if peers:
                    found = self._boxes(rule.action, way, subjects, peers, rule.ports, at, maybe=open_)
                    out += [Part(b.sources, b.destinations, b.ports, ((b.action, at),), b.maybe) for b in found]
        return out

    def _boxes(
        self,
        action: Action,
        way: Way,
        subjects: int,
        peers: int,
        ports: Sequence[Port] | None,
        rule: int,
        *,
        maybe: bool,
    ) -> Iterable[Box]:
        if ports is None:
            yield self._box(action, way, subjects, peers, self.ports.all, rule, maybe=maybe)
            return
        plain = 0
        for port in ports:
            if not port.name:
                plain |= self.ports.mask(_range(port))
                continue
            # The destination says what a name means.
            for protocol in (port.protocol,) if port.protocol else PROTOCOLS:
                for mask, cells in self.named.get((port.name, protocol), {}).items():
                    if way == "ingress" and subjects & cells:
                        yield self._box(action, way, subjects & cells, peers, mask, rule, maybe=maybe)
                    elif way == "egress" and peers & cells:
                        yield self._box(action, way, subjects, peers & cells, mask, rule, maybe=maybe)
        if plain:
            yield self._box(action, way, subjects, peers, plain, rule, maybe=maybe)

    @staticmethod
    def _box(action: Action, way: Way, subjects: int, peers: int, ports: int, rule: int, *, maybe: bool = False) -> Box:
        sources, destinations = (peers, subjects) if way == "ingress" else (subjects, peers)
        return Box(action, sources, destinations, ports, rule, maybe)

    def _peers(self, policy: Policy | None, peers: Sequence[Peer] | None) -> tuple[int, int]:
        """(cells that surely are peers, cells that may be), all peers of a rule in one."""
        if peers is None:
            return self.all, 0
        surely = maybe = 0
        for peer in peers:
            if peer.block:
                sure, open_ = self._block(peer, admin=policy is None)
                surely, maybe = surely | sure, maybe | open_
            else:
                surely |= self._select(policy.namespace if policy else "", peer.pods, peer.namespaces)
        return surely, maybe

    def _block(self, peer: Peer, *, admin: bool) -> tuple[int, int]:
        found = self._blocks.get((peer, admin))
        if found is not None:
            return found
        intervals = block(peer.block, peer.excepted)
        atoms = self.ranges.mask(intervals)
        unknown = _holds_pods(intervals)
        nodes = unknown is not False and (admin or self.options.block_matches_nodes)
        surely, maybe = atoms << len(self.cells), self.on_nodes if nodes else 0
        for i, (pod, *_) in enumerate(self.cells if admin or self.options.block_matches_pods else ()):
            if pod.host_network:
                continue
            if pod.address:
                surely |= bool(self.ranges.at(network(pod.address)[0]) & atoms) << i
            elif unknown:
                surely |= 1 << i
            elif unknown is None:
                maybe |= 1 << i
        self._blocks[peer, admin] = surely, maybe
        return surely, maybe

    def _select(self, own: str, pods: Selector | None, namespaces: Selector | None) -> int:
        """The cells of pods in the namespaces, or in `own` where none are said."""
        key = ("" if namespaces is not None else own, pods, namespaces)
        found = self._selected.get(key)
        if found is None:
            found = self.index.selected(pods or Selector())
            if namespaces is None:
                found &= self.in_namespace.get(own, 0)
            else:
                spaces, cells = self.spaces.selected(namespaces), 0
                for i, inside in enumerate(self.space_cells):
                    if spaces >> i & 1:
                        cells |= inside
                found &= cells
            self._selected[key] = found
        return found


_WAYS: tuple[Way, Way] = ("ingress", "egress")
_NOBODY = tuple(network(text) for text in ("127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4"))
"""IPv4 addresses that neither a pod nor a node has: of the loopback, of the link, of groups."""


def _holds_pods(intervals: Sequence[Interval]) -> bool | None:
    """Whether addresses hold a pod of which nothing is known but that it has an address of IPv4."""
    holds = any(all(high <= first or low >= after for low, high in _NOBODY) for first, after in _split(intervals))
    missing = [(0, V6)]
    for low, high in intervals:
        missing = [p for f, a in missing for p in ((f, min(a, low)), (max(f, high), a)) if p[0] < p[1]]
    rest = any(all(high <= first or low >= after for low, high in _NOBODY) for first, after in _split(missing))
    return None if holds and rest else holds


def _split(intervals: Sequence[Interval]) -> list[Interval]:
    """Intervals cut at the bounds of addresses that nobody has."""
    cuts = sorted({bound for interval in _NOBODY for bound in interval})
    out: list[Interval] = []
    for first, after in intervals:
        at = [first, *(cut for cut in cuts if first < cut < after), after]
        out += pairwise(at)
    return out


def _range(port: Port) -> Range:
    if port.port is None:
        return Range(port.protocol, 1, PORT_MAX)
    return Range(port.protocol, port.port, port.port if port.last is None else port.last)


class Labels:
    """Things by their labels, for selectors: sets of things are ints."""

    def __init__(self, things: Sequence[Mapping[str, str]]) -> None:
        self.all = (1 << len(things)) - 1
        numbers: dict[tuple[str, str], list[int]] = {}
        for i, labels in enumerate(things):
            for pair in labels.items():
                numbers.setdefault(pair, []).append(i)
        self._pairs = {pair: _set(found, len(things)) for pair, found in numbers.items()}
        self._keys: dict[str, int] = {}
        for (key, _), found in self._pairs.items():
            self._keys[key] = self._keys.get(key, 0) | found
        self._known: dict[Expression, int] = {}

    def selected(self, selector: Selector) -> int:
        found = self.all
        for expression in selector.expressions:
            part = self._known.get(expression)
            if part is None:
                part = self._known[expression] = self._meets(expression)
            found &= part
        return found

    def _meets(self, expression: Expression) -> int:
        having = self._keys.get(expression.key, 0)
        if expression.operator == "Exists":
            return having
        if expression.operator == "DoesNotExist":
            return self.all & ~having
        found = 0
        for value in expression.values:
            found |= self._pairs.get((expression.key, value), 0)
        return found if expression.operator == "In" else self.all & ~found


def _set(numbers: Sequence[int], size: int) -> int:
    data = bytearray(size // 8 + 1)
    for n in numbers:
        data[n >> 3] |= 1 << (n & 7)
    return int.from_bytes(data, "little")
