"""A score per principle, from 0 to 10.

A question is one check asked about one subject. It weighs what its check's severity weighs, and it counts as clean where
the check raised nothing and left nothing unknown; an unknown is no pass. The score is the clean share of the weight,
times ten, rounded down: so 10 means that everything was asked, answered and clean.

A long list of clean questions must not outshine one open door, so the worst finding takes the place of the ten: `CEILING`.
Where nothing was asked there is no score.
"""

from __future__ import annotations

from fourfold.findings.principles import PRINCIPLES
from fourfold.findings.report import Report
from fourfold.findings.severity import ORDER
from fourfold.reports.view import Score

WEIGHT: dict[str, int] = {"critical": 16, "high": 8, "medium": 4, "low": 2, "info": 1}
CEILING: dict[str, int] = {"critical": 4, "high": 7, "medium": 9, "low": 10, "info": 10}
"""What the clean share is taken of with an open finding of this severity. The score stays below: the share is below 1."""


def scores(report: Report) -> dict[str, Score]:
    """Principle: its score. Suppressed findings count as clean: somebody answered for them."""
    found = {(f.check, f.span.file, f.address) for f in report.findings}
    open_ = {(u.check, u.span.file, u.address) for u in report.unknown}
    principle_of = {c.id: c.principle for c in report.checks}
    unclean: dict[str, int] = {}
    for name, *_ in found | open_:
        unclean[name] = unclean.get(name, 0) + 1
    out: dict[str, Score] = {}
    for principle in PRINCIPLES:
        asked = clean = weight_asked = weight_clean = 0
        for check in report.checks:
            if check.principle == principle:
                count = report.asked[check.id]
                good = max(count - unclean.get(check.id, 0), 0)
                asked, clean = asked + count, clean + good
                weight_asked += count * WEIGHT[check.severity]
                weight_clean += good * WEIGHT[check.severity]
        findings = [f for f in report.findings if f.principle == principle]
        worst = min((f.severity for f in findings), key=ORDER.__getitem__, default=None)
        ceiling = 10 if worst is None else CEILING[worst]
        score = ceiling * weight_clean // weight_asked if weight_asked else None
        unknown = sum(principle_of.get(name) == principle for name, *_ in open_)
        out[principle] = Score(score, asked, clean, len(findings), unknown, worst)
    return out
