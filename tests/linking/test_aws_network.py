"""Security groups with their rules, routes, and interfaces of stores and load balancers."""

from linking.aws_template import PROD, graph

from fourfold.model.condition import TRUE, negate
from fourfold.model.graph import Graph
from fourfold.model.nodes import DataStore, NetworkInterface, Route, Rule, SecurityGroup


def rules(g: Graph, direction: str) -> list[Rule]:
    return [r for r in g.of(Rule) if r.direction == direction]


def test_inline_and_standalone_rules_are_one_group() -> None:
    g = graph("""
        Web:
          Type: AWS::EC2::SecurityGroup
          Properties:
            VpcId: vpc-1
            SecurityGroupIngress:
              - {IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}
              - {IpProtocol: tcp, FromPort: 8000, ToPort: 8100, SourceSecurityGroupId: !Ref Other}
        Other: {Type: AWS::EC2::SecurityGroup, Properties: {}}
        Ssh:
          Type: AWS::EC2::SecurityGroupIngress
          Condition: x
          Properties: {GroupId: !GetAtt Web.GroupId, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIpv6: "::/0"}
    """)
    web = g.of(SecurityGroup)[0]
    https, peers, ssh, out = web.rules
    assert (https.address, https.cidr.plain(), https.from_port.plain()) == (
        "Web/ingress/tcp 443/0.0.0.0/0",
        "0.0.0.0/0",
        443,
    )
    assert str(https) == "rule `Web ingress 443`"
    assert peers.cidr.absent
    assert g.target(peers.peer_group) is g.of(SecurityGroup)[1].resource
    assert (ssh.address, ssh.cidr.plain(), ssh.condition) == ("Ssh", "::/0", PROD)
    assert (out.direction, out.protocol.plain(), out.cidr.plain()) == ("egress", "-1", "0.0.0.0/0")
    assert g.out(web, "contains") == list(web.rules)


def test_a_written_rule_for_what_goes_out_replaces_the_implicit_one() -> None:
    g = graph("""
        A:
          Type: AWS::EC2::SecurityGroup
          Properties: {SecurityGroupEgress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8}]}
        B: {Type: AWS::EC2::SecurityGroup, Properties: {}}
        OfB: {Type: AWS::EC2::SecurityGroupEgress, Properties: {GroupId: !Ref B, IpProtocol: "-1", CidrIp: 10.0.0.0/8}}
        C:
          Type: AWS::EC2::SecurityGroup
          Properties: {SecurityGroupEgress: [!If [x, {IpProtocol: "-1", CidrIp: 10.0.0.0/8}, !Ref AWS::NoValue]]}
        D: {Type: AWS::EC2::SecurityGroup, Properties: {SecurityGroupEgress: !Ref AnyRules}}
    """)
    found = {(r.resource.address, r.cidr.plain(), r.condition) for r in rules(g, "egress")}
    assert found == {
        ("A", "10.0.0.0/8", TRUE),
        ("OfB", "10.0.0.0/8", TRUE),
        ("C", "10.0.0.0/8", PROD),
        ("C", "0.0.0.0/0", negate(PROD)),
        ("D", "AnyRules.CidrIp", TRUE),
    }


def test_a_rule_for_all_protocols_has_no_ports() -> None:
    g = graph("""
        G: {Type: AWS::EC2::SecurityGroup, Properties: {SecurityGroupIngress: [{IpProtocol: "-1", CidrIp: 0.0.0.0/0}]}}
    """)
    (rule,) = rules(g, "ingress")
    assert rule.from_port.surely(-1)
    assert rule.part == "ingress/-1/0.0.0.0/0"


def test_a_rule_of_a_group_of_another_stack() -> None:
    g = graph("""
        R: {Type: AWS::EC2::SecurityGroupIngress, Properties: {GroupId: !Ref AnyGroup, IpProtocol: tcp, CidrIp: 0.0.0.0/0}}
    """)
    assert g.of(SecurityGroup) == []
    assert g.of(Rule)[0].cidr.surely("0.0.0.0/0")


def test_routes_with_the_subnets_of_their_table() -> None:
    g = graph("""
        Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: v}}
        Out: {Type: AWS::EC2::Route, Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: igw}}
        Link: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {RouteTableId: !Ref Table, SubnetId: subnet-1}}
    """)
    (route,) = g.of(Route)
    assert (route.destination.plain(), route.target_kind, route.target.plain()) == ("0.0.0.0/0", "GatewayId", "igw")
    assert [s.plain() for s in route.subnets] == ["subnet-1"]


def test_interfaces_of_stores_and_what_guards_them() -> None:
    g = graph("""
        Db:
          Type: AWS::RDS::DBInstance
          Properties: {Engine: mysql, VPCSecurityGroups: [!GetAtt G.GroupId], DBSubnetGroupName: !Ref Subnets}
        Subnets: {Type: AWS::RDS::DBSubnetGroup, Properties: {SubnetIds: [a, b]}}
        G: {Type: AWS::EC2::SecurityGroup, Properties: {}}
        Files: {Type: AWS::EFS::FileSystem, Properties: {}}
        Mount: {Type: AWS::EFS::MountTarget, Properties: {FileSystemId: !Ref Files, SubnetId: a, SecurityGroups: [!Ref G]}}
        F: {Type: AWS::Lambda::Function, Properties: {VpcConfig: {SubnetIds: [a], SecurityGroupIds: [!Ref G]}}}
    """)
    stores = {s.name: s for s in g.of(DataStore)}
    db, files = stores["Db"], stores["Files"]
    (interface,) = g.out(db, "attached")
    assert isinstance(interface, NetworkInterface)
    assert interface.subnets.plain() == ["a", "b"]
    assert interface.public_address.surely(False)
    assert g.out(files, "attached")[0].owner == files.resource.key  # type: ignore[attr-defined]
    group = g.of(SecurityGroup)[0]
    assert {i.name for i in g.into(group, "guarded_by")} == {"Db", "Mount", "F"}


def test_interfaces_of_load_balancers() -> None:
    g = graph("""
        A: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {Subnets: [a], Scheme: internal}}
        B: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {Subnets: [a]}}
    """)
    assert [i.public_address.surely(True) for i in g.of(NetworkInterface)] == [False, True]
