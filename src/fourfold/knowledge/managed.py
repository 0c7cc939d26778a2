"""The policies that AWS manages, as the package named in `policies().sources` had them on `policies().date`.

    managed_policy("arn:aws:iam::aws:policy/ReadOnlyAccess")    # its document, a dict
    managed("AWSLambdaBasicExecutionRole").arn                  # ...:aws:policy/service-role/AWSLambdaBasicExecutionRole

AWS describes them at https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html.
They stand in `managed.data`, which `fourfold data --rebuild` writes:

    4 bytes      length of the header, big endian
    header       zlib, msgpack: {format, date, sources, policies: rows, chunk, chunks: [bytes]}
                 row: [name, path, version, created, updated, bytes of the document]
    chunks       zlib, the documents (msgpack) of `chunk` rows one after the other

Only the chunks that are asked for are opened.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

FORMAT = 1
_FILE = Path(__file__).with_name("managed.data")


class Managed(msgspec.Struct, frozen=True):
    """One policy that AWS manages."""

    name: str
    path: str
    """`/`, `/service-role/`, `/job-function/` or `/aws-service-role/`."""
    version: str
    """The version that was the default: `v11`."""
    created: str
    updated: str
    """Days, `2026-03-26`."""
    document: dict[str, Any]
    """The policy as AWS publishes it; a copy of one's own."""

    @property
    def arn(self) -> str:
        """In the commercial partition."""
        return f"arn:aws:iam::aws:policy{self.path}{self.name}"


class Policies:
    """All policies, each decoded when it is asked for."""

    def __init__(self, file: Path = _FILE) -> None:
        data = file.read_bytes()
        at = 4 + int.from_bytes(data[:4], "big")
        header: dict[str, Any] = msgspec.msgpack.decode(zlib.decompress(data[4:at]))
        self.date: str = header["date"]
        """Day of the newest change among them, `2026-09-30`."""
        self.sources: list[dict[str, str]] = header["sources"]
        """Where they come from: `{name, version, licence}`."""
        self._rows: dict[str, list[Any]] = {}
        self._place: dict[str, tuple[int, int]] = {}
        """Name: number of the chunk, and offset in it."""
        offset = 0
        for i, row in enumerate(header["policies"]):
            offset = 0 if i % header["chunk"] == 0 else offset
            self._rows[row[0]] = row
            self._place[row[0]] = (i // header["chunk"], offset)
            offset += row[5]
        self._packed: list[bytes] = []
        for size in header["chunks"]:
            self._packed.append(data[at : at + size])
            at += size
        self._chunks: dict[int, bytes] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all policies, sorted."""
        return tuple(self._rows)

    def __iter__(self) -> Iterator[Managed]:
        return (one for name in self._rows if (one := self.get(name)) is not None)

    def get(self, name_or_arn: str) -> Managed | None:
        """The policy of a name, or of an ARN in any partition; None where there is none. Case matters, as it does to IAM."""
        name = name_or_arn
        if name.startswith("arn:"):
            _, _, rest = name.partition(":iam::aws:policy/")
            name = rest.rpartition("/")[2]
            if name not in self._rows or self._rows[name][1] + name != "/" + rest:
                return None
        if name not in self._rows:
            return None
        chunk, at = self._place[name]
        if chunk not in self._chunks:
            self._chunks[chunk] = zlib.decompress(self._packed[chunk])
        row = self._rows[name]
        document = msgspec.msgpack.decode(self._chunks[chunk][at : at + row[5]])
        return Managed(name, path=row[1], version=row[2], created=row[3], updated=row[4], document=document)


@cache
def policies() -> Policies:
    """The policies that come with fourfold; the file is read at the first call."""
    return Policies()


def managed(name_or_arn: str) -> Managed | None:
    """The policy that AWS manages under this name or ARN; None where there is none."""
    return policies().get(name_or_arn)


def managed_policy(name_or_arn: str) -> dict[str, Any] | None:
    """The document of a policy that AWS manages, by its name or ARN; None where there is none."""
    found = managed(name_or_arn)
    return None if found is None else found.document
