"""A value of a property, with where it is written and how it came to be.

Values are immutable. A reader builds them; `get` walks them anywhere. The questions (`is_`, `startswith`, `items`, ...)
are asked in a world (see `fourfold.model.world`): there, a `Choice` has one side, and a question to an unknown value is
answered both ways in turn, so that no caller can take an unknown for a default, a pass or a fail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import msgspec

from fourfold.model.condition import FALSE, TRUE, Condition, both, negate
from fourfold.model.place import Source, Span
from fourfold.model.world import Undecided, doubt, holds

Plain: TypeAlias = "str | int | float | bool | None | list[Plain] | dict[str, Plain]"
"""What JSON can say."""

NOWHERE = Source("", "")


class Step(msgspec.Struct, frozen=True):
    """One step of how a value came to be: `default of parameter Env`, at its place."""

    note: str
    span: Span | None = None


class Value(msgspec.Struct, frozen=True):
    """Base of all values: a stretch of a source, and the questions.

    `key_start` is the offset where the entry's key begins when the value stands in a mapping, else -1.
    """

    source: Source
    start: int
    end: int
    key_start: int

    # -- place ---------------------------------------------------------------------------------------------------

    @property
    def span(self) -> Span:
        """The value, with its key where it has one."""
        return Span(self.source, self.key_start if self.key_start >= 0 else self.start, self.end)

    @property
    def value_span(self) -> Span:
        """The value alone."""
        return Span(self.source, self.start, self.end)

    # -- walking (no world needed) ---------------------------------------------------------------------------------

    def get(self, *keys: str | int) -> Value:
        """The value at a path; `Absent` (which knows where it would be written) where there is none."""
        value: Value = self
        for at, key in enumerate(keys):
            if isinstance(value, Choice):
                return msgspec.structs.replace(value, yes=value.yes.get(*keys[at:]), no=value.no.get(*keys[at:]))
            if isinstance(value, Absent):
                return value._below(keys[at:])
            value = value._child(key)
        return value

    def _child(self, key: str | int) -> Value:
        return Unknown(self.source, self.start, self.end, self.key_start, f"`{self}` is not a mapping")

    def default(self, value: Plain) -> Value:
        """The same, but where absent it stands for `value` (the service's own default)."""
        return self

    @property
    def reason(self) -> str:
        """Why the value is not fully known; empty where it is."""
        return ""

    def alternatives(self, when: Condition = TRUE) -> Iterator[tuple[Condition, Value]]:
        """Every value this can be, with the condition under which it is."""
        yield when, self

    def elements(self, when: Condition = TRUE) -> Iterator[tuple[Condition, Value]]:
        """The elements of a list with the condition under which each is there, without a world.

        A single value counts as a list of one. An unknown list gives one unknown element.
        """
        for c, value in self.alternatives(when):
            if isinstance(value, Seq):
                for item in value.items_:
                    yield from (pair for pair in item.alternatives(c) if not isinstance(pair[1], Absent))
            elif not isinstance(value, Absent) and not (isinstance(value, Known) and value.value is None):
                yield c, value

    def pairs(self, when: Condition = TRUE) -> Iterator[tuple[Condition, str, Value]]:
        """The entries of a mapping with the condition under which each is there, without a world."""
        for c, value in self.alternatives(when):
            if isinstance(value, Map):
                for key, entry in value.entries_.items():
                    yield c, key, entry

    def plain(self) -> Any:
        """The value as JSON data; what is not known becomes a mapping that says so. For people and for comparison."""
        raise NotImplementedError

    def surely(self, expected: Plain) -> bool:
        """Whether the value is `expected` in every world."""
        return all(isinstance(v, (Known, Absent)) and v._equals(expected) is True for _, v in self.alternatives())

    @property
    def absent(self) -> bool:
        """Whether nothing is written here in any world."""
        return all(isinstance(v, Absent) for _, v in self.alternatives())

    # -- questions (asked in a world) --------------------------------------------------------------------------------

    def settle(self) -> Value:
        """This value in the present world: never a `Choice`."""
        return self

    def ask(self, question: str, decide: Callable[[Value], bool | None]) -> bool:
        """A yes-or-no question; `decide` says None where the value does not tell."""
        value = self.settle()
        answer = decide(value)
        if answer is None:
            return doubt((value.identity, question), value.reason or f"`{value}` is not known")
        return answer

    @property
    def identity(self) -> Any:
        """What makes two mentions of an unknown the same unknown."""
        return (self.source.path, self.start, self.end, type(self).__name__)

    @property
    def present(self) -> bool:
        """Whether something is written here (an explicit null counts as nothing)."""
        return self.ask("present", lambda v: v._present())

    def is_(self, *expected: Plain) -> bool:
        """Whether the value is one of these. `"true"` counts as true, `"5"` as 5: templates write both."""

        def decide(value: Value) -> bool | None:
            answers = [value._equals(e) for e in expected]
            return True if True in answers else None if None in answers else False

        return self.ask(f"is {expected}", decide)

    def startswith(self, *prefixes: str) -> bool:
        return self.ask(f"starts with {prefixes}", lambda v: _or(v._edge(p, "start") for p in prefixes))

    def endswith(self, *suffixes: str) -> bool:
        return self.ask(f"ends with {suffixes}", lambda v: _or(v._edge(s, "end") for s in suffixes))

    def contains(self, *parts: str) -> bool:
        """Whether the text contains one of the parts."""
        return self.ask(f"contains {parts}", lambda v: _or(v._edge(p, "in") for p in parts))

    def matches(self, pattern: str) -> bool:
        """Whether the whole text matches a regular expression."""

        def decide(value: Value) -> bool | None:
            text = value._text()
            return None if text is None else re.fullmatch(pattern, text) is not None

        return self.ask(f"matches {pattern}", decide)

    @property
    def known(self) -> bool:
        """Whether the value is wholly known in this world."""
        return self.settle()._text() is not None

    def text(self) -> str:
        """The text; raises `Undecided` where it is not known (the runner then says so)."""
        value = self.settle()
        text = value._text()
        if text is None:
            raise Undecided(value.reason or f"`{value}` is not known")
        return text

    def number(self) -> float:
        """The number; raises `Undecided` where it is not known or no number."""
        try:
            return float(self.text())
        except ValueError:
            raise Undecided(f"`{self}` is not a number") from None

    def items(self) -> list[Value]:
        """The elements of a list in this world; a single value counts as a list of one, absence as an empty list."""
        value = self.settle()
        if isinstance(value, (Seq, Absent, Known, Map, Text, Ref)):
            return [item for _, item in _settled(value)]
        raise Undecided(value.reason or f"`{value}` is not known")

    def entries(self) -> list[tuple[str, Value]]:
        """The entries of a mapping in this world."""
        value = self.settle()
        if isinstance(value, Map):
            settled = ((k, v.settle()) for k, v in value.entries_.items())
            return [(k, v) for k, v in settled if not isinstance(v, Absent)]
        if isinstance(value, (Absent, Known, Seq)):
            return []
        raise Undecided(value.reason or f"`{value}` is not known")

    # -- what the kinds answer -----------------------------------------------------------------------------------

    def _present(self) -> bool | None:
        return True

    def _equals(self, expected: Plain) -> bool | None:
        return None

    def _edge(self, part: str, where: str) -> bool | None:
        text = self._text()
        if text is None:
            return None
        return text.startswith(part) if where == "start" else text.endswith(part) if where == "end" else part in text

    def _text(self) -> str | None:
        return None

    def __str__(self) -> str:
        return str(self.plain())

    def __bool__(self) -> bool:
        raise TypeError("ask a value a question (`is_`, `present`, ...) instead of taking it for a boolean")


def _settled(value: Value) -> Iterator[tuple[None, Value]]:
    if isinstance(value, Seq):
        for item in value.items_:
            settled = item.settle()
            if isinstance(settled, Seq) and isinstance(item, Choice):
                yield from _settled(settled)
            elif not isinstance(settled, Absent):
                yield None, settled
    elif not isinstance(value, Absent) and not (isinstance(value, Known) and value.value is None):
        yield None, value


def _or(answers: Iterator[bool | None]) -> bool | None:
    out: bool | None = False
    for answer in answers:
        if answer is True:
            return True
        if answer is None:
            out = None
    return out


class Known(Value, frozen=True, gc=False):
    """A scalar that is written or follows from what is written."""

    value: str | int | float | bool | None
    provenance: tuple[Step, ...] = ()

    def _child(self, key: str | int) -> Value:
        return super()._child(key) if self.value is not None else _nothing(self, key)

    def _present(self) -> bool:
        return self.value is not None

    def _equals(self, expected: Plain) -> bool:
        return same(self.value, expected)

    def _text(self) -> str:
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return "" if self.value is None else str(self.value)

    def plain(self) -> Any:
        return self.value


def same(a: Any, b: Any) -> bool:
    """Equality as templates mean it: `"true"` is true and `"5"` is 5, `1` is not true."""
    if isinstance(a, bool) or isinstance(b, bool):
        return _boolean(a) is not None and _boolean(a) == _boolean(b)
    if a is None or b is None:
        return a is b
    return bool(a == b) or str(a) == str(b)


def _boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


class Map(Value, frozen=True):
    """A mapping. An intrinsic function that is not yet evaluated is a mapping, too."""

    entries_: dict[str, Value]
    provenance: tuple[Step, ...] = ()
    style: str = ""
    """How the source spells the keys: "camel", of this mapping and below, where the vocabulary says PascalCase;
    "sam:..." where SAM has its own properties (see `sources/cloudformation/sam/spelling.py`)."""
    rest: Value | None = None
    """What is asked for a key that is not among the entries, where that is not simply nothing: an `Unknown` (maybe
    absent) where a macro may add keys, an `Absent` where the mapping itself is not written yet."""

    def _child(self, key: str | int) -> Value:
        value = self.entries_.get(key) if isinstance(key, str) else None
        if value is None:
            return _nothing(self, key) if self.rest is None else self.rest._child(key)
        return value

    def _equals(self, expected: Plain) -> bool:
        return bool(self.plain() == expected)

    def plain(self) -> Any:
        return {key: value.plain() for key, value in self.entries_.items()}


class Seq(Value, frozen=True):
    """A list."""

    items_: tuple[Value, ...]
    provenance: tuple[Step, ...] = ()
    style: str = ""

    def _child(self, key: str | int) -> Value:
        if isinstance(key, int) and -len(self.items_) <= key < len(self.items_):
            return self.items_[key]
        return _nothing(self, key)

    def _equals(self, expected: Plain) -> bool:
        return bool(self.plain() == expected)

    def plain(self) -> Any:
        return [value.plain() for value in self.items_]


class Absent(Value, frozen=True):
    """Nothing is written here. Its span is the nearest mapping around; `keys` lead from there."""

    parent: Value
    keys: tuple[str | int, ...]
    stands_for: Plain = None
    """What the service does when nothing is written."""

    def _below(self, keys: tuple[str | int, ...]) -> Absent:
        # Built in one step, as most paths that are asked for end in nothing.
        return Absent(self.source, self.start, self.end, self.key_start, self.parent, (*self.keys, *keys))

    def _child(self, key: str | int) -> Value:
        return self._below((key,))

    def default(self, value: Plain) -> Value:
        return Absent(self.source, self.start, self.end, self.key_start, self.parent, self.keys, value)

    def _present(self) -> bool:
        return False

    def _equals(self, expected: Plain) -> bool:
        return same(self.stands_for, expected)

    def _text(self) -> str:
        return "" if self.stands_for is None else str(self.stands_for)

    def plain(self) -> Any:
        return self.stands_for


class Text(Value, frozen=True):
    """A string of which some parts are not known: `arn:aws:s3:::${?}-logs`."""

    parts: tuple[str | Value, ...]
    provenance: tuple[Step, ...] = ()

    @property
    def identity(self) -> Any:
        return tuple(p if isinstance(p, str) else p.identity for p in self.parts)

    @property
    def reason(self) -> str:
        return next((p.reason or f"`{p}` is not known" for p in self.parts if not isinstance(p, str)), "")

    def _equals(self, expected: Plain) -> bool | None:
        """No where the known parts already contradict it."""
        if not isinstance(expected, str):
            return False if expected is None else None
        first, last = self.parts[0], self.parts[-1]
        if isinstance(first, str) and not expected.startswith(first):
            return False
        if isinstance(last, str) and not expected.endswith(last):
            return False
        # What a reference gives is not known, but it is something.
        pattern = "".join(
            re.escape(p) if isinstance(p, str) else ".+" if isinstance(p, Ref) else ".*" for p in self.parts
        )
        return None if re.fullmatch(pattern, expected, re.DOTALL) else False

    def _edge(self, part: str, where: str) -> bool | None:
        first, last = self.parts[0], self.parts[-1]
        if where == "start" and isinstance(first, str) and (len(first) >= len(part) or not part.startswith(first)):
            return first.startswith(part)
        if where == "end" and isinstance(last, str) and (len(last) >= len(part) or not part.endswith(last)):
            return last.endswith(part)
        if where == "in" and any(isinstance(p, str) and part in p for p in self.parts):
            return True
        return None

    def plain(self) -> Any:
        return "".join(p if isinstance(p, str) else "${" + str(p) + "}" for p in self.parts)


class Ref(Value, frozen=True):
    """A reference to a resource of the scan, or to an attribute of it."""

    target: str
    """Key of the resource (`Resource.key`)."""
    attribute: str = ""
    """Empty for the resource itself (what `Ref` gives), else `Arn`, `RepositoryUri`, ..."""
    provenance: tuple[Step, ...] = ()

    @property
    def name(self) -> str:
        """The target without its file."""
        return self.target.rpartition("#")[2]

    @property
    def identity(self) -> Any:
        return (self.target, self.attribute)

    @property
    def reason(self) -> str:
        return f"{self} is known only once it is deployed"

    def _child(self, key: str | int) -> Value:
        return Unknown(self.source, self.start, self.end, self.key_start, self.reason)

    def _equals(self, expected: Plain) -> bool:
        """No: what a service generates is not a literal somebody asks for (`*`, `true`, `0.0.0.0/0`)."""
        return False

    def plain(self) -> Any:
        return f"{self.name}.{self.attribute}" if self.attribute else self.name


class Unknown(Value, frozen=True):
    """Something is there, or may be, and cannot be known from what was read."""

    why: str
    provenance: tuple[Step, ...] = ()
    maybe_absent: bool = False
    """Whether it may also turn out to be nothing (what a macro adds, an absent module)."""
    name: str = ""
    """What it is called where that is the same unknown everywhere: a parameter, `AWS::AccountId`."""

    @property
    def identity(self) -> Any:
        return self.name or (self.source.path, self.start, self.end, self.why)

    @property
    def reason(self) -> str:
        return self.why

    def _child(self, key: str | int) -> Value:
        return msgspec.structs.replace(self, maybe_absent=True, name=f"{self.name}.{key}" if self.name else "")

    def _present(self) -> bool | None:
        return None if self.maybe_absent else True

    def plain(self) -> Any:
        return self.name or "?"


class Choice(Value, frozen=True):
    """One of two values, by a condition."""

    condition: Condition
    yes: Value
    no: Value
    provenance: tuple[Step, ...] = ()

    def settle(self) -> Value:
        return (self.yes if holds(self.condition) else self.no).settle()

    def default(self, value: Plain) -> Value:
        return msgspec.structs.replace(self, yes=self.yes.default(value), no=self.no.default(value))

    def alternatives(self, when: Condition = TRUE) -> Iterator[tuple[Condition, Value]]:
        for condition, side in ((self.condition, self.yes), (negate(self.condition), self.no)):
            together = both(when, condition)
            if together != FALSE:
                yield from side.alternatives(together)

    def plain(self) -> Any:
        return {"if": str(self.condition), "then": self.yes.plain(), "else": self.no.plain()}


def _nothing(parent: Value, key: str | int) -> Absent:
    return Absent(parent.source, parent.start, parent.end, parent.key_start, parent, (key,))


def known(value: str | float | bool | None, *, at: Value | None = None, provenance: tuple[Step, ...] = ()) -> Known:
    """A known scalar at the place of another value."""
    if at is None:
        return Known(NOWHERE, 0, 0, -1, value, provenance)
    return Known(at.source, at.start, at.end, at.key_start, value, provenance)


def unknown(why: str, *, at: Value, name: str = "", maybe_absent: bool = False) -> Unknown:
    """An unknown at the place of another value."""
    return Unknown(at.source, at.start, at.end, at.key_start, why, (), maybe_absent, name)


def mapping(entries: dict[str, Value], *, at: Value, style: str = "") -> Map:
    """A mapping at the place of another value: what is inserted into it is written there."""
    return Map(at.source, at.start, at.end, at.key_start, entries, (), style)


def sequence(items: list[Value] | tuple[Value, ...], *, at: Value) -> Seq:
    """A list at the place of another value."""
    return Seq(at.source, at.start, at.end, at.key_start, tuple(items))


def from_plain(data: Any, *, at: Value) -> Value:
    """JSON data as values that are all at the place of `at`."""
    if isinstance(data, dict):
        return mapping({str(k): from_plain(v, at=at) for k, v in data.items()}, at=at)
    if isinstance(data, (list, tuple)):
        return sequence([from_plain(v, at=at) for v in data], at=at)
    return known(data, at=at)
