"""Roles and bindings of manifests, and the questions of the public module that are asked of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from fourfold import rbac
from fourfold.engines.rbac.requests import effect
from fourfold.engines.rbac.scan import scanned
from fourfold.errors import UsageError
from fourfold.linking import link
from fourfold.model.graph import Graph
from fourfold.model.place import Source
from fourfold.model.value import Map, Seq, Unknown
from fourfold.sources import kubernetes
from fourfold.sources.tree import Tree

ROLES = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules:
  - {apiGroups: [""], resources: [secrets, pods, pods/log], verbs: [get, list]}
  - {apiGroups: [apps], resources: [deployments], verbs: [get, "*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: named, namespace: shop}
rules:
  - {apiGroups: [""], resources: [secrets], resourceNames: [tls], verbs: [get, create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: shop}
roleRef: {kind: ClusterRole, name: reader}
subjects: [{kind: ServiceAccount, name: app}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: named, namespace: shop}
roleRef: {kind: Role, name: named}
subjects: [{kind: ServiceAccount, name: web}, {kind: Group, name: "system:serviceaccounts:other"}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: lost}
roleRef: {kind: ClusterRole, name: nobody-knows}
subjects: [{kind: User, name: jane}]
---
"""
DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Cluster
  names: {plural: widgets, kind: Widget}
  versions: [{name: v1, subresources: {status: {}}}]
---
"""


def linked(text: str) -> Graph:
    return link(kubernetes.read(Source("rbac.yaml", text), Tree(Path())).resources)


def who(graph: Graph, verb: str, resource: str, **more) -> list[str]:
    return [str(h.subject) for h in rbac.who_can(graph, verb, resource, **more) if not h.unknown]


def test_who_can() -> None:
    graph = linked(ROLES)
    app, web, others = (
        "service account `shop/app`",
        "service account `shop/web`",
        "group `system:serviceaccounts:other`",
    )
    assert who(graph, "get", "secrets") == [app, web, others]
    assert who(graph, "list", "secrets") == [app]
    assert who(graph, "get", "secrets", name="db") == [app]
    assert who(graph, "get", "secrets", namespace="other") == []
    assert who(graph, "create", "secrets") == [], "a request that creates names no object"
    assert who(graph, "get", "pods/log") == [app]
    assert who(graph, "get", "pods/exec") == []
    assert who(graph, "escalate", "deployments.apps") == [app]
    assert who(graph, "get", "deployments.extensions") == []
    assert who(graph, "get", "/metrics") == []
    found, _ = rbac.who_can(graph, "*", "deployments")
    assert found.request == {
        "verb": "create",
        "apiGroup": "apps",
        "resource": "deployments",
        "namespace": "shop",
    }
    masters = [h for h in rbac.who_can(graph, "get", "/metrics", built_in=True) if not h.unknown]
    assert [(str(h.subject), h.binding.built_in) for h in masters] == [
        ("group `system:masters`", True),
        ("group `system:monitoring`", True),
    ]


def test_a_binding_to_a_role_that_nobody_knows_is_said() -> None:
    (held,) = rbac.who_can(linked(ROLES), "get", "/metrics")
    assert (str(held.subject), held.unknown) == (
        "user `jane`",
        "what cluster role `nobody-knows` allows is not in the scan",
    )
    assert "is not in the scan" in rbac.effective(linked(ROLES), "user:jane").unknown[0]
    assert linked(ROLES).derived(scanned).problems == (
        "cluster role binding `lost`: nothing known is called ClusterRole `nobody-knows`",
    )


def test_effective() -> None:
    graph = linked(ROLES)
    found = rbac.effective(graph, "shop/app")
    assert [(str(p.rule), p.namespace) for p in found.rules] == [
        ("get, list pods, pods/log, secrets", "shop"),
        ("* deployments.apps", "shop"),
    ]
    assert rbac.effective(graph, "system:serviceaccount:shop:web").rules[0].rule.names == ("tls",)
    assert rbac.effective(graph, "other/anybody").rules, "a member of a group that is bound"
    assert not rbac.effective(graph, "user:jane").rules
    assert any(p.rule.urls for p in rbac.effective(graph, "user:jane", everybody=True).rules)
    assert rbac.decide(
        graph, rbac.Request("get", "", "pods", namespace="shop", user="system:serviceaccount:shop:app")
    ).allowed


def test_built_in_roles_are_known_and_take_in_what_is_labelled_for_them() -> None:
    text = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: more, labels: {rbac.authorization.k8s.io/aggregate-to-view: "true"}}
rules: [{apiGroups: [example.com], resources: [widgets], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {kind: ClusterRole, name: edit}
subjects: [{kind: Group, name: developers}]
"""
    graph = linked(text)
    assert who(graph, "create", "pods/exec") == ["group `developers`"]
    assert who(graph, "get", "widgets.example.com") == ["group `developers`"]
    assert who(graph, "create", "rolebindings") == []


@pytest.mark.parametrize(
    ("rule", "namespace", "verdict", "why"),
    [
        ({"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}, "", "witness", ""),
        ({"apiGroups": [""], "resources": ["deployments"], "verbs": ["get"]}, "", "proved", "the group `apps` has"),
        ({"apiGroups": ["apps"], "resources": ["pods"], "verbs": ["get"]}, "", "proved", "the core group has"),
        ({"apiGroups": [""], "resources": ["pods/*"], "verbs": ["get"]}, "", "proved", "is no pattern"),
        ({"apiGroups": [""], "resources": ["*/*"], "verbs": ["get"]}, "", "proved", "is no pattern"),
        ({"apiGroups": ["extensions"], "resources": ["ingresses"], "verbs": ["get"]}, "", "proved", "was removed"),
        ({"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]}, "shop", "proved", "belongs to no namespace"),
        ({"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]}, "shop", "witness", ""),
        ({"apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"], "verbs": ["create"]}, "", "proved", "never name"),
        ({"apiGroups": [""], "resources": ["pods/exec"], "resourceNames": ["a"], "verbs": ["create"]}, "", "witness", ""),
        ({"apiGroups": ["apps"], "resources": ["deployments/finalizers"], "verbs": ["update"]}, "", "witness", ""),
        ({"apiGroups": ["authentication.k8s.io"], "resources": ["userextras/scopes"], "verbs": ["impersonate"]}, "", "unknown", ""),
        ({"apiGroups": ["other.com"], "resources": ["things"], "verbs": ["get"]}, "", "unknown", ""),
        ({"apiGroups": ["*"], "resources": ["things"], "verbs": ["get"]}, "", "unknown", ""),
        ({"apiGroups": ["example.com"], "resources": ["widgets/status"], "verbs": ["get"]}, "", "witness", ""),
        ({"apiGroups": ["example.com"], "resources": ["widgets"], "verbs": ["get"]}, "shop", "proved", "belongs to no namespace"),
        ({"nonResourceURLs": ["/metrics"], "verbs": ["get"]}, "", "witness", ""),
        ({"nonResourceURLs": ["/metrics"], "verbs": ["get"]}, "shop", "proved", "ClusterRoleBindings only"),
        ({"apiGroups": [""], "resources": ["pods"], "verbs": []}, "", "proved", "no verbs"),
    ],
)  # fmt: skip
def test_what_a_rule_has_an_effect_on(rule, namespace, verdict, why) -> None:
    (parsed,) = rbac.parse([rule]).rules
    answer = effect(parsed, linked(DEFINITION).derived(scanned).served, namespace)
    assert answer.verdict == verdict
    assert why in "".join(answer.trace)


def test_compare() -> None:
    old = {"kind": "Role", "rules": [{"apiGroups": [""], "resources": ["*"], "verbs": ["get"]}]}
    new = {"kind": "Role", "rules": [{"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get"]}]}
    answers = rbac.compare(old, new)
    assert {name: a.verdict for name, a in answers.items()} == {
        "no_new_access": "proved",
        "nothing_lost": "witness",
        "equivalent": "witness",
        "disjoint": "witness",
    }
    back = rbac.compare(new, old)["no_new_access"]
    assert back.request is not None
    assert back.request["verb"] == "get"
    assert back.trace[1] == "on the other side no rule allows it"
    assert rbac.compare(new, new)["equivalent"].verdict == "proved"


@pytest.mark.parametrize("text", ["", "group:", "/app", "shop/"])
def test_subjects_that_are_none(text) -> None:
    with pytest.raises(UsageError, match="no subject"):
        rbac.subject(text)


@pytest.mark.parametrize("source", [3, "x", [3], [{"verbs": "get"}], [{"verb": ["get"]}], {"rules": "x"}])
def test_documents_that_are_no_roles(source) -> None:
    with pytest.raises(UsageError, match="no role"):
        rbac.parse(source)


def test_what_is_not_known_is_not_taken_for_an_answer() -> None:
    resources = kubernetes.read(Source("rbac.yaml", ROLES), Tree(Path())).resources
    role = resources[0].properties
    verbs = role.get("rules", 0, "verbs")
    assert isinstance(role, Map)
    assert isinstance(verbs, Seq)
    hole = Unknown(verbs.source, verbs.start, verbs.end, -1, "only the cluster knows it")
    rule = replace(
        role.get("rules", 0),
        entries_={**role.get("rules", 0).entries_, "verbs": replace(verbs, items_=(*verbs.items_, hole))},
    )
    rules = replace(role.get("rules"), items_=(rule, *role.get("rules").items_[1:]))
    resources[0] = replace(resources[0], properties=replace(role, entries_={**role.entries_, "rules": rules}))
    graph = link(resources)
    lost = "what cluster role `nobody-knows` allows is not in the scan"
    assert [(str(h.subject), h.unknown) for h in rbac.who_can(graph, "get", "pods") if h.unknown != lost] == [
        ("service account `shop/app`", "")
    ]
    assert [h.unknown for h in rbac.who_can(graph, "delete", "pods")] == ["only the cluster knows it", lost]
    assert [h.unknown for h in rbac.who_can(graph, "delete", "services")] == [lost]
    assert rbac.effective(graph, "shop/app").unknown == ("rule 0 of cluster role `reader`: only the cluster knows it",)


def test_escalations_say_by_what_and_to_whom() -> None:
    text = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: strong}
rules: [{apiGroups: [""], resources: [nodes], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: strong}
roleRef: {kind: ClusterRole, name: strong}
subjects: [{kind: ServiceAccount, name: strong, namespace: shop}, {kind: ServiceAccount, name: far, namespace: other}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: runs, namespace: shop}
rules:
  - {apiGroups: [""], resources: [configmaps], verbs: [get]}
  - {apiGroups: [batch], resources: [jobs], verbs: [create]}
  - {apiGroups: [""], resources: [secrets], verbs: [list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: runs, namespace: shop}
roleRef: {kind: Role, name: runs}
subjects: [{kind: ServiceAccount, name: weak}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: weak, namespace: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: idle, namespace: shop}
---
apiVersion: v1
kind: Secret
metadata: {name: tls, namespace: shop}
---
apiVersion: v1
kind: Secret
metadata: {name: tls, namespace: other}
"""
    graph = linked(text)
    listing, running = rbac.escalations(graph, "shop/weak")
    assert [(t.kind, t.name, t.namespace) for t in listing.targets] == [("secret", "tls", "shop")]
    made = running.plain()
    assert (made["id"], made["technique"], made["namespace"]) == ("POD_CREATE", "T1053.007", "shop")
    assert made["premises"][0]["rule"] == 1
    assert made["premises"][0]["binding"] == "role binding `shop/runs`"
    assert made["premises"][0]["rule_at"]["file"] == "rbac.yaml"
    (target,) = made["targets"]
    assert (target["name"], target["namespace"]) == ("strong", "shop"), (
        "not `idle`, which has nothing, nor `far`, elsewhere"
    )
    assert target["gained"] == {"verb": "get", "apiGroup": "", "resource": "nodes", "name": "example"}
    assert rbac.escalations(graph, "shop/strong") == []


def test_roles_in_namespaces_of_every_cluster() -> None:
    text = """
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reads, namespace: kube-system}
roleRef: {kind: Role, name: extension-apiserver-authentication-reader}
subjects: [{kind: ServiceAccount, name: metrics-server}]
"""
    graph = linked(text)
    assert graph.derived(scanned).problems == ()
    assert who(graph, "get", "configmaps", name="extension-apiserver-authentication") == [
        "service account `kube-system/metrics-server`"
    ]
    assert who(graph, "get", "configmaps", name="other") == []
