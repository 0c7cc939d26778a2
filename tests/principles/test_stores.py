"""Stores: encryption, exposure, backups - and what the services do by themselves, which is no finding."""

from __future__ import annotations

import pytest


def resource(type_: str, properties: str = "{}", more: str = "") -> str:
    return f"Resources:\n  S:\n    Type: {type_}\n{more}    Properties: {properties}\n"


@pytest.mark.parametrize(
    ("type_", "properties", "severity"),
    [
        ("AWS::S3::Bucket", "{}", ""),
        ("AWS::DynamoDB::Table", "{}", ""),
        ("AWS::SQS::Queue", "{}", ""),
        ("AWS::SQS::Queue", "{SqsManagedSseEnabled: false}", "medium"),
        ("AWS::SQS::Queue", "{SqsManagedSseEnabled: false, KmsMasterKeyId: alias/x}", ""),
        ("AWS::SNS::Topic", "{}", "low"),
        ("AWS::SNS::Topic", "{KmsMasterKeyId: alias/aws/sns}", ""),
        ("AWS::RDS::DBInstance", "{Engine: mysql}", "medium"),
        ("AWS::RDS::DBInstance", "{Engine: mysql, StorageEncrypted: 'true'}", ""),
        ("AWS::RDS::DBInstance", "{Engine: aurora-mysql, DBClusterIdentifier: c}", ""),
        ("AWS::EFS::FileSystem", "{}", "medium"),
        ("AWS::Kinesis::Stream", "{ShardCount: 1}", "low"),
    ],
)
def test_encryption_at_rest(scan, type_: str, properties: str, severity: str) -> None:
    found = scan(resource(type_, properties), "unencrypted_store").findings
    assert [f.severity for f in found] == ([severity] if severity else [])


def test_a_volume_that_the_account_decides_about_is_possibly_unencrypted(scan) -> None:
    (found,) = scan(resource("AWS::EC2::Volume", "{AvailabilityZone: a, Size: 1}"), "unencrypted_store").findings
    assert (found.severity, found.certainty) == ("low", "possible") and "account" in found.condition


def test_a_machine_that_the_account_decides_about_may_answer_without_a_token(scan) -> None:
    (found,) = scan(resource("AWS::EC2::Instance", "{IamInstanceProfile: orders}"), "instance_metadata_v1").findings
    assert (found.severity, found.certainty) == ("low", "possible") and "account" in found.condition
    without_role = scan(resource("AWS::EC2::Instance", "{ImageId: ami-1}"), "instance_metadata_v1")
    assert not without_role.findings and not without_role.unknown


def test_backups_that_interrupt_an_instance_are_no_safe_fix(scan) -> None:
    (found,) = scan(resource("AWS::RDS::DBInstance", "{BackupRetentionPeriod: 0}"), "store_without_backup").findings
    assert found.fix is not None and not found.fix.safe
    (found,) = scan(resource("AWS::DynamoDB::Table", "{}"), "store_without_backup").findings
    assert found.fix is not None and found.fix.safe


@pytest.mark.parametrize(
    ("block", "severity"),
    [
        ("", ""),
        (
            "PublicAccessBlockConfiguration: {BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true}",
            "",
        ),
        ("PublicAccessBlockConfiguration: {BlockPublicAcls: true, BlockPublicPolicy: true}", "medium"),
        ("PublicAccessBlockConfiguration: {BlockPublicPolicy: true, RestrictPublicBuckets: true}", "low"),
    ],
)
def test_a_block_of_public_access_is_read_as_it_is_written(scan, block: str, severity: str) -> None:
    found = scan(resource("AWS::S3::Bucket", "{" + block + "}"), "public_bucket_access_not_blocked").findings
    assert [f.severity for f in found] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("properties", "severity"),
    [
        ("{AccessControl: Private}", ""),
        ("{AccessControl: LogDeliveryWrite}", ""),
        ("{AccessControl: PublicRead}", "low"),
        ("{AccessControl: PublicRead, PublicAccessBlockConfiguration: {BlockPublicPolicy: true}}", "high"),
    ],
)
def test_canned_lists_of_rights(scan, properties: str, severity: str) -> None:
    found = scan(resource("AWS::S3::Bucket", properties), "public_bucket_acl").findings
    assert [f.severity for f in found] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("type_", "properties", "severity"),
    [
        ("AWS::RDS::DBInstance", "{Engine: mysql, PubliclyAccessible: true}", "high"),
        ("AWS::RDS::DBInstance", "{Engine: mysql}", "medium"),
        ("AWS::RDS::DBInstance", "{Engine: mysql, DBSubnetGroupName: private, PubliclyAccessible: false}", ""),
        ("AWS::OpenSearchService::Domain", "{}", "medium"),
        ("AWS::OpenSearchService::Domain", "{VPCOptions: {SubnetIds: [subnet-1]}}", ""),
        ("AWS::ECR::PublicRepository", "{}", ""),
    ],
)
def test_public_addresses(scan, type_: str, properties: str, severity: str) -> None:
    found = scan(resource(type_, properties), "public_database").findings
    assert [f.severity for f in found] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("type_", "properties", "severity"),
    [
        ("AWS::DynamoDB::Table", "{}", "low"),
        ("AWS::RDS::DBInstance", "{Engine: mysql}", ""),
        ("AWS::RDS::DBInstance", "{Engine: mysql, BackupRetentionPeriod: 0}", "medium"),
        ("AWS::ElastiCache::ReplicationGroup", "{}", ""),
        ("AWS::SQS::Queue", "{}", ""),
    ],
)
def test_backups(scan, type_: str, properties: str, severity: str) -> None:
    found = scan(resource(type_, properties), "store_without_backup").findings
    assert [f.severity for f in found] == ([severity] if severity else [])


def test_a_table_that_the_stack_keeps_is_protected_from_it(scan) -> None:
    assert scan(resource("AWS::DynamoDB::Table"), "unprotected_deletion").findings[0].severity == "info"
    kept = resource("AWS::DynamoDB::Table", more="    DeletionPolicy: Retain\n")
    assert not scan(kept, "unprotected_deletion").findings


@pytest.mark.parametrize(
    ("type_", "properties", "count"),
    [
        ("AWS::RDS::DBInstance", "{MasterUserPassword: hunter2}", 1),
        ("AWS::RDS::DBInstance", "{MasterUserPassword: '{{resolve:secretsmanager:db}}'}", 0),
        ("AWS::RDS::DBInstance", "{ManageMasterUserPassword: true}", 0),
        ("AWS::SecretsManager::Secret", '{SecretString: \'{"username": "app", "password": "hunter2"}\'}', 1),
        ("AWS::SecretsManager::Secret", "{SecretString: hunter2}", 1),
        ("AWS::SecretsManager::Secret", "{GenerateSecretString: {PasswordLength: 30}}", 0),
        ("AWS::SSM::Parameter", "{Type: String, Name: /app/log-level, Value: debug}", 0),
        ("AWS::SSM::Parameter", "{Type: String, Name: /app/db-password, Value: hunter2}", 1),
        ("AWS::AmazonMQ::Broker", "{Users: [{Username: a, Password: hunter2hunter2}]}", 1),
        ("AWS::CodeBuild::Project", "{Environment: {EnvironmentVariables: [{Name: DB_PASSWORD, Value: hunter2}]}}", 1),
        (
            "AWS::CodeBuild::Project",
            "{Environment: {EnvironmentVariables: [{Name: DB_PASSWORD, Type: SECRETS_MANAGER, Value: db}]}}",
            0,
        ),
    ],
)
def test_passwords_in_properties(scan, type_: str, properties: str, count: int) -> None:
    assert len(scan(resource(type_, properties), "plaintext_password_property").findings) == count


@pytest.mark.parametrize(
    ("parameter", "count"),
    [
        ("DbPassword: {Type: String, NoEcho: true, Default: hunter2}", 1),
        ("DbPassword: {Type: String, Default: hunter2}", 1),
        ("DbPassword: {Type: String, NoEcho: true}", 0),
        ("DbPassword: {Type: String, NoEcho: true, Default: ''}", 0),
        ("DbUser: {Type: String, NoEcho: true, Default: admin}", 0),
        ("DbPasswordLength: {Type: Number, Default: 30}", 0),
    ],
)
def test_defaults_of_parameters(scan, parameter: str, count: int) -> None:
    template = f"Parameters:\n  {parameter}\nResources:\n  S:\n    Type: AWS::SQS::Queue\n"
    findings = scan(template, "plaintext_password_property").findings
    assert len(findings) == count
    assert "hunter2" not in str([(f.title, f.evidence) for f in findings])


def test_a_default_that_a_property_uses_is_told_once(scan) -> None:
    template = "Parameters:\n  DbPassword: {Type: String, Default: hunter2}\n" + resource(
        "AWS::RDS::DBInstance", "{MasterUserPassword: !Ref DbPassword}"
    )
    assert [f.address for f in scan(template, "plaintext_password_property").findings] == ["Parameters/DbPassword"]


def test_a_policy_of_a_bucket_that_both_name_by_the_same_parameters(scan) -> None:
    template = """\
Resources:
  Site:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub site-${AWS::AccountId}
      PublicAccessBlockConfiguration: {BlockPublicPolicy: false, RestrictPublicBuckets: false}
  Open:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Sub site-${AWS::AccountId}
      PolicyDocument: {Statement: {Effect: Allow, Principal: "*", Action: "s3:PutObject", Resource: !Sub "arn:aws:s3:::site-${AWS::AccountId}/*"}}
"""
    (found,) = scan(template, "public_resource_policy").findings
    assert found.certainty == "proved"
    (found,) = scan(template.replace("Bucket: !Sub site", "Bucket: !Sub other"), "public_resource_policy").findings
    assert found.certainty == "possible"


@pytest.mark.parametrize(
    ("properties", "severities"),
    [
        ("{Engine: mysql}", ["medium"]),
        ("{Engine: mysql, DBSubnetGroupName: default}", ["medium"]),
        ("{Engine: mysql, DBSubnetGroupName: private}", []),
        ("{Engine: mysql, PubliclyAccessible: false}", []),
        ("{Engine: postgres, PubliclyAccessible: true}", ["high"]),
        ("{Engine: aurora-postgresql}", []),
    ],
)
def test_clusters_of_rds_are_public_as_instances_are(scan, properties: str, severities: list[str]) -> None:
    found = scan(resource("AWS::RDS::DBCluster", properties), "public_database").findings
    assert [f.severity for f in found] == severities
