"""ECS task definitions and services as the ECS API and `aws ecs describe-*` write them.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html and API_Service.html.
The API spells in camelCase what CloudFormation spells in PascalCase; the resources given here are CloudFormation's.
"""

from __future__ import annotations

from fourfold.model.place import Source
from fourfold.model.resource import Reading, Resource
from fourfold.model.value import Map, Seq, Value
from fourfold.sources.syntax.json import parse_json
from fourfold.sources.tree import Tree

_FREE_KEYS = {"Options", "DockerLabels", "DriverOpts", "Labels", "LogDriverOptions"}
"""Mappings whose keys are the user's own."""


def claims(path: str, data: bytes) -> bool:
    """Whether this looks like a task definition or a service."""
    return path.endswith(".json") and (b'"containerDefinitions"' in data or b'"taskDefinition"' in data)


def read(source: Source, tree: Tree) -> Reading:
    """The task definition or services of one JSON file."""
    reading = Reading()
    value, reading.problems = parse_json(source)
    if isinstance(value, Map):
        definition = value.get("taskDefinition")
        _task(definition if isinstance(definition, Map) else value, reading)
        for _, service in value.get("services").elements():
            _service(service, reading)
        if "taskDefinition" in value.entries_ and not isinstance(definition, Map):
            _service(value, reading)
    return reading


def _task(value: Value, reading: Reading) -> None:
    if not isinstance(value, Map) or "containerDefinitions" not in value.entries_:
        return
    properties = pascal(value)
    name = str(properties.get("Family").plain() or "task")
    reading.resources.append(Resource("AWS::ECS::TaskDefinition", name, properties, value.span, "ecs"))


def _service(value: Value, reading: Reading) -> None:
    if isinstance(value, Map):
        properties = pascal(value)
        name = str(properties.get("ServiceName").plain() or "service")
        reading.resources.append(Resource("AWS::ECS::Service", name, properties, value.span, "ecs"))


def pascal(value: Value, *, free: bool = False) -> Value:
    """The same tree with CloudFormation's spelling of the keys; inserts into it are written in camelCase."""
    if isinstance(value, Map):
        entries = {
            (key if free else key[:1].upper() + key[1:]): pascal(entry, free=key[:1].upper() + key[1:] in _FREE_KEYS)
            for key, entry in value.entries_.items()
        }
        return Map(
            value.source, value.start, value.end, value.key_start, entries, value.provenance, "" if free else "camel"
        )
    if isinstance(value, Seq):
        items = tuple(pascal(item) for item in value.items_)
        return Seq(value.source, value.start, value.end, value.key_start, items, value.provenance, "camel")
    return value
