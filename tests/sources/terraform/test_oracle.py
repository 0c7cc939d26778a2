"""Expressions give what the real terraform program gives: the same text, or unknown exactly where it says unknown."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sources.terraform.expressions import ANYTHING, ID, Expressions
from sources.terraform.oracle import PROGRAM, REJECTED, UNKNOWN, evaluate, halved

from fourfold.model.place import Source
from fourfold.model.value import NOWHERE, Known, Ref, Value
from fourfold.sources.terraform.evaluate.expressions import Scope
from fourfold.sources.terraform.evaluate.kinds import known, unknown
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
    """The two resources of the oracle."""
    if isinstance(expr, Attribute) and isinstance(expr.of, Attribute) and isinstance(expr.of.of, Name):
        if expr.name == "output":
            return known(None) if expr.of.name == "x" else unknown("it is known only after apply")
        target = Ref(NOWHERE, 0, 0, -1, f"main.tf#terraform_data.{expr.of.name}", expr.name)
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
    """What the program says; `STATIC` for what it refuses before it plans."""
    return halved(evaluate, expressions, folder, STATIC)


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


CONCRETE = ('"fa3f-c0"', '"7"', '"a"', '"true"', '"[]"', '"b"')
"""Texts that an identifier may turn out to be."""


def differences(expressions: Sequence[str], folder: Path) -> list[str]:
    """Where the two differ, and what Terraform says at the end does not show that fourfold is right.

    While it plans Terraform forgets what it knows of some values (`try`, `format`), and for some it says what will not
    hold when it applies (`matchkeys`). So where the two differ the identifier is given several values: what is known
    here must be what Terraform says with all of them, and where nothing is known here, what Terraform said before must
    not be what it says with all of them.
    """
    doubts: list[tuple[str, object, object]] = []
    for expression, want in zip(expressions, theirs(expressions, folder), strict=True):
        have = ours(expression)
        if have != want and not (want == STATIC and have == REJECTED):
            doubts.append((expression, want, have))
    out = [f"{e}: terraform {want!r}, fourfold {have!r}" for e, want, have in doubts if not _open(e)]
    doubts = [doubt for doubt in doubts if _open(doubt[0])]
    later = [[e.replace(ID, text) for e, _, _ in doubts] for text in CONCRETE]
    answers = zip(*(theirs(said, folder) for said in later), strict=True) if doubts else ()
    for (expression, want, have), said in zip(doubts, answers, strict=True):
        if have is UNKNOWN:
            fine = len({*said, want}) > 1
        else:
            # With some texts Terraform refuses what it did not refuse while it planned.
            fine = all(a in (have, REJECTED, STATIC) or a is UNKNOWN for a in said) and any(a == have for a in said)
            fine = fine or (have == REJECTED and set(said) <= {REJECTED, STATIC})
        if not fine:
            out.append(f"{expression}: terraform {want!r}, at the end {said!r}, fourfold {have!r}")
    return out


def _open(expression: str) -> bool:
    """Whether something in the expression is not known before apply."""
    return ID in expression or ANYTHING in expression


@pytest.mark.skipif(PROGRAM is None, reason="no terraform on the PATH: expressions are not compared with it")
def test_random_expressions_agree_with_terraform(tmp_path_factory: pytest.TempPathFactory) -> None:
    @settings(max_examples=3, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    @given(st.integers(0, 10**9))
    def check(seed: int) -> None:
        made = Expressions(Random(seed))
        assert differences([made.any(2) for _ in range(150)], tmp_path_factory.mktemp("plan")) == []

    check()
