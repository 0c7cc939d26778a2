"""What keeps data: buckets, databases, queues, streams, file systems, registries."""

from __future__ import annotations

from fourfold.sources.terraform.translate.row import Row, Scalar, enabled

_BUCKET = "aws_s3_bucket"
ACL: dict[Scalar, Scalar] = {
    "private": "Private", "public-read": "PublicRead", "public-read-write": "PublicReadWrite",
    "authenticated-read": "AuthenticatedRead", "aws-exec-read": "AwsExecRead",
    "bucket-owner-read": "BucketOwnerRead", "bucket-owner-full-control": "BucketOwnerFullControl",
    "log-delivery-write": "LogDeliveryWrite",
}  # fmt: skip
_ENCRYPTION = {
    "rule": "/BucketEncryption.ServerSideEncryptionConfiguration",
    "rule.apply_server_side_encryption_by_default": "ServerSideEncryptionByDefault",
}
_PUBLIC_BY_VERSION = "it is `true` before version 6 of the AWS provider, and `false` since"
_SEARCH = Row("", {
    "encrypt_at_rest": "EncryptionAtRestOptions", "node_to_node_encryption": "NodeToNodeEncryptionOptions",
    "cluster_config": "ClusterConfig", "log_publishing_options": "",
}, provider={"DomainEndpointOptions.EnforceHTTPS": True}, name="domain_name", finish="search_domain")  # fmt: skip
_CLUSTER = {
    "cluster_identifier": "DBClusterIdentifier", "db_cluster_parameter_group_name": "DBClusterParameterGroupName",
    "enabled_cloudwatch_logs_exports": "EnableCloudwatchLogsExports",
    "iam_database_authentication_enabled": "EnableIAMDatabaseAuthentication", "master_password": "MasterUserPassword",
    "master_password_wo": "MasterUserPassword", "master_user_secret_kms_key_id": "MasterUserSecret.KmsKeyId",
    "restore_to_point_in_time.source_cluster_identifier": "/SourceDBClusterIdentifier",
    "restore_to_point_in_time": ".", "s3_import": "", "db_cluster_instance_class": "DBClusterInstanceClass",
    "db_instance_parameter_group_name": "DBInstanceParameterGroupName",
}  # fmt: skip

_KEY = "EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN"
_BUFFERING = {"buffering_interval": "BufferingHints.IntervalInSeconds", "buffering_size": "BufferingHints.SizeInMBs"}
_TO_BUCKET = {**_BUFFERING, "kms_key_arn": _KEY}
_DESTINATIONS: dict[str, str] = {
    "extended_s3_configuration.kms_key_arn": _KEY, "s3_configuration.kms_key_arn": _KEY,
    "extended_s3_configuration.s3_backup_configuration.kms_key_arn": _KEY,
    **{f"extended_s3_configuration.{name}": to for name, to in _BUFFERING.items()},
    **{
        f"{block}_configuration{inner}": to
        for block, kind in {
            "elasticsearch": "Elasticsearch", "http_endpoint": "HttpEndpoint", "iceberg": "Iceberg",
            "opensearch": "Amazonopensearchservice", "opensearchserverless": "AmazonOpenSearchServerless",
            "redshift": "Redshift", "snowflake": "Snowflake", "splunk": "Splunk",
        }.items()
        for inner, to in {
            "": f"{kind}DestinationConfiguration", ".s3_configuration": "S3Configuration",
            **{f".s3_configuration.{name}": below for name, below in _TO_BUCKET.items()},
            ".s3_backup_configuration": "S3BackupConfiguration", ".vpc_config": "VpcConfiguration",
            **{f".s3_backup_configuration.{name}": below for name, below in _TO_BUCKET.items()},
        }.items()
    },
    **{
        f"http_endpoint_configuration.{name}": f"EndpointConfiguration.{prop}"
        for name, prop in {"url": "Url", "name": "Name", "access_key": "AccessKey"}.items()
    },
}  # fmt: skip

ROWS: dict[str, Row] = {
    "aws_s3_bucket": Row("AWS::S3::Bucket", {
        "acl": "AccessControl", "policy": "", "versioning": "VersioningConfiguration",
        "versioning.enabled": "Status", "versioning.mfa_delete": "", "logging": "LoggingConfiguration",
        "logging.target_bucket": "DestinationBucketName", "logging.target_prefix": "LogFilePrefix",
        "server_side_encryption_configuration": ".",
        "server_side_encryption_configuration.rule": "/BucketEncryption.ServerSideEncryptionConfiguration",
        "server_side_encryption_configuration.rule.apply_server_side_encryption_by_default":
        "ServerSideEncryptionByDefault",
        "cors_rule": "CorsConfiguration.CorsRules", "lifecycle_rule": "", "website": "WebsiteConfiguration",
        "force_destroy": "", "grant": "", "replication_configuration": "", "object_lock_configuration": "",
        "acceleration_status": "AccelerateConfiguration.AccelerationStatus",
    }, words={"acl": ACL, **enabled("versioning.enabled", yes="Enabled", no="Suspended")}, name="bucket",
        finish="bucket"),
    "aws_s3_bucket_public_access_block": Row(
        parent="bucket", into=_BUCKET, below="PublicAccessBlockConfiguration", names={"skip_destroy": ""},
    ),
    "aws_s3_bucket_versioning": Row(parent="bucket", into=_BUCKET, names={
        "versioning_configuration.mfa_delete": "", "mfa": "",
    }),
    "aws_s3_bucket_server_side_encryption_configuration": Row(parent="bucket", into=_BUCKET, names=_ENCRYPTION),
    "aws_s3_bucket_acl": Row(parent="bucket", into=_BUCKET, names={"acl": "AccessControl", "access_control_policy": ""},
        words={"acl": ACL}, finish="bucket_acl"),
    "aws_s3_bucket_logging": Row(parent="bucket", into=_BUCKET, below="LoggingConfiguration", names={
        "target_bucket": "DestinationBucketName", "target_prefix": "LogFilePrefix", "target_grant": "",
    }),
    "aws_s3_bucket_ownership_controls": Row(parent="bucket", into=_BUCKET, names={"rule": "OwnershipControls.Rules"}),
    "aws_s3_bucket_cors_configuration": Row(parent="bucket", into=_BUCKET, names={
        "cors_rule": "CorsConfiguration.CorsRules",
    }),
    "aws_s3_bucket_website_configuration": Row(parent="bucket", into=_BUCKET, below="WebsiteConfiguration", names={
        "index_document.suffix": "/WebsiteConfiguration.IndexDocument",
        "error_document.key": "/WebsiteConfiguration.ErrorDocument",
        "index_document": ".", "error_document": ".", "routing_rule": "", "routing_rules": "",
    }),
    "aws_s3_bucket_notification": Row(parent="bucket", into=_BUCKET, names={
        "lambda_function": "NotificationConfiguration.LambdaConfigurations",
        "lambda_function.lambda_function_arn": "Function", "queue": "NotificationConfiguration.QueueConfigurations",
        "queue.queue_arn": "Queue", "topic": "NotificationConfiguration.TopicConfigurations",
        "topic.topic_arn": "Topic", "eventbridge": "",
        "lambda_function.events": "Event", "queue.events": "Event", "topic.events": "Event",
    }),
    "aws_s3_bucket_accelerate_configuration": Row(parent="bucket", into=_BUCKET, names={
        "status": "AccelerateConfiguration.AccelerationStatus",
    }),
    "aws_s3_bucket_lifecycle_configuration": Row(parent="bucket", into=_BUCKET, names={
        "rule": "LifecycleConfiguration.Rules", "rule.filter": "", "rule.expiration": "", "rule.transition": "Transitions",
        "rule.noncurrent_version_transition": "NoncurrentVersionTransitions",
    }),
    "aws_s3_bucket_object_lock_configuration": Row(parent="bucket", into=_BUCKET, names={
        "object_lock_enabled": "ObjectLockConfiguration.ObjectLockEnabled", "rule": "ObjectLockConfiguration.Rule",
    }),
    "aws_s3_bucket_replication_configuration": Row(parent="bucket", into=_BUCKET, below="ReplicationConfiguration"),
    "aws_s3_bucket_policy": Row("AWS::S3::BucketPolicy", {"policy": "PolicyDocument"}),
    "aws_s3_access_point": Row("AWS::S3::AccessPoint"),
    "aws_s3control_access_point_policy": Row(parent="access_point_arn", into="aws_s3_access_point"),
    "aws_s3control_multi_region_access_point_policy": Row("AWS::S3::MultiRegionAccessPointPolicy", {
        "details": ".", "details.name": "MrapName", "details.policy": "Policy",
    }),
    "aws_s3control_object_lambda_access_point_policy": Row("AWS::S3ObjectLambda::AccessPointPolicy", {
        "name": "ObjectLambdaAccessPoint", "policy": "PolicyDocument",
    }),
    "aws_s3control_bucket_policy": Row("AWS::S3Outposts::BucketPolicy", {"policy": "PolicyDocument"}),
    "aws_s3_directory_bucket": Row("AWS::S3Express::DirectoryBucket", {"bucket": "BucketName"}, name="bucket"),
    "aws_s3tables_table_bucket_policy": Row("AWS::S3Tables::TableBucketPolicy"),
    "aws_dynamodb_table": Row("AWS::DynamoDB::Table", {
        "server_side_encryption": "SSESpecification", "server_side_encryption.enabled": "SSEEnabled",
        "server_side_encryption.kms_key_arn": "KMSMasterKeyId",
        "point_in_time_recovery": "PointInTimeRecoverySpecification",
        "point_in_time_recovery.enabled": "PointInTimeRecoveryEnabled", "ttl": "TimeToLiveSpecification",
        "attribute": "AttributeDefinitions", "attribute.name": "AttributeName", "attribute.type": "AttributeType",
        "hash_key": "", "range_key": "", "read_capacity": "", "write_capacity": "", "stream_enabled": "",
        "stream_view_type": "StreamSpecification.StreamViewType", "replica": "", "import_table": "",
        "global_secondary_index": "", "local_secondary_index": "",
    }, finish="table"),
    "aws_dynamodb_table_replica": Row("AWS::DynamoDB::Table", {
        "global_table_arn": "TableName", "point_in_time_recovery": "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled",
        "kms_key_arn": "SSESpecification.KMSMasterKeyId", "table_class_override": "TableClass",
    }, finish="table_replica"),
    "aws_dynamodb_resource_policy": Row(parent="resource_arn", into="aws_dynamodb_table", names={
        "policy": "ResourcePolicy.PolicyDocument",
    }),
    "aws_keyspaces_table": Row("AWS::Cassandra::Table", {
        "point_in_time_recovery": ".", "point_in_time_recovery.status": "PointInTimeRecoveryEnabled",
    }, words={"point_in_time_recovery.status": {"ENABLED": True, "DISABLED": False}}, name="table_name"),
    "aws_timestreamwrite_database": Row("AWS::Timestream::Database"),
    "aws_timestreaminfluxdb_db_instance": Row("AWS::Timestream::InfluxDBInstance"),
    "aws_qldb_ledger": Row("AWS::QLDB::Ledger"),
    "aws_db_instance": Row("AWS::RDS::DBInstance", {
        "identifier": "DBInstanceIdentifier", "instance_class": "DBInstanceClass", "db_name": "DBName",
        "name": "DBName", "username": "MasterUsername", "password": "MasterUserPassword",
        "password_wo": "MasterUserPassword", "vpc_security_group_ids": "VPCSecurityGroups",
        "enabled_cloudwatch_logs_exports": "EnableCloudwatchLogsExports",
        "iam_database_authentication_enabled": "EnableIAMDatabaseAuthentication",
        "snapshot_identifier": "DBSnapshotIdentifier", "replicate_source_db": "SourceDBInstanceIdentifier",
        "backup_window": "PreferredBackupWindow", "maintenance_window": "PreferredMaintenanceWindow",
        "parameter_group_name": "DBParameterGroupName", "performance_insights_enabled": "EnablePerformanceInsights",
        "performance_insights_kms_key_id": "PerformanceInsightsKMSKeyId", "ca_cert_identifier": "CACertificateIdentifier",
        "master_user_secret_kms_key_id": "MasterUserSecret.KmsKeyId", "security_group_names": "DBSecurityGroups",
        "restore_to_point_in_time": ".", "restore_to_point_in_time.source_db_instance_identifier":
        "SourceDBInstanceIdentifier", "restore_to_point_in_time.source_dbi_resource_id": "SourceDbiResourceId",
        "s3_import": "",
    }, provider={"PubliclyAccessible": False, "BackupRetentionPeriod": 0}, name="identifier", finish="db_instance"),
    "aws_rds_cluster": Row("AWS::RDS::DBCluster", _CLUSTER, provider={"Engine": "aurora"}, name="cluster_identifier"),
    "aws_rds_cluster_instance": Row("AWS::RDS::DBInstance", {
        "identifier": "DBInstanceIdentifier", "cluster_identifier": "DBClusterIdentifier",
        "instance_class": "DBInstanceClass", "performance_insights_enabled": "EnablePerformanceInsights",
        "performance_insights_kms_key_id": "PerformanceInsightsKMSKeyId", "ca_cert_identifier": "CACertificateIdentifier",
    }, provider={"PubliclyAccessible": False}, name="identifier"),
    "aws_rds_global_cluster": Row("AWS::RDS::GlobalCluster", name="global_cluster_identifier"),
    "aws_db_proxy": Row("AWS::RDS::DBProxy", {"name": "DBProxyName"}),
    "aws_db_proxy_default_target_group": Row("AWS::RDS::DBProxyTargetGroup", {
        "connection_pool_config": "ConnectionPoolConfigurationInfo",
    }),
    "aws_db_proxy_target": Row("AWS::RDS::DBProxyTargetGroup", {"target_group_name": "TargetGroupName"}),
    "aws_db_proxy_endpoint": Row("AWS::RDS::DBProxyEndpoint", name="db_proxy_endpoint_name"),
    "aws_docdb_cluster": Row("AWS::DocDB::DBCluster", _CLUSTER, name="cluster_identifier"),
    "aws_docdb_cluster_instance": Row("AWS::DocDB::DBInstance", {
        "identifier": "DBInstanceIdentifier", "cluster_identifier": "DBClusterIdentifier",
        "instance_class": "DBInstanceClass",
    }),
    "aws_docdbelastic_cluster": Row("AWS::DocDBElastic::Cluster"),
    "aws_neptune_cluster": Row("AWS::Neptune::DBCluster", {
        **_CLUSTER, "kms_key_arn": "KmsKeyId", "neptune_subnet_group_name": "DBSubnetGroupName",
        "enable_cloudwatch_logs_exports": "EnableCloudwatchLogsExports",
        "iam_database_authentication_enabled": "IamAuthEnabled",
        "neptune_cluster_parameter_group_name": "DBClusterParameterGroupName",
    }, provider={"DeletionProtection": False}, name="cluster_identifier"),
    "aws_dsql_cluster": Row("AWS::DSQL::Cluster"),
    "aws_dsql_cluster_policy": Row(parent="identifier", into="aws_dsql_cluster", names={"policy": "PolicyDocument"}),
    "aws_redshift_cluster": Row("AWS::Redshift::Cluster", {
        "master_password": "MasterUserPassword", "master_password_wo": "MasterUserPassword", "database_name": "DBName",
        "logging": "LoggingProperties", "logging.enable": "", "cluster_version": "ClusterVersion",
    }, unsaid={"PubliclyAccessible": _PUBLIC_BY_VERSION}, name="cluster_identifier"),
    "aws_redshift_logging": Row(parent="cluster_identifier", into="aws_redshift_cluster", below="LoggingProperties"),
    "aws_redshift_resource_policy": Row(parent="resource_arn", into="aws_redshift_cluster", names={
        "policy": "NamespaceResourcePolicy",
    }),
    "aws_redshiftserverless_resource_policy": Row(parent="resource_arn", into="aws_redshiftserverless_namespace", names={
        "policy": "NamespaceResourcePolicy",
    }),
    "aws_redshiftserverless_namespace": Row("AWS::RedshiftServerless::Namespace", {
        "admin_user_password_wo": "AdminUserPassword",
    }, name="namespace_name"),
    "aws_redshiftserverless_workgroup": Row("AWS::RedshiftServerless::Workgroup", name="workgroup_name"),
    "aws_elasticache_replication_group": Row("AWS::ElastiCache::ReplicationGroup", {
        "description": "ReplicationGroupDescription", "replication_group_description": "ReplicationGroupDescription",
        "node_type": "CacheNodeType", "subnet_group_name": "CacheSubnetGroupName",
        "parameter_group_name": "CacheParameterGroupName", "security_group_names": "CacheSecurityGroupNames",
        "maintenance_window": "PreferredMaintenanceWindow", "auth_token_wo": "AuthToken",
    }, name="replication_group_id"),
    "aws_elasticache_cluster": Row("AWS::ElastiCache::CacheCluster", {
        "cluster_id": "ClusterName", "node_type": "CacheNodeType", "subnet_group_name": "CacheSubnetGroupName",
        "parameter_group_name": "CacheParameterGroupName", "security_group_ids": "VpcSecurityGroupIds",
        "maintenance_window": "PreferredMaintenanceWindow",
    }, name="cluster_id"),
    "aws_elasticache_serverless_cache": Row("AWS::ElastiCache::ServerlessCache", {"name": "ServerlessCacheName"}),
    "aws_memorydb_cluster": Row("AWS::MemoryDB::Cluster", {"kms_key_arn": "KmsKeyId"}),
    "aws_dax_cluster": Row("AWS::DAX::Cluster", {
        "server_side_encryption": "SSESpecification", "server_side_encryption.enabled": "SSEEnabled",
    }, name="cluster_name"),
    "aws_opensearch_domain": _SEARCH._replace(type="AWS::OpenSearchService::Domain"),
    "aws_opensearch_domain_policy": Row(parent="domain_name", into="aws_opensearch_domain"),
    "aws_elasticsearch_domain": _SEARCH._replace(type="AWS::Elasticsearch::Domain", names={
        **_SEARCH.names, "cluster_config": "ElasticsearchClusterConfig",
    }),
    "aws_elasticsearch_domain_policy": Row(parent="domain_name", into="aws_elasticsearch_domain"),
    "aws_opensearchserverless_collection": Row("AWS::OpenSearchServerless::Collection"),
    "aws_sqs_queue": Row("AWS::SQS::Queue", {
        "max_message_size": "MaximumMessageSize", "message_retention_seconds": "MessageRetentionPeriod",
        "receive_wait_time_seconds": "ReceiveMessageWaitTimeSeconds", "visibility_timeout_seconds": "VisibilityTimeout",
        "kms_data_key_reuse_period_seconds": "KmsDataKeyReusePeriodSeconds", "policy": "",
    }, finish="queue"),
    "aws_sqs_queue_policy": Row("AWS::SQS::QueuePolicy", {"queue_url": "Queues", "policy": "PolicyDocument"}),
    "aws_sqs_queue_redrive_policy": Row(parent="queue_url", into="aws_sqs_queue"),
    "aws_sns_topic": Row("AWS::SNS::Topic", {"policy": ""}, finish="topic"),
    "aws_sns_topic_policy": Row("AWS::SNS::TopicPolicy", {"arn": "Topics", "policy": "PolicyDocument"}),
    "aws_sns_topic_subscription": Row("AWS::SNS::Subscription"),
    "aws_mq_broker": Row("AWS::AmazonMQ::Broker", {"user": "Users"}, name="broker_name"),
    "aws_kinesis_stream": Row("AWS::Kinesis::Stream", {
        "encryption_type": "StreamEncryption.EncryptionType", "kms_key_id": "StreamEncryption.KeyId",
        "retention_period": "RetentionPeriodHours",
    }),
    "aws_kinesis_resource_policy": Row("AWS::Kinesis::ResourcePolicy", {"policy": "ResourcePolicy"}),
    "aws_kinesis_video_stream": Row("AWS::KinesisVideo::Stream"),
    "aws_kinesis_firehose_delivery_stream": Row("AWS::KinesisFirehose::DeliveryStream", {
        "server_side_encryption": "DeliveryStreamEncryptionConfigurationInput", "destination": "",
        "extended_s3_configuration": "ExtendedS3DestinationConfiguration", "s3_configuration": "S3DestinationConfiguration",
        "kinesis_source_configuration": "KinesisStreamSourceConfiguration", "server_side_encryption.enabled": "",
        **_DESTINATIONS,
    }, finish="firehose"),
    "aws_msk_cluster": Row("AWS::MSK::Cluster", {
        "encryption_info.encryption_at_rest_kms_key_arn": "EncryptionAtRest.DataVolumeKMSKeyId",
        "client_authentication.unauthenticated": "Unauthenticated.Enabled",
        "client_authentication.sasl.iam": "Iam.Enabled", "client_authentication.sasl.scram": "Scram.Enabled",
    }, provider={"EncryptionInfo.EncryptionInTransit.ClientBroker": "TLS"}, name="cluster_name"),
    "aws_msk_serverless_cluster": Row("AWS::MSK::ServerlessCluster", name="cluster_name"),
    "aws_msk_cluster_policy": Row("AWS::MSK::ClusterPolicy"),
    "aws_efs_file_system": Row("AWS::EFS::FileSystem", {"lifecycle_policy": "LifecyclePolicies", "creation_token": ""},
        name="creation_token"),
    "aws_efs_file_system_policy": Row(parent="file_system_id", into="aws_efs_file_system", names={
        "policy": "FileSystemPolicy",
    }),
    "aws_efs_backup_policy": Row(parent="file_system_id", into="aws_efs_file_system"),
    "aws_efs_mount_target": Row("AWS::EFS::MountTarget"),
    "aws_efs_access_point": Row("AWS::EFS::AccessPoint"),
    **{
        f"aws_fsx_{kind}_file_system": Row("AWS::FSx::FileSystem")
        for kind in ("lustre", "windows", "ontap", "openzfs")
    },
    "aws_ecr_repository": Row("AWS::ECR::Repository", {
        "name": "RepositoryName", "force_delete": "EmptyOnDelete",
        "image_tag_mutability_exclusion_filter.filter": "ImageTagMutabilityExclusionFilterValue",
        "image_tag_mutability_exclusion_filter.filter_type": "ImageTagMutabilityExclusionFilterType",
    }, refers={"repository_url": "RepositoryUri"}),
    "aws_ecr_repository_policy": Row(parent="repository", into="aws_ecr_repository", names={
        "policy": "RepositoryPolicyText",
    }),
    "aws_ecr_lifecycle_policy": Row(parent="repository", into="aws_ecr_repository", names={
        "policy": "LifecyclePolicy.LifecyclePolicyText",
    }),
    "aws_ecrpublic_repository": Row("AWS::ECR::PublicRepository", name="repository_name"),
    "aws_ecrpublic_repository_policy": Row(parent="repository_name", into="aws_ecrpublic_repository", names={
        "policy": "RepositoryPolicyText",
    }),
    "aws_ecr_registry_policy": Row("AWS::ECR::RegistryPolicy", {"policy": "PolicyText"}),
    "aws_ecr_registry_scanning_configuration": Row("AWS::ECR::RegistryScanningConfiguration"),
    "aws_dms_replication_instance": Row("AWS::DMS::ReplicationInstance", {
        "kms_key_arn": "KmsKeyId", "replication_instance_id": "ReplicationInstanceIdentifier",
        "replication_subnet_group_id": "ReplicationSubnetGroupIdentifier",
    }, provider={"PubliclyAccessible": False}),
    "aws_dms_endpoint": Row("AWS::DMS::Endpoint", {"endpoint_id": "EndpointIdentifier", "kms_key_arn": "KmsKeyId"}),
    "aws_ebs_volume": Row("AWS::EC2::Volume", {"type": "VolumeType"}),
    "aws_backup_vault": Row("AWS::Backup::BackupVault", {"kms_key_arn": "EncryptionKeyArn"}),
    "aws_backup_vault_policy": Row(parent="backup_vault_name", into="aws_backup_vault", names={"policy": "AccessPolicy"}),
    "aws_backup_logically_air_gapped_vault": Row("AWS::Backup::LogicallyAirGappedBackupVault"),
    "aws_codeartifact_domain": Row("AWS::CodeArtifact::Domain", name="domain"),
    "aws_codeartifact_domain_permissions_policy": Row(parent="domain", into="aws_codeartifact_domain", names={
        "policy_document": "PermissionsPolicyDocument",
    }),
    "aws_codeartifact_repository": Row("AWS::CodeArtifact::Repository", name="repository"),
    "aws_codeartifact_repository_permissions_policy": Row(
        parent="repository", into="aws_codeartifact_repository", names={"policy_document": "PermissionsPolicyDocument"},
    ),
    "aws_media_store_container": Row("AWS::MediaStore::Container"),
    "aws_media_store_container_policy": Row(parent="container_name", into="aws_media_store_container"),
    "aws_directory_service_directory": Row("AWS::DirectoryService::MicrosoftAD"),
}  # fmt: skip
