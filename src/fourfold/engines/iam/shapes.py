"""What the catalogue says of requests: the resources that an action works on, and the keys that its requests have.

An action that the catalogue does not know may work on anything and have any key. What the catalogue says is only used to
say "no request is so": of keys only where a service's own key is listed for some of its actions and not for this one.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from fourfold.engines.exact.globs import NAME_STAR, SEGMENT_STAR, STAR, Glob, literal, matches, normal
from fourfold.engines.iam.elements import RESOURCES
from fourfold.knowledge.iam import Action, catalogue

EVERYTHING = literal("*")
_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
_FLAT = frozenset({
    "BucketName", "TableName", "IndexName", "QueueName", "TopicName", "FunctionName", "AccessPointName", "KeyId",
    "StateMachineName", "UserPoolId", "StreamName", "DeliveryStreamName", "ClusterName", "RepositoryId",
})  # fmt: skip
"""Placeholders whose text holds no `/`; all others are taken to hold anything."""


def known(action: str) -> Action | None:
    """The catalogue's entry of one action, written in any case."""
    prefix, _, name = action.partition(":")
    service = catalogue().service(prefix)
    return service.actions.get(name.lower()) if service is not None else None


@lru_cache(maxsize=8192)
def resources(action: Action) -> tuple[Glob, ...]:
    """The resources that a request of the action is about; `*` where it need not name one."""
    kinds = tuple(dict.fromkeys(_arn(text) for kind in action.types for text in kind.formats))
    return kinds if action.required else (*kinds, EVERYTHING)


@lru_cache(maxsize=8192)
def _arn(text: str) -> Glob:
    """The ARNs of a format such as `arn:${Partition}:s3:::${BucketName}/${ObjectName}`."""
    tokens: list[int] = []
    at = 0
    for match in _PLACEHOLDER.finditer(text):
        tokens += map(ord, text[at : match.start()])
        last = text.count(":", 0, match.start()) >= 5
        tokens.append((NAME_STAR if match[1] in _FLAT else STAR) if last else SEGMENT_STAR)
        at = match.end()
    tokens += [STAR if c == "*" else ord(c) for c in text[at:]]
    return normal(tokens)


@lru_cache(maxsize=4096)
def _listed(prefix: str) -> frozenset[str]:
    """Heads of the service's own keys that its reference lists for some action."""
    service = catalogue().service(prefix)
    if service is None:
        return frozenset()
    keys = {k for a in service.actions.values() for k in (*a.keys, *(k for t in a.types for k in t.keys))}
    return frozenset(h for k in keys if (h := _head(k)).startswith(f"{prefix}:"))


def _head(key: str) -> str:
    """A key up to its placeholder, in lower case."""
    return re.split(r"\$\{|<", key, maxsplit=1)[0].lower()


@lru_cache(maxsize=8192)
def _has(action: Action) -> frozenset[str]:
    return frozenset(map(_head, (*action.keys, *(k for t in action.types for k in t.keys))))


def lacking(action: Action, keys: Iterable[str]) -> frozenset[str]:
    """Those of the keys (lower case) that no request of the action has."""
    listed, has = _listed(action.service), _has(action)
    return frozenset(k for k in keys if _heads(k, listed) and not _heads(k, has))


def _heads(key: str, heads: frozenset[str]) -> list[str]:
    if key in heads:
        return [key]
    return [h for h in heads if h.endswith(("/", ":")) and key.startswith(h)]


def exists(action: str, resource: str, keys: Iterable[str]) -> bool:
    """Whether a service could be asked this, as far as the catalogue says."""
    entry = known(action)
    if entry is None:
        return any(matches(g, resource) for g in RESOURCES)
    return any(matches(g, resource) for g in resources(entry)) and not lacking(entry, keys)
