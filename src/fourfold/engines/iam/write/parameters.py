"""Values of a call's parameters by paths such as `TransactItems[].Put.TableName` or `RequestItems{}`."""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.model.value import Absent, Known, Map, Seq, Value
from fourfold.sources.handler.values import KEY, VALUE, OneOf


def values_at(value: Value, path: str) -> Iterator[Value]:
    """The values at a path, those of lists one by one."""
    for found in _at(value, path):
        yield from flat(found)


def _at(value: Value, path: str) -> Iterator[Value]:
    """The values at a path such as `TransactItems[].Put.TableName` or `RequestItems{}`."""
    head, _, rest = path.partition(".")
    keys, each = head.endswith("{}"), head.endswith("[]")
    found = value.get(head.removesuffix("{}").removesuffix("[]"))
    for one in options(found):
        if isinstance(one, Absent):
            continue
        items: list[Value] = [one]
        if keys:
            items = list(_keys(one))
        elif each:
            items = list(one.items_) if isinstance(one, Seq) else [one] if not isinstance(one, Map) else []
        for item in items:
            if rest:
                yield from _at(item, rest)
            else:
                yield item


def _keys(value: Value) -> Iterator[Value]:
    if not isinstance(value, Map):
        yield value
        return
    for name, entry in value.entries_.items():
        if isinstance(entry, Map) and KEY in entry.entries_ and VALUE in entry.entries_:
            yield entry.entries_[KEY]
        elif not name.startswith("${"):
            yield Known(entry.source, entry.start, entry.end, -1, name)


def options(value: Value) -> Iterator[Value]:
    if isinstance(value, OneOf):
        for option in value.options:
            yield from options(option)
    else:
        yield value


def flat(value: Value) -> Iterator[Value]:
    for one in options(value):
        yield from one.items_ if isinstance(one, Seq) else [one]


def buses(parameters: Map) -> list[Value]:
    """The buses of a call: what its entries name, and the default one where they name none.

    Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
    """
    entries = list(values_at(parameters, "Entries")) or [parameters]
    out: list[Value] = []
    for entry in entries:
        found = [v for name in ("EventBusName", "Name") for v in options(entry.get(name)) if not isinstance(v, Absent)]
        if found or not isinstance(entry, Map) or entry.rest is not None:
            out += found[:1] if found else [entry] if not isinstance(entry, Map) else []
        else:
            out.append(Known(entry.source, entry.start, entry.end, -1, "default"))
    return out
