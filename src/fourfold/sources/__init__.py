"""Readers: bytes to `(resources, problems)`, one folder a format. They never raise on input and never judge.

A format is a package with two functions:

    claims(path: str, data: bytes) -> bool      # cheap: by name and by bytes that must occur; decides before parsing
    read(source: Source, tree: Tree) -> Reading # everything; other files only through `tree`

The first format that claims a file reads it. A file that none claims is not ours, and nothing is said about it - unless
its name says that it is.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from fourfold.model.resource import Reading
from fourfold.sources.names import Kind, kind_of, ours_by_name
from fourfold.sources.tree import Tree

FORMATS = (
    "dockerfile",
    "terraform",
    "plan",
    "tfstate",
    "compose",
    "kustomize",
    "helm",
    "serverless",
    "pulumi",
    "describe",
    "cloudformation",
    "ecs",
    "iam",
    "kubernetes",
)
"""In the order in which they are asked: what is surest by name first."""

_KINDS: dict[str, tuple[Kind, ...]] = {
    "dockerfile": ("dockerfile",),
    "terraform": ("terraform", "json"),
    "plan": ("json",),
    "tfstate": ("json",),
    "compose": ("yaml",),
    "kustomize": ("yaml",),
    "helm": ("yaml",),
    "serverless": ("yaml",),
    "pulumi": ("json",),
    "describe": ("json",),
}
"""The kinds of files a format can be written in, where that is not any YAML or JSON."""
_DATA: tuple[Kind, ...] = ("yaml", "json", "template")

_JSON_WORDS: dict[str, tuple[tuple[bytes, ...], ...]] = {
    "plan": ((b'"planned_values"',),),
    "tfstate": ((b'"terraform_version"',),),
    "pulumi": ((b'"urn:pulumi:',),),
    "describe": ((b'Id"', b'"Cidr"'),),
    "cloudformation": ((b'"Resources"', b'"AWSTemplateFormatVersion"'),),
    "ecs": ((b"Definition",),),
    "iam": ((b"Statement",), (b"Effect",)),
    "kubernetes": ((b'"apiVersion"',), (b'"kind"',)),
}
"""Of each group one word occurs in every JSON file of the format. Most JSON is something else, and some of it is large:
what lacks the words is not looked at any closer."""

_NAMES: dict[str, tuple[str, ...]] = {
    "terraform": (".tf", ".tofu", "terragrunt"),
    "compose": ("compose", "docker-stack"),
    "kustomize": ("kustomization",),
    "helm": ("chart.yaml",),
}
"""One of these is in the name of every file of the format, in lower case: else its reader need not even be loaded."""
_UNNAMED = {"compose": b"services"}
"""What a file of the format holds if its name does not tell."""

LOG_HEAD_BYTES = 1024


def read_file(tree: Tree, path: str) -> Reading | None:
    """What the first format that claims the file makes of it; None where none does."""
    name = path[path.rfind("/") + 1 :]
    kind = kind_of(name)
    if kind == "log":
        _say_unread_log(tree, path)
        return None
    data = tree.data(path)
    if data is None:
        return None
    for format_name in _formats_of(kind):
        if not _may_be(format_name, name, data) or (kind == "json" and not _has_words(format_name, data)):
            continue
        reader = _reader(format_name)
        if reader.claims(path, data):
            source = tree.source(path)
            return Reading() if source is None else reader.read(source, tree)
    if ours_by_name(name) or path == tree.single:
        _say_unread(tree, path, kind)
    return None


@cache
def _formats_of(kind: Kind) -> tuple[str, ...]:
    """The formats worth asking about a file of a kind; all where the name says nothing."""
    return tuple(name for name in FORMATS if not kind or kind in _KINDS.get(name, _DATA))


def _may_be(format_name: str, name: str, data: bytes) -> bool:
    parts = _NAMES.get(format_name)
    if parts is None or any(part in name.lower() for part in parts):
        return True
    word = _UNNAMED.get(format_name)
    return word is not None and word in data


def _has_words(format_name: str, data: bytes) -> bool:
    return all(any(word in data for word in group) for group in _JSON_WORDS.get(format_name, ()))


_readers: dict[str, Any] = {}


def _reader(name: str) -> Any:
    """The module of a format, loaded when a file is first asked for it."""
    reader = _readers.get(name)
    if reader is None:
        reader = _readers[name] = import_module(f"fourfold.sources.{name}")
    return reader


def _say_unread_log(tree: Tree, path: str) -> None:
    from fourfold.sources.logs import log_kind

    kind = log_kind(tree.head(path, LOG_HEAD_BYTES))
    if kind:
        tree.problem(path, 1, f"{kind}: logs are not read yet")
    elif path == tree.single:
        tree.problem(path, 0, "is nothing that fourfold reads")


def _say_unread(tree: Tree, path: str, kind: Kind) -> None:
    """A file that should be ours by its name, and is not by its content: is it broken, or simply something else?"""
    source = tree.source(path)
    if source is None:
        return
    if kind in _DATA:
        from fourfold.sources.syntax.json import parse_json
        from fourfold.sources.syntax.yaml import parse_yaml

        text = source.text.lstrip()
        _, problems = parse_json(source) if kind == "json" or text.startswith("{") else parse_yaml(source)
        broken = next((p for p in problems if p.reason.startswith("not valid")), None) if text else None
        if broken is not None:
            tree.problem(path, broken.line, broken.reason)
            return
    if path == tree.single:
        tree.problem(path, 0, "is nothing that fourfold reads")
