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
    "forward.target_group.arn": "TargetGroupArn", "forward.stickiness": "",
}  # fmt: skip
_LISTENER = Row("AWS::ElasticLoadBalancingV2::Listener", {
    **{f"default_action.{name}": to for name, to in _ACTION.items()}, "default_action": "DefaultActions",
    "certificate_arn": "Certificates",
}, finish="listener")  # fmt: skip
_LISTENER_RULE = Row("AWS::ElasticLoadBalancingV2::ListenerRule", {
    **{f"action.{name}": to for name, to in _ACTION.items()},
    "condition": "",
})  # fmt: skip
_TARGETS = Row("AWS::ElasticLoadBalancingV2::TargetGroup", {
    "health_check": "", "stickiness": "", "target_failover": "", "target_health_state": "", "target_group_health": "",
})  # fmt: skip
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
    "aws_elb": Row("AWS::ElasticLoadBalancing::LoadBalancer", {
        "internal": "Scheme", "name": "LoadBalancerName", "listener": "Listeners",
        "listener.lb_port": "LoadBalancerPort", "listener.lb_protocol": "Protocol",
        "listener.ssl_certificate_id": "SSLCertificateId", "access_logs": "AccessLoggingPolicy",
        "access_logs.bucket": "S3BucketName", "access_logs.bucket_prefix": "S3BucketPrefix",
        "access_logs.interval": "EmitInterval", "health_check": "", "cross_zone_load_balancing": "CrossZone",
        "connection_draining": "", "idle_timeout": "",
    }, words=_BALANCER.words, provider={"AccessLoggingPolicy.Enabled": True}),
    "aws_api_gateway_rest_api": Row("AWS::ApiGateway::RestApi", {"put_rest_api_mode": "Mode"}),
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
    "aws_api_gateway_base_path_mapping": Row("AWS::ApiGateway::BasePathMapping", {"api_id": "RestApiId"}),
    "aws_api_gateway_usage_plan": Row("AWS::ApiGateway::UsagePlan"),
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
    }, below="DistributionConfig"),
    "aws_appsync_graphql_api": Row("AWS::AppSync::GraphQLApi", {"schema": "", "additional_authentication_provider":
        "AdditionalAuthenticationProviders"}),
    "aws_appsync_datasource": Row("AWS::AppSync::DataSource", {"lambda_config.function_arn": "LambdaFunctionArn"}),
    "aws_cognito_user_pool": Row("AWS::Cognito::UserPool", {
        "name": "UserPoolName", "password_policy": "Policies.PasswordPolicy", "mfa_configuration": "MfaConfiguration",
        "user_pool_add_ons": "UserPoolAddOns",
    }),
    "aws_cognito_user_pool_client": Row("AWS::Cognito::UserPoolClient", {"name": "ClientName"}),
    "aws_cognito_identity_provider": Row("AWS::Cognito::UserPoolIdentityProvider"),
    "aws_cognito_identity_pool": Row("AWS::Cognito::IdentityPool"),
}  # fmt: skip
