"""How packets and requests get in and out."""

from __future__ import annotations

from typing import Literal

from fourfold.model.nodes.node import NOTHING, Node
from fourfold.model.value import Value


class SecurityGroup(Node, frozen=True, kw_only=True, eq=False):
    """A stateful packet filter of interfaces."""

    vpc: Value = NOTHING
    rules: tuple[Rule, ...] = ()


class Rule(Node, frozen=True, kw_only=True, eq=False):
    """One rule of a security group."""

    direction: Literal["ingress", "egress"]
    protocol: Value = NOTHING
    """`tcp`, `udp`, `icmp`, a number, or `-1` for all."""
    from_port: Value = NOTHING
    to_port: Value = NOTHING
    cidr: Value = NOTHING
    """IPv4 or IPv6 range, where the peer is one."""
    peer_group: Value = NOTHING
    prefix_list: Value = NOTHING


class NetworkInterface(Node, frozen=True, kw_only=True, eq=False):
    """Where a workload or store is attached to a network."""

    owner: str
    """Key of the resource it belongs to."""
    subnets: Value = NOTHING
    security_groups: Value = NOTHING
    public_address: Value = NOTHING
    """Whether it gets a public address."""


class Route(Node, frozen=True, kw_only=True, eq=False):
    """One route of a route table."""

    table: Value = NOTHING
    destination: Value = NOTHING
    target: Value = NOTHING
    target_kind: str = ""
    """`GatewayId`, `NatGatewayId`, ..."""
    subnets: tuple[Value, ...] = ()
    """Subnets that are associated with the table in the scan."""


class Entry(Node, frozen=True, kw_only=True, eq=False):
    """Where requests from outside come in: an API route, a function URL, a listener, a distribution, an ingress."""

    kind: Literal[
        "rest-route", "http-route", "websocket-route", "graphql", "function-url", "listener", "distribution", "ingress",
        "service", "published-port", "cluster-endpoint",
    ]
    exposure: Literal["internet", "private", "unknown"] = "unknown"
    exposure_value: Value = NOTHING
    """What decides the exposure (`Scheme`, endpoint type, Service type)."""
    allowed: Value = NOTHING
    """Address ranges that callers may come from, where the entry itself limits them."""
    method: str = ""
    path: str = ""
    authorizer: Value = NOTHING
    """What authenticates callers: `AWS_IAM`, an authorizer, `NONE`; stands for `NONE` where absent."""
    api_key: Value = NOTHING
    target: Value = NOTHING
    """The workload or integration behind it."""
    protocol: Value = NOTHING
    """`HTTP`, `HTTPS`, `TLS`, ..."""
    tls_policy: Value = NOTHING
    """Minimum protocol or the name of the security policy."""
    access_log: Value = NOTHING
    throttling: Value = NOTHING
    web_acl: Value = NOTHING
    redirects: Value = NOTHING
    """Listeners: whether it only redirects to HTTPS."""
