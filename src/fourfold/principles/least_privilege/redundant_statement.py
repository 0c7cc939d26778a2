from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import INFO
from fourfold.model.edit import remove
from fourfold.model.graph import Graph
from fourfold.model.nodes import Policy, Statement
from fourfold.principles.least_privilege._proofs import comparable, covered, exact, may_cover, written
from fourfold.principles.least_privilege._statement import own_place


@check(INFO, code="FF2034", since="0.1", refs=["access-analyzer:REDUNDANT_STATEMENT", "cwe:1164"])
def redundant_statement(policy: Policy, graph: Graph) -> Findings:
    """
    Statement that another one makes superfluous

    Another statement of the policy with the same effect matches every request that this one matches.
    Whoever takes this one away to take away the access will find that nothing changed.
    Remove it, or the wider one, if this one is what was meant.

    Proved over all requests by the IAM engine, for statements that name the same principals: one for the whole account only
    delegates, so it does not replace one for a role.
    Of two statements that say the same, the later one is reported.

    ```diff policy.json
      {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Effect": "Allow",
            "Action": "sqs:*",
            "Resource": "arn:aws:sqs:eu-west-1:123456789012:*"
          },
    -     {
    -       "Effect": "Allow",
    -       "Action": "sqs:SendMessage",
    -       "Resource": "arn:aws:sqs:eu-west-1:123456789012:orders"
    -     },
          {
            "Effect": "Allow",
            "Action": "sns:Publish",
            "Resource": "arn:aws:sns:eu-west-1:123456789012:orders"
          }
        ]
      }
    ```
    """
    rows = written(policy)
    if len(rows) < 2:
        return
    gone: set[str] = set()
    for statement in reversed(rows):
        for other in rows:
            if other is statement or other.part in gone or not _same_effect(other, statement):
                continue
            if not may_cover(other, statement):
                continue
            wide, narrow = exact(other, graph), exact(statement, graph)
            if wide.lower is None or not comparable(narrow.written, wide.written):
                continue
            if not covered([wide.written], narrow.written):
                continue
            gone.add(statement.part)
            yield finding(
                f"{statement} is superfluous: {other} {'allows' if statement.effect.is_('Allow') else 'denies'} all of it",
                at=statement.at,
                cause=statement.part,
                address=statement.address,
                related=((other.at, "matches all of it"),),
                fix=Fix((remove(statement.at),)) if own_place(statement.at, policy.document) else None,
                evidence={"proved": f"over all requests: `{other.name}` matches what `{statement.name}` matches"},
            )
            break


def _same_effect(one: Statement, other: Statement) -> bool:
    return all(s.effect.is_("Allow") for s in (one, other)) or all(s.effect.is_("Deny") for s in (one, other))
