"""What is found in real templates that nobody here wrote, kept line by line: each change of a verdict is seen."""

import difflib
from pathlib import Path

import pytest

from tools.snapshot import KEPT, render


@pytest.mark.parametrize("name", ["cloudformation-templates", "kubernetes-goat", "serverless-patterns"])
def test_findings_in_the_corpus_are_as_before(name: str, shared: Path) -> None:
    before = (KEPT / f"{name}.txt").read_text()
    after = render(shared / "corpus" / name)
    diff = "\n".join(difflib.unified_diff(before.splitlines(), after.splitlines(), "kept", "found", lineterm="", n=0))
    assert not diff, f"read each line by eye, then `python -m tools.snapshot`:\n{diff}"
