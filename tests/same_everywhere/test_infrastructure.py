"""The same infrastructure, written in CloudFormation and in each of Terraform's spellings, gives the same findings."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

import fourfold
from fourfold.sources.terraform.hcl.written import Block, Encoded, Raw, block, expression


class Case(NamedTuple):
    """One fact in two vocabularies."""

    cloudformation: dict[str, Any]
    """Logical name: resource."""
    terraform: dict[str, dict[str, Any]]
    """Address: body; `Raw` is a reference."""
    findings: int
    """How many there are: a case that says nothing shows nothing."""


def resource(type_: str, **properties: Any) -> dict[str, Any]:
    return {"Type": type_, "Properties": properties}


def policy(**statement: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def arn(name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, "Arn"]}


LAMBDA_TRUST = policy(Principal={"Service": "lambda.amazonaws.com"}, Action="sts:AssumeRole")
OPEN_TRUST = policy(Principal={"AWS": "*"}, Action="sts:AssumeRole")
OFF = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), False)
PUBLIC_READ = {"Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::site/*"}

CASES: dict[str, Case] = {
    "bucket": Case(
        {
            "B": resource("AWS::S3::Bucket", BucketName="site", AccessControl="PublicReadWrite",
                          PublicAccessBlockConfiguration=OFF),
            "P": resource("AWS::S3::BucketPolicy", Bucket=ref("B"), PolicyDocument=policy(**PUBLIC_READ)),
        },
        {
            "aws_s3_bucket.b": {"bucket": "site"},
            "aws_s3_bucket_acl.b": {"bucket": Raw("aws_s3_bucket.b.id"), "acl": "public-read-write"},
            "aws_s3_bucket_public_access_block.b": {
                "bucket": Raw("aws_s3_bucket.b.id"), "block_public_acls": False, "block_public_policy": False,
                "ignore_public_acls": False, "restrict_public_buckets": False,
            },
            "aws_s3_bucket_policy.b": {"bucket": Raw("aws_s3_bucket.b.id"), "policy": Encoded(policy(**PUBLIC_READ))},
        },
        4,
    ),
    "security group": Case(
        {
            "G": resource("AWS::EC2::SecurityGroup", GroupDescription="g", SecurityGroupIngress=[
                {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"},
                {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIpv6": "::/0"},
            ]),
            "R": resource("AWS::EC2::SecurityGroupIngress", GroupId=ref("G"), IpProtocol="-1", CidrIp="0.0.0.0/0"),
        },
        {
            "aws_security_group.g": {"description": "g", "ingress": [Block(
                protocol="tcp", from_port=22, to_port=22, cidr_blocks=["0.0.0.0/0"], ipv6_cidr_blocks=["::/0"],
            )]},
            "aws_vpc_security_group_ingress_rule.r": {
                "security_group_id": Raw("aws_security_group.g.id"), "ip_protocol": "-1", "cidr_ipv4": "0.0.0.0/0",
            },
        },
        3,
    ),
    "database": Case(
        {"D": resource("AWS::RDS::DBInstance", Engine="mysql", DBInstanceClass="db.t3.micro", PubliclyAccessible=True,
                       StorageEncrypted=False, BackupRetentionPeriod=0, MasterUsername="a", MasterUserPassword="Pa55word!",
                       AutoMinorVersionUpgrade=False, DeletionProtection=False)},
        {"aws_db_instance.d": {
            "engine": "mysql", "instance_class": "db.t3.micro", "publicly_accessible": True, "storage_encrypted": False,
            "backup_retention_period": 0, "username": "a", "password": "Pa55word!", "auto_minor_version_upgrade": False,
            "deletion_protection": False,
        }},
        6,
    ),
    "queue and topic": Case(
        {
            "Q": resource("AWS::SQS::Queue", SqsManagedSseEnabled=False),
            "P": resource("AWS::SQS::QueuePolicy", Queues=[ref("Q")],
                          PolicyDocument=policy(Principal="*", Action="sqs:SendMessage", Resource="*")),
            "T": resource("AWS::SNS::Topic", TopicName="t"),
        },
        {
            "aws_sqs_queue.q": {"sqs_managed_sse_enabled": False},
            "aws_sqs_queue_policy.p": {
                "queue_url": Raw("aws_sqs_queue.q.id"),
                "policy": Encoded(policy(Principal="*", Action="sqs:SendMessage", Resource="*")),
            },
            "aws_sns_topic.t": {"name": "t"},
        },
        3,
    ),
    "role": Case(
        {
            "R": resource("AWS::IAM::Role", RoleName="r", AssumeRolePolicyDocument=OPEN_TRUST,
                          ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
            "P": resource("AWS::IAM::ManagedPolicy", PolicyDocument=policy(Action="*", Resource="*")),
            "U": resource("AWS::IAM::User", UserName="u"),
            "K": resource("AWS::IAM::AccessKey", UserName=ref("U")),
        },
        {
            "aws_iam_role.r": {"name": "r", "assume_role_policy": Encoded(OPEN_TRUST)},
            "aws_iam_role_policy_attachment.a": {
                "role": Raw("aws_iam_role.r.name"), "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess",
            },
            "aws_iam_policy.p": {"policy": Encoded(policy(Action="*", Resource="*"))},
            "aws_iam_user.u": {"name": "u"},
            "aws_iam_access_key.k": {"user": Raw("aws_iam_user.u.name")},
        },
        4,
    ),
    "function": Case(
        {
            "R": resource("AWS::IAM::Role", AssumeRolePolicyDocument=LAMBDA_TRUST),
            "F": resource("AWS::Lambda::Function", Runtime="nodejs12.x", Handler="a.b", Role=arn("R"),
                          Code={"S3Bucket": "code", "S3Key": "f.zip"},
                          Environment={"Variables": {"DB_PASSWORD": "Pa$word123"}}),
            "U": resource("AWS::Lambda::Url", AuthType="NONE", TargetFunctionArn=arn("F")),
            "P": resource("AWS::Lambda::Permission", Action="lambda:InvokeFunction", FunctionName=ref("F"), Principal="*"),
        },
        {
            "aws_iam_role.r": {"assume_role_policy": Encoded(LAMBDA_TRUST)},
            "aws_lambda_function.f": {
                "function_name": "f", "runtime": "nodejs12.x", "handler": "a.b", "role": Raw("aws_iam_role.r.arn"),
                "s3_bucket": "code", "s3_key": "f.zip", "environment": Block(variables={"DB_PASSWORD": "Pa$word123"}),
            },
            "aws_lambda_function_url.u": {
                "authorization_type": "NONE", "function_name": Raw("aws_lambda_function.f.function_name"),
            },
            "aws_lambda_permission.p": {
                "action": "lambda:InvokeFunction", "function_name": Raw("aws_lambda_function.f.function_name"),
                "principal": "*",
            },
        },
        5,
    ),
    "cluster": Case(
        {"C": resource("AWS::EKS::Cluster", Version="1.24", RoleArn="arn:aws:iam::123456789012:role/c",
                       ResourcesVpcConfig={"SubnetIds": ["subnet-1"], "EndpointPublicAccess": True})},
        {"aws_eks_cluster.c": {
            "name": "c", "version": "1.24", "role_arn": "arn:aws:iam::123456789012:role/c",
            "vpc_config": Block(subnet_ids=["subnet-1"], endpoint_public_access=True),
        }},
        3,
    ),
    "load balancer": Case(
        {
            "L": resource("AWS::ElasticLoadBalancingV2::LoadBalancer", Scheme="internet-facing", Subnets=["subnet-1"]),
            "H": resource("AWS::ElasticLoadBalancingV2::Listener", LoadBalancerArn=ref("L"), Port=80, Protocol="HTTP",
                          DefaultActions=[{"Type": "forward", "TargetGroupArn": ref("T")}]),
            "T": resource("AWS::ElasticLoadBalancingV2::TargetGroup", Port=80, Protocol="HTTP", VpcId="vpc-1"),
        },
        {
            "aws_lb.l": {"internal": False, "subnets": ["subnet-1"]},
            "aws_lb_listener.h": {
                "load_balancer_arn": Raw("aws_lb.l.arn"), "port": 80, "protocol": "HTTP",
                "default_action": [Block(type="forward", target_group_arn=Raw("aws_lb_target_group.t.arn"))],
            },
            "aws_lb_target_group.t": {"port": 80, "protocol": "HTTP", "vpc_id": "vpc-1"},
        },
        3,
    ),
    "api": Case(
        {
            "A": resource("AWS::ApiGateway::RestApi", Name="a"),
            "M": resource("AWS::ApiGateway::Method", RestApiId=ref("A"), HttpMethod="GET", AuthorizationType="NONE",
                          ResourceId={"Fn::GetAtt": ["A", "RootResourceId"]}, Integration={
                "Type": "HTTP_PROXY", "IntegrationHttpMethod": "GET", "Uri": "https://example.com"}),
            "D": resource("AWS::ApiGateway::Deployment", RestApiId=ref("A")),
            "S": resource("AWS::ApiGateway::Stage", RestApiId=ref("A"), DeploymentId=ref("D"), StageName="prod"),
        },
        {
            "aws_api_gateway_rest_api.a": {"name": "a"},
            "aws_api_gateway_method.m": {
                "rest_api_id": Raw("aws_api_gateway_rest_api.a.id"), "http_method": "GET", "authorization": "NONE",
                "resource_id": Raw("aws_api_gateway_rest_api.a.root_resource_id"),
            },
            "aws_api_gateway_integration.i": {
                "rest_api_id": Raw("aws_api_gateway_rest_api.a.id"), "http_method": "GET", "type": "HTTP_PROXY",
                "integration_http_method": "GET", "uri": "https://example.com",
                "resource_id": Raw("aws_api_gateway_rest_api.a.root_resource_id"),
            },
            "aws_api_gateway_deployment.d": {"rest_api_id": Raw("aws_api_gateway_rest_api.a.id")},
            "aws_api_gateway_stage.s": {
                "rest_api_id": Raw("aws_api_gateway_rest_api.a.id"), "stage_name": "prod",
                "deployment_id": Raw("aws_api_gateway_deployment.d.id"),
            },
        },
        2,
    ),
    "registry and key": Case(
        {
            "R": resource("AWS::ECR::Repository", ImageTagMutability="MUTABLE",
                          ImageScanningConfiguration={"ScanOnPush": False}),
            "K": resource("AWS::KMS::Key", EnableKeyRotation=False),
        },
        {
            "aws_ecr_repository.r": {
                "name": "r", "image_tag_mutability": "MUTABLE",
                "image_scanning_configuration": Block(scan_on_push=False),
            },
            "aws_kms_key.k": {"enable_key_rotation": False},
        },
        3,
    ),
    "table and log group": Case(
        {
            "T": resource("AWS::DynamoDB::Table", TableName="t", DeletionProtectionEnabled=False,
                          PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}),
            "L": resource("AWS::Logs::LogGroup", LogGroupName="l"),
        },
        {
            "aws_dynamodb_table.t": {
                "name": "t", "deletion_protection_enabled": False, "point_in_time_recovery": Block(enabled=False),
            },
            "aws_cloudwatch_log_group.l": {"name": "l"},
        },
        2,
    ),
    "machine": Case(
        {"I": resource("AWS::EC2::Instance", ImageId="ami-1", MetadataOptions={"HttpTokens": "optional"},
                       IamInstanceProfile="p", BlockDeviceMappings=[
                           {"DeviceName": "/dev/sdb", "Ebs": {"Encrypted": False, "VolumeSize": 8}}])},
        {"aws_instance.i": {
            "ami": "ami-1", "metadata_options": Block(http_tokens="optional"), "iam_instance_profile": "p",
            "ebs_block_device": [Block(device_name="/dev/sdb", encrypted=False, volume_size=8)],
        }},
        2,
    ),
    "file system and cache": Case(
        {
            "F": resource("AWS::EFS::FileSystem", Encrypted=False),
            "C": resource("AWS::ElastiCache::ReplicationGroup", ReplicationGroupDescription="c", Engine="redis",
                          TransitEncryptionEnabled=False, AtRestEncryptionEnabled=False),
        },
        {
            "aws_efs_file_system.f": {"encrypted": False},
            "aws_elasticache_replication_group.c": {
                "replication_group_id": "c", "description": "c", "engine": "redis", "transit_encryption_enabled": False,
                "at_rest_encryption_enabled": False,
            },
        },
        3,
    ),
    "service": Case(
        {
            "S": resource("AWS::ECS::Service", Cluster="c", TaskDefinition="t", LaunchType="FARGATE",
                          EnableExecuteCommand=True, NetworkConfiguration={"AwsvpcConfiguration": {
                              "Subnets": ["subnet-1"], "AssignPublicIp": "ENABLED"}}),
        },
        {"aws_ecs_service.s": {
            "name": "s", "cluster": "c", "task_definition": "t", "launch_type": "FARGATE", "enable_execute_command": True,
            "network_configuration": Block(subnets=["subnet-1"], assign_public_ip=True),
        }},
        2,
    ),
}  # fmt: skip


def cloudformation(case: Case) -> tuple[str, str]:
    return "template.yaml", yaml.safe_dump({"Resources": case.cloudformation})


def terraform(case: Case) -> tuple[str, str]:
    texts = [block(f'resource "{a.split(".")[0]}" "{a.split(".")[1]}"', body, 0) for a, body in case.terraform.items()]
    return "main.tf", "\n".join(texts) + "\n"


def opentofu(case: Case) -> tuple[str, str]:
    return "main.tofu", terraform(case)[1]


def terraform_heredocs(case: Case) -> tuple[str, str]:
    """As `terraform`, policies in heredocs."""
    made = {
        address: {
            name: Raw(f"<<EOF\n{json.dumps(value.data, indent=2)}\nEOF") if isinstance(value, Encoded) else value
            for name, value in body.items()
        }
        for address, body in case.terraform.items()
    }
    return terraform(case._replace(terraform=made))


def terraform_json(case: Case) -> tuple[str, str]:
    found: dict[str, Any] = {}
    for address, body in case.terraform.items():
        type_, name = address.split(".")
        found.setdefault(type_, {})[name] = _in_json(body)
    return "main.tf.json", json.dumps({"resource": found}, indent=2)


def _in_json(value: Any) -> Any:
    if isinstance(value, Raw):
        return "${" + value + "}"
    if isinstance(value, Encoded):
        return "${" + expression(value, 0) + "}"
    if isinstance(value, dict):
        return {k: _in_json(v) for k, v in value.items()}
    return [_in_json(v) for v in value] if isinstance(value, list) else value


def terraform_plan(case: Case) -> tuple[str, str]:
    """As `terraform show -json` gives a plan: what refers to another resource is not known yet."""
    resources, changes, configuration = [], [], []
    for address, body in case.terraform.items():
        type_, name = address.split(".")
        named = {"address": address, "mode": "managed", "type": type_, "name": name,
                 "provider_name": "registry.terraform.io/hashicorp/aws"}  # fmt: skip
        values, unknown, expressions = _planned(body)
        resources.append({**named, "schema_version": 1, "values": values})
        change = {"actions": ["create"], "before": None, "after": values, "after_unknown": {**unknown, "id": True}}
        changes.append({**named, "change": change})
        configuration.append({**named, "expressions": expressions})
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": resources}},
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": configuration}},
    }
    return "plan.json", json.dumps(plan)


def _planned(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """(values, what is not known, expressions) of a block."""
    values: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    expressions: dict[str, Any] = {}
    for name, value in body.items():
        if isinstance(value, Raw):
            unknown[name] = True
            expressions[name] = {"references": [str(value), str(value).rpartition(".")[0]]}
        elif isinstance(value, Block) or (isinstance(value, list) and any(isinstance(v, Block) for v in value)):
            inner = [_planned(one) for one in (value if isinstance(value, list) else [value])]
            values[name], unknown[name], expressions[name] = (list(one) for one in zip(*inner, strict=True))
        else:
            values[name] = json.dumps(value.data) if isinstance(value, Encoded) else value
            expressions[name] = {"constant_value": values[name]}
    return values, unknown, expressions


FREE = {"Variables", "PolicyDocument", "AssumeRolePolicyDocument"}
"""Properties whose keys are not names of properties."""


def awscc(case: Case) -> tuple[str, str]:
    """As the Cloud Control provider, whose arguments are CloudFormation's properties in snake case."""
    types = {
        name: _snake(one["Type"].removeprefix("AWS::").replace("::", "_")) for name, one in case.cloudformation.items()
    }
    texts = []
    for name, one in case.cloudformation.items():
        body = {_snake(key): _as_awscc(key, value, types) for key, value in one["Properties"].items()}
        texts.append(block(f'resource "awscc_{types[name]}" "{name.lower()}"', body, 0))
    return "main.tf", "\n".join(texts) + "\n"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).replace("__", "_").lower()


def _as_awscc(key: str, value: Any, types: dict[str, str]) -> Any:
    if isinstance(value, dict) and set(value) == {"Ref"}:
        return Raw(f"awscc_{types[value['Ref']]}.{value['Ref'].lower()}.id")
    if isinstance(value, dict) and set(value) == {"Fn::GetAtt"}:
        name, attribute = value["Fn::GetAtt"]
        return Raw(f"awscc_{types[name]}.{name.lower()}.{_snake(attribute)}")
    if key in FREE:
        return value if key == "Variables" else Encoded(value)
    if isinstance(value, dict):
        return {_snake(k): _as_awscc(k, v, types) for k, v in value.items()}
    return [_as_awscc("", v, types) for v in value] if isinstance(value, list) else value


def judged(tmp_path: Path, written: tuple[str, str]) -> Counter[str]:
    name, text = written
    (tmp_path / name).write_text(text)
    report = fourfold.scan(tmp_path)
    assert [p.reason for p in report.problems] == []
    return Counter(f"{f.check} {f.severity} {f.certainty}" for f in report.findings)


@pytest.mark.parametrize("write", [terraform, opentofu, terraform_heredocs, terraform_json, terraform_plan, awscc],
                         ids=lambda f: f.__name__)  # fmt: skip
@pytest.mark.parametrize("name", CASES)
def test_the_same_findings(tmp_path: Path, name: str, write: Any) -> None:
    case = CASES[name]
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    expected = judged(tmp_path / "one", cloudformation(case))
    assert judged(tmp_path / "two", write(case)) == expected
    assert expected.total() >= case.findings
