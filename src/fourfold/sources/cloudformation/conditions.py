"""Conditions of a template as formulas over what the deployer chooses.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING

from fourfold.model.condition import (
    FALSE,
    TRUE,
    All,
    Any,
    Condition,
    Equals,
    Free,
    Not,
    Variable,
    both,
    choose,
    either,
    negate,
)
from fourfold.model.value import Choice, Known, Map, Seq, Text, Value
from fourfold.sources.cloudformation.parameters import Chosen
from fourfold.sources.cloudformation.texts import literal

if TYPE_CHECKING:
    from fourfold.sources.cloudformation.stack import Stack

PARTS_MAX = 20
"""CloudFormation itself takes ten."""
FORMULA_MAX = 100
"""Comparisons in one formula; a larger one is a free boolean."""
WORLDS_MAX = 64
"""Two texts of parameters are compared by trying all their values, where these are not more."""


def size(condition: Condition) -> int:
    """How many comparisons a formula has."""
    if isinstance(condition, (All, Any)):
        return sum(map(size, condition.of))
    return size(condition.of) if isinstance(condition, Not) else 1


def formula(stack: Stack, node: Value) -> Condition:
    """The formula of one condition function."""
    if isinstance(node, Map) and len(node.entries_) == 1:
        name, argument = next(iter(node.entries_.items()))
        if name == "Condition" and isinstance(argument, Known):
            return stack.condition(argument._text(), argument)
        parts = argument.items_ if isinstance(argument, Seq) else (argument,)
        if len(parts) > PARTS_MAX:
            return _free(stack, node, f"`{name}` takes at most {PARTS_MAX} conditions")
        if name == "Fn::Equals" and len(parts) == 2:
            return equal(stack, stack.symbolic(parts[0]), stack.symbolic(parts[1]))
        if name == "Fn::Not" and len(parts) == 1:
            return negate(formula(stack, parts[0]))
        if name in {"Fn::And", "Fn::Or"} and parts:
            out = (both if name == "Fn::And" else either)(*(formula(stack, part) for part in parts))
            if size(out) <= FORMULA_MAX:
                return out
            return _free(stack, node, f"this condition has more than {FORMULA_MAX} comparisons")
    value = stack.symbolic(node)
    if isinstance(value, Known) and isinstance(value.value, bool):
        return TRUE if value.value else FALSE
    return _free(stack, node, "not a condition: Fn::And, Fn::Or, Fn::Not, Fn::Equals or Condition is expected")


def _free(stack: Stack, node: Value, problem: str) -> Condition:
    stack.problem(node, problem)
    return Free(stack.scope, f"a condition at line {node.span.line}")


def equal(stack: Stack, a: Value, b: Value) -> Condition:
    """When two values are the same text."""
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Choice):
            return choose(one.condition, equal(stack, one.yes, other), equal(stack, one.no, other))
    if isinstance(a, Known) and isinstance(b, Known):
        return TRUE if a._text() == b._text() else FALSE
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Known):
            return _is_literal(stack, other, one._text())
    if isinstance(a, Chosen) and isinstance(b, Chosen) and a.whole and b.whole and a.variable == b.variable:
        return TRUE
    return _tried(stack, a, b)


def _tried(stack: Stack, a: Value, b: Value) -> Condition:
    """When two texts are equal, by trying all that the deployer can choose; free where that is too much or unbounded."""
    holes = [
        h for side in (a, b) for h in (side.parts if isinstance(side, Text) else (side,)) if not isinstance(h, str)
    ]
    variables = list(dict.fromkeys(h.variable for h in holes if isinstance(h, Chosen)))
    domains = [v.domain or () for v in variables]
    known = all(isinstance(h, Known) or (isinstance(h, Chosen) and h.whole) for h in holes)
    if not known or not 0 < prod(map(len, domains)) <= WORLDS_MAX:
        return Free(stack.scope, " = ".join(sorted((str(a), str(b)))))
    out: list[Condition] = []
    for chosen in product(*domains):
        values = dict(zip(variables, chosen, strict=True))
        if _text(a, values) == _text(b, values):
            out.append(both(*(Equals(variable, value) for variable, value in values.items())))
    return either(*out)


def _text(value: Value, values: dict[Variable, str]) -> str | None:
    if isinstance(value, Text):
        return "".join(p if isinstance(p, str) else _text(p, values) or "" for p in value.parts)
    return values[value.variable] if isinstance(value, Chosen) else value._text()


def _is_literal(stack: Stack, value: Value, text: str) -> Condition:
    if isinstance(value, Chosen) and value.whole:
        return _is_value(value, text)
    if isinstance(value, Text):
        if value._equals(text) is False:
            return FALSE
        holes = [p for p in value.parts if not isinstance(p, str)]
        if len(holes) == 1 and isinstance(holes[0], Chosen) and holes[0].whole:
            if len(value.parts) > 1:
                before = value.parts[0] if isinstance(value.parts[0], str) else ""
                after = value.parts[-1] if isinstance(value.parts[-1], str) else ""
                return _is_value(holes[0], text[len(before) : len(text) - len(after)])
            if not text:  # a joined list: what it gives is empty when the list is
                return _is_value(holes[0], "")
    tried = _tried(stack, value, literal(text, value))
    return Free(stack.scope, f"{value} = {text or repr('')}") if isinstance(tried, Free) else tried


def _is_value(value: Chosen, text: str) -> Condition:
    domain = value.variable.domain
    if domain is not None:
        if text not in domain:
            return FALSE
        if len(domain) == 1:
            return TRUE
    return Equals(value.variable, text)
