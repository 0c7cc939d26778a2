"""`replace` where parts of a text are not known: what is known of it, and what it refers to, is kept as far as that is sure.

A text is sought in the known parts only where it can neither begin nor end in a part that is not known. A part that is not
known stays what it is where what is sought cannot be in it; else it becomes an unknown of its own. A policy that was
written as values stays values.
Source: Terraform language documentation, "replace Function"; for what identifiers are made of, the naming rules of the
services (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).
"""

from __future__ import annotations

import re
from itertools import pairwise

import msgspec

from fourfold.model.value import Known, Map, Ref, Seq, Text, Unknown, Value
from fourfold.sources.terraform.evaluate.conversions import ENDS_CHARACTER
from fourfold.sources.terraform.evaluate.kinds import UnknownOf, unknown
from fourfold.sources.terraform.evaluate.limits import TEXT_MAX, TooMuch
from fourfold.sources.terraform.evaluate.operations import joined
from fourfold.sources.terraform.functions.encodings import JsonKnown, JsonText, json_string

_NO_UNDERSCORE = frozenset({
    "aws_s3_bucket", "aws_kms_key", "aws_vpc", "aws_vpc_endpoint", "aws_subnet", "aws_security_group",
    "aws_cloudfront_distribution", "aws_cloudfront_origin_access_control", "aws_instance",
})  # fmt: skip
"""Resources whose identifier, name and ARN have no `_`."""
_IDENTIFIERS = frozenset({"id", "arn", "bucket", "key_id"})
_TYPE = re.compile(r"(?:\A|\.)([a-z0-9_]+)\.[\w-]+(?:\[[^\]]*\])?\Z")
_PSEUDO = {"AWS::AccountId": r"[0-9]+", "AWS::Region": r"[a-z0-9-]+", "AWS::Partition": r"[a-z-]+"}
_SAFE = re.compile(r"[A-Za-z0-9_./@-]+")
"""What means the same in a text and in the JSON of it."""


class _Lost(Exception):  # noqa: N818
    """It is not sure what the replacement does."""


def replaced(text: Value, old: str, new: Value) -> Value:
    """The text with all of `old` replaced; one of `text` and `new` is not wholly known."""
    try:
        found = joined(_pieces(text, old, new))
    except _Lost:
        return unknown(text.reason or new.reason, "string")
    document = getattr(text, "document", None)
    if not isinstance(document, Value) or not isinstance(found, (Known, Text)):
        return found
    try:
        document = _within(document, old, new)
    except _Lost:
        return found
    place = (found.source, found.start, found.end, found.key_start)
    if isinstance(found, Known):
        return JsonKnown(*place, found.value, text.provenance, document)  # type: ignore[attr-defined]
    return JsonText(*place, found.parts, text.provenance, document)  # type: ignore[attr-defined]


def _parts(value: Value) -> tuple[str | Value, ...]:
    if isinstance(value, Text):
        return value.parts
    return (str(value.value),) if isinstance(value, Known) else (value,)


def _pieces(text: Value, old: str, new: Value) -> list[str | Value]:
    """The parts of the result. Raises `_Lost` and `TooMuch`."""
    parts = _parts(text)
    for before, behind in pairwise(parts):
        if isinstance(before, str) and _may_begin(before, old):
            raise _Lost
        if isinstance(behind, str) and any(behind.startswith(old[at:]) for at in range(1, len(old))):
            raise _Lost
    size = sum(len(p) for p in _parts(new) if isinstance(p, str))
    if sum(part.count(old) for part in parts if isinstance(part, str)) * size > TEXT_MAX:
        raise TooMuch(f"`replace` makes more than {TEXT_MAX} characters")
    out: list[str | Value] = []
    for part in parts:
        if not isinstance(part, str):
            out.append(part if _never(part, old) else unknown(f"a part may be replaced: {part.reason}", "string"))
            continue
        first, *rest = part.split(old)
        out.append(first)
        for piece in rest:
            out += [*_parts(new), piece]
    return out


def _may_begin(part: str, old: str) -> bool:
    """Whether what is sought may begin at the end of a part, or its last character be another one with what follows."""
    if part.endswith(old) and old[-1] not in ENDS_CHARACTER:
        return True
    return any(part.endswith(old[:at]) for at in range(1, len(old)))


def _never(part: Value, old: str) -> bool:
    """Whether what is not known cannot hold a text."""
    if isinstance(part, Ref):
        found = _TYPE.search(part.name)
        plain = found is not None and found[1] in _NO_UNDERSCORE and part.attribute in _IDENTIFIERS
        return plain and "_" in old
    if isinstance(part, UnknownOf) and part.type_ in ("number", "bool"):
        return "_" in old
    if isinstance(part, Unknown) and part.name in _PSEUDO:
        return re.fullmatch(_PSEUDO[part.name], old) is None
    return False


def _within(value: Value, old: str, new: Value) -> Value:
    """The values of a JSON text, with the replacement in their texts. Raises `_Lost`."""
    safe = all(not isinstance(p, str) or json_string(p) == f'"{p}"' for p in _parts(new))
    if not safe or not _SAFE.fullmatch(old):
        raise _Lost
    return _in_values(value, old, new)


def _in_values(value: Value, old: str, new: Value) -> Value:
    if isinstance(value, Seq):
        return msgspec.structs.replace(value, items_=tuple(_in_values(item, old, new) for item in value.items_))
    if isinstance(value, Map):
        if value.rest is not None or any(old in key for key in value.entries_):
            raise _Lost
        entries = {key: _in_values(entry, old, new) for key, entry in value.entries_.items()}
        return msgspec.structs.replace(value, entries_=entries)
    if isinstance(value, Known) and not isinstance(value.value, str):
        if old in str(value.value).lower():
            raise _Lost
        return value
    if not isinstance(value, (Known, Text, Ref, Unknown)):
        raise _Lost
    if isinstance(value, Known) and old not in str(value.value):
        return value
    found = joined(_pieces(value, old, new))
    steps = (*value.provenance, *getattr(new, "provenance", ()))
    place = {"source": value.source, "start": value.start, "end": value.end, "key_start": value.key_start}
    return msgspec.structs.replace(found, **place, provenance=steps)
