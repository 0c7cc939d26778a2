"""JSON that Terraform takes as a text: policies, container definitions, API descriptions.

What `jsonencode` and `aws_iam_policy_document` made is taken as the values it was made from; a heredoc is read where it
stands, so that its parts keep their places; any other text gives values that are all at the place of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from fourfold.model.place import Source
from fourfold.model.value import Known, Map, Seq, Text, Value
from fourfold.sources.syntax.json_text import json_values, lifted, marked

CHARS_MAX = 1_000_000
"""A text that is longer is not read as JSON or YAML."""
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
        return _first(_where_written(value, text), lambda: json_values(text, (), value), value)
    if isinstance(value, Text):
        text, holes = marked(value)
        if text.lstrip()[:1] in ("{", "[") and len(text) <= CHARS_MAX:
            quoted = _BARE.sub(r'"\g<0>"', text)
            return _first(json_values(text, holes, value), lambda: json_values(quoted, holes, value), value)
    return value


def _first(found: Value | None, other: Callable[[], Value | None], otherwise: Value) -> Value:
    """What was found, else what another way finds, else the text as it is."""
    if found is None:
        found = other()
    return otherwise if found is None else found


def yaml_documents(value: Value) -> list[Value]:
    """The documents of a YAML text, all at the place of the text; none where it is not YAML."""
    text, holes = marked(value)
    if not text or len(text) > CHARS_MAX:
        return []
    from fourfold.sources.syntax.yaml import parse_yaml

    documents, problems = parse_yaml(Source("yaml", text))
    return [] if problems else [lifted(d.plain(), holes, value) for d in documents if isinstance(d, Map)]


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
