from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import MEDIUM
from fourfold.model.nodes import Statement
from fourfold.principles.least_privilege._statement import every, is_allow, listed, matches_action, narrows, texts
from fourfold.principles.least_privilege.administrator_statement import SELF_HELP


@check(
    MEDIUM,
    code="FF2021",
    since="0.1",
    refs=["cis-aws:1.16", "cwe:183"],
    no_fix="what the work needs is not known",
)
def allow_with_not_action(statement: Statement) -> Findings:
    """
    Allow for every action but those it names, on every resource

    `NotAction` in an Allow grants all other actions of all services, and every action AWS adds later.
    Name the actions the work needs.
    Where the way to the rest is left open, too, `administrator_statement` says so instead.

    ```diff policy.json
      {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Effect": "Allow",
    -       "NotAction": ["iam:*", "organizations:*"],
    +       "Action": "dynamodb:GetItem",
    -       "Resource": "*"
    +       "Resource": "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"
          }
        ]
      }
    ```
    """
    if not is_allow(statement, "identity") or not statement.not_actions.present:
        return
    excluded = [text for _, text in texts(statement.not_actions)]
    if any(not any(matches_action(text, action) for text in excluded) for action in SELF_HELP):
        return
    if every(statement.resources) is None or narrows(statement):
        return
    yield finding(
        f"{statement} allows every action but {listed(excluded)} on every resource",
        at=statement.not_actions.settle(),
        cause="NotAction",
        evidence={"decided by": {"Effect": "Allow", "NotAction": excluded, "Resource": "*"}},
    )
