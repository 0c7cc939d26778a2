"""The OpenAPI document of an API: routes of events, and who may call them.

Sources: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-controlling-access-to-apis.html,
sam-property-api-apiauth.html, sam-property-httpapi-httpapiauth.html, and
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from fourfold.model.condition import TRUE
from fourfold.model.value import Absent, Choice, Known, Map, Seq, Unknown, Value, from_plain, known, mapping, sequence
from fourfold.sources.cloudformation.sam.expansion import (
    Expansion,
    Route,
    constant,
    nothing,
    only,
    present,
    scalar,
    through,
)

INTEGRATION = "x-amazon-apigateway-integration"
ANY = "x-amazon-apigateway-any-method"
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace", "any", ANY})
IAM = "AWS_IAM"


def changed(document: Map, entries: dict[str, Value | None]) -> Map:
    """The mapping with these entries set; its place stays."""
    return msgspec.structs.replace(document, entries_={**document.entries_, **present(entries)})


# -- paths -------------------------------------------------------------------------------------------------------------


class Paths:
    """The operations of a document, by path and method, while routes and access are added."""

    def __init__(self, document: Map) -> None:
        self.document = document
        self.given = document.get("paths")
        self.items: dict[str, Value] = {}
        self.operations: dict[str, dict[str, Value]] = {}
        self.settled: set[tuple[str, str]] = set()
        """Operations whose event has said already who may call them."""
        entries = self.given.entries_ if isinstance(self.given, Map) else {}
        for path, item in entries.items():
            self.items[path] = item
            self.operations[path] = dict(item.entries_) if isinstance(item, Map) else {}

    def add(self, route: Route, operation: Value, at: Value) -> None:
        """Put a route's operation in place; what the document says of it already stays before it."""
        before = self.operations.setdefault(route.path, {}).get(route.method)
        if isinstance(before, Map) and isinstance(operation, Map):
            operation = changed(before, {k: v for k, v in operation.entries_.items() if k not in before.entries_})
        elif isinstance(before, Choice) or (isinstance(operation, Choice) and before is not None):
            # Two events declare one route under conditions.
            operation = _either(operation, before)
        self.operations[route.path][route.method] = operation
        self.items.setdefault(route.path, at)

    def document_paths(self, at: Value) -> Value | None:
        """The `paths` of the finished document."""
        if not self.items:
            return self.given if isinstance(self.given, (Map, Unknown)) else mapping({}, at=at)
        if not isinstance(self.given, (Map, Absent)):
            return self.given
        entries: dict[str, Value] = {}
        for path, item in self.items.items():
            operations = self.operations[path]
            if isinstance(item, Map):
                entries[path] = msgspec.structs.replace(item, entries_=operations)
            else:
                entries[path] = mapping(operations, at=item) if operations else item
        place = self.given if isinstance(self.given, Map) else at
        return mapping(entries, at=place)

    def each(self) -> Iterable[tuple[str, str, Value]]:
        """Every operation: path, method, value."""
        for path, operations in self.operations.items():
            for method, operation in list(operations.items()):
                if method.lower() in METHODS:
                    yield path, method, operation

    def change(self, path: str, method: str, operation: Value) -> None:
        """Replace an operation."""
        self.operations[path][method] = operation


def _either(value: Value, other: Value) -> Value:
    """`value` where there is one, else `other`."""
    if isinstance(value, Choice):
        return msgspec.structs.replace(value, yes=_either(value.yes, other), no=_either(value.no, other))
    return other if isinstance(value, Absent) else value


def operation(route: Route, integration: dict[str, Value | None], extra: dict[str, Value | None]) -> Value:
    """The operation of a route at the place of its event, under the condition of the event."""
    at = route.event
    entries = {
        INTEGRATION: mapping(present(integration), at=at),
        "responses": mapping({}, at=at),
        **extra,
    }
    return mapping(present(entries), at=at, style="sam:route")


# -- access ------------------------------------------------------------------------------------------------------------


class Access:
    """The `Auth` of an API: its authorizers, and what a route without its own gets."""

    def __init__(self, x: Expansion, auth: Value) -> None:
        self.x = x
        self.auth = auth
        self.default = auth.get("DefaultAuthorizer")
        self.authorizers: dict[str, Value] = {}
        for _, name, value in auth.get("Authorizers").pairs():
            self.authorizers.setdefault(name, value)
        self.uses_iam = False
        self.uses_key = False

    @property
    def names(self) -> set[str]:
        """Names that stand for an authorizer in a `security` requirement."""
        return {*self.authorizers, "NONE", IAM}

    def security(self, own: Value, scopes: Value) -> Value | None:
        """The requirements of a route whose event says `own`; None where nobody says anything."""
        wanted = self.default if nothing(own) or (isinstance(own, Known) and own.value is None) else own
        if nothing(wanted) or (isinstance(wanted, Known) and wanted.value is None):
            return None
        return through(wanted, lambda value: self._requirement(value, scopes))

    def _requirement(self, value: Value, scopes: Value) -> Value:
        if not isinstance(value, Known):
            return value
        name = str(value.value)
        if name == IAM:
            self.uses_iam = True
        asked = scopes
        if nothing(asked):
            asked = self.authorizers[name].get("AuthorizationScopes") if name in self.authorizers else asked
        needed = asked if isinstance(asked, (Seq, Choice, Unknown)) else sequence([], at=value)
        return sequence([mapping({name: needed}, at=value)], at=value)

    def key(self, own: Value) -> Value | None:
        """The value by which a route asks for an API key."""
        wanted = own if not nothing(own) else self.auth.get("ApiKeyRequired")
        return None if nothing(wanted) else wanted

    def with_key(self, security: Value | None, wanted: Value | None) -> Value | None:
        """The requirements with the API key's."""
        if wanted is None:
            return security
        when = self.x.among(wanted, "ApiKeyRequired", "true", "True", "1")
        refused = isinstance(wanted, Known) and not wanted.surely(True)
        if refused:
            return security
        self.uses_key = True
        requirement = only(when, mapping({"api_key": sequence([], at=wanted)}, at=wanted))
        if security is None:
            return sequence([requirement], at=wanted)
        if isinstance(security, Seq):
            return sequence((*security.items_, requirement), at=security)
        return through(security, lambda v: sequence((*v.items_, requirement), at=v) if isinstance(v, Seq) else v)

    def credentials(self, security: Value | None, own: Value) -> Value | None:
        """The role API Gateway calls the function with, where IAM authenticates."""
        if not isinstance(security, Seq) or not any(
            IAM in item.entries_ for item in security.items_ if isinstance(item, Map)
        ):
            return None
        role = own if not isinstance(own, Absent) else self.auth.get("InvokeRole")
        if isinstance(role, Absent):
            return known("arn:aws:iam::*:user/*", at=security)
        if isinstance(role, Known) and (role.value is None or role.value == "NONE"):
            return None
        if isinstance(role, Known) and role.value == "CALLER_CREDENTIALS":
            return Known(role.source, role.start, role.end, role.key_start, "arn:aws:iam::*:user/*")
        return role


def says(security: Value, names: set[str]) -> bool:
    """Whether a document's own requirements name an authorizer already."""
    if not isinstance(security, Seq):
        return not nothing(security)
    return any(name in names for item in security.items_ if isinstance(item, Map) for name in item.entries_)


def apply_default(paths: Paths, access: Access, *, preflight: bool) -> None:
    """Give every operation of the document itself what the API asks for, where it says nothing of its own."""
    for path, method, value in paths.each():
        if (path, method) in paths.settled or (method.lower() == "options" and not preflight):
            continue
        paths.change(path, method, through(value, lambda v: _defaulted(access, v)))


def _defaulted(access: Access, value: Value) -> Value:
    if not isinstance(value, Map):
        return value
    own = value.get("security")
    security: Value | None = None if isinstance(own, Absent) else own
    if security is None or not says(own, access.names):
        wanted = access.security(absent(value), absent(value))
        if wanted is not None:
            security = wanted
            if isinstance(wanted, Seq) and isinstance(own, Seq):
                security = sequence((*own.items_, *wanted.items_), at=wanted)
    if security is None or not says(security, {"api_key"}):
        security = access.with_key(security, access.key(absent(value)))
    return value if security is None or security is own else changed(value, {"security": security})


def absent(at: Value) -> Absent:
    """An absence beside a value."""
    return Absent(at.source, at.start, at.end, at.key_start, at, ())


# -- authorizers -------------------------------------------------------------------------------------------------------


def key_scheme(at: Value) -> Value:
    """The scheme of API keys."""
    return constant({"type": "apiKey", "name": "x-api-key", "in": "header"}, at)


def iam_scheme(at: Value) -> Value:
    """The scheme of requests signed with IAM credentials."""
    scheme = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
    return constant(scheme, at)


def rest_scheme(x: Expansion, value: Value) -> Value:
    """An authorizer of a REST API: a Cognito user pool or a Lambda function."""
    if not isinstance(value, Map):
        return value
    get = value.get
    identity = get("Identity")
    if not isinstance(identity, Map):
        identity = mapping({}, at=value)
    if "UserPoolArn" in value.entries_:
        pools = get("UserPoolArn")
        detail: dict[str, Value | None] = {
            "type": known("cognito_user_pools", at=value),
            "providerARNs": through(pools, lambda v: v if isinstance(v, Seq) else sequence([v], at=v)),
            "identityValidationExpression": identity.get("ValidationExpression"),
        }
        return _scheme(value, _header(identity, value), "cognito_user_pools", detail)
    request = scalar(get("FunctionPayloadType")) == "REQUEST"
    detail = {
        "type": known("request" if request else "token", at=value),
        "authorizerUri": function_uri(x, get("FunctionArn"), value),
        "authorizerCredentials": _invoke_role(get("FunctionInvokeRole")),
        "authorizerResultTtlInSeconds": identity.get("ReauthorizeEvery"),
        "identityValidationExpression": identity.get("ValidationExpression"),
    }
    if request:
        sources = _sources(
            identity, "method.request.header.{}", "method.request.querystring.{}", "stageVariables.{}", "context.{}"
        )
        text = ", ".join(sources)
        detail["identitySource"] = known(text, at=identity) if sources else None
    name = known("Unused", at=value) if request else _header(identity, value)
    return _scheme(value, name, "custom", detail)


def _scheme(at: Value, name: Value, kind: str, detail: dict[str, Value | None]) -> Value:
    return mapping(
        {
            "type": known("apiKey", at=at),
            "name": name,
            "in": known("header", at=at),
            "x-amazon-apigateway-authtype": known(kind, at=at),
            "x-amazon-apigateway-authorizer": mapping(present(detail), at=at),
        },
        at=at,
    )


def _header(identity: Value, at: Value) -> Value:
    header = identity.get("Header")
    return known("Authorization", at=at) if nothing(header) else header


def _invoke_role(value: Value) -> Value | None:
    return None if nothing(value) or scalar(value) == "NONE" else value


def function_uri(x: Expansion, function: Value, at: Value) -> Value | None:
    """What API Gateway calls for a function's ARN."""
    if nothing(function):
        return None
    pattern = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F}/invocations"
    return x.text(pattern, at, F=function)


def _sources(identity: Value, header: str, query: str, stage: str, context: str) -> list[str]:
    """Identity sources in API Gateway's words."""
    out: list[str] = []
    for key, pattern in (("Headers", header), ("QueryStrings", query), ("StageVariables", stage), ("Context", context)):
        out += [pattern.format(scalar(item)) for _, item in identity.get(key).elements() if scalar(item)]
    return out


def http_scheme(x: Expansion, value: Value) -> Value:
    """An authorizer of an HTTP API: a JWT issuer or a Lambda function."""
    if not isinstance(value, Map):
        return value
    get = value.get
    if "FunctionArn" not in value.entries_:
        jwt = get("JwtConfiguration")
        if isinstance(jwt, Map):
            jwt = mapping({key[:1].lower() + key[1:]: entry for key, entry in jwt.entries_.items()}, at=jwt)
        detail: dict[str, Value | None] = {
            "type": known("jwt", at=value),
            "jwtConfiguration": jwt,
            "identitySource": get("IdentitySource"),
        }
        entries = {
            "type": known("oauth2", at=value),
            "x-amazon-apigateway-authorizer": mapping(present(detail), at=value),
        }
        return mapping(entries, at=value)
    identity = get("Identity")
    sources: list[str] = []
    if isinstance(identity, Map):
        sources = _sources(
            identity, "$request.header.{}", "$request.querystring.{}", "$stageVariables.{}", "$context.{}"
        )
    detail = {
        "type": known("request", at=value),
        "authorizerUri": function_uri(x, get("FunctionArn"), value),
        "authorizerCredentials": _invoke_role(get("FunctionInvokeRole")),
        "authorizerPayloadFormatVersion": get("AuthorizerPayloadFormatVersion"),
        "enableSimpleResponses": get("EnableSimpleResponses"),
        "identitySource": from_plain(sorted(sources), at=identity) if sources else None,
        "authorizerResultTtlInSeconds": identity.get("ReauthorizeEvery") if isinstance(identity, Map) else None,
    }
    entries = {
        **constant({"type": "apiKey", "name": "Unused", "in": "header"}, value).entries_,
        "x-amazon-apigateway-authorizer": mapping(present(detail), at=value),
    }
    return mapping(entries, at=value)


def conditional(route: Route, resource_condition: object, value: Value) -> Value:
    """The operation under its event's condition, unless the API itself depends on it."""
    return value if route.when in (TRUE, resource_condition) else only(route.when, value)
