"""What RDS and ElastiCache do where nothing is written depends on the engine, and on what a database is made from.

Sources: Amazon RDS API reference, CreateDBInstance and CreateDBCluster (StorageEncrypted, PubliclyAccessible,
BackupRetentionPeriod, DeletionProtection); Amazon Aurora User Guide, "Encrypting Amazon Aurora resources" (every new cluster is encrypted since
2026-02-18); Amazon ElastiCache API reference, CreateReplicationGroup (AtRestEncryptionEnabled).
"""

from __future__ import annotations

from fourfold.linking.aws_values import undecided, where_written
from fourfold.model.nodes.node import NOTHING
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Plain, Ref, Text, Value, known

_ORIGINS = (
    "DBSnapshotIdentifier", "SnapshotIdentifier", "DBClusterSnapshotIdentifier", "SourceDBInstanceIdentifier",
    "SourceDBClusterIdentifier", "SourceDbiResourceId", "ReplicationSourceIdentifier", "RestoreToTime",
)  # fmt: skip
_BY_ORIGIN = "the snapshot or database it is made from decides"
_BY_GROUP = "the subnet group decides, and is not known"
_BY_ENGINE = "the engine decides, and is not known"


def _by_origin(resource: Resource, value: Value, otherwise: Value) -> Value:
    """A setting that follows from a snapshot or a source in the worlds where the database is made from one."""
    for name in _ORIGINS:
        otherwise = where_written(resource.get(name), undecided(value, _BY_ORIGIN), otherwise)
    return otherwise


def _aurora(resource: Resource) -> bool | None:
    """Whether the engine is Aurora; None where that is not known."""
    engines = {
        str(engine.value).lower().startswith("aurora") if isinstance(engine, Known) else None
        for _, engine in resource.get("Engine").default("").alternatives()
        if not isinstance(engine, Absent)
    }
    return engines.pop() if len(engines) == 1 else None if engines else False


def _in_cluster(resource: Resource) -> bool:
    return not resource.get("DBClusterIdentifier").absent or _aurora(resource) is True


def of_instance(resource: Resource, value: Value, absent: Plain) -> Value:
    """A setting of an instance; none where its cluster decides."""
    if _in_cluster(resource):
        return NOTHING
    return _by_origin(resource, value, value.default(absent))


def instance_encrypted(resource: Resource) -> Value:
    """An instance is not encrypted by default; one of a cluster is what its cluster is."""
    return of_instance(resource, resource.get("StorageEncrypted"), False)


def instance_backup(resource: Resource) -> Value:
    """Days that automatic backups are kept: one by default."""
    return of_instance(resource, resource.get("BackupRetentionPeriod"), 1)


def instance_deletion_protection(resource: Resource) -> Value:
    """Off by default, whatever an instance is made from."""
    return NOTHING if _in_cluster(resource) else resource.get("DeletionProtection").default(False)


def instance_public(resource: Resource) -> Value:
    """Without a subnet group, or in the group `default`, an instance that is not Aurora's is public by default."""
    value, group = resource.get("PubliclyAccessible"), resource.get("DBSubnetGroupName")
    if value.absent and group.absent:
        aurora = True if not resource.get("DBClusterIdentifier").absent else _aurora(resource)
        return undecided(value, _BY_ENGINE) if aurora is None else value.default(not aurora)
    return _public_by_group(value, group)


def cluster_public(resource: Resource) -> Value:
    """A Multi-AZ cluster is like an instance; Aurora's instances say it themselves, so its cluster is not public."""
    value, group = resource.get("PubliclyAccessible"), resource.get("DBSubnetGroupName")
    aurora = None if resource.get("Engine").absent else _aurora(resource)
    if not value.absent or aurora:
        return value.default(False)
    if aurora is None:
        return undecided(value, _BY_ENGINE)
    return value.default(True) if group.absent else _public_by_group(value, group)


def _public_by_group(value: Value, group: Value) -> Value:
    """Where a subnet group is written: private unless it is the group `default`."""
    if not value.absent:
        return value.default(False)
    if isinstance(group, Known):
        return value.default(group.value == "default")
    return value.default(False) if isinstance(group, (Ref, Text)) else undecided(value, _BY_GROUP)


def cluster_encrypted(resource: Resource) -> Value:
    """A new Aurora cluster is always encrypted; any other cluster of RDS is not by default."""
    value, aurora = resource.get("StorageEncrypted"), _aurora(resource)
    if aurora:
        new: Value = known(True, at=resource.properties if value.absent else value)
    else:
        new = undecided(value, _BY_ENGINE) if aurora is None else value.default(False)
    return _by_origin(resource, value, new)


def cluster_from_snapshot(resource: Resource) -> Value:
    """DocumentDB and Neptune: not encrypted by default; what is restored is what its snapshot was."""
    value = resource.get("StorageEncrypted")
    return _by_origin(resource, value, value.default(False))


def cache_encrypted(resource: Resource) -> Value:
    """Valkey is encrypted by default, Redis OSS is not."""
    value, engine = resource.get("AtRestEncryptionEnabled"), resource.get("Engine").default("redis")
    if engine.surely("valkey"):
        return value.default(True)
    return value.default(False) if engine.surely("redis") else undecided(value, _BY_ENGINE)
