"""The scanned tree: which files there are, and their texts, each read once and within limits."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self, TypeVar

from fourfold.config import Terraform
from fourfold.model.place import Problem, Source
from fourfold.sources.walk import Walk, shown

FILE_BYTES_MAX = 32 * 1024 * 1024
TOTAL_BYTES_MAX = 4 * 1024 * 1024 * 1024
CACHED_BYTES_MAX = 16 * 1024 * 1024
CACHED_FILE_BYTES_MAX = 1024 * 1024
"""A larger file is read again when it is asked for twice: keeping it would cost more than it saves."""

_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_STAY = getattr(os, "O_NOFOLLOW", 0)

_WIDE = ((b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
"""Byte order marks of the encodings that some editors and shells write; the longer first."""
_WIDE_MARKS = tuple(mark for mark, _ in _WIDE)

T = TypeVar("T")


class Tree:
    """A folder (or one file) that is scanned. Paths are relative to it, with forward slashes.

    Files below it are read, nothing above it, and nothing that a symbolic link leads out to. What could not be read is
    in `problems`, once for each file.
    """

    def __init__(self, root: Path, files: dict[str, bytes] | None = None) -> None:
        """`files` replaces the contents of some paths in memory: what `fix` re-reads before it writes."""
        self.single = root.name if root.is_file() else None
        self.root = root.parent if self.single else root
        self.problems: list[Problem] = []
        self.terraform = Terraform()
        """How Terraform would be run on what is in the tree."""
        self.chosen: tuple[str, ...] | None = None
        """The files that stand for themselves, where the user has excluded some; others are read if these need them."""
        self._derived: dict[object, object] = {}
        self._encodings: dict[str, str] = {}
        self._replaced = {path: self._narrow(path, data) for path, data in (files or {}).items()}
        self._real_root = os.path.realpath(self.root)
        self._walk: Walk | None = None
        self._bytes: dict[str, bytes | None] = {}
        self._bytes_kept = 0
        self._bytes_read = 0
        self._sources: dict[str, Source | None] = {}

    def replacing(self, files: dict[str, bytes]) -> Self:
        """The same tree with other contents of some of its files, in memory; what was listed and read of the others is
        not listed and read again."""
        other = type(self)(self.root / self.single if self.single else self.root, files)
        other.terraform = self.terraform
        if self._walk is not None:
            other._walk = self._walk
            other.problems.extend(self._walk.problems)
        other._bytes = {path: data for path, data in self._bytes.items() if data is not None and path not in files}
        other._bytes_kept, other._bytes_read = self._bytes_kept, self._bytes_read
        other._sources = {path: one for path, one in self._sources.items() if one is not None and path not in files}
        other._encodings |= {path: name for path, name in self._encodings.items() if path not in files}
        return other

    def derived(self, build: Callable[[Tree], T]) -> T:
        """What `build` makes of this tree, made once: what all files of one project share."""
        if build not in self._derived:
            self._derived[build] = build(self)
        return self._derived[build]  # type: ignore[return-value]

    # -- which files there are -------------------------------------------------------------------------------------

    def files(self) -> Iterator[str]:
        """Paths of all files that may be read, sorted: those whose name says that they can be of some format.

        What ignore files name, and folders of tools (`node_modules`, `.git`, ...), is left out.
        """
        if self.single:
            return iter((self.single,))
        found = self._found()
        return iter(sorted({*found, *self._replaced}) if self._replaced else found)

    def _found(self) -> dict[str, str]:
        """Path by path, where the file is; walks the folders when first asked."""
        if self._walk is None:
            self._walk = Walk(self._real_root)
            self._walk.run()
            self.problems.extend(self._walk.problems)
        return self._walk.found

    def has(self, path: str) -> bool:
        """Whether there is such a file, ignored or not, inside the tree."""
        if path in self._replaced or path in self._bytes:
            return path in self._replaced or self._bytes[path] is not None
        try:
            real = os.path.realpath(os.path.join(self._real_root, path), strict=True)
        except (OSError, ValueError):
            return False
        return self._inside(real) and os.path.isfile(real)

    def is_folder(self, path: str) -> bool:
        """Whether there is such a folder inside the tree."""
        try:
            real = os.path.realpath(os.path.join(self._real_root, path), strict=True)
        except (OSError, ValueError):
            return False
        return self._inside(real) and os.path.isdir(real)

    def listing(self, folder: str) -> list[str]:
        """Names of what lies directly in a folder inside the tree, ignored or not, sorted; folders end with `/`.

        For tools that take all files of a folder, whatever version control thinks of them (Terraform does).
        """
        prefix = f"{folder}/" if folder else ""
        found = {
            head + slash
            for path in self._replaced
            if path.startswith(prefix)
            for head, slash, _ in (path[len(prefix) :].partition("/"),)
        }
        try:
            real = os.path.realpath(os.path.join(self._real_root, folder), strict=True)
            if self._inside(real):
                with os.scandir(real) as entries:
                    found |= {f"{entry.name}/" if entry.is_dir() else entry.name for entry in entries}
        except (OSError, ValueError):
            pass
        return sorted(name for name in found if shown(name) == name)

    def ignored(self, path: str) -> bool:
        """Whether ignore files name the path: then it is no part of the project, though it may lie there."""
        return path not in self._replaced and Walk(self._real_root).ignores(path)

    @staticmethod
    def beside(path: str, name: str) -> str | None:
        """The path of `name` as written in the file `path`; None where it leads out of the tree."""
        if name.startswith("/") or "\0" in name:
            return None
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), name.replace("\\", "/")))
        return None if joined == ".." or joined.startswith(("../", "/")) else joined

    def _inside(self, real: str) -> bool:
        return real == self._real_root or real.startswith(self._real_root.rstrip(os.sep) + os.sep)

    # -- what is in them -------------------------------------------------------------------------------------------

    def data(self, path: str) -> bytes | None:
        """The bytes of a file, in UTF-8; None (and a problem) where it cannot or must not be read."""
        if path in self._replaced:
            return self._replaced[path]
        if path in self._bytes:
            return self._bytes[path]
        data = self._load(path, FILE_BYTES_MAX)
        if data is not None:
            data = self._narrow(path, data)
        size = 0 if data is None else len(data)
        if size <= CACHED_FILE_BYTES_MAX and self._bytes_kept + size <= CACHED_BYTES_MAX:
            self._bytes[path] = data
            self._bytes_kept += size
        return data

    def head(self, path: str, size_bytes: int) -> bytes:
        """The first bytes of a file; empty where it cannot be read, without a problem."""
        if path in self._replaced:
            return self._replaced[path][:size_bytes]
        try:
            handle = self._open(path)
        except (OSError, ValueError, _Refused):
            return b""
        try:
            return os.read(handle, size_bytes) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
        except OSError:
            return b""
        finally:
            os.close(handle)

    def source(self, path: str) -> Source | None:
        """The text of a file, read once; None (and a problem) where there is none."""
        if path not in self._sources:
            data = self.data(path)
            self._sources[path] = None if data is None else self._decode(path, data)
        return self._sources[path]

    def problem(self, path: str, line: int, reason: str) -> None:
        """Say that something of a file was not read; the same thing is said once."""
        problem = Problem(path, line, reason)
        if problem not in self.problems:
            self.problems.append(problem)

    def _open(self, path: str) -> int:
        where = self._found().get(path) if self._walk is not None else None
        if where is not None:
            return os.open(where, _OPEN | _STAY)
        full = os.path.join(self._real_root, path)
        real = os.path.realpath(full, strict=True)
        # A file that is named on the command line may be a link: the user has pointed at it.
        if not self._inside(real) and path != self.single:
            raise _Refused("leads out of the scanned folder; it was not followed")
        return os.open(real, _OPEN | _STAY)

    def _load(self, path: str, limit_bytes: int) -> bytes | None:
        try:
            handle = self._open(path)
            try:
                return self._read(handle, limit_bytes)
            finally:
                os.close(handle)
        except _Refused as refused:
            self.problem(path, 0, str(refused))
        except (OSError, ValueError) as error:
            self.problem(path, 0, f"cannot be read: {reason_of(error)}")
        return None

    def _read(self, handle: int, limit_bytes: int) -> bytes:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise _Refused("is not a regular file; it was not opened")
        if state.st_size > limit_bytes:
            raise _Refused(f"larger than {limit_bytes // 1024 // 1024} MiB; it was not read")
        if self._bytes_read + state.st_size > TOTAL_BYTES_MAX:
            raise _Refused(
                f"more than {TOTAL_BYTES_MAX >> 30} GiB were read before it; scan a part of the tree instead"
            )
        data = os.read(handle, state.st_size + 1)
        if len(data) != state.st_size:  # it grew meanwhile, or is of a file system that does not tell sizes
            parts = [data]
            while parts[-1] and sum(map(len, parts)) <= limit_bytes:
                parts.append(os.read(handle, 1 << 20))
            data = b"".join(parts)[:limit_bytes]
        self._bytes_read += len(data)
        return data

    def _narrow(self, path: str, data: bytes) -> bytes:
        """UTF-16 and UTF-32 as UTF-8; the bytes as they are where they are neither."""
        if not data.startswith(_WIDE_MARKS):
            return data
        encoding = next(name for mark, name in _WIDE if data.startswith(mark))
        try:
            narrow = data.decode(encoding).encode()
        except UnicodeError:
            return data
        self._encodings[path] = encoding
        return narrow

    def _decode(self, path: str, data: bytes) -> Source | None:
        if b"\0" in data[:8192]:
            self.problem(path, 0, "is binary")
            return None
        try:
            return Source(path, data.decode(), encoding=self._encodings.get(path, "utf-8"))
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self.problem(path, line, "is not UTF-8 text; save it as UTF-8")
            return None


class _Refused(Exception):  # noqa: N818
    """A file is not read, for a reason that is shown."""


def reason_of(error: Exception) -> str:
    """Why the operating system refuses, as a part of a sentence."""
    return shown((getattr(error, "strerror", None) or str(error) or "error").lower())
