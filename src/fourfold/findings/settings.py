"""Checks of the form "property = value", as rows of a `settings.toml`.

    [[check]]
    id = "queue_without_encryption"
    code = "FF3021"
    severity = "medium"
    since = "0.1"
    type = "AWS::SQS::Queue"             # or a list of types
    path = "SqsManagedSseEnabled"        # dots lead into mappings
    default = true                       # what the service does where nothing is written; left out: unset
    is = [true]                          # passes if the value is one of these ...
    # not = [false]                      # ... or is none of these
    # present = true                     # ... or is there at all
    # at_least = 7  /  at_most = 900     # ... or is a number in this range
    unless = ["KmsMasterKeyId"]          # passes also if one of these paths is present
    set = true                           # what the fix writes; left out: no fix
    safe = true
    title = "queue `{name}` keeps its messages unencrypted"
    refs = ["aws-fsbp:SQS.1"]
    page = '''...'''                     # the same as a check's docstring

Rows of users (in `fourfold.toml`) are the same; they are data, so they are safe to take from an untrusted tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from fourfold.errors import UsageError
from fourfold.findings.check import PRINCIPLES, Check
from fourfold.findings.finding import Fix, Raised, finding
from fourfold.model.edit import set_
from fourfold.model.resource import Resource
from fourfold.model.value import Value

REQUIRED = {"id", "code", "severity", "type", "path", "title"}
TESTS = {"is", "not", "present", "at_least", "at_most"}
OPTIONAL = {"since", "default", "unless", "set", "safe", "refs", "page", "note"}


def rows_of(file: Path) -> Iterator[Check]:
    """The checks of one settings file; nothing where it does not exist."""
    if not file.is_file():
        return
    import tomllib

    for row in tomllib.loads(file.read_text()).get("check", ()):
        yield row_check(row, str(file))


def row_check(row: dict[str, Any], where: str) -> Check:
    """One row as a check; raises `UsageError` where the row cannot be understood."""
    missing, strange = REQUIRED - set(row), set(row) - REQUIRED - TESTS - OPTIONAL
    if missing or strange or not TESTS & set(row):
        what = (
            f"lacks `{sorted(missing)[0]}`"
            if missing
            else f"has unknown key `{sorted(strange)[0]}`"
            if strange
            else (f"has none of {', '.join(sorted(TESTS))}")
        )
        raise UsageError(f"{where}: check `{row.get('id', '?')}` {what}")
    types = (row["type"],) if isinstance(row["type"], str) else tuple(row["type"])
    return Check(
        id=row["id"],
        code=row["code"],
        principle=list(PRINCIPLES)[int(row["code"][2]) - 1],
        severity=row["severity"],
        subject=Resource,
        run=_runner(row),
        page=row.get("page", row["title"]).strip(),
        since=row.get("since", ""),
        refs=tuple(row.get("refs", ())),
        types=types,
    )


def _runner(row: dict[str, Any]) -> Callable[[Resource], Iterable[Raised]]:
    path = tuple(row["path"].split("."))
    unless = [tuple(p.split(".")) for p in row.get("unless", ())]

    def run(resource: Resource) -> Iterable[Raised]:
        value = resource.get(*path)
        if "default" in row:
            value = value.default(row["default"])
        if _passes(value, row) or any(resource.get(*other).present for other in unless):
            return
        fix = (
            Fix((set_(value.settle(), row["set"]),), row.get("safe", True), row.get("note", ""))
            if "set" in row
            else None
        )
        yield finding(row["title"].format(name=resource.address, value=value.settle()), at=value.settle(), fix=fix)

    return run


def _passes(value: Value, row: dict[str, Any]) -> bool:
    if "is" in row and not value.is_(*row["is"]):
        return False
    if "not" in row and value.is_(*row["not"]):
        return False
    if "present" in row and value.present is not row["present"]:
        return False
    if "at_least" in row and not (value.present and value.number() >= row["at_least"]):
        return False
    return not ("at_most" in row and value.present and value.number() > row["at_most"])
