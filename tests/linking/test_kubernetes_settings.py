"""Secrets, config maps, service accounts, limits, and the platform of pods."""

from __future__ import annotations

from pathlib import Path

import pytest

from fourfold.linking import link
from fourfold.model.graph import Graph
from fourfold.model.nodes import Container, Identity, Secret, Variable, Workload
from fourfold.model.place import Source
from fourfold.model.resource import Resource
from fourfold.model.value import from_plain, known
from fourfold.sources.kubernetes import read
from fourfold.sources.tree import Tree


def graph(text: str, *aws: Resource) -> Graph:
    """The graph of one file of manifests, and resources of AWS."""
    return link([*read(Source("a.yaml", text), Tree(Path())).resources, *aws])


def aws(kind: str, name: str, properties: object) -> Resource:
    value = from_plain(properties, at=known(None))
    return Resource(kind, name, value, value.span, "cloudformation")


SECRET = """
apiVersion: v1
kind: Secret
metadata: {name: db}
data: {password: aHVudGVyMg==, key: /+7/, sealed: "ENC[AES256_GCM,data:x]", empty: }
stringData: {user: admin}
---
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {name: p%s}
spec:
  %s
  containers:
    - name: c
      env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: password}}}]
      envFrom: [{secretRef: {name: db}}]
---
"""
ACCOUNT = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner, annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::123456789012:role/team/uploads"}}
automountServiceAccountToken: false
---
"""


def test_secrets() -> None:
    g = graph(SECRET + POD % ("", ""))
    assert [(v.name, v.value.plain(), v.position) for v in g.of(Variable)] == [
        ("password", "hunter2", "secret-manifest"),
        ("user", "admin", "secret-manifest"),
    ]
    assert [s.note for s in g.of(Variable)[0].value.provenance] == ["decoded from base64"]
    assert g.of(Variable)[0].span.line == 5
    assert g.out(g.of(Workload)[0], "reads") == g.of(Secret)


def test_config_maps() -> None:
    g = graph("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {MODE: fast}\n")
    assert [(v.name, v.value.plain(), v.owner) for v in g.of(Variable)] == [("MODE", "fast", "config map `m`")]


def test_a_pod_runs_as_its_service_account() -> None:
    role = aws("AWS::IAM::Role", "Uploads", {"RoleName": "uploads"})
    g = graph(ACCOUNT + POD % ("", "serviceAccountName: runner"), role)
    workload = g.of(Workload)[0]
    account, assumed = (next(i for i in g.of(Identity) if i.kind == kind) for kind in ("service-account", "role"))
    assert g.out(workload, "runs_as") == [account]
    assert g.out(account, "assumes") == [assumed]
    assert g.target(workload.role) is account.resource
    assert workload.automount_token.surely(False)


def test_pod_identity_associations() -> None:
    role = aws("AWS::IAM::Role", "Uploads", {})
    arn = msgspec_ref(role)
    association = Resource(
        "AWS::EKS::PodIdentityAssociation",
        "A",
        from_plain({"Namespace": "default", "ServiceAccount": "runner"}, at=known(None)),
        known(None).span,
        "cloudformation",
    )
    association.properties.entries_["RoleArn"] = arn
    g = graph(ACCOUNT, role, association)
    account = next(i for i in g.of(Identity) if i.kind == "service-account")
    assert [i.resource.address for i in g.out(account, "assumes")] == ["Uploads"]


def msgspec_ref(resource: Resource) -> object:
    from fourfold.model.value import NOWHERE, Ref

    return Ref(NOWHERE, 0, 0, -1, resource.key, "Arn")


@pytest.mark.parametrize(("pod", "token"), [("", False), ("automountServiceAccountToken: true", True)])
def test_the_pod_wins_over_its_account(pod: str, token: bool) -> None:
    account = (
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\nautomountServiceAccountToken: false\n---\n"
    )
    assert graph(account + POD % ("", pod)).of(Workload)[0].automount_token.surely(token)


LIMITS = """
apiVersion: v1
kind: LimitRange
metadata: {name: l}
spec: {limits: [{type: Pod, default: {memory: 9Gi}}, {type: Container, default: {memory: 128Mi}}]}
---
"""


def test_default_limits_of_the_namespace() -> None:
    own = (
        POD % ("", "")
        + "apiVersion: v1\nkind: Pod\nmetadata: {name: q}\nspec:\n  containers:\n  - name: d\n    resources: {limits: {memory: 1Gi}}\n"
    )
    first, second = graph(LIMITS + own).of(Container)
    assert (first.memory_limit.plain(), first.cpu_limit.absent) == ("128Mi", True)
    assert "LimitRange" in first.memory_limit.provenance[0].note
    assert second.memory_limit.plain() == "1Gi"


PROFILE = {"Selectors": [{"Namespace": "web-*", "Labels": [{"Key": "tier", "Value": "front"}]}, {"Namespace": "batch"}]}


@pytest.mark.parametrize(
    ("metadata", "spec", "platform"),
    [
        ("", "", "eks-node"),
        (", namespace: batch", "", "eks-fargate"),
        (", namespace: web-1", "", "eks-node"),
        (", namespace: web-1, labels: {tier: front}", "", "eks-fargate"),
        (", labels: {eks.amazonaws.com/compute-type: fargate}", "", "eks-fargate"),
        ("", "schedulerName: fargate-scheduler", "eks-fargate"),
    ],
)
def test_platform(metadata: str, spec: str, platform: str) -> None:
    g = graph(POD % (metadata, spec), aws("AWS::EKS::FargateProfile", "F", PROFILE))
    assert [g.of(Workload)[0].platform, g.of(Container)[0].platform] == [platform, platform]


def test_profiles_of_eksctl() -> None:
    config = (
        "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: c}\n"
        "fargateProfiles: [{name: f, selectors: [{namespace: default, labels: {a: b}}]}]\n---\n"
    )
    assert graph(config + POD % (", labels: {a: b}", "")).of(Workload)[0].platform == "eks-fargate"


def test_a_service_account_of_another_api_is_nobody() -> None:
    g = graph("""
apiVersion: example.com/v1
kind: ServiceAccount
metadata: {name: web}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {serviceAccountName: web, containers: [{name: web, image: "example/web:1"}]}
""")
    assert [w.name for w in g.of(Workload)] == ["web"]
    assert g.of(Identity) == []
