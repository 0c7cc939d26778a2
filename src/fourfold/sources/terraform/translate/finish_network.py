"""Packet filters, routes and gateways: what Terraform writes inside of a resource and CloudFormation as one of its own.

Sources: the pages of the resources at https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/ and the
CloudFormation reference of the types that are made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fourfold.model.value import Absent, Known, Map, Ref, Seq, Value, known, mapping, sequence
from fourfold.sources.terraform.translate.blocks import in_words
from fourfold.sources.terraform.translate.row import Scalar
from fourfold.sources.terraform.translate.work import Extra, Work, items, placed

# -- security groups -----------------------------------------------------------------------------------------------------

_PEERS = {
    "cidr_blocks": ("CidrIp", "CidrIp"),
    "ipv6_cidr_blocks": ("CidrIpv6", "CidrIpv6"),
    "security_groups": ("SourceSecurityGroupId", "DestinationSecurityGroupId"),
    "source_security_group_id": ("SourceSecurityGroupId", "DestinationSecurityGroupId"),
    "prefix_list_ids": ("SourcePrefixListId", "DestinationPrefixListId"),
    "self": ("SourceSecurityGroupId", "DestinationSecurityGroupId"),
}
_SIMPLE = {"protocol": "IpProtocol", "from_port": "FromPort", "to_port": "ToPort", "description": "Description"}


def _rules(work: Work, rule: Value, way: str, group: Value | None) -> list[tuple[str, Value]]:
    """One rule of CloudFormation for each peer of a rule of Terraform, and what tells it from the others."""
    if not isinstance(rule, Map):
        return [("", work.instances.resolved(rule))]
    common: dict[str, Value] = {}
    for name, prop in _SIMPLE.items():
        value = rule.entries_.get(name)
        if value is not None and not (isinstance(value, Known) and value.value in (None, "")):
            common[prop] = work.instances.resolved(_protocol(value) if name == "protocol" else value)
    everything = isinstance(p := common.get("IpProtocol"), Known) and p.value == "-1"
    if everything:
        common.pop("FromPort", None), common.pop("ToPort", None)
    if group is not None:
        common["GroupId"] = work.instances.resolved(group)
    out: list[tuple[str, Value]] = []
    for name, props in _PEERS.items():
        for peer in _peers(work, rule.entries_.get(name), name, group):
            entries = {**common, props[way == "egress"]: peer}
            made = Map(rule.source, rule.start, rule.end, rule.key_start, entries, rule.provenance, rule.style)
            out.append((name if name == "self" else _label(peer), made))
    return out


def _label(peer: Value) -> str:
    """What a peer is called in an address, whatever stands before it in the list; empty where it has no name."""
    if isinstance(peer, Known):
        return str(peer.value)
    return peer.target.rpartition("#")[2] if isinstance(peer, Ref) else ""


def _protocol(value: Value) -> Value:
    """`all` is another word for -1, and names are written in any case."""
    if isinstance(value, Known):
        word = str(value.value).lower()
        return known("-1" if word == "all" else word, at=value, provenance=value.provenance)
    return value


def _peers(work: Work, value: Value | None, name: str, group: Value | None) -> list[Value]:
    if value is None or (isinstance(value, Known) and value.value in (None, False, "")):
        return []
    if name == "self":
        if isinstance(value, Known):
            return [work.itself(value) if group is None else work.instances.resolved(group)]
        return [work.instances.resolved(value)]
    if not isinstance(value, Seq):
        return [work.instances.resolved(value)]
    # What a function made (`split(",", var.cidrs)`) has no place of its own: it is where the list is used.
    return [work.instances.resolved(v if v.source.path else placed(v, value)) for v in value.items_]


def _security_group(work: Work) -> None:
    for way, prop in (("ingress", "SecurityGroupIngress"), ("egress", "SecurityGroupEgress")):
        rules = [r for item in items(work.values.entries_.get(way)) for _, r in _rules(work, item, way, None)]
        if rules:
            work.root.put(prop, list(rules))
    # Terraform takes the rule away that AWS gives every new group (`aws_security_group`, the note on egress rules).
    work.attributes["DefaultEgress"] = known(False, at=work.values)


def _default_security_group(work: Work) -> None:
    _security_group(work)
    work.attributes["Default"] = known(True, at=work.values)


def _security_group_rule(work: Work) -> None:
    """A rule with several peers is several rules, each called by its peer: its address stays when the list changes."""
    way = work.values.entries_.get("type")
    egress = isinstance(way, Known) and way.value == "egress"
    rules = _rules(work, work.values, "egress" if egress else "ingress", work.values.entries_.get("security_group_id"))
    work.types[0] = "AWS::EC2::SecurityGroupEgress" if egress else "AWS::EC2::SecurityGroupIngress"
    taken: set[str] = set()
    for number, (label, rule) in enumerate(rules, 1):
        if not isinstance(rule, Map):
            continue
        if not label or label in taken:
            label = str(number)
        taken.add(label)
        if number == 1:
            work.root.entries = dict(rule.entries_)
            work.suffix[0] = f"/{label}" if len(rules) > 1 else ""
        else:
            work.extras.append(Extra(work.types[0], f"/{label}", rule))


# -- network ACLs --------------------------------------------------------------------------------------------------------

PROTOCOLS: dict[Scalar, Scalar] = {
    "-1": -1, "all": -1, "tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58, "ipv6-icmp": 58,
    "TCP": 6, "UDP": 17, "ICMP": 1, "ALL": -1,
}  # fmt: skip
"""Names that Terraform takes for the numbers of IP protocols; any other number stands for itself."""
_ENTRY = {
    "rule_no": "RuleNumber", "rule_number": "RuleNumber", "action": "RuleAction", "rule_action": "RuleAction",
    "cidr_block": "CidrBlock", "ipv6_cidr_block": "Ipv6CidrBlock", "protocol": "Protocol", "egress": "Egress",
    "network_acl_id": "NetworkAclId",
}  # fmt: skip
_RANGES = {"PortRange": ("from_port", "to_port"), "Icmp": ("icmp_type", "icmp_code")}
_ENDS = {"PortRange": ("From", "To"), "Icmp": ("Type", "Code")}


def _network_acl(work: Work) -> None:
    for way in ("ingress", "egress"):
        for number, rule in enumerate(items(work.values.entries_.get(way)), 1):
            if not isinstance(rule, Map):
                work.attributes["Rules"] = rule
                continue
            entries = {"NetworkAclId": work.itself(rule), "Egress": known(way == "egress", at=rule)}
            order = rule.get("rule_no")
            label = str(order.value) if isinstance(order, Known) else f"#{number}"
            made = mapping({**entries, **_acl_entry(work, rule)}, at=rule, style=rule.style)
            work.extras.append(Extra("AWS::EC2::NetworkAclEntry", f"/{way}/{label}", made))
    _each(work, "subnet_ids", "AWS::EC2::SubnetNetworkAclAssociation", "subnet", "SubnetId", "NetworkAclId")


def _default_network_acl(work: Work) -> None:
    """The ACL that every network has: the provider takes the rules away that let everything through."""
    _network_acl(work)
    work.attributes["Default"] = known(True, at=work.values)
    _network_of(work, "default_network_acl_id")


def _network_acl_rule(work: Work) -> None:
    work.root.entries = dict(_acl_entry(work, work.values))


def _acl_entry(work: Work, rule: Map) -> dict[str, Value]:
    entries: dict[str, Value] = {}
    for name, prop in _ENTRY.items():
        value = rule.entries_.get(name)
        if value is not None and not (isinstance(value, Known) and value.value in (None, "")):
            value = in_words(value, PROTOCOLS) if name == "protocol" else value
            if name == "protocol" and isinstance(value, Known) and str(value.value).isdigit():
                value = known(int(str(value.value)), at=value, provenance=value.provenance)
            entries[prop] = work.instances.resolved(value)
    protocol = entries.get("Protocol")
    number = protocol.value if isinstance(protocol, Known) else None
    # Ports count for TCP and UDP alone, types and codes for ICMP (`aws_network_acl_rule`).
    counted = {"PortRange": number in (6, 17), "Icmp": number in (1, 58)} if number is not None else {}
    for prop, names in _RANGES.items():
        written = {end: v for end, n in zip(_ENDS[prop], names, strict=True) if _said(v := rule.entries_.get(n))}
        if written and counted.get(prop, True):
            found = {end: work.instances.resolved(v) for end, v in written.items() if v is not None}
            entries[prop] = mapping(found, at=next(iter(found.values())))
    return entries


def _said(value: Value | None) -> bool:
    return value is not None and not (isinstance(value, Known) and value.value in (None, ""))


# -- routes --------------------------------------------------------------------------------------------------------------

_ROUTE = {
    "cidr_block": "DestinationCidrBlock", "ipv6_cidr_block": "DestinationIpv6CidrBlock",
    "destination_prefix_list_id": "DestinationPrefixListId", "gateway_id": "GatewayId",
    "nat_gateway_id": "NatGatewayId", "transit_gateway_id": "TransitGatewayId", "vpc_endpoint_id": "VpcEndpointId",
    "vpc_peering_connection_id": "VpcPeeringConnectionId", "instance_id": "InstanceId",
    "network_interface_id": "NetworkInterfaceId", "egress_only_gateway_id": "EgressOnlyInternetGatewayId",
    "carrier_gateway_id": "CarrierGatewayId", "local_gateway_id": "LocalGatewayId", "core_network_arn": "CoreNetworkArn",
}  # fmt: skip
_DESTINATIONS = ("cidr_block", "ipv6_cidr_block", "destination_prefix_list_id")


def _route_table(work: Work) -> None:
    for number, route in enumerate(items(work.values.entries_.get("route")), 1):
        if not isinstance(route, Map):
            work.attributes["Routes"] = work.instances.resolved(route)
            continue
        entries: dict[str, Value] = {"RouteTableId": work.itself(route)}
        for name, prop in _ROUTE.items():
            value = route.entries_.get(name)
            if value is not None and _said(value):
                entries[prop] = work.instances.resolved(value)
        label = next((_label(entries[_ROUTE[n]]) for n in _DESTINATIONS if _ROUTE[n] in entries), "") or str(number)
        work.extras.append(Extra("AWS::EC2::Route", f"/route/{label}", mapping(entries, at=route)))
    _each(work, "propagating_vgws", "AWS::EC2::VPNGatewayRoutePropagation", "propagation", "VpnGatewayId",
          "RouteTableIds")  # fmt: skip


def _default_route_table(work: Work) -> None:
    _route_table(work)
    work.attributes["Main"] = known(True, at=work.values)
    _network_of(work, "default_route_table_id")


def _main_route_table(work: Work) -> None:
    """Which table is the main one is said of the table."""
    work.attributes["Main"] = known(True, at=work.values)


def _network_of(work: Work, argument: str) -> None:
    """`default_route_table_id = aws_vpc.main.default_route_table_id` says the network, too."""
    value = work.written(argument)
    if isinstance(value, Ref):
        network = Ref(value.source, value.start, value.end, value.key_start, value.target)
        work.root.put("VpcId", work.instances.resolved(network))


def _route_table_association(work: Work) -> None:
    """A route table of a gateway is an association of another type."""
    gateway = work.written("gateway_id")
    if gateway is not None:
        work.types[0] = "AWS::EC2::GatewayRouteTableAssociation"
        work.root.put("GatewayId", work.instances.resolved(gateway))


def _each(work: Work, argument: str, type_: str, label: str, prop: str, owner: str) -> None:
    """A resource for each element of a list: it names the element, and the resource that the list stands in."""
    written = work.written(argument)
    if written is None:
        return
    for number, value in enumerate(items(written) if isinstance(written, (Seq, Map)) else (written,), 1):
        value = work.instances.resolved(value)
        itself: Value = work.itself(value)
        subject = sequence([itself], at=value) if owner.endswith("s") else itself
        name = _label(value) or str(number)
        work.extras.append(Extra(type_, f"/{label}/{name}", mapping({prop: value, owner: subject}, at=value)))


# -- gateways and addresses ----------------------------------------------------------------------------------------------


def _beside(type_: str, suffix: str, owner: str, properties: dict[str, str]) -> Callable[[Work], None]:
    """A resource that exists where one of these arguments is written: `{argument: property}`."""

    def finish(work: Work) -> None:
        found = {prop: v for name, prop in properties.items() if (v := work.written(name)) is not None}
        if found:
            at = next(iter(found.values()))
            entries: dict[str, Value] = {prop: work.instances.resolved(v) for prop, v in found.items()}
            work.extras.append(Extra(type_, suffix, mapping({**entries, owner: work.itself(at)}, at=at)))

    return finish


def _network(work: Work) -> None:
    """IPv6 ranges are resources of their own in CloudFormation."""
    names = {
        "assign_generated_ipv6_cidr_block": "AmazonProvidedIpv6CidrBlock", "ipv6_cidr_block": "Ipv6CidrBlock",
        "ipv6_ipam_pool_id": "Ipv6IpamPoolId", "ipv6_netmask_length": "Ipv6NetmaskLength",
    }  # fmt: skip
    generated = work.written("assign_generated_ipv6_cidr_block")
    if isinstance(generated, Known) and generated.value is False:
        names.pop("assign_generated_ipv6_cidr_block")
    _beside("AWS::EC2::VPCCidrBlock", "/ipv6", "VpcId", names)(work)


def _interface(work: Work) -> None:
    """Addresses are mappings in CloudFormation; what the interface is attached to is a resource of its own."""
    addresses = work.written("private_ips")
    if isinstance(addresses, Seq):
        made: list[Value] = [mapping({"PrivateIpAddress": work.instances.resolved(v)}, at=v) for v in addresses.items_]
        work.root.entries["PrivateIpAddresses"] = sequence(made, at=addresses)
    for number, block in enumerate(items(work.written("attachment")), 1):
        instance = block.get("instance")
        if isinstance(block, Map) and not isinstance(instance, Absent):
            entries = {"InstanceId": work.instances.resolved(instance), "NetworkInterfaceId": work.itself(block),
                       "DeviceIndex": block.get("device_index")}  # fmt: skip
            suffix = f"/attachment/{number}"
            work.extras.append(Extra("AWS::EC2::NetworkInterfaceAttachment", suffix, mapping(entries, at=block)))


def _remembered(*arguments: str) -> Callable[[Work], None]:
    """Arguments that CloudFormation has no property for are kept as attributes, by the names that it would give them."""

    def finish(work: Work) -> None:
        for name in arguments:
            value = work.written(name)
            if value is not None:
                called = "".join(word.capitalize() for word in name.split("_"))
                work.attributes[called] = work.instances.resolved(value)

    return finish


def _peering(work: Work) -> None:
    """The provider has a request accepted only where it is told to; CloudFormation has it accepted within one account."""
    work.attributes["AutoAccept"] = known(False, at=work.values)
    _remembered("auto_accept")(work)


def _firewall_variables(work: Work) -> None:
    """Sets are named by a key in Terraform, and entries of a mapping in CloudFormation."""
    for group in items(work.written("rule_group")):
        for block in items(group.get("rule_variables")):
            made: dict[str, Value] = {
                prop: mapping(dict(_named(work, items(block.get(name)), inner)), at=block)
                for name, prop, inner in (("ip_sets", "IPSets", "ip_set"), ("port_sets", "PortSets", "port_set"))
                if isinstance(block, Map) and name in block.entries_
            }
            if made:
                work.root.child("RuleGroup", work.values, ()).entries["RuleVariables"] = mapping(made, at=block)


def _named(work: Work, blocks: Iterable[Value], inner: str) -> Iterable[tuple[str, Value]]:
    for block in blocks:
        key = block.get("key")
        if isinstance(key, Known):
            found = next(items(block.get(inner)), block)
            definition = work.instances.resolved(found.get("definition"))
            yield str(key.value), mapping({"Definition": definition}, at=found)


def _flow_log(work: Work) -> None:
    kinds = {
        "vpc_id": "VPC",
        "subnet_id": "Subnet",
        "eni_id": "NetworkInterface",
        "transit_gateway_id": "TransitGateway",
    }
    for name, word in kinds.items():
        value = work.written(name)
        if value is not None:
            work.root.put("ResourceType", known(word, at=value))


_GATEWAY = "AWS::EC2::VPCGatewayAttachment"

FINISHERS: dict[str, Callable[[Work], None]] = {
    "address": _beside("AWS::EC2::EIPAssociation", "/association", "AllocationId", {
        "network_interface": "NetworkInterfaceId", "associate_with_private_ip": "PrivateIpAddress",
    }),
    "default_network_acl": _default_network_acl,
    "default_route_table": _default_route_table,
    "default_security_group": _default_security_group,
    "endpoint_service": _beside("AWS::EC2::VPCEndpointServicePermissions", "/principals", "ServiceId", {
        "allowed_principals": "AllowedPrincipals",
    }),
    "firewall_rules": _firewall_variables,
    "flow_log": _flow_log,
    "interface": _interface,
    "internet_gateway": _beside(_GATEWAY, "/attachment", "InternetGatewayId", {"vpc_id": "VpcId"}),
    "main_route_table": _main_route_table,
    "network": _network,
    "network_acl": _network_acl,
    "network_acl_rule": _network_acl_rule,
    "peering": _peering,
    "peering_accepter": _remembered("auto_accept"),
    "route_table": _route_table,
    "route_table_association": _route_table_association,
    "security_group": _security_group,
    "security_group_rule": _security_group_rule,
    "transit_attachment": _remembered(
        "transit_gateway_default_route_table_association", "transit_gateway_default_route_table_propagation"
    ),
    "vpn_gateway": _beside(_GATEWAY, "/attachment", "VpnGatewayId", {"vpc_id": "VpcId"}),
}  # fmt: skip
