"""Type constraints of variables, as they are written: `map(object({ name = string, size = optional(number, 3) }))`.

Source: Terraform language documentation, "Type Constraints".
"""

from __future__ import annotations

from fourfold.sources.terraform.evaluate.expressions import Scope
from fourfold.sources.terraform.evaluate.kinds import Invalid, Type
from fourfold.sources.terraform.hcl.syntax import Call, Expr, Literal, Name, Object, Tuple

SIMPLE = ("string", "number", "bool", "any")


def constraint_of(expr: Expr, scope: Scope) -> Type:
    """The type an expression stands for; defaults inside are evaluated in `scope`. Raises `Invalid`."""
    if isinstance(expr, Name):
        if expr.name in SIMPLE:
            return expr.name
        if expr.name in ("list", "map", "set"):
            return (expr.name, "any")
    if isinstance(expr, Literal) and isinstance(expr.value, str):
        # Terraform 0.11 wrote types in quotes.
        if expr.value in ("list", "map"):
            return (expr.value, "any")
        if expr.value in SIMPLE:
            return expr.value
    if isinstance(expr, Call) and expr.arguments:
        of = expr.arguments[0]
        if expr.name in ("list", "set", "map"):
            return (expr.name, constraint_of(of, scope))
        if expr.name == "tuple" and isinstance(of, Tuple):
            return ("tuple", [constraint_of(item, scope) for item in of.items])
        if expr.name == "object" and isinstance(of, Object):
            return ("object", {str(_name(key)): _attribute(value, scope) for key, value in of.items})
    raise Invalid("this is no type that Terraform knows")


def _name(key: Expr) -> str:
    if isinstance(key, Literal):
        return str(key.value)
    raise Invalid("the attributes of an object type have plain names")


def _attribute(expr: Expr, scope: Scope) -> tuple[Type, bool, object]:
    if isinstance(expr, Call) and expr.name == "optional" and expr.arguments:
        default = scope.value(expr.arguments[1]) if len(expr.arguments) > 1 else None
        return constraint_of(expr.arguments[0], scope), True, default
    return constraint_of(expr, scope), False, None
