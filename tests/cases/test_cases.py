"""Runs the cases that stand in the Markdown files of this folder; `README.md` says how they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import fourfold

HERE = Path(__file__).parent
_FENCE = re.compile(r"^```(\w+)?(?: +(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"([-?!])> (FF\d{4}|.+?)(?= [-?!]> |\s*$)")


class Case(NamedTuple):
    """One fact."""

    name: str
    checks: tuple[str, ...]
    files: dict[str, str]
    marks: frozenset[tuple[str, int, str, str]]
    """(file, line, `-`, `?` or `!`, code or reason)."""


def cases(path: Path) -> Iterator[Case]:
    """The cases of one file."""
    head, *parts = re.split(r"^## ", path.read_text(), flags=re.MULTILINE)
    checks = tuple(re.findall(r"FF\d{4}", next(line for line in head.splitlines() if line.startswith("Checks:"))))
    for part in parts:
        files: dict[str, str] = {}
        marks: set[tuple[str, int, str, str]] = set()
        for language, name, text in _FENCE.findall(part):
            if language == "marks":
                for line in text.splitlines():
                    place, _, rest = line.partition(" ")
                    file, _, number = place.rpartition(":")
                    marks |= {(file, int(number), kind, what) for kind, what in _MARK.findall(rest)}
            elif name:
                files[name] = text
                for number, line in enumerate(text.splitlines(), 1):
                    marks |= {(name, number, kind, what) for kind, what in _MARK.findall(line)}
        yield Case(part.partition("\n")[0].strip(), checks, files, frozenset(marks))


ALL = [(path, case) for path in sorted(HERE.glob("*/*.md")) for case in cases(path)]


@pytest.mark.parametrize(("path", "case"), ALL, ids=[f"{path.stem}: {case.name}" for path, case in ALL])
def test_case(path: Path, case: Case, tmp_path: Path) -> None:
    assert case.files, "a case without files"
    for name, text in case.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    report = fourfold.scan(tmp_path, only=case.checks)
    codes = {check.id: check.code for check in report.checks}
    found = {(f.span.file, f.span.line, "-", f.code) for f in report.findings}
    found |= {(u.span.file, u.span.line, "?", codes[u.check]) for u in report.unknown}
    assert found == {mark for mark in case.marks if mark[2] != "!"}
    for file, line, kind, reason in case.marks:
        if kind == "!":
            said = [p.reason for p in report.problems if (p.file, p.line) == (file, line)]
            assert any(reason in one for one in said), said
    marked = {(file, line) for file, line, kind, _ in case.marks if kind == "!"}
    assert [p for p in report.problems if (p.file, p.line) not in marked] == []
