"""A JSON document that is written as a text, perhaps with holes: its values, all at the place of the text."""

from __future__ import annotations

import json
import re
from typing import Any

from fourfold.model.value import Known, Text, Value, known, mapping, sequence, unknown

DEPTH_MAX = 60
_HOLE = re.compile("\ue000([0-9]+)\ue001")


def marked(value: Value) -> tuple[str, tuple[Value, ...]]:
    """A text with a numbered mark (between two private-use characters) for each hole, and the holes; empty for no text."""
    if isinstance(value, Known) and isinstance(value.value, str):
        return value.value, ()
    if not isinstance(value, Text):
        return "", ()
    holes = tuple(part for part in value.parts if not isinstance(part, str))
    numbers = iter(range(len(holes)))
    return "".join(p if isinstance(p, str) else f"\ue000{next(numbers)}\ue001" for p in value.parts), holes


def json_values(text: str, holes: tuple[Value, ...], at: Value) -> Value | None:
    """The values of a (marked) JSON text, holes filled in again; None where it is not valid JSON."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return lifted(data, holes, at)


def lifted(data: Any, holes: tuple[Value, ...], at: Value, depth: int = 0) -> Value:
    """Plain data with marks as values, holes filled in again."""
    if depth > DEPTH_MAX:
        return unknown(f"nested deeper than {DEPTH_MAX} levels", at=at)
    if isinstance(data, dict):
        return mapping({str(k): lifted(v, holes, at, depth + 1) for k, v in data.items()}, at=at)
    if isinstance(data, list):
        return sequence([lifted(v, holes, at, depth + 1) for v in data], at=at)
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
