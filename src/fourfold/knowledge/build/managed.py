"""Compiles `managed.data` from the AWS managed policies that the package `moto` (Apache-2.0) carries.

The format is described in `fourfold.knowledge.managed`, which reads it. What is taken are the policies as AWS publishes
them: name, path, version, dates and document.
"""

from __future__ import annotations

import ast
import json
import zlib
from pathlib import Path
from typing import Any

import msgspec

from fourfold.knowledge.build.packing import file, source
from fourfold.knowledge.managed import FORMAT

PACKAGES = ("moto",)
CHUNK = 48
"""Policies that are squeezed together: more are smaller, fewer are quicker to open."""


def build(site_packages: Path) -> bytes:
    """All policies, by name."""
    policies = _policies(site_packages / "moto" / "iam" / "aws_managed_policies.py")
    rows: list[list[Any]] = []
    blobs: list[bytes] = []
    for name, one in sorted(policies.items()):
        updated = (one.get("UpdateDate") or one["CreateDate"])[:10]
        blobs.append(msgspec.msgpack.encode(one["Document"]))
        rows.append([name, one["Path"], one["DefaultVersionId"], one["CreateDate"][:10], updated, len(blobs[-1])])
    chunks = [zlib.compress(b"".join(blobs[i : i + CHUNK]), 9) for i in range(0, len(blobs), CHUNK)]
    header = {
        "format": FORMAT,
        "date": max(row[4] for row in rows),
        "sources": [source(site_packages, "moto", "Apache-2.0")],
        "policies": rows,
        "chunk": CHUNK,
        "chunks": [len(c) for c in chunks],
    }
    return file(header, *chunks)


def _policies(module: Path) -> dict[str, dict[str, Any]]:
    """The module's one text, read without running the module."""
    for node in ast.parse(module.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            policies: dict[str, dict[str, Any]] = json.loads(node.value.value)
            return policies
    raise ValueError(f"{module} holds no policies")
