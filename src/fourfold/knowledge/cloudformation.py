"""How CloudFormation spells the properties of a resource type, and what shape each has.

The facts are AWS's public resource schemas (https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html)
as the package named in `schemas().sources` collected them on `schemas().date`. They stand in `cloudformation.data`, which
`fourfold data --rebuild` writes:

    4 bytes      length of the header, big endian
    header       zlib, msgpack: {format, date, sources, types: {name: bytes}, dictionary: bytes}
    dictionary   zlib: what the types have in common (a preset dictionary of deflate)
    types        one after the other, raw deflate of msgpack, in the order of the header:
                 [{definition: {property: kind}}, attributes, identifier]

The definition `""` is the resource itself. A kind is `s` (text), `n` (number), `b` (boolean), `*` (JSON of any shape) or
`@` and the name of a definition; `[` before it says that it is a list.
A type is decoded when it is first asked for.
"""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

FORMAT = 1
_FILE = Path(__file__).with_name("cloudformation.data")


class Schema(msgspec.Struct, frozen=True):
    """One resource type."""

    name: str
    definitions: dict[str, dict[str, str]]
    attributes: tuple[str, ...]
    """What `Fn::GetAtt` gives, as far as the schema says so."""
    identifier: tuple[str, ...]
    """The properties that identify a resource: what `Ref` gives, with few exceptions."""

    @property
    def properties(self) -> dict[str, str]:
        return self.definitions[""]


class Schemas:
    """All types, each decoded on first use."""

    def __init__(self, file: Path = _FILE) -> None:
        data = file.read_bytes()
        at = 4 + int.from_bytes(data[:4], "big")
        header: dict[str, Any] = msgspec.msgpack.decode(zlib.decompress(data[4:at]))
        self.date: str = header["date"]
        """Day of the facts, `2026-10-20`."""
        self.sources: list[dict[str, str]] = header["sources"]
        """Where they come from: `{name, version, licence}`."""
        self._dictionary = zlib.decompress(data[at : at + header["dictionary"]])
        at += header["dictionary"]
        self._blobs: dict[str, bytes] = {}
        for name, size in header["types"].items():
            self._blobs[name] = data[at : at + size]
            at += size
        self._types: dict[str, Schema] = {}
        self._by_letters: dict[str, str] | None = None

    @property
    def types(self) -> tuple[str, ...]:
        """Names of all types, sorted."""
        return tuple(self._blobs)

    def get(self, name: str) -> Schema | None:
        """The schema of a type; None where it is not known."""
        if name not in self._types:
            if name not in self._blobs:
                return None
            inflate = zlib.decompressobj(-15, zdict=self._dictionary)
            definitions, attributes, identifier = msgspec.msgpack.decode(inflate.decompress(self._blobs[name]))
            self._types[name] = Schema(name, definitions, tuple(attributes), tuple(identifier))
        return self._types[name]

    def named(self, letters: str) -> str:
        """The type whose service and name have these letters (`lambda_function`: `AWS::Lambda::Function`); else empty."""
        if self._by_letters is None:
            self._by_letters = {plain(name.removeprefix("AWS::")): name for name in self._blobs}
        return self._by_letters.get(plain(letters), "")


def plain(name: str) -> str:
    """A name without the marks and capitals in which spellings differ: `kms_key_id` and `KMSKeyId` are the same."""
    return name.replace("_", "").replace(":", "").replace("-", "").lower()


@cache
def schemas() -> Schemas:
    """The schemas; the file is read at the first call."""
    return Schemas()
