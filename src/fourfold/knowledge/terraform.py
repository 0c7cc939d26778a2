"""The arguments and blocks of the Terraform AWS provider's resource types, as far as they are translated.

The facts stand in the documentation of the provider (https://registry.terraform.io/providers/hashicorp/aws/latest/docs);
`terraform.data`, which `fourfold data --rebuild` writes, is zlib, msgpack:
{format, provider, sources, types: {type: tree}}. A tree maps an argument to 0, and a block to its tree; `*` before a block's
name says that it may be written several times, `+` that it is written once.
"""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

FORMAT = 1
_FILE = Path(__file__).with_name("terraform.data")


class Arguments(msgspec.Struct, frozen=True):
    """Everything that is known of the provider."""

    format: int
    provider: str
    """The version of the provider."""
    sources: list[dict[str, str]]
    types: dict[str, dict[str, Any]]


def read(file: Path) -> Arguments:
    """The arguments that a file holds."""
    return msgspec.msgpack.decode(zlib.decompress(file.read_bytes()), type=Arguments)


@cache
def arguments() -> Arguments:
    """The arguments; the file is read at the first call."""
    return read(_FILE)
