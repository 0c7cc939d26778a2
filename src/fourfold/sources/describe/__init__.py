"""What `aws ec2 describe-*` prints: the networks of an account as they are.

`describe-instances`, `-network-interfaces`, `-security-groups`, `-subnets`, `-route-tables`, `-network-acls`, `-vpcs`,
`-nat-gateways`, `-vpc-peering-connections`, `-vpc-endpoints`, `-prefix-lists`, `-transit-gateways`,
`-transit-gateway-vpc-attachments`, and `get-managed-prefix-list-entries` in a file that has the id of the list in its
name. All files of one folder are one account and region; they become resources in CloudFormation's vocabulary that are
called by their ids. What no file describes stays unknown.

Source of the shapes: https://docs.aws.amazon.com/cli/latest/reference/ec2/ (the section "Output" of each command).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

from fourfold.model.place import Problem, Source
from fourfold.model.resource import Reading, Resource
from fourfold.model.value import Known, Map, Ref, Seq, Value, known, mapping, sequence
from fourfold.sources.syntax.json import parse_json
from fourfold.sources.tree import Tree

FORMAT = "describe"
ITEMS_MAX = 200_000
"""Of all lists of one file; the quotas of a region are some thousands."""
_HEAD = re.compile(rb'\s*\{\s*"(\w+)"\s*:\s*(?:\[|")')
_LIST_ID = re.compile(r"pl-[0-9a-f]{8,17}")
_SERVED_ELSEWHERE = ("nat_gateway", "vpc_endpoint", "gateway_load_balancer_endpoint", "transit_gateway")
"""Kinds of interfaces that another command describes as what they are."""


class Row(msgspec.Struct, frozen=True):
    """One element of a list, and the folder of its file."""

    value: Value
    folder: str

    def get(self, *keys: str | int) -> Value:
        return self.value.get(*keys)

    def text(self, *keys: str | int) -> str:
        """What is written there; empty where nothing is."""
        plain = self.value.get(*keys).plain()
        return str(plain) if isinstance(plain, (str, int)) else ""

    def rows(self, *keys: str | int) -> list[Row]:
        """The elements of a list that are objects."""
        found = self.value.get(*keys)
        return [Row(v, self.folder) for v in (found.items_ if isinstance(found, Seq) else ()) if isinstance(v, Map)]

    def ref(self, *keys: str | int) -> Value:
        """What an id leads to."""
        return self._ref(self.value.get(*keys))

    def refs(self, *keys: str | int) -> Value:
        """What a list of ids leads to."""
        found = self.value.get(*keys)
        return sequence([self._ref(v) for v in (found.items_ if isinstance(found, Seq) else ())], at=found)

    def _ref(self, value: Value) -> Value:
        if not isinstance(value, Known) or not isinstance(value.value, str):
            return value
        return Ref(value.source, value.start, value.end, value.key_start, f"{self.folder}#{value.value}")

    def resource(
        self, kind: str, address: str, properties: dict[str, Value], **attributes: str | float | bool
    ) -> Resource:
        """A resource of which this row tells these properties."""
        written = {name: value for name, value in properties.items() if not value.absent}
        beside: dict[str, Value] = {name: known(value, at=self.value) for name, value in attributes.items()}
        return Resource(
            f"AWS::EC2::{kind}",
            address,
            mapping(written, at=self.value),
            self.value.span,
            FORMAT,
            attributes=mapping(beside, at=self.value),
            variant=self.folder,
        )


def claims(path: str, data: bytes) -> bool:
    """Whether a file begins like one of the outputs, and holds ids of theirs."""
    head = _HEAD.match(data[:200].removeprefix(b"\xef\xbb\xbf"))
    if head is None:
        return False
    key = head.group(1).decode()
    if key == "Entries":
        return b'"Cidr"' in data and _LIST_ID.search(path) is not None
    return key in LISTS and b'"' + LISTS[key][0].encode() + b'"' in data


def read(source: Source, tree: Tree) -> Reading:
    """The resources that the lists of a file describe."""
    # Rendered: a change would have to be made where the network is declared.
    whole, problems = parse_json(Source(source.path, source.text, rendered=True))
    reading = Reading(problems=problems)
    if not isinstance(whole, Map):
        return reading
    folder = source.path.rpartition("/")[0] or "."
    for key, value in whole.entries_.items():
        if key == "NextToken" and not value.surely(None):
            line = value.span.line
            reading.problems.append(
                Problem(source.path, line, "there are more pages of this output; what they describe is not known")
            )
        elif key in LISTS and isinstance(value, Seq):
            for item in value.items_:
                if not isinstance(item, Map):
                    reading.problems.append(Problem(source.path, item.span.line, f"no object in `{key}`"))
                elif len(reading.resources) > ITEMS_MAX:
                    reason = f"it describes more than {ITEMS_MAX} resources; the rest is not read"
                    reading.problems.append(Problem(source.path, item.span.line, reason))
                    return reading
                else:
                    reading.resources += LISTS[key][1](Row(item, folder))
    if "Entries" in whole.entries_:
        reading.resources += _listed(Row(whole, folder), source.path)
    return reading


def _vpc(row: Row) -> Iterator[Resource]:
    name = row.text("VpcId")
    yield row.resource("VPC", name, {"CidrBlock": row.get("CidrBlock")})
    others = [r for r in row.rows("CidrBlockAssociationSet") if r.text("CidrBlock") != row.text("CidrBlock")]
    six = row.rows("Ipv6CidrBlockAssociationSet")
    for number, (key, state, one) in enumerate(
        [
            *(("CidrBlock", "CidrBlockState", r) for r in others),
            *(("Ipv6CidrBlock", "Ipv6CidrBlockState", r) for r in six),
        ]
    ):
        if one.text(state, "State") in ("", "associated"):
            yield one.resource("VPCCidrBlock", f"{name}/{number}", {"VpcId": row.ref("VpcId"), key: one.get(key)})


def _subnet(row: Row) -> Iterator[Resource]:
    six = next(
        (
            r
            for r in row.rows("Ipv6CidrBlockAssociationSet")
            if r.text("Ipv6CidrBlockState", "State") in ("", "associated")
        ),
        None,
    )
    properties = {name: row.get(name) for name in ("CidrBlock", "AvailabilityZone", "MapPublicIpOnLaunch")}
    if six is not None:
        properties["Ipv6CidrBlock"] = six.get("Ipv6CidrBlock")
    yield row.resource("Subnet", row.text("SubnetId"), {**properties, "VpcId": row.ref("VpcId")})


def _group(row: Row) -> Iterator[Resource]:
    ways = (
        ("SecurityGroupIngress", "IpPermissions", "Source"),
        ("SecurityGroupEgress", "IpPermissionsEgress", "Destination"),
    )
    rules = {
        name: sequence([rule for one in row.rows(key) for rule in _rules(one, side)], at=row.get(key))
        for name, key, side in ways
    }
    yield row.resource(
        "SecurityGroup",
        row.text("GroupId"),
        {
            "GroupName": row.get("GroupName"),
            "GroupDescription": row.get("Description"),
            "VpcId": row.ref("VpcId"),
            **rules,
        },
        DefaultEgress=False,  # every rule is told
        Default=row.text("GroupName") == "default",
    )


def _rules(permission: Row, side: str) -> Iterator[Value]:
    """One rule for each peer of a permission."""
    ports = {n: v for n in ("IpProtocol", "FromPort", "ToPort") if not (v := permission.get(n)).absent}
    peers = (
        ("IpRanges", "CidrIp", "CidrIp"),
        ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
        ("PrefixListIds", "PrefixListId", f"{side}PrefixListId"),
        ("UserIdGroupPairs", "GroupId", f"{side}SecurityGroupId"),
    )
    for key, field, name in peers:
        for one in permission.rows(key):
            peer = one.get(field) if field.startswith("Cidr") else one.ref(field)
            yield mapping({**ports, name: peer}, at=one.value)


def _instance(row: Row) -> Iterator[Resource]:
    """The interfaces of the instances of a reservation."""
    for instance in row.rows("Instances"):
        if instance.text("State", "Name") not in ("terminated", "shutting-down"):
            for one in instance.rows("NetworkInterfaces"):
                yield from _interface(one, instance.text("InstanceId"))


def _interface(row: Row, instance: str = "") -> Iterator[Resource]:
    """An interface; the first one of an instance is called like it."""
    kind = row.text("InterfaceType") or "interface"
    if kind in _SERVED_ELSEWHERE:
        return
    instance = instance or row.text("Attachment", "InstanceId")
    first = instance and row.text("Attachment", "DeviceIndex") in ("", "0")
    address = instance if first else row.text("NetworkInterfaceId")
    six = row.rows("Ipv6Addresses")
    groups = sequence([one.ref("GroupId") for one in row.rows("Groups")], at=row.get("Groups"))
    properties = {
        "SubnetId": row.ref("SubnetId"),
        "GroupSet": groups,
        "PrivateIpAddress": row.get("PrivateIpAddress"),
        "Description": row.get("Description"),
    }
    if six:
        properties["Ipv6Address"] = six[0].get("Ipv6Address")
    public = not row.get("Association", "PublicIp").absent
    yield row.resource("NetworkInterface", address, properties, Public=public, InterfaceType=kind, HasIpv6=bool(six))


def _table(row: Row) -> Iterator[Resource]:
    name = row.text("RouteTableId")
    links = row.rows("Associations")
    main = any(one.get("Main").surely(expected=True) for one in links)
    yield row.resource("RouteTable", name, {"VpcId": row.ref("VpcId")}, Main=main)
    for one in links:
        if not one.get("SubnetId").absent:
            linked = {"RouteTableId": row.ref("RouteTableId"), "SubnetId": one.ref("SubnetId")}
            yield one.resource("SubnetRouteTableAssociation", f"{name}/{one.text('SubnetId')}", linked)
    for number, one in enumerate(row.rows("Routes")):
        if one.text("GatewayId") != "local":
            yield _route(row, one, f"{name}/{number}")


def _route(table: Row, row: Row, address: str) -> Resource:
    targets = (
        "GatewayId", "NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "EgressOnlyInternetGatewayId",
        "NetworkInterfaceId", "InstanceId", "CarrierGatewayId", "LocalGatewayId", "CoreNetworkArn",
    )  # fmt: skip
    names = {"DestinationCidrBlock": "DestinationCidrBlock", "DestinationIpv6CidrBlock": "DestinationIpv6CidrBlock"}
    properties = {name: row.get(name) for name in names}
    properties["RouteTableId"] = table.ref("RouteTableId")
    properties["DestinationPrefixListId"] = row.ref("DestinationPrefixListId")
    if row.text("State") == "blackhole":
        properties["GatewayId"] = known("blackhole", at=row.value)
    else:
        found = next((name for name in targets if not row.get(name).absent), "")
        if found:
            properties[found] = row.ref(found)
    return row.resource("Route", address, properties, Propagated=row.text("Origin") == "EnableVgwRoutePropagation")


def _acl(row: Row) -> Iterator[Resource]:
    name = row.text("NetworkAclId")
    yield row.resource(
        "NetworkAcl", name, {"VpcId": row.ref("VpcId")}, Default=row.get("IsDefault").surely(expected=True)
    )
    for one in row.rows("Associations"):
        linked = {"NetworkAclId": row.ref("NetworkAclId"), "SubnetId": one.ref("SubnetId")}
        yield one.resource("SubnetNetworkAclAssociation", f"{name}/{one.text('SubnetId')}", linked)
    for number, one in enumerate(row.rows("Entries")):
        kept = ("CidrBlock", "Ipv6CidrBlock", "Egress", "Protocol", "RuleAction", "RuleNumber", "PortRange")
        properties = {key: one.get(key) for key in kept}
        properties |= {"Icmp": one.get("IcmpTypeCode"), "NetworkAclId": row.ref("NetworkAclId")}
        yield one.resource("NetworkAclEntry", f"{name}/{number}", properties)


def _nat(row: Row) -> Iterator[Resource]:
    if row.text("State") in ("", "pending", "available"):
        properties = {"SubnetId": row.ref("SubnetId"), "ConnectivityType": row.get("ConnectivityType")}
        yield row.resource("NatGateway", row.text("NatGatewayId"), properties)


def _peering(row: Row) -> Iterator[Resource]:
    sides = {"VpcId": row.ref("RequesterVpcInfo", "VpcId"), "PeerVpcId": row.ref("AccepterVpcInfo", "VpcId")}
    active = row.text("Status", "Code") == "active"
    yield row.resource("VPCPeeringConnection", row.text("VpcPeeringConnectionId"), sides, Active=active)


def _endpoint(row: Row) -> Iterator[Resource]:
    properties = {name: row.get(name) for name in ("VpcEndpointType", "ServiceName", "PrivateDnsEnabled")}
    properties |= {"VpcId": row.ref("VpcId"), "RouteTableIds": row.refs("RouteTableIds")}
    groups = sequence([one.ref("GroupId") for one in row.rows("Groups")], at=row.get("Groups"))
    if row.text("VpcEndpointType") != "Gateway":
        properties |= {"SubnetIds": row.refs("SubnetIds"), "SecurityGroupIds": groups}
    yield row.resource("VPCEndpoint", row.text("VpcEndpointId"), properties)


def _prefixes(row: Row) -> Iterator[Resource]:
    cidrs = row.get("Cidrs")
    if isinstance(cidrs, Seq):  # describe-managed-prefix-lists does not tell them
        entries = sequence([mapping({"Cidr": one}, at=one) for one in cidrs.items_], at=cidrs)
        yield row.resource("PrefixList", row.text("PrefixListId"), {"Entries": entries})


def _listed(row: Row, path: str) -> Iterator[Resource]:
    found = _LIST_ID.search(path.rpartition("/")[2])
    if found is not None:
        yield row.resource("PrefixList", found.group(), {"Entries": row.get("Entries")})


def _transit(row: Row) -> Iterator[Resource]:
    """Its own routes are told by no `describe` command: its attachments have a table that is not known."""
    support = row.get("Options", "SecurityGroupReferencingSupport")
    no = known("disable", at=row.value)
    properties = {"DefaultRouteTableAssociation": no, "DefaultRouteTablePropagation": no}
    yield row.resource(
        "TransitGateway", row.text("TransitGatewayId"), {**properties, "SecurityGroupReferencingSupport": support}
    )


def _attachment(row: Row) -> Iterator[Resource]:
    if row.text("State") in ("", "available", "modifying"):
        properties = {"TransitGatewayId": row.ref("TransitGatewayId"), "VpcId": row.ref("VpcId")}
        yield row.resource("TransitGatewayAttachment", row.text("TransitGatewayAttachmentId"), properties)


def _gateway(row: Row) -> Iterator[Resource]:
    yield row.resource("InternetGateway", row.text("InternetGatewayId"), {})


def _egress_only(row: Row) -> Iterator[Resource]:
    yield row.resource("EgressOnlyInternetGateway", row.text("EgressOnlyInternetGatewayId"), {})


LISTS: dict[str, tuple[str, Callable[[Row], Iterator[Resource]]]] = {
    "Vpcs": ("VpcId", _vpc),
    "Subnets": ("SubnetId", _subnet),
    "SecurityGroups": ("GroupId", _group),
    "Reservations": ("Instances", _instance),
    "NetworkInterfaces": ("NetworkInterfaceId", _interface),
    "RouteTables": ("RouteTableId", _table),
    "NetworkAcls": ("NetworkAclId", _acl),
    "NatGateways": ("NatGatewayId", _nat),
    "VpcPeeringConnections": ("VpcPeeringConnectionId", _peering),
    "VpcEndpoints": ("VpcEndpointId", _endpoint),
    "PrefixLists": ("PrefixListId", _prefixes),
    "TransitGateways": ("TransitGatewayId", _transit),
    "TransitGatewayVpcAttachments": ("TransitGatewayAttachmentId", _attachment),
    "InternetGateways": ("InternetGatewayId", _gateway),
    "EgressOnlyInternetGateways": ("EgressOnlyInternetGatewayId", _egress_only),
}
"""Key of the output: (a key that each of its elements has, what reads one)."""
