"""What the templates of every construct come to: each resource with its line, type and condition.

The lists are in `expected/`; a list that a change is meant to change is written anew by
`FOURFOLD_WRITE_EXPECTED=1 python -m pytest tests/sources/cloudformation/sam/test_places.py`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sources.cloudformation.sam.sam_template import Expanded, read

HERE = Path(__file__).parent
TEMPLATES = sorted((HERE / "templates").glob("*.yaml"))
MACRO = "Transform: [AWS::Serverless-2016-10-31, Mine]"


def listed(expanded: Expanded) -> str:
    made = [r for r in expanded.values() if r.format == "sam"]
    lines = (f"{r.span.line:4} {r.address} {r.type} {r.condition}\n" for r in made)
    return "".join(lines).replace(" always\n", "\n")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_what_is_made_and_of_which_lines(path: Path) -> None:
    expected = HERE / "expected" / f"{path.stem}.txt"
    got = listed(read(path.read_text()))
    if os.environ.get("FOURFOLD_WRITE_EXPECTED"):
        expected.write_text(got)
    assert got == expected.read_text()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_another_macro_leaves_what_is_made_and_may_add_to_it(path: Path) -> None:
    text = path.read_text()
    expanded = read(text.replace("Transform: AWS::Serverless-2016-10-31", MACRO))
    assert listed(expanded) == listed(read(text))
    assert expanded.problems[0].startswith("macro `Mine` rewrites")
    for resource in expanded.values():
        assert "macro `Mine`" in resource.get("SomethingThatIsNotThere").reason, resource.address
