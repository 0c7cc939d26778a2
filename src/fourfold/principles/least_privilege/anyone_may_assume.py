from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import CRITICAL
from fourfold.model.nodes import Statement
from fourfold.principles.least_privilege._statement import anyone, clauses, is_allow, keeps_strangers_out


@check(
    CRITICAL,
    code="FF2010",
    since="0.1",
    refs=["access-analyzer:EXTERNAL_ACCESS", "cwe:284"],
    no_fix="who is meant is not known",
)
def anyone_may_assume(statement: Statement) -> Findings:
    """
    Anyone with an AWS account may become the role

    A trust policy with `Principal: "*"` lets every identity of every account assume the role and do what it may do.
    Name the accounts, roles or services that need it.
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
    if at is None or keeps_strangers_out(statement):
        return
    yield finding(
        f"anyone with an AWS account may become `{statement.resource.address}`",
        at=at,
        cause="*",
        evidence={
            "decided by": {"Effect": "Allow", "Principal": "*"},
            "conditions that keep nobody out": [c.key for c in clauses(statement.conditions)],
        },
    )
