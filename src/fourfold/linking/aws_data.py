"""What keeps data on AWS: one row for each type, with what the service does where nothing is written.

The documentation that each default stands in is named in the row's comment (API reference unless another page is named).
Where an account's setting decides, the value is unknown, with that reason.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from fourfold.linking import aws_databases as db
from fourfold.linking import aws_s3, aws_volumes
from fourfold.linking.aws_ask import Ask, always, decided_elsewhere, either, path, words, written
from fourfold.linking.aws_values import or_else, presence, targets, translate, undecided, within
from fourfold.linking.draft import Draft
from fourfold.model.nodes import DataStore, Policy
from fourfold.model.nodes.node import NOTHING
from fourfold.model.resource import Resource
from fourfold.model.value import Plain, Value, known

_STATUS: dict[str, Plain] = {"ENABLED": True, "DISABLED": False}


class Row(NamedTuple):
    """How one type says what a `DataStore` says."""

    kind: str
    fields: dict[str, Ask]


def _queue_encrypted(r: Resource) -> Value:
    """By SQS's own keys, which a new queue has unless it says no; else by a KMS key."""
    own = r.get("SqsManagedSseEnabled").default(True)
    return own if own.surely(True) else or_else(presence(r.get("KmsMasterKeyId")), own)


def _firehose_encrypted(r: Resource) -> Value:
    """Off by default where producers write directly; a Kinesis stream as source is encrypted, or not, by itself."""
    if (
        r.get("DeliveryStreamType").surely("KinesisStreamAsSource")
        or not r.get("KinesisStreamSourceConfiguration").absent
    ):
        return NOTHING
    return presence(r.get("DeliveryStreamEncryptionConfigurationInput"))


def _outside_vpc(r: Resource) -> Value:
    """A search domain outside of a VPC has a public endpoint."""
    return translate(presence(r.get("VPCOptions")), {"True": False}, absent=True)


def _kafka_tls(r: Resource) -> Value:
    """In transit the API reference names `TLS_PLAINTEXT` as the default, the CloudFormation reference `TLS`."""
    value = r.get("EncryptionInfo", "EncryptionInTransit", "ClientBroker")
    value = undecided(value, "the documentation of the service names two different defaults")
    return translate(value, {"TLS": True, "TLS_PLAINTEXT": False, "PLAINTEXT": False})


_SEARCH: dict[str, Ask] = {
    # OpenSearch Service Developer Guide, "Encryption of data at rest" and "Enforcing HTTPS": both off unless asked for.
    "encrypted": path("EncryptionAtRestOptions", "Enabled", absent=False),
    "kms_key": path("EncryptionAtRestOptions", "KmsKeyId"),
    "tls_enforced": path("DomainEndpointOptions", "EnforceHTTPS", absent=False),
    "publicly_accessible": _outside_vpc,
    "password": path("AdvancedSecurityOptions", "MasterUserOptions", "MasterUserPassword"),
    "access_log": path("LogPublishingOptions", "AUDIT_LOGS", "CloudWatchLogsLogGroupArn"),
}
_DOCUMENTS: dict[str, Ask] = {
    # DocumentDB Developer Guide, "Encrypting Amazon DocumentDB data at rest"; CreateDBCluster.
    "encrypted": db.cluster_from_snapshot,
    "kms_key": path("KmsKeyId"),
    "backup": path("BackupRetentionPeriod", absent=1),
    "access_log": path("EnableCloudwatchLogsExports"),
}

ROWS: dict[str, Row] = {
    "AWS::DynamoDB::Table": Row("table", {
        # DynamoDB Developer Guide, "DynamoDB encryption at rest": always; CreateTable, UpdateContinuousBackups: off.
        "encrypted": always(),
        "kms_key": path("SSESpecification", "KMSMasterKeyId"),
        "backup": path("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled", absent=False),
        "deletion_protection": path("DeletionProtectionEnabled", absent=False),
    }),
    "AWS::Cassandra::Table": Row("table", {
        # Keyspaces Developer Guide, "Encryption at rest": always; CreateTable: no point-in-time recovery.
        "encrypted": always(),
        "kms_key": path("EncryptionSpecification", "KmsKeyIdentifier"),
        "backup": path("PointInTimeRecoveryEnabled", absent=False),
    }),
    "AWS::Timestream::Database": Row("database", {
        # Timestream Developer Guide, "Encryption at rest": always.
        "encrypted": always(),
        "kms_key": path("KmsKeyId"),
    }),
    "AWS::Timestream::InfluxDBInstance": Row("database", {
        # Timestream Developer Guide, "Data protection in Timestream for InfluxDB": always; public only if asked for.
        "encrypted": always(),
        "publicly_accessible": path("PubliclyAccessible", absent=False),
        "password": path("Password"),
    }),
    "AWS::QLDB::Ledger": Row("database", {
        # CreateLedger: always encrypted, protected from deletion by default.
        "encrypted": always(),
        "kms_key": path("KmsKey"),
        "deletion_protection": path("DeletionProtection", absent=True),
    }),
    "AWS::RDS::DBInstance": Row("database", {
        "encrypted": db.instance_encrypted,
        "kms_key": path("KmsKeyId"),
        "publicly_accessible": db.instance_public,
        "backup": db.instance_backup,
        "deletion_protection": db.instance_deletion_protection,
        "access_log": path("EnableCloudwatchLogsExports"),
        "password": path("MasterUserPassword"),
    }),
    "AWS::RDS::DBCluster": Row("cluster", {
        "encrypted": db.cluster_encrypted,
        "kms_key": path("KmsKeyId"),
        "publicly_accessible": db.cluster_public,
        "backup": path("BackupRetentionPeriod", absent=1),
        "deletion_protection": path("DeletionProtection", absent=False),
        "access_log": path("EnableCloudwatchLogsExports"),
        "password": path("MasterUserPassword"),
    }),
    "AWS::RDS::GlobalCluster": Row("cluster", {
        "encrypted": db.cluster_encrypted,
        "deletion_protection": path("DeletionProtection", absent=False),
    }),
    "AWS::RDS::DBProxy": Row("database", {
        # CreateDBProxy: TLS is not required by default; a proxy keeps no data.
        "tls_enforced": path("RequireTLS", absent=False),
    }),
    "AWS::DocDB::DBCluster": Row("cluster", {
        **_DOCUMENTS,
        "deletion_protection": path("DeletionProtection", absent=False),
        "password": path("MasterUserPassword"),
    }),
    "AWS::DocDBElastic::Cluster": Row("cluster", {
        # CreateCluster: always encrypted.
        "encrypted": always(),
        "kms_key": path("KmsKeyId"),
        "password": path("AdminUserPassword"),
    }),
    "AWS::Neptune::DBCluster": Row("cluster", {
        **_DOCUMENTS,
        # CreateDBCluster of Neptune says that deletion protection is on by default.
        "deletion_protection": path("DeletionProtection", absent=True),
    }),
    "AWS::DSQL::Cluster": Row("cluster", {
        # Aurora DSQL User Guide, "Data encryption for Amazon Aurora DSQL": always.
        "encrypted": always(),
        "kms_key": path("KmsEncryptionKey"),
    }),
    "AWS::Redshift::Cluster": Row("warehouse", {
        # CreateCluster: encrypted, and a request that says otherwise fails; not public by default.
        "encrypted": always(),
        "kms_key": path("KmsKeyId"),
        "publicly_accessible": path("PubliclyAccessible", absent=False),
        "backup": path("AutomatedSnapshotRetentionPeriod", absent=1),
        "access_log": either(("LoggingProperties", "BucketName"), ("LoggingProperties",)),
        "password": path("MasterUserPassword"),
    }),
    "AWS::RedshiftServerless::Namespace": Row("warehouse", {
        # Redshift Management Guide, "Redshift Serverless": always encrypted.
        "encrypted": always(),
        "kms_key": path("KmsKeyId"),
        "access_log": path("LogExports"),
        "password": path("AdminUserPassword"),
    }),
    "AWS::RedshiftServerless::Workgroup": Row("warehouse", {
        "publicly_accessible": path("PubliclyAccessible", absent=False),
    }),
    "AWS::ElastiCache::ReplicationGroup": Row("cache", {
        "encrypted": db.cache_encrypted,
        "kms_key": path("KmsKeyId"),
        "tls_enforced": path("TransitEncryptionEnabled", absent=False),
        "backup": path("SnapshotRetentionLimit", absent=0),
        "password": path("AuthToken"),
    }),
    "AWS::ElastiCache::CacheCluster": Row("cache", {
        # CreateCacheCluster: a single node cannot be encrypted at rest; TLS is off by default.
        "tls_enforced": path("TransitEncryptionEnabled", absent=False),
        "backup": path("SnapshotRetentionLimit", absent=0),
    }),
    "AWS::ElastiCache::ServerlessCache": Row("cache", {
        # ElastiCache User Guide, "At-rest encryption in ElastiCache" and "... in-transit ...": both always.
        "encrypted": always(),
        "kms_key": path("KmsKeyId"),
        "tls_enforced": always(),
        "backup": path("SnapshotRetentionLimit", absent=0),
    }),
    "AWS::MemoryDB::Cluster": Row("cache", {
        # MemoryDB Developer Guide, "At-rest encryption in MemoryDB": always; "In-transit encryption": on by default.
        "encrypted": always(),
        "kms_key": path("KmsKeyId"),
        "tls_enforced": path("TLSEnabled", absent=True),
        "backup": path("SnapshotRetentionLimit", absent=0),
    }),
    "AWS::DAX::Cluster": Row("cache", {
        # DynamoDB Developer Guide, "DAX encryption at rest" and "... in transit": both off by default.
        "encrypted": path("SSESpecification", "SSEEnabled", absent=False),
        "tls_enforced": words("ClusterEndpointEncryptionType", table={"TLS": True, "NONE": False}, absent=False),
    }),
    "AWS::OpenSearchService::Domain": Row("search", _SEARCH),
    "AWS::Elasticsearch::Domain": Row("search", _SEARCH),
    "AWS::OpenSearchServerless::Collection": Row("search", {"encrypted": always()}),
    "AWS::SQS::Queue": Row("queue", {
        # SQS Developer Guide, "Configuring server-side encryption for a queue using SQS-managed encryption keys".
        "encrypted": _queue_encrypted,
        "kms_key": path("KmsMasterKeyId"),
    }),
    "AWS::SNS::Topic": Row("topic", {
        # SNS Developer Guide, "Securing Amazon SNS data with server-side encryption": only with a key.
        "encrypted": written("KmsMasterKeyId"),
        "kms_key": path("KmsMasterKeyId"),
    }),
    "AWS::AmazonMQ::Broker": Row("queue", {
        # Amazon MQ Developer Guide, "Data protection in Amazon MQ": always; CreateBroker: not public by default.
        "encrypted": always(),
        "kms_key": path("EncryptionOptions", "KmsKeyId"),
        "publicly_accessible": path("PubliclyAccessible", absent=False),
        "access_log": path("Logs"),
    }),
    "AWS::Kinesis::Stream": Row("stream", {
        # Kinesis Data Streams Developer Guide, "Data protection in Amazon Kinesis Data Streams": off by default.
        "encrypted": words("StreamEncryption", "EncryptionType", table={"KMS": True, "NONE": False}, absent=False),
        "kms_key": path("StreamEncryption", "KeyId"),
    }),
    "AWS::KinesisVideo::Stream": Row("stream", {"encrypted": always(), "kms_key": path("KmsKeyId")}),
    "AWS::KinesisFirehose::DeliveryStream": Row("stream", {
        # Data Firehose Developer Guide, "Data protection in Amazon Data Firehose".
        "encrypted": _firehose_encrypted,
        "kms_key": path("DeliveryStreamEncryptionConfigurationInput", "KeyARN"),
    }),
    "AWS::MSK::Cluster": Row("stream", {
        # MSK Developer Guide, "Amazon MSK encryption": always at rest.
        "encrypted": always(),
        "kms_key": path("EncryptionInfo", "EncryptionAtRest", "DataVolumeKMSKeyId"),
        "tls_enforced": _kafka_tls,
        "publicly_accessible": words(
            "BrokerNodeGroupInfo", "ConnectivityInfo", "PublicAccess", "Type",
            table={"DISABLED": False, "SERVICE_PROVIDED_EIPS": True}, absent=False,
        ),
    }),
    "AWS::MSK::ServerlessCluster": Row("stream", {"encrypted": always(), "tls_enforced": always()}),
    "AWS::EFS::FileSystem": Row("file-system", {
        # CreateFileSystem: not encrypted unless asked for (the console asks by default); no automatic backups.
        "encrypted": path("Encrypted", absent=False),
        "kms_key": path("KmsKeyId"),
        "backup": words("BackupPolicy", "Status", table=_STATUS, absent=False),
    }),
    "AWS::FSx::FileSystem": Row("file-system", {
        # FSx User Guides, "Encryption of data at rest": always.
        "encrypted": always(),
        "kms_key": path("KmsKeyId"),
    }),
    "AWS::ECR::Repository": Row("registry", {
        # ECR User Guide, "Encryption at rest": always; CreateRepository: mutable tags; scanning is being moved to the
        # registry's setting.
        "encrypted": always(),
        "kms_key": path("EncryptionConfiguration", "KmsKey"),
        "tag_mutability": path("ImageTagMutability", absent="MUTABLE"),
        "scan_on_push": decided_elsewhere(
            "ImageScanningConfiguration", "ScanOnPush", by="the scanning configuration of the account's registry decides"
        ),
    }),
    "AWS::ECR::PublicRepository": Row("registry", {"encrypted": always(), "publicly_accessible": always()}),
    "AWS::DMS::ReplicationInstance": Row("database", {
        # CreateReplicationInstance: always encrypted; public by default.
        "encrypted": always(),
        "kms_key": path("KmsKeyId"),
        "publicly_accessible": path("PubliclyAccessible", absent=True),
    }),
}  # fmt: skip


def add(draft: Draft) -> None:
    """All stores, with the policies that protect them folded in."""
    policies = _policies(draft)
    aws_s3.add(draft, policies)
    for kind, row in ROWS.items():
        for resource in draft.of_type(kind):
            fields: dict[str, Any] = {name: ask(resource) for name, ask in row.fields.items()}
            add_store(draft, resource, row.kind, policies.get(resource.key), **fields)
    for table in draft.of_type("AWS::DynamoDB::GlobalTable"):
        _global_table(draft, table, policies.get(table.key))
    aws_volumes.add(draft)


def add_store(draft: Draft, resource: Resource, kind: str, policy: Policy | None, **fields: Any) -> DataStore:
    """One store that is a resource of its own, put into the graph."""
    store = draft.add(
        DataStore(
            resource=resource,
            name=resource.address,
            at=resource.properties,
            condition=resource.condition,
            kind=kind,  # type: ignore[arg-type]
            policy=policy,
            **fields,
        )
    )
    if policy is not None:
        draft.connect(store, "has_policy", policy)
    return store


def _policies(draft: Draft) -> dict[str, Policy]:
    """The resource policy of each resource that has one, by its key."""
    out: dict[str, Policy] = {}
    for node in draft.nodes:
        if isinstance(node, Policy) and node.kind == "resource":
            for target in targets(draft, node.protects):
                out.setdefault(target.key, node)
    return out


def _global_table(draft: Draft, table: Resource, policy: Policy | None) -> None:
    """One store for each replica: settings are the replica's."""
    for index, (when, replica) in enumerate(table.get("Replicas").elements()):
        condition = within(table.condition, when)
        if condition is None:
            continue
        region = replica.get("Region")
        draft.add(
            DataStore(
                resource=table,
                name=f"{table.address} in {region}",
                part=f"replica/{index if region.reason else region}",
                at=replica,
                condition=condition,
                kind="table",
                policy=policy,
                encrypted=known(True, at=table.properties),
                kms_key=replica.get("SSESpecification", "KMSMasterKeyId"),
                backup=replica.get("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled").default(False),
                deletion_protection=replica.get("DeletionProtectionEnabled").default(False),
            )
        )
