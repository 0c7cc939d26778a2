"""Questions about all requests at once: does one policy allow what another does not, does it allow anything, ...

What the questions mean: requests are those that exist - resources are ARNs or `*`, actions `service:name`, keys have values
of their type - and "allows" means that the policy by itself has an allow and no deny that applies. `typing` says which
actions exist on which resources: with `open` what the catalogue says of the actions that it knows, and anything of those
that it does not know; with `closed` only known actions; with `none` every action on every resource, so that no mistake of
the catalogue can hide access.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from fourfold.engines.exact.answer import Answer, Proved, Unknown, Witness
from fourfold.engines.iam.document import WITH_PRINCIPAL, Policy, Statement
from fourfold.engines.iam.pieces import unions
from fourfold.engines.iam.question import DISAGREE, Goal, Question, Side, Typing
from fourfold.engines.iam.request import Request
from fourfold.engines.iam.spec import evaluate

__all__ = ["DISAGREE", "disjoint", "equivalent", "is_empty", "no_new_access", "redundant", "shadowed"]


def side(policy: Policy) -> Side:
    """What a policy by itself allows."""
    allow, deny = unions(policy)

    def allows(made: Request) -> bool:
        return evaluate([policy], made).outcome == "allowed"

    def trace(made: Request) -> str:
        verdict = evaluate([policy], made)
        says = {"allowed": "allowed by", "explicit_deny": "denied by"}.get(verdict.outcome)
        return f"{says} {', '.join(verdict.statements)}" if says else "no statement allows it"

    return Side(((allow,),), deny, allows, trace)


def _ask(subject: Policy, other: Policy | None, goal: Goal, typing: Typing) -> Answer:
    policies = [p for p in (subject, other) if p is not None]
    for policy in policies:
        if policy.problems:
            return Unknown(f"IAM rejects the document: {policy.problems[0]}")
    of_accounts = not {p.kind for p in policies} & set(WITH_PRINCIPAL)
    return Question(
        side(subject), side(other) if other is not None else None, goal, of_accounts=of_accounts, typing=typing
    ).answer()


def no_new_access(reference: Policy, candidate: Policy, *, typing: Typing = "open") -> Answer:
    """Whether the candidate allows nothing that the reference does not; else a request that it newly allows."""
    return _ask(candidate, reference, "outside", typing)


def equivalent(a: Policy, b: Policy, *, typing: Typing = "open") -> Answer:
    """Whether both policies allow the same requests; else one that only one of them allows."""
    first, second = no_new_access(a, b, typing=typing), no_new_access(b, a, typing=typing)
    for answer in (first, second):
        if isinstance(answer, Witness):
            return answer
    return second if isinstance(first, Proved) else first


def disjoint(a: Policy, b: Policy, *, typing: Typing = "open") -> Answer:
    """Whether no request is allowed by both; else one that is."""
    return _ask(a, b, "inside", typing)


def is_empty(policy: Policy, *, typing: Typing = "open") -> Answer:
    """Whether the policy never allows anything; else a request that it allows."""
    return _ask(policy, None, "any", typing)


def shadowed(policy: Policy, index: int, *, typing: Typing = "open") -> Answer:
    """Whether the denies of the policy leave nothing of what one of its allow statements allows."""
    return is_empty(
        _only(policy, [s for s in policy.statements if s.effect == "Deny"], policy.statements[index]), typing=typing
    )


def redundant(policy: Policy, index: int, *, typing: Typing = "open") -> Answer:
    """Whether the policy allows the same without one of its statements; else a request that tells."""
    rest = [s for i, s in enumerate(policy.statements) if i != index]
    without = _only(policy, rest)
    if policy.statements[index].effect == "Allow":
        return no_new_access(without, policy, typing=typing)
    return no_new_access(policy, without, typing=typing)


def _only(policy: Policy, rest: Sequence[Statement], *more: Statement) -> Policy:
    return replace(policy, statements=(*rest, *more))
