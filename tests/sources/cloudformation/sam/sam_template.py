"""Small SAM templates as the reader expands them, for the tests beside this file."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from fourfold.model.place import Source
from fourfold.model.resource import Reading, Resource
from fourfold.sources import cloudformation
from fourfold.sources.tree import Tree

HEAD = "Transform: AWS::Serverless-2016-10-31\n"


class Expanded(dict[str, Resource]):
    """The resources of a template by logical id, and what was wrong."""

    def __init__(self, reading: Reading) -> None:
        super().__init__({r.address: r for r in reading.resources if not r.type.startswith("Template::")})
        self.problems = [p.reason for p in reading.problems]

    def plain(self, address: str, *path: str | int) -> Any:
        return self[address].get(*path).plain()

    def types(self) -> dict[str, str]:
        return {address: resource.type for address, resource in self.items()}


def read(text: str, **files: str) -> Expanded:
    """What the reader makes of a whole template; `files` beside it by name with `__` for the dot."""
    others = {name.replace("__", "."): content.encode() for name, content in files.items()}
    tree = Tree(Path("/nonexistent"), {"t.yaml": text.encode(), **others})
    return Expanded(cloudformation.read(Source("t.yaml", text), tree))


def expand(template: str, **files: str) -> Expanded:
    """What the reader makes of a template without its `Transform`."""
    return read(HEAD + textwrap.dedent(template), **files)
