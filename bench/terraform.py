"""How the evaluation of Terraform grows: instances, module depth, bytes of a value, and the parser's speed.

Run: `python bench/terraform.py [FOLDER]`; with a folder, all its `.tf` files are parsed, too.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from pathlib import Path

from fourfold.model.place import Source
from fourfold.sources.terraform.evaluate.config import Config, config_of
from fourfold.sources.terraform.evaluate.module import Instance, Module, Workspace
from fourfold.sources.terraform.functions import table
from fourfold.sources.terraform.hcl.parser import parse

LEAF = """
variable "n" {}
variable "tags" { default = {} }
locals {
  prefix = "p"
  all    = merge(var.tags, { Module = "x" })
}
resource "aws_iam_role" "r" { name = "r" }
resource "aws_s3_bucket" "b" {
  count  = var.n
  bucket = "${local.prefix}-${count.index}"
  tags   = merge(local.all, { Name = format("b-%03d", count.index) })
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = ["s3:Get*"], Resource = "*" }] })
  dynamic "rule" {
    for_each = [1, 2]
    content { id = rule.value }
  }
}
resource "aws_s3_bucket_policy" "p" {
  for_each = { for i in range(var.n) : "k${i}" => i }
  bucket   = aws_s3_bucket.b[each.value].id
}
output "ids" { value = aws_s3_bucket.b[*].id }
"""


class NoFiles:
    """There are no files beside the generated modules."""

    def data(self, path: str) -> None:
        """No file is there."""

    def names(self, folder: str) -> tuple[str, ...]:
        """No file is there."""
        return ()

    def template(self, text: str, names: dict) -> None:
        """No file is there."""
        raise AssertionError


FUNCTIONS = table(NoFiles())


def config(folder: str, text: str) -> Config:
    """The declarations of one generated module."""
    source = Source(f"{folder}main.tf", text)
    return config_of(folder, [(source, parse(source)[0])])


def evaluated(root: str, children: dict[str, str]) -> tuple[list[Instance], float]:
    """All instances, and the CPU seconds they took."""
    configs = {name: config(name, text) for name, text in children.items()}
    world = Workspace(
        functions=lambda _: FUNCTIONS,
        find=lambda _m, _n, declared: configs.get(declared.text("source")),
        facts={},
        root_key="main.tf",
    )
    begin = time.process_time()
    found = Module(config("", root), world).walk()
    return found, time.process_time() - begin


def call(source: str, count: int, size: int) -> str:
    """A module call."""
    return f'module "m" {{\n  source = "{source}"\n  count = {count}\n  n = {size}\n  tags = {{ a = "b" }}\n}}\n'


def main() -> None:
    """Print all figures."""
    for count in (1_000, 10_000, 50_000):
        found, seconds = evaluated(call("./m", count // 1000, 490), {"./m": LEAF})
        print(f"{len(found):6} instances: {seconds:6.2f} s, {seconds / len(found) * 1e6:4.0f} us each")
    for depth in (1, 10, 20, 35):
        inner = 'variable "n" {}\nvariable "tags" { default = {} }\noutput "ids" { value = module.m[*].ids }\n'
        levels = {f"./m{i}": inner + call(f"./m{i + 1}", 1, 400).replace("400", "var.n") for i in range(depth)}
        found, seconds = evaluated(call("./m0", 1, 400), {**levels, f"./m{depth}": LEAF})
        print(f"{depth:6} modules deep: {seconds:5.2f} s, {seconds / len(found) * 1e6:4.0f} us each of {len(found)}")
    tracemalloc.start()
    found, _ = evaluated('resource "a" "b" {\n  count = 20000\n  v = "x${count.index}"\n}', {})
    size = tracemalloc.get_traced_memory()[0]
    print(f"{size / len(found):6.0f} bytes for an instance with one small value")
    tracemalloc.stop()
    if len(sys.argv) > 1:
        texts = [p.read_text(encoding="utf-8-sig", errors="replace") for p in Path(sys.argv[1]).rglob("*.tf")]
        begin = time.process_time()
        for text in texts:
            parse(Source("x.tf", text))
        seconds = time.process_time() - begin
        total = sum(map(len, texts))
        print(f"{total / seconds / 1e6:6.2f} MB/s parsing {len(texts)} files of {total / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
