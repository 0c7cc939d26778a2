"""What stands before and behind applications: distributions, user pools, streams, event sources, stores beside."""

from __future__ import annotations

from typing import Any

import pytest
from sources.terraform.translating import properties, translated


def test_a_distribution_and_what_it_reads_by() -> None:
    text = """
        resource "aws_s3_bucket" "b" {}
        resource "aws_cloudfront_origin_access_control" "c" {
          name                              = "c"
          origin_access_control_origin_type = "s3"
          signing_behavior                  = "always"
          signing_protocol                  = "sigv4"
        }
        resource "aws_cloudfront_origin_access_identity" "i" { comment = "old" }
        resource "aws_cloudfront_distribution" "d" {
          enabled    = true
          web_acl_id = aws_wafv2_web_acl.w.arn
          origin {
            domain_name              = aws_s3_bucket.b.bucket_regional_domain_name
            origin_id                = "s3"
            origin_access_control_id = aws_cloudfront_origin_access_control.c.id
            s3_origin_config {
              origin_access_identity = aws_cloudfront_origin_access_identity.i.cloudfront_access_identity_path
            }
          }
          default_cache_behavior {
            target_origin_id       = "s3"
            viewer_protocol_policy = "allow-all"
            allowed_methods        = ["GET"]
            lambda_function_association {
              event_type = "viewer-request"
              lambda_arn = aws_lambda_function.f.qualified_arn
            }
          }
          viewer_certificate { minimum_protocol_version = "TLSv1" }
        }
        resource "aws_wafv2_web_acl" "w" { scope = "CLOUDFRONT" }
        resource "aws_lambda_function" "f" { function_name = "f" }
    """
    found = properties(text, "aws_cloudfront_distribution.d")["DistributionConfig"]
    assert found["WebACLId"] == "aws_wafv2_web_acl.w.Arn"
    assert found["Origins"] == [{
        "DomainName": "aws_s3_bucket.b.BucketRegionalDomainName", "Id": "s3",
        "OriginAccessControlId": "aws_cloudfront_origin_access_control.c",
        "S3OriginConfig": {
            "OriginAccessIdentity": "aws_cloudfront_origin_access_identity.i.CloudfrontAccessIdentityPath",
        },
    }]  # fmt: skip
    behavior = found["DefaultCacheBehavior"]
    assert behavior["ViewerProtocolPolicy"] == "allow-all"
    assert behavior["LambdaFunctionAssociations"][0]["LambdaFunctionARN"] == "aws_lambda_function.f.QualifiedArn"
    assert found["ViewerCertificate"] == {"MinimumProtocolVersion": "TLSv1"}
    assert (
        properties(text, "aws_cloudfront_origin_access_control.c")["OriginAccessControlConfig"]["SigningBehavior"]
        == "always"
    )
    assert properties(text, "aws_cloudfront_origin_access_identity.i") == {
        "CloudFrontOriginAccessIdentityConfig": {"Comment": "old"}
    }


@pytest.mark.parametrize(
    ("block", "prop", "inner", "expected"),
    [
        ("elasticsearch_configuration", "ElasticsearchDestinationConfiguration", 'index_name = "i"', {"IndexName": "i"}),
        ("opensearch_configuration", "AmazonopensearchserviceDestinationConfiguration", 'index_name = "i"',
         {"IndexName": "i"}),
        ("opensearchserverless_configuration", "AmazonOpenSearchServerlessDestinationConfiguration",
         'collection_endpoint = "https://x"', {"CollectionEndpoint": "https://x"}),
        ("http_endpoint_configuration", "HttpEndpointDestinationConfiguration", 'url = "https://x"\naccess_key = "k"',
         {"EndpointConfiguration": {"Url": "https://x", "AccessKey": "k"}}),
        ("redshift_configuration", "RedshiftDestinationConfiguration", 'username = "u"\npassword = "p"',
         {"Username": "u", "Password": "p"}),
        ("splunk_configuration", "SplunkDestinationConfiguration", 'hec_token = "t"', {"HECToken": "t"}),
        ("snowflake_configuration", "SnowflakeDestinationConfiguration", 'account_url = "https://x"',
         {"AccountUrl": "https://x"}),
        ("iceberg_configuration", "IcebergDestinationConfiguration", 'role_arn = "r"', {"RoleARN": "r"}),
    ],
)  # fmt: skip
def test_where_a_stream_delivers_to(block: str, prop: str, inner: str, expected: dict[str, Any]) -> None:
    text = f"""
        resource "aws_s3_bucket" "b" {{}}
        resource "aws_kinesis_firehose_delivery_stream" "s" {{
          name        = "s"
          destination = "x"
          {block} {{
            {inner}
            s3_configuration {{
              bucket_arn  = aws_s3_bucket.b.arn
              kms_key_arn = "k"
            }}
          }}
        }}
    """
    found = properties(text, "aws_kinesis_firehose_delivery_stream.s")[prop]
    backup = found.pop("S3Configuration")
    assert found == expected
    assert backup == {
        "BucketARN": "aws_s3_bucket.b.Arn",
        "EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN": "k"}},
    }


def test_a_replica_is_a_table_of_its_own() -> None:
    text = """
        resource "aws_dynamodb_table" "t" {
          name = "t"
          replica {
            region_name            = "eu-west-1"
            kms_key_arn            = "k"
            point_in_time_recovery = true
          }
        }
        resource "aws_dynamodb_table_replica" "r" {
          global_table_arn       = aws_dynamodb_table.t.arn
          point_in_time_recovery = false
        }
    """
    found = translated(text)
    inline = found["aws_dynamodb_table.t/replica/eu-west-1"]
    assert inline.type == "AWS::DynamoDB::Table"
    assert inline.properties.plain() == {
        "TableName": "t", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True, "KMSMasterKeyId": "k"},
    }  # fmt: skip
    assert found["aws_dynamodb_table_replica.r"].get("PointInTimeRecoverySpecification").plain() == {
        "PointInTimeRecoveryEnabled": False
    }


def test_event_sources_urls_and_permissions_of_a_function() -> None:
    text = """
        resource "aws_lambda_function" "f" { function_name = "f" }
        resource "aws_sqs_queue" "q" {}
        resource "aws_lambda_event_source_mapping" "m" {
          event_source_arn = aws_sqs_queue.q.arn
          function_name    = aws_lambda_function.f.arn
          destination_config {
            on_failure { destination_arn = aws_sqs_queue.q.arn }
          }
        }
        resource "aws_lambda_function_url" "u" {
          function_name      = aws_lambda_function.f.function_name
          authorization_type = "NONE"
          cors { allow_origins = ["*"] }
        }
        resource "aws_lambda_layer_version_permission" "p" {
          layer_name      = "arn:aws:lambda:eu-west-1:123456789012:layer:l"
          version_number  = 1
          principal       = "*"
          organization_id = "o-1"
          action          = "lambda:GetLayerVersion"
          statement_id    = "s"
        }
    """
    assert properties(text, "aws_lambda_event_source_mapping.m") == {
        "EventSourceArn": "aws_sqs_queue.q.Arn", "FunctionName": "aws_lambda_function.f.Arn",
        "DestinationConfig": {"OnFailure": {"Destination": "aws_sqs_queue.q.Arn"}},
    }  # fmt: skip
    assert properties(text, "aws_lambda_function_url.u") == {
        "TargetFunctionArn": "aws_lambda_function.f", "AuthType": "NONE", "Cors": {"AllowOrigins": ["*"]},
    }  # fmt: skip
    assert properties(text, "aws_lambda_layer_version_permission.p")["OrganizationId"] == "o-1"


def test_user_pools_and_identity_pools() -> None:
    text = """
        resource "aws_cognito_user_pool" "p" {
          name = "p"
          password_policy { minimum_length = 8 }
        }
        resource "aws_cognito_user_pool_domain" "d" {
          domain          = "auth.example.com"
          user_pool_id    = aws_cognito_user_pool.p.id
          certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/x"
        }
        resource "aws_cognito_user_group" "g" {
          name         = "admins"
          user_pool_id = aws_cognito_user_pool.p.id
          role_arn     = aws_iam_role.r.arn
        }
        resource "aws_iam_role" "r" { assume_role_policy = "{}" }
        resource "aws_cognito_identity_pool" "i" {
          identity_pool_name               = "i"
          allow_unauthenticated_identities = true
        }
        resource "aws_cognito_identity_pool_roles_attachment" "a" {
          identity_pool_id = aws_cognito_identity_pool.i.id
          roles            = { unauthenticated = aws_iam_role.r.arn }
        }
    """
    assert properties(text, "aws_cognito_user_pool.p") == {
        "UserPoolName": "p", "Policies": {"PasswordPolicy": {"MinimumLength": 8}},
    }  # fmt: skip
    assert properties(text, "aws_cognito_user_pool_domain.d")["CustomDomainConfig"]["CertificateArn"].endswith("/x")
    assert properties(text, "aws_cognito_user_group.g") == {
        "GroupName": "admins", "UserPoolId": "aws_cognito_user_pool.p", "RoleArn": "aws_iam_role.r.Arn",
    }  # fmt: skip
    assert properties(text, "aws_cognito_identity_pool.i")["AllowUnauthenticatedIdentities"] is True
    assert properties(text, "aws_cognito_identity_pool_roles_attachment.a") == {
        "IdentityPoolId": "aws_cognito_identity_pool.i", "Roles": {"unauthenticated": "aws_iam_role.r.Arn"},
    }  # fmt: skip


def test_who_gets_into_a_cluster() -> None:
    text = """
        resource "aws_eks_cluster" "c" { name = "c" }
        resource "aws_iam_role" "r" { assume_role_policy = "{}" }
        resource "aws_eks_access_entry" "e" {
          cluster_name  = aws_eks_cluster.c.name
          principal_arn = aws_iam_role.r.arn
        }
        resource "aws_eks_access_policy_association" "a" {
          cluster_name  = aws_eks_cluster.c.name
          principal_arn = aws_iam_role.r.arn
          policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
          access_scope { type = "cluster" }
        }
        resource "aws_eks_pod_identity_association" "p" {
          cluster_name    = aws_eks_cluster.c.name
          namespace       = "shop"
          service_account = "web"
          role_arn        = aws_iam_role.r.arn
        }
    """
    assert properties(text, "aws_eks_access_entry.e")["AccessPolicies"] == [
        {
            "PolicyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
            "AccessScope": {"Type": "cluster"},
        }
    ]
    assert properties(text, "aws_eks_pod_identity_association.p") == {
        "ClusterName": "aws_eks_cluster.c", "Namespace": "shop", "ServiceAccount": "web", "RoleArn": "aws_iam_role.r.Arn",
    }  # fmt: skip


def test_machines_and_what_starts_them() -> None:
    text = """
        resource "aws_launch_template" "t" {
          name                   = "t"
          image_id               = "ami-1"
          vpc_security_group_ids = ["sg-1"]
          metadata_options {
            http_tokens                 = "optional"
            http_put_response_hop_limit = 2
          }
          network_interfaces {
            associate_public_ip_address = true
            security_groups             = ["sg-2"]
          }
        }
        resource "aws_autoscaling_group" "g" {
          launch_template { id = aws_launch_template.t.id }
          vpc_zone_identifier = ["subnet-1"]
        }
        resource "aws_autoscaling_traffic_source_attachment" "a" {
          autoscaling_group_name = aws_autoscaling_group.g.name
          traffic_source {
            identifier = aws_lb_target_group.t.arn
            type       = "elbv2"
          }
        }
        resource "aws_lb_target_group" "t" {}
    """
    assert properties(text, "aws_launch_template.t") == {
        "LaunchTemplateName": "t",
        "LaunchTemplateData": {
            "ImageId": "ami-1", "SecurityGroupIds": ["sg-1"],
            "MetadataOptions": {"HttpTokens": "optional", "HttpPutResponseHopLimit": 2},
            "NetworkInterfaces": [{"AssociatePublicIpAddress": True, "Groups": ["sg-2"]}],
        },
    }  # fmt: skip
    assert properties(text, "aws_autoscaling_group.g") == {
        "LaunchTemplate": {"LaunchTemplateId": "aws_launch_template.t"}, "VPCZoneIdentifier": ["subnet-1"],
        "TrafficSources": [{"Identifier": "aws_lb_target_group.t", "Type": "elbv2"}],
    }  # fmt: skip
