"""Functions and classes of a program: made, called and followed; and what libraries do with what they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourfold.knowledge.sdk import services_with
from fourfold.model.place import Span
from fourfold.model.value import Unknown
from fourfold.sources.handler import syntax as s
from fourfold.sources.handler.values import (
    Alternatives,
    Arguments,
    Closure,
    Dictionary,
    Instance,
    Klass,
    List,
    Outside,
    Partial,
    Run,
    Scope,
    Super,
    joined,
    texts,
)

if TYPE_CHECKING:
    from fourfold.sources.handler.interpret import Interpreter

STACK_MAX = 40
RECURSION_MAX = 2

_TRANSPARENT = frozenset({
    "capture_method", "capture_lambda_handler", "inject_lambda_context", "log_metrics", "metric_scope", "retry", "wraps",
    "contextmanager", "asynccontextmanager", "dataclass", "capture", "capture_async", "event_source", "event_parser",
    "idempotent", "idempotent_function", "validator", "timeout", "on_exception", "cached", "abstractmethod", "setter",
    "overload", "lambda_handler_decorator", "tracer", "deprecated", "fixture", "total_ordering", "cached_property",
})  # fmt: skip
"""Decorators of libraries that call the function only when it is called."""
_PLAIN_BASES = frozenset({
    "object", "ABC", "Exception", "ValueError", "RuntimeError", "KeyError", "TypeError", "Enum", "str", "dict", "list", "int",
    "NamedTuple", "TypedDict", "Protocol", "Generic", "BaseModel", "Error", "Object", "IntEnum", "StrEnum",
})  # fmt: skip


def closure(interpreter: Interpreter, node: s.Function, scope: Scope, klass: Klass | None = None) -> Closure:
    made = Closure(node, scope, () if node.own_this else scope.this, klass)
    interpreter.functions.setdefault(id(node), (made, node))
    return made


def klass(interpreter: Interpreter, node: s.Class, scope: Scope) -> Klass:
    bases = tuple(one for base in node.bases for one in interpreter.value(base, scope))
    made = Klass(node, tuple(b for b in bases if not _plain_base(b)), scope)
    inner = Scope(scope.module, scope, None, scope.this)
    for statement in node.body:
        if (
            isinstance(statement, s.Bind)
            and isinstance(statement.value, s.Function)
            and isinstance(statement.target, s.Name)
        ):
            made.members[statement.target.id] = (interpreter.closure(statement.value, scope, made),)
            inner.names[statement.target.id] = made.members[statement.target.id]
        else:
            interpreter.statement(statement, inner)
    for name, value in inner.names.items():
        made.members.setdefault(name, tuple(
            Closure(v.function, v.scope, v.this, made) if isinstance(v, Closure) and v.klass is None else v for v in value
        ))  # fmt: skip
    return made


def arguments(interpreter: Interpreter, node: s.Call, scope: Scope) -> Arguments:
    given = Arguments()
    for argument in node.arguments:
        found = interpreter.value(argument, scope)
        if not isinstance(argument, s.Spread):
            given.positional.append(found)
            continue
        lists = [one for one in found if isinstance(one, List)]
        if len(lists) == len(found) == 1 and not lists[0].open:
            given.positional += lists[0].items
        else:
            given.open = True
    for name, value in node.keywords:
        found = interpreter.value(value, scope)
        if name:
            given.keywords[name] = found
            continue
        spread = Dictionary(scope.module.source, node.at)
        interpreter.spread_into(spread, found)
        given.keywords.update({k: v for k, v in spread.entries.items() if k not in spread.computed})
        given.open = given.open or spread.open or bool(spread.computed)
    return given


def invoke(interpreter: Interpreter, node: s.Call, scope: Scope, at: Span) -> Alternatives:
    functions = interpreter.value(node.function, scope)
    if isinstance(node.function, s.Name) and node.function.id == "super" and not node.arguments:
        return interpreter.parent(scope, at)
    given = interpreter.arguments(node, scope)
    if isinstance(node.function, s.Attribute) and any(isinstance(one, Unknown) for one in functions):
        interpreter.suspect(node.function.name, at)
        if node.function.name in ("get_paginator", "get_waiter"):
            for text in texts(given.get(0)):
                interpreter.suspect(text, at)
    return joined(*[interpreter.call(one, given, at) for one in functions])


def suspect(interpreter: Interpreter, name: str, at: Span) -> None:
    """A method that is called like an operation of AWS, of something that is not known."""
    services = services_with(name)
    if services:
        some = ", ".join(f"`{service}`" for service in services[:3])
        interpreter.note(at, f"`{name}` is called like an operation of {some}; what it is called on is not known")


def parent(interpreter: Interpreter, scope: Scope, at: Span) -> Alternatives:
    for one in scope.chain():
        if "__class__" in one.names and one.this:
            return tuple(Super(k, one.this) for k in one.names["__class__"] if isinstance(k, Klass))
    return interpreter.unknown("the base class is not known", at)


def call(interpreter: Interpreter, function: Any, given: Arguments, at: Span) -> Alternatives:
    """What a call of one alternative gives."""
    if isinstance(function, Closure):
        return interpreter.run(function, given, at)
    if isinstance(function, Klass):
        return (interpreter.make(function, given, at),)
    if isinstance(function, Partial):
        mixed = Arguments(
            [*function.arguments.positional, *given.positional],
            {**function.arguments.keywords, **given.keywords},
            open=given.open or function.arguments.open,
        )
        return joined(*[interpreter.call(one, mixed, at) for one in function.function])
    if isinstance(function, Instance):
        called = interpreter.bound(function.klass.member("__call__"), (function,), at)
        return joined(*[interpreter.call(one, given, at) for one in called]) or interpreter.unknown(
            "it is computed at run time", at
        )
    if isinstance(function, Super):
        start = next(
            (k.members["constructor"] for k in list(function.klass.line())[1:] if "constructor" in k.members), ()
        )
        return joined(
            *[interpreter.call(one, given, at) for one in interpreter.bound(start, function.this, at)]
        ) or interpreter.known(None, at)
    found = interpreter.language.call(interpreter, function, given, at)
    if found is not None:
        return found
    if "__decorates__" in given.keywords:
        # A decorator of a library gives what calls the function; some, as those of routes, remember it as well.
        if not isinstance(function, Outside) or _last_name(function.path) not in _TRANSPARENT:
            interpreter.later(given.positional[0])
        return given.positional[0]
    interpreter.hand_over(function, given, at)
    if isinstance(function, Outside):
        return (Outside(f"{function.path}()", function.bound),)
    why = function.why if isinstance(function, Unknown) else "it is computed at run time"
    name = f"{function.name}()" if isinstance(function, Unknown) and function.name else ""
    return interpreter.unknown(why, at, "" if name.startswith("env:") else name)


def hand_over(interpreter: Interpreter, function: Any, given: Arguments, at: Span) -> None:
    """What a library does with what it is given: calls functions, uses clients."""
    for group in given.values():
        interpreter.later(group)
        for one in group:
            what = interpreter.language.given_away(one)
            if what:
                name = f"`{function.path}`" if isinstance(function, Outside) else "code that is not known"
                interpreter.note(at, f"{what} is given to {name}, which is not read")


def later(interpreter: Interpreter, group: Alternatives, depth: int = 0) -> None:
    """Functions that something outside may call, with what it likes."""
    for one in group:
        if isinstance(one, Closure):
            interpreter.callbacks.append(one)
        elif isinstance(one, Partial):
            interpreter.later(one.function, depth + 1)
            interpreter.callbacks += [c for c in one.function if isinstance(c, Closure)]
        elif isinstance(one, Instance | Klass) and depth < 3:
            klass = one.klass if isinstance(one, Instance) else one
            for name in {n for k in klass.line() for n in k.members} if klass.foreign else ():
                this = (one,) if isinstance(one, Instance) else ()
                interpreter.later(
                    interpreter.bound(
                        klass.member(name),
                        this,
                        Span(klass.scope.module.source, *klass.definition.at),
                        static=not this,
                    ),
                    depth + 1,
                )
        elif isinstance(one, List) and depth < 3:
            for item in one.items:
                interpreter.later(item, depth + 1)
        elif isinstance(one, Dictionary) and depth < 3:
            for entry in one.entries.values():
                interpreter.later(entry, depth + 1)


def make(interpreter: Interpreter, klass: Klass, given: Arguments, at: Span) -> Instance:
    instance = Instance(klass)
    for one in reversed(list(klass.line())):
        scope = Scope(one.scope.module, one.scope, None, (instance,))
        for name, value in one.definition.fields:
            instance.attributes[name] = interpreter.value(value, scope)
    start = klass.member("__init__") or klass.member("constructor")
    for one in interpreter.bound(start, (instance,), at):
        interpreter.call(one, given, at)
    if klass.foreign:
        interpreter.later((instance,))
    return instance


def run(interpreter: Interpreter, closure: Closure, given: Arguments, at: Span) -> Alternatives:
    """Follow a function of the program with what it is given."""
    function = closure.function
    if len(interpreter._stack) >= STACK_MAX or interpreter._stack.count(function) >= RECURSION_MAX:
        return interpreter.unknown("a recursive function gives it", at)
    interpreter.reached.add(id(function))
    run = Run()
    scope = Scope(closure.module, closure.scope, run, closure.this)
    if closure.klass is not None:
        scope.names["__class__"] = (closure.klass,)
    interpreter.fill(closure, given, scope, at)
    interpreter._stack.append(function)
    try:
        interpreter.block(function.body, scope)
    finally:
        interpreter._stack.pop()
    return joined(*run.returns) or interpreter.known(None, at)


def fill(interpreter: Interpreter, closure: Closure, given: Arguments, scope: Scope, at: Span) -> None:
    function = closure.function
    positional = list(given.positional)
    takes_this = closure.this and getattr(interpreter.language, "explicit_this", False)
    if takes_this and function.method != "static" and closure.klass is not None:
        positional.insert(0, closure.this)
    left = dict(given.keywords)
    for index, parameter in enumerate(function.parameters):
        where = Span(closure.module.source, *function.at)
        if parameter.rest == "*":
            more = [interpreter.unknown("further arguments are known at run time only", where)] if given.open else []
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
                found = interpreter.value(parameter.default, closure.scope)
            scope.names[parameter.name] = found or interpreter.unknown(
                f"`{parameter.name}` is given to `{function.name}` at run time", where, parameter.name
            )
        interpreter.block(parameter.pattern, scope)


def _last_name(path: str) -> str:
    return path.replace("()", "").rpartition(".")[2]


def _plain_base(base: Any) -> bool:
    """Whether a base class calls nothing by itself."""
    return isinstance(base, Outside) and base.path.rpartition(".")[2] in _PLAIN_BASES
