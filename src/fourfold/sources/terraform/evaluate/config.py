"""The declarations of one module folder: all `*.tf` and `*.tf.json` files as one, override files merged over them.

Source: Terraform language documentation, "Files and Directories", "Override Files" and "JSON Configuration Syntax".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from fourfold.model.place import Problem, Source
from fourfold.sources.terraform.hcl.syntax import Assignment, Block, Body, Literal


class Declaration(msgspec.Struct, frozen=True):
    """A block of a module. An override file may give some of its arguments, so each carries its text."""

    source: Source
    block: Block
    arguments: dict[str, tuple[Source, Assignment]]
    blocks: tuple[tuple[Source, Block], ...]

    def text(self, name: str) -> str:
        """A literal string argument; empty where it is none."""
        found = self.arguments.get(name)
        expr = found[1].value if found else None
        return expr.value if isinstance(expr, Literal) and isinstance(expr.value, str) else ""


def declaration(source: Source, block: Block) -> Declaration:
    """A block as it stands in one text."""
    arguments = {name: (source, assignment) for name, assignment in block.body.attributes.items()}
    return Declaration(source, block, arguments, tuple((source, inner) for inner in block.body.blocks))


class Config(msgspec.Struct):
    """Everything a module declares, by name."""

    folder: str
    variables: dict[str, Declaration] = msgspec.field(default_factory=dict)
    locals: dict[str, tuple[Source, Assignment]] = msgspec.field(default_factory=dict)
    resources: dict[tuple[str, str], Declaration] = msgspec.field(default_factory=dict)
    data: dict[tuple[str, str], Declaration] = msgspec.field(default_factory=dict)
    ephemeral: dict[tuple[str, str], Declaration] = msgspec.field(default_factory=dict)
    modules: dict[str, Declaration] = msgspec.field(default_factory=dict)
    outputs: dict[str, Declaration] = msgspec.field(default_factory=dict)
    others: list[Declaration] = msgspec.field(default_factory=list)
    """`provider`, `terraform`, `moved`, `import`, `removed`, `check`: read, and not evaluated here."""
    files: list[str] = msgspec.field(default_factory=list)
    problems: list[Problem] = msgspec.field(default_factory=list)


def config_of(folder: str, files: Iterable[tuple[Source, Body]]) -> Config:
    """The declarations of a folder; `files` in the order of their names."""
    config = Config(folder)
    overrides = []
    for source, body in files:
        config.files.append(source.path)
        stem = source.path.rpartition("/")[2].partition(".")[0]
        if stem == "override" or stem.endswith("_override"):
            overrides.append((source, body))
            continue
        for block in body.blocks:
            _declare(config, source, block)
        for name, assignment in body.attributes.items():
            _problem(config, source, assignment.start, f"argument `{name}` stands outside any block")
    for source, body in overrides:
        for block in body.blocks:
            _override(config, source, block)
    return config


def _problem(config: Config, source: Source, at: int, reason: str) -> None:
    config.problems.append(Problem(source.path, source.position(at)[0], reason))


def _place(config: Config, block: Block) -> tuple[dict[Any, Declaration], str | tuple[str, str]] | None:
    """Where a block is kept, and under which name; None for kinds that have no name."""
    labels = block.labels
    one = {"variable": config.variables, "module": config.modules, "output": config.outputs}
    two = {"resource": config.resources, "data": config.data, "ephemeral": config.ephemeral}
    if block.type in one and len(labels) == 1:
        return one[block.type], labels[0]
    if block.type in two and len(labels) == 2:
        return two[block.type], (labels[0], labels[1])
    return None


def _declare(config: Config, source: Source, block: Block) -> None:
    if block.type == "locals":
        for local, assignment in block.body.attributes.items():
            config.locals[local] = (source, assignment)
        return
    place = _place(config, block)
    if place is None:
        if block.type in ("variable", "module", "output", "resource", "data"):
            _problem(config, source, block.start, f"`{block.type}` has {len(block.labels)} labels")
        config.others.append(declaration(source, block))
        if block.type == "check":
            for inner in block.body.blocks:
                if inner.type == "data":
                    _declare(config, source, inner)
        return
    group, name = place
    if name in group:
        shown = name if isinstance(name, str) else ".".join(name)
        _problem(config, source, block.start, f"{block.type} `{shown}` is declared twice; the first one counts")
        return
    group[name] = declaration(source, block)


def _override(config: Config, source: Source, block: Block) -> None:
    """Arguments replace arguments, blocks of a type replace all blocks of that type (Terraform's rule)."""
    if block.type == "locals":
        for local, assignment in block.body.attributes.items():
            config.locals[local] = (source, assignment)
        return
    place = _place(config, block)
    if place is None or place[1] not in place[0]:
        if place is not None:
            _problem(config, source, block.start, f"`{block.type}` overrides nothing")
        return
    group, name = place
    base, over = group[name], declaration(source, block)
    types = {inner.type for _, inner in over.blocks}
    kept = tuple(pair for pair in base.blocks if pair[1].type not in types)
    group[name] = Declaration(base.source, base.block, {**base.arguments, **over.arguments}, (*kept, *over.blocks))
