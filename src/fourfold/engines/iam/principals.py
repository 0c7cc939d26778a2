"""Who asks as one string, so that principal elements and the condition keys that follow from them are sets of it.

The string is the type, a colon, and for principals of AWS the name of the session (empty for users, roles and accounts),
a colon and what `aws:PrincipalArn` is: `AWS::arn:aws:iam::111122223333:user/ann`,
`AWS:tuesday:arn:aws:iam::111122223333:role/path/admin`, `Service:sns.amazonaws.com`, `Anonymous:`.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html,
reference_policies_elements_principal.html, reference_policies_elements_notprincipal.html there, and for the types and names
of principals reference_policies_variables.html#principaltable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from fourfold.engines.exact.globs import (
    ANYTHING,
    NAME_ONE,
    NAME_STAR,
    ONE,
    SEGMENT_ONE,
    SEGMENT_STAR,
    STAR,
    Glob,
    fold,
    literal,
    matches,
    normal,
)
from fourfold.engines.iam.document import Condition
from fourfold.engines.iam.elements import Element, has_variable, pattern, shaped

USER = shaped("AWS::arn:?*:iam::############:user/?*", open_end=False)
ROLE = shaped("AWS::arn:?*:iam::############:role/?*", open_end=False)
ROOT = shaped("AWS::arn:?*:iam::############:root")
SESSION = shaped("AWS:?*:arn:?*:iam::############:role/?*", open_end=False)
FEDERATED_USER = shaped("AWS::arn:?*:sts::############:federated-user/?*", open_end=False)
SERVICE, FEDERATED, CANONICAL = (
    Glob((*map(ord, f"{kind}:"), ONE, STAR)) for kind in ("Service", "Federated", "CanonicalUser")
)
ANONYMOUS = literal("Anonymous:")

OF_ACCOUNTS = (ROLE, USER, ROOT, SESSION, FEDERATED_USER)
"""All that policies of identities are about."""
OTHERS = (SERVICE, FEDERATED, CANONICAL, ANONYMOUS)
EVERYBODY = (*OF_ACCOUNTS, *OTHERS)

_AWS = Glob((*map(ord, "AWS:"), STAR))
_TYPES = {
    "Account": (ROOT,), "User": (USER,), "FederatedUser": (FEDERATED_USER,), "AssumedRole": (ROLE, SESSION),
    "Anonymous": (ANONYMOUS,),
}  # fmt: skip
"""Values of `aws:PrincipalType`."""
_HEAD = normal([*map(ord, "AWS:"), SEGMENT_STAR, ord(":")]).tokens


def element(listed: Sequence[tuple[str, str]], *, negated: bool = False) -> Element:
    """A `Principal` or (negated) `NotPrincipal` element."""
    if not negated:
        return Element(tuple(dict.fromkeys(g for kind, value in listed for g in _entry(kind, value))))
    return Element(tuple(dict.fromkeys(_left_out(listed))), negated=True)


def _entry(kind: str, value: str) -> tuple[Glob, ...]:
    if value == "*":
        return (ANYTHING,) if kind in ("*", "AWS") else (Glob((*map(ord, f"{kind}:"), STAR)),)
    if kind != "AWS":
        return (literal(f"{kind}:{value}"),)
    named = account(value)
    if named:
        return _of_account(named)
    role = re.fullmatch(r"(arn:[^:]*:iam::\d{12}:role/)(?:.*/)?([^/]+)", value)
    if role:
        return literal(f"AWS::{value}"), *_sessions("?*", role[1], role[2])
    return _exactly(value)


def account(value: str) -> str:
    """The account that an entry names as a whole; empty for other entries."""
    match = re.fullmatch(r"(?:arn:[^:]*:iam::)?(\d{12})(?::root)?", value)
    return match[1] if match and (value.endswith(":root") or value.isdigit()) else ""


def _of_account(number: str) -> tuple[Glob, ...]:
    return tuple(shaped(f"AWS:*:arn:*:{service}::{number}:*") for service in ("iam", "sts"))


def _exactly(value: str) -> tuple[Glob, ...]:
    """One user, role or session."""
    session = re.fullmatch(r"arn:([^:]*):sts::(\d{12}):assumed-role/([^/]+)/([^:]+)", value)
    if session:
        return _sessions(session[4], f"arn:{session[1]}:iam::{session[2]}:role/", session[3])
    return (literal(f"AWS::{value}"),)


def _sessions(session: str, head: str, name: str) -> tuple[Glob, ...]:
    """Sessions of a role: a session does not tell its role's path."""
    some = [SEGMENT_ONE, SEGMENT_STAR] if session == "?*" else [*map(ord, session)]
    start = [*map(ord, "AWS:"), *some, *map(ord, f":{head}")]
    end = [*map(ord, name)]
    return Glob((*start, *end)), normal([*start, SEGMENT_STAR, ord("/"), *end])


def _left_out(listed: Sequence[tuple[str, str]]) -> list[Glob]:
    """Whom `NotPrincipal` leaves out: who is listed with the account, and a session with its role too."""
    out: list[Glob] = []
    accounts = {number for kind, value in listed if kind == "AWS" and (number := account(value))}
    names = {value for kind, value in listed if kind == "AWS"}
    for kind, value in listed:
        if value == "*":
            out += [_AWS, ANONYMOUS] if kind in ("*", "AWS") else [Glob((*map(ord, f"{kind}:"), STAR))]
            out += [g for g in OTHERS if kind == "*"]
        elif kind != "AWS":
            out.append(literal(f"{kind}:{value}"))
        elif account(value):
            out.append(shaped(f"AWS::arn:*:iam::{account(value)}:root"))
        else:
            session = re.fullmatch(r"arn:([^:]*):sts::(\d{12}):assumed-role/([^/]+)/[^/:]+", value)
            role = f"arn:{session[1]}:iam::{session[2]}:role/{session[3]}" if session else ""
            if value.split(":")[4:5] and value.split(":")[4] in accounts and (not role or role in names):
                out += _exactly(value)
    return out


def _arn(condition: Condition, value: str, *, variables: bool) -> list[Glob]:
    found = pattern(condition, value, variables=variables)
    return [] if found is None else [_headed([*_HEAD], found)]


def _account_is(condition: Condition, value: str, *, variables: bool) -> list[Glob]:
    found = pattern(condition, value, variables=variables)
    if found is None:
        return []
    number = [SEGMENT_STAR if t == STAR else SEGMENT_ONE if t == ONE else t for t in found.tokens]
    head = [*_HEAD, *map(ord, "arn:"), SEGMENT_STAR, ord(":"), SEGMENT_STAR, ord(":"), ord(":")]
    return [normal([*head, *number, ord(":"), STAR])]


def _username(condition: Condition, value: str, *, variables: bool) -> list[Glob]:
    found = pattern(condition, value, variables=variables)
    if found is None:
        return []
    name = [NAME_STAR if t == STAR else NAME_ONE if t == ONE else t for t in found.tokens]
    head = shaped("AWS::arn:?*:iam::############:user/").tokens
    ways = [[*head, *name], [*head, SEGMENT_STAR, ord("/"), *name]]
    return [normal([_low(t) for t in way] if found.fold else way, folded=found.fold) for way in ways]


def _type(condition: Condition, value: str, *, variables: bool) -> list[Glob]:
    found = pattern(condition, value, variables=variables)
    return [g for name, kinds in _TYPES.items() if found is not None and matches(found, name) for g in kinds]


def _service(condition: Condition, value: str, *, variables: bool) -> list[Glob]:
    found = pattern(condition, value, variables=variables)
    return [] if found is None else [_headed([*map(ord, "Service:")], found)]


def _is_service(condition: Condition, value: str, *, variables: bool) -> list[Glob]:
    return {"true": [SERVICE], "false": [*OF_ACCOUNTS]}.get(value.lower(), [])


_KEYS: dict[str, tuple[tuple[Glob, ...], Callable[..., list[Glob]]]] = {
    "aws:principalarn": (OF_ACCOUNTS, _arn),
    "aws:principalaccount": (OF_ACCOUNTS, _account_is),
    "aws:username": ((USER,), _username),
    "aws:principaltype": ((*OF_ACCOUNTS, ANONYMOUS), _type),
    "aws:principalisawsservice": ((*OF_ACCOUNTS, SERVICE), _is_service),
    "aws:principalservicename": ((SERVICE,), _service),
}
"""Keys that follow from who asks: for whom they are there, and for whom one value of a condition matches."""
KEYS = frozenset(_KEYS)


def of_condition(condition: Condition, *, variables: bool) -> tuple[Element, ...] | None:
    """For whom a condition on one of KEYS holds, as elements that all have to; None where it is no such condition."""
    there, match = _KEYS.get(condition.lower, ((), None))
    family = condition.operator.family
    if match is None or (family not in ("string", "arn", "null") and not (family == "bool" and match is _is_service)):
        return None
    if variables and family != "null" and any(has_variable(value) for value in condition.values):
        return None
    absent = tuple(g for g in EVERYBODY if g not in there)
    if family == "null":
        says = {value.lower() == "true" for value in condition.values}
        return () if len(says) == 2 else (Element(absent if True in says else there),)
    matched = tuple(dict.fromkeys(g for v in condition.values for g in match(condition, v, variables=variables)))
    negated = condition.operator.negated
    without = condition.qualifier == "ForAllValues" or condition.if_exists or (negated and not condition.qualifier)
    if negated:
        return (Element(matched, negated=True),) if without else (Element(there), Element(matched, negated=True))
    return (Element((*matched, *absent)),) if without else (Element(there), Element(matched))


def _low(token: int) -> int:
    return ord(fold(chr(token))) if token >= 0 else token


def _headed(head: Sequence[int], pattern: Glob) -> Glob:
    if pattern.fold:
        return normal([*map(_low, head), *pattern.tokens], folded=True)
    return normal([*head, *pattern.tokens])


def decoded(text: str) -> tuple[Any, dict[str, tuple[str, ...]]]:
    """The principal that a string says, as a request has it, with the context keys that follow; empty: no matter who."""
    kind, _, value = text.partition(":")
    if kind != "AWS":
        if kind == "Anonymous":
            return "anonymous", {"aws:principaltype": ("Anonymous",)}
        if kind == "Service":
            return {kind: value}, {"aws:principalisawsservice": ("true",), "aws:principalservicename": (value,)}
        return {kind: value}, {}
    session, _, arn_of = value.partition(":")
    parts = arn_of.split(":", 5)
    what, _, path = parts[5].partition("/")
    types = {"root": "Account", "user": "User", "federated-user": "FederatedUser"}
    context: dict[str, tuple[str, ...]] = {
        "aws:principalarn": (arn_of,),
        "aws:principalaccount": (parts[4],),
        "aws:principaltype": (types.get(what, "AssumedRole"),),
        "aws:principalisawsservice": ("false",),
    }
    if what == "user":
        context["aws:username"] = (path.rpartition("/")[2],)
    name = path.rpartition("/")[2]
    given = f"arn:{parts[1]}:sts::{parts[4]}:assumed-role/{name}/{session}" if session else arn_of
    return given, context


def encoded(arn_of: str) -> str:
    """The string of a principal of an account, from its ARN; a session's role is taken to have no path."""
    session = re.fullmatch(r"arn:([^:]*):sts::(\d{12}):assumed-role/([^/]+)/([^:]+)", arn_of)
    if session:
        return f"AWS:{session[4]}:arn:{session[1]}:iam::{session[2]}:role/{session[3]}"
    return f"AWS::{arn_of}"
