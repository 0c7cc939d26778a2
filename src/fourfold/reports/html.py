"""One HTML file to look at and to pass on: nothing in it is loaded from anywhere, and it works without scripts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from fourfold.findings.principles import PRINCIPLES
from fourfold.findings.severity import ORDER
from fourfold.model.place import Problem
from fourfold.reports.markup import fence, inline, to_html
from fourfold.reports.matrix import WHO, names
from fourfold.reports.terminal import NAMES
from fourfold.reports.text import count, sentence, visible
from fourfold.reports.view import Cell, Item, Note, Place, Score, View

SHOWN_MAX = 100
"""Findings of one group that are shown with their lines; of more, only title and place."""
OPEN_MAX = 3
"""Groups, from the worst, whose first finding is open from the start."""
ROWS_MAX = 500
"""Rows of the lists of problems and unknown questions."""
ASSETS = Path(__file__).parent / "assets"

_FOLD = (
    '<svg viewBox="0 0 40 40" role="img" aria-label="fourfold"><path fill="var(--accent)" d="M19 2v17H2C2 9 9 2 19 2z"/>'
    '<path fill="var(--accent)" fill-opacity=".72" d="M21 2c10 0 17 7 17 17H21z"/>'
    '<path fill="var(--accent)" fill-opacity=".5" d="M38 21c0 10-7 17-17 17V21z"/>'
    '<path fill="var(--accent)" fill-opacity=".3" d="M2 21h17v17C9 38 2 31 2 21z"/></svg>'
)


def render(view: View) -> str:
    """The whole page."""
    css = (ASSETS / "report.css").read_text(encoding="utf-8")
    script = (ASSETS / "report.js").read_text(encoding="utf-8")
    # Colours of the filters stand in the style sheet, not in the elements: the policy allows nothing else.
    css += "".join(_filter_rule(kind, value) for kind, value in _facets(view))
    policy = (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>fourfold: {_text(view.root)}</title>",
        f"<style>{css}</style></head><body><div class=page>",
        _head(view),
        _dials(view),
        _findings(view),
        _suppressed(view),
        _matrix(view),
        _problems(view),
        _remarks(view),
        _unknown(view),
        f"<footer>Made by fourfold {escape(view.version)} offline, from the files alone.</footer>",
        f"</div><script>{script}</script></body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _text(text: str) -> str:
    """Text of the scanned tree: escaped, and nothing invisible in it."""
    return escape(visible(text))


def _code(text: str) -> str:
    """A sentence of the scanned tree with `names` in it; addresses in it do not become links."""
    return inline(visible(text), links=False)


# -- head ----------------------------------------------------------------------------------------------------------


def _head(view: View) -> str:
    formats = ", ".join(f"{n:,} {escape(NAMES.get(name, name))}" for name, n in view.formats.items())
    facts = [
        f"<b>{view.files:,}</b> {'file' if view.files == 1 else 'files'} read{f' ({formats})' if formats else ''}",
        f"<b>{view.resources:,}</b> {'resource' if view.resources == 1 else 'resources'}",
        f"<b>{view.questions:,}</b> questions of {count(view.checks, 'check')}",
        f"<b>{len(view.items):,}</b> {'finding' if len(view.items) == 1 else 'findings'}",
    ]
    if view.gaps:
        facts.append(f'<a href="#unknown"><b>{len(view.gaps):,}</b> unknown</a>')
    if view.problems:
        facts.append(f'<a href="#problems"><b>{len(view.problems):,}</b> {_plural(view.problems, "problem")}</a>')
    if view.notes:
        facts.append(f'<a href="#notes"><b>{len(view.notes):,}</b> {_plural(view.notes, "note")}</a>')
    if view.suppressed:
        facts.append(f'<a href="#suppressed"><b>{len(view.suppressed):,}</b> suppressed</a>')
    return (
        f"<header><div class=head>{_FOLD}<div><h1>fourfold</h1><p class=wrap><bdi>{_text(view.root)}</bdi></p></div>"
        "<span class=offline>offline - nothing left the machine</span></div>"
        f"<ul class=facts>{''.join(f'<li>{fact}</li>' for fact in facts)}</ul></header>"
    )


def _plural(things: tuple[Any, ...], word: str) -> str:
    return word if len(things) == 1 else word + "s"


def _dials(view: View) -> str:
    dials = "".join(_dial(PRINCIPLES[name], view.scores[name]) for name in PRINCIPLES if name in view.scores)
    return f'<ol class=dials aria-label="Score of each principle">{dials}</ol>'


def _dial(title: str, score: Score) -> str:
    around = 2 * 3.14159 * 40
    arc = ""
    if score.score:
        arc = (
            f'<circle class="arc stroke-{score.worst or "good"}" cx="50" cy="50" r="40" fill="none" stroke-width="9" '
            f'stroke-dasharray="{around * score.score / 10:.1f} {around:.1f}" transform="rotate(-90 50 50)"/>'
        )
    number = "-" if score.score is None else str(score.score)
    label = "nothing asked" if score.score is None else "of 10"
    told = (
        [count(score.findings, "finding")] if score.findings else ["clean" if score.score is not None else "not judged"]
    )
    if score.worst:
        told.append(f"worst {score.worst}")
    if score.unknown:
        told.append(f"{score.unknown:,} unknown")
    return (
        '<li class=dial><svg viewBox="0 0 100 100" aria-hidden="true">'
        f'<circle class=track cx="50" cy="50" r="40" fill="none" stroke-width="9"/>{arc}'
        f'<text class=score x="50" y="55" text-anchor="middle">{number}</text>'
        f'<text class=of x="50" y="69" text-anchor="middle">{label if score.score is not None else ""}</text></svg>'
        f"<h3>{escape(title)}</h3><p>{', '.join(told)}</p></li>"
    )


# -- findings ------------------------------------------------------------------------------------------------------


def _facets(view: View) -> list[tuple[str, str]]:
    found = {
        (kind, value) for i in view.items for kind, value in (("severity", i.severity), ("principle", i.principle))
    }
    return [(k, v) for k, names in (("severity", ORDER), ("principle", PRINCIPLES)) for v in names if (k, v) in found]


def _filter_rule(kind: str, value: str) -> str:
    """A switch that is off hides its groups, with scripts or without."""
    return f'body:has(input[value="{value}"]:not(:checked)) .group[data-{kind}="{value}"] {{ display: none; }}\n'


def _findings(view: View) -> str:
    if not view.items:
        return "<h2>Findings</h2><p class=clean>Nothing was found.</p>"
    groups: dict[tuple[str, str], list[Item]] = {}
    for item in view.items:
        groups.setdefault((item.severity, item.check), []).append(item)
    cards = "".join(_group(view, items, at < OPEN_MAX) for at, items in enumerate(groups.values()))
    return (
        f"<h2 id=findings>Findings <small>{len(view.items):,}, worst first</small></h2>{_filters(view)}"
        f"<main>{cards}<p class=none>No finding fits these filters.</p></main>"
    )


def _filters(view: View) -> str:
    def switches(kind: str, names: Iterable[tuple[str, str]]) -> str:
        out = []
        for value, title in names:
            n = sum(getattr(i, kind) == value for i in view.items)
            if n:
                box = f'<input type=checkbox checked value="{value}">'
                out.append(f"<label class={value}>{box}{escape(title)}<b>{n:,}</b></label>")
        return f"<fieldset><legend>{kind.capitalize()}</legend>{''.join(out)}</fieldset>"

    files = sorted({i.place.file for i in view.items})
    options = "".join(f'<option value="{_text(f)}">{_text(f)}</option>' for f in files)
    return (
        "<form class=filters autocomplete=off>"
        + switches("severity", ((s, s) for s in ORDER))
        + switches("principle", PRINCIPLES.items())
        + '<div class=scripted><input type=search id=search placeholder="Search titles, addresses, files" '
        f'aria-label="Search"><select id=file aria-label="File"><option value="">All files</option>{options}</select></div>'
        "</form>"
    )


def _group(view: View, items: list[Item], opened: bool) -> str:
    first = items[0]
    page = view.pages.get(first.check)
    why = (
        f"<details class=why><summary>Why it matters</summary><div class=prose>{to_html(page.text)}</div></details>"
        if page
        else ""
    )
    shown = "".join(_finding(item, opened and at == 0) for at, item in enumerate(items[:SHOWN_MAX]))
    rest = "".join(_row(item) for item in items[SHOWN_MAX:])
    text = f"{first.check} {first.code} {page.title if page else ''}".lower()
    return (
        f'<section class=group data-severity={first.severity} data-principle={first.principle} data-text="{escape(text)}">'
        f'<header><span class="pill {first.severity}">{first.severity}</span>'
        f"<h3>{_code(page.title if page else first.check)}</h3>"
        f"<span class=soft>{escape(PRINCIPLES.get(first.principle, ''))} &middot; <code>{first.code}</code>"
        f"{f' &middot; {len(items):,} findings' if len(items) > 1 else ''}</span></header>"
        f"{why}{shown}{f'<ul class=rest>{rest}</ul>' if rest else ''}</section>"
    )


def _data(item: Item) -> str:
    text = f"{item.title} {item.address} {item.place.file} {item.id} {item.condition}".lower()
    return f'data-file="{_text(item.place.file)}" data-text="{_text(text)}"'


def _row(item: Item) -> str:
    return f"<li class=f {_data(item)}>{_code(item.title)} <span class=mono>{_where(item.place)}</span></li>"


def _finding(item: Item, opened: bool) -> str:
    return (
        f'<details class="finding f" id="f-{escape(item.id)}" {_data(item)}{" open" if opened else ""}>'
        f"<summary><span class=wrap>{_code(item.title)}</span><span class=chips>{''.join(_chips(item))}</span>"
        f"<span class=where>{_where(item.place)}</span></summary><div class=body>{''.join(_body(item))}</div></details>"
    )


def _chips(item: Item) -> Iterator[str]:
    if item.certainty == "when":
        yield f'<span class="chip when">when {_text(item.condition)}</span>'
    elif item.certainty == "possible":
        yield '<span class="chip possible">possible</span>'
    if item.fix:
        yield f'<span class="chip fix">{"fix" if item.fix.safe else "fix, look first"}</span>'


def _body(item: Item) -> Iterator[str]:
    yield _frame(item.place)
    if item.certainty == "possible":
        yield f"<p>Possible: {_code(item.condition)}.</p>"
    if item.because:
        yield f"<p>Suppressed by <code>{_text(item.suppressed_by)}</code>: {_text(item.because)}</p>"
    if item.related:
        yield f"<h4>Also look at</h4>{_notes(item.related, 'ul')}"
    if item.provenance:
        yield f"<h4>How the value came to be</h4>{_notes(item.provenance, 'ol')}"
    if item.evidence:
        rows = "".join(f"<dt>{_text(key)}</dt><dd>{_value(value)}</dd>" for key, value in item.evidence.items())
        yield f"<h4>Evidence</h4><dl class=evidence>{rows}</dl>"
    if item.fix and item.fix.hunks:
        yield f"<h4>{'Fix' if item.fix.safe else 'Fix that needs something from you'}</h4>"
        yield f"<p>{_code(sentence(item.fix.note))}</p>" if item.fix.note else ""
        for hunk in item.fix.hunks:
            lines = [visible(line) for line in hunk.lines]
            yield f"<figure><figcaption>{_text(hunk.file)}:{hunk.line}</figcaption>{fence(lines, diff=True)}</figure>"
    about = f"<bdi>{_text(item.address)}</bdi> &middot; " if item.address else ""
    yield f'<p class=id>{about}<a href="#f-{escape(item.id)}"><code>{escape(item.id)}</code></a></p>'


def _where(place: Place) -> str:
    return f"<bdi>{_text(place.file)}</bdi>:{place.line}:{place.column}"


def _notes(notes: tuple[Note, ...], tag: str) -> str:
    items = "".join(
        f"<li>{_code(n.note)}" + (f" <span class=where>{_where(n.place)}</span>" if n.place else "") + "</li>"
        for n in notes
    )
    return f"<{tag} class=steps>{items}</{tag}>"


def _value(value: Any) -> str:
    """A piece of evidence."""
    if isinstance(value, list):
        return f"<ul>{''.join(f'<li>{_value(v)}</li>' for v in value)}</ul>"
    if isinstance(value, dict):
        rows = "".join(f"<dt>{_text(str(k))}</dt><dd>{_value(v)}</dd>" for k, v in value.items())
        return f"<dl class=evidence>{rows}</dl>"
    if isinstance(value, bool) or value is None:
        return f"<code>{'null' if value is None else str(value).lower()}</code>"
    return _code(str(value))


def _frame(place: Place) -> str:
    """The lines around a place, with the stretch marked."""
    out = []
    margin = min((len(raw) - len(raw.lstrip()) for raw in place.lines if raw.strip()), default=0)
    gone = margin + place.cut
    for n, whole in enumerate(place.lines, place.first):
        raw = whole[margin:]
        inside = place.line <= n <= place.end_line
        start = max(place.column - 1 - gone, 0) if n == place.line else len(raw) - len(raw.lstrip())
        end = max(place.stop - margin, start) if n == place.end_line else len(raw)
        if inside and raw.strip():
            shown = f"{_text(raw[:start])}<mark>{_text(raw[start:end])}</mark>{_text(raw[end:])}"
        else:
            shown = _text(raw)
        out.append(f'<span class="l{" hit" if inside else ""}" data-n="{n}">{shown or " "}</span>')
    return f"<pre class=frame tabindex=0><code>{''.join(out)}</code></pre>"


# -- the rest ------------------------------------------------------------------------------------------------------


def _matrix(view: View) -> str:
    """Layers down, platforms across; workloads whose layers are shared alike stand in one column."""
    if not view.matrix:
        return ""
    heads = "".join(
        f"<th scope=col>{_text(c.platform)} <small>{len(c.workloads):,}</small><span class=soft>{_text(names(c))}</span></th>"
        for c in view.matrix
    )
    rows = []
    for at, first in enumerate(view.matrix[0].cells):
        runs = ((cell, len(list(same))) for cell, same in groupby(c.cells[at] for c in view.matrix))
        cells = "".join(_share(cell, n) for cell, n in runs)
        rows.append(f"<tr><th scope=row>{_text(first.title)}</th>{cells}</tr>")
    return (
        "<h2 id=matrix>Responsibility <small>whose part each layer is, and why</small></h2>"
        f"<div class='table matrix'><table><thead><tr><th scope=col>Layer</th>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _share(cell: Cell, columns: int) -> str:
    who = f"<span class='who {cell.who}'>{WHO[cell.who]}</span>"
    return f"<td colspan={columns}>{who}<span class=soft>{_text(cell.reason)}</span></td>"


def _suppressed(view: View) -> str:
    if not view.suppressed:
        return ""
    cards = "".join(_finding(item, opened=False) for item in view.suppressed[:ROWS_MAX])
    return f"<h2 id=suppressed>Suppressed <small>{len(view.suppressed):,}</small></h2><section class=group>{cards}</section>"


def _problems(view: View) -> str:
    note = "what could not be read was not judged"
    return _table("problems", "Problems", len(view.problems), note, ("Place", "Problem"), _said(view.problems))


def _remarks(view: View) -> str:
    return _table("notes", "Notes", len(view.notes), "worth knowing", ("Place", "Note"), _said(view.notes))


def _said(problems: tuple[Problem, ...]) -> Iterator[str]:
    for p in problems[:ROWS_MAX]:
        place = f"<bdi>{_text(p.file)}</bdi>{f':{p.line}' if p.line else ''}"
        yield f"<tr><td class=mono>{place}</td><td>{_code(p.reason)}</td></tr>"


def _unknown(view: View) -> str:
    rows = (
        f"<tr><td class=mono>{_where(g.place)}</td><td><code>{escape(g.check)}</code></td>"
        f"<td class=wrap>{_text(g.address)}</td><td>{_code(g.reason)}</td></tr>"
        for g in view.gaps[:ROWS_MAX]
    )
    note = "neither wrong nor right from what was read"
    return _table("unknown", "Unknown", len(view.gaps), note, ("Place", "Check", "About", "Why it is not known"), rows)


def _table(id_: str, title: str, total: int, note: str, heads: tuple[str, ...], rows: Iterable[str]) -> str:
    if not total:
        return ""
    left = f"; the first {ROWS_MAX} are shown" if total > ROWS_MAX else ""
    columns = "".join(f"<th scope=col>{head}</th>" for head in heads)
    return (
        f"<h2 id={id_}>{title} <small>{total:,}, {note}{left}</small></h2>"
        f"<div class=table><table><thead><tr>{columns}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
