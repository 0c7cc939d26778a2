"""Code frames for the terminal: where, the lines with what is wrong underlined, and what else must be known."""

from __future__ import annotations

from fourfold.reports.text import Style, cells
from fourfold.reports.view import Item, Note, Place


def frame(item: Item, style: Style) -> list[str]:
    """The frame of a finding: place, lines, condition, related places."""
    place = item.place
    gutter = len(str(place.end_line))
    lines = [_arrow(place, item.address, gutter, style)]
    lines += code(place, item.severity, gutter, style)
    for text in _remarks(item):
        lines += style.wrap(style.clean(text), " " * (gutter + 4), f" {' ' * gutter} = ")
    return lines


def where(place: Place, style: Style) -> str:
    """`file:line:column`, as editors and terminals link it."""
    return style.clean(f"{place.file}:{place.line}:{place.column}")


def _arrow(place: Place, address: str, gutter: int, style: Style) -> str:
    at, name = where(place, style), style.clean(address)
    left = style.width - gutter - 5 - cells(at) - 2
    tail = style.paint(f"  {style.clip(name, left)}", "dim") if name and left >= min(cells(name), 12) else ""
    return f" {' ' * gutter}{style.paint('-->', 'dim')} {style.paint(at, 'bold')}{tail}"


def code(place: Place, color: str, gutter: int, style: Style) -> list[str]:
    """The lines of a place, the stretch underlined; a stretch of several lines is marked at its side."""
    rule = style.paint(style.rule, "dim")
    last = min(place.end_line, place.first + len(place.lines) - 1)
    texts = [(n, style.clean(place.lines[n - place.first])) for n in range(place.line, last + 1)]
    if not any(text.strip() for _, text in texts):
        return []
    after = [style.clean(text) for text in place.lines[last + 1 - place.first :]]
    room = max(style.width - gutter - 5, 20)
    one = len(texts) == 1
    shift = min(_margin(text) for _, text in texts if text.strip())
    start, end = place.column - 1 - place.cut, place.stop
    if one and end - shift > room:
        shift = max(shift, min(start, max(start - room // 4, end + len(style.ellipsis) - room)))
    out = []
    for n, text in texts:
        mark = " " if one else style.paint(">", color)
        shown = style.clip(text[shift:], room)
        out.append(f" {style.paint(str(n).rjust(gutter), 'dim')} {rule}{mark}{shown}")
    if one:
        text = texts[0][1]
        before, marked = text[shift:start], text[start : max(min(end, len(text)), start + 1)] or " "
        carets = "^" * max(min(cells(marked), room - cells(before)), 1)
        out.append(f" {' ' * gutter} {rule} {' ' * cells(before)}{style.paint(carets, color)}")
        if marked.strip() in ("{", "[", "-", "- {", "---"):
            # A bracket alone does not tell whose it is; the line after it most often does.
            out += [
                f" {' ' * gutter} {rule} {style.paint(style.clip(more[shift:], room), 'dim')}" for more in after[:1]
            ]
    return out


def _margin(text: str) -> int:
    """Leading blanks that are not worth showing."""
    return max(len(text) - len(text.lstrip()) - 2, 0)


def _remarks(item: Item) -> list[str]:
    out = []
    if item.certainty == "when":
        out.append(f"when {item.condition}")
    elif item.certainty == "possible":
        out.append(f"possible: {item.condition}")
    out += [remark(note) for note in item.related]
    if item.because:
        out.append(f"suppressed by {item.suppressed_by}: {item.because}")
    return out


def remark(note: Note) -> str:
    """A note with its place in front."""
    return f"{note.place.file}:{note.place.line}: {note.note}" if note.place else note.note
