"""Listeners of load balancers, and distributions."""

import pytest
from linking.aws_template import graph

from fourfold.model.nodes import Entry, Gateway, Workload
from fourfold.model.nodes.node import NOTHING
from fourfold.model.world import explore, verdict

BALANCER = """
    Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {%s}}
    Listener:
      Type: AWS::ElasticLoadBalancingV2::Listener
      Properties: {LoadBalancerArn: !Ref Balancer, %s}
"""
FORWARD = "DefaultActions: [{Type: forward, TargetGroupArn: !Ref Group}]"
HTTPS = "DefaultActions: [{Type: redirect, RedirectConfig: {Protocol: HTTPS, StatusCode: HTTP_301}}]"


@pytest.mark.parametrize(
    ("scheme", "exposure"),
    [("", "internet"), ("Scheme: internal", "private"), ("Scheme: internet-facing", "internet"),
     ("Scheme: !Ref AnyScheme", "unknown"), ("Scheme: !If [x, internal, internet-facing]", "unknown")],
)  # fmt: skip
def test_exposure_by_scheme(scheme: str, exposure: str) -> None:
    g = graph(BALANCER % (scheme, "Protocol: HTTP"))
    assert g.of(Entry)[0].exposure == exposure


def test_exposure_asked_in_a_world() -> None:
    (entry,) = graph(BALANCER % ("Scheme: !If [x, internal, internet-facing]", "Protocol: HTTP")).of(Entry)
    leaves = explore(lambda: [("open", None)] if entry.from_internet else [])
    assert str(verdict(leaves, "open").must) == "Env = dev"
    (entry,) = graph(BALANCER % ("Scheme: internal", "Protocol: HTTP")).of(Entry)
    assert not entry.from_internet


def test_a_tls_listener() -> None:
    g = graph(BALANCER % ("", "Protocol: HTTPS, Port: 443"))
    (entry,) = g.of(Entry)
    assert entry.protocol.surely("HTTPS")
    assert entry.tls_policy.surely("ELBSecurityPolicy-2016-08")
    assert entry.tls_policy.absent
    assert graph(BALANCER % ("", "Protocol: HTTP")).of(Entry)[0].tls_policy is NOTHING


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        (HTTPS, True),
        (FORWARD.replace("!Ref Group", "g"), False),
        ("DefaultActions: [{Type: redirect, RedirectConfig: {Path: /x, StatusCode: HTTP_301}}]", False),
        ("DefaultActions: [{Type: fixed-response}]", False),
        ("Port: 80", False),
    ],
)
def test_redirects(actions: str, expected: bool) -> None:
    (entry,) = graph(BALANCER % ("", f"Protocol: HTTP, {actions}")).of(Entry)
    assert entry.redirects.surely(expected)


def test_a_rule_that_forwards_undoes_a_redirect() -> None:
    rule = """
    Rule:
      Type: AWS::ElasticLoadBalancingV2::ListenerRule
      Properties: {ListenerArn: !Ref Listener, Priority: 1, Actions: [{Type: forward, TargetGroupArn: g}]}
    """
    assert graph(BALANCER % ("", HTTPS) + rule).of(Entry)[0].redirects.surely(False)


def test_an_unknown_redirect_is_unknown() -> None:
    actions = "DefaultActions: [{Type: redirect, RedirectConfig: {Protocol: !Ref AnyProtocol}}]"
    assert graph(BALANCER % ("", actions)).of(Entry)[0].redirects.reason


def test_authentication_by_the_listener() -> None:
    actions = "DefaultActions: [{Type: authenticate-cognito}, {Type: forward, TargetGroupArn: g}]"
    assert graph(BALANCER % ("", actions)).of(Entry)[0].authorizer.surely("authenticate-cognito")
    assert graph(BALANCER % ("", HTTPS)).of(Entry)[0].authorizer.surely("NONE")


def test_a_listener_routes_to_the_tasks_and_functions_behind_it() -> None:
    g = graph(
        BALANCER % ("", "DefaultActions: [{Type: forward, TargetGroupArn: !Ref Group}]")
        + """
    Group: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {Targets: [{Id: !GetAtt F.Arn}]}}
    F: {Type: AWS::Lambda::Function, Properties: {}}
    Task: {Type: AWS::ECS::TaskDefinition, Properties: {ContainerDefinitions: []}}
    Service:
      Type: AWS::ECS::Service
      Properties: {TaskDefinition: !Ref Task, LoadBalancers: [{TargetGroupArn: !Ref Group, ContainerName: web}]}
    """
    )
    behind = {n.name for n in g.out(g.of(Entry)[0], "routes_to") if isinstance(n, Workload)}
    assert behind == {"F", "Task"}


def test_access_log_and_web_acl_of_a_balancer() -> None:
    attributes = (
        "LoadBalancerAttributes: [{Key: access_logs.s3.enabled, Value: %s}, {Key: access_logs.s3.bucket, Value: logs}]"
    )
    g = graph(
        BALANCER % (attributes % "'true'", "Protocol: HTTP")
        + """
    Association: {Type: AWS::WAFv2::WebACLAssociation, Properties: {ResourceArn: !Ref Balancer, WebACLArn: acl}}
    """
    )
    (balancer,) = g.of(Gateway)
    assert balancer.access_log.surely("logs")
    assert balancer.web_acl.surely("acl")
    (off,) = graph(BALANCER % (attributes % "'false'", "Protocol: HTTP")).of(Gateway)
    assert off.access_log.absent
    assert off.web_acl.absent
    (network,) = graph(BALANCER % ("Type: network", "Protocol: TCP")).of(Gateway)
    assert network.web_acl is NOTHING


def test_a_listener_of_another_stacks_balancer() -> None:
    g = graph(
        "L: {Type: AWS::ElasticLoadBalancingV2::Listener, Properties: {LoadBalancerArn: !Ref AnyArn, Protocol: HTTP}}"
    )
    (entry,) = g.of(Entry)
    assert (entry.exposure, entry.internet.reason) == ("unknown", "its load balancer is not part of what was read")


def test_a_classic_balancer() -> None:
    g = graph("""
        Classic:
          Type: AWS::ElasticLoadBalancing::LoadBalancer
          Properties:
            Scheme: internal
            AccessLoggingPolicy: {Enabled: true, S3BucketName: logs}
            Instances: [!Ref Web]
            Listeners:
              - {LoadBalancerPort: 80, InstancePort: 80, Protocol: HTTP}
              - {LoadBalancerPort: 443, InstancePort: 80, Protocol: HTTPS, PolicyNames: [tls]}
              - {LoadBalancerPort: 8443, InstancePort: 80, Protocol: HTTPS}
            Policies:
              - PolicyName: tls
                PolicyType: SSLNegotiationPolicyType
                Attributes: [{Name: Reference-Security-Policy, Value: ELBSecurityPolicy-TLS-1-2-2017-01}]
        Web: {Type: AWS::EC2::Instance, Properties: {}}
    """)
    plain, tls, default = g.of(Entry)
    assert (plain.address, plain.exposure) == ("Classic/listener/80", "private")
    assert plain.tls_policy is NOTHING
    assert tls.tls_policy.surely("ELBSecurityPolicy-TLS-1-2-2017-01")
    assert default.tls_policy.surely("ELBSecurityPolicy-2016-08")
    assert g.out(plain, "routes_to") == g.of(Workload)
    assert g.of(Gateway)[0].access_log.surely("logs")


def test_a_distribution_with_two_behaviors() -> None:
    g = graph("""
        Cdn:
          Type: AWS::CloudFront::Distribution
          Properties:
            DistributionConfig:
              WebACLId: ""
              Logging: {Bucket: logs.s3.amazonaws.com}
              Origins: [{Id: api, DomainName: !Sub "${Api}.execute-api.eu-west-1.amazonaws.com"}]
              DefaultCacheBehavior: {TargetOriginId: api, ViewerProtocolPolicy: redirect-to-https}
              CacheBehaviors: [{PathPattern: /old/*, TargetOriginId: gone, ViewerProtocolPolicy: allow-all}]
              ViewerCertificate: {AcmCertificateArn: c, MinimumProtocolVersion: TLSv1.2_2021}
        Api: {Type: AWS::ApiGateway::RestApi, Properties: {}}
        Stage: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, StageName: live}}
    """)
    default, old = (e for e in g.of(Entry) if e.kind == "distribution")
    stage, cdn = g.of(Gateway)
    assert (default.path, old.path, old.protocol.plain()) == ("*", "/old/*", "allow-all")
    assert default.tls_policy.surely("TLSv1.2_2021")
    assert cdn.web_acl.absent
    assert cdn.access_log.surely("logs.s3.amazonaws.com")
    assert g.out(cdn, "publishes") == [default, old]
    assert g.out(default, "routes_to") == [stage]


def test_the_default_certificate_takes_old_protocols() -> None:
    g = graph("""
        Cdn:
          Type: AWS::CloudFront::Distribution
          Properties:
            DistributionConfig:
              DefaultCacheBehavior: {TargetOriginId: o, ViewerProtocolPolicy: https-only}
              ViewerCertificate: {CloudFrontDefaultCertificate: true, MinimumProtocolVersion: TLSv1.2_2021}
    """)
    assert g.of(Entry)[0].tls_policy.surely("TLSv1")


def test_app_runner_is_public_unless_it_says_no() -> None:
    g = graph("""
        A: {Type: AWS::AppRunner::Service, Properties: {}}
        B:
          Type: AWS::AppRunner::Service
          Properties: {NetworkConfiguration: {IngressConfiguration: {IsPubliclyAccessible: false}}}
    """)
    a, b = g.of(Entry)
    assert (a.exposure, b.exposure) == ("internet", "private")
    assert g.out(a, "routes_to") == [g.of(Workload)[0]]


def test_exports_lead_from_one_stack_to_another() -> None:
    from linking.aws_template import graph_of

    network = """
Resources:
  Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {Scheme: internal}}
Outputs:
  Balancer: {Value: !Ref Balancer, Export: {Name: shared-balancer}}
"""
    service = """
Resources:
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties: {LoadBalancerArn: !ImportValue shared-balancer, Protocol: HTTP}
"""
    (entry,) = graph_of({"network.yaml": network, "service.yaml": service}).of(Entry)
    assert entry.exposure == "private"
    files = {"a.yaml": network, "b.yaml": network.replace("internal", "internet-facing"), "service.yaml": service}
    (entry,) = graph_of(files).of(Entry)
    assert entry.exposure == "unknown"
