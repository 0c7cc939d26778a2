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
        "bucket",
        "table",
        "database",
        "cluster",
        "queue",
        "topic",
        "stream",
        "file-system",
        "cache",
        "search",
        "warehouse",
        "volume",
        "registry",
        "log",
    ]
    encrypted: Value = NOTHING
    """Whether it is encrypted at rest; stands for what the service does where absent."""
    kms_key: Value = NOTHING
    """The KMS key; absent: a key AWS manages or owns."""
    algorithm: Value = NOTHING
    """S3: `AES256` (S3's own keys; what every bucket has where nothing is written), `aws:kms` or `aws:kms:dsse`."""
    public_access: tuple[tuple[str, Value], ...] = ()
    """S3: the four flags of the public access block, by name; each stands for what S3 does where it is absent."""
    publicly_accessible: Value = NOTHING
    """Whether it gets an address reachable from the internet."""
    versioning: Value = NOTHING
    """S3: true where old versions of objects are kept."""
    backup: Value = NOTHING
    """Point-in-time recovery (a boolean) or the retention of automatic backups (a number of days; 0: none)."""
    deletion_protection: Value = NOTHING
    access_log: Value = NOTHING
    """Where accesses are logged, or which logs are exported; absent: none."""
    tls_enforced: Value = NOTHING
    """Whether connections without TLS are refused, where that is a property of the store itself."""
    tag_mutability: Value = NOTHING
    """Registries: `MUTABLE` or `IMMUTABLE`."""
    scan_on_push: Value = NOTHING
    """Registries: whether an image is scanned when it is pushed."""
    policy: Policy | None = None
    acl: Value = NOTHING
    """S3: the canned ACL; stands for `Private` where absent."""
    password: Value = NOTHING
    """Master password, where it is a property."""


class Secret(Node, frozen=True, kw_only=True, eq=False):
    """A secret that a service keeps, or a parameter that may hold one."""

    kind: Literal["secret", "parameter"] = "secret"
    """`parameter`: of the Systems Manager's parameter store; plain where a template makes it."""
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
    destination: Value = NOTHING
    """Trails and flow logs: the bucket or log group that keeps what they write."""
