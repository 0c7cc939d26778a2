"""Reads the code of handlers: which operations of AWS they call, with which parameters.

Nothing is executed. `program` follows the code from the handler through the local modules of its folder; what it cannot
tell is said in `notes`, what it cannot read in `problems`. Python is read by its own parser, JavaScript and TypeScript by
tree-sitter, which has to be installed (`pip install 'fourfold[javascript]'`).
"""

from __future__ import annotations

import posixpath
from typing import Any, Literal

from fourfold.model.place import Problem, Source, Span
from fourfold.sources.handler.calls import Note, Program, SdkCall
from fourfold.sources.handler.interpret import Interpreter, OverBudget
from fourfold.sources.handler.values import Alternatives, Closure, Instance, Klass, Module
from fourfold.sources.tree import Tree

__all__ = ["Language", "Note", "Program", "SdkCall", "program"]

Language = Literal["python", "javascript"]


def program(tree: Tree, folder: str, handler: str, language: Language, roots: tuple[str, ...] = ()) -> Program:
    """What the handler of the code in a folder can call.

    `folder` is a path in the tree, `handler` what Lambda is told (`app.lambda_handler`), or the path of a file all of
    which runs (a container's). `roots` are further folders in which modules are looked for: layers.
    """
    reader = _Reader(tree, folder, language, (folder, *roots))
    return reader.read(handler)


class _Reader:
    def __init__(self, tree: Tree, folder: str, language: Language, roots: tuple[str, ...]) -> None:
        self.tree, self.folder = tree, folder
        self.problems: list[Problem] = []
        self.files: list[str] = []
        self.python = language == "python"
        made: Any
        if self.python:
            from fourfold.sources.handler.python_language import Python

            made = Python(tree, roots)
        else:
            from fourfold.sources.handler.javascript_language import JavaScript

            made = JavaScript(tree, roots)
        self.interpreter = Interpreter(made, self._source)

    def _source(self, path: str) -> Source | None:
        before = len(self.tree.problems)
        source = self.tree.source(path)
        if source is None:
            self.problems += self.tree.problems[before:]
        else:
            self.files.append(path)
        return source

    def read(self, handler: str) -> Program:
        path, name = self._entry(handler)
        if path is None:
            why = f"the handler `{handler}` is not found below `{self.folder or '.'}`"
            return Program(None, problems=(Problem(self.folder or ".", 0, why),))
        entry: Span | None = None
        try:
            module = self.interpreter.load(path)
            if module is not None:
                entry = self._enter(module, name)
            self.interpreter.drain()
            self._finish()
        except (OverBudget, RecursionError):
            self.problems.append(
                Problem(path, 0, "the code is too large to be followed to its end; calls may be missing")
            )
        calls = tuple(self.interpreter.calls.values())
        notes = tuple(self.interpreter.notes.values())
        return Program(
            entry,
            calls,
            self._unreached(),
            notes,
            (*self.problems, *self.interpreter.problems),
            tuple(self.files),
        )

    def _finish(self) -> None:
        finish = getattr(self.interpreter.language, "finish", None)
        if finish is not None:
            finish(self.interpreter)

    def _entry(self, handler: str) -> tuple[str | None, str]:
        """The file of the handler, and the function's name in it."""
        suffixes = (".py",) if self.python else (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx", ".jsx")
        if handler.endswith(suffixes) and self.tree.has(posixpath.join(self.folder, handler)):
            return posixpath.join(self.folder, handler), ""
        stem, _, name = handler.rpartition(".")
        stems = [stem, stem.replace(".", "/")] if self.python else [stem]
        for one in stems:
            for suffix in (*suffixes, "/__init__.py" if self.python else "/index.js"):
                path = posixpath.normpath(posixpath.join(self.folder, one + suffix))
                if self.tree.has(path):
                    return path, name
        return None, name

    def _enter(self, module: Module, name: str) -> Span | None:
        if not name:
            return Span(module.source, 0, 0)
        at = Span(module.source, 0, 0)
        found: Alternatives = self.interpreter.language.exported(module, name)  # type: ignore[attr-defined]
        if not found:
            self.problems.append(Problem(module.path, 0, f"no function `{name}` is found in it"))
            return None
        for one in found:
            if isinstance(one, Closure):
                at = Span(one.module.source, *one.function.at)
        self.interpreter.enter(found, at)
        return at

    def _unreached(self) -> tuple[SdkCall, ...]:
        """The calls in functions that nothing reaches, each followed by itself."""
        seen, self.interpreter.calls = self.interpreter.calls, {}
        places = {(c.span.file, c.span.start) for c in seen.values()}
        notes = self.interpreter.notes
        self.interpreter.notes = {}
        made: dict[int, Instance] = {}
        try:
            for closure, function in list(self.interpreter.functions.values()):
                if id(function) not in self.interpreter.reached:
                    self._alone(closure, made)
            self._finish()
        except (OverBudget, RecursionError):
            pass
        found = tuple(c for c in self.interpreter.calls.values() if (c.span.file, c.span.start) not in places)
        self.interpreter.calls, self.interpreter.notes = seen, notes
        return found

    def _alone(self, closure: Closure, made: dict[int, Instance]) -> None:
        from fourfold.sources.handler.values import Arguments

        at = Span(closure.module.source, *closure.function.at)
        klass: Klass | None = closure.klass
        if klass is not None and not closure.this:
            if id(klass) not in made:
                made[id(klass)] = self.interpreter.make(klass, Arguments(), at)
            closure = Closure(closure.function, closure.scope, (made[id(klass)],), klass)
        self.interpreter.run(closure, Arguments(), at)
