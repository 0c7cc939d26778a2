"""VPCs as cells, ports and layers of boxes: what `spec` says of one connection, the boxes say of all.

Interfaces that no rule tells apart are one cell. The layers, in the order in which packets meet them: security groups on
the way out, network ACLs out and in, security groups on the way in, the ACLs again for the replies, and routes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec
from msgspec import structs

from fourfold.engines.network.addresses import EVERYWHERE, Interval, Ranges
from fourfold.engines.network.boxes import Box, Layer, bits, relation
from fourfold.engines.network.network import Reason
from fourfold.engines.network.ports import Ports, Range, whole
from fourfold.engines.network.vpc import spec
from fourfold.engines.network.vpc.objects import (
    PORTS_OF_CLIENTS,
    Acl,
    Blocks,
    Entry,
    Group,
    GroupRule,
    Interface,
    Peers,
    Route,
    Table,
    Vpcs,
    Way,
)
from fourfold.engines.network.vpc.special import private, public_only
from fourfold.model.place import Span
from fourfold.model.value import Value

Cells = tuple[int, int]
"""(cells that surely are meant, cells that may be besides)"""
_ByNat = tuple[str, int, int, bool]
"""(id of the gateway, cells that are routed to it, cells outside, whether the route may not be there)"""


class Compiled(msgspec.Struct, frozen=True):
    """What the kernel is given, and what its numbers stand for."""

    cells: tuple[tuple[Interface, ...], ...]
    services: tuple[str, ...]
    """Services behind gateway endpoints: the cells after the interfaces'."""
    outside: tuple[tuple[Interval, ...], ...]
    ports: Ports
    layers: tuple[Layer, ...]
    reasons: tuple[Reason, ...]
    public: int
    """The cells outside that are routed on the internet."""

    @property
    def inside(self) -> int:
        return len(self.cells) + len(self.services)

    @property
    def size(self) -> int:
        return self.inside + len(self.outside)


def compile_(vpcs: Vpcs) -> Compiled:
    """Cells and layers of all VPCs of one family of addresses."""
    return _Compiler(vpcs).compiled()


class _Compiler:
    def __init__(self, vpcs: Vpcs) -> None:
        self.vpcs = vpcs
        self.ranges = self._ranges()
        self.cells = self._cells()
        self.subnets = [vpcs.subnets[cell[0].subnet] for cell in self.cells]
        self.count = len(self.cells)
        self.inside = self.count + len(vpcs.services)
        self.interfaces = (1 << self.count) - 1
        own = [b for blocks in vpcs.blocks.values() for b in blocks]
        own += [b for s in vpcs.subnets.values() for b in s.blocks]
        self.far = [i for i, atom in enumerate(self.ranges.atoms) if not _meets(atom[0], own)]
        """Numbers of the atoms that are in no VPC: the cells outside."""
        self.all = (1 << self.inside + len(self.far)) - 1
        self.outside = self.all & ~((1 << self.inside) - 1)
        self.public = self._far(lambda atom: public_only(atom[0][0]))
        self.ports = self._ports()
        self.reasons: list[Reason] = []
        self.of_subnet = _sets(s.id for s in self.subnets)
        self.of_vpc = _sets(s.vpc for s in self.subnets)
        self.of_table = _sets(s.table for s in self.subnets)
        self.of_group: dict[str, int] = {}
        for i, cell in enumerate(self.cells):
            for group in cell[0].groups or ():
                self.of_group[group] = self.of_group.get(group, 0) | 1 << i
        self.open = sum(1 << i for i, cell in enumerate(self.cells) if cell[0].unknown)
        self.filtered = sum(1 << i for i, cell in enumerate(self.cells) if cell[0].groups is not None)
        self.by_atom: dict[int, int] = {n: 1 << i for i, n in enumerate(self.far, self.inside)}
        """Number of a range: the cells with addresses in it."""
        self.somewhere: dict[str, int] = {}
        """Subnet: cells of interfaces whose addresses in it are not known."""
        for i, (one, *_) in enumerate(self.cells):
            if one.address is None:
                self.somewhere[one.subnet] = self.somewhere.get(one.subnet, 0) | 1 << i
                continue
            for n in bits(self.ranges.at(one.address)):
                self.by_atom[n] = self.by_atom.get(n, 0) | 1 << i
        self._matched: dict[Blocks, Cells] = {}

    def compiled(self) -> Compiled:
        before = [
            Layer("security group (out)", (tuple(self._groups("egress")),)),
            Layer("network ACL (out)", (tuple(self._acls("egress")),)),
            Layer("network ACL (in)", (tuple(self._acls("ingress")),)),
            Layer("security group (in)", (tuple(self._groups("ingress")),)),
            Layer("network ACL (reply out)", (tuple(self._replies("egress")),)),
            Layer("network ACL (reply in)", (tuple(self._replies("ingress")),)),
        ]
        layers = (*before, Layer("routes", (tuple(self._routes(before)),)))
        return Compiled(
            tuple(self.cells),
            tuple(s.name for s in self.vpcs.services),
            tuple(self.ranges.atoms[i] for i in self.far),
            self.ports,
            layers,
            tuple(self.reasons),
            self.public,
        )

    # -- cells and ports ---------------------------------------------------------------------------------------------------

    def _ranges(self) -> Ranges:
        v = self.vpcs
        sets: set[Blocks] = {r.peers.blocks for g in v.groups.values() for r in g.rules if r.peers.blocks}
        sets |= {e.blocks for a in v.acls.values() for e in a.entries if e.blocks}
        sets |= {*v.prefixes.values(), *v.blocks.values(), *(s.blocks for s in v.subnets.values())}
        sets |= {(r.block,) for t in v.tables.values() for r in t.routes if r.block}
        sets |= {(block,) for blocks in v.prefixes.values() for block in blocks}
        family = EVERYWHERE[v.six]
        mine = {tuple(b for b in s if family[0] <= b[0] < family[1]) for s in sets}
        special = tuple(b for b in private() if family[0] <= b[0] < family[1])
        return Ranges([*sorted(s for s in mine if s), special], (family,))

    def _cells(self) -> list[tuple[Interface, ...]]:
        found: dict[tuple[object, ...], list[Interface]] = {}
        for i in self.vpcs.interfaces:
            where = self.ranges.at(i.address) if i.address is not None else 0
            groups = None if i.groups is None else frozenset(i.groups)
            key = (i.subnet, groups, bool(i.unknown), where, i.public, i.serves, i.replies)
            found.setdefault(key, []).append(i)
        return [tuple(cell) for cell in found.values()]

    def _ports(self) -> Ports:
        ranges: set[Range] = set()
        protocols = {"TCP": 0, "UDP": 0, "ICMPv6" if self.vpcs.six else "ICMP": 0}
        rules: list[GroupRule | Entry] = [r for g in self.vpcs.groups.values() for r in g.rules]
        rules += [e for a in self.vpcs.acls.values() for e in a.entries]
        for rule in rules:
            if rule.protocol != "*" and not (rule.protocol in ("ICMP", "ICMPv6") and rule.protocol not in protocols):
                protocols[rule.protocol] = 0
                if rule.first >= 0:
                    ranges.add(Range(rule.protocol, rule.first, rule.last))
        return Ports(protocols, ranges)

    def _mask(self, rule: GroupRule | Entry) -> int:
        if rule.protocol == "*":
            return self.ports.all
        r = whole(rule.protocol) if rule.first < 0 else Range(rule.protocol, rule.first, rule.last)
        return self.ports.mask(r)

    def _protocol(self, name: str) -> int:
        return self.ports.mask(whole(name))

    def _far(self, wanted: Callable[[tuple[Interval, ...]], bool]) -> int:
        return sum(1 << i for i, n in enumerate(self.far, self.inside) if wanted(self.ranges.atoms[n]))

    def matched(self, blocks: Blocks) -> Cells:
        """The cells whose addresses are in the blocks."""
        found = self._matched.get(blocks)
        if found is not None:
            return found
        family = EVERYWHERE[self.vpcs.six]
        blocks_here = tuple(b for b in blocks if family[0] <= b[0] < family[1])
        atoms = self.ranges.mask(blocks_here) if blocks_here else 0
        surely = maybe = 0
        for n in bits(atoms):
            surely |= self.by_atom.get(n, 0)
        for cells in self.somewhere.values():
            said = spec.inside(self.vpcs, blocks_here, self.cells[next(bits(cells))][0])
            surely |= cells if said else 0
            maybe |= cells if said is None else 0
        everything = family in blocks
        for i in range(self.count, self.inside):  # services: public addresses that nobody names
            surely |= everything << i
            maybe |= (not everything and bool(surely & self.public)) << i
        self._matched[blocks] = surely, maybe
        return surely, maybe

    def _reason(self, text: str, span: Span | None, at: Value | None = None) -> int:
        self.reasons.append(Reason(text, span, at))
        return len(self.reasons) - 1

    # -- security groups ----------------------------------------------------------------------------------------------------

    def _groups(self, way: Way) -> Iterator[Box]:
        if self.open:
            yield _box("accept", way, self.open, self.all, self.ports.all, -1, maybe=True)
        for name, subjects in self.of_group.items():
            group = self.vpcs.groups.get(name)
            if group is None or group.unknown:
                number = self._reason(
                    f"security group `{name}`: {group.unknown if group else 'is not part of the scan'}", None
                )
                yield _box("accept", way, subjects, self.all, self.ports.all, number, maybe=True)
            for rule in group.rules if group else ():
                if rule.way == way:
                    yield from self._group_rule(group, rule, way, subjects)
        yield _box("deny", way, self.filtered, self.all, self.ports.all, -1)

    def _group_rule(self, group: Group | None, rule: GroupRule, way: Way, subjects: int) -> Iterator[Box]:
        ports = self._mask(rule)
        if not ports or group is None:
            return
        number = self._reason(f"security group `{group.name}`, {way} rule {_rule_text(rule)}", rule.span, rule.at)
        for inside, (surely, maybe) in self._peers(rule.peers, subjects):
            if rule.maybe:
                surely, maybe = 0, surely | maybe
            if surely:
                yield _box("accept", way, inside, surely, ports, number)
            if maybe & ~surely:
                yield _box("accept", way, inside, maybe & ~surely, ports, number, maybe=True)

    def _peers(self, peers: Peers, subjects: int) -> Iterator[tuple[int, Cells]]:
        if peers.unknown:
            yield subjects, (0, self.all)
        elif peers.group:
            members = self.of_group.get(peers.group, 0)
            for vpc, here in self.of_vpc.items():
                if subjects & here:
                    yield subjects & here, self._refers(vpc, members, self.open & ~members)
        elif peers.prefixes and peers.prefixes not in self.vpcs.prefixes:
            own = sum(1 << self.count + i for i, s in enumerate(self.vpcs.services) if s.prefixes == peers.prefixes)
            yield subjects, (own, self.public)
        else:
            yield subjects, self.matched(self.vpcs.prefixes[peers.prefixes] if peers.prefixes else peers.blocks or ())

    def _refers(self, here: str, members: int, maybe: int) -> Cells:
        """The members of a group that a rule in `here` may refer to."""
        surely = 0
        for cells in self.of_vpc.values():
            if not members & cells:
                continue
            one = self.cells[next(bits(members & cells))][0]
            subject = self.cells[next(bits(self.of_vpc[here]))][0]
            said = spec._refers(self.vpcs, subject, one)
            if said:
                surely |= members & cells
            elif said is None:
                maybe |= members & cells
        return surely, maybe

    # -- network ACLs -------------------------------------------------------------------------------------------------------

    def _by_acl(self) -> Iterator[tuple[Acl, int]]:
        """ACLs that may filter something, with the cells in their subnets."""
        found: dict[str, int] = {}
        for i, subnet in enumerate(self.subnets):
            found[subnet.acl] = found.get(subnet.acl, 0) | 1 << i
        for name, cells in found.items():
            acl = self.vpcs.acls.get(name)
            if acl is not None:
                yield acl, cells

    def _in_one_subnet(self, acls: Iterable[int]) -> Iterator[Box]:
        within = 0
        for cells in acls:
            within |= cells
        for cells in self.of_subnet.values():
            if cells & within:
                yield Box("accept", cells, cells, self.ports.all)

    def _acls(self, way: Way) -> Iterator[Box]:
        found = list(self._by_acl())
        yield from self._in_one_subnet(cells for _, cells in found)
        for acl, subjects in found:
            if acl.unknown:
                yield _box("accept", way, subjects, self.all, self.ports.all, -1, maybe=True)
            for entry in sorted(acl.entries, key=lambda e: e.number):
                if entry.way == way and (ports := self._mask(entry)):
                    surely, maybe = (0, self.all) if entry.blocks is None else self.matched(entry.blocks)
                    if entry.maybe:
                        surely, maybe = 0, surely | maybe
                    number = self._reason(f"network ACL `{acl.name}`, {way} entry {entry.number}", entry.span)
                    action = "accept" if entry.allow else "deny"
                    if surely:
                        yield _box(action, way, subjects, surely, ports, number)
                    if maybe & ~surely:
                        yield _box(action, way, subjects, maybe & ~surely, ports, number, maybe=True)
            number = self._reason(f"network ACL `{acl.name}`: no other {way} entry takes it in", None)
            yield _box("deny", way, subjects, self.all, self.ports.all, number)

    def _replies(self, way: Way) -> Iterator[Box]:
        """Replies leave the subnet of who was asked (`egress`) and come back into the client's (`ingress`)."""
        clients: dict[tuple[int, int], int] = {PORTS_OF_CLIENTS: self.outside}
        for i, cell in enumerate(self.cells):
            clients[cell[0].replies] = clients.get(cell[0].replies, 0) | 1 << i
        found = list(self._by_acl())
        yield from self._in_one_subnet(cells for _, cells in found)
        for acl, subjects in found:
            number = self._reason(f"network ACL `{acl.name}`: replies to clients' ports", None)
            for ports, who in clients.items():
                for protocol in self.ports.protocols:
                    surely, maybe = self.passed(acl, way, protocol, ports)
                    mask = self._protocol(protocol)
                    for peers, open_ in ((surely, False), (maybe & ~surely, True)):
                        sources, destinations = (peers & who, subjects) if way == "egress" else (subjects & who, peers)
                        if sources and destinations:
                            yield Box("accept", sources, destinations, mask, number, open_)
            if way == "egress":
                yield Box("deny", self.all, subjects, self.ports.all, number)
            else:
                yield Box("deny", subjects, self.all, self.ports.all, number)

    def passed(self, acl: Acl, way: Way, protocol: str, ports: tuple[int, int]) -> Cells:
        """Peers whose packets the ACL lets through on all of the ports, and on some of them."""
        if acl.unknown:
            return 0, self.all
        first, last = ports if protocol in ("TCP", "UDP") else (0, 255)
        entries = [e for e in sorted(acl.entries, key=lambda e: e.number) if e.way == way]
        edges = {first, *(p for e in entries for p in (e.first, e.last + 1) if first < p <= last)}
        least, most = self.all, 0
        for port in edges:
            let_least = let_most = 0
            left_least = left_most = self.all
            for entry in entries:
                if not spec.covers(entry, protocol, port):
                    continue
                surely, maybe = (0, self.all) if entry.blocks is None else self.matched(entry.blocks)
                if entry.maybe:
                    surely, maybe = 0, surely | maybe
                maybe |= surely
                narrow, wide = (surely, maybe) if entry.allow else (maybe, surely)
                if entry.allow:
                    let_least |= left_least & narrow
                    let_most |= left_most & wide
                left_least &= ~narrow
                left_most &= ~wide
            least, most = least & let_least, most | let_most
        return least, most

    # -- routes -------------------------------------------------------------------------------------------------------------

    def _routes(self, before: list[Layer]) -> Iterator[Box]:
        mute = sum(1 << i for i, cell in enumerate(self.cells) if not cell[0].serves)
        hidden = sum(1 << i for i, cell in enumerate(self.cells) if cell[0].public is False)
        if hidden and not self.vpcs.six:
            number = self._reason("it has no public address", None)
            yield Box("deny", self.public, hidden, self.ports.all, number)
        if mute:
            number = self._reason("nobody can open a connection to a function's interface", None)
            yield Box("deny", self.all, mute, self.ports.all, number)
        yield Box("accept", self.outside, self.outside, self.ports.all)
        for cells in self.of_vpc.values():
            yield Box("accept", cells, cells, self.ports.all)
        yield from self._between()
        nats: list[_ByNat] = []
        for name, cells in self.of_table.items():
            yield from self._outward(self.vpcs.tables.get(name), cells, nats)
        yield from self._through_nats(nats, before)
        yield from self._to_services()
        number = self._reason("no route leads there and back", None)
        yield Box("deny", self.all, self.all, self.ports.all, number)

    def _outward(self, table: Table | None, cells: int, nats: list[_ByNat]) -> Iterator[Box]:
        """Boxes of the subnets with one table; what goes to NAT gateways is gathered in `nats`."""
        if table is None or table.unknown:
            yield from self._both_ways(cells, self.outside, maybe=True)
            return
        for route, atoms in self._by_route(table):
            number = self._reason(f"route table `{table.name}`: {_route_text(route)}", route.span)
            open_ = bool(route.maybe)
            if route.target == "internet":
                reached = atoms & self.public
                sure = sum(1 << i for i in bits(cells) if self.vpcs.six or self.cells[i][0].public)
                unsure = sum(1 << i for i in bits(cells & ~sure) if self.cells[i][0].public is None)
                for who, maybe in ((sure, open_), (unsure, True)):
                    yield from self._both_ways(who, reached, maybe=maybe, number=number)
            elif route.target == "egress-only":
                yield Box("accept", cells, atoms & self.public, self.ports.all, number, open_)
            elif route.target == "nat":
                nats.append((route.id, cells, atoms, open_))
            elif route.target != "blackhole":
                yield from self._both_ways(cells, atoms, maybe=True, number=number)

    def _by_route(self, table: Table) -> Iterator[tuple[Route, int]]:
        """Routes with the cells outside that their packets go to: the longest prefix first; of equal ones a static route,
        then a prefix list's, then a propagated one. Which of several prefix lists it is, nobody knows."""
        family = EVERYWHERE[self.vpcs.six]
        ranked: dict[tuple[int, int], list[tuple[int, Route]]] = {}
        for route in table.routes:
            for low, high in [route.block] if route.block else self.vpcs.prefixes.get(route.prefixes, ()):
                if family[0] <= low < family[1]:
                    rank = (high - low, route.propagated * 2 + bool(route.prefixes))
                    ranked.setdefault(rank, []).append((self.matched(((low, high),))[0], route))
        left = self.outside
        for rank in sorted(ranked):
            taken = 0
            for found, route in ranked[rank]:
                others = 0
                for also, other in ranked[rank]:
                    if (other.target, other.id) != (route.target, route.id):
                        others |= also
                for cells, way in (
                    (found & ~others, route),
                    (found & others, structs.replace(route, target="unknown")),
                ):
                    if cells & left & ~taken:
                        yield way, cells & left & ~taken
                taken |= found
            left &= ~taken

    def _both_ways(self, here: int, there: int, *, maybe: bool, number: int = -1) -> Iterator[Box]:
        if here and there:
            yield Box("accept", here, there, self.ports.all, number, maybe)
            yield Box("accept", there, here, self.ports.all, number, maybe)

    def _between(self) -> Iterator[Box]:
        """Interfaces of different VPCs: routed there, and back."""
        if len(self.of_vpc) < 2:
            return
        known: dict[tuple[str, str, str, int | None], spec.Answer] = {}

        def across(here: int, there: int) -> spec.Answer:
            to = self.cells[there][0]
            key = (self.subnets[here].table, self.subnets[here].vpc, self.subnets[there].id, to.address)
            if key not in known:
                known[key] = spec._across(self.vpcs, self.subnets[here], self.subnets[there], to)
            return known[key]

        for s in range(self.count):
            sure = maybe = 0
            for d in bits(self.interfaces & ~self.of_vpc[self.subnets[s].vpc]):
                said = spec.every([across(s, d), across(d, s)])
                sure |= (said is True) << d
                maybe |= (said is None) << d
            if sure:
                yield Box("accept", 1 << s, sure, self.ports.all)
            if maybe:
                yield Box("accept", 1 << s, maybe, self.ports.all, -1, maybe=True)

    def _through_nats(self, nats: list[_ByNat], before: list[Layer]) -> Iterator[Box]:
        """A NAT gateway takes packets in at its own subnet and sends them on as itself."""
        if not nats:
            return
        numbers = {i.name: n for n, cell in enumerate(self.cells) for i in cell}
        size = self.inside + len(self.far)
        allowed = self.ports.all & (self._protocol("TCP") | self._protocol("UDP") | self._protocol("ICMP"))
        for id_, who, atoms, open_ in nats:
            nat = self.vpcs.nats.get(id_)
            gateway = numbers.get(nat.interface) if nat else None
            if nat is None or gateway is None or not nat.public:
                yield Box("accept", who, atoms, self.ports.all, -1, maybe=True)
                continue
            number = self._reason(f"NAT gateway `{nat.interface}`", self.cells[gateway][0].span)
            further: list[_ByNat] = []
            out = list(self._outward(self.vpcs.tables.get(self.subnets[gateway].table), 1 << gateway, further))
            out += [Box("accept", s, d, self.ports.all, number, True) for other, s, d, _ in further if other != id_]
            routed = Layer("", ((*out, _nothing(self)),))
            unsure = any(box.maybe for layer in (*before[1:3], *before[4:], routed) for box in layer.tiers[0])
            for generous in (False, True) if unsure else (False,):
                onward = relation([before[1], before[5], routed], size, allowed, generous=generous, destinations=atoms)
                into = relation([before[2], before[4]], size, allowed, generous=generous, destinations=1 << gateway)
                for atom in bits(atoms):
                    beyond = sum(p for p, sources in onward.columns[atom] if sources >> gateway & 1)
                    for ports, sources in into.columns[gateway]:
                        if sources & who and ports & beyond:
                            maybe = generous or open_
                            yield Box("accept", sources & who, 1 << atom, ports & beyond, number, maybe)

    def _to_services(self) -> Iterator[Box]:
        """Through a gateway endpoint of the subnet's table, or over the internet."""
        for i, service in enumerate(self.vpcs.services, self.count):
            cells = sum(found for name, found in self.of_table.items() if name in service.tables)
            number = self._reason(f"gateway endpoint of {service.name}", service.span)
            yield Box("accept", cells, 1 << i, self._protocol("TCP"), number)
            yield Box("accept", self.interfaces & ~cells, 1 << i, self._protocol("TCP"), -1, maybe=True)


def _nothing(compiler: _Compiler) -> Box:
    return Box("deny", compiler.all, compiler.all, compiler.ports.all)


def _box(action: str, way: Way, subjects: int, peers: int, ports: int, rule: int, *, maybe: bool = False) -> Box:
    sources, destinations = (peers, subjects) if way == "ingress" else (subjects, peers)
    return Box(action, sources, destinations, ports, rule, maybe)  # type: ignore[arg-type]


def _sets(names: Iterable[str]) -> dict[str, int]:
    out: dict[str, int] = {}
    for i, name in enumerate(names):
        out[name] = out.get(name, 0) | 1 << i
    return out


def _meets(interval: Interval, others: Iterable[Interval]) -> bool:
    return any(low < interval[1] and interval[0] < high for low, high in others)


def _rule_text(rule: GroupRule) -> str:
    ports = "" if rule.first < 0 else f" {rule.first}" if rule.first == rule.last else f" {rule.first}-{rule.last}"
    return f"{'all traffic' if rule.protocol == '*' else rule.protocol}{ports}"


def _route_text(route: Route) -> str:
    from fourfold.engines.network.addresses import blocks

    where = blocks([route.block])[0] if route.block else route.prefixes
    return f"{where} to {route.target}{f' `{route.id}`' if route.id else ''}"
