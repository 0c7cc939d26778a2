"""What CloudFormation's references give: names and ARNs, with the service's names for the types of resources.

Shapes are the ARN formats of the Service Authorization Reference with `{name}` for the last placeholder; names and
attributes are from the "Return values" of each type's page in
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html
A type that has no row is looked up in the catalogue by its name (`AWS::AppSync::GraphQLApi`: `graphqlapi` of `appsync`).
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from fourfold.knowledge.iam import catalogue

_HERE = "arn:{partition}:%s:{region}:{account}:%s"
_GLOBAL = "arn:{partition}:%s::{account}:%s"


class Shape(msgspec.Struct, frozen=True):
    """How a type of resource is named."""

    arn: str
    """With `{partition}`, `{region}`, `{account}` and `{name}`."""
    named_by: tuple[str, ...] = ()
    """The properties that may give the name."""
    path: str = ""
    """The property that stands between the type and the name in the ARN (`Path` of a role)."""
    ref_is_arn: bool = False
    """Whether a plain reference gives the ARN instead of the name."""


def _here(service: str, rest: str, *named_by: str, ref_is_arn: bool = False) -> Shape:
    return Shape(_HERE % (service, rest), named_by, "", ref_is_arn)


def _global(service: str, rest: str, *named_by: str, path: str = "", ref_is_arn: bool = False) -> Shape:
    return Shape(_GLOBAL % (service, rest), named_by, path, ref_is_arn)


SHAPES: dict[str, Shape] = {
    "AWS::S3::Bucket": Shape("arn:{partition}:s3:::{name}", ("BucketName",)),
    "AWS::S3::AccessPoint": _here("s3", "accesspoint/{name}", "Name"),
    "AWS::SQS::Queue": _here("sqs", "{name}", "QueueName"),
    "AWS::SNS::Topic": _here("sns", "{name}", "TopicName", ref_is_arn=True),
    "AWS::DynamoDB::Table": _here("dynamodb", "table/{name}", "TableName"),
    "AWS::DynamoDB::GlobalTable": _here("dynamodb", "table/{name}", "TableName"),
    "AWS::Lambda::Function": _here("lambda", "function:{name}", "FunctionName"),
    "AWS::Lambda::Alias": _here("lambda", "function:{name}", ref_is_arn=True),
    "AWS::Lambda::Version": _here("lambda", "function:{name}", ref_is_arn=True),
    "AWS::Lambda::LayerVersion": _here("lambda", "layer:{name}:1", "LayerName", ref_is_arn=True),
    "AWS::KMS::Key": _here("kms", "key/{name}"),
    "AWS::KMS::ReplicaKey": _here("kms", "key/{name}"),
    "AWS::KMS::Alias": _here("kms", "{name}", "AliasName"),
    "AWS::SecretsManager::Secret": _here("secretsmanager", "secret:{name}", "Name", ref_is_arn=True),
    "AWS::SSM::Parameter": _here("ssm", "parameter/{name}", "Name"),
    "AWS::StepFunctions::StateMachine": _here("states", "stateMachine:{name}", "StateMachineName", ref_is_arn=True),
    "AWS::StepFunctions::Activity": _here("states", "activity:{name}", "Name", ref_is_arn=True),
    "AWS::Logs::LogGroup": _here("logs", "log-group:{name}", "LogGroupName"),
    "AWS::Kinesis::Stream": _here("kinesis", "stream/{name}", "Name"),
    "AWS::KinesisFirehose::DeliveryStream": _here("firehose", "deliverystream/{name}", "DeliveryStreamName"),
    "AWS::Events::EventBus": _here("events", "event-bus/{name}", "Name"),
    "AWS::Events::Rule": _here("events", "rule/{name}", "Name"),
    "AWS::Events::ApiDestination": _here("events", "api-destination/{name}", "Name"),
    "AWS::Events::Connection": _here("events", "connection/{name}", "Name"),
    "AWS::Scheduler::Schedule": _here("scheduler", "schedule/default/{name}", "Name"),
    "AWS::Scheduler::ScheduleGroup": _here("scheduler", "schedule-group/{name}", "Name"),
    "AWS::Pipes::Pipe": _here("pipes", "pipe/{name}", "Name"),
    "AWS::ECR::Repository": _here("ecr", "repository/{name}", "RepositoryName"),
    "AWS::ECS::Cluster": _here("ecs", "cluster/{name}", "ClusterName"),
    "AWS::ECS::Service": _here("ecs", "service/{name}", "ServiceName", ref_is_arn=True),
    "AWS::ECS::TaskDefinition": _here("ecs", "task-definition/{name}:1", "Family", ref_is_arn=True),
    "AWS::EKS::Cluster": _here("eks", "cluster/{name}", "Name"),
    "AWS::EC2::Instance": _here("ec2", "instance/{name}"),
    "AWS::EC2::VPC": _here("ec2", "vpc/{name}"),
    "AWS::EC2::Subnet": _here("ec2", "subnet/{name}"),
    "AWS::EC2::SecurityGroup": _here("ec2", "security-group/{name}"),
    "AWS::EC2::Volume": _here("ec2", "volume/{name}"),
    "AWS::EC2::VPCEndpoint": _here("ec2", "vpc-endpoint/{name}"),
    "AWS::RDS::DBInstance": _here("rds", "db:{name}", "DBInstanceIdentifier"),
    "AWS::RDS::DBCluster": _here("rds", "cluster:{name}", "DBClusterIdentifier"),
    "AWS::Redshift::Cluster": _here("redshift", "cluster:{name}", "ClusterIdentifier"),
    "AWS::EFS::FileSystem": _here("elasticfilesystem", "file-system/{name}"),
    "AWS::EFS::AccessPoint": _here("elasticfilesystem", "access-point/{name}"),
    "AWS::Cognito::UserPool": _here("cognito-idp", "userpool/{name}"),
    "AWS::Cognito::IdentityPool": _here("cognito-identity", "identitypool/{name}"),
    "AWS::CodeBuild::Project": _here("codebuild", "project/{name}", "Name"),
    "AWS::CodePipeline::Pipeline": _here("codepipeline", "{name}", "Name"),
    "AWS::CodeCommit::Repository": _here("codecommit", "{name}", "RepositoryName"),
    "AWS::CodeArtifact::Domain": _here("codeartifact", "domain/{name}", "DomainName", ref_is_arn=True),
    "AWS::ApiGateway::RestApi": Shape("arn:{partition}:execute-api:{region}:{account}:{name}"),
    "AWS::ApiGatewayV2::Api": Shape("arn:{partition}:execute-api:{region}:{account}:{name}"),
    "AWS::AppSync::GraphQLApi": _here("appsync", "apis/{name}", ref_is_arn=True),
    "AWS::OpenSearchService::Domain": _here("es", "domain/{name}", "DomainName"),
    "AWS::Elasticsearch::Domain": _here("es", "domain/{name}", "DomainName"),
    "AWS::Backup::BackupVault": _here("backup", "backup-vault:{name}", "BackupVaultName"),
    "AWS::Batch::JobQueue": _here("batch", "job-queue/{name}", "JobQueueName", ref_is_arn=True),
    "AWS::Batch::JobDefinition": _here("batch", "job-definition/{name}:1", "JobDefinitionName", ref_is_arn=True),
    "AWS::SageMaker::Endpoint": _here("sagemaker", "endpoint/{name}", "EndpointName", ref_is_arn=True),
    "AWS::Glue::Database": _here("glue", "database/{name}"),
    "AWS::Glue::Job": _here("glue", "job/{name}", "Name"),
    "AWS::Athena::WorkGroup": _here("athena", "workgroup/{name}", "Name"),
    "AWS::MSK::Cluster": _here("kafka", "cluster/{name}/<uuid>", "ClusterName", ref_is_arn=True),
    "AWS::AmazonMQ::Broker": _here("mq", "broker:{name}:<id>", "BrokerName"),
    "AWS::CloudFormation::Stack": _here("cloudformation", "stack/{name}/<uuid>", "StackName", ref_is_arn=True),
    "AWS::CloudTrail::Trail": _here("cloudtrail", "trail/{name}", "TrailName"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _here(
        "elasticloadbalancing", "loadbalancer/app/{name}/<id>", "Name", ref_is_arn=True
    ),
    "AWS::CloudFront::Distribution": _global("cloudfront", "distribution/{name}"),
    "AWS::IAM::Role": _global("iam", "role{path}{name}", "RoleName", path="Path"),
    "AWS::IAM::User": _global("iam", "user{path}{name}", "UserName", path="Path"),
    "AWS::IAM::Group": _global("iam", "group{path}{name}", "GroupName", path="Path"),
    "AWS::IAM::InstanceProfile": _global("iam", "instance-profile{path}{name}", "InstanceProfileName", path="Path"),
    "AWS::IAM::ManagedPolicy": _global("iam", "policy{path}{name}", "ManagedPolicyName", path="Path", ref_is_arn=True),
    "AWS::IAM::OIDCProvider": _global("iam", "oidc-provider/{name}", "Url", ref_is_arn=True),
    "AWS::IAM::SAMLProvider": _global("iam", "saml-provider/{name}", "Name", ref_is_arn=True),
    "AWS::Route53::HostedZone": Shape("arn:{partition}:route53:::hostedzone/{name}"),
    "AWS::Bedrock::Agent": _here("bedrock", "agent/{name}"),
    "AWS::Bedrock::KnowledgeBase": _here("bedrock", "knowledge-base/{name}"),
}  # fmt: skip
"""Type: how it is named."""

ARN_ATTRIBUTES = frozenset({
    "Arn", "TopicArn", "ClusterArn", "FunctionArn", "StateMachineArn", "RoleArn", "PolicyArn", "DBInstanceArn",
    "DBClusterArn", "ServiceArn", "LoadBalancerArn", "RepositoryArn", "KeyArn", "AgentArn", "KnowledgeBaseArn", "ARN",
    "DomainArn", "BackupVaultArn", "TaskDefinitionArn", "DeliveryStreamArn", "JobQueueArn", "SecretArn",
})  # fmt: skip
"""Attributes that give the resource's own ARN. `Id` of a secret does too, see `ID_IS_ARN`."""
NAME_ATTRIBUTES = frozenset({
    "QueueName", "TopicName", "TableName", "FunctionName", "BucketName", "RoleName", "UserName", "KeyId", "Name",
    "ClusterName", "RepositoryName", "StateMachineName", "RoleId", "GroupName", "InstanceId", "GroupId", "VpcId",
    "UserPoolId", "ApiId", "RestApiId", "FileSystemId", "AccessPointId", "DomainName", "Id",
})  # fmt: skip
"""Attributes that give its name."""
ID_IS_ARN = frozenset({"AWS::SecretsManager::Secret"})

_SERVICES = {
    "cognito": "cognito-idp", "elasticloadbalancingv2": "elasticloadbalancing", "opensearchservice": "es",
    "kinesisfirehose": "firehose", "stepfunctions": "states", "certificatemanager": "acm", "efs": "elasticfilesystem",
    "wafv2": "wafv2", "apigatewayv2": "apigateway", "msk": "kafka", "amazonmq": "mq", "sso": "sso",
}  # fmt: skip


@lru_cache(maxsize=4096)
def shape(kind: str) -> Shape | None:
    """How a CloudFormation type is named; None where neither the table nor the catalogue tells."""
    if kind in SHAPES:
        return SHAPES[kind]
    vendor, _, rest = kind.partition("::")
    namespace, _, name = rest.partition("::")
    if vendor != "AWS" or not name:
        return None
    service = catalogue().service(_SERVICES.get(namespace.lower(), namespace.lower()))
    if service is None:
        return None
    for own in service.types.values():
        if own.name.replace("-", "").lower() in (name.lower(), f"{namespace}{name}".lower()) and own.formats:
            return Shape(_named(own.formats[0]), (f"{name}Name", "Name"))
    return None


_PLACES = {"Partition": "{partition}", "Region": "{region}", "Account": "{account}"}


def _named(text: str) -> str:
    """A format of the catalogue as a shape: its last placeholder is the name, the others stay open."""
    import re

    names = [n for n in re.findall(r"\$\{([^}]*)\}", text) if n not in _PLACES]
    last = names[-1] if names else ""
    return re.sub(r"\$\{([^}]*)\}", lambda m: _PLACES.get(m[1]) or ("{name}" if m[1] == last else f"<{m[1]}>"), text)
