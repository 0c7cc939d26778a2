"""Where a rendered value stands in the template it comes from, as well as lines tell.

A rendered line that stands in the template as it is has its exact place. A line that the template writes with a
directive (`image: {{ ... }}`) is found by its key. Everything else comes out of a directive and has the place of the
last line before it that was found.
"""

from __future__ import annotations

from bisect import bisect_right

import msgspec

from fourfold.model.place import Source
from fourfold.model.value import Map, Seq, Value


class _Lines:
    """Line by line, where the rendered text is in the template."""

    def __init__(self, rendered: Source, template: Source) -> None:
        self.rendered = rendered
        self.template = template
        self._places = self._matched()

    def _matched(self) -> list[tuple[int, int, bool]]:
        """For each rendered line: where its text begins in the template, where that line ends, and if it is the same."""
        same: dict[str, list[int]] = {}
        keyed: dict[str, list[int]] = {}
        lines = [self.template.line(number) for number in range(1, len(self.template.line_starts) + 1)]
        for at, line in enumerate(lines):
            text = line.strip()
            if text:
                same.setdefault(text, []).append(at)
            if "{{" in text and (key := _key(text)):
                keyed.setdefault(key, []).append(at)
        places: list[tuple[int, int, bool]] = []
        before = -1
        for number in range(1, len(self.rendered.line_starts) + 1):
            text = self.rendered.line(number).strip()
            exact = _next(same.get(text), before)
            found = exact if exact is not None else _next(keyed.get(_key(text)), before)
            if found is not None:
                before = found
            at = max(before, 0)
            line = lines[at] if lines else ""
            start = self.template.line_starts[at] + len(line) - len(line.lstrip())
            places.append((start, start + len(line.strip()), exact is not None))
        return places

    def place(self, offset: int, *, end: bool = False) -> int:
        """The offset in the template for one in the rendered text."""
        starts = self.rendered.line_starts
        row = bisect_right(starts, max(offset - end, 0)) - 1
        start, stop, exact = self._places[row]
        if not exact:
            return stop if end else start
        line = self.rendered.line(row + 1)
        return min(stop, max(start, start + offset - starts[row] - (len(line) - len(line.lstrip()))))


def _key(text: str) -> str:
    """The key of a line, with the dash of a list before it."""
    key, colon, _ = text.partition(":")
    return key if colon and "{{" not in key else ""


def _next(candidates: list[int] | None, before: int) -> int | None:
    """The first line behind the last one found, or else the first: templates repeat themselves in loops."""
    if not candidates:
        return None
    return next((at for at in candidates if at > before), candidates[0])


def placed(value: Value, template: Source, *, same: bool) -> Value:
    """A rendered value with places in its template; all at the start of `template` unless it is the `same` text's."""
    source = Source(template.path, template.text, rendered=True)
    return _placed(value, source, _Lines(value.source, source) if same else None)


def _placed(value: Value, source: Source, lines: _Lines | None) -> Value:
    start = lines.place(value.start) if lines else 0
    end = max(start, lines.place(value.end, end=True)) if lines else 0
    key_start = -1 if value.key_start < 0 else min(start, lines.place(value.key_start)) if lines else 0
    if isinstance(value, Map):
        entries = {key: _placed(entry, source, lines) for key, entry in value.entries_.items()}
        return msgspec.structs.replace(
            value, source=source, start=start, end=end, key_start=key_start, entries_=entries
        )
    if isinstance(value, Seq):
        items = tuple(_placed(item, source, lines) for item in value.items_)
        return msgspec.structs.replace(value, source=source, start=start, end=end, key_start=key_start, items_=items)
    return msgspec.structs.replace(value, source=source, start=start, end=end, key_start=key_start)
