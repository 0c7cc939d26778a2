"""Python as the interpreter sees it: where modules are, what boto3 and other libraries give."""

from __future__ import annotations

import posixpath
from typing import Any

from fourfold.model.place import Problem, Source, Span
from fourfold.sources.handler import boto, libraries, python, python_names
from fourfold.sources.handler import syntax as s
from fourfold.sources.handler.interpret import Interpreter
from fourfold.sources.handler.values import Alternatives, Arguments, Instance, Module, Outside
from fourfold.sources.tree import Tree

_ENTRIES_MAX = 2_000
_METADATA_BYTES_MAX = 65_536
_LIBRARIES = frozenset({
    "boto3", "botocore", "aioboto3", "aiobotocore", "s3transfer", "aws_lambda_powertools", "aws_xray_sdk", "requests", "urllib3",
    "certifi", "idna", "charset_normalizer", "six", "yaml", "dateutil", "jmespath", "pydantic", "pydantic_core", "numpy", "pandas",
    "PIL", "redis", "pymysql", "psycopg2", "cryptography", "jwt", "jose", "pika", "kafka", "lxml", "bs4", "openai", "flask",
    "fastapi", "starlette", "mangum", "werkzeug", "jinja2", "sqlalchemy", "attr", "attrs", "typing_extensions", "boto",
    "aws_secretsmanager_caching", "awswrangler", "crhelper", "cfnresponse", "opensearchpy", "elasticsearch", "langchain",
})  # fmt: skip
"""Packages of others that are known by name, should they lie in the folder of the code."""


class Python:
    """See `interpret.Language`. `roots` are the folders in which modules are looked for, first things first."""

    explicit_this = True

    def __init__(self, tree: Tree, roots: tuple[str, ...]) -> None:
        self.tree = tree
        self.roots = roots
        self._packages: dict[str, frozenset[str]] = {}

    def parse(self, source: Source) -> s.Program | Problem:
        return python.parse(source)

    def prepare(self, interpreter: Interpreter, module: Module) -> None:
        module.scope.names["__name__"] = interpreter.known("handler", Span(module.source, 0, 0))

    # -- modules -----------------------------------------------------------------------------------------------------

    def locate(self, module: Module, wanted: s.Import) -> str | None:
        parts = [p for p in wanted.module.split(".") if p]
        if wanted.level:
            folder = module.path
            for _ in range(wanted.level):
                folder = posixpath.dirname(folder)
            return self._in(folder, parts, wanted.name)
        if not parts or parts[0] in _LIBRARIES:
            return None
        for root in self.roots:
            if parts[0] in self._installed(root):
                return None
            found = self._in(root, parts, wanted.name)
            if found is not None:
                return found
        return None

    def _installed(self, root: str) -> frozenset[str]:
        """Packages that were installed into a folder: their code is not the program's, and calls nothing of AWS by itself.

        What is built on boto3 says so in its metadata; it is followed.
        """
        if root not in self._packages:
            found: set[str] = set()
            for entry in self.tree.listing(root)[:_ENTRIES_MAX] if self.tree.is_folder(root) else ():
                if entry.endswith((".dist-info/", ".egg-info/")):
                    metadata = self.tree.head(posixpath.join(root, f"{entry}METADATA"), _METADATA_BYTES_MAX)
                    if b"Requires-Dist: boto" not in metadata:
                        listed = self.tree.head(
                            posixpath.join(root, f"{entry}top_level.txt"), _METADATA_BYTES_MAX
                        ).decode(errors="ignore")
                        found |= {name.strip() for name in listed.splitlines()}
                        found.add(entry.partition("-")[0].replace("-", "_").lower())
            self._packages[root] = frozenset(found - {""})
        return self._packages[root]

    def _in(self, folder: str, parts: list[str], name: str) -> str | None:
        """The file of a module, or of the module that a name of a package is."""
        base = posixpath.join(folder, *parts) if parts else folder
        candidates = [f"{base}/{name}.py"] if name else []
        candidates += [f"{base}.py", f"{base}/__init__.py"] if parts else [f"{base}/__init__.py"]
        candidates += [f"{base}/{name}/__init__.py"] if name else []
        for path in candidates:
            if self.tree.has(path):
                return path
        if len(parts) > 1 and not name:
            return self._in(folder, parts[:1], "") if self.tree.is_folder(posixpath.join(folder, parts[0])) else None
        return None

    def member(self, interpreter: Interpreter, module: Module, wanted: s.Import, at: Span) -> Alternatives:
        """What an import binds: the module, or a name of it."""
        if not wanted.name:
            parts = wanted.module.split(".")
            if len(parts) > 1 and not wanted.whole:
                return (_package(parts[1:], module),)
            return (module,)
        stem = posixpath.basename(module.path)
        if stem == f"{wanted.name}.py" or module.path.endswith(f"/{wanted.name}/__init__.py"):
            return (module,)
        if wanted.name == "*":
            return (module,)
        return interpreter.attribute(module, wanted.name, at)

    def exported(self, module: Module, name: str) -> Alternatives:
        """What a handler's name means in its module."""
        return module.scope.names.get(name, ())

    # -- names and members -------------------------------------------------------------------------------------------

    def name(self, interpreter: Interpreter, name: str, at: Span) -> Alternatives:
        return python_names.name(interpreter, name, at)

    def imported(self, interpreter: Interpreter, wanted: s.Import, at: Span) -> Alternatives:
        if not wanted.name:
            return (Outside(wanted.module if wanted.whole else wanted.module.partition(".")[0]),)
        return (Outside(f"{wanted.module}.{wanted.name}" if wanted.module else wanted.name),)

    def attribute(self, interpreter: Interpreter, of: Any, name: str, at: Span) -> Alternatives | None:
        if name == "__enter__" and not (isinstance(of, Instance) and of.klass.member(name)):
            return (Outside("builtins.enter", {"self": (of,)}),)
        found = boto.attribute(interpreter, of, name, at)
        return found if found is not None else python_names.attribute(interpreter, of, name, at)

    def item(self, interpreter: Interpreter, of: Any, key: Alternatives, at: Span) -> Alternatives | None:
        found = boto.item(interpreter, of, key, at)
        return found if found is not None else python_names.item(interpreter, of, key, at)

    def element(self, interpreter: Interpreter, of: Any, at: Span) -> Alternatives | None:
        return boto.element(interpreter, of, at)

    def call(self, interpreter: Interpreter, function: Any, given: Arguments, at: Span) -> Alternatives | None:
        if isinstance(function, Outside) and function.path == "builtins.enter":
            return function.bound["self"]
        if isinstance(function, Outside) and function.path.startswith("boto."):
            return interpreter.unknown("it is computed at run time", at)
        for model in (boto.call, libraries.call, python_names.call):
            found = model(interpreter, function, given, at)
            if found is not None:
                return found
        return None

    def given_away(self, one: Any) -> str:
        return boto.describe(one)


def _package(parts: list[str], module: Module) -> Module:
    """`import a.b` binds `a`: a module whose attribute `b` is the one that was loaded."""
    made = module
    for part in reversed(parts):
        holder = Module(module.path, module.source)
        holder.scope.names[part] = (made,)
        made = holder
    return made
