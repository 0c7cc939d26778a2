"""Which folders are root modules, and what they give."""

from pathlib import Path

from sources.terraform.trees import project, reasons, root, values

from fourfold.sources.terraform.roots import project_of
from fourfold.sources.tree import Tree

CALL = 'module "net" {\n  source = "./net"\n  cidr = "10.0.0.0/16"\n}\n'
NET = 'variable "cidr" {}\nresource "aws_vpc" "main" {\n  cidr_block = var.cidr\n}\n'


def test_a_called_folder_is_no_root_and_is_evaluated_through_its_caller(tmp_path: Path) -> None:
    found = project(tmp_path, {"main.tf": CALL, "net/main.tf": NET})
    assert found.roots == {""}
    evaluated = found.evaluate("")
    assert evaluated is not None
    assert values(evaluated) == {"module.net.aws_vpc.main": {"cidr_block": "10.0.0.0/16"}}
    assert evaluated.files == {"main.tf", "net/main.tf"}


def test_a_folder_that_nobody_calls_is_a_root_with_unknown_variables(tmp_path: Path) -> None:
    found = root(tmp_path, {"net/main.tf": NET}, "net")
    (instance,) = found.instances
    assert instance.values.get("cidr_block").reason == "variable `cidr` has no default"


def test_examples_of_a_module_are_the_roots(tmp_path: Path) -> None:
    example = 'module "it" {\n  source = "../../"\n  cidr = "10.1.0.0/16"\n}\n'
    found = project(tmp_path, {"main.tf": NET, "examples/simple/main.tf": example})
    assert found.roots == {"examples/simple"}


def test_folders_that_call_each_other_in_a_circle_are_read_once(tmp_path: Path) -> None:
    files = {
        "a/main.tf": 'module "b" {\n  source = "../b"\n}\nresource "aws_x" "a" {}\n',
        "b/main.tf": 'module "a" {\n  source = "../a"\n}\n',
    }
    found = project(tmp_path, files)
    assert found.roots == {"a"}
    evaluated = found.evaluate("a")
    assert evaluated is not None
    assert len(evaluated.instances) == 21
    assert any("nested deeper than 40" in reason for reason in reasons(evaluated))


def test_paths_are_relative_to_the_root_and_to_the_module(tmp_path: Path) -> None:
    files = {
        "infra/main.tf": 'module "m" {\n  source = "../mod"\n}\nresource "aws_x" "r" {\n  a = file("here.txt")\n}\n',
        "infra/here.txt": "root",
        "mod/main.tf": 'resource "aws_x" "m" {\n  a = file("${path.module}/there.txt")\n  b = path.module\n  c = path.root\n}\n',
        "mod/there.txt": "module",
    }
    assert values(root(tmp_path, files, "infra")) == {
        "aws_x.r": {"a": "root"},
        "module.m.aws_x.m": {"a": "module", "b": "../mod", "c": "."},
    }


def test_nothing_outside_of_the_tree_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    inner = tmp_path / "tree"
    inner.mkdir()
    (inner / "link.txt").symlink_to(tmp_path / "secret.txt")
    text = (
        'module "up" {\n  source = "../../x"\n}\nresource "aws_x" "a" {\n  a = file("../secret.txt")\n'
        '  b = file("link.txt")\n  c = file("/etc/hostname")\n  d = fileset("..", "*")\n}\n'
    )
    found = root(inner, {"main.tf": text})
    given = found.instances[0].values
    assert [given.get(name).reason for name in "abc"] == [
        f"`{path}` was not read: it is not in the scanned folder"
        for path in ("../secret.txt", "link.txt", "/etc/hostname")
    ]
    assert given.get("d").plain() == []
    assert reasons(found) == [
        "module `up` was not read: `../../x` leads out of the scanned folder; scan the folder that holds both"
    ]


def test_a_module_that_is_not_there_is_one_problem_and_its_outputs_are_unknown(tmp_path: Path) -> None:
    text = (
        'module "vpc" {\n  source = "terraform-aws-modules/vpc/aws"\n  version = "5.1.2"\n}\n'
        'resource "aws_x" "a" {\n  id = module.vpc.vpc_id\n  other = module.vpc.name\n}\n'
    )
    found = root(tmp_path, {"main.tf": text})
    assert reasons(found) == [
        "module `vpc` (terraform-aws-modules/vpc/aws 5.1.2) was not read: run `fourfold vendor` to see how to bring it"
    ]
    assert found.instances[0].values.get("id").reason == "module `vpc` was not read"


def test_installed_modules_are_found_by_the_manifest(tmp_path: Path) -> None:
    folder = tmp_path / ".terraform" / "modules"
    (folder / "net" / "sub").mkdir(parents=True)
    (folder / "modules.json").write_text(
        '{"Modules": [{"Key": "", "Dir": "."}, {"Key": "net", "Dir": ".terraform/modules/net"},'
        ' {"Key": "net.sub", "Dir": ".terraform/modules/net/sub"}, {"Key": "out", "Dir": "../elsewhere"}]}'
    )
    (folder / "net" / "main.tf").write_text('module "sub" {\n  source = "registry/sub/aws"\n  count = 2\n}\n')
    (folder / "net" / "sub" / "main.tf").write_text('resource "aws_x" "a" {}\n')
    text = 'module "net" {\n  source = "registry/net/aws"\n  for_each = toset(["a.b"])\n}\nmodule "out" {\n  source = "x/y/z"\n}\n'
    found = root(tmp_path, {"main.tf": text})
    assert [i.address for i in found.instances] == [
        f'module.net["a.b"].module.sub[{index}].aws_x.a' for index in (0, 1)
    ]
    assert reasons(found) == ["module `out` (x/y/z) was not read: run `fourfold vendor` to see how to bring it"]


def test_a_tofu_file_stands_for_the_terraform_file_of_its_name(tmp_path: Path) -> None:
    files = {"main.tf": 'resource "aws_x" "a" {}\n', "main.tofu": 'resource "aws_x" "b" {}\n', "z.tf": ""}
    assert list(values(root(tmp_path, files))) == ["aws_x.b"]


def test_the_workspace_is_unknown_unless_it_is_told(tmp_path: Path) -> None:
    found = root(tmp_path, {"main.tf": 'resource "aws_x" "a" {\n  n = terraform.workspace\n}\n'})
    assert found.instances[0].values.get("n").reason == "it is not known which workspace is selected"


def test_callers_that_are_excluded_do_not_count(tmp_path: Path) -> None:
    tree = Tree(tmp_path, {"net/main.tf": NET.encode(), "main.tf": CALL.encode()})
    tree.chosen = ("net/main.tf",)
    assert project_of(tree).roots == {"net"}


def test_the_name_of_the_folder_it_is_run_in_is_known(tmp_path: Path) -> None:
    text = 'resource "aws_x" "a" {\n  n = "ex-${basename(path.cwd)}"\n}\n'
    assert values(root(tmp_path, {"examples/simple/main.tf": text}, "examples/simple")) == {
        "aws_x.a": {"n": "ex-simple"}
    }
