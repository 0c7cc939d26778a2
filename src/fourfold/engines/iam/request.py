"""One concrete request, as IAM sees it.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-reqcontext.html,
reference_policies_condition-keys.html and reference_identifiers.html there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

_ACCOUNT = re.compile(r"\d{12}")
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")
_NUMBER_MAX = 10**30
COMPONENTS = 6
"""Parts of an ARN between colons; the last takes all that is left."""


class Principal(msgspec.Struct, frozen=True):
    """Who asks."""

    type: str
    """`AWS`, `Service`, `Federated`, `CanonicalUser` or `Anonymous`."""
    value: str = ""

    @property
    def account(self) -> str:
        return self.value.split(":")[4] if self.type == "AWS" else ""

    @property
    def kind(self) -> str:
        """`user`, `role`, `assumed-role`, `federated-user` or `root` for AWS principals; empty for others."""
        return self.value.split(":", 5)[5].partition("/")[0] if self.type == "AWS" else ""

    @property
    def name(self) -> str:
        """Last part of the path of a user or role; the role's name of a session."""
        parts = self.value.split("/")
        return parts[1] if self.kind == "assumed-role" and len(parts) > 1 else parts[-1]

    @property
    def role(self) -> str:
        """ARN of the role of a session, as far as a session tells it: roles with a path are not known by it."""
        if self.kind != "assumed-role":
            return ""
        return f"arn:{self.value.split(':')[1]}:iam::{self.account}:role/{self.name}"

    @property
    def service_linked(self) -> bool:
        return self.kind == "role" and ":role/aws-service-role/" in self.value

    def __str__(self) -> str:
        return self.value or "anonymous"


class Request(msgspec.Struct, frozen=True):
    """`context` has lower-case keys and lists of values, with what follows from principal and resource filled in."""

    principal: Principal
    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]]


def principal(given: Any) -> Principal:
    """A principal from an ARN, an account number, a service's name, `anonymous`, or `{"AWS": ARN}` and the like.

    Raises ValueError where it is none of these.
    """
    if given in (None, "*", "anonymous") or given == {"AWS": "*"}:
        return Principal("Anonymous")
    kind = ""
    if isinstance(given, dict) and len(given) == 1:
        kind, given = next(iter(given.items()))
    if isinstance(given, str):
        if kind in ("Service", "Federated", "CanonicalUser"):
            return Principal(kind, given)
        if kind in ("", "AWS"):
            if _ACCOUNT.fullmatch(given):
                return Principal("AWS", f"arn:aws:iam::{given}:root")
            if given.startswith("arn:") and given.count(":") >= COMPONENTS - 1:
                return Principal("AWS", given)
        if not kind and _SERVICE.fullmatch(given):
            return Principal("Service", given)
    raise ValueError(f"no principal: `{given}`; give an ARN, an account number, a service or `anonymous`")


def request(given: Mapping[str, Any]) -> Request:
    """The request that `{"principal", "action", "resource", "context"}` says. Raises ValueError where it says none.

    Values of the context are strings, Booleans, numbers or lists of them; an empty list is a key that is not there.
    """
    for key in given:
        if key not in ("principal", "action", "resource", "context"):
            raise ValueError(f"a request has no `{key}`: it is principal, action, resource and context")
    action, resource = given.get("action"), given.get("resource", "*")
    if not isinstance(action, str) or ":" not in action:
        raise ValueError(f"no action: `{action}`; give `service:Action`")
    if not isinstance(resource, str):
        raise ValueError(f"no resource: `{resource}`; give an ARN, or `*` where the action names none")  # noqa: TRY004
    who = principal(given.get("principal"))
    context: dict[str, tuple[str, ...]] = {}
    for key, value in (given.get("context") or {}).items():
        values = tuple(_text(v) for v in (value if isinstance(value, list | tuple) else [value]))
        if values:
            context[str(key).lower()] = values
    problem = contradiction(who, resource, context)
    if problem:
        raise ValueError(problem)
    for key, text in implied(who, resource).items():
        context.setdefault(key, (text,))
    return Request(who, action, resource, context)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | float) or (isinstance(value, int) and abs(value) < _NUMBER_MAX):
        return str(value)
    raise ValueError(f"no value of a context key: {type(value).__name__}; give a string, number, Boolean or a list")


def implied(who: Principal, resource: str) -> dict[str, str]:
    """Context keys that follow from who asks and for what."""
    out: dict[str, str] = {}
    if who.type == "AWS":
        out["aws:principalarn"] = who.role or who.value
        out["aws:principalaccount"] = who.account
        if who.kind == "user":
            out["aws:username"] = who.name
    parts = resource.split(":", COMPONENTS - 1)
    if len(parts) == COMPONENTS and _ACCOUNT.fullmatch(parts[4]):
        out["aws:resourceaccount"] = parts[4]
    return out


def contradiction(
    who: Principal, resource: str, context: Mapping[str, tuple[str, ...]], absent: Collection[str] = ()
) -> str:
    """Why no request can be so; empty where it can. `absent` are keys that are known not to be there."""
    for key, text in implied(who, resource).items():
        if key in absent:
            return f"`{key}` is always there for {who} and {resource}"
        have = context.get(key, (text,))
        role_of_session = key == "aws:principalarn" and who.role and have[0].endswith(f"/{who.name}")
        if have != (text,) and not role_of_session:
            return f"`{key}` is {text} for {who} and {resource}, not {', '.join(have)}"
    if who.type != "AWS":
        for key in ("aws:principalarn", "aws:principalaccount", "aws:username", "aws:principalorgid"):
            if key in context:
                return f"`{key}` is never there for {who}"
    if who.kind in ("role", "assumed-role") and "aws:username" in context:
        return "`aws:username` is never there for a role"
    if "aws:sourcevpce" in context:
        if "aws:sourceip" in context:
            return "`aws:SourceIp` is never there for requests through a VPC endpoint"
        for key in ("aws:sourcevpc", "aws:vpcsourceip"):
            if key in absent:
                return f"`{key}` is always there for requests through a VPC endpoint"
    return ""
