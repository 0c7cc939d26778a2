"""Manifests that are not finished: they hold directives of a template language (`{{ ... }}`).

Where a directive stands in the structure of the file, the file says nothing before it is rendered. Where it stands
within a text, the text has a hole that is filled in later.
"""

from __future__ import annotations

import re

import msgspec

from fourfold.model.place import Problem, Source
from fourfold.model.value import Known, Map, Seq, Text, Unknown, Value
from fourfold.sources.tree import Tree

TEMPLATE_REASON = (
    "holds template directives (`{{`), so it is not a manifest yet; render it (`helm template`) and scan the output"
)

_DIRECTIVE = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def is_chart_template(path: str, tree: Tree) -> bool:
    """Whether a file lies in the `templates` folder of a Helm chart."""
    parts = path.split("/")
    return any(
        part == "templates" and tree.has("/".join((*parts[:at], "Chart.yaml"))) for at, part in enumerate(parts[:-1])
    )


def template_line(source: Source, documents: list[Value], problems: list[Problem]) -> int:
    """The line of the first directive that stands in the structure of the file; 0 where none does."""
    if problems:
        return source.position(source.text.find("{{"))[0]
    start = min((at for document in documents for at in _structural(document)), default=-1)
    return source.position(start)[0] if start >= 0 else 0


def _structural(value: Value) -> list[int]:
    """Offsets of mappings that are written `{{`: YAML takes a directive without quotes for a mapping in a mapping."""
    if isinstance(value, Map):
        if value.source.text.startswith("{{", value.start):
            return [value.start]
        return [at for entry in value.entries_.values() for at in _structural(entry)]
    if isinstance(value, Seq):
        return [at for item in value.items_ for at in _structural(item)]
    return []


def fill_holes(value: Value) -> Value:
    """The same tree; one-line texts with directives become texts with holes."""
    if isinstance(value, Map):
        entries = {key: fill_holes(entry) for key, entry in value.entries_.items()}
        same = all(a is b for a, b in zip(entries.values(), value.entries_.values(), strict=True))
        return value if same else msgspec.structs.replace(value, entries_=entries)
    if isinstance(value, Seq):
        items = tuple(map(fill_holes, value.items_))
        same = all(a is b for a, b in zip(items, value.items_, strict=True))
        return value if same else msgspec.structs.replace(value, items_=items)
    if isinstance(value, Known) and isinstance(value.value, str) and "{{" in value.value and "\n" not in value.value:
        return _with_holes(value, value.value)
    return value


def _with_holes(value: Known, text: str) -> Value:
    parts: list[str | Value] = []
    end = 0
    for found in _DIRECTIVE.finditer(text):
        if found.start() > end:
            parts.append(text[end : found.start()])
        why = f"`{found[0]}` is filled in when the template is rendered"
        parts.append(Unknown(value.source, value.start, value.end, value.key_start, why, (), False, found[0]))
        end = found.end()
    if not end:
        return value
    if end < len(text):
        parts.append(text[end:])
    if len(parts) == 1 and isinstance(parts[0], Unknown):
        return parts[0]
    return Text(value.source, value.start, value.end, value.key_start, tuple(parts))
