"""The same network, written in CloudFormation and in Terraform, lets the same packets through."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from fourfold.network import Reach

CLOUDFORMATION = """
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attachment: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}}
  Open: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
  Shut: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}}
  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Route:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}
  Link: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref Open, RouteTableId: !Ref Table}}
  Acl: {Type: AWS::EC2::NetworkAcl, Properties: {VpcId: !Ref Vpc}}
  AclLink: {Type: AWS::EC2::SubnetNetworkAclAssociation, Properties: {SubnetId: !Ref Shut, NetworkAclId: !Ref Acl}}
  In:
    Type: AWS::EC2::NetworkAclEntry
    Properties: {NetworkAclId: !Ref Acl, RuleNumber: 100, Protocol: 6, RuleAction: allow, CidrBlock: 10.0.0.0/24,
                 PortRange: {From: 5432, To: 5433}}
  Out:
    Type: AWS::EC2::NetworkAclEntry
    Properties: {NetworkAclId: !Ref Acl, RuleNumber: 100, Protocol: -1, RuleAction: allow, CidrBlock: 10.0.0.0/16, Egress: true}
  WebGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: web
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}]
      SecurityGroupEgress: [{IpProtocol: "-1", CidrIp: 0.0.0.0/0}]
  DataGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: data
      VpcId: !Ref Vpc
      SecurityGroupEgress: [{IpProtocol: "-1", CidrIp: 127.0.0.1/32}]
  DataRule:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: {GroupId: !Ref DataGroup, IpProtocol: tcp, FromPort: 5432, ToPort: 5434, SourceSecurityGroupId: !Ref WebGroup}
  Web:
    Type: AWS::EC2::Instance
    Properties:
      NetworkInterfaces:
        - {DeviceIndex: "0", AssociatePublicIpAddress: true, SubnetId: !Ref Open, GroupSet: [!Ref WebGroup]}
  Data: {Type: AWS::EC2::Instance, Properties: {SubnetId: !Ref Shut, SecurityGroupIds: [!Ref DataGroup]}}
"""

TERRAFORM = """
resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
resource "aws_internet_gateway" "g" { vpc_id = aws_vpc.v.id }
resource "aws_subnet" "open" {
  vpc_id     = aws_vpc.v.id
  cidr_block = cidrsubnet(aws_vpc.v.cidr_block, 8, 0)
}
resource "aws_subnet" "shut" {
  vpc_id     = aws_vpc.v.id
  cidr_block = cidrsubnet(aws_vpc.v.cidr_block, 8, 1)
}
resource "aws_route_table" "t" {
  vpc_id = aws_vpc.v.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.g.id
  }
}
resource "aws_route_table_association" "t" {
  subnet_id      = aws_subnet.open.id
  route_table_id = aws_route_table.t.id
}
resource "aws_network_acl" "a" {
  vpc_id     = aws_vpc.v.id
  subnet_ids = [aws_subnet.shut.id]
  ingress {
    rule_no    = 100
    protocol   = "tcp"
    action     = "allow"
    cidr_block = aws_subnet.open.cidr_block
    from_port  = 5432
    to_port    = 5433
  }
  egress {
    rule_no    = 100
    protocol   = "-1"
    action     = "allow"
    cidr_block = aws_vpc.v.cidr_block
    from_port  = 0
    to_port    = 0
  }
}
resource "aws_security_group" "web" {
  vpc_id = aws_vpc.v.id
  ingress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_security_group" "data" { vpc_id = aws_vpc.v.id }
resource "aws_vpc_security_group_ingress_rule" "data" {
  security_group_id            = aws_security_group.data.id
  referenced_security_group_id = aws_security_group.web.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5434
}
resource "aws_instance" "Web" {
  subnet_id                   = aws_subnet.open.id
  associate_public_ip_address = true
  vpc_security_group_ids      = [aws_security_group.web.id]
}
resource "aws_instance" "Data" {
  subnet_id              = aws_subnet.shut.id
  vpc_security_group_ids = [aws_security_group.data.id]
}
"""


def answers(folder: Path, name: str, text: str) -> dict[tuple[str, str, str, int], str]:
    (folder / name).write_text(text)
    reach = Reach(folder)
    ends = {"Web": "aws_instance.Web", "Data": "aws_instance.Data"} if name.endswith(".tf") else {}
    pairs = product(("Web", "Data", "internet"), ("Web", "Data", "internet"), (443, 5432, 5433, 5434))
    return {
        (source, target, "TCP", port): reach.allowed(ends.get(source, source), ends.get(target, target), "TCP", port)
        for source, target, port in pairs
        if source != target
    }


def test_the_same_packets_pass(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    expected = answers(tmp_path / "one", "template.yaml", CLOUDFORMATION)
    assert answers(tmp_path / "two", "main.tf", TERRAFORM) == expected
    assert expected["internet", "Web", "TCP", 443] == "allowed"
    assert [expected["Web", "Data", "TCP", port] for port in (5432, 5433, 5434)] == ["allowed", "allowed", "denied"]
    assert expected["Data", "Web", "TCP", 443] == expected["internet", "Data", "TCP", 5432] == "denied"
