"""Random root modules as files: native and JSON syntax, overrides, values from every place, modules with repetition."""

from __future__ import annotations

import json
import re
from random import Random

TYPED = {
    "string": ('"s"', "7", "true", "null"), "number": ("3", '"4"', "2.50"), "bool": ("false", '"true"'), "any": ("[1, true]", "null", '"x"'),
    "list(number)": ('["1", 2]', "[]"), "set(string)": ('["b", "a", "a"]', "[3, 20]"), "map(bool)": ('{ a = "true", b = false }', "{}"),
    'object({ a = string, b = optional(list(string), ["d"]), c = optional(object({ d = optional(number, 5) }), {}) })':
        ("{ a = 1 }", '{ a = "x", b = null, c = { d = null } }', '{ a = "y", c = { d = "8" } }'),
    'list(object({ k = optional(string, "z"), v = optional(any) }))': ("[{}]", "[{ k = null, v = 1 }, { v = 2 }]", "[]"),
    "tuple([bool, map(number)])": ('["true", { a = "1" }]',),
}  # fmt: skip
REPEATS = (
    "",
    "count = 2",
    "count = var.v0 == null ? 0 : 1",
    'for_each = toset(["q", "p"])',
    "for_each = { a = 1, b = null }",
)


def as_json(text: str) -> object:
    """A value of the table above as JSON has it."""
    out: object = json.loads(re.sub(r"(\w+) = ", r'"\1": ', text))
    return out


def project(random: Random) -> tuple[dict[str, str], dict[str, str]]:
    """(files, environment)."""
    files: dict[str, str] = {}
    environment: dict[str, str] = {}
    types = [random.choice(list(TYPED)) for _ in range(6)]
    native: list[str] = []
    in_json: dict[str, dict[str, object]] = {"variable": {}, "output": {}, "locals": {}}
    for n, type_ in enumerate(types):
        flags = {
            name: random.random() < 0.5
            for name in ("nullable", "sensitive", "ephemeral")
            if random.random() < 0.25 and name != "ephemeral"
        }
        default = random.choice(TYPED[type_])
        if flags.get("nullable") is False and default == "null":
            default = TYPED[type_][0]
        if random.random() < 0.3:
            in_json["variable"][f"v{n}"] = {"type": type_, "default": as_json(default), **flags}
        else:
            more = "".join(f"  {name} = {str(on).lower()}\n" for name, on in flags.items())
            valid = f'  validation {{\n    condition = var.v{n} != "never"\n    error_message = "No."\n  }}\n'
            native.append(
                f'variable "v{n}" {{\n  type = {type_}\n  default = {default}\n{more}{random.choice(["", valid])}}}\n'
            )
        given = random.choice([v for v in TYPED[type_] if v != "null"])
        place = random.randrange(7)
        if place == 0:
            files["terraform.tfvars"] = files.get("terraform.tfvars", "") + f"v{n} = {given}\n"
        elif place == 1:
            files["a.auto.tfvars"] = files.get("a.auto.tfvars", "") + f"v{n} = {given}\n"
        elif place == 2:
            found = json.loads(files.get("b.auto.tfvars.json", "{}"))
            files["b.auto.tfvars.json"] = json.dumps({**found, f"v{n}": as_json(given)})
        elif place == 3:
            simple = type_ in ("string", "number", "bool")
            environment[f"TF_VAR_v{n}"] = str(json.loads(given)).lower() if simple else given
        elif place == 4:
            over = random.choice(TYPED[type_][:1])
            files["x_override.tf"] = files.get("x_override.tf", "") + f'variable "v{n}" {{\n  default = {over}\n}}\n'
    native.append('locals {\n  l0 = [var.v0, var.v1]\n  l1 = "${path.module}|${terraform.workspace}|${path.root}"\n}\n')
    in_json["locals"]["l2"] = {
        "k": "${var.v2}",
        "t": "a${jsonencode(var.v3)}b",
        "n": [1, None, True, "%{ if true }y%{ endif }"],
    }
    files["m/main.tf"] = _module(random, "../n")
    files["n/main.tf"] = _module(random, "")
    repeat = random.choice(REPEATS)
    native.append(f'module "m" {{\n  source = "./m"\n  {repeat}\n  x = var.v4\n  providers = {{}}\n}}\n')
    native.append("moved {\n  from = terraform_data.old\n  to = terraform_data.r\n}\n")
    again = random.choice(REPEATS)
    native.append(
        f'resource "terraform_data" "r" {{\n  {again}\n  input = [local.l0, local.l2]\n  triggers_replace = var.v5\n}}\n'
    )
    if random.random() < 0.5:
        files["r_override.tf"] = 'resource "terraform_data" "r" {\n  input = [local.l1, var.v1]\n}\n'
    outputs = {
        "variables": "[" + ", ".join(f"var.v{n}" for n in range(6)) + "]", "locals": "[local.l0, local.l1, local.l2]",
        "module": "module.m", "inputs": "try([for r in values(terraform_data.r) : r.input], [for r in flatten([terraform_data.r]) : r.input])",
        "triggers": "try([for r in values(terraform_data.r) : r.triggers_replace], [for r in flatten([terraform_data.r]) : r.triggers_replace])",
    }  # fmt: skip
    for name, expression in outputs.items():
        if random.random() < 0.3:
            in_json["output"][name] = {"value": f"${{jsonencode({expression})}}", "sensitive": True}
        else:
            native.append(f'output "{name}" {{\n  value = jsonencode({expression})\n  sensitive = true\n}}\n')
    files["main.tf"] = "".join(native)
    files["more.tf.json"] = json.dumps(in_json)
    return files, environment


def _module(random: Random, child: str) -> str:
    kind = random.choice(("any", "list(any)", "map(any)", "string")) if random.random() < 0.2 else "any"
    text = f'variable "x" {{\n  type = {kind}\n  default = null\n}}\nvariable "y" {{\n  default = "y"\n  nullable = false\n}}\n'
    if child:
        repeat = random.choice(('for_each = toset(["u", "w"])', "count = 1", "", "count = 3"))
        key = {"f": "each.key", "c": "count.index", "": "var.x"}[repeat[:1]]
        text += f'module "n" {{\n  source = "{child}"\n  {repeat}\n  x = [var.x, {key}]\n  y = null\n}}\n'
        text += 'output "below" {\n  value = module.n\n  sensitive = true\n}\n'
    text += 'output "out" {\n  value = [var.x, var.y, path.module]\n  sensitive = true\n}\n'
    return text
