"""One proof: a set of fixes is written, the changed tree is read and judged again in memory, and both are compared.

The set is proved if, after it, every finding it is for is gone, no problem or unknown is new, no finding is new but lesser
ones about the same subject that the worse one stood for, and no value of any resource changed but where the edits write.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import msgspec

from fourfold.findings.finding import Finding
from fourfold.findings.report import Report
from fourfold.findings.severity import ORDER
from fourfold.fixes.decided import decided, is_terraform
from fourfold.fixes.lower import lower
from fourfold.fixes.outline import Outline
from fourfold.fixes.text import CannotEditError, TextEdit, apply
from fourfold.model.place import Source
from fourfold.model.value import Choice, Known, Map, Seq, Value
from fourfold.pipeline import examine
from fourfold.sources.again import Noting, Readings
from fourfold.sources.tree import Tree

Stretches: TypeAlias = list[tuple[int, int]]


class FileChange(msgspec.Struct, frozen=True):
    """A file before and after."""

    path: str
    before: str
    after: str
    bom: bool = False
    encoding: str = "utf-8"

    @property
    def data(self) -> bytes:
        """What the file holds afterwards, encoded as before."""
        return (("\ufeff" if self.bom else "") + self.after).encode(self.encoding)

    def diff(self) -> str:
        """Unified diff."""
        old, new = self.before.splitlines(keepends=True), self.after.splitlines(keepends=True)
        lines = list(difflib.unified_diff(old, new, f"a/{self.path}", f"b/{self.path}"))
        return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)


class Written(msgspec.Struct, frozen=True):
    """A set of fixes as changes of texts."""

    texts: dict[Source, str]
    """The new text of each source."""
    places: dict[str, tuple[Stretches, Stretches]]
    """By file, the stretches of the old and of the new text that differ."""

    def changes(self) -> tuple[FileChange, ...]:
        """The files before and after."""
        return tuple(FileChange(s.path, s.text, text, s.bom, s.encoding) for s, text in self.texts.items())


class Objection(msgspec.Struct, frozen=True):
    """Something that a set of fixes must not do."""

    reason: str
    finding: str = ""
    """The id of the finding whose fix is to blame, where that is known."""
    files: frozenset[str] = frozenset()
    """Else the files where it shows."""


class Proof:
    """Proves sets of fixes of one report; what one proof has read is not read again by the next."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self._tree = Noting(Path(report.root))
        self._tree.terraform = report.terraform
        self._readings = Readings(self._tree)
        self._outlines: dict[int, Outline] = {}
        self.at_the_use: set[str] = set()
        """The ids of findings whose fixes change no argument of a module that is used several times."""
        self._known = {f.id for f in report.findings} | {s.finding.id for s in report.suppressed}

    def write(self, findings: Iterable[Finding]) -> Written:
        """The fixes of these findings, written. Raises `CannotEditError`."""
        return self.join([self.edits(findings)])

    def edits(self, findings: Iterable[Finding]) -> list[TextEdit]:
        """The changes of texts that these fixes are. Raises `CannotEditError`."""
        edits = (
            decided(edit, self._tree, arguments=f.id not in self.at_the_use)
            for f in findings
            if f.fix
            for edit in f.fix.edits
        )
        return lower(edits, None, self._outlines)

    def elsewhere(self, finding: Finding) -> bool:
        """Whether the fix of a finding changes what a module is told, and could be made where the module uses it."""
        edits = finding.fix.edits if finding.fix else ()
        return finding.id not in self.at_the_use and any(
            decided(edit, self._tree) != decided(edit, self._tree, arguments=False) for edit in edits
        )

    def join(self, groups: Iterable[Iterable[TextEdit]]) -> Written:
        """Edits of texts, applied. Raises `CannotEditError`."""
        by_path: dict[str, list[TextEdit]] = {}
        for edits in groups:
            for edit in edits:
                by_path.setdefault(edit.source.path, []).append(edit)
        texts: dict[Source, str] = {}
        places: dict[str, tuple[Stretches, Stretches]] = {}
        for path, group in by_path.items():
            source, on_disk = group[0].source, self._tree.source(path)
            if on_disk is None or on_disk.text != source.text:
                raise CannotEditError(f"`{path}` is not a file that can be edited: its text was rendered")
            texts[source], written = apply(source, group)
            places[path] = ([(e.start, e.end) for e in group], written)
        return Written(texts, places)

    def after(self, written: Written, *, anew: bool = False) -> Report:
        """The report of the changed tree; `anew` reads every file again, and from the disk."""
        files = {change.path: change.data for change in written.changes()}
        report = self.report
        if not anew:
            tree = self._readings.tree(files)
            return examine(tree, report.checks, report.root, exclude=report.exclude, reader=self._readings.read)
        full = Tree(Path(report.root), files)
        full.terraform = report.terraform
        return examine(full, report.checks, report.root, exclude=report.exclude)

    def looked(self, file: str) -> set[str]:
        """The files that were read for a file."""
        return self._readings.looked(file)

    def objections(self, findings: list[Finding], written: Written, after: Report) -> Iterator[Objection]:
        """Why the fixes of these findings together are not proved; nothing where they are."""
        left = {f.id for f in after.findings}
        for f in findings:
            if f.id in left:
                yield Objection("the finding is still there after the change", finding=f.id)
        for f in after.findings:
            if f.id not in self._known and not _stood_for(f, findings):
                files = {f.span.file, *(r.span.file for r in f.related)}
                yield Objection(f"it would bring a new finding: {f.title}", files=frozenset(files))
        before = self.report
        known = {(p.file, p.reason) for p in before.problems}
        for p in sorted(after.problems, key=lambda p: (p.file, p.reason)):
            if (p.file, p.reason) not in known:
                yield Objection(f"the file could not be read as before: {p.reason}", files=frozenset((p.file,)))
        asked = {(u.check, u.address) for u in before.unknown}
        for u in after.unknown:
            if (u.check, u.address) not in asked:
                yield Objection("something that was decided would become unknown", files=frozenset((u.span.file,)))
        yield from _elsewhere(before, after, written)


def _stood_for(new: Finding, closed: Iterable[Finding]) -> bool:
    """Whether a worse finding about the same subject was closed: a container that is privileged has all capabilities,
    and once it is not, it is worth saying that it still has the usual ones."""
    return any(f.address == new.address and ORDER[f.severity] < ORDER[new.severity] for f in closed)


def _elsewhere(before: Report, after: Report, written: Written) -> Iterator[Objection]:
    """Values that changed though no edit is written there."""
    old, new = before.graph.resources, after.graph.resources
    for key in old.keys() ^ new.keys():
        resource = old.get(key) or new[key]
        yield Objection("resources would appear or vanish", files=frozenset((resource.file, key.partition("#")[0])))
    gave: dict[tuple[str, int, int], object] = {}
    for key, resource in old.items():
        other = new.get(key)
        if other is None or other is resource:
            continue
        if found := _difference(resource.properties, other.properties, written.places, gave):
            reason = f"it would also change `{resource.address}`: {found}"
            yield Objection(reason, files=frozenset((resource.file,)))


def _difference(
    old: Value, new: Value, places: dict[str, tuple[Stretches, Stretches]], gave: dict[tuple[str, int, int], object]
) -> str:
    """Which value changed elsewhere; empty where none did. `gave` keeps what each edited place gave before: an expression
    that is evaluated more than once may not have given different values."""
    if isinstance(old, Map) and isinstance(new, Map):
        for key in {**old.entries_, **new.entries_}:
            a, b = old.entries_.get(key), new.entries_.get(key)
            if a is None or b is None:
                there = b if a is None else a
                assert there is not None
                if not _inside(there, places, 1 if a is None else 0):
                    return key
            elif found := _difference(a, b, places, gave):
                return found
        return ""
    if isinstance(old, Seq) and isinstance(new, Seq) and len(old.items_) == len(new.items_):
        return next(
            (f for a, b in zip(old.items_, new.items_, strict=True) if (f := _difference(a, b, places, gave))), ""
        )
    if isinstance(old, Choice) and isinstance(new, Choice):
        return _difference(old.yes, new.yes, places, gave) or _difference(old.no, new.no, places, gave)
    if old.plain() == new.plain():
        return ""
    if _inside(old, places, 0) or _inside(new, places, 1):
        if isinstance(old, Known) and is_terraform(old.source.path):
            place = (old.source.path, old.start, old.end)
            if gave.setdefault(place, old.value) != old.value:
                return f"the same place gives `{old.value}` there"
        return ""
    if isinstance(old, Seq) and isinstance(new, Seq):
        return "" if _inside_some(old, places, 0) or _inside_some(new, places, 1) else str(old)[:60]
    return str(old)[:60]


def _inside(value: Value, places: dict[str, tuple[Stretches, Stretches]], side: int) -> bool:
    """Whether the value (with its key), or a place that it came from, meets a stretch that an edit wrote."""
    start = value.key_start if value.key_start >= 0 else value.start
    if any(a <= value.end and start <= b for a, b in places.get(value.source.path, ([], []))[side]):
        return True
    return is_terraform(value.source.path) and any(
        step.span is not None
        and any(a <= step.span.end and step.span.start <= b for a, b in places.get(step.span.file, ([], []))[side])
        for step in getattr(value, "provenance", ())
    )


def _inside_some(value: Seq, places: dict[str, tuple[Stretches, Stretches]], side: int) -> bool:
    return any(_inside(item, places, side) for item in value.items_)
