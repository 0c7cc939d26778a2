"""Roles as policies, bindings as edges: namespaces, scopes, accounts no file declares."""

from pathlib import Path

from fourfold.linking import link
from fourfold.model.graph import Graph
from fourfold.model.nodes import Identity, Policy, Statement, Workload
from fourfold.model.place import Source
from fourfold.sources import kubernetes
from fourfold.sources.tree import Tree

ROLE = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules:
  - apiGroups: ["", apps]
    resources: [pods, pods/log]
    verbs: [get, list]
  - nonResourceURLs: [/healthz]
    verbs: [get]
---
"""
ACCOUNT = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: app, namespace: shop}
---
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers: [{name: web, image: x:1}]
---
"""


def binding(kind: str, role: str, subject: str, namespace: str = "") -> str:
    inside = f", namespace: {namespace}" if namespace else ""
    return f"""
apiVersion: rbac.authorization.k8s.io/v1
kind: {kind}
metadata: {{name: b{inside}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {role.partition("/")[0]}, name: {role.partition("/")[2]}}}
subjects: [{subject}]
---
"""


def linked(text: str) -> Graph:
    source = Source("rbac.yaml", text)
    return link(kubernetes.read(source, Tree(Path())).resources)


def bound(graph: Graph, kind: str = "has_policy") -> list[tuple[str, str]]:
    return [(e.source.name, e.target.name) for e in graph.edges if e.kind == kind]


def test_rules_are_statements_with_group_and_resource() -> None:
    graph = linked(ROLE)
    (policy,) = graph.of(Policy)
    assert (policy.kind, policy.name, policy.address) == ("rbac", "reader", "shop/Role/reader")
    first, second = graph.of(Statement)
    assert first.actions.plain() == ["get", "list"]
    assert first.resources.plain() == ["core/pods", "apps/pods", "core/pods/log", "apps/pods/log"]
    assert second.resources.absent
    assert graph.into(first, "contains") == [policy]


def test_an_account_has_what_is_bound_to_it() -> None:
    subject = "{kind: ServiceAccount, name: app, namespace: shop}"
    graph = linked(ROLE + ACCOUNT + binding("RoleBinding", "Role/reader", subject, "shop"))
    assert bound(graph) == [("app", "reader")]
    assert bound(graph, "has_policy_everywhere") == []
    assert isinstance(graph.edges[-1].source, Identity)


def test_a_cluster_role_binding_holds_everywhere() -> None:
    role = ROLE.replace("kind: Role", "kind: ClusterRole").replace(", namespace: shop", "")
    subject = "{kind: ServiceAccount, name: app, namespace: shop}"
    graph = linked(role + ACCOUNT + binding("ClusterRoleBinding", "ClusterRole/reader", subject))
    assert bound(graph, "has_policy_everywhere") == [("app", "reader")]


def test_an_account_no_file_declares_is_its_pods() -> None:
    subject = "{kind: ServiceAccount, name: default, namespace: shop}"
    graph = linked(ROLE + POD + binding("RoleBinding", "Role/reader", subject, "shop"))
    assert bound(graph) == [("web", "reader")]
    assert isinstance(graph.edges[-1].source, Workload)


def test_people_other_namespaces_and_unknown_roles_bind_nobody() -> None:
    for text in (
        binding("RoleBinding", "Role/reader", "{kind: User, name: app}", "shop"),
        binding("RoleBinding", "Role/other", "{kind: ServiceAccount, name: app, namespace: shop}", "shop"),
        binding("RoleBinding", "Role/reader", "{kind: ServiceAccount, name: app, namespace: elsewhere}", "shop"),
    ):
        assert bound(linked(ROLE + ACCOUNT + text)) == []


def test_odd_roles_do_not_raise() -> None:
    odd = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: x}\nrules: %s\n"
    for rules in ("null", "5", "[5, null, {}]", "[{verbs: get, resources: pods, apiGroups: {}}]", "{a: 1}"):
        linked(odd % rules + "---\n" + binding("RoleBinding", "ClusterRole/x", "5"))
