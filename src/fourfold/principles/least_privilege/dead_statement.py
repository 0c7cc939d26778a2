from msgspec.structs import replace

from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import LOW
from fourfold.model.edit import remove
from fourfold.model.graph import Graph
from fourfold.model.nodes import Policy, Statement
from fourfold.principles.least_privilege._proofs import exact, keys, leaves_nothing, may_cover, written
from fourfold.principles.least_privilege._statement import listed, own_place


@check(LOW, code="FF2033", since="0.1", refs=["access-analyzer:REDUNDANT_STATEMENT", "cwe:1164"])
def dead_statement(policy: Policy, graph: Graph) -> Findings:
    """
    Statement that never has an effect

    Its conditions contradict each other, or all that it allows is denied by the policy itself.
    Such a statement hides what the policy does: who reads it takes access for given that nobody has, or protection that
    is none.
    Remove it, or correct what keeps it from working.

    Proved over all requests by the IAM engine: nothing is said where a request is left, nor where that hangs on
    something that is not known.
    Resources that no action of a statement works on are reported by `dead_resource`.

    ```diff policy.json
      {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Effect": "Deny",
            "Action": "s3:*",
            "Resource": "*"
          },
    -     {
    -       "Effect": "Allow",
    -       "Action": "s3:GetObject",
    -       "Resource": "arn:aws:s3:::orders/*"
    -     },
          {
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": "arn:aws:sqs:eu-west-1:123456789012:orders"
          }
        ]
      }
    ```
    """
    rows = written(policy)
    denies = [s for s in rows if s.effect.is_("Deny")]
    for statement in rows:
        near = [d for d in denies if statement.effect.is_("Allow") and may_cover(d, statement)]
        conflicting = _twice(statement)
        if not near and not conflicting:
            continue
        found = exact(statement, graph)
        if any("<" in value for _, value in found.upper.principals or ()):  # who that is may be denied, or not
            continue
        alone = conflicting and leaves_nothing(replace(found.upper, effect="Allow"), [])
        bounds = [b for d in near if (b := exact(d, graph).lower) is not None]
        if not alone and not (bounds and leaves_nothing(found.upper, bounds)):
            continue
        why = (
            "no request satisfies its conditions"
            if alone
            else f"all that it allows is denied by {listed(d.name for d in near)}"
        )
        yield finding(
            f"{statement} never has an effect: {why}",
            at=statement.at,
            cause=statement.part,
            address=statement.address,
            related=() if alone else tuple((d.at, "denies it") for d in near),
            fix=Fix((remove(statement.at),)) if len(rows) > 1 and own_place(statement.at, policy.document) else None,
            evidence={"proved": f"over all requests: {why}"},
        )


def _twice(statement: Statement) -> bool:
    """Whether the conditions ask for one key more than once: else they cannot contradict each other."""
    found = keys(statement)
    return len(set(found)) < len(found)
