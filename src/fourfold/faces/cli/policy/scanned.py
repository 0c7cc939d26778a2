"""The scan that subcommands about a folder ask."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fourfold.errors import NothingToReadError

if TYPE_CHECKING:
    from fourfold.model.graph import Graph
    from fourfold.sources.tree import Tree


def scanned(path: str) -> tuple[Graph, Tree]:
    """The graph of a folder or file, and its files. Raises NothingToReadError where there is none."""
    from fourfold.linking import link
    from fourfold.pipeline import read
    from fourfold.sources.tree import Tree

    root = Path(path)
    if not root.exists():
        raise NothingToReadError(f"`{path}` does not exist")
    tree = Tree(root)
    return link(read(tree)[0]), tree
