"""How two descriptions of one service become one: override files, `extends`, and the tags `!reset` and `!override`.

Sources: https://docs.docker.com/reference/compose-file/merge/ and
https://docs.docker.com/reference/compose-file/services/#merging-service-definitions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from fourfold.model.value import Known, Map, Seq, Text, Value

RESET, OVERRIDE = "!reset", "!override"

_REPLACED = frozenset(("command", "entrypoint", "test"))
"""Commands: the later one counts as a whole."""

_PAIRS = frozenset(("environment", "labels", "annotations", "args", "extra_hosts", "sysctls", "storage_opt", "options"))
"""Mappings that may be written as a list of `NAME=value`."""

_NAMES = frozenset(("networks", "depends_on"))
"""Mappings that may be written as a list of names."""


def tagged(tag: str, value: Value) -> Value:
    """What the YAML reader makes of a local tag: a mark that `merge` and `settled` understand."""
    return replace_entries(value, {tag: value}) if tag in (RESET, OVERRIDE) else value


def replace_entries(at: Value, entries: dict[str, Value]) -> Map:
    """A mapping at the place of another value."""
    return Map(at.source, at.start, at.end, at.key_start, entries)


def _mark(value: Value) -> str:
    if isinstance(value, Map) and len(value.entries_) == 1:
        key = next(iter(value.entries_))
        return key if key in (RESET, OVERRIDE) else ""
    return ""


def settled(value: Value) -> Value:
    """The tree without marks: what was reset is gone, what overrides stands for itself."""
    if isinstance(value, Map):
        mark = _mark(value)
        if mark:
            return settled(value.entries_[mark])
        entries = {k: settled(v) for k, v in value.entries_.items() if _mark(v) != RESET}
        return replace(value, entries_=entries)
    if isinstance(value, Seq):
        return replace(value, items_=tuple(settled(v) for v in value.items_ if _mark(v) != RESET))
    return value


def merge(base: Value, over: Value, key: str = "") -> Value:
    """Both together, `over` before `base`; `key` is where they stand."""
    mark = _mark(over)
    if mark:
        return over
    if isinstance(over, Known) and over.value is None:
        return base
    if isinstance(base, Known) and base.value is None:
        return over
    if _mark(base) == OVERRIDE:
        base = base.get(OVERRIDE)
    if key in _REPLACED:
        return over
    if key in _PAIRS or key in _NAMES:
        base, over = _as_map(base, over, pair_of if key in _PAIRS else _name)
    elif key == "build":
        base, over = _build(base), _build(over)
    if isinstance(base, Map) and isinstance(over, Map):
        return over if key == "logging" and _other_driver(base, over) else _maps(base, over)
    if isinstance(base, Seq) and isinstance(over, Seq):
        return _sequences(base, over, key)
    return over


def _maps(base: Map, over: Map) -> Map:
    entries = dict(base.entries_)
    for key, value in over.entries_.items():
        entries[key] = merge(entries[key], value, key) if key in entries else value
    return replace(base, entries_=entries, rest=over.rest if base.rest is None else base.rest)


def _other_driver(base: Map, over: Map) -> bool:
    """Options of a log driver mean nothing to another."""
    return (
        "driver" in base.entries_
        and "driver" in over.entries_
        and base.get("driver").plain() != over.get("driver").plain()
    )


def _as_map(base: Value, over: Value, of: Callable[[Value], tuple[str, Value] | None]) -> tuple[Value, Value]:
    """Two lists stay lists where that is enough; a list meets a mapping as a mapping."""
    if isinstance(base, Seq) and isinstance(over, Seq):
        later = {pair[0] for item in over.items_ if (pair := of(item))}
        kept = [item for item in base.items_ if (pair := of(item)) is None or pair[0] not in later]
        return replace(base, items_=tuple(kept)), over
    return _mapped(base, of), _mapped(over, of)


def _mapped(value: Value, of: Callable[[Value], tuple[str, Value] | None]) -> Value:
    if isinstance(value, Seq):
        return replace_entries(value, dict(pair for item in value.items_ if (pair := of(item))))
    return value


def pair_of(item: Value, sign: str = "=") -> tuple[str, Value] | None:
    """An element `NAME=value` of a list as its name and the value behind it, at its place where that is sure.

    None where not even the name is known. The value is null where there is no sign.
    """
    if isinstance(item, Known) and isinstance(item.value, str):
        name, found, text = item.value.partition(sign)
        if not found:
            return name, replace(item, value=None)
        written = item.source.text[item.start : item.end]
        # Where the text stands as it means, the value has a place of its own.
        inner = written.find(text) if text and written.strip("\"'") == item.value else -1
        start = item.start + inner if inner >= 0 else item.start
        end = start + len(text) if inner >= 0 else item.end
        return name, Known(item.source, start, end, item.start, text, item.provenance)
    if isinstance(item, Text) and isinstance(item.parts[0], str) and sign in item.parts[0]:
        name, _, text = item.parts[0].partition(sign)
        parts = (text, *item.parts[1:]) if text else item.parts[1:]
        if len(parts) == 1 and isinstance(parts[0], Value):
            return name, replace(parts[0], source=item.source, start=item.start, end=item.end, key_start=item.start)
        return name, replace(item, parts=parts, key_start=item.start)
    return None


def _name(item: Value) -> tuple[str, Value] | None:
    return (str(item.plain()), replace(item, value=None)) if isinstance(item, Known) else None


def _build(value: Value) -> Value:
    """`build: path` is short for its context."""
    return value if isinstance(value, Map) else replace_entries(value, {"context": value})


def _sequences(base: Seq, over: Seq, key: str) -> Seq:
    """One list after the other; an element that means the same thing as a later one is left out."""
    identity = _IDENTITIES.get(key, _plain)
    items: dict[str, Value] = {}
    for item in (*base.items_, *over.items_):
        items.pop(identity(item), None)
        items[identity(item)] = item
    return replace(base, items_=tuple(items.values()))


def _plain(item: Value) -> str:
    return repr(item.plain())


def _target(item: Value) -> str:
    """What a volume is mounted on."""
    if isinstance(item, Map):
        return str(item.get("target").plain())
    parts = str(item.plain()).split(":")
    return parts[1] if len(parts) > 1 else parts[0]


def _source(item: Value) -> str:
    """What a secret or config is called in the container."""
    if isinstance(item, Map):
        return str(item.get("target" if "target" in item.entries_ else "source").plain())
    return str(item.plain())


def _port(item: Value) -> str:
    return repr(tuple(port_of(item).values()))


def port_of(item: Value) -> dict[str, str]:
    """`host_ip`, `published`, `target` and `protocol` of an element of `ports`, short or long; "" where nothing is said."""
    if isinstance(item, Map):
        fields = {key: item.entries_.get(key) for key in ("host_ip", "published", "target", "protocol")}
        port = {key: "" if value is None else str(value) for key, value in fields.items()}
        return port | {"protocol": port["protocol"] or "tcp"}
    rest, _, protocol = str(item.plain()).partition("/")
    rest, _, target = rest.rpartition(":")
    if rest.startswith("[") and "]" in rest:
        address, _, published = rest[1:].partition("]")
        published = published.removeprefix(":")
    else:
        address, _, published = rest.rpartition(":")
    return {"host_ip": address, "published": published, "target": target, "protocol": protocol or "tcp"}


_IDENTITIES: dict[str, Callable[[Value], str]] = {
    "ports": _port,
    "volumes": _target,
    "devices": _target,
    "secrets": _source,
    "configs": _source,
}


def merged(values: Iterable[Value]) -> Value | None:
    """All of them, later before earlier; None where there are none."""
    out: Value | None = None
    for value in values:
        out = value if out is None else merge(out, value)
    return out
