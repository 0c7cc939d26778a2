"""Expressions give what the real terraform program gives: the same text, or unknown exactly where it says unknown."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sources.terraform.oracle import PROGRAM, REJECTED, UNKNOWN, evaluate

from fourfold.model.place import Source
from fourfold.model.value import NOWHERE, Known, Ref, Value
from fourfold.sources.terraform.evaluate.expressions import Budget, Scope
from fourfold.sources.terraform.evaluate.kinds import known
from fourfold.sources.terraform.functions import table
from fourfold.sources.terraform.hcl.parser import Fault, parse_expression
from fourfold.sources.terraform.hcl.syntax import Attribute, Expr, Name

HERE = Path(__file__).parent
EXPRESSIONS = (HERE / "expressions.txt").read_text().removesuffix("\n").split("\n---\n")
STATIC = "<rejected before planning>"


class NoFiles:
    """There are no files beside these expressions."""

    def data(self, path: str) -> None:
        return None

    def names(self, folder: str) -> tuple[str, ...]:
        return ()

    def template(self, text: str, names: dict[str, Value]) -> Value:
        raise AssertionError


def lookup(expr: Expr, scope: Scope) -> Value | None:
    """`terraform_data.x`, of which only `input` is known (null) before it is applied."""
    if isinstance(expr, Attribute) and isinstance(expr.of, Attribute) and isinstance(expr.of.of, Name):
        target = Ref(NOWHERE, 0, 0, -1, "main.tf#terraform_data.x", expr.name)
        return known(None) if expr.name == "input" else target
    return None


def ours(expression: str) -> object:
    try:
        tree = parse_expression(f'try(jsonencode({expression}), "{REJECTED}")')
    except Fault:
        return STATIC
    value = Scope(Source("main.tf", expression), lookup, table(NoFiles()), Budget()).value(tree)
    return value.value if isinstance(value, Known) else UNKNOWN


def theirs(expressions: Sequence[str], folder: Path) -> list[object]:
    """What the program says; an expression it refuses as a whole is found by halving."""
    try:
        return evaluate(expressions, folder)
    except AssertionError:
        if len(expressions) == 1:
            return [STATIC]
        middle = len(expressions) // 2
        return theirs(expressions[:middle], folder) + theirs(expressions[middle:], folder)


@pytest.mark.skipif(PROGRAM is None, reason="no terraform on the PATH: expressions are not compared with it")
def test_expressions_agree_with_terraform(tmp_path: Path) -> None:
    wrong = [
        f"{expression}: terraform {want!r}, fourfold {have!r}"
        for expression, want in zip(EXPRESSIONS, theirs(EXPRESSIONS, tmp_path), strict=True)
        if (have := ours(expression)) != want and not (want == STATIC and have == REJECTED)
    ]
    assert wrong == []


def test_most_expressions_are_known() -> None:
    """Without the program the list is still evaluated."""
    answers = [ours(e) for e in EXPRESSIONS]
    assert sum(isinstance(a, str) and a not in (REJECTED, STATIC) for a in answers) > 190
