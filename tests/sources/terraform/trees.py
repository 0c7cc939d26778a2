"""Trees in memory for the tests of Terraform's reader."""

from pathlib import Path
from typing import Any

from fourfold.sources.terraform.roots import Evaluated, Project, project_of
from fourfold.sources.tree import Tree


def project(folder: Path, files: dict[str, str]) -> Project:
    return project_of(Tree(folder, {name: text.encode() for name, text in files.items()}))


def root(folder: Path, files: dict[str, str], where: str = "") -> Evaluated:
    found = project(folder, files).evaluate(where)
    assert found is not None
    return found


def values(found: Evaluated) -> dict[str, Any]:
    return {instance.address: instance.values.plain() for instance in found.instances}


def reasons(found: Evaluated) -> list[str]:
    return [problem.reason for problem in found.problems]
