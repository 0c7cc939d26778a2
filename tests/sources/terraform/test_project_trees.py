"""Root modules read from files have the values that the real terraform program plans."""

import os
from pathlib import Path
from random import Random

import pytest
from sources.terraform.oracle import PROGRAM
from sources.terraform.project_trees import project
from sources.terraform.test_module_trees import planned

from fourfold.config import Terraform
from fourfold.model.value import Known
from fourfold.sources.terraform.roots import project_of
from fourfold.sources.tree import Tree


def differences(seed: int, folder: Path, environment: pytest.MonkeyPatch) -> list[str]:
    files, variables = project(Random(seed))
    for name, text in variables.items():
        environment.setenv(name, text)
    plan = planned(files, folder)
    if plan is None:
        pytest.skip("terraform refuses this tree as a whole")
    tree = Tree(folder)
    tree.terraform = Terraform(use_environment=True, workspace="default")
    found = project_of(tree).evaluate("")
    assert found is not None
    wrong = [p.reason for p in found.problems]
    for name, change in plan["output_changes"].items():
        value = found.root.output(name)
        have = value.value if isinstance(value, Known) else f"unknown: {value.plain()}"
        if not change.get("after_unknown") and have != change["after"]:
            wrong.append(f"output {name}: terraform {change['after']!r}, fourfold {have!r}")
    ours = {i.address for i in found.instances if i.kind == "resource"}
    theirs = {c["address"] for c in plan["resource_changes"] if c["change"]["actions"] != ["delete"]}
    return wrong + [f"instances: {sorted(ours ^ theirs)}"] * (ours != theirs)


@pytest.mark.skipif(PROGRAM is None, reason="no terraform on the PATH: root modules are not compared with it")
@pytest.mark.parametrize("seed", [int(s) for s in os.environ.get("FOURFOLD_SEEDS", "1 2 3 5 8 13").split()])
def test_root_modules_agree_with_terraform(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert differences(seed, tmp_path, monkeypatch) == []
