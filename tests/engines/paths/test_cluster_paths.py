"""Paths through clusters: tokens, ways out of containers, ways up in RBAC, and from a service account to a role of AWS."""

from __future__ import annotations

from pathlib import Path

import pytest

from fourfold.engines.paths.moves import Goal
from fourfold.engines.paths.search import paths
from fourfold.pipeline import graph_of

POD = """
apiVersion: v1
kind: Pod
metadata: {name: app, namespace: shop}
spec:
  serviceAccountName: app
  AUTOMOUNT
  HOST
  containers:
    - name: app
      image: app
      CONTAINER
  VOLUMES
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: app, namespace: shop, annotations: {ANNOTATION}}
---
apiVersion: v1
kind: Secret
metadata: {name: card-keys, namespace: shop}
stringData: {key: "${KEY}"}
"""
ROLE = """
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: NAMESPACE}
rules: [{apiGroups: [""], resources: [secrets], verbs: VERBS NAMES}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: NAMESPACE}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: app, namespace: shop}]
"""


def pod(**parts: str) -> str:
    text = POD
    for name in ("AUTOMOUNT", "HOST", "CONTAINER", "VOLUMES", "ANNOTATION"):
        text = text.replace(name, parts.get(name.lower(), ""))
    return text


def role(verbs: str = "[get, list]", namespace: str = "shop", names: str = "") -> str:
    return ROLE.replace("VERBS", verbs).replace("NAMESPACE", namespace).replace(" NAMES", names)


def ids(folder: Path, text: str, goal: Goal = "data") -> list[list[str]]:
    (folder / "app.yaml").write_text(text)
    graph, _ = graph_of(folder)
    return [[move.id for move in path.moves] for path in paths(graph, ["pod"], [goal])[0]]


def test_a_token_that_reads_secrets(tmp_path: Path) -> None:
    (found,) = ids(tmp_path, pod() + role())
    assert found[0] == "TOKEN_STEAL"
    assert len(found) == 2


@pytest.mark.parametrize(
    "text",
    [
        pod(),
        pod(automount="automountServiceAccountToken: false") + role(),
        pod() + role(verbs="[create]"),
        pod() + role(namespace="other"),
        pod() + role(verbs="[get]", names=", resourceNames: [another]"),
    ],
    ids=["no role", "no token", "cannot read", "another namespace", "another secret"],
)
def test_no_way_to_the_secrets(tmp_path: Path, text: str) -> None:
    assert ids(tmp_path, text) == []


HOST = "volumes: [{name: host, hostPath: {path: PATH}}]"
MOUNT = "volumeMounts: [{name: host, mountPath: /host MORE}]"


@pytest.mark.parametrize(
    ("parts", "way"),
    [
        ({"container": "securityContext: {privileged: true}"}, "CE_PRIV_MOUNT"),
        ({"container": "securityContext: {privileged: true}", "host": "hostPID: true"}, "CE_NSENTER"),
        ({"container": "securityContext: {capabilities: {add: [SYS_PTRACE]}}", "host": "hostPID: true"}, "CE_SYS_PTRACE"),
        ({"container": "securityContext: {capabilities: {add: [SYS_MODULE]}}"}, "CE_MODULE_LOAD"),
        ({"container": MOUNT.replace(" MORE", ""), "volumes": HOST.replace("PATH", "/var/run/docker.sock")}, "EXPLOIT_CONTAINERD_SOCK"),
        ({"container": MOUNT.replace(" MORE", ""), "volumes": HOST.replace("PATH", "/")}, "EXPLOIT_HOST_WRITE"),
        ({"container": MOUNT.replace(" MORE", ", readOnly: true"), "volumes": HOST.replace("PATH", "/")}, ""),
        ({"container": MOUNT.replace(" MORE", ""), "volumes": HOST.replace("PATH", "/data/app")}, ""),
        ({"volumes": HOST.replace("PATH", "/")}, ""),
        ({"container": "securityContext: {capabilities: {add: [SYS_PTRACE]}}"}, ""),
        ({"host": "hostPID: true"}, ""),
    ],
)  # fmt: skip
def test_ways_out_of_a_container(tmp_path: Path, parts: dict[str, str], way: str) -> None:
    found = [path for path in ids(tmp_path, pod(**parts), "compute") if path]
    assert found == ([[way]] if way else [])


def test_who_has_a_machine_may_have_what_else_runs_there(tmp_path: Path) -> None:
    other = "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: other, namespace: shop}\nspec: {containers: [{name: o, image: o}]}\n"
    (tmp_path / "app.yaml").write_text(pod(container="securityContext: {privileged: true}") + other)
    graph, _ = graph_of(tmp_path)
    from fourfold.engines.paths.search import explore

    (move,) = [m for m in explore(graph, "pod").moves if m.id == "SHARE_NODE" and "app" in m.premises[0].subject]
    assert move.conclusion.name == "`shop/Pod/other`"
    assert move.assumes == "`shop/Pod/other` is scheduled on the same machine"


def test_from_a_service_account_to_a_role_of_aws(tmp_path: Path) -> None:
    (tmp_path / "role.yaml").write_text("""
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: shop-app
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Federated: 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC'}
            Action: sts:AssumeRoleWithWebIdentity
            Condition: {StringEquals: {'oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub': 'system:serviceaccount:shop:app'}}
      Policies:
        - PolicyName: data
          PolicyDocument: {Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: '*'}]}
  Bucket: {Type: AWS::S3::Bucket}
""")
    annotation = "eks.amazonaws.com/role-arn: 'arn:aws:iam::111122223333:role/shop-app'"
    found = ids(tmp_path, pod(annotation=annotation))
    assert found == [["own-credentials", "read-data"]]


def test_bad_input_is_bounded(tmp_path: Path) -> None:
    """Accounts that may become each other, in a circle."""
    circle = ""
    for number in range(12):
        circle += f"""
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: a{number}, namespace: shop}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: b{number}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}}
subjects: [{{kind: ServiceAccount, name: a{number}, namespace: shop}}]
"""
    assert ids(tmp_path, pod() + circle) == []
