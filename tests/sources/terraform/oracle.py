"""Expressions evaluated by the real terraform program, which needs neither provider nor network for that."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("terraform")

UNKNOWN = object()
"""What terraform knows only after apply."""
REJECTED = "<rejected>"
RESOURCES = """
resource "terraform_data" "x" {}
resource "terraform_data" "y" {
  input = jsondecode(terraform_data.x.id)
}
"""
"""`terraform_data.x.id` is a text that is known after apply; of `terraform_data.y.output` not even the type is known."""


def evaluate(expressions: Sequence[str], folder: Path, prelude: str = "") -> list[object]:
    """The JSON text of each value, `UNKNOWN`, or `REJECTED` where terraform refuses the expression."""
    outputs = [
        f'output "o{i}" {{\n  value = try(jsonencode({e}), "{REJECTED}")\n}}\n' for i, e in enumerate(expressions)
    ]
    changes = plan(prelude + RESOURCES + "".join(outputs), folder)["output_changes"]
    out: list[object] = []
    for i in range(len(expressions)):
        change = changes[f"o{i}"]
        out.append(UNKNOWN if change.get("after_unknown") else change["after"])
    return out


def sensitive(expressions: Sequence[str], folder: Path) -> list[object]:
    """What is sensitive of each value: true for the whole, else by key or position; None where it is not known yet."""
    inputs = [
        f'resource "terraform_data" "r{i}" {{\n  input = try({e}, "{REJECTED}")\n}}\n'
        for i, e in enumerate(expressions)
    ]
    changes = {c["name"]: c["change"] for c in plan(RESOURCES + "".join(inputs), folder)["resource_changes"]}
    found = [changes[f"r{i}"] for i in range(len(expressions))]
    return [
        None if c["after_unknown"].get("input") is True else c["after_sensitive"].get("input", False) for c in found
    ]


def halved(
    ask: Callable[[Sequence[str], Path], list[object]], expressions: Sequence[str], folder: Path, refused: object = None
) -> list[object]:
    """What the program says; an expression for which it refuses the whole plan is found by halving."""
    try:
        return ask(expressions, folder)
    except AssertionError:
        if len(expressions) == 1:
            return [refused]
        middle = len(expressions) // 2
        return [
            *halved(ask, expressions[:middle], folder, refused),
            *halved(ask, expressions[middle:], folder, refused),
        ]


def plan(text: str, folder: Path) -> Any:
    """The plan of a root module."""
    assert PROGRAM is not None
    (folder / "main.tf").write_text(text)
    quiet = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}

    def run(*arguments: str) -> str:
        done = subprocess.run([PROGRAM, *arguments], cwd=folder, env=quiet, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    if not (folder / ".terraform").exists():
        run("init", "-backend=false", "-input=false")
    run("plan", "-input=false", "-refresh=false", "-out=plan")
    return json.loads(run("show", "-json", "plan"))
