"""The estate that a command is asked about: what its paths declare."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fourfold.errors import NothingToReadError, UsageError
from fourfold.faces.cli.output import Progress

if TYPE_CHECKING:
    from fourfold.engines.iam.estate import Estate
    from fourfold.model.graph import Graph

PROBLEMS_SHOWN = 5


def add_paths(parser: argparse.ArgumentParser) -> None:
    """The argument `PATH...`."""
    parser.add_argument(
        "path", nargs="*", metavar="PATH",
        help="folders and files that declare identities and resources, policy files, or the JSON of "
        "`aws iam get-account-authorization-details` (default: this folder)",
    )  # fmt: skip


def estate_of(paths: Sequence[str]) -> Estate:
    """The identities and resources of these paths, put together; what could not be read is said on standard error."""
    paths = paths or ["."]
    dumps = [path for path in paths if _is_dump(path)]
    if len(dumps) > 1:
        raise UsageError(f"`{dumps[0]}` and `{dumps[1]}` each describe an account: ask about one at a time")
    rest = [path for path in paths if path not in dumps]
    out: list[Estate] = [_of_dump(dumps[0])] if dumps else []
    if rest:
        out.append(_of_graph(rest, out[0].account if out else ""))
    if len(out) > 1:
        from fourfold.engines.iam.estate import joined

        return joined(out)
    if len(out[0].principals) <= 1 and not out[0].targets:
        raise NothingToReadError(f"`{' '.join(paths)}` declares no identity and no resource of AWS")
    return out[0]


def _of_graph(paths: Sequence[str], account: str) -> Estate:
    from fourfold.engines.iam.estate_graph import estate, estate_in

    graph = graph_in(paths)
    return estate_in(graph, account) if account else graph.derived(estate)


def graph_in(paths: Sequence[str]) -> Graph:
    """What these paths declare as one graph; what could not be read is said on standard error."""
    from fourfold.linking import link
    from fourfold.pipeline import graph_of

    progress = Progress()
    try:
        found = [graph_of(path, progress=progress) for path in paths]
    finally:
        progress.clear()
    graph = found[0][0]
    if len(found) > 1:
        graph = link([resource for one, _ in found for resource in one.resources.values()])
    problems = [problem for _, group in found for problem in group]
    for problem in problems[:PROBLEMS_SHOWN]:
        print(f"fourfold: {problem.file}:{problem.line}: {problem.reason}", file=sys.stderr)
    if len(problems) > PROBLEMS_SHOWN:
        print(f"fourfold: and {len(problems) - PROBLEMS_SHOWN} more; `fourfold scan` lists them", file=sys.stderr)
    return graph


def _is_dump(path: str) -> bool:
    from fourfold.sources.iam.account import is_account

    if not path.endswith(".json") or not Path(path).is_file():
        return False
    with Path(path).open("rb") as file:
        return is_account(file.read(200))


def _of_dump(path: str) -> Estate:
    from fourfold.engines.iam.estate_account import estate_of_account
    from fourfold.sources.iam.account import DUMP_BYTES_MAX, read_account

    if Path(path).stat().st_size > DUMP_BYTES_MAX:
        raise UsageError(f"`{path}` is larger than {DUMP_BYTES_MAX // 1024 // 1024} MB")
    gc.disable()  # nothing of it is garbage before the end
    try:
        account = read_account(path, Path(path).read_text(encoding="utf-8-sig", errors="replace"))
        out = estate_of_account(account)
    finally:
        gc.enable()
    for note in out.notes[:PROBLEMS_SHOWN]:
        print(f"fourfold: {note}", file=sys.stderr)
    return out
