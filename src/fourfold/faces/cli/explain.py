"""`fourfold explain`: the page of a check, or everything about one finding."""

from __future__ import annotations

import argparse
import re
import sys

from fourfold.errors import UsageError
from fourfold.faces.cli import OK
from fourfold.faces.cli.output import Progress, add_color, style_of, write
from fourfold.reports.text import Style

EPILOG = """\
examples:
  fourfold explain                          list all checks
  fourfold explain supply_chain             list the checks of one principle
  fourfold explain FF3001                   the page of a check, by code or id
  fourfold explain 8f027d2a infra           everything about the finding of this id (or its beginning) in a folder
"""

_ID = re.compile(r"[0-9a-f]{4,16}")


def parser() -> argparse.ArgumentParser:
    """The options of `explain`."""
    out = argparse.ArgumentParser(
        prog="fourfold explain",
        description="Show the page of a check, or scan again and show everything about one finding.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    out.add_argument("what", nargs="?", metavar="CHECK|FINDING",
                     help="a check's id or code, a principle, or the id of a finding (default: list all checks)")  # fmt: skip
    out.add_argument("path", nargs="?", default=".", metavar="PATH",
                     help="where the finding, or the settings with own checks, are (default: this folder)")  # fmt: skip
    add_color(out)
    return out


def run(arguments: list[str]) -> int:
    """Explain; returns the exit status."""
    options = parser().parse_args(arguments)
    style = style_of(sys.stdout, options.color)
    write(_checks(options.what, options.path, style) or _finding(options.what, options.path, style), None)
    return OK


def _checks(what: str | None, path: str, style: Style) -> str:
    """The page of the check, or the list of the checks, that is named; empty where none is."""
    from fourfold.findings.check import select
    from fourfold.pipeline import checks_for
    from fourfold.reports.page import check_list, check_page
    from fourfold.reports.plain import page

    checks = checks_for(path)
    try:
        found = select(checks, [what] if what else ())
    except UsageError:
        if _ID.fullmatch(what or ""):
            return ""
        raise
    pages = [page(check) for check in found]
    return check_page(pages[0], style) if what and len(pages) == 1 else check_list(pages, style)


def _finding(identity: str, path: str, style: Style) -> str:
    from fourfold.pipeline import scan
    from fourfold.reports.page import finding_page
    from fourfold.reports.plain import view

    progress = Progress()
    try:
        result = view(scan(path, progress=progress), texts=True)
    finally:
        progress.clear()
    found = [item for item in (*result.items, *result.suppressed) if item.id.startswith(identity)]
    if not found:
        raise UsageError(
            f"no check and no finding in `{path}` is called `{identity}`; `fourfold {path} --full` lists them"
        )
    return "\n".join(finding_page(item, result.pages.get(item.check), style) for item in found)
