"""AWS::Serverless::Function as AWS::Lambda::Function with its role, versions, URL and events.

Sources: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html and
sam-specification-generated-resources-function.html.
"""

from __future__ import annotations

import re

import msgspec

from fourfold.model.condition import FALSE, TRUE, Condition, both, negate
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Map, Value, known, sequence
from fourfold.sources.cloudformation.sam import events, publish
from fourfold.sources.cloudformation.sam.expansion import (
    Expansion,
    built,
    literal,
    nothing,
    present,
    scalar,
    tags,
    through,
)
from fourfold.sources.cloudformation.sam.merge import with_globals
from fourfold.sources.cloudformation.sam.role import Grants, own_role, statement, trust
from fourfold.sources.cloudformation.sam.spelling import styled
from fourfold.sources.cloudformation.sam.target import Target

CREATED_BY = {"lambda:createdBy": "SAM"}

_SAM_ONLY = frozenset(
    {
        "AssumeRolePolicyDocument", "AutoPublishAlias", "AutoPublishAliasAllProperties", "AutoPublishCodeSha256",
        "CapacityProviderConfig", "CodeUri", "DeadLetterQueue", "DeploymentPreference", "EventInvokeConfig", "Events",
        "FunctionUrlConfig", "ImageUri", "InlineCode", "PermissionsBoundary", "Policies", "PropagateTags",
        "ProvisionedConcurrencyConfig", "Role", "RolePath", "SourceKMSKeyArn", "Tags", "Tracing",
        "VersionDeletionPolicy", "VersionDescription",
    }
)  # fmt: skip
"""Properties that are not AWS::Lambda::Function's; all others are handed on as they are."""

_NOT_SAM = frozenset({"Code", "DeadLetterConfig", "TracingConfig"})
"""Properties of AWS::Lambda::Function that SAM spells otherwise; it refuses a template that has them."""

_S3_LOCATION = re.compile(r"s3://([^/]+)/([^?]+)(?:\?versionId=(.+))?\Z")

_CAPACITY = {
    "Arn": "CapacityProviderArn",
    "PerExecutionEnvironmentMaxConcurrency": "PerExecutionEnvironmentMaxConcurrency",
    "ExecutionEnvironmentMemoryGiBPerVCpu": "ExecutionEnvironmentMemoryGiBPerVCpu",
}


def expand(x: Expansion, resource: Resource) -> None:
    """Give the function and everything SAM generates for it."""
    properties = with_globals(resource, x.template)
    if not isinstance(properties, Map):
        x.problem(
            properties, f"the properties of `{resource.address}` are not known; what SAM makes of them is not, too"
        )
        x.become("AWS::Lambda::Function", resource, properties)
        return
    address = resource.address
    role, made_when = own_role(x, properties.get("Role"), f"{address}Role", properties)
    x.roles[address] = role
    grants = Grants(x, f"{address}Role")
    x.become("AWS::Lambda::Function", resource, _properties(x, resource, properties, role))
    alias = publish.versions(x, resource, properties)
    target = Target(x, resource, properties, "lambda", alias or address, "" if alias else "Arn", grants)
    _own_grants(x, properties, grants, address)
    events.expand(x, target)
    publish.invoke_config(x, resource, properties, target.name(properties), grants, alias)
    publish.url(x, resource, properties, target.name(properties))
    grants.policies(properties.get("Policies"))
    if made_when != FALSE:
        emit_role(x, resource, properties, grants, "lambda.amazonaws.com", made_when, CREATED_BY)


# -- the function itself -----------------------------------------------------------------------------------------------


def _properties(x: Expansion, resource: Resource, properties: Map, role: Value) -> Map:
    get = properties.get
    entries = {key: value for key, value in properties.entries_.items() if key not in _SAM_ONLY}
    for key in _NOT_SAM & entries.keys():
        x.problem(
            entries.pop(key), f"`{key}` of `{resource.address}` is not a property that SAM knows; it was left out"
        )
    entries |= present(
        {
            "Code": _code(properties),
            "Role": role,
            "TracingConfig": through(get("Tracing"), _tracing),
            "DeadLetterConfig": through(get("DeadLetterQueue"), _dead_letter),
            "CapacityProviderConfig": through(get("CapacityProviderConfig"), _capacity),
            "Tags": tags(get("Tags"), created_by(properties, CREATED_BY), at=properties),
        }
    )
    return styled(msgspec.structs.replace(properties, entries_=entries), "sam:Function")


def _code(properties: Map) -> Value:
    """Inline code before `CodeUri` before an image: what the function's code is."""
    get = properties.get
    inline, uri, image = get("InlineCode"), get("CodeUri"), get("ImageUri")
    if not nothing(inline):
        entries = {"ZipFile": inline}
        at = inline
    elif not nothing(image) and (nothing(uri) or get("PackageType").surely("Image")):
        entries = {"ImageUri": image}
        at = image
    else:
        code = through(uri, location)
        if not isinstance(code, Map):
            return code
        entries, at = code.entries_, code
    return built(present({**entries, "SourceKMSKeyArn": get("SourceKMSKeyArn")}), at=at)


def location(value: Value) -> Value:
    """A `CodeUri` or `ContentUri`: an S3 location as CloudFormation's mapping, a local path as it is."""
    if isinstance(value, Map):
        names = {"Bucket": "S3Bucket", "Key": "S3Key", "Version": "S3ObjectVersion"}
        return built({names.get(key, key): entry for key, entry in value.entries_.items()}, at=value)
    found = _S3_LOCATION.match(scalar(value)) if isinstance(value, Known) else None
    if found is None:
        return value
    parts = {"S3Bucket": found[1], "S3Key": found[2], "S3ObjectVersion": found[3]}
    return built({key: known(text, at=value) for key, text in parts.items() if text}, at=value)


def _tracing(value: Value) -> Value:
    """`Tracing: Active` as `TracingConfig`; `Disabled` sets nothing."""
    if isinstance(value, Known) and value.value in ("Disabled", None):
        return Absent(value.source, value.start, value.end, value.key_start, value, ())
    return built({"Mode": value}, at=value)


def _dead_letter(value: Value) -> Value:
    return built({"TargetArn": value.get("TargetArn")}, at=value) if isinstance(value, Map) else value


def _capacity(value: Value) -> Value:
    if not isinstance(value, Map):
        return value
    entries = {_CAPACITY.get(key, key): entry for key, entry in value.entries_.items()}
    return built({"LambdaManagedInstancesCapacityProviderConfig": built(entries, at=value)}, at=value)


def created_by(properties: Map, mark: dict[str, str]) -> dict[str, str]:
    """The tag by which SAM marks what it made; not where tags are propagated."""
    return {} if properties.get("PropagateTags").surely(True) and not nothing(properties.get("Tags")) else mark


# -- its role ----------------------------------------------------------------------------------------------------------


def _own_grants(x: Expansion, properties: Map, grants: Grants, address: str) -> None:
    """What every function needs: logs, and what its own settings ask for."""
    get = properties.get
    durable = x.presence(get("DurableConfig"), f"DurableConfig of {address}")
    basic = "AWSLambdaBasicDurableExecutionRolePolicy" if durable == TRUE else "AWSLambdaBasicExecutionRole"
    grants.attach(basic, properties)
    tracing = get("Tracing")
    when = negate(x.among(tracing, f"Tracing of {address}", "", "Disabled"))
    when = both(when, x.presence(tracing, f"Tracing of {address}"))
    if when != FALSE:
        grants.attach("AWSXrayWriteOnlyAccess", tracing, when)
    vpc = get("VpcConfig")
    when = x.presence(vpc, f"VpcConfig of {address}")
    if when != FALSE:
        grants.attach("AWSLambdaVPCAccessExecutionRole", vpc, when)
    for when, queue in get("DeadLetterQueue").alternatives():
        if isinstance(queue, Map):
            action = "sns:Publish" if literal(queue.get("Type")) == "SNS" else "sqs:SendMessage"
            allowed = statement(action, queue.get("TargetArn"), queue)
            grants.allow("DeadLetterQueuePolicy", [allowed], queue, when, version=True)


def emit_role(
    x: Expansion,
    resource: Resource,
    properties: Map,
    grants: Grants,
    service: str,
    when: Condition,
    mark: dict[str, str],
) -> None:
    """Give the execution role of a function or state machine."""
    get = properties.get
    document = get("AssumeRolePolicyDocument")
    if isinstance(document, Absent):
        document = trust(service, properties)
    x.emit(
        "AWS::IAM::Role",
        f"{resource.address}Role",
        {
            "AssumeRolePolicyDocument": document,
            "ManagedPolicyArns": sequence(grants.arns, at=properties),
            "Policies": sequence(grants.inline, at=properties) if grants.inline else None,
            "PermissionsBoundary": get("PermissionsBoundary"),
            "Path": get("RolePath"),
            "Tags": tags(get("Tags"), created_by(properties, mark), at=properties),
        },
        origin=resource,
        at=properties,
        when=when,
        style="sam:Role",
    )
