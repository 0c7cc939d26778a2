"""What the catalogue says of condition keys and of the shapes of ARNs, for any spelling of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import msgspec

from fourfold.knowledge.iam import Action, catalogue

_VENDOR = "${Vendor}"
"""Stands for any service in the ARNs of what AWS Backup keeps for others."""
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|<[^>]*>")


LISTED_IN_FULL = frozenset({
    "codecommit", "cognito-idp", "dynamodb", "ecr", "events", "firehose", "iam", "kinesis", "kms", "lambda", "logs", "rds-db",
    "s3", "secretsmanager", "sns", "sqs", "states", "sts",
})  # fmt: skip
"""Services for which the reference names every resource that an action works on; tried on the policies that AWS manages."""


class Key(msgspec.Struct, frozen=True):
    """A condition key."""

    name: str
    """In the reference spelling, with its placeholder: `aws:ResourceTag/${TagKey}`."""
    type: str
    """`String`, `ArrayOfString`, `ARN`, `Bool`, ...; empty where it is not known."""

    @property
    def many(self) -> bool:
        """Whether requests have several values of it."""
        return self.type.startswith("ArrayOf")

    @property
    def plain(self) -> str:
        """The type of one value."""
        return self.type.removeprefix("ArrayOf")


class _Keys(msgspec.Struct, frozen=True):
    """Keys by lower-case name, and those with a placeholder by what stands before it."""

    plain: dict[str, Key]
    open: list[tuple[str, Key]]

    def get(self, lower: str) -> Key | None:
        found = self.plain.get(lower)
        if found is None:
            some = (one for head, one in self.open if lower.startswith(head) and _shape(one.name).fullmatch(lower))
            found = next(some, None)
        return found


@cache
def key(name: str) -> Key | None:
    """The key of this name in any case; None where the catalogue knows none."""
    lower = name.lower()
    return _keys_of(lower.partition(":")[0]).get(lower) or _all_keys().get(lower)


@cache
def _shape(name: str) -> re.Pattern[str]:
    return re.compile(".+".join(re.escape(part) for part in _PLACEHOLDER.split(name.lower())))


@cache
def _keys_of(prefix: str) -> _Keys:
    if prefix == "aws":
        return _indexed(catalogue().global_keys)
    service = catalogue().service(prefix)
    return _Keys({}, []) if service is None else _indexed(service.keys)


def _indexed(keys: dict[str, str]) -> _Keys:
    plain: dict[str, Key] = {}
    some: list[tuple[str, Key]] = []
    for name, kind in keys.items():
        found = _PLACEHOLDER.search(name)
        if found:
            some.append((name[: found.start()].lower(), Key(name, kind)))
        else:
            plain[name.lower()] = Key(name, kind)
    return _Keys(plain, some)


@cache
def _all_keys() -> _Keys:
    """The keys of all services: some are listed with another service than their prefix says."""
    every = _Keys({}, [])
    for prefix in catalogue().prefixes:
        service = catalogue().service(prefix)
        assert service is not None
        one = _indexed(service.keys)
        every.plain.update(one.plain)
        every.open.extend(one.open)
    return every


@cache
def has_prefix(prefix: str) -> bool:
    """Whether some condition key or action begins with this prefix (lower case)."""
    heads = (*_all_keys().plain, *(head for head, _ in _all_keys().open))
    return prefix in catalogue().prefixes or any(head.startswith(f"{prefix}:") for head in heads)


def wants_tag(name: str) -> str:
    """What `aws:ResourceTag`, written without the key of a tag, begins with in full: `aws:ResourceTag/`; else empty."""
    lower = name.lower().removesuffix("/")
    known = _keys_of(lower.partition(":")[0])
    found = next((one for head, one in known.open if head == f"{lower}/"), None)
    return "" if found is None or lower in known.plain else _PLACEHOLDER.split(found.name)[0]


def supports(action: Action, wanted: Key) -> bool:
    """Whether the catalogue lists a key for an action or a resource type it works on.

    Keys of tags are spelled in several ways there (`secretsmanager:ResourceTag/tag-key`), so what follows a slash is free.
    """
    if wanted.name in action.condition_keys:
        return True
    head, slash, _ = wanted.name.partition("/")
    return bool(slash) and any(one.partition("/")[0] == head for one in action.condition_keys)


@cache
def associated(wanted: Key) -> bool:
    """Whether the catalogue tells any action that has a key; of some keys it does not."""
    service = catalogue().service(wanted.name.partition(":")[0])
    return service is not None and any(supports(action, wanted) for action in service.actions.values())


def formats(service: str) -> list[str]:
    """The ARN formats of resources whose ARNs name this service; empty where none are known."""
    own = catalogue().service(service)
    return [f for kind in own.types.values() for f in kind.formats if _service(f) in (service, _VENDOR)] if own else []


@cache
def all_formats() -> dict[str, list[str]]:
    """The formats of all services by the service that the ARN names: some are listed with other services only."""
    out: dict[str, list[str]] = {}
    for one in _every_format():
        out.setdefault(_service(one), []).append(one)
    return out


def _every_format() -> Iterator[str]:
    for prefix in catalogue().prefixes:
        service = catalogue().service(prefix)
        assert service is not None
        for kind in service.types.values():
            yield from kind.formats


def _service(text: str) -> str:
    return text.split(":", 3)[2]
