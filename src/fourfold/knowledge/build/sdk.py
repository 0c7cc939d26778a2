"""Compiles `sdk.data` from the packages `botocore` and `boto3` (both Apache-2.0).

The format is described in `fourfold.knowledge.sdk`, which reads it. What is taken are facts: names of services, operations,
paginators, waiters, and what the methods of boto3's resources call; no descriptions and no shapes.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from fourfold.knowledge.build.packing import deflate, file, source
from fourfold.knowledge.iam import Service, catalogue
from fourfold.knowledge.sdk import FORMAT

PACKAGES = ("botocore", "boto3")

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


def build(site_packages: Path) -> bytes:
    """All services. The day is that of the newest version of a service's API: the packages say no other."""
    services: dict[str, list[Any]] = {}
    blobs: list[bytes] = []
    newest = ""
    for name, folder in _folders(site_packages / "botocore" / "data"):
        model = _json(folder / "service-2.json")
        if model is None:
            continue
        prefix = _prefix(name, model)
        blob = _service(model, folder, prefix, _resources(site_packages / "boto3" / "data" / name))
        services[name] = [prefix, model["metadata"].get("serviceId", name), len(blob)]
        blobs.append(blob)
        newest = max(newest, folder.name)
    if not services:
        raise ValueError("botocore holds no services")
    sources = [source(site_packages, name, "Apache-2.0") for name in PACKAGES]
    return file({"format": FORMAT, "date": newest, "sources": sources, "services": services}, *blobs)


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


def _prefix(name: str, model: dict[str, Any]) -> str:
    """The prefix of the service's actions: of the names it has, the one with the most actions that are called alike."""
    metadata = model["metadata"]
    candidates = [PREFIXES.get(name), metadata.get("signingName"), metadata.get("endpointPrefix"), name]
    found = [s for c in candidates if c and (s := catalogue().service(c)) is not None]
    if name in PREFIXES or not found:
        best = found[0] if found else None
    else:
        best = max(found, key=lambda s: _named(model, s))
    return best.prefix if best else str(metadata.get("signingName") or name)


def _named(model: dict[str, Any], service: Service) -> int:
    return sum(name.lower() in service.actions for name in model["operations"])


def _service(model: dict[str, Any], folder: Path, prefix: str, resources: dict[str, Any]) -> bytes:
    operations = sorted(model["operations"])
    methods = {}
    if prefix == "apigateway":
        # API Gateway's own management actions are HTTP methods, and what they work on is the path.
        methods = {name: _request(model["operations"][name]["http"]) for name in operations}
    waiters = (_json(folder / "waiters-2.json") or {}).get("waiters", {})
    pages = (_json(folder / "paginators-1.json") or {}).get("pagination", {})
    row = [operations, {n: w["operation"] for n, w in waiters.items()}, sorted(pages), methods, resources]
    return deflate(msgspec.msgpack.encode(row), b"")


def _request(http: dict[str, str]) -> str:
    return f"{http['method']} {http['requestUri'].partition('?')[0]}"


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
