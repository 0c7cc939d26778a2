"""Plans changes: as many fixes together as can be proved, each kept from costing the others.

Fixes that write into the same files are one group, and are tried together with all other groups: what goes wrong is
nearly always seen in the files of the group that is to blame, which is then tried in halves, while the others are not
tried again one by one. Whatever this search leaves is proved once more as a whole, with every file read anew. Should that
fail, or should nobody be to blame, all groups are searched as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from fourfold.findings.finding import Finding
from fourfold.findings.report import Report
from fourfold.fixes.proof import FileChange, Objection, Proof
from fourfold.fixes.text import CannotEditError, TextEdit

__all__ = ["FileChange", "Plan", "Refused", "failure", "plan"]


class Refused(msgspec.Struct, frozen=True):
    """A fix that is not offered, and why."""

    finding: Finding
    reason: str


class Plan(msgspec.Struct, frozen=True):
    """Proved changes."""

    changes: tuple[FileChange, ...]
    closes: tuple[Finding, ...]
    """The findings that the changes were made for."""
    also_closes: tuple[Finding, ...]
    """Further findings that go with them."""
    leaves: tuple[Finding, ...]
    """Lesser findings that come to light once the worse ones are gone."""
    refused: tuple[Refused, ...]


def plan(report: Report, findings: Iterable[Finding], progress: Callable[[str], None] = lambda _: None) -> Plan:
    """One proved change of the files for as many of these findings as can be."""
    wanted = [f for f in findings if f.fix is not None]
    proof = Proof(report)
    search = Search(proof, progress)
    for how in (search.by_groups, search.one_by_one, search.anew):
        good, refused = how(wanted)
        other = {one.finding.id for one in refused if proof.elsewhere(one.finding)}
        if other:
            # What cannot be proved by telling the module so is written into the module.
            proof.at_the_use |= other
            good, refused = how(wanted)
        written = proof.write(good)
        after = proof.after(written, anew=True) if good else report
        if not good or next(proof.objections(good, written, after), None) is None:
            break
    left = {f.id for f in after.findings}
    closed = {f.id for f in good}
    before = {f.id for f in report.findings} | {s.finding.id for s in report.suppressed}
    return Plan(
        changes=written.changes(),
        closes=tuple(good),
        also_closes=tuple(f for f in report.findings if f.id not in left and f.id not in closed),
        leaves=tuple(f for f in after.findings if f.id not in before),
        refused=tuple(refused),
    )


def failure(report: Report, findings: list[Finding]) -> str:
    """Why the fixes of these findings together are not proved; empty where they are."""
    return _failure(Proof(report), findings, anew=True)


def _failure(proof: Proof, findings: list[Finding], *, anew: bool) -> str:
    try:
        written = proof.write(findings)
    except CannotEditError as error:
        return str(error)
    first = next(proof.objections(findings, written, proof.after(written, anew=anew)), None)
    return first.reason if first else ""


class _Group:
    """Fixes that write into the same files."""

    def __init__(self, findings: list[Finding], files: set[str]) -> None:
        self.files = files
        self.good: list[Finding] = []
        self.refused: list[Refused] = []
        self.waiting = [findings] if findings else []
        """Batches to be tried, the next one last."""

    def tried(self) -> list[Finding]:
        """What is good, and what is tried with it."""
        return [*self.good, *(self.waiting[-1] if self.waiting else ())]

    def accept(self) -> None:
        """What was tried is good."""
        if self.waiting:
            self.good += self.waiting.pop()

    def reject(self, reason: str) -> None:
        """What was tried is not: halves are tried next, so that one bad fix does not cost the others."""
        batch = self.waiting.pop()
        middle = len(batch) // 2
        if middle:
            self.waiting += (batch[middle:], batch[:middle])
        else:
            self.refused.append(Refused(batch[0], reason))


class Search:
    """Ways to find the fixes that can be proved together; each gives those and the refused ones, in the given order."""

    def __init__(self, proof: Proof, progress: Callable[[str], None]) -> None:
        self._proof = proof
        self._progress = progress

    def by_groups(self, wanted: list[Finding]) -> tuple[list[Finding], list[Refused]]:
        """All groups of fixes at once."""
        groups, refused = self._groups(wanted)
        doubted: list[Finding] = []
        while any(group.waiting for group in groups):
            edits = [self._writable(group) for group in groups]
            tried = [f for group in groups for f in group.tried()]
            self._progress(f"proving {len(tried)} fixes")
            written = self._proof.join(edits)
            blamed: dict[int, Objection] = {}
            for objection in self._proof.objections(tried, written, self._proof.after(written)):
                guilty = [group for group in self._guilty(objection, groups) if group.waiting]
                if not guilty:
                    return self.one_by_one(wanted)
                for group in guilty:
                    blamed.setdefault(id(group), objection)
            for group in groups:
                why = blamed.get(id(group))
                if why is None:
                    group.accept()
                elif len(group.waiting[-1]) == 1 and len(blamed) > 1 and not why.finding:
                    # What shows in one file may come from a fix of another one that was tried at the same time.
                    doubted += group.waiting.pop()
                else:
                    group.reject(why.reason)
        every = _Group(doubted, set())
        every.good = [f for group in groups for f in group.good]
        self._halves(every, anew=False)
        refused += [one for group in (*groups, every) for one in group.refused]
        order = {id(f): at for at, f in enumerate(wanted)}
        return (
            sorted(every.good, key=lambda f: order[id(f)]),
            sorted(refused, key=lambda one: order[id(one.finding)]),
        )

    def _groups(self, wanted: list[Finding]) -> tuple[list[_Group], list[Refused]]:
        """Fixes that can be written, by the files they write into; those that cannot are refused."""
        refused: list[Refused] = []
        sets: list[tuple[list[Finding], set[str]]] = []
        by_file: dict[str, tuple[list[Finding], set[str]]] = {}
        for f in wanted:
            try:
                files = set(self._proof.write([f]).places)
            except CannotEditError as error:
                refused.append(Refused(f, str(error)))
                continue
            found: tuple[list[Finding], set[str]] = ([], set(files))
            for other in {id(by_file[file]): by_file[file] for file in files if file in by_file}.values():
                found[0].extend(other[0])
                found[1].update(other[1])
                sets.remove(other)
            found[0].append(f)
            sets.append(found)
            by_file.update(dict.fromkeys(found[1], found))
        return [_Group(findings, files) for findings, files in sets], refused

    def _writable(self, group: _Group) -> list[TextEdit]:
        """The edits of what a group tries next; what cannot be written together is not tried."""
        while True:
            try:
                edits = self._proof.edits(group.tried())
                self._proof.join([edits])
            except CannotEditError as error:
                group.reject(str(error))
            else:
                return edits

    def _guilty(self, objection: Objection, groups: list[_Group]) -> list[_Group]:
        """The groups that something is to be blamed on; none where that cannot be told."""
        if objection.finding:
            return [group for group in groups if any(f.id == objection.finding for f in group.tried())]
        near = [group for group in groups if group.files & objection.files]
        seen = {other for file in objection.files for other in self._proof.looked(file)}
        return near or [group for group in groups if group.files & seen]

    def one_by_one(self, wanted: list[Finding]) -> tuple[list[Finding], list[Refused]]:
        """One batch after the other, each with all that are good so far."""
        every = _Group(wanted, set())
        self._halves(every, anew=False)
        return every.good, every.refused

    def anew(self, wanted: list[Finding]) -> tuple[list[Finding], list[Refused]]:
        """The same, with every file read again for each proof."""
        every = _Group(wanted, set())
        self._halves(every, anew=True)
        return every.good, every.refused

    def _halves(self, group: _Group, *, anew: bool) -> None:
        while group.waiting:
            self._progress(f"proving {len(group.waiting[-1])} fixes")
            why = _failure(self._proof, group.tried(), anew=anew)
            if why:
                group.reject(why)
            else:
                group.accept()
