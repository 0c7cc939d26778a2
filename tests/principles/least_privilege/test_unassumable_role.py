"""Service accounts and the roles they are given: by annotation and by association."""

from __future__ import annotations

import pytest

CHECK = "unassumable_role"
PROVIDER = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"


def role(condition: str, action: str = "sts:AssumeRoleWithWebIdentity") -> str:
    return f"""
Resources:
  Orders:
    Type: AWS::IAM::Role
    Properties:
      RoleName: orders
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {{Federated: "arn:aws:iam::111122223333:oidc-provider/{PROVIDER}"}}
            Action: {action}
            Condition: {condition}
"""


def account(namespace: str = ", namespace: shop") -> str:
    return f"""
apiVersion: v1
kind: ServiceAccount
metadata:
  name: api{namespace}
  annotations: {{eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/team/orders"}}
""".replace(", namespace: shop", "\n  namespace: shop")


def titles(scan, template: str, manifest: str) -> list[str]:
    return [f.title for f in scan({"template.yaml": template, "account.yaml": manifest}, CHECK).findings]


@pytest.mark.parametrize(
    ("condition", "trusted"),
    [
        (f'{{StringEquals: {{"{PROVIDER}:sub": "system:serviceaccount:shop:api"}}}}', True),
        (f'{{StringEquals: {{"{PROVIDER}:sub": "system:serviceaccount:shop:web"}}}}', False),
        (f'{{StringEquals: {{"{PROVIDER}:sub": "system:serviceaccount:other:api"}}}}', False),
        (
            f'{{StringEquals: {{"{PROVIDER}:sub": ["system:serviceaccount:x:y", "system:serviceaccount:shop:api"]}}}}',
            True,
        ),
        (f'{{StringLike: {{"{PROVIDER}:sub": "system:serviceaccount:shop:*"}}}}', True),
        (f'{{StringLike: {{"{PROVIDER}:sub": "system:serviceaccount:*:web"}}}}', False),
        (f'{{StringEquals: {{"{PROVIDER}:sub": "system:serviceaccount:shop:*"}}}}', False),
        (f'{{StringEquals: {{"{PROVIDER}:aud": "sts.amazonaws.com"}}}}', True),
        (f'{{StringNotEquals: {{"{PROVIDER}:sub": "system:serviceaccount:x:y"}}}}', True),
    ],
)
def test_who_is_trusted(scan, condition, trusted) -> None:
    found = titles(scan, role(condition), account())
    assert len(found) == (0 if trusted else 1)
    assert all(t.startswith("`shop/api` cannot become role `orders`") for t in found)


def test_without_a_written_namespace_only_the_name_tells(scan) -> None:
    other = role(f'{{StringEquals: {{"{PROVIDER}:sub": "system:serviceaccount:other:api"}}}}')
    assert not titles(scan, other, account(""))
    assert titles(scan, other.replace("other:api", "other:web"), account(""))


def test_a_role_that_takes_no_web_identity(scan) -> None:
    assert titles(scan, role("{}", "sts:AssumeRole"), account())
    assert not titles(scan, role("{}", "sts:*"), account())


def test_what_is_not_known_is_no_finding(scan) -> None:
    template = "Parameters: {Who: {Type: String}}\n" + role(f'{{StringEquals: {{"{PROVIDER}:sub": !Ref Who}}}}')
    report = scan({"template.yaml": template, "account.yaml": account()}, CHECK)
    assert not [f for f in report.findings if f.certainty == "proved"]
    assert not titles(scan, role("{}").replace("RoleName: orders", "RoleName: others"), account())


ASSOCIATION = """
  Association:
    Type: AWS::EKS::PodIdentityAssociation
    Properties: {ClusterName: c, Namespace: shop, ServiceAccount: api, RoleArn: !GetAtt Orders.Arn}
"""


@pytest.mark.parametrize(
    ("service", "actions", "condition", "lacks"),
    [
        ("pods.eks.amazonaws.com", "[sts:AssumeRole, sts:TagSession]", "{}", ""),
        ("pods.eks.amazonaws.com", "[sts:AssumeRole]", "{}", "`sts:TagSession`"),
        ("ec2.amazonaws.com", "[sts:AssumeRole, sts:TagSession]", "{}", "`sts:AssumeRole` and `sts:TagSession`"),
        ("pods.eks.amazonaws.com", "['sts:*']", '{StringEquals: {"aws:RequestTag/kubernetes-namespace": shop}}', ""),
        ("pods.eks.amazonaws.com", "['sts:*']", '{StringEquals: {"aws:RequestTag/kubernetes-namespace": x}}', "`sts:AssumeRole`"),
    ],
)  # fmt: skip
def test_associations(scan, service, actions, condition, lacks) -> None:
    template = (
        role(condition, actions)
        .replace("Federated:", "Service:")
        .replace(f"arn:aws:iam::111122223333:oidc-provider/{PROVIDER}", service)
    )
    found = [f.title for f in scan({"template.yaml": template + ASSOCIATION}, CHECK).findings]
    assert len(found) == bool(lacks)
    assert all(lacks in title for title in found)
