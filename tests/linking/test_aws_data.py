"""Stores of data, with what each service does where nothing is written."""

import pytest
from linking.aws_template import PROD, graph

from fourfold.model.condition import negate
from fourfold.model.nodes import DataStore, Key
from fourfold.model.nodes.node import NOTHING


def store(kind: str, properties: str = "", more: str = "") -> DataStore:
    return graph(f"S: {{Type: {kind}, Properties: {{{properties}}}}}\n{more}").of(DataStore)[0]


ENCRYPTED = [
    ("AWS::S3::Bucket", "", True),
    ("AWS::DynamoDB::Table", "", True),
    ("AWS::SQS::Queue", "", True),
    ("AWS::SQS::Queue", "SqsManagedSseEnabled: false", False),
    ("AWS::SQS::Queue", "SqsManagedSseEnabled: false, KmsMasterKeyId: k", True),
    ("AWS::SNS::Topic", "", False),
    ("AWS::SNS::Topic", "KmsMasterKeyId: alias/aws/sns", True),
    ("AWS::Kinesis::Stream", "", False),
    ("AWS::Kinesis::Stream", "StreamEncryption: {EncryptionType: KMS, KeyId: k}", True),
    ("AWS::KinesisFirehose::DeliveryStream", "", False),
    (
        "AWS::KinesisFirehose::DeliveryStream",
        "DeliveryStreamEncryptionConfigurationInput: {KeyType: AWS_OWNED_CMK}",
        True,
    ),
    ("AWS::EFS::FileSystem", "", False),
    ("AWS::EFS::FileSystem", "Encrypted: true", True),
    ("AWS::RDS::DBInstance", "Engine: mysql", False),
    ("AWS::RDS::DBInstance", "Engine: mysql, StorageEncrypted: true", True),
    ("AWS::RDS::DBCluster", "Engine: aurora-postgresql", True),
    ("AWS::RDS::DBCluster", "Engine: aurora-mysql, StorageEncrypted: false", True),
    ("AWS::RDS::DBCluster", "Engine: postgres", False),
    ("AWS::DocDB::DBCluster", "", False),
    ("AWS::Neptune::DBCluster", "StorageEncrypted: true", True),
    ("AWS::Redshift::Cluster", "", True),
    ("AWS::ElastiCache::ReplicationGroup", "", False),
    ("AWS::ElastiCache::ReplicationGroup", "Engine: valkey", True),
    ("AWS::MemoryDB::Cluster", "", True),
    ("AWS::DAX::Cluster", "", False),
    ("AWS::OpenSearchService::Domain", "", False),
    ("AWS::OpenSearchService::Domain", "EncryptionAtRestOptions: {Enabled: true}", True),
    ("AWS::MSK::Cluster", "", True),
    ("AWS::FSx::FileSystem", "", True),
    ("AWS::ECR::Repository", "", True),
    ("AWS::EC2::Volume", "Encrypted: true", True),
    ("AWS::EC2::Volume", "Encrypted: false", False),
]


@pytest.mark.parametrize(("kind", "properties", "expected"), ENCRYPTED)
def test_encrypted(kind: str, properties: str, expected: bool) -> None:
    assert store(kind, properties).encrypted.surely(expected)


@pytest.mark.parametrize(
    ("kind", "properties", "reason"),
    [
        ("AWS::EC2::Volume", "", "EBS encryption by default"),
        ("AWS::RDS::DBInstance", "DBSnapshotIdentifier: s", "snapshot"),
        ("AWS::RDS::DBCluster", "Engine: !Ref AnyEngine", "engine"),
        ("AWS::RDS::DBCluster", "Engine: aurora-mysql, SnapshotIdentifier: s", "snapshot"),
        ("AWS::ElastiCache::ReplicationGroup", "Engine: !Ref AnyEngine", "engine"),
        ("AWS::EFS::FileSystem", "Encrypted: !Ref AnyFlag", "AnyFlag"),
    ],
)
def test_encryption_that_is_not_known(kind: str, properties: str, reason: str) -> None:
    value = store(kind, properties).encrypted
    assert reason in value.reason
    assert not value.surely(True)
    assert not value.surely(False)


def test_encryption_by_condition() -> None:
    value = store("AWS::SNS::Topic", "KmsMasterKeyId: !If [x, k, !Ref AWS::NoValue]").encrypted
    assert {c: v.plain() for c, v in value.alternatives()} == {PROD: True, negate(PROD): False}


def test_a_database_that_may_be_made_from_a_snapshot() -> None:
    value = store(
        "AWS::RDS::DBInstance", "Engine: mysql, DBSnapshotIdentifier: !If [x, s, !Ref AWS::NoValue]"
    ).encrypted
    sides = dict(value.alternatives())
    assert "snapshot" in sides[PROD].reason
    assert sides[negate(PROD)].plain() is False


def test_an_access_block_by_condition() -> None:
    block = "PublicAccessBlockConfiguration: !If [x, {BlockPublicAcls: true}, !Ref AWS::NoValue]"
    flags = dict(store("AWS::S3::Bucket", block).public_access)
    assert flags["BlockPublicAcls"].surely(True)
    assert {c: v.plain() for c, v in flags["BlockPublicPolicy"].alternatives()} == {PROD: False, negate(PROD): True}


def test_an_instance_of_a_cluster_has_the_clusters_settings() -> None:
    instance = store("AWS::RDS::DBInstance", "Engine: aurora-mysql, DBClusterIdentifier: c")
    assert instance.encrypted is NOTHING
    assert instance.backup is NOTHING
    assert instance.deletion_protection is NOTHING
    assert instance.publicly_accessible.surely(False)


@pytest.mark.parametrize(
    ("properties", "public"),
    [
        ("Engine: mysql", True),
        ("Engine: mysql, DBSubnetGroupName: default", True),
        ("Engine: mysql, DBSubnetGroupName: mine", False),
        ("Engine: mysql, DBSubnetGroupName: !Ref G", False),
        ("Engine: mysql, PubliclyAccessible: false", False),
        ("Engine: mysql, PubliclyAccessible: true, DBSubnetGroupName: mine", True),
    ],
)
def test_whether_a_database_is_public(properties: str, public: bool) -> None:
    group = "G: {Type: AWS::RDS::DBSubnetGroup, Properties: {}}"
    assert store("AWS::RDS::DBInstance", properties, group).publicly_accessible.surely(public)


def test_a_subnet_group_that_is_not_known() -> None:
    assert store("AWS::RDS::DBInstance", "DBSubnetGroupName: !Ref AnyGroup").publicly_accessible.reason


def test_backups_and_protection() -> None:
    table = store("AWS::DynamoDB::Table")
    assert table.backup.surely(False)
    assert table.deletion_protection.surely(False)
    assert store("AWS::RDS::DBInstance", "Engine: mysql").backup.surely(1)
    assert store("AWS::Neptune::DBCluster").deletion_protection.surely(True)
    assert store("AWS::EFS::FileSystem", "BackupPolicy: {Status: ENABLED}").backup.surely(True)


def test_a_bucket_with_nothing_written() -> None:
    bucket = store("AWS::S3::Bucket")
    assert bucket.algorithm.surely("AES256")
    assert [value.surely(True) for _, value in bucket.public_access] == [True] * 4
    assert bucket.versioning.surely(False)
    assert bucket.acl.surely("Private")
    assert bucket.access_log.absent
    assert bucket.policy is None


def test_a_bucket_with_everything_written() -> None:
    g = graph("""
        B:
          Type: AWS::S3::Bucket
          Properties:
            AccessControl: PublicRead
            VersioningConfiguration: {Status: Enabled}
            LoggingConfiguration: {DestinationBucketName: !Ref Logs}
            PublicAccessBlockConfiguration: {BlockPublicAcls: true}
            BucketEncryption:
              ServerSideEncryptionConfiguration:
                - ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms", KMSMasterKeyID: !GetAtt K.Arn}
        Logs: {Type: AWS::S3::Bucket, Properties: {}}
        K: {Type: AWS::KMS::Key, Properties: {}}
        P:
          Type: AWS::S3::BucketPolicy
          Properties: {Bucket: !Ref B, PolicyDocument: {Statement: [{Effect: Allow, Principal: "*", Action: "s3:*"}]}}
    """)
    bucket, logs = g.of(DataStore)
    assert bucket.algorithm.surely("aws:kms")
    assert bucket.versioning.surely(True)
    assert {name: value.surely(True) for name, value in bucket.public_access} == {
        "BlockPublicAcls": True, "BlockPublicPolicy": False, "IgnorePublicAcls": False, "RestrictPublicBuckets": False,
    }  # fmt: skip
    assert bucket.policy is not None
    assert bucket.policy.resource.address == "P"
    assert g.out(bucket, "logs_to") == [logs]
    assert g.out(bucket, "encrypted_by") == g.of(Key)


def test_a_policy_that_names_its_bucket() -> None:
    g = graph("""
        B: {Type: AWS::S3::Bucket, Properties: {BucketName: shop-data}}
        P: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: shop-data, PolicyDocument: {Statement: []}}}
    """)
    assert g.of(DataStore)[0].policy is not None


def test_policies_of_queues_and_repositories() -> None:
    g = graph("""
        Q: {Type: AWS::SQS::Queue, Properties: {}}
        P: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Q], PolicyDocument: {Statement: []}}}
        R: {Type: AWS::ECR::Repository, Properties: {RepositoryPolicyText: {Statement: []}}}
    """)
    assert all(s.policy is not None for s in g.of(DataStore))


def test_a_registry() -> None:
    registry = store("AWS::ECR::Repository")
    assert registry.tag_mutability.surely("MUTABLE")
    assert "account's registry" in registry.scan_on_push.reason
    assert store("AWS::ECR::Repository", "ImageScanningConfiguration: {ScanOnPush: false}").scan_on_push.surely(False)


def test_replicas_of_a_global_table() -> None:
    g = graph("""
        T:
          Type: AWS::DynamoDB::GlobalTable
          Properties:
            Replicas:
              - {Region: eu-west-1, PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}}
              - !If [x, {Region: us-east-1}, !Ref AWS::NoValue]
    """)
    eu, us = g.of(DataStore)
    assert (eu.address, us.address) == ("T/replica/eu-west-1", "T/replica/us-east-1")
    assert eu.backup.surely(True)
    assert us.condition == PROD


def test_volumes_of_machines() -> None:
    g = graph("""
        L:
          Type: AWS::EC2::LaunchTemplate
          Properties:
            LaunchTemplateData:
              BlockDeviceMappings: [{DeviceName: /dev/xvda, Ebs: {Encrypted: true}}, {DeviceName: /dev/b, VirtualName: e}]
    """)
    (volume,) = g.of(DataStore)
    assert volume.address == "L/volume//dev/xvda"
    assert volume.encrypted.surely(True)


def test_search_domains_are_public_outside_of_a_vpc() -> None:
    assert store("AWS::OpenSearchService::Domain").publicly_accessible.surely(True)
    assert store("AWS::OpenSearchService::Domain", "VPCOptions: {SubnetIds: [s]}").publicly_accessible.surely(False)
    assert store("AWS::OpenSearchService::Domain").tls_enforced.surely(False)


def test_passwords_are_kept_as_they_are_written() -> None:
    assert store("AWS::RDS::DBInstance", "MasterUserPassword: hunter2").password.surely("hunter2")
    assert store("AWS::RDS::DBInstance", "ManageMasterUserPassword: true").password.absent


def test_the_source_stream_of_a_delivery_stream_decides() -> None:
    stream = store("AWS::KinesisFirehose::DeliveryStream", "DeliveryStreamType: KinesisStreamAsSource")
    assert stream.encrypted is NOTHING


def test_kafka_whose_documentation_contradicts_itself() -> None:
    assert store("AWS::MSK::Cluster").tls_enforced.reason
    written = "EncryptionInfo: {EncryptionInTransit: {ClientBroker: TLS_PLAINTEXT}}"
    assert store("AWS::MSK::Cluster", written).tls_enforced.surely(False)


def test_a_bucket_with_object_lock_keeps_versions() -> None:
    assert store("AWS::S3::Bucket", "ObjectLockEnabled: true").versioning.surely(True)
    assert store("AWS::S3::Bucket", "ObjectLockEnabled: false").versioning.surely(False)
