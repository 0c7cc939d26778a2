"""What AWS can be asked for: services, their actions, resource types and condition keys.

The facts are AWS's Service Authorization Reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html)
as the packages named in `catalogue().sources` collected them on `catalogue().date`. They stand in `iam.data`, which
`fourfold data --rebuild` writes:

    4 bytes      length of the header, big endian
    header       zlib, msgpack: {format, date, sources, global_keys, names, services: {prefix: bytes}, dictionary: bytes,
                 rcp: [prefix], counts: {what: number}}
    dictionary   zlib: what the services have in common (a preset dictionary of deflate)
    services     one after the other, raw deflate of msgpack, in the order of the header:
                 [actions, resource types, condition keys]
                   action         [name, level, required types, optional types, keys, dependent actions]
                   resource type  [name, ARN formats, keys]
                   key            [name, value type]
                 types and keys are indices into their lists, the level one into LEVELS

A service is decoded when it is first asked for. New columns go to the end of a row: readers ignore what they do not know.
"""

from __future__ import annotations

import re
import zlib
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import msgspec

FORMAT = 1
LEVELS = ("List", "Read", "Write", "Tagging", "Permissions management")
"""Access levels as AWS classes actions; `List` and `Read` change nothing."""

_FILE = Path(__file__).with_name("iam.data")


class ResourceType(msgspec.Struct, frozen=True, gc=False):
    """A kind of resource that actions of a service work on."""

    name: str
    formats: tuple[str, ...]
    """ARNs with placeholders: `arn:${Partition}:s3:::${BucketName}/${ObjectName}`."""
    keys: tuple[str, ...]


class Action(msgspec.Struct, frozen=True, gc=False):
    """Something a principal can be allowed to do."""

    service: str
    name: str
    level: str
    """One of LEVELS."""
    required: tuple[ResourceType, ...]
    """Types of which a request always names a resource."""
    optional: tuple[ResourceType, ...]
    """Types of which a request may name a resource; where nothing is required and there are several, one of them."""
    keys: tuple[str, ...]
    """Service's own and global keys that the reference lists for it."""
    dependents: tuple[str, ...]
    """Further actions that a caller needs."""

    @property
    def types(self) -> tuple[ResourceType, ...]:
        return self.required + self.optional

    @property
    def supports_resources(self) -> bool:
        """Whether a statement can name what it works on; where not, only `*` matches it."""
        return bool(self.required or self.optional)

    @property
    def condition_keys(self) -> frozenset[str]:
        """Keys that the reference lists for the action or for a resource type it works on; global keys beside them hold for
        all actions."""
        return frozenset((*self.keys, *(key for kind in self.types for key in kind.keys)))

    def __str__(self) -> str:
        return f"{self.service}:{self.name}"


class Service(msgspec.Struct, frozen=True):
    """One service: what stands before the colon of an action."""

    prefix: str
    name: str
    actions: dict[str, Action]
    """By lower-case name."""
    types: dict[str, ResourceType]
    keys: dict[str, str]
    """Reference spelling of a condition key: type of its values (`String`, `ArrayOfString`, `ARN`, `Bool`, ...)."""


class Catalogue:
    """All services, each decoded on first use."""

    def __init__(self, file: Path = _FILE) -> None:
        data = file.read_bytes()
        at = 4 + int.from_bytes(data[:4], "big")
        header: dict[str, Any] = msgspec.msgpack.decode(zlib.decompress(data[4:at]))
        self.date: str = header["date"]
        """Day of the facts, `2026-10-27`."""
        self.sources: list[dict[str, str]] = header["sources"]
        """Where they come from: `{name, version, licence}`."""
        self.global_keys: dict[str, str] = header["global_keys"]
        """Reference spelling of the global condition keys: type of their values."""
        self.rcp_services: frozenset[str] = frozenset(header["rcp"])
        """Prefixes of the services that resource control policies apply to."""
        self.counts: dict[str, int] = header["counts"]
        """How many services, actions, resource types and condition keys there are."""
        self._names: dict[str, str] = header["names"]
        self._dictionary = zlib.decompress(data[at : at + header["dictionary"]])
        at += header["dictionary"]
        self._blobs: dict[str, bytes] = {}
        for prefix, size in header["services"].items():
            self._blobs[prefix] = data[at : at + size]
            at += size
        self._services: dict[str, Service] = {}

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Prefixes of all services, sorted."""
        return tuple(self._blobs)

    def service(self, prefix: str) -> Service | None:
        """The service with this prefix (in any case); None where the catalogue does not know it."""
        prefix = prefix.lower()
        if prefix not in self._services:
            if prefix not in self._blobs:
                return None
            self._services[prefix] = self._decode(prefix)
        return self._services[prefix]

    def _decode(self, prefix: str) -> Service:
        plain = zlib.decompressobj(-15, zdict=self._dictionary).decompress(self._blobs[prefix])
        action_rows, type_rows, key_rows = msgspec.msgpack.decode(plain)[:3]
        names = [row[0] for row in key_rows]
        types = [ResourceType(row[0], tuple(row[1]), tuple(names[k] for k in row[2])) for row in type_rows]
        actions = {
            row[0].lower(): Action(
                prefix,
                row[0],
                LEVELS[row[1]],
                tuple(types[t] for t in row[2]),
                tuple(types[t] for t in row[3]),
                tuple(names[k] for k in row[4]),
                tuple(row[5]),
            )
            for row in action_rows
        }
        return Service(
            prefix, self._names.get(prefix, prefix), actions, {t.name: t for t in types}, {r[0]: r[1] for r in key_rows}
        )

    def action(self, name: str) -> Action | None:
        """The action `service:name`, in any case; None where the catalogue does not know it, and for patterns."""
        prefix, _, rest = name.partition(":")
        service = self.service(prefix)
        return None if service is None else service.actions.get(rest.lower())

    @lru_cache(maxsize=4096)  # noqa: B019 - there is one catalogue
    def expand(self, pattern: str) -> tuple[Action, ...]:
        """All known actions that an `Action` element matches; `*` and `?` may stand anywhere, case does not matter.

        Empty where the catalogue knows none, which does not mean that AWS has none.
        """
        prefix, colon, name = pattern.lower().partition(":")
        if not colon:
            if prefix.strip("*"):
                return ()
            name = "*"
        out: list[Action] = []
        for candidate in self._prefixes(prefix):
            service = self.service(candidate)
            assert service is not None
            if "*" not in name and "?" not in name:
                out.extend([service.actions[name]] if name in service.actions else [])
            elif not name.strip("*"):
                out.extend(service.actions.values())
            else:
                match = glob(name).fullmatch
                out.extend(action for key, action in service.actions.items() if match(key))
        return tuple(out)

    def _prefixes(self, pattern: str) -> list[str]:
        if "*" not in pattern and "?" not in pattern:
            return [pattern] if pattern in self._blobs else []
        match = glob(pattern).fullmatch
        return [p for p in self._blobs if match(p)]

    def key_spelling(self, key: str) -> str | None:
        """The reference spelling of a condition key written in any case; None where it is not known.

        What stands in place of a placeholder (`aws:ResourceTag/Team`) keeps its case.
        """
        return self._key_spellings(key.partition(":")[0].lower()).get(_key_head(key))

    @cache  # noqa: B019 - there is one catalogue
    def _key_spellings(self, prefix: str) -> dict[str, str]:
        """Lower-case key, or its part before a placeholder: the same in the reference spelling."""
        keys: list[str] = list(self.global_keys) if prefix == "aws" else []
        if prefix != "aws" and (service := self.service(prefix)) is not None:
            keys = [k for k in service.keys if k.lower().startswith(prefix + ":")]
        return {_key_head(k): k.partition("/")[0] for k in keys}


def _key_head(key: str) -> str:
    return key.partition("/")[0].lower()


@lru_cache(maxsize=4096)
def glob(pattern: str) -> re.Pattern[str]:
    """A pattern with `*` (any characters) and `?` (one) as a regular expression."""
    parts = re.split(r"(\*+|\?)", pattern)
    text = "".join(".*" if p.startswith("*") else "." if p == "?" else re.escape(p) for p in parts)
    return re.compile(text, re.DOTALL)


@cache
def catalogue() -> Catalogue:
    """The catalogue that comes with fourfold, read once."""
    return Catalogue()
