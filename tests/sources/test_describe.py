"""What `aws ec2 describe-*` prints, as a network that can be asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.faces.cli import main
from fourfold.network import Reach
from fourfold.sources.describe import LISTS, claims

EVERYWHERE = [{"CidrIp": "0.0.0.0/0"}]
ACCOUNT: dict[str, dict[str, Any]] = {
    "vpcs": {
        "Vpcs": [
            {
                "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "IsDefault": False,
                "CidrBlockAssociationSet": [{"CidrBlock": "10.0.0.0/16", "CidrBlockState": {"State": "associated"}}],
                "Ipv6CidrBlockAssociationSet": [
                    {"Ipv6CidrBlock": "2600:1f18:1:1::/56", "Ipv6CidrBlockState": {"State": "associated"}}
                ],
            },
            {"VpcId": "vpc-2", "CidrBlock": "10.1.0.0/16"},
        ]
    },
    "subnets": {
        "Subnets": [
            {
                "SubnetId": "subnet-front", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24",
                "MapPublicIpOnLaunch": True,
                "Ipv6CidrBlockAssociationSet": [
                    {"Ipv6CidrBlock": "2600:1f18:1:101::/64", "Ipv6CidrBlockState": {"State": "associated"}}
                ],
            },
            {"SubnetId": "subnet-back", "VpcId": "vpc-1", "CidrBlock": "10.0.2.0/24", "MapPublicIpOnLaunch": False},
            {"SubnetId": "subnet-far", "VpcId": "vpc-2", "CidrBlock": "10.1.1.0/24", "MapPublicIpOnLaunch": False},
        ]
    },
    "route-tables": {
        "RouteTables": [
            {
                "RouteTableId": "rtb-main", "VpcId": "vpc-1",
                "Associations": [{"Main": True, "RouteTableAssociationId": "rtbassoc-1"}],
                "Routes": [
                    {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"},
                    {"DestinationCidrBlock": "10.1.0.0/16", "VpcPeeringConnectionId": "pcx-1", "State": "active"},
                    {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"},
                    {"DestinationCidrBlock": "198.51.100.0/24", "NatGatewayId": "nat-9", "State": "blackhole"},
                    {"DestinationPrefixListId": "pl-0123456789abcdef0", "NatGatewayId": "nat-1", "State": "active"},
                ],
            },
            {
                "RouteTableId": "rtb-front", "VpcId": "vpc-1",
                "Associations": [{"Main": False, "SubnetId": "subnet-front"}],
                "Routes": [
                    {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"},
                    {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"},
                    {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "State": "active"},
                ],
            },
            {
                "RouteTableId": "rtb-far", "VpcId": "vpc-2", "Associations": [{"Main": True}],
                "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "VpcPeeringConnectionId": "pcx-1"}],
            },
        ]
    },
    "network-acls": {
        "NetworkAcls": [
            {
                "NetworkAclId": acl, "VpcId": vpc, "IsDefault": True, "Associations": [{"SubnetId": s} for s in subnets],
                "Entries": [
                    {"CidrBlock": "0.0.0.0/0", "Egress": e, "Protocol": "-1", "RuleAction": "deny", "RuleNumber": 32767}
                    for e in (True, False)
                ] + [
                    {family: whole, "Egress": e, "Protocol": "-1", "RuleAction": "allow", "RuleNumber": n}
                    for e in (True, False)
                    for family, whole, n in (("CidrBlock", "0.0.0.0/0", 100), ("Ipv6CidrBlock", "::/0", 101))
                ],
            }
            for acl, vpc, subnets in (
                ("acl-1", "vpc-1", ("subnet-front", "subnet-back")), ("acl-2", "vpc-2", ("subnet-far",))
            )
        ]
    },
    "security-groups": {
        "SecurityGroups": [
            {
                "GroupId": "sg-web", "GroupName": "web", "Description": "web", "VpcId": "vpc-1",
                "IpPermissions": [
                    {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": EVERYWHERE,
                     "Ipv6Ranges": [{"CidrIpv6": "::/0"}], "PrefixListIds": [], "UserIdGroupPairs": []}
                ],
                "IpPermissionsEgress": [
                    {"IpProtocol": "-1", "IpRanges": EVERYWHERE, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
                ],
            },
            {
                "GroupId": "sg-db", "GroupName": "db", "VpcId": "vpc-1", "IpPermissionsEgress": [],
                "IpPermissions": [
                    {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432,
                     "UserIdGroupPairs": [{"GroupId": "sg-web", "UserId": "111122223333"}]}
                ],
            },
        ]
    },
    "instances": {
        "Reservations": [
            {
                "ReservationId": "r-1",
                "Instances": [
                    {
                        "InstanceId": "i-web", "State": {"Code": 16, "Name": "running"}, "VpcId": "vpc-1",
                        "NetworkInterfaces": [
                            {
                                "NetworkInterfaceId": "eni-web", "SubnetId": "subnet-front", "VpcId": "vpc-1",
                                "PrivateIpAddress": "10.0.1.5", "Groups": [{"GroupId": "sg-web"}],
                                "Association": {"PublicIp": "3.3.3.3"}, "InterfaceType": "interface",
                                "Attachment": {"DeviceIndex": 0, "AttachmentId": "eni-attach-1"},
                                "Ipv6Addresses": [{"Ipv6Address": "2600:1f18:1:101::5"}],
                            }
                        ],
                    },
                    {"InstanceId": "i-gone", "State": {"Name": "terminated"}, "NetworkInterfaces": []},
                ],
            }
        ]
    },
    "network-interfaces": {
        "NetworkInterfaces": [
            {
                "NetworkInterfaceId": "eni-web", "SubnetId": "subnet-front", "PrivateIpAddress": "10.0.1.5",
                "Groups": [{"GroupId": "sg-web"}], "Association": {"PublicIp": "3.3.3.3"}, "InterfaceType": "interface",
                "Attachment": {"InstanceId": "i-web", "DeviceIndex": 0},
                "Ipv6Addresses": [{"Ipv6Address": "2600:1f18:1:101::5"}],
            },
            {
                "NetworkInterfaceId": "eni-db", "SubnetId": "subnet-back", "PrivateIpAddress": "10.0.2.5",
                "Groups": [{"GroupId": "sg-db"}], "InterfaceType": "interface", "Ipv6Addresses": [],
            },
            {
                "NetworkInterfaceId": "eni-worker", "SubnetId": "subnet-back", "PrivateIpAddress": "10.0.2.6",
                "Groups": [{"GroupId": "sg-web"}], "InterfaceType": "lambda",
            },
            {
                "NetworkInterfaceId": "eni-far", "SubnetId": "subnet-far", "PrivateIpAddress": "10.1.1.5",
                "Groups": [{"GroupId": "sg-elsewhere"}], "InterfaceType": "interface",
            },
            {"NetworkInterfaceId": "eni-nat", "SubnetId": "subnet-front", "InterfaceType": "nat_gateway", "Groups": []},
        ]
    },
    "nat-gateways": {
        "NatGateways": [
            {"NatGatewayId": "nat-1", "SubnetId": "subnet-front", "VpcId": "vpc-1", "State": "available",
             "ConnectivityType": "public"}
        ]
    },
    "peerings": {
        "VpcPeeringConnections": [
            {"VpcPeeringConnectionId": "pcx-1", "Status": {"Code": "active"},
             "AccepterVpcInfo": {"VpcId": "vpc-2"}, "RequesterVpcInfo": {"VpcId": "vpc-1"}}
        ]
    },
}  # fmt: skip


def write(folder: Path, account: dict[str, dict[str, Any]], *without: str) -> Path:
    for name, content in account.items():
        if name not in without:
            (folder / f"{name}.json").write_text(json.dumps(content, indent=1))
    return folder


@pytest.mark.parametrize(
    ("src", "dst", "port", "verdict"),
    [
        ("internet", "i-web", 443, "allowed"),
        ("internet", "i-web", 22, "denied"),
        ("i-web", "eni-db", 5432, "allowed"),
        ("i-web", "eni-db", 5433, "denied"),
        ("eni-worker", "eni-db", 5432, "allowed"),
        ("i-web", "eni-worker", 443, "denied"),  # a function's
        ("eni-worker", "8.8.8.8", 443, "allowed"),  # through the NAT gateway
        ("eni-worker", "198.51.100.1", 443, "denied"),  # a route to what is gone
        ("eni-db", "8.8.8.8", 443, "denied"),  # its group has no rule for what goes out
        ("i-web", "2a00:1450::1", 443, "allowed"),
        ("2a00:1450::1", "i-web", 443, "denied"),  # the gateway lets out only
        ("i-web", "eni-far", 443, "denied"),  # no route of the front's table leads there
        ("eni-worker", "eni-far", 443, "depends"),  # a group that nobody describes
    ],
)
def test_an_account_is_asked_as_templates_are(tmp_path: Path, src: str, dst: str, port: int, verdict: str) -> None:
    assert Reach(write(tmp_path, ACCOUNT)).allowed(src, dst, "TCP", port) == verdict


def test_an_instance_is_one_end_however_often_it_is_described(tmp_path: Path) -> None:
    reach = Reach(write(tmp_path, ACCOUNT))
    assert {e.name for e in reach.networks[0].ends} == {
        "i-web[EC2::NetworkInterface]", "eni-db[EC2::NetworkInterface]", "eni-worker[EC2::NetworkInterface]",
        "eni-far[EC2::NetworkInterface]", "nat-1[EC2::NatGateway]",
    }  # fmt: skip
    assert not reach.problems


@pytest.mark.parametrize(
    ("missing", "src", "dst"),
    [
        ("network-acls", "internet", "i-web"),
        ("route-tables", "internet", "i-web"),
        ("security-groups", "i-web", "eni-db"),
        ("nat-gateways", "eni-worker", "8.8.8.8"),
        ("peerings", "eni-worker", "eni-far"),
    ],
)
def test_what_nobody_describes_is_not_guessed(tmp_path: Path, missing: str, src: str, dst: str) -> None:
    assert Reach(write(tmp_path, ACCOUNT, missing)).allowed(src, dst, "TCP", 443) == "depends"


def test_lists_of_prefixes_and_their_entries(tmp_path: Path) -> None:
    group = json.loads(json.dumps(ACCOUNT["security-groups"]))
    group["SecurityGroups"][0]["IpPermissions"] = [
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": "pl-0123456789abcdef0"}]}
    ]
    account = {**ACCOUNT, "security-groups": group}
    assert Reach(write(tmp_path, account)).allowed("203.0.113.7", "i-web", "TCP", 22) == "depends"
    entries = {"Entries": [{"Cidr": "203.0.113.0/24", "Description": "office"}]}
    (tmp_path / "pl-0123456789abcdef0.json").write_text(json.dumps(entries))
    assert Reach(tmp_path).allowed("203.0.113.7", "i-web", "TCP", 22) == "allowed"
    assert Reach(tmp_path).allowed("203.0.114.7", "i-web", "TCP", 22) == "denied"


def test_reasons_name_the_described_rule(tmp_path: Path) -> None:
    why = Reach(write(tmp_path, ACCOUNT)).why("i-web", "eni-db", "TCP", 5432)
    reasons = [r for step in why.steps for r in step.reasons if "sg-db" in r.text]
    assert [r.text for r in reasons] == ["security group `sg-db`, ingress rule TCP 5432"]
    assert reasons[0].span is not None
    assert reasons[0].span.file == "security-groups.json"


def test_a_page_that_is_not_the_last_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path, {**ACCOUNT, "vpcs": {**ACCOUNT["vpcs"], "NextToken": "abc"}})
    assert [(p.file, "more pages" in p.reason) for p in Reach(tmp_path).problems] == [("vpcs.json", True)]


def test_the_command_takes_a_folder_of_outputs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path, ACCOUNT)
    assert main(["net", "reach", "i-web", "eni-db", str(folder), "--port", "5432"]) == 0
    assert capsys.readouterr().out == "i-web reaches eni-db on 5432\n"


def test_only_such_files_are_claimed() -> None:
    assert claims("x.json", b'{"Subnets": [{"SubnetId": "subnet-1"}]}')
    assert claims("pl-0123456789abcdef0.json", b'{"Entries": [{"Cidr": "10.0.0.0/8"}]}')
    assert not claims("x.json", b'{"Entries": [{"Cidr": "10.0.0.0/8"}]}')
    assert not claims("x.json", b'{"Subnets": ["subnet-1"]}')
    assert not claims("x.json", b'{"Resources": {"A": {"Type": "AWS::EC2::Subnet", "SubnetId": 1}}}')


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 70000) | st.sampled_from(["tcp", "sg-1", "10.0.0.0/8", "::/0", "x", ""]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from([
            "VpcId", "SubnetId", "GroupId", "CidrBlock", "Groups", "IpPermissions", "IpRanges", "CidrIp", "Routes",
            "Entries", "Associations", "Instances", "NetworkInterfaces", "Status", "Egress", "RuleNumber", "PortRange",
        ]), inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(key=st.sampled_from(sorted(LISTS)), value=plain)
def test_whatever_stands_there_is_no_exception(tmp_path_factory: pytest.TempPathFactory, key: str, value: Any) -> None:
    from fourfold.model.place import Source
    from fourfold.sources.describe import read
    from fourfold.sources.tree import Tree

    text = json.dumps({key: [value, {LISTS[key][0]: value}]})
    found = read(Source("x.json", text), Tree(tmp_path_factory.getbasetemp()))
    assert all(r.format == "describe" for r in found.resources)
