"""The command line.

A subcommand is a module of this package with `run(arguments) -> int`, which parses its own arguments and returns the
exit status; it is imported only when it is called, so `fourfold --version` costs next to nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from fourfold import __version__

COMMANDS = {
    "scan": "read a folder or file and report what is wrong (the default)",
    "fix": "show or write the smallest changes that mend findings",
    "explain": "show the page of a check, or everything about one finding",
    "policy": "compare, validate and gate IAM policies: exactly, with a request that shows what is allowed",
    "can": "say who may do what with which resource, in all layers of policies",
    "net": "say what reaches what, and why",
    "paths": "find the ways from the internet (or a stolen key, a library, a pod) to data",
    "vendor": "show how to bring Terraform modules that are called, and are not there",
    "data": "show of which day the facts are that judgements rest on, or compile them anew",
    "demo": "scan the example application that comes with fourfold",
}

OVERVIEW = """\
usage: fourfold [scan] [PATH] [options]
       fourfold COMMAND ...

Reads infrastructure as code, proves four principles of securing it, and says what to change.
Works offline: nothing leaves this machine, and nothing of the scanned folder is executed.

commands:
{commands}

examples:
  fourfold                                  scan this folder
  fourfold template.yaml --only supply_chain
  fourfold --format sarif -o fourfold.sarif
  fourfold fix --write
  fourfold explain FF3001

`fourfold COMMAND --help` lists the options of a command. A folder that is called like a command: `fourfold ./fix`.
exit status: 0 clean, 1 findings at or above --fail-on, 2 usage error or nothing to read, 3 unread files with --strict
"""

OK, FINDINGS, USAGE, INCOMPLETE = 0, 1, 2, 3
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] in (["--version"], ["-V"]):
        print(f"fourfold {__version__}")
        return OK
    if arguments[:1] in (["--help"], ["-h"], ["help"]):
        lines = (f"  {name:<9} {what}" for name, what in COMMANDS.items())
        print(OVERVIEW.format(commands="\n".join(lines)), end="")
        return OK
    name = arguments.pop(0) if arguments and arguments[0] in COMMANDS else "scan"
    return _guarded(name, arguments)


def process() -> int:
    """What the program `fourfold` is: one command, and then the end."""
    status = main()
    import gc

    gc.freeze()  # Before it ends, Python would search all that the scan has made for garbage: 4% of the time of a scan.
    return status


def _guarded(name: str, arguments: list[str]) -> int:
    from importlib import import_module

    from fourfold.errors import FourfoldError

    try:
        status = int(import_module(f"fourfold.faces.cli.{name}").run(arguments))
        sys.stdout.flush()
    except FourfoldError as error:
        print(f"fourfold: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("fourfold: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read us (`head`) has enough; Python must not complain when it flushes at exit.
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    return status
