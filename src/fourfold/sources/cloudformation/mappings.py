"""`Fn::FindInMap` with keys that are known, chosen, or only bounded by the mapping.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-findinmap.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from fourfold.model.condition import Equals, Variable, either
from fourfold.model.value import Choice, Known, Map, Seq, Step, Unknown, Value
from fourfold.sources.cloudformation.parameters import Chosen
from fourfold.sources.cloudformation.texts import choice, hole, lift, placed

if TYPE_CHECKING:
    from fourfold.sources.cloudformation.stack import Stack

KEYS_MAX = 200
"""A key that is not known is tried with at most so many keys of the mapping; AWS has some forty regions."""
DIFFERENT_MAX = 8
"""A key that is not known chooses among at most so many different values; more are unknown."""


def find_in_map(stack: Stack, at: Value, argument: Value) -> Value:
    """The value at two keys of a mapping."""
    parts = argument.items_ if isinstance(argument, Seq) else ()
    if len(parts) not in (3, 4):
        return stack.wrong(at, "`Fn::FindInMap` takes a mapping, two keys and, where wanted, a `DefaultValue`")
    fallback = parts[3].entries_.get("DefaultValue") if len(parts) == 4 and isinstance(parts[3], Map) else None
    if len(parts) == 4 and fallback is None:
        return stack.wrong(at, "the fourth argument of `Fn::FindInMap` is a mapping with `DefaultValue`")
    values = [stack.value(part) for part in parts[:3]]
    sure = not any(isinstance(value, Choice) for value in values)
    return lift(values, lambda chosen: _Lookup(stack, at, fallback, sure=sure).of(*chosen), at)


class _Lookup(msgspec.Struct, frozen=True):
    """One search for a value."""

    stack: Stack
    at: Value
    fallback: Value | None
    sure: bool
    """Whether it is done whatever the deployer chooses: else what is missing is no mistake."""

    def of(self, name: Value, top: Value, second: Value) -> Value:
        """The value of the mapping of this name at two keys."""
        if not isinstance(name, Known):
            return hole(name.reason or "the name of the mapping is not known", self.at)
        mapping = self.stack.mappings.get(name._text())
        if not isinstance(mapping, Map):
            return self._missing(f"there is no mapping `{name}`")
        return self._below(mapping, [top, second], [str(name)])

    def _missing(self, what: str) -> Value:
        if self.fallback is not None:
            step = Step("default where the mapping has no key", self.fallback.span)
            return placed(self.stack.value(self.fallback), self.at, step)
        return self.stack.wrong(self.at, what) if self.sure and not self.stack.open else hole(what, self.at)

    def _below(self, node: Value, keys: list[Value], path: list[str]) -> Value:
        if not keys:
            return placed(node, self.at, Step(f"mapping `{'/'.join(path)}`", node.span))
        if not isinstance(node, Map):
            return self.stack.wrong(self.at, f"mapping `{path[0]}` has no second level at `{path[-1]}`")
        key, rest = keys[0], keys[1:]
        if isinstance(key, Known):
            found = node.entries_.get(key._text())
            if found is None:
                return self._missing(f"mapping `{path[0]}` has no key `{key}`")
            return self._below(found, rest, [*path, key._text()])
        if isinstance(key, Chosen) and key.whole and self.fallback is None:
            entries = node.entries_
            if rest and isinstance(rest[0], Known):
                # A key whose second level lacks what is asked for cannot be meant: deployment would fail.
                text = rest[0]._text()
                entries = {k: v for k, v in entries.items() if not isinstance(v, Map) or text in v.entries_}
            found = self._by_variable(key.variable, entries, rest, path)
            if found is not None:
                return found
        why = key.reason or f"the key of mapping `{path[0]}` is not known"
        return hole(why, self.at, "/".join((*path, *map(str, keys))))

    def _by_variable(
        self, variable: Variable, entries: dict[str, Value], keys: list[Value], path: list[str]
    ) -> Value | None:
        """A choice among the different values the mapping has; None where there are too many.

        The variable must be one of the mapping's keys, or deployment fails: so the last group needs no condition.
        """
        if len(entries) > KEYS_MAX:
            return None
        self.stack.run.spend(len(entries))
        groups: dict[str, tuple[list[str], Value]] = {}
        for name, entry in entries.items():
            if variable.domain is not None and name not in variable.domain:
                continue
            value = self._below(entry, keys, [*path, name])
            if isinstance(value, (Unknown, Choice)):
                return None
            groups.setdefault(repr(value.plain()), ([], value))[0].append(name)
            if len(groups) > DIFFERENT_MAX:
                return None
        if not groups:
            return None
        *others, last = sorted(groups.values(), key=lambda group: len(group[0]))
        out = last[1]
        for names, value in reversed(others):
            out = choice(either(*(Equals(variable, name) for name in names)), value, out, self.at)
        return out
