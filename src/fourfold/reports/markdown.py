"""Markdown for a pull request's comment or a job's summary: short, and worst first."""

from __future__ import annotations

import re

from fourfold.findings.principles import PRINCIPLES
from fourfold.findings.severity import ORDER
from fourfold.model.place import Problem
from fourfold.reports.text import count, visible
from fourfold.reports.view import Item, View

ROWS_MAX = 30
PROBLEMS_MAX = 10
TEXT_MAX = 300
"""Characters of one cell; GitHub takes 65,536 in a comment."""

_SPECIAL = re.compile(r"([\\|*_\[\]<>#~$])")
_SIGNS = {"critical": "\N{LARGE RED CIRCLE}", "high": "\N{LARGE ORANGE CIRCLE}", "medium": "\N{LARGE YELLOW CIRCLE}"}


def render(view: View) -> str:
    """The whole comment."""
    return (
        "\n\n".join(
            filter(None, (_head(view), _scores(view), _findings(view), _problems(view), _notes(view), _foot(view)))
        )
        + "\n"
    )


def _head(view: View) -> str:
    if not view.items:
        return "## fourfold: nothing found"
    by_severity = ((s, sum(i.severity == s for i in view.items)) for s in ORDER)
    told = ", ".join(f"{n:,} {s}" for s, n in by_severity if n)
    return f"## fourfold: {count(len(view.items), 'finding')} ({told})"


def _scores(view: View) -> str:
    rows = ["| principle | score | findings | unknown |", "|---|--:|--:|--:|"]
    for name, title in PRINCIPLES.items():
        score = view.scores[name]
        shown = "-" if score.score is None else f"{score.score}/10"
        rows.append(f"| {title} | {shown} | {score.findings:,} | {score.unknown:,} |")
    return "\n".join(rows)


def _findings(view: View) -> str:
    if not view.items:
        return ""
    rows = ["| | check | finding | place |", "|---|---|---|---|", *(_row(item) for item in view.items[:ROWS_MAX])]
    if len(view.items) > ROWS_MAX:
        rows.append(f"\n{len(view.items) - ROWS_MAX:,} more are not shown here.")
    return "\n".join(rows)


def _row(item: Item) -> str:
    when = (
        f" (when {item.condition})"
        if item.certainty == "when"
        else " (possible)"
        if item.certainty == "possible"
        else ""
    )
    sign = _SIGNS.get(item.severity, "")
    place = code(f"{item.place.file}:{item.place.line}")
    return f"| {f'{sign} ' if sign else ''}{item.severity} | {item.code} `{item.check}` | {text(item.title + when)} | {place} |"


def _problems(view: View) -> str:
    title = f"{count(len(view.problems), 'problem')}: what could not be read was not judged"
    return _listed(title, view.problems)


def _notes(view: View) -> str:
    return _listed(count(len(view.notes), "note"), view.notes)


def _listed(title: str, problems: tuple[Problem, ...]) -> str:
    if not problems:
        return ""
    lines = [f"<details><summary>{title}</summary>", ""]
    lines += [f"- {code(f'{p.file}:{p.line}' if p.line else p.file)} {text(p.reason)}" for p in problems[:PROBLEMS_MAX]]
    if len(problems) > PROBLEMS_MAX:
        lines.append(f"- {len(problems) - PROBLEMS_MAX:,} more")
    return "\n".join([*lines, "", "</details>"])


def _foot(view: View) -> str:
    told = [
        f"{count(view.questions, 'question')} of {count(view.checks, 'check')} on {count(view.resources, 'resource')}"
    ]
    told += [f"{len(view.gaps):,} unknown"] if view.gaps else []
    told += [f"{len(view.suppressed):,} suppressed"] if view.suppressed else []
    fixable = sum(item.fix is not None for item in view.items)
    told += [f"`fourfold fix` mends {fixable:,}"] if fixable else []
    return f"<sub>fourfold {view.version}, {', '.join(told)}</sub>"


def text(scanned: str) -> str:
    """A sentence of the scanned tree: `names` stay code, everything else is shown as it is and mentions nobody."""
    parts = _one_line(scanned)[:TEXT_MAX].split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = [f"{parts[-2]}'{parts[-1]}"]
    return "".join(code(part) if at % 2 else _escaped(part) for at, part in enumerate(parts))


def code(scanned: str) -> str:
    """A code span that fits into a table."""
    shown = _one_line(scanned).replace("`", "'").replace("|", "\\|")
    return f"`{shown}`" if shown.strip() else ""


def _escaped(part: str) -> str:
    # A zero-width space after the sign keeps GitHub from telling the person.
    return _SPECIAL.sub(r"\\\1", part).replace("@", "@\u200b")


def _one_line(scanned: str) -> str:
    return " ".join(visible(scanned).split(" "))
