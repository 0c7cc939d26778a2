"""How the terminal is written to."""

import io
import sys
from pathlib import Path

import pytest

from fourfold.faces.cli import output
from fourfold.faces.cli.output import Progress, base_in_repository, style_of, write


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "COLUMNS", "TERM"):
        monkeypatch.delenv(name, raising=False)


def test_colour_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    assert style_of(Terminal(), "auto").color
    assert not style_of(io.StringIO(), "auto").color
    assert style_of(io.StringIO(), "always").color
    assert not style_of(Terminal(), "never").color
    monkeypatch.setenv("NO_COLOR", "")
    assert style_of(Terminal(), "auto").color, "an empty value does not count"
    monkeypatch.setenv("NO_COLOR", "1")
    assert not style_of(Terminal(), "auto").color
    assert style_of(Terminal(), "always").color
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not style_of(Terminal(), "auto").color


def test_the_width_is_the_terminals_within_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    assert style_of(Terminal(), "auto").width == 80
    for told, width in (("120", 120), ("10", 40), ("1000", 140), ("wide", 80), ("0", 80)):
        monkeypatch.setenv("COLUMNS", told)
        assert style_of(Terminal(), "auto").width == width
    assert style_of(io.StringIO(), "auto").width == 100


@pytest.mark.parametrize(
    ("encoding", "unicode"), [("utf-8", True), ("UTF8", True), ("ascii", False), ("cp1252", False)]
)
def test_more_than_ascii_only_where_it_can_be_shown(encoding: str, unicode: bool) -> None:
    assert style_of(Terminal(encoding), "auto").unicode is unicode


def test_progress_waits_a_second_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(output.time, "monotonic", lambda: now[0])
    progress = Progress()
    progress("reading file", 1, 0)
    assert screen.getvalue() == ""
    now[0] += 1.5
    progress("reading file", 1200, 0)
    progress("reading file", 1201, 0)
    now[0] += 1
    progress("judging", 1, 3)
    progress.clear()
    progress.clear()
    assert screen.getvalue() == "\r\x1b[Kreading file 1,200\r\x1b[Kjudging 1 of 3\r\x1b[K"


def test_progress_is_silent_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(output, "PROGRESS_AFTER_S", -1.0)
    progress = Progress()
    progress("reading file", 1, 0)
    progress.clear()
    assert screen.getvalue() == ""


def test_the_folder_in_its_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "infra/app").mkdir(parents=True)
    (tmp_path / "infra/app/t.yaml").write_text("")
    assert base_in_repository(tmp_path / "infra/app") == "infra/app"
    assert base_in_repository(tmp_path / "infra/app/t.yaml") == "infra/app"
    assert base_in_repository(tmp_path) == "."


def test_a_dash_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    write("text", "-")
    assert capsys.readouterr().out == "text"
