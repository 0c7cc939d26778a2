"""How SAM spells what CloudFormation's vocabulary says, so that what a fix inserts is SAM.

A synthesized mapping has a `style` that begins with `sam:` and names a row of `TABLE`; what the row does not name cannot
be written there. Source: the property tables of
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-resources-and-properties.html
("AWS CloudFormation compatibility").
"""

from __future__ import annotations

from typing import Any

import msgspec

from fourfold.model.value import Absent, Map

SAM = "sam:"
NOWHERE = "sam:"
"""The style of a mapping that nothing can be inserted into: SAM makes all of it."""
_WITHIN = "@Properties"
"""Follows a style where the place is the resource, because its `Properties` are not written yet."""

Row = dict[str, tuple[str, ...]]


def _same(*names: str) -> Row:
    return {name: (name,) for name in names}


TABLE: dict[str, Row] = {
    "sam:Function": {
        **_same(
            "Architectures", "CodeSigningConfigArn", "Description", "DurableConfig", "Environment", "EphemeralStorage",
            "FileSystemConfigs", "FunctionName", "Handler", "ImageConfig", "KmsKeyArn", "Layers", "LoggingConfig",
            "MemorySize", "PackageType", "RecursiveLoop", "ReservedConcurrentExecutions", "Role", "Runtime",
            "RuntimeManagementConfig", "SnapStart", "Timeout", "VpcConfig",
        ),
        "TracingConfig.Mode": ("Tracing",),
    },
    "sam:Role": {**_same("AssumeRolePolicyDocument", "PermissionsBoundary"), "Path": ("RolePath",)},
    "sam:Url": _same("AuthType", "Cors", "InvokeMode"),
    "sam:Mapping": {
        name: ("Properties", name)
        for name in (
            "BatchSize", "BisectBatchOnFunctionError", "Enabled", "FilterCriteria", "FunctionResponseTypes", "KmsKeyArn",
            "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts",
            "ParallelizationFactor", "ScalingConfig", "StartingPosition",
        )
    },
    "sam:Route": {"x-amazon-apigateway-auth.type": ("Properties", "Auth", "Authorizer")},
    "sam:RestApi": _same(
        "ApiKeySourceType", "BinaryMediaTypes", "Description", "DisableExecuteApiEndpoint", "MinimumCompressionSize",
        "Name", "Policy", "SecurityPolicy",
    ),
    "sam:RestStage": _same(
        "AccessLogSetting", "CacheClusterEnabled", "CacheClusterSize", "CanarySetting", "MethodSettings",
        "TracingEnabled", "Variables",
    ),
    "sam:HttpApi": _same("Description", "DisableExecuteApiEndpoint", "Name"),
    "sam:HttpStage": _same("AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "StageVariables"),
    "sam:WebSocketRoute": _same("ApiKeyRequired", "OperationName"),
    "sam:Domain": _same("MutualTlsAuthentication", "SecurityPolicy"),
    "sam:SimpleTable": _same(
        "PointInTimeRecoverySpecification", "ProvisionedThroughput", "SSESpecification", "TableName"
    ),
    "sam:StateMachine": {
        **_same("DefinitionSubstitutions"),
        "LoggingConfiguration": ("Logging",),
        "TracingConfiguration": ("Tracing",),
        "RoleArn": ("Role",),
        "StateMachineName": ("Name",),
        "StateMachineType": ("Type",),
    },
    "sam:LayerVersion": _same("CompatibleArchitectures", "CompatibleRuntimes", "Description", "LayerName", "LicenseInfo"),
    "sam:GraphQLApi": {**_same("OwnerContact", "Visibility", "XrayEnabled"), "LogConfig": ("Logging",)},
    "sam:CapacityProvider": _same("CapacityProviderName", "KmsKeyArn", "VpcConfig"),
}  # fmt: skip


def styled(properties: Map, style: str) -> Map:
    """The mapping with its style, also for what would be written around it where it is not written itself."""
    rest = properties.rest
    if isinstance(rest, Absent) and isinstance(rest.parent, Map):
        parent = msgspec.structs.replace(rest.parent, style=style + _WITHIN)
        rest = msgspec.structs.replace(rest, parent=parent)
    return msgspec.structs.replace(properties, style=style, rest=rest)


def spelled(style: str, tree: dict[str, Any]) -> dict[str, Any] | None:
    """What to write for `tree`, in SAM's words; None where SAM has none for it."""
    if style.endswith(_WITHIN):
        inner = tree.get("Properties")
        if len(tree) != 1 or not isinstance(inner, dict):
            return None
        translated = spelled(style.removesuffix(_WITHIN), inner)
        return None if translated is None else {"Properties": translated}
    out: dict[str, Any] = {}
    for key, value in tree.items():
        row = TABLE.get(style, {})
        path = row.get(key)
        if path is None and isinstance(value, dict) and len(value) == 1:
            ((inner_key, inner_value),) = value.items()
            path, value = row.get(f"{key}.{inner_key}"), inner_value
        if path is None:
            return None
        at = out
        for part in path[:-1]:
            at = at.setdefault(part, {})
        at[path[-1]] = value
    return out
