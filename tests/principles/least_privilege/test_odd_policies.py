"""Policies that make no sense: every check gives an answer, whatever stands where."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.findings.judge import judge
from fourfold.linking import link
from fourfold.model.place import Source
from fourfold.pipeline import builtin_checks
from fourfold.sources import iam, kubernetes
from fourfold.sources.tree import Tree

CHECKS = [check for check in builtin_checks() if check.principle == "least_privilege"]

WORDS = st.sampled_from(
    [
        "*",
        "s3:*",
        "s3:PutObject",
        "iam:PassRole",
        "arn:aws:s3:::b",
        "arn:aws:s3:::b/*",
        "arn:",
        "Allow",
        "Deny",
        "",
        ":",
        "${x",
    ]
)
ODD = st.recursive(
    st.one_of(WORDS, st.none(), st.booleans(), st.integers(-1, 5), st.just("\ue0000\ue001")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["AWS", "Service", "StringEquals", "Null", "aws:SourceIp", "sts:x", ""]), inner
        ),
    ),
    max_leaves=6,
)
ELEMENTS = [
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "Principal",
    "NotPrincipal",
    "Condition",
    "Conditions",
    "Sid",
    "x",
]
STATEMENTS = st.dictionaries(st.sampled_from(ELEMENTS), ODD)
RULES = st.dictionaries(st.sampled_from(["apiGroups", "resources", "verbs", "resourceNames"]), ODD)


@settings(max_examples=150, deadline=None)
@given(st.lists(STATEMENTS, min_size=1, max_size=2), ODD)
def test_documents(statements: list[object], version: object) -> None:
    statements.append({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"})
    text = json.dumps({"Version": version, "Statement": statements})
    assert iam.claims("p.json", text.encode())
    resources = iam.read(Source("p.json", text), Tree(Path())).resources
    assert resources
    judge(link(resources), CHECKS)


@settings(max_examples=60, deadline=None)
@given(st.lists(RULES, max_size=2), st.lists(ODD, max_size=2), ODD)
def test_roles_and_bindings(rules: list[object], subjects: list[object], role: object) -> None:
    head = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "r"}}
    items = [
        {**head, "kind": "ClusterRole", "rules": rules},
        {**head, "kind": "RoleBinding", "subjects": subjects, "roleRef": {"kind": "ClusterRole", "name": "r"}},
        {**head, "kind": "ClusterRoleBinding", "subjects": subjects, "roleRef": role},
    ]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    judge(link(kubernetes.read(Source("r.json", text), Tree(Path())).resources), CHECKS)
