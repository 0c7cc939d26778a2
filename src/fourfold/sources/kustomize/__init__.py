"""Kustomizations: bases, overlays and components, built into the objects they stand for.

Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/. Nothing is fetched and nothing is run:
remote bases, plugins and charts are problems that say what was not seen. Names of generated objects come without the
hash of their content.
"""

from __future__ import annotations

from fourfold.model.place import Source
from fourfold.model.resource import Reading
from fourfold.sources.kubernetes.objects import resource_of
from fourfold.sources.kustomize.build import build
from fourfold.sources.kustomize.files import NAMES, Files
from fourfold.sources.tree import Tree


def claims(path: str, data: bytes) -> bool:
    """Whether this is a kustomization; its name says so."""
    return path.rpartition("/")[2] in NAMES


def read(source: Source, tree: Tree) -> Reading:
    """The objects a kustomization gives, each where it is written; what it was built from is covered by it."""
    files = Files(tree)
    items = build(source, files)
    resources = [
        resource_of(item.value, item.kind.rpartition("/")[0], item.kind.rpartition("/")[2], variant=source.path)
        for item in items
    ]
    return Reading(resources, files.problems, files.read - {source.path})
