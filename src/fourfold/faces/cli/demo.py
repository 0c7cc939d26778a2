"""`fourfold demo`: scan the example application that comes with fourfold."""

from __future__ import annotations

import argparse
from pathlib import Path

import fourfold
from fourfold.faces.cli.scan import add_options, report

EPILOG = """\
The application is a small one with the mistakes that are usual; nothing of it is ever started.

examples:
  fourfold demo                     the report
  fourfold demo --matrix            also who is responsible for what
  fourfold demo -o demo.html        the same to look at in a browser
"""


def run(arguments: list[str]) -> int:
    """Scan the demo; returns the exit status of a scan, but 0 where it went as it should."""
    parser = argparse.ArgumentParser(
        prog="fourfold demo",
        description="Scan the example application that comes with fourfold.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    parser.set_defaults(path=str(Path(fourfold.__file__).parent / "demo"), fail_on="never", demo=True)
    return report(parser.parse_args(arguments))
