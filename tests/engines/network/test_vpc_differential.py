"""The boxes of VPCs against the documentation read literally: every pair of interfaces and addresses, every port."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from fourfold.engines.exact.points import network
from fourfold.engines.network.addresses import Interval
from fourfold.engines.network.boxes import relation
from fourfold.engines.network.vpc import spec
from fourfold.engines.network.vpc.compile import compile_
from fourfold.engines.network.vpc.objects import (
    PORTS_OF_LINUX,
    Acl,
    Attachment,
    Entry,
    Group,
    GroupRule,
    Interface,
    Nat,
    Peering,
    Peers,
    Route,
    Subnet,
    Table,
    Transit,
    Vpcs,
)

SUBNETS = {"a1": ("a", "10.0.1.0/24"), "a2": ("a", "10.0.2.0/24"), "b1": ("b", "10.1.1.0/24")}
BLOCKS = ("0.0.0.0/0", "10.0.0.0/16", "10.0.1.0/24", "10.0.1.7/32", "10.1.0.0/16", "52.0.0.0/8", "192.168.0.0/16")


def build(seed: int) -> Vpcs:
    """A few interfaces in three subnets of two VPCs; most filters let something through."""
    r = Random(seed)
    groups = {g: Group(g, g, tuple(_rule(r) for _ in range(r.randint(1, 4)))) for g in ("g1", "g2", "g3")}
    acls = {n: Acl(n, n, tuple(_entry(r, i) for i in range(r.randint(2, 6)))) for n in ("n1", "n2")}
    tables = {t: Table(t, t, tuple(_routes(r, usual))) for t, usual in (("t1", "internet"), ("t2", "nat"))}
    subnets = {
        name: Subnet(name, name, vpc, (network(block),) if r.random() < 0.9 else (), r.choice(["", "", "", "", "n1", "n2"]),
                     ["t1", "t2", "t2"][list(SUBNETS).index(name)] if r.random() < 0.6 else r.choice(["t1", "t2", ""]))
        for name, (vpc, block) in SUBNETS.items()
    }  # fmt: skip
    if seed % 2:  # an arrangement that works, so that what the NAT gateway passes on is seen
        for name, table, acl in (("a1", "t1", r.choice(["", "n1"])), ("a2", "t2", r.choice(["", "n1"]))):
            subnets[name] = structs.replace(subnets[name], table=table, acl=acl)
        tables = {
            "t1": Table("t1", "t1", (Route(network("0.0.0.0/0"), "internet", "igw"),)),
            "t2": Table("t2", "t2", (Route(network("0.0.0.0/0"), "nat", "nat-1", maybe=r.choice(["", "", "if"])),)),
        }
        both = [Entry(way, 9, True, "TCP", 1024, 65535, (network("0.0.0.0/0"),)) for way in ("ingress", "egress")]  # type: ignore[arg-type]
        acls["n1"] = structs.replace(acls["n1"], entries=(*acls["n1"].entries, *both))
    interfaces = [_interface(r, i) for i in range(r.randint(2, 4))]
    interfaces.append(
        Interface("nat", r.choice(["a1", "a1", "a1", "a2"]), None, network("10.0.1.200")[0], public=True, serves=False)
    )
    return Vpcs(
        {"a": (network("10.0.0.0/16"),), "b": (network("10.1.0.0/16"),)},
        subnets,
        tuple(interfaces),
        groups,
        acls,
        tables,
        {"pl": tuple(network(b) for b in r.sample(BLOCKS, 2))},
        {"nat-1": Nat("nat-1", "nat", r.random() < 0.9 or None)},
        {"pcx": Peering("pcx", ("a", "b"), r.choice([True, True, False, None]))},
        {"tgw": Transit("tgw", (Attachment("at-a", "a", "rt"), Attachment("at-b", "b", r.choice(["rt", ""]))),
                        {"rt": ((network("10.1.0.0/16"), "at-b"), (network("10.0.0.0/16"), "at-a"))}, r.random() < 0.5)},
    )  # fmt: skip


def _interface(r: Random, number: int) -> Interface:
    subnet = r.choice(sorted(SUBNETS))
    address = network(SUBNETS[subnet][1])[0] + r.choice([7, 9, 130]) if r.random() < 0.5 else None
    return Interface(
        f"i{number}", subnet, tuple(r.sample(["g1", "g2", "g3"], r.randint(1, 2))), address,
        r.choice([True, True, False, None]), r.random() < 0.85, PORTS_OF_LINUX if r.random() < 0.3 else (1024, 65535),
        "open" if r.random() < 0.05 else "",
    )  # fmt: skip


def _rule(r: Random) -> GroupRule:
    protocol, first, last = _ports(r)
    kind = r.random()
    if kind < 0.5:
        peers = Peers((network(r.choice(BLOCKS)),))
    elif kind < 0.85:
        peers = Peers(group=r.choice(["g1", "g2", "g3"]))
    elif kind < 0.95:
        peers = Peers(prefixes=r.choice(["pl", "pl-aws"]))
    else:
        peers = Peers(unknown="a parameter")
    maybe = "a condition" if r.random() < 0.1 else ""
    return GroupRule(r.choice(["ingress", "egress"]), protocol, first, last, peers, maybe)


def _ports(r: Random) -> tuple[str, int, int]:
    return r.choice([
        ("*", -1, -1), ("*", -1, -1), ("TCP", 443, 443), ("TCP", 0, 65535), ("TCP", 1024, 65535), ("UDP", 53, 53),
        ("ICMP", -1, -1), ("ICMP", 8, 8), ("TCP", 32768, 61000), ("TCP", 40000, 65535), ("UDP", 1, 65535), ("50", -1, -1),
    ])  # fmt: skip


def _entry(r: Random, number: int) -> Entry:
    protocol, first, last = _ports(r)
    block = None if r.random() < 0.1 else (network(r.choice(BLOCKS)),)
    maybe = "a condition" if r.random() < 0.2 else ""
    way = r.choice(["ingress", "egress"])
    return Entry(way, (number * 37) % 11, r.random() < 0.7, protocol, first, last, block, maybe)


def _routes(r: Random, usual: str) -> list[Route]:
    kinds = {"internet": "igw", "nat": "nat-1", "egress-only": "eigw", "blackhole": ""}
    target = usual if r.random() < 0.7 else r.choice(sorted(kinds))
    id_ = "nat-2" if target == "nat" and r.random() < 0.1 else kinds[target]
    maybe = "a condition" if r.random() < 0.2 else ""
    out = [Route(network("0.0.0.0/0"), target, id_, maybe=maybe)]  # type: ignore[arg-type]
    for block in r.sample(["10.0.0.0/16", "10.1.0.0/16", "10.1.1.0/24", "52.0.0.0/8", "10.0.2.0/24"], r.randint(1, 4)):
        target = r.choice(
            [("peering", "pcx"), ("transit", "tgw"), ("peering", "pcx"), ("gateway", "vgw"), ("blackhole", "")]
        )
        out.append(Route(network(block), *target, propagated=r.random() < 0.2))
    if r.random() < 0.3:
        out.append(Route(None, "peering", "pcx", prefixes="pl"))
    return out


Part = Callable[[Vpcs, spec.End, spec.End, str, int], spec.Answer]
PARTS: dict[str, tuple[slice, Part]] = {
    "groups out": (slice(0, 1), lambda v, s, d, protocol, port: spec._groups(v, "egress", s, d, protocol, port)),
    "groups in": (slice(3, 4), lambda v, s, d, protocol, port: spec._groups(v, "ingress", d, s, protocol, port)),
    "acls": (slice(1, 6), lambda v, s, d, protocol, port: spec.every([
        spec._acls(v, s, d, protocol, port), spec._groups(v, "ingress", d, s, protocol, port)
    ])),
    "routes": (slice(6, 7), spec._routed),
    "all": (slice(0, 7), spec.allowed),
}  # fmt: skip
"""Each filter alone, as most random connections are let through by one and not by all."""


@pytest.mark.parametrize("part", PARTS)
@settings(max_examples=80, deadline=None)
@given(st.integers(0, 1 << 40).map(build))
def test_every_connection_is_decided_as_the_documentation_says(part: str, vpcs: Vpcs) -> None:
    compiled = compile_(vpcs)
    which, decide = PARTS[part]
    most = relation(compiled.layers[which], compiled.size, compiled.ports.all, generous=True)
    least = relation(compiled.layers[which], compiled.size, compiled.ports.all)
    ends: list[tuple[spec.End, int]] = [(i, n) for n, cell in enumerate(compiled.cells) for i in cell]
    ends += [(_first(atom), n) for n, atom in enumerate(compiled.outside, compiled.inside)]
    for source, s in ends:
        for destination, d in ends:
            if source is destination or (isinstance(source, int) and isinstance(destination, int)):
                continue
            if part == "routes" and isinstance(destination, Interface) and not destination.serves:
                continue
            for atom in compiled.ports.atoms:
                mask = compiled.ports.at(atom.protocol, atom.first)
                said = (bool(least.ports(s, d) & mask), bool(most.ports(s, d) & mask))
                expected = decide(vpcs, source, destination, atom.protocol, atom.first)
                assert said == {True: (True, True), False: (False, False), None: (False, True)}[expected], (
                    source, destination, atom, expected,
                )  # fmt: skip


def _first(intervals: tuple[Interval, ...]) -> int:
    return intervals[0][0]
