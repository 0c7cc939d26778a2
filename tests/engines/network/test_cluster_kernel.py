"""The boxes of a cluster against the Linux kernel: the same policies as packet filters, and packets sent through them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import msgspec
import pytest

from fourfold.engines.exact.points import network
from fourfold.engines.network.boxes import relation
from fourfold.engines.network.cluster.compile import compile_
from fourfold.engines.network.cluster.objects import AdminRule, Cluster, Options, Peer, Pod, Policy, Port, Rule, Way
from fourfold.engines.network.cluster.spec import selects
from tests.engines.network import kernel
from tests.engines.network.test_cluster_differential import build_tiers

CONFIGURATIONS = 10
OUTSIDE = ("10.1.9.9", "192.0.2.7")
PORTS = (80, 85, 443, 8080)
PROTOCOLS = ("TCP", "UDP")


def definite(seed: int) -> Cluster:
    """A random cluster of which everything is known: addresses, no nodes, and an order of all policies."""
    cluster, r = build_tiers(seed), Random(seed)
    addresses = r.sample(["10.0.0.1", "10.1.2.3", "10.0.0.2", "172.16.0.9"], len(cluster.pods))
    pods = [
        msgspec.structs.replace(pod, host_network=False, address=address, name=f"pod{i}")
        for i, (pod, address) in enumerate(zip(cluster.pods, addresses, strict=True))
    ]
    admin = []
    for i, policy in enumerate(cluster.admin):
        ingress, egress = (
            tuple(msgspec.structs.replace(rule, somewhere=False) for rule in policy.rules(way))
            for way in ("ingress", "egress")
        )
        kind = "ClusterNetworkPolicy"
        admin.append(msgspec.structs.replace(policy, kind=kind, priority=i, ingress=ingress, egress=egress))
    return Cluster(tuple(pods), cluster.policies, cluster.namespaces, tuple(admin))


def rules(cluster: Cluster, pod: Pod) -> str:
    """The packet filter of a pod. A chain for each tier; what a chain does not decide comes back from it."""
    chains = []
    for way in ("ingress", "egress"):
        hook = "input" if way == "ingress" else "output"
        tiers = {
            "admin": _admin(cluster, pod, "Admin", way),
            "own": _own(cluster, pod, way),
            "base": _admin(cluster, pod, "Baseline", way),
        }
        for name, lines in tiers.items():
            chains += [f"chain {name}_{hook} {{", *lines, "}"]
        jumps = [f"jump {name}_{hook}" for name in tiers]
        start = [f"type filter hook {hook} priority 0; policy accept", "ct state established,related accept"]
        chains += [f"chain {hook} {{", *start, *jumps, "}"]
    return "\n".join(["table ip f {", *chains, "}", ""])


def _admin(cluster: Cluster, pod: Pod, tier: str, way: Way) -> list[str]:
    verdicts = {"accept": "accept", "deny": "drop", "pass": "return"}
    return [
        f"{match} {verdicts[rule.action]}"
        for policy in sorted(cluster.admin, key=lambda p: p.priority)
        if policy.tier == tier and _is(cluster, policy.subject, pod)
        for rule in policy.rules(way)
        for match in _matches(cluster, None, pod, rule, way)
    ]


def _own(cluster: Cluster, pod: Pod, way: Way) -> list[str]:
    isolating = [
        (policy, found)
        for policy in cluster.policies
        if policy.namespace == pod.namespace and selects(policy.pods, pod.labels)
        if (found := policy.rules(way)) is not None
    ]
    lines = [
        f"{match} accept"
        for policy, found in isolating
        for rule in found
        for match in _matches(cluster, policy, pod, rule, way)
    ]
    return [*lines, "drop"] if isolating else lines


def _matches(cluster: Cluster, policy: Policy | None, pod: Pod, rule: Rule | AdminRule, way: Way) -> Iterator[str]:
    side = "saddr" if way == "ingress" else "daddr"
    for where, other in _sides(cluster, policy, rule, side):
        if rule.ports is None:
            yield where or "meta l4proto { tcp, udp }"
        for port in rule.ports or ():
            for text, destination in _ports(cluster, port, pod if way == "ingress" else other):
                at = f"ip daddr {destination.address} " if destination else ""
                yield f"{where} {at}{text}"


def _sides(
    cluster: Cluster, policy: Policy | None, rule: Rule | AdminRule, side: str
) -> Iterator[tuple[str, Pod | None]]:
    """(match of the address, the pod it is)."""
    if rule.peers is None:
        yield "", None
    for peer in rule.peers or ():
        if peer.block and ":" not in peer.block:
            yield f"ip {side} {peer.block}" + "".join(f" ip {side} != {e}" for e in peer.excepted), None
        for pod in () if peer.block else cluster.pods:
            own = policy is None or peer.namespaces is not None or pod.namespace == policy.namespace
            if own and _is(cluster, peer, pod):
                yield f"ip {side} {pod.address}", pod


def _is(cluster: Cluster, peer: Peer, pod: Pod) -> bool:
    spaces = peer.namespaces is None or selects(peer.namespaces, cluster.labels_of(pod.namespace))
    return spaces and (peer.pods is None or selects(peer.pods, pod.labels))


def _ports(cluster: Cluster, port: Port, destination: Pod | None) -> Iterator[tuple[str, Pod | None]]:
    """(match of the port, the only destination that it holds for)."""
    if port.name:
        for pod in cluster.pods if destination is None else (destination,):
            for named in pod.ports:
                if named.name == port.name and port.protocol in ("", named.protocol):
                    yield f"{named.protocol.lower()} dport {named.port}", pod
    elif port.port is None:
        yield f"meta l4proto {port.protocol.lower()}", None
    else:
        last = "" if port.last is None else f"-{port.last}"
        yield f"{port.protocol.lower()} dport {port.port}{last}", None


def test_packets_get_through_where_the_boxes_say_so() -> None:
    if reason := kernel.missing():
        pytest.skip(reason)
    base = Random().randrange(1 << 30)
    allowed = denied = 0
    for seed in range(base, base + CONFIGURATIONS):
        cluster = definite(seed)
        ends = [pod.address for pod in cluster.pods] + list(OUTSIDE)
        probes = [
            kernel.Probe(s, d, protocol, port)
            for s in range(len(ends))
            for d in range(len(ends))
            if s != d and min(s, d) < len(cluster.pods)
            for protocol in PROTOCOLS
            for port in PORTS
        ]
        expected = _expected(cluster, probes)
        with kernel.Namespaces(ends) as namespaces:
            for i, pod in enumerate(cluster.pods):
                namespaces.filter(i, rules(cluster, pod))
            found = namespaces.arriving(probes, expected)
        assert found == expected, f"definite({seed}): {sorted(found ^ expected)[:5]}"
        allowed, denied = allowed + len(found), denied + len(probes) - len(found)
    assert allowed
    assert denied


def _expected(cluster: Cluster, probes: list[kernel.Probe]) -> set[kernel.Probe]:
    compiled = compile_(cluster, Options(block_matches_pods=True))
    least = relation(compiled.layers, compiled.size, compiled.ports.all)
    most = relation(compiled.layers, compiled.size, compiled.ports.all, generous=True)
    cells = [next(i for i, cell in enumerate(compiled.cells) if pod in cell) for pod in cluster.pods]
    for text in OUTSIDE:
        at = network(text)[0]
        inside = [any(first <= at < after for first, after in intervals) for intervals in compiled.outside]
        cells.append(len(compiled.cells) + inside.index(True))
    out = set()
    for probe in probes:
        mask = compiled.ports.at(probe.protocol, probe.port)
        source, destination = cells[probe.source], cells[probe.destination]
        surely = least.ports(source, destination) & mask
        assert surely == most.ports(source, destination) & mask  # everything is known
        if surely:
            out.add(probe)
    return out
