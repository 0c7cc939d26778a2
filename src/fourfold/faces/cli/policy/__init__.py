"""`fourfold policy`: questions about IAM policies.

Each subcommand is a module of this package with `run(arguments) -> int`, imported when it is called.
"""

from __future__ import annotations

import sys

from fourfold.errors import UsageError

COMMANDS = {
    "compare": "say whether a policy allows anything that another does not, with a request that shows it",
    "check": "validate policies: what IAM rejects, what never matches, what is redundant or risky",
    "write": "write the least that a function needs to be allowed, from its code and its template",
    "shrink": "drop what a policy says twice or in vain, and narrow it to what is used",
    "boundary": "write a permissions boundary for the roles of a folder, which no way up passes",
    "split": "write a role of its own for each function that shares one",
    "assert": "fail where a policy allows what it must not: for pipelines",
}
"""Subcommand: what it does. The module of `assert` is `assertion`, as the other is a word of Python."""

OVERVIEW = """\
usage: fourfold policy COMMAND ...

Answers questions about IAM policies exactly: over all requests at once, with a proof or a request that shows the contrary.
A policy is a JSON file, `-` for standard input, or one of a template: `template.yaml#LogicalId` or `template.yaml:12`.

commands:
{commands}

`fourfold policy COMMAND --help` lists the options of a command.
exit status: 0 proved or clean, 1 a witness or issues, 2 usage error or a policy that cannot be read, 3 unknown
"""

PROVED, SHOWN, UNKNOWN = 0, 1, 3


def run(arguments: list[str]) -> int:
    """Run one subcommand; returns the exit status."""
    if not arguments or arguments[0] in ("--help", "-h", "help"):
        lines = (f"  {name:<9} {what}" for name, what in COMMANDS.items())
        print(OVERVIEW.format(commands="\n".join(lines)), end="", file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    name, *rest = arguments
    if name not in COMMANDS:
        raise UsageError(f"no command: `policy {name}`; one of {', '.join(COMMANDS)}")
    from importlib import import_module

    module = "assertion" if name == "assert" else name
    return int(import_module(f"fourfold.faces.cli.policy.{module}").run(rest))
