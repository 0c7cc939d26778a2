"""What JavaScript and Node.js give, as far as it decides which calls are made with which values.

Sources: https://tc39.es/ecma262/ (Array, String, Object, Promise, Function) and https://nodejs.org/api/process.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourfold.model.place import Span
from fourfold.model.value import Known, Text, Unknown
from fourfold.sources.handler.python_names import setting
from fourfold.sources.handler.values import (
    Alternatives,
    Arguments,
    Closure,
    Dictionary,
    List,
    Outside,
    Partial,
    Setting,
    joined,
    together,
)

if TYPE_CHECKING:
    from fourfold.sources.handler.interpret import Interpreter

_SAME = frozenset({
    "String", "Object.freeze", "Object.seal", "Promise.resolve", "structuredClone", "Array.from", "decodeURIComponent",
    "encodeURIComponent", "Promise.all", "Promise.allSettled", "Promise.race", "Promise.any", "unescape",
})  # fmt: skip
"""Functions whose result is their first argument, for our purpose."""
_PURE = ("console.", "Math.", "Number", "JSON.", "Boolean", "Date", "parseInt", "parseFloat", "Buffer.", "isNaN", "RegExp",
         "Symbol", "Error", "URL", "Array.isArray", "Array.of")  # fmt: skip
_EACH = frozenset({
    "map", "forEach", "filter", "flatMap", "find", "findIndex", "some", "every", "reduce", "reduceRight", "sort", "findLast",
})  # fmt: skip
_UNCHANGED = ("trim", "toString", "valueOf", "normalize", "trimEnd", "trimStart", "toLocaleString")
_CHANGED = {"toLowerCase": "lower", "toUpperCase": "upper"}


def attribute(interpreter: Interpreter, of: Any, name: str, at: Span) -> Alternatives | None:
    """A member of a text, array, plain object or function."""
    if isinstance(of, Outside) and of.path in ("process.env", "globalThis.process.env"):
        return setting(interpreter.known(name, at), (), at)
    if isinstance(of, Dictionary):
        if name in of.entries:
            return of.entries[name]
        if name in ("hasOwnProperty", "toString"):
            return (Outside(f"method.{name}", {"self": (of,)}),)
        return interpreter.unknown(f"no entry `{name}` is seen", at)
    if isinstance(of, List | Known | Text | Setting):
        return (
            (Outside(f"method.{name}", {"self": (of,)}),) if name != "length" else interpreter.unknown("a number", at)
        )
    if isinstance(of, Closure | Partial) and name in ("bind", "call", "apply"):
        return (Outside(f"method.{name}", {"self": (of,)}),)
    return None


def item(interpreter: Interpreter, of: Any, key: Alternatives, at: Span) -> Alternatives | None:
    if isinstance(of, Outside) and of.path == "process.env":
        return setting(key, (), at)
    return None


def call(interpreter: Interpreter, function: Any, given: Arguments, at: Span) -> Alternatives | None:
    """What a function of the language gives."""
    if isinstance(function, Unknown) and function.name.rpartition(".")[2] in _EACH and given.positional:
        # `event.Records.map(f)`
        of, _, name = function.name.rpartition(".")
        return _each(interpreter, interpreter.unknown(function.why, at, of)[0], name, given, at)
    if not isinstance(function, Outside):
        return None
    path = function.path
    if path.startswith("method."):
        return joined(*[_method(interpreter, one, path[7:], given, at) for one in function.bound.get("self", ())])
    if path in _SAME:
        return given.get(0) or interpreter.unknown("it is computed at run time", at)
    if path in ("Object.assign", "Object.fromEntries"):
        made = Dictionary(at.source, (at.start, at.end))
        for group in given.positional:
            interpreter.spread_into(made, group)
        return (made,)
    if path in ("Object.keys", "Object.values", "Object.entries"):
        return _entries_of(interpreter, path, given.get(0), at)
    if path == "Promise":
        for one in given.get(0):
            interpreter.call(one, Arguments([(Outside("resolve"),), (Outside("reject"),)]), at)
        return interpreter.unknown("a promise gives it", at)
    if path.startswith(_PURE):
        return interpreter.unknown("it is computed at run time", at)
    if path.rpartition(".")[2] in ("then", "catch", "finally"):
        return _then(interpreter, (function,), given, at)
    if path.rpartition(".")[2] in _EACH:
        return _each(interpreter, function, path.rpartition(".")[2], given, at)
    return None


def _entries_of(interpreter: Interpreter, path: str, group: Alternatives, at: Span) -> Alternatives:
    known = [one for one in group if isinstance(one, Dictionary)]
    if len(known) != len(group) or not known:
        return interpreter.unknown("it is computed at run time", at)
    keys = joined(*[interpreter.element(one, at) for one in known])
    values = joined(*[v for one in known for v in one.entries.values()])
    row = {"Object.keys": keys, "Object.values": values}.get(path)
    if row is None:
        row = (List(at.source, (at.start, at.end), [keys, values]),)
    return (List(at.source, (at.start, at.end), [row], open=True),)


def _then(interpreter: Interpreter, of: Alternatives, given: Arguments, at: Span) -> Alternatives:
    """`p.then(f)`: calls f with what the promise gives."""
    found = [interpreter.call(one, Arguments([of]), at) for group in given.positional for one in group]
    return joined(of, *found)


def _each(interpreter: Interpreter, of: Any, name: str, given: Arguments, at: Span) -> Alternatives:
    """`xs.map(f)` and its like: call f with an element."""
    elements = interpreter.element(of, at)
    first: list[Alternatives] = [elements, interpreter.unknown("a number", at)]
    if name.startswith("reduce"):
        first = [given.get(1) or elements, elements]
    found = joined(*[interpreter.call(one, Arguments(first), at) for one in given.get(0)])
    if name in ("map", "flatMap"):
        return (List(at.source, (at.start, at.end), [found], open=True),)
    if name in ("filter", "sort"):
        return (of,)
    return elements if name.startswith("find") else found


def _method(interpreter: Interpreter, of: Any, name: str, given: Arguments, at: Span) -> Alternatives:
    if isinstance(of, Closure | Partial):
        return _of_function(interpreter, of, name, given, at)
    if name in _EACH:
        return _each(interpreter, of, name, given, at)
    if name in ("then", "catch", "finally"):
        return _then(interpreter, (of,), given, at)
    if isinstance(of, List):
        return _of_list(interpreter, of, name, given, at)
    if name in _UNCHANGED:
        return (of,)
    if name == "concat":
        return together([(of,), *given.positional], at.source, (at.start, at.end))
    if name in _CHANGED and isinstance(of, Known) and isinstance(of.value, str):
        return interpreter.known(getattr(of.value, _CHANGED[name])(), at)
    if name == "split" and isinstance(of, Known) and isinstance(of.value, str):
        words = [one.value for one in given.get(0) if isinstance(one, Known) and isinstance(one.value, str)]
        if len(words) == 1 and words[0]:
            parts = [interpreter.known(part, at) for part in of.value.split(words[0])]
            return (List(at.source, (at.start, at.end), parts),)
    if isinstance(of, Setting) and name in ("slice", "substring", "substr", "replace", "replaceAll", "split"):
        return interpreter.unknown(f"it is computed from {of.why}", at)
    interpreter.hand_over(Outside(f"String.{name}"), given, at)
    return interpreter.unknown("it is computed at run time", at)


def _of_function(interpreter: Interpreter, of: Any, name: str, given: Arguments, at: Span) -> Alternatives:
    this = given.get(0)
    if isinstance(of, Closure) and of.function.own_this and this:
        of = Closure(of.function, of.scope, this, of.klass)
    if name == "bind":
        return (Partial((of,), Arguments(given.positional[1:])),) if len(given.positional) > 1 else (of,)
    if name == "call":
        return interpreter.call(of, Arguments(given.positional[1:], open=given.open), at)
    lists = [one for one in given.get(1) if isinstance(one, List)]
    return interpreter.call(of, Arguments(list(lists[0].items) if lists else [], open=True), at)


def _of_list(interpreter: Interpreter, of: List, name: str, given: Arguments, at: Span) -> Alternatives:
    if name in ("push", "unshift"):
        of.items += given.positional
        of.open = True
        return interpreter.unknown("a number", at)
    if name in ("pop", "shift", "at"):
        return of.element() or interpreter.unknown("the list is filled at run time", at)
    if name == "join":
        separator = given.get(0) or interpreter.known(",", at)
        if of.open or not of.items:
            return interpreter.unknown("it is put together at run time", at)
        rows = [row for i in of.items for row in (i, separator)][:-1]
        return together(rows, at.source, (at.start, at.end))
    if name == "concat":
        items = [i for group in given.positional for one in group if isinstance(one, List) for i in one.items]
        return (List(at.source, (at.start, at.end), [*of.items, *items], open=True),)
    if name in ("slice", "reverse", "flat", "values", "splice"):
        return (List(of.source, of.at, list(of.items), open=True),)
    if name == "entries":
        pair = List(at.source, (at.start, at.end), [interpreter.unknown("a number", at), of.element()])
        return (List(at.source, (at.start, at.end), [(pair,)], open=True),)
    return interpreter.unknown("it is computed at run time", at)
