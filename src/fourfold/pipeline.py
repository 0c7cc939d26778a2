"""The only wiring: read, link, judge."""

from __future__ import annotations

import datetime as dt
import gc
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import msgspec

from fourfold.config import Config, load
from fourfold.engines.responsibility import matrix
from fourfold.errors import NothingToReadError, UsageError
from fourfold.findings.check import Check, checks_of, select
from fourfold.findings.judge import judge, subjects
from fourfold.findings.own import own_checks
from fourfold.findings.report import Report
from fourfold.findings.severity import ORDER
from fourfold.findings.suppress import suppress
from fourfold.knowledge import support
from fourfold.linking import link
from fourfold.model.graph import Graph
from fourfold.model.place import Problem
from fourfold.model.resource import Reading, Resource
from fourfold.sources import read_file
from fourfold.sources.ignore import Rules
from fourfold.sources.tree import Tree

Progress: TypeAlias = Callable[[str, int, int], None]
"""Is told (what is being done, how many are done, how many there are or 0)."""


def silent(stage: str, done: int, total: int) -> None:
    """The progress nobody wants to hear of."""


Reader: TypeAlias = Callable[[Tree, Iterable[str]], Iterable[tuple[str, Reading | None]]]
"""Reads files of a tree: path by path, what the format that claims it makes of it; None where none does."""


def each(tree: Tree, paths: Iterable[str]) -> Iterator[tuple[str, Reading | None]]:
    """Read every file."""
    return ((path, read_file(tree, path)) for path in paths)


def builtin_checks() -> list[Check]:
    """All checks that come with fourfold, by code."""
    import fourfold.principles

    return sorted(checks_of(fourfold.principles), key=lambda c: c.code)


def checks_for(path: str | Path) -> list[Check]:
    """All checks that a scan of this path can ask: the built-in ones, and those of its settings."""
    return _all_checks(load(Path(path)))[0]


def _all_checks(settings: Config) -> tuple[list[Check], list[Problem]]:
    builtin = builtin_checks()
    own, wrong = own_checks(settings.checks, builtin, settings.file)
    return [*builtin, *own], wrong


def read(
    tree: Tree, exclude: Iterable[str] = (), progress: Progress = silent, reader: Reader = each
) -> tuple[list[Resource], list[Problem], list[str]]:
    """Everything the tree declares, what could not be read, and the files that were.

    `exclude` holds patterns as `.gitignore` writes them; what others refer to is read all the same.
    """
    readings: dict[str, Reading] = {}
    covered: set[str] = set()
    replaced: set[str] = set()
    exclude = tuple(exclude)
    paths = _wanted(tree.files(), exclude)
    if exclude:
        paths = tree.chosen = tuple(paths)
    for at, (path, reading) in enumerate(reader(tree, paths), 1):
        progress("reading file", at, 0)
        if reading is not None:
            readings[path] = reading
            covered |= reading.covers | reading.replaces
            replaced |= reading.replaces
    resources = [
        resource
        for path, reading in readings.items()
        if path not in covered
        for resource in reading.resources
        if resource.file not in covered or resource.variant
    ]
    problems = dict.fromkeys(p for path, r in readings.items() if path not in replaced for p in r.problems)
    return resources, [*problems, *tree.problems], list(readings)


def _wanted(paths: Iterable[str], exclude: tuple[str, ...]) -> Iterable[str]:
    if not exclude:
        return paths
    rules = Rules("\n".join(exclude), "")
    return (path for path in paths if not rules.name(path))


def graph_of(path: str | Path, *, progress: Progress = silent) -> tuple[Graph, list[Problem]]:
    """The graph of a folder or a file, for questions that no check asks, and what could not be read.

    The folder's settings count for what is read. Raises NothingToReadError where the path does not exist.
    """
    root = Path(path)
    if not root.exists():
        raise NothingToReadError(f"`{path}` does not exist")
    settings, tree = load(root), Tree(root)
    tree.terraform = settings.terraform
    with _uncollected():
        resources, problems, _ = read(tree, settings.exclude, progress)
        progress("linking resources", len(resources), 0)
        graph = link(resources)
    return graph, [*problems, *graph.problems]


def scan(
    path: str | Path,
    *,
    only: Iterable[str] = (),
    exclude: Iterable[str] = (),
    config: Config | None = None,
    tree: Tree | None = None,
    today: dt.date | None = None,
    progress: Progress = silent,
) -> Report:
    """Read, link and judge a folder or a file.

    `only` names checks by id, code, code prefix or principle; `exclude` gives patterns of files not to read, as
    `.gitignore` writes them. Both are added to what the folder's settings say; `config` takes the place of these, and
    `tree` that of the folder as it is on disk.
    `today` decides which suppressions are expired. `progress` is told how far the work is; nothing is ever printed.

    The report holds everything as objects: findings (worst first), problems, unknown, suppressed, and the graph.
    Raises `UsageError` for a check name that does not exist, and `NothingToReadError` where the path does not exist.
    A folder without anything to read gives an empty report.
    """
    root = Path(path)
    if not root.exists():
        raise NothingToReadError(f"`{path}` does not exist")
    settings = load(root) if config is None else config
    checks, wrong = _all_checks(settings)
    asked = select(checks, only) if (only := tuple(only)) else _configured(checks, settings, wrong)
    tree = tree or Tree(root)
    tree.terraform = settings.terraform
    report = examine(tree, asked, str(path), exclude=(*settings.exclude, *exclude), progress=progress)
    masking = [c for c in checks if c.finds_secrets and c not in asked]
    day = today or support.today()
    kept, hushed, stale = suppress(report.findings, report.graph, settings.suppress, checks, asked, day)
    return msgspec.structs.replace(
        report,
        findings=tuple(kept),
        suppressed=tuple(hushed),
        unasked=tuple(judge(report.graph, masking)[0]),
        problems=(*report.problems, *settings.problems, *wrong, *stale),
        matrix=tuple(msgspec.structs.asdict(row) for row in matrix(report.graph)),
    )


def _configured(checks: list[Check], settings: Config, problems: list[Problem]) -> list[Check]:
    """The checks that the settings ask for; all where a name in them does not exist."""
    try:
        return select(checks, settings.only)
    except UsageError as error:
        problems.append(Problem(settings.file, 0, f"the setting `only` does not count: {error}"))
        return checks


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: what a scan makes it keeps, so looking for garbage in it is time lost (a third of
    it, measured on 500 templates)."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            if not gc.get_freeze_count():
                # Puts all of it among what is old, where the next thing that is made does not set off a search.
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def examine(
    tree: Tree,
    checks: Iterable[Check],
    root: str,
    *,
    exclude: Iterable[str] = (),
    progress: Progress = silent,
    reader: Reader = each,
) -> Report:
    """Read, link and judge a tree by these checks: what `scan` does, and what a fix is proved by."""
    began = time.perf_counter()
    checks, exclude = tuple(checks), tuple(exclude)
    with _uncollected():
        resources, problems, files = read(tree, exclude, progress, reader)
        progress("linking resources", len(resources), 0)
        graph = link(resources)
        progress("judging resources", len(resources), 0)
        findings, unknown = judge(graph, checks)
    findings.sort(key=lambda f: (ORDER[f.severity], f.span.file, f.span.start, f.code, f.id))
    return Report(
        root=root,
        exclude=exclude,
        findings=tuple(findings),
        problems=(*problems, *graph.problems),
        unknown=tuple(unknown),
        graph=graph,
        files=tuple(files),
        checks=checks,
        terraform=tree.terraform,
        asked={check.id: len(subjects(graph, check)) for check in checks},
        seconds=time.perf_counter() - began,
    )
