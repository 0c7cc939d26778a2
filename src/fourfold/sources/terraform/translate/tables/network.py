"""Networks: packet filters, subnets, routes, endpoints."""

from __future__ import annotations

from fourfold.sources.terraform.translate.row import Row

_RULE = {
    "protocol": "IpProtocol", "from_port": "FromPort", "to_port": "ToPort", "description": "Description",
    "security_group_id": "GroupId", "type": "", "name": "", "tags": "",
}  # fmt: skip

ROWS: dict[str, Row] = {
    "aws_security_group": Row("AWS::EC2::SecurityGroup", {
        "name": "GroupName", "description": "GroupDescription", "ingress": "", "egress": "",
    }, finish="security_group"),
    "aws_default_security_group": Row("AWS::EC2::SecurityGroup", {"ingress": "", "egress": ""}, finish="security_group"),
    "aws_security_group_rule": Row("AWS::EC2::SecurityGroupIngress", _RULE, finish="security_group_rule"),
    "aws_vpc_security_group_ingress_rule": Row("AWS::EC2::SecurityGroupIngress", {
        **_RULE, "ip_protocol": "IpProtocol", "cidr_ipv4": "CidrIp", "cidr_ipv6": "CidrIpv6",
        "referenced_security_group_id": "SourceSecurityGroupId", "prefix_list_id": "SourcePrefixListId",
    }),
    "aws_vpc_security_group_egress_rule": Row("AWS::EC2::SecurityGroupEgress", {
        **_RULE, "ip_protocol": "IpProtocol", "cidr_ipv4": "CidrIp", "cidr_ipv6": "CidrIpv6",
        "referenced_security_group_id": "DestinationSecurityGroupId", "prefix_list_id": "DestinationPrefixListId",
    }),
    "aws_vpc": Row("AWS::EC2::VPC", {}),
    "aws_default_vpc": Row("AWS::EC2::VPC", {}),
    "aws_subnet": Row("AWS::EC2::Subnet", {}),
    "aws_default_subnet": Row("AWS::EC2::Subnet", provider={"MapPublicIpOnLaunch": True}),
    "aws_internet_gateway": Row("AWS::EC2::InternetGateway", {"vpc_id": ""}),
    "aws_egress_only_internet_gateway": Row("AWS::EC2::EgressOnlyInternetGateway", {}),
    "aws_nat_gateway": Row("AWS::EC2::NatGateway", {}),
    "aws_eip": Row("AWS::EC2::EIP", {"instance": "InstanceId"}),
    "aws_route_table": Row("AWS::EC2::RouteTable", {"route": ""}, finish="route_table"),
    "aws_default_route_table": Row("AWS::EC2::RouteTable", {"route": ""}, finish="route_table"),
    "aws_route": Row("AWS::EC2::Route", {"egress_only_gateway_id": "EgressOnlyInternetGatewayId"}),
    "aws_route_table_association": Row("AWS::EC2::SubnetRouteTableAssociation", {}),
    "aws_main_route_table_association": Row("AWS::EC2::SubnetRouteTableAssociation", {}),
    "aws_network_acl": Row("AWS::EC2::NetworkAcl", {"ingress": "", "egress": "", "subnet_ids": ""}),
    "aws_default_network_acl": Row("AWS::EC2::NetworkAcl", {"ingress": "", "egress": "", "subnet_ids": ""}),
    "aws_network_acl_rule": Row("AWS::EC2::NetworkAclEntry", {
        "from_port": "PortRange.From", "to_port": "PortRange.To", "icmp_type": "Icmp.Type", "icmp_code": "Icmp.Code",
    }),
    "aws_vpc_endpoint": Row("AWS::EC2::VPCEndpoint", {"policy": "PolicyDocument"}),
    "aws_vpc_endpoint_policy": Row(parent="vpc_endpoint_id", into="aws_vpc_endpoint", names={"policy": "PolicyDocument"}),
    "aws_vpc_peering_connection": Row("AWS::EC2::VPCPeeringConnection", {}),
    "aws_network_interface": Row("AWS::EC2::NetworkInterface", {"security_groups": "GroupSet"}),
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
}  # fmt: skip
