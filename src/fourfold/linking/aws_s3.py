"""S3 buckets, with their policies and access blocks.

Every bucket is encrypted since 2023-01-05, and new buckets block public access and disable ACLs since April 2023,
whoever makes them; but a public access block that is written is read as it is written.
Sources: Amazon S3 User Guide, "Default encryption FAQ", "Default settings for new S3 buckets FAQ", "Blocking public access
to your Amazon S3 storage"; CloudFormation reference of `AWS::S3::Bucket`.
"""

from __future__ import annotations

from collections.abc import Hashable

from msgspec.structs import replace

from fourfold.linking.aws_values import or_else, translate
from fourfold.linking.draft import Draft
from fourfold.model.nodes import DataStore, Policy
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Choice, Known, Text, Unknown, Value, known

BUCKET = "AWS::S3::Bucket"
FLAGS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
_STATUS = {"Enabled": True, "Suspended": False}


def add(draft: Draft, policies: dict[str, Policy]) -> None:
    """All buckets."""
    by_name = _by_name(draft)
    for bucket in draft.of_type(BUCKET):
        name = _identity(bucket, bucket.get("BucketName"))
        policy = policies.get(bucket.key)
        if policy is None and name is not None:
            policy = by_name.get(name)
        store = draft.add(_bucket(bucket, policy))
        if policy is not None:
            draft.connect(store, "has_policy", policy)
    for bucket in draft.of_type("AWS::S3Express::DirectoryBucket"):
        draft.add(
            DataStore(
                resource=bucket,
                name=bucket.address,
                at=bucket.properties,
                condition=bucket.condition,
                kind="bucket",
                encrypted=known(True, at=bucket.properties),
                kms_key=_rule(bucket).get("KMSMasterKeyID"),
                policy=policies.get(bucket.key),
            )
        )


def _by_name(draft: Draft) -> dict[Hashable, Policy]:
    """Policies of buckets that are named, not referred to."""
    out: dict[Hashable, Policy] = {}
    for resource in draft.of_type("AWS::S3::BucketPolicy"):
        name = _identity(resource, resource.get("Bucket"))
        if name is not None:
            for node in draft.by_resource.get(resource.key, ()):
                if isinstance(node, Policy):
                    out.setdefault(name, node)
    return out


def _identity(resource: Resource, name: Value) -> Hashable | None:
    """What is the same for two mentions of one bucket's name; None where that cannot be told.

    A name that is made of parameters (`site-${AWS::AccountId}`) is the same only where these are: in one template.
    """
    if isinstance(name, Known):
        return str(name.value)
    if isinstance(name, Text) and all(isinstance(p, str) or (isinstance(p, Unknown) and p.name) for p in name.parts):
        return resource.file, resource.variant, name.identity
    return None


def _bucket(bucket: Resource, policy: Policy | None) -> DataStore:
    get = bucket.get
    logging = get("LoggingConfiguration")
    rule = _rule(bucket)
    return DataStore(
        resource=bucket,
        name=bucket.address,
        at=bucket.properties,
        condition=bucket.condition,
        kind="bucket",
        encrypted=known(True, at=bucket.properties),
        algorithm=rule.get("SSEAlgorithm").default("AES256"),
        kms_key=rule.get("KMSMasterKeyID"),
        public_access=_access_block(get("PublicAccessBlockConfiguration")),
        versioning=_versioning(bucket),
        access_log=logging if logging.absent else or_else(logging.get("DestinationBucketName"), logging),
        policy=policy,
        acl=get("AccessControl").default("Private"),
    )


def _versioning(bucket: Resource) -> Value:
    """A bucket that is made with Object Lock keeps versions from the beginning.

    Source: Amazon S3 User Guide, "Object Lock considerations".
    """
    status, lock = bucket.get("VersioningConfiguration", "Status"), bucket.get("ObjectLockEnabled")
    if status.absent and lock.surely(True):
        return known(True, at=lock)
    return translate(status, _STATUS, absent=False)


def _rule(bucket: Resource) -> Value:
    return bucket.get("BucketEncryption", "ServerSideEncryptionConfiguration", 0, "ServerSideEncryptionByDefault")


def _access_block(block: Value) -> tuple[tuple[str, Value], ...]:
    return tuple((flag, _flag(block, flag)) for flag in FLAGS)


def _flag(block: Value, flag: str) -> Value:
    """Where no block is written, S3 gives a new bucket all four flags; in one that is written, what is missing is off."""
    if isinstance(block, Choice):
        return replace(block, yes=_flag(block.yes, flag), no=_flag(block.no, flag))
    return block.get(flag).default(isinstance(block, Absent))
