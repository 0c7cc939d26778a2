"""Kept reports: a second scan of unchanged files is answered from the first.

A kept report is used only if everything that went into it is the same: fourfold's own files and those of its parser, the
options, the settings, the day (dates of support end, suppressions expire), the list of files of the tree, and the content
of every file that any reader looked at, claimed or not. Contents are compared by hash, not by time of change, so the
whole tree is read again; what is saved is parsing, linking and judging. A tree with a Helm chart is judged anew each
time: what a renderer makes of it depends on more than the tree. So does Terraform, where its variables come from the
environment.

It is kept in `$XDG_CACHE_HOME/fourfold` (else `~/.cache/fourfold`), at most `BYTES_MAX`, oldest out first; a file there
that is damaged, or cannot be read or written, is as good as none. `FOURFOLD_NO_CACHE` turns it off.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

import fourfold
from fourfold.config import Config
from fourfold.knowledge.support import today
from fourfold.reports.view import View
from fourfold.sources.tree import Tree

SCHEMA = 1
BYTES_MAX = 64 * 1024 * 1024
ENTRIES_MAX = 256
_MAGIC = b"fourfold"
_DIGEST_BYTES = 20


Kind: TypeAlias = Literal["files", "data", "head", "has", "ignored", "is_folder", "listing"]
"""The methods of a tree that look at it."""


class Look(msgspec.Struct, frozen=True, array_like=True):
    """One look that a scan took at the tree, and what it saw, as a hash."""

    kind: Kind
    arguments: tuple[str | int, ...]
    seen: bytes


class Watched(Tree):
    """A tree that notes every look that is taken at it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.looks: dict[tuple[Kind, tuple[str | int, ...]], Look] = {}
        self.repeatable = True
        """Whether the tree is all that a scan depends on. A renderer of Helm charts looks at more: see `Tree`'s users."""

    def files(self) -> Iterator[str]:
        """See `Tree.files`; what could not be listed belongs to what was seen."""
        found = list(super().files())
        self.repeatable = not any(path.rpartition("/")[2] == "Chart.yaml" for path in found)
        self._note("files", (), "\0".join((*found, "", *map(str, self.problems))))
        return iter(found)

    def data(self, path: str) -> bytes | None:
        """See `Tree.data`; why something cannot be read belongs to what was seen."""
        data = super().data(path)
        if ("data", (path,)) not in self.looks:
            why = next((p.reason for p in reversed(self.problems) if p.file == path), "") if data is None else ""
            self._note("data", (path,), b"\1" + data if data is not None else f"\0{why}")
        return data

    def head(self, path: str, size_bytes: int) -> bytes:
        """See `Tree.head`."""
        head = super().head(path, size_bytes)
        self._note("head", (path, size_bytes), head)
        return head

    def has(self, path: str) -> bool:
        """See `Tree.has`."""
        there = super().has(path)
        self._note("has", (path,), str(there))
        return there

    def is_folder(self, path: str) -> bool:
        """See `Tree.is_folder`."""
        folder = super().is_folder(path)
        self._note("is_folder", (path,), str(folder))
        return folder

    def listing(self, folder: str) -> list[str]:
        """See `Tree.listing`."""
        names = super().listing(folder)
        self._note("listing", (folder,), "\0".join(names))
        return names

    def ignored(self, path: str) -> bool:
        """See `Tree.ignored`."""
        ignored = super().ignored(path)
        self._note("ignored", (path,), str(ignored))
        return ignored

    def _note(self, kind: Kind, arguments: tuple[str | int, ...], seen: bytes | str) -> None:
        data = seen.encode("utf-8", "surrogatepass") if isinstance(seen, str) else seen
        self.looks.setdefault((kind, arguments), Look(kind, arguments, _hash(data)))

    def again(self, look: Look) -> bool:
        """Whether the same look sees the same now."""
        getattr(self, look.kind)(*look.arguments)
        return self.looks[look.kind, look.arguments].seen == look.seen


def view_of(
    path: str,
    *,
    config: Config,
    only: Iterable[str] = (),
    exclude: Iterable[str] = (),
    texts: bool = False,
    cache: bool = True,
    progress: Callable[[str, int, int], None] = lambda _stage, _done, _total: None,
) -> View:
    """The plain report of a path: the kept one if nothing has changed, else a new one, which is then kept.

    Raises what `fourfold.scan` raises.
    """
    began = time.perf_counter()
    folder = _folder() if cache and not config.terraform.use_environment else None
    only, exclude = tuple(only), tuple(exclude)
    entry = folder / _name(path, config, only, exclude, texts) if folder is not None else None
    if entry is not None and (kept := _kept(entry, Path(path))) is not None:
        return msgspec.structs.replace(kept, seconds=time.perf_counter() - began, kept=True)
    from fourfold.pipeline import scan
    from fourfold.reports.plain import view

    if entry is None:
        return view(scan(path, only=only, exclude=exclude, config=config, progress=progress), texts=texts)
    tree = Watched(Path(path))
    made = view(scan(path, only=only, exclude=exclude, config=config, progress=progress, tree=tree), texts=texts)
    if tree.repeatable:
        _keep(entry, tuple(tree.looks.values()), made)
    return made


def _folder() -> Path | None:
    if os.environ.get("FOURFOLD_NO_CACHE"):
        return None
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():  # the specification says that others are to be ignored
        try:
            base = Path.home() / ".cache"
        except RuntimeError:
            return None
    return base / "fourfold"


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES).digest()


def _name(path: str, config: Config, only: tuple[str, ...], exclude: tuple[str, ...], texts: bool) -> str:
    """Names the question: equal names have equal answers as long as the tree is the same."""
    asked = (
        SCHEMA, fourfold.__version__, _stamp(), os.path.realpath(path), path, repr(config), only, exclude, texts,
        str(today()),
    )  # fmt: skip
    return _hash(repr(asked).encode("utf-8", "surrogatepass")).hex()


def _stamp() -> bytes:
    """Tells one state of fourfold's own files, and of its parser, from another: names, sizes and times of change."""
    from importlib.util import find_spec

    seen: list[tuple[str, int, int]] = []
    folders = [str(Path(fourfold.__file__).parent)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if not entry.is_dir():
                    state = entry.stat()
                    seen.append((entry.path, state.st_size, state.st_mtime_ns))
                elif entry.name not in ("__pycache__", "demo"):
                    folders.append(entry.path)
    for name in ("yaml", "msgspec"):
        spec = find_spec(name)
        if spec is not None and spec.origin:
            seen.append((spec.origin, 0, Path(spec.origin).stat().st_mtime_ns))
    return _hash(repr(sorted(seen)).encode("utf-8", "surrogatepass"))


def _kept(entry: Path, root: Path) -> View | None:
    """The kept report, if everything that was seen then is still so."""
    try:
        data = entry.read_bytes()
        body = data[len(_MAGIC) + _DIGEST_BYTES :]
        if not data.startswith(_MAGIC) or data[len(_MAGIC) :][:_DIGEST_BYTES] != _hash(body):
            return None
        size = int.from_bytes(body[:8], "big")
        looks = msgspec.msgpack.decode(body[8 : 8 + size], type=tuple[Look, ...])
        tree = Watched(root)
        if not all(map(tree.again, looks)):
            return None
        view = msgspec.msgpack.decode(body[8 + size :], type=View)
        os.utime(entry)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None
    return view


def _keep(entry: Path, looks: tuple[Look, ...], view: View) -> None:
    try:
        head, tail = msgspec.msgpack.encode(looks), msgspec.msgpack.encode(view)
        body = len(head).to_bytes(8, "big") + head + tail
        if len(body) > BYTES_MAX // 4:
            return
        entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = entry.with_name(f".{entry.name}.{os.getpid()}")
        try:
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(_MAGIC + _hash(body) + body)
            temporary.replace(entry)
        finally:
            temporary.unlink(missing_ok=True)
        _trim(entry.parent)
    except (OSError, ValueError, OverflowError, TypeError):
        # What cannot be kept is scanned again next time: nothing is lost.
        return


def _trim(folder: Path) -> None:
    """Remove what was not used for longest, until the rest fits."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            state = entry.stat(follow_symlinks=False)
            found.append((state.st_mtime_ns, state.st_size, entry.path))
    found.sort(reverse=True)
    total = 0
    for at, (_, size, path) in enumerate(found):
        total += size
        if at >= ENTRIES_MAX or total > BYTES_MAX:
            Path(path).unlink()
