"""What `aws iam get-account-authorization-details` prints: the identities of an account, with what is attached to them.

Only as much of the JSON text is kept as questions need, and where each identity stands in it; one of 10,000 roles is read
in half a second. Pages that were put together (`{"RoleDetailList": [...], ...}`) are read as the AWS CLI prints them.
Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Literal
from urllib.parse import unquote

import msgspec

from fourfold.model.place import Problem, Source

DUMP_BYTES_MAX = 256 * 1024 * 1024
ITEMS_MAX = 200_000
"""Identities and policies; the quotas of an account are some 10,000."""
LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")

_SPACE = re.compile(r"[ \t\r\n]*")
_HEAD = re.compile(rb'\s*\{\s*"(?:UserDetailList|GroupDetailList|RoleDetailList|Policies|IsTruncated|Marker)"\s*:')


class Inline(msgspec.Struct, frozen=True, gc=False):
    """A policy that stands in an identity."""

    name: str
    document: Any
    path: tuple[str | int, ...]
    """Where it stands in the identity's object."""


class Held(msgspec.Struct, frozen=True):
    """One identity."""

    kind: Literal["user", "group", "role"]
    name: str
    arn: str
    start: int
    """Offset of its object in the text."""
    inline: tuple[Inline, ...] = ()
    attached: tuple[str, ...] = ()
    """ARNs of managed policies."""
    groups: tuple[str, ...] = ()
    boundary: str = ""
    tags: dict[str, str] = {}
    trust: Any = None
    profiles: tuple[str, ...] = ()
    """Names of the instance profiles that hold a role."""


class Managed(msgspec.Struct, frozen=True):
    """One managed policy: its default version."""

    name: str
    arn: str
    start: int
    document: Any
    path: tuple[str | int, ...]


class Account(msgspec.Struct, frozen=True):
    """The identities of one account."""

    source: Source
    held: tuple[Held, ...]
    policies: dict[str, Managed]
    problems: tuple[Problem, ...] = ()


def is_account(data: bytes) -> bool:
    """Whether a file begins like such a dump."""
    return _HEAD.match(data[:200].removeprefix(b"\xef\xbb\xbf")) is not None


def read_account(path: str, text: str) -> Account:
    """The account that a dump describes; what cannot be read is a problem, with its line."""
    source = Source(path, text)
    held: list[Held] = []
    policies: dict[str, Managed] = {}
    problems: list[Problem] = []
    try:
        for key, item, start in _items(source.text):
            if len(held) + len(policies) > ITEMS_MAX:
                problems.append(
                    Problem(path, 0, f"more than {ITEMS_MAX} identities and policies; the rest is not read")
                )
                break
            if not isinstance(item, dict):
                problems.append(Problem(path, source.position(start)[0], f"no object in `{key}`"))
            elif key == "Policies":
                policy = _policy(item, start)
                if policy is not None:
                    policies[policy.arn] = policy
            else:
                held.append(_held(key, item, start))
    except ValueError as error:
        at = getattr(error, "pos", 0)
        problems.append(
            Problem(path, source.position(at)[0], f"not valid JSON: {str(error).partition(':')[0].lower()}")
        )
    except RecursionError:
        problems.append(Problem(path, 0, "nested too deeply"))
    return Account(source, tuple(held), policies, tuple(problems))


def _items(text: str) -> Iterator[tuple[str, Any, int]]:
    """(list, element, offset) of all elements of the four lists. Raises ValueError for what is not JSON."""
    decode = json.JSONDecoder().raw_decode
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        raise json.JSONDecodeError("expected an object", text, at)
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}":
        key, at = decode(text, at)
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            raise json.JSONDecodeError("expected a colon", text, at)
        at = _skip(text, at + 1)
        if key in LISTS and text[at : at + 1] == "[":
            at = _skip(text, at + 1)
            while text[at : at + 1] != "]":
                item, end = decode(text, at)
                yield key, item, at
                at = _comma(text, end, "]")
            at += 1
        else:
            _, at = decode(text, at)
        at = _comma(text, at, "}")


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found is not None else at


def _comma(text: str, at: int, last: str) -> int:
    """The offset of the next element, or of the bracket that ends the list."""
    at = _skip(text, at)
    if text[at : at + 1] == ",":
        return _skip(text, at + 1)
    if text[at : at + 1] != last:
        raise json.JSONDecodeError("expected a comma", text, at)
    return at


_KINDS: dict[str, tuple[Literal["user", "group", "role"], str, str]] = {
    "UserDetailList": ("user", "UserName", "UserPolicyList"),
    "GroupDetailList": ("group", "GroupName", "GroupPolicyList"),
    "RoleDetailList": ("role", "RoleName", "RolePolicyList"),
}


def _held(key: str, item: dict[str, Any], start: int) -> Held:
    kind, name, inline = _KINDS[key]
    boundary = item.get("PermissionsBoundary")
    return Held(
        kind=kind,
        name=str(item.get(name, "")),
        arn=str(item.get("Arn", "")),
        start=start,
        inline=tuple(
            Inline(str(one.get("PolicyName", n)), document(one.get("PolicyDocument")), (inline, n, "PolicyDocument"))
            for n, one in enumerate(_objects(item.get(inline)))
        ),
        attached=tuple(str(one.get("PolicyArn", "")) for one in _objects(item.get("AttachedManagedPolicies"))),
        groups=tuple(g for g in item.get("GroupList") or () if isinstance(g, str)),
        boundary=str(boundary.get("PermissionsBoundaryArn", "")) if isinstance(boundary, dict) else "",
        tags={str(one.get("Key", "")): str(one.get("Value", "")) for one in _objects(item.get("Tags"))},
        trust=document(item.get("AssumeRolePolicyDocument")),
        profiles=tuple(str(one.get("InstanceProfileName", "")) for one in _objects(item.get("InstanceProfileList"))),
    )


def _policy(item: dict[str, Any], start: int) -> Managed | None:
    for n, version in enumerate(_objects(item.get("PolicyVersionList"))):
        if version.get("IsDefaultVersion"):
            path = ("PolicyVersionList", n, "Document")
            found = document(version.get("Document"))
            return Managed(str(item.get("PolicyName", "")), str(item.get("Arn", "")), start, found, path)
    return None


def document(value: Any) -> Any:
    """A policy as the API gives it: JSON, or JSON text that is encoded for URLs."""
    return unquote(value) if isinstance(value, str) else value


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
