from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import LOW
from fourfold.model.edit import set_
from fourfold.model.nodes import Entry

OLD = {
    "ELBSecurityPolicy-2016-08", "ELBSecurityPolicy-2015-05", "ELBSecurityPolicy-2015-03", "ELBSecurityPolicy-2015-02",
    "ELBSecurityPolicy-2014-10", "ELBSecurityPolicy-2014-01", "ELBSecurityPolicy-2011-08",
    "ELBSecurityPolicy-TLS-1-0-2015-04", "ELBSecurityPolicy-TLS-1-1-2017-01", "ELBSecurityPolicy-FS-2018-06",
    "ELBSecurityPolicy-FS-1-1-2019-08", "ELBSecurityPolicy-TLS13-1-0-2021-06", "ELBSecurityPolicy-TLS13-1-1-2021-06",
    "SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016", "TLS_1_0",
}  # fmt: skip
"""Security policies that agree to TLS 1.0 or 1.1 (Elastic Load Balancing, "Security policies"; Amazon CloudFront, "Supported
protocols and ciphers between viewers and CloudFront")."""

CURRENT = {"listener": "ELBSecurityPolicy-TLS13-1-2-2021-06", "distribution": "TLSv1.2_2021"}


@check(LOW, code="FF3018", since="0.1", refs=["aws-fsbp:ELB.17", "aws-fsbp:CloudFront.15", "cwe:327"])
def old_tls_policy(entry: Entry) -> Findings:
    """
    TLS 1.0 or 1.1 still agreed to

    Both have known weaknesses and are given up by every browser (RFC 8996).
    A load balancer's listener that names no policy gets one of 2016 that still speaks them.
    A distribution with CloudFront's own certificate cannot choose: it is not reported.

    ```diff
      Resources:
        Https:
          Type: AWS::ElasticLoadBalancingV2::Listener
          Properties:
            LoadBalancerArn: arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/web/0123456789abcdef
            Port: 443
            Protocol: HTTPS
    -       SslPolicy: ELBSecurityPolicy-2016-08
    +       SslPolicy: ELBSecurityPolicy-TLS13-1-2-2021-06
            Certificates:
              - CertificateArn: arn:aws:acm:eu-central-1:123456789012:certificate/1
            DefaultActions:
              - Type: forward
                TargetGroupArn: arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/1
    ```
    """
    policy = entry.tls_policy
    if not policy.is_(*OLD):
        return
    if entry.kind == "distribution":
        certificate = entry.resource.get("DistributionConfig", "ViewerCertificate")
        if not certificate.present or certificate.get("CloudFrontDefaultCertificate").is_(True):
            return
    current = CURRENT.get(entry.kind, "") if entry.resource.type != "AWS::ElasticLoadBalancing::LoadBalancer" else ""
    fix = Fix((set_(policy, current),), safe=False, note="clients that know TLS 1.0 and 1.1 alone are turned away")
    yield finding(f"{entry.kind} `{entry.name}` agrees to TLS 1.0 or 1.1", at=policy, fix=fix if current else None)
