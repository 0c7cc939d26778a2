"""Whatever a file holds, it is read in bounded time, and what was cut short is said; nothing raises."""

import os
import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sources.terraform.test_module import NoFiles

from fourfold.model.place import Source
from fourfold.sources.terraform.evaluate.config import config_of
from fourfold.sources.terraform.evaluate.kinds import first_reason
from fourfold.sources.terraform.evaluate.module import Module, Workspace
from fourfold.sources.terraform.functions import table
from fourfold.sources.terraform.hcl.parser import parse

RESOURCE = '\nresource "a" "b" { v = local.x }\n'


def read(text: str) -> tuple[list, list[str]]:
    """Instances, and the reasons of all problems; a module `./m` is the text itself."""
    source = Source("main.tf", text)
    body, problems = parse(source)
    config = config_of("", [(source, body)])
    world = Workspace(
        functions=lambda _: table(NoFiles()),
        find=lambda _m, _n, declared: config if declared.text("source") == "./m" else None,
        facts={},
        root_key="main.tf",
    )
    instances = Module(config, world).walk()
    return instances, [p.reason for p in (*problems, *config.problems, *world.problems)]


def fixed_work() -> float:
    """CPU seconds of a piece of work that is always the same: how slow the machine is at the moment."""
    begin = time.process_time()
    values: dict[int, tuple[int, str]] = {}
    for n in range(100_000):
        values[n % 977] = (n, str(n))
    assert len(values) == 977
    return time.process_time() - begin


class Watch:
    """Measures CPU time in units of a fixed piece of work, as CPU seconds are longer on a machine that is busy."""

    UNITS_MAX = 600
    """About 6 CPU seconds of a machine that is idle."""

    def __init__(self) -> None:
        self.unit = fixed_work()
        self.begin = time.process_time()

    def bounded(self) -> bool:
        took = time.process_time() - self.begin
        return took < self.UNITS_MAX * max(self.unit, fixed_work())


def doubling(step: str, last: str = "local.a59") -> str:
    steps = "\n".join(f"a{i} = {step.replace('@', f'local.a{i - 1}')}" for i in range(1, 60))
    return f"locals {{\na0 = [1, 2]\n{steps}\nx = {last}\n}}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("locals { x = " + "[for a in range(1000) : " * 4 + "1" + "]" * 4 + " }", "elements"),
        (doubling("concat(@, @)"), "elements"),
        (doubling("[@, @]", "jsonencode(local.a59)"), "more than 200000 elements"),
        (doubling('"${jsonencode(@)}${jsonencode(@)}"'), "elements"),
        ("locals {\n" + "\n".join(f"a{i} = [local.a{i + 1}]" for i in range(300)) + "\na300 = 1\nx = local.a0\n}", "inside each other"),
        ('locals { x = format("%99999999d", 1) }', "100000 characters"),
        ("locals { x = range(99999999) }", "1,024 numbers"),
        ("locals { x = setproduct(" + ", ".join(["range(1000)"] * 5) + ") }", "`setproduct` would make"),
        ('locals { x = regex("(a+)+$", "' + "a" * 60 + 'b") }', "repetitions inside repetitions"),
        ('locals { x = regex("a*a*a*a*a*a*b", "' + "a" * 400 + '") }', "is not tried on"),
        ('locals { x = indent(999999999, "a\\nb") }', "too large"),
        ('locals { x = replace("' + "a" * 5000 + '", "a", "' + "b" * 5000 + '") }', "characters"),
        ("locals {\n" + "\n".join(f"a{i} = local.a{i + 1}" for i in range(5000)) + "\nx = local.a0\n}", "in one chain"),
        ("locals {\nx = [local.y]\ny = { a = local.x }\n}", "refers to itself"),
        ("locals {\na0 = 99999999\n" + "\n".join(f"a{i} = local.a{i - 1} * local.a{i - 1}" for i in range(1, 60))
         + "\nx = local.a59\n}", "too large"),
        ('locals { x = regexall("a+b", "' + "a" * 10_000 + '") }', "a pattern with a repetition is not tried on"),
        ("locals {\ny = [for i in range(1000) : { a = i, b = { c = i } }]\nx = [for i in range(500) : distinct(local.y)]\n}", "elements"),
        ('locals { x = [for i in range(1000) : cidrsubnets("10.0.0.0/8", [for j in range(200) : 16]...)] }', "elements"),
        ("locals {\nx = <<EOT\n" + "%{ for i in range(1000) }" * 3 + "x" + "%{ endfor }" * 3 + "\nEOT\n}", "elements"),
        ("locals { x = 1e999999 }", "not declared"),
    ],
)  # fmt: skip
def test_what_multiplies_ends_in_an_unknown_that_names_the_limit(text: str, reason: str) -> None:
    watch = Watch()
    instances, problems = read(text + RESOURCE)
    value = instances[-1].values.get("v")
    assert reason in first_reason(value), problems
    assert watch.bounded()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('resource "a" "b" { count = 99999999 }', "50000 instances"),
        ('module "m" { source = "./m" }', "nested deeper than 40"),
        ('module "m" {\nsource = "./m"\ncount = 50\n}\nresource "a" "b" {}', "more than 5000 instances of modules"),
        ('module "a" {\nsource = "./m"\n}\nmodule "b" {\nsource = "./m"\n}', "more than 5000 instances of modules"),
        ("locals { x = " + "%{ if true }" + " }", "not valid HCL"),
        ('locals { x = "' + "%{ if true }" * 500 + "%{ endif }" * 500 + '" }', "nested deeper than 120"),
        ("locals { x = " + '"${' * 500 + "1" + '}"' * 500 + " }", "nested deeper than 120"),
        ("locals { x = " + "[" * 5000 + "]" * 5000 + " }", "nested deeper than 120"),
        ("locals { x = " + "a." * 50000 + "b }", "more than 200 steps"),
        ("locals { x = " + "1 + " * 50000 + "1 }", "operators"),
        ("locals { x = " + "9" * 100000 + " }", "too large"),
        ("a /*\n" * 100000, "not valid HCL"),
        ("a = <<EOT\n" * 50000, "never closed"),
        ('a = "\n' * 100000, "the rest of the file is not read"),
        ("b {" * 5000, "nested deeper than 120"),
    ],
)
def test_a_limit_is_a_problem_that_names_it(text: str, reason: str) -> None:
    watch = Watch()
    _, problems = read(text)
    assert any(reason in p for p in problems), problems[:3]
    assert watch.bounded()


def test_blocks_of_dynamic_are_bounded() -> None:
    nested = 'dynamic "x" {\nfor_each = range(1000)\ncontent {\n' * 4 + "y = 1\n" + "}}\n" * 4
    instances, _ = read(f'resource "a" "b" {{\n{nested}\n}}')
    assert len(instances) == 1


def test_a_broken_block_costs_only_itself() -> None:
    instances, problems = read('resource "a" "x" { v = 1 }\nresource "a" "y" { v = = }\nresource "a" "z" { v = 3 }\n')
    assert [i.name for i in instances] == ["x", "z"]
    assert len(problems) == 1


def samples() -> list[str]:
    """The project's own test texts, and those of the shared folder where it is."""
    shared = Path(os.environ.get("FOURFOLD_SHARED", Path(__file__).parents[4] / "shared"))
    found = sorted(shared.glob("corpus/**/*.tf"))[:40]
    own = (Path(__file__).parent / "expressions.txt").read_text().split("\n---\n")
    cases = [
        block
        for path in sorted((Path(__file__).parents[2] / "cases" / "terraform").glob("*.md"))
        for block in re.findall(r"^```(?:hcl|terraform)[^\n]*\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)
    ]
    assert len(cases) > 30
    text = "\n".join(f'resource "a" "r{i}" {{\n  v = {e}\n}}' for i, e in enumerate(own))
    return [text, *cases, *(p.read_text(encoding="utf-8", errors="replace")[:20_000] for p in found)]


SAMPLES = samples()
ALPHABET = st.sampled_from(
    [*'{}[]()"\\$%~.,=:?*!<>-+\n 0aé²', "${", "%{", "<<EOT\n", "EOT\n", "for", "...", "/*", "null", "\0"]
)


def test_each_instance_may_do_little_more_than_one() -> None:
    text = 'resource "a" "b" {\n  count = 2000\n  v = [for i in range(1000) : i]\n}\n'
    watch = Watch()
    instances, _ = read(text)
    assert len(instances) == 2000
    assert "elements" in first_reason(instances[-1].values.get("v"))
    assert watch.bounded()


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_mutation_raises(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(SAMPLES))
    begin = data.draw(st.integers(0, max(len(text) - 600, 0)))
    piece = text[begin : begin + 600]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(piece)))
        cut = data.draw(st.integers(0, 8))
        piece = piece[:at] + data.draw(ALPHABET) + piece[at + cut :]
    read(piece)
    read(f"locals {{\nx = {piece}\n}}{RESOURCE}")
