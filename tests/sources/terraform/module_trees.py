"""Random module trees: variables with types, locals, count and for_each on resources and modules, outputs."""

from __future__ import annotations

from random import Random

from sources.terraform.expressions import Expressions

TYPES = (
    ("string", "string"), ("number", "number"), ("bool", "bool"), ("list(string)", "list"), ("set(string)", "set"),
    ("map(string)", "map"), ("object({ a = string, b = optional(number, 3), c = optional(list(string)) })", "object"),
    ("any", "mixed"), ("list(any)", "list"), ("tuple([string, number])", "tuple"), ("map(object({ a = optional(bool, true) }))", "map"),
)  # fmt: skip
VALUES = {
    "string": ('"v"', "5", "true", '"é"'), "number": ("7", '"8"', "2.5"), "bool": ("true", '"false"'),
    "list(string)": ('["x", "y"]', "[1, true]", "[]"), "set(string)": ('["b", "a", "b"]', "[2, 10]"),
    "map(string)": ('{ a = 1, b = "two" }', "{}"), "any": ('{ a = [1, "b"] }', "null", '"z"'), "list(any)": ("[1, 2]", '["a", 1]'),
    "object({ a = string, b = optional(number, 3), c = optional(list(string)) })": ("{ a = 1 }", '{ a = "x", b = 4, d = 9 }', '{ a = "x", b = null, c = [1] }'),
    "tuple([string, number])": ('[1, "2"]',), "map(object({ a = optional(bool, true) }))": ("{ k = {}, l = { a = false } }",),
}  # fmt: skip


REPEATS = (
    "",
    "count = 2",
    "count = 0",
    'for_each = toset(["b", "a"])',
    "for_each = { k = 1, j = [2] }",
    "count = true ? 1 : 0",
)
UNKNOWN = 'resource "terraform_data" "x" {}\n'


def tree(random: Random) -> dict[str, str]:
    """The files of a root module with up to two child modules, one inside the other, and values for its variables."""
    two = UNKNOWN + module(random, {})
    one = UNKNOWN + module(random, {"../two": types_of(two)})
    root = UNKNOWN + module(random, {"./one": types_of(one), "./two": types_of(two)})
    given = [
        f"{name} = {random.choice(VALUES[type_])}\n" for name, type_ in types_of(root).items() if random.random() < 0.5
    ]
    return {"main.tf": root, "one/main.tf": one, "two/main.tf": two, "terraform.tfvars": "".join(given)}


def types_of(text: str) -> dict[str, str]:
    """The variables of a module that was made here, with their types."""
    lines = [line for line in text.splitlines() if line.startswith("variable ")]
    return {line.split('"')[1]: line.split("# ")[1] for line in lines}


def module(random: Random, children: dict[str, dict[str, str]]) -> str:
    """One module; its variables have defaults, so that it stands alone."""
    out: list[str] = []
    roots: dict[str, list[str]] = {}
    for n in range(3):
        type_, kind = random.choice(TYPES)
        extra = "\n  nullable = false" if random.random() < 0.3 and "null" not in VALUES[type_] else ""
        out.append(
            f'variable "v{n}" {{ # {type_}\n  type = {type_}\n  default = {random.choice([v for v in VALUES[type_] if v != "null"])}{extra}\n}}'
        )
        roots.setdefault(kind, []).append(f"var.v{n}")
    made = Expressions(random, roots)

    def safe(depth: int) -> str:
        return f'try({made.any(depth)}, "<rejected>")'

    for n in range(3):
        out.append(f"locals {{\n  l{n} = {safe(2)}\n}}")
        roots.setdefault("mixed", []).append(f"local.l{n}")
    for n, repeat in enumerate(random.sample(REPEATS, 3)):
        each = {"count": "count.index", "for_each": '"${each.key}=${jsonencode(each.value)}"'}.get(
            repeat.split(" ")[0], "1"
        )
        out.append(f'resource "terraform_data" "r{n}" {{\n  {repeat}\n  input = [{each}, {safe(1)}]\n}}')
        out.append(
            f'output "r{n}" {{\n  value = jsonencode(terraform_data.r{n}[*])\n}}'
            if not repeat
            else f'output "r{n}" {{\n  value = length(terraform_data.r{n})\n}}'
        )
    for n, (child, types) in enumerate(children.items()):
        repeat = random.choice(REPEATS)
        inputs = "".join(f"  {k} = {random.choice(VALUES[t])}\n" for k, t in types.items() if random.random() < 0.6)
        out.append(f'module "m{n}" {{\n  source = "{child}"\n  {repeat}\n{inputs}}}')
        out.append(f'output "m{n}" {{\n  value = jsonencode(module.m{n})\n}}')
    for n in range(3):
        out.append(f'output "o{n}" {{\n  value = try(jsonencode({made.any(2)}), "<rejected>")\n}}')
    return "\n".join(out) + "\n"
