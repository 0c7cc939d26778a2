"""Expressions give what the real terraform program gives: the same text, or unknown exactly where it says unknown."""

import re
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sources.terraform.expressions import Expressions
from sources.terraform.oracle import PROGRAM, REJECTED, UNKNOWN, evaluate

from fourfold.model.place import Source
from fourfold.model.value import NOWHERE, Known, Ref, Value
from fourfold.sources.terraform.evaluate.expressions import Scope
from fourfold.sources.terraform.evaluate.kinds import known
from fourfold.sources.terraform.evaluate.limits import Budget
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


KNOWS_MORE = ("try(", "format(", "formatlist(", "matchkeys(")
"""Where a value may be known here and not to Terraform: it forgets what is partly known in `try` and `format`."""


def rounded(value: object) -> object:
    """Terraform computes with 512 bits, where a float is kept here; and it knows a negative zero."""
    if not isinstance(value, str):
        return value
    value = re.sub(r"(?<![\w.-])-0(?![.\d])", "0", value)
    return re.sub(r"\d+\.\d{12,}", lambda m: f"{float(m[0]):.10g}", value)


def differences(expressions: Sequence[str], folder: Path) -> list[str]:
    out = []
    for expression, want in zip(expressions, theirs(expressions, folder), strict=True):
        have = ours(expression)
        if want == STATIC or (want is UNKNOWN and any(name in expression for name in KNOWS_MORE)):
            continue
        if rounded(have) != rounded(want):
            out.append(f"{expression}: terraform {want!r}, fourfold {have!r}")
    return out


@pytest.mark.skipif(PROGRAM is None, reason="no terraform on the PATH: expressions are not compared with it")
def test_random_expressions_agree_with_terraform(tmp_path_factory: pytest.TempPathFactory) -> None:
    @settings(max_examples=3, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    @given(st.integers(0, 10**9))
    def check(seed: int) -> None:
        made = Expressions(Random(seed))
        assert differences([made.any(2) for _ in range(150)], tmp_path_factory.mktemp("plan")) == []

    check()
