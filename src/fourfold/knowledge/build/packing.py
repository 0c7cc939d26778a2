"""What the builders share: where a package says its version, and how tables are squeezed."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import msgspec

DICTIONARY_BYTES_MAX = 32_768
"""The window of deflate: more of a preset dictionary is never looked at."""


def source(site_packages: Path, name: str, licence: str) -> dict[str, str]:
    """`{name, version, licence}` of an installed package."""
    metadata = next(site_packages.glob(f"{name.replace('-', '_')}-*.dist-info")) / "METADATA"
    lines = metadata.read_text("utf-8").splitlines()
    version = next(line.split(": ")[1] for line in lines if line.startswith("Version: "))
    return {"name": name, "version": version, "licence": licence}


def deflate(blob: bytes, dictionary: bytes) -> bytes:
    """Raw deflate with a preset dictionary."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=dictionary)
    return packer.compress(blob) + packer.flush()


def file(header: dict[str, Any], *parts: bytes) -> bytes:
    """4 bytes with the length of the header, the header (zlib, msgpack), and what follows."""
    head = zlib.compress(msgspec.msgpack.encode(header), 9)
    return len(head).to_bytes(4, "big") + head + b"".join(parts)
