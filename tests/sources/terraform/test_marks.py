"""Sensitive marks are where the real terraform program shows them: in `sensitive_values`, and for `issensitive`."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sources.terraform.expressions import Expressions
from sources.terraform.oracle import PROGRAM, halved, plan, sensitive
from sources.terraform.test_module import module
from sources.terraform.test_oracle import NoFiles, lookup

from fourfold.model.place import Source
from fourfold.model.value import Map, Seq, Value
from fourfold.sources.terraform.evaluate.expressions import Scope
from fourfold.sources.terraform.evaluate.kinds import is_unknown
from fourfold.sources.terraform.evaluate.limits import Budget
from fourfold.sources.terraform.evaluate.marks import marked
from fourfold.sources.terraform.functions import table
from fourfold.sources.terraform.hcl.parser import Fault, parse_expression

EXPRESSIONS = (Path(__file__).parent / "marks.txt").read_text().splitlines()


def ours(expression: str) -> Any:
    """What is marked of a value: true for the whole, else by key or position; None where nothing is said of it."""
    try:
        tree = parse_expression(f'try({expression}, "<rejected>")')
    except Fault:
        return None
    value = Scope(Source("main.tf", expression), lookup, table(NoFiles()), Budget()).value(tree)
    return None if is_unknown(value) else shape(value)


def shape(value: Value) -> Any:
    """The marks of a value as Terraform shows them."""
    if marked(value):
        return True
    if isinstance(value, Map):
        return {k: found for k, v in value.entries_.items() if (found := shape(v)) is not False}
    return [shape(v) for v in value.items_] if isinstance(value, Seq) else False


@pytest.mark.skipif(PROGRAM is None, reason="no terraform on the PATH: marks are not compared with it")
def test_marks_agree_with_terraform(tmp_path: Path) -> None:
    theirs = sensitive(EXPRESSIONS, tmp_path)
    wrong = [
        f"{expression}: terraform {want}, fourfold {have}"
        for expression, want in zip(EXPRESSIONS, theirs, strict=True)
        if want is not None and (have := ours(expression)) != want
    ]
    assert wrong == []


def test_most_values_are_known() -> None:
    """Without the program the list is still evaluated."""
    assert sum(ours(e) not in (None, False) for e in EXPRESSIONS) > 80


MODULE = """
variable "secret" {
  type      = object({ name = string, port = optional(number, 1) })
  sensitive = true
  default   = { name = "n" }
}
variable "plain" {
  default = "p"
}
locals {
  both = [var.secret.name, var.plain]
}
module "child" {
  source = "./child"
  given  = var.secret
  open   = local.both
}
module "each" {
  source   = "./child"
  for_each = { a = var.secret, b = { name = "b" } }
  given    = each.value
}
resource "terraform_data" "all" {
  input = {
    whole = var.secret, part = var.secret.port, text = "${var.plain}-${var.secret.name}", list = local.both
    first = local.both[1], outputs = module.child, hidden = module.child.hidden, open = module.child.open
    each = module.each, known = { for k, m in module.each : k => issensitive(m.open) }
    shown = nonsensitive(var.secret.name), rest = [for v in local.both : upper(v)]
  }
}
resource "terraform_data" "many" {
  count = length(var.secret.name)
  input = [count.index, var.secret.name]
}
"""
CHILD = """
variable "given" {
  type = object({ name = string })
}
variable "open" {
  default = ["x"]
}
output "hidden" {
  value     = "h"
  sensitive = true
}
output "open" {
  value = var.open
}
resource "terraform_data" "c" {
  input = { given = var.given, name = var.given.name, open = var.open }
}
"""


@pytest.mark.skipif(PROGRAM is None, reason="no terraform on the PATH: marks are not compared with it")
def test_marks_of_variables_and_outputs_agree_with_terraform(tmp_path: Path) -> None:
    # A child module may not hand out what is sensitive under an output that does not say so.
    child = CHILD.replace("value = var.open", "value = var.open[length(var.open) - 1]")
    (tmp_path / "child").mkdir()
    (tmp_path / "child" / "main.tf").write_text(child)
    changes = plan(MODULE, tmp_path)["resource_changes"]
    theirs = {c["address"]: c["change"]["after_sensitive"].get("input", False) for c in changes}
    found = module(MODULE, {"./child": child}).walk()
    assert {i.address: shape(i.values.get("input")) for i in found} == theirs


class Hidden(Expressions):
    """Expressions of which some are sensitive."""

    def of(self, kind: str, depth: int) -> str:
        made = super().of(kind, depth)
        chance = self.random.random()
        return f"sensitive({made})" if chance < 0.1 else f"nonsensitive({made})" if chance < 0.13 else made


@pytest.mark.skipif(PROGRAM is None, reason="no terraform on the PATH: marks are not compared with it")
def test_marks_of_random_expressions_agree_with_terraform(tmp_path_factory: pytest.TempPathFactory) -> None:
    @settings(max_examples=2, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    @given(st.integers(0, 10**9))
    def check(seed: int) -> None:
        made = Hidden(Random(seed))
        made.unknowns = False
        expressions = [e for e in (made.any(2) for _ in range(120)) if ours(e) is not None]
        theirs = halved(sensitive, expressions, tmp_path_factory.mktemp("plan"))
        pairs = [(e, want, ours(e)) for e, want in zip(expressions, theirs, strict=True) if want is not None]
        assert [pair for pair in pairs if pair[1] != pair[2]] == []

    check()
