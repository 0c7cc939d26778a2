"""Text for a terminal: colour, width, and nothing in it that could command the terminal."""

from __future__ import annotations

import msgspec

_CODES = {
    "critical": "1;97;41",
    "high": "1;31",
    "medium": "33",
    "low": "36",
    "info": "34",
    "bold": "1",
    "dim": "2",
    "good": "32",
    "head": "1",
    "by-you": "33",
    "by-aws": "36",
    "by-both": "35",
    "by-unknown": "2",
    "add": "32",
    "drop": "31",
}

_CONTROL = dict.fromkeys((*range(32), *range(127, 160)), "�")
_CONTROL |= dict.fromkeys(
    (*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF), "\N{REPLACEMENT CHARACTER}"
)
_CONTROL[9] = " "


def visible(text: str) -> str:
    """Text from a scanned file, without control and direction characters; one character stays one character."""
    return text if text.isascii() and text.isprintable() else text.translate(_CONTROL)


class Style(msgspec.Struct, frozen=True):
    """How the terminal is written to."""

    width: int = 100
    """Characters in a line."""
    color: bool = False
    unicode: bool = True
    """Whether more than ASCII may be written."""

    def paint(self, text: str, what: str) -> str:
        """`text` in the colour of a severity or role."""
        return f"\x1b[{_CODES[what]}m{text}\x1b[0m" if self.color and text else text

    def bar(self, score: int, what: str) -> str:
        """Ten cells, `score` of them full."""
        full, empty = ("\N{FULL BLOCK}", "\N{LIGHT SHADE}") if self.unicode else ("#", ".")
        return self.paint(full * score, what) + self.paint(empty * (10 - score), "dim")

    @property
    def rule(self) -> str:
        """The line beside a code frame."""
        return "\N{BOX DRAWINGS LIGHT VERTICAL}" if self.unicode else "|"

    @property
    def ellipsis(self) -> str:
        return "\N{HORIZONTAL ELLIPSIS}" if self.unicode else "..."

    def clean(self, text: str) -> str:
        """Text from a scanned file, without control and direction characters; ASCII alone where that is asked for.

        One character stays one character, so columns stay true.
        """
        text = visible(text)
        return text if self.unicode or text.isascii() else text.encode("ascii", "replace").decode()

    def wrap(self, text: str, indent: str = "", first: str | None = None) -> list[str]:
        """Lines of at most `width` characters, the first after `first`, the others after `indent`."""
        lines: list[str] = []
        line = indent if first is None else first
        fresh = True
        for word in text.split():
            if not fresh and cells(line) + 1 + cells(word) > self.width:
                lines.append(line)
                line, fresh = indent, True
            line += word if fresh else f" {word}"
            fresh = False
        return [*lines, line]

    def clip(self, text: str, width: int) -> str:
        """`text`, cut to `width` characters where it is longer."""
        if cells(text) <= width:
            return text
        text = text[: max(width - len(self.ellipsis), 0)]
        while cells(text) > max(width - len(self.ellipsis), 0):
            text = text[:-1]
        return text + self.ellipsis


def cells(text: str) -> int:
    """Columns that a text takes in a terminal: East Asian wide characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def number(n: float) -> str:
    """1234567 as `1,234,567`."""
    return f"{n:,}"


def count(n: int, one: str, many: str = "") -> str:
    """`1 finding`, `2 findings`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def sentence(text: str) -> str:
    """Begins with a capital and ends with a period, as people and viewers expect it."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
