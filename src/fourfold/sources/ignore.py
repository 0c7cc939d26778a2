"""Files that a project says are not its own: `.gitignore`, `.git/info/exclude` and `.fourfoldignore`.

Source: https://git-scm.com/docs/gitignore. The last matching pattern decides; a file of a deeper folder goes before one
of a folder above; what lies in an ignored folder cannot be brought back by a pattern inside it (the walk does not enter
it). `.fourfoldignore` has the same form and goes before the others.
"""

from __future__ import annotations

import re
from functools import lru_cache
from re import Pattern

import msgspec

IGNORE_FILES = (".gitignore", ".fourfoldignore")
"""In the order of their weight: the later one decides."""

PATTERNS_MAX = 10_000
"""Patterns of one file; a longer list is no list that somebody keeps."""
PATTERN_CHARACTERS_MAX = 1000

_SPECIAL = frozenset("*?[\\/")


class Rules:
    """The patterns of one ignore file, asked for paths below its folder."""

    __slots__ = ("_above", "_list", "_skip", "cut")

    def __init__(self, text: str, folder: str, above: str = "") -> None:
        """`folder` is the file's folder relative to the root; `above` leads from its folder down to the root instead.

        A pattern that has no meaning is passed over, as git does; `cut` says that there were too many or too long ones.
        """
        self._skip = len(folder) + 1 if folder else 0
        self._above = f"{above}/" if above else ""
        lines = tuple(line for line in text.splitlines() if line.strip() and line[0] != "#")
        patterns = tuple(line for line in lines[:PATTERNS_MAX] if len(line) <= PATTERN_CHARACTERS_MAX)
        self.cut = len(patterns) < len(lines)
        self._list = _list_of(patterns)

    def decide(self, path: str) -> bool | None:
        """True: ignored, False: brought back, None: no pattern speaks of it. A folder's path ends in `/`."""
        return self._list.decide(self._above + path[self._skip :])

    def name(self, path: str) -> bool:
        """Whether they name the file, or a folder it lies in: for lists of paths that no walk has made."""
        at = path.find("/")
        while at >= 0:
            if self.decide(path[: at + 1]):
                return True
            at = path.find("/", at + 1)
        return self.decide(path) is True


def ignored(chain: tuple[Rules, ...], path: str) -> bool:
    """What the nearest file that speaks of the path says; `chain` goes from the outermost file to the innermost."""
    for rules in reversed(chain):
        answer = rules.decide(path)
        if answer is not None:
            return answer
    return False


class _List:
    """The patterns of one file, from the last to the first.

    Hardly any path is spoken of by any pattern, and that is found out without asking each: most patterns are a plain
    name (`dist/`) or a suffix (`*.pyc`), and the others hold a text that must occur in the path.
    """

    __slots__ = ("_every", "_names", "_others", "_suffixes")

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self._names: set[str] = set()
        self._suffixes: set[str] = set()
        self._others: list[tuple[str, str]] = []
        self._every: list[tuple[str, str]] = []
        for line in reversed(patterns):
            bare = line.removeprefix("!").rstrip(" ").removesuffix("/")
            test = (_must_occur(line), line)
            self._every.append(test)
            if _SPECIAL.isdisjoint(bare):
                self._names.add(bare)
            elif bare[:2] == "*." and _SPECIAL.isdisjoint(bare[1:]):
                self._suffixes.add(bare[bare.rfind(".") :])
            else:
                self._others.append(test)

    def decide(self, path: str) -> bool | None:
        bare = path.removesuffix("/")
        name = bare[bare.rfind("/") + 1 :]
        some = name in self._names or name[name.rfind(".") :] in self._suffixes
        for text, line in self._every if some else self._others:
            if text in bare:
                glob = _glob_of(line)
                if glob is not None and glob.matches(bare, name, folder=len(bare) < len(path)):
                    return not glob.negated
        return None


@lru_cache(maxsize=64)  # the folders of a large repository often hold copies of one file
def _list_of(patterns: tuple[str, ...]) -> _List:
    return _List(patterns)


def _must_occur(pattern: str) -> str:
    """The longest text without wildcards in a pattern; empty where there is none."""
    plain = re.split(r"[\\[]", pattern.removeprefix("!"), maxsplit=1)[0].rstrip(" ")
    return max(re.split(r"[*?/]+", plain), key=len)


class _Glob(msgspec.Struct, frozen=True):
    """One pattern."""

    negated: bool
    folders_only: bool
    segments: tuple[str | Pattern[str], ...]
    """What stands between slashes: a plain name, an expression, or `**` for any number of folders."""
    anywhere: bool
    """Whether it holds no slash, so that it is about the name alone."""

    def matches(self, path: str, name: str, *, folder: bool) -> bool:
        """Whether it matches the path itself; what is below a matching folder is the walk's affair."""
        if self.folders_only and not folder:
            return False
        if self.anywhere:
            return _segment_matches(self.segments[0], name)
        parts = path.split("/")
        # reach[i]: whether the segments so far can match the first i parts.
        reach = [True] + [False] * len(parts)
        for at, segment in enumerate(self.segments):
            if segment == "**":
                first = reach.index(True) if True in reach else len(reach)
                # At the end it stands for what is inside: at least one part.
                first += at == len(self.segments) - 1
                reach = [i >= first for i in range(len(reach))]
            else:
                reach = [False] + [
                    before and _segment_matches(segment, part) for before, part in zip(reach, parts, strict=False)
                ]
        return reach[-1]


def _segment_matches(segment: str | Pattern[str], part: str) -> bool:
    return segment == part if isinstance(segment, str) else segment.fullmatch(part) is not None


@lru_cache(maxsize=4096)
def _glob_of(line: str) -> _Glob | None:
    """A line of an ignore file; None where it has no meaning."""
    text = line.removeprefix("!")
    # Blanks at the end count only behind a backslash.
    while text.endswith(" ") and not text.endswith("\\ "):
        text = text[:-1]
    folders_only = text.endswith("/")
    text = text.removesuffix("/")
    anywhere = "/" not in text
    segments = [_segment(part) for part in text.removeprefix("/").split("/")]
    if anywhere and segments == ["**"]:
        segments = [_segment("*")]
    if not text or None in segments or "" in segments:
        return None
    return _Glob(line[0] == "!", folders_only, tuple(s for s in segments if s is not None), anywhere)


def _segment(text: str) -> str | Pattern[str] | None:
    """One segment; None where it has no meaning, so that nothing matches."""
    if text == "**" or _SPECIAL.isdisjoint(text):
        return text
    chunks: list[str] = [""]
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if char == "*":
            chunks.append("")
            continue
        if char == "[":
            found = _bracket(text, at)
            if found is None:
                return None
            chunks[-1] += found[0]
            at = found[1]
            continue
        if char == "\\":
            if at >= len(text):
                return None
            chunks[-1] += re.escape(text[at])
            at += 1
        else:
            chunks[-1] += "." if char == "?" else re.escape(char)
    return _expression(chunks)


def _expression(chunks: list[str]) -> Pattern[str] | None:
    """The chunks with anything between them.

    Behind a `*` the first place where the next chunk fits is as good as any, so no other need be tried: the atomic
    groups keep the time linear, however many `*` somebody writes.
    """
    first, *rest = chunks
    whole = first
    if rest:
        whole += "".join(f"(?>.*?{chunk})" for chunk in rest[:-1] if chunk) + ".*" + rest[-1]
    try:
        return re.compile(whole, re.DOTALL)
    except re.error:
        return None


_CLASSES = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "blank": " \\t", "cntrl": "\\x00-\\x1f\\x7f", "digit": "0-9",
    "graph": "!-~", "lower": "a-z", "print": " -~", "punct": "!-/:-@\\[-`{-~", "space": "\\s", "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}  # fmt: skip


def _bracket(text: str, at: int) -> tuple[str, int] | None:
    """`[...]` whose inside begins at `at`, as an expression, and where it ends; None where it does not end."""
    negated = text[at : at + 1] in {"!", "^"}
    at += negated
    out: list[str] = []
    first = True
    while at < len(text) and (first or text[at] != "]"):
        first = False
        named = re.compile(r"\[:([a-z]*):\]").match(text, at)
        if named:
            if named[1] not in _CLASSES:
                return None
            out.append(_CLASSES[named[1]])
            at = named.end()
            continue
        low, at = _member(text, at)
        if text[at : at + 1] == "-" and text[at + 1 : at + 2] not in {"", "]"}:
            high, at = _member(text, at + 1)
            if low <= high:
                out.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            out.append(re.escape(low))
    if at >= len(text):
        return None
    inside = "".join(out)
    if not inside:
        return ("." if negated else "(?!)"), at + 1
    return f"[{'^' if negated else ''}{inside}]", at + 1


def _member(text: str, at: int) -> tuple[str, int]:
    """A character inside brackets, behind a backslash or not, and the place after it."""
    at += text[at] == "\\" and at + 1 < len(text)
    return text[at], at + 1
