"""AWS::Serverless::HttpApi, declared or implied by events, as an HTTP API with its document and stage.

Sources: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html and
sam-specification-generated-resources-httpapi.html.
"""

from __future__ import annotations

import re

import msgspec

from fourfold.model.condition import either
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Map, Value, known, mapping, sequence
from fourfold.sources.cloudformation.sam import domains, openapi
from fourfold.sources.cloudformation.sam.definition import definition
from fourfold.sources.cloudformation.sam.expansion import (
    Expansion,
    Route,
    built,
    literal,
    nothing,
    present,
    scalar,
    through,
)
from fourfold.sources.cloudformation.sam.merge import merged, with_globals
from fourfold.sources.cloudformation.sam.openapi import ANY, Access, Paths, changed
from fourfold.sources.cloudformation.sam.spelling import styled

IMPLICIT = "ServerlessHttpApi"
CREATED_BY = "httpapi:createdBy"

_CORS = {
    "AllowCredentials": "allowCredentials", "AllowHeaders": "allowHeaders", "AllowMethods": "allowMethods",
    "AllowOrigins": "allowOrigins", "ExposeHeaders": "exposeHeaders", "MaxAge": "maxAge",
}  # fmt: skip


def expand(x: Expansion, resource: Resource) -> None:
    """Give the HTTP API and what SAM makes for it."""
    properties = with_globals(resource, x.template)
    if not isinstance(properties, Map):
        x.problem(
            properties, f"the properties of `{resource.address}` are not known; what SAM makes of them is not, too"
        )
        x.become("AWS::ApiGatewayV2::Api", resource, properties)
        return
    routes = x.routes.get(resource.address, [])
    get = properties.get
    body, where = definition(x, properties, version="3.0.1")
    if isinstance(body, Map):
        body = _document(x, resource, properties, body, routes)
    entries: dict[str, Value | None] = {
        "Body": body,
        "BodyS3Location": where,
        "Description": get("Description") if where is not None else None,
        "DisableExecuteApiEndpoint": get("DisableExecuteApiEndpoint"),
        "FailOnWarnings": get("FailOnWarnings"),
    }
    api = styled(msgspec.structs.replace(properties, entries_=present(entries)), "sam:HttpApi")
    x.become("AWS::ApiGatewayV2::Api", resource, api)
    stage = get("StageName")
    identifier = stage_id(resource.address, stage)
    tags = _tags(properties)
    x.emit(
        "AWS::ApiGatewayV2::Stage",
        identifier,
        {
            "ApiId": x.ref(resource.address, at=properties),
            "StageName": known("$default", at=properties) if nothing(stage) else stage,
            "AutoDeploy": known(True, at=properties),
            "AccessLogSettings": get("AccessLogSettings"),
            "DefaultRouteSettings": get("DefaultRouteSettings"),
            "RouteSettings": _route_settings(properties, routes),
            "StageVariables": get("StageVariables"),
            "Tags": tags,
        },
        origin=resource,
        at=properties,
        style="sam:HttpStage",
    )
    _authorizer_permissions(x, resource, get("Auth"))
    domains.http(x, resource, get("Domain"), identifier, tags)


def implicit(x: Expansion) -> Resource | None:
    """The API that events without `ApiId` ask for, as if it were declared; None where there are none."""
    routes = x.routes.get(IMPLICIT)
    if not routes or IMPLICIT in x.given:
        return None
    at = routes[0].event
    condition = either(*(route.when for route in routes))
    return Resource("AWS::Serverless::HttpApi", IMPLICIT, built({}, at=at), at.span, "sam", condition)


def stage_id(address: str, stage: Value) -> str:
    """Logical id of the stage of an API."""
    if nothing(stage) or scalar(stage) == "$default":
        return f"{address}ApiGatewayDefaultStage"
    name = literal(stage)
    return f"{address}{name}Stage" if re.fullmatch(r"[A-Za-z0-9]+", name) and name != "Stage" else f"{address}Stage"


def _tags(properties: Map) -> Value:
    given = properties.get("Tags")
    entries = {**(given.entries_ if isinstance(given, Map) else {}), CREATED_BY: known("SAM", at=properties)}
    return built(entries, at=given if isinstance(given, Map) else properties)


def _route_settings(properties: Map, routes: list[Route]) -> Value:
    """The stage's settings by route, with those of events."""
    settings = properties.get("RouteSettings")
    for route in routes:
        own = route.properties.get("RouteSettings")
        if not isinstance(own, Map):
            continue
        key = "$default" if route.path == "$default" else f"{route.method.upper()} {route.path}"
        if isinstance(settings, Absent):
            settings = built({}, at=own)
        if isinstance(settings, Map):
            held = settings.entries_.get(key)
            value = own if held is None else merged(held, own)
            settings = msgspec.structs.replace(settings, entries_={**settings.entries_, key: value})
    return settings


# -- the document ------------------------------------------------------------------------------------------------------


def _document(x: Expansion, resource: Resource, properties: Map, body: Map, routes: list[Route]) -> Map:
    get = properties.get
    auth = get("Auth")
    access = Access(x, auth)
    paths = Paths(body)
    for route in routes:
        _add_route(x, resource, access, paths, route)
    openapi.apply_default(paths, access, preflight=False, key_preflight=False, strict=True)
    at = get("DefinitionBody") if "DefinitionBody" in properties.entries_ else properties
    entries: dict[str, Value | None] = {"paths": paths.document(at)}
    entries["components"] = _schemes(x, access, body, properties)
    entries["x-amazon-apigateway-cors"] = through(get("CorsConfiguration"), _cors)
    entries["tags"] = _document_tags(properties, body)
    described = {"title": get("Name"), "description": get("Description")}
    if any(not nothing(value) for value in described.values()):
        info = body.get("info")
        held = info.entries_ if isinstance(info, Map) else {}
        entries["info"] = built({**held, **present(described)}, at=info if isinstance(info, Map) else properties)
    return changed(body, entries)


def _add_route(x: Expansion, resource: Resource, access: Access, paths: Paths, route: Route) -> None:
    get = route.properties.get
    auth = get("Auth")
    default = route.path == "$default"
    method = ANY if route.method in ("any", ANY) else route.method
    route = msgspec.structs.replace(route, method=method)
    version = get("PayloadFormatVersion")
    integration: dict[str, Value | None] = {
        "type": known("aws_proxy", at=route.event),
        "httpMethod": known("POST", at=route.event),
        "payloadFormatVersion": known("2.0", at=route.event) if nothing(version) else version,
        "uri": route.integration,
        "timeoutInMillis": get("TimeoutInMillis"),
    }
    extra: dict[str, Value | None] = {"isDefaultRoute": known(True, at=route.event) if default else None}
    own = auth.get("Authorizer")
    if method != "options" or not nothing(own):
        extra["security"] = access.security(own, auth.get("AuthorizationScopes"))
    operation = openapi.operation(route, integration, extra)
    paths.add(route, openapi.conditional(route, resource.condition, operation))
    paths.settled.add((route.path, method))


def _schemes(x: Expansion, access: Access, body: Map, properties: Map) -> Value | None:
    schemes: dict[str, Value] = {name: openapi.http_scheme(x, value) for name, value in access.authorizers.items()}
    at = properties.get("Auth")
    if access.uses_iam or access.auth.get("EnableIamAuthorizer").surely(True):
        schemes.setdefault(openapi.IAM, openapi.iam_scheme(at))
    if not schemes:
        return None
    components = body.get("components")
    held = components.entries_ if isinstance(components, Map) else {}
    given = held.get("securitySchemes")
    entries = {**(given.entries_ if isinstance(given, Map) else {}), **schemes}
    all_schemes = built(entries, at=given if isinstance(given, Map) else at)
    return built({**held, "securitySchemes": all_schemes}, at=components if isinstance(components, Map) else at)


def _cors(value: Value) -> Value:
    """`CorsConfiguration` in the extension's words; `true` lets every origin in."""
    if isinstance(value, Map):
        entries = {_CORS[key]: entry for key, entry in value.entries_.items() if key in _CORS}
        return mapping(entries, at=value, style="camel")
    if isinstance(value, Known) and value.surely(True):
        return built({"allowOrigins": sequence([known("*", at=value)], at=value)}, at=value)
    return (
        Absent(value.source, value.start, value.end, value.key_start, value, ()) if isinstance(value, Known) else value
    )


def _document_tags(properties: Map, body: Map) -> Value:
    items: list[Value] = [item for _, item in body.get("tags").elements()]
    given = properties.get("Tags")
    for key, value in (given.entries_ if isinstance(given, Map) else {}).items():
        items.append(built({"name": known(key, at=value), "x-amazon-apigateway-tag-value": value}, at=value))
    own: dict[str, Value] = {
        "name": known(CREATED_BY, at=properties),
        "x-amazon-apigateway-tag-value": known("SAM", at=properties),
    }
    return sequence([*items, built(own, at=properties)], at=properties)


def _authorizer_permissions(x: Expansion, resource: Resource, auth: Value) -> None:
    """What lets API Gateway call the functions that authorize, where an authorizer asks for it."""
    for when, name, value in auth.get("Authorizers").pairs():
        if not value.get("EnableFunctionDefaultPermissions").surely(True):
            continue
        source = x.arn("execute-api", "${Api}/authorizers/*", value, Api=x.ref(resource.address, at=value))
        x.emit(
            "AWS::Lambda::Permission",
            f"{resource.address}{name}AuthorizerPermission",
            {
                "Action": known("lambda:InvokeFunction", at=value),
                "FunctionName": value.get("FunctionArn"),
                "Principal": known("apigateway.amazonaws.com", at=value),
                "SourceArn": source,
            },
            origin=resource,
            at=value,
            when=when,
        )
