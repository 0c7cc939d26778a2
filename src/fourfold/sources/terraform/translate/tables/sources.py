"""Where it stands what the provider sends, or leaves open, where nothing is written: one entry for each of the rows' defaults.

Pages are of the provider's documentation (https://registry.terraform.io/providers/hashicorp/aws/latest/docs), read for
version 6; files are of https://github.com/hashicorp/terraform-provider-aws.
"""

from __future__ import annotations

SOURCES: dict[str, str] = {
    "aws_api_gateway_authorizer": "resources/api_gateway_authorizer, `type`",
    "aws_cloudtrail": "resources/cloudtrail, `enable_logging`",
    "aws_cloudwatch_event_permission": "resources/cloudwatch_event_permission, `action`",
    "aws_db_instance": "resources/db_instance, `publicly_accessible` and `backup_retention_period`",
    "aws_default_subnet": "Amazon VPC User Guide, Default subnets: they give public IPv4 addresses",
    "aws_dms_replication_instance": "internal/service/dms/replication_instance.go: `publicly_accessible` is always sent",
    "aws_elasticsearch_domain": "resources/elasticsearch_domain, `domain_endpoint_options.enforce_https`",
    "aws_elb": "resources/elb, `access_logs.enabled`",
    "aws_guardduty_detector": "resources/guardduty_detector, `enable`",
    "aws_kms_external_key": "resources/kms_external_key: its material is imported",
    "aws_lambda_function_event_invoke_config": "resources/lambda_function_event_invoke_config, `qualifier`",
    "aws_msk_cluster": "resources/msk_cluster, `encryption_info.encryption_in_transit.client_broker`",
    "aws_neptune_cluster": "resources/neptune_cluster, `deletion_protection`",
    "aws_opensearch_domain": "resources/opensearch_domain, `domain_endpoint_options.enforce_https`",
    "aws_organizations_policy": "resources/organizations_policy, `type`",
    "aws_rds_cluster": "CHANGELOG of version 5.0.0: `engine` was `aurora` before, and has to be written since",
    "aws_rds_cluster_instance": "resources/rds_cluster_instance, `publicly_accessible`",
    "aws_redshift_cluster": "guides/version-6-upgrade, `publicly_accessible`",
}
