"""The report for people at a terminal: what was read and decided, a score per principle, findings, what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from fourfold.findings.principles import PRINCIPLES
from fourfold.findings.severity import ORDER
from fourfold.model.place import Problem
from fourfold.reports.frame import frame, where
from fourfold.reports.matrix import WHO
from fourfold.reports.text import Style, cells, count
from fourfold.reports.view import Column, Item, Score, View

REST_MAX = 5
"""Further findings of one check that are listed, one line each."""
PROBLEMS_MAX = 10
MATRIX_CELL = 15
"""Width of a column of the responsibility matrix."""
ID_SHOWN = 8
"""Characters of an id that are shown: enough to name it."""
UNKNOWN_MAX = 40


class Show(msgspec.Struct, frozen=True):
    """What is shown beyond the findings."""

    full: bool = False
    """Every finding with its frame, and no list cut short."""
    unknown: bool = False
    suppressed: bool = False
    matrix: bool = False
    demo: bool = False
    """Whether the example application was scanned."""


def render(view: View, style: Style | None = None, show: Show | None = None) -> str:
    """The whole report."""
    style, show = style or Style(), show or Show()
    blocks = [_head(view, style), _scores(view, style)]
    blocks += _findings(view.items, style, show)
    if show.suppressed and view.suppressed:
        title = style.paint(f"SUPPRESSED  {count(len(view.suppressed), 'finding')}", "head")
        blocks += [[title], *([_title(item, style), *frame(item, style)] for item in view.suppressed)]
    if view.problems:
        blocks.append(_problems(view, style, show))
    if view.notes:
        blocks.append(_notes(view, style, show))
    if show.unknown and view.gaps:
        blocks.append(_gaps(view, style, show))
    if show.matrix:
        blocks += _matrix(view, style)
    blocks.append(_next(view, style, show))
    return "\n".join("\n".join(block) + "\n" for block in blocks if block)


def _head(view: View, style: Style) -> list[str]:
    lines = [style.paint(f"fourfold {view.version}", "head") + "  offline - nothing leaves this machine"]
    formats = ", ".join(f"{n:,} {NAMES.get(name, name)}" for name, n in view.formats.items())
    read = f"{count(view.files, 'file')} in {view.seconds:.1f} s" + (f": {formats}" if formats else "")
    lines += _row("Read", read + ("; nothing has changed since the last scan" if view.kept else ""), style)
    nodes = ", ".join(f"{n:,} {_plural(kind, n)}" for kind, n in list(view.nodes.items())[:6])
    edges = count(sum(view.edges.values()), "edge")
    model = f"{count(view.resources, 'resource')}, {count(sum(view.nodes.values()), 'node')}, {edges}"
    lines += _row("Model", model + (f": {nodes}" if nodes else ""), style)
    decided = f"{count(view.questions, 'question')} of {count(view.checks, 'check')}"
    if view.gaps:
        decided += f"; {len(view.gaps):,} unknown (--show-unknown)"
    if view.suppressed:
        decided += f"; {count(len(view.suppressed), 'finding')} suppressed (--show-suppressed)"
    return lines + _row("Decided", decided, style)


NAMES = {
    "cloudformation": "CloudFormation",
    "sam": "SAM",
    "cdk": "CDK",
    "kubernetes": "Kubernetes",
    "kustomize": "kustomize",
    "helm": "Helm",
    "ecs": "ECS",
    "compose": "Compose",
    "dockerfile": "Dockerfile",
    "iam": "IAM policy",
}
"""Formats as people write them."""


def _row(label: str, text: str, style: Style) -> list[str]:
    lines = style.wrap(text, " " * 9, f"{label:<9}")
    return [style.paint(label, "bold") + lines[0][len(label) :], *lines[1:]]


def _plural(kind: str, n: int) -> str:
    """`DataStore` as `data stores`, `Entry` as `entries`."""
    words = "".join(f" {c.lower()}" if c.isupper() and at else c.lower() for at, c in enumerate(kind))
    if n == 1:
        return words
    return words[:-1] + "ies" if words.endswith("y") else words + "s"


def _scores(view: View, style: Style) -> list[str]:
    wide = max(map(len, PRINCIPLES.values()))
    return [
        f" {at} {title:<{wide}}  {_score(view.scores[name], style, wide + 5)}"
        for at, (name, title) in enumerate(PRINCIPLES.items(), 1)
        if name in view.scores
    ]


def _score(score: Score, style: Style, used: int) -> str:
    """Bar, score, and as much of the reasons as the line takes after `used` characters."""
    if score.score is None:
        return style.paint("nothing here to ask about", "dim")
    what = {"critical": "high", "high": "high", "medium": "medium"}.get(score.worst or "", "good")
    told = [count(score.findings, "finding")] if score.findings else []
    told += [f"worst {score.worst}"] if score.worst else []
    told += [f"{score.unknown:,} unknown"] if score.unknown else []
    while len(told) > 1 and used + 19 + len(", ".join(told)) > style.width:
        told.pop()
    return f"{style.bar(score.score, what)}  {score.score:>2}/10  {', '.join(told) or 'clean'}"


def _findings(items: tuple[Item, ...], style: Style, show: Show) -> list[list[str]]:
    if not items:
        return [[style.paint("FINDINGS  none", "head")]]
    by_severity = ((s, sum(i.severity == s for i in items)) for s in ORDER)
    told = ", ".join(f"{n:,} {s}" for s, n in by_severity if n)
    blocks = [[style.paint(f"FINDINGS  {len(items):,}", "head") + f": {told}"]]
    for group in _groups(items):
        first, rest = group[0], group[1:]
        blocks.append([_title(first, style), *_sentence(first, style), *frame(first, style)])
        if show.full:
            blocks += [[_title(item, style), *_sentence(item, style), *frame(item, style)] for item in rest]
        else:
            blocks[-1] += _rest(rest, style)
    return blocks


def _groups(items: Iterable[Item]) -> list[list[Item]]:
    """Findings of one check and severity together; groups and findings keep their order, worst first."""
    groups: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        groups.setdefault((item.severity, item.check), []).append(item)
    return list(groups.values())


def _title(item: Item, style: Style) -> str:
    left = f"{item.severity:<8}  {item.code}  {item.check}  {item.id[:ID_SHOWN]}"
    tail = "" if item.fix is None else "fix" if item.fix.safe else "fix (unsafe)"
    painted = style.paint(item.severity, item.severity) + " " * (10 - len(item.severity))
    painted += f"{style.paint(item.code, 'bold')}  {item.check}  {style.paint(item.id[:ID_SHOWN], 'dim')}"
    room = style.width - len(left) - len(tail)
    return painted + (" " * room + style.paint(tail, "good") if tail and room >= 2 else "")


def _sentence(item: Item, style: Style) -> list[str]:
    said = [style.paint(line, "bold") for line in style.wrap(style.clean(item.title), "  ", "  ")]
    if item.exposure:
        said += [style.paint(line, "high") for line in style.wrap(style.clean(item.exposure), "  ", "  ")]
    return said


def _rest(rest: list[Item], style: Style) -> list[str]:
    if not rest:
        return []
    shown = rest[: REST_MAX if len(rest) > REST_MAX + 1 else len(rest)]
    files = len({item.place.file for item in rest})
    lines = [f"  {len(rest):,} more like this" + (f" in {files:,} files:" if files > 1 else ":")]
    for item in shown:
        at = where(item.place, style)
        when = (
            f" (when {item.condition})"
            if item.certainty == "when"
            else " (possible)"
            if item.certainty == "possible"
            else ""
        )
        left = style.width - cells(at) - ID_SHOWN - 8
        text = style.clip(style.clean(item.title + when), left) if left >= 16 else ""
        lines.append(
            f"    {style.paint(item.id[:ID_SHOWN], 'dim')}  {at}{style.paint(f'  {text}', 'dim') if text else ''}"
        )
    if len(rest) > len(shown):
        lines.append(style.paint(f"    {style.ellipsis} {len(rest) - len(shown):,} more: --full", "dim"))
    return lines


def _problems(view: View, style: Style, show: Show) -> list[str]:
    title = style.paint(f"PROBLEMS  {len(view.problems):,}", "head") + ": what could not be read was not judged"
    return [title, *_listed(view.problems, style, show)]


def _notes(view: View, style: Style, show: Show) -> list[str]:
    return [style.paint(f"NOTES  {len(view.notes):,}", "head"), *_listed(view.notes, style, show)]


def _listed(problems: tuple[Problem, ...], style: Style, show: Show) -> list[str]:
    shown = problems if show.full or len(problems) <= PROBLEMS_MAX + 1 else problems[:PROBLEMS_MAX]
    lines: list[str] = []
    for p in shown:
        at = f"{p.file}:{p.line}" if p.line else p.file
        lines += style.wrap(style.clean(f"{at}: {p.reason}"), "    ", "  ")
    if len(shown) < len(problems):
        lines.append(style.paint(f"  {style.ellipsis} {len(problems) - len(shown):,} more: --full", "dim"))
    return lines


def _gaps(view: View, style: Style, show: Show) -> list[str]:
    gaps = view.gaps if show.full else view.gaps[:UNKNOWN_MAX]
    lines = [style.paint(f"UNKNOWN  {len(view.gaps):,}", "head") + ": neither wrong nor right from what was read"]
    for gap in gaps:
        text = f"{gap.place.file}:{gap.place.line}: {gap.check} of {gap.address or 'the whole'}: {gap.reason}"
        lines += style.wrap(style.clean(text), "    ", "  ")
    if len(gaps) < len(view.gaps):
        lines.append(style.paint(f"  {style.ellipsis} {len(view.gaps) - len(gaps):,} more: --full", "dim"))
    return lines


def _matrix(view: View, style: Style) -> list[list[str]]:
    if not view.matrix:
        return [[style.paint("RESPONSIBILITY", "head") + ": no workload was found"]]
    wide = max(len(cell.title) for cell in view.matrix[0].cells) + 4
    room = max((style.width - wide) // MATRIX_CELL, 1)
    blocks = [[style.paint("RESPONSIBILITY", "head") + ": whose part each layer is"]]
    for at in range(0, len(view.matrix), room):
        blocks.append(_table(view.matrix[at : at + room], wide, style))
    lines = [style.paint("  why", "bold")]
    for at, first in enumerate(view.matrix[0].cells):
        lines.append(f"  {first.title}")
        for cell in dict.fromkeys(column.cells[at] for column in view.matrix):
            platforms = list(
                dict.fromkeys(c.platform for c in view.matrix if c.cells[at] is cell or c.cells[at] == cell)
            )
            whom = "" if len(platforms) == len({c.platform for c in view.matrix}) else f"{', '.join(platforms)}: "
            text = style.clean(f"{whom}{cell.reason}")
            lines += style.wrap(text, " " * 13, f"    {WHO[cell.who]:<7}  ")
    return [*blocks, lines]


def _table(columns: tuple[Column, ...], wide: int, style: Style) -> list[str]:
    """Layers down, platforms across; below each platform, how many workloads are like this."""
    lines = [" " * wide + "".join(f"{style.paint(f'{c.platform:<{MATRIX_CELL}}', 'bold')}" for c in columns).rstrip()]
    told = (count(len(c.workloads), "workload") for c in columns)
    lines.append(style.paint(" " * wide + "".join(f"{text:<{MATRIX_CELL}}" for text in told).rstrip(), "dim"))
    for at, first in enumerate(columns[0].cells):
        shares = (style.paint(f"{WHO[c.cells[at].who]:<{MATRIX_CELL}}", f"by-{c.cells[at].who}") for c in columns)
        lines.append(f"  {first.title:<{wide - 2}}{''.join(shares)}".rstrip())
    return lines


def _next(view: View, style: Style, show: Show) -> list[str]:
    rows = list(_demo_steps(view) if show.demo else _steps(view))
    wide = max(cells(left) for left, _ in rows)
    lines = [style.paint("NEXT", "head")]
    for left, right in rows:
        if wide + 6 + len(right) <= style.width:
            lines.append(f"  {style.clean(left):<{wide}}   {style.paint(right, 'dim')}")
        else:
            told = style.wrap(right, " " * 6, " " * 6)
            lines += [f"  {style.clean(left)}", *(style.paint(line, "dim") for line in told)]
    return lines


def _steps(view: View) -> Iterator[tuple[str, str]]:
    """Commands that lead on from here, and what each does."""
    path = "" if view.root == "." else f" {_quoted(view.root)}"
    safe = sum(item.fix is not None and item.fix.safe for item in view.items)
    unsafe = sum(item.fix is not None and not item.fix.safe for item in view.items)
    more = f", {unsafe:,} more with --unsafe" if unsafe else ""
    if safe:
        yield f"fourfold fix{path}", f"mend {safe:,} of them{more}; shows a diff, --write applies it"
    elif unsafe:
        yield f"fourfold fix{path} --unsafe", f"mend {unsafe:,} of them, with something for you to do; shows a diff"
    if view.items:
        worst = view.items[0]
        yield f"fourfold explain {worst.id[:ID_SHOWN]}{path}", "everything about the first of them"
        if ORDER[worst.severity] < ORDER["low"]:
            worse = "" if worst.severity == "critical" else " and worse"
            yield f"fourfold{path} --fail-on {worst.severity}", f"exit with 1 for {worst.severity}{worse} only"
    yield f"fourfold{path} -o report.html", "the same to look at and to pass on"


def _demo_steps(view: View) -> Iterator[tuple[str, str]]:
    """The same after the demo: nothing that would change fourfold's own files."""
    if view.items:
        yield f"fourfold explain {view.items[0].code}", "why the first of them matters, and how to mend it"
    yield "fourfold demo --matrix", "who is responsible for which layer, you or AWS"
    yield "fourfold demo -o report.html", "the same to look at and to pass on"
    yield "fourfold", "scan your own project: run it in its folder"


def _quoted(path: str) -> str:
    from shlex import quote

    return quote(path)
