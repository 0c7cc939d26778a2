"""`fourfold paths`: what somebody can come to, from where, step by step."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path as FilePath

from fourfold.errors import UsageError
from fourfold.faces.cli import FINDINGS, OK
from fourfold.faces.cli.output import Progress, add_color, base_in_repository, style_of, write

EPILOG = """\
Each step is proved - a packet that gets through, a request that is allowed, with the lines that decide it - or says what
it assumes (a flaw in code), or what the files do not tell.

examples:
  fourfold paths                            from the internet to data, in this folder
  fourfold paths infra --from dependency    what a malicious library could reach
  fourfold paths --to destroy --to data     to more than one goal
  fourfold paths --from DeployRole --to administrator    ways up from one role
  fourfold paths --proved                   only paths that assume nothing
  fourfold paths --format sarif             for code scanning: each path with its steps as code flow
  fourfold fix --cut                        the fewest changes that end the paths

exit status: 0 no path was found, 1 there is one, 2 usage error or nothing to read
"""


def parser() -> argparse.ArgumentParser:
    """The options of `paths`."""
    from fourfold.engines.paths.search import ACTORS, GOALS

    out = argparse.ArgumentParser(
        prog="fourfold paths",
        description="Find the ways from an actor to a goal, by proved steps.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    out.add_argument("path", nargs="?", default=".", metavar="PATH", help="folder or file (default: this folder)")
    out.add_argument("--from", dest="actors", action="append", default=[], metavar="ACTOR",
                     help=f"{', '.join(f'{name} ({what})' for name, what in ACTORS.items())}, or the name of a role or user "
                     "whose credentials somebody has (default: internet)")  # fmt: skip
    out.add_argument("--to", dest="goals", action="append", choices=list(GOALS), default=[], metavar="GOAL",
                     help=f"{', '.join(GOALS)} (default: data)")  # fmt: skip
    out.add_argument("--proved", action="store_true", help="only paths that assume nothing and leave nothing open")
    out.add_argument("--format", choices=("text", "json", "sarif"), default="text")
    add_color(out)
    return out


def run(arguments: list[str]) -> int:
    """Show the paths; returns the exit status."""
    options = parser().parse_args(arguments)
    from fourfold.engines.paths.search import ACTORS, paths, start
    from fourfold.engines.paths.world import World
    from fourfold.pipeline import graph_of
    from fourfold.reports import paths as report

    progress = Progress()
    try:
        graph, _ = graph_of(options.path, progress=progress)
        progress("searching paths", 0, 0)
        for name in options.actors:
            if name not in ACTORS and not any(start(World(graph), name)):
                raise UsageError(f"`{name}` is no actor, and no role or user of `{options.path}` is called so")
        found, notes = paths(graph, options.actors or ("internet",), options.goals or ("data",))
    finally:
        progress.clear()
    if options.proved:
        found = [p for p in found if all(m.certainty == "proved" for m in p.moves)]
    if options.format == "json":
        import json

        write(json.dumps(report.document(found, notes), indent=2) + "\n", None)
    elif options.format == "sarif":
        write(report.sarif(found, base_in_repository(FilePath(options.path))), None)
    else:
        write(report.text(found, style_of(sys.stdout, options.color)), None)
        for note in notes:
            print(f"fourfold: {note}", file=sys.stderr)
    return FINDINGS if found else OK
