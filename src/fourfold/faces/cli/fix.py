"""`fourfold fix`: show, or write, the changes that mend findings - only those that were proved."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fourfold.errors import UsageError
from fourfold.faces.cli import OK, USAGE

if TYPE_CHECKING:
    from fourfold.findings.finding import Finding
    from fourfold.findings.report import Report
    from fourfold.fixes import FileChange, Plan

EPILOG = """\
The diff goes to standard output, everything else to standard error, so `fourfold fix | git apply` works, too.
A change is shown only after the changed files were read and judged again: its finding is gone, nothing new was found,
and no other value changed.

examples:
  fourfold fix                              show what would be changed in this folder
  fourfold fix infra --only FF4 --write     mend findings of the supply chain, and write the files
  fourfold fix --cut                        the fewest changes that end the attack paths to data
  fourfold fix --finding 8f027d2a29708bdf   one finding, by the id (or its beginning) that reports show
"""


def parser() -> argparse.ArgumentParser:
    """The options of `fix`."""
    out = argparse.ArgumentParser(
        prog="fourfold fix",
        description="Show the smallest changes that mend findings, each proved; with --write, write them.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    out.add_argument("path", nargs="?", default=".", metavar="PATH", help="folder or file (default: this folder)")
    out.add_argument("--only", action="append", default=[], metavar="NAME",
                     help="mend only findings of these checks: ids, codes, code prefixes or principles")  # fmt: skip
    out.add_argument("--finding", action="append", default=[], metavar="ID", help="mend only this finding")
    out.add_argument("--cut", action="store_true",
                     help="the cheapest set of changes that ends the attack paths (see `fourfold paths`)")  # fmt: skip
    out.add_argument("--from", dest="actors", action="append", default=[], metavar="ACTOR",
                     help="with --cut: paths of this actor (default: internet)")  # fmt: skip
    out.add_argument("--to", dest="goals", action="append", default=[], metavar="GOAL",
                     help="with --cut: paths to this goal (default: data)")  # fmt: skip
    out.add_argument("--unsafe", action="store_true",
                     help="also changes after which the workload may need something from you")  # fmt: skip
    out.add_argument("--write", action="store_true", help="write the files")
    return out


def run(arguments: list[str]) -> int:
    """Plan, show and perhaps write; returns the exit status."""
    options = parser().parse_args(arguments)
    from fourfold.findings.check import select
    from fourfold.fixes import plan
    from fourfold.pipeline import scan

    report = scan(options.path)
    if not report.files:
        _say(f"`{options.path}` holds nothing that fourfold reads")
        return USAGE
    if options.cut:
        return _cut(options, report)
    only = [name for group in options.only for name in group.split(",") if name.strip()]
    wanted = {check.id for check in select(list(report.checks), only)}
    chosen = [f for f in report.findings if f.check in wanted and _named(f, options.finding)]
    if options.finding and not chosen:
        raise UsageError(f"no finding begins with `{options.finding[0]}`; `fourfold {options.path}` shows the ids")
    unsafe = [f for f in chosen if f.fix and not f.fix.safe]
    if not options.unsafe:
        chosen = [f for f in chosen if f not in unsafe]
    result = plan(report, chosen, _say if sys.stderr.isatty() else lambda _: None)
    for change in result.changes:
        sys.stdout.write(change.diff())
    if options.write:
        for change in result.changes:
            _write(Path(options.path), change)
    _summary(result, chosen, [] if options.unsafe else unsafe, written=options.write)
    return OK


def _cut(options: argparse.Namespace, report: Report) -> int:
    """Show and perhaps write the changes that end paths."""
    from fourfold.engines.paths.search import ACTORS, GOALS
    from fourfold.faces.cli.output import Progress
    from fourfold.fixes.cut import plan

    for name, known in ((n, ACTORS) for n in options.actors):
        if name not in known:
            raise UsageError(f"no actor is called `{name}`; one of {', '.join(known)}")
    for name in options.goals:
        if name not in GOALS:
            raise UsageError(f"no goal is called `{name}`; one of {', '.join(GOALS)}")
    progress = Progress()
    try:
        actors, goals = options.actors or ["internet"], options.goals or ["data"]
        result = plan(report, actors, goals, unsafe=options.unsafe, progress=progress)
    finally:
        progress.clear()
    for change in result.changes:
        sys.stdout.write(change.diff())
    if options.write:
        for change in result.changes:
            _write(Path(options.path), change)
    total = len({(p.actor, p.target) for p in (*result.closes, *result.stays)})
    if not total:
        _say("no path was found")
        return OK
    if result.closes:
        verb = "close" if not options.write else "closed"
        proved = (
            "no cheaper set of fixes does" if result.least else "whether a cheaper set does was not searched to the end"
        )
        _say(f"{_count(len(result.uses), 'fix')} {verb} {len(result.closes)} of {_count(total, 'path')}; {proved}")
        for f in result.uses:
            _say(f"  {f.span.file}:{f.span.line} {f.code} {f.title}")
    for path in result.stays:
        _say(f"stays: {path.actor}: {path.target}" + (f", if {path.weakest}" if path.weakest else ""))
    if result.stays and not options.unsafe:
        _say("--unsafe also tries changes after which the workload may need something from you")
    if result.closes and not options.write:
        _say("--write writes the files")
    return OK


def _named(finding: Finding, prefixes: list[str]) -> bool:
    return not prefixes or any(finding.id.startswith(prefix) for prefix in prefixes)


def _write(path: Path, change: FileChange) -> None:
    """Replace the file in one step, keeping its permissions and its line ends."""
    file = path if path.is_file() else path / change.path
    temporary = file.with_name(f".{file.name}.fourfold")
    try:
        mode = file.stat().st_mode
        temporary.write_bytes(change.data)
        temporary.chmod(mode)
        os.replace(temporary, file)  # noqa: PTH105 - the atomic one
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UsageError(f"`{file}` cannot be written: {(error.strerror or 'error').lower()}") from error


def _summary(result: Plan, chosen: list[Finding], unsafe: list[Finding], *, written: bool) -> None:
    closed, also = len(result.closes), len(result.also_closes)
    files = len(result.changes)
    if closed:
        verb = "closed" if written else "would be closed"
        more = f", and {also} more with them" if also else ""
        _say(f"{_count(closed, 'finding')} {verb} by changes in {_count(files, 'file')}{more}; each change was proved")
    else:
        _say("nothing to change" if not result.refused else "no change could be proved")
    for note in dict.fromkeys(f.fix.note for f in result.closes if f.fix and f.fix.note):
        _say(f"note: {note}")
    for f in result.leaves:
        _say(f"then comes to light: {f.span.file}:{f.span.line} {f.code} {f.severity}: {f.title}")
    for refused in result.refused:
        f = refused.finding
        _say(f"not offered: {f.span.file}:{f.span.line} {f.code} {f.title}: {refused.reason}")
    by_hand = sum(f.fix is None for f in chosen)
    if by_hand:
        _say(f"{_count(by_hand, 'finding')} can only be mended by hand; `fourfold explain CHECK` says how")
    if unsafe:
        _say(f"{_count(len(unsafe), 'change')} would need something from you; --unsafe shows them")
    if closed and not written:
        _say("--write writes the files")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 'es' if what.endswith('x') else 's'}"


def _say(text: str) -> None:
    print(f"fourfold: {text}", file=sys.stderr)
