"""What a fix changes in the text: replacements for machines, a diff for people. Lowered, not proved: `fix` proves."""

from __future__ import annotations

from collections.abc import Iterable

from fourfold.findings.finding import Fix
from fourfold.findings.secrecy import Redactor
from fourfold.fixes.lower import lower
from fourfold.fixes.text import CannotEditError, TextEdit, apply
from fourfold.model.place import Source
from fourfold.reports.view import Hunk, Replacement
from fourfold.sources.tree import Tree

CONTEXT = 2
"""Unchanged lines shown before and after a change."""


def changes(fix: Fix, redactor: Redactor, tree: Tree | None = None) -> tuple[tuple[Replacement, ...], tuple[Hunk, ...]]:
    """What the edits of a fix become; nothing where they cannot be written into their files."""
    try:
        edits = sorted(lower(fix.edits, tree), key=lambda e: (e.source.path, e.start, e.end))
        hunks = tuple(_hunk(group, redactor) for group in _clusters(edits))
    except CannotEditError:
        return (), ()
    return tuple(_replacement(e) for e in edits), hunks


def _replacement(edit: TextEdit) -> Replacement:
    line, column = edit.source.position(edit.start)
    end_line, end_column = edit.source.position(edit.end)
    return Replacement(edit.source.path, line, column, end_line, end_column, edit.text)


def _clusters(edits: Iterable[TextEdit]) -> list[list[TextEdit]]:
    """Edits that are shown in one hunk: of one file, with few lines between them."""
    out: list[list[TextEdit]] = []
    for edit in edits:
        last = out[-1][-1] if out else None
        if last is not None and last.source is edit.source:
            position = edit.source.position
            if position(edit.start)[0] - position(last.end)[0] <= 2 * CONTEXT:
                out[-1].append(edit)
                continue
        out.append([edit])
    return out


def _hunk(edits: list[TextEdit], redactor: Redactor) -> Hunk:
    source = edits[0].source
    first = source.position(edits[0].start)[0]
    last = source.position(max(e.end for e in edits))[0]
    begin = source.line_starts[first - 1]
    end = source.line_starts[last] if last < len(source.line_starts) else len(source.text)
    part = Source(source.path, source.text[begin:end])
    moved = [TextEdit(part, e.start - begin, e.end - begin, e.text) for e in edits]
    old, new = part.text.splitlines(), apply(part, moved)[0].splitlines()
    same = _common(old, new)
    tail = _common(old[same:][::-1], new[same:][::-1])
    first += same
    gone, come = old[same : len(old) - tail], new[same : len(new) - tail]
    before = range(max(first - CONTEXT, 1), first)
    after = range(first + len(gone), min(first + len(gone) + CONTEXT, _count(source) + 1))
    lines = [f" {redactor.line(source, n)}" for n in before]
    lines += [f"-{redactor.line(source, n)}" for n in range(first, first + len(gone))]
    lines += [f"+{redactor.scrub(text, source, begin, end)}" for text in come]
    lines += [f" {redactor.line(source, n)}" for n in after]
    return Hunk(source.path, before.start if before else first, tuple(lines))


def _common(a: list[str], b: list[str]) -> int:
    """How many elements two lists begin with alike."""
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _count(source: Source) -> int:
    """Lines of a text, an empty one after the last line end not counted."""
    starts = source.line_starts
    return len(starts) - (starts[-1] == len(source.text))
