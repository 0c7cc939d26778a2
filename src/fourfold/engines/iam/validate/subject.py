"""A document as the checks look at it: its statements and their parts, each with its path. Nothing here raises."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec

from fourfold.engines.exact.globs import Glob, matches
from fourfold.engines.iam.document import WITH_PRINCIPAL, Kind, Policy, operator
from fourfold.engines.iam.elements import action as action_glob
from fourfold.engines.iam.operators import Operator
from fourfold.engines.iam.written import Path
from fourfold.knowledge.iam import Action, catalogue

EXPANDED_MAX = 25_000
"""Actions looked at for one statement: all there are."""


class Test(msgspec.Struct, frozen=True):
    """One operator and one key of a `Condition`, with the values as they are written."""

    path: Path
    written: str
    """The operator as it is written."""
    operator: Operator | None
    qualifier: str
    if_exists: bool
    key: str
    values: tuple[tuple[Path, Any], ...]
    many: bool
    """Whether the values are a list."""

    @property
    def lower(self) -> str:
        return self.key.lower()

    @property
    def texts(self) -> list[tuple[Path, str]]:
        """The values as texts; Booleans as `true` and `false`."""
        return [(p, _text(v)) for p, v in self.values if isinstance(v, str | int | float)]

    @property
    def needs_key(self) -> bool:
        """Whether it holds for no request that does not have the key."""
        if self.operator is None or self.if_exists or self.qualifier == "ForAllValues":
            return False
        if self.operator.family == "null":
            return all(text.lower() == "false" for _, text in self.texts)
        return not self.operator.negated or self.qualifier == "ForAnyValue"


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


class Row:
    """One statement."""

    def __init__(self, path: Path, data: dict[str, Any]) -> None:
        self.path, self.data = path, data

    @property
    def allow(self) -> bool:
        return self.data.get("Effect") == "Allow"

    @property
    def deny(self) -> bool:
        return self.data.get("Effect") == "Deny"

    def texts(self, *names: str) -> list[tuple[Path, str]]:
        """The strings of elements, each with its path."""
        out: list[tuple[Path, str]] = []
        for name in names:
            value = self.data.get(name)
            if isinstance(value, str):
                out.append(((*self.path, name), value))
            elif isinstance(value, list):
                out += [((*self.path, name, i), one) for i, one in enumerate(value) if isinstance(one, str)]
        return out

    @cached_property
    def tests(self) -> list[Test]:
        """The conditions, those with operators that do not exist included."""
        return list(self._tests())

    def _tests(self) -> Iterator[Test]:
        block = self.data.get("Condition")
        for written, keys in block.items() if isinstance(block, dict) else ():
            found = operator(_readable(written))
            for key, value in keys.items() if isinstance(keys, dict) else ():
                path = (*self.path, "Condition", written, key)
                many = isinstance(value, list)
                values = tuple(((*path, i), v) for i, v in enumerate(value)) if many else ((path, value),)
                qualifier = written.rpartition(":")[0]
                yield Test(
                    path, written, None if found is None else found[0], qualifier,
                    written.endswith("IfExists"), key, values, many,
                )  # fmt: skip

    def tests_of(self, *keys: str) -> list[Test]:
        """The conditions on these keys (lower case); one that ends with a slash stands for all that begin so."""
        return [t for t in self.tests if any(t.lower == k or (k.endswith("/") and t.lower.startswith(k)) for k in keys)]

    @cached_property
    def principals(self) -> list[tuple[str, Path, str]]:
        """(type, path, value) of what `Principal` names; the type `*` for a string."""
        return _principals(self.data.get("Principal"), (*self.path, "Principal"))

    @cached_property
    def not_principals(self) -> list[tuple[str, Path, str]]:
        """The same of `NotPrincipal`."""
        return _principals(self.data.get("NotPrincipal"), (*self.path, "NotPrincipal"))

    @cached_property
    def actions(self) -> list[tuple[Path, str]]:
        return self.texts("Action")

    @cached_property
    def not_actions(self) -> list[tuple[Path, str]]:
        return self.texts("NotAction")

    @cached_property
    def _globs(self) -> list[Glob]:
        return [action_glob(text) for _, text in self.actions]

    def takes(self, action: str) -> bool:
        """Whether the statement is about an action."""
        if "NotAction" in self.data:
            return not any(matches(action_glob(text), action) for _, text in self.not_actions)
        return any(matches(g, action) for g in self._globs)

    def expanded(self) -> Iterator[tuple[Path, str, tuple[Action, ...]]]:
        """The values of `Action` with the known actions that each matches."""
        for path, text in self.actions:
            yield path, text, catalogue().expand(text)


def _principals(value: Any, path: Path) -> list[tuple[str, Path, str]]:
    if isinstance(value, str):
        return [("*", path, value)]
    out: list[tuple[str, Path, str]] = []
    for kind, values in value.items() if isinstance(value, dict) else ():
        if isinstance(values, str):
            out.append((kind, (*path, kind), values))
        elif isinstance(values, list):
            out += [(kind, (*path, kind, i), one) for i, one in enumerate(values) if isinstance(one, str)]
    return out


def _readable(written: str) -> str:
    """An operator in a spelling that can be read, whatever else is wrong with it: `Null` with qualifier and suffix."""
    name = written.rpartition(":")[2].removesuffix("IfExists")
    return "Null" if name == "Null" else written


class Subject:
    """The document, and what is known about it."""

    def __init__(self, data: Any, kind: Kind, policy: Policy, *, size: int = 0, resource_type: str = "") -> None:
        self.data, self.kind, self.policy, self.size = data, kind, policy, size
        self.resource_type = resource_type
        """CloudFormation's type of the resource that a resource policy protects, where it is known."""
        given = data.get("Statement") if isinstance(data, dict) else None
        rows = enumerate(given) if isinstance(given, list) else [(None, given)]
        self.rows = [
            Row(("Statement",) if i is None else ("Statement", i), one) for i, one in rows if isinstance(one, dict)
        ]

    @property
    def with_principal(self) -> bool:
        return self.kind in WITH_PRINCIPAL

    @property
    def variables(self) -> bool:
        """Whether `${...}` is a variable."""
        return isinstance(self.data, dict) and self.data.get("Version") == "2012-10-17"
