"""Compiles `src/fourfold/knowledge/cloudformation.data` from the resource schemas in the package `cfn-lint` (MIT-0).

    python -m venv data && data/bin/pip install --no-deps cfn-lint
    python tools/build_cloudformation_schemas.py data/lib/python3.*/site-packages

The format is described in `fourfold.knowledge.cloudformation`, which reads it. What is taken are facts: names and shapes of
properties, attributes and identifiers; no descriptions.
"""

from __future__ import annotations

import json
import sys
import zlib
from pathlib import Path
from typing import Any

import msgspec

from fourfold.knowledge.cloudformation import FORMAT, plain

OUT = Path(__file__).parents[1] / "src" / "fourfold" / "knowledge" / "cloudformation.data"
DICTIONARY_BYTES_MAX = 32_768
"""The window of deflate: more of a preset dictionary is never looked at."""


def main(site_packages: Path) -> None:
    """Write the schemas of all types, and say how large they are."""
    schemas = site_packages / "cfnlint" / "data" / "schemas"
    files: dict[str, str] = {}
    for region in [schemas / "providers" / "us-east-1.json", *sorted((schemas / "providers").glob("*.json"))]:
        for name, file in json.loads(region.read_text()).items():
            files.setdefault(name, file)
    packed = {n: _type(json.loads((schemas / "resources" / f"{files[n]}.json").read_text())) for n in sorted(files)}
    plain_blobs = {name: msgspec.msgpack.encode(one) for name, one in packed.items()}
    dictionary = b"".join(sorted(plain_blobs.values(), key=len))[-DICTIONARY_BYTES_MAX:]
    blobs = {name: _deflate(blob, dictionary) for name, blob in plain_blobs.items()}
    metadata = next(site_packages.glob("cfn_lint-*.dist-info/METADATA")).read_text()
    version = next(line.split(": ")[1] for line in metadata.splitlines() if line.startswith("Version: "))
    header = {
        "format": FORMAT,
        "date": json.loads((schemas / "version.json").read_text())["schema_date"][:10],
        "sources": [{"name": "cfn-lint", "version": version, "licence": "MIT-0"}],
        "types": {name: len(blob) for name, blob in blobs.items()},
        "dictionary": len(squeezed := zlib.compress(dictionary, 9)),
    }
    head = zlib.compress(msgspec.msgpack.encode(header), 9)
    OUT.write_bytes(len(head).to_bytes(4, "big") + head + squeezed + b"".join(blobs.values()))
    print(f"{OUT.name}: {OUT.stat().st_size:,} bytes, {len(blobs)} types, {header['date']}")


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


def _deflate(blob: bytes, dictionary: bytes) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=dictionary)
    return deflate.compress(blob) + deflate.flush()


if __name__ == "__main__":
    assert plain("KMSKeyId") == "kmskeyid"
    main(Path(sys.argv[1]))
