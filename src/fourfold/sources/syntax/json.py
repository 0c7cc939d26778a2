"""JSON (RFC 8259) to values with exact spans."""

from __future__ import annotations

import json
import re
from typing import Any

from fourfold.model.place import Problem, Source
from fourfold.model.value import Known, Map, Seq, Value

DEPTH_MAX = 100

_TOKEN = re.compile(
    r"""[ \t\n\r]*(?:
        (?P<mark>[{}\[\],:]) | "(?P<plain>[^"\\\x00-\x1f]*)" | (?P<escaped>"(?:[^"\\\x00-\x1f]|\\.)*") |
        (?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?) | (?P<word>true|false|null)
    )""",
    re.VERBOSE,
)
_WORDS = {"true": True, "false": False, "null": None}
_DIGITS_MAX = 300


class _Stop(Exception):  # noqa: N818
    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.offset = offset


class _Scanner:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.match = _TOKEN.match
        self.text = source.text
        self.at = 0
        self.problems: list[Problem] = []
        self.offsets: list[int] = []
        """Where each problem stands."""

    def token(self) -> tuple[str, Any, int]:
        """(kind, text, start) of the next token."""
        found = self.match(self.text, self.at)
        if found is None:
            start = self.at + len(self.text[self.at :]) - len(self.text[self.at :].lstrip())
            what = (
                f"unexpected `{self.text[start : start + 12].splitlines()[0]}`"
                if start < len(self.text)
                else "unexpected end"
            )
            raise _Stop(start, f"not valid JSON: {what}")
        self.at = found.end()
        kind = found.lastgroup or ""
        start = found.start(kind) - (kind == "plain")
        return kind, found[kind], start

    def value(self, token: tuple[str, Any, int], key_start: int, depth: int) -> Value:
        kind, text, start = token
        if kind == "plain":
            return Known(self.source, start, self.at, key_start, text)
        if kind == "mark":
            if depth >= DEPTH_MAX:
                raise _Stop(start, f"nested deeper than {DEPTH_MAX} levels")
            if text == "{":
                return self.mapping(start, key_start, depth + 1)
            if text == "[":
                return self.sequence(start, key_start, depth + 1)
            raise _Stop(start, f"not valid JSON: unexpected `{text}`")
        return Known(self.source, start, self.at, key_start, self.scalar(kind, text, start))

    def scalar(self, kind: str, text: str, start: int) -> str | float | bool | None:
        if kind == "word":
            return _WORDS[text]
        if kind == "escaped":
            try:
                return str(json.loads(text))
            except ValueError:
                raise _Stop(start, "not valid JSON: invalid escape in a string") from None
        if len(text) > _DIGITS_MAX:
            raise _Stop(start, "a number of more than 300 digits")
        return float(text) if "." in text or "e" in text or "E" in text else int(text)

    def mapping(self, start: int, key_start: int, depth: int) -> Value:
        entries: dict[str, Value] = {}
        kind, text, at = self.token()
        while (kind, text) != ("mark", "}"):
            if kind not in ("plain", "escaped"):
                raise _Stop(at, f"not valid JSON: expected a key in quotes, found `{text}`")
            key = text if kind == "plain" else str(self.scalar(kind, text, at))
            colon, colon_text, colon_at = self.token()
            if (colon, colon_text) != ("mark", ":"):
                raise _Stop(colon_at, f"not valid JSON: expected `:` after `{key}`")
            if key in entries:
                self.problem(at, f"key `{key}` is written twice; the last one counts")
            entries[key] = self.value(self.token(), at, depth)
            kind, text, at = self.token()
            if (kind, text) == ("mark", ","):
                kind, text, at = self.token()
                if kind == "mark":
                    raise _Stop(at, f"not valid JSON: unexpected `{text}` after a comma")
            elif (kind, text) != ("mark", "}"):
                raise _Stop(at, f"not valid JSON: expected `,` or `}}`, found `{text}`")
        return Map(self.source, start, self.at, key_start, entries)

    def sequence(self, start: int, key_start: int, depth: int) -> Value:
        items: list[Value] = []
        token = self.token()
        while token[:2] != ("mark", "]"):
            items.append(self.value(token, -1, depth))
            token = self.token()
            if token[:2] == ("mark", ","):
                token = self.token()
                if token[:2] == ("mark", "]"):
                    raise _Stop(token[2], "not valid JSON: unexpected `]` after a comma")
            elif token[:2] != ("mark", "]"):
                raise _Stop(token[2], f"not valid JSON: expected `,` or `]`, found `{token[1]}`")
        return Seq(self.source, start, self.at, key_start, tuple(items))

    def problem(self, offset: int, reason: str) -> None:
        self.offsets.append(offset)
        self.problems.append(Problem(self.source.path, self.source.position(offset)[0], reason))


def parse_json(source: Source) -> tuple[Value | None, list[Problem]]:
    """The value of a JSON text, or None and why."""
    return _whole(_Scanner(source))


def parse_json_exactly(source: Source) -> tuple[Value | None, list[tuple[int, str]]]:
    """The value of a JSON text, or None; and what is wrong, each with its offset."""
    scanner = _Scanner(source)
    value, problems = _whole(scanner)
    return value, list(zip(scanner.offsets, (p.reason for p in problems), strict=True))


def _whole(scanner: _Scanner) -> tuple[Value | None, list[Problem]]:
    text = scanner.text
    try:
        value = scanner.value(scanner.token(), -1, 0)
        rest = text[scanner.at :].lstrip()
        if rest:
            raise _Stop(len(text) - len(rest), "not valid JSON: something follows the value")
    except _Stop as stop:
        scanner.problem(stop.offset, str(stop))
        return None, scanner.problems
    return value, scanner.problems


def parse_json_value(source: Source, offset: int) -> Value | None:
    """The one value that begins at an offset, whatever follows it; None where none can be read."""
    scanner = _Scanner(source)
    scanner.at = offset
    try:
        return scanner.value(scanner.token(), -1, 0)
    except _Stop:
        return None


def parse_json_at(source: Source, key: str, shown: Source | None = None) -> tuple[Value | None, list[Problem]]:
    """The value of one key of the object that a JSON text is; the rest is not looked at where it can be skipped.

    The first mention of the key is taken where a mapping follows it, as large files of tools have it on top; anything else
    is found by reading the whole text. `shown` takes the place of the source in the values: the same text with secrets
    covered.
    """
    shown = source if shown is None else shown
    assert len(shown.text) == len(source.text), "places are the same in both"
    found = re.search(rf'"{re.escape(key)}"\s*:\s*(?=\{{)', source.text)
    if found is not None and source.text[: found.start()].count("{") == source.text[: found.start()].count("}") + 1:
        scanner = _Scanner(source)
        scanner.source, scanner.at = shown, found.end()
        try:
            return scanner.value(scanner.token(), found.start(), 0), scanner.problems
        except _Stop as stop:
            scanner.problem(stop.offset, str(stop))
            return None, scanner.problems
    scanner = _Scanner(source)
    scanner.source = shown
    whole, problems = _whole(scanner)
    return (whole.entries_.get(key) if isinstance(whole, Map) else None), problems
