"""Values of variables, and where they come from."""

from pathlib import Path

import pytest
from sources.terraform.trees import root

from fourfold.config import Terraform
from fourfold.sources.terraform.roots import Evaluated, project_of
from fourfold.sources.tree import Tree

MAIN = 'variable "a" {\n  default = "default"\n}\nvariable "l" {\n  type = list(string)\n  default = []\n}\nresource "aws_x" "x" {\n  a = var.a\n  l = var.l\n}\n'


def given(found: Evaluated) -> object:
    return found.instances[0].values.plain()


def with_settings(folder: Path, files: dict[str, str], settings: Terraform) -> Evaluated:
    tree = Tree(folder, {name: text.encode() for name, text in files.items()})
    tree.terraform = settings
    found = project_of(tree).evaluate("")
    assert found is not None
    return found


def test_files_are_taken_in_the_order_of_terraform(tmp_path: Path) -> None:
    files = {"main.tf": MAIN, "terraform.tfvars": 'a = "1"\nl = ["x"]\n'}
    assert given(root(tmp_path, files)) == {"a": "1", "l": ["x"]}
    files["terraform.tfvars.json"] = '{"a": "2"}'
    assert given(root(tmp_path, files)) == {"a": "2", "l": ["x"]}
    files["b.auto.tfvars"] = 'a = "4"\n'
    files["a.auto.tfvars.json"] = '{"a": "3", "unknown": 1}'
    assert given(root(tmp_path, files)) == {"a": "4", "l": ["x"]}
    files["prod.tfvars"] = 'a = "not loaded"\n'
    assert given(root(tmp_path, files)) == {"a": "4", "l": ["x"]}


def test_the_value_says_in_which_file_and_line_it_is_given(tmp_path: Path) -> None:
    found = root(tmp_path, {"main.tf": MAIN, "prod.auto.tfvars": '\n\na = "x"\n'})
    steps = found.instances[0].values.get("a").provenance
    assert [(s.note, s.span.file, s.span.line) for s in steps if s.span] == [
        ("variable a", "main.tf", 1),
        ("value in prod.auto.tfvars", "prod.auto.tfvars", 3),
    ]


def test_settings_give_files_values_and_the_workspace(tmp_path: Path) -> None:
    files = {"main.tf": MAIN, "env/prod.tfvars": 'a = "file"\nl = ["f"]\n'}
    found = with_settings(tmp_path, files, Terraform(var_files=("env/prod.tfvars",)))
    assert given(found) == {"a": "file", "l": ["f"]}
    found = with_settings(
        tmp_path, files, Terraform(var_files=("env/prod.tfvars",), vars=(("a", "[x]"), ("l", '["a","b"]')))
    )
    assert given(found) == {"a": "[x]", "l": ["a", "b"]}


def test_a_file_of_values_outside_is_a_problem(tmp_path: Path) -> None:
    found = with_settings(tmp_path, {"main.tf": MAIN}, Terraform(var_files=("../x.tfvars",)))
    assert [p.reason for p in found.problems] == ["lies outside of the scanned folder; its values were not read"]


def test_the_environment_counts_only_where_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_VAR_a", "environment")
    assert given(with_settings(tmp_path, {"main.tf": MAIN}, Terraform())) == {"a": "default", "l": []}
    found = with_settings(tmp_path, {"main.tf": MAIN}, Terraform(use_environment=True))
    assert given(found) == {"a": "environment", "l": []}
