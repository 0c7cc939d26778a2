"""Runs checks over a graph: each check on each subject, in every world that matters to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from fourfold.findings.check import Check
from fourfold.findings.finding import Finding, Raised, Undetermined, identity
from fourfold.model.condition import FALSE, TRUE, Condition
from fourfold.model.graph import Graph
from fourfold.model.nodes import Node
from fourfold.model.place import Span
from fourfold.model.resource import Resource
from fourfold.model.world import explore, holds, verdict


def judge(graph: Graph, checks: Iterable[Check]) -> tuple[list[Finding], list[Undetermined]]:
    """All findings, and all questions that could not be answered, in no particular order."""
    findings: list[Finding] = []
    unknown: list[Undetermined] = []
    for check in checks:
        for subject in subjects(graph, check):
            _judge_one(check, subject, graph, findings, unknown)
    return _distinct(findings), list(dict.fromkeys(unknown))


def subjects(graph: Graph, check: Check) -> Collection[Node | Resource | Graph]:
    """What a check is asked about."""
    if check.subject is Graph:
        return (graph,)
    if check.subject is Resource:
        return graph.of_type(*check.types) if check.types else graph.resources.values()
    return graph.of(check.subject)


def _judge_one(
    check: Check, subject: Node | Resource | Graph, graph: Graph, findings: list[Finding], unknown: list[Undetermined]
) -> None:
    exists = TRUE if isinstance(subject, Graph) else subject.condition

    def run() -> Iterable[tuple[tuple[str, int], Raised]]:
        if holds(exists):
            for raised in check.run(subject, graph) if check.wants_graph else check.run(subject):
                yield (raised.cause or raised.title, raised.at.start), raised

    leaves = explore(run)
    if len(leaves) == 1 and not leaves[0].results and not leaves[0].undecided:
        return
    raised_by: dict[object, Raised] = {}
    for leaf in leaves:
        for key, raised in leaf.results.items():
            raised_by.setdefault(key, raised)  # type: ignore[arg-type]
    address, kind, span = _who(subject)
    for key, raised in raised_by.items():
        answer = verdict(leaves, key)
        if answer.must != FALSE:
            findings.append(_finding(check, raised, raised.address or address, kind, answer.must))
        if answer.must != answer.may and not raised.possible:
            unknown.append(Undetermined(check.id, raised.address or address, answer.reason, raised.at))
    for leaf in leaves:
        if leaf.undecided and not raised_by and span is not None:
            unknown.append(Undetermined(check.id, address, leaf.undecided, span))


def _who(subject: Node | Resource | Graph) -> tuple[str, str, Span | None]:
    if isinstance(subject, Graph):
        return "", "", None
    return subject.address, subject.type if isinstance(subject, Resource) else subject.resource.type, subject.span


def _finding(check: Check, raised: Raised, address: str, kind: str, must: Condition) -> Finding:
    certainty = "when" if must != TRUE else "possible" if raised.possible else "proved"
    return Finding(
        id=identity(check.id, address, raised.cause),
        check=check.id,
        code=check.code,
        principle=check.principle,
        severity=raised.severity or check.severity,
        certainty=certainty,  # type: ignore[arg-type]
        condition=str(must) if certainty == "when" else raised.possible,
        title=raised.title,
        address=address,
        resource_type=kind,
        span=raised.at,
        related=raised.related,
        evidence=raised.evidence,
        fix=raised.fix,
        provenance=raised.provenance,
    )


def _distinct(findings: list[Finding]) -> list[Finding]:
    """One finding for one fact: the same place read through two stacks or overlays counts once.

    Different facts with one identity (the same logical name in two files) get the file mixed into theirs.
    """
    import msgspec

    facts: dict[tuple[str, str, str, int, str], Finding] = {}
    for f in findings:
        key = (f.check, f.id, f.span.file, f.span.start, f.condition)
        facts.setdefault(key, f)
    by_id: dict[str, set[str]] = {}
    for f in facts.values():
        by_id.setdefault(f.id, set()).add(f.span.file)
    return [
        msgspec.structs.replace(f, id=identity(f.id, f.span.file, "")) if len(by_id[f.id]) > 1 else f
        for f in facts.values()
    ]
