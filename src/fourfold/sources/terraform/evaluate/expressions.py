"""Expressions to values, as Terraform 1.11 evaluates them while planning.

What Terraform would not know until it applies is unknown here, with a reason; a string keeps its known parts. What it
would reject is an unknown with that reason, or what `try` and `can` catch.
Source: Terraform language documentation, "Expressions"; HCL specification; compared with the terraform program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from fourfold.model.place import Source
from fourfold.model.value import Known, Map, Ref, Seq, Text, Value
from fourfold.sources.terraform.evaluate import loops
from fourfold.sources.terraform.evaluate.conversions import convert, equal, to_bool, to_number, to_string
from fourfold.sources.terraform.evaluate.kinds import (
    Invalid,
    ListOf,
    MapOf,
    SetOf,
    UnknownOf,
    first_reason,
    is_null,
    is_unknown,
    is_untyped_null,
    known,
    listed,
    null_of,
    unknown,
    wholly_known,
)
from fourfold.sources.terraform.evaluate.limits import COSTS, Budget, TooMuch
from fourfold.sources.terraform.evaluate.marks import (
    MARKS,
    given,
    inherited,
    mark,
    marked,
    marked_inside,
    traced,
    unmarked,
)
from fourfold.sources.terraform.evaluate.numbers import as_known, negative, number_of, parse
from fourfold.sources.terraform.evaluate.operations import RESULTS, joined, operate, step
from fourfold.sources.terraform.evaluate.unification import type_of, unify
from fourfold.sources.terraform.hcl.syntax import (
    Attribute,
    Binary,
    Call,
    Conditional,
    Expr,
    ForObject,
    ForTuple,
    Index,
    Literal,
    LongNumber,
    Name,
    Object,
    Parens,
    Splat,
    Template,
    Tuple,
    Unary,
)

Lookup = Callable[[Expr, "Scope"], "Value | None"]
"""Answers whole traversals that begin outside the expression: `var.x`, `aws_s3_bucket.b[0].arn`; None: no such name."""


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
        except RecursionError:
            found = unknown("the expression is nested too deeply")
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

    def long_number(self, expr: LongNumber) -> Value:
        return as_known(parse(expr.text), Known(self.source, expr.start, expr.end, -1, None))

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
        found = self._outside(expr)
        if found is not None:
            return found
        return self.step(self.evaluate(expr.of), known(legacy_index(expr.name)))

    def index(self, expr: Index) -> Value:
        found = self._outside(expr)
        return found if found is not None else self.step(self.evaluate(expr.of), self.evaluate(expr.key))

    def step(self, value: Value, key: Value) -> Value:
        """`value[key]`, marked where one of the two is. Raises `Invalid` where there is no such element."""
        found = inherited(step(value, key), value)
        return mark(found, when=marked(value) or marked(key)) if self.budget.sensitive else found

    def _outside(self, expr: Expr) -> Value | None:
        """A traversal that begins with a name of the module."""
        root = expr
        while isinstance(root, (Attribute, Index)):
            root = root.of
        if isinstance(root, Name) and root.name not in self.names:
            return self.lookup(expr, self)
        return None

    def splat(self, expr: Splat) -> Value:
        of = self.evaluate(expr.of)
        hidden = self.budget.sensitive and marked(of)
        return mark(self._splat(expr, unmarked(of))) if hidden else self._splat(expr, of)

    def _splat(self, expr: Splat, of: Value) -> Value:
        if is_null(of):
            return listed((), Seq)
        type_ = type_of(of)
        if is_unknown(of):
            if type_ == "any":
                return unknown(of.reason)
            if not isinstance(type_, str) and type_[0] in ("list", "set", "tuple"):
                return self._splat_unknown(expr, of, type_)
            found = self.bind(**{"*": of}).evaluate(expr.each)
            nullable = not isinstance(of, Ref) and not (isinstance(of, UnknownOf) and not of.nullable)
            return unknown(of.reason) if nullable else listed((found,), Seq)
        items = [inherited(item, of) for item in of.items_] if isinstance(of, Seq) else [of]
        self.budget.spend(len(items))
        if not items and not isinstance(type_, str) and type_[0] in ("list", "set"):
            # Whether the elements have what is asked for is told by their type.
            self.bind(**{"*": unknown("there are no elements", type_[1], nullable=True)}).evaluate(expr.each)
        found_items = [self.bind(**{"*": item}).evaluate(expr.each) for item in items]
        return self.budget.checked(listed(found_items, ListOf if isinstance(of, (ListOf, SetOf)) else Seq))

    def _splat_unknown(self, expr: Splat, of: Value, type_: tuple[str, Any]) -> Value:
        """What a splat over an unknown list will be: its type is known."""
        kind, inner = type_
        types = inner if kind == "tuple" else [inner]
        found = [type_of(self.bind(**{"*": unknown(of.reason, t, nullable=True)}).evaluate(expr.each)) for t in types]
        return unknown(of.reason, ("tuple", found) if kind == "tuple" else ("list", found[0]))

    def call(self, expr: Call) -> Value:
        name = expr.name.removeprefix("core::")
        if name in ("try", "can"):
            return self._attempt(expr, name)
        function = self.functions.get(name)
        if function is None and name not in MARKS:
            if "::" in expr.name:
                return unknown(f"`{expr.name}` is a function of a provider")
            raise Invalid(f"there is no function `{expr.name}`")
        arguments = [self.evaluate(a) for a in expr.arguments]
        if expr.expand:
            last = arguments.pop()
            if is_unknown(last) and (type_of(last) == "any" or type_of(last)[0] in ("list", "set", "tuple")):
                return unknown(last.reason)
            if not isinstance(last, Seq):
                raise Invalid("`...` needs a list")
            arguments.extend([mark(item, when=marked(last)) for item in last.items_])
        if function is None:
            if len(arguments) != 1:
                raise Invalid(f"`{name}` takes one argument")
            return self._marked(name, arguments[0])
        cost = COSTS.get(name)
        self.budget.spend(1 if cost is None else 1 + cost(*arguments))
        self.budget.look(*arguments)
        hidden = False
        if self.budget.sensitive:
            arguments, hidden = given(name, arguments)
        try:
            found = mark(function(*arguments), when=hidden)
        except TypeError as error:
            if error.__traceback__ is not None and error.__traceback__.tb_next is None:
                raise Invalid(f"`{expr.name}` does not take {len(arguments)} arguments") from None
            raise
        taken = name in _ELEMENT and not (name == "lookup" and found in arguments[2:])
        return self.budget.checked(inherited(found, arguments[0]) if taken else found)

    def _marked(self, name: str, value: Value) -> Value:
        """`sensitive`, `nonsensitive` and `issensitive`."""
        if name == "sensitive":
            self.budget.sensitive = True
            return mark(value)
        if name == "nonsensitive":
            return unmarked(value)
        if marked(value):
            return known(True)
        if is_unknown(value) or isinstance(value, Text):
            return unknown("whether the value comes from a sensitive one is not known", "bool")
        return known(False)

    def _attempt(self, expr: Call, name: str) -> Value:
        for argument in expr.arguments:
            try:
                found = self.evaluate(argument)
            except Invalid:
                continue
            if name == "try":
                # Terraform forgets all of a value that is not wholly known; what is known of it and what it refers to
                # is kept here, but not its type.
                return unknown(found.reason) if isinstance(found, UnknownOf) else found
            # Terraform does not know either whether a value that is not wholly known will hold when it applies.
            return known(True) if wholly_known(found) else unknown(first_reason(found), "bool", nullable=True)
        if name == "can":
            return known(False)
        raise Invalid("no argument of `try` holds")

    def unary(self, expr: Unary) -> Value:
        of = self.evaluate(expr.of)
        return mark(self._unary(expr, of), when=self.budget.sensitive and marked(of))

    def _unary(self, expr: Unary, of: Value) -> Value:
        of = to_bool(of) if expr.operator == "!" else to_number(of)
        if is_null(of):
            raise Invalid(f"`{expr.operator}` needs a value, and this is null")
        if not isinstance(of, Known):
            return unknown(of.reason, "bool" if expr.operator == "!" else "number")
        return known(not of.value) if expr.operator == "!" else as_known(negative(number_of(of)))

    def binary(self, expr: Binary) -> Value:
        left, right = self.evaluate(expr.left), self.evaluate(expr.right)
        found = self._binary(expr.operator, left, right)
        return mark(found, when=marked_inside(left) or marked_inside(right)) if self.budget.sensitive else found

    def _binary(self, operator: str, left: Value, right: Value) -> Value:
        if operator in ("==", "!="):
            self.budget.look(left, right)
            answer = equal(left, right)
            if answer is None:
                return unknown(first_reason(left) or first_reason(right) or "one side is not known", "bool")
            return known(answer is (operator == "=="))
        convert_ = to_bool if operator in ("&&", "||") else to_number
        left, right = convert_(left), convert_(right)
        if is_null(left) or is_null(right):
            raise Invalid(f"`{operator}` needs two values, and one is null")
        if not (isinstance(left, Known) and isinstance(right, Known)):
            return unknown(left.reason or right.reason, RESULTS[operator])
        return operate(operator, left, right)

    def conditional(self, expr: Conditional) -> Value:
        """Both sides get one type, whichever is chosen; a fault in the other side is no matter."""
        condition = self.evaluate(expr.condition)
        hidden = self.budget.sensitive and marked(condition)
        # Of what is not known yet Terraform does not ask whether it can be a boolean.
        condition = condition if is_unknown(condition) or isinstance(condition, Text) else to_bool(condition)
        yes, no = self._side(expr.yes), self._side(expr.no)
        chosen: Value | None = None
        if isinstance(condition, Known):
            if condition.value is None:
                raise Invalid("the condition is null")
            side = yes if condition.value else no
            if isinstance(side, Invalid):
                raise side
            chosen = side
        left = unknown("") if isinstance(yes, Invalid) else yes
        right = unknown("") if isinstance(no, Invalid) else no
        # A mark of the side that is not chosen tells as much as the condition does.
        hidden = hidden or (self.budget.sensitive and (marked(left) or marked(right)))
        if is_untyped_null(left) or is_untyped_null(right):
            type_ = type_of(right if is_untyped_null(left) else left)
        else:
            self.budget.look(left, right)
            types = [type_of(left), type_of(right)]
            found = unify(types)
            if found is None:
                raise Invalid("the two sides of the condition have no type in common")
            type_ = found
        if chosen is not None:
            return mark(chosen if type_ == "any" else convert(chosen, type_), when=hidden)
        return mark(_either(left, right, type_, condition.reason), when=hidden)

    def _side(self, expr: Expr) -> Value | Invalid:
        try:
            return self.evaluate(expr)
        except Invalid as reason:
            return reason

    def tuple_(self, expr: Tuple) -> Value:
        items = tuple([self.placed(self.evaluate(item), item) for item in expr.items])
        self.budget.spend(len(items))
        return self.budget.checked(Seq(self.source, expr.start, expr.end, -1, items))

    def object(self, expr: Object) -> Value:
        entries: dict[str, Value] = {}
        gap: Value | None = None
        hidden = False
        self.budget.spend(len(expr.items))
        for key_expr, value_expr in expr.items:
            key = to_string(self.evaluate(key_expr))
            hidden = hidden or (self.budget.sensitive and marked(key))
            value = self.placed(self.evaluate(value_expr), value_expr, key_expr.start)
            if not isinstance(key, Known):
                gap = key
            elif key.value is None:
                raise Invalid("a key is null")
            else:
                entries[str(key.value)] = value
        if gap is not None:
            return mark(unknown(f"a key is not known: {gap.reason}"), when=hidden)
        return mark(self.budget.checked(Map(self.source, expr.start, expr.end, -1, entries)), when=hidden)


_ELEMENT = frozenset({"element", "lookup", "one"})
"""Functions that give an element of what they are given first."""


def legacy_index(name: str) -> str | int:
    """What stands behind a point: `a.0` is how `a[0]` was written."""
    return int(name) if name.isascii() and name.isdecimal() and len(name) < 19 else name


def _either(yes: Value, no: Value, type_: Any, reason: str) -> Value:
    """One of two values, and nobody knows which: what they have in common is known."""
    if is_null(yes) and is_null(no):
        return null_of(type_, yes)
    if isinstance(yes, Known) and isinstance(no, Known) and type_ == "number" and yes.value == no.value:
        return yes
    sure = equal(yes, known(None)) is False and equal(no, known(None)) is False
    same_kind = type_of(yes) == type_of(no) and not isinstance(type_, str)
    if same_kind and isinstance(yes, (ListOf, SetOf)) and isinstance(no, type(yes)):
        count = len(yes.items_)
        if count == len(no.items_) and (isinstance(yes, ListOf) or (count < 2 and wholly_known(yes))):
            return listed([unknown(reason, type_[1], nullable=True) for _ in range(count)], type(yes))
    if same_kind and isinstance(yes, MapOf) and isinstance(no, MapOf) and not yes.entries_ and not no.entries_:
        return yes
    return unknown(reason, type_, nullable=not sure)


_EVALUATE: dict[type[Expr], Callable[[Scope, Any], Value]] = {
    Literal: Scope.literal,
    LongNumber: Scope.long_number,
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
    ForTuple: loops.for_tuple,
    ForObject: loops.for_object,
    Template: loops.template,
}

__all__ = ["Budget", "Scope", "TooMuch", "joined", "step", "traced"]
