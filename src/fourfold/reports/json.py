"""The report for machines: one JSON object, `schema` 1. Fields are only ever added to a schema."""

from __future__ import annotations

from typing import Any

import msgspec

from fourfold.reports.matrix import rows
from fourfold.reports.view import Gap, Item, Remedy, View

SCHEMA = 1


def render(view: View) -> str:
    """The object as text, two spaces deep, with a final line end."""
    return msgspec.json.format(msgspec.json.encode(document(view)), indent=2).decode() + "\n"


def document(view: View) -> dict[str, Any]:
    """The object as data."""
    return {
        "fourfold": view.version,
        "schema": SCHEMA,
        "findings": [_finding(item) for item in view.items],
        "suppressed": [
            _finding(item) | {"because": item.because, "suppressed_by": item.suppressed_by} for item in view.suppressed
        ],
        "problems": [{"file": p.file, "line": p.line, "reason": p.reason} for p in view.problems],
        "notes": [{"file": p.file, "line": p.line, "reason": p.reason} for p in view.notes],
        "unknown": [_gap(gap) for gap in view.gaps],
        "matrix": list(rows(view.matrix)),
        "summary": {
            "files": view.files,
            "resources": view.resources,
            "seconds": round(view.seconds, 3),
            "checks": view.checks,
            "questions": view.questions,
            "suppressed": len(view.suppressed),
            "by_principle": {
                name: {
                    "score": s.score,
                    "findings": s.findings,
                    "unknown": s.unknown,
                    "asked": s.asked,
                    "clean": s.clean,
                }
                for name, s in view.scores.items()
            },
        },
    }


def _finding(item: Item) -> dict[str, Any]:
    place = item.place
    return {
        "id": item.id,
        "check": item.check,
        "code": item.code,
        "principle": item.principle,
        "severity": item.severity,
        "certainty": item.certainty,
        "condition": item.condition,
        "title": item.title,
        "address": item.address,
        "resource_type": item.resource_type,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "related": [{"file": n.place.file, "line": n.place.line, "note": n.note} for n in item.related if n.place],
        "provenance": [
            {"file": n.place.file if n.place else "", "line": n.place.line if n.place else 0, "note": n.note}
            for n in item.provenance
        ],
        "evidence": item.evidence,
        "fix": _fix(item.fix) if item.fix else None,
        **({"exposure": item.exposure} if item.exposure else {}),
    }


def _fix(fix: Remedy) -> dict[str, Any]:
    return {
        "safe": fix.safe,
        "note": fix.note,
        "edits": [
            {
                "op": c.op,
                "file": c.place.file,
                "line": c.place.line,
                "end_line": c.place.end_line,
                "path": list(c.path),
                "value": c.value,
            }
            for c in fix.changes
        ],
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "check": gap.check,
        "address": gap.address,
        "reason": gap.reason,
        "file": gap.place.file,
        "line": gap.place.line,
    }
