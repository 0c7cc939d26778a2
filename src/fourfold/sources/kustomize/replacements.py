"""Values copied from one object to others (`replacements`), and kustomize's own variables (`vars`).

Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/replacements/ and `vars/`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from fourfold.model.value import Absent, Known, Map, Seq, Text, Unknown, Value, mapping, unknown
from fourfold.sources.kustomize.items import Item, Selector, identified, selector_of
from fourfold.sources.kustomize.values import TEXT_MAX, is_bounded, put, text_of, with_entries, with_items

if TYPE_CHECKING:
    from fourfold.sources.kustomize.build import Context

_PART = re.compile(r"(?:\[(?P<bracket>[^\]]*)\]|(?P<plain>(?:\\.|[^.\[\\])+))(?:\.|(?=\[)|\Z)")


def run(context: Context) -> None:
    """All replacements of one kustomization."""
    for _, entry in context.value.get("replacements").elements():
        if entry.get("path").absent:
            _replace(context, entry)
            continue
        path = context.files.resolve(context.folder, text_of(entry.get("path")))
        for document in context.files.documents(path, entry):
            for _, inner in document.elements():
                _replace(context, inner)


def _replace(context: Context, entry: Value) -> None:
    source = entry.get("source")
    found = [item for item in context.items if selector_of(source).fits(item, exactly=True)]
    path = text_of(source.get("fieldPath")) or "metadata.name"
    value = entry.get("sourceValue")
    if value.absent:
        if len(found) != 1:
            if context.whole:
                context.files.problem(source, f"the source of a replacement is {len(found)} objects instead of one")
            return
        value = _at(found[0].value, _parts(path))
        if isinstance(value, Absent):
            context.files.problem(source, f"the source of a replacement has no `{path}`")
            return
        value = _cut(value, source.get("options"))
    for _, target in entry.get("targets").elements():
        select = selector_of(target.get("select"))
        reject = [selector_of(rejected) for _, rejected in target.get("reject").elements()]
        for item in context.items:
            if select.fits(item) and not any(r != Selector() and r.fits(item) for r in reject):
                _fill(context, item, target, value)


def _fill(context: Context, item: Item, target: Value, value: Value) -> None:
    create = target.get("options", "create").surely(True)
    paths = [text for _, field in target.get("fieldPaths").elements() if (text := text_of(field))] or ["metadata.name"]
    for path in paths:
        filled = _put(item.value, _parts(path), value, target.get("options"), create=create)
        if filled is None:
            context.files.problem(target, f"`{path}` of a replacement is not in `{item.name}`")
        elif isinstance(filled, Map) and (isinstance(value, Known) or is_bounded(filled)):
            item.value = filled
        else:
            context.files.problem(target, f"a replacement of `{path}` grows beyond what is read; it was left out")


def _parts(path: str) -> list[str]:
    """`spec.containers.[name=web].image` as its parts; a dot within a part has a backslash before it."""
    out = []
    for found in _PART.finditer(path):
        bracket = found["bracket"]
        out.append(f"[{bracket}]" if bracket is not None else found["plain"].replace("\\.", "."))
    return out


def _chosen(value: Seq, part: str) -> list[int]:
    """The elements that one part of a path means."""
    if part == "*":
        return list(range(len(value.items_)))
    key, equals, wanted = part.removeprefix("[").removesuffix("]").partition("=")
    if equals:
        return [at for at, item in enumerate(value.items_) if text_of(item.get(key) if key else item) == wanted]
    part = key
    return [int(part)] if part.isdecimal() and int(part) < len(value.items_) else []


def _at(value: Value, parts: list[str]) -> Value:
    for part in parts:
        if isinstance(value, Seq):
            chosen = _chosen(value, part)
            value = value.items_[chosen[0]] if chosen else value.get(len(value.items_))
        else:
            value = value.get(part)
    return value


def _cut(value: Value, options: Value) -> Value:
    """One piece of a text, where a delimiter is given."""
    delimiter = text_of(options.get("delimiter"))
    if not delimiter or not isinstance(value, Known):
        return value
    pieces = text_of(value).split(delimiter)
    index = options.get("index").plain() or 0
    inside = isinstance(index, int) and -len(pieces) <= index < len(pieces)
    return msgspec.structs.replace(value, value=pieces[index]) if inside else value


def _put(value: Value, parts: list[str], new: Value, options: Value, *, create: bool) -> Value | None:
    """The value with `new` at a path; None where the path leads nowhere."""
    if not parts:
        return _woven(value, new, options)
    head, rest = parts[0], parts[1:]
    if isinstance(value, Seq):
        items = list(value.items_)
        chosen = _chosen(value, head)
        for at in chosen:
            filled = _put(items[at], rest, new, options, create=create)
            if filled is None:
                return None
            items[at] = filled
        return with_items(value, tuple(items)) if chosen else None
    if not isinstance(value, Map):
        return None
    if head == "*":
        entries = {key: _put(entry, rest, new, options, create=create) for key, entry in value.entries_.items()}
        filled_in = {key: entry for key, entry in entries.items() if entry is not None}
        return with_entries(value, value.entries_ | filled_in)
    inner = value.entries_.get(head)
    if inner is None:
        if not create or head.startswith("["):
            return None
        inner = mapping({}, at=new) if rest else new
    filled = _put(inner, rest, new, options, create=create)
    return None if filled is None else put(value, (head,), filled)


def _woven(old: Value, new: Value, options: Value) -> Value:
    """One piece of the old text replaced, where a delimiter is given."""
    delimiter = text_of(options.get("delimiter"))
    if not delimiter or not isinstance(old, Known) or not isinstance(new, Known):
        return new
    pieces = text_of(old).split(delimiter)
    index = options.get("index").plain() or 0
    if not isinstance(index, int) or old is new:
        return new
    if 0 <= index < len(pieces):
        pieces[index] = text_of(new)
    elif index < 0:
        pieces.insert(0, text_of(new))
    else:
        pieces.append(text_of(new))
    text = delimiter.join(pieces)
    if len(text) > TEXT_MAX:
        return unknown("it is put together to a text that is too long to be read", at=new)
    return Known(new.source, new.start, new.end, new.key_start, text)


def fill_variables(context: Context) -> None:
    """Put in what kustomize's variables stand for; where that is not known, the text gets a hole."""
    if not context.variables:
        return
    values = {f"$({name})": _variable(name, entry, item) for name, (entry, item) in context.variables.items() if name}
    pattern = re.compile("|".join(map(re.escape, values)) or r"(?!)")
    for item in context.items:
        filled = _filled(item.value, pattern, values)
        assert isinstance(filled, Map), "filling texts leaves the object a mapping"
        item.value = filled


def declare_variables(context: Context) -> None:
    """Note the object that each variable is about, as it is called where the variable is declared."""
    for _, entry in context.value.get("vars").elements():
        target = entry.get("objref")
        group, _, _ = text_of(target.get("apiVersion")).rpartition("/")
        kind = text_of(target.get("kind"))
        kind = f"{group}/{kind}" if group else kind
        found = identified(context.items, kind, text_of(target.get("namespace")), text_of(target.get("name")))
        context.variables[text_of(entry.get("name"))] = (entry, found[0] if len(found) == 1 else None)


def _variable(name: str, entry: Value, item: Item | None) -> Value:
    """The field of the object that a variable names; `metadata.name` where it names none."""
    path = text_of(entry.get("fieldref", "fieldpath")) or text_of(entry.get("fieldref", "fieldPath")) or "metadata.name"
    value = entry.get("") if item is None else _at(item.value, _parts(path))
    if isinstance(value, Known):
        return value
    why = f"kustomize fills in its variable `{name}`, and what it stands for was not found"
    return Unknown(entry.source, entry.start, entry.end, entry.key_start, why, (), False, f"$({name})")


def _filled(value: Value, pattern: re.Pattern[str], values: dict[str, Value]) -> Value:
    if isinstance(value, Map):
        entries = {key: _filled(entry, pattern, values) for key, entry in value.entries_.items()}
        same = all(a is b for a, b in zip(entries.values(), value.entries_.values(), strict=True))
        return value if same else with_entries(value, entries)
    if isinstance(value, Seq):
        items = tuple(_filled(item, pattern, values) for item in value.items_)
        return value if all(a is b for a, b in zip(items, value.items_, strict=True)) else with_items(value, items)
    if not isinstance(value, Known) or not isinstance(value.value, str) or "$(" not in value.value:
        return value
    return _woven_in(value, value.value, pattern, values)


def _woven_in(value: Known, text: str, pattern: re.Pattern[str], values: dict[str, Value]) -> Value:
    if text in values:
        found = values[text]
        return msgspec.structs.replace(value, value=found.value) if isinstance(found, Known) else found
    parts: list[str | Value] = [""]
    end, length = 0, len(text)
    for mention in pattern.finditer(text):
        found = values[mention[0]]
        length += len(text_of(found))
        if length > TEXT_MAX:
            return unknown("it is put together to a text that is too long to be read", at=value)
        filled = text_of(found) if isinstance(found, Known) else found
        for part in (text[end : mention.start()], filled):
            if isinstance(part, str) and isinstance(parts[-1], str):
                parts[-1] += part
            else:
                parts.append(part)
        end = mention.end()
    if not end:
        return value
    if isinstance(parts[-1], str):
        parts[-1] += text[end:]
    elif end < len(text):
        parts.append(text[end:])
    if len(parts) == 1:
        return msgspec.structs.replace(value, value=parts[0])
    return Text(value.source, value.start, value.end, value.key_start, tuple(p for p in parts if p != ""))
