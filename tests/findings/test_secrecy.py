"""Secrets are masked wherever a report shows the text around them."""

from __future__ import annotations

from fourfold.findings.finding import Finding
from fourfold.findings.secrecy import Redactor, mask
from fourfold.model.place import Source, Span

SOURCE = Source("t.json", '{\n  "password": "Pa$$word123",\n  "other": "Pa$$word123"\n}\n')


def redactor(*spans: Span) -> Redactor:
    found = Finding("x", "c", "FF4001", "p", "high", "proved", "", "t", "A", "T", Span(SOURCE, 0, 1), secrets=spans)
    return Redactor([found])


def test_two_characters_and_stars() -> None:
    assert mask("Pa$$word123") == "Pa***"
    assert mask("secret") == "***"


def test_a_line_is_shown_without_its_secret() -> None:
    start = SOURCE.text.index("Pa$$")
    shown = redactor(Span(SOURCE, start, start + 11))
    assert shown.line(SOURCE, 2) == '  "password": "Pa***",'
    assert shown.line(SOURCE, 3) == '  "other": "Pa$$word123"'
    assert shown.line(SOURCE, 99) == ""


def test_a_secret_over_several_lines_shows_nothing_of_its_later_lines() -> None:
    source = Source("t.yaml", "key: |\n  -----BEGIN PRIVATE KEY-----\n  MIIEvQ\nnext: 1\n")
    found = Finding(
        "x", "c", "FF4001", "p", "high", "proved", "", "t", "A", "T", Span(source, 0, 1),
        secrets=(Span(source, 5, source.text.index("next") - 1),),
    )  # fmt: skip
    shown = Redactor([found])
    assert shown.line(source, 3) == "***"
    assert shown.line(source, 4) == "next: 1"
    assert "MIIE" not in shown.text(Span(source, 0, len(source.text)))
