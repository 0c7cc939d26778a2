"""Readers: bytes to `(resources, problems)`, one folder a format. They never raise on input and never judge.

A format is a package with two functions:

    claims(path: str, data: bytes) -> bool      # cheap: by name and by bytes that must occur; decides before parsing
    read(source: Source, tree: Tree) -> Reading # everything; other files only through `tree`

The first format that claims a file reads it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from fourfold.model.resource import Reading
from fourfold.sources.tree import Tree

FORMATS = ("cloudformation", "ecs", "iam", "kubernetes")
"""In the order in which they are asked: what is surest by name first."""


def read_file(tree: Tree, path: str) -> Reading | None:
    """What the first format that claims the file makes of it; None where none does."""
    data = tree.data(path)
    if data is None:
        return None
    for name in FORMATS:
        reader: Any = import_module(f"fourfold.sources.{name}")
        if reader.claims(path, data):
            source = tree.source(path)
            return Reading() if source is None else reader.read(source, tree)
    return None
