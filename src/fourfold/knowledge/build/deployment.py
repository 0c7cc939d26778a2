"""Compiles `deployment.data` from the handlers in the resource schemas of the package `cfn-lint` (MIT-0).

The format is described in `fourfold.knowledge.deployment`, which reads it. What is taken are facts: which actions
CloudFormation calls to create, read, update, delete and list a resource of each type.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import msgspec

from fourfold.knowledge.build.cloudformation import schema_date, schemas
from fourfold.knowledge.build.packing import source
from fourfold.knowledge.deployment import FORMAT, OPERATIONS

PACKAGES = ("cfn-lint",)


def build(site_packages: Path) -> bytes:
    """The actions of all types that have handlers."""
    found = {name: lists for name, schema in schemas(site_packages).items() if any(lists := _lists(schema))}
    actions = sorted({a for lists in found.values() for one in lists for a in one or ()})
    at = {a: i for i, a in enumerate(actions)}
    content = {
        "format": FORMAT,
        "date": schema_date(site_packages),
        "sources": [source(site_packages, "cfn-lint", "MIT-0")],
        "actions": actions,
        "types": {n: [None if one is None else [at[a] for a in one] for one in lists] for n, lists in found.items()},
    }
    return zlib.compress(msgspec.msgpack.encode(content), 9)


def _lists(schema: dict[str, Any]) -> list[list[str] | None]:
    """For each of OPERATIONS its actions; None where the type has no such handler."""
    handlers: dict[str, Any] = schema.get("handlers") or {}
    tagging = schema.get("tagging")
    if isinstance(tagging, dict) and tagging.get("permissions"):
        handlers = {**handlers, "tagging": tagging} if handlers else {}
    out: list[list[str] | None] = []
    for name in OPERATIONS:
        written = handlers.get(name)
        actions = {a.strip() for a in written.get("permissions", ())} if written is not None else None
        out.append(None if actions is None else sorted(a for a in actions if ":" in a))
    return out
