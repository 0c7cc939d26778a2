"""The little Markdown that the pages of checks are written in, as HTML: paragraphs, lists, `code`, **bold**, fences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

_INLINE = re.compile(r"(`+)(.+?)\1|\*\*(.+?)\*\*|\[([^\]]+)\]\((https?://[^\s)]+)\)|(https?://[^\s)>,]+[^\s)>,.;:])")
_ITEM = re.compile(r"\s*[-*] +")


def to_html(text: str) -> str:
    """A page's text as HTML; everything in it is escaped."""
    return "\n".join(_blocks(text))


def _blocks(text: str) -> Iterator[str]:
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        begin = at
        if lines[at].startswith("```"):
            at += 1
            while at < len(lines) and not lines[at].startswith("```"):
                at += 1
            yield fence(lines[begin + 1 : at], lines[begin][3:].split()[:1] == ["diff"])
            at += 1
            continue
        while at < len(lines) and lines[at].strip() and not lines[at].startswith("```"):
            at += 1
        yield _text(lines[begin:at])


def _text(lines: list[str]) -> str:
    if _ITEM.match(lines[0]):
        items: list[str] = []
        for line in lines:
            if _ITEM.match(line):
                items.append(_ITEM.sub("", line, count=1))
            else:
                items[-1] += f" {line.strip()}"
        return "<ul>" + "".join(f"<li>{inline(item)}</li>" for item in items) + "</ul>"
    if lines[0].startswith("#"):
        return f"<p><b>{inline(lines[0].lstrip('# '))}</b></p>" + (_text(lines[1:]) if lines[1:] else "")
    return f"<p>{inline(' '.join(line.strip() for line in lines))}</p>"


def inline(text: str, *, links: bool = True) -> str:
    """One paragraph's text."""
    out: list[str] = []
    at = 0
    for found in _INLINE.finditer(text):
        out.append(escape(text[at : found.start()]))
        _, code, bold, name, link, bare = found.groups()
        if code is not None:
            out.append(f"<code>{escape(code)}</code>")
        elif bold is not None:
            out.append(f"<b>{escape(bold)}</b>")
        elif not links:
            out.append(escape(found[0]))
        else:
            out.append(f'<a href="{escape(link or bare)}" rel="noreferrer">{escape(name or bare)}</a>')
        at = found.end()
    return "".join((*out, escape(text[at:])))


def fence(lines: list[str], diff: bool) -> str:
    """A code block; in a diff, removed and added lines stand out."""
    kinds = {"-": "l diff del", "+": "l diff add"}
    shown = (
        f'<span class="{kinds.get(line[:1], "l diff")}" data-m="{escape(line[:1].strip())}">{escape(line[1:]) or " "}</span>'
        if diff
        else f'<span class="l diff" data-m="">{escape(line) or " "}</span>'
        for line in lines
    )
    return f'<pre class="frame"><code>{"".join(shown)}</code></pre>'
