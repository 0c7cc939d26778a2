"""Types that no check reads today: a name in CloudFormation makes them resources that others can refer to."""

from __future__ import annotations

from fourfold.sources.terraform.translate.row import Row

_NAMES: dict[str, str] = {
    "aws_acm_certificate": "AWS::CertificateManager::Certificate",
    "aws_acmpca_certificate_authority": "AWS::ACMPCA::CertificateAuthority",
    "aws_appautoscaling_policy": "AWS::ApplicationAutoScaling::ScalingPolicy",
    "aws_appautoscaling_target": "AWS::ApplicationAutoScaling::ScalableTarget",
    "aws_autoscaling_policy": "AWS::AutoScaling::ScalingPolicy",
    "aws_autoscaling_schedule": "AWS::AutoScaling::ScheduledAction",
    "aws_cloudformation_stack": "AWS::CloudFormation::Stack",
    "aws_cloudwatch_dashboard": "AWS::CloudWatch::Dashboard",
    "aws_config_config_rule": "AWS::Config::ConfigRule",
    "aws_customer_gateway": "AWS::EC2::CustomerGateway",
    "aws_db_option_group": "AWS::RDS::OptionGroup",
    "aws_db_parameter_group": "AWS::RDS::DBParameterGroup",
    "aws_docdb_cluster_parameter_group": "AWS::DocDB::DBClusterParameterGroup",
    "aws_ec2_transit_gateway": "AWS::EC2::TransitGateway",
    "aws_elastic_beanstalk_application": "AWS::ElasticBeanstalk::Application",
    "aws_elastic_beanstalk_environment": "AWS::ElasticBeanstalk::Environment",
    "aws_elasticache_parameter_group": "AWS::ElastiCache::ParameterGroup",
    "aws_glue_catalog_database": "AWS::Glue::Database",
    "aws_glue_catalog_table": "AWS::Glue::Table",
    "aws_key_pair": "AWS::EC2::KeyPair",
    "aws_neptune_cluster_instance": "AWS::Neptune::DBInstance",
    "aws_neptune_cluster_parameter_group": "AWS::Neptune::DBClusterParameterGroup",
    "aws_placement_group": "AWS::EC2::PlacementGroup",
    "aws_rds_cluster_parameter_group": "AWS::RDS::DBClusterParameterGroup",
    "aws_redshift_parameter_group": "AWS::Redshift::ClusterParameterGroup",
    "aws_route53_health_check": "AWS::Route53::HealthCheck",
    "aws_route53_record": "AWS::Route53::RecordSet",
    "aws_route53_zone": "AWS::Route53::HostedZone",
    "aws_ses_domain_identity": "AWS::SES::EmailIdentity",
    "aws_ses_email_identity": "AWS::SES::EmailIdentity",
    "aws_volume_attachment": "AWS::EC2::VolumeAttachment",
    "aws_vpc_dhcp_options": "AWS::EC2::DHCPOptions",
    "aws_vpc_dhcp_options_association": "AWS::EC2::VPCDHCPOptionsAssociation",
    "aws_vpc_ipam": "AWS::EC2::IPAM",
    "aws_vpn_connection": "AWS::EC2::VPNConnection",
}

ROWS: dict[str, Row] = {
    **{name: Row(kind) for name, kind in _NAMES.items()},
    "aws_eks_access_policy_association": Row(
        parent="cluster_name+principal_arn", into="aws_eks_access_entry", below="AccessPolicies",
        names={"cluster_name": "", "principal_arn": ""},
    ),
    "aws_eks_access_entry": Row("AWS::EKS::AccessEntry", {"user_name": "Username"}, name="principal_arn"),
    "aws_s3_bucket_intelligent_tiering_configuration": Row(parent="bucket", into="aws_s3_bucket", names={
        "name": "", "status": "", "filter": "", "tiering": "",
    }),
    "aws_s3_bucket_metric": Row(parent="bucket", into="aws_s3_bucket", names={"name": "", "filter": ""}),
    "aws_s3_bucket_analytics_configuration": Row(parent="bucket", into="aws_s3_bucket", names={
        "name": "", "filter": "", "storage_class_analysis": "",
    }),
    "aws_s3_bucket_inventory": Row(parent="bucket", into="aws_s3_bucket", names={
        "name": "", "filter": "", "destination": "", "schedule": "", "included_object_versions": "", "enabled": "",
        "optional_fields": "",
    }),
    "aws_s3_bucket_request_payment_configuration": Row(parent="bucket", into="aws_s3_bucket", names={"payer": ""}),
}  # fmt: skip
