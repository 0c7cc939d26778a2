"""What AWS's own translator makes of a template, compared with the reader's expansion in every world.

Both sides are read by the same reader: the template as it is, and the translator's output as plain CloudFormation. What
is not compared, because no check, identity or entry reads it, is listed in `LEFT_OUT` and `LEFT_OUT_OF_BODIES`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

from fourfold.model.place import Source
from fourfold.model.resource import Reading, Resource
from fourfold.model.value import Text, Value
from fourfold.model.world import explore, holds
from fourfold.sources import cloudformation
from fourfold.sources.tree import Tree

TRANSFORM = "AWS::Serverless-2016-10-31"

LEFT_OUT: dict[str, set[str]] = {
    "AWS::ApiGateway::Deployment": {"Description"},  # a hash of the document
    "AWS::ApiGateway::RestApi": {
        "DisableExecuteApiEndpoint",
        "FailOnWarnings",
        "Parameters",
    },  # the same in the document
    "AWS::ApiGatewayV2::Api": {"DisableExecuteApiEndpoint", "FailOnWarnings"},
    "AWS::AppSync::Resolver": {"Code"},  # SAM's own, which hands through
    "AWS::Lambda::Version": {"Description"},
    # The reader reads a definition into one value, however it is written.
    "AWS::StepFunctions::StateMachine": {"Definition", "DefinitionString", "DefinitionSubstitutions"},
}
LEFT_OUT_OF_BODIES = {
    "cacheKeyParameters", "consumes", "definitions", "parameters", "produces", "requestBody", "requestTemplates",
    "responses", "schemas", "servers", "summary", "x-amazon-apigateway-binary-media-types",
    "x-amazon-apigateway-endpoint-configuration", "x-amazon-apigateway-request-validators",
}  # fmt: skip
HASHED = (
    "AWS::ApiGateway",
    "AWS::AppSync",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
)
NAMED_BY_HASH = ("AWS::ApiGateway::DomainName", "AWS::ApiGatewayV2::DomainName", "AWS::ApiGateway::DomainNameV2")


def load(text: str) -> dict[str, Any]:
    """A template as the translator reads it, with local files as if they had been uploaded."""
    from samtranslator.yaml_helper import yaml_parse

    template: dict[str, Any] = json.loads(json.dumps(yaml_parse(text), default=str))
    _upload(template)
    return template


def _upload(node: Any) -> None:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("CodeUri", "ContentUri", "DefinitionUri", "SchemaUri") and isinstance(value, str):
                node[key] = value if value.startswith("s3://") else "s3://bucket/key"
            _upload(value)
    elif isinstance(node, list):
        for value in node:
            _upload(value)


def translated(template: dict[str, Any]) -> dict[str, Any]:
    """The translator's output; raises what it raises where it refuses the template."""
    from samtranslator.translator.transform import transform

    class Policies:
        def load(self) -> dict[str, str]:
            return {}

    output: dict[str, Any] = transform(json.loads(json.dumps(template)), {}, Policies())
    return output


def read(template: dict[str, Any]) -> Reading:
    """The template as the reader has it."""
    text = json.dumps(template)
    return cloudformation.read(Source("t.json", text), Tree(Path("/nonexistent"), {"t.json": text.encode()}))


def differences(template: dict[str, Any], output: dict[str, Any]) -> tuple[int, list[str]]:
    """Number of resources the translator makes, and where the reader's expansion is something else."""
    given = set(template.get("Resources", {}))
    ours, our_names = _by_id(read(template))
    theirs, their_names = _by_id(read({**output, "Transform": TRANSFORM}))
    out: list[str] = []
    for address in sorted(ours.keys() | theirs.keys()):
        mine, wanted = ours.get(address), theirs.get(address)
        kind = (wanted or ours[address]).type

        def compare(
            mine: Resource | None = mine, wanted: Resource | None = wanted, address: str = address
        ) -> Iterator[tuple[Hashable, None]]:
            here, there = mine is not None and holds(mine.condition), wanted is not None and holds(wanted.condition)
            if here != there:
                yield "is extra" if here else "is missing", None
            if mine is None or wanted is None or not here or not there:
                return
            if mine.type != wanted.type:
                if mine.type != "AWS::Serverless::Application":  # left to the reader of nested stacks
                    yield f"is {mine.type}", None
                return
            left, right = {}, {}
            _flatten("", _comparable(mine, our_names, own=address in given), left)
            _flatten("", _comparable(wanted, their_names, own=address in given), right)
            for path in sorted(left.keys() | right.keys()):
                if left.get(path) != right.get(path):
                    yield f"{path}: {json.dumps(left.get(path))} instead of {json.dumps(right.get(path))}", None

        found: dict[Hashable, None] = {}
        for leaf in explore(compare):
            found.update(dict.fromkeys(leaf.results))
        out += [f"{address} ({kind}) {difference}" for difference in found]
    return len(theirs), out


def _by_id(reading: Reading) -> tuple[dict[str, Resource], dict[str, str]]:
    """Resources by logical id without hash, and the new name of each id that had one."""
    out: dict[str, Resource] = {}
    names: dict[str, str] = {}
    for resource in reading.resources:
        address = resource.address
        if resource.type.startswith("Template::"):
            continue
        if resource.type.startswith(HASHED) and not resource.origin:
            address = re.sub(r"[0-9a-f]{10}$", "", address)
        if resource.type in NAMED_BY_HASH:
            address = f"<domain {resource.get('DomainName').plain()}>"
        elif resource.type == "AWS::Route53::RecordSetGroup":
            zone = [resource.get(key).plain() for key in ("HostedZoneId", "HostedZoneName")]
            address = f"<records {zone}>"
        if address != resource.address:
            names[resource.address] = address
        out[address] = resource
    return out, dict(sorted(names.items(), key=lambda pair: -len(pair[0])))


# -- one resource in one world -----------------------------------------------------------------------------------------


def _comparable(resource: Resource, names: dict[str, str], *, own: bool) -> Any:
    properties = _renamed(_settled(resource.properties) or {}, names)
    for key in LEFT_OUT.get(resource.type, ()):
        properties.pop(key, None)
    tags = properties.pop("Tags", None)
    if isinstance(tags, list):
        tags = [tag for tag in tags if not tag["Key"].startswith("sam:ConditionalDependsOn")]
    if tags and own:
        properties["Tags"] = tags
    if isinstance(properties.get("Body"), dict):
        properties["Body"] = _body(properties["Body"])
    return _in_order(properties)


def _settled(value: Value) -> Any:
    value = value.settle()
    if value.plain() is None:
        return None
    entries = value.entries() if type(value).__name__ == "Map" else None
    if entries is not None:
        pairs = ((key, _settled(entry)) for key, entry in entries)
        return {key: entry for key, entry in pairs if entry is not None}
    if type(value).__name__ == "Seq":
        return [_settled(item) for item in value.items()]
    if isinstance(value, Text):
        return "".join(part if isinstance(part, str) else f"${{{_settled(part)}}}" for part in value.parts)
    return value.plain()


def _renamed(data: Any, names: dict[str, str]) -> Any:
    """With ids without hashes, and the partition and region that the translator was run in."""
    if isinstance(data, dict):
        return {key: _renamed(value, names) for key, value in data.items()}
    if isinstance(data, list):
        return [_renamed(value, names) for value in data]
    if isinstance(data, str):
        data = data.replace("${AWS::Partition}", "aws").replace(REGION, "${AWS::Region}")
        for name, plain in names.items():
            data = data.replace(name, plain)
        return "${AWS::Region}" if data == "AWS::Region" else data
    return int(data) if isinstance(data, float) and data.is_integer() else data


REGION = "ap-southeast-1"


def _body(data: Any) -> Any:
    """What matters of an OpenAPI document."""
    if isinstance(data, list):
        return [_body(value) for value in data]
    if not isinstance(data, dict):
        return data
    out = {key.replace("/$default", "$default"): _body(value) for key, value in data.items()}
    return {
        key: value
        for key, value in out.items()
        if key not in LEFT_OUT_OF_BODIES and value != {} and not (key == "allowCredentials" and value is False)
    }


def _in_order(data: Any) -> Any:
    """Lists as sets: the order of statements, policies and targets has no meaning, nor has writing one twice."""
    if isinstance(data, dict):
        return {key: _in_order(value) for key, value in data.items()}
    if isinstance(data, list):
        by_text = {json.dumps(item, sort_keys=True): item for item in map(_in_order, data)}
        return [by_text[text] for text in sorted(by_text)]
    return data


def _flatten(path: str, data: Any, out: dict[str, Any]) -> None:
    if isinstance(data, dict) and data:
        for key, value in data.items():
            _flatten(f"{path}/{key}", value, out)
    else:
        out[path] = data
