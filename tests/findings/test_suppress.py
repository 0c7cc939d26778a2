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


TEMPLATE = """\
Resources:
  Queue:
    Type: AWS::SQS::Queue
  Task:
    Type: AWS::ECS::TaskDefinition
{metadata}    Properties:
      Family: shop
      ContainerDefinitions:
        - Name: web
          Image: example/web:1
          {above}
          ReadonlyRootFilesystem: false{after}
"""


def template(folder: Path, above: str = "# nothing", after: str = "", metadata: str = "") -> Report:
    (folder / "template.yaml").write_text(TEMPLATE.format(above=above, after=after, metadata=metadata))
    return fourfold.scan(folder, only=[CHECK], today=TODAY)


def test_a_comment_above_or_beside_counts(tmp_path: Path) -> None:
    assert len(template(tmp_path).findings) == 1
    mark = '# fourfold:ignore FF3001 reason="the vendor writes to /opt"'
    for report in (
        template(tmp_path, above=mark),
        template(tmp_path, after=" " + mark),
        template(tmp_path, above=mark + "\n          # and a second remark"),
        template(tmp_path, above=mark.replace("FF3001", "FF2001, writable_root_filesystem")),
    ):
        (one,) = report.suppressed
        assert one.because == "the vendor writes to /opt"
        assert one.where.startswith("template.yaml:")
        assert report.findings == ()


def test_a_comment_elsewhere_does_not_count_and_says_so(tmp_path: Path) -> None:
    report = template(tmp_path, metadata='    # fourfold:ignore FF3001 reason="x"\n')
    assert len(report.findings) == 1
    (problem,) = report.problems
    assert (problem.line, problem.reason) == (6, "the suppression of `FF3001` suppresses nothing; remove it")


def test_a_comment_without_a_reason_does_not_count_and_says_so(tmp_path: Path) -> None:
    for comment, says in (
        ("# fourfold:ignore FF3001", "gives no reason"),
        ('# fourfold:ignore FF3001 reason=""', "gives no reason"),
        ('# fourfold:ignore reason="x"', "names no check"),
        ('# fourfold:ignore FF3001 until=soon reason="x"', "is no date"),
        ('# fourfold:ignore FF3001 until=2020-01-01 reason="x"', "expired on 2020-01-01"),
    ):
        report = template(tmp_path, above=comment)
        assert len(report.findings) == 1
        assert [says in p.reason for p in report.problems] == [True], comment


def test_what_was_not_asked_may_suppress_nothing(tmp_path: Path) -> None:
    report = template(tmp_path, above='# fourfold:ignore FF4001 reason="x"')
    assert report.problems == ()


def test_metadata_counts_for_its_resource(tmp_path: Path) -> None:
    entry = "    Metadata:\n      fourfold:\n        ignore:\n"
    good = entry + "          - {check: FF3001, reason: read-only breaks it, until: '2027-01-01'}\n"
    report = template(tmp_path, metadata=good)
    (one,) = report.suppressed
    assert (one.because, one.where) == ("read-only breaks it", "template.yaml:9")
    bare = template(tmp_path, metadata=entry + "          - FF3001\n")
    assert len(bare.findings) == 1
    assert "gives no reason" in bare.problems[0].reason


def test_a_text_that_looks_like_a_comment_in_json_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "task.json").write_text(task(family='# fourfold:ignore FF3001 reason="x"'))
    assert len(fourfold.scan(tmp_path, only=[CHECK]).findings) == 1
