"""What is worth stealing, and what keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from fourfold.model.nodes.node import NOTHING, Node
from fourfold.model.value import Value

if TYPE_CHECKING:
    from fourfold.model.nodes.identity import Policy


class DataStore(Node, frozen=True, kw_only=True, eq=False):
    """Something that keeps data: a bucket, table, database, queue, topic, stream, file system, cache, registry."""

    kind: Literal[
        "bucket", "table", "database", "cluster", "queue", "topic", "stream", "file-system", "cache", "search",
        "warehouse", "volume", "registry", "log",
    ]
    encrypted: Value = NOTHING
    """Whether it is encrypted at rest; stands for what the service does where absent."""
    kms_key: Value = NOTHING
    """The KMS key; absent: a key AWS manages or owns."""
    public_access: tuple[tuple[str, Value], ...] = ()
    """S3: the four flags of the public access block, by name."""
    publicly_accessible: Value = NOTHING
    """Whether it gets an address reachable from the internet."""
    versioning: Value = NOTHING
    backup: Value = NOTHING
    """Point-in-time recovery or the retention of automatic backups."""
    deletion_protection: Value = NOTHING
    access_log: Value = NOTHING
    tls_enforced: Value = NOTHING
    policy: Policy | None = None
    acl: Value = NOTHING
    password: Value = NOTHING
    """Master password, where it is a property."""


class Secret(Node, frozen=True, kw_only=True, eq=False):
    """A secret or secure parameter that a service keeps."""

    kms_key: Value = NOTHING
    rotation: Value = NOTHING
    value: Value = NOTHING
    """Its content, where the source states it."""


class Key(Node, frozen=True, kw_only=True, eq=False):
    """A KMS key."""

    rotation: Value = NOTHING
    policy: Policy | None = None
    spec: Value = NOTHING


class LogSink(Node, frozen=True, kw_only=True, eq=False):
    """Where logs are kept."""

    kind: Literal["log-group", "bucket", "trail", "flow-log", "stream"]
    retention_days: Value = NOTHING
    kms_key: Value = NOTHING
    validation: Value = NOTHING
    """Trails: whether log files are validated."""
    all_regions: Value = NOTHING
    enabled: Value = NOTHING
