"""`fourfold scan`: read, judge and report."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

from fourfold.errors import UsageError
from fourfold.faces.cli import FINDINGS, INCOMPLETE, OK, USAGE
from fourfold.findings.severity import ORDER, at_least

FORMATS = {"json": ".json"}
"""Format: the suffix that stands for it in `-o FILE`."""


def parser() -> argparse.ArgumentParser:
    """The options of `scan`."""
    out = argparse.ArgumentParser(prog="fourfold scan", description="Read a folder or file and report what is wrong.")
    out.add_argument("path", nargs="?", default=".", metavar="PATH", help="folder or file to read (default: this folder)")
    out.add_argument("--format", choices=[*FORMATS], help="what to write (default: by the suffix of -o, else json)")
    out.add_argument("-o", "--output", metavar="FILE", help="write there instead of to standard output")
    out.add_argument("--only", action="append", default=[], metavar="NAME",
                     help="run only these checks: ids, codes (`FF4` means all that begin so) or principles; "
                     "may be repeated, or hold several with commas")  # fmt: skip
    out.add_argument("--fail-on", choices=[*ORDER, "never"], metavar="SEVERITY",
                     help=f"exit with 1 for findings as bad as this: {', '.join(ORDER)} or never (default: low)")  # fmt: skip
    out.add_argument("--strict", action="store_true", help="exit with 3 where something could not be read")
    return out


def run(arguments: list[str]) -> int:
    """Scan; returns the exit status."""
    options = parser().parse_args(arguments)
    format_ = options.format or _by_suffix(options.output)
    from fourfold.pipeline import scan
    from fourfold.reports.view import view

    only = [name for group in options.only for name in group.split(",") if name.strip()]
    result = view(scan(options.path, only=only))
    text = import_module(f"fourfold.reports.{format_}").render(result)
    if options.output:
        _write(Path(options.output), text)
    else:
        sys.stdout.write(text)
    if not result.files:
        print(f"fourfold: `{options.path}` holds nothing that fourfold reads", file=sys.stderr)
        return USAGE
    threshold = options.fail_on or "low"
    if options.strict and result.problems:
        return INCOMPLETE
    if threshold != "never" and any(at_least(item.severity, threshold) for item in result.items):
        return FINDINGS
    return OK


def _by_suffix(output: str | None) -> str:
    if output is None:
        return "json"
    suffix = Path(output).suffix.lower()
    found = [name for name, its in FORMATS.items() if its and its == suffix]
    if not found:
        raise UsageError(f"`{output}` does not tell the format; add --format ({', '.join(FORMATS)})")
    return found[0]


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"`{path}` cannot be written: {(error.strerror or 'error').lower()}") from error
