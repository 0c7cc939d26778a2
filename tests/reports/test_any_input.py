"""No text that can be scanned breaks a report."""

import json as plain_json
from html.parser import HTMLParser

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reports.samples import CACHE, SAMPLE

from fourfold.reports import html, json, markdown, sarif, terminal
from fourfold.reports.page import finding_page
from fourfold.reports.plain import plain, safe
from fourfold.reports.terminal import Show
from fourfold.reports.text import Style
from fourfold.reports.view import Item, Place, View

# Surrogates as file names and JSON escapes give them, controls, directions, wide and combining characters.
TEXT = st.text(st.characters() | st.sampled_from("\x00\x1b\x07\u202e\u2028\ud800\u0301\u91cf`|<>\"'&*@\t"), max_size=40)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def views(draw: st.DrawFn) -> View:
    """A view with one finding about anything."""
    lines = tuple(safe(draw(TEXT)).replace("\n", " ") for _ in range(draw(st.integers(0, 5))))
    line, column = draw(st.integers(1, 5)), draw(st.integers(1, 60))
    end_line = line + draw(st.integers(0, 2))
    end_column = draw(st.integers(column, 80))
    place = Place(
        safe(draw(TEXT)) or "f", line, column, end_line, end_column, draw(st.integers(1, line)), lines, draw(st.integers(0, 9)),
        draw(st.integers(0, 80)),
    )  # fmt: skip
    item: Item = msgspec.structs.replace(
        CACHE, title=safe(draw(TEXT)), address=safe(draw(TEXT)), condition=safe(draw(TEXT)), place=place,
        certainty=draw(st.sampled_from(["proved", "possible", "when"])), evidence=plain({"x": draw(DATA)}),
    )  # fmt: skip
    return msgspec.structs.replace(SAMPLE, items=(item, *SAMPLE.items), suppressed=(item,), root=safe(draw(TEXT)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(views(), st.integers(40, 140), st.booleans())
def test_every_report_can_be_made(view: View, width: int, unicode: bool) -> None:
    assert plain_json.loads(json.render(view))["findings"]
    assert plain_json.loads(sarif.render(view))["runs"]
    HTMLParser().feed(html.render(view))
    markdown.render(view).encode()
    style = Style(width=width, unicode=unicode)
    out = terminal.render(view, style, Show(full=True, unknown=True, suppressed=True))
    out += finding_page(view.items[0], None, style)
    assert not [c for c in out if ord(c) < 32 and c != "\n"]
    assert unicode or out.isascii()
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(view), type=View) == view
