"""A policy document as it is written: its plain data, and where each part of it stands.

What is not JSON, is written twice, or exceeds a limit is a fault with line and column; nothing raises.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from fourfold.engines.iam.document import TEXT_MAX, Diagnostic, Kind, Policy, parse
from fourfold.model.place import Source
from fourfold.model.value import Choice, Known, Map, Ref, Seq, Text, Unknown, Value
from fourfold.sources.syntax.json import parse_json_exactly

Path = tuple[str | int, ...]
"""Where something stands in a document: `("Statement", 0, "Action", 2)`."""

CHARACTERS_MAX = 4_000
"""Characters of one value that is compared; an ARN has at most some 2,000."""
WILDCARDS_MAX = 60
"""Asterisks, question marks and variables in one value that is compared."""
INNER_MAX = 3_000
"""The same in all values together, without those at the end; the policies that AWS manages have at most some 500."""
_INDEX = re.compile(r"\[(\d+)\]")
_ASSUMES = re.compile(r"sts:(assumerole|\*|tagsession|setsourceidentity|setcontext)", re.IGNORECASE)


class Fault(msgspec.Struct, frozen=True):
    """Something that is wrong with the text itself."""

    reason: str
    line: int = 0
    """1-based; 0 where the whole document is meant."""
    column: int = 0


class Written(msgspec.Struct, frozen=True):
    """One document. `data` is None where it cannot be read at all; `faults` then say why."""

    name: str
    """The file, or what the document is called; empty for plain data."""
    data: Any = None
    value: Value | None = None
    """The data with places; None for plain data."""
    faults: tuple[Fault, ...] = ()
    unknown: str = ""
    """Why the document is not known as a whole: a template's parameter, a reference."""

    def place(self, path: Sequence[str | int]) -> tuple[str, int, int]:
        """(file, line, column) of a part, or of the nearest part around it that has a place; line 0 where none has."""
        value = self.value
        if value is None:
            return self.name, 0, 0
        best = value.span
        for step in path:
            value = value.get(step)
            if value.source is not best.source or not isinstance(value, Known | Map | Seq | Text | Ref):
                break
            best = value.span
        return best.file or self.name, best.line, best.column

    def steps(self, path: str) -> Path:
        """The path that a text such as `Statement[0].Condition.StringEquals.aws:PrincipalOrgID` names."""
        out: list[str | int] = []
        data = self.data
        while path:
            index = _INDEX.match(path)
            if index and isinstance(data, list) and int(index[1]) < len(data):
                out.append(int(index[1]))
                data, path = data[int(index[1])], path[index.end() :]
                continue
            rest = path.removeprefix(".")
            keys = (
                [k for k in data if rest == k or rest.startswith((f"{k}.", f"{k}["))] if isinstance(data, dict) else []
            )
            if not keys:
                break
            key = max(keys, key=len)
            out.append(key)
            data, path = data[key], rest[len(key) :]
        return tuple(out)

    def policy(self, kind: Kind) -> Policy:
        """The policy that is written; what is wrong with the text is among its problems."""
        if self.data is None:
            return Policy(kind, (), problems=tuple(_diagnostic(f) for f in self.faults) or (Diagnostic("", "empty"),))
        policy = parse(self.data, kind)
        return replace(policy, problems=(*(_diagnostic(f) for f in self.faults), *policy.problems))

    @property
    def excess(self) -> tuple[Path, str] | None:
        """Where, and why, the document is too intricate for its patterns to be compared; None where it is not."""
        todo: list[tuple[Path, Any]] = [((), self.data)]
        inner = 0
        while todo:
            path, value = todo.pop()
            if isinstance(value, dict):
                todo += [((*path, key), one) for key, one in value.items()]
                todo += [((*path, key), key) for key in value]
            elif isinstance(value, list):
                todo += [((*path, i), one) for i, one in enumerate(value)]
            elif isinstance(value, str):
                wild = value.count("*") + value.count("?") + value.count("${")
                inner += wild - value.endswith("*")
                if len(value) > CHARACTERS_MAX or wild > WILDCARDS_MAX:
                    return path, f"a value of {len(value):,} characters with {wild:,} wildcards and variables"
                if inner > INNER_MAX:
                    return (), f"more than {INNER_MAX:,} wildcards and variables in the middle of values"
        return None

    @property
    def size(self) -> int:
        """Characters that count for quotas: without white space between the parts."""
        if self.data is None:
            return 0
        return len(json.dumps(self.data, separators=(",", ":"), ensure_ascii=False))


def _diagnostic(fault: Fault) -> Diagnostic:
    at = f" (line {fault.line}, column {fault.column})" if fault.line else ""
    return Diagnostic("", fault.reason + at)


def written(document: Any, name: str = "") -> Written:
    """A document from a dict, JSON text, or a value of the graph."""
    if isinstance(document, Written):
        return document
    if isinstance(document, Value):
        return _of_value(document, name)
    if not isinstance(document, str):
        return Written(name, document) if document is not None else Written(name, faults=(Fault("nothing is written"),))
    if len(document) > TEXT_MAX:
        return Written(name, faults=(Fault(f"more than {TEXT_MAX:,} characters: no policy is so long"),))
    source = Source(name, document)
    value, problems = parse_json_exactly(source)
    faults = tuple(Fault(reason, *source.position(offset)) for offset, reason in problems)
    return Written(name, None if value is None else value.plain(), value, faults)


def _of_value(value: Value, name: str) -> Written:
    """A document of a template; with a reason where not all of it is known."""
    if isinstance(value, Known) and isinstance(value.value, str):
        return replace(written(value.value, name or value.source.path), value=value)
    holes: list[str] = []
    data = _plain(value, holes)
    return Written(name or value.source.path, data, value, unknown=holes[0] if holes else "")


def _plain(value: Value, holes: list[str]) -> Any:
    if isinstance(value, Map):
        if value.rest is not None and isinstance(value.rest, Unknown):
            holes.append(value.rest.reason)
        return {key: _plain(entry, holes) for key, entry in value.entries_.items() if not entry.absent}
    if isinstance(value, Seq):
        return [_plain(item, holes) for item in value.items_ if not item.absent]
    if isinstance(value, Choice):
        holes.append("it depends on a condition of the template")
    elif not isinstance(value, Known):
        holes.append(value.reason or "part of it is not known")
    return value.plain()


def guess(data: Any) -> Kind:
    """The kind of policy that a document looks like: `trust`, `resource` or `identity`."""
    statements = data.get("Statement") if isinstance(data, dict) else None
    rows = [s for s in (statements if isinstance(statements, list) else [statements]) if isinstance(s, dict)]
    if not any("Principal" in row or "NotPrincipal" in row for row in rows):
        return "identity"
    actions = [a for row in rows for a in _strings(row.get("Action"))]
    if actions and all(_ASSUMES.match(a) for a in actions) and not any("Resource" in row for row in rows):
        return "trust"
    return "resource"


def _strings(value: Any) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
