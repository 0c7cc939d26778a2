"""How packets and requests get in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from fourfold.model.nodes.node import NOTHING, Node
from fourfold.model.value import Value
from fourfold.model.world import doubt

if TYPE_CHECKING:
    from fourfold.model.nodes.identity import Policy


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
        "rest-route",
        "http-route",
        "websocket-route",
        "graphql",
        "function-url",
        "listener",
        "distribution",
        "ingress",
        "service",
        "published-port",
        "cluster-endpoint",
    ]
    exposure: Literal["internet", "private", "unknown"] = "unknown"
    exposure_value: Value = NOTHING
    """What decides the exposure (`Scheme`, endpoint type, Service type)."""
    internet: Value = NOTHING
    """True where callers on the internet reach it, as far as the sources say (see `from_internet`)."""
    allowed: Value = NOTHING
    """Address ranges that callers may come from, where the entry itself limits them."""
    policy: Policy | None = None
    """The policy of its API, which may let in some callers only."""
    method: str = ""
    path: str = ""
    authorizer: Value = NOTHING
    """What authenticates callers: `AWS_IAM`, an authorizer, `NONE`; stands for `NONE` where absent."""
    api_key: Value = NOTHING
    target: Value = NOTHING
    """The workload or integration behind it."""
    integration: Value = NOTHING
    """How an API calls what is behind it: `AWS_PROXY`, `HTTP`, `MOCK` (nothing is behind it), ..."""
    protocol: Value = NOTHING
    """`HTTP`, `HTTPS`, `TLS`, ..."""
    tls_policy: Value = NOTHING
    """Minimum protocol or the name of the security policy."""
    access_log: Value = NOTHING
    throttling: Value = NOTHING
    web_acl: Value = NOTHING
    redirects: Value = NOTHING
    """Listeners: whether it only redirects to HTTPS."""

    @property
    def from_internet(self) -> bool:
        """Whether callers on the internet reach it: a question to the present world."""
        if self.exposure != "unknown":
            return self.exposure == "internet"
        if self.internet is NOTHING:
            return doubt((self.key, "exposure"), f"whether {self} is open to the internet is not known")
        return self.internet.is_(True)


class Gateway(Node, frozen=True, kw_only=True, eq=False):
    """What publishes entries and is configured for all of them: an API's stage, a load balancer, a distribution.

    It has the edge `publishes` to each entry.
    """

    kind: Literal["rest-stage", "http-stage", "websocket-stage", "graphql", "load-balancer", "distribution"]
    internet: Value = NOTHING
    """True where callers on the internet reach it."""
    access_log: Value = NOTHING
    """Where requests are logged; absent: nowhere."""
    throttling: Value = NOTHING
    """Requests a second that it lets through; absent: the account's limit, shared by all APIs of the region."""
    tracing: Value = NOTHING
    web_acl: Value = NOTHING
    """The web ACL that filters requests; NOTHING where it cannot have one."""
