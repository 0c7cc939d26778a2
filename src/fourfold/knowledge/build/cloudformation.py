"""Compiles `cloudformation.data` from the resource schemas in the package `cfn-lint` (MIT-0).

The format is described in `fourfold.knowledge.cloudformation`, which reads it. What is taken are facts: names and shapes of
properties, attributes and identifiers; no descriptions.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import msgspec

from fourfold.knowledge.build.packing import DICTIONARY_BYTES_MAX, deflate, file, source
from fourfold.knowledge.cloudformation import FORMAT

PACKAGES = ("cfn-lint",)


def build(site_packages: Path) -> bytes:
    """The schemas of all types."""
    packed = {name: _type(schema) for name, schema in schemas(site_packages).items()}
    plain_blobs: dict[str, bytes] = {name: msgspec.msgpack.encode(one) for name, one in packed.items()}
    by_size = sorted(plain_blobs.values(), key=len)
    dictionary = b"".join(by_size)[-DICTIONARY_BYTES_MAX:]
    blobs = {name: deflate(blob, dictionary) for name, blob in plain_blobs.items()}
    header = {
        "format": FORMAT,
        "date": schema_date(site_packages),
        "sources": [source(site_packages, "cfn-lint", "MIT-0")],
        "types": {name: len(blob) for name, blob in blobs.items()},
        "dictionary": len(squeezed := zlib.compress(dictionary, 9)),
    }
    return file(header, squeezed, *blobs.values())


def schemas(site_packages: Path) -> dict[str, dict[str, Any]]:
    """Type: its schema, of the first region that has it, us-east-1 before others; sorted."""
    folder = site_packages / "cfnlint" / "data" / "schemas"
    files: dict[str, str] = {}
    for region in [folder / "providers" / "us-east-1.json", *sorted((folder / "providers").glob("*.json"))]:
        for name, one in json.loads(region.read_text()).items():
            files.setdefault(name, one)
    return {n: json.loads((folder / "resources" / f"{files[n]}.json").read_text()) for n in sorted(files)}


def schema_date(site_packages: Path) -> str:
    """The day of the schemas, `2026-10-20`."""
    version = site_packages / "cfnlint" / "data" / "schemas" / "version.json"
    date: str = json.loads(version.read_text())["schema_date"]
    return date[:10]


def _type(schema: dict[str, Any]) -> list[Any]:
    builder = _Builder(schema)
    builder.object("", schema)
    read_only = [p.removeprefix("/properties/").replace("/", ".") for p in schema.get("readOnlyProperties", ())]
    identifier = [p.removeprefix("/properties/") for p in schema.get("primaryIdentifier", ())]
    return [builder.out, read_only, identifier]


class _Builder:
    """The definitions that a schema's properties reach."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.definitions: dict[str, Any] = schema.get("definitions", {})
        self.out: dict[str, dict[str, str]] = {}

    def object(self, name: str, schema: dict[str, Any]) -> None:
        """Write the definition `name`."""
        self.out[name] = {}
        for prop, inner in sorted(_properties(schema).items()):
            self.out[name][prop] = self.kind(f"{name}.{prop}" if name else prop, inner)

    def kind(self, name: str, schema: dict[str, Any]) -> str:
        if "$ref" in schema:
            target = schema["$ref"].rpartition("/")[2]
            inner = self.definitions.get(target, {})
            if not _properties(inner):
                return self.kind(target, inner)
            if target not in self.out:
                self.object(target, inner)
            return f"@{target}"
        types = schema.get("type", "")
        types = [types] if isinstance(types, str) else types
        if "array" in types:
            return "[" + self.kind(f"{name}.Item", schema.get("items", {}))
        if _properties(schema):
            self.object(name, schema)
            return f"@{name}"
        if "object" in types or "patternProperties" in schema or schema.get("format") == "json":
            return "*"
        return "b" if "boolean" in types else "n" if {"integer", "number"} & set(types) else "s"


def _properties(schema: dict[str, Any]) -> dict[str, Any]:
    out = dict(schema.get("properties", {}))
    for word in ("oneOf", "anyOf", "allOf"):
        for inner in schema.get(word, ()):
            for name, value in inner.get("properties", {}).items():
                if value and value is not True:
                    out.setdefault(name, value)
    return out
