"""Who can do what in a cluster, for a question in words: whom it means, who may, by what, and what is not known."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any, Literal

import msgspec

from fourfold.engines.rbac.aws import Caller, callers, entries
from fourfold.engines.rbac.objects import ACCOUNT_PREFIX, Subject
from fourfold.engines.rbac.scan import Effective, Holding, asked, bindings_of, effective, scanned, subject, who_can
from fourfold.linking.kubernetes_names import name_of, namespace_of
from fourfold.model.graph import Graph
from fourfold.model.nodes import Identity, Workload
from fourfold.model.place import Span

Verdict = Literal["yes", "when", "unknown"]
ANYONE = (Subject("User", "system:anonymous"), Subject("Group", "system:unauthenticated"))


class Row(msgspec.Struct, frozen=True):
    """Somebody who may do it."""

    subject: Subject
    verdict: Verdict
    namespace: str
    """Where; empty: in all namespaces."""
    role: str
    binding: str
    request: dict[str, Any]
    rule_at: Span | None = None
    """Where the rule is written; None for roles that every cluster has."""
    binding_at: Span | None = None
    when: str = ""
    reason: str = ""
    """What it hangs on, where it is unknown."""
    workloads: tuple[str, ...] = ()
    """What of the scan runs as it."""


class Answers(msgspec.Struct, frozen=True):
    """The answer to one question."""

    who: str
    verb: str
    resource: str
    rows: tuple[Row, ...]
    aws: tuple[Caller, ...] = ()
    effective: tuple[Effective, ...] = ()
    """All that the subjects may do, where the question leaves verb and resource open."""
    asked: int = 0
    """How many subjects were asked about."""
    notes: tuple[str, ...] = ()


def answer(graph: Graph, who: str, verb: str, resource: str, *, name: str = "", namespace: str = "") -> Answers:
    """`who` is `*`, `anyone`, a subject (see `scan.subject`), the name of an account or workload, or a pattern of them."""
    known = graph.derived(scanned)
    subjects = None if who == "*" else meant(graph, who)
    question = asked(known, verb, resource, name=name)
    held = who_can(known, question, namespace=namespace, built_in=subjects is not None)
    running = graph.derived(_running)
    rows: dict[tuple[object, ...], Row] = {}
    for holding in held:
        for someone in _matching(holding, subjects):
            row = _row(holding, someone, running)
            rows.setdefault((someone, row.role, row.binding, row.verdict), row)
    wholly = verb == resource == "*" and subjects is not None and not namespace and not name
    everyone = {s for b in known.cluster.bindings if not b.built_in for s in b.subjects}
    return Answers(
        who,
        verb,
        resource,
        tuple(rows.values()),
        tuple(callers(known, graph.derived(entries), question, namespace=namespace)) if who == "*" else (),
        tuple(effective(known, s) for s in subjects or ()) if wholly else (),
        len(everyone) if subjects is None else len(subjects),
        (*known.problems, *(f"{b}: {b.unknown}" for b in known.cluster.bindings if b.unknown)),
    )


def _matching(holding: Holding, subjects: list[Subject] | None) -> Iterable[Subject]:
    """Whom a holding answers for: itself, or those asked about that its binding takes in."""
    if subjects is None:
        return (holding.subject,)
    return [s for s in subjects if any(True for _ in _by(holding, s))]


def _by(holding: Holding, who: Subject) -> Iterable[object]:
    from fourfold.engines.rbac.objects import Cluster

    one = msgspec.structs.replace(holding.binding, subjects=(holding.subject,))
    return bindings_of(Cluster(bindings=(one,)), who)


def _row(holding: Holding, someone: Subject, running: dict[Subject, tuple[str, ...]]) -> Row:
    as_member = "" if someone == holding.subject else f", as {holding.subject}"
    return Row(
        someone,
        "unknown" if holding.unknown else "when" if holding.condition else "yes",
        holding.namespace,
        str(holding.role),
        f"{holding.binding}{as_member}",
        holding.request,
        holding.rule.at,
        holding.binding.at,
        holding.condition,
        holding.unknown,
        running.get(someone, ()),
    )


def meant(graph: Graph, who: str) -> list[Subject]:
    """The subjects that a word may mean."""
    if who == "anyone":
        return list(ANYONE)
    cluster = graph.derived(scanned).cluster
    running = graph.derived(_running)
    accounts = {Subject("ServiceAccount", name_of(r), namespace_of(r)) for r in graph.of_type("v1/ServiceAccount")}
    named = {s: None for b in cluster.bindings for s in b.subjects} | dict.fromkeys(sorted(accounts, key=str))
    named |= dict.fromkeys(running)
    if "*" in who or "?" in who:
        return [s for s in named if any(fnmatchcase(text, who) for text in _called(s))]
    if "/" in who or who.startswith((ACCOUNT_PREFIX, "group:", "user:")):
        by_workload = [s for s, workloads in running.items() if who in workloads]
        return [*by_workload, subject(who)] if not by_workload or subject(who) in named else by_workload
    found = [s for s in named if s.name == who]
    found += [s for s, workloads in running.items() if any(w.rpartition("/")[2] == who for w in workloads)]
    return list(dict.fromkeys(found)) or [Subject("User", who)]


def _called(one: Subject) -> tuple[str, ...]:
    account = (f"{one.namespace}/{one.name}",) if one.kind == "ServiceAccount" else (f"{one.kind.lower()}:{one.name}",)
    return (one.text, one.name, *account)


def _running(graph: Graph) -> dict[Subject, tuple[str, ...]]:
    """Workloads of the scan by the account they run as."""
    out: dict[Subject, list[str]] = {}
    for workload in graph.of(Workload):
        if workload.resource.of_kubernetes:
            accounts = [n for n in graph.out(workload, "runs_as") if isinstance(n, Identity)]
            name = workload.role.plain()
            if accounts:
                who = Subject("ServiceAccount", accounts[0].name, namespace_of(accounts[0].resource))
            elif isinstance(name, str):
                who = Subject("ServiceAccount", name, namespace_of(workload.resource))
            else:
                continue
            out.setdefault(who, []).append(workload.address)
    return {who: tuple(workloads) for who, workloads in out.items()}
