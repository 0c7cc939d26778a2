"""HTTP and WebSocket APIs of API Gateway, and function URLs.

Sources: API Gateway Developer Guide, "Choose between REST APIs and HTTP APIs" (HTTP APIs are regional and public, take no
web ACL), "Control access to WebSocket APIs with AWS Lambda REQUEST authorizers" (`$connect` alone is authorized), "Create
an HTTP API" (quick create); Lambda Developer Guide, "Control access to Lambda function URLs"; CloudFormation reference of
`AWS::ApiGatewayV2::*` and `AWS::Lambda::Url`.
"""

from __future__ import annotations

from typing import Any

from fourfold.linking.aws_gateway import gateway, publish
from fourfold.linking.aws_rest import body_entries
from fourfold.linking.aws_values import name_of, satellites, stands_for
from fourfold.linking.draft import Draft
from fourfold.model.nodes import Entry, Gateway
from fourfold.model.resource import Resource
from fourfold.model.value import Value, known, unknown

API = "AWS::ApiGatewayV2::Api"


def add(draft: Draft) -> None:
    """All routes, stages and function URLs."""
    for integration in draft.of_type("AWS::ApiGatewayV2::Integration"):
        stands_for(draft, integration, integration.get("IntegrationUri"))
    routes = satellites(draft, ("AWS::ApiGatewayV2::Route",), "ApiId")
    stages = satellites(draft, ("AWS::ApiGatewayV2::Stage",), "ApiId")
    found = set()
    for api in draft.of_type(API):
        found.add(api.key)
        _api(draft, api, routes.get(api.key, []), stages.get(api.key, []))
    for route in draft.of_type("AWS::ApiGatewayV2::Route"):
        api_or_none = draft.target(route.get("ApiId"))
        if api_or_none is None or api_or_none.key not in found:
            why = unknown("its API is not part of what was read", at=route.get("ApiId"))
            draft.add(_route(route, {"kind": "http-route", "internet": why}, route.get("AuthorizationType")))
    for url in draft.of_type("AWS::Lambda::Url"):
        draft.add(_url(url))


def _api(draft: Draft, api: Resource, routes: list[Resource], stages: list[Resource]) -> None:
    websocket = api.get("ProtocolType").surely("WEBSOCKET")
    shared: dict[str, Any] = {
        "kind": "websocket-route" if websocket else "http-route",
        "internet": known(True, at=api.properties),
        "exposure": "internet",
        "exposure_value": api.get("ProtocolType"),
        "protocol": known("WSS" if websocket else "HTTPS", at=api.properties),
    }
    connect = next((r for r in routes if r.get("RouteKey").surely("$connect")), None) if websocket else None
    entries = [_route(r, shared, (connect or r).get("AuthorizationType")) for r in routes]
    entries += body_entries(api, shared)
    if not api.get("Target").absent:
        entries.append(_quick(api, shared))
    published = [_stage(draft, s, "websocket-stage" if websocket else "http-stage") for s in stages]
    publish(draft, api, published, entries)


def _route(route: Resource, shared: dict[str, Any], authorization: Value) -> Entry:
    key = name_of(route.get("RouteKey"), "?")
    method, _, path = key.partition(" ")
    return Entry(
        resource=route,
        name=key,
        at=route.properties,
        condition=route.condition,
        method=method.upper() if path else "ANY",
        path=path or key,
        authorizer=authorization.default("NONE"),
        api_key=route.get("ApiKeyRequired").default(False),
        target=route.get("Target"),
        **shared,
    )


def _quick(api: Resource, shared: dict[str, Any]) -> Entry:
    """The route that quick create makes: everything, or `RouteKey`, to one target, without authorization."""
    key = name_of(api.get("RouteKey"), "$default")
    method, _, path = key.partition(" ")
    return Entry(
        resource=api,
        name=key,
        part=key,
        at=api.properties,
        condition=api.condition,
        method=method.upper() if path else "ANY",
        path=path or key,
        authorizer=known("NONE", at=api.get("Target")),
        api_key=known(False, at=api.get("Target")),
        target=api.get("Target"),
        **shared,
    )


def _stage(draft: Draft, stage: Resource, kind: str) -> Gateway:
    get = stage.get
    return gateway(
        draft,
        stage,
        kind,
        internet=known(True, at=stage.properties),
        access_log=get("AccessLogSettings", "DestinationArn"),
        throttling=get("DefaultRouteSettings", "ThrottlingRateLimit"),
    )


def _url(url: Resource) -> Entry:
    return Entry(
        resource=url,
        name=url.address,
        at=url.properties,
        condition=url.condition,
        kind="function-url",
        internet=known(True, at=url.properties),
        exposure="internet",
        exposure_value=url.get("AuthType"),
        method="ANY",
        path="/",
        authorizer=url.get("AuthType").default("NONE"),
        target=url.get("TargetFunctionArn"),
        protocol=known("HTTPS", at=url.properties),
    )
