"""What the `aws_*` steps share: values put together, translated and followed, without asking any world."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from msgspec.structs import replace

from fourfold.linking.draft import Draft
from fourfold.model.condition import FALSE, TRUE, Condition, both, either, negate
from fourfold.model.nodes import Node
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Choice, Known, Map, Plain, Ref, Seq, Text, Unknown, Value, known, unknown

N = TypeVar("N", bound=Node)


def name_of(value: Value, fallback: str) -> str:
    """The text of a name for people; `fallback` where nothing, or nothing fit to print, is written."""
    if isinstance(value, (Known, Text)) and not (isinstance(value, Known) and value.value is None):
        return str(value.plain())
    return fallback


def or_else(first: Value, second: Value) -> Value:
    """`first`, and `second` in the worlds where `first` is absent; the place of `first` where both are."""
    if isinstance(first, Choice):
        return replace(first, yes=or_else(first.yes, second), no=or_else(first.no, second))
    if isinstance(first, Absent) or (isinstance(first, Known) and first.value is None):
        return first if second.absent else second
    return first


def where_written(value: Value, then: Value, otherwise: Value) -> Value:
    """`then` in the worlds where something is written as `value`, else `otherwise`."""
    if isinstance(value, Choice):
        yes, no = where_written(value.yes, then, otherwise), where_written(value.no, then, otherwise)
        return replace(value, yes=yes, no=no)
    nothing = isinstance(value, Absent) or (isinstance(value, Known) and value.value is None)
    return otherwise if nothing else then


def translate(value: Value, table: Mapping[str, Plain], *, absent: Plain = None) -> Value:
    """The same value in other words: `ENABLED` becomes true. Words that `table` does not hold stay as they are."""
    if isinstance(value, Choice):
        return replace(
            value, yes=translate(value.yes, table, absent=absent), no=translate(value.no, table, absent=absent)
        )
    if isinstance(value, Absent):
        return value.default(absent)
    if isinstance(value, Known):
        word = str(value.value)
        if word in table:
            return replace(value, value=table[word])
    return value


def presence(value: Value, *, absent: Plain = False) -> Value:
    """True, at its place, where something is written; stands for `absent` where nothing is."""
    if isinstance(value, Choice):
        return replace(value, yes=presence(value.yes, absent=absent), no=presence(value.no, absent=absent))
    if isinstance(value, Absent):
        return value.default(absent)
    if isinstance(value, Known) and value.value is None:
        return replace(value, value=absent)
    if isinstance(value, Unknown) and value.maybe_absent:
        return value
    return known(True, at=value)


def undecided(value: Value, why: str) -> Value:
    """The same, but where nothing is written nobody can say from the sources what the service does."""
    if isinstance(value, Choice):
        return replace(value, yes=undecided(value.yes, why), no=undecided(value.no, why))
    if isinstance(value, Absent):
        return unknown(why, at=value, maybe_absent=True)
    return value


def first_found(items: Value, decide: Callable[[Value], Value | None], absent: Plain) -> Value:
    """What `decide` makes of the first element of a list that it makes something of.

    Where there is none: an absence at the end of the list, that stands for `absent`.
    """
    if isinstance(items, Choice):
        return replace(items, yes=first_found(items.yes, decide, absent), no=first_found(items.no, decide, absent))
    if isinstance(items, Absent):
        return items.default(absent)
    if not isinstance(items, Seq):
        made = decide(items)
        return items if made is None else made
    out: Value = items.get(len(items.items_)).default(absent)
    found = [(when, made) for when, item in items.elements() if (made := decide(item)) is not None]
    for when, made in reversed(found):
        out = made if when == TRUE else Choice(made.source, made.start, made.end, made.key_start, when, made, out)
    return out


def references(value: Value) -> Iterator[Ref]:
    """Every reference in a value: itself, inside the holes of a text, in lists, and on either side of a choice."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Text):
        for part in value.parts:
            if not isinstance(part, str):
                yield from references(part)
    elif isinstance(value, Choice):
        yield from references(value.yes)
        yield from references(value.no)
    elif isinstance(value, Seq):
        for item in value.items_:
            yield from references(item)
    elif isinstance(value, Map):
        for entry in value.entries_.values():
            yield from references(entry)


def targets(draft: Draft, value: Value) -> Iterator[Resource]:
    """The resources of the scan that a value refers to, in the order of writing, each once."""
    seen: set[str] = set()
    for ref in references(value):
        resource = draft.target(ref)
        if resource is not None and resource.key not in seen:
            seen.add(resource.key)
            yield resource


def nodes_behind(draft: Draft, value: Value, kind: type[N]) -> Iterator[N]:
    """The nodes of a class that a value refers to: through references, and through texts that hold them."""
    for resource in targets(draft, value):
        for node in draft.by_resource.get(resource.key, ()):
            if isinstance(node, kind):
                yield node
                break


def refers_to(draft: Draft, value: Value, resource: Resource) -> bool:
    """Whether a value leads to this resource, in some world."""
    return any(found.key == resource.key for found in targets(draft, value))


def satellites(draft: Draft, types: Iterable[str], key: str) -> dict[str, list[Resource]]:
    """Resources of `types` by the key of the resource that their property `key` refers to."""
    out: dict[str, list[Resource]] = {}
    for resource in draft.of_type(*types):
        for target in targets(draft, resource.get(key)):
            out.setdefault(target.key, []).append(resource)
    return out


def present(value: Value, when: Condition) -> Condition:
    """When something is written, out of the worlds `when`."""
    if not isinstance(value, Choice):
        return FALSE if isinstance(value, Absent) else when
    sides = list(value.alternatives(when))
    there = [c for c, side in sides if not isinstance(side, Absent)]
    return when if len(there) == len(sides) else either(*there)


def never(conditions: Iterable[Condition]) -> Condition:
    """When none of the conditions holds."""
    return negate(either(*conditions))


def within(*conditions: Condition) -> Condition | None:
    """All of the conditions; None where they contradict each other."""
    together = both(*conditions)
    return None if together == FALSE else together


def stands_for(draft: Draft, resource: Resource, value: Value) -> None:
    """Let references to `resource` (a version, an alias) lead to the nodes that `value` leads to."""
    for target in targets(draft, value):
        for node in draft.by_resource.get(target.key, ()):
            nodes = draft.by_resource.setdefault(resource.key, [])
            if node not in nodes:
                nodes.append(node)
