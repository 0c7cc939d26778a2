"""Whether one connection is allowed, as the documentation of network policies says it: slow, plain, and the reference.

Sources: https://kubernetes.io/docs/concepts/services-networking/network-policies/; for policies of administrators the types of
the network policy API, v1alpha1 and v1alpha2 (https://network-policy-api.sigs.k8s.io/).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

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

End = Pod | str
"""A pod, or an address outside the cluster."""
_USUAL = Options()


def allowed(
    cluster: Cluster, source: End, destination: End, protocol: str, port: int, options: Options = _USUAL
) -> bool | None:
    """Whether a connection from `source` to a port of `destination` may be made; None where that hangs on an address of
    a pod that is not known.

    "For a connection from a source pod to a destination pod to be allowed, both the egress policy on the source pod and
    the ingress policy on the destination pod need to allow the connection." A pod cannot block access to itself.
    """
    if source is destination:
        return True
    said = [
        _side(cluster, "egress", source, destination, destination, protocol, port, options),
        _side(cluster, "ingress", destination, source, destination, protocol, port, options),
    ]
    return False if False in said else None if None in said else True


def _side(
    cluster: Cluster, way: Way, subject: End, peer: End, destination: End, protocol: str, port: int, options: Options
) -> bool | None:
    """What all tiers say of one side of a connection, in order: administrators, network policies, the baseline.

    Host-networked pods are subjects of nothing.
    """
    if isinstance(subject, str) or subject.host_network:
        return True
    said = _tier(cluster, "Admin", way, subject, peer, destination, protocol, port)
    if said & {"", "pass"}:
        own = _policies(cluster, way, subject, peer, destination, protocol, port, options)
        said = said - {"", "pass"} | own
    if "" in said:  # no network policy selects the pod
        said = said - {""} | _tier(cluster, "Baseline", way, subject, peer, destination, protocol, port)
    # "If a given connection wasn't allowed or denied by any of the tiers [...] all pods can communicate with each other"
    accepted = {outcome != "deny" for outcome in said}
    return None if len(accepted) > 1 else accepted.pop()


def _policies(
    cluster: Cluster, way: Way, subject: Pod, peer: End, destination: End, protocol: str, port: int, options: Options
) -> set[str]:
    """What the network policies that select the subject say: it is isolated if there are any, and then all rules add up."""
    isolating = [
        p
        for p in cluster.policies
        if p.namespace == subject.namespace and selects(p.pods, subject.labels) and p.rules(way) is not None
    ]
    if not isolating:
        return {""}
    said = [
        _rule(cluster, policy, rule, peer, destination, protocol, port, options)
        for policy in isolating
        for rule in policy.rules(way) or ()
    ]
    if True in said:
        return {"accept"}
    # "Traffic to and from the node where a pod is running is always allowed": which node that is, nobody tells.
    on_a_node = isinstance(peer, Pod) and peer.host_network and (way == "ingress" or options.own_node_always)
    return {"accept", "deny"} if None in said or on_a_node else {"deny"}


def _tier(
    cluster: Cluster, tier: str, way: Way, subject: Pod, peer: End, destination: End, protocol: str, port: int
) -> set[str]:
    """What may become of the packet in a tier of administrators; `""` is that no rule takes it in.

    Lower priorities come first. Of policies of the same priority any that matches may be applied; and between the kinds,
    which are different interfaces, there is no order at all.
    """
    kinds: list[set[str]] = []
    for kind in sorted({p.kind for p in cluster.admin}):
        ours = [p for p in cluster.admin if p.tier == tier and p.kind == kind and _subject(cluster, p.subject, subject)]
        said = {""}
        for priority in sorted({p.priority for p in ours}):
            if "" not in said:
                break
            policies = [p for p in ours if p.priority == priority]
            found = [_first(cluster, p, way, peer, destination, protocol, port) for p in policies]
            said = said - {""} | _any(found)
        kinds.append(said)
    return _any(kinds)


def _any(found: list[set[str]]) -> set[str]:
    """What any of them may say; nothing only if all of them may say nothing."""
    silent = all("" in outcomes for outcomes in found)
    return set().union(*found) - {""} | ({""} if silent else set())


def _first(
    cluster: Cluster, policy: AdminPolicy, way: Way, peer: End, destination: End, protocol: str, port: int
) -> set[str]:
    """What the first rule that matches says, or may say where it is not known whether it matches."""
    said: set[str] = set()
    for rule in policy.rules(way):
        if rule.ports is not None and not any(_port(p, destination, protocol, port) for p in rule.ports):
            continue
        matches = _peers(cluster, rule, peer)
        if matches is not False:
            said.add(rule.action)
        if matches:
            return said
    return said | {""}


def _peers(cluster: Cluster, rule: AdminRule, peer: End) -> bool | None:
    on_a_node = isinstance(peer, Pod) and peer.host_network
    if rule.peers is None:
        return None if on_a_node else True
    said = [_network(p, peer) if p.block else _subject(cluster, p, peer) for p in rule.peers]
    if rule.somewhere and (isinstance(peer, str) or on_a_node):
        said.append(None)
    return True if True in said else None if None in said else False


def _subject(cluster: Cluster, which: Peer, pod: End) -> bool:
    """Pods of namespaces; host-networked pods are never meant."""
    if isinstance(pod, str) or pod.host_network:
        return False
    spaces = which.namespaces or Selector()
    return selects(spaces, cluster.labels_of(pod.namespace)) and selects(which.pods or Selector(), pod.labels)


def _network(rule: Peer, peer: End) -> bool | None:
    """Networks: "cluster-internal traffic will be checked against the rule as well"."""
    if isinstance(peer, str):
        return _within(rule, peer)
    if peer.host_network:
        return False if _anywhere(rule) is False else None
    return _within(rule, peer.address) if peer.address else _anywhere(rule)


def _rule(
    cluster: Cluster,
    policy: Policy,
    rule: Rule,
    peer: End,
    destination: End,
    protocol: str,
    port: int,
    options: Options,
) -> bool | None:
    if rule.ports is not None and not any(_port(p, destination, protocol, port) for p in rule.ports):
        return False
    if rule.peers is None:
        return True
    said = [_peer(cluster, policy, p, peer, options) for p in rule.peers]
    return True if True in said else None if None in said else False


def _port(rule: Port, destination: End, protocol: str, port: int) -> bool:
    if rule.protocol not in (protocol, ""):
        return False
    if rule.name:
        named = destination.ports if isinstance(destination, Pod) else ()
        return any((n.name, n.protocol, n.port) == (rule.name, protocol, port) for n in named)
    if rule.port is None:
        return True
    return rule.port <= port <= (rule.last if rule.last is not None else rule.port)


def _peer(cluster: Cluster, policy: Policy, rule: Peer, peer: End, options: Options) -> bool | None:
    if rule.block:
        if isinstance(peer, str):
            return _within(rule, peer)
        if peer.host_network:
            return False if _anywhere(rule) is False or not options.block_matches_nodes else None
        if not options.block_matches_pods:
            return False
        return _within(rule, peer.address) if peer.address else _anywhere(rule)
    if isinstance(peer, str) or peer.host_network:
        return False
    if rule.namespaces is None:
        return peer.namespace == policy.namespace and selects(rule.pods or Selector(), peer.labels)
    return selects(rule.namespaces, cluster.labels_of(peer.namespace)) and selects(rule.pods or Selector(), peer.labels)


def _within(rule: Peer, address: str) -> bool:
    one = ipaddress.ip_address(address)
    blocks = [ipaddress.ip_network(text, strict=False) for text in (rule.block, *rule.excepted)]
    return one in blocks[0] and not any(one in block for block in blocks[1:])


def _anywhere(rule: Peer) -> bool | None:
    """A pod whose address is not known: one of IPv4, neither of the loopback nor of the link nor of a group."""
    left = [ipaddress.ip_network(rule.block, strict=False)]
    for text in rule.excepted:
        left = _without(left, ipaddress.ip_network(text, strict=False))
    nobody = [ipaddress.ip_network(text) for text in ("127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4")]
    others: list[Net] = [ipaddress.ip_network("0.0.0.0/0")]
    for net in left:
        others = _without(others, net)
    for net in nobody:
        left, others = _without(left, net), _without(others, net)
    return None if left and others else bool(left)


Net = ipaddress.IPv4Network | ipaddress.IPv6Network


def _without(nets: list[Net], gone: Net) -> list[Net]:
    out: list[Net] = []
    for net in nets:
        if net.version != gone.version or not net.overlaps(gone):
            out.append(net)
        elif gone.prefixlen > net.prefixlen:
            out += net.address_exclude(gone)  # type: ignore[arg-type]
    return out


def selects(selector: Selector, labels: Mapping[str, str]) -> bool:
    """https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors"""
    return all(_meets(e, labels) for e in selector.expressions)


def _meets(expression: Expression, labels: Mapping[str, str]) -> bool:
    if expression.operator == "In":
        return labels.get(expression.key) in expression.values
    if expression.operator == "NotIn":  # also what does not have the label at all
        return labels.get(expression.key) not in expression.values
    return (expression.key in labels) is (expression.operator == "Exists")
