"""One concrete request, as IAM sees it.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-reqcontext.html
and reference_identifiers.html there.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from fourfold.engines.iam.operators import moment, number

_ACCOUNT = re.compile(r"\d{12}")
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")
_ARN = re.compile(r"arn:[^:]+:(iam|sts)::\d{12}:(root|(user|role|assumed-role|federated-user)/.*)")
_NUMBER_MAX = 10**30
TEXT_MAX = 8_192
"""Characters of one value of a request's context."""
NAME_MAX = 2_048
"""Characters of an action or an ARN, as `SimulateCustomPolicy` takes them."""
VALUES_MAX = 1_000
"""Values in a request's context."""
COMPONENTS = 6
"""Parts of an ARN between colons; the last takes all that is left."""


class Principal(msgspec.Struct, frozen=True):
    """Who asks."""

    type: str
    """`AWS`, `Service`, `Federated`, `CanonicalUser` or `Anonymous`."""
    value: str = ""
    issuer: str = ""
    """ARN of the user whose `GetFederationToken` made the session, where it is one and that is known."""
    canonical: str = ""
    """Canonical user id of the account, where it is known."""

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
            if _ARN.fullmatch(given) and len(given) <= NAME_MAX:
                return Principal("AWS", given)
        if not kind and _SERVICE.fullmatch(given):
            return Principal("Service", given)
    shown = str(given)[:200]
    raise ValueError(
        f"no principal: `{shown}`; give the ARN of a user, role, session or account, an account number, a service or `anonymous`"
    )


def request(given: Mapping[str, Any]) -> Request:
    """The request that `{"principal", "action", "resource", "context"}` says. Raises ValueError where it says none.

    Values of the context are strings, Booleans, numbers or lists of them; an empty list is a key that is not there. They
    must fit the type that the catalogue gives the key, and all parts must be possible together.
    """
    if not isinstance(given, Mapping):
        raise ValueError(f"a request is a mapping, not {type(given).__name__}")  # noqa: TRY004
    for key in given:
        if key not in ("principal", "action", "resource", "context"):
            raise ValueError(f"a request has no `{key}`: it is principal, action, resource and context")
    action, resource = given.get("action"), given.get("resource", "*")
    if not isinstance(action, str) or not 0 < action.find(":") < len(action) - 1 or len(action) > NAME_MAX:
        raise ValueError(f"no action: `{str(action)[:200]}`; give `service:Action`")
    if not isinstance(resource, str) or len(resource) > NAME_MAX:
        raise ValueError(f"no resource: `{str(resource)[:200]}`; give an ARN, or `*` where the action names none")
    who = principal(given.get("principal"))
    return complete(Request(who, action, resource, _context(given.get("context"))))


def complete(asked: Request) -> Request:
    """The request with the context keys that follow from the rest. Raises ValueError where it contradicts itself."""
    problem = contradiction(asked.principal, asked.resource, asked.context)
    if problem:
        raise ValueError(problem)
    more = {**implied(asked.principal, asked.resource), **_paired(asked)}
    return msgspec.structs.replace(asked, context={**{k: (v,) for k, v in more.items()}, **asked.context})


def _context(given: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(given, Mapping | None):
        raise ValueError(f"the context is a mapping of keys to values, not {type(given).__name__}")  # noqa: TRY004
    context: dict[str, tuple[str, ...]] = {}
    count = 0
    for key, value in (given or {}).items():
        name = str(key).lower()
        values = tuple([_text(v, name) for v in (value if isinstance(value, list | tuple) else [value])])
        if context.get(name, values) != values:
            raise ValueError(f"`{key}` stands twice in the context: keys do not mind the case")
        count += len(values)
        if count > VALUES_MAX:
            raise ValueError(f"more than {VALUES_MAX} values in the context")
        if len(values) > 1 and name.startswith("aws:") and _kind(name) and not _kind(name).startswith("ArrayOf"):
            raise ValueError(f"`{key}` has one value, not {len(values)}")
        if values:
            context[name] = values
    return context


def _text(value: Any, key: str) -> str:
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str | float) or (isinstance(value, int) and abs(value) < _NUMBER_MAX):
        text = str(value)
    else:
        raise ValueError(f"no value of a context key: {type(value).__name__}; give a string, number, Boolean or a list")
    if len(text) > TEXT_MAX:
        raise ValueError(f"the value of `{key}` has more than {TEXT_MAX} characters")
    kind = _kind(key)
    if kind and kind != "String" and not _fits(text, kind.removeprefix("ArrayOf")):
        raise ValueError(f"`{key}` is of type {kind}: `{text[:200]}` is none")
    return text


@lru_cache(maxsize=4096)
def _kind(key: str) -> str:
    """The catalogue's type of a condition key (lower case); empty where it knows none."""
    from fourfold.knowledge.iam import catalogue

    prefix, _, rest = key.partition(":")
    keys = catalogue().global_keys
    if prefix != "aws":
        service = catalogue().service(prefix) if rest else None
        keys = service.keys if service is not None else {}
    head = key.partition("/")[0]
    return next((kind for name, kind in keys.items() if name.partition("/")[0].lower() == head), "")


@lru_cache(maxsize=4096)
def _fits(text: str, kind: str) -> bool:
    """Whether a value can be of a type; of texts and ARNs everything is."""
    if kind == "Numeric":
        return number(text) is not None
    if kind == "Date":
        return moment(text) is not None
    if kind == "Bool":
        return text.lower() in ("true", "false")
    if kind == "IPAddress":
        try:
            ipaddress.ip_address(text)
        except ValueError:
            return False
    return True


@lru_cache(maxsize=4096)
def implied(who: Principal, resource: str) -> Mapping[str, str]:
    """Context keys that follow from who asks and for what.

    Source: reference_policies_variables.html (the table of what `aws:PrincipalType`, `aws:userid` and `aws:username` are
    for each kind of principal), reference_policies_condition-keys.html.
    """
    out: dict[str, str] = {}
    if who.type == "AWS":
        out["aws:principalarn"] = who.role or who.value
        out["aws:principalaccount"] = who.account
        out["aws:principalisawsservice"] = "false"
        out["aws:principaltype"] = _TYPES.get(who.kind, "AssumedRole")
        if who.kind == "user":
            out["aws:username"] = who.name
        elif who.kind == "root":
            out["aws:userid"] = who.account
        elif who.kind == "federated-user":
            out["aws:userid"] = f"{who.account}:{who.name}"
    elif who.type == "Anonymous":
        out["aws:principaltype"] = "Anonymous"
        out["aws:userid"] = "anonymous"
    elif who.type == "Service":
        out["aws:principalisawsservice"] = "true"
        out["aws:principalservicename"] = who.value
    parts = resource.split(":", COMPONENTS - 1)
    if len(parts) == COMPONENTS and _ACCOUNT.fullmatch(parts[4]):
        out["aws:resourceaccount"] = parts[4]
    return out


_TYPES = {"user": "User", "root": "Account", "federated-user": "FederatedUser"}


def _paired(asked: Request) -> dict[str, str]:
    """Context keys that follow from others.

    Source: reference_policies_condition-keys.html, and for the keys of services their pages of the Service Authorization
    Reference (list_awskeymanagementservice.html, list_amazons3.html).
    """
    out: dict[str, str] = {}
    context = asked.context
    time, epoch = context.get("aws:currenttime"), context.get("aws:epochtime")
    if time and not epoch:
        now = moment(time[0])
        assert now is not None
        out["aws:epochtime"] = str(int(now // 1))
    elif epoch and not time:
        out["aws:currenttime"] = epoch[0]
    via = context.get("aws:calledvia")
    if via:
        out["aws:viaawsservice"] = "true"
        out["aws:calledviafirst"], out["aws:calledvialast"] = via[0], via[-1]
    service = asked.action.partition(":")[0].lower()
    if service == "kms" and asked.principal.type == "AWS":
        out["kms:calleraccount"] = asked.principal.account
    owner = context.get("aws:resourceaccount")
    if service == "s3" and owner:
        out["s3:resourceaccount"] = owner[0]
    return out


def _role_of(who: Principal, arn: str) -> bool:
    """Whether the ARN can be that of a session's role: the session does not tell the role's path."""
    head, _, name = arn.rpartition("/")
    return bool(who.role) and name == who.name and f"{head}/".startswith(who.role.removesuffix(who.name))


_OF_ACCOUNTS = (
    "aws:principalarn",
    "aws:principalaccount",
    "aws:username",
    "aws:principalorgid",
    "aws:principalorgpaths",
)


def contradiction(
    who: Principal, resource: str, context: Mapping[str, tuple[str, ...]], absent: Collection[str] = ()
) -> str:
    """Why no request can be so; empty where it can. `absent` are keys that are known not to be there.

    It knows what follows from the principal and the resource (`implied`), whom keys are never there for, that a request
    through a VPC endpoint has `aws:SourceVpce`, `aws:SourceVpc` and `aws:VpcSourceIp` and no `aws:SourceIp`, that
    `aws:CurrentTime` and `aws:EpochTime` are one moment, that `aws:CalledVia` comes with `aws:ViaAWSService`, and that
    `aws:MultiFactorAuthAge` is there only for who used MFA.
    """
    for key, text in implied(who, resource).items():
        if key in absent:
            return f"`{key}` is always there for {who} and {resource}"
        have = context.get(key, (text,))
        if have != (text,) and not (key == "aws:principalarn" and _role_of(who, have[0])):
            return f"`{key}` is {text} for {who} and {resource}, not {', '.join(have)}"
    if who.type != "AWS":
        for key in _OF_ACCOUNTS:
            if key in context:
                return f"`{key}` is never there for {who}"
    if who.kind != "user" and "aws:username" in context:
        return f"`aws:username` is never there for {who}"
    if who.kind == "assumed-role":
        ending = ":" + who.value.rpartition("/")[2]
        userid = context.get("aws:userid", (ending,))[0]
        if not userid.endswith(ending):
            return f"`aws:userid` ends in the session's name for {who}, not {userid}"
    return _network(context, absent) or _moments(context) or _callers(context, absent)


def _network(context: Mapping[str, tuple[str, ...]], absent: Collection[str]) -> str:
    if "aws:sourcevpce" in context:
        if "aws:sourceip" in context:
            return "`aws:SourceIp` is never there for requests through a VPC endpoint"
        for key in ("aws:sourcevpc", "aws:vpcsourceip"):
            if key in absent:
                return f"`{key}` is always there for requests through a VPC endpoint"
        return ""
    for key in ("aws:sourcevpc", "aws:vpcsourceip"):
        if key in context and ("aws:sourcevpce" in absent or "aws:sourceip" in context):
            return f"`{key}` is there only for requests through a VPC endpoint"
    return ""


def _moments(context: Mapping[str, tuple[str, ...]]) -> str:
    time, epoch = context.get("aws:currenttime"), context.get("aws:epochtime")
    if time and epoch:
        now, seconds = moment(time[0]), moment(epoch[0])
        if now is not None and seconds is not None and now // 1 != seconds // 1:
            return f"`aws:CurrentTime` and `aws:EpochTime` are one moment, not {time[0]} and {epoch[0]}"
    return ""


def _callers(context: Mapping[str, tuple[str, ...]], absent: Collection[str]) -> str:
    via = context.get("aws:calledvia")
    for key, place in (("aws:calledviafirst", 0), ("aws:calledvialast", -1)):
        if key in context and ("aws:calledvia" in absent or (via and context[key] != (via[place],))):
            return f"`{key}` is the {'first' if place == 0 else 'last'} value of `aws:CalledVia`"
        if via and key in absent:
            return f"`{key}` is always there with `aws:CalledVia`"
    called = via or context.get("aws:calledviafirst") or context.get("aws:calledvialast")
    if called and ("aws:viaawsservice" in absent or context.get("aws:viaawsservice", ("true",))[0].lower() != "true"):
        return "`aws:ViaAWSService` is true for requests with `aws:CalledVia`"
    if "aws:multifactorauthage" in context:
        present = context.get("aws:multifactorauthpresent", ("true",))[0].lower()
        if present != "true" or "aws:multifactorauthpresent" in absent:
            return "`aws:MultiFactorAuthAge` is there only where `aws:MultiFactorAuthPresent` is true"
    return ""
