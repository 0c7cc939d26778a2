"""Proves fixes: the edited tree is read and judged again, in memory, before anything is offered.

A set of fixes is proved if, after it, every finding it is for is gone, no problem or unknown is new, no finding is new
but lesser ones about the same subject that the worse one stood for, and no value of any resource changed but where the
edits write.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from fourfold.findings.finding import Finding
from fourfold.findings.report import Report
from fourfold.findings.severity import ORDER
from fourfold.fixes.decided import is_terraform
from fourfold.fixes.lower import lower
from fourfold.fixes.text import CannotEditError, TextEdit, apply
from fourfold.model.place import Source
from fourfold.model.value import Choice, Known, Map, Seq, Value
from fourfold.pipeline import examine
from fourfold.sources.tree import Tree


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


class Refused(msgspec.Struct, frozen=True):
    """A fix that is not offered, and why."""

    finding: Finding
    reason: str


class Plan(msgspec.Struct, frozen=True):
    """Proved changes."""

    changes: tuple[FileChange, ...]
    closes: tuple[Finding, ...]
    """The findings that the changes were made for."""
    also_closes: tuple[Finding, ...]
    """Further findings that go with them."""
    leaves: tuple[Finding, ...]
    """Lesser findings that come to light once the worse ones are gone."""
    refused: tuple[Refused, ...]


def plan(report: Report, findings: Iterable[Finding], progress: Callable[[str], None] = lambda _: None) -> Plan:
    """One proved change of the files for as many of these findings as can be.

    All together first; where that cannot be proved, halves, so that one bad fix does not cost the others.
    """
    wanted = [f for f in findings if f.fix is not None]
    refused: list[Refused] = []
    good: list[Finding] = []
    _prove_all(report, wanted, good, refused, progress)
    changes, _ = _write(report, good) if good else ({}, {})
    after = _reread(report, changes) if changes else report
    left = {f.id for f in after.findings}
    closed = {f.id for f in good}
    before = {f.id for f in report.findings} | {s.finding.id for s in report.suppressed}
    return Plan(
        changes=tuple(_change(source, text) for source, text in changes.items()),
        closes=tuple(good),
        also_closes=tuple(f for f in report.findings if f.id not in left and f.id not in closed),
        leaves=tuple(f for f in after.findings if f.id not in before),
        refused=tuple(refused),
    )


def _prove_all(
    report: Report,
    batch: list[Finding],
    good: list[Finding],
    refused: list[Refused],
    progress: Callable[[str], None],
) -> None:
    if not batch:
        return
    progress(f"proving {len(batch)} fixes")
    why = failure(report, [*good, *batch])
    if not why:
        good.extend(batch)
    elif len(batch) == 1:
        refused.append(Refused(batch[0], why))
    else:
        middle = len(batch) // 2
        _prove_all(report, batch[:middle], good, refused, progress)
        _prove_all(report, batch[middle:], good, refused, progress)


def failure(report: Report, findings: list[Finding]) -> str:
    """Why the fixes of these findings together are not proved; empty where they are."""
    try:
        changes, edits = _write(report, findings)
    except CannotEditError as error:
        return str(error)
    after = _reread(report, changes)
    left = {f.id for f in after.findings}
    for f in findings:
        if f.id in left:
            return "the finding is still there after the change"
    before = {f.id for f in report.findings} | {s.finding.id for s in report.suppressed}
    for f in after.findings:
        if f.id not in before and not _stood_for(f, findings):
            return f"it would bring a new finding: {f.title}"
    if new := {(p.file, p.reason) for p in after.problems} - {(p.file, p.reason) for p in report.problems}:
        return f"the file could not be read as before: {min(new)[1]}"
    if {(u.check, u.address) for u in after.unknown} - {(u.check, u.address) for u in report.unknown}:
        return "something that was decided would become unknown"
    return _elsewhere(report, after, edits)


def _stood_for(new: Finding, closed: Iterable[Finding]) -> bool:
    """Whether a worse finding about the same subject was closed: a container that is privileged has all capabilities,
    and once it is not, it is worth saying that it still has the usual ones."""
    return any(f.address == new.address and ORDER[f.severity] < ORDER[new.severity] for f in closed)


def _write(report: Report, findings: Iterable[Finding]) -> tuple[dict[Source, str], dict[str, tuple[Any, Any]]]:
    """New texts by source, and per file the old and the new stretches that differ."""
    tree = Tree(Path(report.root))
    edits = lower((edit for f in findings if f.fix for edit in f.fix.edits), tree)
    by_source: dict[Source, list[TextEdit]] = {}
    for edit in edits:
        same = next((s for s in by_source if s.path == edit.source.path), edit.source)
        by_source.setdefault(same, []).append(edit)
    changes: dict[Source, str] = {}
    places: dict[str, tuple[Any, Any]] = {}
    for source, group in by_source.items():
        on_disk = tree.source(source.path)
        if on_disk is None or on_disk.text != source.text:
            raise CannotEditError(f"`{source.path}` is not a file that can be edited: its text was rendered")
        text, written = apply(source, group)
        changes[source] = text
        places[source.path] = ([(e.start, e.end) for e in group], written)
    return changes, places


def _change(source: Source, text: str) -> FileChange:
    return FileChange(source.path, source.text, text, source.bom, source.encoding)


def _reread(report: Report, changes: dict[Source, str]) -> Report:
    files = {source.path: _change(source, text).data for source, text in changes.items()}
    tree = Tree(Path(report.root), files)
    tree.terraform = report.terraform
    return examine(tree, report.checks, report.root, exclude=report.exclude)


def _elsewhere(before: Report, after: Report, places: dict[str, tuple[Any, Any]]) -> str:
    """A value that changed though no edit is written there; empty where there is none."""
    old, new = before.graph.resources, after.graph.resources
    if set(old) != set(new):
        return "resources would appear or vanish"
    gave: dict[tuple[str, int, int], Any] = {}
    for key, resource in old.items():
        if found := _difference(resource.properties, new[key].properties, places, gave):
            return f"it would also change `{resource.address}`: {found}"
    return ""


def _difference(
    old: Value, new: Value, places: dict[str, tuple[Any, Any]], gave: dict[tuple[str, int, int], Any]
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


def _inside(value: Value, places: dict[str, tuple[Any, Any]], side: int) -> bool:
    """Whether the value (with its key), or a place that it came from, meets a stretch that an edit wrote."""
    start = value.key_start if value.key_start >= 0 else value.start
    if any(a <= value.end and start <= b for a, b in places.get(value.source.path, ((), ()))[side]):
        return True
    return is_terraform(value.source.path) and any(
        step.span is not None
        and any(a <= step.span.end and step.span.start <= b for a, b in places.get(step.span.file, ((), ()))[side])
        for step in getattr(value, "provenance", ())
    )


def _inside_some(value: Seq, places: dict[str, tuple[Any, Any]], side: int) -> bool:
    return any(_inside(item, places, side) for item in value.items_)
