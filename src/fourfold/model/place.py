"""Where something is written: a text and a stretch of it.

Offsets count characters of `Source.text`, not bytes; lines and columns are 1-based and computed only when asked.
"""

from __future__ import annotations

from bisect import bisect_right

import msgspec


class Source:
    """One text that was read: a file of the scanned tree, or a text rendered from one."""

    __slots__ = ("_starts", "bom", "encoding", "path", "rendered", "text")

    def __init__(self, path: str, text: str, *, rendered: bool = False, encoding: str = "utf-8") -> None:
        """`path` is relative to the scanned root, with forward slashes; `encoding` is what the file is written in.

        `rendered` says that values only come from this text, through a template: their places are good to look at, but
        nothing can be written there.
        """
        self.rendered = rendered
        self.encoding = encoding
        self.bom = text.startswith("\ufeff")
        self.path = path
        self.text = text[1:] if self.bom else text
        self._starts: list[int] | None = None

    def __repr__(self) -> str:
        return f"Source({self.path!r})"

    @property
    def line_starts(self) -> list[int]:
        """Offset of the first character of each line."""
        if self._starts is None:
            starts = [0]
            find, at = self.text.find, -1
            while (at := find("\n", at + 1)) >= 0:
                starts.append(at + 1)
            self._starts = starts
        return self._starts

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) of an offset, both 1-based."""
        starts = self.line_starts
        row = bisect_right(starts, max(offset, 0)) - 1
        return row + 1, max(offset, 0) - starts[row] + 1

    def line(self, number: int) -> str:
        """The text of line `number` (1-based) without its line end; empty beyond the text."""
        starts = self.line_starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")


class Span(msgspec.Struct, frozen=True):
    """A stretch of a source: `start` is the offset of its first character, `end` the one after its last."""

    source: Source
    start: int
    end: int

    @property
    def file(self) -> str:
        return self.source.path

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.position(self.start)[1]

    @property
    def end_line(self) -> int:
        return self.source.position(self.end)[0]

    @property
    def end_column(self) -> int:
        """Column after the last character, as SARIF counts it."""
        return self.source.position(self.end)[1]

    def header(self, lines_max: int = 3) -> Span:
        """This span, or its first line where it is longer than `lines_max` lines."""
        if self.end_line - self.line < lines_max:
            return self
        stop = self.source.text.find("\n", self.start)
        text = self.source.text[self.start : stop].rstrip()
        return Span(self.source, self.start, self.start + len(text))


class Problem(msgspec.Struct, frozen=True):
    """Something that could not be read or was cut short: shown, so that silence is never read as safe."""

    file: str
    line: int
    """1-based; 0 where the whole file is meant."""
    reason: str
    """Lower case, no final period, says what to do next where something can be done."""
    note: bool = False
    """Whether it is only worth knowing: everything was read all the same."""
