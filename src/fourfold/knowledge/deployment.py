"""Which actions CloudFormation calls to create, read, update, delete and list a resource of each type.

    deployment("AWS::SQS::Queue")["create"]     # ("sqs:CreateQueue", "sqs:GetQueueAttributes", ...)

The facts are the handlers in AWS's public resource schemas
(https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html#schema-properties-handlers), as the
package named in `deployments().sources` collected them on `deployments().date`. They stand in `deployment.data`, which
`fourfold data --rebuild` writes: zlib, msgpack: {format, date, sources, actions: sorted, types: {type: lists}} with one list
for each of OPERATIONS, of indices into `actions`, or nil where the type has no such handler.

A few schemas name patterns (`ec2:Describe*`) or actions that do not exist; they are given as they are written.
"""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path

import msgspec

FORMAT = 1
OPERATIONS = ("create", "read", "update", "delete", "list", "tagging")
"""`tagging` are the actions with which a type's tags are changed, where its schema says so."""

_FILE = Path(__file__).with_name("deployment.data")


class Deployments(msgspec.Struct, frozen=True):
    """The table as it is stored."""

    format: int
    date: str
    """Day of the schemas, `2026-10-20`."""
    sources: list[dict[str, str]]
    """Where they come from: `{name, version, licence}`."""
    actions: list[str]
    types: dict[str, list[list[int] | None]]

    def get(self, name: str) -> dict[str, tuple[str, ...]] | None:
        """Operation: actions of a type; None for a type that is not known, or whose schema names no handlers."""
        lists = self.types.get(name)
        if lists is None:
            return None
        named = zip(OPERATIONS, lists, strict=False)
        return {operation: tuple(self.actions[i] for i in one) for operation, one in named if one is not None}


def read(file: Path) -> Deployments:
    """The table of a file."""
    return msgspec.msgpack.decode(zlib.decompress(file.read_bytes()), type=Deployments)


@cache
def deployments() -> Deployments:
    """The table that comes with fourfold; the file is read at the first call."""
    return read(_FILE)


def deployment(name: str) -> dict[str, tuple[str, ...]] | None:
    """Operation (one of OPERATIONS): the actions that CloudFormation calls for it on a resource of this type.

    An operation that the type does not have is no key. None for a type that is not known, or whose schema names no handlers.
    """
    return deployments().get(name)
