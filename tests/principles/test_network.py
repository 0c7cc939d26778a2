"""Rules of security groups: what is open, to whom, and whether anything behind it has a public address."""

from __future__ import annotations

import pytest


def group(rule: str, more: str = "") -> str:
    return f"""
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: x
      SecurityGroupIngress: [{{{rule}}}]
{more}"""


@pytest.mark.parametrize(
    ("rule", "severity"),
    [
        ("IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0", "high"),
        ("IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIpv6: '::/0'", "high"),
        ("IpProtocol: tcp, FromPort: 5000, ToPort: 6000, CidrIp: 0.0.0.0/0", "high"),
        ("IpProtocol: -1, CidrIp: 0.0.0.0/0", "high"),
        ("IpProtocol: tcp, FromPort: 0, ToPort: 65535, CidrIp: 0.0.0.0/0", "high"),
        ("IpProtocol: tcp, FromPort: 8080, ToPort: 8080, CidrIp: 0.0.0.0/0", "low"),
        ("IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0", ""),
        ("IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.0.0/8", ""),
        ("IpProtocol: icmp, FromPort: -1, ToPort: -1, CidrIp: 0.0.0.0/0", ""),
        ("IpProtocol: tcp, FromPort: 22, ToPort: 22, SourceSecurityGroupId: sg-1", ""),
    ],
)
def test_rules(scan, rule: str, severity: str) -> None:
    found = scan(group(rule), "open_ingress_rule").findings
    assert [f.severity for f in found] == ([severity] if severity else [])


def test_a_rule_that_guards_nothing_public_opens_nothing_yet(scan) -> None:
    function = """
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.14
      Handler: a.b
      Role: arn:aws:iam::123456789012:role/x
      Code: {S3Bucket: b, S3Key: k}
      VpcConfig: {SecurityGroupIds: [!Ref Group], SubnetIds: [subnet-1]}
"""
    (found,) = scan(
        group("IpProtocol: tcp, FromPort: 5432, ToPort: 5432, CidrIp: 0.0.0.0/0", function), "open_ingress_rule"
    ).findings
    assert found.severity == "low" and "public address" in found.title


def test_a_port_that_is_not_known_is_said(scan) -> None:
    template = "Parameters:\n  Port: {Type: Number}\n" + group(
        "IpProtocol: tcp, FromPort: !Ref Port, ToPort: 22, CidrIp: 0.0.0.0/0"
    )
    report = scan(template, "open_ingress_rule")
    assert not report.findings and "Port" in report.unknown[0].reason


POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}
"""


def _pods(kind: str = "Deployment", spec: str = "", labels: str = "app: web") -> str:
    pod = f"metadata: {{labels: {{{labels}}}}}, spec: {{containers: [{{name: w, image: x}}]{spec}}}"
    if kind == "Pod":
        return (
            f"---\n{{apiVersion: v1, kind: Pod, {pod.replace('{labels', '{name: web, namespace: shop, labels', 1)}}}\n"
        )
    return (
        f"---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: web, namespace: shop}}\n"
        f"spec: {{template: {{{pod}}}}}\n"
    )


def _addon(configuration: str = "") -> str:
    return (
        "Resources:\n  Cni:\n    Type: AWS::EKS::Addon\n    Properties:\n      AddonName: vpc-cni\n"
        f"      ClusterName: prod\n{configuration}"
    )


ON = '      ConfigurationValues: \'{"enableNetworkPolicy": "true"}\'\n'


@pytest.mark.parametrize(
    ("cluster", "addon", "said"),
    [
        (_pods(labels="app: web, eks.amazonaws.com/compute-type: fargate"), "", ["on Fargate nothing enforces it"]),
        (_pods(labels="app: db, eks.amazonaws.com/compute-type: fargate"), "", []),  # no policy selects them
        (_pods(), _addon(), ["add-on"]),
        (_pods(), _addon(ON), []),
        (_pods(spec=", nodeSelector: {kubernetes.io/os: windows}"), _addon(ON), ["on Linux only"]),
        (_pods(spec=", nodeSelector: {kubernetes.io/os: windows}"), "", []),  # of the plugin nothing is known
        (_pods("Pod"), _addon(ON), ["no controller made"]),
        (_pods("Pod"), "", []),
        (
            _pods("Pod") + "---\n{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: a}}\n",
            _addon(),
            [],
        ),
    ],
)
def test_a_policy_that_nothing_enforces(scan, cluster: str, addon: str, said: list[str]) -> None:
    files = {"shop.yaml": POLICY + cluster, **({"template.yaml": addon} if addon else {})}
    found = scan(files, "network_policy_not_enforced").findings
    assert [text in f.title or text == f.cause for f, text in zip(found, said, strict=True)] == [True] * len(said)
    assert all((f.certainty == "possible") is ("Fargate" not in f.title) for f in found)


def test_without_a_policy_nothing_is_missing(scan) -> None:
    assert not scan({"shop.yaml": _pods("Pod"), "template.yaml": _addon()}, "network_policy_not_enforced").findings
