"""What a policy must not allow: questions of a pipeline, each answered by a proof or a request that violates it.

The questions are those of https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-custom-policy-checks.html.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fourfold.engines.exact.answer import Answer, Witness
from fourfold.engines.iam.document import WITH_PRINCIPAL, Kind, Policy, Statement
from fourfold.engines.iam.public import is_public
from fourfold.engines.iam.symbolic import disjoint


def no_access(policy: Policy, actions: Sequence[str], resources: Sequence[str] = ("*",)) -> Answer:
    """Whether the policy allows none of the actions on any of the resources, to anybody.

    Actions and resources are patterns as policies write them, variables not among them. Raises ValueError for an action
    that is none, and for a resource that is neither an ARN nor `*`.
    """
    for action in actions:
        if action != "*" and (":" not in action or not all(action.split(":", 1))):
            raise ValueError(f"no action: `{action}`; give `service:Action`, patterns are taken")
    for resource in resources:
        if resource != "*" and not resource.startswith("arn:"):
            raise ValueError(f"no resource: `{resource}`; give an ARN or `*`")
    answer = disjoint(_everybody(policy.kind, actions, resources), policy)
    if isinstance(answer, Witness):
        # The trace tells of the forbidden request from its side; what matters is that the policy allows it.
        return Witness(answer.request, answer.trace[1:])
    return answer


def no_public_access(policy: Policy, trusted: Iterable[str] | None = None) -> Answer:
    """Whether nobody outside the zone of trust is allowed anything; see `fourfold.iam.is_public`."""
    return is_public(policy, trusted)


def _everybody(kind: Kind, actions: Sequence[str], resources: Sequence[str]) -> Policy:
    """A policy that allows just this, to everybody."""
    with_principal = kind in WITH_PRINCIPAL
    statement = Statement(
        "what must not be allowed",
        "Allow",
        actions=tuple(actions),
        resources=None if kind == "trust" else tuple(resources),
        principals=(("*", "*"),) if with_principal else None,
    )
    return Policy(kind, (statement,), "2008-10-17")
