"""Compiles `src/fourfold/knowledge/sdk.data` from the packages `botocore` and `boto3` (both Apache-2.0).

    python -m venv data && data/bin/pip install boto3
    python tools/build_sdk.py data/lib/python3.*/site-packages 2026-11-22

The format is described in `fourfold.knowledge.sdk`, which reads it. What is taken are facts: names of services, operations,
paginators, waiters, and what the methods of boto3's resources call; no descriptions and no shapes.
"""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from fourfold.knowledge.iam import Service, catalogue
from fourfold.knowledge.sdk import FORMAT

OUT = Path(__file__).parents[1] / "src" / "fourfold" / "knowledge" / "sdk.data"

PREFIXES = {
    "iot-data": "iot",
    "iotsecuretunneling": "iot",
    "keyspaces": "cassandra",
    "cloudcontrol": "cloudformation",
    "resourcegroupstaggingapi": "tag",
    "connectparticipant": "connect",
    "partnercentral-selling": "partnercentral",
    "partnercentral-account": "partnercentral",
    "partnercentral-benefits": "partnercentral",
    "partnercentral-channel": "partnercentral",
    "mturk": "mechanicalturk",
}
"""Where neither the signing name nor the endpoint's prefix is that of the service authorization reference."""


def main(site_packages: Path, date: str) -> None:
    """Write the table, and say how many operations have an action of their own name."""
    header: dict[str, Any] = {
        "format": FORMAT,
        "date": date,
        "sources": [_version(site_packages, name) for name in ("botocore", "boto3")],
        "services": {},
    }
    blobs: list[bytes] = []
    operations = named = 0
    for name, folder in _folders(site_packages / "botocore" / "data"):
        model = _json(folder / "service-2.json")
        if model is None:
            continue
        prefix, count = _prefix(name, model)
        operations += len(model["operations"])
        named += count
        blob = _service(model, folder, prefix, _resources(site_packages / "boto3" / "data" / name))
        header["services"][name] = [prefix, model["metadata"].get("serviceId", name), len(blob)]
        blobs.append(blob)
    head = zlib.compress(msgspec.msgpack.encode(header), 9)
    OUT.write_bytes(len(head).to_bytes(4, "big") + head + b"".join(blobs))
    share = f"{named / operations:.1%}"
    print(
        f"{OUT.name}: {OUT.stat().st_size:,} bytes, {len(blobs)} services, {operations:,} operations, {share} same-named"
    )


def _folders(data: Path) -> Iterator[tuple[str, Path]]:
    """Every service with the folder of its newest version."""
    for service in sorted(data.iterdir()):
        versions = sorted(p for p in service.iterdir() if p.is_dir()) if service.is_dir() else []
        if versions:
            yield service.name, versions[-1]


def _json(path: Path) -> Any:
    packed = path.with_name(path.name + ".gz")
    if packed.is_file():
        return json.loads(gzip.decompress(packed.read_bytes()))
    return json.loads(path.read_bytes()) if path.is_file() else None


def _prefix(name: str, model: dict[str, Any]) -> tuple[str, int]:
    """The prefix of the service's actions, and how many operations have an action of their name there."""
    metadata = model["metadata"]
    candidates = [PREFIXES.get(name), metadata.get("signingName"), metadata.get("endpointPrefix"), name]
    found = [s for c in candidates if c and (s := catalogue().service(c)) is not None]
    if name in PREFIXES or not found:
        best = found[0] if found else None
    else:
        best = max(found, key=lambda s: _named(model, s))
    return (best.prefix, _named(model, best)) if best else (metadata.get("signingName") or name, 0)


def _named(model: dict[str, Any], service: Service) -> int:
    return sum(name.lower() in service.actions for name in model["operations"])


def _service(model: dict[str, Any], folder: Path, prefix: str, resources: dict[str, Any]) -> bytes:
    operations = sorted(model["operations"])
    methods = {}
    if prefix == "apigateway":
        # API Gateway's own management actions are HTTP methods.
        methods = {name: model["operations"][name]["http"]["method"] for name in operations}
    waiters = (_json(folder / "waiters-2.json") or {}).get("waiters", {})
    pages = (_json(folder / "paginators-1.json") or {}).get("pagination", {})
    row = [operations, {n: w["operation"] for n, w in waiters.items()}, sorted(pages), methods, resources]
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflate.compress(msgspec.msgpack.encode(row)) + deflate.flush()


# -- resources of boto3 ------------------------------------------------------------------------------------------------


def _resources(folder: Path) -> dict[str, Any]:
    """By type (empty: the service itself): [identifiers, methods, sub-resources, collections]."""
    versions = sorted(folder.iterdir()) if folder.is_dir() else []
    model = _json(versions[-1] / "resources-1.json") if versions else None
    if model is None:
        return {}
    return {"": _resource(model["service"])} | {name: _resource(row) for name, row in model["resources"].items()}


def _resource(row: dict[str, Any]) -> list[Any]:
    methods = {name: _call(action) for name, action in row.get("actions", {}).items()}
    if "load" in row:
        methods["Load"] = methods["Reload"] = _call(row["load"])
    methods |= {f"WaitUntil{n}": ["", _params(w), [], w["waiterName"]] for n, w in row.get("waiters", {}).items()}
    return [
        [i["name"] for i in row.get("identifiers", ())],
        methods,
        {name: _made(has["resource"]) for name, has in row.get("has", {}).items()},
        {name: _call(many) for name, many in row.get("hasMany", {}).items()},
    ]


def _call(action: dict[str, Any]) -> list[Any]:
    """[operation, parameters, what it gives, waiter]."""
    request = action.get("request", {})
    return [request.get("operation", ""), _params(request), _made(action.get("resource", {})), ""]


def _params(request: dict[str, Any]) -> list[list[str]]:
    """[target, source, name]: a parameter, and the identifier or constant that fills it."""
    return [
        [p["target"], p["source"], str(p.get("name") or p.get("value") or p.get("path") or "")]
        for p in request.get("params", ())
    ]


def _made(resource: dict[str, Any]) -> list[Any]:
    """[type, [identifier, source, name or path]]; empty where nothing is made."""
    if not resource:
        return []
    found = [[i["target"], i["source"], i.get("name") or i.get("path") or ""] for i in resource.get("identifiers", ())]
    return [resource["type"], found]


def _version(site_packages: Path, name: str) -> dict[str, str]:
    found = next(site_packages.glob(f"{name}-*.dist-info"))
    return {"name": name, "version": found.name.split("-")[1].removesuffix(".dist"), "licence": "Apache-2.0"}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
