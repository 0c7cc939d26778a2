"""SARIF 2.1.0, as GitHub code scanning and other viewers take it.

Sources: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ and
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any
from urllib.parse import quote

import msgspec

from fourfold.findings.principles import PRINCIPLES
from fourfold.findings.severity import SCORE
from fourfold.model.place import Problem
from fourfold.reports.text import sentence
from fourfold.reports.view import Item, Note, Page, Place, View

RESULTS_MAX = 25_000
"""More are refused by GitHub; the worst come first."""
STEPS_MAX = 1_000
TAGS_MAX = 20
ROOT = "%SRCROOT%"
PROBLEM_ID = "FF0001"

LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}


def render(view: View, base: str = "") -> str:
    """The log as text; `base` is the scanned folder, relative to the root of its repository."""
    return msgspec.json.format(msgspec.json.encode(document(view, base)), indent=2).decode() + "\n"


def document(view: View, base: str = "") -> dict[str, Any]:
    """The log as data."""
    base = base.strip("/")
    base = f"{base}/" if base not in ("", ".") else ""
    items = view.items[:RESULTS_MAX]
    rules = [view.pages[check] for check in sorted(view.pages, key=lambda c: view.pages[c].code)]
    index = {page.id: at for at, page in enumerate(rules)}
    seen: Counter[tuple[str, str, str]] = Counter()
    run = {
        "tool": {
            "driver": {
                "name": "fourfold",
                "fullName": f"fourfold {view.version}",
                "version": view.version,
                "semanticVersion": view.version,
                "informationUri": f"urn:fourfold:{view.version}",
                "rules": [_rule(page) for page in rules],
                "notifications": [
                    {
                        "id": PROBLEM_ID,
                        "name": "NotRead",
                        "shortDescription": {"text": "A file could not be read in full."},
                        "fullDescription": {
                            "text": "What could not be read was not judged, so it is not known to be safe."
                        },
                        "help": {
                            "text": "Mend the file, or exclude it. `fourfold --strict` fails where a file was not read."
                        },
                        "defaultConfiguration": {"level": "warning"},
                    }
                ],
            }
        },
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    *(_notification(p, base) for p in (*view.problems, *view.notes)),
                    *_cut(len(view.items) - len(items)),
                ],
            }
        ],
        "automationDetails": {"id": f"fourfold/{quote(base.rstrip('/')) or 'all'}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "results": [_result(item, index, base, seen) for item in items],
    }
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


def _cut(left_out: int) -> list[dict[str, Any]]:
    if left_out <= 0:
        return []
    text = f"{left_out} findings were left out: a log holds at most {RESULTS_MAX}."
    return [{"level": "warning", "message": {"text": text}, "descriptor": {"id": PROBLEM_ID, "index": 0}}]


def _rule(page: Page) -> dict[str, Any]:
    tags = ["security", page.principle.replace("_", "-")]
    tags += [f"external/cwe/cwe-{ref[4:]}" if ref.startswith("cwe:") else ref for ref in page.refs]
    summary = page.text.partition("\n\n")[0].replace("\n", " ").strip() or page.title
    return {
        "id": page.code,
        "name": "".join(word.capitalize() for word in page.id.split("_")),
        "shortDescription": {"text": sentence(page.title)},
        "fullDescription": {"text": sentence(summary)},
        "help": {
            "text": f"{sentence(page.title)}\n\n{page.text}",
            "markdown": f"**{page.title}** (`{page.id}`)\n\n{page.text}",
        },
        "defaultConfiguration": {"level": LEVELS[page.severity]},
        "properties": {
            "tags": tags[:TAGS_MAX],
            "precision": "high",
            "security-severity": SCORE[page.severity],
            "problem.severity": {"error": "error", "warning": "warning", "note": "recommendation"}[
                LEVELS[page.severity]
            ],
            "principle": PRINCIPLES.get(page.principle, page.principle),
        },
    }


def _result(item: Item, index: dict[str, int], base: str, seen: Counter[tuple[str, str, str]]) -> dict[str, Any]:
    out: dict[str, Any] = {
        "ruleId": item.code,
        "ruleIndex": index.get(item.check, -1),
        "level": LEVELS[item.severity],
        "message": {"text": _message(item)},
        "locations": [_location(item.place, base, item)],
        "partialFingerprints": {"fourfold/v1": item.id, "primaryLocationLineHash": _line_hash(item, seen)},
        "properties": {
            "severity": item.severity,
            "security-severity": SCORE[item.severity],
            "certainty": item.certainty,
            "check": item.check,
            "address": item.address,
        },
    }
    if item.condition:
        out["properties"]["condition"] = item.condition
    if item.evidence:
        out["properties"]["evidence"] = item.evidence
    if item.exposure:
        out["properties"]["exposure"] = item.exposure
    related = [note for note in item.related if note.place]
    if related:
        out["relatedLocations"] = [
            {"id": at, **_location(n.place, base), "message": {"text": sentence(n.note)}}
            for at, n in enumerate(related, 1)
            if n.place
        ]
    if item.provenance:
        out["codeFlows"] = [_flow(item, base)]
    if item.fix and item.fix.replacements:
        out["fixes"] = [_fix(item, base)]
    return out


def _message(item: Item) -> str:
    tail = f" when {item.condition}" if item.certainty == "when" else ""
    text = sentence(f"{item.title.strip().removesuffix('.')}{tail}")
    return f"{text} Possible: {sentence(item.condition)}" if item.certainty == "possible" else text


def _location(place: Place, base: str, item: Item | None = None) -> dict[str, Any]:
    out: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": _artifact(place.file, base),
            "region": {
                "startLine": place.line,
                "startColumn": place.column,
                "endLine": place.end_line,
                "endColumn": place.end_column,
            },
        }
    }
    shown = place.lines[place.line - place.first : place.end_line - place.first + 1]
    if shown and not place.cut and len(shown) == place.end_line - place.line + 1:
        ends = [len(text) for text in shown[:-1]] + [place.stop]
        starts = [place.column - 1] + [0] * (len(shown) - 1)
        snippet = "\n".join(text[a:b] for text, a, b in zip(shown, starts, ends, strict=True))
        out["physicalLocation"]["region"]["snippet"] = {"text": snippet}
        out["physicalLocation"]["contextRegion"] = {
            "startLine": place.first,
            "endLine": place.first + len(place.lines) - 1,
            "snippet": {"text": "\n".join(place.lines) + "\n"},
        }
    if item is not None and item.address:
        out["logicalLocations"] = [{"fullyQualifiedName": item.address, "kind": "resource"}]
    return out


def _artifact(file: str, base: str) -> dict[str, Any]:
    return {"uri": quote(base + file), "uriBaseId": ROOT}


def _line_hash(item: Item, seen: Counter[tuple[str, str, str]]) -> str:
    """The text of the line without its blanks, and how many findings of the check have had the same: no line number."""
    place = item.place
    at = place.line - place.first
    text = "".join(place.lines[at].split()) if 0 <= at < len(place.lines) else ""
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    seen[item.check, place.file, digest] += 1
    return f"{digest}:{seen[item.check, place.file, digest]}"


def _flow(item: Item, base: str) -> dict[str, Any]:
    """How the value came to be, step by step, down to the place of the finding."""
    steps = [(note, note.place) for note in item.provenance[: STEPS_MAX - 1] if note.place]
    steps.append((Note(item.title, item.place), item.place))
    return {
        "threadFlows": [
            {
                "locations": [
                    {"location": {**_location(place, base), "message": {"text": sentence(note.note)}}}
                    for note, place in steps
                ]
            }
        ]
    }


def _fix(item: Item, base: str) -> dict[str, Any]:
    assert item.fix is not None
    changes: dict[str, list[dict[str, Any]]] = {}
    for r in item.fix.replacements:
        changes.setdefault(r.file, []).append(
            {
                "deletedRegion": {
                    "startLine": r.line,
                    "startColumn": r.column,
                    "endLine": r.end_line,
                    "endColumn": r.end_column,
                },
                "insertedContent": {"text": r.text},
            }
        )
    text = (
        "mends it"
        if item.fix.safe
        else f"mends it, but needs something from you: {item.fix.note or 'look at it first'}"
    )
    return {
        "description": {"text": sentence(text)},
        "artifactChanges": [
            {"artifactLocation": _artifact(file, base), "replacements": replacements}
            for file, replacements in changes.items()
        ],
    }


def _notification(problem: Problem, base: str) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(problem.file, base)}
    if problem.line > 0:
        physical["region"] = {"startLine": problem.line}
    return {
        "descriptor": {"id": PROBLEM_ID, "index": 0},
        "level": "note" if problem.note else "warning",
        "message": {"text": f"`{problem.file or 'the scan'}`: {problem.reason}."},
        "locations": [{"physicalLocation": physical}] if problem.file else [],
    }
