"""Reading a tree again after some files have changed, without reading again what did not depend on them.

A reader sees the tree only through `Tree`'s methods. So what it made of a file is the same as before if every file that
it looked at - its own, nested stacks, bases, included files - has the same contents as then. Only contents differ
between the trees that are compared here: which files and folders there are stays the same, but for files that version
control ignores, which become part of the tree once they are replaced.

Files that share something (`Tree.derived`, as those of Terraform do) were read together: they count as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from fourfold.model.place import Problem, Source
from fourfold.model.resource import Reading
from fourfold.sources import read_file
from fourfold.sources.tree import Tree

T = TypeVar("T")


class Note(msgspec.Struct):
    """What a reader made of one file, and of what."""

    reading: Reading | None = None
    looked: dict[str, bytes | None] = msgspec.field(default_factory=dict)
    """The files it asked for, with their contents where these were replaced; None: as they are on disk."""
    files: tuple[str, ...] | None = None
    """All files of the tree, if it asked for them."""
    problems: list[Problem] = msgspec.field(default_factory=list)
    """What was said of files that it asked for, apart from the reading's own problems."""
    shares: bool = False
    """Whether it used what other files made, too."""


class Noting(Tree):
    """A tree that notes what the reader of each file looks at."""

    def __init__(self, root: Path, files: dict[str, bytes] | None = None) -> None:
        super().__init__(root, files)
        self.note = Note()
        """Where the next looks are noted."""

    def files(self) -> Iterator[str]:
        """See `Tree.files`."""
        found = tuple(super().files())
        self.note.files = found
        return iter(found)

    def has(self, path: str) -> bool:
        """See `Tree.has`."""
        self._look(path)
        return super().has(path)

    def ignored(self, path: str) -> bool:
        """See `Tree.ignored`."""
        self._look(path)
        return super().ignored(path)

    def data(self, path: str) -> bytes | None:
        """See `Tree.data`."""
        self._look(path)
        data = super().data(path)
        if data is None:
            self._repeat(path)
        return data

    def source(self, path: str) -> Source | None:
        """See `Tree.source`."""
        self._look(path)
        source = super().source(path)
        if source is None:
            self._repeat(path)
        return source

    def head(self, path: str, size_bytes: int) -> bytes:
        """See `Tree.head`."""
        self._look(path)
        return super().head(path, size_bytes)

    def derived(self, build: Callable[[Tree], T]) -> T:
        """See `Tree.derived`."""
        self.note.shares = True
        return super().derived(build)

    def problem(self, path: str, line: int, reason: str) -> None:
        """See `Tree.problem`."""
        super().problem(path, line, reason)
        self.note.problems.append(Problem(path, line, reason))

    def _look(self, path: str) -> None:
        self.note.looked[path] = self._replaced.get(path)

    def _repeat(self, path: str) -> None:
        """Why a file cannot be read is said once for the tree, but belongs to everyone who asked for it."""
        self.note.problems += [p for p in self.problems if p.file == path and p not in self.note.problems]

    def forget(self) -> None:
        """Forget what files share."""
        self._derived.clear()

    def unchanged(self, note: Note) -> bool:
        """Whether everything that was looked at then is the same in this tree."""
        replaced = self._replaced
        return all(replaced.get(path) == data for path, data in note.looked.items()) and (
            note.files is None or note.files == tuple(super().files())
        )


class Readings:
    """What was made of the files of one folder, in several versions of it: of each file the first and the latest."""

    def __init__(self, tree: Noting) -> None:
        """`tree` is the folder as it is."""
        self._tree = tree
        self._alone: dict[str, list[Note]] = {}
        self._together: list[dict[str, Note]] = []

    def tree(self, files: dict[str, bytes]) -> Noting:
        """The folder with other contents of some files."""
        return self._tree.replacing(files)

    def read(self, tree: Tree, paths: Iterable[str]) -> Iterator[tuple[str, Reading | None]]:
        """Path by path, what `read_file` makes of a file of a tree that `tree()` gave."""
        assert isinstance(tree, Noting)
        paths = list(paths)
        together = next((group for group in self._together if all(map(tree.unchanged, group.values()))), None)
        found = self._read(tree, paths, together or {})
        if together and any(note.shares and path not in together for path, note in found.items()):
            # A file has joined those that share something, so they are not what they were.
            together = None
            tree.forget()
            found = self._read(tree, paths, {})
        if together is None and (group := {path: note for path, note in found.items() if note.shares}):
            self._together = [*self._together[:1], group]
        return ((path, note.reading) for path, note in found.items())

    def _read(self, tree: Noting, paths: list[str], together: dict[str, Note]) -> dict[str, Note]:
        found: dict[str, Note] = {}
        for path in paths:
            known = self._alone.get(path, ())
            note = together.get(path) or next((note for note in known if tree.unchanged(note)), None)
            if note is None:
                note = tree.note = Note()
                note.reading = read_file(tree, path)
                tree.note = Note()
                if not note.shares:
                    self._alone[path] = [*known[:1], note]
            else:
                for problem in note.problems:
                    tree.problem(problem.file, problem.line, problem.reason)
            found[path] = note
        return found

    def looked(self, path: str) -> set[str]:
        """The files that the readers of a file have looked at."""
        notes = [*self._alone.get(path, ()), *(group[path] for group in self._together if path in group)]
        return {other for note in notes for other in note.looked}
