"""Operations of an OpenAPI definition as API Gateway reads it: routes, what authenticates callers, what is behind.

Source: API Gateway Developer Guide, "OpenAPI extensions for API Gateway" (`x-amazon-apigateway-authtype`, `-authorizer`,
`-auth`, `-integration`, `-any-method`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from fourfold.linking.aws_values import or_else
from fourfold.model.condition import TRUE, Condition
from fourfold.model.value import Absent, Choice, Known, Map, Seq, Value, known

METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
ANY = "x-amazon-apigateway-any-method"
INTEGRATION = "x-amazon-apigateway-integration"


class Operation(NamedTuple):
    """One operation."""

    condition: Condition
    path: str
    method: str
    """Upper case; `ANY` for all that are not named."""
    at: Value
    authorizer: Value
    """`AWS_IAM`, `COGNITO_USER_POOLS`, `CUSTOM`, `JWT`, `NONE`; stands for `NONE` where absent."""
    api_key: Value
    integration: Value


def operations(body: Value, when: Condition = TRUE) -> Iterator[Operation]:
    """Every operation of a definition, with the condition under which it is there."""
    schemes = or_else(body.get("securityDefinitions"), body.get("components", "securitySchemes"))
    for c, path, item in body.get("paths").pairs(when):
        for c2, method, operation in item.pairs(c):
            name = method.lower()
            if name in METHODS or name == ANY:
                for condition, op in operation.alternatives(c2):
                    if not isinstance(op, Absent):
                        yield _operation(body, schemes, condition, path, "ANY" if name == ANY else name.upper(), op)


def _operation(body: Value, schemes: Value, condition: Condition, path: str, method: str, op: Value) -> Operation:
    security = or_else(op.get("security"), body.get("security"))
    direct = or_else(op.get("x-amazon-apigateway-auth", "type"), body.get("x-amazon-apigateway-auth", "type"))
    authorizer = or_else(direct, _authorizer(security, schemes)).default("NONE")
    return Operation(condition, path, method, op, authorizer, _api_key(security, schemes), op.get(INTEGRATION))


def _authorizer(security: Value, schemes: Value) -> Value:
    """The authorizer that a list of security requirements names first."""
    if isinstance(security, Choice):
        return replace(security, yes=_authorizer(security.yes, schemes), no=_authorizer(security.no, schemes))
    if not isinstance(security, Seq):
        return security
    for name in _names(security):
        kind = _kind(schemes.get(name))
        if isinstance(kind, str) and kind not in ("", "API_KEY"):
            return known(kind, at=security)
        if isinstance(kind, Value):
            return kind
    return known("NONE", at=security)


def _api_key(security: Value, schemes: Value) -> Value:
    if isinstance(security, Choice):
        return replace(security, yes=_api_key(security.yes, schemes), no=_api_key(security.no, schemes))
    if isinstance(security, Absent):
        return security.default(False)
    if not isinstance(security, Seq):
        return security
    return known(any(_kind(schemes.get(name)) == "API_KEY" for name in _names(security)), at=security)


def _names(security: Seq) -> list[str]:
    return [name for _, requirement in security.elements() for _, name, _ in requirement.pairs()]


def _kind(scheme: Value) -> str | Value:
    """What a security scheme is to API Gateway; empty where it does not check it; a value where that is not known."""
    for _, side in scheme.alternatives():
        if isinstance(side, Absent):
            continue
        if not isinstance(side, Map):
            return side
        authtype = side.get("x-amazon-apigateway-authtype")
        authorizer = side.get("x-amazon-apigateway-authorizer")
        if isinstance(authtype, Known):
            if str(authtype.value).lower() == "awssigv4":
                return "AWS_IAM"
            return "COGNITO_USER_POOLS" if authtype.value == "cognito_user_pools" else "CUSTOM"
        if not authorizer.absent:
            kind = authorizer.get("type")
            return {"cognito_user_pools": "COGNITO_USER_POOLS", "jwt": "JWT"}.get(str(kind.plain()), "CUSTOM")
        return "API_KEY" if str(side.get("name").plain()).lower() == "x-api-key" else ""
    return ""
