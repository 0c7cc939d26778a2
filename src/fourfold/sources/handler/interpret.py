"""Follows a program from its handler, without executing it: which calls can be made, with which values.

Every name stands for a set of alternatives. Statements are gone through in order; both sides of a branch are followed and
put together, the body of a loop twice. A function of the program is followed into with what it is given, a function of a
library calls the functions it is given. What is too large (`STEPS_MAX`, `STACK_MAX`) is cut short, and said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from fourfold.knowledge.sdk import services_with
from fourfold.model.place import Problem, Source, Span
from fourfold.model.value import Known, Unknown, Value
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
    Run,
    Scope,
    ServiceClient,
    Super,
    as_value,
    joined,
    together,
)

STEPS_MAX = 150_000
STACK_MAX = 40
RECURSION_MAX = 2
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
        found = self.language.attribute(self, of, name, at)
        if found is not None:
            return found
        if isinstance(of, Instance):
            if name in of.attributes:
                return of.attributes[name]
            return self.bound(of.klass.member(name), (of,), at) or self.outside_member(of.klass, name, at)
        if isinstance(of, Klass):
            return self.bound(of.member(name), (of,), at, static=True) or self.outside_member(of, name, at)
        if isinstance(of, Super):
            line = list(of.klass.line())[1:]
            return self.bound(next((k.members[name] for k in line if name in k.members), ()), of.this, at) or (
                Outside(f"super.{name}"),
            )
        if isinstance(of, Module):
            return of.scope.names.get(name) or self.unknown(f"`{name}` is not found in `{of.path}`", at)
        if isinstance(of, Outside):
            return (Outside(f"{of.path}.{name}", of.bound),)
        if isinstance(of, Unknown):
            child = f"{of.name}.{name}" if of.name and not of.name.startswith("env:") else ""
            return self.unknown(of.why, at, child)
        return self.unknown(f"`{name}` is known at run time only", at)

    def outside_member(self, klass: Klass, name: str, at: Span) -> Alternatives:
        bases = [b for k in klass.line() for b in k.bases if not isinstance(b, Klass)]
        return tuple(Outside(f"{b.path}().{name}") for b in bases if isinstance(b, Outside)) or self.unknown(
            f"`{name}` is known at run time only", at
        )

    def bound(self, found: Alternatives, this: Alternatives, at: Span, *, static: bool = False) -> Alternatives:
        out: list[Any] = []
        for one in found:
            if not isinstance(one, Closure) or one.this:
                out.append(one)
            elif one.function.method == "property" and not static:
                out += self.run(Closure(one.function, one.scope, this, one.klass), Arguments(), at)
            elif one.function.method == "static" or (static and one.function.method != "class"):
                out.append(one)
            elif one.function.method == "class":
                owner = tuple(i.klass if isinstance(i, Instance) else i for i in this)
                out.append(Closure(one.function, one.scope, owner, one.klass))
            else:
                out.append(Closure(one.function, one.scope, this, one.klass))
        return tuple(out)

    def item(self, of: Any, key: Alternatives, at: Span) -> Alternatives:
        found = self.language.item(self, of, key, at)
        if found is not None:
            return found
        if isinstance(of, Dictionary):
            return self.entry(of, key, at)
        if isinstance(of, List):
            numbers = [one.value for one in key if isinstance(one, Known) and isinstance(one.value, int)]
            if len(numbers) == len(key) and not of.open and all(-len(of.items) <= n < len(of.items) for n in numbers):
                return joined(*[of.items[n] for n in numbers])
            return of.element() or self.unknown("the list is not known", at)
        if isinstance(of, Outside):
            return (Outside(f"{of.path}[]", of.bound),)
        if isinstance(of, Unknown) and not of.name.startswith("env:"):
            names = [str(one.value) if isinstance(one, Known) else "" for one in key]
            step = f".{names[0]}" if len(names) == 1 and names[0] and not names[0].isdigit() else "[]"
            return self.unknown(of.why, at, of.name + step if of.name else "")
        return self.unknown("it is known at run time only", at)

    def entry(self, of: Dictionary, key: Alternatives, at: Span) -> Alternatives:
        known = [str(one.value) for one in key if isinstance(one, Known)]
        if len(known) == len(key):
            found = [of.entries[k] for k in known if k in of.entries]
            if found and (len(found) == len(known) or not of.open):
                return joined(*found)
            return joined(*found, self.unknown(f"no entry `{known[0]}` is seen", at)) if known else ()
        return joined(*of.entries.values()) or self.unknown("the entry is not known", at)

    def element(self, of: Any, at: Span, *, keys: bool = False) -> Alternatives:
        found = self.language.element(self, of, at)
        if found is not None:
            return found
        if isinstance(of, List):
            return of.element() or self.unknown("the list is empty, or filled at run time", at)
        if isinstance(of, Dictionary):
            return tuple(
                of.computed[k] if k in of.computed else self.known(k, at)[0] for k in of.entries
            ) or self.unknown("the mapping is filled at run time", at)
        if isinstance(of, Unknown) and not of.name.startswith("env:"):
            return self.unknown(of.why, at, f"{of.name}[]" if of.name else "")
        if isinstance(of, Outside):
            return (Outside(f"{of.path}[]", of.bound),)
        return self.unknown("it is known at run time only", at)

    # -- functions and classes -----------------------------------------------------------------------------------------

    def closure(self, node: s.Function, scope: Scope, klass: Klass | None = None) -> Closure:
        made = Closure(node, scope, () if node.own_this else scope.this, klass)
        self.functions.setdefault(id(node), (made, node))
        return made

    def klass(self, node: s.Class, scope: Scope) -> Klass:
        bases = tuple(one for base in node.bases for one in self.value(base, scope))
        made = Klass(node, tuple(b for b in bases if not _plain_base(b)), scope)
        inner = Scope(scope.module, scope, None, scope.this)
        for statement in node.body:
            if (
                isinstance(statement, s.Bind)
                and isinstance(statement.value, s.Function)
                and isinstance(statement.target, s.Name)
            ):
                made.members[statement.target.id] = (self.closure(statement.value, scope, made),)
                inner.names[statement.target.id] = made.members[statement.target.id]
            else:
                self.statement(statement, inner)
        for name, value in inner.names.items():
            made.members.setdefault(name, tuple(
                Closure(v.function, v.scope, v.this, made) if isinstance(v, Closure) and v.klass is None else v for v in value
            ))  # fmt: skip
        return made

    def arguments(self, node: s.Call, scope: Scope) -> Arguments:
        given = Arguments()
        for argument in node.arguments:
            found = self.value(argument, scope)
            if not isinstance(argument, s.Spread):
                given.positional.append(found)
                continue
            lists = [one for one in found if isinstance(one, List)]
            if len(lists) == len(found) == 1 and not lists[0].open:
                given.positional += lists[0].items
            else:
                given.open = True
        for name, value in node.keywords:
            found = self.value(value, scope)
            if name:
                given.keywords[name] = found
                continue
            spread = Dictionary(scope.module.source, node.at)
            self.spread_into(spread, found)
            given.keywords.update({k: v for k, v in spread.entries.items() if k not in spread.computed})
            given.open = given.open or spread.open or bool(spread.computed)
        return given

    def invoke(self, node: s.Call, scope: Scope, at: Span) -> Alternatives:
        functions = self.value(node.function, scope)
        if isinstance(node.function, s.Name) and node.function.id == "super" and not node.arguments:
            return self.parent(scope, at)
        given = self.arguments(node, scope)
        if isinstance(node.function, s.Attribute) and any(isinstance(one, Unknown) for one in functions):
            self.suspect(node.function.name, at)
        return joined(*[self.call(one, given, at) for one in functions])

    def suspect(self, name: str, at: Span) -> None:
        """A method that is called like an operation of AWS, of something that is not known."""
        services = services_with(name)
        if services:
            some = ", ".join(f"`{service}`" for service in services[:3])
            self.note(at, f"`{name}` is called like an operation of {some}; what it is called on is not known")

    def parent(self, scope: Scope, at: Span) -> Alternatives:
        for one in scope.chain():
            if "__class__" in one.names and one.this:
                return tuple(Super(k, one.this) for k in one.names["__class__"] if isinstance(k, Klass))
        return self.unknown("the base class is not known", at)

    def call(self, function: Any, given: Arguments, at: Span) -> Alternatives:
        """What a call of one alternative gives."""
        if isinstance(function, Closure):
            return self.run(function, given, at)
        if isinstance(function, Klass):
            return (self.make(function, given, at),)
        if isinstance(function, Partial):
            mixed = Arguments(
                [*function.arguments.positional, *given.positional],
                {**function.arguments.keywords, **given.keywords},
                open=given.open or function.arguments.open,
            )
            return joined(*[self.call(one, mixed, at) for one in function.function])
        if isinstance(function, Instance):
            called = self.bound(function.klass.member("__call__"), (function,), at)
            return joined(*[self.call(one, given, at) for one in called]) or self.unknown(
                "it is computed at run time", at
            )
        if isinstance(function, Super):
            start = next(
                (k.members["constructor"] for k in list(function.klass.line())[1:] if "constructor" in k.members), ()
            )
            return joined(*[self.call(one, given, at) for one in self.bound(start, function.this, at)]) or self.known(
                None, at
            )
        found = self.language.call(self, function, given, at)
        if found is not None:
            return found
        if "__decorates__" in given.keywords:
            # A decorator of a library gives what calls the function; some, as those of routes, remember it as well.
            if not isinstance(function, Outside) or _last_name(function.path) not in _TRANSPARENT:
                self.later(given.positional[0])
            return given.positional[0]
        self.hand_over(function, given, at)
        if isinstance(function, Outside):
            return (Outside(f"{function.path}()", function.bound),)
        why = function.why if isinstance(function, Unknown) else "it is computed at run time"
        name = f"{function.name}()" if isinstance(function, Unknown) and function.name else ""
        return self.unknown(why, at, "" if name.startswith("env:") else name)

    def hand_over(self, function: Any, given: Arguments, at: Span) -> None:
        """What a library does with what it is given: calls functions, uses clients."""
        for group in given.values():
            self.later(group)
            for one in group:
                what = self.language.given_away(one)
                if what:
                    name = f"`{function.path}`" if isinstance(function, Outside) else "code that is not known"
                    self.note(at, f"{what} is given to {name}, which is not read")

    def later(self, group: Alternatives, depth: int = 0) -> None:
        """Functions that something outside may call, with what it likes."""
        for one in group:
            if isinstance(one, Closure):
                self.callbacks.append(one)
            elif isinstance(one, Partial):
                self.later(one.function, depth + 1)
                self.callbacks += [c for c in one.function if isinstance(c, Closure)]
            elif isinstance(one, Instance | Klass) and depth < 3:
                klass = one.klass if isinstance(one, Instance) else one
                for name in {n for k in klass.line() for n in k.members} if klass.foreign else ():
                    this = (one,) if isinstance(one, Instance) else ()
                    self.later(
                        self.bound(
                            klass.member(name),
                            this,
                            Span(klass.scope.module.source, *klass.definition.at),
                            static=not this,
                        ),
                        depth + 1,
                    )
            elif isinstance(one, List) and depth < 3:
                for item in one.items:
                    self.later(item, depth + 1)
            elif isinstance(one, Dictionary) and depth < 3:
                for entry in one.entries.values():
                    self.later(entry, depth + 1)

    def make(self, klass: Klass, given: Arguments, at: Span) -> Instance:
        instance = Instance(klass)
        for one in reversed(list(klass.line())):
            scope = Scope(one.scope.module, one.scope, None, (instance,))
            for name, value in one.definition.fields:
                instance.attributes[name] = self.value(value, scope)
        start = klass.member("__init__") or klass.member("constructor")
        for one in self.bound(start, (instance,), at):
            self.call(one, given, at)
        if klass.foreign:
            self.later((instance,))
        return instance

    def run(self, closure: Closure, given: Arguments, at: Span) -> Alternatives:
        """Follow a function of the program with what it is given."""
        function = closure.function
        if len(self._stack) >= STACK_MAX or self._stack.count(function) >= RECURSION_MAX:
            return self.unknown("a recursive function gives it", at)
        self.reached.add(id(function))
        run = Run()
        scope = Scope(closure.module, closure.scope, run, closure.this)
        if closure.klass is not None:
            scope.names["__class__"] = (closure.klass,)
        self.fill(closure, given, scope, at)
        self._stack.append(function)
        try:
            self.block(function.body, scope)
        finally:
            self._stack.pop()
        return joined(*run.returns) or self.known(None, at)

    def fill(self, closure: Closure, given: Arguments, scope: Scope, at: Span) -> None:
        function = closure.function
        positional = list(given.positional)
        takes_this = closure.this and getattr(self.language, "explicit_this", False)
        if takes_this and function.method != "static" and closure.klass is not None:
            positional.insert(0, closure.this)
        left = dict(given.keywords)
        for index, parameter in enumerate(function.parameters):
            where = Span(closure.module.source, *function.at)
            if parameter.rest == "*":
                more = [self.unknown("further arguments are known at run time only", where)] if given.open else []
                rest = List(closure.module.source, function.at, [*positional[index:], *more], open=given.open)
                scope.names[parameter.name] = (rest,)
            elif parameter.rest == "**":
                rest_of = Dictionary(closure.module.source, function.at)
                rest_of.entries, rest_of.open = left, given.open
                scope.names[parameter.name] = (rest_of,)
            else:
                found = left.pop(parameter.name, None)
                if found is None and index < len(positional):
                    found = positional[index]
                if found is None and parameter.default is not None:
                    found = self.value(parameter.default, closure.scope)
                scope.names[parameter.name] = found or self.unknown(
                    f"`{parameter.name}` is given to `{function.name}` at run time", where, parameter.name
                )
            self.block(parameter.pattern, scope)

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


_TRANSPARENT = frozenset({
    "capture_method", "capture_lambda_handler", "inject_lambda_context", "log_metrics", "metric_scope", "retry", "wraps",
    "contextmanager", "asynccontextmanager", "dataclass", "capture", "capture_async", "event_source", "event_parser",
    "idempotent", "idempotent_function", "validator", "timeout", "on_exception", "cached", "abstractmethod", "setter",
    "overload", "lambda_handler_decorator", "tracer", "deprecated", "fixture", "total_ordering", "cached_property",
})  # fmt: skip
"""Decorators of libraries that call the function only when it is called."""


def _last_name(path: str) -> str:
    return path.replace("()", "").rpartition(".")[2]


def _plain_base(base: Any) -> bool:
    """Whether a base class calls nothing by itself."""
    return isinstance(base, Outside) and base.path.rpartition(".")[2] in _PLAIN_BASES


_PLAIN_BASES = frozenset({
    "object", "ABC", "Exception", "ValueError", "RuntimeError", "KeyError", "TypeError", "Enum", "str", "dict", "list", "int",
    "NamedTuple", "TypedDict", "Protocol", "Generic", "BaseModel", "Error", "Object", "IntEnum", "StrEnum",
})  # fmt: skip


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
