"""Attack paths as text for a terminal, as plain data, and as SARIF."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from fourfold import __version__
from fourfold.engines.paths.moves import Fact, Move, Path
from fourfold.model.place import Span
from fourfold.reports.sarif import ROOT
from fourfold.reports.text import Style, count, sentence, visible

_MARK = {"proved": " ", "assumed": "~", "unknown": "?"}
_PAINT = {"proved": "good", "assumed": "medium", "unknown": "dim"}
_TARGETS_SHOWN = 4


def document(paths: Iterable[Path], notes: Iterable[str] = ()) -> dict[str, Any]:
    """`{paths, notes}`, easiest path first."""
    return {"paths": [plain(path) for path in paths], "notes": list(notes)}


def plain(path: Path) -> dict[str, Any]:
    """A path as plain data; steps in the order in which they are taken."""
    return {
        "from": path.actor,
        "to": path.goal,
        "target": _fact(path.target),
        "effort": path.effort,
        "weakest": path.weakest,
        "steps": [_move(move) for move in path.moves],
    }


def _fact(fact: Fact) -> dict[str, str]:
    return {"holds": fact.kind, "subject": fact.subject, "name": fact.name}


def _move(move: Move) -> dict[str, Any]:
    return {
        "id": move.id,
        "technique": move.technique,
        "certainty": move.certainty,
        "text": move.text,
        "gives": _fact(move.conclusion),
        "places": [{"file": s.file, "line": s.line} for s in move.spans],
        "witness": move.witness,
        "assumes": move.assumes,
        "missing": move.missing,
        "when": move.when,
        "log": move.log,
    }


def sarif(paths: Sequence[Path], base: str = "") -> str:
    """A SARIF log with a result for each path: it is where its last step is decided, and its steps are its code flow.

    Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ (sections 3.36 and 3.37).
    """
    import json

    base = f"{base.strip('/')}/" if base.strip("/") not in ("", ".") else ""
    run = {
        "tool": {
            "driver": {
                "name": "fourfold",
                "fullName": f"fourfold {__version__}",
                "version": __version__,
                "semanticVersion": __version__,
                "informationUri": f"urn:fourfold:{__version__}",
                "rules": [_RULE],
            }
        },
        "automationDetails": {"id": f"fourfold-paths/{quote(base.rstrip('/')) or 'all'}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "results": [_result(path, base) for path in paths if any(m.spans for m in path.moves)],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


_RULE = {
    "id": "FF6001",
    "name": "AttackPath",
    "shortDescription": {"text": "A way leads from an actor to a goal."},
    "fullDescription": {"text": "Each step is proved, or says what it assumes; the code flow shows the steps."},
    "help": {
        "text": "`fourfold paths` shows the steps with their witnesses, `fourfold fix --cut` the fewest changes that end them."
    },
    "defaultConfiguration": {"level": "warning"},
    "properties": {"tags": ["security", "attack-path"], "precision": "high", "problem.severity": "warning"},
}
_LEVELS = {"proved": ("error", "9.0"), "assumed": ("warning", "6.0"), "unknown": ("note", "3.0")}


def _result(path: Path, base: str) -> dict[str, Any]:
    kinds = {m.certainty for m in path.moves}
    level, score = _LEVELS["unknown" if "unknown" in kinds else "assumed" if "assumed" in kinds else "proved"]
    placed = [m for m in path.moves if m.spans]
    told = f"{path.actor}: {path.target}" + (f", if {path.weakest}" if path.weakest else "")
    identity = "\0".join([path.actor, path.target.kind, path.target.subject, *(m.id for m in path.moves)])
    steps = [{"location": {**_location(m.spans[0], base), "message": {"text": _step(m)}}} for m in placed]
    return {
        "ruleId": _RULE["id"],
        "ruleIndex": 0,
        "level": level,
        "message": {"text": sentence(told)},
        "locations": [_location(placed[-1].spans[0], base)],
        "partialFingerprints": {"fourfold/v1": sha256(identity.encode()).hexdigest()[:16]},
        "codeFlows": [{"threadFlows": [{"locations": steps}]}],
        "properties": {"security-severity": score, "effort": path.effort, "from": path.actor, "to": path.goal},
    }


def _step(move: Move) -> str:
    tail = f" If {move.assumes}." if move.assumes else ""
    return sentence(move.text) + tail + (f" Not known: {move.missing}." if move.missing else "")


def _location(span: Span, base: str) -> dict[str, Any]:
    header = span.header()
    region = {
        "startLine": header.line, "startColumn": header.column, "endLine": header.end_line, "endColumn": header.end_column,
    }  # fmt: skip
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(base + span.file), "uriBaseId": ROOT},
            "region": region,
        }
    }


def text(paths: Sequence[Path], style: Style) -> str:
    """Paths that differ only in what they end with are one, easiest first."""
    if not paths:
        return "no path was found\n"
    groups: dict[tuple[object, ...], list[Path]] = {}
    for path in paths:
        last = path.moves[-1]
        groups.setdefault(
            (path.actor, path.goal, tuple(m.key for m in path.moves[:-1]), last.id, last.premises), []
        ).append(path)
    blocks = [_group(number, group, style) for number, group in enumerate(groups.values(), 1)]
    return "\n".join(blocks) + "\n" + _legend(paths, style)


def _group(number: int, group: Sequence[Path], style: Style) -> str:
    first = group[0]
    names = [p.target.name for p in group]
    shown = ", ".join(names[:_TARGETS_SHOWN]) + (
        f" and {len(names) - _TARGETS_SHOWN} more" if len(names) > _TARGETS_SHOWN else ""
    )
    verb = str(first.target).removesuffix(first.target.name).strip()
    lines = [style.paint(visible(f"{number}. {first.actor}: {verb} {shown}"), "head")]
    for at, move in enumerate(first.moves, 1):
        lines.append(
            f"  {_MARK[move.certainty]} {at}. {visible(move.text)}"
            + (f", when {visible(move.when)}" if move.when else "")
        )
        for span in move.spans[:3]:
            lines.append(style.paint(f"       {visible(span.file)}:{span.line}", "dim"))
        if move.assumes:
            lines.append(style.paint(f"       if {visible(move.assumes)}", _PAINT["assumed"]))
        if move.missing:
            lines.append(style.paint(f"       not known: {visible(move.missing)}", _PAINT["unknown"]))
        if move.log:
            lines.append(style.paint(f"       seen in: {visible(move.log)}", "dim"))
    return "\n".join(lines) + "\n"


def _legend(paths: Sequence[Path], style: Style) -> str:
    proved = sum(all(m.certainty == "proved" for m in p.moves) for p in paths)
    return f"{count(len(paths), 'path')}, {proved} proved throughout; `~` is assumed, `?` is not known\n"
