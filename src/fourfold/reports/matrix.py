"""The responsibility matrix, workloads with equal shares taken together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from fourfold.reports.view import Cell, Column, Workload

WHO = {"you": "you", "aws": "AWS", "both": "both", "unknown": "unknown"}


def columns(rows: Iterable[dict[str, Any]]) -> tuple[Column, ...]:
    """The rows of a report as columns; those with most workloads first."""
    found: dict[tuple[str, tuple[Cell, ...]], list[Workload]] = {}
    cells: dict[tuple[str, str, str], Cell] = {}
    for workload, group in groupby(rows, key=lambda r: (r["address"], r["kind"], r["file"], r["line"], r["platform"])):
        shares = []
        for row in group:
            key = (row["layer"], row["who"], row["reason"])
            if key not in cells:
                cells[key] = Cell(row["layer"], row["title"], row["who"], row["reason"], row["source"])
            shares.append(cells[key])
        found.setdefault((workload[4], tuple(shares)), []).append(Workload(*workload[:4]))
    out = [Column(platform, tuple(workloads), shares) for (platform, shares), workloads in found.items()]
    return tuple(sorted(out, key=lambda c: -len(c.workloads)))


def rows(matrix: Iterable[Column]) -> Iterator[dict[str, Any]]:
    """One row for each workload and layer, as machines read it."""
    for column in matrix:
        for workload in column.workloads:
            for cell in column.cells:
                yield {
                    "address": workload.address,
                    "kind": workload.kind,
                    "file": workload.file,
                    "line": workload.line,
                    "platform": column.platform,
                    "layer": cell.layer,
                    "title": cell.title,
                    "who": cell.who,
                    "reason": cell.reason,
                    "source": cell.source,
                }


def names(column: Column, most: int = 3) -> str:
    """The workloads of a column in words: `orders, web and 5 more`."""
    shown = [w.address for w in column.workloads[:most]]
    left = len(column.workloads) - len(shown)
    return f"{', '.join(shown)} and {left:,} more" if left else ", ".join(shown)
