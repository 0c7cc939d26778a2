"""Makes a report plain: from objects with their sources and values to a `View`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fourfold.findings.check import Check
from fourfold.findings.finding import Finding, Fix, Undetermined
from fourfold.findings.report import Report
from fourfold.findings.secrecy import Redactor
from fourfold.model.edit import Edit
from fourfold.model.place import Problem, Span
from fourfold.model.value import Value
from fourfold.reports.matrix import columns
from fourfold.reports.score import scores
from fourfold.reports.view import Change, Gap, Item, Note, Page, Place, Remedy, View
from fourfold.sources.tree import Tree

LINES_AROUND = 2
"""Lines of context kept before and after a place."""
INTEGER_MAX = 2**63 - 1
"""Larger numbers become text: readers of JSON cannot be relied on to keep them."""
LINE_CHARACTERS_MAX = 400
"""Longer lines are kept in part, around the column that matters."""


def view(report: Report, *, texts: bool = False) -> View:
    """The plain form of a report; `texts` adds to each fix what it becomes in the files, which takes longer."""
    from fourfold import __version__

    graph = report.graph
    redactor = Redactor((*report.findings, *(s.finding for s in report.suppressed), *report.unasked))
    tree = Tree(Path(report.root)) if texts else None
    items = tuple(_item(f, redactor, tree=tree) for f in report.findings)
    hushed = tuple(_item(s.finding, redactor, s.because, s.where) for s in report.suppressed)
    by_id = {check.id: check for check in report.checks}
    file_format: dict[str, str] = {}
    for r in graph.resources.values():
        if r.format == "sam" or r.file not in file_format:  # what SAM expands to is CloudFormation
            file_format[r.file] = r.format
    return View(
        version=__version__,
        root=safe(report.root),
        items=items,
        suppressed=hushed,
        problems=tuple(Problem(safe(p.file), p.line, safe(p.reason)) for p in report.problems if not p.note),
        notes=tuple(Problem(safe(p.file), p.line, safe(p.reason), note=True) for p in report.problems if p.note),
        gaps=tuple(_gap(u, by_id, redactor) for u in report.unknown),
        matrix=columns(report.matrix),
        files=len(report.files),
        formats=_ranked(file_format.values()),
        resources=len(graph.resources),
        nodes=_ranked(type(n).__name__ for n in graph.nodes()),
        edges=_ranked(e.kind for e in graph.edges),
        checks=len(report.checks),
        questions=sum(report.asked.values()),
        pages={c: page(by_id[c]) for c in sorted({i.check for i in (*items, *hushed)}) if c in by_id},
        scores=scores(report),
        seconds=report.seconds,
    )


def page(check: Check) -> Page:
    """A check's page, its title apart from its text."""
    title, _, text = check.page.strip().partition("\n")
    return Page(check.id, check.code, check.principle, check.severity, title.strip(), text.strip(), check.refs)


def _ranked(things: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(things).items(), key=lambda pair: (-pair[1], pair[0])))


def _item(
    finding: Finding, redactor: Redactor, because: str = "", suppressed_by: str = "", *, tree: Tree | None = None
) -> Item:
    return Item(
        id=finding.id,
        check=finding.check,
        code=finding.code,
        principle=finding.principle,
        severity=finding.severity,
        certainty=finding.certainty,
        condition=safe(finding.condition),
        title=safe(finding.title),
        address=safe(finding.address),
        resource_type=safe(finding.resource_type),
        place=place(finding.span, redactor),
        related=tuple(_note(r.note, r.span, redactor) for r in finding.related),
        provenance=tuple(_note(s.note, s.span, redactor) for s in finding.provenance),
        value=safe(_value(finding, redactor)),
        evidence=plain(finding.evidence),
        fix=_remedy(finding.fix, redactor, tree) if finding.fix else None,
        because=safe(because),
        suppressed_by=safe(suppressed_by),
    )


def _value(finding: Finding, redactor: Redactor) -> str:
    """What the value turned out to be; what is secret where it comes from is masked."""
    text = finding.value
    for span in (finding.span, *(s.span for s in finding.provenance if s.span is not None)):
        text = redactor.scrub(text, span.source, span.start, span.end) if text else ""
    return text


def _note(note: str, span: Span | None, redactor: Redactor) -> Note:
    return Note(safe(note), place(span, redactor) if span is not None and span.file else None)


def _gap(unknown: Undetermined, checks: dict[str, Check], redactor: Redactor) -> Gap:
    check = checks.get(unknown.check)
    where = place(unknown.span, redactor)
    return Gap(unknown.check, check.principle if check else "", safe(unknown.address), safe(unknown.reason), where)


def _remedy(fix: Fix, redactor: Redactor, tree: Tree | None) -> Remedy:
    """A fix; with the tree that was scanned, what it becomes in the files, too."""
    edits = tuple(_change(e, redactor) for e in fix.edits)
    if tree is None:
        return Remedy(fix.safe, safe(fix.note), edits)
    # Lowering edits needs the whole engine, which a scan for the terminal does not.
    from fourfold.reports.diff import changes

    return Remedy(fix.safe, safe(fix.note), edits, *changes(fix, redactor, tree))


def _change(edit: Edit, redactor: Redactor) -> Change:
    path = edit.keys
    if edit.op in ("set", "remove", "rename") and edit.at.key_start >= 0:
        key = edit.at.source.text[edit.at.key_start : edit.at.start].rstrip().removesuffix(":").strip().strip("\"'")
        path = (key, *path) if edit.op == "rename" else (key,)
    return Change(edit.op, tuple(map(plain, path)), plain(edit.value), place(edit.at.span, redactor, whole=True))


def place(span: Span, redactor: Redactor, *, whole: bool = False) -> Place:
    """The place of a span, or of its first line where it is long (unless `whole`), with the lines around it."""
    if not whole:
        span = span.header()
    source, line, column = span.source, span.line, span.column
    end_line, end_column = source.position(span.end)
    first = max(line - LINES_AROUND, 1)
    total = len(source.line_starts) - (source.line_starts[-1] == len(source.text))
    last = min(min(end_line, line + LINES_AROUND) + LINES_AROUND, total)
    lines = [redactor.line(source, n) for n in range(first, last + 1)]
    stop = end_column - 1
    if 0 <= end_line - first < len(lines):
        stop += len(lines[end_line - first]) - len(source.line(end_line))
    cut = 0
    if any(len(text) > LINE_CHARACTERS_MAX for text in lines):
        if column > LINE_CHARACTERS_MAX // 2:
            cut = column - LINE_CHARACTERS_MAX // 4
        lines = [text[cut : cut + LINE_CHARACTERS_MAX] for text in lines]
    return Place(
        safe(source.path), line, column, end_line, end_column, first, tuple(map(safe, lines)), cut, max(stop - cut, 0)
    )


def safe(text: str) -> str:
    """Text that can be written as UTF-8: half characters, as file names and JSON escapes can hold, are replaced."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def plain(data: Any) -> Any:
    """Evidence as JSON data: values become what they say, places `file:line`, mappings keep their order."""
    if isinstance(data, str):
        return safe(data)
    if isinstance(data, dict):
        return {safe(str(key)): plain(value) for key, value in data.items()}
    if isinstance(data, (list, tuple, set, frozenset)):
        items = [plain(value) for value in data]
        return sorted(items, key=str) if isinstance(data, (set, frozenset)) else items
    if isinstance(data, Value):
        return plain(data.plain())
    if isinstance(data, Span):
        return f"{safe(data.file)}:{data.line}"
    if isinstance(data, int) and not isinstance(data, bool):
        return data if -INTEGER_MAX <= data <= INTEGER_MAX else str(data)
    return data if data is None or isinstance(data, (float, bool)) else safe(str(data))
