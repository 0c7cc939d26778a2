"""Files as kustomizations name them: relative paths that stay in the scanned tree, and what lies elsewhere."""

from __future__ import annotations

import posixpath
import re
from typing import Literal
from weakref import WeakKeyDictionary

from fourfold.model.place import Problem, Source
from fourfold.model.resource import Reading
from fourfold.model.value import Map, Value
from fourfold.sources.kubernetes import read_manifest
from fourfold.sources.syntax.yaml import parse_yaml
from fourfold.sources.tree import Tree

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")

_PARSED: WeakKeyDictionary[Tree, dict[str, Reading]] = WeakKeyDictionary()
"""The manifests of each tree that is being read: overlays share their bases."""

_REMOTE = re.compile(
    r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:|(?:github|gitlab|bitbucket)\.[a-z]+[/:]|.*[?&]ref=|.*\.git(?:$|[/?])"
)


class Files:
    """Reads the files of one kustomization and everything below it; remembers which, and what was wrong."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.problems: list[Problem] = []
        self.read: set[str] = set()
        self._said: set[str] = set()
        self.opened = 0
        """How many kustomizations were opened; one counts as often as it is used."""
        self._manifests = _PARSED.setdefault(tree, {})
        self._documents: dict[str, list[Value]] = {}

    def problem(self, at: Value, reason: str) -> None:
        """Note what was wrong at a place."""
        self.problems.append(Problem(at.source.path, at.span.line, reason))

    def resolve(self, folder: str, path: str) -> str:
        """A relative path from the root of the tree; begins with `..` where it leads out."""
        return posixpath.normpath(posixpath.join(folder, path)).removeprefix("./").rstrip("/")

    def kind(self, path: str) -> Literal["file", "folder", "outside", "missing"]:
        """What a path leads to."""
        if path.startswith(("..", "/")):
            return "outside"
        if self.tree.has(path):
            return "file"
        return "folder" if self.tree.is_folder(path) else "missing"

    def source(self, path: str, at: Value) -> Source | None:
        """A text file; a problem where there is none."""
        where = self.kind(path)
        if where != "file":
            reason = {
                "outside": f"`{path}` lies outside of the scanned folder; scan the folder that holds both",
                "folder": f"`{path}` is a folder where a file is needed",
            }.get(where, f"`{path}` does not exist")
            self.problem(at, reason)
            return None
        self.read.add(path)
        return self.tree.source(path)

    def manifest(self, path: str, at: Value) -> Reading:
        """The objects of a manifest."""
        reading = self._manifests.get(path)
        if reading is None:
            source = self.source(path, at)
            if source is None:
                return Reading()
            reading = self._manifests[path] = read_manifest(source)
        if path not in self._said:
            self._said.add(path)
            self.read.add(path)
            self.problems += reading.problems
        return reading

    def documents(self, path: str, at: Value) -> list[Value]:
        """The documents of a YAML or JSON file that need not hold objects."""
        if path not in self._documents:
            source = self.source(path, at)
            documents, problems = parse_yaml(source) if source is not None else ([], [])
            self.problems += problems
            self._documents[path] = documents
        return self._documents[path]

    def kustomization(self, folder: str) -> str:
        """The path of a folder's kustomization file; empty where it has none."""
        paths = (posixpath.join(folder, name) if folder not in (".", "") else name for name in NAMES)
        return next((path for path in paths if self.kind(path) == "file"), "")


def is_remote(path: str) -> bool:
    """Whether an entry of `resources` names something on the network."""
    return _REMOTE.match(path) is not None


def first_mapping(documents: list[Value]) -> Map | None:
    """The mapping of a file that holds one."""
    return next((document for document in documents if isinstance(document, Map)), None)
