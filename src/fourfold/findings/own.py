"""Rows of users' own checks, from a settings file of the scanned tree: data that is not trusted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import Formatter
from typing import Any

from fourfold.errors import UsageError
from fourfold.findings.check import Check
from fourfold.findings.settings import row_check
from fourfold.findings.severity import ORDER
from fourfold.model.place import Problem

_ID = re.compile(r"[a-z][a-z0-9_]{2,79}")
_CODE = re.compile(r"FF[1-5][0-9]{3,5}")
_TEXTS = ("id", "code", "severity", "path", "title", "since", "page", "note")
_LISTS = ("unless", "refs", "is", "not")


def own_checks(rows: Iterable[dict[str, Any]], taken: Iterable[Check], file: str) -> tuple[list[Check], list[Problem]]:
    """The checks of these rows; a row that does not fit is a problem and is left out. `taken` keep their names."""
    names = {name for check in taken for name in (check.id, check.code)}
    checks: list[Check] = []
    problems: list[Problem] = []
    for row in rows:
        wrong = _wrong(row, names)
        if not wrong:
            try:
                checks.append(row_check(row, file))
                names |= {row["id"], row["code"]}
                continue
            except UsageError as error:
                wrong = str(error)
        problems.append(Problem(file, 0, f"own check `{str(row.get('id', '?'))[:80]}` was left out: {wrong}"))
    return checks, problems


def _wrong(row: dict[str, Any], names: set[str]) -> str:
    for key in _TEXTS:
        if not isinstance(row.get(key, ""), str):
            return f"`{key}` is not a text"
    for key in _LISTS:
        if not isinstance(row.get(key, []), list):
            return f"`{key}` is not a list"
    types = row.get("type", "")
    for text in (*(types if isinstance(types, list) else [types]), *row.get("unless", ()), *row.get("refs", ())):
        if not isinstance(text, str):
            return f"`{text}` is not a text"
    for key in ("at_least", "at_most"):
        if isinstance(row.get(key, 0), bool) or not isinstance(row.get(key, 0), (int, float)):
            return f"`{key}` is not a number"
    if not _ID.fullmatch(row.get("id", "")):
        return "its id is not lower case words joined by `_`"
    if not _CODE.fullmatch(row.get("code", "")):
        return "its code is not `FF`, the number of a principle (1 to 5) and at least three more digits"
    for key in ("id", "code"):
        if row[key] in names:
            return f"the {key} `{row[key]}` is taken"
    if row.get("severity") not in ORDER:
        return f"its severity is none of {', '.join(ORDER)}"
    return _template(row.get("title", ""))


def _template(title: str) -> str:
    """Why a title cannot be filled in; only plain `{name}` and `{value}` may stand in it."""
    try:
        fields = [
            (name, spec, conversion) for _, name, spec, conversion in Formatter().parse(title) if name is not None
        ]
    except ValueError:
        return "its title has a brace without a partner"
    bad = next((name for name, spec, conversion in fields if name not in ("name", "value") or spec or conversion), None)
    return "" if bad is None else f"its title may hold {{name}} and {{value}}, not {{{bad}}}"
