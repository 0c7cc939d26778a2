"""Pages for the terminal: one check, the list of checks, and everything about one finding."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from fourfold.findings.principles import PRINCIPLES
from fourfold.reports.frame import code, frame, where
from fourfold.reports.text import Style, sentence
from fourfold.reports.view import Item, Note, Page

TEXT_WIDTH_MAX = 96
"""Longer lines of prose are hard to read."""


def check_page(page: Page, style: Style) -> str:
    """Everything a check says about itself."""
    name = PRINCIPLES.get(page.principle, page.principle)
    lines = [
        *(style.paint(line, "head") for line in style.wrap(page.title)),
        f"{page.code}  {page.id}",
        f"{style.paint(page.severity, page.severity)}  {name}",
        "",
        *prose(page.text, style),
    ]
    if page.refs:
        lines += ["", *style.wrap(f"the same is asked by {', '.join(page.refs)}", "  ", "")]
    return "\n".join(lines) + "\n"


def check_list(pages: Iterable[Page], style: Style) -> str:
    """Checks by principle: code, severity, id, title."""
    pages = list(pages)
    wide = max((len(p.id) for p in pages), default=0)
    lines: list[str] = []
    for at, (principle, name) in enumerate(PRINCIPLES.items(), 1):
        of_it = [p for p in pages if p.principle == principle]
        if not of_it:
            continue
        lines += ["", style.paint(f"{at} {name}", "head") + style.paint(f"  {principle}, FF{at}", "dim")]
        for p in of_it:
            left = f"  {p.code}  {style.paint(p.severity, p.severity)}{' ' * (9 - len(p.severity))}"
            title = style.clip(p.title, style.width - 19 - wide - 2)
            short = style.width < 19 + wide + 2 + 20
            lines.append(f"{left}{p.id}" if short else f"{left}{p.id:<{wide}}  {style.paint(title, 'dim')}")
    return "\n".join(lines[1:]) + "\n"


def finding_page(item: Item, page: Page | None, style: Style) -> str:
    """Everything about one finding: its lines, when it holds, evidence, how the value came to be, and the fix."""
    lines = [
        f"{style.paint(item.severity, item.severity)}  {style.paint(item.code, 'bold')}  {item.check}  {style.paint(item.id, 'dim')}",
        *(style.paint(line, "bold") for line in style.wrap(style.clean(sentence(item.title)))),
        "",
        *frame(item, style),
    ]
    about = f"{item.address} ({item.resource_type})" if item.resource_type else item.address
    lines += _section("about", style.wrap(style.clean(about), "  ", "  "), style)
    lines += _section("evidence", list(_evidence(item.evidence, "  ", style)), style)
    steps = [*_origin(item, style), *_steps(item.provenance, style)]
    lines += _section("how the value came to be", steps, style)
    lines += _section("also look at", list(_steps(item.related, style)), style)
    lines += _section(_fix_title(item), list(_fix(item, style)), style)
    if page is not None:
        lines += _section("why it matters", prose(page.text, style, examples=False, indent="  "), style)
        lines += ["", style.paint(f"fourfold explain {page.code} shows the whole page of the check", "dim")]
    return "\n".join(lines) + "\n"


def _section(title: str, lines: list[str], style: Style) -> list[str]:
    return ["", style.paint(title.upper(), "head"), *lines] if lines else []


def _evidence(data: Any, indent: str, style: Style) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            name = style.clean(str(key))
            if isinstance(value, (dict, list)):
                yield f"{indent}{name}:"
                yield from _evidence(value, indent + "  ", style)
            else:
                yield from style.wrap(style.clean(_scalar(value)), indent + "  ", f"{indent}{name}: ")
    elif isinstance(data, list):
        for value in data:
            if isinstance(value, (dict, list)):
                yield from _evidence(value, indent + "  ", style)
            else:
                yield from style.wrap(style.clean(_scalar(value)), indent + "  ", f"{indent}- ")


def _scalar(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)


_KEY = re.compile(r"""\s*["']?([\w.:/-]+?)["']?\s*[:=]\s""")


def _origin(item: Item, style: Style) -> Iterator[str]:
    """One line: `publicly_accessible` is `true`: from variable public main.tf:1 <- value in prod.auto.tfvars:2."""
    if not item.value or not item.provenance:
        return
    first = item.place.lines[item.place.line - item.place.first][item.place.column - 1 - item.place.cut :]
    key = _KEY.match(first)
    name = f"`{style.clean(key[1])}`" if key else "it"
    steps = " <- ".join(
        style.clean(n.note) + (f" ({style.clean(n.place.file)}:{n.place.line})" if n.place else "")
        for n in item.provenance
    )
    yield from style.wrap(f"{name} is `{style.clean(item.value)}`: from {steps}", "  ", "  ")


def _steps(notes: tuple[Note, ...], style: Style) -> Iterator[str]:
    for at, note in enumerate(notes, 1):
        place = f"  {where(note.place, style)}" if note.place else ""
        yield from style.wrap(style.clean(note.note) + place, "     ", f"  {at}. ")
        if note.place and note.place.lines:
            gutter = len(str(note.place.end_line)) + 4
            yield from code(note.place, "dim", gutter, style)


def _fix_title(item: Item) -> str:
    return "fix" if item.fix and item.fix.safe else "fix that needs something from you"


def _fix(item: Item, style: Style) -> Iterator[str]:
    if item.fix is None:
        return
    if item.fix.note:
        yield from style.wrap(style.clean(sentence(item.fix.note)), "  ", "  ")
    for hunk in item.fix.hunks:
        yield f"  {style.clean(hunk.file)}:{hunk.line}"
        for line in hunk.lines:
            yield _diff_line(line, "  ", style)
    if item.fix.hunks:
        yield f"  `fourfold fix --finding {item.id}{'' if item.fix.safe else ' --unsafe'}` proves it, --write applies it"


def _diff_line(line: str, indent: str, style: Style) -> str:
    text = style.clip(style.clean(line), style.width - len(indent))
    role = {"+": "add", "-": "drop"}.get(line[:1])
    return indent + (style.paint(text, role) if role else text)


def prose(text: str, style: Style, *, examples: bool = True, indent: str = "") -> list[str]:
    """The text of a page, filled to the width; code blocks keep their lines."""
    narrow = Style(min(style.width, TEXT_WIDTH_MAX), style.color, style.unicode)
    lines: list[str] = []
    block: list[str] = []
    fenced = False
    for line in (*text.splitlines(), ""):
        if line.startswith("```"):
            fenced = not fenced
            diff = line[3:].startswith("diff")
            continue
        if fenced:
            if examples:
                lines.append(_diff_line(line, f"{indent}    ", style) if diff else f"{indent}    {line}")
        elif line.strip() and not (block and line.lstrip().startswith(("- ", "* "))):
            block.append(line.strip())
        else:
            lines += _fill(block, narrow, indent)
            block = [line.strip()] if line.strip() else []
            if not line.strip() and lines and lines[-1]:
                lines.append("")
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _fill(block: list[str], style: Style, indent: str) -> list[str]:
    if not block:
        return []
    hanging = indent + ("  " if block[0].startswith(("- ", "* ")) else "")
    return style.wrap(" ".join(block), hanging, indent)
