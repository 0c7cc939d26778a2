from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import HIGH, LOW
from fourfold.model.graph import Graph
from fourfold.model.nodes import Statement
from fourfold.model.value import Value
from fourfold.principles.least_privilege._proofs import closed
from fourfold.principles.least_privilege._statement import (
    every,
    is_allow,
    is_everything,
    matches_action,
    narrows,
    texts,
)

SELF_HELP = ("iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutUserPolicy", "iam:AttachUserPolicy")
"""Whoever may do one of these on every role or user can give itself everything else."""


@check(
    HIGH,
    code="FF2001",
    since="0.1",
    refs=["aws-fsbp:IAM.1", "cis-aws:1.16", "cwe:250"],
    no_fix="what the work needs is not known",
)
def administrator_statement(statement: Statement, graph: Graph) -> Findings:
    """
    Statement allows everything on everything

    Whoever gets hold of this identity - through a stolen key, a flaw in the code, a poisoned dependency - has the whole
    account: its data, its other identities, its logs and its backups.
    Name the actions the work needs, and the resources it needs them on.

    `Action: "*"` counts, and so does a `NotAction` that leaves open how to change the policies of roles or users:
    with that, the identity can give itself the rest.
    Where it is proved that a Deny of the policy, or the boundary of each identity that has it, leaves no way to do that, the
    severity is low.
    A condition that narrows the statement, on tags or the calling service for instance, keeps it from being reported.

    ```diff policy.json
      {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Effect": "Allow",
    -       "Action": "*",
    +       "Action": "dynamodb:GetItem",
    -       "Resource": "*"
    +       "Resource": "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"
          }
        ]
      }
    ```
    """
    if not is_allow(statement, "identity"):
        return
    at, why = _all_actions(statement)
    if at is None or every(statement.resources) is None or narrows(statement):
        return
    kept_back = closed(SELF_HELP, statement, graph)
    yield finding(
        f"{statement} allows {why} on every resource",
        at=at,
        cause="everything",
        severity=LOW if kept_back else HIGH,
        evidence={
            "decided by": {"Effect": "Allow", at_name(statement, at): at.plain(), "Resource": "*"},
            **({"proved": f"no way to give itself the rest is left: {kept_back}"} if kept_back else {}),
        },
    )


def at_name(statement: Statement, at: Value) -> str:
    """The element that a finding points at."""
    return "NotAction" if at is statement.not_actions else "Action"


def _all_actions(statement: Statement) -> tuple[Value | None, str]:
    for item, text in texts(statement.actions):
        if is_everything(text):
            return item, "every action"
    if statement.not_actions.present:
        excluded = [text for _, text in texts(statement.not_actions)]
        free = [a for a in SELF_HELP if not any(matches_action(text, a) for text in excluded)]
        if free:
            return statement.not_actions, f"all actions but a few, `{free[0]}` among them,"
    return None, ""
