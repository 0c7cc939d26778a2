"""The values of a root module's variables, in the order in which they override each other.

Source: Terraform language documentation, "Input Variables", "Variable Definition Precedence": the environment, then
`terraform.tfvars`, `terraform.tfvars.json`, `*.auto.tfvars` and `*.auto.tfvars.json` by name, then `-var-file` and
`-var`. The environment counts only where the settings ask for it: it is not part of the scanned tree.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable

import msgspec

from fourfold.config import Terraform
from fourfold.model.place import Problem, Source, Span
from fourfold.model.value import Known, Map, Step, Value
from fourfold.sources.syntax.json import parse_json
from fourfold.sources.terraform.evaluate.config import Config
from fourfold.sources.terraform.evaluate.expressions import Budget, Scope
from fourfold.sources.terraform.evaluate.marks import traced
from fourfold.sources.terraform.files import inside
from fourfold.sources.terraform.hcl.parser import Fault, parse, parse_expression
from fourfold.sources.terraform.hcl.syntax import Literal, Name
from fourfold.sources.tree import Tree


def inputs_of(
    tree: Tree, folder: str, config: Config, settings: Terraform, budget: Budget
) -> tuple[dict[str, Value], list[Problem]]:
    """What is given to the variables of a root module, with its places, and what could not be read."""
    out: dict[str, Value] = {}
    problems: list[Problem] = []
    if settings.use_environment:
        for name in config.variables:
            text = os.environ.get(f"TF_VAR_{name}")
            if text is not None:
                out[name] = _told(config, name, text, f"TF_VAR_{name} of the environment", budget)
    files = [posixpath.join(folder, name) for name in loaded(tree.listing(folder))]
    for path in (*files, *_chosen(tree, folder, settings.var_files, problems)):
        source = tree.source(path)
        if source is not None:
            values, wrong = _definitions(source, budget)
            out |= values
            problems += wrong
    for name, text in settings.vars:
        if name in config.variables:
            out[name] = _told(config, name, text, "--var", budget)
    return out, problems


def loaded(names: Iterable[str]) -> list[str]:
    """Which of a folder's files Terraform takes values from without being told, in its order."""
    names = set(names)
    first = [name for name in ("terraform.tfvars", "terraform.tfvars.json") if name in names]
    return first + sorted(n for n in names if n.endswith((".auto.tfvars", ".auto.tfvars.json")))


def _chosen(tree: Tree, folder: str, paths: Iterable[str], problems: list[Problem]) -> list[str]:
    """The files of `--var-file`: relative to the scanned folder, else to the root module."""
    found = []
    for path in paths:
        places = [where for where in (inside("", path), inside(folder, path)) if where and tree.has(where)]
        if places:
            found.append(places[0])
        elif inside("", path) is None:
            problems.append(Problem(path, 0, "lies outside of the scanned folder; its values were not read"))
    return found


def _definitions(source: Source, budget: Budget) -> tuple[dict[str, Value], list[Problem]]:
    """The values of one tfvars file."""
    if source.path.endswith(".json"):
        value, problems = parse_json(source)
        entries = value.entries_ if isinstance(value, Map) else {}
    else:
        body, problems = parse(source)
        scope = Scope(source, lambda _expr, _scope: None, {}, budget)
        entries = {name: scope.value(a.value, a.start) for name, a in body.attributes.items()}
    note = f"value in {source.path.rpartition('/')[2]}"
    return {name: traced(value, Step(note, value.span)) for name, value in entries.items()}, problems


def _told(config: Config, name: str, text: str, whence: str, budget: Budget) -> Value:
    """A value given as text: an expression, unless the variable is a string or of no declared type."""
    declared = config.variables[name]
    place = Span(declared.source, declared.block.start, declared.block.start + len("variable"))
    type_ = declared.arguments.get("type")
    expr = type_[1].value if type_ else None
    literal = expr is None or (isinstance(expr, Name) and expr.name in ("string", "number", "bool"))
    value: Value = Known(place.source, place.start, place.end, -1, text)
    if not literal and not isinstance(expr, Literal):
        source = Source(whence, text)
        try:
            value = Scope(source, lambda _expr, _scope: None, {}, budget).value(parse_expression(text))
        except Fault:
            value = Known(place.source, place.start, place.end, -1, text)
        value = msgspec.structs.replace(value, source=place.source, start=place.start, end=place.end)
    return traced(value, Step(f"value of {whence}", place))
