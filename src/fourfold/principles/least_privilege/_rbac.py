"""Questions about rules of Kubernetes roles that several checks ask.

What a rule says is asked in the present world; where its role is bound, and what else its holders have, is read off the
whole scan (`fourfold.engines.rbac.scan`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from fourfold.linking.kubernetes_names import namespace_of
from fourfold.model.graph import Graph
from fourfold.model.nodes import Identity, Statement, Workload
from fourfold.model.resource import Resource
from fourfold.model.value import Ref, Value

if TYPE_CHECKING:  # The engine is loaded when the first role is judged: most scans have none.
    from fourfold.engines.rbac.objects import Binding, Role, Rule, Subject
    from fourfold.engines.rbac.scan import Scanned

BINDING_TYPES = tuple(
    f"rbac.authorization.k8s.io/{version}/{kind}"
    for version in ("v1", "v1beta1", "v1alpha1")
    for kind in ("ClusterRoleBinding", "RoleBinding")
)
OWN_ROLES = ("system:", "cluster-admin", "admin", "edit", "view")
"""Roles that every cluster has; the API server restores them."""


class Place(msgspec.Struct, frozen=True):
    """Where a role holds: by one of its bindings, or where it could, if the scan binds it nowhere."""

    namespace: str
    """Empty: in all namespaces, and for what belongs to none."""
    holders: tuple[Subject, ...] = ()
    binding: Binding | None = None


def known(graph: Graph) -> Scanned:
    """The roles and bindings of the scan."""
    from fourfold.engines.rbac.scan import scanned

    return graph.derived(scanned)


def rule_of(statement: Statement) -> Rule:
    """The rule as the engine takes it; raises `Undecided` where a part of it is not known."""
    from fourfold.engines.rbac.objects import Rule

    def words(value: Value) -> tuple[str, ...]:
        return tuple(item.text() for item in value.items())

    rule = statement.at
    return Rule(
        words(statement.actions),
        words(rule.get("apiGroups")),
        words(rule.get("resources")),
        words(rule.get("resourceNames")),
        words(rule.get("nonResourceURLs")),
        at=rule.span,
        index=int(statement.name),
    )


def role(statement: Statement, graph: Graph) -> Role:
    """The role whose rule a statement is."""
    return known(graph).by_key[statement.resource.key]


def places(resource: Resource, graph: Graph) -> list[Place]:
    """Where a role holds, widest first."""
    found = [Place(b.namespace, b.subjects, b) for b in graph.derived(_bound).get(resource.key, ())]
    if not found:
        return [Place("" if resource.type.endswith("/ClusterRole") else namespace_of(resource))]
    return sorted(found, key=lambda place: (place.namespace != "", place.namespace))


def others(statement: Statement, place: Place, graph: Graph) -> list[Rule]:
    """What else its holders have in a place: the role's other rules, and those of the other roles bound to them there."""
    from fourfold.engines.rbac.spec import rules_of

    cluster, own = known(graph).cluster, role(statement, graph)
    rules = [r for r in rules_of(cluster, own) if r.index != int(statement.name)]
    if place.binding is None:
        return [r for r in rules if not r.unknown]
    by_subject = graph.derived(_held)
    for binding in {id(b): b for s in place.holders for b in by_subject.get(s, ())}.values():
        if binding.role is None or binding.role is own or binding.delivery != place.binding.delivery:
            continue
        if binding.namespace in ("", place.namespace):
            rules += rules_of(cluster, binding.role)
    return [r for r in rules if not r.unknown]


def _bound(graph: Graph) -> dict[str, list[Binding]]:
    """Bindings by the key of their role's resource."""
    out: dict[str, list[Binding]] = {}
    for binding in known(graph).cluster.bindings:
        if binding.role is not None and binding.role.key:
            out.setdefault(binding.role.key, []).append(binding)
    return out


def _held(graph: Graph) -> dict[Subject, list[Binding]]:
    """Bindings of the scan by whom they name."""
    out: dict[Subject, list[Binding]] = {}
    for binding in known(graph).cluster.bindings:
        for subject in () if binding.built_in else binding.subjects:
            out.setdefault(subject, []).append(binding)
    return out


def used_by(place: Place, graph: Graph) -> dict[str, Any]:
    """Who has a role by a binding, and which workloads of the scan run as them: evidence."""
    if place.binding is None:
        return {"bound": "nowhere in the scan"}
    running = graph.derived(_running)
    return {
        "bound by": str(place.binding).replace("`", ""),
        "held by": {
            str(s).replace("`", ""): sorted(running.get((s.namespace, s.name), ()))
            if s.kind == "ServiceAccount"
            else "anybody who is that"
            for s in place.holders
        },
    }


def _running(graph: Graph) -> dict[tuple[str, str], list[str]]:
    """Workloads by the namespace and name of their service account."""
    out: dict[tuple[str, str], list[str]] = {}
    for workload in graph.of(Workload):
        if not workload.resource.of_kubernetes:
            continue
        accounts = [n for n in graph.out(workload, "runs_as") if isinstance(n, Identity)]
        name = workload.role.plain() if not isinstance(workload.role, Ref) else None
        keys = [(namespace_of(a.resource), a.name) for a in accounts]
        if not keys and isinstance(name, str):
            keys = [(namespace_of(workload.resource), name)]
        for key in keys:
            out.setdefault(key, []).append(workload.address)
    return out


def is_built_in(resource: Resource) -> bool:
    """Whether a file only repeats a role that every cluster has."""
    name = str(resource.get("metadata", "name").plain() or "")
    return name.startswith(OWN_ROLES[0]) or name in OWN_ROLES


def role_of(statement: Statement) -> str:
    """The role for sentences: "cluster role `reader`"."""
    kind = "cluster role" if statement.resource.type.endswith("/ClusterRole") else "role"
    return f"{kind} `{statement.resource.address.rpartition('/')[2]}`"
