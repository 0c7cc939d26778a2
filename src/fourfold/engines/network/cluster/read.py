"""The clusters that a graph declares: one for each delivery (overlay, chart) of Kubernetes objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from fourfold.engines.network.addresses import block
from fourfold.engines.network.cluster.objects import (
    AdminPolicy,
    Cluster,
    InvalidError,
    NamedPort,
    Peer,
    Pod,
    Policy,
    Port,
    Rule,
    selector,
)
from fourfold.engines.network.cluster.read_admin import KINDS, admin_policy
from fourfold.linking.kubernetes import pod_template
from fourfold.linking.kubernetes_names import group_kind, name_of, namespace_of
from fourfold.model.graph import Graph
from fourfold.model.place import Problem
from fourfold.model.resource import Resource
from fourfold.model.value import Seq, Value


class Read(msgspec.Struct):
    """The cluster of one delivery, and what in its manifests the API server would reject."""

    name: str
    cluster: Cluster
    problems: list[Problem]


def clusters(graph: Graph) -> list[Read]:
    """All clusters of a scan, those that declare pods first by name of their delivery."""
    deliveries: dict[str, list[Resource]] = {}
    for resource in graph.resources.values():
        if resource.of_kubernetes:
            deliveries.setdefault(resource.variant, []).append(resource)
    return [_read(name, objects) for name, objects in sorted(deliveries.items())]


def _read(name: str, objects: Iterable[Resource]) -> Read:
    read = Read(name, Cluster(()), [])
    pods: list[Pod] = []
    policies: list[Policy] = []
    admin: list[AdminPolicy] = []
    namespaces: dict[str, dict[str, str]] = {}
    for resource in objects:
        kind = group_kind(resource.type)

        def note(reason: str, resource: Resource = resource, kind: str = kind) -> None:
            text = f"{kind} `{name_of(resource)}`: {reason}"
            read.problems.append(Problem(resource.file, resource.span.line, text))

        try:
            if kind == "Namespace":
                namespaces[name_of(resource)] = _labels(resource.get("metadata", "labels"))
            elif kind == "networking.k8s.io/NetworkPolicy":
                policies.append(_policy(resource))
            elif kind in KINDS:
                admin.append(admin_policy(resource, note))
            elif (template := pod_template(resource)) is not None:
                pods.append(_pod(resource, template))
        except InvalidError as error:
            note(str(error))
    read.cluster = Cluster(tuple(pods), tuple(policies), namespaces, tuple(admin))
    return read


def _labels(value: Value) -> dict[str, str]:
    return {key: str(entry.plain()) for _, key, entry in value.pairs()}


def _pod(resource: Resource, template: Value) -> Pod:
    spec = template.get("spec")
    owner = next((item for _, item in resource.get("metadata", "ownerReferences").elements()), None)
    name, kind = name_of(resource), resource.type.rpartition("/")[2]
    if owner is not None and kind == "Pod":  # replicas of a running cluster, told by what made them
        name, kind = str(owner.get("name").plain()), str(owner.get("kind").plain() or kind)
    ports = [
        NamedPort(
            str(p.get("name").plain()), str(p.get("protocol").plain() or "TCP"), int(p.get("containerPort").plain())
        )
        for place in ("containers", "initContainers")
        for _, container in spec.get(place).elements()
        for _, p in container.get("ports").elements()
        if not p.get("name").absent and isinstance(p.get("containerPort").plain(), int)
    ]
    return Pod(
        namespace=namespace_of(resource),
        name=name,
        kind=kind,
        labels=_labels(template.get("metadata", "labels")),
        ports=tuple(dict.fromkeys(ports)),
        address=str(resource.get("status", "podIP").plain() or ""),
        host_network=spec.get("hostNetwork").surely(True),
        key=resource.key,
        span=resource.span,
    )


def _policy(resource: Resource) -> Policy:
    spec = resource.get("spec")
    types = spec.get("policyTypes")
    named = {str(item.plain()) for _, item in types.elements()}
    if not isinstance(types, Seq) or not named:  # "Ingress" always, "Egress" where there is a rule for it
        named = {"Ingress"} | ({"Egress"} if not spec.get("egress").absent else set())
    return Policy(
        namespace_of(resource),
        name_of(resource),
        selector(spec.get("podSelector").plain()),
        _rules(spec.get("ingress"), "from") if "Ingress" in named else None,
        _rules(spec.get("egress"), "to") if "Egress" in named else None,
        resource.span,
    )


def _rules(value: Value, side: str) -> tuple[Rule, ...]:
    return tuple(_rule(item, side) for _, item in value.elements())


def _rule(item: Value, side: str) -> Rule:
    peers = [_peer(p.plain()) for _, p in item.get(side).elements()]
    ports = [_port(p.plain()) for _, p in item.get("ports").elements()]
    return Rule(tuple(peers) or None, tuple(ports) or None, item.span)


def _peer(data: Any) -> Peer:
    if not isinstance(data, dict) or not data:
        raise InvalidError("a peer has one of podSelector, namespaceSelector and ipBlock")
    if data.get("ipBlock") is not None:
        if data.get("podSelector") is not None or data.get("namespaceSelector") is not None:
            raise InvalidError("a peer with an ipBlock has no selectors")
        found = data["ipBlock"]
        excepted = tuple(str(e) for e in found.get("except") or ())
        try:
            block(str(found.get("cidr")), excepted)
        except ValueError as error:
            raise InvalidError(f"no ipBlock: {error}") from None
        return Peer(block=str(found["cidr"]), excepted=excepted)
    pods, spaces = data.get("podSelector"), data.get("namespaceSelector")
    return Peer(None if pods is None else selector(pods), None if spaces is None else selector(spaces))


def _port(data: Any) -> Port:
    if not isinstance(data, dict):
        raise InvalidError("a port is a mapping")
    protocol, port, last = data.get("protocol") or "TCP", data.get("port"), data.get("endPort")
    if isinstance(port, str) and not port.isdigit():
        if last is not None:
            raise InvalidError("a named port has no `endPort`")
        return Port(str(protocol), name=port)
    if port is None and last is not None:
        raise InvalidError("`endPort` needs a `port`")
    numbers = [int(n) for n in (port, last) if n is not None and str(n).isdigit()]
    if len(numbers) < (port is not None) + (last is not None) or any(not 1 <= n <= 65535 for n in numbers):
        raise InvalidError("a port is a number from 1 to 65535, or a name")
    if len(numbers) == 2 and numbers[1] < numbers[0]:
        raise InvalidError("`endPort` is below `port`")
    return Port(str(protocol), numbers[0] if numbers else None, numbers[1] if len(numbers) > 1 else None)
