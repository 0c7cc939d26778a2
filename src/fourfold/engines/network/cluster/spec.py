"""Whether one connection is allowed, as the documentation of network policies says it: slow, plain, and the reference.

Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from fourfold.engines.network.cluster.objects import Cluster, Expression, Peer, Pod, Policy, Port, Rule, Selector, Way

End = Pod | str
"""A pod, or an address outside the cluster."""


def allowed(
    cluster: Cluster, source: End, destination: End, protocol: str, port: int, *, block_matches_pods: bool = False
) -> bool | None:
    """Whether a connection from `source` to a port of `destination` may be made; None where that hangs on an address of
    a pod that is not known.

    "For a connection from a source pod to a destination pod to be allowed, both the egress policy on the source pod and
    the ingress policy on the destination pod need to allow the connection." A pod cannot block access to itself.
    """
    if source is destination:
        return True
    said = [
        _side(cluster, "egress", source, destination, destination, protocol, port, block_matches_pods),
        _side(cluster, "ingress", destination, source, destination, protocol, port, block_matches_pods),
    ]
    return False if False in said else None if None in said else True


def _side(
    cluster: Cluster, way: Way, subject: End, peer: End, destination: End, protocol: str, port: int, blocks: bool
) -> bool | None:
    """What the policies that select the subject say: it is isolated if there are any, and then all rules add up."""
    if isinstance(subject, str) or subject.host_network:
        return True
    isolating = [
        p
        for p in cluster.policies
        if p.namespace == subject.namespace and selects(p.pods, subject.labels) and p.rules(way) is not None
    ]
    if not isolating:
        return True
    said = [
        _rule(cluster, policy, rule, peer, destination, protocol, port, blocks)
        for policy in isolating
        for rule in policy.rules(way) or ()
    ]
    if True in said:
        return True
    # "Traffic to and from the node where a pod is running is always allowed": which node that is, nobody tells.
    on_a_node = isinstance(peer, Pod) and peer.host_network
    return None if None in said or on_a_node else False


def _rule(
    cluster: Cluster, policy: Policy, rule: Rule, peer: End, destination: End, protocol: str, port: int, blocks: bool
) -> bool | None:
    if rule.ports is not None and not any(_port(p, destination, protocol, port) for p in rule.ports):
        return False
    if rule.peers is None:
        return True
    said = [_peer(cluster, policy, p, peer, blocks) for p in rule.peers]
    return True if True in said else None if None in said else False


def _port(rule: Port, destination: End, protocol: str, port: int) -> bool:
    if rule.protocol != protocol:
        return False
    if rule.name:
        named = destination.ports if isinstance(destination, Pod) else ()
        return any((n.name, n.protocol, n.port) == (rule.name, protocol, port) for n in named)
    if rule.port is None:
        return True
    return rule.port <= port <= (rule.last if rule.last is not None else rule.port)


def _peer(cluster: Cluster, policy: Policy, rule: Peer, peer: End, blocks: bool) -> bool | None:
    if rule.block:
        if isinstance(peer, str):
            return _within(rule, peer)
        if peer.host_network:
            return None
        if not blocks:
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
    """A pod whose address is not known: only a block of all addresses surely holds it."""
    everything = ipaddress.ip_network(rule.block, strict=False).prefixlen == 0 and not rule.excepted
    return True if everything else None


def selects(selector: Selector, labels: Mapping[str, str]) -> bool:
    """https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors"""
    return all(_meets(e, labels) for e in selector.expressions)


def _meets(expression: Expression, labels: Mapping[str, str]) -> bool:
    if expression.operator == "In":
        return labels.get(expression.key) in expression.values
    if expression.operator == "NotIn":  # also what does not have the label at all
        return labels.get(expression.key) not in expression.values
    return (expression.key in labels) is (expression.operator == "Exists")
