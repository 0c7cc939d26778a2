"""Where ways up lead in a scan: the accounts, secrets and pods of the places they hold in.

`escalations` is made for attack paths: for one subject every derivation that is open to it, by which rule, role and
binding each premise is met, and what of the scan it reaches - accounts with a request that is gained by becoming them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from fourfold.engines.rbac.escalation import Derivation, Reach, derivations, gain
from fourfold.engines.rbac.objects import Binding, Role, Rule, Subject
from fourfold.engines.rbac.scan import bindings_of, held, scanned
from fourfold.engines.rbac.spec import rules_of
from fourfold.engines.rbac.symbolic import Placed
from fourfold.linking.kubernetes_names import name_of, namespace_of
from fourfold.model.graph import Graph
from fourfold.model.nodes import Identity, Secret, Workload
from fourfold.model.nodes.node import Node
from fourfold.model.place import Span

ACCOUNTS_MAX = 2_000
"""Accounts that are compared with a holder."""


class Step(msgspec.Struct, frozen=True):
    """One premise of an escalation: the request that meets it, and what allows that."""

    request: dict[str, Any]
    rule: Rule
    role: Role
    binding: Binding


class Target(msgspec.Struct, frozen=True):
    """Something of the scan that an escalation reaches."""

    kind: str
    """`account`, `secret` or `pod`."""
    name: str
    namespace: str
    gained: dict[str, Any] | None = None
    """A request that the account may make and the holder may not."""
    nodes: tuple[Node, ...] = ()


class Escalation(msgspec.Struct, frozen=True):
    """A way up that is open to a subject."""

    subject: Subject
    derivation: Derivation
    steps: tuple[Step, ...]
    targets: tuple[Target, ...]
    """Empty for ways that lead to anything at all."""

    def plain(self) -> dict[str, Any]:
        """The escalation as data."""
        return {
            "id": self.derivation.way.id,
            "technique": self.derivation.way.technique,
            "subject": self.subject.text,
            "kind": self.subject.kind,
            "namespace": self.derivation.namespace,
            "gives": self.derivation.gives,
            "reach": self.derivation.way.reach,
            "premises": [
                {
                    "request": step.request,
                    "rule": step.rule.index,
                    "role": str(step.role),
                    "binding": str(step.binding),
                    "rule_at": _at(step.rule.at),
                    "binding_at": _at(step.binding.at),
                }
                for step in self.steps
            ],
            "targets": [
                {"kind": t.kind, "name": t.name, "namespace": t.namespace, "gained": t.gained} for t in self.targets
            ],
        }


def _at(span: Span | None) -> dict[str, Any] | None:
    return {"file": span.source.path, "line": span.line} if span is not None else None


def escalations(graph: Graph, who: Subject) -> Iterator[Escalation]:
    """Every way up that is open to a subject, in the widest place it holds in."""
    known = graph.derived(scanned)
    own: list[tuple[Rule, Role, Binding]] = []
    for binding in bindings_of(known.cluster, who):
        if binding.role is not None:
            role = binding.role
            own += [(msgspec.structs.replace(rule), role, binding) for rule in rules_of(known.cluster, role)]
    by_rule = {id(rule): (role, binding) for rule, role, binding in own}
    open_: set[tuple[str, tuple[object, ...]]] = set()
    found: dict[tuple[str, Reach], tuple[Target, ...]] = {}
    for namespace in sorted({binding.namespace for _, _, binding in own} | {""}):
        rules = [rule for rule, _, binding in own if binding.namespace in ("", namespace)]
        for derivation in derivations(rules, namespace):
            way = (derivation.way.id, derivation.way.premises)
            if way in open_:
                continue
            if not namespace:
                open_.add(way)
            steps = tuple(Step(m.request, m.rule, *by_rule[id(m.rule)]) for m in derivation.met)
            reach = derivation.way.reach
            if (namespace, reach) not in found:
                found[namespace, reach] = tuple(_targets(graph, who, rules, namespace, reach))
            yield Escalation(who, derivation, steps, found[namespace, reach])


def _targets(graph: Graph, who: Subject, rules: list[Rule], namespace: str, reach: Reach) -> Iterator[Target]:
    if reach == "secrets":
        for secret in graph.of(Secret):
            inside = namespace_of(secret.resource)
            if secret.resource.of_kubernetes and inside == (namespace or inside):
                yield Target("secret", name_of(secret.resource), inside, nodes=(secret,))
    if reach == "pods":
        for workload in graph.of(Workload):
            inside = namespace_of(workload.resource)
            if workload.resource.of_kubernetes and inside == (namespace or inside):
                yield Target("pod", workload.name, inside, nodes=(workload,))
    if reach == "accounts":
        have = [Placed(rule.upper, namespace) for rule in rules]
        for account, (nodes, got) in graph.derived(_held).items():
            if account != who and got and account.namespace == (namespace or account.namespace):
                gained = gain(have, got)
                if gained is not None:
                    yield Target("account", account.name, account.namespace, gained, tuple(nodes))


def _held(graph: Graph) -> dict[Subject, tuple[list[Node], list[Placed]]]:
    """The accounts with their nodes and what they have."""
    known = graph.derived(scanned)
    some = list(graph.derived(accounts).items())[:ACCOUNTS_MAX]
    return {who: (nodes, held(known, who)) for who, nodes in some}


def accounts(graph: Graph) -> dict[Subject, list[Node]]:
    """The service accounts of a scan, declared, used or bound, with their nodes; ask it by `graph.derived(accounts)`."""
    out: dict[Subject, list[Node]] = {}
    for identity in graph.of(Identity):
        if identity.kind == "service-account":
            who = Subject("ServiceAccount", name_of(identity.resource), namespace_of(identity.resource))
            out.setdefault(who, []).append(identity)
    for workload in graph.of(Workload):
        name = workload.role.plain()
        if workload.resource.of_kubernetes and isinstance(name, str) and not graph.out(workload, "runs_as"):
            who = Subject("ServiceAccount", name, namespace_of(workload.resource))
            out.setdefault(who, []).append(workload)
    for binding in graph.derived(scanned).cluster.bindings:
        for who in () if binding.built_in else binding.subjects:
            if who.kind == "ServiceAccount":
                out.setdefault(who, [])
    return out
