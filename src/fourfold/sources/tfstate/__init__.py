"""States: what Terraform last saw of what exists, and the secrets that it keeps there in clear.

Files of format version 4 (`terraform.tfstate`), and what `terraform show -json` prints of a state. Where the configuration
is in the scanned tree, its resources are judged there; else those of the state are.
Sources: https://developer.hashicorp.com/terraform/internals/json-format#state-representation,
https://developer.hashicorp.com/terraform/language/state/sensitive-data.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fourfold.model.place import Problem, Source
from fourfold.model.resource import Reading, Resource
from fourfold.model.value import Known, Map, Seq, Value, known, sequence
from fourfold.sources.plan import Planned, declaring, marked, planned_rows, text
from fourfold.sources.plan.references import bare_address, rows_of
from fourfold.sources.plan.secrets import covered, texts
from fourfold.sources.syntax.json import parse_json, parse_json_at
from fourfold.sources.terraform.evaluate.kinds import is_null
from fourfold.sources.terraform.roots import project_of
from fourfold.sources.terraform.translate import resources
from fourfold.sources.tree import Tree

TYPE = "Terraform::State"
"""A resource that stands for the file: `Resources` holds the attributes by address, `Sensitive` the paths of what
Terraform marks."""
VERSION = 4
_KEYS = (
    (b'"terraform_version"', b'"lineage"', b'"resources"'),
    (b'"terraform_version"', b'"values"', b'"root_module"'),
)


def claims(path: str, data: bytes) -> bool:
    """Whether this is a state; its keys say so."""
    return any(all(word in data for word in words) for words in _KEYS) and b'"planned_values"' not in data


def read(source: Source, tree: Tree) -> Reading:
    """What the state says that exists, and the file itself with all it holds."""
    try:
        state = json.loads(source.text)
    except (ValueError, RecursionError):
        return Reading(problems=parse_json(source)[1] or [Problem(source.path, 0, "not valid JSON")])
    if not isinstance(state, dict):
        return Reading()
    problems: list[Problem] = []
    if "values" in state:
        found = list(_shown(source, state, problems))
    elif state.get("version") == VERSION:
        found = list(_stored(source, state, problems))
    else:
        reason = (
            f"a state of version {state.get('version')} is not read; terraform 0.12 and later write version {VERSION}"
        )
        return Reading(problems=[Problem(source.path, 1, reason)])
    reading = Reading(problems=problems)
    declared = {("managed", p.type, p.name) for p, _ in found if not p.address.startswith("module.")}
    calls = {bare_address(p.address).split(".")[1] for p, _ in found if p.address.startswith("module.")}
    if declaring(project_of(tree), source.path, declared, calls) is None:
        made, wrong = resources([p for p, _ in found], lambda address: f"{source.path}#{address}")
        reading.resources += made
        problems += wrong
    if found:
        reading.resources.append(_file(found))
    return reading


def _file(found: list[tuple[Planned, list[str]]]) -> Resource:
    """The file as a resource."""
    first, last = found[0][0].values, found[-1][0].values
    at = Map(first.source, first.start, last.end, -1, {})
    rows = Map(at.source, at.start, at.end, -1, {planned.address: planned.values for planned, _ in found})
    paths: list[Value] = [known(f"{planned.address}/{path}", at=planned.values) for planned, ps in found for path in ps]
    entries: dict[str, Value] = {"Resources": rows, "Sensitive": sequence(paths, at=at)}
    whole = Map(at.source, at.start, at.end, -1, entries)
    return Resource(TYPE, at.source.path.rpartition("/")[2], whole, first.span, "tfstate")


def _shown(source: Source, state: dict[str, Any], problems: list[Problem]) -> Iterator[tuple[Planned, list[str]]]:
    """(resource instance, paths of what is sensitive) of a state that `terraform show -json` printed."""
    values = state["values"]
    root = values.get("root_module") if isinstance(values, dict) else None
    shown = covered(source, marked(root, 0))
    for address, row, found, sensitive in planned_rows(source, "values", shown, problems):
        planned = Planned("resource", text(row, "type"), text(row, "name"), address, _written(found))
        yield planned, list(_paths(sensitive, ""))


def _stored(source: Source, state: dict[str, Any], problems: list[Problem]) -> Iterator[tuple[Planned, list[str]]]:
    """(resource instance, paths of what is sensitive) of a state file."""
    secrets: list[str] = []
    for row in rows_of(state, "resources"):
        for instance in rows_of(row, "instances"):
            for path in _steps(instance.get("sensitive_attributes")):
                secrets += texts(_walked(instance.get("attributes"), path), mask=True)
    value, wrong = parse_json_at(source, "resources", covered(source, secrets))
    problems += wrong
    for one in value.items_ if isinstance(value, Seq) else ():
        if not isinstance(one, Map) or not one.get("mode").surely("managed"):
            continue
        module = text(one, "module")
        base = f"{module}." if module else ""
        kind, name = text(one, "type"), text(one, "name")
        instances = one.get("instances")
        for each in instances.items_ if isinstance(instances, Seq) else ():
            attributes = each.get("attributes")
            if isinstance(attributes, Map):
                key = each.get("index_key")
                index = f"[{json.dumps(key.value)}]" if isinstance(key, Known) and key.value is not None else ""
                marks = each.get("sensitive_attributes").plain() if isinstance(each, Map) else None
                paths = ["/".join(map(str, path)) for path in _steps(marks)]
                yield Planned("resource", kind, name, f"{base}{kind}.{name}{index}", _written(attributes)), paths


def _written(values: Map) -> Map:
    """A resource's attributes without those that are not set."""
    entries = {
        name: value
        for name, value in ((name, _unwrapped(value)) for name, value in values.entries_.items())
        if not is_null(value) and not (isinstance(value, Seq) and not value.items_) and not value.surely("")
    }
    return Map(values.source, values.start, values.end, -1, entries)


def _unwrapped(value: Value) -> Value:
    """An attribute of any type is kept with its type beside it."""
    if isinstance(value, Map) and value.entries_.keys() == {"value", "type"}:
        return value.entries_["value"]
    return value


def _steps(marks: Any) -> Iterator[tuple[str | int, ...]]:
    """The paths of `sensitive_attributes`: each a list of attribute and index steps."""
    for path in marks if isinstance(marks, list) else ():
        steps: list[str | int] = []
        for step in path if isinstance(path, list) else ():
            value = step.get("value") if isinstance(step, dict) else None
            value = value.get("value") if isinstance(value, dict) else value
            if isinstance(value, (str, int)):
                steps.append(value)
        if steps:
            yield tuple(steps)


def _walked(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        if isinstance(value, dict) and value.keys() == {"value", "type"} and step not in value:
            value = value["value"]
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def _paths(mask: Any, prefix: str) -> Iterator[str]:
    """The paths that a mask marks."""
    if mask is True:
        yield prefix
    elif isinstance(mask, dict):
        for key, inner in mask.items():
            yield from _paths(inner, f"{prefix}/{key}" if prefix else str(key))
    elif isinstance(mask, list):
        for at, inner in enumerate(mask):
            yield from _paths(inner, f"{prefix}/{at}" if prefix else str(at))
