"""REST APIs of API Gateway: one entry for each method, one gateway for each stage.

Sources: API Gateway Developer Guide, "API endpoint types for REST APIs in API Gateway" (edge-optimised by default),
"Throttle requests to your REST APIs"; CloudFormation reference of `AWS::ApiGateway::*`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fourfold.linking.aws_gateway import WebAcls, exposure_of, gateway, policy_of, publish
from fourfold.linking.aws_openapi import Operation, operations
from fourfold.linking.aws_values import first_found, name_of, or_else, satellites, translate
from fourfold.linking.draft import Draft
from fourfold.model.nodes import Entry, Gateway
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Map, Plain, Ref, Value, known, unknown

API = "AWS::ApiGateway::RestApi"
_INTEGRATIONS: dict[str, Plain] = {
    "aws": "AWS", "aws_proxy": "AWS_PROXY", "http": "HTTP", "http_proxy": "HTTP_PROXY", "mock": "MOCK",
}  # fmt: skip
PARENTS_MAX = 40
"""Path parts of a resource; API Gateway takes fewer, and a circle of parents has no end."""


def add(draft: Draft, acls: WebAcls) -> None:
    """All methods and stages."""
    methods = satellites(draft, ("AWS::ApiGateway::Method",), "RestApiId")
    stages = satellites(draft, ("AWS::ApiGateway::Stage",), "RestApiId")
    deployments = satellites(draft, ("AWS::ApiGateway::Deployment",), "RestApiId")
    known_apis = set()
    for api in draft.of_type(API):
        known_apis.add(api.key)
        internet = _internet(api)
        published = [_stage(draft, acls, stage, api, internet) for stage in stages.get(api.key, [])]
        for deployment in deployments.get(api.key, []):
            # SAM makes a stage `Stage` by each deployment beside the one that is asked for; where that one is as bare,
            # nothing is said twice.
            if not deployment.get("StageName").absent and not any(map(_is_bare, published)):
                published.append(_deployed(draft, acls, deployment, api, internet))
        shared = {
            "kind": "rest-route",
            "internet": internet,
            "exposure": exposure_of(internet),
            "exposure_value": api.get("EndpointConfiguration", "Types"),
            "policy": policy_of(draft, api),
            "protocol": known("HTTPS", at=api.properties),
        }
        entries = [_method(draft, m, shared) for m in methods.get(api.key, [])]
        entries += body_entries(api, shared)
        publish(draft, api, published, [e for e in entries if e is not None])
    _orphans(draft, known_apis)


def _internet(api: Resource) -> Value:
    types = api.get("EndpointConfiguration", "Types")

    def of_type(item: Value) -> Value | None:
        return known(item.value != "PRIVATE", at=item) if isinstance(item, Known) else item

    return first_found(types, of_type, True)


# -- methods -------------------------------------------------------------------------------------------------------------


def _method(draft: Draft, method: Resource, shared: dict[str, Any]) -> Entry:
    get = method.get
    verb = name_of(get("HttpMethod"), "ANY").upper()
    path = _path(draft, get("ResourceId"))
    return Entry(
        resource=method,
        name=f"{verb} {path}",
        at=method.properties,
        condition=method.condition,
        method=verb,
        path=path,
        authorizer=get("AuthorizationType").default("NONE"),
        api_key=get("ApiKeyRequired").default(False),
        target=get("Integration", "Uri"),
        integration=get("Integration", "Type"),
        **shared,
    )


def _path(draft: Draft, value: Value) -> str:
    """`/orders/{id}`: the parts of a resource and its parents; `?` for what is not part of the scan."""
    parts: list[str] = []
    for _ in range(PARENTS_MAX):
        if isinstance(value, Ref) and value.attribute == "RootResourceId":
            break
        resource = draft.target(value)
        if resource is None or resource.type != "AWS::ApiGateway::Resource":
            parts.append("?")
            break
        parts.append(name_of(resource.get("PathPart"), "?"))
        value = resource.get("ParentId")
    return "/" + "/".join(reversed(parts))


def _orphans(draft: Draft, known_apis: set[str]) -> None:
    """Methods of an API that another stack makes: how it is exposed is not known."""
    for method in draft.of_type("AWS::ApiGateway::Method"):
        api = draft.target(method.get("RestApiId"))
        if api is None or api.key not in known_apis:
            internet = unknown("its API is not part of what was read", at=method.get("RestApiId"))
            shared = {"kind": "rest-route", "internet": internet, "protocol": known("HTTPS", at=method.properties)}
            draft.add(_method(draft, method, shared))


# -- definitions ---------------------------------------------------------------------------------------------------------


def body_entries(api: Resource, shared: dict[str, Any]) -> Iterator[Entry]:
    """The operations of an API's OpenAPI definition; one unknown entry where it cannot be read."""
    body, elsewhere = api.get("Body"), api.get("BodyS3Location")
    found = False
    for operation in operations(body, api.condition):
        found = True
        yield _operation(api, operation, shared)
    unread = body.get("paths").reason if elsewhere.absent else "the definition of the API is not part of what was read"
    if unread and not found:
        why = unknown(unread, at=body if elsewhere.absent else elsewhere)
        yield Entry(
            resource=api,
            name=f"routes of {api.address}",
            part="ANY ?",
            at=api.properties,
            condition=api.condition,
            method="ANY",
            path="?",
            authorizer=why,
            api_key=why,
            target=why,
            **shared,
        )


def _operation(api: Resource, operation: Operation, shared: dict[str, Any]) -> Entry:
    name = f"{operation.method} {operation.path}"
    integration = operation.integration
    return Entry(
        resource=api,
        name=name,
        part=name,
        at=operation.at,
        condition=operation.condition,
        method=operation.method,
        path=operation.path,
        authorizer=operation.authorizer,
        api_key=operation.api_key,
        target=integration.get("uri"),
        integration=translate(integration.get("type"), _INTEGRATIONS),
        **shared,
    )


# -- stages --------------------------------------------------------------------------------------------------------------


def _stage(draft: Draft, acls: WebAcls, stage: Resource, api: Resource, internet: Value) -> Gateway:
    get = stage.get
    return gateway(
        draft,
        stage,
        "rest-stage",
        internet=internet,
        access_log=get("AccessLogSetting", "DestinationArn"),
        throttling=_throttling(get("MethodSettings")),
        tracing=get("TracingEnabled").default(False),
        web_acl=acls.of_stage(stage, api, get("StageName")),
    )


def _deployed(draft: Draft, acls: WebAcls, deployment: Resource, api: Resource, internet: Value) -> Gateway:
    """The stage that a deployment makes itself, where it names one."""
    described = deployment.get("StageDescription")
    return gateway(
        draft,
        deployment,
        "rest-stage",
        internet=internet,
        access_log=described.get("AccessLogSetting", "DestinationArn"),
        throttling=or_else(described.get("ThrottlingRateLimit"), _throttling(described.get("MethodSettings"))),
        tracing=described.get("TracingEnabled").default(False),
        web_acl=acls.of_stage(deployment, api, deployment.get("StageName")),
    )


def _is_bare(stage: Gateway) -> bool:
    return stage.access_log.absent and stage.throttling.absent and stage.web_acl.absent


def _throttling(settings: Value) -> Value:
    """The rate for all methods, where one is set."""

    def rate(item: Value) -> Value | None:
        if not isinstance(item, Map):
            return item
        everything = item.get("HttpMethod").surely("*") and item.get("ResourcePath").surely("/*")
        limit = item.get("ThrottlingRateLimit")
        return limit if everything and not isinstance(limit, Absent) else None

    return first_found(settings, rate, None)
