"""What expressions of a program can stand for.

Data are values of the model (`Known`, `Text`, `Unknown`, ...), so that they have their places; everything else - functions,
objects, what libraries give - are the classes here. An expression stands for a tuple of these, its *alternatives*, of
which there are `ALTERNATIVES_MAX` at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from fourfold.knowledge.sdk import Client
from fourfold.model.condition import TRUE, Condition
from fourfold.model.place import Source, Span
from fourfold.model.value import Known, Map, Plain, Seq, Text, Unknown, Value
from fourfold.sources.handler import syntax as s

ALTERNATIVES_MAX = 12
TEXT_MAX = 8_192
KEY, VALUE = "${key}", "${value}"
"""Where a key of a mapping is computed: entries of a mapping that stands for the pair."""
DEPTH_MAX = 12

Alternatives: TypeAlias = tuple[Any, ...]


class AtRunTime(Unknown, frozen=True):
    """What only a run of the program tells."""


class Setting(Unknown, frozen=True):
    """An environment variable: `name` is `env:NAME`."""

    defaults: tuple[Value, ...] = ()
    """What the code takes where it is not set."""

    @property
    def variable(self) -> str:
        return self.name.removeprefix("env:")


class OneOf(Value, frozen=True):
    """One of several values: the code does not tell which, or it is now one and now the other."""

    options: tuple[Value, ...]

    def alternatives(self, when: Condition = TRUE) -> Iterator[tuple[Condition, Value]]:
        for option in self.options:
            yield from option.alternatives(when)

    def get(self, *keys: str | int) -> Value:
        return OneOf(self.source, self.start, self.end, self.key_start, tuple(o.get(*keys) for o in self.options))

    @property
    def reason(self) -> str:
        return next((o.reason for o in self.options if o.reason), "")

    def plain(self) -> Plain:
        return [o.plain() for o in self.options]


class Scope:
    """The names of a module, a function's run or a block."""

    __slots__ = ("call", "module", "names", "outer", "this")

    def __init__(self, module: Module, outer: Scope | None, call: Run | None, this: Alternatives = ()) -> None:
        self.module = module
        self.outer = outer
        self.call = call
        self.this = this
        self.names: dict[str, Alternatives] = {}

    def chain(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer


class Run:
    """One run of a function: what it gives."""

    __slots__ = ("returns",)

    def __init__(self) -> None:
        self.returns: list[Alternatives] = []


class Module:
    """A file of the program that is loaded."""

    __slots__ = ("exports", "path", "scope", "source")

    def __init__(self, path: str, source: Source) -> None:
        self.path = path
        self.source = source
        self.scope = Scope(self, None, None)
        self.exports: Dictionary | None = None


class Closure:
    """A function with the scope it was made in, bound to `this` where it is a method."""

    __slots__ = ("function", "klass", "module", "scope", "this")

    def __init__(self, function: s.Function, scope: Scope, this: Alternatives = (), klass: Klass | None = None) -> None:
        self.function = function
        self.scope = scope
        self.module = scope.module
        self.this = this
        self.klass = klass


class Partial:
    """A function with some of its arguments."""

    __slots__ = ("arguments", "function")

    def __init__(self, function: Alternatives, arguments: Arguments) -> None:
        self.function = function
        self.arguments = arguments


class Klass:
    """A class of the program."""

    __slots__ = ("bases", "definition", "members", "scope")

    def __init__(self, definition: s.Class, bases: Alternatives, scope: Scope) -> None:
        self.definition = definition
        self.bases = bases
        self.scope = scope
        self.members: dict[str, Alternatives] = {}

    def line(self) -> Iterator[Klass]:
        """Itself and the classes of the program it is made from."""
        todo: list[Klass] = [self]
        for klass in todo:
            yield klass
            todo += [b for b in klass.bases if isinstance(b, Klass) and b not in todo][: 32 - len(todo)]

    def member(self, name: str) -> Alternatives:
        return next((k.members[name] for k in self.line() if name in k.members), ())

    @property
    def foreign(self) -> bool:
        """Whether something outside of the program may call its methods."""
        return any(not isinstance(b, Klass) for k in self.line() for b in k.bases)


class Instance:
    """An object of a class of the program."""

    __slots__ = ("attributes", "klass")

    def __init__(self, klass: Klass) -> None:
        self.klass = klass
        self.attributes: dict[str, Alternatives] = {}


class Super:
    """`super()`."""

    __slots__ = ("klass", "this")

    def __init__(self, klass: Klass, this: Alternatives) -> None:
        self.klass = klass
        self.this = this


class Dictionary:
    """A mapping or plain object; `open` where it may have more entries."""

    __slots__ = ("at", "computed", "entries", "open", "source")

    def __init__(self, source: Source, at: s.At) -> None:
        self.source = source
        self.at = at
        self.entries: dict[str, Alternatives] = {}
        self.computed: dict[str, Any] = {}
        """Keys that are no known texts, by what they are called among the entries."""
        self.open = False

    def add(self, key: Any, found: Alternatives) -> None:
        """An entry whose key is not known."""
        name = "${" + str(_identity(key)) + "}"
        self.entries[name] = joined(self.entries.get(name, ()), found)
        self.computed[name] = key


class List:
    """A list; `items` in their order as far as it is known, `open` where there may be more of them."""

    __slots__ = ("at", "items", "open", "source")

    def __init__(self, source: Source, at: s.At, items: list[Alternatives], *, open: bool = False) -> None:  # noqa: A002
        self.source = source
        self.at = at
        self.items = items
        self.open = open

    def element(self) -> Alternatives:
        return joined(*self.items)


class ServiceClient:
    """A client of a service."""

    __slots__ = ("client", "endpoint", "foreign", "region")

    def __init__(
        self, client: Client, *, foreign: bool = False, region: Alternatives = (), endpoint: Alternatives = ()
    ) -> None:
        self.client = client
        self.foreign = foreign
        """Whether it was made with other credentials than those of the workload."""
        self.region = region
        """What it was told; nothing where it takes the region it runs in."""
        self.endpoint = endpoint
        """The address it was told."""


class Outside:
    """Something of a library: its dotted path, with `()` for what a call gives."""

    __slots__ = ("bound", "path")

    def __init__(self, path: str, bound: dict[str, Alternatives] | None = None) -> None:
        self.path = path[:300]
        self.bound = bound or {}
        """Named arguments it was made with, where a library's model wants them."""


class Arguments:
    """What a call is given."""

    __slots__ = ("keywords", "open", "positional")

    def __init__(
        self,
        positional: list[Alternatives] | None = None,
        keywords: dict[str, Alternatives] | None = None,
        *,
        open: bool = False,  # noqa: A002
    ) -> None:
        self.positional = positional or []
        self.keywords = keywords or {}
        self.open = open
        """Whether there may be more: what is spread is not known."""

    def values(self) -> Iterator[Alternatives]:
        yield from self.positional
        yield from self.keywords.values()

    def get(self, at: int, name: str = "") -> Alternatives:
        """The argument at a position or of a name; nothing where there is none."""
        if name and name in self.keywords:
            return self.keywords[name]
        return self.positional[at] if 0 <= at < len(self.positional) else ()


def joined(*groups: Alternatives) -> Alternatives:
    """All alternatives, each once."""
    groups = tuple(group for group in groups if group)
    if len(groups) <= 1 or all(group is groups[0] for group in groups):
        return groups[0] if groups else ()
    out: dict[Any, Any] = {}
    for group in groups:
        for one in group:
            out.setdefault(_identity(one), one)
    return tuple(out.values())[:ALTERNATIVES_MAX]


def _identity(one: Any) -> Any:
    if isinstance(one, Known):
        return ("known", type(one.value), one.value)
    if isinstance(one, Setting):
        return one.name
    if isinstance(one, Value):
        return (type(one), one.identity)
    if isinstance(one, Outside):
        return ("outside", one.path)
    return id(one)


def texts(alternatives: Alternatives) -> list[str]:
    """The strings among the alternatives that are known."""
    return [a.value for a in alternatives if isinstance(a, Known) and isinstance(a.value, str)]


def is_data(one: Any) -> bool:
    return isinstance(one, Value)


def as_value(alternatives: Alternatives, span: Span, depth: int = 0) -> Value:
    """Alternatives as one value of the model."""
    made = [_value(one, span, depth) for one in alternatives]
    if not made:
        return AtRunTime(span.source, span.start, span.end, -1, "it is not known")
    if len(made) == 1:
        return made[0]
    first = made[0]
    return OneOf(first.source, first.start, first.end, -1, tuple(made))


def _value(one: Any, span: Span, depth: int) -> Value:
    if isinstance(one, Value):
        return one
    if depth > DEPTH_MAX:
        return AtRunTime(span.source, span.start, span.end, -1, "it is nested too deeply")
    if isinstance(one, Dictionary):
        at = (one.source, one.at[0], one.at[1], -1)
        inner = Span(one.source, *one.at)
        entries = {key: as_value(found, inner, depth + 1) for key, found in one.entries.items()}
        for name, key in one.computed.items():
            named = as_value((key,), inner, depth + 1)
            entries[name] = Map(*at, {KEY: named, VALUE: entries[name]})
        rest = AtRunTime(*at, "more entries may be added at run time", maybe_absent=True) if one.open else None
        return Map(*at, entries, rest=rest)
    if isinstance(one, List):
        inner = Span(one.source, *one.at)
        items = [as_value(found, inner, depth + 1) for found in one.items]
        if one.open and not items:
            items.append(AtRunTime(one.source, *one.at, -1, "the elements are added at run time"))
        return Seq(one.source, *one.at, -1, tuple(items))
    what = f"`{one.path}` gives it" if isinstance(one, Outside) else "it is no text"
    return AtRunTime(span.source, span.start, span.end, -1, what)


def together(parts: list[Alternatives], source: Source, at: s.At) -> Alternatives:
    """Strings one after the other: every combination, within the limit."""
    combined: list[list[str | Value]] = [[]]
    for group in parts:
        grown: list[list[str | Value]] = []
        for one in group or (AtRunTime(source, *at, -1, "it is not known"),):
            piece = _piece(one, source, at)
            grown += [[*row, *piece] for row in combined]
        combined = grown[:ALTERNATIVES_MAX]
    return tuple(_text(row, source, at) for row in combined)


def _piece(one: Any, source: Source, at: s.At) -> list[str | Value]:
    if isinstance(one, Known):
        return [one._text()]
    if isinstance(one, Text):
        return list(one.parts)
    if isinstance(one, Value) and not isinstance(one, Map | Seq):
        return [one]
    return (
        [_value(one, Span(source, *at), DEPTH_MAX)]
        if isinstance(one, Outside)
        else [AtRunTime(source, *at, -1, "it is no text")]
    )


def _text(row: list[str | Value], source: Source, at: s.At) -> Value:
    parts: list[str | Value] = []
    for part in row:
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        elif part != "":
            parts.append(part)
    if sum(len(p) for p in parts if isinstance(p, str)) > TEXT_MAX or len(parts) > 100:
        return AtRunTime(source, *at, -1, "the text is too long")
    if all(isinstance(p, str) for p in parts):
        return Known(source, *at, -1, "".join(p for p in parts if isinstance(p, str)))
    if len(parts) == 1 and isinstance(parts[0], Value):
        return parts[0]
    return Text(source, *at, -1, tuple(parts))
