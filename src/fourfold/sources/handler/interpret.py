"""Follows a program from its handler, without executing it: which calls can be made, with which values.

Every name stands for a set of alternatives. Statements are gone through in order; both sides of a branch are followed and
put together, the body of a loop twice. A function of the program is followed into with what it is given, a function of a
library calls the functions it is given. What is too large (`STEPS_MAX`, `STACK_MAX`) is cut short, and said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from fourfold.model.place import Problem, Source, Span
from fourfold.model.value import Known, Value
from fourfold.sources.handler import following, members
from fourfold.sources.handler import syntax as s
from fourfold.sources.handler.calls import Note, SdkCall
from fourfold.sources.handler.values import (
    Alternatives,
    Arguments,
    AtRunTime,
    Closure,
    Dictionary,
    Instance,
    Klass,
    List,
    Module,
    Outside,
    Partial,
    Scope,
    ServiceClient,
    as_value,
    joined,
    together,
)

STEPS_MAX = 150_000
MODULES_MAX = 400
CALLS_MAX = 2_000


class Language(Protocol):
    """What is special about a language: how files are read and found, and what its libraries give."""

    def parse(self, source: Source) -> s.Program | Problem: ...

    def locate(self, module: Module, wanted: s.Import) -> str | None:
        """The file of a local module; None where the import leads outside."""

    def name(self, interpreter: Interpreter, name: str, at: Span) -> Alternatives: ...

    def imported(self, interpreter: Interpreter, wanted: s.Import, at: Span) -> Alternatives: ...

    def attribute(self, interpreter: Interpreter, of: Any, name: str, at: Span) -> Alternatives | None: ...

    def item(self, interpreter: Interpreter, of: Any, key: Alternatives, at: Span) -> Alternatives | None: ...

    def element(self, interpreter: Interpreter, of: Any, at: Span) -> Alternatives | None: ...

    def call(self, interpreter: Interpreter, function: Any, given: Arguments, at: Span) -> Alternatives | None: ...

    def given_away(self, one: Any) -> str:
        """What a library gets if it is given this: a client of a service; empty where it is nothing of ours."""


class OverBudget(Exception):  # noqa: N818
    """The program is too large to be followed to its end."""


class Interpreter:
    """One walk through a program. `load` and `call` follow; `calls`, `notes` and `problems` are what was found."""

    def __init__(self, language: Language, read: Callable[[str], Source | None]) -> None:
        self.language = language
        self.read = read
        self.modules: dict[str, Module | None] = {}
        self.calls: dict[Any, SdkCall] = {}
        self.notes: dict[tuple[str, int, str], Note] = {}
        self.problems: list[Problem] = []
        self.functions: dict[int, tuple[Closure, s.Function]] = {}
        """Every function that was made."""
        self.reached: set[int] = set()
        self.callbacks: list[Closure] = []
        """Functions that something outside may call."""
        self.branch = 0
        self._stack: list[s.Function] = []
        self._steps = 0
        self._stopped = False

    # -- modules -----------------------------------------------------------------------------------------------------

    def load(self, path: str) -> Module | None:
        """The module of a file, run once; None where it cannot be read."""
        if path not in self.modules:
            self.modules[path] = None
            source = self.read(path) if len(self.modules) <= MODULES_MAX else None
            if source is None:
                return None
            program = self.language.parse(source)
            if isinstance(program, Problem):
                self.problems.append(program)
                return None
            if program.problem is not None:
                self.problems.append(program.problem)
            module = self.modules[path] = Module(path, source)
            prepare = getattr(self.language, "prepare", None)
            if prepare is not None:
                prepare(self, module)
            with self._outermost():
                self.block(program.body, module.scope)
        return self.modules[path]

    @contextmanager
    def _outermost(self) -> Iterator[None]:
        """A module is run as a whole, wherever its import stands."""
        branch, self.branch = self.branch, 0
        stack, self._stack = self._stack, []
        try:
            yield
        finally:
            self.branch, self._stack = branch, stack

    # -- what is found -----------------------------------------------------------------------------------------------

    def record(
        self, client: str, operation: str, parameters: dict[str, Alternatives], at: Span,
        *, open: bool = False, how: str = "", by: ServiceClient | None = None,  # noqa: A002
    ) -> None:  # fmt: skip
        """A call that can be made."""
        made = Dictionary(at.source, (at.start, at.end))
        made.entries, made.open = dict(parameters), open
        value = as_value((made,), at)
        key = (at.source.path, at.start, client, operation, repr(value.plain()))
        if key not in self.calls and len(self.calls) < CALLS_MAX:
            region = tuple(r for r in by.region if not _same_region(r)) if by is not None else ()
            told = as_value(region, at) if region else None
            foreign = by is not None and by.foreign
            endpoint = as_value(by.endpoint, at) if by is not None and by.endpoint else None
            self.calls[key] = SdkCall(client, operation, value, at, how, foreign, told, endpoint)  # type: ignore[arg-type]

    def note(self, at: Span, reason: str) -> None:
        """Something that cannot be told."""
        self.notes.setdefault((at.file, at.start, reason), Note(at, reason))

    def unknown(self, why: str, at: Span, name: str = "") -> Alternatives:
        return (AtRunTime(at.source, at.start, at.end, -1, why, (), False, name),)

    def known(self, value: str | float | bool | None, at: Span) -> Alternatives:
        return (Known(at.source, at.start, at.end, -1, value),)

    def span(self, node: s.Node, scope: Scope) -> Span:
        return Span(scope.module.source, *node.at)

    # -- statements --------------------------------------------------------------------------------------------------

    def block(self, body: Iterable[s.Statement], scope: Scope) -> bool:
        """Goes through statements; whether what follows them is left out (`return`, `raise`)."""
        return any(self.statement(statement, scope) for statement in body)

    def statement(self, node: s.Statement, scope: Scope) -> bool:
        match node:
            case s.Bind():
                self.bind(node, scope)
            case s.Do(value=value):
                self.value(value, scope)
            case s.Return(value=value, leaves=leaves):
                given = self.value(value, scope) if value is not None else self.known(None, self.span(node, scope))
                if scope.call is not None:
                    scope.call.returns.append(given)
                return leaves
            case s.Stop(value=value):
                if value is not None:
                    self.value(value, scope)
                return True
            case s.Branch():
                return self.choose(node, scope)
            case s.Block(body=body):
                inner = Scope(scope.module, scope, scope.call, scope.this)
                return self.block(body, inner)
        return False

    def choose(self, node: s.Branch, scope: Scope) -> bool:
        for test in node.test:
            self.value(test, scope)
        before = _names(scope)
        self.branch += 1
        ends: list[dict[int, tuple[Scope, dict[str, Alternatives]]]] = []
        try:
            for body in node.blocks:
                _restore(before)
                left = self.block(body, scope)
                if node.loops:
                    _merge(before, [before, _names(scope)])
                    self.block(body, scope)
                    left = False
                if not left:
                    ends.append(_names(scope))
        finally:
            self.branch -= 1
        if node.loops:
            ends.append(before)
        if not ends:
            return True
        _merge(before, ends)
        return False

    def bind(self, node: s.Bind, scope: Scope) -> None:
        value = self.value(node.value, scope)
        target = node.target
        if isinstance(target, s.Name):
            if target.id == "*":
                self.take_all(value, scope)
                return
            if node.adds:
                value = together([self.value(target, scope), value], scope.module.source, node.at)
            self.name(target.id, value, scope, declares=node.declares)
        elif isinstance(target, s.Attribute):
            for of in self.value(target.of, scope):
                self.set_member(of, target.name, value)
        elif isinstance(target, s.Item):
            key = self.value(target.key, scope)
            for of in self.value(target.of, scope):
                self.set_item(of, key, value)

    def take_all(self, value: Alternatives, scope: Scope) -> None:
        """`from x import *`, `export * from "x"`."""
        for one in value:
            if isinstance(one, Module):
                scope.names.update(one.scope.names)
            elif isinstance(one, Dictionary) and scope.module.exports is not None:
                scope.module.exports.entries.update(one.entries)

    def name(self, name: str, value: Alternatives, scope: Scope, *, declares: bool) -> None:
        if not declares:
            for one in scope.chain():
                if name in one.names:
                    one.names[name] = value
                    return
            scope = list(scope.chain())[-1]
        scope.names[name] = value

    def set_member(self, of: Any, name: str, value: Alternatives) -> None:
        if isinstance(of, Dictionary):
            self._put(of.entries, name, value)
        elif isinstance(of, Instance):
            self._put(of.attributes, name, value)
        elif isinstance(of, Klass):
            self._put(of.members, name, value)
        elif isinstance(of, Module):
            self._put(of.scope.names, name, value)

    def set_item(self, of: Any, key: Alternatives, value: Alternatives) -> None:
        if isinstance(of, Dictionary):
            for one in key:
                if isinstance(one, Known):
                    self._put(of.entries, str(one.value), value)
                else:
                    of.add(one, value)
        elif isinstance(of, List):
            of.items.append(value)
            of.open = True

    def _put(self, entries: dict[str, Alternatives], name: str, value: Alternatives) -> None:
        entries[name] = joined(entries[name], value) if self.branch and name in entries else value

    # -- expressions -------------------------------------------------------------------------------------------------

    def value(self, node: s.Node, scope: Scope) -> Alternatives:
        """What an expression can stand for; what it calls is followed."""
        self._steps += 1
        if self._steps > STEPS_MAX:
            raise OverBudget
        at = Span(scope.module.source, *node.at)
        match node:
            case s.Constant(value=value):
                return self.known(value, at)
            case s.Name(id=name):
                return self.look_up(name, scope, at)
            case s.Attribute(of=of, name=name):
                return joined(*[self.attribute(one, name, at) for one in self.value(of, scope)])
            case s.Call():
                return self.invoke(node, scope, at)
            case s.Template(parts=parts):
                rows = [self.known(p, at) if isinstance(p, str) else self.value(p, scope) for p in parts]
                return together(rows, at.source, node.at)
            case s.Plus(left=left, right=right):
                return self.plus(self.value(left, scope), self.value(right, scope), at)
            case s.Item(of=of, key=key):
                keys = self.value(key, scope)
                return joined(*[self.item(one, keys, at) for one in self.value(of, scope)])
            case s.Mapping():
                return (self.mapping(node, scope),)
            case s.Sequence():
                return (self.sequence(node, scope),)
            case s.Function():
                return (self.closure(node, scope),)
            case s.Class():
                return (self.klass(node, scope),)
            case s.Element(of=of, keys=keys):
                return joined(*[self.element(one, at, keys=keys) for one in self.value(of, scope)])
            case _:
                return self._rarer(node, scope, at)

    def _rarer(self, node: s.Node, scope: Scope, at: Span) -> Alternatives:
        match node:
            case s.Either(options=options, conditions=conditions):
                for condition in conditions:
                    self.value(condition, scope)
                return self.either([self.value(option, scope) for option in options])
            case s.Several(parts=parts, last=last):
                found = [self.value(part, scope) for part in parts]
                return found[-1] if last and found else self.unknown("it is computed at run time", at)
            case s.Spread(of=of):
                return self.value(of, scope)
            case s.Without(of=of, keys=keys):
                return tuple(self.without(one, keys) for one in self.value(of, scope))
            case s.Import():
                return self.imported(node, scope, at)
            case s.Comprehension(body=body, result=result):
                # A comprehension's own names hide those around it, and nobody asks for them afterwards.
                self.block(body, scope)
                return joined(*[self.value(one, scope) for one in result])
        return self.unknown("it is computed at run time", at)

    def either(self, options: list[Alternatives]) -> Alternatives:
        from fourfold.sources.handler.values import Setting

        first = options[0]
        if len(options) == 2 and first and all(isinstance(one, Setting) for one in first):
            # `process.env.TABLE || "orders"`
            defaults = tuple(d for d in options[1] if isinstance(d, Value))
            if len(defaults) == len(options[1]):
                from msgspec.structs import replace

                return tuple(replace(one, defaults=defaults) for one in first)
        nothing = [o for o in options[1:] if o]
        kept = [
            tuple(a for a in o if not (isinstance(a, Known) and a.value in (None, "", False))) for o in options[:-1]
        ]
        return joined(*[k for k in kept if k], *([options[-1]] if nothing else [])) or options[-1]

    def plus(self, left: Alternatives, right: Alternatives, at: Span) -> Alternatives:
        if any(isinstance(one, List) for one in (*left, *right)):
            items = [i for one in (*left, *right) if isinstance(one, List) for i in one.items]
            return (List(at.source, (at.start, at.end), items, open=True),)
        return together([left, right], at.source, (at.start, at.end))

    def mapping(self, node: s.Mapping, scope: Scope) -> Dictionary:
        made = Dictionary(scope.module.source, node.at)
        for key, value in node.entries:
            found = self.value(value, scope)
            if key is None:
                self.spread_into(made, found)
                continue
            for one in self.value(key, scope):
                if isinstance(one, Known):
                    made.entries[str(one.value)] = found
                else:
                    made.add(one, found)
        return made

    def spread_into(self, made: Dictionary, found: Alternatives) -> None:
        known = [one for one in found if isinstance(one, Dictionary)]
        for one in known:
            for key, entry in one.entries.items():
                made.entries[key] = entry if len(found) == 1 else joined(made.entries.get(key, ()), entry)
            made.computed |= one.computed
            made.open = made.open or one.open
        if len(known) < len(found):
            made.open = True

    def sequence(self, node: s.Sequence, scope: Scope) -> List:
        made = List(scope.module.source, node.at, [])
        for item in node.items:
            found = self.value(item, scope)
            if isinstance(item, s.Spread):
                lists = [one for one in found if isinstance(one, List)]
                made.items += [i for one in lists for i in one.items]
                made.open = made.open or len(lists) < len(found) or any(one.open for one in lists)
                if len(lists) < len(found):
                    made.items.append(
                        self.unknown("the elements are known at run time only", Span(made.source, *item.at))
                    )
            elif isinstance(item, s.Comprehension):
                made.items.append(found)
                made.open = True
            else:
                made.items.append(found)
        return made

    def without(self, of: Any, keys: tuple[str, ...]) -> Any:
        if not isinstance(of, Dictionary):
            return of
        made = Dictionary(of.source, of.at)
        made.entries = {key: entry for key, entry in of.entries.items() if key not in keys}
        made.open = of.open
        return made

    def look_up(self, name: str, scope: Scope, at: Span) -> Alternatives:
        if name == "this" and scope.this:
            return scope.this
        if name == "super" and not getattr(self.language, "explicit_this", False):
            return self.parent(scope, at)
        for one in scope.chain():
            if name in one.names:
                return one.names[name]
        return self.language.name(self, name, at)

    def imported(self, node: s.Import, scope: Scope, at: Span) -> Alternatives:
        path = self.language.locate(scope.module, node)
        if path is None:
            return self.language.imported(self, node, at)
        module = self.load(path)
        if module is None:
            return self.unknown(f"the module `{node.module}` was not read", at)
        member = getattr(self.language, "member", None)
        if member is not None:
            return member(self, module, node, at)  # type: ignore[no-any-return]
        return (module,)

    # -- members -----------------------------------------------------------------------------------------------------

    def attribute(self, of: Any, name: str, at: Span) -> Alternatives:
        return members.attribute(self, of, name, at)

    def outside_member(self, klass: Klass, name: str, at: Span) -> Alternatives:
        return members.outside_member(self, klass, name, at)

    def bound(self, found: Alternatives, this: Alternatives, at: Span, *, static: bool = False) -> Alternatives:
        return members.bound(self, found, this, at, static=static)

    def item(self, of: Any, key: Alternatives, at: Span) -> Alternatives:
        return members.item(self, of, key, at)

    def entry(self, of: Dictionary, key: Alternatives, at: Span) -> Alternatives:
        return members.entry(self, of, key, at)

    def element(self, of: Any, at: Span, *, keys: bool = False) -> Alternatives:
        return members.element(self, of, at, keys=keys)

    # -- functions and classes -----------------------------------------------------------------------------------------

    def closure(self, node: s.Function, scope: Scope, klass: Klass | None = None) -> Closure:
        return following.closure(self, node, scope, klass)

    def klass(self, node: s.Class, scope: Scope) -> Klass:
        return following.klass(self, node, scope)

    def arguments(self, node: s.Call, scope: Scope) -> Arguments:
        return following.arguments(self, node, scope)

    def invoke(self, node: s.Call, scope: Scope, at: Span) -> Alternatives:
        return following.invoke(self, node, scope, at)

    def suspect(self, name: str, at: Span) -> None:
        """A method that is called like an operation of AWS, of something that is not known."""
        following.suspect(self, name, at)

    def parent(self, scope: Scope, at: Span) -> Alternatives:
        return following.parent(self, scope, at)

    def call(self, function: Any, given: Arguments, at: Span) -> Alternatives:
        """What a call of one alternative gives."""
        return following.call(self, function, given, at)

    def hand_over(self, function: Any, given: Arguments, at: Span) -> None:
        """What a library does with what it is given: calls functions, uses clients."""
        following.hand_over(self, function, given, at)

    def later(self, group: Alternatives, depth: int = 0) -> None:
        """Functions that something outside may call, with what it likes."""
        following.later(self, group, depth)

    def make(self, klass: Klass, given: Arguments, at: Span) -> Instance:
        return following.make(self, klass, given, at)

    def run(self, closure: Closure, given: Arguments, at: Span) -> Alternatives:
        """Follow a function of the program with what it is given."""
        return following.run(self, closure, given, at)

    def fill(self, closure: Closure, given: Arguments, scope: Scope, at: Span) -> None:
        following.fill(self, closure, given, scope, at)

    # -- from the outside ------------------------------------------------------------------------------------------------

    def enter(self, found: Alternatives, at: Span) -> None:
        """Call something as the platform does: with an event that nobody knows."""
        for one in found:
            if isinstance(one, Closure | Klass | Instance | Partial):
                self.call(one, Arguments(), at)
            else:
                self.language.call(self, one, Arguments(), at)

    def drain(self) -> None:
        """Call what something outside may call, until nothing new is found."""
        done: set[tuple[int, tuple[int, ...]]] = set()
        while self.callbacks:
            closure = self.callbacks.pop()
            key = (id(closure.function), tuple(id(t) for t in closure.this))
            if key not in done:
                done.add(key)
                self.run(closure, Arguments(), Span(closure.module.source, *closure.function.at))


def _same_region(region: Any) -> bool:
    """Whether a client that is told this is told nothing new."""
    return isinstance(region, Outside) and region.path.endswith("region_name")


def _names(scope: Scope) -> dict[int, tuple[Scope, dict[str, Alternatives]]]:
    return {id(one): (one, dict(one.names)) for one in scope.chain()}


def _restore(state: dict[int, tuple[Scope, dict[str, Alternatives]]]) -> None:
    for scope, names in state.values():
        scope.names = dict(names)


def _merge(
    before: dict[int, tuple[Scope, dict[str, Alternatives]]],
    ends: list[dict[int, tuple[Scope, dict[str, Alternatives]]]],
) -> None:
    """Put the names of several ways together."""
    for key, (scope, _) in before.items():
        out: dict[str, Alternatives] = {}
        for end in ends:
            for name, value in end[key][1].items():
                have = out.get(name)
                out[name] = value if have is None or have is value else joined(have, value)
        scope.names = out
