"""Where the subcommands find a policy: a JSON file, standard input, or a place in a template."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fourfold.errors import NothingToReadError, UsageError

if TYPE_CHECKING:
    from fourfold.engines.iam.document import Kind
    from fourfold.engines.iam.written import Written
    from fourfold.model.nodes import Policy

KINDS = ("identity", "resource", "trust", "boundary", "session", "scp", "rcp", "endpoint")
BYTES_MAX = 4_000_000
"""No policy is so long; what is longer is refused before it is read."""
_PLACE = re.compile(r"(?P<file>.+)(?:#(?P<name>[^#]+)|:(?P<line>\d+))", re.DOTALL)


def add_kind(parser: argparse.ArgumentParser) -> None:
    """The option `--kind`."""
    parser.add_argument("--kind", choices=KINDS,
                        help="kind of the policies (default: trust, resource or identity, as the document looks)")  # fmt: skip


def kind_of(given: str | None, *documents: Written) -> Kind:
    """The kind that is asked for, or that the documents look like. Raises UsageError where they look different."""
    from typing import cast

    from fourfold.engines.iam.written import guess

    if given is not None:
        return cast("Kind", given)
    guessed = {guess(one.data) for one in documents if one.data is not None} or {"identity"}
    if len(guessed) > 1:
        raise UsageError(f"one policy looks like {' and the other like '.join(sorted(guessed))}; say which with --kind")
    return guessed.pop()


def document(argument: str) -> Written:
    """The policy that an argument names. What is wrong inside is told by the document itself.

    Raises NothingToReadError where there is no such file or no policy in it, and UsageError where there are several.
    """
    from fourfold.engines.iam.written import Fault, Written, written

    if argument == "-":
        data = sys.stdin.buffer.read(BYTES_MAX + 1)
        name = "<stdin>"
    else:
        path = Path(argument)
        found = None if path.is_file() else _PLACE.fullmatch(argument)
        if found is not None and Path(found["file"]).is_file():
            return _in_template(Path(found["file"]), found["name"] or "", int(found["line"] or 0))
        name = argument
        try:
            with path.open("rb") as stream:
                data = stream.read(BYTES_MAX + 1)
        except OSError as error:
            raise NothingToReadError(f"`{argument}` cannot be read: {(error.strerror or 'error').lower()}") from error
    if len(data) > BYTES_MAX:
        return Written(name, faults=(Fault(f"more than {BYTES_MAX:,} bytes: no policy is so long"),))
    try:
        return written(data.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        return Written(name, faults=(Fault("not UTF-8", line, column),))


def _in_template(path: Path, name: str, line: int) -> Written:
    """The policy of a template with this logical id, name or line."""
    from fourfold.engines.iam.written import written

    policies = _policies(path)
    if not policies:
        raise NothingToReadError(f"`{path}` holds no policy that can be read")
    if name:
        found = [p for p in policies if name in (p.resource.address, p.name, f"{p.resource.address}/{p.part}")]
    else:
        found = [p for p in policies if p.document.span.line <= line <= p.document.span.end_line]
    if len(found) != 1:
        some = ", ".join(sorted({f"{p.resource.address}{'/' * bool(p.part)}{p.part}" for p in found or policies})[:20])
        what = f"`{name}`" if name else f"line {line}"
        raise UsageError(f"{len(found) or 'no'} policies at {what} of `{path}`; there are {some}")
    return written(found[0].document)


def _policies(path: Path) -> list[Policy]:
    from fourfold.linking import link
    from fourfold.model.nodes import Policy
    from fourfold.sources import read_file
    from fourfold.sources.tree import Tree

    reading = read_file(Tree(path.parent), path.name)
    return [] if reading is None else link(reading.resources).of(Policy)
