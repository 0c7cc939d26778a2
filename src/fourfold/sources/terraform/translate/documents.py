"""JSON that Terraform takes as a text: policies, container definitions, API descriptions.

What `jsonencode` and `aws_iam_policy_document` made is taken as the values it was made from; a heredoc is read where it
stands, so that its parts keep their places; any other text gives values that are all at the place of the text.
"""

from __future__ import annotations

import re

import msgspec

from fourfold.model.place import Source
from fourfold.model.value import Map, Seq, Value
from fourfold.sources.syntax.json_text import json_values, lifted, marked
from fourfold.sources.terraform.hcl.heredoc import is_heredoc, json_text

CHARS_MAX = 1_000_000
"""A text that is longer is not read as JSON or YAML."""
_BARE = re.compile('(?<!["\\w\ue001])\ue000([0-9]+)\ue001(?![\\w"])')


def document(value: Value) -> Value:
    """The values that a JSON text says; the text itself where it is no JSON."""
    made = getattr(value, "document", None)
    if isinstance(made, Value):
        return _placed(made, value)
    text, holes = marked(value)
    if text.lstrip()[:1] not in ("{", "[") or len(text) > CHARS_MAX:
        return value
    found = json_values(text, holes, value)
    if found is None and holes:
        found = json_values(_BARE.sub(r'"\g<0>"', text), holes, value)
    if found is None:
        return value
    return _where_written(value, found)


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


def _where_written(value: Value, found: Value) -> Value:
    """What a text says, each part where it stands in the heredoc; at the place of the text where that is none."""
    from fourfold.sources.syntax.json import parse_json

    if not is_heredoc(value.source, value.start):
        return found
    text = json_text(value.source, value.start, value.end)
    written, problems = parse_json(text) if text is not None else (None, [])
    if problems or not isinstance(written, (Map, Seq)):
        return found
    return _aligned(found, written, value.source)


def _aligned(said: Value, written: Value, source: Source) -> Value:
    """A value where the same one is written; one that an interpolation gives is where that stands."""
    place = (source, written.start, written.end, written.key_start)
    if isinstance(said, Map) and isinstance(written, Map) and len(said.entries_) == len(written.entries_):
        pairs = zip(said.entries_.items(), written.entries_.values(), strict=True)
        return Map(*place, {key: _aligned(one, other, source) for (key, one), other in pairs}, (), "json")
    if isinstance(said, Seq) and isinstance(written, Seq) and len(said.items_) == len(written.items_):
        items = tuple(_aligned(one, other, source) for one, other in zip(said.items_, written.items_, strict=True))
        return Seq(*place, items, (), "json")
    return _moved(said, place)


def _moved(value: Value, place: tuple[Source, int, int, int]) -> Value:
    source, start, end, key_start = place
    inner = (source, start, end, -1)
    if isinstance(value, Map):
        return Map(*place, {key: _moved(one, inner) for key, one in value.entries_.items()}, value.provenance)
    if isinstance(value, Seq):
        return Seq(*place, tuple(_moved(one, inner) for one in value.items_), value.provenance)
    return msgspec.structs.replace(value, source=source, start=start, end=end, key_start=key_start)
