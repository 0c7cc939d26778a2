"""Expressions evaluated by the real terraform program, which needs neither provider nor network for that."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

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
    assert PROGRAM is not None
    outputs = [
        f'output "o{i}" {{\n  value = try(jsonencode({e}), "{REJECTED}")\n}}\n' for i, e in enumerate(expressions)
    ]
    (folder / "main.tf").write_text(prelude + RESOURCES + "".join(outputs))
    quiet = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}

    def run(*arguments: str) -> str:
        done = subprocess.run([PROGRAM, *arguments], cwd=folder, env=quiet, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    if not (folder / ".terraform").exists():
        run("init", "-backend=false", "-input=false")
    run("plan", "-input=false", "-refresh=false", "-out=plan")
    changes = json.loads(run("show", "-json", "plan"))["output_changes"]
    out: list[object] = []
    for i in range(len(expressions)):
        change = changes[f"o{i}"]
        out.append(UNKNOWN if change.get("after_unknown") else change["after"])
    return out
