"""ConfigMaps and Secrets that are generated from literals and files.

Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/configmapgenerator/ and `secretgenerator/`.
The content of a Secret is given as `stringData`, with the place where it is written, not encoded.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fourfold.model.place import Source
from fourfold.model.value import Known, Map, Value, known, mapping, unknown
from fourfold.sources.kustomize.items import Item, item_of
from fourfold.sources.kustomize.values import text_of, with_entries

if TYPE_CHECKING:
    from fourfold.sources.kustomize.build import Context

_CONTENT = {"ConfigMap": "data", "Secret": "stringData"}


def run(context: Context) -> None:
    """All generators of one kustomization."""
    from fourfold.sources.kubernetes.objects import resource_of

    for field, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        for _, entry in context.value.get(field).elements():
            if isinstance(entry, Map):
                item = item_of(resource_of(_object(context, entry, kind), "v1", kind))
                item.behavior = text_of(entry.get("behavior")) or "create"
                _place(context, item, entry)


def _object(context: Context, entry: Map, kind: str) -> Map:
    metadata: dict[str, Value] = {"name": entry.get("name")}
    if not entry.get("namespace").absent:
        metadata["namespace"] = entry.get("namespace")
    options, common = entry.get("options"), context.value.get("generatorOptions")
    for field in ("labels", "annotations"):
        pairs = {key: value for given in (common, options) for _, key, value in given.get(field).pairs()}
        if pairs:
            metadata[field] = mapping(pairs, at=entry)
    content = {key: value for key, value in _content(context, entry) if key}
    entries: dict[str, Value] = {
        "apiVersion": known("v1", at=entry),
        "kind": known(kind, at=entry),
        "metadata": mapping(metadata, at=entry),
    }
    if content:
        entries[_CONTENT[kind]] = mapping(content, at=entry)
    if kind == "Secret":
        entries["type"] = known(text_of(entry.get("type")) or "Opaque", at=entry)
    for given in (options, common):
        if given.get("immutable").surely(True):
            entries["immutable"] = known(True, at=entry)
    return with_entries(entry, entries)


def _content(context: Context, entry: Map) -> Iterator[tuple[str, Value]]:
    for field in ("env", "envs"):
        for _, given in entry.get(field).elements():
            yield from _env_file(context, given)
    for _, given in entry.get("files").elements():
        key, equals, path = text_of(given).partition("=")
        if not equals:
            key, path = posixpath.basename(key), key
        yield key, _file(context, given, path)
    for _, literal in entry.get("literals").elements():
        text = text_of(literal)
        key, equals, content = text.partition("=")
        if equals:
            yield key.strip(), _part(literal, text, content)
        else:
            context.files.problem(literal, f"the literal `{text}` has no `=`")


def _part(literal: Value, text: str, content: str) -> Value:
    """What stands behind the `=` of a literal, at its own place where it is written as it is meant."""
    unquoted = content
    if len(content) > 1 and content[0] == content[-1] and content[0] in "\"'":
        unquoted = content[1:-1]
    start = literal.start + (literal.source.text[literal.start : literal.start + 1] in ("'", '"'))
    if literal.source.text.startswith(text, start) and content:
        end = start + len(text)
        return Known(literal.source, end - len(content), end, -1, unquoted)
    return known(unquoted, at=literal)


def _file(context: Context, given: Value, path: str) -> Value:
    """A whole file as one value."""
    files = context.files
    where = files.resolve(context.folder, path.strip())
    if files.kind(where) != "file":
        files.problem(given, f"`{path}` does not exist; its content was not seen")
        return unknown("its file was not seen", at=given)
    data = files.tree.data(where)
    if data is None:
        return unknown("its file cannot be read", at=given)
    try:
        source = Source(where, data.decode())
    except UnicodeDecodeError:
        return unknown("its file is not text", at=given)
    return Known(source, 0, len(source.text), -1, source.text)


def _env_file(context: Context, given: Value) -> Iterator[tuple[str, Value]]:
    files = context.files
    source = files.source(files.resolve(context.folder, text_of(given)), given)
    if source is None:
        return
    start = 0
    for line in source.text.splitlines(keepends=True):
        text = line.strip()
        key, equals, content = text.partition("=")
        if text and not text.startswith("#"):
            begin = start + line.find("=") + 1
            if equals:
                yield key, Known(source, begin, begin + len(content), start, content)
            else:
                why = "it is taken from the environment that kustomize runs in"
                yield key, unknown(why, at=Known(source, start, start + len(text), start, text))
        start += len(line)


def _place(context: Context, item: Item, entry: Map) -> None:
    """Put a generated object among the others, as its behavior says."""
    same = [
        other
        for other in context.items
        if other.kind == item.kind
        and any((ns or "default", n) == (item.namespace or "default", item.name) for ns, n in other.names())
    ]
    if not same or item.behavior == "create":
        if item.behavior != "create" and context.whole:
            name = f"`{item.name}`"
            context.files.problem(entry, f"a generator changes {name}, which is not part of the kustomization")
        context.items.append(item)
        return
    other = same[0]
    if item.behavior == "merge":
        item.value = _together(other.value, item.value)
    else:
        item.value = with_entries(item.value, item.value.entries_ | {"metadata": _metadata(other.value, item.value)})
    other.value = item.value


def _metadata(old: Map, new: Map) -> Value:
    """The metadata of an object that takes another's place: it keeps the other's name and adds its labels."""
    metadata = old.get("metadata")
    assert isinstance(metadata, Map)
    entries = dict(metadata.entries_)
    for field in ("labels", "annotations"):
        inner = new.get("metadata", field)
        if isinstance(inner, Map):
            before = entries.get(field)
            entries[field] = with_entries(
                inner, {**(before.entries_ if isinstance(before, Map) else {}), **inner.entries_}
            )
    return with_entries(metadata, entries)


def _together(old: Map, new: Map) -> Map:
    entries = old.entries_ | {"metadata": _metadata(old, new)}
    for field in ("data", "stringData", "binaryData"):
        added = new.get(field)
        if isinstance(added, Map):
            before = entries.get(field)
            entries[field] = with_entries(
                added, {**(before.entries_ if isinstance(before, Map) else {}), **added.entries_}
            )
    return with_entries(old, entries)
