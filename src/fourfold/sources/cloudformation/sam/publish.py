"""Versions, aliases, gradual deployments, URLs and asynchronous destinations of a function.

Sources: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-deploymentpreference.html,
sam-property-function-functionurlconfig.html and sam-property-function-eventinvokeconfiguration.html.
"""

from __future__ import annotations

import msgspec

from fourfold.model.condition import FALSE, TRUE, Condition, Free, negate
from fourfold.model.resource import Resource
from fourfold.model.value import (
    Absent,
    Choice,
    Known,
    Map,
    Value,
    from_plain,
    known,
    sequence,
)
from fourfold.sources.cloudformation.sam.expansion import (
    Expansion,
    built,
    literal,
    nothing,
    otherwise,
    present,
    scalar,
    through,
    told,
)
from fourfold.sources.cloudformation.sam.role import Grants, managed, statement, trust

APPLICATION = "ServerlessDeploymentApplication"
SERVICE_ROLE = "CodeDeployServiceRole"

_GRADUAL = frozenset(
    {
        "AllAtOnce", "Canary10Percent5Minutes", "Canary10Percent10Minutes", "Canary10Percent15Minutes",
        "Canary10Percent30Minutes", "Linear10PercentEvery10Minutes", "Linear10PercentEvery1Minute",
        "Linear10PercentEvery2Minutes", "Linear10PercentEvery3Minutes",
    }
)  # fmt: skip
"""Deployment configurations that CodeDeploy has for every account."""


def alias_of(properties: Value) -> str:
    """The name that `AutoPublishAlias` gives, or the empty string."""
    return scalar(properties.get("AutoPublishAlias"))


def alias_id(address: str, name: str) -> str:
    """Logical id of an alias."""
    return f"{address}Alias{name.replace('-', 'D').replace('_', 'U')}"


def versions(x: Expansion, resource: Resource, properties: Map) -> str:
    """Give the version and the alias that `AutoPublishAlias` asks for; the alias's logical id, or the empty string."""
    get = properties.get
    alias = get("AutoPublishAlias")
    if nothing(alias):
        return ""
    name = alias_of(properties)
    if not name:
        if not told(alias):
            x.problem(
                alias, f"the name of the alias of `{resource.address}` is not known; calls go to the function itself"
            )
        return ""
    address, version = resource.address, f"{resource.address}Version"
    retained = get("VersionDeletionPolicy")
    if isinstance(retained, Absent):
        retained = resource.attributes.get("DeletionPolicy")
    x.emit(
        "AWS::Lambda::Version",
        version,
        {
            "FunctionName": x.ref(address, at=properties),
            "Description": get("VersionDescription"),
            "FunctionScalingConfig": get("FunctionScalingConfig"),
        },
        origin=resource,
        at=alias,
        attributes=built(
            {"DeletionPolicy": known("Retain", at=alias) if isinstance(retained, Absent) else retained}, at=alias
        ),
    )
    identifier = alias_id(address, name)
    update = _deployment(x, resource, properties)
    x.emit(
        "AWS::Lambda::Alias",
        identifier,
        {
            "Name": alias,
            "FunctionName": x.ref(address, at=alias),
            "FunctionVersion": x.ref(version, "Version", at=alias),
            "ProvisionedConcurrencyConfig": get("ProvisionedConcurrencyConfig"),
        },
        origin=resource,
        at=alias,
        attributes=update,
    )
    return identifier


# -- gradual deployment ------------------------------------------------------------------------------------------------


def _deployment(x: Expansion, resource: Resource, properties: Map) -> Value | None:
    """Give the CodeDeploy resources of `DeploymentPreference`; the alias's attributes that use them."""
    preference = properties.get("DeploymentPreference")
    if not isinstance(preference, Map):
        return None
    enabled = preference.get("Enabled")
    if isinstance(enabled, Known) and not enabled.surely(True) and enabled.value is not None:
        return None
    when: Condition = TRUE
    if isinstance(enabled, Choice):
        when = x.among(enabled, f"DeploymentPreference.Enabled of {resource.address}", "true", "True", "1")
    get = preference.get
    address = resource.address
    if APPLICATION not in x.out:
        x.emit(
            "AWS::CodeDeploy::Application",
            APPLICATION,
            {"ComputePlatform": known("Lambda", at=preference)},
            origin=resource,
            at=preference,
        )
    role = get("Role")
    if isinstance(role, Absent):
        role = x.ref(SERVICE_ROLE, "Arn", at=preference)
        _service_role(x, resource, preference)
    alarms = through(get("Alarms"), lambda v: _alarms(v))
    passes = preference.get("PassthroughCondition").surely(True)
    owner = resource if passes else msgspec.structs.replace(resource, condition=TRUE)
    x.emit(
        "AWS::CodeDeploy::DeploymentGroup",
        f"{address}DeploymentGroup",
        {
            "ApplicationName": x.ref(APPLICATION, at=preference),
            "AutoRollbackConfiguration": from_plain(
                {
                    "Enabled": True,
                    "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
                },
                at=preference,
            ),
            "AlarmConfiguration": alarms,
            "DeploymentConfigName": through(get("Type"), _configuration),
            "DeploymentStyle": from_plain(
                {"DeploymentOption": "WITH_TRAFFIC_CONTROL", "DeploymentType": "BLUE_GREEN"}, at=preference
            ),
            "ServiceRoleArn": role,
            "TriggerConfigurations": get("TriggerConfigurations"),
        },
        origin=owner,
        at=preference,
        when=when,
    )
    hooks = present(
        {
            "ApplicationName": x.ref(APPLICATION, at=preference),
            "DeploymentGroupName": x.ref(f"{address}DeploymentGroup", at=preference),
            "BeforeAllowTrafficHook": get("Hooks", "PreTraffic") if isinstance(get("Hooks"), Map) else None,
            "AfterAllowTrafficHook": get("Hooks", "PostTraffic") if isinstance(get("Hooks"), Map) else None,
        }
    )
    update = built({"CodeDeployLambdaAliasUpdate": built(hooks, at=preference)}, at=preference)
    return built({"UpdatePolicy": update}, at=preference)


def _configuration(value: Value) -> Value:
    if isinstance(value, Known) and value.value in _GRADUAL:
        return Known(value.source, value.start, value.end, value.key_start, f"CodeDeployDefault.Lambda{value.value}")
    return value


def _alarms(value: Value) -> Value:
    names: list[Value] = [built({"Name": item}, at=item) for _, item in value.elements()]
    if not names:
        return Absent(value.source, value.start, value.end, value.key_start, value, ())
    return built({"Enabled": known(True, at=value), "Alarms": sequence(names, at=value)}, at=value)


def _service_role(x: Expansion, resource: Resource, at: Map) -> None:
    if SERVICE_ROLE in x.out:
        return
    x.emit(
        "AWS::IAM::Role",
        SERVICE_ROLE,
        {
            "AssumeRolePolicyDocument": trust("codedeploy.amazonaws.com", at),
            "ManagedPolicyArns": sequence([managed("AWSCodeDeployRoleForLambda", at)], at=at),
        },
        origin=resource,
        at=at,
    )


# -- URL ---------------------------------------------------------------------------------------------------------------


def url(x: Expansion, resource: Resource, properties: Map, name: Value) -> None:
    """Give the URL of `FunctionUrlConfig`, and where it asks for no authentication, the permissions for everyone."""
    for when, config in properties.get("FunctionUrlConfig").alternatives():
        if not isinstance(config, Map):
            if not told(config):
                x.problem(config, f"the URL of `{resource.address}` is not known: {config.reason or 'no mapping'}")
            continue
        auth = config.get("AuthType")
        entries = {**config.entries_, "TargetFunctionArn": name}
        address = f"{resource.address}Url"
        x.emit("AWS::Lambda::Url", address, entries, origin=resource, at=config, when=when, style="sam:Url")
        if literal(auth) != "NONE":  # SAM does not look behind a parameter
            continue
        common = {"FunctionName": name, "Principal": known("*", at=auth)}
        x.emit(
            "AWS::Lambda::Permission",
            f"{resource.address}UrlPublicPermissions",
            {**common, "Action": known("lambda:InvokeFunctionUrl", at=auth), "FunctionUrlAuthType": auth},
            origin=resource,
            at=config,
            when=when,
        )
        x.emit(
            "AWS::Lambda::Permission",
            f"{resource.address}URLInvokeAllowPublicAccess",
            {
                **common,
                "Action": known("lambda:InvokeFunction", at=auth),
                "InvokedViaFunctionUrl": known(True, at=auth),
            },
            origin=resource,
            at=config,
            when=when,
        )


# -- asynchronous invocation -------------------------------------------------------------------------------------------

_MADE = {"SQS": ("AWS::SQS::Queue", "Queue", "Arn"), "SNS": ("AWS::SNS::Topic", "Topic", "")}
"""What is made where a destination of this type names none: type, end of the logical id, attribute of its ARN."""


def invoke_config(x: Expansion, resource: Resource, properties: Map, name: Value, grants: Grants, alias: str) -> None:
    """Give the EventInvokeConfig with the queues and topics its destinations ask for."""
    config = properties.get("EventInvokeConfig")
    if not isinstance(config, Map):
        if not told(config):
            x.problem(config, f"EventInvokeConfig of `{resource.address}` is not known")
        return
    address = f"{resource.address}EventInvokeConfig"
    destinations: dict[str, Value] = {}
    for outcome in ("OnSuccess", "OnFailure"):
        wanted = config.get("DestinationConfig", outcome)
        if isinstance(wanted, Map):
            arn = _destination(x, resource, wanted, f"{address}{outcome}", grants)
            destinations[outcome] = built(present({"Destination": arn}), at=wanted)
    declared = config.get("DestinationConfig")
    x.emit(
        "AWS::Lambda::EventInvokeConfig",
        address,
        {
            "FunctionName": x.ref(resource.address, at=config),
            "Qualifier": properties.get("AutoPublishAlias") if alias else known("$LATEST", at=config),
            "MaximumEventAgeInSeconds": config.get("MaximumEventAgeInSeconds"),
            "MaximumRetryAttempts": config.get("MaximumRetryAttempts"),
            "DestinationConfig": built(destinations, at=declared),
        },
        origin=resource,
        at=config,
    )


def _destination(x: Expansion, resource: Resource, wanted: Map, address: str, grants: Grants) -> Value:
    """The ARN of a destination; makes the queue or topic where none is named, and allows sending to it."""
    kind, arn = scalar(wanted.get("Type")), wanted.get("Destination")
    missing = negate(x.presence(arn, f"the destination of {resource.address}"))
    if missing != FALSE and kind in _MADE:
        made, suffix, attribute = _MADE[kind]
        reference = x.ref(address + suffix, attribute, at=wanted)
        if not isinstance(missing, Free):
            arn = otherwise(arn, reference)
            x.emit(made, address + suffix, {}, origin=resource, at=wanted, when=missing)
    allowed = destination_statements(x, kind, arn, wanted)
    if allowed:
        policy = {"S3Bucket": "S3"}.get(kind, kind)
        grants.allow(f"{address}{policy}Policy", allowed, wanted)
    return arn


def destination_statements(x: Expansion, kind: str, arn: Value, at: Value) -> list[Value]:
    """What a function must be allowed so that Lambda can send records to a destination for it."""
    actions = {
        "SQS": "sqs:SendMessage", "SNS": "sns:publish", "Lambda": "lambda:InvokeFunction",
        "EventBridge": "events:PutEvents",
    }  # fmt: skip
    if kind in ("S3", "S3Bucket"):
        objects = x.text("${Bucket}/*", at, Bucket=arn)
        return [statement("s3:PutObject", objects, at), statement("s3:ListBucket", arn, at)]
    return [statement(actions[kind], arn, at)] if kind in actions else []
