"""Plans as `terraform show -json` prints them: what Terraform itself knows when it plans.

Values come from `planned_values`, gaps from `after_unknown`, references from `configuration`. Where the configuration is in
the scanned tree, the plan stands for its root module: values are then placed in the configuration's own lines.
Source: https://developer.hashicorp.com/terraform/internals/json-format. A plan holds sensitive values in clear; they are
taken for unknown.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from fourfold.model.place import Problem, Source
from fourfold.model.resource import Reading, Resource
from fourfold.model.value import Known, Map, Seq, Value, known, mapping
from fourfold.sources.plan.references import References, bare_address, rows_of
from fourfold.sources.plan.secrets import covered, texts
from fourfold.sources.plan.values import Merge
from fourfold.sources.syntax.json import parse_json, parse_json_at
from fourfold.sources.terraform.evaluate.module import Computed, Instance
from fourfold.sources.terraform.roots import Evaluated, Project, project_of
from fourfold.sources.terraform.translate import resources
from fourfold.sources.tree import Tree

WORDS = (b'"format_version"', b'"planned_values"')
DEPTH_MAX = 60
"""Modules inside modules."""
VERSIONS = ("0.", "1.")
NOTES_MAX = 10
"""Resources that are named of those that end."""


class Planned(msgspec.Struct, frozen=True):
    """One resource instance of a plan or a state; see `terraform.translate`."""

    kind: str
    type: str
    name: str
    address: str
    values: Map


def claims(path: str, data: bytes) -> bool:
    """Whether this is a plan; its keys say so."""
    return all(word in data for word in WORDS)


def read(source: Source, tree: Tree) -> Reading:
    """The resources that exist once the plan is applied."""
    try:
        plan = json.loads(source.text)
    except (ValueError, RecursionError):
        return Reading(problems=parse_json(source)[1] or [Problem(source.path, 0, "not valid JSON")])
    if not isinstance(plan, dict) or not isinstance(plan.get("planned_values"), dict):
        return Reading()
    version = str(plan.get("format_version", ""))
    if not version.startswith(VERSIONS):
        return Reading(problems=[Problem(source.path, 1, f"a plan of format version `{version}` is not read")])
    return _Plan(source, tree, plan).reading()


class _Plan:
    """One plan while it is read."""

    def __init__(self, source: Source, tree: Tree, plan: dict[str, Any]) -> None:
        self.source = source
        self.plan = plan
        self.problems: list[Problem] = []
        self.changes: dict[str, dict[str, Any]] = {
            change["address"]: change["change"]
            for change in rows_of(plan, "resource_changes")
            if isinstance(change.get("address"), str) and isinstance(change.get("change"), dict)
        }
        configuration = plan.get("configuration")
        self.configuration: dict[str, Any] = configuration if isinstance(configuration, dict) else {}
        self.joined = root_of(project_of(tree), source.path, self.configuration)

    def key_of(self, address: str) -> str:
        """The key of the resource that an instance becomes."""
        return self.joined.root.world.key(address) if self.joined is not None else f"{self.source.path}#{address}"

    def reading(self) -> Reading:
        written: dict[str, Instance] = {}
        for one in self.joined.instances if self.joined is not None else ():
            written[one.address] = one
            written.setdefault(bare_address(one.address), one)
        secrets = [*marked(self.plan["planned_values"].get("root_module"), 0), *self._secret_variables()]
        shown = covered(self.source, secrets)
        rows = list(planned_rows(self.source, "planned_values", shown, self.problems))
        references = References(self.configuration, [address for address, *_ in rows])
        instances = []
        for address, row, values, sensitive in rows:
            hcl = written.get(address) or written.get(bare_address(address))
            at: Value = hcl.values if hcl is not None else row
            unknown = self.changes.get(address, {}).get("after_unknown")
            merge = Merge(address, references, self.key_of, at)
            entries = merge.attributes(values, unknown, sensitive, hcl.values if hcl is not None else None)
            rest = Computed(at.source, at.start, at.end, -1, self.key_of(address))
            placed = Map(at.source, at.start, at.end, -1, entries, (), "", rest)
            instances.append(Planned("resource", text(row, "type"), text(row, "name"), address, placed))
        made, problems = resources(instances, self.key_of)
        self._say_what_ends()
        covers = self.joined.files if self.joined is not None else set()
        instead = covers - {self.source.path}
        return Reading([self._with_actions(r) for r in made], [*self.problems, *problems], instead, instead)

    def _with_actions(self, resource: Resource) -> Resource:
        """The resource with what the plan does to it, where it is replaced."""
        actions = self.changes.get(resource.address, {}).get("actions")
        if not isinstance(actions, list) or "delete" not in actions:
            return resource
        at = resource.properties
        found = resource.attributes
        entries = found.entries_ if isinstance(found, Map) else {}
        return msgspec.structs.replace(
            resource, attributes=mapping({**entries, "PlannedAction": known("replace", at=at)}, at=at)
        )

    def _secret_variables(self) -> Iterator[str]:
        root = self.configuration.get("root_module")
        declared = root.get("variables") if isinstance(root, dict) else None
        given = self.plan.get("variables")
        if isinstance(declared, dict) and isinstance(given, dict):
            for name, row in declared.items():
                if isinstance(row, dict) and row.get("sensitive") is True and isinstance(given.get(name), dict):
                    yield from texts(given[name].get("value"), mask=True)

    def _say_what_ends(self) -> None:
        """What is destroyed, and what is destroyed to be made anew: worth knowing before it happens."""
        for actions, what in (
            (("delete",), "is destroyed by the plan, and not judged"),
            (
                ("create", "delete"),
                "is replaced by the plan: destroyed, and made anew",
            ),
        ):
            found = sorted(a for a, c in self.changes.items() if _actions(c) == actions)
            for address in found[:NOTES_MAX]:
                self.problems.append(Problem(self.source.path, 0, f"`{address}` {what}", note=True))
            if len(found) > NOTES_MAX:
                more = f"{len(found) - NOTES_MAX:,} more: each {what}"
                self.problems.append(Problem(self.source.path, 0, more, note=True))


def _actions(change: dict[str, Any]) -> tuple[str, ...]:
    """What is done to a resource; a replacement is a delete and a create in either order."""
    actions = change.get("actions")
    return tuple(sorted(a for a in actions if isinstance(a, str))) if isinstance(actions, list) else ()


def planned_rows(
    source: Source, key: str, shown: Source, problems: list[Problem]
) -> Iterator[tuple[str, Map, Map, Any]]:
    """(address, object, values, mask of what is sensitive) of each managed resource below `key`, with places."""
    found, wrong = parse_json_at(source, key, shown)
    problems += wrong
    waiting = [(found.get("root_module"), 0)] if isinstance(found, Map) else []
    while waiting:
        module, depth = waiting.pop()
        if depth > DEPTH_MAX:
            problems.append(Problem(source.path, module.span.line, f"modules nested deeper than {DEPTH_MAX}"))
            continue
        rows = module.get("resources")
        for row in rows.items_ if isinstance(rows, Seq) else ():
            values = row.get("values")
            if isinstance(row, Map) and row.get("mode").surely("managed") and isinstance(values, Map):
                sensitive = row.entries_.get("sensitive_values")
                yield text(row, "address"), row, values, sensitive.plain() if sensitive is not None else {}
        below = module.get("child_modules")
        waiting += [(one, depth + 1) for one in reversed(below.items_)] if isinstance(below, Seq) else []


def text(row: Map, key: str) -> str:
    """A text of an object; empty where it is none."""
    value = row.entries_.get(key)
    return str(value.value) if isinstance(value, Known) else ""


def root_of(project: Project, path: str, configuration: dict[str, Any]) -> Evaluated | None:
    """The root module of the tree that was planned: it declares all that the plan's configuration has."""
    root = configuration.get("root_module")
    if not isinstance(root, dict):
        return None
    declared = {(str(r.get("mode")), str(r.get("type")), str(r.get("name"))) for r in rows_of(root, "resources")}
    calls = root.get("module_calls")
    return declaring(project, path, declared, set(calls if isinstance(calls, dict) else ()))


def declaring(project: Project, path: str, declared: set[tuple[str, str, str]], calls: set[str]) -> Evaluated | None:
    """The root module nearest to a file that declares these (mode, type, name) and calls these modules."""
    if not declared and not calls:
        return None
    for folder in sorted(project.roots, key=_nearness(posixpath.dirname(path))):
        config = project.config(folder)
        if config is None:
            continue
        ours = {("managed", *name) for name in config.resources} | {("data", *name) for name in config.data}
        if declared <= ours and calls <= set(config.modules):
            return project.evaluate(folder)
    return None


def _nearness(folder: str) -> Callable[[str], tuple[int, str]]:
    """Orders folders by how far they are from one."""

    def distance(other: str) -> tuple[int, str]:
        a, b = folder.split("/") if folder else [], other.split("/") if other else []
        same = 0
        for x, y in zip(a, b, strict=False):
            if x != y:
                break
            same += 1
        return len(a) + len(b) - 2 * same, other

    return distance


def marked(module: Any, depth: int) -> Iterator[str]:
    """The texts that a plan or a state marks as sensitive."""
    if not isinstance(module, dict) or depth > DEPTH_MAX:
        return
    for row in rows_of(module, "resources"):
        yield from texts(row.get("values"), row.get("sensitive_values"))
    for below in rows_of(module, "child_modules"):
        yield from marked(below, depth + 1)
