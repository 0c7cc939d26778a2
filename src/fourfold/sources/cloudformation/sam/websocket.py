"""AWS::Serverless::WebSocketApi: a WebSocket API with its routes, integrations, authorizer and stage.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-websocketapi.html
"""

from __future__ import annotations

import msgspec

from fourfold.model.condition import Condition
from fourfold.model.resource import Resource
from fourfold.model.value import Map, Value, known
from fourfold.sources.cloudformation.sam import domains
from fourfold.sources.cloudformation.sam.expansion import Expansion, built, literal, nothing, present, scalar
from fourfold.sources.cloudformation.sam.merge import with_globals
from fourfold.sources.cloudformation.sam.openapi import function_uri
from fourfold.sources.cloudformation.sam.spelling import styled

_HANDED_ON = (
    "ApiKeySelectionExpression", "Description", "DisableExecuteApiEndpoint", "DisableSchemaValidation", "IpAddressType",
    "RouteSelectionExpression",
)  # fmt: skip
_STAGE = ("AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "StageVariables")
_ROUTE = (
    "ApiKeyRequired", "ModelSelectionExpression", "OperationName", "RequestModels", "RequestParameters",
    "RouteResponseSelectionExpression",
)  # fmt: skip


def expand(x: Expansion, resource: Resource) -> None:
    """Give the API and what SAM makes for it."""
    properties = with_globals(resource, x.template)
    if not isinstance(properties, Map):
        x.problem(properties, f"the properties of `{resource.address}` are not known")
        x.become("AWS::ApiGatewayV2::Api", resource, properties)
        return
    get = properties.get
    tags = get("Tags")
    entries = dict(tags.entries_) if isinstance(tags, Map) else {}
    marked = built({**entries, "websocketapi:createdBy": known("SAM", at=properties)}, at=properties)
    api: dict[str, Value | None] = {name: get(name) for name in _HANDED_ON}
    api["Name"] = known(resource.address, at=properties) if nothing(get("Name")) else get("Name")
    api["ProtocolType"] = known("WEBSOCKET", at=properties)
    api["Tags"] = marked
    x.become(
        "AWS::ApiGatewayV2::Api",
        resource,
        styled(msgspec.structs.replace(properties, entries_=present(api)), "sam:HttpApi"),
    )
    stage = get("StageName")
    stage_name = known("default", at=properties) if nothing(stage) else stage
    identifier = f"{resource.address}{literal(stage) or ('Default' if nothing(stage) else '')}Stage"
    x.emit(
        "AWS::ApiGatewayV2::Stage",
        identifier,
        {
            "ApiId": x.ref(resource.address, at=properties),
            "StageName": stage_name,
            "AutoDeploy": known(True, at=properties),
            "Tags": marked,
            **{name: get(name) for name in _STAGE},
        },
        origin=resource,
        at=properties,
        style="sam:HttpStage",
    )
    _authorizer(x, resource, get("Auth"))
    for when, key, route in get("Routes").pairs():
        for condition, value in route.alternatives(when):
            if isinstance(value, Map):
                _route(x, resource, key, value, get("Auth"), stage_name, condition)
    domains.http(x, resource, get("Domain"), identifier, marked)


def _authorizer(x: Expansion, resource: Resource, auth: Value) -> None:
    """Give the Lambda authorizer of `$connect` with its permission."""
    function = auth.get("AuthArn")
    if nothing(function):
        return
    address = f"{resource.address}ConnectAuthorizer"
    name = auth.get("Name")
    x.emit(
        "AWS::ApiGatewayV2::Authorizer",
        address,
        {
            "ApiId": x.ref(resource.address, at=auth),
            "AuthorizerType": known("REQUEST", at=auth),
            "AuthorizerUri": function_uri(x, function, auth),
            "AuthorizerCredentialsArn": auth.get("InvokeRole"),
            "IdentitySource": auth.get("IdentitySource"),
            "Name": known(address, at=auth) if nothing(name) else name,
        },
        origin=resource,
        at=auth,
    )
    if nothing(auth.get("InvokeRole")):
        source = x.arn("execute-api", "${Api}/authorizers/*", auth, Api=x.ref(resource.address, at=auth))
        _permit(x, resource, f"{resource.address}AuthorizerPermission", function, source, auth, resource.condition)


def _route(x: Expansion, resource: Resource, key: str, value: Map, auth: Value, stage: Value, when: Condition) -> None:
    get = value.get
    part = "".join(c for c in key if c.isalnum())
    prefix = f"{resource.address}{part[:1].upper()}{part[1:]}"
    api = x.ref(resource.address, at=value)
    connects = key == "$connect"
    kind = auth.get("AuthType")
    x.emit(
        "AWS::ApiGatewayV2::Route",
        f"{prefix}Route",
        {
            "ApiId": api,
            "RouteKey": known(key, at=value),
            "Target": x.text("integrations/${Integration}", value, Integration=x.ref(f"{prefix}Integration", at=value)),
            "AuthorizationType": kind if connects else None,
            "AuthorizerId": x.ref(f"{resource.address}ConnectAuthorizer", at=value)
            if connects and scalar(kind) == "CUSTOM"
            else None,
            **{name: get(name) for name in _ROUTE},
        },
        origin=resource,
        at=value,
        when=when,
        style="sam:WebSocketRoute",
    )
    x.emit(
        "AWS::ApiGatewayV2::Integration",
        f"{prefix}Integration",
        {
            "ApiId": api,
            "IntegrationType": known("AWS_PROXY", at=value),
            "IntegrationUri": function_uri(x, get("FunctionArn"), value),
            "TimeoutInMillis": get("IntegrationTimeout"),
        },
        origin=resource,
        at=value,
        when=when,
    )
    source = x.arn(
        "execute-api", "${Api}/${Stage}/" + key, value, Api=x.ref(resource.address, "ApiId", at=value), Stage=stage
    )
    _permit(x, resource, f"{prefix}Permission", get("FunctionArn"), source, value, when)


def _permit(
    x: Expansion, resource: Resource, address: str, function: Value, source: Value, at: Value, when: Condition
) -> None:
    """Give the permission by which API Gateway calls a function."""
    entries = {
        "Action": known("lambda:InvokeFunction", at=at),
        "FunctionName": function,
        "Principal": known("apigateway.amazonaws.com", at=at),
        "SourceArn": source,
    }
    x.emit("AWS::Lambda::Permission", address, entries, origin=resource, at=at, when=when)
