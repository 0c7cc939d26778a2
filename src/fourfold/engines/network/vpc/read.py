"""The VPCs that a graph declares, in CloudFormation's vocabulary.

What is not known is said where it matters: a rule that stands under a condition, a peer that is a parameter. Resources are
told apart by their keys in the graph, and what is not part of the scan by what is written for it, so that two interfaces
with the same parameter for a subnet are in one subnet, whichever it is.

Sources: the CloudFormation reference of the types named here; the defaults of what nobody writes are those of the Amazon
VPC User Guide ("Default security groups", "Default network ACL", "Main route tables").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fourfold.engines.exact.points import V6, network
from fourfold.engines.network.addresses import EVERYWHERE, Interval
from fourfold.engines.network.vpc.objects import (
    PORTS_OF_CLIENTS,
    PORTS_OF_LINUX,
    Acl,
    Attachment,
    Blocks,
    Entry,
    Group,
    GroupRule,
    Interface,
    Nat,
    Peering,
    Peers,
    Route,
    Service,
    Subnet,
    Table,
    Target,
    Transit,
    Vpcs,
)
from fourfold.model.condition import TRUE, Condition
from fourfold.model.graph import Graph
from fourfold.model.nodes import NetworkInterface, SecurityGroup, Workload
from fourfold.model.nodes import Route as RouteNode
from fourfold.model.nodes import Rule as RuleNode
from fourfold.model.resource import Resource
from fourfold.model.value import Known, Ref, Value

PROTOCOLS = {
    "tcp": "TCP", "6": "TCP", "udp": "UDP", "17": "UDP", "icmp": "ICMP", "1": "ICMP", "icmpv6": "ICMPv6",
    "58": "ICMPv6", "-1": "*", "all": "*",
}  # fmt: skip
DEFAULT = "default of "
"""Before the VPC, in the ids of what each VPC has by itself."""
NOWHERE = "an unknown VPC of "
MAIN = "main table of "
_GATEWAYS: dict[str, Target] = {
    "AWS::EC2::InternetGateway": "internet", "AWS::EC2::EgressOnlyInternetGateway": "egress-only",
    "AWS::EC2::NatGateway": "nat", "AWS::EC2::TransitGateway": "transit", "AWS::EC2::VPCPeeringConnection": "peering",
    "AWS::EC2::VPNGateway": "gateway", "AWS::EC2::VPCEndpoint": "endpoint", "AWS::EC2::Instance": "interface",
    "AWS::EC2::NetworkInterface": "interface",
}  # fmt: skip
_KINDS: dict[str, Target] = {
    "NatGatewayId": "nat", "TransitGatewayId": "transit", "VpcPeeringConnectionId": "peering", "VpcEndpointId": "endpoint",
    "InstanceId": "interface", "NetworkInterfaceId": "interface", "EgressOnlyInternetGatewayId": "egress-only",
    "CarrierGatewayId": "gateway", "LocalGatewayId": "gateway", "CoreNetworkArn": "gateway",
}  # fmt: skip
_PREFIXES: dict[str, Target] = {"igw-": "internet", "vgw-": "gateway", "vpce-": "endpoint", "eigw-": "egress-only",
                               "blackhole": "blackhole"}  # fmt: skip


def vpcs(graph: Graph, *, six: bool = False) -> Vpcs:
    """Everything of one family of addresses that a graph says of VPCs; without interfaces where it says nothing."""
    return _Reader(graph, six=six).read()


def has_six(graph: Graph) -> bool:
    """Whether a subnet of the scan has IPv6 addresses."""
    return any(not s.get("Ipv6CidrBlock").absent for s in graph.of_type("AWS::EC2::Subnet"))


class _Reader:
    def __init__(self, graph: Graph, *, six: bool) -> None:
        self.graph, self.six = graph, six
        self.subnets: dict[str, Subnet] = {}
        self.groups: dict[str, Group] = {}
        self.acls: dict[str, Acl] = {}
        self.tables: dict[str, Table] = {}
        self.main: dict[str, str] = {}
        self.default_acl: dict[str, str] = {}
        self.default_group: dict[str, str] = {}
        self.elastic = self._elastic()

    def read(self) -> Vpcs:
        self._tables()
        self._acls()
        self._subnets()
        self._groups()
        interfaces = list(self._interfaces())
        nats = dict(self._nats(interfaces))
        return Vpcs(
            self._blocks(),
            self.subnets,
            tuple(interfaces),
            self.groups,
            self.acls,
            self.tables,
            dict(self._prefixes()),
            nats,
            dict(self._peerings()),
            dict(self._transits()),
            tuple(self._services()),
            self.six,
        )

    # -- identity -----------------------------------------------------------------------------------------------------------

    def id_of(self, value: Value) -> str:
        """What the value leads to: a key of the graph, the text that is written, or a name for what is not known."""
        found = self.graph.target(value)
        if found is not None:
            return found.key
        if isinstance(value, Known) and value.value is not None:
            return str(value.value)
        if isinstance(value, Ref):
            return f"?{value.target}" + (f".{value.attribute}" if value.attribute else "")
        return "" if value.absent else f"?{getattr(value, 'identity', value.plain())}"

    def ids(self, value: Value) -> tuple[list[str], str]:
        """(what the elements of a list lead to, why they may not be all)"""
        found: list[str] = []
        why = ""
        for when, item in value.elements():
            found.append(self.id_of(item))
            if when != TRUE:
                why = f"when {when}"
            elif item is value and item.reason and self.graph.target(item) is None:
                why = why or item.reason  # a list of which nothing is known
        return list(dict.fromkeys(found)), why

    def kind(self, value: Value) -> str:
        found = self.graph.target(value)
        return found.type if found is not None else ""

    # -- parts --------------------------------------------------------------------------------------------------------------

    def _blocks(self) -> dict[str, Blocks]:
        out: dict[str, list[Interval]] = {}
        unknown: set[str] = set()
        for vpc in self.graph.of_type("AWS::EC2::VPC"):
            self._add(out.setdefault(vpc.key, []), vpc.get("CidrBlock"), unknown, vpc.key)
        for extra in self.graph.of_type("AWS::EC2::VPCCidrBlock"):
            key = self.id_of(extra.get("VpcId"))
            self._add(out.setdefault(key, []), extra.get("CidrBlock"), unknown, key)
            self._add(out.setdefault(key, []), extra.get("Ipv6CidrBlock"), unknown, key)
        return {key: () if key in unknown else tuple(sorted(blocks)) for key, blocks in out.items()}

    def _add(self, blocks: list[Interval], value: Value, unknown: set[str], key: str) -> None:
        if value.absent:
            return
        found = _block(value)
        if found is None:
            unknown.add(key)
        elif (found[0] >= V6) == self.six:
            blocks.append(found)

    def _tables(self) -> None:
        routes: dict[str, list[Route]] = {}
        for node in self.graph.of(RouteNode):
            if isinstance(node, RouteNode):
                routes.setdefault(self.id_of(node.table), []).append(self._route(node))
        for table in self.graph.of_type("AWS::EC2::RouteTable"):
            written = table.attributes.get("Routes")
            self.tables[table.key] = Table(
                table.key, table.address, tuple(routes.get(table.key, ())), "" if written.absent else written.reason
            )
            if table.attributes.get("Main").surely(True):
                self.main[self.id_of(table.get("VpcId"))] = table.key
        for link in self.graph.of_type("AWS::EC2::VPNGatewayRoutePropagation"):
            for key in self.ids(link.get("RouteTableIds"))[0]:
                if key in self.tables:  # what a VPN brings is known only to the VPN
                    table_ = self.tables[key]
                    self.tables[key] = Table(
                        table_.id, table_.name, table_.routes, "a VPN gateway propagates its routes"
                    )

    def _route(self, node: RouteNode) -> Route:
        block = _block(node.destination)
        named = node.resource.get("DestinationPrefixListId")
        prefixes = "" if named.absent else self.id_of(named)
        why = "" if block or prefixes else node.destination.reason or "its destination is not known"
        if node.condition != TRUE:
            why = f"when {node.condition}"
        target: Target = _GATEWAYS.get(self.kind(node.target)) or _KINDS.get(node.target_kind) or "unknown"
        if target == "unknown":
            text = str(node.target.plain())
            target = next((t for prefix, t in _PREFIXES.items() if text.startswith(prefix)), "unknown")
        if target == "unknown" and node.target_kind == "GatewayId" and _named_like(node.target, "internet", "igw"):
            target = "internet"
        if not block and not prefixes:
            block = EVERYWHERE[self.six]
            target = "unknown"
        block, propagated = None if prefixes else block, node.resource.attributes.get("Propagated").surely(True)
        return Route(block, target, self.id_of(node.target), prefixes, propagated, why, node.span)

    def _acls(self) -> None:
        entries: dict[str, list[Entry]] = {}
        for one in self.graph.of_type("AWS::EC2::NetworkAclEntry"):
            entries.setdefault(self.id_of(one.get("NetworkAclId")), []).append(self._entry(one))
        for acl in self.graph.of_type("AWS::EC2::NetworkAcl"):
            written = acl.attributes.get("Rules")
            why = "" if written.absent else written.reason or "its rules are not known"
            self.acls[acl.key] = Acl(acl.key, acl.address, tuple(entries.get(acl.key, ())), why)
            if acl.attributes.get("Default").surely(True):
                self.default_acl[self.id_of(acl.get("VpcId"))] = acl.key

    def _entry(self, one: Resource) -> Entry:
        written = one.get("CidrBlock") if not one.get("CidrBlock").absent else one.get("Ipv6CidrBlock")
        block = _block(written)
        protocol = _protocol(one.get("Protocol"))
        first, last = _number(one.get("PortRange", "From")), _number(one.get("PortRange", "To"))
        if protocol in ("ICMP", "ICMPv6"):
            first = last = _number(one.get("Icmp", "Type"))
        elif protocol not in ("TCP", "UDP"):
            first = last = -1
        number, action = _number(one.get("RuleNumber")), one.get("RuleAction")
        why = _unsure(one.condition, one.get("Protocol"), one.get("PortRange"), one.get("RuleNumber"), action)
        egress = one.get("Egress").surely(expected=True) or str(one.get("Egress").plain()).lower() == "true"
        return Entry(
            "egress" if egress else "ingress",
            number,
            str(action.plain()).lower() == "allow",
            protocol or "*",
            -1 if first is None else first,
            -1 if last is None else last,
            None if block is None else (block,),
            why,
            one.span,
        )

    def _subnets(self) -> None:
        tables: dict[str, list[tuple[str, Condition]]] = {}
        for link in self.graph.of_type("AWS::EC2::SubnetRouteTableAssociation"):
            tables.setdefault(self.id_of(link.get("SubnetId")), []).append(
                (self.id_of(link.get("RouteTableId")), link.condition)
            )
        acls: dict[str, str] = {}
        for link in self.graph.of_type("AWS::EC2::SubnetNetworkAclAssociation"):
            acls[self.id_of(link.get("SubnetId"))] = self.id_of(link.get("NetworkAclId"))
        for subnet in self.graph.of_type("AWS::EC2::Subnet"):
            vpc = self.id_of(subnet.get("VpcId"))
            linked = tables.get(subnet.key, [])
            table = linked[0][0] if len(linked) == 1 and linked[0][1] in (TRUE, subnet.condition) else ""
            described = subnet.format == "describe"
            if not linked and vpc in {v.key for v in self.graph.of_type("AWS::EC2::VPC")}:
                table = self.main.get(vpc) or ("" if described else MAIN + vpc)
                if table:
                    self.tables.setdefault(table, Table(table, "main"))
            block = _block(subnet.get("Ipv6CidrBlock" if self.six else "CidrBlock"))
            acl = acls.get(subnet.key, self.default_acl.get(vpc, ""))
            if not acl and described:  # it has one, which nobody describes
                acl = f"ACL of {subnet.address}"
            if acl and acl not in self.acls:
                self.acls[acl] = Acl(acl, acl, (), "it is not part of the scan")
            self.subnets[subnet.key] = Subnet(
                subnet.key, subnet.address, vpc, () if block is None else (block,), acl, table, subnet.span
            )

    def _groups(self) -> None:
        for node in self.graph.of(SecurityGroup):
            rules = tuple(self._rule(rule) for rule in node.rules)
            everything = [r for r in node.rules if r.part == "egress/default"]
            if self.six and everything:  # the rule that each new group has lets IPv6 out, too
                rules += (GroupRule("egress", "*", -1, -1, Peers((EVERYWHERE[1],)), span=everything[0].span),)
            unknown = _unknown_rules(node.resource)
            self.groups[node.resource.key] = Group(node.resource.key, node.name, rules, unknown)
            if node.resource.attributes.get("Default").surely(True):
                self.default_group[self.id_of(node.vpc)] = node.resource.key

    def _rule(self, node: RuleNode) -> GroupRule:
        protocol = _protocol(node.protocol)
        first, last = _number(node.from_port), _number(node.to_port)
        why = _unsure(node.condition, node.protocol, node.from_port, node.to_port)
        if protocol in ("ICMP", "ICMPv6"):
            last = first
        elif protocol not in ("TCP", "UDP") or (first == -1):
            first = last = -1
        return GroupRule(
            node.direction,
            protocol or "*",
            0 if first is None else first,
            65535 if last is None else last,
            self._peers(node),
            why,
            node.span,
            None if node.part == "egress/default" else node.at,
        )

    def _peers(self, node: RuleNode) -> Peers:
        for field, value in (("group", node.peer_group), ("prefixes", node.prefix_list)):
            if not value.absent:
                return Peers(group=self.id_of(value)) if field == "group" else Peers(prefixes=self.id_of(value))
        block = _block(node.cidr)
        if block is None:
            return Peers(unknown=node.cidr.reason or f"`{node.cidr}` is no block of addresses")
        return Peers((block,))

    def _prefixes(self) -> Iterator[tuple[str, Blocks]]:
        for one in self.graph.of_type("AWS::EC2::PrefixList"):
            found = [_block(item.get("Cidr")) for _, item in one.get("Entries").elements()]
            if all(f is not None for f in found):
                yield one.key, tuple(sorted(f for f in found if f is not None and (f[0] >= V6) == self.six))

    # -- interfaces ---------------------------------------------------------------------------------------------------------

    def _interfaces(self) -> Iterator[Interface]:
        fargate = {
            i.key
            for w in self.graph.of(Workload)
            if w.platform in ("fargate", "eks-fargate")
            for i in self.graph.out(w, "attached")
        }
        names: dict[str, int] = {}
        for node in self.graph.of(NetworkInterface):
            kind = node.resource.type.removeprefix("AWS::")
            name = f"{node.resource.address}[{kind}]"
            names[name] = names.get(name, 0) + 1
            if names[name] > 1:
                name = f"{node.key}[{kind}]"
            yield from self._interface(node, name, linux=node.key in fargate)
        for nat in self.graph.of_type("AWS::EC2::NatGateway"):
            subnet = self._subnet(nat.get("SubnetId"), ())
            public = not nat.get("ConnectivityType").surely("private")
            name = f"{nat.address}[EC2::NatGateway]"
            yield Interface(name, subnet, None, None, public, False, PORTS_OF_CLIENTS, "", nat.key, nat.span)

    def _interface(self, node: NetworkInterface, name: str, *, linux: bool) -> Iterator[Interface]:
        groups, unknown = self.ids(node.security_groups)
        subnets, unsure = self.ids(node.subnets)
        public = True if node.public_address.surely(True) else False if node.public_address.surely(False) else None
        if node.public_address.absent and node.public_address.plain() is None:
            public = False
        told = node.resource.attributes.get("Public")
        public = public if told.absent else told.surely(True)
        elastic = self.elastic.get(node.resource.key)
        if elastic is not None and public is not True:
            public = True if elastic in (TRUE, node.condition) else None
        if self.six and node.resource.attributes.get("HasIpv6").surely(False):
            return
        for written in subnets or [""]:
            subnet = self._subnet_of(written, groups, node)
            own: tuple[str, ...] | None = tuple(groups)
            if not groups and not unknown:
                own = self._default(node, subnet)
            yield Interface(
                name,
                subnet,
                own,
                _address(node.resource, six=self.six),
                public,
                node.resource.type != "AWS::Lambda::Function"
                and not node.resource.attributes.get("InterfaceType").surely("lambda"),
                PORTS_OF_LINUX if linux else PORTS_OF_CLIENTS,
                unknown or (f"when {node.condition}" if node.condition != TRUE else ""),
                node.key,
                node.span,
            )
        _ = unsure

    def _default(self, node: NetworkInterface, subnet: str) -> tuple[str, ...] | None:
        """Without groups an interface has its VPC's default one; a network load balancer then has none at all."""
        if node.resource.type == "AWS::ElasticLoadBalancingV2::LoadBalancer" and node.resource.get("Type").surely(
            "network"
        ):
            return None
        if node.resource.format == "describe":
            return None
        vpc = self.subnets[subnet].vpc
        name = self.default_group.get(vpc, DEFAULT + vpc)
        if name not in self.groups:
            everywhere = GroupRule("egress", "*", -1, -1, Peers((EVERYWHERE[self.six],)))
            among = GroupRule("ingress", "*", -1, -1, Peers(group=name))
            self.groups[name] = Group(name, "default", (everywhere, among))
        return (name,)

    def _subnet(self, value: Value, groups: tuple[str, ...]) -> str:
        return self._placed(self.id_of(value), list(groups))

    def _subnet_of(self, written: str, groups: list[str], node: NetworkInterface) -> str:
        return self._placed(written or f"?subnet of {node.key}", groups)

    def _placed(self, written: str, groups: list[str]) -> str:
        """A subnet of the scan, or one of which only its VPC may be known, by the groups that are used in it."""
        if written not in self.subnets:
            vpc = NOWHERE + written
            for group in groups:
                resource = self.graph.resources.get(group)
                if resource is not None and not resource.get("VpcId").absent:
                    vpc = self.id_of(resource.get("VpcId"))
            acl = f"ACL of {written}"
            self.acls.setdefault(acl, Acl(acl, acl, (), "the subnet is not part of the scan"))
            self.subnets[written] = Subnet(written, written, vpc, (), acl, "")
        return written

    def _elastic(self) -> dict[str, Condition]:
        """What has an elastic address, and when."""
        return {
            self.id_of(one.get(field)): one.condition
            for one in self.graph.of_type("AWS::EC2::EIP", "AWS::EC2::EIPAssociation")
            for field in ("InstanceId", "NetworkInterfaceId")
            if not one.get(field).absent
        }

    # -- gateways -----------------------------------------------------------------------------------------------------------

    def _nats(self, interfaces: list[Interface]) -> Iterator[tuple[str, Nat]]:
        for one in interfaces:
            if one.name.endswith("[EC2::NatGateway]"):
                yield one.key, Nat(one.key, one.name, one.public)

    def _peerings(self) -> Iterator[tuple[str, Peering]]:
        for one in self.graph.of_type("AWS::EC2::VPCPeeringConnection"):
            other = not one.get("PeerOwnerId").absent or not one.get("PeerRegion").absent
            accepted = one.attributes.get("AutoAccept")
            # CloudFormation has the request accepted within one account; the provider only where it is told to.
            told = one.attributes.get("Active")
            active = (
                told.surely(True)
                if not told.absent
                else None
                if other
                else True
                if accepted.absent
                else accepted.surely(True) or None
            )
            yield one.key, Peering(one.key, (self.id_of(one.get("VpcId")), self.id_of(one.get("PeerVpcId"))), active)

    def _transits(self) -> Iterator[tuple[str, Transit]]:
        blocks = self._blocks()
        for one in self.graph.of_type("AWS::EC2::TransitGateway"):
            default = f"default table of {one.key}"
            associated = {self.id_of(a.get("TransitGatewayAttachmentId")): self.id_of(a.get("TransitGatewayRouteTableId"))
                          for a in self.graph.of_type("AWS::EC2::TransitGatewayRouteTableAssociation")}  # fmt: skip
            attachments: list[Attachment] = []
            routes: dict[str, list[tuple[Interval, str]]] = {default: []}
            for found in self.graph.of_type(
                "AWS::EC2::TransitGatewayAttachment", "AWS::EC2::TransitGatewayVpcAttachment"
            ):
                if self.id_of(found.get("TransitGatewayId")) == one.key:
                    vpc = self.id_of(found.get("VpcId"))
                    usual = "" if one.get("DefaultRouteTableAssociation").surely("disable") else default
                    attachments.append(Attachment(found.key, vpc, associated.get(found.key, usual)))
                    if not one.get("DefaultRouteTablePropagation").surely("disable"):
                        routes[default] += [(block, found.key) for block in blocks.get(vpc, ())]
            for table in self.graph.of_type("AWS::EC2::TransitGatewayRouteTable"):
                routes.setdefault(table.key, [])
            for propagation in self.graph.of_type("AWS::EC2::TransitGatewayRouteTablePropagation"):
                which = self.id_of(propagation.get("TransitGatewayAttachmentId"))
                for a in attachments:
                    if a.id == which:
                        table_id = self.id_of(propagation.get("TransitGatewayRouteTableId"))
                        routes.setdefault(table_id, []).extend((block, a.id) for block in blocks.get(a.vpc, ()))
            for route in self.graph.of_type("AWS::EC2::TransitGatewayRoute"):
                block = _block(route.get("DestinationCidrBlock"))
                if block is not None:
                    table_id = self.id_of(route.get("TransitGatewayRouteTableId"))
                    routes.setdefault(table_id, []).append((block, self.id_of(route.get("TransitGatewayAttachmentId"))))
            groups = one.get("SecurityGroupReferencingSupport").surely("enable")
            yield one.key, Transit(one.key, tuple(attachments), {k: tuple(v) for k, v in routes.items()}, groups)

    def _services(self) -> Iterator[Service]:
        for one in self.graph.of_type("AWS::EC2::VPCEndpoint"):
            kind = one.get("VpcEndpointType").default("Gateway")
            text = str(one.get("ServiceName").plain())
            name = text.rpartition(".")[2]
            if kind.surely("Gateway") and name in ("s3", "dynamodb"):
                yield Service(f"{name}[{one.address}]", tuple(self.ids(one.get("RouteTableIds"))[0]), "", one.span)


def _block(value: Value) -> Interval | None:
    if not isinstance(value, Known) or not isinstance(value.value, str):
        return None
    try:
        return network(value.value)
    except ValueError:
        return None


def _number(value: Value) -> Any:
    """A whole number; None where it is not known, or not written."""
    plain = value.plain() if isinstance(value, Known) or value.absent else None
    try:
        return int(plain)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _protocol(value: Value) -> str:
    """Empty where it is not known."""
    if not isinstance(value, Known) and not value.absent:
        return ""
    text = str(value.plain() if value.plain() is not None else "-1").lower()
    return PROTOCOLS.get(text, text)


def _unsure(condition: Condition, *values: Value) -> str:
    if condition != TRUE:
        return f"when {condition}"
    return next((v.reason for v in values if v.reason), "")


def _named_like(value: Value, *words: str) -> bool:
    text = str(value.plain()).lower()
    return any(word in text for word in words)


def _unknown_rules(group: Resource) -> str:
    """Why the group may have rules that are not written."""
    for name in ("SecurityGroupIngress", "SecurityGroupEgress"):
        written = group.get(name)
        if written.reason and not isinstance(written, Known):
            return written.reason
    return ""


def _address(resource: Resource, *, six: bool) -> int | None:
    written = resource.get("Ipv6Address" if six else "PrivateIpAddress")
    block = _block(written)
    return block[0] if block is not None and block[1] == block[0] + 1 else None
