"""The scanned tree: which files there are, and their texts, each read once and within limits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from fourfold.model.place import Problem, Source

FILE_BYTES_MAX = 32 * 1024 * 1024
FILES_MAX = 200_000
SKIPPED_FOLDERS = frozenset({".git", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".mypy_cache", ".hg", ".svn"})


class Tree:
    """A folder (or one file) that is scanned. Paths are relative to it, with forward slashes."""

    def __init__(self, root: Path, files: dict[str, bytes] | None = None) -> None:
        """`files` replaces the contents of some paths in memory: what `fix` re-reads before it writes."""
        self.single = root.name if root.is_file() else None
        self.root = root.parent if self.single else root
        self.problems: list[Problem] = []
        self._replaced = dict(files or {})
        self._sources: dict[str, Source | None] = {}

    def files(self) -> Iterator[str]:
        """Paths of all files that may be read, sorted."""
        if self.single:
            yield self.single
            return
        yield from self._walk("")

    def _walk(self, folder: str) -> Iterator[str]:
        try:
            entries = sorted(os.scandir(self.root / folder), key=lambda e: e.name)
        except OSError as error:
            self.problems.append(Problem(folder, 0, f"cannot be listed: {(error.strerror or 'error').lower()}"))
            return
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            try:
                folder_here, file_here = entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=True)
            except OSError as error:
                self.problems.append(Problem(path, 0, f"cannot be read: {(error.strerror or 'error').lower()}"))
                continue
            if folder_here:
                if entry.name not in SKIPPED_FOLDERS:
                    yield from self._walk(path)
            elif file_here:
                yield path

    def has(self, path: str) -> bool:
        """Whether there is such a file inside the tree."""
        return path in self._replaced or (self.root / path).is_file()

    def data(self, path: str) -> bytes | None:
        """The bytes of a file; None (and a problem) where it cannot or must not be read."""
        if path in self._replaced:
            return self._replaced[path]
        full = self.root / path
        try:
            real = full.resolve(strict=True)
            if not real.is_relative_to(self.root.resolve()):
                self.problems.append(Problem(path, 0, "leads out of the scanned folder; it was not followed"))
                return None
            if real.stat().st_size > FILE_BYTES_MAX:
                self.problems.append(Problem(path, 0, f"larger than {FILE_BYTES_MAX // 1024 // 1024} MiB; it was not read"))
                return None
            return real.read_bytes()
        except OSError as error:
            self.problems.append(Problem(path, 0, f"cannot be read: {(error.strerror or 'error').lower()}"))
            return None

    def source(self, path: str) -> Source | None:
        """The text of a file, read once; None (and a problem) where there is none."""
        if path not in self._sources:
            data = self.data(path)
            self._sources[path] = None if data is None else self._decode(path, data)
        return self._sources[path]

    def _decode(self, path: str, data: bytes) -> Source | None:
        if b"\0" in data[:8192]:
            self.problems.append(Problem(path, 0, "is binary"))
            return None
        try:
            return Source(path, data.decode())
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self.problems.append(Problem(path, line, "is not UTF-8 text"))
            return None
