"""Keeps the `=` of HCL arguments in one column around what was edited, as `terraform fmt` wants them.

Lines after each other whose value begins and ends on them share a column; a blank line, a comment, a block or a value of
several lines ends the group (a heredoc does not). A group that was not aligned before is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fourfold.fixes.text import CannotEditError, TextEdit, apply
from fourfold.model.place import Source
from fourfold.sources.terraform.hcl import syntax
from fourfold.sources.terraform.hcl.parser import parse


class _Line(msgspec.Struct, frozen=True):
    """One `name = value`: offsets of its name's beginning and end, of the `=`, and of the value's end."""

    start: int
    name_end: int
    equals: int
    end: int


def aligned(source: Source, edits: list[TextEdit]) -> list[TextEdit]:
    """The edits of one text, with those that put its columns right."""
    edits = sorted(dict.fromkeys(edits), key=lambda e: (e.start, e.end))
    text, stretches = apply(source, edits)
    body, problems = parse(Source(source.path, text))
    if len(problems) > len(parse(source)[1]):
        raise CannotEditError(f"what would be written is {problems[0].reason}")
    gaps = [gap for group in _groups(body, text) for gap in _gaps(group, text, stretches)]
    return _moved_back(source, edits, stretches, sorted(gaps))


def _groups(node: syntax.Node, text: str) -> Iterator[list[_Line]]:
    """Groups of lines, in all bodies and objects."""
    lines: list[_Line] = []
    if isinstance(node, syntax.Body):
        for a in node.attributes.values():
            lines.append(_Line(a.start, a.start + len(a.name), _equals(text, a.start + len(a.name)), a.end))
            yield from _groups(a.value, text)
        for block in node.blocks:
            yield from _groups(block.body, text)
    elif isinstance(node, syntax.Object):
        for key, value in node.items:
            if isinstance(key, syntax.Literal):
                lines.append(_Line(key.start, key.end, _equals(text, key.end), value.end))
            yield from _groups(value, text)
    elif isinstance(node, (syntax.Tuple, syntax.Call, syntax.Conditional)):
        parts = {syntax.Tuple: "items", syntax.Call: "arguments"}.get(type(node))
        inner = getattr(node, parts) if parts else (node.condition, node.yes, node.no)  # type: ignore[union-attr]
        for one in inner:
            yield from _groups(one, text)
    group: list[_Line] = []
    for line in sorted(lines, key=lambda one: one.start):
        begins = not text[text.rfind("\n", 0, line.start) + 1 : line.start].strip()
        if line.equals < 0 or not begins or not _on_one_line(line, text):
            follows = False
        else:
            follows = bool(group) and text.count("\n", group[-1].end, line.start) == 1
            if not follows:
                yield group
                group = []
            group.append(line)
            continue
        yield group
        group = []
    yield group


def _equals(text: str, at: int) -> int:
    """Offset of the `=` behind a name; -1 where there is something else."""
    end = at
    while text[end : end + 1] in (" ", "\t"):
        end += 1
    return end if text[end : end + 1] == "=" else -1


def _on_one_line(line: _Line, text: str) -> bool:
    value = text[line.equals + 1 : line.end].lstrip()
    return "\n" not in value or value.startswith("<<")


def _gaps(group: list[_Line], text: str, stretches: list[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    """Spaces to write before the `=` of a group that was edited."""
    if not group:
        return
    first, last = text.rfind("\n", 0, group[0].start), text.find("\n", group[-1].end) + 1
    # What is written behind the last line, such as a block, says nothing of the columns; what is taken away there does.
    ends = group[-1].end
    if not any(first <= b and (a < ends or (a == b and a <= (last or len(text)))) for a, b in stretches):
        return
    kept = [g for g in group if not any(a <= g.equals and g.start < b for a, b in stretches if a < b)]
    if any(g.name_end == g.equals for g in kept) or len({g.equals - g.start for g in kept}) > 1:
        return
    width = max(g.name_end - g.start for g in group) + 1
    for g in group:
        space = " " * (width - (g.name_end - g.start))
        if len(space) != g.equals - g.name_end:
            yield g.name_end, g.equals, space


def _moved_back(
    source: Source, edits: list[TextEdit], stretches: list[tuple[int, int]], gaps: list[tuple[int, int, str]]
) -> list[TextEdit]:
    """Changes of the new text as changes of the old one, or of what the edits write."""
    out = list(edits)
    more: list[TextEdit] = []
    for start, end, space in reversed(gaps):
        inside = next((i for i, (a, b) in enumerate(stretches) if a <= start and end <= b), None)
        if inside is not None:
            begin, old = stretches[inside][0], out[inside]
            text = old.text[: start - begin] + space + old.text[end - begin :]
            out[inside] = msgspec.structs.replace(old, text=text)
            continue
        shift = sum((e.end - e.start) - (b - a) for e, (a, b) in zip(edits, stretches, strict=True) if b <= start)
        more.append(TextEdit(source, start + shift, end + shift, space))
    return [*out, *more]
