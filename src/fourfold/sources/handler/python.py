"""Python to the small language of `syntax`.

Source: https://docs.python.org/3/reference/ (expressions, simple and compound statements).
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator

from fourfold.model.place import Problem, Source
from fourfold.sources.handler import syntax as s

SUFFIXES = (".py",)
DEPTH_MAX = 150
"""Expressions nested deeper are not read: whoever writes them is a machine."""


def parse(source: Source) -> s.Program | Problem:
    """The program of a file; a problem where it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source.text)
    except SyntaxError as error:
        why = f"is not valid Python: {error.msg or 'syntax error'}; the calls in it are not seen"
        return Problem(source.path, error.lineno or 0, why)
    except (ValueError, RecursionError, MemoryError):
        return Problem(source.path, 0, "is not Python that can be read; the calls in it are not seen")
    try:
        return s.Program(_Lowering(source).block(tree.body))
    except RecursionError:
        return Problem(source.path, 0, "is nested too deeply; the calls in it are not seen")


class _Lowering:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.ascii = source.text.isascii()
        self.outer: set[str] = set()
        """Names that the function at hand declares as global or nonlocal."""
        self.depth = 0

    # -- places ----------------------------------------------------------------------------------------------------

    def at(self, node: ast.AST) -> s.At:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        end_line, end_column = getattr(node, "end_lineno", line) or line, getattr(node, "end_col_offset", column) or 0
        return self._offset(line, column), self._offset(end_line, end_column)

    def _offset(self, line: int, column: int) -> int:
        starts = self.source.line_starts
        if line > len(starts):
            return len(self.source.text)
        if self.ascii:
            return starts[line - 1] + column
        text = self.source.line(line)
        return starts[line - 1] + len(text.encode()[:column].decode(errors="ignore"))

    # -- statements ------------------------------------------------------------------------------------------------

    def block(self, body: Iterable[ast.stmt]) -> tuple[s.Statement, ...]:
        return tuple(out for statement in body for out in self.statement(statement))

    def statement(self, node: ast.stmt) -> Iterator[s.Statement]:
        at = self.at(node)
        match node:
            case ast.Expr(value=ast.Yield(value=value) | ast.YieldFrom(value=value)):
                yield s.Return(at, self.maybe(value), leaves=False)
            case ast.Expr(value=value):
                yield s.Do(at, self.expression(value))
            case ast.Assign(targets=targets, value=value):
                made = self.expression(value)
                for target in targets:
                    yield from self.bind(target, made)
            case ast.AnnAssign(target=target, value=value):
                if value is not None:
                    yield from self.bind(target, self.expression(value))
            case ast.AugAssign(target=target, value=value):
                if isinstance(target, ast.Name | ast.Attribute | ast.Subscript):
                    yield s.Bind(at, self.expression(target), self.expression(value), self.declares(target), adds=True)
            case ast.Return(value=value):
                yield s.Return(at, self.maybe(value))
            case ast.Raise(exc=exc):
                yield s.Stop(at, self.maybe(exc))
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                self.outer |= set(names)
            case ast.Import() | ast.ImportFrom():
                yield from self.imports(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield s.Bind(
                    at, s.Name(at, node.name), self.decorated(node, self.function(node)), self.named(node.name)
                )
            case ast.ClassDef():
                yield s.Bind(at, s.Name(at, node.name), self.decorated(node, self.klass(node)), self.named(node.name))
            case _:
                yield from self.compound(node)

    def compound(self, node: ast.stmt) -> Iterator[s.Statement]:
        at = self.at(node)
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                if _main(test):
                    yield from self.block(orelse)
                else:
                    yield s.Branch(at, (self.expression(test),), (self.block(body), self.block(orelse)))
            case (
                ast.For(target=target, iter=over, body=body, orelse=orelse)
                | ast.AsyncFor(target=target, iter=over, body=body, orelse=orelse)
            ):
                gone = s.Element(self.at(over), self.expression(over))
                yield s.Branch(at, (), ((*self.bind(target, gone), *self.block(body)),), loops=True)
                yield from self.block(orelse)
            case ast.While(test=test, body=body, orelse=orelse):
                yield s.Branch(at, (self.expression(test),), (self.block(body),), loops=True)
                yield from self.block(orelse)
            case ast.Try() | ast.TryStar():
                yield s.Branch(at, (), (self.block(node.body), ()))
                handlers = [self.block(h.body) for h in node.handlers]
                if handlers:
                    yield s.Branch(at, (), (*handlers, ()))
                yield from self.block(node.orelse)
                yield from self.block(node.finalbody)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    entered = s.Call(
                        self.at(item.context_expr), s.Attribute(at, self.expression(item.context_expr), "__enter__")
                    )
                    if item.optional_vars is not None:
                        yield from self.bind(item.optional_vars, entered)
                    else:
                        yield s.Do(at, entered)
                yield from self.block(body)
            case ast.Match(subject=subject, cases=cases):
                yield s.Branch(at, (self.expression(subject),), (*(self.block(c.body) for c in cases), ()))
            case ast.Assert(test=test):
                yield s.Do(at, s.Several(at, (self.expression(test),)))
            case _:  # `break` and `continue`, too: what follows them is done in other rounds
                return

    def bind(self, target: ast.expr, value: s.Node) -> Iterator[s.Statement]:
        at = self.at(target)
        match target:
            case ast.Name(id=name):
                yield s.Bind(at, s.Name(at, name), value, self.declares(target))
            case ast.Attribute() | ast.Subscript():
                yield s.Bind(at, self.expression(target), value)
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                for i, element in enumerate(elts):
                    yield from self.bind(element, s.Item(at, value, s.Constant(at, i)))
            case ast.Starred(value=inner):
                yield from self.bind(inner, s.Several(at, (value,)))

    def declares(self, target: ast.expr) -> bool:
        return not isinstance(target, ast.Name) or self.named(target.id)

    def named(self, name: str) -> bool:
        return name not in self.outer

    def imports(self, node: ast.Import | ast.ImportFrom) -> Iterator[s.Statement]:
        at = self.at(node)
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                yield s.Bind(
                    at, s.Name(at, bound), s.Import(at, alias.name, whole=alias.asname is not None), self.named(bound)
                )
            return
        for alias in node.names:
            made = s.Import(at, node.module or "", alias.name, node.level)
            yield s.Bind(at, s.Name(at, alias.asname or alias.name), made, self.named(alias.asname or alias.name))

    # -- functions and classes -------------------------------------------------------------------------------------

    def decorated(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, made: s.Node) -> s.Node:
        for decorator in reversed(node.decorator_list):
            if isinstance(decorator, ast.Name) and decorator.id in ("staticmethod", "classmethod", "property"):
                continue
            made = s.Call(
                self.at(decorator), self.expression(decorator), (made,), (("__decorates__", s.Constant(made.at, True)),)
            )
        return made

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> s.Function:
        a = node.args
        plain = [*a.posonlyargs, *a.args]
        missing = len(plain) - len(a.defaults)
        parameters = [
            s.Parameter(p.arg, self.expression(a.defaults[i - missing]) if i >= missing else None)
            for i, p in enumerate(plain)
        ]
        if a.vararg is not None:
            parameters.append(s.Parameter(a.vararg.arg, rest="*"))
        parameters += [
            s.Parameter(p.arg, None if d is None else self.expression(d))
            for p, d in zip(a.kwonlyargs, a.kw_defaults, strict=True)
        ]
        if a.kwarg is not None:
            parameters.append(s.Parameter(a.kwarg.arg, rest="**"))
        outer, self.outer = self.outer, set()
        at = self.at(node)
        if isinstance(node, ast.Lambda):
            name, method = "lambda", ""
            body: tuple[s.Statement, ...] = (s.Return(at, self.expression(node.body)),)
        else:
            names = [d.id for d in node.decorator_list if isinstance(d, ast.Name)]
            short = {
                "staticmethod": "static",
                "classmethod": "class",
                "property": "property",
                "cached_property": "property",
            }
            name, method = node.name, next((short[n] for n in names if n in short), "")
            self.outer = {
                n for inner in ast.walk(node) if isinstance(inner, ast.Global | ast.Nonlocal) for n in inner.names
            }
            body = self.block(node.body)
        self.outer = outer
        return s.Function(at, name, tuple(parameters), body, method)

    def klass(self, node: ast.ClassDef) -> s.Class:
        outer, self.outer = self.outer, set()
        bases = tuple(self.expression(b) for b in node.bases)
        body = self.block(node.body)
        self.outer = outer
        return s.Class(self.at(node), node.name, bases, body)

    # -- expressions -----------------------------------------------------------------------------------------------

    def maybe(self, node: ast.expr | None) -> s.Node | None:
        return None if node is None else self.expression(node)

    def expression(self, node: ast.expr) -> s.Node:
        self.depth += 1
        try:
            if self.depth > DEPTH_MAX:
                return s.Several(self.at(node), ())
            return self._expression(node)
        finally:
            self.depth -= 1

    def _expression(self, node: ast.expr) -> s.Node:
        at = self.at(node)
        match node:
            case ast.Constant(value=value):
                return s.Constant(at, value if isinstance(value, str | int | float | bool) else None)
            case ast.Name(id=name):
                return s.Name(at, name)
            case ast.Attribute(value=of, attr=name):
                return s.Attribute(at, self.expression(of), name)
            case ast.Subscript(value=of, slice=key):
                return s.Item(at, self.expression(of), self.expression(key))
            case ast.Call():
                return self.call(node)
            case ast.JoinedStr(values=values):
                return s.Template(at, tuple(self.piece(v) for v in values))
            case ast.FormattedValue(value=value):
                return self.expression(value)
            case ast.Dict(keys=keys, values=values):
                return s.Mapping(
                    at, tuple((self.maybe(k), self.expression(v)) for k, v in zip(keys, values, strict=True))
                )
            case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
                return s.Sequence(at, tuple(self.expression(e) for e in elts))
            case ast.Starred(value=value):
                return s.Spread(at, self.expression(value))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return s.Plus(at, self.expression(left), self.expression(right))
            case ast.BinOp(left=left, op=ast.Mod(), right=right):
                return s.Call(at, s.Attribute(at, self.expression(left), "__mod__"), (self.expression(right),))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return s.Either(at, (self.expression(body), self.expression(orelse)), (self.expression(test),))
            case ast.BoolOp(values=values):
                return s.Either(at, tuple(self.expression(v) for v in values))
            case ast.Await(value=value):
                return self.expression(value)
            case ast.NamedExpr(target=target, value=value):
                return s.Comprehension(at, tuple(self.bind(target, self.expression(value))), (s.Name(at, target.id),))
            case ast.Lambda():
                return self.function(node)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self.comprehension(node)
            case ast.Yield(value=value):
                return s.Several(at, (self.expression(value),) if value is not None else ())
            case _:
                parts = [self.expression(c) for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr)]
                return s.Several(at, tuple(parts))

    def piece(self, node: ast.expr) -> str | s.Node:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        return self.expression(node)

    def call(self, node: ast.Call) -> s.Call:
        return s.Call(
            self.at(node),
            self.expression(node.func),
            tuple(self.expression(a) for a in node.args),
            tuple((k.arg or "", self.expression(k.value)) for k in node.keywords),
        )

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> s.Node:
        at = self.at(node)
        body: list[s.Statement] = []
        for loop in node.generators:
            body += self.bind(loop.target, s.Element(at, self.expression(loop.iter)))
            body += [s.Do(at, s.Several(at, (self.expression(test),))) for test in loop.ifs]
        if isinstance(node, ast.DictComp):
            return s.Comprehension(
                at, tuple(body), (s.Several(at, (self.expression(node.key), self.expression(node.value))),)
            )
        return s.Sequence(at, (s.Comprehension(at, tuple(body), (self.expression(node.elt),)),))


def _main(test: ast.expr) -> bool:
    """Whether it is `__name__ == "__main__"`: what stands below is not run by what imports the module."""
    match test:
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return True
    return False
