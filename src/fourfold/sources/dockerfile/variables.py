"""Variables of a Dockerfile: what is in scope, and how a word with `$NAME` in it becomes a value.

Source: https://docs.docker.com/reference/dockerfile/#environment-replacement and
https://docs.docker.com/build/building/variables/#scoping.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from fourfold.model.place import Source
from fourfold.model.value import NOWHERE, Known, Step, Text, Unknown, Value
from fourfold.sources.dockerfile.lines import Instruction

PLATFORM_ARGUMENTS = frozenset(
    f"{side}{what}" for side in ("BUILD", "TARGET") for what in ("PLATFORM", "OS", "ARCH", "VARIANT")
) | {"TARGETSTAGE"}
"""Set by the builder; in a stage only once they are declared there."""

PREDEFINED_ARGUMENTS = frozenset(
    name.lower() if lower else name
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
    for lower in (False, True)
)
"""May be given without being declared."""

DEPTH_MAX = 20
"""Of `${A:-${B:-...}}`."""
CHARACTERS_MAX = 100_000
"""Of one value: variables that double each other grow without end."""
PARTS_MAX = 200
STEPS_MAX = 20
GLOB_STARS_MAX = 4
"""More `*` in one pattern take too long to try."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]|[@*#?!$-]")
_MODIFIER = re.compile(r":?[-+?]")

Part = str | Value


class Scope:
    """Names that can be used at one place of a file."""

    __slots__ = ("arguments", "environment", "open")

    def __init__(self, *, open_: str = "") -> None:
        """`open_` says where a name that is not declared may come from; empty where it surely is unset."""
        self.environment: dict[str, Value] = {}
        self.arguments: dict[str, Value] = {}
        self.open = open_

    def child(self) -> Scope:
        """What a stage starts with that is built on this one."""
        scope = Scope(open_=self.open)
        scope.environment.update(self.environment)
        scope.arguments.update(self.arguments)
        return scope

    def find(self, name: str) -> Value | None:
        """Its value; None where nothing here sets it. ENV goes before ARG."""
        found = self.environment.get(name)
        return self.arguments.get(name) if found is None else found


def argument_without_default(name: str, at: Value) -> Unknown:
    """An ARG that says no default: set when the image is built, or unset."""
    who = (
        "is set by the builder" if name in PLATFORM_ARGUMENTS else "has no default; it is given when the image is built"
    )
    return Unknown(
        at.source, at.start, at.end, at.key_start, f"build argument `{name}` {who}", (), maybe_absent=True, name=name
    )


class Expander:
    """Turns stretches of one instruction's text into values."""

    def __init__(self, source: Source, instruction: Instruction, scope: Scope, escape: str) -> None:
        self.source = source
        self.instruction = instruction
        self.scope = scope
        self.escape = escape

    def value(self, start: int, end: int, key_start: int = -1) -> Value:
        """`text[start:end]` with quotes taken off and variables replaced."""
        text = self.instruction.text[start:end]
        first, last = self.instruction.stretch(start, end)
        if "$" not in text and '"' not in text and "'" not in text and self.escape not in text:
            return Known(self.source, first, last, key_start, text)
        steps: list[Step] = []
        parts = _merged(_Word(text, self.scope, self.escape, steps).parts())
        return _placed(parts, self.source, first, last, key_start, tuple(steps))


def _placed(parts: list[Part], source: Source, start: int, end: int, key_start: int, steps: tuple[Step, ...]) -> Value:
    """One value at its place, of known and unknown parts."""
    steps = tuple(dict.fromkeys(steps))[-STEPS_MAX:]
    if len(parts) == 1 and not isinstance(parts[0], str):
        only = parts[0]
        return msgspec.structs.replace(only, source=source, start=start, end=end, key_start=key_start)
    if all(isinstance(part, str) for part in parts):
        return Known(source, start, end, key_start, "".join(map(str, parts)), steps)
    return Text(source, start, end, key_start, tuple(parts), steps)


def _merged(parts: list[Part]) -> list[Part]:
    """Neighbouring strings as one, texts taken apart, nothing empty; one unknown where it grows too long."""
    out: list[Part] = []
    size = 0
    for part in parts:
        for piece in part.parts if isinstance(part, Text) else (part,):
            size += len(piece) if isinstance(piece, str) else 0
            if isinstance(piece, str) and out and isinstance(out[-1], str):
                out[-1] += piece
            elif piece != "":
                out.append(piece)
        if size > CHARACTERS_MAX or len(out) > PARTS_MAX:
            return [Unknown(NOWHERE, 0, 0, -1, f"longer than {CHARACTERS_MAX} characters")]
    return out


class _Word:
    """Reads one word character by character, as the builder's shell lexer does."""

    def __init__(self, text: str, scope: Scope, escape: str, steps: list[Step], depth: int = 0) -> None:
        self.text = text
        self.scope = scope
        self.escape = escape
        self.steps = steps
        self.depth = depth
        self.at = 0

    def parts(self) -> list[Part]:
        out: list[Part] = []
        quote = ""
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == quote:
                quote = ""
            elif not quote and char in "\"'":
                quote = char
            elif char == "$" and quote != "'":
                out.extend(self._dollar())
                continue
            elif char == self.escape and quote != "'":
                self.at += 1
                following = self.text[self.at : self.at + 1]
                out.append(following if not quote or following in f'"${self.escape}' else self.escape + following)
            else:
                out.append(char)
            self.at += 1
        return out

    def _dollar(self) -> list[Part]:
        """`$NAME` or `${NAME...}` at the current place."""
        self.at += 1
        if self.text[self.at : self.at + 1] == "{":
            return self._braces()
        name = _NAME.match(self.text, self.at)
        if name is None:
            return ["$"]
        self.at = name.end()
        return self._variable(name[0])

    def _braces(self) -> list[Part]:
        name = _NAME.match(self.text, self.at + 1)
        end = _closing(self.text, self.at + 1, self.escape)
        if name is None or end < 0:
            self.at = len(self.text) if end < 0 else end + 1
            return [self._unknown("", "a substitution that cannot be read")]
        rest = self.text[name.end() : end]
        self.at = end + 1
        if not rest:
            return self._variable(name[0])
        modifier = _MODIFIER.match(rest)
        if modifier is None:
            return self._trimmed(name[0], rest)
        return self._alternative(name[0], modifier[0], rest[modifier.end() :])

    def _unknown(self, name: str, why: str) -> Unknown:
        return Unknown(NOWHERE, 0, 0, -1, why, (), maybe_absent=False, name=name)

    def _variable(self, name: str) -> list[Part]:
        value = self.scope.find(name)
        if value is None:
            if name in PREDEFINED_ARGUMENTS:
                return [self._unknown(name, f"`{name}` may be given when the image is built")]
            return [self._unknown(name, f"`{name}` {self.scope.open}")] if self.scope.open else []
        return self._use(name, value)

    def _use(self, name: str, value: Value) -> list[Part]:
        if isinstance(value, Known):
            self._say(name, value)
            return [value._text()]
        return [value]

    def _say(self, name: str, value: Known) -> None:
        """Put down that the word's value comes from this variable's."""
        if len(self.steps) < 2 * STEPS_MAX:
            self.steps.extend(value.provenance)
            self.steps.append(Step(f"`{name}`", value.span))

    def _alternative(self, name: str, modifier: str, word: str) -> list[Part]:
        """`${x:-w}`, `${x-w}`, `${x:+w}`, `${x+w}`, `${x:?w}`, `${x?w}`."""
        value = self.scope.find(name)
        set_ = self._is_set(name, value, empty_counts=modifier[0] != ":")
        if modifier[-1] == "?":
            return self._variable(name)
        if set_ is None:
            return [self._unknown(name, f"`{name}` {self.scope.open or 'is given when the image is built'}")]
        if set_ is (modifier[-1] == "+"):
            return self._word(word)
        return self._use(name, value) if value is not None and modifier[-1] == "-" else []

    def _is_set(self, name: str, value: Value | None, *, empty_counts: bool) -> bool | None:
        """Whether the name has a value; None where that is not known. An ARG without a default has none as written."""
        if value is None:
            return None if self.scope.open or name in PREDEFINED_ARGUMENTS else False
        if isinstance(value, Known):
            return empty_counts or value._text() != ""
        if isinstance(value, Unknown):
            if value.maybe_absent:
                return None if name in PLATFORM_ARGUMENTS else False
            return True if empty_counts else None
        return True

    def _word(self, word: str) -> list[Part]:
        if self.depth >= DEPTH_MAX:
            return [self._unknown("", f"substitutions nested deeper than {DEPTH_MAX} levels")]
        return _Word(word, self.scope, self.escape, self.steps, self.depth + 1).parts()

    def _trimmed(self, name: str, rest: str) -> list[Part]:
        """`${x#p}`, `${x##p}`, `${x%p}`, `${x%%p}`, `${x/p/r}`, `${x//p/r}`."""
        value = self.scope.find(name)
        change = _change(rest)
        if isinstance(value, Known) and change is not None:
            self._say(name, value)
            return [change(value._text())]
        if value is None and not self.scope.open:
            return []
        return [self._unknown(name, f"`${{{name}{rest[:20]}}}` is known only when the image is built")]


def _closing(text: str, at: int, escape: str) -> int:
    """Where the brace that opened before `at` closes; -1 where it does not."""
    depth = 1
    while at < len(text):
        char = text[at]
        if char == escape:
            at += 1
        elif char == "{" and text[at - 1] == "$":
            depth += 1
        elif char == "}":
            depth -= 1
            if not depth:
                return at
        at += 1
    return -1


def _change(rest: str) -> Callable[[str], str] | None:
    """What the suffix of a `${x...}` does to a text; None where it is not known to do something."""
    found = re.fullmatch(r"(##?|%%?|//?)(.*)", rest, re.DOTALL)
    if found is None or "$" in found[2] or found[2].count("*") > GLOB_STARS_MAX:
        return None
    mark, operand = found[1], found[2]
    if mark[0] == "/":
        pattern, _, by = re.sub(r"(?<!\\)/", "\0", operand, count=1).partition("\0")
        compiled = re.compile(_glob(pattern, greedy=True), re.DOTALL)
        return lambda text: compiled.sub(lambda _: by, text, count=1 if mark == "/" else 0)
    glob = _glob(operand, greedy=len(mark) == 2)
    if mark[0] == "#":
        compiled = re.compile(glob, re.DOTALL)
        return lambda text: text[len(head[0]) :] if (head := compiled.match(text)) else text
    return lambda text: _without_tail(text, operand, longest=len(mark) == 2)


def _without_tail(text: str, pattern: str, *, longest: bool) -> str:
    compiled = re.compile(_glob(pattern, greedy=True), re.DOTALL)
    places = range(len(text) + 1)
    for at in places if longest else reversed(places):
        if compiled.fullmatch(text, at):
            return text[:at]
    return text


def _glob(pattern: str, *, greedy: bool) -> str:
    out: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "*":
            out.append(".*" if greedy else ".*?")
        elif char == "?":
            out.append(".")
        elif char == "\\" and at + 1 < len(pattern):
            at += 1
            out.append(re.escape(pattern[at]))
        else:
            out.append(re.escape(char))
        at += 1
    return "".join(out)
