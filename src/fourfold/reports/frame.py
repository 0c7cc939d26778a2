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
    one = len(texts) == 1
    around = _around(place, texts[0][1], style) if one else []
    room = max(style.width - gutter - 5, 20)
    shift = min(_margin(text) for _, text in (*texts, *around) if text.strip())
    start, end = place.column - 1 - place.cut, place.stop
    if one and end - shift > room:
        shift = max(shift, min(start, max(start - room // 4, end + len(style.ellipsis) - room)))

    def line(n: int, text: str, mark: str = " ") -> str:
        shown = style.clip(text[shift:], room)
        return f" {style.paint(str(n).rjust(gutter), 'dim')} {rule}{mark}{shown}"

    if not one:
        return [line(n, text, style.paint(">", color)) for n, text in texts]
    n, text = texts[0]
    before, marked = text[shift:start], text[start : max(min(end, len(text)), start + 1)] or " "
    carets = "^" * max(min(cells(marked), room - cells(before)), 1)
    return [
        *(line(*other) for other in around if other[0] < n),
        line(n, text),
        f" {' ' * gutter} {rule} {' ' * cells(before)}{style.paint(carets, color)}",
        *(line(*other) for other in around if other[0] > n),
    ]


def _around(place: Place, text: str, style: Style) -> list[tuple[int, str]]:
    """Lines that tell whose block it is, where the marked line is the head of one and does not: a bracket, a bare key."""
    at = place.line - place.first
    if text.strip() in ("{", "[", "-", "- {", "---"):
        found = range(at + 1, at + 2)
    elif text.rstrip().endswith((":", ": {", ": [", ":{", ":[")):
        found = range(max(at - 2, 0), at)
    else:
        return []
    shown = [(place.first + n, style.clean(place.lines[n])) for n in found if n < len(place.lines)]
    deep = len(text) - len(text.lstrip())
    return [
        (n, line) for n, line in shown if line.strip() and (n > place.line or len(line) - len(line.lstrip()) <= deep)
    ]


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
