"""Roles and bindings of Kubernetes, and the tokens that pods carry."""

from __future__ import annotations

import json

import pytest

BINDING = "cluster_admin_binding"
WILDCARD = "rbac_wildcard"
ESCALATION = "rbac_escalation_verbs"
TOKEN = "mounted_default_token"
ANONYMOUS = "anonymous_binding"
DEAD = "dead_role_rule"


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


def test_wildcards_that_are_none(role) -> None:
    assert not role(WILDCARD, [""], ["*/*"], ["get"])
    assert not role(WILDCARD, [""], ["pods/log"], ["*"]), "the API has one verb for it"
    assert not role(WILDCARD, ["authentication.k8s.io"], ["*"], ["impersonate"])
    assert not role(WILDCARD, [""], ["nodes"], ["*"], kind="Role"), "it allows nothing (`dead_role_rule`)"


def test_a_wildcard_says_what_it_opens(role) -> None:
    (finding,) = role(WILDCARD, [""], ["*"], ["get"])
    assert finding.evidence["ways up"] == ["NODE_PROXY", "POD_ATTACH", "POD_EXEC", "TOKEN_BRUTEFORCE"]
    assert finding.evidence["bound"] == "nowhere in the scan"
    (finding,) = role(WILDCARD, [""], ["configmaps", "pods/log"], ["*"])
    assert finding.evidence["resources"] == ["core/configmaps"]
    assert finding.evidence["verbs of the API"]["configmaps"][0] == "create"


@pytest.mark.parametrize(
    ("groups", "resources", "verbs", "more", "dead"),
    [
        ([""], ["pods", "pods/*"], ["get"], {}, ["pods/*"]),
        ([""], ["deployments"], ["get"], {}, ["deployments"]),
        (["", "apps"], ["pods", "deployments"], ["get"], {}, []),
        (["extensions"], ["ingresses"], ["get"], {}, []),
        (["policy"], ["podsecuritypolicies"], ["use"], {}, []),
        (["example.com"], ["things"], ["get"], {}, []),
        ([""], ["nodes"], ["get"], {"kind": "Role"}, ["nodes"]),
        ([""], ["nodes"], ["get"], {}, []),
        ([""], ["secrets"], ["create"], {"resourceNames": ["tls"]}, ["secrets"]),
        ([""], ["secrets"], ["create", "get"], {"resourceNames": ["tls"]}, []),
        ([""], ["*"], ["get"], {}, []),
    ],
)
def test_dead_rules(role, groups, resources, verbs, more, dead) -> None:
    assert [
        f.evidence["decided by"] and f.title.split("`")[3] for f in role(DEAD, groups, resources, verbs, **more)
    ] == dead


def test_a_cluster_role_that_only_role_bindings_give(role) -> None:
    account = "{kind: ServiceAccount, name: app}"
    assert role(DEAD, [""], ["nodes"], ["get"], more=binding("RoleBinding", "r", account))
    assert not role(DEAD, [""], ["nodes"], ["get"], more=binding("ClusterRoleBinding", "r", account))


def test_what_the_holder_has_by_other_roles_counts(role) -> None:
    account = "{kind: ServiceAccount, name: app}"
    writes = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: writes}
rules: [{apiGroups: [rbac.authorization.k8s.io], resources: [clusterrolebindings], verbs: [create]}]
---
"""
    bound = binding("ClusterRoleBinding", "r", account)
    bind = (ESCALATION, ["rbac.authorization.k8s.io"], ["clusterroles"], ["bind"])
    assert not role(*bind, more=bound + "---\n" + writes)
    both = bound + "---\n" + writes + binding("ClusterRoleBinding", "writes", account).replace("name: b}", "name: c}")
    (finding,) = role(*bind, more=both)
    assert finding.severity == "high"
    first, second = finding.evidence["derivations"][0]["premises"]
    assert (first["request"]["verb"], second["request"]["resource"]) == ("bind", "clusterrolebindings")
    assert finding.evidence["held by"] == {"service account default/app": []}, "and no workload of the scan runs as it"


def test_names_are_followed(role) -> None:
    masters = role(ESCALATION, [""], ["groups"], ["impersonate"], resourceNames=["system:masters"])
    assert [f.severity for f in masters] == ["high"]
    assert not role(ESCALATION, [""], ["groups"], ["impersonate"], resourceNames=["readers"])


def test_secrets_that_are_written_too_are_tokens(role) -> None:
    (finding,) = role(ESCALATION, [""], ["secrets"], ["create", "list"])
    assert [d["id"] for d in finding.evidence["derivations"]] == ["TOKEN_LIST", "TOKEN_SECRET"]


def test_get_is_enough_for_a_shell_on_older_clusters(role) -> None:
    (finding,) = role(ESCALATION, [""], ["pods/exec"], ["get"])
    assert finding.severity == "low"
    assert "older than 1.35" in finding.title


def test_a_programs_own_group_is_its_own(role) -> None:
    assert not role(WILDCARD, ["stable.example.com"], ["*"], ["*"])
    assert not role(WILDCARD, [""], ["pods"], ["get", "list"])


@pytest.mark.parametrize(
    ("groups", "resources", "verbs", "severity"),
    [
        (["rbac.authorization.k8s.io"], ["clusterroles"], ["escalate", "update"], "high"),
        (["rbac.authorization.k8s.io"], ["roles", "rolebindings"], ["create", "bind"], "high"),
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
        (["rbac.authorization.k8s.io"], ["clusterroles"], ["get", "escalate"]),
        (["rbac.authorization.k8s.io"], ["roles"], ["get", "bind"]),
        ([""], ["groups"], ["impersonate"]),
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


def test_callers_without_a_name_and_a_role_that_gives_nothing_new(scan) -> None:
    group = "{kind: Group, name: 'system:unauthenticated'}"
    health = ROLE.replace('apiGroups: [""], resources: [pods]', "nonResourceURLs: [/healthz]")
    bound = binding("ClusterRoleBinding", "reader", group)
    assert not scan({"b.yaml": bound + health}, ANONYMOUS).findings
    (finding,) = scan({"b.yaml": bound + ROLE}, ANONYMOUS).findings
    assert finding.evidence["request"] == {
        "verb": "get",
        "apiGroup": "",
        "resource": "pods",
        "name": "example",
        "namespace": "default",
    }


def test_masters_need_no_binding(scan) -> None:
    masters = "{kind: Group, name: 'system:masters'}"
    assert not scan({"b.yaml": binding("ClusterRoleBinding", "cluster-admin", masters)}, BINDING).findings


def test_the_default_account_as_a_member_of_a_group(scan) -> None:
    group = "{kind: Group, name: 'system:serviceaccounts:default'}"
    (finding,) = scan({"p.yaml": POD + "---\n" + binding("ClusterRoleBinding", "view", group)}, TOKEN).findings
    assert (finding.severity, finding.evidence["roles"]) == ("medium", ["view"])
