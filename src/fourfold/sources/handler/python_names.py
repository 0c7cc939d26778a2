"""What Python and its standard library give, as far as it decides which calls are made with which values.

Source: https://docs.python.org/3/library/functions.html, stdtypes.html, os.html and functools.html there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fourfold.model.place import Span
from fourfold.model.value import Known, Text, Value
from fourfold.sources.handler.values import (
    Alternatives,
    Arguments,
    AtRunTime,
    Dictionary,
    List,
    Outside,
    Partial,
    Setting,
    joined,
    texts,
    together,
)

if TYPE_CHECKING:
    from fourfold.sources.handler.interpret import Interpreter

_SAME = frozenset({
    "builtins.str", "builtins.list", "builtins.tuple", "builtins.set", "builtins.sorted", "builtins.iter", "builtins.reversed",
    "builtins.frozenset", "copy.copy", "copy.deepcopy", "os.path.expandvars", "urllib.parse.unquote_plus",
    "urllib.parse.unquote", "urllib.parse.quote", "typing.cast", "builtins.aiter",
})  # fmt: skip
"""Functions whose result is their (last) argument, for our purpose."""
_PURE = frozenset({
    "builtins.print", "builtins.isinstance", "builtins.len", "builtins.type", "builtins.hasattr", "builtins.int",
    "builtins.float", "builtins.bool", "builtins.repr", "builtins.id", "json.dumps", "builtins.min", "builtins.max",
    "builtins.sum", "builtins.any", "builtins.all", "builtins.round", "builtins.abs", "builtins.range", "json.loads",
    "builtins.issubclass", "builtins.hash", "builtins.callable", "builtins.vars", "builtins.dir",
})  # fmt: skip
"""Functions that call nothing and give nothing that we follow."""
_UNCHANGED = ("strip", "lstrip", "rstrip", "encode", "decode", "title", "casefold", "strip", "__str__")
_LIST_METHODS = ("append", "add", "insert", "extend", "update")


def name(interpreter: Interpreter, text: str, at: Span) -> Alternatives:
    """A name that the program does not bind: a built-in."""
    return (Outside(f"builtins.{text}"),)


def setting(key: Alternatives, default: Alternatives, at: Span) -> Alternatives:
    """An environment variable by its name."""
    out: list[Any] = []
    defaults = tuple(d for d in default if isinstance(d, Value) and not (isinstance(d, Known) and d.value is None))
    for one in key:
        if isinstance(one, Known):
            why = f"environment variable `{one.value}`"
            out.append(Setting(at.source, at.start, at.end, -1, why, (), False, f"env:{one.value}", defaults))
        else:
            out.append(AtRunTime(at.source, at.start, at.end, -1, "an environment variable whose name is computed"))
    return tuple(out)


def attribute(interpreter: Interpreter, of: Any, name: str, at: Span) -> Alternatives | None:
    """A method of a text, mapping or list."""
    if isinstance(of, Known | Text | Setting | Dictionary | List):
        return (Outside(f"method.{name}", {"self": (of,)}),)
    return None


def item(interpreter: Interpreter, of: Any, key: Alternatives, at: Span) -> Alternatives | None:
    if isinstance(of, Outside) and of.path == "os.environ":
        return setting(key, (), at)
    return None


def call(interpreter: Interpreter, function: Any, given: Arguments, at: Span) -> Alternatives | None:
    """What a function of the language or its library gives."""
    if not isinstance(function, Outside):
        return None
    path = function.path
    if path in ("os.getenv", "os.environ.get", "os.environ.setdefault", "os.environ.pop"):
        return setting(given.get(0, "key"), given.get(1, "default"), at)
    if path in _SAME:
        return given.get(0) or interpreter.unknown("it is computed at run time", at)
    if path in _PURE:
        return interpreter.unknown("it is computed at run time", at)
    if path.startswith("method."):
        self = function.bound.get("self", ())
        return joined(*[_method(interpreter, one, path[7:], given, at) for one in self])
    made = _FUNCTIONS.get(path)
    return None if made is None else made(interpreter, given, at)


def _method(interpreter: Interpreter, of: Any, name: str, given: Arguments, at: Span) -> Alternatives:
    if isinstance(of, Dictionary):
        return _of_mapping(interpreter, of, name, given, at)
    if isinstance(of, List):
        return _of_list(interpreter, of, name, given, at)
    if name in _UNCHANGED:
        return (of,)
    if name == "join":
        items = [one for one in given.get(0) if isinstance(one, List)]
        if len(items) == 1 and not items[0].open and isinstance(of, Known):
            rows = [r for i in items[0].items for r in (i, (of,))][:-1]
            return together(rows, at.source, (at.start, at.end))
        return interpreter.unknown("it is put together at run time", at)
    if name in ("format", "__mod__") and isinstance(of, Known):
        return _formatted(interpreter, of, name, given, at)
    if name in (
        "lower",
        "upper",
        "capitalize",
        "replace",
        "split",
        "rsplit",
        "removeprefix",
        "removesuffix",
        "partition",
    ):
        return _changed(interpreter, of, name, given, at)
    interpreter.hand_over(Outside(f"str.{name}"), given, at)
    return interpreter.unknown("it is computed at run time", at)


def _changed(interpreter: Interpreter, of: Any, name: str, given: Arguments, at: Span) -> Alternatives:
    words = [texts(group) for group in given.positional]
    if isinstance(of, Known) and isinstance(of.value, str) and all(len(w) == 1 for w in words):
        try:
            made = getattr(of.value, name)(*[w[0] for w in words])
        except (TypeError, ValueError):
            return interpreter.unknown("it is computed at run time", at)
        if isinstance(made, str):
            return interpreter.known(made, at)
        return (List(at.source, (at.start, at.end), [interpreter.known(part, at) for part in made]),)
    return interpreter.unknown(f"it is computed from what is not known (`{name}`)", at)


def _formatted(interpreter: Interpreter, of: Known, name: str, given: Arguments, at: Span) -> Alternatives:
    import re

    text = str(of.value)
    pattern = r"\{([^{}:!]*)[^{}]*\}" if name == "format" else r"%(?:\((\w+)\))?[sdrif]"
    arguments = list(given.positional)
    if name == "__mod__" and arguments and any(isinstance(one, List) for one in arguments[0]):
        first = next(one for one in arguments[0] if isinstance(one, List))
        arguments = list(first.items)
    rows: list[Alternatives] = []
    last = count = 0
    for found in re.finditer(pattern, text):
        rows.append(interpreter.known(text[last : found.start()], at))
        key = found[1] or ""
        if key and not key.isdigit():
            value = given.keywords.get(key.partition(".")[0].partition("[")[0], ())
            if name == "__mod__":
                value = joined(*[one.entries.get(key, ()) for one in given.get(0) if isinstance(one, Dictionary)])
        else:
            value = given_at(arguments, int(key) if key else count)
            count += 1
        rows.append(value or interpreter.unknown("it is put together at run time", at))
        last = found.end()
    rows.append(interpreter.known(text[last:], at))
    return together(rows, at.source, (at.start, at.end))


def given_at(arguments: list[Alternatives], index: int) -> Alternatives:
    """The argument at a position; nothing where there is none."""
    return arguments[index] if index < len(arguments) else ()


def _of_mapping(interpreter: Interpreter, of: Dictionary, name: str, given: Arguments, at: Span) -> Alternatives:
    if name in ("get", "pop", "setdefault", "__getitem__"):
        keys = given.get(0)
        missing = [k for k in keys if not (isinstance(k, Known) and str(k.value) in of.entries)]
        if name == "setdefault":
            for k in missing:
                if isinstance(k, Known):
                    of.entries[str(k.value)] = given.get(1) or interpreter.known(None, at)
        found = interpreter.entry(of, keys, at)
        return joined(found, given.get(1)) if missing and given.get(1) else found
    if name == "update":
        for group in given.positional:
            interpreter.spread_into(of, group)
        of.entries.update(given.keywords)
        return interpreter.known(None, at)
    if name in ("copy", "keys"):
        return (of,)
    if name == "values":
        return (List(at.source, (at.start, at.end), list(of.entries.values()), open=of.open),)
    if name == "items":
        keys = interpreter.element(of, at)
        pairs = [List(at.source, (at.start, at.end), [(k,), of.entries.get(_key(of, k), ())]) for k in keys]
        return (List(at.source, (at.start, at.end), [(p,) for p in pairs], open=of.open),)
    return interpreter.unknown("it is computed at run time", at)


def _key(of: Dictionary, one: Any) -> str:
    if isinstance(one, Known):
        return str(one.value)
    return next((name for name, key in of.computed.items() if key is one), "")


def _of_list(interpreter: Interpreter, of: List, name: str, given: Arguments, at: Span) -> Alternatives:
    if name in ("append", "add", "insert"):
        of.items.append(given.get(1 if name == "insert" else 0))
        of.open = True
        return interpreter.known(None, at)
    if name in ("extend", "update"):
        for one in given.get(0):
            if isinstance(one, List):
                of.items += one.items
        of.open = True
        return interpreter.known(None, at)
    if name == "pop":
        return of.element() or interpreter.unknown("the list is filled at run time", at)
    if name in ("copy", "sort", "reverse"):
        return (of,)
    return interpreter.unknown("it is computed at run time", at)


# -- functions that matter -------------------------------------------------------------------------------------------------


def _dict(interpreter: Interpreter, given: Arguments, at: Span) -> Alternatives:
    made = Dictionary(at.source, (at.start, at.end))
    for group in given.positional:
        interpreter.spread_into(made, group)
    made.entries.update(given.keywords)
    made.open = made.open or given.open
    return (made,)


def _next(interpreter: Interpreter, given: Arguments, at: Span) -> Alternatives:
    return joined(*[interpreter.element(one, at) for one in given.get(0)])


def _enumerate(interpreter: Interpreter, given: Arguments, at: Span) -> Alternatives:
    here = (at.start, at.end)
    pair = List(at.source, here, [interpreter.unknown("a number", at), _next(interpreter, given, at)])
    return (List(at.source, here, [(pair,)], open=True),)


def _zip(interpreter: Interpreter, given: Arguments, at: Span) -> Alternatives:
    here = (at.start, at.end)
    row = [joined(*[interpreter.element(one, at) for one in group]) for group in given.positional]
    return (List(at.source, here, [(List(at.source, here, row),)], open=True),)


def _map(interpreter: Interpreter, given: Arguments, at: Span) -> Alternatives:
    rows = [joined(*[interpreter.element(one, at) for one in group]) for group in given.positional[1:]]
    found = joined(*[interpreter.call(f, Arguments(rows), at) for f in given.get(0)])
    return (List(at.source, (at.start, at.end), [found], open=True),)


def _filter(interpreter: Interpreter, given: Arguments, at: Span) -> Alternatives:
    elements = joined(*[interpreter.element(one, at) for one in given.get(1)])
    for one in given.get(0):
        interpreter.call(one, Arguments([elements]), at)
    return given.get(1)


def _getattr(interpreter: Interpreter, given: Arguments, at: Span) -> Alternatives:
    names = texts(given.get(1))
    out = [interpreter.attribute(one, n, at) for one in given.get(0) for n in names]
    if len(names) < len(given.get(1)):
        for one in given.get(0):
            what = interpreter.language.given_away(one)
            if what:
                interpreter.note(at, f"the method of {what} is chosen at run time")
    return joined(*out, given.get(2)) or interpreter.unknown("its name is computed at run time", at)


def _setattr(interpreter: Interpreter, given: Arguments, at: Span) -> Alternatives:
    for one in given.get(0):
        for text in texts(given.get(1)):
            interpreter.set_member(one, text, given.get(2))
    return interpreter.known(None, at)


def _partial(interpreter: Interpreter, given: Arguments, at: Span) -> Alternatives:
    keywords = {k: v for k, v in given.keywords.items() if k != "__decorates__"}
    return (Partial(given.get(0), Arguments(given.positional[1:], keywords, open=given.open)),)


def _path_join(interpreter: Interpreter, given: Arguments, at: Span) -> Alternatives:
    rows = [r for group in given.positional for r in (group, interpreter.known("/", at))][:-1]
    return together(rows, at.source, (at.start, at.end))


def _run(interpreter: Interpreter, given: Arguments, at: Span) -> Alternatives:
    """`asyncio.run(main())`: a coroutine was followed where it was made."""
    return given.get(0)


def _submit(interpreter: Interpreter, given: Arguments, at: Span) -> Alternatives:
    """`submit(f, x)`, `Thread(target=f, args=(x,))`: calls the function with what follows it."""
    rest = Arguments(given.positional[1:], given.keywords, open=given.open)
    return joined(*[interpreter.call(one, rest, at) for one in given.get(0)])


def _transparent(interpreter: Interpreter, given: Arguments, at: Span) -> Alternatives:
    """A decorator, with or without arguments, that gives the function."""
    return given.get(0) or (Outside("builtins.list"),)


def _wraps(interpreter: Interpreter, given: Arguments, at: Span) -> Alternatives:
    """`wraps(f)` is a decorator that gives what it decorates."""
    return (Outside("builtins.list"),)


_FUNCTIONS: dict[str, Callable[[Interpreter, Arguments, Span], Alternatives]] = {
    "builtins.dict": _dict,
    "builtins.next": _next,
    "builtins.anext": _next,
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
    "builtins.map": _map,
    "builtins.filter": _filter,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "functools.partial": _partial,
    "os.path.join": _path_join,
    "posixpath.join": _path_join,
    "asyncio.run": _run,
    "asyncio.to_thread": _submit,
    "asyncio.create_task": _run,
    "asyncio.ensure_future": _run,
    "asyncio.wait_for": _run,
    "concurrent.futures.ThreadPoolExecutor().submit": _submit,
    "concurrent.futures.ThreadPoolExecutor().map": _map,
    "concurrent.futures.thread.ThreadPoolExecutor().submit": _submit,
    "functools.lru_cache": _transparent,
    "functools.cache": _transparent,
    "functools.wraps": _wraps,
}
