"""Which files of a folder may be of some format, found fast and without leaving the folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from fourfold.model.place import Problem
from fourfold.sources.ignore import IGNORE_FILES, PATTERNS_MAX, Rules, ignored
from fourfold.sources.names import kind_of

FILES_MAX = 200_000
"""Files that may be of some format."""
ENTRIES_MAX = 3_000_000
"""Entries of folders that are looked at."""
DEPTH_MAX = 200
IGNORE_FILE_BYTES_MAX = 1024 * 1024
PARENTS_MAX = 64
"""Folders above the scanned one that are searched for the root of its repository."""

SKIPPED_FOLDERS = frozenset(
    (
        ".git .hg .svn .jj .bzr CVS node_modules bower_components .yarn .pnpm-store .npm .venv venv __pycache__ "
        "site-packages .tox .nox .mypy_cache .pytest_cache .ruff_cache .eggs .gradle .m2 .bundle .terraform "
        ".terragrunt-cache .aws-sam .next .nuxt .svelte-kit .parcel-cache .turbo .cache .idea .vs"
    ).split()
)
"""What version control, package managers and build tools keep: not written by the project, or a copy of what is."""

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, and those that turn the direction of writing; lone surrogates are bytes that are no UTF-8."""


def shown(name: str) -> str:
    """A file name that can be printed and encoded: what is not text in it is replaced."""
    return _UNPRINTABLE.sub("\ufffd", name)


class Walk:
    """One walk over a folder.

    `found` maps each path (relative, `/`) to where the file is; `problems` says what failed.
    """

    def __init__(self, root: str) -> None:
        """`root` is a real path."""
        self.root = root
        self.found: dict[str, str] = {}
        self.problems: list[Problem] = []
        self._links: list[tuple[str, str]] = []
        self._entries = 0
        self._stack: list[tuple[str, str, tuple[Rules, ...], int]] = []

    def run(self) -> None:
        """Look at every folder that is not ignored."""
        self._stack.append(("", self.root, tuple(self._outer()), 0))
        while self._stack:
            self._folder(*self._stack.pop())
            if self._entries > ENTRIES_MAX or len(self.found) > FILES_MAX:
                what = f"{FILES_MAX} files to read" if len(self.found) > FILES_MAX else f"{ENTRIES_MAX} entries"
                self._problem(".", f"holds more than {what}; the rest was left out, scan parts of it one by one")
                break
        self._follow_links()
        self.found = dict(sorted(self.found.items())[:FILES_MAX])

    def ignores(self, path: str) -> bool:
        """Whether ignore files name this one path, or a folder it lies in."""
        chain = tuple(self._outer())
        folder = ""
        parts = path.split("/")
        for at, part in enumerate(parts, 1):
            for name in IGNORE_FILES:
                full = "/".join(filter(None, (self.root, folder, name)))
                if os.path.isfile(full):
                    chain = (*chain, *self._rules(full, name, folder))
            folder = f"{folder}/{part}" if folder else part
            if ignored(chain, folder if at == len(parts) else f"{folder}/"):
                return True
        return False

    def _problem(self, path: str, reason: str) -> None:
        self.problems.append(Problem(path or ".", 0, reason))

    # -- folders ---------------------------------------------------------------------------------------------------

    def _folder(self, folder: str, full: str, chain: tuple[Rules, ...], depth: int) -> None:
        try:
            with os.scandir(full) as listing:
                entries = list(listing)
        except OSError as error:
            self._problem(folder, f"cannot be listed: {(error.strerror or 'error').lower()}")
            return
        self._entries += len(entries)
        names = {entry.name for entry in entries}
        if "pyvenv.cfg" in names and depth:
            return
        cloud_assembly = folder.rpartition("/")[2] == "cdk.out"
        for name in IGNORE_FILES:
            if name in names:
                chain = (*chain, *self._rules(f"{full}/{name}", f"{folder}/{name}" if folder else name, folder))
        prefix = f"{folder}/" if folder else ""
        for entry in entries:
            name = entry.name
            kind = kind_of(name)
            if entry.is_symlink():
                self._link(prefix + shown(name), entry, chain)
            elif kind and _is_file(entry):
                if not (chain and ignored(chain, prefix + name)):
                    self._file(prefix + shown(name), entry.path)
            elif _is_folder(entry):
                if name in SKIPPED_FOLDERS or (cloud_assembly and name.startswith("asset.")):
                    continue
                path = prefix + shown(name)
                if depth >= DEPTH_MAX:
                    self._problem(path, f"more than {DEPTH_MAX} folders deep; it was not entered")
                elif name == "cdk.out" and "cdk.json" in names:
                    # What the CDK writes is ignored by version control, but it is what is deployed.
                    self._stack.append((path, entry.path, (), depth + 1))
                elif not (chain and ignored(chain, f"{path}/")):
                    self._stack.append((path, entry.path, chain, depth + 1))
            elif kind and not _is_file(entry):
                self._problem(prefix + shown(name), "is not a regular file; it was not opened")

    def _file(self, path: str, full: str) -> None:
        if path in self.found:
            self._problem(path, "another file is left with the same name once unprintable characters are replaced")
        else:
            self.found[path] = full

    # -- ignore files ----------------------------------------------------------------------------------------------

    def _rules(self, full: str, path: str, folder: str, above: str = "") -> Iterator[Rules]:
        """The rules of one ignore file; nothing (and a problem) where it cannot be read."""
        try:
            handle = os.open(full, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            try:
                data = os.read(handle, IGNORE_FILE_BYTES_MAX + 1)
            finally:
                os.close(handle)
        except OSError as error:
            self._problem(path, f"cannot be read, so nothing is ignored by it: {(error.strerror or 'error').lower()}")
            return
        rules = Rules(data[:IGNORE_FILE_BYTES_MAX].decode("utf-8-sig", "replace"), folder, above)
        if rules.cut or len(data) > IGNORE_FILE_BYTES_MAX:
            self._problem(path, f"more than {PATTERNS_MAX} patterns or 1 MiB; the rest of it was left out")
        yield rules

    def _outer(self) -> Iterator[Rules]:
        """Rules from outside: `.git/info/exclude`, and the ignore files between the repository's root and this folder.

        They do not count where they would ignore the scanned folder itself: the user has pointed at it.
        """
        parents = [self.root]
        while not os.path.lexists(os.path.join(parents[-1], ".git")):
            above = os.path.dirname(parents[-1])
            if above == parents[-1] or len(parents) > PARENTS_MAX:
                return
            parents.append(above)
        repository = parents[-1]
        exclude = os.path.join(repository, ".git", "info", "exclude")
        files = [(exclude, repository)] if os.path.isfile(exclude) else []
        for parent in reversed(parents[1:]):
            files.extend((os.path.join(parent, name), parent) for name in IGNORE_FILES)
        chain: list[Rules] = []
        for full, parent in files:
            if os.path.isfile(full):
                above = os.path.relpath(self.root, parent).replace(os.sep, "/")
                chain.extend(self._rules(full, os.path.relpath(full, self.root), "", "" if above == "." else above))
        if self.root == repository or not ignored(tuple(chain), ""):
            yield from chain

    # -- symbolic links --------------------------------------------------------------------------------------------

    def _link(self, path: str, entry: os.DirEntry[str], chain: tuple[Rules, ...]) -> None:
        """Note a link to a file that may be read; say so where one leads out."""
        kind = kind_of(entry.name)
        if entry.name in SKIPPED_FOLDERS or entry.name.startswith(".#") or (chain and ignored(chain, path)):
            return
        try:
            real = os.path.realpath(entry.path, strict=True)
            folder = os.path.isdir(real)
        except OSError as error:
            if kind:
                self._problem(path, f"is a symbolic link that leads nowhere: {(error.strerror or 'error').lower()}")
            return
        if not kind and not folder:
            return
        if real != self.root and not real.startswith(self.root.rstrip(os.sep) + os.sep):
            self._problem(path, "is a symbolic link that leads out of the scanned folder; it was not followed")
        elif not folder:
            self._links.append((path, real))

    def _follow_links(self) -> None:
        """Each file that only a link leads to is read once, under the link's name."""
        reached = set(self.found.values())
        for path, real in sorted(self._links):
            if real not in reached:
                reached.add(real)
                self._file(path, real)


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file(follow_symlinks=False)
    except OSError:
        return False


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False
