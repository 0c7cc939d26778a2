from __future__ import annotations

from typing import TYPE_CHECKING

from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import LOW
from fourfold.model.graph import Graph
from fourfold.model.nodes import Statement
from fourfold.model.resource import Resource
from fourfold.principles.least_privilege._statement import clauses, is_allow, listed, matches_action, principals, texts

if TYPE_CHECKING:
    from fourfold.engines.rbac.aws import Assumption

_SERVICE = "pods.eks.amazonaws.com"
_TAGS = {"aws:requesttag/kubernetes-namespace": "namespace", "aws:requesttag/kubernetes-service-account": "name"}


@check(
    LOW,
    code="FF2031",
    since="0.1",
    types=("v1/ServiceAccount", "AWS::EKS::PodIdentityAssociation"),
    no_fix="whether the trust policy or the account is meant is not known",
    refs=["cwe:284"],
)
def unassumable_role(resource: Resource, graph: Graph) -> Findings:
    """
    Service account is given a role that does not trust it

    The role's trust policy names other service accounts than the one that is to become it, so AWS refuses.
    The pod falls back to what else it can get, often the role of its node, and whoever mends that in a hurry widens a
    policy.
    Correct the subject in the trust policy, `system:serviceaccount:NAMESPACE:NAME`, or the account.

    For roles by annotation (`eks.amazonaws.com/role-arn`) and by EKS Pod Identity association, whose trust policy must
    allow `sts:AssumeRole` and `sts:TagSession` to `pods.eks.amazonaws.com`.
    Where an account's manifest has no namespace, only its name is compared.

    ```diff
      Resources:
        Orders:
          Type: AWS::IAM::Role
          Properties:
            AssumeRolePolicyDocument:
              Statement:
                - Effect: Allow
                  Principal:
                    Service: pods.eks.amazonaws.com
    -             Action: sts:AssumeRole
    +             Action: [sts:AssumeRole, sts:TagSession]
        Association:
          Type: AWS::EKS::PodIdentityAssociation
          Properties:
            ClusterName: shop
            Namespace: orders
            ServiceAccount: api
    !       RoleArn: !GetAtt Orders.Arn
    ```
    """
    from fourfold.engines.rbac.aws import assumptions

    for given in graph.derived(assumptions):
        if given.resource is not resource or given.role is None or given.role.trust is None:
            continue
        statements = given.role.trust.statements
        if not statements:
            continue
        admitted = [named for s in statements for named in _admitted(s, given)]
        missing = _missing(statements, given)
        if not missing:
            continue
        who = given.account.text
        yield finding(
            f"`{given.account.namespace}/{given.account.name}` cannot become role `{given.role.name}`: {missing}"
            + (f" (it trusts {listed(admitted)})" if admitted else ""),
            at=given.arn,
            cause=given.role.name,
            related=((given.role.trust.at, "the role's trust policy"),),
            evidence={"decided by": {"subject": who, "trusted": admitted}},
        )


def _missing(statements: tuple[Statement, ...], given: Assumption) -> str:
    """What the trust policy does not allow; empty where it may allow all that is needed."""
    if given.by == "irsa":
        return "" if any(_web_identity(s, given) for s in statements) else "its trust policy does not name it"
    actions = ("sts:AssumeRole", "sts:TagSession")
    lacks = [action for action in actions if not any(_service(s, action, given) for s in statements)]
    return f"its trust policy does not allow it {listed(lacks)}" if lacks else ""


def _web_identity(statement: Statement, given: Assumption) -> bool:
    """Whether a statement may admit tokens of the account."""
    if not _allows(statement, "sts:AssumeRoleWithWebIdentity", "Federated"):
        return False
    from fourfold.engines.exact.globs import SEGMENT_STAR, Glob, disjoint, glob, literal

    namespace = literal(given.account.namespace).tokens if given.namespace_known else (SEGMENT_STAR,)
    head, tail = literal("system:serviceaccount:"), literal(f":{given.account.name}")
    who = Glob((*head.tokens, *namespace, *tail.tokens))
    for clause in clauses(statement.conditions):
        if clause.lower.endswith(":sub") and clause.demands:
            as_pattern = glob if clause.operator == "stringlike" else literal
            if all(disjoint(as_pattern(item.text()), who) for item in clause.value.items()):
                return False
    return True


def _service(statement: Statement, action: str, given: Assumption) -> bool:
    """Whether a statement may allow the service to act for the account."""
    if not _allows(statement, action, "Service"):
        return False
    from fourfold.engines.exact.globs import glob, literal, matches

    for clause in clauses(statement.conditions):
        if clause.lower in _TAGS and clause.demands:
            wanted = getattr(given.account, _TAGS[clause.lower])
            as_pattern = glob if clause.operator == "stringlike" else literal
            if not any(matches(as_pattern(item.text()), wanted) for item in clause.value.items()):
                return False
    return True


def _allows(statement: Statement, action: str, kind: str) -> bool:
    if not is_allow(statement, "trust") or not any(matches_action(t, action) for _, t in texts(statement.actions)):
        return False
    of_kind = [item for k, item in principals(statement.principals) if k == kind]
    return any(kind != "Service" or item.is_(_SERVICE, "*") for item in of_kind)


def _admitted(statement: Statement, given: Assumption) -> list[str]:
    """The subjects that a statement names, for people."""
    if given.by != "irsa" or not is_allow(statement, "trust"):
        return []
    named = [c for c in clauses(statement.conditions) if c.lower.endswith(":sub") and c.demands]
    return [item.text() for clause in named for item in clause.value.items()]
