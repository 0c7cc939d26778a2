"""Runs checks over a graph: each check on each subject, in every world that matters to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeAlias

import msgspec

from fourfold.findings.check import Check
from fourfold.findings.finding import Finding, Fix, Raised, Undetermined, identity
from fourfold.findings.severity import ORDER, Certainty
from fourfold.model.condition import FALSE, TRUE, Condition
from fourfold.model.graph import Graph
from fourfold.model.nodes import Node
from fourfold.model.place import Span
from fourfold.model.resource import Resource
from fourfold.model.world import explore, holds, verdict

_Key: TypeAlias = tuple[str, str, int]
"""What tells one result from others of the same check on the same subject: whom it is about (where that is not the
subject), its cause, and which it is of several with these in one world."""


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
    nodes: list[Node] = graph.of(check.subject)
    return [n for n in nodes if platform_of(n) not in check.not_on] if check.not_on else nodes


def platform_of(node: Node) -> str:
    """Where a node runs; empty where that is no question for its kind."""
    workload = getattr(node, "workload", None)
    return str(getattr(node, "platform", "") or getattr(workload, "platform", ""))


def _judge_one(
    check: Check, subject: Node | Resource | Graph, graph: Graph, findings: list[Finding], unknown: list[Undetermined]
) -> None:
    exists = TRUE if isinstance(subject, Graph) else subject.condition

    def run() -> Iterable[tuple[_Key, Raised]]:
        if not holds(exists):
            return
        seen: dict[tuple[str, str], int] = {}
        for raised in check.run(subject, graph) if check.wants_graph else check.run(subject):
            fact = (raised.address, raised.cause)
            seen[fact] = seen.get(fact, -1) + 1
            yield (*fact, seen[fact]), raised

    leaves = explore(run)
    if len(leaves) == 1 and not leaves[0].results and not leaves[0].undecided:
        return
    raised_by: dict[_Key, list[Raised]] = {}
    for leaf in leaves:
        for key, raised in leaf.results.items():
            raised_by.setdefault(key, []).append(raised)  # type: ignore[arg-type]
    address, kind, span = _who(subject)
    for key, all_raised in raised_by.items():
        answer = verdict(leaves, key)
        raised = _merged(all_raised)
        if not raised.at.file and span is not None:
            # What a source cannot say has no place; the subject has one.
            raised = msgspec.structs.replace(raised, at=span)
        whom = raised.address or address
        if answer.must != FALSE:
            apart = (*_file_of(subject, raised, graph), *((str(key[2]),) if key[2] else ()))
            findings.append(_finding(check, raised, whom, kind, answer.must, apart))
        if answer.must != answer.may and not raised.possible:
            unknown.append(Undetermined(check.id, whom, answer.reason, raised.at))
    for leaf in leaves:
        if leaf.undecided and not raised_by and span is not None:
            unknown.append(Undetermined(check.id, address, leaf.undecided, span))


def _merged(raised: list[Raised]) -> Raised:
    """One result out of what several worlds say of one fact: the worst of it, mended wherever it is written."""
    first = min(raised, key=lambda r: ORDER[r.severity] if r.severity else 0)
    if len(raised) == 1 or any(r.fix is None for r in raised):
        return first
    edits = {
        (edit.op, edit.at.source.path, edit.at.start, edit.at.end, edit.keys): edit
        for r in raised
        if r.fix is not None
        for edit in r.fix.edits
    }
    assert first.fix is not None
    safe = all(r.fix is not None and r.fix.safe for r in raised)
    return msgspec.structs.replace(first, fix=Fix(tuple(edits.values()), safe, first.fix.note))


def _who(subject: Node | Resource | Graph) -> tuple[str, str, Span | None]:
    if isinstance(subject, Graph):
        return "", "", None
    return subject.address, subject.type if isinstance(subject, Resource) else subject.resource.type, subject.span


def _file_of(subject: Node | Resource | Graph, raised: Raised, graph: Graph) -> tuple[str, ...]:
    """The file, where several declare something of this address: decided by what is declared and not by what is found, so
    that mending one of them leaves the others' identities alone."""
    resource = subject.resource if isinstance(subject, Node) else subject
    shared = graph.derived(_shared_addresses)
    if raised.address:
        return (raised.at.file,) if raised.address in shared else ()
    return (resource.file,) if isinstance(resource, Resource) and resource.address in shared else ()


def _shared_addresses(graph: Graph) -> frozenset[str]:
    """Addresses that are declared in more than one file."""
    first: dict[str, str] = {}
    return frozenset(r.address for r in graph.resources.values() if first.setdefault(r.address, r.file) != r.file)


def _finding(check: Check, raised: Raised, address: str, kind: str, must: Condition, apart: tuple[str, ...]) -> Finding:
    always = must == TRUE
    certainty: Certainty = "possible" if raised.possible else "proved" if always else "when"
    when = "" if always else str(must)
    return Finding(
        id=identity(check.id, address, raised.cause, *apart),
        check=check.id,
        code=check.code,
        principle=check.principle,
        severity=raised.severity or check.severity,
        certainty=certainty,
        condition=", when ".join(part for part in (raised.possible, when) if part),
        title=raised.title,
        address=address,
        resource_type=raised.resource_type or kind,
        span=raised.at,
        related=raised.related,
        evidence=raised.evidence,
        fix=raised.fix,
        provenance=raised.provenance,
        value=raised.value,
        secrets=raised.secrets,
    )


def _distinct(findings: list[Finding]) -> list[Finding]:
    """One finding for one fact: the same place read through two stacks or overlays counts once.

    Different facts that still have one identity are told apart by the file, then by their order in it.
    """
    facts: dict[tuple[str, str, int, str], Finding] = {}
    for f in findings:
        facts.setdefault((f.id, f.span.file, f.span.start, f.condition), f)
    groups: dict[str, list[Finding]] = {}
    for f in facts.values():
        groups.setdefault(f.id, []).append(f)
    out: list[Finding] = []
    for group in groups.values():
        several_files = len({f.span.file for f in group}) > 1
        count: dict[str, int] = {}
        for f in group:
            file = f.span.file if several_files else ""
            nth = count[file] = count.get(file, 0) + 1
            more = ((file,) if several_files else ()) + ((str(nth),) if nth > 1 else ())
            out.append(msgspec.structs.replace(f, id=identity(f.id, *more, "")) if more else f)
    return out
