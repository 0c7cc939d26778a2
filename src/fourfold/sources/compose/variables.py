"""Variables of a Compose project: `${NAME}` in its files, and the files that set them.

Sources: https://docs.docker.com/reference/compose-file/interpolation/ and
https://docs.docker.com/reference/compose-file/services/#env_file-format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from fourfold.model.place import Problem, Source
from fourfold.model.value import NOWHERE, Known, Map, Seq, Step, Text, Unknown, Value

DEPTH_MAX = 20
"""Of `${A:-${B:-...}}`."""
CHARACTERS_MAX = 100_000
"""Of one value: variables that double each other grow without end."""
PARTS_MAX = 200
STEPS_MAX = 20
VARIABLES_MAX = 10_000
"""Of one file."""

_NAME = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
_MODIFIER = re.compile(r":?[-?+]")
_LINE = re.compile(r"[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)[ \t]*(?P<sign>[=:]?)[ \t]*")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "$": "$"}

Part = str | Value


class Environment:
    """What the names of one project stand for, as far as its files say."""

    def __init__(self, values: Mapping[str, Value], unset: str) -> None:
        """`unset` says where a name that no file sets is taken from."""
        self.values = dict(values)
        self._unset = unset

    def with_(self, values: Mapping[str, Value]) -> Environment:
        """The same; names that are not set here are looked up in `values`."""
        return Environment({**values, **self.values}, self._unset)

    def find(self, name: str) -> Value | None:
        return self.values.get(name)

    def unknown(self, name: str) -> Unknown:
        return Unknown(NOWHERE, 0, 0, -1, f"`{name}` {self._unset}", (), maybe_absent=False, name=name)


def interpolated(value: Value, environment: Environment, seen: dict[int, Value] | None = None) -> Value:
    """The same tree with variables replaced in its texts; keys stay as they are. What changes nothing is not copied."""
    seen = {} if seen is None else seen
    if id(value) in seen:  # an alias
        return seen[id(value)]
    out = value
    if isinstance(value, Known):
        if isinstance(value.value, str) and "$" in value.value:
            out = _replaced(value, value.value, environment)
    elif isinstance(value, Map):
        entries = {key: interpolated(entry, environment, seen) for key, entry in value.entries_.items()}
        if any(new is not old for new, old in zip(entries.values(), value.entries_.values(), strict=True)):
            out = msgspec.structs.replace(value, entries_=entries)
    elif isinstance(value, Seq):
        items = tuple(interpolated(item, environment, seen) for item in value.items_)
        if any(new is not old for new, old in zip(items, value.items_, strict=True)):
            out = msgspec.structs.replace(value, items_=items)
    seen[id(value)] = out
    return out


def _replaced(at: Known, text: str, environment: Environment) -> Value:
    """One text as a value at the place of `at`."""
    steps: list[Step] = []
    parts: list[Part] = []
    size = 0
    for part in _parts(text, environment, steps, 0):
        for piece in part.parts if isinstance(part, Text) else (part,):
            size += len(piece) if isinstance(piece, str) else 0
            if isinstance(piece, str) and parts and isinstance(parts[-1], str):
                parts[-1] += piece
            elif piece != "":
                parts.append(piece)
        if size > CHARACTERS_MAX or len(parts) > PARTS_MAX:
            parts = [Unknown(NOWHERE, 0, 0, -1, f"longer than {CHARACTERS_MAX} characters")]
            break
    place = (at.source, at.start, at.end, at.key_start)
    if len(parts) == 1 and not isinstance(parts[0], str):
        source, start, end, key_start = place
        return msgspec.structs.replace(parts[0], source=source, start=start, end=end, key_start=key_start)
    provenance = (*at.provenance, *tuple(dict.fromkeys(steps))[-STEPS_MAX:])
    if all(isinstance(part, str) for part in parts):
        return Known(*place, "".join(map(str, parts)), provenance)
    return Text(*place, tuple(parts), provenance)


def _parts(text: str, environment: Environment, steps: list[Step], depth: int) -> list[Part]:
    """What a text is made of."""
    out: list[Part] = []
    at = 0
    while (dollar := text.find("$", at)) >= 0:
        out.append(text[at:dollar])
        at = dollar + 1
        if text.startswith("$", at):
            out.append("$")
            at += 1
        elif text.startswith("{", at):
            end = _closing(text, at + 1)
            name = _NAME.match(text, at + 1)
            if end < 0 or name is None:
                return [*out, Unknown(NOWHERE, 0, 0, -1, "a substitution that cannot be read")]
            out.extend(_braces(name[0], text[name.end() : end], environment, steps, depth))
            at = end + 1
        elif name := _NAME.match(text, at):
            out.extend(_braces(name[0], "", environment, steps, depth))
            at = name.end()
        else:
            out.append("$")
    out.append(text[at:])
    return out


def _closing(text: str, at: int) -> int:
    """Where the brace that opened before `at` closes; -1 where it does not."""
    depth = 1
    for found in re.compile(r"\$\{|\}").finditer(text, at):
        depth += 1 if found[0] == "${" else -1
        if not depth:
            return found.start()
    return -1


def _braces(name: str, rest: str, environment: Environment, steps: list[Step], depth: int) -> list[Part]:
    """`${NAME}`, `${NAME:-x}`, `${NAME-x}`, `${NAME:?x}`, `${NAME?x}`, `${NAME:+x}`, `${NAME+x}`."""
    value = environment.find(name)
    modifier = _MODIFIER.match(rest)
    if rest and modifier is None:
        return [Unknown(NOWHERE, 0, 0, -1, f"`${{{name}{rest[:20]}}}` is no substitution that Compose makes")]
    kind, word = (modifier[0], rest[modifier.end() :]) if modifier else ("", "")
    if depth > DEPTH_MAX:
        return [Unknown(NOWHERE, 0, 0, -1, f"substitutions nested deeper than {DEPTH_MAX} levels")]
    empty = isinstance(value, Known) and value._text() == "" and kind[:1] == ":"
    if kind[-1:] == "+":
        if value is None:
            return [environment.unknown(name)]
        return [] if empty else _parts(word, environment, steps, depth + 1)
    if value is None or empty:
        if kind[-1:] == "-":
            steps.append(Step(f"default of `{name}`, which is not set"))
            return _parts(word, environment, steps, depth + 1)
        return [environment.unknown(name)] if value is None or kind[-1:] == "?" else []
    if isinstance(value, Known):
        if len(steps) < 2 * STEPS_MAX:
            steps.extend(value.provenance)
            steps.append(Step(f"`{name}` of `{value.source.path}`", value.span))
        return [value._text()]
    return [value]


def read_variables(source: Source, outer: Environment, *, raw: bool = False) -> tuple[dict[str, Value], list[Problem]]:
    """The variables of an `.env` file. Each sees those before it; `raw` files are taken as they are written."""
    out: dict[str, Value] = {}
    problems: list[Problem] = []
    text, at = source.text, 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end].strip()
        if not line or line[0] == "#":
            at = end + 1
            continue
        found = _LINE.match(text, at, end)
        if found is None or len(out) >= VARIABLES_MAX:
            why = "holds a line that sets no variable" if found is None else f"more than {VARIABLES_MAX} variables"
            problems.append(Problem(source.path, source.position(at)[0], f"{why}; the rest was left out"))
            break
        key_start = found.start("name")
        if found["sign"]:
            value, at = _value(source, found.end(), end, key_start, raw=raw)
            literal = raw or text[found.end() : found.end() + 1] == "'"
            out[found["name"]] = value if literal else interpolated(value, outer.with_(out))
        else:
            # Without a sign it is taken from where Compose is started.
            out[found["name"]] = outer.unknown(found["name"])
        at = text.find("\n", max(at, found.end() - 1)) + 1 or len(text)
    return out, problems


def _value(source: Source, start: int, end: int, key_start: int, *, raw: bool) -> tuple[Known, int]:
    """What stands behind the sign, and where it ends; a quoted value may go over several lines."""
    text = source.text
    quote = text[start : start + 1]
    if quote in {'"', "'"} and not raw:
        closing = re.compile(rf"(?:[^{quote}\\]|\\.)*{quote}", re.DOTALL).match(text, start + 1)
        if closing is not None:
            return Known(source, start, closing.end(), key_start, _unescaped(closing[0][:-1], quote)), closing.end()
    bare = text[start:end].rstrip()
    if not raw:
        # A comment behind a value begins with a blank.
        bare = "" if bare.startswith("#") else re.split(r"\s#", bare, maxsplit=1)[0].rstrip()
    return Known(source, start, start + len(bare), key_start, bare), start + len(bare)


def _unescaped(text: str, quote: str) -> str:
    """A quoted value without its escapes: all usual ones in double quotes, in single quotes that of the quote."""
    if quote == "'":
        return text.replace("\\'", "'")
    # A dollar that was escaped is none that begins a variable.
    return re.sub(r"\\(.)", lambda m: "$$" if m[1] == "$" else _ESCAPES.get(m[1], m[0]), text, flags=re.DOTALL)
