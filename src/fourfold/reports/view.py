"""What every report is made from: the outcome of a scan as plain data, without the graph.

A `View` holds no value, node or source, only texts and numbers; so it can be kept (the cache stores it as MessagePack)
and every report can be made from a kept one. The lines that a code frame shows are part of it: a report reads no file.
`fourfold.reports.plain` makes it. This module loads nothing of the engine, so that a kept report is shown at once.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fourfold.findings.severity import Certainty, Severity
from fourfold.model.place import Problem


class Place(msgspec.Struct, frozen=True):
    """A stretch of a file, with the lines around it. Lines and columns are 1-based; `end_column` is exclusive."""

    file: str
    """Relative to the scanned path, with forward slashes."""
    line: int
    column: int
    end_line: int
    end_column: int
    first: int = 0
    """Number of the first of `lines`."""
    lines: tuple[str, ...] = ()
    cut: int = 0
    """Characters left out at the beginning of each of `lines`."""
    stop: int = 0
    """Where the stretch ends in its last line as it is shown: 0-based, exclusive. Masked secrets make lines shorter."""


class Note(msgspec.Struct, frozen=True):
    """A sentence, and the place it is about."""

    note: str
    place: Place | None = None


class Change(msgspec.Struct, frozen=True):
    """One edit of a fix."""

    op: str
    """`set`, `insert`, `append`, `remove` or `rename`."""
    path: tuple[str | int, ...]
    """insert: the keys that lead from the place to what is written; else the key of what is changed, if it has one."""
    value: Any
    place: Place
    """What is changed (set, remove, rename), or what it is put into (insert, append)."""


class Replacement(msgspec.Struct, frozen=True):
    """Put `text` in place of a stretch. Lines and columns are 1-based; `end_column` is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class Hunk(msgspec.Struct, frozen=True):
    """A changed stretch of one file: lines that begin with ` `, `-` or `+`."""

    file: str
    line: int
    """Number of the first line before the change."""
    lines: tuple[str, ...]


class Remedy(msgspec.Struct, frozen=True):
    """The fix of a finding."""

    safe: bool
    note: str
    changes: tuple[Change, ...]
    replacements: tuple[Replacement, ...] = ()
    """The same as text; only in a view that was made with texts."""
    hunks: tuple[Hunk, ...] = ()


class Item(msgspec.Struct, frozen=True):
    """One finding."""

    id: str
    check: str
    code: str
    principle: str
    severity: Severity
    certainty: Certainty
    condition: str
    title: str
    address: str
    resource_type: str
    place: Place
    related: tuple[Note, ...] = ()
    provenance: tuple[Note, ...] = ()
    value: str = ""
    """What the value at the place turned out to be, where it is decided elsewhere."""
    evidence: dict[str, Any] = {}
    fix: Remedy | None = None
    because: str = ""
    """Suppressed findings: the reason that was given."""
    suppressed_by: str = ""
    """Suppressed findings: the file, or file and line, that says so."""
    exposure: str = ""
    """The attack path it is on; only where paths were asked for."""


class Gap(msgspec.Struct, frozen=True):
    """A question without an answer."""

    check: str
    principle: str
    address: str
    reason: str
    place: Place


class Page(msgspec.Struct, frozen=True):
    """What a report says about a check."""

    id: str
    code: str
    principle: str
    severity: Severity
    title: str
    text: str
    """Markdown, without the title."""
    refs: tuple[str, ...] = ()


class Cell(msgspec.Struct, frozen=True):
    """Whose part one layer is."""

    layer: str
    title: str
    who: str
    """`aws`, `you`, `both` or `unknown`."""
    reason: str
    source: str
    """The page that says so."""


class Workload(msgspec.Struct, frozen=True):
    """One workload."""

    address: str
    kind: str
    file: str
    line: int


class Column(msgspec.Struct, frozen=True):
    """Workloads of one platform whose layers are shared alike."""

    platform: str
    workloads: tuple[Workload, ...]
    cells: tuple[Cell, ...]
    """From the data down to the hardware."""


class Score(msgspec.Struct, frozen=True):
    """How one principle is kept."""

    score: int | None
    """0 to 10; None where nothing was asked."""
    asked: int
    """Questions: (check, subject) pairs."""
    clean: int
    findings: int
    unknown: int
    worst: Severity | None


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a report can say about one scan."""

    version: str
    root: str
    items: tuple[Item, ...]
    """Findings, worst first."""
    suppressed: tuple[Item, ...]
    problems: tuple[Problem, ...]
    """What could not be read, and so was not judged."""
    notes: tuple[Problem, ...] = ()
    """What is worth knowing beside the findings; nothing was missed."""
    gaps: tuple[Gap, ...]
    matrix: tuple[Column, ...]
    files: int
    """Files that were read."""
    formats: dict[str, int]
    """Format: how many files declare something in it."""
    resources: int
    nodes: dict[str, int]
    """Class of node: how many."""
    edges: dict[str, int]
    """Kind of edge: how many."""
    checks: int
    questions: int
    """How many (check, subject) pairs were asked."""
    pages: dict[str, Page]
    """Check id: its page, for each check that found something."""
    scores: dict[str, Score]
    """Principle: its score."""
    seconds: float
    kept: bool = False
    """Whether it was kept from an earlier scan of the same files."""
