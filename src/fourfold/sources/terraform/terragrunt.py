"""Terragrunt's units, as far as they are plain HCL: which module a `terragrunt.hcl` runs, and with which inputs.

What other files give (`include`, `dependency`) and Terragrunt's own functions are unknown, and said.
Source: https://terragrunt.gruntwork.io/docs/reference/hcl/.
"""

from __future__ import annotations

import posixpath

import msgspec

from fourfold.model.place import Problem, Source, Span
from fourfold.model.value import Known, Map, Step, Value
from fourfold.sources.terraform.evaluate.config import config_of
from fourfold.sources.terraform.evaluate.expressions import Scope
from fourfold.sources.terraform.evaluate.marks import traced
from fourfold.sources.terraform.evaluate.module import Module, Workspace
from fourfold.sources.terraform.files import TreeFiles, inside
from fourfold.sources.terraform.hcl.parser import parse
from fourfold.sources.terraform.hcl.syntax import Assignment, Body, Literal, Object
from fourfold.sources.terraform.modules import is_local
from fourfold.sources.tree import Tree

NAME = "terragrunt.hcl"
_ELSEWHERE = ("include", "dependency", "dependencies", "generate", "remote_state")
_WITHOUT_VALUES = ("dependencies", "generate", "remote_state")


class Unit(msgspec.Struct):
    """One `terragrunt.hcl`."""

    module: str | None = None
    """The folder of its module, from the tree's root; None where it is not in the tree."""
    inputs: dict[str, Value] = msgspec.field(default_factory=dict)
    problems: list[Problem] = msgspec.field(default_factory=list)


def unit_of(tree: Tree, path: str) -> Unit:
    """What a `terragrunt.hcl` says."""
    source = tree.source(path)
    if source is None:
        return Unit()
    body, problems = parse(source)
    folder = posixpath.dirname(path)
    config = config_of(folder, [(source, body)])
    files: list[TreeFiles] = []
    world = Workspace(
        functions=lambda _module: files[0].functions,
        find=lambda _module, _name, _declared: None,
        facts={},
        root_key=path,
    )
    files.append(TreeFiles(tree, folder, world.budget))
    scope = Module(config, world).scope(source)
    unit = Unit(problems=problems)
    unit.module = _module(source, body, scope, folder, unit)
    for block in body.blocks:
        if block.type in _ELSEWHERE and block.type not in _WITHOUT_VALUES:
            name = f" `{block.labels[0]}`" if block.labels else ""
            _say(
                unit, source, block.start, f"terragrunt's {block.type}{name} is not evaluated; what it gives is unknown"
            )
    given = body.attributes.get("inputs")
    if given is not None:
        unit.inputs = _inputs(given, scope, unit)
    return unit


def _module(source: Source, body: Body, scope: Scope, folder: str, unit: Unit) -> str | None:
    """The folder of the unit's module: its `terraform.source`, else its own."""
    for block in body.blocks:
        written = block.body.attributes.get("source") if block.type == "terraform" else None
        if written is None:
            continue
        value = scope.value(written.value)
        where = str(value.value) if isinstance(value, Known) else ""
        found = inside(folder, where.replace("//", "/")) if is_local(where) else None
        if found is None:
            what = f"`{where}`" if where else "not known"
            _say(unit, source, written.start, f"the module of this terragrunt unit was not read: its source is {what}")
        return found
    return folder


def _inputs(given: Assignment, scope: Scope, unit: Unit) -> dict[str, Value]:
    """The inputs, each for itself: one that is not known leaves the others as they are."""
    out: dict[str, Value] = {}
    if isinstance(given.value, Object) and all(isinstance(key, Literal) for key, _ in given.value.items):
        for key, expr in given.value.items:
            if isinstance(key, Literal):
                out[str(key.value)] = scope.value(expr, key.start)
    else:
        value = scope.value(given.value)
        if isinstance(value, Map):
            out = dict(value.entries_)
        else:
            _say(unit, scope.source, given.start, f"the inputs of this terragrunt unit are not known: {value.reason}")
    note = "input in terragrunt.hcl"
    return {name: traced(v, Step(note, Span(scope.source, given.start, given.end))) for name, v in out.items()}


def _say(unit: Unit, source: Source, at: int, reason: str) -> None:
    unit.problems.append(Problem(source.path, source.position(at)[0], reason))
