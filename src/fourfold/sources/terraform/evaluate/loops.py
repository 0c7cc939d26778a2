"""`for` expressions, and templates with their directives.

Source: Terraform language documentation, "For Expressions", "Strings and Templates"; compared with the terraform program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourfold.model.value import Known, Map, Seq, Text, Unknown, Value
from fourfold.sources.terraform.evaluate.conversions import to_bool, to_string
from fourfold.sources.terraform.evaluate.elements import elements_of
from fourfold.sources.terraform.evaluate.kinds import Invalid, is_null, is_unknown, listed, mapped, unknown
from fourfold.sources.terraform.evaluate.marks import inherited, mark, marked, unmarked
from fourfold.sources.terraform.evaluate.operations import joined
from fourfold.sources.terraform.evaluate.unification import type_of
from fourfold.sources.terraform.hcl.syntax import Expr, For, ForObject, ForTuple, If, Part, Template

if TYPE_CHECKING:
    from fourfold.sources.terraform.evaluate.expressions import Scope


class Hidden:
    """Whether what a loop or a template gives is marked, as something that it was made from is."""

    __slots__ = ("_any", "_budget")

    def __init__(self, scope: Scope) -> None:
        self._budget = scope.budget
        self._any = False

    def seen(self, value: Value) -> Value:
        """The value without its mark, which is noted."""
        if self._budget.sensitive and marked(value):
            self._any = True
            return unmarked(value)
        return value

    def marked(self, value: Value) -> Value:
        """The result, marked where anything that was seen is."""
        return mark(value) if self._any else value


def for_tuple(scope: Scope, expr: ForTuple) -> Value:
    """`[for ... : ...]`."""
    hidden = Hidden(scope)
    collection = hidden.seen(scope.evaluate(expr.collection))
    rounds = _rounds(scope, collection, expr.key, expr.name, expr.condition)
    if isinstance(rounds, Unknown):
        return hidden.marked(rounds)
    items: list[Value] = []
    gap: Unknown | None = None
    for each in rounds:
        keep = kept(each, expr.condition, gap, hidden)
        if isinstance(keep, Unknown):
            gap = keep if gap is None else gap
        elif keep:
            items.append(each.evaluate(expr.value))
    return hidden.marked(scope.budget.checked(listed(items, Seq)) if gap is None else gap)


def for_object(scope: Scope, expr: ForObject) -> Value:
    """`{for ... : ... => ...}`."""
    hidden = Hidden(scope)
    collection = hidden.seen(scope.evaluate(expr.collection))
    rounds = _rounds(scope, collection, expr.key, expr.name, expr.condition)
    if isinstance(rounds, Unknown):
        return hidden.marked(rounds)
    entries: dict[str, Value] = {}
    groups: dict[str, list[Value]] = {}
    gap: Unknown | None = None
    for each in rounds:
        keep = kept(each, expr.condition, gap, hidden)
        if isinstance(keep, Unknown):
            gap = keep if gap is None else gap
            continue
        if not keep:
            continue
        key = key_of(each, expr.key_of, gap, hidden)
        if isinstance(key, Unknown):
            gap = key if gap is None else gap
            continue
        value = each.evaluate(expr.value)
        text = key
        if expr.grouped:
            groups.setdefault(text, []).append(value)
        elif text in entries:
            raise Invalid(f"two elements have the key `{text}`")
        else:
            entries[text] = value
    if gap is not None:
        return hidden.marked(gap)
    if expr.grouped:
        entries = {key: listed(values, Seq) for key, values in groups.items()}
    return hidden.marked(scope.budget.checked(mapped(entries)))


def _rounds(
    scope: Scope, collection: Value, key: str, name: str, condition: Expr | None = None
) -> list[Scope] | Unknown:
    """A scope for each element; unknown where the collection is."""
    if is_null(collection):
        raise Invalid("`for` needs a collection, and this is null")
    type_ = type_of(collection) if is_unknown(collection) else "any"
    if isinstance(type_, str) and type_ != "any":
        raise Invalid("`for` needs a collection")
    if is_unknown(collection) and type_ == "any":
        return unknown(collection.reason)
    if condition is not None:
        nothing = unknown("the element is not known yet")
        kept(scope.bind(**{key: nothing, name: nothing} if key else {name: nothing}), condition)
    if is_unknown(collection):
        return unknown(collection.reason)
    if isinstance(collection, Map) and collection.rest is not None:
        return unknown("only the provider knows all attributes of a resource")
    elements = elements_of(collection)
    scope.budget.spend(len(elements))
    rounds = ((k, inherited(v, collection)) for k, v in elements)
    return [scope.bind(**{key: k, name: v} if key else {name: v}) for k, v in rounds]


def kept(
    scope: Scope, condition: Expr | None, gap: Unknown | None = None, hidden: Hidden | None = None
) -> bool | Unknown:
    """Whether a `for` keeps an element; once something was not known (`gap`), what is no boolean is no fault."""
    if condition is None:
        return True
    said = scope.evaluate(condition)
    if hidden is not None:
        said = hidden.seen(said)
    try:
        answer = to_bool(said)
        if is_null(answer):
            raise Invalid("the `if` of a `for` is null")
    except Invalid:
        if gap is None:
            raise
        return gap
    return bool(answer.value) if isinstance(answer, Known) else unknown(answer.reason)


def key_of(scope: Scope, expr: Expr, gap: Unknown | None, hidden: Hidden) -> str | Unknown:
    """The key of an element that a `for` makes; faults count as in `kept`."""
    said = hidden.seen(scope.evaluate(expr))
    try:
        key = to_string(said)
        if is_null(key):
            raise Invalid("a key is null")
    except Invalid:
        if gap is None:
            raise
        return gap
    return str(key.value) if isinstance(key, Known) else unknown(f"a key is not known: {key.reason}")


def template(scope: Scope, expr: Template) -> Value:
    """A template; a single interpolation alone keeps the type of its value."""
    if len(expr.parts) == 1 and isinstance(expr.parts[0], Expr) and not expr.heredoc:
        return scope.evaluate(expr.parts[0])
    return text_of(scope, expr.parts)


def text_of(scope: Scope, parts: tuple[Part, ...]) -> Value:
    """The text that a template makes."""
    hidden = Hidden(scope)
    return hidden.marked(scope.budget.checked(joined(parts_of(scope, parts, hidden))))


def parts_of(scope: Scope, parts: tuple[Part, ...], hidden: Hidden) -> list[str | Value]:
    """The pieces of a template, directives carried out."""
    out: list[str | Value] = []
    for part in parts:
        if isinstance(part, str):
            out.append(part)
        elif isinstance(part, If):
            condition = to_bool(hidden.seen(scope.evaluate(part.condition)))
            if is_null(condition):
                raise Invalid("the condition is null")
            if not isinstance(condition, Known):
                out.append(unknown(condition.reason, "string"))
            else:
                out += parts_of(scope, part.then if condition.value else part.otherwise, hidden)
        elif isinstance(part, For):
            rounds = _rounds(scope, hidden.seen(scope.evaluate(part.collection)), part.key, part.value)
            if isinstance(rounds, Unknown):
                out.append(rounds)
                continue
            for each in rounds:
                out += parts_of(each, part.body, hidden)
                scope.budget.spend(len(part.body))
        else:
            out += _piece(hidden.seen(scope.evaluate(part)))
    return out


def _piece(value: Value) -> tuple[str | Value, ...]:
    if is_null(value):
        raise Invalid("a template has a null part")
    if isinstance(value, Unknown):
        return (value,)
    piece = to_string(value)
    if isinstance(piece, Text):
        return piece.parts
    return (str(piece.value) if isinstance(piece, Known) else piece,)
