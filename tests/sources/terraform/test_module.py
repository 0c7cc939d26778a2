"""Modules: variables, locals, repetition, dynamic blocks, child modules."""

from fourfold.model.place import Source
from fourfold.model.value import Ref, Unknown
from fourfold.sources.terraform.evaluate.config import Config, config_of
from fourfold.sources.terraform.evaluate.module import Module, Workspace
from fourfold.sources.terraform.functions import table
from fourfold.sources.terraform.hcl.parser import parse


class NoFiles:
    def data(self, path: str) -> None:
        return None

    def names(self, folder: str) -> tuple[str, ...]:
        return ()

    def template(self, text: str, names: dict) -> None:
        raise AssertionError


def config(folder: str, **files: str) -> Config:
    parsed = []
    for name, text in sorted(files.items()):
        source = Source(f"{name}.tf", text)
        body, problems = parse(source)
        assert not problems
        parsed.append((source, body))
    return config_of(folder, parsed)


def module(text: str, children: dict[str, str] | None = None, **inputs: object) -> Module:
    configs = {name: config(name, main=child) for name, child in (children or {}).items()}
    world = Workspace(
        functions=lambda _: table(NoFiles()),
        find=lambda _m, _n, declared: configs.get(declared.text("source")),
        facts={},
        root_key="main.tf",
    )
    return Module(config("", main=text), world, inputs=inputs)  # type: ignore[arg-type]


def values(text: str, **more: object) -> dict[str, object]:
    return {i.address: i.values.plain() for i in module(text, **more).walk()}  # type: ignore[arg-type]


def test_values_come_from_variables_and_locals_in_any_order() -> None:
    found = values("""
        resource "aws_x" "a" { name = local.full }
        locals { full = "${var.prefix}-${local.tail}" }
        locals { tail = "z" }
        variable "prefix" { default = "p" }
    """)
    assert found == {"aws_x.a": {"name": "p-z"}}


def test_a_value_says_where_it_comes_from() -> None:
    (instance,) = module(
        'variable "cidr" {\n  default = "0.0.0.0/0"\n}\nresource "aws_x" "a" {\n  cidr = var.cidr\n}\n'
    ).walk()
    cidr = instance.values.get("cidr")
    assert cidr.span.line == 5
    assert [(s.note, s.span.line) for s in cidr.provenance] == [("default of variable cidr", 2)]


def test_a_cycle_is_unknown_and_says_so() -> None:
    found = module('locals {\n a = local.b\n b = local.a\n}\nresource "aws_x" "x" { v = local.a }').walk()
    value = found[0].values.get("v")
    assert isinstance(value, Unknown) and "refers to itself" in value.reason


def test_count_and_for_each_give_instances() -> None:
    found = values("""
        resource "aws_x" "n" {
          count = 2
          name  = "n${count.index}"
        }
        resource "aws_x" "m" {
          for_each = { a = 1, b = 2 }
          name     = "${each.key}${each.value}"
        }
        resource "aws_y" "all" { names = aws_x.n[*].name }
        resource "aws_y" "one" { name = aws_x.m["b"].name }
    """)
    assert found == {
        "aws_x.n[0]": {"name": "n0"},
        "aws_x.n[1]": {"name": "n1"},
        'aws_x.m["a"]': {"name": "a1"},
        'aws_x.m["b"]': {"name": "b2"},
        "aws_y.all": {"names": ["n0", "n1"]},
        "aws_y.one": {"name": "b2"},
    }


def test_dynamic_blocks_are_written_out() -> None:
    found = values("""
        resource "aws_sg" "s" {
          dynamic "ingress" {
            for_each = [22, 443]
            iterator = port
            content { from = port.value }
          }
          ingress { from = 1 }
        }
    """)
    assert found == {"aws_sg.s": {"ingress": [{"from": 22}, {"from": 443}, {"from": 1}]}}


def test_references_to_computed_attributes_lead_to_the_resource() -> None:
    found = {i.address: i for i in module('resource "aws_k" "k" {}\nresource "aws_b" "b" { key = aws_k.k.arn }').walk()}
    key = found["aws_b.b"].values.get("key")
    assert isinstance(key, Ref)
    assert (key.target, key.attribute) == ("main.tf#aws_k.k", "arn")


def test_child_modules_take_inputs_and_give_outputs() -> None:
    child = """
        variable "name" { type = string }
        resource "aws_x" "x" { name = upper(var.name) }
        output "shout" { value = aws_x.x.name }
    """
    text = """
        module "c" {
          source = "./c"
          count  = 2
          name   = "n${count.index}"
        }
        resource "aws_y" "y" { all = module.c[*].shout }
    """
    assert values(text, children={"./c": child}) == {
        "module.c[0].aws_x.x": {"name": "N0"},
        "module.c[1].aws_x.x": {"name": "N1"},
        "aws_y.y": {"all": ["N0", "N1"]},
    }


def test_types_convert_and_fill_in_defaults() -> None:
    found = values("""
        variable "o" {
          type    = object({ n = optional(number, 3), s = string, l = optional(list(string)) })
          default = { s = 5 }
        }
        resource "aws_x" "x" { v = var.o }
    """)
    assert found == {"aws_x.x": {"v": {"n": 3, "s": "5", "l": None}}}


def test_what_is_not_known_keeps_one_instance_for_all() -> None:
    m = module('variable "n" {}\nresource "aws_x" "x" {\n  count = var.n\n  a = 1\n}\n')
    (instance,) = m.walk()
    assert instance.values.plain() == {"a": 1}
    assert ["`count` is not known" in p.reason for p in m.world.problems] == [True]


def test_a_sensitive_variable_says_so() -> None:
    (instance,) = module(
        'variable "p" {\n  sensitive = true\n  default = "x"\n}\nresource "aws_x" "a" { p = var.p }\n'
    ).walk()
    steps = [step.note for step in instance.values.get("p").provenance]
    assert steps == ["default of variable p", "sensitive"]


def test_an_output_that_another_module_needs_is_no_cycle() -> None:
    child = """
        variable "other" { default = "none" }
        output "name" { value = "n" }
        output "seen" { value = var.other }
    """
    text = """
        module "a" {
          source = "./c"
          other  = module.b.name
        }
        module "b" {
          source = "./c"
          other  = module.a.name
        }
        module "n" {
          source = "./c"
          count  = 2
          other  = count.index == 0 ? "first" : module.n[0].name
        }
        resource "aws_y" "y" { v = [module.a.seen, module.b.seen, module.n[1].seen] }
    """
    assert values(text, children={"./c": child}) == {"aws_y.y": {"v": ["n", "n", "n"]}}


def test_a_block_of_a_resource_has_attributes_that_are_computed() -> None:
    (_, other) = module("""
        resource "aws_c" "c" {
          vpc { subnet = "s" }
        }
        resource "aws_o" "o" {
          known    = aws_c.c.vpc[0].subnet
          computed = aws_c.c.vpc[0].group
        }
    """).walk()
    assert other.values.get("known").plain() == "s"
    computed = other.values.get("computed")
    assert isinstance(computed, Ref)
    assert (computed.target, computed.attribute) == ("main.tf#aws_c.c", "vpc.group")


def test_a_resource_as_a_whole_is_not_known_beyond_what_is_written() -> None:
    (_, other) = module("""
        resource "aws_c" "c" {
          for_each = toset(["a"])
          size     = 1
        }
        resource "aws_o" "o" {
          each = [for k, v in tomap(aws_c.c) : v.id]
          json = jsonencode(aws_c.c["a"])
        }
    """).walk()
    (each,) = other.values.get("each").items_
    assert isinstance(each, Ref)
    assert each.attribute == "id"
    assert isinstance(other.values.get("json"), Unknown)


def test_what_a_provisioner_runs_when_is_no_name() -> None:
    found = values("""
        resource "aws_x" "x" {
          provisioner "local-exec" {
            when    = destroy
            command = "true"
          }
        }
    """)
    assert found == {"aws_x.x": {"provisioner": [{"command": "true"}]}}


def test_ephemeral_resources_have_attributes() -> None:
    (resource, _) = module("""
        ephemeral "random_password" "p" { length = 8 }
        resource "aws_x" "x" { v = ephemeral.random_password.p.length }
    """).walk()
    assert resource.values.plain() == {"v": 8}


def test_elements_say_where_their_collection_is_written() -> None:
    child = """
        variable "rules" { default = {} }
        variable "names" { default = [] }
        resource "aws_x" "each" {
          for_each = var.rules
          plain    = each.value.cidr
          tried    = try(each.value.cidr, "x")
          one      = coalesce(lookup(each.value, "cidr", null), "y")
          other    = lookup(each.value, "port", 1)
          first    = [for n in var.names : n][0]
          last     = element(var.names, 0)
        }
    """
    root = 'module "m" {\n  source = "./c"\n  names = ["q"]\n  rules = {\n    a = { cidr = "0.0.0.0/0" }\n  }\n}\n'
    (found,) = module(root, {"./c": child}).walk()

    def steps(name: str) -> list[tuple[str, int]]:
        return [(s.note, s.span.start) for s in found.values.get(name).provenance if s.span is not None]  # type: ignore[attr-defined]

    for name in ("plain", "tried", "one"):
        assert steps(name)[-1] == ("argument of module.m", root.index("cidr ="))
    for name in ("first", "last"):
        assert steps(name)[-1] == ("argument of module.m", root.index('"q"'))
    assert steps("other") == []
