"""Every page's example holds: the old side fires where it says, the new side is clean, the fix leads from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from fourfold.findings.check import Check
from fourfold.findings.examples import Judged, examples_of, wrongs
from fourfold.findings.report import Report
from fourfold.fixes import plan
from fourfold.pipeline import builtin_checks

CHECKS = builtin_checks()


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
def test_the_example_holds(check: Check, scan: Callable[..., Report]) -> None:
    def judge(files: Mapping[str, str], check: Check) -> Judged:
        report = scan(files, check.id)
        problems = tuple(f"{p.file}:{p.line} {p.reason}" for p in report.problems)
        return Judged(report.findings, problems, report.unknown)

    def mend(files: Mapping[str, str], check: Check) -> Mapping[str, str]:
        report = scan(files, check.id)
        plan_ = plan(report, report.findings)
        assert not plan_.refused, plan_.refused[0].reason
        return {**files, **{change.path: change.after for change in plan_.changes}}

    assert wrongs(check, judge, mend) == []
    (example,) = examples_of(check.page)
    assert any(f.fix for f in judge(example.old, check).findings) is not bool(check.no_fix), check.no_fix
