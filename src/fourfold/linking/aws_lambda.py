"""Lambda functions in CloudFormation's vocabulary.

Sources: AWS Lambda API reference, CreateFunction (defaults of timeout, memory, tracing and architecture) and
CloudFormation reference of `AWS::Lambda::Function`, `::EventInvokeConfig`, `::Version`, `::Alias`.
"""

from __future__ import annotations

from fourfold.linking.aws_values import present, satellites, stands_for
from fourfold.linking.draft import Draft
from fourfold.model.condition import FALSE, TRUE, Condition
from fourfold.model.nodes import Function, NetworkInterface, Platform, Variable, Workload
from fourfold.model.nodes.node import NOTHING
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Choice, Known, Value, known

FUNCTION = "AWS::Lambda::Function"


def add(draft: Draft) -> None:
    """All functions; references to their versions and aliases lead to them, too."""
    invocation = satellites(draft, ("AWS::Lambda::EventInvokeConfig",), "FunctionName")
    for resource in draft.of_type(FUNCTION):
        _function(draft, resource, invocation.get(resource.key, []))
    for version in draft.of_type("AWS::Lambda::Version", "AWS::Lambda::Alias"):
        stands_for(draft, version, version.get("FunctionName"))


def _function(draft: Draft, resource: Resource, invocation: list[Resource]) -> None:
    get = resource.get
    platform, decided_by = _platform(resource)
    name = resource.address
    variables = tuple(_variables(draft, resource, platform))
    workload = draft.add(
        Workload(
            resource=resource,
            name=name,
            at=resource.properties,
            condition=resource.condition,
            platform=platform,
            platform_value=decided_by,
            kind=resource.type,
            role=get("Role"),
        )
    )
    function = draft.add(
        Function(
            resource=resource,
            name=name,
            at=resource.properties,
            condition=resource.condition,
            workload=workload,
            runtime=get("Runtime"),
            package_type=get("PackageType").default("Image" if platform == "lambda-image" else "Zip"),
            handler=get("Handler"),
            code=get("Code"),
            image=get("Code", "ImageUri") if platform == "lambda-image" else NOTHING,
            timeout_s=get("Timeout").default(3),
            memory_mb=get("MemorySize").default(128),
            role=get("Role"),
            variables=variables,
            variables_key=get("KmsKeyArn"),
            subnets=get("VpcConfig", "SubnetIds"),
            security_groups=get("VpcConfig", "SecurityGroupIds"),
            tracing=get("TracingConfig", "Mode").default("PassThrough"),
            dead_letter=get("DeadLetterConfig", "TargetArn"),
            on_failure=_on_failure(invocation, resource.condition),
            log_group=get("LoggingConfig", "LogGroup"),
            reserved_concurrency=get("ReservedConcurrentExecutions"),
            architectures=get("Architectures").default(["x86_64"]),
            code_signing=get("CodeSigningConfigArn"),
            layers=get("Layers"),
        )
    )
    draft.connect(workload, "contains", function)
    if not get("VpcConfig").absent:
        draft.connect(workload, "attached", draft.add(_interface(resource)), get("VpcConfig").span)


def _platform(resource: Resource) -> tuple[Platform, Value]:
    """By `PackageType`; where that is not written by whether the code is an image. The service's default is a zip."""
    package, code = resource.get("PackageType"), resource.get("Code")
    # Code that is not uploaded yet is the path of a folder or an archive, as SAM and `package` take it.
    local = all(isinstance(value, Known) for _, value in code.alternatives())
    image = NOTHING if local else code.get("ImageUri")
    found: set[Platform] = set()
    for _, value in package.alternatives():
        if isinstance(value, Absent):
            found.add("lambda-zip" if image.absent else "lambda-image")
        elif isinstance(value, Known):
            found.add("lambda-image" if value.value == "Image" else "lambda-zip")
        else:
            found.add("unknown")
    return (found.pop() if len(found) == 1 else "unknown"), package if image.absent else image


def _variables(draft: Draft, resource: Resource, platform: Platform) -> list[Variable]:
    written = resource.get("Environment", "Variables")
    found = [(present(value, when), key, value) for when, key, value in written.pairs(resource.condition)]
    if not found and written.reason and not written.absent:
        # Nobody knows which variables there are; that there may be some is not passed over.
        found = [(resource.condition, "?", written)]
    return [
        draft.add(
            Variable(
                resource=resource,
                name=key,
                part=f"environment/{key}",
                at=value,
                condition=condition,
                value=value,
                owner=f"function `{resource.address}`",
                platform=platform,
            )
        )
        for condition, key, value in found
        if condition != FALSE
    ]


def _on_failure(invocation: list[Resource], condition: Condition) -> Value:
    """The destination of failed asynchronous calls, under the condition of what configures it."""
    out = NOTHING
    for config in invocation:
        value = config.get("DestinationConfig", "OnFailure", "Destination")
        if config.condition in (TRUE, condition):
            return value
        out = Choice(value.source, value.start, value.end, value.key_start, config.condition, value, out)
    return out


def _interface(resource: Resource) -> NetworkInterface:
    config = resource.get("VpcConfig")
    return NetworkInterface(
        resource=resource,
        name=resource.address,
        part="network",
        at=config,
        condition=resource.condition,
        owner=resource.key,
        subnets=config.get("SubnetIds"),
        security_groups=config.get("SecurityGroupIds"),
        # A function's interfaces never get a public address (Lambda Developer Guide, "Giving Lambda functions access to
        # resources in an Amazon VPC").
        public_address=known(False, at=config),
    )
