"""Packet filters, routes, and where stores and load balancers are attached to a network.

Sources: Amazon VPC User Guide, "Security group rules" and "Default security groups for your VPCs" (a new group lets all
traffic out until a rule says otherwise); CloudFormation reference of `AWS::EC2::SecurityGroup`, `::SecurityGroupIngress`,
`::SecurityGroupEgress`, `::Route`, `::SubnetRouteTableAssociation`.
"""

from __future__ import annotations

from fourfold.linking.aws_gateway import reached
from fourfold.linking.aws_values import name_of, never, or_else, present, satellites, targets, within
from fourfold.linking.draft import Draft
from fourfold.model.condition import FALSE, Condition, both
from fourfold.model.nodes import DataStore, Gateway, NetworkInterface, Node, Route, Rule, SecurityGroup
from fourfold.model.nodes.node import NOTHING
from fourfold.model.resource import Resource
from fourfold.model.value import Map, Value, known

GROUP = "AWS::EC2::SecurityGroup"
_STANDALONE = {"ingress": "AWS::EC2::SecurityGroupIngress", "egress": "AWS::EC2::SecurityGroupEgress"}
_INLINE = {"ingress": "SecurityGroupIngress", "egress": "SecurityGroupEgress"}
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_TARGETS = (
    "GatewayId", "NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "VpcEndpointId", "InstanceId",
    "NetworkInterfaceId", "EgressOnlyInternetGatewayId", "CarrierGatewayId", "LocalGatewayId", "CoreNetworkArn",
)  # fmt: skip

INTERFACES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "AWS::RDS::DBInstance": (("VPCSecurityGroups",), ("DBSubnetGroupName",)),
    "AWS::RDS::DBCluster": (("VpcSecurityGroupIds",), ("DBSubnetGroupName",)),
    "AWS::RDS::DBProxy": (("VpcSecurityGroupIds",), ("VpcSubnetIds",)),
    "AWS::DocDB::DBCluster": (("VpcSecurityGroupIds",), ("DBSubnetGroupName",)),
    "AWS::DocDBElastic::Cluster": (("VpcSecurityGroupIds",), ("SubnetIds",)),
    "AWS::Neptune::DBCluster": (("VpcSecurityGroupIds",), ("DBSubnetGroupName",)),
    "AWS::Redshift::Cluster": (("VpcSecurityGroupIds",), ("ClusterSubnetGroupName",)),
    "AWS::RedshiftServerless::Workgroup": (("SecurityGroupIds",), ("SubnetIds",)),
    "AWS::ElastiCache::ReplicationGroup": (("SecurityGroupIds",), ("CacheSubnetGroupName",)),
    "AWS::ElastiCache::CacheCluster": (("VpcSecurityGroupIds",), ("CacheSubnetGroupName",)),
    "AWS::ElastiCache::ServerlessCache": (("SecurityGroupIds",), ("SubnetIds",)),
    "AWS::MemoryDB::Cluster": (("SecurityGroupIds",), ("SubnetGroupName",)),
    "AWS::DAX::Cluster": (("SecurityGroupIds",), ("SubnetGroupName",)),
    "AWS::OpenSearchService::Domain": (("VPCOptions", "SecurityGroupIds"), ("VPCOptions", "SubnetIds")),
    "AWS::Elasticsearch::Domain": (("VPCOptions", "SecurityGroupIds"), ("VPCOptions", "SubnetIds")),
    "AWS::MSK::Cluster": (("BrokerNodeGroupInfo", "SecurityGroups"), ("BrokerNodeGroupInfo", "ClientSubnets")),
    "AWS::AmazonMQ::Broker": (("SecurityGroups",), ("SubnetIds",)),
    "AWS::DMS::ReplicationInstance": (("VpcSecurityGroupIds",), ("ReplicationSubnetGroupIdentifier",)),
    "AWS::EFS::MountTarget": (("SecurityGroups",), ("SubnetId",)),
    "AWS::FSx::FileSystem": (("SecurityGroupIds",), ("SubnetIds",)),
    "AWS::Timestream::InfluxDBInstance": (("VpcSecurityGroupIds",), ("VpcSubnetIds",)),
    "AWS::EC2::VPCEndpoint": (("SecurityGroupIds",), ("SubnetIds",)),
    "AWS::EC2::NetworkInterface": (("GroupSet",), ("SubnetId",)),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": (("SecurityGroups",), ("Subnets",)),
    "AWS::ElasticLoadBalancing::LoadBalancer": (("SecurityGroups",), ("Subnets",)),
}
"""Type: where its security groups and its subnets (or a group of them) stand."""


def add(draft: Draft) -> None:
    """Groups with their rules, routes, and interfaces; edges from interfaces to what guards them."""
    _groups(draft)
    _routes(draft)
    for kind, (groups, subnets) in INTERFACES.items():
        for resource in draft.of_type(kind):
            _attach(draft, resource, resource.get(*groups), resource.get(*subnets))
    for node in tuple(draft.nodes):
        if isinstance(node, NetworkInterface):
            _guard(draft, node)


# -- security groups -----------------------------------------------------------------------------------------------------


def _groups(draft: Draft) -> None:
    standalone = {way: satellites(draft, (kind,), "GroupId") for way, kind in _STANDALONE.items()}
    placed: set[str] = set()
    for group in draft.of_type(GROUP):
        rules: list[Rule] = []
        for way, name in _INLINE.items():
            found = [
                rule
                for when, item in group.get(name).elements()
                if (condition := within(group.condition, when)) is not None
                for rule in _rules(group, item, way, condition, group.address)
            ]
            for resource in standalone[way].get(group.key, []):
                placed.add(resource.key)
                found.extend(_rules(resource, resource.properties, way, resource.condition, ""))
            if way == "egress":
                found.extend(_implicit(group, found))
            rules.extend(found)
        node = SecurityGroup(
            resource=group,
            name=group.address,
            at=group.properties,
            condition=group.condition,
            vpc=group.get("VpcId"),
            rules=tuple(map(draft.add, rules)),
        )
        draft.add(node)
        for rule in node.rules:
            draft.connect(node, "contains", rule)
    for way, kind in _STANDALONE.items():
        for resource in draft.of_type(kind):
            if resource.key not in placed:
                for rule in _rules(resource, resource.properties, way, resource.condition, ""):
                    draft.add(rule)


def _rules(resource: Resource, item: Value, way: str, condition: Condition, group: str) -> list[Rule]:
    """One rule, or one for each kind of peer where several are written."""
    peer = "Source" if way == "ingress" else "Destination"
    peer_group = or_else(item.get(f"{peer}SecurityGroupId"), item.get(f"{peer}SecurityGroupName"))
    prefix_list = item.get(f"{peer}PrefixListId")
    if not isinstance(item, Map):  # A rule that is not known is one rule, whatever its peer turns out to be.
        peers = [{"cidr": item.get("CidrIp"), "peer_group": peer_group, "prefix_list": prefix_list}]
    else:
        every = (("cidr", item.get("CidrIp")), ("cidr", item.get("CidrIpv6")), ("peer_group", peer_group),
                 ("prefix_list", prefix_list))  # fmt: skip
        peers = [{field: value} for field, value in every if not value.absent] or [{"cidr": item.get("CidrIp")}]
    ports = _ports(item)
    out: list[Rule] = []
    for fields in peers:
        value = next(iter(fields.values()))
        label = f"{way}/{item.get('IpProtocol')}{ports}/{value}"
        out.append(
            Rule(
                resource=resource,
                name=f"{group} {way}{ports}" if group else resource.address,
                part=label if group else ("" if len(peers) == 1 else label),
                at=item,
                condition=condition if value.absent else present(value, condition),
                direction=way,  # type: ignore[arg-type]
                protocol=item.get("IpProtocol").default("-1"),
                from_port=item.get("FromPort").default(-1),
                to_port=item.get("ToPort").default(-1),
                **fields,
            )
        )
    return out


def _ports(item: Value) -> str:
    if item.get("IpProtocol").surely("-1"):  # Ports that are written beside it count for nothing.
        return ""
    first, last = name_of(item.get("FromPort"), ""), name_of(item.get("ToPort"), "")
    return f" {first}" if first == last and first else f" {first}-{last}" if first or last else ""


def _implicit(group: Resource, written: list[Rule]) -> list[Rule]:
    """The rule that lets everything out, where no rule for what goes out is written.

    The Terraform provider takes it away; its reader says so by the attribute `DefaultEgress`.
    """
    if group.attributes.get("DefaultEgress").surely(False):
        return []
    condition = both(group.condition, never(rule.condition for rule in written))
    if condition == FALSE:
        return []
    at = group.get("SecurityGroupEgress")
    return [
        Rule(
            resource=group,
            name=f"{group.address} egress",
            part="egress/default",
            at=at,
            condition=condition,
            direction="egress",
            protocol=known("-1", at=at),
            from_port=known(-1, at=at),
            to_port=known(-1, at=at),
            cidr=known("0.0.0.0/0", at=at),
        )
    ]


# -- routes --------------------------------------------------------------------------------------------------------------


def _routes(draft: Draft) -> None:
    associations = satellites(draft, ("AWS::EC2::SubnetRouteTableAssociation",), "RouteTableId")
    for route in draft.of_type("AWS::EC2::Route"):
        table = next(targets(draft, route.get("RouteTableId")), None)
        linked = associations.get(table.key, []) if table is not None else []
        target = next((name for name in _TARGETS if not route.get(name).absent), "")
        draft.add(
            Route(
                resource=route,
                name=route.address,
                at=route.properties,
                condition=route.condition,
                table=route.get("RouteTableId"),
                destination=next((v for n in _DESTINATIONS if not (v := route.get(n)).absent), NOTHING),
                target=route.get(target) if target else NOTHING,
                target_kind=target,
                subnets=tuple(association.get("SubnetId") for association in linked),
            )
        )


# -- interfaces ----------------------------------------------------------------------------------------------------------


def _attach(draft: Draft, resource: Resource, groups: Value, subnets: Value) -> None:
    owner = resource
    if resource.type == "AWS::EFS::MountTarget":
        owner = next(targets(draft, resource.get("FileSystemId")), resource)
    nodes: list[Node] = [n for n in draft.by_resource.get(owner.key, ()) if isinstance(n, (DataStore, Gateway))]
    if groups.absent and subnets.absent and not nodes:
        return
    interface = draft.add(
        NetworkInterface(
            resource=resource,
            name=resource.address,
            part="network",
            at=resource.properties,
            condition=resource.condition,
            owner=owner.key,
            subnets=_members(draft, subnets),
            security_groups=groups,
            public_address=_public(resource, nodes),
        )
    )
    for node in nodes:
        draft.connect(node, "attached", interface)


def _members(draft: Draft, subnets: Value) -> Value:
    """The subnets of a subnet group of the scan."""
    group = draft.target(subnets)
    if group is None or "SubnetGroup" not in group.type:
        return subnets
    return or_else(group.get("SubnetIds"), group.get("ReplicationSubnetGroupIds"))


def _public(resource: Resource, nodes: list[Node]) -> Value:
    for node in nodes:
        if isinstance(node, DataStore):
            return node.publicly_accessible
    if resource.type.startswith("AWS::ElasticLoadBalancing"):
        return reached(resource.get("Scheme"), "internal")
    return NOTHING


def _guard(draft: Draft, interface: NetworkInterface) -> None:
    for target in targets(draft, interface.security_groups):
        for node in draft.by_resource.get(target.key, ()):
            if isinstance(node, SecurityGroup):
                draft.connect(interface, "guarded_by", node, interface.security_groups.span)
