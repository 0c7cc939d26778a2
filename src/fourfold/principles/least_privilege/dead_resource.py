from collections.abc import Iterable

from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import LOW
from fourfold.knowledge.iam import Action
from fourfold.knowledge.iam_arns import acts_on, can_match
from fourfold.model.edit import remove
from fourfold.model.graph import Graph
from fourfold.model.nodes import Statement
from fourfold.model.value import Unknown, Value
from fourfold.principles.least_privilege._statement import expanded, listed, own_place, pattern_of, shown, spelled_out

_LISTED_IN_FULL = frozenset({
    "codecommit", "cognito-idp", "dynamodb", "ecr", "events", "firehose", "iam", "kinesis", "kms", "lambda", "logs", "rds-db",
    "s3", "secretsmanager", "sns", "sqs", "states", "sts",
})  # fmt: skip
"""Services for which the reference names every resource an action works on.

Tried on the 1,582 policies that AWS manages itself: in other services (API Gateway, load balancing, EC2, Systems Manager)
they name resources that the reference leaves out; in these, what is reported there is dead indeed.
"""

_ACTIONS_MAX = 400
"""A statement that matches more actions than these has a use for nearly any resource; it is not looked into."""


@check(LOW, code="FF2004", since="0.1", refs=["access-analyzer:INVALID_ARN_RESOURCE", "cwe:1164"])
def dead_resource(statement: Statement, graph: Graph) -> Findings:
    """
    Resource that no action of its statement can apply to

    `s3:PutObject` acts on objects, `arn:aws:s3:::my-bucket/*`; on the bucket itself it can never apply.
    In an Allow such an element grants nothing and hides what the statement does; in a Deny it protects nothing.
    Remove it, or, where the right resource is missing, correct it.

    Each action's resources are taken from AWS's service authorization reference, and matched component by component.
    What is not known (a parameter, a variable) is taken to be anything; nothing is said where an action is not in the
    reference, has no resources there, or is of a service whose list is not complete, nor about what an expansion wrote
    (a SAM policy template).

    ```diff policy.json
      {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": [
    -         "arn:aws:s3:::my-bucket",
              "arn:aws:s3:::my-bucket/*"
            ]
          }
        ]
      }
    ```
    """
    if statement.policy_kind in ("rbac", "trust") or not statement.part or not statement.actions.present:
        return
    if isinstance(statement.resources.settle(), Unknown):
        return
    items = statement.resources.items()
    if all(item.is_("*") for item in items):
        return
    actions = _known_actions(statement)
    if not actions:
        return
    dead = [item for item in items if _is_dead(item, actions, graph) and spelled_out(item)]
    for item in dead:
        yield finding(
            f"`{shown(item)}` can never match: {_say(actions, pattern_of(item, graph))}",
            at=item,
            cause=shown(item),
            fix=Fix((remove(item),)) if len(dead) < len(items) and own_place(item, statement.at) else None,
            evidence={
                "Action": list(dict.fromkeys(map(str, actions)))[:10],
                "Resource": shown(item),
                "acts on": sorted({text for a in actions for text in acts_on(a)})[:6],
            },
        )


def _known_actions(statement: Statement) -> list[Action]:
    """Every action the statement matches; none where that cannot be told, or where they are too many.

    The reference leaves out the resources of some actions (`states:InvokeHTTPEndpoint`), so one without any tells nothing.
    """
    out: list[Action] = []
    for _, _, found in expanded(statement.actions):
        if not found or not all(_is_listed(a) for a in found):
            return []
        out.extend(found)
    return out if len(out) <= _ACTIONS_MAX else []


def _is_listed(action: Action) -> bool:
    # Where access grants act - the grant, its location, the instance - is said differently in different places.
    return action.supports_resources and action.service in _LISTED_IN_FULL and "AccessGrant" not in action.name


def _is_dead(item: Value, actions: Iterable[Action], graph: Graph) -> bool:
    pattern = pattern_of(item, graph)
    return pattern.startswith("arn:") and not any(can_match(pattern, action) for action in actions)


def _say(actions: list[Action], pattern: str) -> str:
    names = listed(map(str, actions))
    formats = list(dict.fromkeys(text for a in actions for text in acts_on(a)))
    act = "acts" if len(set(map(str, actions))) == 1 else "act"
    nearest = max(formats, key=lambda text: _likeness(text, pattern))
    return f"{names} {act} on `{nearest}`" + (" and the like" if len(formats) > 2 else "")


def _likeness(text: str, other: str) -> int:
    """In how many of the components behind the partition two ARNs are alike: the same, or both left out or not."""
    pairs = zip(text.split(":")[2:5], other.split(":")[2:5], strict=False)
    return sum((a == b) + (bool(a) == bool(b)) for a, b in pairs)
