"""What a VPC is made of, as the engine takes it: plain data of one address family, with places.

Sources: the Amazon VPC User Guide (`VPC_Route_Tables`, `vpc-network-acls`, `security-group-rules`, `vpc-nat-gateway`,
`egress-only-internet-gateway`), the VPC Peering Guide, the Transit Gateways guide, and for functions the Lambda Developer
Guide, "Giving Lambda functions access to resources in an Amazon VPC".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from fourfold.engines.network.addresses import Interval
from fourfold.model.place import Span
from fourfold.model.value import Value

Way = Literal["ingress", "egress"]
Blocks = tuple[Interval, ...]
PORTS_OF_CLIENTS = (1024, 65535)
"""What a NAT gateway, a load balancer, a function or anybody on the internet may send from
(https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports)."""
PORTS_OF_LINUX = (32768, 60999)
"""`ip_local_port_range` of Linux, for containers that run on Fargate."""


class Peers(msgspec.Struct, frozen=True):
    """The other side of a rule: addresses, members of a security group, or a prefix list."""

    blocks: Blocks | None = None
    group: str = ""
    prefixes: str = ""
    """Id of a prefix list; one that nobody describes holds addresses that are not known."""
    unknown: str = ""
    """Why it is not known who this is."""


class GroupRule(msgspec.Struct, frozen=True):
    """One rule of a security group."""

    way: Way
    protocol: str
    """`TCP`, `UDP`, `ICMP`, `ICMPv6`, `*`, or a number."""
    first: int
    """First port, or type of ICMP; -1: all."""
    last: int
    peers: Peers
    maybe: str = ""
    """Why it is not known whether the rule is there, or is as it says."""
    span: Span | None = None
    at: Value | None = None
    """The mapping that is the rule, where one is written."""


class Group(msgspec.Struct, frozen=True):
    """A security group."""

    id: str
    name: str
    rules: tuple[GroupRule, ...] = ()
    unknown: str = ""
    """Why not all its rules are known."""


class Entry(msgspec.Struct, frozen=True):
    """One entry of a network ACL."""

    way: Way
    number: int
    allow: bool
    protocol: str
    first: int
    last: int
    blocks: Blocks | None
    """None: not known."""
    maybe: str = ""
    span: Span | None = None


class Acl(msgspec.Struct, frozen=True):
    """A network ACL; what no entry takes in is denied."""

    id: str
    name: str
    entries: tuple[Entry, ...] = ()
    unknown: str = ""


Target = Literal[
    "internet", "egress-only", "nat", "peering", "transit", "endpoint", "interface", "gateway", "blackhole", "unknown"
]
"""`endpoint`: of a firewall or a gateway load balancer; `interface`: an instance that routes; `gateway`: a VPN's."""


class Route(msgspec.Struct, frozen=True):
    """One route; a destination is a block, or a prefix list."""

    block: Interval | None
    target: Target
    id: str = ""
    prefixes: str = ""
    propagated: bool = False
    maybe: str = ""
    span: Span | None = None


class Table(msgspec.Struct, frozen=True):
    """A route table. The local route is not among its routes: each has it."""

    id: str
    name: str
    routes: tuple[Route, ...] = ()
    unknown: str = ""


class Subnet(msgspec.Struct, frozen=True):
    """A subnet: what it is part of, and what filters and routes it."""

    id: str
    name: str
    vpc: str
    blocks: Blocks = ()
    """Empty: not known."""
    acl: str = ""
    """Empty: the default one, which lets everything through until somebody changes it."""
    table: str = ""
    """Empty: not known."""
    span: Span | None = None


class Interface(msgspec.Struct, frozen=True):
    """A network interface in one of its possible subnets."""

    name: str
    subnet: str
    groups: tuple[str, ...] | None
    """None: nothing filters its packets (a NAT gateway, a load balancer without groups)."""
    address: int | None = None
    """On the line of all addresses (`engines.exact.points`)."""
    public: bool | None = False
    """Whether it has a public address; None: not known."""
    serves: bool = True
    """Whether anybody can open a connection to it; nobody can to a function's."""
    replies: tuple[int, int] = PORTS_OF_CLIENTS
    """The ports it opens connections from."""
    unknown: str = ""
    """Why not all its groups are known."""
    key: str = ""
    span: Span | None = None


class Nat(msgspec.Struct, frozen=True):
    """A NAT gateway; its name is that of its interface."""

    id: str
    interface: str
    public: bool | None = True


class Peering(msgspec.Struct, frozen=True):
    """A peering connection."""

    id: str
    vpcs: tuple[str, str]
    active: bool | None = None
    """None: whether it is accepted is not known."""


class Attachment(msgspec.Struct, frozen=True):
    """A VPC at a transit gateway."""

    id: str
    vpc: str
    table: str = ""
    """The transit gateway's route table that its packets are looked up in; empty: not known."""


class Transit(msgspec.Struct, frozen=True):
    """A transit gateway with its own route tables."""

    id: str
    attachments: tuple[Attachment, ...] = ()
    routes: Mapping[str, tuple[tuple[Interval, str], ...]] = msgspec.field(default_factory=dict)
    """Table: (block, attachment), static and propagated ones."""
    groups: bool = False
    """Whether security groups may be referred to across it."""


class Service(msgspec.Struct, frozen=True):
    """An AWS service that is reached through a gateway endpoint."""

    name: str
    """`s3`, `dynamodb`."""
    tables: tuple[str, ...]
    """Route tables that lead to its endpoint."""
    prefixes: str = ""
    span: Span | None = None


class Vpcs(msgspec.Struct, frozen=True):
    """Everything of one family of addresses."""

    blocks: Mapping[str, Blocks]
    """Addresses of each VPC; empty: not known."""
    subnets: Mapping[str, Subnet]
    interfaces: tuple[Interface, ...]
    groups: Mapping[str, Group] = msgspec.field(default_factory=dict)
    acls: Mapping[str, Acl] = msgspec.field(default_factory=dict)
    tables: Mapping[str, Table] = msgspec.field(default_factory=dict)
    prefixes: Mapping[str, Blocks] = msgspec.field(default_factory=dict)
    nats: Mapping[str, Nat] = msgspec.field(default_factory=dict)
    peerings: Mapping[str, Peering] = msgspec.field(default_factory=dict)
    transits: Mapping[str, Transit] = msgspec.field(default_factory=dict)
    services: tuple[Service, ...] = ()
    six: bool = False
    """Whether this is IPv6."""
