"""AWS::Serverless::Api, declared or implied by events, as a REST API with its document, deployment and stage.

Sources: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html and
sam-specification-generated-resources-api.html.
"""

from __future__ import annotations

import re
from functools import partial

import msgspec

from fourfold.model.condition import either
from fourfold.model.resource import Resource
from fourfold.model.value import (
    Choice,
    Known,
    Map,
    Value,
    from_plain,
    known,
    sequence,
)
from fourfold.sources.cloudformation.sam import domains, openapi, usage
from fourfold.sources.cloudformation.sam.definition import definition
from fourfold.sources.cloudformation.sam.expansion import (
    Expansion,
    Route,
    built,
    literal,
    nothing,
    present,
    scalar,
    tags,
    through,
)
from fourfold.sources.cloudformation.sam.merge import with_globals
from fourfold.sources.cloudformation.sam.openapi import ANY, Access, Paths, changed
from fourfold.sources.cloudformation.sam.resource_policy import resource_policy
from fourfold.sources.cloudformation.sam.spelling import styled

IMPLICIT = "ServerlessRestApi"

_STAGE = (
    "AccessLogSetting", "CacheClusterEnabled", "CacheClusterSize", "CanarySetting", "MethodSettings", "TracingEnabled",
    "Variables",
)  # fmt: skip
"""Properties that are the stage's, under the same name."""

_REST = (
    "ApiKeySourceType", "Description", "DisableExecuteApiEndpoint", "EndpointAccessMode",
    "BinaryMediaTypes", "FailOnWarnings", "MinimumCompressionSize", "Mode", "Name", "Policy", "SecurityPolicy",
)  # fmt: skip
"""Properties that are the REST API's, under the same name."""

_BROWSER_METHODS = "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"


def expand(x: Expansion, resource: Resource) -> None:
    """Give the REST API and what SAM makes for it."""
    properties = with_globals(resource, x.template)
    if not isinstance(properties, Map):
        x.problem(
            properties, f"the properties of `{resource.address}` are not known; what SAM makes of them is not, too"
        )
        x.become("AWS::ApiGateway::RestApi", resource, properties)
        return
    routes = x.routes.get(resource.address, [])
    get = properties.get
    stage = get("StageName")
    auth = get("Auth")
    entries: dict[str, Value | None] = {name: get(name) for name in _REST}
    entries["EndpointConfiguration"] = through(get("EndpointConfiguration"), _endpoint)
    stage_tags = tags(get("Tags"), at=properties) if isinstance(get("Tags"), (Map, Choice)) else None
    entries["Tags"] = stage_tags if get("PropagateTags").surely(True) else None
    body, where = definition(x, properties)
    if isinstance(body, Map):
        body = _document(x, resource, properties, body, routes)
    entries["Body"], entries["BodyS3Location"] = body, where
    new = styled(msgspec.structs.replace(properties, entries_=present(entries)), "sam:RestApi")
    x.become("AWS::ApiGateway::RestApi", resource, new)
    deployment = f"{resource.address}Deployment"
    x.emit(
        "AWS::ApiGateway::Deployment",
        deployment,
        {
            "RestApiId": x.ref(resource.address, at=properties),
            # A stage of this name comes beside the declared one, unless the version of OpenAPI is said.
            "StageName": known("Stage", at=properties) if nothing(get("OpenApiVersion")) else None,
        },
        origin=resource,
        at=properties,
    )
    x.emit(
        "AWS::ApiGateway::Stage",
        stage_id(resource.address, stage),
        {
            "RestApiId": x.ref(resource.address, at=properties),
            "DeploymentId": x.ref(deployment, at=properties),
            "StageName": stage,
            "Tags": stage_tags,
            **{name: get(name) for name in _STAGE},
        },
        origin=resource,
        at=properties,
        style="sam:RestStage",
    )
    _authorizer_permissions(x, resource, auth)
    domains.rest(x, resource, get("Domain"), stage_id(resource.address, stage))
    usage.plan(x, resource, auth.get("UsagePlan"), stage_id(resource.address, stage))


def implicit(x: Expansion) -> Resource | None:
    """The API that events without `RestApiId` ask for, as if it were declared; None where there are none."""
    routes = x.routes.get(IMPLICIT)
    if not routes or IMPLICIT in x.given:
        return None
    at = routes[0].event
    condition = either(*(route.when for route in routes))
    properties = built({"StageName": known("Prod", at=at)}, at=at)
    return Resource("AWS::Serverless::Api", IMPLICIT, properties, at.span, "sam", condition)


# -- names -------------------------------------------------------------------------------------------------------------


def stage_id_part(stage: Value) -> str:
    """What a stage adds to logical ids: its literal name where that is of letters and digits (else a hash)."""
    name = literal(stage)
    if not name:
        return "Stage"
    return name if re.fullmatch(r"[A-Za-z0-9]+", name) else ""


def stage_id(address: str, stage: Value) -> str:
    """Logical id of the stage of an API."""
    part = stage_id_part(stage)
    return f"{address}Stage" if part in ("", "Stage") else f"{address}{part}Stage"


# -- properties --------------------------------------------------------------------------------------------------------


def _endpoint(value: Value) -> Value:
    """`EndpointConfiguration: {Type, VPCEndpointIds}`, or a type alone, in CloudFormation's words."""
    if not isinstance(value, Map):
        return built({"Types": sequence([value], at=value)}, at=value)
    kind = value.get("Type")
    names = {name: name for name in ("IpAddressType", "VpcEndpointIds")} | {"VPCEndpointIds": "VpcEndpointIds"}
    entries = {names[key]: entry for key, entry in value.entries_.items() if key in names}
    if not nothing(kind):
        entries = {"Types": sequence([kind], at=kind), **entries}
    return built(entries, at=value)


# -- the document ------------------------------------------------------------------------------------------------------


def _document(x: Expansion, resource: Resource, properties: Map, body: Map, routes: list[Route]) -> Map:
    """The document with routes, access, preflight answers and policy."""
    get = properties.get
    auth = get("Auth")
    access = Access(x, auth)
    paths = Paths(body)
    written = "DefinitionBody" in properties.entries_
    merges = get("MergeDefinitions").surely(True)
    for route in routes:
        if not written or merges:
            _add_route(x, resource, access, paths, route)
        elif route.properties.get("Auth", "OverrideApiAuth").surely(True):
            _override(access, paths, route)
    _preflight(x, paths, get("Cors"))
    openapi.apply_default(paths, access, preflight=_preflight_authorized(auth), key_preflight=_preflight_keyed(auth))
    at = get("DefinitionBody") if written else properties
    entries: dict[str, Value | None] = {"paths": paths.document(at)}
    entries |= _schemes(x, access, body, properties)
    entries["x-amazon-apigateway-policy"] = resource_policy(
        x, auth.get("ResourcePolicy"), body, paths, routes, get("StageName")
    )
    entries["x-amazon-apigateway-gateway-responses"] = through(get("GatewayResponses"), _gateway_responses)
    return changed(body, entries)


def _add_route(x: Expansion, resource: Resource, access: Access, paths: Paths, route: Route) -> None:
    get = route.properties.get
    auth = get("Auth")
    method = ANY if route.method == "any" else route.method
    own = auth.get("Authorizer")
    options = method == "options"
    security: Value | None = None
    if not options or not nothing(own) or _preflight_authorized(access.auth):
        security = access.security(own, auth.get("AuthorizationScopes"))
    credentials = route.credentials
    if credentials is None:
        credentials = access.credentials(security, auth.get("InvokeRole"))
    integration: dict[str, Value | None] = {
        "type": known("aws_proxy" if route.kind == "lambda" else "aws", at=route.event),
        "httpMethod": known("POST", at=route.event),
        "uri": _uri(x, route),
        "credentials": credentials,
        "timeoutInMillis": get("TimeoutInMillis"),
        "responseTransferMode": known("STREAM", at=route.event) if _streams(route) else None,
    }
    wanted = access.key(auth.get("ApiKeyRequired"))
    if options and nothing(auth.get("ApiKeyRequired")) and not _preflight_keyed(access.auth):
        wanted = None
    refused = isinstance(wanted, Known) and not wanted.surely(True)
    security = access.with_key(security, wanted)
    if security is None and refused and not nothing(access.auth.get("ApiKeyRequired")):
        security = sequence([], at=wanted) if wanted is not None else None
    operation = openapi.operation(route, integration, {"security": security, **_request(x, route)})
    route = msgspec.structs.replace(route, method=method)
    paths.add(route, openapi.conditional(route, resource.condition, operation), first=True)
    paths.settled.add((route.path, method))


def _preflight_authorized(auth: Value) -> bool:
    """Whether `OPTIONS` is asked for the default authorizer."""
    return not auth.get("AddDefaultAuthorizerToCorsPreflight").surely(False)


def _preflight_keyed(auth: Value) -> bool:
    """Whether `OPTIONS` is asked for an API key."""
    return not auth.get("AddApiKeyRequiredToCorsPreflight").surely(False)


def _streams(route: Route) -> bool:
    """Whether the response is streamed."""
    return scalar(route.properties.get("ResponseTransferMode")) in ("STREAM", "RESPONSE_STREAM")


def _uri(x: Expansion, route: Route) -> Value:
    """What API Gateway calls; functions that stream are called by another path."""
    return route.stream if _streams(route) and route.stream is not None else route.integration


def _request(x: Expansion, route: Route) -> dict[str, Value | None]:
    """The validator that `RequestModel` asks for."""
    model = route.properties.get("RequestModel")
    if not isinstance(model, Map):
        return {}
    body, parameters = model.get("ValidateBody"), model.get("ValidateParameters")
    if nothing(body) and nothing(parameters):
        return {}
    name = {
        (True, True): "body-and-params", (True, False): "body-only", (False, True): "params-only",
    }.get((body.surely(True), parameters.surely(True)), "no-validation")  # fmt: skip
    return {"x-amazon-apigateway-request-validator": known(name, at=model)}


def _override(access: Access, paths: Paths, route: Route) -> None:
    """An event that overrides what the document's own operation says of access."""
    method = ANY if route.method == "any" else route.method
    auth = route.properties.get("Auth")
    if (route.path, method) in set(paths.each()):
        security = access.security(auth.get("Authorizer"), auth.get("AuthorizationScopes"))
        security = access.with_key(security, access.key(auth.get("ApiKeyRequired")))
        paths.change(route.path, method, lambda v: changed(v, {"security": security}))
        paths.settled.add((route.path, method))


def _schemes(x: Expansion, access: Access, body: Map, properties: Map) -> dict[str, Value | None]:
    """Security schemes where the document's version has them."""
    schemes: dict[str, Value] = {name: openapi.rest_scheme(x, value) for name, value in access.authorizers.items()}
    if access.uses_iam or scalar(access.default) == openapi.IAM:
        schemes.setdefault(openapi.IAM, openapi.iam_scheme(properties.get("Auth")))
    if access.uses_key:
        schemes["api_key"] = openapi.key_scheme(properties.get("Auth"))
    if not schemes:
        return {}
    at = properties.get("Auth")
    if not isinstance(at, Map):
        at = properties
    if "swagger" in body.entries_:
        given = body.get("securityDefinitions")
        entries = {**(given.entries_ if isinstance(given, Map) else {}), **schemes}
        return {"securityDefinitions": built(entries, at=given if isinstance(given, Map) else at)}
    components = body.get("components")
    held = components.entries_ if isinstance(components, Map) else {}
    given = held.get("securitySchemes", at)
    entries = {**(given.entries_ if isinstance(given, Map) and given is not at else {}), **schemes}
    place = components if isinstance(components, Map) else at
    return {"components": built({**held, "securitySchemes": built(entries, at=at)}, at=place)}


def _as_text(value: Value) -> Value:
    return msgspec.structs.replace(value, value=value._text()) if isinstance(value, Known) else value


def _gateway_responses(value: Value) -> Value:
    """Responses of the gateway itself in the extension's words."""
    if not isinstance(value, Map):
        return value
    out: dict[str, Value] = {}
    for name, response in value.entries_.items():
        get = response.get
        parameters: dict[str, Value] = {}
        for kind, word in (("Headers", "header"), ("Paths", "path"), ("QueryStrings", "querystring")):
            for _, key, entry in get("ResponseParameters", kind).pairs():
                parameters[f"gatewayresponse.{word}.{key}"] = entry
        entries = {
            "statusCode": through(get("StatusCode"), _as_text),
            "responseParameters": built(parameters, at=response),
            "responseTemplates": built({}, at=response)
            if nothing(get("ResponseTemplates"))
            else get("ResponseTemplates"),
        }
        out[name] = built(present(entries), at=response)
    return built(out, at=value)


# -- preflight requests ------------------------------------------------------------------------------------------------


def _preflight(x: Expansion, paths: Paths, cors: Value) -> None:
    """An `options` method on every path that has none, by which browsers of other origins may call."""
    if nothing(cors) or (isinstance(cors, Known) and cors.value is None):
        return
    done: set[str] = set()
    for path, item in list(paths.items.items()):
        if path.rstrip("/") in done and path != "/":
            continue
        done.add(path.rstrip("/"))
        methods: set[str] = set()
        for _, side in item.alternatives():
            if isinstance(side, Map):
                methods |= {m.upper() for m in side.entries_ if m.lower() in openapi.METHODS}
        if "OPTIONS" in methods or not any(isinstance(side, Map) for _, side in item.alternatives()):
            continue
        everything = methods & {ANY.upper(), "ANY"}
        allowed = _BROWSER_METHODS if everything else ",".join(sorted(methods | {"OPTIONS"}))
        paths.add_method(path, "options", through(cors, partial(_answer, methods=allowed)))


def _answer(cors: Value, methods: str) -> Value:
    """The operation that answers a preflight request."""
    origin = cors.get("AllowOrigin") if isinstance(cors, Map) else cors
    if nothing(origin):
        origin = known("'*'", at=cors)
    get = cors.get if isinstance(cors, Map) else openapi.absent(cors).get
    wanted = get("AllowMethods")
    headers: dict[str, Value | None] = {
        "Allow-Origin": origin,
        "Allow-Methods": known(f"'{methods}'", at=cors) if nothing(wanted) else wanted,
        "Allow-Headers": get("AllowHeaders"),
        "Max-Age": get("MaxAge"),
        "Allow-Credentials": known("'true'", at=cors) if get("AllowCredentials").surely(True) else None,
    }
    sent = {f"method.response.header.Access-Control-{name}": value for name, value in present(headers).items()}
    answer = built(
        {
            "statusCode": known("200", at=cors),
            "responseParameters": built(sent, at=cors),
            "responseTemplates": from_plain({"application/json": "{}\n"}, at=cors),
        },
        at=cors,
    )
    integration = built(
        {
            "type": known("mock", at=cors),
            "requestTemplates": from_plain({"application/json": '{\n  "statusCode" : 200\n}\n'}, at=cors),
            "responses": built({"default": answer}, at=cors),
        },
        at=cors,
    )
    response = {"200": {"description": "answers a preflight request"}}
    return built({openapi.INTEGRATION: integration, "responses": from_plain(response, at=cors)}, at=cors)


# -- authorizers -------------------------------------------------------------------------------------------------------


def _authorizer_permissions(x: Expansion, resource: Resource, auth: Value) -> None:
    """What lets API Gateway call the functions that authorize."""
    for when, name, value in auth.get("Authorizers").pairs():
        function = value.get("FunctionArn")
        if not isinstance(value, Map) or nothing(function):
            continue
        if value.get("DisableFunctionDefaultPermissions").surely(True):
            continue
        source = x.arn("execute-api", "${Api}/authorizers/*", value, Api=x.ref(resource.address, at=value))
        x.emit(
            "AWS::Lambda::Permission",
            f"{resource.address}{name}AuthorizerPermission",
            {
                "Action": known("lambda:InvokeFunction", at=value),
                "FunctionName": function,
                "Principal": known("apigateway.amazonaws.com", at=value),
                "SourceArn": source,
            },
            origin=resource,
            at=value,
            when=when,
        )
