"""Roles and bindings of Kubernetes, and the tokens that pods carry."""

from __future__ import annotations

import json

import pytest

BINDING = "cluster_admin_binding"
WILDCARD = "rbac_wildcard"
ESCALATION = "rbac_escalation_verbs"
TOKEN = "mounted_default_token"
ANONYMOUS = "anonymous_binding"


@pytest.fixture
def role(scan):
    """Findings about one role with one rule."""

    def run(only: str, groups: list[str], resources: list[str], verbs: list[str], kind="ClusterRole", more="", **rule):
        text = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": kind,
            "metadata": {"name": "r"},
            "rules": [{"apiGroups": groups, "resources": resources, "verbs": verbs, **rule}],
        }
        return list(scan({"role.yaml": json.dumps(text) + "\n---\n" + more}, only).findings)

    return run


def binding(kind: str, role: str, subject: str) -> str:
    return (
        f"apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: b}}\n"
        f"roleRef: {{kind: ClusterRole, name: {role}}}\nsubjects: [{subject}]\n"
    )


@pytest.mark.parametrize(
    ("kind", "subject", "severity"),
    [
        ("ClusterRoleBinding", "{kind: ServiceAccount, name: app, namespace: shop}", "high"),
        ("ClusterRoleBinding", "{kind: User, name: jane}", "medium"),
        ("RoleBinding", "{kind: ServiceAccount, name: app}", "medium"),
        ("ClusterRoleBinding", "{kind: Group, name: 'system:unauthenticated'}", "critical"),
        ("ClusterRoleBinding", "{kind: Group, name: 'system:serviceaccounts:shop'}", "critical"),
    ],
)
def test_cluster_admin(scan, kind, subject, severity) -> None:
    (finding,) = scan({"b.yaml": binding(kind, "cluster-admin", subject)}, BINDING).findings
    assert finding.severity == severity


def test_other_roles_and_nobody(scan) -> None:
    assert not scan({"b.yaml": binding("ClusterRoleBinding", "view", "{kind: User, name: jane}")}, BINDING).findings
    assert not scan({"b.yaml": binding("ClusterRoleBinding", "cluster-admin", "")}, BINDING).findings


@pytest.mark.parametrize(
    ("groups", "resources", "verbs", "severity"),
    [
        (["*"], ["*"], ["*"], "high"),
        ([""], ["*"], ["get", "list"], "medium"),
        (["*"], ["*"], ["get"], "medium"),
        (["apps"], ["*"], ["get"], "low"),
        ([""], ["pods"], ["*"], "low"),
    ],
)
def test_wildcards(role, groups, resources, verbs, severity) -> None:
    (finding,) = role(WILDCARD, groups, resources, verbs)
    assert finding.severity == severity


def test_a_programs_own_group_is_its_own(role) -> None:
    assert not role(WILDCARD, ["stable.example.com"], ["*"], ["*"])
    assert not role(WILDCARD, [""], ["pods"], ["get", "list"])


@pytest.mark.parametrize(
    ("groups", "resources", "verbs", "severity"),
    [
        (["rbac.authorization.k8s.io"], ["clusterroles"], ["escalate"], "high"),
        (["rbac.authorization.k8s.io"], ["roles"], ["get", "bind"], "high"),
        ([""], ["users", "groups"], ["impersonate"], "high"),
        ([""], ["serviceaccounts/token"], ["create"], "high"),
        ([""], ["nodes/proxy"], ["get"], "high"),
        ([""], ["secrets"], ["list"], "medium"),
        ([""], ["pods", "pods/exec"], ["create"], "medium"),
        ([""], ["secrets"], ["*"], "medium"),
    ],
)
def test_ways_up(role, groups, resources, verbs, severity) -> None:
    assert [f.severity for f in role(ESCALATION, groups, resources, verbs)] == [severity]


@pytest.mark.parametrize(
    ("groups", "resources", "verbs"),
    [
        ([""], ["secrets"], ["create"]),
        ([""], ["pods"], ["create", "get"]),
        (["apps"], ["secrets"], ["get"]),
        ([""], ["nodes"], ["get"]),
        (["rbac.authorization.k8s.io"], ["roles"], ["get", "update"]),
    ],
)
def test_no_way_up(role, groups, resources, verbs) -> None:
    assert not role(ESCALATION, groups, resources, verbs)


def test_what_is_named_or_in_one_namespace(role) -> None:
    assert not role(ESCALATION, [""], ["secrets"], ["get"], resourceNames=["tls"])
    assert not role(ESCALATION, [""], ["secrets"], ["get"], kind="Role")
    assert not role(ESCALATION, [""], ["users"], ["impersonate"], kind="Role"), "users belong to no namespace"
    assert [f.severity for f in role(ESCALATION, [""], ["serviceaccounts"], ["impersonate"], kind="Role")] == ["medium"]


def test_a_cluster_role_that_is_bound_in_a_namespace_only(role) -> None:
    account = "{kind: ServiceAccount, name: app}"
    assert not role(ESCALATION, [""], ["secrets"], ["get"], more=binding("RoleBinding", "r", account))
    assert role(ESCALATION, [""], ["secrets"], ["get"], more=binding("ClusterRoleBinding", "r", account))


POD = """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers: [{name: web, image: x:1}]
"""
ROLE = """
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
"""


def test_the_token_of_the_default_account(scan) -> None:
    (finding,) = scan({"p.yaml": POD}, TOKEN).findings
    assert (finding.severity, finding.fix.safe) == ("low", False)
    bound = (
        POD
        + ROLE
        + binding("ClusterRoleBinding", "reader", "{kind: ServiceAccount, name: default, namespace: default}")
    )
    (finding,) = scan({"p.yaml": bound}, TOKEN).findings
    assert (finding.severity, finding.evidence["roles"]) == ("medium", ["reader"])


def test_no_token_or_an_account_of_its_own(scan) -> None:
    assert not scan({"p.yaml": POD + "  automountServiceAccountToken: false\n"}, TOKEN).findings
    assert not scan({"p.yaml": POD + "  serviceAccountName: web\n"}, TOKEN).findings
    account = (
        "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\nautomountServiceAccountToken: false\n"
    )
    assert not scan({"p.yaml": POD + account}, TOKEN).findings
    assert not scan(
        {"task.json": '{"family": "t", "containerDefinitions": [{"name": "a", "image": "x"}]}'}, TOKEN
    ).findings


def test_callers_without_a_name(scan) -> None:
    group = "{kind: Group, name: 'system:unauthenticated'}"
    assert scan({"b.yaml": binding("ClusterRoleBinding", "reader", group)}, ANONYMOUS).findings
    assert not scan({"b.yaml": binding("ClusterRoleBinding", "system:public-info-viewer", group)}, ANONYMOUS).findings
    assert not scan({"b.yaml": binding("ClusterRoleBinding", "reader", "{kind: User, name: jane}")}, ANONYMOUS).findings
