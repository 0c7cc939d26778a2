"""Runs the attack-path cases that stand in the Markdown files of `cases/`; its `README.md` says how they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, cast

import pytest

from fourfold.engines.paths.moves import Goal
from fourfold.engines.paths.search import paths
from fourfold.pipeline import graph_of

_FENCE = re.compile(r"^```(\w+) +([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_USE = re.compile(r"^# \+ (\S+)\n", re.MULTILINE)
_WORST = ("proved", "assumed", "unknown")


class Case(NamedTuple):
    """Files, and the paths that there are."""

    name: str
    files: dict[str, str]
    expected: dict[tuple[str, str], frozenset[str]]
    """(actor, goal): `TARGET: MOVES (CERTAINTY)` for each path."""


def cases(path: Path) -> Iterator[Case]:
    """The cases of one file."""
    head, *parts = re.split(r"^## ", path.read_text(), flags=re.MULTILINE)
    snippets = {name: text for language, name, text in _FENCE.findall(head) if language == "snippet"}
    for part in parts:
        files: dict[str, str] = {}
        expected: dict[tuple[str, str], frozenset[str]] = {}
        for language, name, text in _FENCE.findall(part):
            if language == "paths":
                actor, goal = name.split()
                expected[actor, goal] = frozenset(line for line in text.splitlines() if line)
            else:
                files[name] = _USE.sub(lambda m: snippets[m[1]], text)
        yield Case(part.partition("\n")[0].strip(), files, expected)


ALL = [(path, case) for path in sorted((Path(__file__).parent / "cases").glob("*.md")) for case in cases(path)]


def found(folder: Path, actor: str, goal: str) -> frozenset[str]:
    """The paths of a folder, one line each."""
    graph, _ = graph_of(folder)
    out = set()
    for path in paths(graph, [actor], [cast("Goal", goal)])[0]:
        worst = max((move.certainty for move in path.moves), key=_WORST.index)
        out.add(f"{path.target.name.replace('`', '')}: {' '.join(m.id for m in path.moves)} ({worst})")
    return frozenset(out)


@pytest.mark.parametrize(("path", "case"), ALL, ids=[f"{path.stem}: {case.name}" for path, case in ALL])
def test_case(path: Path, case: Case, tmp_path: Path) -> None:
    assert case.files, "a case without files"
    assert case.expected, "a case that expects nothing"
    for name, text in case.files.items():
        (tmp_path / name).write_text(text)
    for (actor, goal), lines in case.expected.items():
        assert found(tmp_path, actor, goal) == lines


def test_half_of_the_cases_are_traps() -> None:
    """A search that finds everything would be right only where there is something."""
    traps = [case for _, case in ALL if not any(case.expected.values())]
    assert len(ALL) >= 60
    assert 2 * len(traps) >= len(ALL) * 0.9
