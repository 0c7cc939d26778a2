"""Random module trees have the instances, arguments and outputs that the real terraform program plans."""

import json
import os
import subprocess
from pathlib import Path
from random import Random

import pytest
from sources.terraform.module_trees import tree
from sources.terraform.oracle import PROGRAM
from sources.terraform.test_module import NoFiles

from fourfold.model.place import Source
from fourfold.model.value import Known
from fourfold.sources.terraform.evaluate.config import Config, config_of
from fourfold.sources.terraform.evaluate.expressions import Scope
from fourfold.sources.terraform.evaluate.kinds import wholly_known
from fourfold.sources.terraform.evaluate.limits import Budget
from fourfold.sources.terraform.evaluate.module import Module, Workspace
from fourfold.sources.terraform.functions import table
from fourfold.sources.terraform.functions.encodings import jsonencode
from fourfold.sources.terraform.hcl.parser import parse


def planned(files: dict[str, str], folder: Path) -> dict | None:
    """The plan as JSON; None where the program refuses the configuration."""
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    quiet = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([PROGRAM, *arguments], cwd=folder, env=quiet, capture_output=True, text=True, check=False)

    run("init", "-backend=false", "-input=false")
    if run("plan", "-input=false", "-refresh=false", "-out=plan").returncode:
        return None
    return json.loads(run("show", "-json", "plan").stdout)


def evaluated(files: dict[str, str]) -> Module:
    def config(folder: str) -> Config:
        source = Source(f"{folder}main.tf", files[f"{folder}main.tf"])
        body, problems = parse(source)
        assert not problems
        return config_of(folder, [(source, body)])

    configs = {name: config(f"{name}/") for name in ("one", "two")}
    world = Workspace(
        functions=lambda _: table(NoFiles()),
        find=lambda _m, _n, declared: configs[declared.text("source").rpartition("/")[2]],
        facts={},
        root_key="main.tf",
    )
    source = Source("terraform.tfvars", files["terraform.tfvars"])
    scope = Scope(source, lambda _e, _s: None, {}, Budget())
    inputs = {name: scope.value(given.value) for name, given in parse(source)[0].attributes.items()}
    return Module(config(""), world, inputs=inputs)


def same(have: object, want: object) -> bool:
    return json.dumps(have, sort_keys=True) == json.dumps(want, sort_keys=True)


def differences(files: dict[str, str], plan: dict) -> list[str]:
    module = evaluated(files)
    ours = {instance.address: instance for instance in module.walk()}
    theirs = {change["address"]: change["change"] for change in plan["resource_changes"]}
    assert set(ours) == set(theirs)
    wrong = []
    for address, change in theirs.items():
        value = ours[address].values.entries_.get("input")
        unknown = json.dumps(change["after_unknown"].get("input", False))
        if value is None or "true" in unknown:
            continue
        have = json.loads(str(jsonencode(value).plain())) if wholly_known(value) else f"unknown: {value.plain()}"
        if not same(have, change["after"].get("input")):
            wrong.append(f"{address}: terraform {change['after'].get('input')!r}, fourfold {have!r}")
    for name, change in plan["output_changes"].items():
        value = module.output(name)
        have = value.value if isinstance(value, Known) else f"unknown: {value.plain()}"
        if not change.get("after_unknown") and not same(have, change["after"]):
            wrong.append(f"output {name}: terraform {change['after']!r}, fourfold {have!r}")
    return wrong


@pytest.mark.skipif(PROGRAM is None, reason="no terraform on the PATH: module trees are not compared with it")
@pytest.mark.parametrize("seed", range(5))
def test_module_trees_agree_with_terraform(seed: int, tmp_path: Path) -> None:
    files = tree(Random(seed))
    plan = planned(files, tmp_path)
    if plan is None:
        pytest.skip("terraform refuses this tree as a whole")
    assert differences(files, plan) == []
