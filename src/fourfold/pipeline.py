"""The only wiring: read, link, judge, report."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from fourfold.errors import NothingToReadError
from fourfold.findings.check import Check, checks_of, select
from fourfold.findings.judge import judge, subjects
from fourfold.findings.report import Report
from fourfold.findings.severity import ORDER
from fourfold.linking import link
from fourfold.model.place import Problem
from fourfold.model.resource import Resource
from fourfold.sources import read_file
from fourfold.sources.tree import Tree


def builtin_checks() -> list[Check]:
    """All checks that come with fourfold, by code."""
    import fourfold.principles

    return sorted(checks_of(fourfold.principles), key=lambda c: c.code)


def read(tree: Tree) -> tuple[list[Resource], list[Problem], list[str]]:
    """Everything the tree declares."""
    resources: list[Resource] = []
    problems: list[Problem] = []
    files: list[str] = []
    covered: set[str] = set()
    for path in tree.files():
        reading = read_file(tree, path)
        if reading is not None:
            files.append(path)
            resources.extend(reading.resources)
            problems.extend(reading.problems)
            covered |= reading.covers
    return [r for r in resources if r.file not in covered or r.variant], [*problems, *tree.problems], files


def scan(path: str | Path, *, only: Iterable[str] = ()) -> Report:
    """Read, link and judge a folder or a file.

    `only` names checks by id, code, code prefix or principle. Raises `UsageError` for a name that does not exist, and
    `NothingToReadError` where the path does not exist.
    """
    root = Path(path)
    if not root.exists():
        raise NothingToReadError(f"`{path}` does not exist")
    return examine(Tree(root), select(builtin_checks(), only), str(path))


def examine(tree: Tree, checks: Iterable[Check], root: str) -> Report:
    """Read, link and judge a tree by these checks: what `scan` does, and what a fix is proved by."""
    began = time.perf_counter()
    resources, problems, files = read(tree)
    graph = link(resources)
    findings, unknown = judge(graph, checks)
    findings.sort(key=lambda f: (ORDER[f.severity], f.span.file, f.span.start, f.code))
    return Report(
        root=root,
        findings=tuple(findings),
        problems=(*problems, *graph.problems),
        unknown=tuple(unknown),
        graph=graph,
        files=tuple(files),
        checks=tuple(checks),
        asked={check.id: len(subjects(graph, check)) for check in checks},
        seconds=time.perf_counter() - began,
    )
