"""JSON that Terraform takes as a text: policies, container definitions, API descriptions.

What `jsonencode` and `aws_iam_policy_document` made is taken as the values it was made from; a heredoc is read where it
stands, so that its parts keep their places; any other text gives values that are all at the place of the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from fourfold.model.place import Source
from fourfold.model.value import Known, Map, Seq, Text, Value, known, mapping, sequence

CHARS_MAX = 1_000_000
"""A text that is longer is not read as JSON or YAML."""
_DEPTH_MAX = 60
_HOLE = re.compile("\ue000([0-9]+)\ue001")
_BARE = re.compile('(?<!["\\w\ue001])\ue000([0-9]+)\ue001(?![\\w"])')


def document(value: Value) -> Value:
    """The values that a JSON text says; the text itself where it is no JSON."""
    made = getattr(value, "document", None)
    if isinstance(made, Value):
        return _placed(made, value)
    if isinstance(value, Known) and isinstance(value.value, str):
        text = value.value
        if text.lstrip()[:1] not in ("{", "[") or len(text) > CHARS_MAX:
            return value
        return _first(_where_written(value, text), lambda: _parsed(value, text, ()), value)
    if isinstance(value, Text):
        text, holes = _marked(value)
        if text.lstrip()[:1] in ("{", "[") and len(text) <= CHARS_MAX:
            quoted = _BARE.sub(r'"\g<0>"', text)
            return _first(_parsed(value, text, holes), lambda: _parsed(value, quoted, holes), value)
    return value


def _first(found: Value | None, other: Callable[[], Value | None], otherwise: Value) -> Value:
    """What was found, else what another way finds, else the text as it is."""
    if found is None:
        found = other()
    return otherwise if found is None else found


def yaml_documents(value: Value) -> list[Value]:
    """The documents of a YAML text, all at the place of the text; none where it is not YAML."""
    text, holes = _marked(value)
    if not text or len(text) > CHARS_MAX:
        return []
    from fourfold.sources.syntax.yaml import parse_yaml

    documents, problems = parse_yaml(Source("yaml", text))
    return [] if problems else [_lifted(d.plain(), value, holes, 0) for d in documents if isinstance(d, Map)]


def _marked(value: Value) -> tuple[str, tuple[Value, ...]]:
    """A text with a mark in place of each hole, and what fills the holes; an empty text where it is none."""
    if isinstance(value, Known) and isinstance(value.value, str):
        return value.value, ()
    if not isinstance(value, Text):
        return "", ()
    holes = tuple(p for p in value.parts if not isinstance(p, str))
    numbers = iter(range(len(holes)))
    return "".join(p if isinstance(p, str) else f"\ue000{next(numbers)}\ue001" for p in value.parts), holes


def _placed(made: Value, value: Value) -> Value:
    """A document that was made without a place is where the text is used."""
    if made.source.path or not value.source.path or not isinstance(made, (Map, Seq)):
        return made
    if isinstance(made, Map):
        entries = made.entries_
        return Map(value.source, value.start, value.end, value.key_start, entries, made.provenance)
    return Seq(value.source, value.start, value.end, value.key_start, made.items_, made.provenance)


def _where_written(value: Known, text: str) -> Value | None:
    """The JSON of a heredoc without interpolation, read at its own place in the file."""
    from fourfold.sources.syntax.json import parse_json

    written = value.source.text[value.start : value.end]
    if not written.startswith("<<") or "${" in written or "%{" in written:
        return None
    begin = value.start + written.find("\n") + 1
    end = value.source.text.rfind("\n", begin, value.end)
    body = value.source.text[begin:end]
    if len(body) < len(text.strip()) or not body.strip():
        return None
    # Blanks in place of what stands before keep every offset, and so every line, as it is in the file.
    shifted = Source(value.source.path, " " * begin + body)
    parsed, problems = parse_json(shifted)
    if problems or not isinstance(parsed, (Map, Seq)):
        return None
    return _moved(parsed, value.source)


def _moved(value: Value, source: Source) -> Value:
    if isinstance(value, Map):
        entries = {k: _moved(v, source) for k, v in value.entries_.items()}
        return Map(source, value.start, value.end, value.key_start, entries, (), "json")
    if isinstance(value, Seq):
        items = tuple(_moved(v, source) for v in value.items_)
        return Seq(source, value.start, value.end, value.key_start, items, (), "json")
    assert isinstance(value, Known)
    return Known(source, value.start, value.end, value.key_start, value.value)


def _parsed(value: Value, text: str, holes: tuple[Value, ...]) -> Value | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _lifted(data, value, holes, 0)


def _lifted(data: Any, at: Value, holes: tuple[Value, ...], depth: int) -> Value:
    if depth > _DEPTH_MAX:
        return known("", at=at)
    if isinstance(data, dict):
        return mapping({str(k): _lifted(v, at, holes, depth + 1) for k, v in data.items()}, at=at)
    if isinstance(data, list):
        return sequence([_lifted(v, at, holes, depth + 1) for v in data], at=at)
    if not isinstance(data, str) or not holes or "\ue000" not in data:
        return known(data, at=at)
    parts: list[str | Value] = []
    for number, piece in enumerate(_HOLE.split(data)):
        if number % 2:
            parts.append(holes[int(piece)])
        elif piece:
            parts.append(piece)
    if len(parts) == 1 and isinstance(parts[0], Value):
        return parts[0]
    return Text(at.source, at.start, at.end, at.key_start, tuple(parts))
