from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import CRITICAL
from fourfold.model.graph import Graph
from fourfold.model.nodes import Statement
from fourfold.principles.least_privilege._outsiders import witness
from fourfold.principles.least_privilege._statement import anyone, clauses, is_allow


@check(
    CRITICAL,
    code="FF2010",
    since="0.1",
    refs=["access-analyzer:EXTERNAL_ACCESS", "cwe:284"],
    no_fix="who is meant is not known",
)
def anyone_may_assume(statement: Statement, graph: Graph) -> Findings:
    """
    Anyone with an AWS account may become the role

    A trust policy with `Principal: "*"` lets every identity of every account assume the role and do what it may do.
    Name the accounts, roles or services that need it.
    Conditions and denies are decided over all requests: what is reported comes with a request of a stranger that the policy
    allows.
    An external identifier alone keeps nobody out: it tells customers of a service apart and is no secret.

    ```diff
      Resources:
        Role:
          Type: AWS::IAM::Role
          Properties:
            AssumeRolePolicyDocument:
              Statement:
                - Effect: Allow
    -             Principal: {AWS: "*"}
    +             Principal: {AWS: "arn:aws:iam::123456789012:role/deployer"}
                  Action: sts:AssumeRole
    ```
    """
    if not is_allow(statement, "trust"):
        return
    at = anyone(statement.principals)
    if at is None:
        return
    request = witness(statement, graph)
    if request is None:
        return
    yield finding(
        f"anyone with an AWS account may become `{statement.resource.address}`",
        at=at,
        cause="*",
        evidence={
            "decided by": {"Effect": "Allow", "Principal": "*"},
            "conditions that keep nobody out": [c.key for c in clauses(statement.conditions)],
            **({"witness": request} if request else {}),
        },
    )
