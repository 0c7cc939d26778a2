"""The fewest proved changes that end attack paths.

Each fix of a finding that has to do with a path is tried in memory: which moves of the attacker are gone in the changed
tree is what the fix is good for, whatever the check was about. Of the fixes the cheapest set that leaves no path is chosen
(`engines.paths.cut`), written as one change, read again, and shown only if the paths are gone there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from fourfold.engines.paths.cut import cut as cheapest
from fourfold.engines.paths.derive import Rules
from fourfold.engines.paths.moves import Goal, Move, Path, Remedy
from fourfold.engines.paths.search import Explored, explore
from fourfold.findings.finding import Finding, Fix, identity
from fourfold.findings.report import Report
from fourfold.fixes.proof import FileChange, Proof
from fourfold.fixes.text import CannotEditError
from fourfold.model.edit import Edit

FIXES_MAX = 80
"""Fixes tried; those that are written nearest to the paths come first."""
_SAFE, _UNSAFE = 2, 5
"""What a fix costs that surely keeps the workload working, and one that may need something from you."""


class CutPlan(msgspec.Struct, frozen=True):
    """Proved changes, and what they end."""

    changes: tuple[FileChange, ...]
    uses: tuple[Finding, ...]
    """The findings whose fixes were chosen."""
    closes: tuple[Path, ...]
    stays: tuple[Path, ...]
    """The easiest path to each goal that can still be come to, which may be a harder one than before."""
    least: bool
    """Whether it is proved that no cheaper set of these fixes ends them."""
    tried: int


def plan(
    report: Report, actors: Sequence[str], goals: Sequence[Goal], *, unsafe: bool = False,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> CutPlan:  # fmt: skip
    """The cheapest change of the files after which the paths from the actors to the goals are gone."""
    before = {actor: explore(report.graph, actor) for actor in actors}
    found = _paths(before, goals)
    proof = Proof(report)
    moves = [m for a in actors for m in before[a].relevant(p.target for p in found if p.actor == a)]
    fixes = _candidates(report, moves, unsafe=unsafe)
    gone: dict[str, dict[str, set[object]]] = {}
    good: dict[str, Finding] = {}
    for at, finding in enumerate(fixes, 1):
        progress("trying fix", at, len(fixes))
        after = _after(proof, [finding])
        if after is None:
            continue
        good[finding.id] = finding
        gone[finding.id] = {a: _keys(before[a]) - _keys(explore(after.graph, a)) for a in actors}
    chosen: set[str] = set()
    least = True
    for actor in actors:
        explored = before[actor]
        handles = {
            number: {name for name, lost in gone.items() if move.key in lost[actor]}
            for number, move in enumerate(explored.moves)
        }
        costs = {name: 0 if name in chosen else _cost(finding) for name, finding in good.items()}
        targets = [explored.facts[p.target] for p in found if p.actor == actor]
        given = {explored.facts[f]: 0 for f in explored.given}
        handles = {n: h for n, h in handles.items() if h}
        result = cheapest(explored.rules, given, targets, handles, costs)
        chosen |= set(result.handles)
        least = least and result.least
        # What no fix keeps from those who find a flaw in code can still be kept from everybody else.
        plainly = [n for n, move in enumerate(explored.moves) if move.id != "exploit"]
        rules = Rules([explored.rules.steps[n] for n in plainly])
        fewer = {at: handles[n] for at, n in enumerate(plainly) if n in handles}
        costs |= dict.fromkeys(chosen, 0)
        result = cheapest(rules, given, result.stays, fewer, costs)
        chosen |= set(result.handles)
        least = least and result.least
    return _proved(
        report, proof, [good[name] for name in good if name in chosen], found, actors, goals, least, len(fixes)
    )


def _proved(
    report: Report, proof: Proof, uses: list[Finding], found: list[Path], actors: Sequence[str], goals: Sequence[Goal],
    least: bool, tried: int,
) -> CutPlan:  # fmt: skip
    """The chosen fixes together, read anew: what they end is what is not there any more."""
    if not uses:
        return CutPlan((), (), (), tuple(found), least, tried)
    try:
        written = proof.write(uses)
    except CannotEditError:
        return CutPlan((), (), (), tuple(found), least, tried)
    after = proof.after(written, anew=True)
    left = {(p.actor, p.target): p for p in _paths({a: explore(after.graph, a) for a in actors}, goals)}
    ways = {_way(p) for p in left.values()}
    closes = tuple(p for p in found if _way(p) not in ways)
    stays = tuple(left[p.actor, p.target] for p in found if (p.actor, p.target) in left)
    return CutPlan(written.changes(), tuple(uses), closes, stays, least, tried)


def _way(path: Path) -> object:
    return path.actor, path.target, tuple(move.key for move in path.moves)


def _paths(explored: dict[str, Explored], goals: Iterable[Goal]) -> list[Path]:
    return [path for one in explored.values() for goal in goals for path in one.paths(goal)]


def _keys(explored: Explored) -> set[object]:
    return {move.key for move in explored.moves}


def _cost(finding: Finding) -> int:
    return _SAFE if finding.fix is not None and finding.fix.safe else _UNSAFE


def _after(proof: Proof, findings: list[Finding]) -> Report | None:
    """The changed tree; None where the fix cannot be written, or would break something."""
    try:
        written = proof.write(findings)
    except CannotEditError:
        return None
    after = proof.after(written)
    return None if next(proof.objections(findings, written, after), None) is not None else after


def _candidates(report: Report, moves: Sequence[Move], *, unsafe: bool) -> list[Finding]:
    """Fixes in the files that the paths lead through, those of the resources on them first."""
    files = {span.file for move in moves for span in move.spans}
    lines = {(s.file, s.line) for move in moves for s in move.spans}
    subjects = {f.subject.rpartition("#")[2] for move in moves for f in (*move.premises, move.conclusion)}

    def near(finding: Finding) -> tuple[bool, bool, int]:
        places = [finding.span, *(r.span for r in finding.related)]
        on_line = any((p.file, p.line) in lines for p in places)
        owner = finding.address.partition("/")[0]
        return not on_line, owner not in subjects, _cost(finding)

    wanted = [f for f in report.findings if f.fix is not None and f.span.file in files and (f.fix.safe or unsafe)]
    mended = {edit for f in wanted if f.fix is not None for edit in map(_place, f.fix.edits)}
    remedies = {_place(r.edits[0]): r for m in moves for r in m.remedies if r.safe or unsafe}
    ours = [_as_finding(r) for place, r in remedies.items() if place not in mended]
    return sorted([*ours, *wanted], key=lambda f: (*near(f), f.id))[:FIXES_MAX]


def _place(edit: Edit) -> tuple[str, str, int, int, tuple[str | int, ...]]:
    return edit.op, edit.at.source.path, edit.at.start, edit.at.end, edit.keys


def _as_finding(remedy: Remedy) -> Finding:
    """A remedy in the form in which fixes are proved: it is gone after the change, as no check knows it."""
    name = identity("path", remedy.address, remedy.text)
    return Finding(
        id=name, check="attack_path", code="", principle="", severity="high", certainty="proved", condition="",
        title=remedy.text, address=remedy.address, resource_type="", span=remedy.span, fix=Fix(remedy.edits, remedy.safe),
    )  # fmt: skip
