"""The scanned tree as the functions of one root module see it: paths are relative to the root module's folder.

Source: Terraform language documentation, "Filesystem Functions" and "Filesystem and Workspace Info". What lies outside of
the scanned tree is not there.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping

from fourfold.model.place import Source
from fourfold.model.value import Known, Text, Unknown, Value
from fourfold.sources.terraform.evaluate.expressions import Budget, Scope
from fourfold.sources.terraform.evaluate.kinds import Invalid, known, listed, unknown
from fourfold.sources.terraform.evaluate.loops import text_of
from fourfold.sources.terraform.functions import table
from fourfold.sources.terraform.functions.files import TEMPLATE_DEPTH_MAX
from fourfold.sources.terraform.hcl.parser import Fault, parse_template
from fourfold.sources.tree import Tree

FILE_BYTES_MAX = 4 * 1024 * 1024
"""A larger file is not taken into a value."""
NAMES_MAX = 20_000
"""Files that `fileset` looks at."""
FOLDERS_DEPTH_MAX = 40
LOOKED_UP = "#data."
"""In the names of unknowns that a data source gives at the top of a root module."""
SLICE_MAX = 1_000


def inside(folder: str, path: str) -> str | None:
    """The path from the tree's root of `path` as written in `folder`; None where it leads out of the tree."""
    if path.startswith(("/", "~")) or "\0" in path:
        return None
    joined_path = posixpath.normpath(posixpath.join(folder, path.replace("\\", "/")))
    if joined_path == ".." or joined_path.startswith(("../", "/")):
        return None
    return "" if joined_path == "." else joined_path


def _of_known_end(basename: Callable[..., Value]) -> Callable[..., Value]:
    """`basename` of a path whose end is known, though its beginning is not: `path.cwd`."""

    def call(*arguments: Value) -> Value:
        path = arguments[0] if len(arguments) == 1 else None
        end = path.parts[-1] if isinstance(path, Text) else None
        return known(end.rpartition("/")[2]) if isinstance(end, str) and "/" in end[:-1] else basename(*arguments)

    return call


def _of_looked_up(slice_: Callable[..., Value]) -> Callable[..., Value]:
    """`slice` of a list that is looked up when terraform plans: what it gives is not known, but how many are."""

    def call(*arguments: Value) -> Value:
        whole = arguments[0] if len(arguments) == 3 else None
        if isinstance(whole, Unknown) and LOOKED_UP in whole.name:
            _, start, end = arguments
            if isinstance(start, Known) and isinstance(end, Known):
                first, last = start.value, end.value
                if isinstance(first, int) and isinstance(last, int) and 0 <= first <= last <= first + SLICE_MAX:
                    names = (f"{whole.name}[{at}]" for at in range(first, last))
                    return listed(unknown(whole.reason, name=name) for name in names)
        return slice_(*arguments)

    return call


class TreeFiles:
    """Files for the functions of one root module; see `functions.files.Files`."""

    def __init__(self, tree: Tree, folder: str, budget: Budget, depth: int = 0) -> None:
        """`folder` is that of the root module; `depth` counts templates inside templates."""
        self.tree = tree
        self.folder = folder
        self.budget = budget
        self.depth = depth
        self._table: Mapping[str, Callable[..., Value]] | None = None

    @property
    def functions(self) -> Mapping[str, Callable[..., Value]]:
        """All functions over these files."""
        if self._table is None:
            functions = dict(table(self))
            functions["basename"] = _of_known_end(functions["basename"])
            functions["slice"] = _of_looked_up(functions["slice"])
            self._table = functions
        return self._table

    def data(self, path: str) -> bytes | None:
        """The bytes of a file of the tree; None where there is none, or it is too large."""
        where = inside(self.folder, path)
        if where is None or not self.tree.has(where):
            return None
        data = self.tree.data(where)
        if data is not None and len(data) > FILE_BYTES_MAX:
            self.tree.problem(where, 0, f"larger than {FILE_BYTES_MAX >> 20} MiB; it was not taken into a value")
            return None
        return data

    def names(self, folder: str) -> Iterator[str]:
        """All files below a folder, relative to it."""
        where = inside(self.folder, folder)
        return iter(()) if where is None else self._below(where, "", [0], 0)

    def _below(self, folder: str, prefix: str, seen: list[int], depth: int) -> Iterator[str]:
        for name in self.tree.listing(folder):
            seen[0] += 1
            if seen[0] > NAMES_MAX or depth > FOLDERS_DEPTH_MAX:
                raise Invalid(f"the folder holds more than {NAMES_MAX} files, or {FOLDERS_DEPTH_MAX} folders deep")
            if name.endswith("/"):
                below = posixpath.join(folder, name[:-1])
                yield from self._below(below, prefix + name, seen, depth + 1)
            else:
                yield prefix + name

    def template(self, text: str, names: dict[str, Value]) -> Value:
        """A template evaluated with these names only. Raises `Invalid`."""
        if self.depth >= TEMPLATE_DEPTH_MAX:
            raise Invalid(f"templates are nested deeper than {TEMPLATE_DEPTH_MAX}")
        try:
            parsed = parse_template(text)
        except Fault as fault:
            raise Invalid(f"the template is not valid: {fault}") from None
        inner = TreeFiles(self.tree, self.folder, self.budget, self.depth + 1)
        scope = Scope(Source("", text), lambda _expr, _scope: None, inner.functions, self.budget, names)
        return text_of(scope, parsed.parts)
