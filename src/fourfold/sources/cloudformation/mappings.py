"""`Fn::FindInMap` with keys that are known, chosen, or only bounded by the mapping.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-findinmap.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourfold.model.condition import Equals, Variable, either
from fourfold.model.value import Choice, Known, Map, Seq, Step, Unknown, Value
from fourfold.sources.cloudformation.parameters import Chosen
from fourfold.sources.cloudformation.texts import choice, hole, lift, placed

if TYPE_CHECKING:
    from fourfold.sources.cloudformation.stack import Stack

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

    def make(values: list[Value]) -> Value:
        name, top, second = values
        if not isinstance(name, Known):
            return hole(name.reason or "the name of the mapping is not known", at)
        mapping = stack.mappings.get(name._text())
        if not isinstance(mapping, Map):
            return _missing(stack, at, fallback, f"there is no mapping `{name}`")
        return _lookup(stack, mapping, [top, second], [str(name)], fallback, at)

    return lift([stack.value(part) for part in parts[:3]], make, at)


def _missing(stack: Stack, at: Value, fallback: Value | None, what: str) -> Value:
    if fallback is not None:
        return placed(stack.value(fallback), at, Step("default of the mapping", fallback.span))
    return hole(what, at) if stack.open else stack.wrong(at, what)


def _lookup(stack: Stack, node: Value, keys: list[Value], path: list[str], fallback: Value | None, at: Value) -> Value:
    if not keys:
        note = f"mapping `{'/'.join(path)}`"
        return placed(node, at, Step(note, node.span))
    if not isinstance(node, Map):
        return stack.wrong(at, f"mapping `{path[0]}` has no second level at `{path[-1]}`")
    key, rest = keys[0], keys[1:]
    if isinstance(key, Known):
        found = node.entries_.get(key._text())
        if found is None:
            return _missing(stack, at, fallback, f"mapping `{path[0]}` has no key `{key}`")
        return _lookup(stack, found, rest, [*path, key._text()], fallback, at)
    if rest and isinstance(rest[0], Known):
        # A second level that lacks the key cannot be meant: deployment would fail.
        text = rest[0]._text()
        entries = {k: v for k, v in node.entries_.items() if not isinstance(v, Map) or text in v.entries_}
    else:
        entries = node.entries_
    stack.run.spend(len(entries))
    if not isinstance(key, Chosen) or not key.whole or fallback is not None or not entries:
        return hole(key.reason or f"the key of mapping `{path[0]}` is not known", at, _name(path, keys))
    out = _by_variable(stack, key.variable, entries, rest, path, at)
    return hole(key.reason, at, _name(path, keys)) if out is None else out


def _name(path: list[str], keys: list[Value]) -> str:
    return "/".join((*path, *map(str, keys)))


def _by_variable(
    stack: Stack, variable: Variable, entries: dict[str, Value], rest: list[Value], path: list[str], at: Value
) -> Value | None:
    """A choice among the different values the mapping has; None where there are too many.

    The variable must be one of the mapping's keys, or deployment fails: so the last group needs no condition.
    """
    groups: dict[str, tuple[list[str], Value]] = {}
    for name, entry in entries.items():
        if variable.domain is not None and name not in variable.domain:
            continue
        value = _lookup(stack, entry, rest, [*path, name], None, at)
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
        out = choice(either(*(Equals(variable, name) for name in names)), value, out, at)
    return out
