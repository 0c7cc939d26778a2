"""Edits of JSON that stands in a heredoc of a Terraform file: written as in a JSON file, at the same offsets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec

from fourfold.fixes.hcl import Outline, is_hcl
from fourfold.fixes.text import CannotEditError, TextEdit
from fourfold.model.edit import Edit
from fourfold.model.place import Source
from fourfold.model.value import Map, Seq, Value
from fourfold.sources.syntax.json import parse_json
from fourfold.sources.terraform.hcl.heredoc import is_heredoc, json_text


class Inside(NamedTuple):
    """What is changed in one heredoc."""

    edits: list[Edit]
    """On the text of the heredoc alone."""
    source: Source
    """The file that it stands in."""


def parted(edits: Iterable[Edit], outline: Callable[[Source], Outline]) -> tuple[list[Edit], list[Inside]]:
    """The edits that are of no heredoc, and the others, those of one heredoc together.

    Raises `CannotEditError` where a heredoc is no plain JSON.
    """
    others: list[Edit] = []
    inside: dict[tuple[str, int, int], Inside] = {}
    texts: dict[tuple[str, int, int], Source | None] = {}
    for edit in edits:
        place = _around(edit.at, outline)
        if place is None:
            others.append(edit)
            continue
        source = edit.at.source
        name = (source.path, *place)
        if name not in texts:
            found = json_text(source, *place)
            texts[name] = Source(f"{source.path}#.json", found.text) if found is not None else None
        text = texts[name]
        at = _same_place(edit.at, text) if text is not None else None
        if at is None:
            raise CannotEditError("it is written as a heredoc that is no plain JSON")
        inside.setdefault(name, Inside([], source)).edits.append(msgspec.structs.replace(edit, at=at))
    return others, list(inside.values())


def placed(edits: Iterable[TextEdit], source: Source) -> Iterator[TextEdit]:
    """Changes of the text of a heredoc as changes of the file; what is new is not interpolated."""
    for edit in edits:
        text = edit.text.replace("${", "$${").replace("%{", "%%{")
        yield TextEdit(source, edit.start, edit.end, text)


def _around(at: Value, outline: Callable[[Source], Outline]) -> tuple[int, int] | None:
    """The heredoc that a value stands inside of."""
    if not is_hcl(at.source.path) or "<<" not in at.source.text[: at.start]:
        return None
    for start, end in outline(at.source).found:
        if start < at.start and at.end < end and is_heredoc(at.source, start):
            return start, end
    return None


def _same_place(at: Value, text: Source) -> Value | None:
    """What stands at the place of a value in the text of its heredoc."""
    root, problems = parse_json(text)
    waiting = [] if root is None or problems else [root]
    while waiting:
        value = waiting.pop()
        if (value.start, value.end) == (at.start, at.end):
            if isinstance(value, Map) and isinstance(at, Map):
                return msgspec.structs.replace(value, style=at.style if at.style == "camel" else "json")
            return value
        if isinstance(value, Map):
            waiting += value.entries_.values()
        elif isinstance(value, Seq):
            waiting += value.items_
    return None
