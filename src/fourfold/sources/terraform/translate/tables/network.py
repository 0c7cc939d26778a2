"""Networks: packet filters, subnets, routes, endpoints."""

from __future__ import annotations

from fourfold.sources.terraform.translate.row import Row

_RULE = {
    "protocol": "IpProtocol", "from_port": "FromPort", "to_port": "ToPort", "description": "Description",
    "security_group_id": "GroupId", "type": "", "name": "", "tags": "",
}  # fmt: skip

_NETWORK = {
    "default_security_group_id": "DefaultSecurityGroup",
    "default_network_acl_id": "DefaultNetworkAcl",
    "ipv6_cidr_block": "Ipv6CidrBlocks",
}
_ADDRESS = {"id": "AllocationId", "allocation_id": "AllocationId", "public_ip": ""}

ROWS: dict[str, Row] = {
    "aws_security_group": Row("AWS::EC2::SecurityGroup", {
        "name": "GroupName", "description": "GroupDescription", "ingress": "", "egress": "",
    }, finish="security_group"),
    "aws_default_security_group": Row("AWS::EC2::SecurityGroup", {"ingress": "", "egress": ""},
        finish="default_security_group"),
    "aws_security_group_rule": Row("AWS::EC2::SecurityGroupIngress", _RULE, finish="security_group_rule"),
    "aws_vpc_security_group_ingress_rule": Row("AWS::EC2::SecurityGroupIngress", {
        **_RULE, "ip_protocol": "IpProtocol", "cidr_ipv4": "CidrIp", "cidr_ipv6": "CidrIpv6",
        "referenced_security_group_id": "SourceSecurityGroupId", "prefix_list_id": "SourcePrefixListId",
    }),
    "aws_vpc_security_group_egress_rule": Row("AWS::EC2::SecurityGroupEgress", {
        **_RULE, "ip_protocol": "IpProtocol", "cidr_ipv4": "CidrIp", "cidr_ipv6": "CidrIpv6",
        "referenced_security_group_id": "DestinationSecurityGroupId", "prefix_list_id": "DestinationPrefixListId",
    }),
    "aws_vpc_security_group_vpc_association": Row("AWS::EC2::SecurityGroupVpcAssociation", {
        "security_group_id": "GroupId",
    }),
    "aws_vpc": Row("AWS::EC2::VPC", {"ipv6_cidr_block": ""}, refers=_NETWORK, finish="network"),
    "aws_default_vpc": Row("AWS::EC2::VPC", {"ipv6_cidr_block": ""}, refers=_NETWORK, finish="network"),
    "aws_subnet": Row("AWS::EC2::Subnet", {}),
    "aws_default_subnet": Row("AWS::EC2::Subnet", provider={"MapPublicIpOnLaunch": True}),
    "aws_internet_gateway": Row("AWS::EC2::InternetGateway", {"vpc_id": ""}, finish="internet_gateway"),
    "aws_internet_gateway_attachment": Row("AWS::EC2::VPCGatewayAttachment"),
    "aws_vpn_gateway": Row("AWS::EC2::VPNGateway", {"vpc_id": ""}, finish="vpn_gateway"),
    "aws_vpn_gateway_attachment": Row("AWS::EC2::VPCGatewayAttachment"),
    "aws_vpn_gateway_route_propagation": Row("AWS::EC2::VPNGatewayRoutePropagation"),
    "aws_vpn_connection_route": Row("AWS::EC2::VPNConnectionRoute"),
    "aws_egress_only_internet_gateway": Row("AWS::EC2::EgressOnlyInternetGateway", {}),
    "aws_nat_gateway": Row("AWS::EC2::NatGateway", {
        "private_ip": "PrivateIpAddress", "availability_zone_address.availability_zone_id": "AvailabilityZoneId",
    }),
    "aws_eip": Row("AWS::EC2::EIP", {"instance": "InstanceId"}, refers=_ADDRESS, finish="address"),
    "aws_eip_association": Row("AWS::EC2::EIPAssociation", {"public_ip": "EIP", "allow_reassociation": ""}),
    "aws_route_table": Row("AWS::EC2::RouteTable", {"route": ""}, finish="route_table"),
    "aws_default_route_table": Row("AWS::EC2::RouteTable", {"route": "", "default_route_table_id": ""},
        finish="default_route_table"),
    "aws_route": Row("AWS::EC2::Route", {"egress_only_gateway_id": "EgressOnlyInternetGatewayId"}),
    "aws_route_table_association": Row("AWS::EC2::SubnetRouteTableAssociation", {"gateway_id": ""},
        finish="route_table_association"),
    "aws_main_route_table_association": Row(parent="route_table_id", into="aws_route_table", names={"vpc_id": ""},
        finish="main_route_table"),
    "aws_network_acl": Row("AWS::EC2::NetworkAcl", {"ingress": "", "egress": "", "subnet_ids": ""}, finish="network_acl"),
    "aws_default_network_acl": Row("AWS::EC2::NetworkAcl", {
        "ingress": "", "egress": "", "subnet_ids": "", "default_network_acl_id": "",
    }, finish="default_network_acl"),
    "aws_network_acl_rule": Row("AWS::EC2::NetworkAclEntry", {
        "from_port": "PortRange.From", "to_port": "PortRange.To", "icmp_type": "Icmp.Type", "icmp_code": "Icmp.Code",
    }, finish="network_acl_rule"),
    "aws_network_acl_association": Row("AWS::EC2::SubnetNetworkAclAssociation"),
    "aws_vpc_block_public_access_options": Row("AWS::EC2::VPCBlockPublicAccessOptions"),
    "aws_vpc_block_public_access_exclusion": Row("AWS::EC2::VPCBlockPublicAccessExclusion"),
    "aws_vpc_endpoint": Row("AWS::EC2::VPCEndpoint", {"policy": "PolicyDocument"}),
    **{
        f"aws_vpc_endpoint_{name}": Row(parent="vpc_endpoint_id", into="aws_vpc_endpoint", names=names)
        for name, names in {
            "subnet_association": {"subnet_id": "SubnetIds"},
            "security_group_association": {"security_group_id": "SecurityGroupIds"},
            "route_table_association": {"route_table_id": "RouteTableIds"},
            "private_dns": {"private_dns_enabled": "PrivateDnsEnabled"},
        }.items()
    },
    "aws_vpc_endpoint_service": Row("AWS::EC2::VPCEndpointService", {"allowed_principals": ""}, finish="endpoint_service"),
    "aws_vpc_endpoint_service_allowed_principal": Row("AWS::EC2::VPCEndpointServicePermissions", {
        "vpc_endpoint_service_id": "ServiceId", "principal_arn": "AllowedPrincipals",
    }),
    "aws_vpc_endpoint_policy": Row(parent="vpc_endpoint_id", into="aws_vpc_endpoint", names={"policy": "PolicyDocument"}),
    "aws_vpc_peering_connection": Row("AWS::EC2::VPCPeeringConnection", {"accepter": "", "requester": ""}, finish="peering"),
    "aws_vpc_peering_connection_accepter": Row(parent="vpc_peering_connection_id", into="aws_vpc_peering_connection",
        names={"accepter": "", "requester": ""}, finish="peering_accepter"),
    "aws_vpc_peering_connection_options": Row(parent="vpc_peering_connection_id", into="aws_vpc_peering_connection",
        names={"accepter": "", "requester": ""}),
    "aws_ec2_managed_prefix_list": Row("AWS::EC2::PrefixList"),
    "aws_ec2_managed_prefix_list_entry": Row(parent="prefix_list_id", into="aws_ec2_managed_prefix_list", below="Entries"),
    "aws_ec2_transit_gateway_vpc_attachment": Row("AWS::EC2::TransitGatewayVpcAttachment", {
        name: f"Options.{prop}" for name, prop in {
            "appliance_mode_support": "ApplianceModeSupport", "dns_support": "DnsSupport", "ipv6_support": "Ipv6Support",
            "security_group_referencing_support": "SecurityGroupReferencingSupport",
        }.items()
    }, finish="transit_attachment"),
    "aws_ec2_transit_gateway_vpc_attachment_accepter": Row(parent="transit_gateway_attachment_id",
        into="aws_ec2_transit_gateway_vpc_attachment", finish="transit_attachment"),
    "aws_ec2_transit_gateway_peering_attachment": Row("AWS::EC2::TransitGatewayPeeringAttachment"),
    "aws_ec2_transit_gateway_peering_attachment_accepter": Row(parent="transit_gateway_attachment_id",
        into="aws_ec2_transit_gateway_peering_attachment"),
    **{
        f"aws_ec2_transit_gateway_{name}": Row(f"AWS::EC2::TransitGateway{kind}")
        for name, kind in {
            "route": "Route", "route_table": "RouteTable", "route_table_association": "RouteTableAssociation",
            "route_table_propagation": "RouteTablePropagation", "connect": "Connect",
        }.items()
    },
    "aws_networkfirewall_firewall": Row("AWS::NetworkFirewall::Firewall", {
        "availability_zone_mapping.availability_zone_id": "AvailabilityZone",
    }),
    "aws_networkfirewall_firewall_policy": Row("AWS::NetworkFirewall::FirewallPolicy", {
        "firewall_policy.policy_variables.rule_variables": "",
    }),
    "aws_networkfirewall_rule_group": Row("AWS::NetworkFirewall::RuleGroup", {
        "rules": "RuleGroup.RulesSource.RulesString", "rule_group.rule_variables": "", "rule_group.reference_sets": "",
    }, finish="firewall_rules"),
    "aws_networkfirewall_logging_configuration": Row("AWS::NetworkFirewall::LoggingConfiguration", {
        "logging_configuration.log_destination_config.log_destination": "LogDestination",
    }),
    "aws_network_interface": Row("AWS::EC2::NetworkInterface", {
        "security_groups": "GroupSet", "private_ips": "", "private_ip": "PrivateIpAddress", "attachment": "",
        "private_ips_count": "SecondaryPrivateIpAddressCount", "ipv4_prefixes": "", "ipv6_prefixes": "",
        "ipv6_addresses": "",
    }, finish="interface"),
    "aws_network_interface_attachment": Row("AWS::EC2::NetworkInterfaceAttachment"),
    "aws_network_interface_sg_attachment": Row(parent="network_interface_id", into="aws_network_interface", names={
        "security_group_id": "GroupSet",
    }),
    "aws_flow_log": Row("AWS::EC2::FlowLog", {
        "iam_role_arn": "DeliverLogsPermissionArn", "vpc_id": "ResourceId", "subnet_id": "ResourceId",
        "eni_id": "ResourceId", "transit_gateway_id": "ResourceId", "transit_gateway_attachment_id": "ResourceId",
    }, finish="flow_log"),
    "aws_wafv2_web_acl_association": Row("AWS::WAFv2::WebACLAssociation", {}),
    "aws_wafregional_web_acl_association": Row("AWS::WAFRegional::WebACLAssociation", {"web_acl_id": "WebACLId"}),
    "aws_ec2_fleet": Row("AWS::EC2::EC2Fleet", {
        "launch_template_config": "LaunchTemplateConfigs", "launch_template_config.override": "Overrides",
    }),
    "aws_spot_fleet_request": Row("AWS::EC2::SpotFleet", below="SpotFleetRequestConfigData"),
    **{
        name: Row(kind, {"name": names, "subnet_ids": "SubnetIds", "description": description})
        for name, kind, names, description in (
            ("aws_db_subnet_group", "AWS::RDS::DBSubnetGroup", "DBSubnetGroupName", "DBSubnetGroupDescription"),
            ("aws_docdb_subnet_group", "AWS::DocDB::DBSubnetGroup", "DBSubnetGroupName", "DBSubnetGroupDescription"),
            ("aws_neptune_subnet_group", "AWS::Neptune::DBSubnetGroup", "DBSubnetGroupName", "DBSubnetGroupDescription"),
            ("aws_elasticache_subnet_group", "AWS::ElastiCache::SubnetGroup", "CacheSubnetGroupName", "Description"),
            ("aws_redshift_subnet_group", "AWS::Redshift::ClusterSubnetGroup", "", "Description"),
            ("aws_memorydb_subnet_group", "AWS::MemoryDB::SubnetGroup", "SubnetGroupName", "Description"),
            ("aws_dax_subnet_group", "AWS::DAX::SubnetGroup", "SubnetGroupName", "Description"),
        )
    },
    "aws_vpc_ipv4_cidr_block_association": Row("AWS::EC2::VPCCidrBlock"),
    "aws_vpc_ipv6_cidr_block_association": Row("AWS::EC2::VPCCidrBlock", {
        "assign_generated_ipv6_cidr_block": "AmazonProvidedIpv6CidrBlock",
    }),
    "aws_vpc_ipam_pool": Row("AWS::EC2::IPAMPool"),
    "aws_vpc_ipam_pool_cidr": Row("AWS::EC2::IPAMPoolCidr"),
    "aws_vpc_ipam_scope": Row("AWS::EC2::IPAMScope"),
    "aws_ec2_client_vpn_network_association": Row("AWS::EC2::ClientVpnTargetNetworkAssociation"),
}  # fmt: skip
