"""Changes to a text: what an edit of the model becomes in a file."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from fourfold.model.place import Source


class CannotEditError(Exception):
    """The edit cannot be written into this text; the message says why."""


class TextEdit(msgspec.Struct, frozen=True):
    """Replace the characters `start` to `end` of a source by `text`."""

    source: Source
    start: int
    end: int
    text: str


def apply(source: Source, edits: Iterable[TextEdit]) -> tuple[str, list[tuple[int, int]]]:
    """The new text, and the stretches of it that are new.

    Insertions at one place are written in the order given. Raises `CannotEditError` where two edits overlap.
    """
    out: list[str] = []
    written: list[tuple[int, int]] = []
    at = length = 0
    for edit in sorted(dict.fromkeys(edits), key=lambda e: (e.start, e.end)):
        if edit.start < at:
            raise CannotEditError(f"two changes overlap at line {source.position(edit.start)[0]}")
        kept = source.text[at : edit.start]
        length += len(kept)
        out += (kept, edit.text)
        written.append((length, length + len(edit.text)))
        length += len(edit.text)
        at = edit.end
    out.append(source.text[at:])
    return "".join(out), written
