"""Pods, namespaces and network policies as the engine takes them: plain data, with places.

Sources: https://kubernetes.io/docs/concepts/services-networking/network-policies/ and the API reference of NetworkPolicy; for
policies of administrators the types of the network policy API, https://network-policy-api.sigs.k8s.io/.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from fourfold.engines.network.boxes import Action
from fourfold.model.place import Span

Way = Literal["ingress", "egress"]
Tier = Literal["Admin", "Baseline"]
"""Before, and after, the tier of NetworkPolicies."""


class Options(msgspec.Struct, frozen=True):
    """What the specification of network policies leaves to the implementation."""

    block_matches_pods: bool = False
    """Whether an ipBlock takes in addresses of pods."""
    block_matches_nodes: bool = True
    """Whether it takes in addresses of nodes."""
    own_node_always: bool = True
    """Whether a pod may always send to its own node, as the documentation says; its node may send to it in any case."""


class NamedPort(msgspec.Struct, frozen=True):
    """A port that a container declares."""

    name: str
    protocol: str
    port: int


class Pod(msgspec.Struct, frozen=True):
    """The pods of one template: what makes them the same for every policy."""

    namespace: str
    name: str
    kind: str
    """Of the object that has the template: `Deployment`, `Pod`."""
    labels: Mapping[str, str]
    ports: tuple[NamedPort, ...] = ()
    address: str = ""
    """Where a running pod tells it."""
    host_network: bool = False
    """Whether it uses its node's network, where no policy is enforced and none selects it."""
    key: str = ""
    """Of its resource."""
    span: Span | None = None

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}[{self.kind}]"


class Expression(msgspec.Struct, frozen=True):
    """One requirement of a selector; all its labels are requirements of one value each."""

    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: tuple[str, ...] = ()


class Selector(msgspec.Struct, frozen=True):
    """What has these labels; the empty one selects everything."""

    expressions: tuple[Expression, ...] = ()


class Peer(msgspec.Struct, frozen=True):
    """One side of a connection: pods by selectors, or addresses."""

    pods: Selector | None = None
    namespaces: Selector | None = None
    """None: the policy's own namespace."""
    block: str = ""
    excepted: tuple[str, ...] = ()


class Port(msgspec.Struct, frozen=True):
    """Ports of one protocol: one, a range, a name that the destination resolves, or (with neither) all."""

    protocol: str = "TCP"
    """Empty with a name that any protocol may have."""
    port: int | None = None
    last: int | None = None
    name: str = ""


class Rule(msgspec.Struct, frozen=True):
    """Peers and ports that are allowed together; None: all."""

    peers: tuple[Peer, ...] | None = None
    ports: tuple[Port, ...] | None = None
    span: Span | None = None


class Policy(msgspec.Struct, frozen=True):
    """A NetworkPolicy."""

    namespace: str
    name: str
    pods: Selector
    ingress: tuple[Rule, ...] | None = None
    """None: it says nothing of this direction."""
    egress: tuple[Rule, ...] | None = None
    span: Span | None = None

    def rules(self, way: Way) -> tuple[Rule, ...] | None:
        return self.ingress if way == "ingress" else self.egress

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class AdminRule(msgspec.Struct, frozen=True):
    """What an administrator says of peers and ports; None: all."""

    action: Action
    peers: tuple[Peer, ...] | None = None
    ports: tuple[Port, ...] | None = None
    somewhere: bool = False
    """Whether nodes or domain names are peers too, of which nobody tells the addresses."""
    name: str = ""
    span: Span | None = None


class AdminPolicy(msgspec.Struct, frozen=True):
    """An AdminNetworkPolicy, a BaselineAdminNetworkPolicy or a ClusterNetworkPolicy."""

    kind: str
    name: str
    tier: Tier
    priority: int
    """Lower is asked first; what is asked first of the same number, nobody tells."""
    subject: Peer
    ingress: tuple[AdminRule, ...] = ()
    egress: tuple[AdminRule, ...] = ()
    span: Span | None = None

    def rules(self, way: Way) -> tuple[AdminRule, ...]:
        return self.ingress if way == "ingress" else self.egress

    def __str__(self) -> str:
        return self.name


class Cluster(msgspec.Struct, frozen=True):
    """One cluster as far as the manifests tell."""

    pods: tuple[Pod, ...]
    policies: tuple[Policy, ...] = ()
    namespaces: Mapping[str, Mapping[str, str]] = msgspec.field(default_factory=dict)
    """Labels by name; each has `kubernetes.io/metadata.name` besides."""
    admin: tuple[AdminPolicy, ...] = ()

    def labels_of(self, namespace: str) -> Mapping[str, str]:
        return {**self.namespaces.get(namespace, {}), "kubernetes.io/metadata.name": namespace}


class InvalidError(ValueError):
    """The API server would reject this; says what and why."""


def selector(data: Any) -> Selector:
    """A LabelSelector as the API has it. Raises InvalidError."""
    if data is None:
        return Selector()
    if not isinstance(data, dict):
        raise InvalidError("a selector is a mapping")
    out: list[Expression] = []
    for key, value in (data.get("matchLabels") or {}).items():
        out.append(Expression(str(key), "In", (str(value),)))
    for item in data.get("matchExpressions") or ():
        if not isinstance(item, dict) or "key" not in item:
            raise InvalidError("a requirement of a selector has a `key` and an `operator`")
        operator, values = item.get("operator"), tuple(str(v) for v in item.get("values") or ())
        if operator not in ("In", "NotIn", "Exists", "DoesNotExist"):
            raise InvalidError(f"`{operator}` is no operator of a selector")
        if (operator in ("In", "NotIn")) != bool(values):
            raise InvalidError(f"`{operator}` {'needs' if not values else 'has no'} values")
        out.append(Expression(str(item["key"]), operator, values))
    return Selector(tuple(out))
