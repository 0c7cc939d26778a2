from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import HIGH
from fourfold.knowledge.iam import catalogue
from fourfold.knowledge.iam_arns import covers
from fourfold.model.graph import Graph
from fourfold.model.nodes import Statement
from fourfold.model.value import Value
from fourfold.principles.least_privilege._statement import (
    is_allow,
    is_everything,
    matches_action,
    narrows,
    pattern_of,
    shown,
    texts,
)
from fourfold.principles.least_privilege.whole_service_on_everything import is_whole_service


@check(
    HIGH,
    code="FF2011",
    since="0.1",
    refs=["access-analyzer:PASS_ROLE_WITH_STAR_IN_RESOURCE", "cwe:269"],
    no_fix="which roles it is for is not known",
)
def pass_any_role(statement: Statement, graph: Graph) -> Findings:
    """
    Statement allows to pass any role to any service

    Whoever may pass a role may use it: start a function, a task or an instance with the strongest role of the account,
    and act as it.
    Name the roles, and the service they are for with `iam:PassedToService`.

    ```diff policy.json
      {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Effect": "Allow",
            "Action": "iam:PassRole",
    -       "Resource": "*"
    +       "Resource": "arn:aws:iam::123456789012:role/orders-task",
    +       "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
          }
        ]
      }
    ```
    """
    if not is_allow(statement, "identity"):
        return
    passing = [
        text
        for _, text in texts(statement.actions)
        if matches_action(text, "iam:PassRole") and not is_everything(text) and not is_whole_service(text)
    ]
    if not passing:
        return
    wide = next((item for item in statement.resources.items() if _any_role(item, graph)), None)
    if wide is None or narrows(statement):
        return
    yield finding(
        f"{statement} allows to pass any role to any service",
        at=wide,
        cause="iam:PassRole",
        evidence={"decided by": {"Effect": "Allow", "Action": passing[0], "Resource": shown(wide)}},
    )


def _any_role(item: Value, graph: Graph) -> bool:
    if item.is_("*"):
        return True
    iam = catalogue().service("iam")
    pattern = pattern_of(item, graph)
    return iam is not None and "*" in pattern and covers(pattern, iam.types["role"])
