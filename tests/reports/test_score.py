"""The score of a principle."""

from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

import fourfold
from fourfold.findings.finding import Finding, Undetermined
from fourfold.findings.report import Report
from fourfold.findings.severity import ORDER
from fourfold.model.graph import Graph
from fourfold.model.place import Source, Span
from fourfold.pipeline import builtin_checks
from fourfold.reports.score import CEILING, scores

SPAN = Span(Source("a.yaml", "x"), 0, 1)
CHECKS = {c.id: c for c in builtin_checks() if c.principle == "defense_in_depth"}
CHECK = CHECKS["writable_root_filesystem"]


def finding(address: str, severity: Any = "medium") -> Finding:
    return Finding(
        address, CHECK.id, CHECK.code, CHECK.principle, severity, "proved", "", "title", address, "T", SPAN
    )  # fmt: skip


def report(asked: int, findings: tuple[Finding, ...] = (), unknown: tuple[Undetermined, ...] = ()) -> Report:
    return Report(
        root=".", findings=findings, problems=(), unknown=unknown, graph=Graph(()), files=(), checks=(CHECK,),
        asked={CHECK.id: asked}, seconds=0.0,
    )  # fmt: skip


def score(what: Report) -> int | None:
    return scores(what)["defense_in_depth"].score


def test_all_clean_is_ten_and_nothing_asked_is_none() -> None:
    assert score(report(3)) == 10
    assert score(report(0)) is None
    assert scores(report(3))["supply_chain"].score is None


def test_it_is_the_clean_share_rounded_down() -> None:
    assert score(report(3, (finding("a", "low"),))) == 6
    assert score(report(4, (finding("a", "low"), finding("b", "low")))) == 5


def test_two_findings_about_one_subject_are_one_question() -> None:
    assert score(report(4, (finding("a"), finding("a")))) == score(report(4, (finding("a"),)))


def test_equal_addresses_in_two_files_are_two_questions() -> None:
    other = msgspec.structs.replace(finding("a"), span=Span(Source("b.yaml", "x"), 0, 1))
    assert score(report(4, (finding("a"), other))) == 4


def test_an_unknown_is_no_pass() -> None:
    assert score(report(4, (), (Undetermined(CHECK.id, "a", "why", SPAN),))) == 7


@given(st.integers(1, 1000), st.sampled_from(sorted(ORDER)))
def test_it_stays_below_what_the_worst_finding_leaves(asked: int, severity: str) -> None:
    got = score(report(asked, (finding("a", severity),)))
    assert got is not None
    assert got < CEILING[severity]


def test_one_finding_among_many_questions() -> None:
    assert [score(report(1000, (finding("a", s),))) for s in ORDER] == [3, 6, 8, 9, 9]


@given(st.integers(1, 50), st.integers(0, 50), st.sampled_from(sorted(ORDER)))
def test_one_more_finding_never_raises_it(asked: int, found: int, severity: str) -> None:
    some = tuple(finding(f"s{n}", severity) for n in range(min(found, asked)))
    more = (*some, finding("another", severity))
    before, after = score(report(asked, some)), score(report(asked, more))
    assert before is not None
    assert after is not None
    assert after <= before


def test_suppressed_findings_count_as_clean(tmp_path: Path) -> None:
    (tmp_path / "task.json").write_text('{"family": "a", "containerDefinitions": [{"name": "a", "image": "b"}]}')
    (tmp_path / "fourfold.toml").write_text('[[suppress]]\ncheck = "FF3001"\nbecause = "x"\n')
    assert score(fourfold.scan(tmp_path, only=["FF3001"])) == 10
