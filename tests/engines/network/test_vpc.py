"""VPCs of templates: what reaches what, and what hangs on what nobody says."""

from __future__ import annotations

from pathlib import Path

import pytest

from fourfold.network import Reach

VPC = """
Parameters:
  Somebody: {Type: String}
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Igw: {Type: AWS::EC2::InternetGateway}
  Attached: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Igw}}
  Front: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}}
  Back: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.2.0/24}}
  FrontTable: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  FrontOut:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref FrontTable, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Igw}
  FrontLink: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref Front, RouteTableId: !Ref FrontTable}}
  WebGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}
        - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: !Ref Somebody}
  DbGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 5432, ToPort: 5432, SourceSecurityGroupId: !Ref WebGroup}]
  Web:
    Type: AWS::EC2::Instance
    Properties:
      NetworkInterfaces:
        - {DeviceIndex: "0", SubnetId: !Ref Front, GroupSet: [!Ref WebGroup], AssociatePublicIpAddress: true}
  Db:
    Type: AWS::RDS::DBInstance
    Properties: {DBSubnetGroupName: !Ref DbSubnets, VPCSecurityGroups: [!Ref DbGroup], PubliclyAccessible: false}
  DbSubnets: {Type: AWS::RDS::DBSubnetGroup, Properties: {SubnetIds: [!Ref Back]}}
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      VpcConfig: {SubnetIds: [!Ref Back], SecurityGroupIds: [!Ref WebGroup]}
"""
ACL = """
  Acl: {Type: AWS::EC2::NetworkAcl, Properties: {VpcId: !Ref Vpc}}
  AclLink: {Type: AWS::EC2::SubnetNetworkAclAssociation, Properties: {SubnetId: !Ref Back, NetworkAclId: !Ref Acl}}
  In:
    Type: AWS::EC2::NetworkAclEntry
    Properties: {NetworkAclId: !Ref Acl, RuleNumber: 100, Protocol: 6, RuleAction: allow, CidrBlock: 10.0.1.0/24, PortRange: {From: 5432, To: 5432}}
  Out:
    Type: AWS::EC2::NetworkAclEntry
    Properties: {NetworkAclId: !Ref Acl, RuleNumber: 100, Protocol: 6, RuleAction: allow, Egress: true, CidrBlock: 10.0.1.0/24, PortRange: {From: LOW, To: 65535}}
"""
NAT = """
  Nat: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Ref Front, AllocationId: eipalloc-1}}
  BackTable: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  BackOut:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref BackTable, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: !Ref Nat}
  BackLink: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref Back, RouteTableId: !Ref BackTable}}
"""


def reach(folder: Path, text: str) -> Reach:
    (folder / "template.yaml").write_text(text)
    return Reach(folder)


def test_groups_and_routes(tmp_path: Path) -> None:
    found = reach(tmp_path, VPC)
    assert found.allowed("internet", "Web", "TCP", 443) == "allowed"
    assert found.allowed("internet", "Web", "TCP", 80) == "denied"
    assert found.allowed("internet", "Web", "TCP", 22) == "depends"  # on a parameter
    assert found.allowed("internet", "Db", "TCP", 5432) == "denied"
    assert found.allowed("Web", "Db", "TCP", 5432) == "allowed"
    assert found.allowed("Worker", "Db", "TCP", 5432) == "allowed"  # it has the same group
    assert found.allowed("Web", "Worker", "TCP", 443) == "denied"  # nobody connects to a function
    assert found.allowed("Web", "internet", "TCP", 443) == "allowed"
    assert found.allowed("Worker", "internet", "TCP", 443) == "denied"  # no route, and no public address
    assert found.allowed("10.9.9.9", "Web", "TCP", 443) == "denied"  # not an address of the internet


def test_a_nat_gateway_lets_out_and_not_in(tmp_path: Path) -> None:
    found = reach(tmp_path, VPC + NAT)
    assert found.allowed("Worker", "internet", "TCP", 443) == "allowed"
    assert found.allowed("Db", "8.8.8.8", "UDP", 53) == "allowed"
    assert found.allowed("internet", "Db", "TCP", 5432) == "denied"
    assert found.allowed("Worker", "192.168.3.4", "TCP", 443) == "denied"


@pytest.mark.parametrize(
    ("low", "web", "worker"),
    [("1024", "allowed", "allowed"), ("32768", "depends", "allowed"), ("65000", "depends", "allowed")],
)
def test_an_acl_filters_replies_too(tmp_path: Path, low: str, web: str, worker: str) -> None:
    """An instance may use any port from 1024 on for the replies; the function is in the same subnet, where no ACL counts."""
    found = reach(tmp_path, VPC + ACL.replace("LOW", low))
    assert found.allowed("Web", "Db", "TCP", 5432) == web
    assert found.allowed("Worker", "Db", "TCP", 5432) == worker


def test_without_an_entry_for_replies_nothing_comes_back(tmp_path: Path) -> None:
    found = reach(tmp_path, VPC + ACL[: ACL.index("  Out:")])
    assert found.allowed("Web", "Db", "TCP", 5432) == "denied"
    steps = {s.filter: s.verdict for s in found.why("Web", "Db", "TCP", 5432).steps}
    assert [name for name, verdict in steps.items() if verdict == "denied"] == ["network ACL (reply out)"]


def test_the_rules_that_decide_are_named(tmp_path: Path) -> None:
    why = reach(tmp_path, VPC).why("Web", "Db", "TCP", 5432)
    reasons = [r for s in why.steps for r in s.reasons]
    assert [r.text for r in reasons] == [
        "security group `WebGroup`, egress rule all traffic",
        "security group `DbGroup`, ingress rule TCP 5432",
    ]
    assert reasons[1].span is not None
    assert "SourceSecurityGroupId: !Ref WebGroup" in reasons[1].span.source.line(reasons[1].span.line)


def test_subnets_that_are_parameters(tmp_path: Path) -> None:
    """In one and the same unknown subnet only the groups decide; of the internet nothing is known."""
    text = VPC.replace("SubnetIds: [!Ref Back], Sec", "SubnetIds: [!Ref Somebody], Sec")
    text = text.replace("SubnetIds: [!Ref Back]}", "SubnetIds: [!Ref Somebody]}")
    found = reach(tmp_path, text)
    assert found.allowed("Worker", "Db", "TCP", 5432) == "allowed"
    assert found.allowed("Worker", "Db", "TCP", 5433) == "denied"
    assert found.allowed("Worker", "internet", "TCP", 443) == "depends"


def test_pairs_name_the_internet(tmp_path: Path) -> None:
    found = {(p.src, p.dst, p.protocol, p.ports, p.verdict) for p in reach(tmp_path, VPC).to("Web")}
    assert ("internet", "Web[EC2::Instance]", "TCP", "443", "allowed") in found
    assert ("internet", "Web[EC2::Instance]", "TCP", "22", "depends") in found
    assert {src for src, *_ in found} == {"internet", "Worker[Lambda::Function]", "Db[RDS::DBInstance]"}


def test_an_elastic_address_is_a_public_one(tmp_path: Path) -> None:
    text = VPC.replace(", AssociatePublicIpAddress: true", ", AssociatePublicIpAddress: false")
    assert reach(tmp_path, text).allowed("internet", "Web", "TCP", 443) == "denied"
    text += "  Address: {Type: AWS::EC2::EIP, Properties: {InstanceId: !Ref Web}}\n"
    assert reach(tmp_path, text).allowed("internet", "Web", "TCP", 443) == "allowed"
