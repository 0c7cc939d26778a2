"""Whether one connection gets through, as the documentation says it: slow, plain, and the reference.

Three answers: True, False, and None where it hangs on what is not known. The pages are named in `objects`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from msgspec import structs

from fourfold.engines.network.addresses import Interval
from fourfold.engines.network.vpc.objects import (
    PORTS_OF_CLIENTS,
    Acl,
    Blocks,
    Entry,
    GroupRule,
    Interface,
    Route,
    Subnet,
    Table,
    Vpcs,
    Way,
)
from fourfold.engines.network.vpc.special import public_only

End = Interface | int
"""An interface, or an address outside all VPCs."""
Answer = bool | None


def every(answers: Iterable[Answer]) -> Answer:
    found = list(answers)
    return False if False in found else None if None in found else True


def some(answers: Iterable[Answer]) -> Answer:
    found = list(answers)
    return True if True in found else None if None in found else False


def allowed(vpcs: Vpcs, source: End, destination: End, protocol: str, port: int) -> Answer:
    """Whether `source` can open a connection (and gets its replies) to a port of `destination`.

    Connections from address to address do not meet a VPC, and are none of its business: True.
    """
    if isinstance(source, int) and isinstance(destination, int):
        return True
    if isinstance(destination, Interface) and not destination.serves:
        return False
    return every([
        _groups(vpcs, "egress", source, destination, protocol, port),
        _acls(vpcs, source, destination, protocol, port),
        _groups(vpcs, "ingress", destination, source, protocol, port),
        _routed(vpcs, source, destination, protocol, port),
    ])  # fmt: skip


# -- security groups -------------------------------------------------------------------------------------------------------


def _groups(vpcs: Vpcs, way: Way, subject: End, peer: End, protocol: str, port: int) -> Answer:
    """Rules of all groups add up, there are none that deny; replies need no rule."""
    if isinstance(subject, int) or subject.groups is None:
        return True
    said: list[Answer] = [None] if subject.unknown else []
    for name in subject.groups:
        group = vpcs.groups.get(name)
        if group is None or group.unknown:
            said.append(None)
        for rule in group.rules if group else ():
            if rule.way == way and covers(rule, protocol, port):
                answer = _peers(vpcs, rule, subject, peer)
                said.append(None if rule.maybe and answer else answer)
    return some(said)


def covers(rule: GroupRule | Entry, protocol: str, port: int) -> bool:
    """Whether a rule is about packets of this protocol and port (of ICMP: type)."""
    if rule.protocol not in ("*", protocol):
        return False
    return rule.protocol == "*" or rule.first < 0 or rule.first <= port <= rule.last


def _peers(vpcs: Vpcs, rule: GroupRule, subject: Interface, peer: End) -> Answer:
    said = rule.peers
    if said.unknown:
        return None
    if said.group:
        if isinstance(peer, int):
            return False  # "private IP addresses of the network interfaces" of the group
        if peer.groups is not None and said.group in peer.groups:
            return _refers(vpcs, subject, peer)
        return None if peer.unknown else False
    if said.prefixes:
        blocks = vpcs.prefixes.get(said.prefixes)
        if blocks is None:  # lists that AWS keeps hold public addresses only
            return None if isinstance(peer, int) and public_only(peer) else False
        return inside(vpcs, blocks, peer)
    return inside(vpcs, said.blocks or (), peer)


def _refers(vpcs: Vpcs, subject: Interface, peer: Interface) -> Answer:
    """A reference works in one VPC and across an active peering; across a transit gateway where that is turned on."""
    here, there = vpcs.subnets[subject.subnet].vpc, vpcs.subnets[peer.subnet].vpc
    if here == there:
        return True
    said: list[Answer] = [p.active for p in vpcs.peerings.values() if {*p.vpcs} == {here, there}]
    said += [True for t in vpcs.transits.values() if t.groups and {here, there} <= {a.vpc for a in t.attachments}]
    return some(said)


def inside(vpcs: Vpcs, blocks: Blocks, peer: End) -> Answer:
    """Whether the address of the peer is in the blocks."""
    if isinstance(peer, int):
        return any(low <= peer < high for low, high in blocks)
    if peer.address is not None:
        return any(low <= peer.address < high for low, high in blocks)
    return overlap(
        vpcs.subnets[peer.subnet].blocks or vpcs.blocks.get(vpcs.subnets[peer.subnet].vpc, ()), blocks, six=vpcs.six
    )


def overlap(own: Blocks, blocks: Blocks, *, six: bool) -> Answer:
    """Whether addresses somewhere in `own` (nothing: anywhere) are in `blocks`: all, none or some."""
    own = own or (FAMILY[six],)
    within = [any(low <= first and after <= high for low, high in blocks) for first, after in own]
    if all(within):
        return True
    return None if any(low < after and first < high for first, after in own for low, high in blocks) else False


FAMILY: dict[bool, Interval] = {False: (0, 1 << 32), True: (1 << 32, (1 << 32) + (1 << 128))}


# -- network ACLs ----------------------------------------------------------------------------------------------------------


def _acls(vpcs: Vpcs, source: End, destination: End, protocol: str, port: int) -> Answer:
    """Out of the one subnet, into the other, and the replies back to each port the client may use."""
    if isinstance(source, Interface) and isinstance(destination, Interface) and source.subnet == destination.subnet:
        return True  # "within a subnet" nothing is filtered
    client = source.replies if isinstance(source, Interface) else PORTS_OF_CLIENTS
    return every([
        _acl(vpcs, "egress", source, destination, protocol, (port, port)),
        _acl(vpcs, "ingress", destination, source, protocol, (port, port)),
        _acl(vpcs, "egress", destination, source, protocol, client),
        _acl(vpcs, "ingress", source, destination, protocol, client),
    ])  # fmt: skip


def _acl(vpcs: Vpcs, way: Way, end: End, peer: End, protocol: str, ports: tuple[int, int]) -> Answer:
    """What the ACL of the end's subnet says of packets to or from the peer: None where it differs between ports."""
    if isinstance(end, int):
        return True
    acl = acl_of(vpcs, vpcs.subnets[end.subnet])
    if acl is None:
        return True
    first, last = ports if protocol in ("TCP", "UDP") else (ports[0], ports[0]) if ports[0] == ports[1] else (0, 255)
    edges = {first, *(p for e in acl.entries for p in (e.first, e.last + 1) if first < p <= last)}
    said = [_first(vpcs, acl, way, peer, protocol, port) for port in sorted(edges)]
    return said[0] if len(set(said)) == 1 else None


def _first(vpcs: Vpcs, acl: Acl, way: Way, peer: End, protocol: str, port: int) -> Answer:
    """ "Rules are evaluated starting with the lowest numbered rule"; the first that matches decides."""
    if acl.unknown:
        return None
    open_: list[Answer] = []
    for entry in sorted(acl.entries, key=lambda e: e.number):
        if entry.way != way or not covers(entry, protocol, port):
            continue
        hit = None if entry.blocks is None else inside(vpcs, entry.blocks, peer)
        if hit is None or (hit and entry.maybe):
            open_.append(entry.allow)
        elif hit:
            return entry.allow if all(o == entry.allow for o in open_) else None
    return None if True in open_ else False


def acl_of(vpcs: Vpcs, subnet: Subnet) -> Acl | None:
    """The ACL of a subnet; None for one that lets everything through."""
    return vpcs.acls.get(subnet.acl)


# -- routes ----------------------------------------------------------------------------------------------------------------


def _routed(vpcs: Vpcs, source: End, destination: End, protocol: str, port: int) -> Answer:
    if isinstance(source, int):
        assert isinstance(destination, Interface)
        return _in(vpcs, source, destination)
    if isinstance(destination, int):
        return _out(vpcs, source, destination, protocol, port)
    here, there = vpcs.subnets[source.subnet], vpcs.subnets[destination.subnet]
    if here.vpc == there.vpc:
        return True
    return every([_across(vpcs, here, there, destination), _across(vpcs, there, here, source)])


def _out(vpcs: Vpcs, source: Interface, destination: int, protocol: str, port: int, nat: str = "") -> Answer:
    """By the route with the longest prefix: an internet gateway for who has a public address, a NAT gateway for all."""
    route = _route(vpcs, vpcs.subnets[source.subnet], destination)
    if route is None or not isinstance(route, Route):
        return route
    said: Answer = None
    if route.target == "internet":
        said = public_only(destination) and (vpcs.six or source.public)
    elif route.target == "egress-only":
        said = public_only(destination)
    elif route.target == "blackhole":
        said = False
    elif route.target == "nat" and nat:  # what a gateway sends to itself is lost; of two in a row nothing is said
        said = False if route.id == nat else None
    elif route.target == "nat":
        said = _through_nat(vpcs, route.id, source, destination, protocol, port)
    return None if route.maybe and said is not False else said


def _through_nat(vpcs: Vpcs, nat: str, source: Interface, destination: int, protocol: str, port: int) -> Answer:
    """The gateway sends it on from its own subnet, as itself."""
    found = vpcs.nats.get(nat)
    gateway = next((i for i in vpcs.interfaces if found and i.name == found.interface), None)
    if found is None or gateway is None or not found.public:
        return None
    if protocol not in ("TCP", "UDP", "ICMP"):
        return False
    into: Answer = True
    if gateway.subnet != source.subnet:
        into = every([
            _acl(vpcs, "ingress", gateway, source, protocol, (port, port)),
            _acl(vpcs, "egress", gateway, source, protocol, source.replies),
        ])  # fmt: skip
    return every(
        [into, _acls(vpcs, gateway, destination, protocol, port), _out(vpcs, gateway, destination, protocol, port, nat)]
    )


def _in(vpcs: Vpcs, source: int, destination: Interface) -> Answer:
    """Through an internet gateway, where the way back leads through it; else through a gateway to elsewhere.

    Whatever the routes are, packets from the internet come to a public address only.
    """
    if not vpcs.six and destination.public is False and public_only(source):
        return False
    route = _route(vpcs, vpcs.subnets[destination.subnet], source)
    if route is None or not isinstance(route, Route):
        return route
    said: Answer = None
    if route.target == "internet":
        said = public_only(source) and (vpcs.six or destination.public)
    elif route.target in ("egress-only", "nat", "blackhole"):
        said = False
    return None if route.maybe and said is not False else said


def _across(vpcs: Vpcs, here: Subnet, there: Subnet, to: Interface) -> Answer:
    """Whether packets for an interface of another VPC are routed there."""
    whole = there.blocks or vpcs.blocks.get(there.vpc, ())
    addresses: Blocks = ((to.address, to.address + 1),) if to.address is not None else whole
    if not addresses or not here.table:
        return None
    table = vpcs.tables.get(here.table)
    if table is None or table.unknown:
        return None
    said = [_towards(vpcs, route, there.vpc, here.vpc, piece) for piece, route in pieces(table, addresses, vpcs)]
    return said[0] if len(set(said)) == 1 else None


def _towards(vpcs: Vpcs, route: Route | None, vpc: str, from_: str, piece: Interval) -> Answer:
    if route is None or route.target == "blackhole":
        return False
    said: Answer = None
    if route.target == "peering":
        peering = vpcs.peerings.get(route.id)
        said = None if peering is None else peering.active if {*peering.vpcs} == {vpc, from_} else False
    elif route.target == "transit":
        said = _over_transit(vpcs, route.id, from_, vpc, piece)
    elif route.target in ("internet", "egress-only", "nat"):
        said = False  # private addresses are not routed there
    return None if route.maybe and said is not False else said


def _over_transit(vpcs: Vpcs, id_: str, from_: str, to: str, piece: Interval) -> Answer:
    transit = vpcs.transits.get(id_)
    if transit is None:
        return None
    own = next((a for a in transit.attachments if a.vpc == from_), None)
    if own is None or not own.table or own.table not in transit.routes:
        return None
    best = max(
        ((high - low, a) for (low, high), a in transit.routes[own.table] if low <= piece[0] and piece[1] <= high),
        key=lambda found: -found[0],
        default=None,
    )
    if best is None:
        return (
            None if any(low < piece[1] and piece[0] < high for (low, high), _ in transit.routes[own.table]) else False
        )
    return any(a.id == best[1] and a.vpc == to for a in transit.attachments)


def _route(vpcs: Vpcs, subnet: Subnet, address: int) -> Route | Answer:
    """The route for an address; False where there is none, None where that is not known."""
    table = vpcs.tables.get(subnet.table)
    if table is None or table.unknown:
        return None
    found = [route for _, route in pieces(table, ((address, address + 1),), vpcs)]
    return found[0] if found and found[0] is not None else False


def pieces(table: Table, blocks: Blocks, vpcs: Vpcs) -> list[tuple[Interval, Route | None]]:
    """The blocks cut by the routes, each piece with the route that its packets take.

    The longest prefix wins; of equal ones a static route, then a prefix list's, then a propagated one.
    """
    routes = [
        (high - low, route.propagated * 2 + bool(route.prefixes), number, (low, high), route)
        for number, route in enumerate(table.routes)
        for low, high in ([route.block] if route.block else vpcs.prefixes.get(route.prefixes, ()))
    ]
    cuts = sorted({end for *_, block, _ in routes for end in block} | {end for block in blocks for end in block})
    out: list[tuple[Interval, Route | None]] = []
    for low, high in pairwise(cuts):
        if any(first <= low and high <= after for first, after in blocks):
            fitting = sorted((r for r in routes if r[3][0] <= low and high <= r[3][1]), key=lambda r: r[:3])
            best = fitting[0][4] if fitting else None
            if best and any(
                r[:2] == fitting[0][:2] and (r[4].target, r[4].id) != (best.target, best.id) for r in fitting
            ):
                best = structs.replace(best, target="unknown")  # "we randomly choose which route takes priority"
            out.append(((low, high), best))
    return out
