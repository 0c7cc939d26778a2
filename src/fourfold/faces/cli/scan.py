"""`fourfold scan`: read, judge and report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fourfold.config import SEVERITIES, Config, load
from fourfold.errors import NothingToReadError, UsageError
from fourfold.faces.cli import FINDINGS, INCOMPLETE, OK, USAGE
from fourfold.faces.cli.output import Progress, add_color, base_in_repository, style_of, write
from fourfold.findings.severity import at_least
from fourfold.reports.text import count
from fourfold.reports.view import View

FORMATS = {
    "terminal": (".txt",),
    "json": (".json",),
    "sarif": (".sarif", ".sarif.json"),
    "html": (".html", ".htm"),
    "markdown": (".md", ".markdown"),
}
"""Format: the suffixes that stand for it in `-o FILE`; the longest one that fits decides."""
WITH_TEXTS = ("sarif", "html")
"""Formats that show what fixes become in the files."""

EPILOG = """\
The report goes to standard output, everything else to standard error.
Settings stand in fourfold.toml, or in [tool.fourfold] of pyproject.toml, of the scanned folder.

examples:
  fourfold                                         scan this folder
  fourfold infra/template.yaml --only FF4          one file, only the checks of the supply chain
  fourfold --fail-on high                          in CI: fail for high and critical findings only
  fourfold -o fourfold.sarif                       the format follows from the suffix
  fourfold --paths                                 what is on a way from the internet to data first
  fourfold --matrix                                who is responsible for which layer, you or AWS

exit status: 0 clean, 1 findings at or above --fail-on, 2 usage error or nothing to read, 3 unread files with --strict
"""


def parser(prog: str = "fourfold scan") -> argparse.ArgumentParser:
    """The options of `scan`."""
    out = argparse.ArgumentParser(
        prog=prog,
        description="Read a folder or file, judge it under the four principles, and report what is wrong.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    out.add_argument(
        "path", nargs="?", default=".", metavar="PATH", help="folder or file to read (default: this folder)"
    )
    add_options(out)
    return out


def add_options(out: argparse.ArgumentParser) -> None:
    """What can be said about a scan and its report."""
    chosen = out.add_argument_group("what is asked")
    chosen.add_argument("--only", action="append", default=[], metavar="NAME",
                        help="only these checks: ids, codes, beginnings of codes (FF4) or principles; "
                        "may be repeated, or hold several with commas")  # fmt: skip
    chosen.add_argument("--exclude", action="append", default=[], metavar="PATTERN",
                        help="do not read files like this, as .gitignore writes it; may be repeated")  # fmt: skip
    chosen.add_argument("--var-file", action="append", default=[], metavar="FILE",
                        help="values of Terraform's variables, after those it loads by itself; may be repeated")  # fmt: skip
    chosen.add_argument("--var", action="append", default=[], metavar="NAME=VALUE",
                        help="the value of one of Terraform's variables; may be repeated")  # fmt: skip
    chosen.add_argument("--no-cache", action="store_true",
                        help="read and judge anew even if nothing has changed since the last time")  # fmt: skip
    said = out.add_argument_group("what is reported")
    said.add_argument("--format", choices=[*FORMATS], help="default: by the suffix of -o, else terminal")
    said.add_argument("-o", "--output", metavar="FILE", help="write the report there instead of to standard output")
    said.add_argument("--full", action="store_true", help="every finding with its lines, no list cut short")
    said.add_argument("--matrix", action="store_true", help="also who is responsible for which layer of each workload")
    said.add_argument(
        "--show-unknown", action="store_true", help="also the questions that could not be answered, and why"
    )
    said.add_argument("--paths", action="store_true",
                      help="also which findings are on an attack path from the internet to data: these come first within "
                      "their severity (takes longer; see `fourfold paths`)")  # fmt: skip
    said.add_argument("--show-suppressed", action="store_true", help="also the findings that are suppressed, and why")
    add_color(said)
    status = out.add_argument_group("exit status")
    status.add_argument("--fail-on", choices=SEVERITIES, metavar="SEVERITY",
                        help=f"exit with 1 for findings as bad as this: {', '.join(SEVERITIES)} (default: low)")  # fmt: skip
    status.add_argument("--strict", action="store_true", help="exit with 3 where something could not be read")


def run(arguments: list[str]) -> int:
    """Scan; returns the exit status."""
    return report(parser().parse_args(arguments))


def report(options: argparse.Namespace) -> int:
    """Scan as the options say, write the report, and tell the exit status."""
    format_ = options.format or _by_suffix(options.output)
    if not Path(options.path).exists():
        raise NothingToReadError(f"`{options.path}` does not exist")
    config = _told(load(Path(options.path)), options)
    progress = Progress()
    try:
        view = _view(options, config, progress, texts=format_ in WITH_TEXTS)
    finally:
        progress.clear()
    if view.files or view.problems or format_ != "terminal":
        write(_render(view, format_, options), options.output)
    if options.output and format_ != "terminal":
        found = f"{count(len(view.items), 'finding')} in {count(view.files, 'file')}"
        print(f"fourfold: {found}, written to `{options.output}`", file=sys.stderr)
    return _status(view, options.fail_on or config.fail_on, strict=options.strict, path=options.path)


def _told(config: Config, options: argparse.Namespace) -> Config:
    """The settings with what the command line says about Terraform."""
    if not options.var_file and not options.var:
        return config
    wrong = next((text for text in options.var if "=" not in text), None)
    if wrong is not None:
        raise UsageError(f"`--var {wrong}` is not NAME=VALUE")
    from msgspec.structs import replace

    pairs = ((name.strip(), value) for name, _, value in (text.partition("=") for text in options.var))
    given = config.terraform
    files = (*given.var_files, *(_from_root(name, Path(options.path)) for name in options.var_file))
    return replace(config, terraform=replace(given, var_files=files, vars=(*given.vars, *pairs)))


def _from_root(name: str, path: Path) -> str:
    """A file as the command line names it, from the scanned folder."""
    import os

    if not Path(name).exists():
        raise UsageError(f"`--var-file {name}`: there is no such file")
    root = path if path.is_dir() else path.parent
    return Path(os.path.relpath(name, root)).as_posix()


def _view(options: argparse.Namespace, config: Config, progress: Progress, *, texts: bool) -> View:
    only = [name for group in options.only for name in group.split(",") if name.strip()]
    if getattr(options, "paths", False):
        from fourfold.pipeline import scan
        from fourfold.reports.exposure import exposed
        from fourfold.reports.plain import view

        found = scan(options.path, config=config, only=only, exclude=options.exclude, progress=progress)
        progress("searching paths", 0, 0)
        return exposed(view(found, texts=texts), found.graph)
    from fourfold.reports.cache import view_of

    return view_of(
        options.path,
        config=config,
        only=only,
        exclude=options.exclude,
        texts=texts,
        cache=not options.no_cache,
        progress=progress,
    )


def _render(view: View, format_: str, options: argparse.Namespace) -> str:
    from importlib import import_module

    module = import_module(f"fourfold.reports.{format_}")
    if format_ == "sarif":
        return str(module.render(view, base_in_repository(Path(options.path))))
    if format_ != "terminal":
        return str(module.render(view))
    style = style_of(sys.stdout, options.color)
    if options.output:
        from fourfold.reports.text import Style

        style = Style(color=options.color == "always")
    demo = getattr(options, "demo", False)
    show = module.Show(options.full, options.show_unknown, options.show_suppressed, options.matrix, demo)
    return str(module.render(view, style, show))


def _status(view: View, fail_on: str, *, strict: bool, path: str) -> int:
    if not view.files:
        print(
            f"fourfold: `{path}` holds nothing that could be read; the problems above say why"
            if view.problems
            else f"fourfold: `{path}` holds nothing that fourfold reads; `fourfold demo` scans an example",
            file=sys.stderr,
        )
        return USAGE
    if strict and view.problems:
        return INCOMPLETE
    if fail_on != "never" and any(at_least(item.severity, fail_on) for item in view.items):
        return FINDINGS
    return OK


def _by_suffix(output: str | None) -> str:
    if output is None or output == "-":
        return "terminal"
    name = Path(output).name.lower()
    fitting = [(len(s), f) for f, suffixes in FORMATS.items() for s in suffixes if name.endswith(s)]
    if not fitting:
        raise UsageError(f"`{output}` does not tell the format; add --format ({', '.join(FORMATS)})")
    return max(fitting)[1]
