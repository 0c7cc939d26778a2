"""Attack paths as text for a terminal, and as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fourfold.engines.paths.moves import Fact, Move, Path
from fourfold.reports.text import Style, count, visible

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
