"""From objects to plain data."""

from pathlib import Path

import fourfold
from fourfold.findings.secrecy import Redactor
from fourfold.model.place import Source, Span
from fourfold.model.value import NOWHERE, Known
from fourfold.reports import html, json, markdown, sarif, terminal
from fourfold.reports.plain import INTEGER_MAX, LINE_CHARACTERS_MAX, place, plain, safe, view
from fourfold.reports.terminal import Show

NOBODY = Redactor(())


def span(text: str, part: str) -> Span:
    start = text.index(part)
    return Span(Source("a.yaml", text), start, start + len(part))


def test_a_place_has_the_lines_around_it() -> None:
    text = "".join(f"line {n}\n" for n in range(1, 10))
    made = place(span(text, "5"), NOBODY)
    assert (made.line, made.column, made.end_line, made.end_column) == (5, 6, 5, 7)
    assert (made.first, made.lines) == (3, ("line 3", "line 4", "line 5", "line 6", "line 7"))


def test_a_long_block_is_its_header() -> None:
    text = "a:\n  b: 1\n  c: 2\n  d: 3\n"
    assert place(span(text, text.rstrip()), NOBODY).end_line == 1
    assert place(span(text, "b: 1\n  c: 2\n  d: 3"), NOBODY).end_line == 4, "three lines are shown whole"
    assert place(span(text, text.rstrip()), NOBODY, whole=True).end_line == 4


def test_of_a_long_line_the_part_around_the_column_is_kept() -> None:
    text = "x" * 5000 + "HERE" + "y" * 5000
    made = place(span(text, "HERE"), NOBODY)
    (line,) = made.lines
    assert len(line) <= LINE_CHARACTERS_MAX
    assert line[made.column - 1 - made.cut : made.stop] == "HERE"


def test_windows_line_ends_are_no_part_of_the_lines() -> None:
    assert place(span("a: 1\r\nb: 2\r\n", "b: 2"), NOBODY).lines == ("a: 1", "b: 2")


def test_half_characters_and_huge_numbers_do_not_break_json() -> None:
    assert safe("a\ud800b") == "a\ufffd\ufffd\ufffdb"
    data = plain({"\udfff": [10**30, -(10**30), INTEGER_MAX, True, None, 1.5, {"x"}, Known(NOWHERE, 0, 0, -1, "v")]})
    assert data == {
        "\ufffd\ufffd\ufffd": [str(10**30), str(-(10**30)), INTEGER_MAX, True, None, 1.5, ["x"], "v"],
    }


SECRET = "Tr0ub4dor-and-3"
TASK = f"""{{
  "family": "shop",
  "containerDefinitions": [
    {{
      "name": "web", "image": "example/web:1",
      "environment": [{{"name": "DB_PASSWORD", "value": "{SECRET}"}}]
    }}
  ]
}}
"""


def test_no_report_shows_a_secret(tmp_path: Path) -> None:
    (tmp_path / "task.json").write_text(TASK)
    made = view(fourfold.scan(tmp_path), texts=True)
    assert any(item.check == "plaintext_secret" for item in made.items)
    outputs = [module.render(made) for module in (json, sarif, html, markdown)]
    outputs.append(terminal.render(made, show=Show(full=True, unknown=True)))
    assert [SECRET in out for out in outputs] == [False] * 5
    assert "Tr***" in outputs[2]


def test_the_marked_stretch_ends_where_the_masked_secret_does(tmp_path: Path) -> None:
    (tmp_path / "task.json").write_text(TASK)
    made = view(fourfold.scan(tmp_path, only=["plaintext_secret"]))
    shown = made.items[0].place
    line = shown.lines[shown.line - shown.first]
    assert line[shown.column - 1 : shown.stop].endswith('Tr***"')
    assert made.items[0].place.end_column > shown.stop, "columns are those of the file"


def test_every_finding_has_a_place(shared: Path) -> None:
    """Also where the source has no such property: viewers refuse a result without one."""
    made = view(fourfold.scan(shared / "corpus"))
    assert made.items
    assert [item for item in made.items if not item.place.file or item.place.line < 1] == []
    assert [gap for gap in made.gaps if not gap.place.file] == []


def test_places_are_short(shared: Path) -> None:
    made = view(fourfold.scan(shared / "corpus"))
    assert [item for item in made.items if item.place.end_line - item.place.line > 2] == []
