"""What the commands share: how the terminal is to be written to, and where a text goes."""

from __future__ import annotations

import argparse
import os
import stat
import sys
import time
from pathlib import Path
from typing import TextIO

from fourfold.errors import UsageError
from fourfold.reports.text import Style

WIDTH_MIN, WIDTH_MAX, WIDTH_FILE = 40, 140, 100
PROGRESS_AFTER_S = 1.0
PROGRESS_EVERY_S = 0.1


def add_color(parser: argparse._ActionsContainer) -> None:
    """The option `--color`."""
    parser.add_argument("--color", choices=["auto", "always", "never"], default="auto",
                        help="colour the terminal report (default: only on a terminal; NO_COLOR turns it off)")  # fmt: skip


def style_of(stream: TextIO, color: str) -> Style:
    """How to write to a stream: its width, whether it takes colour, and whether it takes more than ASCII.

    `NO_COLOR` (https://no-color.org) counts when it is not empty, `TERM=dumb` too; `--color` is stronger than both.
    """
    terminal = stream.isatty()
    quiet = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    painted = color == "always" or (color == "auto" and terminal and not quiet)
    encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "").replace("_", "")
    return Style(_width(stream) if terminal else _width_piped(stream), painted, encoding.startswith("utf"))


def _width(stream: TextIO) -> int:
    told = os.environ.get("COLUMNS", "")
    if told.isdigit() and int(told) > 0:
        columns = int(told)
    else:
        try:
            columns = os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError):
            columns = 80
    return min(max(columns, WIDTH_MIN), WIDTH_MAX)


def _width_piped(stream: TextIO) -> int:
    """A pipe usually ends in a pager on the terminal that standard error still is; a file has a width of its own."""
    try:
        piped = stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        piped = False
    return _width(sys.stderr) if piped and sys.stderr.isatty() else WIDTH_FILE


def write(text: str, output: str | None) -> None:
    """Put a report into a file, or on standard output where none is named."""
    if output is None or output == "-":
        if getattr(sys.stdout, "errors", "") == "strict":
            sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        sys.stdout.write(text)
        return
    try:
        Path(output).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"`{output}` cannot be written: {(error.strerror or 'error').lower()}") from error


class Progress:
    """One line on standard error that says how far the work is, once it has taken a second; nothing elsewhere."""

    def __init__(self) -> None:
        self._began = self._told = time.monotonic()
        self._shown = False
        self._live = sys.stderr.isatty()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """`stage` is a verb (`reading`), `total` 0 where it is not known."""
        if not self._live:
            return
        now = time.monotonic()
        if now - self._began >= PROGRESS_AFTER_S and now - self._told >= PROGRESS_EVERY_S:
            self._told, self._shown = now, True
            sys.stderr.write(f"\r\x1b[K{stage} {done:,}" + (f" of {total:,}" if total else ""))
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False


def base_in_repository(path: Path) -> str:
    """The scanned folder, relative to the root of the git repository around it; empty where there is none."""
    folder = path.resolve()
    folder = folder if folder.is_dir() else folder.parent
    for above in (folder, *folder.parents):
        if (above / ".git").exists():
            return folder.relative_to(above).as_posix()
    return ""
