"""Questions about rules of Kubernetes roles that several checks ask, each in the present world."""

from __future__ import annotations

from fourfold.model.graph import Graph
from fourfold.model.nodes import Statement
from fourfold.model.resource import Resource

BINDING_TYPES = tuple(
    f"rbac.authorization.k8s.io/{version}/{kind}"
    for version in ("v1", "v1beta1", "v1alpha1")
    for kind in ("ClusterRoleBinding", "RoleBinding")
)
OWN_ROLES = ("system:", "cluster-admin", "admin", "edit", "view")
"""Roles that every cluster has; the API server restores them."""


def verbs(statement: Statement) -> set[str]:
    """The verbs of a rule; raises `Undecided` where one is not known."""
    return {item.text() for item in statement.actions.items()}


def objects(statement: Statement) -> list[tuple[str, str]]:
    """(group, resource with its subresource) pairs of a rule; the group without a name is `core`."""
    return [(group, name) for item in statement.resources.items() for group, _, name in (item.text().partition("/"),)]


def is_built_in(resource: Resource) -> bool:
    """Whether a file only repeats a role that every cluster has."""
    name = str(resource.get("metadata", "name").plain() or "")
    return name.startswith(OWN_ROLES[0]) or name in OWN_ROLES


def cluster_wide(resource: Resource, graph: Graph) -> bool:
    """Whether a role may be bound in all namespaces: a ClusterRole, unless the scan only shows it bound in some."""
    if not resource.type.endswith("/ClusterRole"):
        return False
    name = resource.get("metadata", "name").plain()
    kinds = {
        binding.type.rpartition("/")[2]
        for binding in graph.of_type(*BINDING_TYPES)
        if binding.get("roleRef", "kind").plain() == "ClusterRole"
        and binding.get("roleRef", "name").plain() == name
        and binding.variant == resource.variant
    }
    return kinds != {"RoleBinding"}


def role_of(statement: Statement) -> str:
    """The role for sentences: "cluster role `reader`"."""
    kind = "cluster role" if statement.resource.type.endswith("/ClusterRole") else "role"
    return f"{kind} `{statement.resource.address.rpartition('/')[2]}`"
