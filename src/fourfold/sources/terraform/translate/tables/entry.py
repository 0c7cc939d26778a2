"""Where requests come in: APIs, load balancers, distributions, user pools."""

from __future__ import annotations

from fourfold.sources.terraform.translate.row import Row

_BALANCER = Row("AWS::ElasticLoadBalancingV2::LoadBalancer", {
    "internal": "Scheme", "load_balancer_type": "Type", "subnet_mapping": "SubnetMappings",
    "access_logs": "", "connection_logs": "", "health_check_logs": "", "idle_timeout": "",
    "drop_invalid_header_fields": "", "enable_deletion_protection": "",
}, words={"internal": {True: "internal", False: "internet-facing", "true": "internal", "false": "internet-facing"}},
    finish="load_balancer")  # fmt: skip
_ACTION = {
    "authenticate_cognito": "AuthenticateCognitoConfig", "authenticate_oidc": "AuthenticateOidcConfig",
    "fixed_response": "FixedResponseConfig", "forward": "ForwardConfig", "redirect": "RedirectConfig",
    "forward.target_group.arn": "TargetGroupArn", "forward.stickiness": "TargetGroupStickinessConfig",
    "forward.stickiness.duration": "DurationSeconds",
}  # fmt: skip
_LISTENER = Row("AWS::ElasticLoadBalancingV2::Listener", {
    **{f"default_action.{name}": to for name, to in _ACTION.items()}, "default_action": "DefaultActions",
    "certificate_arn": "Certificates",
}, finish="listener")  # fmt: skip
_LISTENER_RULE = Row("AWS::ElasticLoadBalancingV2::ListenerRule", {
    **{f"action.{name}": to for name, to in _ACTION.items()}, "condition": "Conditions",
    "condition.query_string": "QueryStringConfig.Values",
}, finish="listener_rule")  # fmt: skip
_CHECK = {
    "enabled": "HealthCheckEnabled", "interval": "HealthCheckIntervalSeconds", "path": "HealthCheckPath",
    "port": "HealthCheckPort", "protocol": "HealthCheckProtocol", "timeout": "HealthCheckTimeoutSeconds",
    "healthy_threshold": "HealthyThresholdCount", "unhealthy_threshold": "UnhealthyThresholdCount",
    "matcher": "",
}  # fmt: skip
_TARGETS = Row("AWS::ElasticLoadBalancingV2::TargetGroup", {
    "health_check": ".", **{f"health_check.{name}": f"/{prop}" if prop else "" for name, prop in _CHECK.items()},
    "stickiness": "", "target_failover": "", "target_health_state": "", "target_group_health": "",
})  # fmt: skip
_CERTIFICATE = Row("AWS::ElasticLoadBalancingV2::ListenerCertificate", {
    "certificate_arn": "Certificates",
}, finish="listener")  # fmt: skip
_ATTACHMENT = Row(parent="target_group_arn", into="aws_lb_target_group", below="Targets", names={"target_id": "Id"})

ROWS: dict[str, Row] = {
    "aws_lb": _BALANCER,
    "aws_alb": _BALANCER,
    "aws_lb_listener": _LISTENER,
    "aws_alb_listener": _LISTENER,
    "aws_lb_listener_rule": _LISTENER_RULE,
    "aws_alb_listener_rule": _LISTENER_RULE,
    "aws_lb_target_group": _TARGETS,
    "aws_alb_target_group": _TARGETS,
    "aws_lb_target_group_attachment": _ATTACHMENT,
    "aws_alb_target_group_attachment": _ATTACHMENT,
    "aws_lb_listener_certificate": _CERTIFICATE,
    "aws_alb_listener_certificate": _CERTIFICATE,
    "aws_lb_trust_store": Row("AWS::ElasticLoadBalancingV2::TrustStore"),
    "aws_elb_attachment": Row(parent="elb", into="aws_elb", names={"instance": "Instances"}),
    "aws_elb": Row("AWS::ElasticLoadBalancing::LoadBalancer", {
        "internal": "Scheme", "name": "LoadBalancerName", "listener": "Listeners",
        "listener.lb_port": "LoadBalancerPort", "listener.lb_protocol": "Protocol",
        "listener.ssl_certificate_id": "SSLCertificateId", "access_logs": "AccessLoggingPolicy",
        "access_logs.bucket": "S3BucketName", "access_logs.bucket_prefix": "S3BucketPrefix",
        "access_logs.interval": "EmitInterval", "health_check": "", "cross_zone_load_balancing": "CrossZone",
        "connection_draining": "", "idle_timeout": "",
    }, words=_BALANCER.words, provider={"AccessLoggingPolicy.Enabled": True}),
    "aws_api_gateway_rest_api": Row("AWS::ApiGateway::RestApi", {
        "put_rest_api_mode": "Mode", "api_key_source": "ApiKeySourceType",
    }),
    "aws_api_gateway_rest_api_policy": Row(parent="rest_api_id", into="aws_api_gateway_rest_api"),
    "aws_api_gateway_resource": Row("AWS::ApiGateway::Resource"),
    "aws_api_gateway_method": Row("AWS::ApiGateway::Method", {"authorization": "AuthorizationType"}),
    "aws_api_gateway_integration": Row(into="aws_api_gateway_method", parent="rest_api_id+resource_id+http_method",
        below="Integration", names={
            "rest_api_id": "", "resource_id": "", "http_method": "", "timeout_milliseconds": "TimeoutInMillis",
        }),
    "aws_api_gateway_authorizer": Row("AWS::ApiGateway::Authorizer", {"provider_arns": "ProviderARNs"},
        provider={"Type": "TOKEN"}),
    "aws_api_gateway_deployment": Row("AWS::ApiGateway::Deployment", {"triggers": "", "variables": ""}),
    "aws_api_gateway_stage": Row("AWS::ApiGateway::Stage", {
        "access_log_settings": "AccessLogSetting", "xray_tracing_enabled": "TracingEnabled",
        "canary_settings": "CanarySetting", "variables": "Variables",
    }, name="stage_name"),
    "aws_api_gateway_method_settings": Row(into="aws_api_gateway_stage", parent="rest_api_id+stage_name",
        below="MethodSettings", names={"rest_api_id": "", "stage_name": "", "settings": ".", "method_path": ""},
        finish="method_settings"),
    "aws_api_gateway_domain_name": Row("AWS::ApiGateway::DomainName"),
    "aws_api_gateway_base_path_mapping": Row("AWS::ApiGateway::BasePathMapping", {
        "api_id": "RestApiId", "stage_name": "Stage",
    }),
    "aws_api_gateway_usage_plan": Row("AWS::ApiGateway::UsagePlan", {
        "quota_settings": "Quota", "throttle_settings": "Throttle", "api_stages.throttle": "",
    }),
    "aws_api_gateway_account": Row("AWS::ApiGateway::Account"),
    "aws_apigatewayv2_api": Row("AWS::ApiGatewayV2::Api", {"body": "Body"}),
    "aws_apigatewayv2_route": Row("AWS::ApiGatewayV2::Route"),
    "aws_apigatewayv2_stage": Row("AWS::ApiGatewayV2::Stage", {"name": "StageName"}),
    "aws_apigatewayv2_integration": Row("AWS::ApiGatewayV2::Integration", {
        "timeout_milliseconds": "TimeoutInMillis", "response_parameters": "",
    }),
    "aws_apigatewayv2_authorizer": Row("AWS::ApiGatewayV2::Authorizer", {"identity_sources": "IdentitySource"}),
    "aws_cloudfront_distribution": Row("AWS::CloudFront::Distribution", {
        "ordered_cache_behavior": "CacheBehaviors", "logging_config": "Logging", "origin": "Origins",
        "origin.origin_id": "Id", "origin.custom_origin_config": "CustomOriginConfig",
        "origin.custom_origin_config.origin_ssl_protocols": "OriginSSLProtocols",
        "viewer_certificate.acm_certificate_arn": "AcmCertificateArn", "restrictions.geo_restriction.locations": "Locations",
        "origin.custom_header": "OriginCustomHeaders", "origin.custom_header.name": "HeaderName",
        "origin.custom_header.value": "HeaderValue", "is_ipv6_enabled": "IPV6Enabled", "custom_error_response":
        "CustomErrorResponses", "tags": "/Tags", "origin_group": "", "web_acl_id": "WebACLId",
        "default_cache_behavior.lambda_function_association.lambda_arn": "LambdaFunctionARN",
        "ordered_cache_behavior.lambda_function_association.lambda_arn": "LambdaFunctionARN",
    }, below="DistributionConfig"),
    "aws_cloudfront_origin_access_control": Row("AWS::CloudFront::OriginAccessControl", below="OriginAccessControlConfig"),
    "aws_cloudfront_origin_access_identity": Row("AWS::CloudFront::CloudFrontOriginAccessIdentity",
        below="CloudFrontOriginAccessIdentityConfig", refers={"s3_canonical_user_id": "S3CanonicalUserId"}),
    "aws_cloudfront_vpc_origin": Row("AWS::CloudFront::VpcOrigin", {"vpc_origin_endpoint_config.origin_ssl_protocols":
        "OriginSSLProtocols"}),
    "aws_wafv2_web_acl_logging_configuration": Row("AWS::WAFv2::LoggingConfiguration", {
        "logging_filter": "", "redacted_fields": "",
    }),
    "aws_appsync_graphql_api": Row("AWS::AppSync::GraphQLApi", {"schema": "", "additional_authentication_provider":
        "AdditionalAuthenticationProviders"}),
    "aws_appsync_datasource": Row("AWS::AppSync::DataSource", {"lambda_config.function_arn": "LambdaFunctionArn"}),
    "aws_cognito_user_pool": Row("AWS::Cognito::UserPool", {
        "name": "UserPoolName", "password_policy": "Policies.PasswordPolicy", "mfa_configuration": "MfaConfiguration",
        "user_pool_add_ons": "UserPoolAddOns", "email_configuration.from_email_address": "From",
        "sign_in_policy": "Policies.SignInPolicy",
    }),
    "aws_cognito_user_pool_client": Row("AWS::Cognito::UserPoolClient", {"name": "ClientName"}),
    "aws_cognito_identity_provider": Row("AWS::Cognito::UserPoolIdentityProvider"),
    "aws_cognito_identity_pool": Row("AWS::Cognito::IdentityPool"),
    "aws_cognito_identity_pool_roles_attachment": Row("AWS::Cognito::IdentityPoolRoleAttachment", {"role_mapping": ""}),
    "aws_cognito_user_pool_domain": Row("AWS::Cognito::UserPoolDomain", {
        "certificate_arn": "CustomDomainConfig.CertificateArn",
    }),
    "aws_cognito_user_group": Row("AWS::Cognito::UserPoolGroup", {"name": "GroupName"}),
    "aws_cognito_user": Row("AWS::Cognito::UserPoolUser", {
        "attributes": "", "validation_data": "", "password": "", "temporary_password": "", "client_metadata": "",
    }, name="username"),
    "aws_cognito_resource_server": Row("AWS::Cognito::UserPoolResourceServer", {"scope": "Scopes"}),
    "aws_cognito_risk_configuration": Row("AWS::Cognito::UserPoolRiskConfigurationAttachment", {
        "compromised_credentials_risk_configuration": "CompromisedCredentialsRiskConfiguration",
    }),
}  # fmt: skip
