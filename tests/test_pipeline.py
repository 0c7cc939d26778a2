"""The library's one call."""

import datetime as dt
from pathlib import Path

import pytest

import fourfold
from fourfold.config import Config

TASK = '{"family": "a", "containerDefinitions": [{"name": "a", "image": "b"}]}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "task.json").write_text(TASK)
    (tmp_path / "old").mkdir()
    (tmp_path / "old/task.json").write_text(TASK)
    return tmp_path


def test_it_gives_objects_and_prints_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = fourfold.scan(folder, only=["writable_root_filesystem"])
    assert [type(f) for f in report.findings] == [fourfold.Finding] * 2
    assert isinstance(report, fourfold.Report)
    assert report.asked == {"writable_root_filesystem": 2}
    assert capsys.readouterr() == ("", "")


def test_exclude_leaves_files_out(folder: Path) -> None:
    assert fourfold.scan(folder, exclude=["old/"]).files == ("task.json",)
    (folder / "fourfold.toml").write_text('exclude = ["/task.json"]')
    assert fourfold.scan(folder).files == ("old/task.json",)
    assert fourfold.scan(folder, config=Config()).files == ("old/task.json", "task.json")


def test_the_settings_choose_the_checks_unless_the_caller_does(folder: Path) -> None:
    (folder / "fourfold.toml").write_text('only = ["FF3001"]')
    assert [c.code for c in fourfold.scan(folder).checks] == ["FF3001"]
    assert [c.code for c in fourfold.scan(folder, only=["FF3002"]).checks] == ["FF3002"]
    (folder / "fourfold.toml").write_text('only = ["nothing_like_it"]')
    report = fourfold.scan(folder)
    assert len(report.checks) > 1
    assert "the setting `only` does not count" in report.problems[0].reason


def test_progress_is_told(folder: Path) -> None:
    told: list[tuple[str, int, int]] = []
    fourfold.scan(folder, progress=lambda *what: told.append(what))
    assert told[:2] == [("reading file", 1, 0), ("reading file", 2, 0)]
    assert {stage for stage, _, _ in told} == {"reading file", "linking resources", "judging resources"}


def test_an_empty_folder_gives_an_empty_report(tmp_path: Path) -> None:
    report = fourfold.scan(tmp_path, today=dt.date(2026, 1, 1))
    assert (report.findings, report.files, report.problems) == ((), (), ())


def test_what_does_not_exist_is_an_error() -> None:
    with pytest.raises(fourfold.FourfoldError, match="`no/such` does not exist"):
        fourfold.scan("no/such")
    with pytest.raises(fourfold.FourfoldError, match="no check is called `x`"):
        fourfold.scan(".", only=["x"])


def test_secrets_are_masked_whatever_checks_are_asked(tmp_path: Path) -> None:
    from fourfold.reports.plain import view

    text = "services:\n  db:\n    image: example/db:1\n    environment:\n      DB_PASSWORD: Tr0ub4dor&3\n"
    (tmp_path / "compose.yaml").write_text(text)
    report = fourfold.scan(tmp_path, only=["unlimited_container", "mutable_image_tag"])
    assert {f.check for f in report.findings} == {"unlimited_container", "mutable_image_tag"}
    shown = [line for item in view(report).items for line in item.place.lines]
    assert any("DB_PASSWORD: Tr***" in line for line in shown)
    assert not any("Tr0ub" in line for line in shown)
