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
