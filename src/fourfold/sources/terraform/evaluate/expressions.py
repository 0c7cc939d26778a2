"""Expressions to values, as Terraform 1.11 evaluates them while planning.

What Terraform would not know until it applies is unknown here, with a reason; a string keeps its known parts. What it
would reject is an unknown with that reason, or what `try` and `can` catch.
Source: Terraform language documentation, "Expressions"; HCL specification; compared with the terraform program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from fourfold.model.place import Source
from fourfold.model.value import Absent, Choice, Known, Map, Ref, Seq, Text, Unknown, Value
from fourfold.sources.terraform.evaluate.kinds import (
    NUMBERS,
    Invalid,
    SetOf,
    elements_of,
    equal,
    is_null,
    is_unknown,
    known,
    listed,
    mapped,
    plain_number,
    to_bool,
    to_number,
    to_string,
    unknown,
)
from fourfold.sources.terraform.hcl.syntax import (
    Attribute,
    Binary,
    Call,
    Conditional,
    Expr,
    For,
    ForObject,
    ForTuple,
    If,
    Index,
    Literal,
    Name,
    Object,
    Parens,
    Part,
    Splat,
    Template,
    Tuple,
    Unary,
)

ELEMENTS_MAX = 100_000
"""Elements that one evaluation may make; beyond it the value is unknown, and says so."""

Lookup = Callable[[Expr, "Scope"], "Value | None"]
"""Answers whole traversals that begin outside the expression: `var.x`, `aws_s3_bucket.b[0].arn`; None: no such name."""


class TooMuch(Exception):  # noqa: N818
    """A limit was reached; the reason names it."""


class Budget:
    """Counts elements made during one evaluation of a module tree."""

    def __init__(self, elements_max: int = ELEMENTS_MAX) -> None:
        self.left = elements_max

    def spend(self, count: int = 1) -> None:
        self.left -= count
        if self.left < 0:
            raise TooMuch(f"more than {ELEMENTS_MAX} elements are made by expressions")


class Scope:
    """Names that an expression can use: those of `for` and `dynamic` around it, then the module's."""

    __slots__ = ("budget", "functions", "lookup", "names", "source")

    def __init__(
        self,
        source: Source,
        lookup: Lookup,
        functions: Mapping[str, Callable[..., Value]],
        budget: Budget,
        names: dict[str, Value] | None = None,
    ) -> None:
        self.source = source
        self.lookup = lookup
        self.functions = functions
        self.budget = budget
        self.names = names or {}

    def bind(self, **names: Value) -> Scope:
        """The same with more names."""
        return Scope(self.source, self.lookup, self.functions, self.budget, {**self.names, **names})

    # -- evaluation ------------------------------------------------------------------------------------------------

    def value(self, expr: Expr, key_start: int = -1) -> Value:
        """The value of an expression, at its place; what Terraform rejects is an unknown that says so."""
        try:
            found = self.evaluate(expr)
        except (Invalid, TooMuch) as reason:
            found = unknown(str(reason))
        return self.placed(found, expr, key_start)

    def placed(self, value: Value, expr: Expr, key_start: int = -1) -> Value:
        """The value where the expression is written."""
        if value.source is self.source and value.start == expr.start and value.end == expr.end:
            return value if value.key_start == key_start else msgspec.structs.replace(value, key_start=key_start)
        return msgspec.structs.replace(value, source=self.source, start=expr.start, end=expr.end, key_start=key_start)

    def evaluate(self, expr: Expr) -> Value:
        """As `value`, but raises `Invalid` for what Terraform rejects."""
        return _EVALUATE[type(expr)](self, expr)

    def literal(self, expr: Literal) -> Value:
        return Known(self.source, expr.start, expr.end, -1, expr.value)

    def parens(self, expr: Parens) -> Value:
        return self.evaluate(expr.of)

    def name(self, expr: Name) -> Value:
        if expr.name in self.names:
            return self.names[expr.name]
        found = self.lookup(expr, self)
        if found is None:
            raise Invalid(f"`{expr.name}` is not declared")
        return found

    def attribute(self, expr: Attribute) -> Value:
        root: Expr = expr
        while isinstance(root, (Attribute, Index)):
            root = root.of
        if isinstance(root, Name) and root.name not in self.names:
            found = self.lookup(expr, self)
            if found is not None:
                return found
        return step(self.evaluate(expr.of), known(int(expr.name) if expr.name.isdigit() else expr.name))

    def index(self, expr: Index) -> Value:
        root: Expr = expr
        while isinstance(root, (Attribute, Index)):
            root = root.of
        if isinstance(root, Name) and root.name not in self.names:
            found = self.lookup(expr, self)
            if found is not None:
                return found
        return step(self.evaluate(expr.of), self.evaluate(expr.key))

    def splat(self, expr: Splat) -> Value:
        of = self.evaluate(expr.of)
        if is_unknown(of):
            return unknown(of.reason)
        if is_null(of):
            return listed((), Seq)
        items = of.items_ if isinstance(of, Seq) else (of,)
        if not expr.full and isinstance(of, Map):
            items = (of,)
        self.budget.spend(len(items))
        return listed((self.bind(**{"*": item}).evaluate(expr.each) for item in items), Seq)

    def call(self, expr: Call) -> Value:
        if expr.name in ("try", "can"):
            return self._attempt(expr)
        name = expr.name.removeprefix("core::")
        function = self.functions.get(name)
        if function is None:
            why = (
                f"`{expr.name}` is a function of a provider"
                if "::" in expr.name
                else f"there is no function `{expr.name}`"
            )
            if "::" in expr.name:
                return unknown(why)
            raise Invalid(why)
        arguments = [self.evaluate(a) for a in expr.arguments]
        if expr.expand:
            last = arguments.pop()
            if is_unknown(last):
                return unknown(last.reason)
            arguments.extend(item for _, item in elements_of(last))
        self.budget.spend(len(arguments))
        try:
            return function(*arguments)
        except TypeError as error:
            if error.__traceback__ is not None and error.__traceback__.tb_next is None:
                raise Invalid(f"`{expr.name}` does not take {len(arguments)} arguments") from None
            raise

    def _attempt(self, expr: Call) -> Value:
        for argument in expr.arguments:
            try:
                found = self.evaluate(argument)
            except Invalid:
                continue
            if is_unknown(found):
                # Terraform does not know either whether this will hold when it applies.
                return unknown(found.reason) if expr.name == "can" else found
            return known(True) if expr.name == "can" else found
        if expr.name == "can":
            return known(False)
        raise Invalid("no argument of `try` holds")

    def unary(self, expr: Unary) -> Value:
        of = self.evaluate(expr.of)
        of = to_bool(of) if expr.operator == "!" else to_number(of)
        if is_null(of):
            raise Invalid(f"`{expr.operator}` needs a value, and this is null")
        if not isinstance(of, Known):
            return unknown(of.reason)
        return known(not of.value) if expr.operator == "!" else known(-of.value)  # type: ignore[operator]

    def binary(self, expr: Binary) -> Value:
        left, right = self.evaluate(expr.left), self.evaluate(expr.right)
        operator = expr.operator
        if operator in ("==", "!="):
            answer = equal(left, right)
            if answer is None:
                return unknown(left.reason or right.reason or "one side is not known")
            return known(answer is (operator == "=="))
        convert = to_bool if operator in ("&&", "||") else to_number
        left, right = convert(left), convert(right)
        if is_null(left) or is_null(right):
            raise Invalid(f"`{operator}` needs two values, and one is null")
        if not (isinstance(left, Known) and isinstance(right, Known)):
            return unknown(left.reason or right.reason)
        return known(_OPERATIONS[operator](left.value, right.value))

    def conditional(self, expr: Conditional) -> Value:
        condition = to_bool(self.evaluate(expr.condition))
        if is_null(condition):
            raise Invalid("the condition is null")
        if isinstance(condition, Known):
            chosen, other = (expr.yes, expr.no) if condition.value else (expr.no, expr.yes)
            return self._of_one_type(self.evaluate(chosen), other)
        yes, no = self.evaluate(expr.yes), self.evaluate(expr.no)
        if equal(yes, no) is True:
            return yes
        return unknown(condition.reason)

    def _of_one_type(self, value: Value, other: Expr) -> Value:
        """Both sides of a conditional get one type: a number beside a text becomes text."""
        if isinstance(value, Known) and not isinstance(value.value, str) and value.value is not None:
            try:
                against = self.evaluate(other)
            except (Invalid, TooMuch):
                return value
            if isinstance(against, Text) or (isinstance(against, Known) and isinstance(against.value, str)):
                return to_string(value)
        return value

    def tuple_(self, expr: Tuple) -> Value:
        items = tuple(self.placed(self.evaluate(item), item) for item in expr.items)
        self.budget.spend(len(items))
        return Seq(self.source, expr.start, expr.end, -1, items)

    def object(self, expr: Object) -> Value:
        entries: dict[str, Value] = {}
        self.budget.spend(len(expr.items))
        for key_expr, value_expr in expr.items:
            key = to_string(self.evaluate(key_expr))
            if not isinstance(key, Known):
                return unknown(f"a key is not known: {key.reason}")
            if key.value is None:
                raise Invalid("a key is null")
            entries[str(key.value)] = self.placed(self.evaluate(value_expr), value_expr, key_expr.start)
        return Map(self.source, expr.start, expr.end, -1, entries)

    def for_tuple(self, expr: ForTuple) -> Value:
        collection = self.evaluate(expr.collection)
        if is_unknown(collection):
            return unknown(collection.reason)
        items: list[Value] = []
        for scope in self._rounds(collection, expr.key, expr.name):
            keep = scope.keep(expr.condition)
            if isinstance(keep, Unknown):
                return keep
            if keep:
                items.append(scope.evaluate(expr.value))
        return listed(items, Seq)

    def for_object(self, expr: ForObject) -> Value:
        collection = self.evaluate(expr.collection)
        if is_unknown(collection):
            return unknown(collection.reason)
        entries: dict[str, Value] = {}
        groups: dict[str, list[Value]] = {}
        for scope in self._rounds(collection, expr.key, expr.name):
            keep = scope.keep(expr.condition)
            if isinstance(keep, Unknown):
                return keep
            if not keep:
                continue
            key = to_string(scope.evaluate(expr.key_of))
            if not isinstance(key, Known):
                return unknown(f"a key is not known: {key.reason}")
            value = scope.evaluate(expr.value)
            text = str(key.value)
            if expr.grouped:
                groups.setdefault(text, []).append(value)
            elif text in entries:
                raise Invalid(f"two elements have the key `{text}`")
            else:
                entries[text] = value
        if expr.grouped:
            entries = {key: listed(values, Seq) for key, values in groups.items()}
        return mapped(entries)

    def _rounds(self, collection: Value, key: str, name: str) -> list[Scope]:
        if is_null(collection):
            raise Invalid("`for` needs a collection, and this is null")
        elements = elements_of(collection)
        self.budget.spend(len(elements))
        return [self.bind(**{key: k, name: v} if key else {name: v}) for k, v in elements]

    def keep(self, condition: Expr | None) -> bool | Unknown:
        """Whether a `for` keeps an element."""
        if condition is None:
            return True
        answer = to_bool(self.evaluate(condition))
        if isinstance(answer, Known):
            if answer.value is None:
                raise Invalid("the `if` of a `for` is null")
            return bool(answer.value)
        return unknown(answer.reason)

    def template(self, expr: Template) -> Value:
        if len(expr.parts) == 1 and isinstance(expr.parts[0], Expr) and not expr.heredoc:
            return self.evaluate(expr.parts[0])
        return joined(self.parts(expr.parts))

    def parts(self, parts: tuple[Part, ...]) -> list[str | Value]:
        """The pieces of a template, directives carried out."""
        out: list[str | Value] = []
        for part in parts:
            if isinstance(part, str):
                out.append(part)
            elif isinstance(part, If):
                condition = to_bool(self.evaluate(part.condition))
                if not isinstance(condition, Known):
                    out.append(unknown(condition.reason))
                else:
                    out += self.parts(part.then if condition.value else part.otherwise)
            elif isinstance(part, For):
                collection = self.evaluate(part.collection)
                if is_unknown(collection):
                    out.append(unknown(collection.reason))
                    continue
                for scope in self._rounds(collection, part.key, part.value):
                    out += scope.parts(part.body)
            else:
                piece = to_string(self.evaluate(part))
                if is_null(piece):
                    raise Invalid("a template has a null part")
                if isinstance(piece, Text):
                    out += piece.parts
                else:
                    out.append(str(piece.value) if isinstance(piece, Known) else piece)
        return out


def joined(pieces: list[str | Value]) -> Value:
    """Pieces as one text, with holes where they are not known."""
    parts: list[str | Value] = []
    for piece in pieces:
        if isinstance(piece, str) and parts and isinstance(parts[-1], str):
            parts[-1] += piece
        elif piece != "":
            parts.append(piece)
    if not parts:
        return known("")
    if len(parts) == 1 and isinstance(parts[0], str):
        return known(parts[0])
    if len(parts) == 1 and isinstance(parts[0], Value):
        return parts[0] if isinstance(parts[0], Ref) else unknown(parts[0].reason)
    return Text(*_nowhere(), tuple(parts))


def _nowhere() -> tuple[Source, int, int, int]:
    from fourfold.model.value import NOWHERE

    return NOWHERE, 0, 0, -1


def step(value: Value, key: Value) -> Value:
    """`value[key]`. Raises `Invalid` where there is no such element."""
    if isinstance(value, Choice):
        return msgspec.structs.replace(value, yes=step(value.yes, key), no=step(value.no, key))
    if is_unknown(value):
        return value.get(key.value) if isinstance(key, Known) and isinstance(key.value, str) else unknown(value.reason)
    if is_null(value):
        raise Invalid("null has no elements")
    if isinstance(value, SetOf):
        raise Invalid("elements of a set have no keys")
    if isinstance(value, Seq):
        number = to_number(key)
        if not isinstance(number, Known):
            return unknown(number.reason)
        if not isinstance(number.value, int) or not 0 <= number.value < len(value.items_):
            raise Invalid(f"there is no element {number.value} in a list of {len(value.items_)}")
        return value.items_[number.value]
    if isinstance(value, Map):
        text = to_string(key)
        if not isinstance(text, Known):
            return unknown(text.reason)
        found = value.entries_.get(str(text.value))
        if found is None:
            if value.rest is None:
                raise Invalid(f"there is no attribute `{text.value}`")
            return value.rest.get(str(text.value))
        return found
    if isinstance(value, Absent):
        raise Invalid("null has no elements")
    raise Invalid("this value has no elements")


def _arithmetic(operator: Callable[[Decimal, Decimal], Decimal]) -> Callable[[Any, Any], int | float]:
    def apply(a: float, b: float) -> int | float:
        if isinstance(a, int) and isinstance(b, int) and operator in (NUMBERS.add, NUMBERS.subtract, NUMBERS.multiply):
            whole: dict[Any, Callable[[int, int], int]] = {
                NUMBERS.add: int.__add__,
                NUMBERS.subtract: int.__sub__,
                NUMBERS.multiply: int.__mul__,
            }
            return whole[operator](a, b)
        try:
            return plain_number(operator(Decimal(repr(a)), Decimal(repr(b))))
        except ArithmeticError:
            raise Invalid("division by zero" if not b else "the result is out of range") from None

    return apply


_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "&&": lambda a, b: a and b,
    "||": lambda a, b: a or b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "+": _arithmetic(NUMBERS.add),
    "-": _arithmetic(NUMBERS.subtract),
    "*": _arithmetic(NUMBERS.multiply),
    "/": _arithmetic(NUMBERS.divide),
    "%": _arithmetic(NUMBERS.remainder),
}

_EVALUATE: dict[type[Expr], Callable[[Scope, Any], Value]] = {
    Literal: Scope.literal,
    Parens: Scope.parens,
    Name: Scope.name,
    Attribute: Scope.attribute,
    Index: Scope.index,
    Splat: Scope.splat,
    Call: Scope.call,
    Unary: Scope.unary,
    Binary: Scope.binary,
    Conditional: Scope.conditional,
    Tuple: Scope.tuple_,
    Object: Scope.object,
    ForTuple: Scope.for_tuple,
    ForObject: Scope.for_object,
    Template: Scope.template,
}
