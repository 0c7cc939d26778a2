"""The network of a cluster."""

from __future__ import annotations

from fourfold.engines.network.cluster.compile import compile_
from fourfold.engines.network.cluster.objects import AdminPolicy, Cluster, Options, Policy, Way
from fourfold.engines.network.network import Network, Reason, ends_named


def network(cluster: Cluster, options: Options, name: str = "") -> Network:
    """The network of a cluster: workloads as `namespace/name[Kind]`, and all addresses outside."""
    compiled = compile_(cluster, options)
    ends = ends_named([
        (str(pod), i, pod.key, pod.span)
        for i, cell in enumerate(compiled.cells)
        for pod in cell
    ])  # fmt: skip
    return Network(
        name=name,
        ends=ends,
        inside=len(compiled.cells),
        outside=compiled.outside,
        ports=compiled.ports,
        layers=tuple(sorted(compiled.layers, key=lambda layer: layer.name)),  # egress first, as packets meet them
        reasons=tuple(_reason(*rule) for rule in compiled.rules),
    )


def _reason(policy: Policy | AdminPolicy, way: Way, number: int) -> Reason:
    if isinstance(policy, AdminPolicy):
        rule = policy.rules(way)[number]
        named = f" `{rule.name}`" if rule.name else ""
        return Reason(f"{policy.kind} {policy}, {way} rule {number + 1}{named}", rule.span or policy.span)
    rules = policy.rules(way) or ()
    if number < 0:
        return Reason(f"NetworkPolicy {policy}: {way} isolates the pods it selects", policy.span)
    return Reason(f"NetworkPolicy {policy}, {way} rule {number + 1}", rules[number].span or policy.span)
