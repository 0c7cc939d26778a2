"""Checks of the form "property = value", as rows of a `settings.toml`.

    [[check]]
    id = "queue_without_encryption"
    code = "FF3021"
    severity = "medium"
    since = "0.1"
    type = "AWS::SQS::Queue"             # or a list of types
    path = "SqsManagedSseEnabled"        # see below
    default = true                       # what the service does where nothing is written; left out: unset
    is = [true]                          # passes if the value is one of these ...
    # not = [false]                      # ... or is none of these
    # present = true                     # ... or is there at all
    # at_least = 7  /  at_most = 900     # ... or is a number in this range
    unless = ["KmsMasterKeyId"]          # passes also if one of these paths is present
    when = {FifoQueue = [true]}          # asked only if each of these paths has one of these values ("": nothing)
    set = true                           # what the fix writes; left out: no fix
    # no_fix = "it is not known ..."     # why there is none
    safe = true
    title = "queue `{name}` keeps its messages unencrypted"
    refs = ["aws-fsbp:SQS.1"]
    page = '''...'''                     # the same as a check's docstring

A path leads through the properties: dots into mappings, `Rules[]` to each element of a list, `Tags[Key=Owner].Value` to
the elements of which a property has this value (to the place where one would be written, if there is none).
A path that begins with `@` leads to what stands beside the properties: `@DeletionPolicy`.
Where it leads to several places, each is judged by itself.

Rows of users (in `fourfold.toml`) are the same; they are data, so they are safe to take from an untrusted tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from fourfold.errors import UsageError
from fourfold.findings.check import Check, notes
from fourfold.findings.finding import Fix, Raised, finding
from fourfold.findings.principles import PRINCIPLES
from fourfold.model.edit import Edit, append, set_
from fourfold.model.resource import Resource
from fourfold.model.value import Value

REQUIRED = {"id", "code", "severity", "type", "path", "title"}
TESTS = {"is", "not", "present", "at_least", "at_most"}
OPTIONAL = {"since", "default", "unless", "when", "set", "safe", "refs", "page", "note", "no_fix"}

_STEP = re.compile(r"([^.\[\]]+)(?:\[(?:([^\[\]=]+)=([^\[\]]*))?\])?")


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
    when = row.get("when", {})
    if not isinstance(when, dict) or not all(isinstance(values, list) for values in when.values()):
        raise UsageError(f"{where}: `when` of check `{row['id']}` is not a table of paths with lists of values")
    types = (row["type"],) if isinstance(row["type"], str) else tuple(row["type"])
    return Check(
        id=row["id"],
        code=row["code"],
        principle=list(PRINCIPLES)[int(row["code"][2]) - 1],
        severity=row["severity"],
        subject=Resource,
        run=_runner(row, where),
        page=row.get("page", row["title"]).strip() + notes({}, str(row.get("no_fix", ""))),
        since=row.get("since", ""),
        refs=tuple(row.get("refs", ())),
        types=types,
        no_fix=row.get("no_fix", ""),
    )


class _Step(msgspec.Struct, frozen=True):
    """One step of a path: into a mapping, and then perhaps to elements of the list there."""

    key: str
    elements: bool = False
    where: str = ""
    """Property that an element is chosen by; empty for all elements."""
    value: str = ""


def steps_of(path: str, where: str = "") -> tuple[_Step, ...]:
    """A path taken apart; raises `UsageError` where it cannot be."""
    out: list[_Step] = []
    at = 0
    while True:
        match = _STEP.match(path, at)
        if match is None:
            raise UsageError(f"{where}: the path `{path}` cannot be read at its character {at + 1}")
        out.append(_Step(match[1], "[" in match[0], match[2] or "", match[3] or ""))
        at = match.end()
        if at == len(path):
            return tuple(out)
        if path[at] != ".":
            raise UsageError(f"{where}: the path `{path}` cannot be read at its character {at + 1}")
        at += 1


class _Place(msgspec.Struct, frozen=True):
    """Where a path leads, and how something is written there."""

    value: Value
    write: Callable[[Any], Edit]
    cause: str = ""


def _places(value: Value, steps: tuple[_Step, ...], cause: str = "") -> Iterator[_Place]:
    """Every place that the path leads to from here, in the present world."""
    if not steps:
        yield _Place(value, lambda data: set_(value, data), cause)
        return
    step, rest = steps[0], steps[1:]
    inner = value.get(step.key)
    if not step.elements:
        yield from _places(inner, rest, cause)
        return
    found = 0
    for index, item in enumerate(inner.items()):
        if not step.where or item.get(step.where).is_(step.value):
            found += 1
            yield from _places(item, rest, f"{cause}{step.key}[{step.value or index}]")
    if step.where and not found:
        missing = inner.settle().get(len(inner.items()))
        for inside in rest:
            missing = missing.get(inside.key)

        def write(data: Any) -> Edit:
            for inside in reversed(rest):
                data = {inside.key: data}
            return append(inner, {step.where: step.value, **data} if isinstance(data, dict) else data)

        yield _Place(missing, write, f"{cause}{step.key}[{step.value}]")


def _at(resource: Resource, steps: tuple[_Step, ...]) -> Iterator[_Place]:
    if steps[0].key.startswith("@"):
        first = msgspec.structs.replace(steps[0], key=steps[0].key[1:])
        return _places(resource.attributes, (first, *steps[1:]))
    return _places(resource.properties, steps)


def _runner(row: dict[str, Any], where: str) -> Callable[[Resource], Iterable[Raised]]:
    path = steps_of(row["path"], where)
    unless = [steps_of(other, where) for other in row.get("unless", ())]
    when = [(steps_of(other, where), tuple(values)) for other, values in row.get("when", {}).items()]

    def run(resource: Resource) -> Iterable[Raised]:
        for other, values in when:
            if not any(place.value.default("").is_(*values) for place in _at(resource, other)):
                return
        for place in _at(resource, path):
            value = place.value.default(row["default"]) if "default" in row else place.value
            if _passes(value, row) or any(p.value.present for other in unless for p in _at(resource, other)):
                continue
            settled = value.settle()
            fix = None
            if "set" in row:
                fix = Fix((place.write(row["set"]),), row.get("safe", True), row.get("note", ""))
            title = row["title"].format(name=resource.address, value=settled)
            yield finding(title, at=settled, cause=place.cause, fix=fix)

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
