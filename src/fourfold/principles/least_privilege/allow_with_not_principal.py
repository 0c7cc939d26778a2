from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import HIGH
from fourfold.model.graph import Graph
from fourfold.model.nodes import Statement
from fourfold.principles.least_privilege._outsiders import witness
from fourfold.principles.least_privilege._statement import is_allow, shown


@check(
    HIGH,
    code="FF2019",
    since="0.1",
    refs=["access-analyzer:ALLOW_WITH_NOT_PRINCIPAL", "cwe:183"],
    no_fix="who is meant is not known",
)
def allow_with_not_principal(statement: Statement, graph: Graph) -> Findings:
    """
    Allow for everybody but the principals it names

    `NotPrincipal` in an Allow grants to all other principals of all accounts, anonymous ones included.
    Name the principals that are meant with `Principal`; to exclude some, add a Deny.

    ```diff policy.json
      {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Effect": "Allow",
    -       "NotPrincipal": {"AWS": "arn:aws:iam::123456789012:user/intern"},
    +       "Principal": {"AWS": "arn:aws:iam::123456789012:role/orders"},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::orders/*"
          }
        ]
      }
    ```
    """
    if not is_allow(statement, "resource", "trust") or not statement.not_principals.present:
        return
    request = witness(statement, graph)
    if request is None:
        return
    yield finding(
        f"{statement} allows everybody but `{shown(statement.not_principals.settle())}`",
        at=statement.not_principals.settle(),
        cause="NotPrincipal",
        evidence={
            "decided by": {"Effect": "Allow", "NotPrincipal": statement.not_principals.plain()},
            **({"witness": request} if request else {}),
        },
    )
