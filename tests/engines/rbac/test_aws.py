"""IAM principals that a cluster knows, and service accounts with roles."""

from __future__ import annotations

from pathlib import Path

import pytest

import fourfold
from fourfold import rbac
from fourfold.engines.rbac.aws import assumptions, entries


@pytest.fixture
def scan(tmp_path: Path):
    """The report of files by name."""

    def run(files: dict[str, str]):
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        return fourfold.scan(tmp_path, only=("unassumable_role",))

    return run


TEMPLATE = """
Resources:
  Deploy:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Statement: []}}
  Entry:
    Type: AWS::EKS::AccessEntry
    Properties:
      ClusterName: c
      PrincipalArn: !GetAtt Deploy.Arn
      KubernetesGroups: [deployers]
      Username: deploy
      AccessPolicies:
        - PolicyArn: arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy
          AccessScope: {Type: namespace, Namespaces: [shop]}
        - PolicyArn: arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy
          AccessScope: {Type: cluster}
  Association:
    Type: AWS::EKS::PodIdentityAssociation
    Properties: {ClusterName: c, Namespace: shop, ServiceAccount: api, RoleArn: !GetAtt Deploy.Arn}
"""
AUTH = """
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/nodes
      username: system:node:{{EC2PrivateDNSName}}
      groups: [system:bootstrappers, system:nodes]
    - {rolearn: "arn:aws:iam::111122223333:role/ops", groups: [system:masters]}
  mapUsers: "not: a list"
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {kind: ClusterRole, name: view}
subjects: [{kind: Group, name: deployers}]
"""


def test_entries(scan) -> None:
    graph = scan({"template.yaml": TEMPLATE, "auth.yaml": AUTH}).graph
    entry, nodes, ops, broken = graph.derived(entries)
    assert entry.role is not None
    assert entry.role.resource.address == "Deploy"
    assert [s.name for s in entry.subjects] == ["deploy", "deployers"]
    assert entry.policies == (("AmazonEKSEditPolicy", ("shop",)), ("AmazonEKSClusterAdminPolicy", ()))
    assert nodes.principal.plain() == "arn:aws:iam::111122223333:role/nodes"
    assert nodes.groups == ("system:bootstrappers", "system:nodes")
    assert ops.groups == ("system:masters",)
    assert broken.unknown == "the mapping cannot be read"
    (given,) = graph.derived(assumptions)
    assert (given.account.text, given.by, given.role) == ("system:serviceaccount:shop:api", "pod-identity", entry.role)


def test_who_of_aws_may_do_something(scan) -> None:
    graph = scan({"template.yaml": TEMPLATE, "auth.yaml": AUTH}).graph

    def via(verb: str, resource: str, namespace: str = "") -> list[tuple[str, str, bool]]:
        found = rbac.who_can_of_aws(graph, verb, resource, namespace=namespace)
        return [(c.entry.resource.address, c.via.replace("`", ""), bool(c.unknown)) for c in found]

    auth, masters = "kube-system/ConfigMap/aws-auth", "group system:masters"
    admin = ("Entry", "access policy AmazonEKSClusterAdminPolicy", False)
    edit = ("Entry", "access policy AmazonEKSEditPolicy", True)
    viewer = ("Entry", "group deployers by role binding shop/b", False)
    assert via("delete", "nodes") == [admin, (auth, masters, False)]
    assert via("get", "pods", "shop") == [viewer, edit, admin, (auth, masters, False)]
    assert via("get", "pods", "other") == [admin, (auth, masters, False)]
    assert via("create", "pods", "shop") == [edit, admin, (auth, masters, False)]
    unknown = TEMPLATE.replace("AmazonEKSEditPolicy", "AmazonEKSOtherPolicy")
    graph = scan({"template.yaml": unknown, "auth.yaml": AUTH}).graph
    assert ("Entry", "access policy AmazonEKSOtherPolicy", True) in via("create", "pods", "shop")
