"""A Dockerfile's text as instructions: directives, continuation lines, comments inside them, and here-documents.

Source: https://docs.docker.com/reference/dockerfile/#format, #parser-directives, #escape and #here-documents.
"""

from __future__ import annotations

import re
from bisect import bisect_right

import msgspec

from fourfold.model.place import Problem, Source

INSTRUCTIONS_MAX = 10_000
HEREDOCS_MAX = 100
"""Here-documents of one instruction."""

_DIRECTIVE = re.compile(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*")
_DIRECTIVES = frozenset(("syntax", "escape", "check"))
_FIRST_WORD = re.compile(r"\S+")
_SPACES = re.compile(r"\s*")
_HEREDOC = re.compile(r"([0-9]*)<<(-?)([^<]+)")
_HEREDOC_KEYWORDS = ("RUN", "COPY", "ADD")
_CONTINUED = {mark: re.compile(rf"(?<!{re.escape(mark)}){re.escape(mark)}[ \t]*\Z") for mark in ("\\", "`")}


class Heredoc(msgspec.Struct, frozen=True):
    """`<<NAME` and the lines up to the one that is NAME."""

    name: str
    start: int
    """Offset of the first line's first character."""
    end: int
    """Offset where the line that ends it begins."""
    expand: bool
    """Whether variables are replaced in it: not where the name was quoted."""
    chomp: bool
    """Whether leading tabs are dropped (`<<-`)."""


class Instruction(msgspec.Struct, frozen=True):
    """One instruction. `text` is what follows the keyword, its continuation lines joined."""

    keyword: str
    """Upper case."""
    start: int
    """Offset of the keyword."""
    end: int
    """Offset after the last character, here-documents included."""
    text: str
    text_end: int
    """Offset after the last character before the here-documents."""
    cuts: tuple[int, ...]
    """Where, in `text`, pieces that stood on lines of their own begin; and, in `places`, where they stand."""
    places: tuple[int, ...]
    heredocs: tuple[Heredoc, ...] = ()

    def place(self, at: int) -> int:
        """Offset in the source of the character `text[at]`."""
        piece = max(bisect_right(self.cuts, at) - 1, 0)
        return self.places[piece] + at - self.cuts[piece]

    def stretch(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the source of `text[start:end]`."""
        return self.place(start), self.place(end - 1) + 1 if end > start else self.place(start)


class Lines:
    """Reads one text; `instructions`, `problems`, `escape` are the result."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.escape = "\\"
        self.instructions: list[Instruction] = []
        self.problems: list[Problem] = []
        self._lines = source.text.split("\n")
        self._starts = source.line_starts
        self._row = 0
        self._read()

    def _read(self) -> None:
        heading = True
        while self._row < len(self._lines):
            row = self._row
            self._row += 1
            line = self._lines[row].strip()
            if heading:
                heading = self._directive(line)
                if heading:
                    continue
            if line and line[0] != "#":
                if len(self.instructions) >= INSTRUCTIONS_MAX:
                    self._problem(
                        self._starts[row], f"more than {INSTRUCTIONS_MAX} instructions; the rest was left out"
                    )
                    return
                self._instruction(row)

    def _problem(self, offset: int, reason: str) -> None:
        self.problems.append(Problem(self.source.path, self.source.position(offset)[0], reason))

    def _directive(self, line: str) -> bool:
        """Whether the line is a directive; the first that is none ends them."""
        found = _DIRECTIVE.fullmatch(line)
        if found is None or found[1].lower() not in _DIRECTIVES:
            return False
        if found[1].lower() == "escape":
            if found[2] in _CONTINUED:
                self.escape = found[2]
            else:
                self._problem(
                    self._starts[self._row - 1], f"`{found[2][:20]}` cannot be the escape character; ` or \\ can"
                )
        return True

    def _instruction(self, row: int) -> None:
        """The instruction that begins in this line."""
        line = self._lines[row].removesuffix("\r")
        lead = len(line) - len(line.lstrip())
        pieces: list[str] = []
        places: list[int] = []
        continued = _CONTINUED[self.escape]
        at, piece = self._starts[row] + lead, line[lead:]
        while True:
            cut = continued.search(piece)
            pieces.append(piece[: cut.start()] if cut else piece)
            places.append(at)
            if cut is None:
                break
            while self._row < len(self._lines):
                following = self._lines[self._row].strip()
                if following and following[0] != "#":
                    break
                self._row += 1
            if self._row >= len(self._lines):
                break
            at, piece = self._starts[self._row], self._lines[self._row].removesuffix("\r")
            self._row += 1
        self._finish(pieces, places)

    def _finish(self, pieces: list[str], places: list[int]) -> None:
        """Keyword, text and here-documents of joined lines."""
        cuts, at = [], 0
        for piece in pieces:
            cuts.append(at)
            at += len(piece)
        joined = "".join(pieces).rstrip()
        word = _FIRST_WORD.search(joined)
        if word is None:
            return
        keyword = word[0].upper()
        skip = _SPACES.match(joined, word.end()).end()  # type: ignore[union-attr]
        text = joined[skip:]
        whole = Instruction(keyword, places[0], 0, joined, 0, tuple(cuts), tuple(places))
        start, text_end = whole.place(word.start()), whole.place(len(joined) - 1) + 1
        shifted = Instruction(keyword, start, text_end, text, text_end, tuple(c - skip for c in cuts), tuple(places))
        heredocs = tuple(self._heredocs(keyword, text, start)) if "<<" in text else ()
        if heredocs:
            end = self._starts[self._row - 1] + len(self._lines[self._row - 1].rstrip())
            shifted = msgspec.structs.replace(shifted, heredocs=heredocs, end=end)
        self.instructions.append(shifted)

    def _heredocs(self, keyword: str, text: str, start: int) -> list[Heredoc]:
        """Takes the lines of the here-documents that the text announces."""
        if keyword == "ONBUILD":
            keyword, _, text = text.partition(" ")
        if keyword.upper() not in _HEREDOC_KEYWORDS or text.startswith("["):
            return []
        found: list[Heredoc] = []
        for word in shell_words(text, self.escape):
            announced = _HEREDOC.fullmatch(word)
            name = unquoted(announced[3], self.escape) if announced else ""
            if announced is None or not name:
                continue
            if len(found) >= HEREDOCS_MAX:
                self._problem(start, f"more than {HEREDOCS_MAX} here-documents in one instruction")
                break
            found.append(self._heredoc(name, chomp=bool(announced[2]), expand=name == announced[3], at=start))
        return found

    def _heredoc(self, name: str, *, chomp: bool, expand: bool, at: int) -> Heredoc:
        first = self._row
        start = self._starts[first] if first < len(self._lines) else len(self.source.text)
        while self._row < len(self._lines):
            line = self._lines[self._row].removesuffix("\r")
            self._row += 1
            if (line.lstrip("\t") if chomp else line) == name:
                return Heredoc(name, start, self._starts[self._row - 1], expand, chomp)
        self._problem(at, f"the here-document `{name[:40]}` does not end")
        return Heredoc(name, start, len(self.source.text), expand, chomp)


def shell_words(text: str, escape: str) -> list[str]:
    """Words between blanks, quotes and escapes kept as they are."""
    return [text[start:end] for start, end in word_spans(text, escape)]


def word_spans(text: str, escape: str) -> list[tuple[int, int]]:
    """Start and end of each word between blanks; a quote or an escape makes a blank part of the word."""
    spans: list[tuple[int, int]] = []
    start, quote, at, size = -1, "", 0, len(text)
    while at < size:
        char = text[at]
        if quote:
            if char == quote:
                quote = ""
            elif char == escape and quote == '"':
                at += 1
        elif char.isspace():
            if start >= 0:
                spans.append((start, at))
                start = -1
        else:
            if start < 0:
                start = at
            if char in "\"'":
                quote = char
            elif char == escape:
                at += 1
        at += 1
    if start >= 0:
        spans.append((start, size))
    return spans


def unquoted(word: str, escape: str) -> str:
    """The word without its quotes and escapes; empty where it is more than one word, or a quote does not end."""
    if any(char.isspace() for char in word):
        return ""
    out, quote, at = [], "", 0
    while at < len(word):
        char = word[at]
        if char == quote:
            quote = ""
        elif not quote and char in "\"'":
            quote = char
        elif char == escape and quote != "'" and at + 1 < len(word):
            at += 1
            out.append(word[at])
        else:
            out.append(char)
        at += 1
    return "" if quote else "".join(out)
