"""JSON in a heredoc, as a text in which every character has the offset that it has in the file.

What stands before the heredoc is blank, and an interpolation is a run of letters of the same length: in a string it stays
inside the string, elsewhere it becomes one. Source: HCL Native Syntax Specification, "Template Expressions".
"""

from __future__ import annotations

import re

from fourfold.model.place import Source

_FILL = "x"
_NOT_A_LINE_END = re.compile(r"[^\r\n]")


def is_heredoc(source: Source, start: int) -> bool:
    """Whether a heredoc begins there."""
    return source.text.startswith("<<", start)


def json_text(source: Source, start: int, end: int) -> Source | None:
    """The heredoc at a place as a JSON text; None where it has directives or escaped marks, whose length differs."""
    begin = source.text.find("\n", start, end) + 1
    stop = source.text.rfind("\n", begin, end)
    if not begin or stop < begin:
        return None
    filled = _filled(source.text[begin:stop])
    if filled is None:
        return None
    return Source(source.path, _NOT_A_LINE_END.sub(" ", source.text[:begin]) + filled)


def _filled(body: str) -> str | None:
    if "$${" in body or "%{" in body:
        return None
    if "${" not in body:
        return body
    out: list[str] = []
    at, quoted = 0, False
    while at < len(body):
        if body.startswith("${", at):
            stop = _end(body, at + 2)
            if stop < 0:
                return None
            size = stop - at
            out.append(_FILL * size if quoted else f'"{_FILL * (size - 2)}"')
            at = stop
            continue
        if body[at] == "\\" and quoted:
            out.append(body[at : at + 2])
            at += 2
            continue
        quoted = quoted != (body[at] == '"')
        out.append(body[at])
        at += 1
    return "".join(out)


def _end(text: str, at: int) -> int:
    """Behind the brace that closes an interpolation; -1 where there is none."""
    depth = 1
    while at < len(text):
        char = text[at]
        if char == '"':
            at = _end_of_string(text, at + 1)
            if at < 0:
                return -1
            continue
        depth += (char == "{") - (char == "}")
        at += 1
        if not depth:
            return at
    return -1


def _end_of_string(text: str, at: int) -> int:
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] == '"':
            return at + 1
        elif text.startswith("${", at):
            at = _end(text, at + 2)
            if at < 0:
                return -1
        else:
            at += 1
    return -1
