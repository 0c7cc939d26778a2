"""Policies of administrators as manifests write them: AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy.

Source: the types of v1alpha1 and v1alpha2 of https://network-policy-api.sigs.k8s.io/. What they ask of implementations for
fields that these do not know is followed: a rule that accepts matches nothing, any other denies everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from fourfold.engines.network.addresses import block
from fourfold.engines.network.boxes import Action
from fourfold.engines.network.cluster.objects import (
    AdminPolicy,
    AdminRule,
    InvalidError,
    Peer,
    Port,
    Selector,
    Tier,
    Way,
    selector,
)
from fourfold.linking.kubernetes_names import name_of
from fourfold.model.resource import Resource
from fourfold.model.value import Value

GROUP = "policy.networking.k8s.io/"
KINDS = {f"{GROUP}{kind}" for kind in ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy")}
RULES_MAX = {"AdminNetworkPolicy": 100, "BaselineAdminNetworkPolicy": 100, "ClusterNetworkPolicy": 25}
_ACTIONS: dict[str, dict[str, Action]] = {
    "AdminNetworkPolicy": {"Allow": "accept", "Deny": "deny", "Pass": "pass"},
    "BaselineAdminNetworkPolicy": {"Allow": "accept", "Deny": "deny"},
    "ClusterNetworkPolicy": {"Accept": "accept", "Deny": "deny", "Pass": "pass"},
}
_PROTOCOLS = ("TCP", "UDP", "SCTP")
Note = Callable[[str], None]
"""Takes what is wrong, but not so wrong that the policy does not count."""


class _UnknownError(ValueError):
    """A field of a later version, or of none."""


def admin_policy(resource: Resource, note: Note) -> AdminPolicy:
    """One of the three kinds. Raises InvalidError for what the API server rejects."""
    kind = resource.type.rpartition("/")[2]
    spec = resource.get("spec")
    tier, priority = _place(kind, name_of(resource), spec)
    return AdminPolicy(
        kind,
        name_of(resource),
        tier,
        priority,
        _subject(spec.get("subject").plain(), note),
        _rules(kind, "ingress", spec.get("ingress"), note),
        _rules(kind, "egress", spec.get("egress"), note),
        resource.span,
    )


def _place(kind: str, name: str, spec: Value) -> tuple[Tier, int]:
    if kind == "BaselineAdminNetworkPolicy":
        if name != "default":
            raise InvalidError("the only BaselineAdminNetworkPolicy of a cluster is called `default`")
        return "Baseline", 0
    priority = spec.get("priority").plain()
    if not isinstance(priority, int) or isinstance(priority, bool) or not 0 <= priority <= 1000:
        raise InvalidError("`priority` is a number from 0 to 1000")
    if kind == "AdminNetworkPolicy":
        return "Admin", priority
    tier = spec.get("tier").plain()
    if tier == "Admin":
        return "Admin", priority
    if tier == "Baseline":
        return "Baseline", priority
    raise InvalidError("`tier` is Admin or Baseline")


def _subject(data: Any, note: Note) -> Peer:
    try:
        return _pods(_one(data, ("namespaces", "pods"), "subject"), note)
    except _UnknownError as error:
        raise InvalidError(str(error)) from None


def _rules(kind: str, way: Way, value: Value, note: Note) -> tuple[AdminRule, ...]:
    items = [item for _, item in value.elements()]
    if len(items) > RULES_MAX[kind]:
        raise InvalidError(f"a {kind} has at most {RULES_MAX[kind]} {way} rules")
    found = (_rule(kind, way, item, number, note) for number, item in enumerate(items, 1))
    return tuple(rule for rule in found if rule is not None)


def _rule(kind: str, way: Way, item: Value, number: int, note: Note) -> AdminRule | None:
    data = item.plain()
    if not isinstance(data, dict):
        raise InvalidError("a rule is a mapping")
    action = _ACTIONS[kind].get(str(data.get("action")))
    if action is None:
        raise InvalidError(f"the action of a rule is one of {', '.join(_ACTIONS[kind])}")
    side, ports = "from" if way == "ingress" else "to", "protocols" if kind == "ClusterNetworkPolicy" else "ports"
    if not isinstance(data.get(side), list) or not data[side]:
        raise InvalidError(f"a rule has at least one peer in `{side}`")
    name = str(data.get("name") or "")
    try:
        _known(data, ("action", "name", side, ports), "rule")
        peers, somewhere = _peers(data[side], way, note)
        read = _port if ports == "ports" else _protocol
        found = None if data.get(ports) is None else tuple(read(p) for p in _list(data[ports], ports))
    except _UnknownError as error:
        does = "matches nothing" if action == "accept" else "denies everything"
        note(f"{way} rule {number}: {error}; so it {does}")
        return None if action == "accept" else AdminRule("deny", name=name, span=item.span)
    return AdminRule(action, peers, found, somewhere, name, item.span)


def _list(data: Any, what: str) -> list[Any]:
    if not isinstance(data, list) or not data:
        raise InvalidError(f"`{what}` is a list that is not empty")
    return data


def _known(data: dict[str, Any], fields: Iterable[str], what: str) -> None:
    strange = sorted(set(map(str, data)) - set(fields))
    if strange:
        raise _UnknownError(f"`{strange[0]}` is no field of a {what}")


def _one(data: Any, fields: tuple[str, ...], what: str) -> dict[str, Any]:
    """A mapping with exactly one of some fields."""
    if not isinstance(data, dict):
        raise InvalidError(f"a {what} has one of {', '.join(fields)}")
    set_ = {key: value for key, value in data.items() if value is not None}
    _known(set_, fields, what)
    if not set_:
        raise _UnknownError(f"a {what} has none of {', '.join(fields)}")
    if len(set_) > 1:
        raise InvalidError(f"a {what} has only one of {', '.join(fields)}")
    return set_


def _peers(items: list[Any], way: Way, note: Note) -> tuple[tuple[Peer, ...], bool]:
    fields = ("namespaces", "pods") if way == "ingress" else ("namespaces", "pods", "networks", "nodes", "domainNames")
    out: list[Peer] = []
    somewhere = False
    for item in items:
        peer = _one(item, fields, "peer")
        if "networks" in peer:
            out += [Peer(block=_cidr(text)) for text in _list(peer["networks"], "networks")]
        elif "nodes" in peer or "domainNames" in peer:
            somewhere = True
        else:
            out.append(_pods(peer, note))
    return tuple(out), somewhere


def _cidr(text: Any) -> str:
    try:
        if "/" not in str(text):
            raise ValueError("a network is written with a slash")
        block(str(text))
    except ValueError as error:
        raise InvalidError(f"`{text}` is no network: {error}") from None
    return str(text)


def _pods(data: dict[str, Any], note: Note) -> Peer:
    if "namespaces" in data:
        return Peer(None, _selector(data["namespaces"]))
    pods = data["pods"]
    if not isinstance(pods, dict):
        raise InvalidError("`pods` has a namespaceSelector and a podSelector")
    _known(pods, ("namespaceSelector", "podSelector"), "choice of pods")
    for field in ("namespaceSelector", "podSelector"):
        if pods.get(field) is None:
            note(f"`pods` has no `{field}`, which the API server requires; read as one that selects all")
    return Peer(_selector(pods.get("podSelector")), _selector(pods.get("namespaceSelector")))


def _selector(data: Any) -> Selector:
    if isinstance(data, dict):
        _known(data, ("matchLabels", "matchExpressions"), "selector")
    return selector(data)


def _port(data: Any) -> Port:
    """v1alpha1."""
    found = _one(data, ("portNumber", "portRange", "namedPort"), "port")
    if "namedPort" in found:
        return Port("", name=str(found["namedPort"]))
    (field, value), *_ = found.items()
    if not isinstance(value, dict):
        raise InvalidError(f"`{field}` is a mapping")
    protocol = str(value.get("protocol") or "TCP")
    if protocol not in _PROTOCOLS:
        raise InvalidError(f"`{protocol}` is none of {', '.join(_PROTOCOLS)}")
    if field == "portNumber":
        _known(value, ("protocol", "port"), field)
        return Port(protocol, _number(value.get("port")))
    _known(value, ("protocol", "start", "end"), field)
    return _range(protocol, value)


def _protocol(data: Any) -> Port:
    """v1alpha2."""
    found = _one(data, ("tcp", "udp", "sctp", "destinationNamedPort"), "protocol")
    if "destinationNamedPort" in found:
        return Port("", name=str(found["destinationNamedPort"]))
    (field, value), *_ = found.items()
    port = _one(_one(value, ("destinationPort",), field)["destinationPort"], ("number", "range"), "port")
    if "number" in port:
        return Port(field.upper(), _number(port["number"]))
    if not isinstance(port["range"], dict):
        raise InvalidError("`range` has a `start` and an `end`")
    _known(port["range"], ("start", "end"), "range")
    return _range(field.upper(), port["range"])


def _range(protocol: str, data: dict[str, Any]) -> Port:
    start, end = _number(data.get("start")), _number(data.get("end"))
    if start >= end:
        raise InvalidError("the start of a range of ports is below its end")
    return Port(protocol, start, end)


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 65535:
        raise InvalidError("a port is a number from 1 to 65535")
    return value
