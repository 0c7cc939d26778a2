"""Ways in from outside: who may call, how the bytes travel, and what is logged."""

from __future__ import annotations

import pytest

API = """
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: orders
      EndpointConfiguration: {{Types: [{types}]}}
  Method:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: {method}
      AuthorizationType: {authorization}
      ApiKeyRequired: {key}
      Integration: {{Type: {integration}, IntegrationHttpMethod: POST, Uri: "arn:x"}}
"""
USUAL = {"types": "REGIONAL", "method": "POST", "authorization": "NONE", "key": "false", "integration": "AWS_PROXY"}


@pytest.mark.parametrize(
    ("change", "severity"),
    [
        ({}, "medium"),
        ({"key": "true"}, "low"),
        ({"authorization": "AWS_IAM"}, ""),
        ({"authorization": "COGNITO_USER_POOLS"}, ""),
        ({"method": "OPTIONS"}, ""),
        ({"integration": "MOCK"}, ""),
        ({"types": "PRIVATE"}, ""),
    ],
)
def test_routes_of_a_rest_api(scan, change: dict[str, str], severity: str) -> None:
    findings = scan(API.format(**{**USUAL, **change}), "route_without_authorizer").findings
    assert [f.severity for f in findings] == ([severity] if severity else [])


def test_a_policy_of_the_api_may_let_in_some_only(scan) -> None:
    policy = "\n      Policy: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: '*', Action: 'execute-api:Invoke', Resource: '*'}]}"
    report = scan(API.format(**USUAL).replace("Name: orders", "Name: orders" + policy), "route_without_authorizer")
    assert not report.findings and "policy" in report.unknown[0].reason


def balancer(scheme: str, protocol: str, action: str) -> str:
    return f"""
Resources:
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties: {{Scheme: {scheme}, Subnets: [subnet-1, subnet-2]}}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Balancer
      Port: 80
      Protocol: {protocol}
      DefaultActions: [{action}]
"""


FORWARD = "{Type: forward, TargetGroupArn: x}"
REDIRECT = "{Type: redirect, RedirectConfig: {Protocol: HTTPS, StatusCode: HTTP_301}}"


@pytest.mark.parametrize(
    ("scheme", "protocol", "action", "count"),
    [
        ("internet-facing", "HTTP", FORWARD, 1),
        ("internet-facing", "HTTP", REDIRECT, 0),
        ("internal", "HTTP", FORWARD, 0),
        ("internet-facing", "HTTPS", FORWARD, 0),
        ("internet-facing", "TCP", FORWARD, 0),
    ],
)
def test_listeners(scan, scheme: str, protocol: str, action: str, count: int) -> None:
    assert len(scan(balancer(scheme, protocol, action), "listener_without_tls").findings) == count


def test_a_listener_that_names_no_policy_gets_an_old_one(scan) -> None:
    assert len(scan(balancer("internal", "HTTPS", FORWARD), "old_tls_policy").findings) == 1
    assert not scan(balancer("internal", "HTTP", FORWARD), "old_tls_policy").findings


def test_access_logs_are_asked_for_where_the_internet_comes_in(scan) -> None:
    assert len(scan(balancer("internet-facing", "HTTP", FORWARD), "entry_without_access_log").findings) == 1
    assert not scan(balancer("internal", "HTTP", FORWARD), "entry_without_access_log").findings


def test_a_distribution_with_the_certificate_of_cloudfront_cannot_choose(scan) -> None:
    template = """
Resources:
  Site:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        DefaultCacheBehavior: {TargetOriginId: a, ViewerProtocolPolicy: https-only}
        Origins: [{Id: a, DomainName: a.example.com}]
        ViewerCertificate: %s
"""
    assert not scan(template % "{CloudFrontDefaultCertificate: true}", "old_tls_policy").findings
    own = "{AcmCertificateArn: arn, SslSupportMethod: sni-only, MinimumProtocolVersion: %s}"
    assert scan(template % (own % "TLSv1.1_2016"), "old_tls_policy").findings
    assert not scan(template % (own % "TLSv1.2_2021"), "old_tls_policy").findings
