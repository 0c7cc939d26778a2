"""What the tables cannot say: one argument that becomes several things, and several that become one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from fourfold.model.value import Absent, Known, Map, Ref, Seq, Unknown, Value, known, mapping, sequence
from fourfold.sources.terraform.translate.blocks import Node
from fourfold.sources.terraform.translate.documents import document
from fourfold.sources.terraform.translate.references import Instance, Instances


class Extra(NamedTuple):
    """A resource that an instance makes beside its own."""

    type: str
    suffix: str
    """What its address adds to the instance's."""
    properties: Map


class Work(NamedTuple):
    """What a finisher gets."""

    instance: Instance
    root: Node
    instances: Instances
    key: str
    extras: list[Extra]
    types: list[str]
    """The CloudFormation type, as the only element; a finisher may change it."""
    attributes: dict[str, Value]
    silent: set[str]
    """Properties for which the provider sends nothing here, though its row says that it does."""

    @property
    def values(self) -> Map:
        return self.instance.values

    def written(self, name: str) -> Value | None:
        """An argument, where something is written."""
        value = self.values.entries_.get(name)
        if value is None or isinstance(value, Absent) or (isinstance(value, Known) and value.value in (None, "")):
            return None
        return value

    def itself(self, at: Value) -> Ref:
        return Ref(at.source, at.start, at.end, at.key_start, self.key)


def _items(value: Value | None) -> Iterator[Value]:
    """The elements of a list of blocks; an unknown list is one unknown element."""
    if isinstance(value, Seq):
        yield from value.items_
    elif isinstance(value, (Map, Unknown, Ref)):
        yield value


# -- packet filters ------------------------------------------------------------------------------------------------------

_PEERS = {
    "cidr_blocks": ("CidrIp", "CidrIp"),
    "ipv6_cidr_blocks": ("CidrIpv6", "CidrIpv6"),
    "security_groups": ("SourceSecurityGroupId", "DestinationSecurityGroupId"),
    "source_security_group_id": ("SourceSecurityGroupId", "DestinationSecurityGroupId"),
    "prefix_list_ids": ("SourcePrefixListId", "DestinationPrefixListId"),
    "self": ("SourceSecurityGroupId", "DestinationSecurityGroupId"),
}
_SIMPLE = {"protocol": "IpProtocol", "from_port": "FromPort", "to_port": "ToPort", "description": "Description"}


def _rules(work: Work, rule: Value, way: str, group: Value | None) -> list[Value]:
    """One rule of CloudFormation for each peer of a rule of Terraform."""
    if not isinstance(rule, Map):
        return [work.instances.resolved(rule)]
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
    out: list[Value] = []
    for name, props in _PEERS.items():
        for peer in _peers(work, rule.entries_.get(name), name, group):
            prop = props[way == "egress"]
            entries = {**common, prop: peer}
            out.append(Map(rule.source, rule.start, rule.end, rule.key_start, entries, rule.provenance, rule.style))
    return out


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
    return [work.instances.resolved(v) for v in (value.items_ if isinstance(value, Seq) else (value,))]


def _security_group(work: Work) -> None:
    for way, prop in (("ingress", "SecurityGroupIngress"), ("egress", "SecurityGroupEgress")):
        rules = [r for item in _items(work.values.entries_.get(way)) for r in _rules(work, item, way, None)]
        if rules:
            work.root.put(prop, list(rules))
    # Terraform takes the rule away that AWS gives every new group (`aws_security_group`, the note on egress rules).
    work.attributes["DefaultEgress"] = known(False, at=work.values)


def _security_group_rule(work: Work) -> None:
    way = work.values.entries_.get("type")
    egress = isinstance(way, Known) and way.value == "egress"
    rules = _rules(work, work.values, "egress" if egress else "ingress", work.values.entries_.get("security_group_id"))
    work.types[0] = "AWS::EC2::SecurityGroupEgress" if egress else "AWS::EC2::SecurityGroupIngress"
    if rules and isinstance(rules[0], Map):
        work.root.entries = dict(rules[0].entries_)
    for number, rule in enumerate(rules[1:], 2):
        assert isinstance(rule, Map)
        work.extras.append(Extra(work.types[0], f"/{number}", rule))


_ROUTE = {
    "cidr_block": "DestinationCidrBlock", "ipv6_cidr_block": "DestinationIpv6CidrBlock",
    "destination_prefix_list_id": "DestinationPrefixListId", "gateway_id": "GatewayId",
    "nat_gateway_id": "NatGatewayId", "transit_gateway_id": "TransitGatewayId", "vpc_endpoint_id": "VpcEndpointId",
    "vpc_peering_connection_id": "VpcPeeringConnectionId", "instance_id": "InstanceId",
    "network_interface_id": "NetworkInterfaceId", "egress_only_gateway_id": "EgressOnlyInternetGatewayId",
    "carrier_gateway_id": "CarrierGatewayId", "local_gateway_id": "LocalGatewayId", "core_network_arn": "CoreNetworkArn",
}  # fmt: skip


def _route_table(work: Work) -> None:
    for number, route in enumerate(_items(work.values.entries_.get("route")), 1):
        if not isinstance(route, Map):
            continue
        entries: dict[str, Value] = {"RouteTableId": work.itself(route)}
        for name, prop in _ROUTE.items():
            value = route.entries_.get(name)
            if value is not None and not (isinstance(value, Known) and value.value in (None, "")):
                entries[prop] = work.instances.resolved(value)
        work.extras.append(Extra("AWS::EC2::Route", f"/route/{number}", mapping(entries, at=route)))


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


# -- load balancers ------------------------------------------------------------------------------------------------------

ATTRIBUTES = {
    "drop_invalid_header_fields": "routing.http.drop_invalid_header_fields.enabled",
    "enable_deletion_protection": "deletion_protection.enabled",
    "desync_mitigation_mode": "routing.http.desync_mitigation_mode",
    "idle_timeout": "idle_timeout.timeout_seconds",
    "enable_http2": "routing.http2.enabled",
    "enable_waf_fail_open": "waf.fail_open.enabled",
    "enable_cross_zone_load_balancing": "load_balancing.cross_zone.enabled",
}
_LOGS = {"access_logs": "access_logs.s3", "connection_logs": "connection_logs.s3"}


def _load_balancer(work: Work) -> None:
    pairs: list[Node | Value] = []
    for name, key in ATTRIBUTES.items():
        value = work.written(name)
        if value is not None:
            pairs.append(_pair(work, key, value))
    for name, key in _LOGS.items():
        for block in _items(work.written(name)):
            for inner in ("enabled", "bucket", "prefix"):
                found = block.get(inner)
                if not isinstance(found, Absent) and not (isinstance(found, Known) and found.value in (None, "")):
                    pairs.append(_pair(work, f"{key}.{inner}", found))
    if pairs:
        work.root.put("LoadBalancerAttributes", pairs)


def _pair(work: Work, key: str, value: Value) -> Map:
    entries = {"Key": known(key, at=value), "Value": work.instances.resolved(value)}
    return mapping(entries, at=value)


def _listener(work: Work) -> None:
    """A certificate is named by itself in Terraform, in a list of mappings in CloudFormation."""
    certificate = work.written("certificate_arn")
    if certificate is not None:
        entry = mapping({"CertificateArn": work.instances.resolved(certificate)}, at=certificate)
        work.root.entries["Certificates"] = sequence([entry], at=certificate)


# -- APIs ----------------------------------------------------------------------------------------------------------------


def _method_settings(work: Work) -> None:
    """`*/*` is every method; else the path of a resource, a slash and the method."""
    path = work.written("method_path")
    settings = work.root.entries.get("MethodSettings")
    if not isinstance(settings, Node) or path is None:
        return
    if isinstance(path, Known):
        resource, _, method = str(path.value).rpartition("/")
        settings.put("HttpMethod", known(method, at=path))
        settings.put("ResourcePath", known("/*" if resource == "*" else f"/{resource}".replace("~1", "/"), at=path))
    else:
        settings.put("HttpMethod", work.instances.resolved(path))


# -- compute -------------------------------------------------------------------------------------------------------------


def _instance(work: Work) -> None:
    """A public address belongs to the first interface, which CloudFormation writes as one."""
    address = work.written("associate_public_ip_address")
    if address is None or "NetworkInterfaces" in work.root.entries:
        return
    entries: dict[str, Value] = {"AssociatePublicIpAddress": work.instances.resolved(address)}
    for argument, prop in (("subnet_id", "SubnetId"), ("vpc_security_group_ids", "GroupSet")):
        value = work.written(argument)
        if value is not None:
            entries[prop] = work.instances.resolved(value)
    entries["DeviceIndex"] = known("0", at=address)
    interface = mapping(entries, at=address)
    work.root.put("NetworkInterfaces", sequence([interface], at=address))


def _eks_cluster(work: Work) -> None:
    """Types of logs are words in Terraform, mappings in CloudFormation."""
    written = work.written("enabled_cluster_log_types")
    if not isinstance(written, Seq):
        return
    items = [mapping({"Type": work.instances.resolved(v)}, at=v) for v in written.items_]
    types: Value = Seq(written.source, written.start, written.end, written.key_start, tuple(items))
    inner = mapping({"EnabledTypes": types}, at=written)
    work.root.entries["Logging"] = mapping({"ClusterLogging": inner}, at=written)


def _state_machine(work: Work) -> None:
    for block in _items(work.written("logging_configuration")):
        configuration = work.root.entries.get("LoggingConfiguration")
        destination = block.get("log_destination")
        if isinstance(configuration, Node) and not isinstance(destination, Absent):
            inner = mapping({"LogGroupArn": work.instances.resolved(destination)}, at=destination)
            entry = mapping({"CloudWatchLogsLogGroup": inner}, at=destination)
            configuration.entries["Destinations"] = sequence([entry], at=destination)


# -- stores --------------------------------------------------------------------------------------------------------------


def _own_policy(kind: str, target: str) -> Callable[[Work], None]:
    """A policy that Terraform takes as an argument and CloudFormation as a resource."""

    def finish(work: Work) -> None:
        policy = work.written("policy")
        if policy is None:
            return
        subject: Value = work.itself(policy)
        if target.endswith("s"):
            subject = sequence([subject], at=policy)
        entries = {target: subject, "PolicyDocument": work.instances.resolved(document(policy))}
        work.extras.append(Extra(kind, "/policy", mapping(entries, at=policy)))

    return finish


_ALL = {"http://acs.amazonaws.com/groups/global/AllUsers": "PublicRead",
        "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": "AuthenticatedRead"}  # fmt: skip


def _bucket_acl(work: Work) -> None:
    """Grants to everybody, in the words of the canned ACL that grants as much."""
    for policy in _items(work.written("access_control_policy")):
        for grant in _items(policy.get("grant")):
            grantee = grant.get("grantee")
            who = next(_items(grantee), grantee).get("uri")
            word = _ALL.get(str(who.plain())) if isinstance(who, Known) else None
            if word == "PublicRead" and grant.get("permission").surely("WRITE"):
                word = "PublicReadWrite"
            if word is not None:
                work.root.put("AccessControl", known(word, at=grant))


def _search_domain(work: Work) -> None:
    for block in _items(work.values.entries_.get("log_publishing_options")):
        kind = block.get("log_type")
        if isinstance(block, Map) and isinstance(kind, Known):
            entries = {"CloudWatchLogsLogGroupArn": work.instances.resolved(block.get("cloudwatch_log_group_arn"))}
            if "enabled" in block.entries_:
                entries["Enabled"] = block.entries_["enabled"]
            options = work.root.child("LogPublishingOptions", work.values, ())
            options.entries[str(kind.value)] = mapping(entries, at=block)


def _db_instance(work: Work) -> None:
    """What is made from another database or a snapshot keeps its backups as that one does, where nothing is written."""
    if any(
        work.written(name) is not None
        for name in ("replicate_source_db", "snapshot_identifier", "restore_to_point_in_time")
    ):
        work.silent.add("BackupRetentionPeriod")


def _firehose(work: Work) -> None:
    """Encryption is a block with a switch; a stream that reads from Kinesis says so by the block of its source."""
    for block in _items(work.written("server_side_encryption")):
        if block.get("enabled").default(False).surely(False):
            work.root.entries.pop("DeliveryStreamEncryptionConfigurationInput", None)


FINISHERS: dict[str, Callable[[Work], None]] = {
    "bucket": _own_policy("AWS::S3::BucketPolicy", "Bucket"),
    "bucket_acl": _bucket_acl,
    "db_instance": _db_instance,
    "eks_cluster": _eks_cluster,
    "firehose": _firehose,
    "flow_log": _flow_log,
    "instance": _instance,
    "listener": _listener,
    "load_balancer": _load_balancer,
    "method_settings": _method_settings,
    "queue": _own_policy("AWS::SQS::QueuePolicy", "Queues"),
    "route_table": _route_table,
    "search_domain": _search_domain,
    "security_group": _security_group,
    "security_group_rule": _security_group_rule,
    "state_machine": _state_machine,
    "topic": _own_policy("AWS::SNS::TopicPolicy", "Topics"),
}
