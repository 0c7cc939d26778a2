"""`fourfold data`: the dates of the tables, and how they are made anew."""

import json
from pathlib import Path

import pytest

from fourfold.faces.cli import main
from fourfold.knowledge.parts import PARTS


def test_every_table_says_its_day_its_sources_and_its_size(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data"]) == 0
    told = capsys.readouterr().out
    for part in PARTS:
        facts = part.read(part.file)
        assert f"{part.name:<15} {part.what}" in told
        assert facts.date in told
        assert all(f"{s['name']} {s['version']} ({s['licence']})" in told for s in facts.sources)
        assert all(f"{number:,} {what}" in told for what, number in facts.counts.items())
        assert part.file.with_name(part.file.name + ".LICENSES").is_file()


@pytest.mark.parametrize(("day", "old"), [("2026-11-22", False), ("2027-01-25", False), ("2027-01-26", True)])
def test_facts_older_than_90_days_are_warned_of(
    day: str, old: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOURFOLD_TODAY", day)
    assert main(["data", "iam", "--format", "json"]) == 0
    told = capsys.readouterr()
    (table,) = json.loads(told.out)["tables"]
    assert table["date"] == "2026-10-27", "the days of this test are counted from here"
    assert (table["old"], "`iam` (91 days)" in told.err) == (old, old)


def test_what_is_missing_is_named_with_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "--rebuild", "managed", "deployment", "--from", str(tmp_path)]) == 2
    assert "facts/bin/pip install --no-deps cfn-lint moto`" in capsys.readouterr().err


def test_a_package_that_is_laid_out_otherwise_leaves_the_table_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "moto-9.0.dist-info").mkdir()
    (tmp_path / "moto" / "iam").mkdir(parents=True)
    (tmp_path / "moto/iam/aws_managed_policies.py").write_text("policies = 1\n")
    before = PARTS[1].file.read_bytes()
    assert main(["data", "--rebuild", "managed", "--from", str(tmp_path)]) == 2
    assert "`managed` cannot be made" in capsys.readouterr().err
    assert PARTS[1].file.read_bytes() == before
    assert not list(PARTS[1].file.parent.glob("managed.[0-9]*"))


@pytest.mark.parametrize(
    "arguments", [["data", "nothing"], ["data", "--from", "."], ["data", "--rebuild", "--from", "no"]]
)
def test_wrong_arguments(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("fourfold: ")
