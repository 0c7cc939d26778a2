"""Findings somebody decided to live with."""

import datetime as dt
import json
from pathlib import Path

import fourfold
from fourfold.findings.report import Report

CHECK = "writable_root_filesystem"
TODAY = dt.date(2026, 3, 1)


def task(**more: object) -> str:
    container = {"name": "web", "image": "example/web:1"}
    return json.dumps({"family": "shop", "containerDefinitions": [container]} | more, indent=2)


def scan(folder: Path, settings: str = "", only: tuple[str, ...] = (CHECK,)) -> Report:
    (folder / "task.json").write_text(task())
    (folder / "fourfold.toml").write_text(settings)
    return fourfold.scan(folder, only=only, today=TODAY)


def row(**keys: str) -> str:
    return "[[suppress]]\n" + "".join(f"{k} = {v if k == 'until' else json.dumps(v)}\n" for k, v in keys.items())


def test_a_suppressed_finding_is_kept_apart_with_its_reason(tmp_path: Path) -> None:
    report = scan(tmp_path, row(check=CHECK, where="task.*", because="read-only breaks it"))
    assert report.findings == ()
    (one,) = report.suppressed
    assert (one.finding.check, one.because, one.where) == (CHECK, "read-only breaks it", "fourfold.toml:1")
    assert report.problems == ()


def test_where_matches_file_address_or_id(tmp_path: Path) -> None:
    (found,) = scan(tmp_path).findings
    for where in ("*.json", "shop/*", found.id):
        assert scan(tmp_path, row(check="FF3001", where=where, because="x")).suppressed
    assert not scan(tmp_path, row(check="FF3001", where="other/*", because="x")).suppressed


def test_an_expired_one_does_not_count_and_says_so(tmp_path: Path) -> None:
    report = scan(tmp_path, row(check=CHECK, because="x", until="2026-02-28"))
    assert len(report.findings) == 1
    assert "expired on 2026-02-28" in report.problems[0].reason
    assert scan(tmp_path, row(check=CHECK, because="x", until="2026-03-01")).findings == ()


def test_one_that_suppresses_nothing_says_so(tmp_path: Path) -> None:
    report = scan(tmp_path, row(check=CHECK, where="gone.yaml", because="x"))
    (problem,) = report.problems
    assert (problem.file, problem.line) == ("fourfold.toml", 1)
    assert "suppresses nothing" in problem.reason


def test_one_of_a_check_that_does_not_exist_says_so(tmp_path: Path) -> None:
    assert "no check is called `writeable`" in scan(tmp_path, row(check="writeable", because="x")).problems[0].reason
