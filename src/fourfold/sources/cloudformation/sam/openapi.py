"""The OpenAPI document of an API: routes of events, and who may call them.

Sources: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-controlling-access-to-apis.html,
sam-property-api-apiauth.html, sam-property-httpapi-httpapiauth.html, and
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from fourfold.model.condition import TRUE
from fourfold.model.value import Absent, Choice, Known, Map, Seq, Unknown, Value, from_plain, known, mapping, sequence
from fourfold.sources.cloudformation.sam.expansion import (
    Expansion,
    Route,
    built,
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
    """The path items of a document, while routes and access are added. A path item can depend on a condition."""

    def __init__(self, document: Map) -> None:
        self.given = document.get("paths")
        self.items: dict[str, Value] = dict(self.given.entries_) if isinstance(self.given, Map) else {}
        self.settled: set[tuple[str, str]] = set()
        """Operations whose event has said already who may call them."""

    def add(self, route: Route, operation: Value, *, first: bool = False) -> None:
        """Put a route's operation in place. What the document says of it already stays, unless the event comes first."""
        before = self.items.get(route.path)
        if before is None or nothing(before) or (isinstance(before, Known) and before.value is None):
            self.items[route.path] = built({route.method: operation}, at=route.event)
            return
        self._change_item(route.path, lambda item: _with_operation(item, route.method, operation, first=first))

    def each(self) -> Iterator[tuple[str, str]]:
        """Path and method of every operation."""
        for path, item in self.items.items():
            found = {m: None for _, side in item.alternatives() if isinstance(side, Map) for m in side.entries_}
            yield from ((path, method) for method in found if method.lower() in METHODS)

    def operations(self, path: str, method: str) -> Iterator[Value]:
        """What an operation is in each world."""
        for _, item in self.items[path].alternatives():
            yield from (side for _, side in item.get(method).alternatives())

    def change(self, path: str, method: str, change: Callable[[Map], Value]) -> None:
        """Change an operation in each world."""

        def operation(value: Value) -> Value:
            return through(value, lambda v: change(v) if isinstance(v, Map) else v)

        def item(value: Map) -> Map:
            return _set(value, method, operation(value.entries_[method])) if method in value.entries_ else value

        self._change_item(path, item)

    def _change_item(self, path: str, change: Callable[[Map], Map]) -> None:
        self.items[path] = through(self.items[path], lambda v: change(v) if isinstance(v, Map) else v)

    def add_method(self, path: str, method: str, operation: Value) -> None:
        """Put an operation into a path that may exist under conditions only."""
        self._change_item(path, lambda item: _set(item, method, operation))

    def document(self, at: Value) -> Value | None:
        """The `paths` of the finished document."""
        if not isinstance(self.given, (Map, Absent)):
            return self.given
        if not self.items:
            return self.given if isinstance(self.given, Map) else None
        return built(self.items, at=self.given if isinstance(self.given, Map) else at)


def _set(item: Map, method: str, operation: Value) -> Map:
    return msgspec.structs.replace(item, entries_={**item.entries_, method: operation})


def _with_operation(item: Map, method: str, operation: Value, *, first: bool) -> Map:
    before = item.entries_.get(method)
    if before is None or nothing(before) or (isinstance(before, Known) and before.value is None):
        return _set(item, method, operation)
    if isinstance(before, Map) and isinstance(operation, Map):
        return _set(item, method, _over(before, operation) if first else _under(before, operation))
    return _set(item, method, _either(operation, before))  # two events declare one route under conditions


def _under(before: Map, operation: Map) -> Map:
    """What a document says of an operation, with what an event adds to it."""
    added = {k: v for k, v in operation.entries_.items() if k not in before.entries_}
    given, wanted = before.get(INTEGRATION), operation.get(INTEGRATION)
    if isinstance(given, Map) and isinstance(wanted, Map) and "timeoutInMillis" in wanted.entries_:
        added[INTEGRATION] = _set(given, "timeoutInMillis", wanted.entries_["timeoutInMillis"])
    return msgspec.structs.replace(before, entries_={**before.entries_, **added})


def _over(before: Map, operation: Map) -> Map:
    """What an event says of an operation, over what the document says."""
    entries = {**before.entries_, **operation.entries_}
    given, wanted = before.get(INTEGRATION), operation.get(INTEGRATION)
    if isinstance(given, Map) and isinstance(wanted, Map):
        entries[INTEGRATION] = msgspec.structs.replace(wanted, entries_={**given.entries_, **wanted.entries_})
    return msgspec.structs.replace(operation, entries_=entries)


def _either(value: Value, other: Value) -> Value:
    """`value` where there is one, else `other`."""
    if isinstance(value, Choice):
        return msgspec.structs.replace(value, yes=_either(value.yes, other), no=_either(value.no, other))
    return other if isinstance(value, Absent) else value


def operation(route: Route, integration: dict[str, Value | None], extra: dict[str, Value | None]) -> Value:
    """The operation of a route at the place of its event, under the condition of the event."""
    at = route.event
    entries = {
        INTEGRATION: built(present(integration), at=at),
        "responses": built({}, at=at),
        **extra,
    }
    return mapping(present(entries), at=at, style="sam:Route")


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
        self.uses_key = auth.get("ApiKeyRequired").surely(True)

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
        if name == IAM:
            return sequence([built({name: sequence([], at=value)}, at=value)], at=value)
        asked = scopes
        if nothing(asked):
            asked = self.authorizers[name].get("AuthorizationScopes") if name in self.authorizers else asked
        needed = asked if isinstance(asked, (Seq, Choice, Unknown)) else sequence([], at=value)
        return sequence([built({name: needed}, at=value)], at=value)

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
        requirement = only(when, built({"api_key": sequence([], at=wanted)}, at=wanted))
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


def apply_default(paths: Paths, access: Access, *, preflight: bool, key_preflight: bool, strict: bool = False) -> None:
    """Give every operation of the document itself what the API asks for, where it says nothing of its own.

    `preflight` and `key_preflight` say whether `OPTIONS` is asked for the default authorizer and an API key; with
    `strict`, requirements of any kind count as its own.
    """
    for path, method in list(paths.each()):
        if (path, method) in paths.settled:
            continue
        options = method.lower() == "options"
        authorized, keyed = preflight or not options, key_preflight or not options
        paths.change(path, method, lambda v, a=authorized, k=keyed: _defaulted(access, v, a, k, strict))  # type: ignore[misc]


def _defaulted(access: Access, value: Map, authorized: bool, keyed: bool, strict: bool) -> Map:
    own = value.get("security")
    security: Value | None = None if isinstance(own, Absent) else own
    if authorized and (security is None or not (strict or says(own, access.names))):
        wanted = access.security(absent(value), absent(value))
        if wanted is not None:
            security = wanted
            if isinstance(wanted, Seq) and isinstance(own, Seq):
                security = sequence((*own.items_, *wanted.items_), at=wanted)
    if keyed and (security is None or not says(security, {"api_key"})):
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
        identity = built({}, at=value)
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
    return built(
        {
            "type": known("apiKey", at=at),
            "name": name,
            "in": known("header", at=at),
            "x-amazon-apigateway-authtype": known(kind, at=at),
            "x-amazon-apigateway-authorizer": built(present(detail), at=at),
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
            jwt = built({key[:1].lower() + key[1:]: entry for key, entry in jwt.entries_.items()}, at=jwt)
        detail: dict[str, Value | None] = {
            "type": known("jwt", at=value),
            "jwtConfiguration": jwt,
            "identitySource": get("IdentitySource"),
        }
        entries = {
            "type": known("oauth2", at=value),
            "x-amazon-apigateway-authorizer": built(present(detail), at=value),
        }
        return built(entries, at=value)
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
        "enableSimpleResponses": None if get("EnableSimpleResponses").surely(False) else get("EnableSimpleResponses"),
        "identitySource": from_plain(sorted(sources), at=identity) if sources else None,
        "authorizerResultTtlInSeconds": identity.get("ReauthorizeEvery") if isinstance(identity, Map) else None,
    }
    entries = {
        **constant({"type": "apiKey", "name": "Unused", "in": "header"}, value).entries_,
        "x-amazon-apigateway-authorizer": built(present(detail), at=value),
    }
    return built(entries, at=value)


def conditional(route: Route, resource_condition: object, value: Value) -> Value:
    """The operation under its event's condition, unless the API itself depends on it."""
    return value if route.when in (TRUE, resource_condition) else only(route.when, value)
