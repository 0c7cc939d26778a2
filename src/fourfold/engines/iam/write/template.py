"""What a function needs because of how it is set up, whatever its code does.

Sources, in https://docs.aws.amazon.com/lambda/latest/dg/: lambda-intro-execution-role.html (logs, tracing, VPC: what the
managed policies AWSLambdaBasicExecutionRole, AWSXRayDaemonWriteAccess and AWSLambdaVPCAccessExecutionRole hold),
services-sqs-configure.html, services-ddb.html, services-kinesis.html, with-msk-permissions.html, with-mq.html,
with-documentdb.html, invocation-async-retain-records.html, configuration-filesystem.html,
configuration-envvars-encryption.html.
"""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.engines.iam.write.calls import onward
from fourfold.engines.iam.write.names import Named, Naming
from fourfold.engines.iam.write.needs import ACCOUNT, ANY, PARTITION, REGION, Need, Reason, text
from fourfold.knowledge.iam import catalogue
from fourfold.model.graph import Graph
from fourfold.model.nodes import Function
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Ref, Text, Value

_NETWORK = (
    "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
)  # fmt: skip
_BROKER_NETWORK = (
    "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets", "ec2:DescribeVpcs",
)  # fmt: skip

SOURCES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "sqs": (("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"), ()),
    "dynamodb": (("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"), ("dynamodb:ListStreams",)),
    "kinesis": (
        ("kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator",
         "kinesis:ListShards"),
        ("kinesis:ListStreams",),
    ),
    "kafka": (("kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"), _BROKER_NETWORK),
    "mq": (("mq:DescribeBroker",), _BROKER_NETWORK),
    "rds": (("rds:DescribeDBClusters",), ("rds:DescribeDBClusterParameters", "rds:DescribeDBSubnetGroups", *_BROKER_NETWORK)),
}  # fmt: skip
"""Service of an event source: what is needed on it, and what on everything."""

TARGETS = {
    "sqs": ("sqs:SendMessage",), "sns": ("sns:Publish",), "lambda": ("lambda:InvokeFunction",),
    "events": ("events:PutEvents",), "s3": ("s3:ListBucket", "s3:PutObject"),
}  # fmt: skip
"""Service of a destination: what is needed to send to it."""

_TYPES = {
    "AWS::SQS::Queue": "sqs", "AWS::SNS::Topic": "sns", "AWS::Lambda::Function": "lambda", "AWS::Lambda::Alias": "lambda",
    "AWS::Events::EventBus": "events", "AWS::S3::Bucket": "s3", "AWS::DynamoDB::Table": "dynamodb",
    "AWS::DynamoDB::GlobalTable": "dynamodb", "AWS::Kinesis::Stream": "kinesis", "AWS::Kinesis::StreamConsumer": "kinesis",
    "AWS::MSK::Cluster": "kafka", "AWS::MSK::ServerlessCluster": "kafka", "AWS::AmazonMQ::Broker": "mq",
    "AWS::DocDB::DBCluster": "rds", "AWS::Lambda::Version": "lambda",
}  # fmt: skip


def needs_of(graph: Graph, naming: Naming, function: Function) -> Iterator[Need]:
    """Everything that the function's settings and what is attached to it need."""
    yield from _logs(graph, naming, function)
    resource = function.resource
    tracing = function.tracing
    if any(isinstance(v, Known) and v.value == "Active" for _, v in tracing.alternatives()):
        reason = _reason("sends traces to X-Ray", tracing)
        yield from (Need(a, ANY, reason) for a in ("xray:PutTelemetryRecords", "xray:PutTraceSegments"))
    vpc = resource.get("VpcConfig")
    if not vpc.absent and not (isinstance(vpc.get("SubnetIds"), Absent)):
        reason = _reason("is attached to a network", vpc)
        yield from (Need(a, ANY, reason) for a in _NETWORK)
    for value, what in ((function.dead_letter, "sends failed events to its dead-letter target"),):
        yield from _sent(graph, naming, value, _reason(what, value))
    for system in (v for _, v in resource.get("FileSystemConfigs").elements()):
        yield from _mounted(graph, naming, system.get("Arn"))
    key = function.variables_key
    if not key.absent:
        for one in naming.settled(key):
            target = naming.resource(one)
            arn = naming.arn_of(target) if target is not None else one
            if arn is not None:
                yield Need("kms:Decrypt", arn, _reason("its environment variables are encrypted", key))
    yield from _attached(graph, naming, resource)


def _reason(what: str, value: Value) -> Reason:
    return Reason(what, "template", value.span if value.source.path else None)


def _logs(graph: Graph, naming: Naming, function: Function) -> Iterator[Need]:
    group = function.log_group
    reason = Reason("writes its log", "template", function.resource.span)
    name: Value = text("/aws/lambda/", naming.own_name()) if group.absent else group
    target = naming.resource(name)
    if target is not None:
        given = target.get("LogGroupName")
        name = name if isinstance(given, Absent) else given
    # The form that policies about a group and its streams use:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    arn = text("arn:", PARTITION, ":logs:", REGION, ":", ACCOUNT, ":log-group:", name, ":*")
    made = () if not group.absent else ("logs:CreateLogGroup",)
    for action in (*made, "logs:CreateLogStream", "logs:PutLogEvents"):
        yield Need(action, arn, reason)


def _service(naming: Naming, value: Value) -> tuple[str, Resource | None]:
    """The service of what an ARN names."""
    resource = naming.resource(value)
    if resource is not None:
        return _TYPES.get(resource.type, ""), resource
    head = value.value if isinstance(value, Known) else "".join(
        p if isinstance(p, str) else "?" for p in value.parts
    ) if isinstance(value, Text) else ""  # fmt: skip
    parts = str(head).split(":")
    return (parts[2], None) if len(parts) > 3 else ("", None)


def _on(naming: Naming, actions: tuple[str, ...], value: Value, reason: Reason) -> Iterator[Need]:
    """Needs on one resource, and on the key that encrypts it."""
    for one in naming.settled(value):
        resource = naming.resource(one)
        arn: Value | None = one
        if resource is not None and isinstance(one, Ref) and not naming.is_arn(one):
            arn = naming.arn_of(resource)
        if arn is None or not (naming.is_arn(arn) or arn.reason):
            continue
        for name in actions:
            action = catalogue().expand(name)[0]
            on = text(arn, "/*") if name == "s3:PutObject" else arn
            yield Need(name, on, reason)
            yield from onward(naming, action, Named(arn, "", resource), reason)


def _sent(graph: Graph, naming: Naming, value: Value, reason: Reason) -> Iterator[Need]:
    for one in naming.settled(value):
        service, _ = _service(naming, one)
        yield from _on(naming, TARGETS.get(service, ()), one, reason)


def _mounted(graph: Graph, naming: Naming, value: Value) -> Iterator[Need]:
    """The file system of an access point."""
    point = naming.resource(value)
    system = naming.resource(point.get("FileSystemId")) if point is not None else None
    if point is not None and point.type != "AWS::EFS::AccessPoint":
        return
    arn = naming.arn_of(system) if system is not None else None
    reason = _reason("mounts a file system", value)
    wide = "" if arn is not None else "which file system the access point is of is not known"
    everything = text("arn:", PARTITION, ":elasticfilesystem:", REGION, ":", ACCOUNT, ":file-system/*")
    for name in ("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"):
        yield Need(name, everything if arn is None else arn, reason, (), wide)


def _attached(graph: Graph, naming: Naming, resource: Resource) -> Iterator[Need]:
    """Event sources that are read in the function's name, and destinations of what it gives."""
    for mapping in graph.of_type("AWS::Lambda::EventSourceMapping"):
        if _is(graph, mapping.get("FunctionName"), resource):
            source = mapping.get("EventSourceArn")
            for one in naming.settled(source):
                service, _ = _service(naming, one)
                on, everything = SOURCES.get(service, ((), ()))
                reason = Reason(f"reads events from `{_called(naming, one)}`", "template", mapping.span)
                if resource_of(naming, one) == "AWS::Kinesis::StreamConsumer":
                    on = ("kinesis:SubscribeToShard",)
                yield from _on(naming, on, one, reason)
                yield from (Need(a, ANY, reason) for a in everything)
            for secret in (v for _, v in mapping.get("SourceAccessConfigurations").elements()):
                if str(secret.get("Type").plain()) in ("BASIC_AUTH", "SASL_SCRAM_512_AUTH", "SASL_SCRAM_256_AUTH"):
                    reason = Reason("reads the secret of its event source", "template", mapping.span)
                    yield from _on(naming, ("secretsmanager:GetSecretValue",), secret.get("URI"), reason)
            failed = mapping.get("DestinationConfig", "OnFailure", "Destination")
            yield from _sent(graph, naming, failed, Reason("sends failed events on", "template", mapping.span))
    for config in graph.of_type("AWS::Lambda::EventInvokeConfig"):
        if _is(graph, config.get("FunctionName"), resource):
            for side in ("OnSuccess", "OnFailure"):
                value = config.get("DestinationConfig", side, "Destination")
                yield from _sent(graph, naming, value, Reason("sends its results on", "template", config.span))


def resource_of(naming: Naming, value: Value) -> str:
    """The type of the resource a value leads to; empty where it leads out of the scan."""
    resource = naming.resource(value)
    return resource.type if resource is not None else ""


def _is(graph: Graph, value: Value, function: Resource) -> bool:
    """Whether a reference leads to the function, or to a version or alias of it."""
    target = graph.target(value)
    for _ in range(3):
        if target is None or target.type not in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
            break
        target = graph.target(target.get("FunctionName"))
    if target is not None:
        return target.key == function.key
    name = function.get("FunctionName")
    return isinstance(value, Known) and isinstance(name, Known) and value.value == name.value


def _called(naming: Naming, value: Value) -> str:
    resource = naming.resource(value)
    return resource.address if resource is not None else str(value)
