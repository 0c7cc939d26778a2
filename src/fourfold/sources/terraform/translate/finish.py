"""What the tables cannot say: one argument that becomes several things, and several that become one."""

from __future__ import annotations

from collections.abc import Callable

from fourfold.model.value import Absent, Known, Map, Seq, Value, known, mapping, sequence
from fourfold.sources.terraform.translate import finish_network
from fourfold.sources.terraform.translate.blocks import Node
from fourfold.sources.terraform.translate.documents import document
from fourfold.sources.terraform.translate.work import Extra, Work, items

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
_ATTRIBUTES = "LoadBalancerAttributes"
_LOGS = {"access_logs": "access_logs.s3", "connection_logs": "connection_logs.s3"}


def _load_balancer(work: Work) -> None:
    pairs: list[Node | Value] = []
    for name, key in ATTRIBUTES.items():
        value = work.written(name)
        if value is not None:
            pairs.append(_pair(work, key, value))
    for name, key in _LOGS.items():
        for block in items(work.written(name)):
            for inner in ("enabled", "bucket", "prefix"):
                found = block.get(inner)
                if not isinstance(found, Absent) and not (isinstance(found, Known) and found.value in (None, "")):
                    pairs.append(_pair(work, f"{key}.{inner}", found))
    if pairs:
        # What is not among them is missing in the block, not where the first of them stands.
        made = tuple(pair for pair in pairs if isinstance(pair, Value))
        at = work.values
        style = f"{work.root.style}||{_ATTRIBUTES}" if work.root.style else ""
        work.root.put(_ATTRIBUTES, Seq(at.source, at.start, at.end, -1, made, (), style))


def _pair(work: Work, key: str, value: Value) -> Map:
    entries = {"Key": known(key, at=value), "Value": work.instances.resolved(value)}
    return mapping(entries, at=value)


def _listener(work: Work) -> None:
    """A certificate is named by itself in Terraform, in a list of mappings in CloudFormation."""
    certificate = work.written("certificate_arn")
    if certificate is not None:
        entry = mapping({"CertificateArn": work.instances.resolved(certificate)}, at=certificate)
        work.root.entries["Certificates"] = sequence([entry], at=certificate)


_FIELDS = {
    "HostHeaderConfig": "host-header", "HttpHeaderConfig": "http-header", "PathPatternConfig": "path-pattern",
    "HttpRequestMethodConfig": "http-request-method", "QueryStringConfig": "query-string", "SourceIpConfig": "source-ip",
}  # fmt: skip


def _listener_rule(work: Work) -> None:
    """Which field a condition speaks of is said by its block; CloudFormation says it in words, too."""
    conditions = work.root.entries.get("Conditions")
    for node in conditions if isinstance(conditions, list) else ():
        if isinstance(node, Node):
            word = next((word for prop, word in _FIELDS.items() if prop in node.entries), "")
            if word:
                node.entries["Field"] = known(word, at=node.at)


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


# -- code ----------------------------------------------------------------------------------------------------------------


def _code(prop: str) -> Callable[[Work], None]:
    """The path of the source, where the archive that holds it is made by the configuration."""

    def finish(work: Work) -> None:
        names = ("filename", "s3_bucket", "s3_key", "handler")
        found = work.packages.of(*(work.written(name) for name in names))
        if found is not None:
            work.root.entries[prop] = work.instances.resolved(found)

    return finish


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
    for block in items(work.written("logging_configuration")):
        configuration = work.root.entries.get("LoggingConfiguration")
        destination = block.get("log_destination")
        if isinstance(configuration, Node) and not isinstance(destination, Absent):
            inner = mapping({"LogGroupArn": work.instances.resolved(destination)}, at=destination)
            entry = mapping({"CloudWatchLogsLogGroup": inner}, at=destination)
            configuration.entries["Destinations"] = sequence([entry], at=destination)


# -- stores --------------------------------------------------------------------------------------------------------------


def _own_policy(kind: str, target: str, document_at: str = "PolicyDocument") -> Callable[[Work], None]:
    """A policy that Terraform takes as an argument and CloudFormation as a resource."""

    def finish(work: Work) -> None:
        policy = work.written("policy")
        if policy is None:
            return
        subject: Value = work.itself(policy)
        if target.endswith("s"):
            subject = sequence([subject], at=policy)
        entries = {target: subject, document_at: work.instances.resolved(document(policy))}
        work.extras.append(Extra(kind, "/policy", mapping(entries, at=policy)))

    return finish


def _grant(work: Work) -> None:
    """Operations of a grant are actions without the prefix of the service."""
    operations = work.written("operations")
    if isinstance(operations, Seq):
        made = [
            known(f"kms:{v.value}", at=v, provenance=v.provenance)
            if isinstance(v, Known)
            else work.instances.resolved(v)
            for v in operations.items_
        ]
        work.root.entries["Action"] = sequence(made, at=operations)


_ALL = {"http://acs.amazonaws.com/groups/global/AllUsers": "PublicRead",
        "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": "AuthenticatedRead"}  # fmt: skip


def _bucket_acl(work: Work) -> None:
    """Grants to everybody, in the words of the canned ACL that grants as much."""
    for policy in items(work.written("access_control_policy")):
        for grant in items(policy.get("grant")):
            grantee = grant.get("grantee")
            who = next(items(grantee), grantee).get("uri")
            word = _ALL.get(str(who.plain())) if isinstance(who, Known) else None
            if word == "PublicRead" and grant.get("permission").surely("WRITE"):
                word = "PublicReadWrite"
            if word is not None:
                work.root.put("AccessControl", known(word, at=grant))


def _search_domain(work: Work) -> None:
    for block in items(work.values.entries_.get("log_publishing_options")):
        kind = block.get("log_type")
        if isinstance(block, Map) and isinstance(kind, Known):
            entries = {"CloudWatchLogsLogGroupArn": work.instances.resolved(block.get("cloudwatch_log_group_arn"))}
            if "enabled" in block.entries_:
                entries["Enabled"] = block.entries_["enabled"]
            options = work.root.child("LogPublishingOptions", work.values, ())
            options.entries[str(kind.value)] = mapping(entries, at=block)


def _table(work: Work) -> None:
    """A replica is a table in another region, with its own key, recovery and protection (`aws_dynamodb_table`)."""
    for number, block in enumerate(items(work.written("replica")), 1):
        if not isinstance(block, Map):
            continue
        region = block.get("region_name")
        name = work.written("name")
        entries: dict[str, Value] = {"TableName": work.instances.resolved(name)} if name is not None else {}
        recovery, key = block.get("point_in_time_recovery"), block.get("kms_key_arn")
        if not _nothing(recovery):
            inner = {"PointInTimeRecoveryEnabled": work.instances.resolved(recovery)}
            entries["PointInTimeRecoverySpecification"] = mapping(inner, at=recovery)
        if not _nothing(key):
            both = {"SSEEnabled": known(True, at=key), "KMSMasterKeyId": work.instances.resolved(key)}
            entries["SSESpecification"] = mapping(both, at=key)
        if not _nothing(protection := block.get("deletion_protection_enabled")):
            entries["DeletionProtectionEnabled"] = work.instances.resolved(protection)
        suffix = f"/replica/{region.value if isinstance(region, Known) else number}"
        style = f"{work.root.style}|replica|" if work.root.style else ""
        work.extras.append(Extra("AWS::DynamoDB::Table", suffix, mapping(entries, at=block, style=style)))


def _nothing(value: Value) -> bool:
    return isinstance(value, Absent) or (isinstance(value, Known) and value.value in (None, ""))


def _table_replica(work: Work) -> None:
    """A key of its own means that encryption is with it."""
    key = work.written("kms_key_arn")
    specification = work.root.entries.get("SSESpecification")
    if key is not None and isinstance(specification, Node):
        specification.entries["SSEEnabled"] = known(True, at=key)


def _db_instance(work: Work) -> None:
    """What is made from another database or a snapshot keeps its backups as that one does, where nothing is written."""
    if any(
        work.written(name) is not None
        for name in ("replicate_source_db", "snapshot_identifier", "restore_to_point_in_time")
    ):
        work.silent.add("BackupRetentionPeriod")


def _firehose(work: Work) -> None:
    """Encryption is a block with a switch; a stream that reads from Kinesis says so by the block of its source."""
    for block in items(work.written("server_side_encryption")):
        if block.get("enabled").default(False).surely(False):
            work.root.entries.pop("DeliveryStreamEncryptionConfigurationInput", None)


FINISHERS: dict[str, Callable[[Work], None]] = {
    **finish_network.FINISHERS,
    "bucket": _own_policy("AWS::S3::BucketPolicy", "Bucket"),
    "bucket_acl": _bucket_acl,
    "db_instance": _db_instance,
    "eks_cluster": _eks_cluster,
    "function": _code("Code"),
    "layer": _code("Content"),
    "firehose": _firehose,
    "grant": _grant,
    "instance": _instance,
    "listener": _listener,
    "load_balancer": _load_balancer,
    "method_settings": _method_settings,
    "queue": _own_policy("AWS::SQS::QueuePolicy", "Queues"),
    "search_domain": _search_domain,
    "listener_rule": _listener_rule,
    "secret": _own_policy("AWS::SecretsManager::ResourcePolicy", "SecretId", "ResourcePolicy"),
    "state_machine": _state_machine,
    "table": _table,
    "table_replica": _table_replica,
    "topic": _own_policy("AWS::SNS::TopicPolicy", "Topics"),
}
