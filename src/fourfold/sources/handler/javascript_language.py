"""JavaScript and TypeScript as the interpreter sees them: where modules are, what the SDKs and other libraries give.

How modules are found: https://nodejs.org/api/modules.html#all-together, and for imports that name the file that the
TypeScript compiler writes (`./a.js` for `a.ts`) https://www.typescriptlang.org/docs/handbook/modules/reference.html.
"""

from __future__ import annotations

import posixpath
from typing import Any

from fourfold.model.place import Problem, Source, Span
from fourfold.sources.handler import javascript, javascript_names, libraries
from fourfold.sources.handler import syntax as s
from fourfold.sources.handler.interpret import Interpreter
from fourfold.sources.handler.javascript_sdk import Model, describe
from fourfold.sources.handler.values import Alternatives, Arguments, Dictionary, List, Module, Outside
from fourfold.sources.tree import Tree


class JavaScript:
    """See `interpret.Language`."""

    explicit_this = False

    def __init__(self, tree: Tree, roots: tuple[str, ...]) -> None:
        self.tree = tree
        self.roots = roots
        self.sdk = Model()

    def parse(self, source: Source) -> s.Program | Problem:
        if source.path.endswith(".json"):
            return s.Program(())
        return javascript.parse(source)

    def prepare(self, interpreter: Interpreter, module: Module) -> None:
        """The names that Node.js gives each module."""
        at = (0, 0)
        module.exports = Dictionary(module.source, at)
        holder = Dictionary(module.source, at)
        holder.entries["exports"] = (module.exports,)
        if module.path.endswith(".json"):
            holder.entries["exports"] = _data(module.source)
        module.scope.names["exports"] = (module.exports,)
        module.scope.names["module"] = (holder,)

    # -- modules -----------------------------------------------------------------------------------------------------

    def locate(self, module: Module, wanted: s.Import) -> str | None:
        name = wanted.module
        if name.startswith("."):
            return self._file(posixpath.normpath(posixpath.join(posixpath.dirname(module.path), name)))
        if name.startswith("/opt/nodejs/"):
            rest = name.removeprefix("/opt/")
            for root in self.roots:
                found = self._file(posixpath.join(root, rest)) or self._file(posixpath.join(root, rest[7:]))
                if found:
                    return found
        return None

    def _file(self, base: str) -> str | None:
        if base.startswith("../"):
            return None
        stem, dot, suffix = base.rpartition(".")
        candidates = [base] if dot and f".{suffix}" in (*javascript.SUFFIXES, ".json") else []
        if suffix in ("js", "mjs", "cjs", "jsx"):
            candidates += [f"{stem}.{other}" for other in ("ts", "mts", "cts", "tsx")]
        candidates += [base + end for end in (*javascript.SUFFIXES, ".json")]
        candidates += [f"{base}/index{end}" for end in javascript.SUFFIXES]
        return next((path for path in candidates if self.tree.has(path)), None)

    def exports(self, module: Module) -> Alternatives:
        """What `require` of it gives."""
        for one in module.scope.names.get("module", ()):
            if isinstance(one, Dictionary):
                return one.entries.get("exports", ())
        return ()

    def member(self, interpreter: Interpreter, module: Module, wanted: s.Import, at: Span) -> Alternatives:
        whole = self.exports(module)
        if wanted.whole or not wanted.name:
            return whole
        found = [
            one.entries[wanted.name] for one in whole if isinstance(one, Dictionary) and wanted.name in one.entries
        ]
        if found:
            return tuple(v for group in found for v in group)
        if wanted.name == "default":
            return whole
        return tuple(v for one in whole for v in interpreter.attribute(one, wanted.name, at))

    def exported(self, module: Module, name: str) -> Alternatives:
        """What a handler's name means in its module."""
        found = [one.entries.get(name, ()) for one in self.exports(module) if isinstance(one, Dictionary)]
        return tuple(v for group in found for v in group) or module.scope.names.get(name, ())

    # -- names and members -------------------------------------------------------------------------------------------

    def name(self, interpreter: Interpreter, name: str, at: Span) -> Alternatives:
        if name == "undefined":
            return interpreter.known(None, at)
        return (Outside(name),)

    def imported(self, interpreter: Interpreter, wanted: s.Import, at: Span) -> Alternatives:
        module = wanted.module.removeprefix("node:")
        if module == "process":
            return (Outside("process" if wanted.whole or wanted.name == "default" else f"process.{wanted.name}"),)
        return (Outside(module if wanted.whole or wanted.name == "default" else f"{module}.{wanted.name}"),)

    def attribute(self, interpreter: Interpreter, of: Any, name: str, at: Span) -> Alternatives | None:
        found = self.sdk.attribute(interpreter, of, name, at)
        if found is None and isinstance(of, Outside) and name == "default":
            return (of,)
        return found if found is not None else javascript_names.attribute(interpreter, of, name, at)

    def item(self, interpreter: Interpreter, of: Any, key: Alternatives, at: Span) -> Alternatives | None:
        found = self.sdk.item(interpreter, of, key, at)
        return found if found is not None else javascript_names.item(interpreter, of, key, at)

    def element(self, interpreter: Interpreter, of: Any, at: Span) -> Alternatives | None:
        return None

    def call(self, interpreter: Interpreter, function: Any, given: Arguments, at: Span) -> Alternatives | None:
        for model in (self.sdk.call, libraries.call, javascript_names.call):
            found = model(interpreter, function, given, at)
            if found is not None:
                return found
        return None

    def given_away(self, one: Any) -> str:
        return describe(one)

    def finish(self, interpreter: Interpreter) -> None:
        self.sdk.finish(interpreter)


def _data(source: Source) -> Alternatives:
    """A JSON file as a value of the program."""
    import json

    from fourfold.model.value import Known

    def made(data: Any) -> Any:
        if isinstance(data, dict):
            out = Dictionary(source, (0, 0))
            out.entries = {str(k): (made(v),) for k, v in data.items()}
            return out
        if isinstance(data, list):
            return List(source, (0, 0), [(made(v),) for v in data])
        return Known(source, 0, 0, -1, data)

    try:
        return (made(json.loads(source.text)),)
    except (ValueError, RecursionError):
        return ()
