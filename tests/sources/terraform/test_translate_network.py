"""Networks in CloudFormation's words: what stands inside of a resource in Terraform, and by itself there."""

from __future__ import annotations

import pytest
from sources.terraform.translating import properties, translated

VPC = 'resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }\nresource "aws_subnet" "s" { vpc_id = aws_vpc.v.id }\n'


def kinds(text: str) -> dict[str, str]:
    return {address: r.type for address, r in translated(text).items()}


def test_rules_of_a_network_acl() -> None:
    text = (
        VPC
        + """
        resource "aws_network_acl" "a" {
          vpc_id     = aws_vpc.v.id
          subnet_ids = [aws_subnet.s.id]
          ingress {
            rule_no    = 100
            action     = "allow"
            protocol   = "tcp"
            from_port  = 443
            to_port    = 443
            cidr_block = "0.0.0.0/0"
          }
          egress {
            rule_no         = 200
            action          = "deny"
            protocol        = -1
            from_port       = 0
            to_port         = 0
            ipv6_cidr_block = "::/0"
          }
        }
    """
    )
    found = {a: (r.type, r.properties.plain()) for a, r in translated(text).items() if "acl" in a}
    assert found == {
        "aws_network_acl.a": ("AWS::EC2::NetworkAcl", {"VpcId": "aws_vpc.v"}),
        "aws_network_acl.a/ingress/100": ("AWS::EC2::NetworkAclEntry", {
            "NetworkAclId": "aws_network_acl.a", "Egress": False, "RuleNumber": 100, "RuleAction": "allow",
            "CidrBlock": "0.0.0.0/0", "Protocol": 6, "PortRange": {"From": 443, "To": 443},
        }),
        "aws_network_acl.a/egress/200": ("AWS::EC2::NetworkAclEntry", {
            "NetworkAclId": "aws_network_acl.a", "Egress": True, "RuleNumber": 200, "RuleAction": "deny",
            "Ipv6CidrBlock": "::/0", "Protocol": -1,
        }),
        "aws_network_acl.a/subnet/aws_subnet.s": ("AWS::EC2::SubnetNetworkAclAssociation", {
            "SubnetId": "aws_subnet.s", "NetworkAclId": "aws_network_acl.a",
        }),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("protocol", "ports", "expected"),
    [
        ("tcp", "from_port = 22\nto_port = 22", {"Protocol": 6, "PortRange": {"From": 22, "To": 22}}),
        ("17", "from_port = 53\nto_port = 53", {"Protocol": 17, "PortRange": {"From": 53, "To": 53}}),
        ("icmp", "icmp_type = 8\nicmp_code = 0", {"Protocol": 1, "Icmp": {"Type": 8, "Code": 0}}),
        ("-1", "from_port = 0\nto_port = 0", {"Protocol": -1}),
        ("50", "from_port = 0\nto_port = 0", {"Protocol": 50}),
    ],
)
def test_a_rule_of_an_acl_that_stands_by_itself(protocol: str, ports: str, expected: dict[str, object]) -> None:
    text = f"""
        resource "aws_network_acl" "a" {{}}
        resource "aws_network_acl_rule" "r" {{
          network_acl_id = aws_network_acl.a.id
          rule_number    = 100
          rule_action    = "allow"
          egress         = false
          cidr_block     = "10.0.0.0/8"
          protocol       = "{protocol}"
          {ports}
        }}
    """
    assert properties(text, "aws_network_acl_rule.r") == {
        "NetworkAclId": "aws_network_acl.a", "RuleNumber": 100, "RuleAction": "allow", "Egress": False,
        "CidrBlock": "10.0.0.0/8", **expected,
    }  # fmt: skip


def test_what_every_network_has_by_default() -> None:
    text = (
        VPC
        + """
        resource "aws_default_network_acl" "a" { default_network_acl_id = aws_vpc.v.default_network_acl_id }
        resource "aws_default_route_table" "t" {
          default_route_table_id = aws_vpc.v.default_route_table_id
          route {
            cidr_block = "0.0.0.0/0"
            gateway_id = aws_internet_gateway.g.id
          }
        }
        resource "aws_default_security_group" "s" { vpc_id = aws_vpc.v.id }
        resource "aws_internet_gateway" "g" { vpc_id = aws_vpc.v.id }
        resource "aws_instance" "i" { vpc_security_group_ids = [aws_vpc.v.default_security_group_id] }
    """
    )
    found = translated(text)
    for address, mark in {
        "aws_default_network_acl.a": "Default", "aws_default_route_table.t": "Main", "aws_default_security_group.s": "Default",
    }.items():  # fmt: skip
        assert found[address].attributes.get(mark).plain() is True
        assert found[address].properties.plain() == {"VpcId": "aws_vpc.v"}
    assert found["aws_default_route_table.t/route/0.0.0.0/0"].properties.plain() == {
        "RouteTableId": "aws_default_route_table.t", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "aws_internet_gateway.g",
    }  # fmt: skip
    assert found["aws_internet_gateway.g/attachment"].properties.plain() == {
        "VpcId": "aws_vpc.v", "InternetGatewayId": "aws_internet_gateway.g",
    }  # fmt: skip
    assert found["aws_instance.i"].get("SecurityGroupIds").plain() == ["aws_vpc.v.DefaultSecurityGroup"]


def test_which_route_table_is_whose() -> None:
    text = (
        VPC
        + """
        resource "aws_internet_gateway" "g" {}
        resource "aws_vpn_gateway" "v" { vpc_id = aws_vpc.v.id }
        resource "aws_route_table" "t" {
          vpc_id           = aws_vpc.v.id
          propagating_vgws = [aws_vpn_gateway.v.id]
        }
        resource "aws_main_route_table_association" "m" {
          vpc_id         = aws_vpc.v.id
          route_table_id = aws_route_table.t.id
        }
        resource "aws_route_table_association" "s" {
          subnet_id      = aws_subnet.s.id
          route_table_id = aws_route_table.t.id
        }
        resource "aws_route_table_association" "g" {
          gateway_id     = aws_internet_gateway.g.id
          route_table_id = aws_route_table.t.id
        }
    """
    )
    found = translated(text)
    assert found["aws_route_table.t"].attributes.get("Main").plain() is True
    assert found["aws_route_table_association.s"].type == "AWS::EC2::SubnetRouteTableAssociation"
    assert found["aws_route_table_association.g"].type == "AWS::EC2::GatewayRouteTableAssociation"
    assert found["aws_route_table_association.g"].properties.plain() == {
        "GatewayId": "aws_internet_gateway.g", "RouteTableId": "aws_route_table.t",
    }  # fmt: skip
    assert found["aws_route_table.t/propagation/aws_vpn_gateway.v"].properties.plain() == {
        "VpnGatewayId": "aws_vpn_gateway.v", "RouteTableIds": ["aws_route_table.t"],
    }  # fmt: skip
    assert found["aws_vpn_gateway.v/attachment"].get("VpnGatewayId").plain() == "aws_vpn_gateway.v"


def test_parts_of_an_endpoint() -> None:
    text = (
        VPC
        + """
        resource "aws_security_group" "g" {}
        resource "aws_route_table" "t" {}
        resource "aws_vpc_endpoint" "e" {
          vpc_id       = aws_vpc.v.id
          service_name = "com.amazonaws.eu-west-1.s3"
          subnet_ids   = ["subnet-1"]
        }
        resource "aws_vpc_endpoint_policy" "e" {
          vpc_endpoint_id = aws_vpc_endpoint.e.id
          policy          = jsonencode({ Statement = [] })
        }
        resource "aws_vpc_endpoint_security_group_association" "e" {
          vpc_endpoint_id   = aws_vpc_endpoint.e.id
          security_group_id = aws_security_group.g.id
        }
        resource "aws_vpc_endpoint_subnet_association" "e" {
          vpc_endpoint_id = aws_vpc_endpoint.e.id
          subnet_id       = aws_subnet.s.id
        }
        resource "aws_vpc_endpoint_route_table_association" "e" {
          vpc_endpoint_id = aws_vpc_endpoint.e.id
          route_table_id  = aws_route_table.t.id
        }
    """
    )
    assert properties(text, "aws_vpc_endpoint.e") == {
        "VpcId": "aws_vpc.v", "ServiceName": "com.amazonaws.eu-west-1.s3", "PolicyDocument": {"Statement": []},
        "SecurityGroupIds": ["aws_security_group.g"], "SubnetIds": ["subnet-1", "aws_subnet.s"],
        "RouteTableIds": ["aws_route_table.t"],
    }  # fmt: skip


def test_peers_prefix_lists_and_transit_gateways() -> None:
    text = (
        VPC
        + """
        resource "aws_vpc_peering_connection" "p" {
          vpc_id      = aws_vpc.v.id
          peer_vpc_id = "vpc-1"
        }
        resource "aws_vpc_peering_connection_accepter" "p" {
          vpc_peering_connection_id = aws_vpc_peering_connection.p.id
          auto_accept               = true
        }
        resource "aws_ec2_managed_prefix_list" "l" {
          name           = "office"
          address_family = "IPv4"
          max_entries    = 5
          entry {
            cidr = "10.0.0.0/8"
          }
        }
        resource "aws_ec2_managed_prefix_list_entry" "e" {
          prefix_list_id = aws_ec2_managed_prefix_list.l.id
          cidr           = "192.0.2.0/24"
        }
        resource "aws_ec2_transit_gateway" "t" {}
        resource "aws_ec2_transit_gateway_vpc_attachment" "a" {
          transit_gateway_id     = aws_ec2_transit_gateway.t.id
          vpc_id                 = aws_vpc.v.id
          subnet_ids             = [aws_subnet.s.id]
          appliance_mode_support = "enable"
          transit_gateway_default_route_table_association = false
        }
        resource "aws_ec2_transit_gateway_route_table" "r" { transit_gateway_id = aws_ec2_transit_gateway.t.id }
        resource "aws_ec2_transit_gateway_route" "r" {
          destination_cidr_block         = "0.0.0.0/0"
          transit_gateway_attachment_id  = aws_ec2_transit_gateway_vpc_attachment.a.id
          transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.r.id
        }
    """
    )
    found = translated(text)
    assert found["aws_vpc_peering_connection.p"].attributes.get("AutoAccept").plain() is True
    assert found["aws_ec2_managed_prefix_list.l"].properties.plain() == {
        "PrefixListName": "office", "AddressFamily": "IPv4", "MaxEntries": 5,
        "Entries": [{"Cidr": "10.0.0.0/8"}, {"Cidr": "192.0.2.0/24"}],
    }  # fmt: skip
    attachment = found["aws_ec2_transit_gateway_vpc_attachment.a"]
    assert attachment.get("Options").plain() == {"ApplianceModeSupport": "enable"}
    assert attachment.attributes.get("TransitGatewayDefaultRouteTableAssociation").plain() is False
    assert found["aws_ec2_transit_gateway_route.r"].properties.plain() == {
        "DestinationCidrBlock": "0.0.0.0/0",
        "TransitGatewayAttachmentId": "aws_ec2_transit_gateway_vpc_attachment.a",
        "TransitGatewayRouteTableId": "aws_ec2_transit_gateway_route_table.r",
    }


def test_a_network_firewall() -> None:
    text = """
        resource "aws_networkfirewall_rule_group" "g" {
          capacity = 10
          name     = "g"
          type     = "STATEFUL"
          rule_group {
            rule_variables {
              ip_sets {
                key = "HOME"
                ip_set { definition = ["10.0.0.0/8"] }
              }
            }
            rules_source {
              stateful_rule {
                action = "DROP"
                header {
                  destination      = "ANY"
                  destination_port = 53
                  direction        = "ANY"
                  protocol         = "DNS"
                  source           = "ANY"
                  source_port      = "ANY"
                }
                rule_option { keyword = "sid:1" }
              }
            }
          }
        }
        resource "aws_networkfirewall_firewall_policy" "p" {
          name = "p"
          firewall_policy {
            stateless_default_actions          = ["aws:forward_to_sfe"]
            stateless_fragment_default_actions = ["aws:drop"]
            stateful_rule_group_reference { resource_arn = aws_networkfirewall_rule_group.g.arn }
          }
        }
        resource "aws_networkfirewall_firewall" "f" {
          name                = "f"
          firewall_policy_arn = aws_networkfirewall_firewall_policy.p.arn
          vpc_id              = "vpc-1"
          subnet_mapping { subnet_id = "subnet-1" }
        }
    """
    assert properties(text, "aws_networkfirewall_rule_group.g")["RuleGroup"] == {
        "RuleVariables": {"IPSets": {"HOME": {"Definition": ["10.0.0.0/8"]}}},
        "RulesSource": {"StatefulRules": [{
            "Action": "DROP", "RuleOptions": [{"Keyword": "sid:1"}],
            "Header": {"Destination": "ANY", "DestinationPort": 53, "Direction": "ANY", "Protocol": "DNS", "Source": "ANY",
                       "SourcePort": "ANY"},
        }]},
    }  # fmt: skip
    assert properties(text, "aws_networkfirewall_firewall_policy.p")["FirewallPolicy"] == {
        "StatelessDefaultActions": ["aws:forward_to_sfe"], "StatelessFragmentDefaultActions": ["aws:drop"],
        "StatefulRuleGroupReferences": [{"ResourceArn": "aws_networkfirewall_rule_group.g"}],
    }  # fmt: skip
    assert properties(text, "aws_networkfirewall_firewall.f") == {
        "FirewallName": "f", "FirewallPolicyArn": "aws_networkfirewall_firewall_policy.p", "VpcId": "vpc-1",
        "SubnetMappings": [{"SubnetId": "subnet-1"}],
    }  # fmt: skip


def test_interfaces_and_addresses() -> None:
    text = """
        resource "aws_network_interface" "n" {
          subnet_id       = "subnet-1"
          security_groups = ["sg-1"]
          private_ips     = ["10.0.0.5"]
          attachment {
            instance     = aws_instance.i.id
            device_index = 1
          }
        }
        resource "aws_instance" "i" {
          primary_network_interface { network_interface_id = aws_network_interface.n.id }
        }
        resource "aws_eip" "e" { network_interface = aws_network_interface.n.id }
        resource "aws_nat_gateway" "g" {
          allocation_id = aws_eip.e.id
          subnet_id     = "subnet-1"
        }
    """
    found = {a: r.properties.plain() for a, r in translated(text).items()}
    assert found["aws_network_interface.n"] == {
        "SubnetId": "subnet-1", "GroupSet": ["sg-1"], "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.5"}],
    }  # fmt: skip
    assert found["aws_network_interface.n/attachment/1"] == {
        "InstanceId": "aws_instance.i", "NetworkInterfaceId": "aws_network_interface.n", "DeviceIndex": 1,
    }  # fmt: skip
    assert found["aws_instance.i"] == {"NetworkInterfaces": [{"NetworkInterfaceId": "aws_network_interface.n"}]}
    assert found["aws_eip.e/association"]["AllocationId"] == "aws_eip.e"
    assert found["aws_nat_gateway.g"]["AllocationId"] == "aws_eip.e.AllocationId"


def test_the_address_of_a_rule_does_not_hang_on_its_place_in_a_list() -> None:
    rule = """
        resource "aws_security_group_rule" "r" {{
          type              = "ingress"
          security_group_id = "sg-1"
          protocol          = "tcp"
          from_port         = 22
          to_port           = 22
          cidr_blocks       = {}
        }}
    """
    one = translated(rule.format('["10.0.0.0/8", "192.0.2.0/24"]'))
    two = translated(rule.format('["198.51.100.0/24", "10.0.0.0/8", "192.0.2.0/24"]'))
    assert set(one) < set(two)
    text = rule.format('["10.0.0.0/8", "192.0.2.0/24"]')
    cidr = one["aws_security_group_rule.r/192.0.2.0/24"].get("CidrIp")
    assert text[cidr.start : cidr.end] == '"192.0.2.0/24"'
    assert set(translated(rule.format('["10.0.0.0/8"]'))) == {"aws_security_group_rule.r"}


def test_conditions_and_certificates_of_a_listener() -> None:
    text = """
        resource "aws_lb_listener_rule" "r" {
          listener_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/a/b/c"
          priority     = 1
          action {
            type             = "forward"
            target_group_arn = aws_lb_target_group.t.arn
          }
          condition {
            path_pattern { values = ["/admin/*"] }
          }
          condition {
            source_ip { values = ["10.0.0.0/8"] }
          }
        }
        resource "aws_lb_target_group" "t" {
          port = 80
          health_check { path = "/health" }
        }
        resource "aws_lb_target_group_attachment" "a" {
          target_group_arn = aws_lb_target_group.t.arn
          target_id        = aws_instance.i.id
          port             = 8080
        }
        resource "aws_instance" "i" {}
        resource "aws_lb_listener_certificate" "c" {
          listener_arn    = aws_lb_listener.l.arn
          certificate_arn = aws_acm_certificate.c.arn
        }
        resource "aws_lb_listener" "l" {}
        resource "aws_acm_certificate" "c" {}
    """
    rule = properties(text, "aws_lb_listener_rule.r")
    assert rule["Actions"] == [{"Type": "forward", "TargetGroupArn": "aws_lb_target_group.t"}]
    assert rule["Conditions"] == [
        {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/admin/*"]}},
        {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}},
    ]
    assert properties(text, "aws_lb_target_group.t") == {
        "Port": 80, "HealthCheckPath": "/health", "Targets": [{"Id": "aws_instance.i", "Port": 8080}],
    }  # fmt: skip
    assert properties(text, "aws_lb_listener_certificate.c") == {
        "ListenerArn": "aws_lb_listener.l", "Certificates": [{"CertificateArn": "aws_acm_certificate.c"}],
    }  # fmt: skip
