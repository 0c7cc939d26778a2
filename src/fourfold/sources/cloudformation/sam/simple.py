"""Tables, layers and capacity providers: one resource that is spelled otherwise, with at most a role.

Sources: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-simpletable.html,
sam-resource-layerversion.html and sam-resource-capacityprovider.html.
"""

from __future__ import annotations

import msgspec

from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Map, Value, known, sequence
from fourfold.sources.cloudformation.sam.expansion import Expansion, built, nothing, present, tags, through
from fourfold.sources.cloudformation.sam.function import location
from fourfold.sources.cloudformation.sam.merge import with_globals
from fourfold.sources.cloudformation.sam.role import managed, trust
from fourfold.sources.cloudformation.sam.spelling import styled

_ATTRIBUTE_TYPES = {"String": "S", "Number": "N", "Binary": "B"}


def _known_properties(x: Expansion, resource: Resource, kind: str) -> Map | None:
    properties = with_globals(resource, x.template)
    if isinstance(properties, Map):
        return properties
    x.problem(properties, f"the properties of `{resource.address}` are not known")
    x.become(kind, resource, properties)
    return None


def table(x: Expansion, resource: Resource) -> None:
    """AWS::Serverless::SimpleTable: a DynamoDB table with one key."""
    properties = _known_properties(x, resource, "AWS::DynamoDB::Table")
    if properties is None:
        return
    get = properties.get
    key = get("PrimaryKey")
    name = key.get("Name") if isinstance(key, Map) else known("id", at=properties)
    kind = key.get("Type") if isinstance(key, Map) else known("S", at=properties)
    at = key if isinstance(key, Map) else properties
    throughput = get("ProvisionedThroughput")
    entries = {
        "TableName": get("TableName"),
        "AttributeDefinitions": sequence(
            [built({"AttributeName": name, "AttributeType": through(kind, _attribute_type)}, at=at)], at=at
        ),
        "KeySchema": sequence([built({"AttributeName": name, "KeyType": known("HASH", at=at)}, at=at)], at=at),
        "ProvisionedThroughput": throughput,
        "BillingMode": known("PAY_PER_REQUEST", at=properties) if nothing(throughput) else None,
        "SSESpecification": get("SSESpecification"),
        "PointInTimeRecoverySpecification": get("PointInTimeRecoverySpecification"),
        "Tags": tags(get("Tags"), at=properties) if not nothing(get("Tags")) else None,
    }
    new = styled(msgspec.structs.replace(properties, entries_=present(entries)), "sam:SimpleTable")
    x.become("AWS::DynamoDB::Table", resource, new)


def _attribute_type(value: Value) -> Value:
    if isinstance(value, Known) and value.value in _ATTRIBUTE_TYPES:
        return msgspec.structs.replace(value, value=_ATTRIBUTE_TYPES[str(value.value)])
    return value


def layer(x: Expansion, resource: Resource) -> None:
    """AWS::Serverless::LayerVersion: a layer that by default stays when it is replaced."""
    properties = _known_properties(x, resource, "AWS::Lambda::LayerVersion")
    if properties is None:
        return
    get = properties.get
    name = get("LayerName")
    entries = {
        key: value
        for key, value in properties.entries_.items()
        if key not in ("ContentUri", "RetentionPolicy", "PublishLambdaVersion")
    }
    entries["LayerName"] = known(resource.address, at=properties) if nothing(name) else name
    entries |= present({"Content": through(get("ContentUri"), location)})
    new = styled(msgspec.structs.replace(properties, entries_=entries), "sam:LayerVersion")
    retained = get("RetentionPolicy")
    attributes = resource.attributes
    if isinstance(attributes, Map):
        policy = attributes.get("DeletionPolicy")
        if not nothing(retained):
            policy = retained
        elif isinstance(policy, Absent):
            policy = known("Retain", at=properties)
        attributes = msgspec.structs.replace(attributes, entries_={**attributes.entries_, "DeletionPolicy": policy})
    x.become("AWS::Lambda::LayerVersion", msgspec.structs.replace(resource, attributes=attributes), new)


def capacity_provider(x: Expansion, resource: Resource) -> None:
    """AWS::Serverless::CapacityProvider: instances that Lambda manages, with the role it does so by."""
    properties = _known_properties(x, resource, "AWS::Lambda::CapacityProvider")
    if properties is None:
        return
    get = properties.get
    role = get("OperatorRole")
    if nothing(role):
        address = f"{resource.address}OperatorRole"
        role = x.ref(address, "Arn", at=properties)
        x.emit(
            "AWS::IAM::Role",
            address,
            {
                "AssumeRolePolicyDocument": trust("lambda.amazonaws.com", properties),
                "ManagedPolicyArns": sequence(
                    [managed("AWSLambdaManagedEC2ResourceOperator", properties)], at=properties
                ),
                "Tags": tags(
                    Absent(properties.source, 0, 0, -1, properties, ()), {"lambda:createdBy": "SAM"}, at=properties
                ),
            },
            origin=resource,
            at=properties,
        )
    entries = {
        "CapacityProviderName": get("CapacityProviderName"),
        "VpcConfig": get("VpcConfig"),
        "KmsKeyArn": get("KmsKeyArn"),
        "InstanceRequirements": through(get("InstanceRequirements"), _instances),
        "CapacityProviderScalingConfig": through(get("ScalingConfig"), _scaling),
        "PermissionsConfig": built({"CapacityProviderOperatorRoleArn": role}, at=properties),
        "Tags": tags(get("Tags"), {"lambda:createdBy": "SAM"}, at=properties),
    }
    new = styled(msgspec.structs.replace(properties, entries_=present(entries)), "sam:CapacityProvider")
    x.become("AWS::Lambda::CapacityProvider", resource, new)


def _instances(value: Value) -> Value:
    if not isinstance(value, Map):
        return value
    names = {"AllowedTypes": "AllowedInstanceTypes", "ExcludedTypes": "ExcludedInstanceTypes"}
    return built({names.get(key, key): entry for key, entry in value.entries_.items()}, at=value)


def _scaling(value: Value) -> Value:
    if not isinstance(value, Map):
        return value
    target = value.get("AverageCPUUtilization")
    entries = {key: entry for key, entry in value.entries_.items() if key != "AverageCPUUtilization"}
    entries["ScalingMode"] = known("Auto" if nothing(target) else "Manual", at=value)
    if not nothing(target):
        metric = known("LambdaCapacityProviderAverageCPUUtilization", at=target)
        policy = built({"PredefinedMetricType": metric, "TargetValue": target}, at=target)
        entries["ScalingPolicies"] = sequence([policy], at=target)
    return built(entries, at=value)
