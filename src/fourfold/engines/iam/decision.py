"""What a decision is, and what one layer of policies says of a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from fourfold.engines.iam.document import Policy, Statement
from fourfold.engines.iam.points import applies
from fourfold.engines.iam.request import Request

Outcome = Literal["allowed", "implicit_deny", "explicit_deny"]
Layers = Mapping[str, Sequence[Sequence[Policy]]]
"""By kind: levels of policies. Only `scp` and `rcp` have more than one level."""


class UndecidedError(ValueError):
    """Something that decides is not known; the message says what to give."""


class Verdict(msgspec.Struct, frozen=True):
    """What one layer says. A layer that does not bind the request (an SCP and the management account) is not listed.

    `layer` is its kind, with the level where there are several (`scp.1`), and with the action in front where a request
    needs several permissions (`sts:TagSession trust`). What is no policy has names of its own: `acl`, `grants`.
    """

    layer: str
    outcome: Outcome
    statements: tuple[str, ...]
    """The statements that decide: those that deny, else those that allow."""


class Decision(msgspec.Struct, frozen=True):
    """What becomes of the request, and why."""

    outcome: Outcome
    reason: str
    layers: tuple[Verdict, ...] = ()
    assumed: tuple[str, ...] = ()
    """What was taken for granted because nothing was said of it, and could change the outcome."""

    @property
    def allowed(self) -> bool:
        return self.outcome == "allowed"


class Said(msgspec.Struct, frozen=True):
    """What one layer says, with the statements themselves."""

    layer: str
    outcome: Outcome
    allows: tuple[Statement, ...]
    denies: tuple[Statement, ...]
    names: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        return Verdict(self.layer, self.outcome, self.names)


class Extra(msgspec.Struct, frozen=True):
    """What the owner of a resource grants by something else than a policy."""

    layer: str
    ways: frozenset[str]
    """As in `points.how`; `free` for what needs no identity policy, even across accounts."""
    names: tuple[str, ...] = ()


def evaluate(policies: Sequence[Policy], request: Request, layer: str = "") -> Verdict:
    """What one layer says: a deny beats an allow, and silence is a deny.

    It looks at the documents only: organizations, owners, access control lists and so on are the business of
    `spec.decide`. The request must come from `request.request`, which fills in the context keys that follow from others.
    """
    return say(policies, request, layer).verdict


def say(policies: Sequence[Policy], request: Request, layer: str) -> Said:
    """The same, with the statements."""
    allows: list[tuple[Statement, str]] = []
    denies: list[tuple[Statement, str]] = []
    for i, policy in enumerate(policies):
        for statement in policy.statements:
            if applies(statement, request, variables=policy.variables):
                name = f"{layer}[{i}].{statement.name}" if layer else statement.name
                (allows if statement.effect == "Allow" else denies).append((statement, name))
    outcome: Outcome = "explicit_deny" if denies else "allowed" if allows else "implicit_deny"
    return Said(
        layer,
        outcome,
        tuple([s for s, _ in allows]),
        tuple([s for s, _ in denies]),
        tuple([name for _, name in (denies or allows)]),
    )
