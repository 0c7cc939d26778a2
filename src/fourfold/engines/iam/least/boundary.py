"""A permissions boundary for the roles of a scan: what they are allowed, and no way up.

    found = boundary(graph)
    found.document, found.escalation, found.covers

A boundary grants nothing; it is what an identity may be allowed at most. This one allows what the roles are allowed now, and
denies the actions by which an identity gets more than it was given: see `ESCALATION`. `iam:PassRole` is left for the
roles of the scan that are passed now, and for no others.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html; the ways up are those that
https://pathfinding.cloud and https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/ describe.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from fourfold.engines.exact.answer import Answer, Proved, Unknown, Witness
from fourfold.engines.iam import symbolic
from fourfold.engines.iam.estate import Principal
from fourfold.engines.iam.estate_graph import grounding
from fourfold.engines.iam.least.documents import (
    QUOTAS,
    Plain,
    Present,
    all_proved,
    document,
    listed,
    of_role,
    policy,
    size,
    told_apart,
    typing,
)
from fourfold.engines.iam.least.shrink import shrink
from fourfold.engines.iam.names import Names
from fourfold.engines.iam.write.statements import _globs
from fourfold.model.graph import Graph
from fourfold.model.resource import Resource
from fourfold.model.value import Ref, Value

ESCALATION: tuple[str, ...] = (
    "iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:CreateAccessKey",
    "iam:CreateLoginProfile", "iam:CreatePolicyVersion", "iam:DeleteRolePermissionsBoundary", "iam:DeleteRolePolicy",
    "iam:DeleteUserPermissionsBoundary", "iam:DeleteUserPolicy", "iam:DetachRolePolicy", "iam:DetachUserPolicy",
    "iam:PutGroupPolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:PutUserPermissionsBoundary",
    "iam:PutUserPolicy", "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy", "iam:UpdateLoginProfile",
)  # fmt: skip
"""Actions with which an identity changes what it, or another, is allowed. Policies that are taken away may be denies."""
PASSING = "iam:PassRole"


class Bounded(msgspec.Struct, frozen=True, kw_only=True):
    """One role under the boundary."""

    role: str
    arn: str
    place: str
    covers: Answer
    """Whether everything that the role is allowed, but for ways up, passes the boundary."""
    lost: tuple[str, ...] = ()
    """Escalation actions that the role is allowed now, and that the boundary stops."""


class Boundary(msgspec.Struct, frozen=True, kw_only=True):
    """A boundary, and what is proved of it."""

    document: Plain
    roles: tuple[Bounded, ...]
    file: str = ""
    """The template whose roles these are; empty for Terraform."""
    escalation: dict[str, Answer]
    """For each escalation action, and for `iam:PassRole` outside the scan: proved where nothing of it passes."""
    passed: tuple[str, ...] = ()
    """Roles that may be passed."""
    values: dict[str, Value] = {}
    """Values of the template by their text."""
    skipped: tuple[tuple[str, str], ...] = ()
    """Roles that are not covered, and why."""
    notes: tuple[str, ...] = ()

    @property
    def characters(self) -> int:
        """Characters that count for the quota of a managed policy."""
        return size(self.document)

    @property
    def verdict(self) -> Answer:
        """One answer for all proofs."""
        if self.characters > QUOTAS["managed"]:
            return Unknown(f"it has {self.characters:,} characters; a managed policy has at most {QUOTAS['managed']:,}")
        rest = (Unknown(f"`{name}` is not covered: {why}") for name, why in self.skipped)
        return all_proved((*self.escalation.values(), *(r.covers for r in self.roles), *rest))


def boundaries(graph: Graph, roles: Sequence[str] = ()) -> list[Boundary]:
    """A boundary for each template that declares such roles, as names of others mean nothing there; one for Terraform."""
    files: dict[str, None] = {}
    for resource in graph.of_type("AWS::IAM::Role"):
        files.setdefault(resource.file if resource.format in ("cloudformation", "sam") else "")
    made = (boundary(graph, roles, file) for file in files)
    return [one for one in made if one.roles or one.skipped]


def boundary(graph: Graph, roles: Sequence[str] = (), file: str = "") -> Boundary:
    """The boundary for these roles (logical ids or names), or all: of a template, or of no template where `file` is empty."""
    names, estate = graph.derived(grounding)
    principals = [
        p
        for p in estate.principals
        if p.kind == "role"
        and p.node is not None
        and _chosen(p.node.resource, file)
        and (not roles or {p.name, p.node.resource.address} & set(roles))
    ]
    known: list[tuple[Principal, Present]] = []
    skipped: list[tuple[str, str]] = []
    for principal in principals:
        found = of_role(principal, names)
        reason = found.unknown or told_apart(found.data)
        if reason:
            skipped.append((principal.name, reason))
        else:
            known.append((principal, found))
    passed = _passed(
        known,
        [
            p.arn
            for p in estate.principals
            if p.kind == "role" and p.node is not None and _chosen(p.node.resource, file)
        ],
    )
    made, notes = _fitting([row for _, one in known for row in one.data["Statement"]], passed)
    return Boundary(
        document=made,
        file=file,
        roles=tuple(_bounded(principal, found, made, passed) for principal, found in known),
        escalation=_escalation(made, passed),
        passed=tuple(passed),
        values=_values(names, graph, known),
        skipped=tuple(skipped),
        notes=tuple(notes),
    )


def _chosen(resource: Resource, file: str) -> bool:
    return resource.file == file if file else resource.format not in ("cloudformation", "sam")


def _values(names: Names, graph: Graph, known: Iterable[tuple[Principal, Present]]) -> dict[str, Value]:
    out: dict[str, Value] = {}
    for principal, found in known:
        for text, value in found.values.items():
            out.setdefault(text, value)
        if principal.node is not None:
            at = principal.node.resource.properties
            out.setdefault(principal.arn, Ref(at.source, at.start, at.end, -1, principal.node.resource.key, "Arn"))
    return out


def _passed(known: Sequence[tuple[Principal, Present]], roles: Sequence[str]) -> list[str]:
    """The roles of the scan that one of its roles may pass."""
    rows = [row for _, found in known for row in found.data["Statement"]]
    made = policy(document(rows))
    out = []
    for arn in roles:
        asked = policy(document([{"Effect": "Allow", "Action": PASSING, "Resource": arn}]))
        if not isinstance(symbolic.disjoint(made, asked, typing=typing(document(rows))), Proved):
            out.append(arn)
    return sorted(dict.fromkeys(out))


# -- the document ----------------------------------------------------------------------------------------------------------


def _denies(passed: Sequence[str]) -> list[Plain]:
    ways = [*ESCALATION] if passed else [*ESCALATION, PASSING]
    rows: list[Plain] = [{"Sid": "NoWayUp", "Effect": "Deny", "Action": sorted(ways), "Resource": "*"}]
    if passed:
        rows.append({"Sid": "PassOnlyOwnRoles", "Effect": "Deny", "Action": PASSING, "NotResource": list(passed)})
    return rows


def _fitting(rows: Sequence[Plain], passed: Sequence[str]) -> tuple[Plain, list[str]]:
    """The narrowest of several forms that fits a managed policy."""
    allows = [{k: v for k, v in row.items() if k != "Sid"} for row in rows if row["Effect"] == "Allow"]
    denies = _denies(passed)
    exact = shrink(document(allows)).document["Statement"] if allows else []
    forms = (
        (exact, ""),
        (_together(exact), "it is wider than what the roles are allowed: their actions stand on `*`, to fit the quota"),
        (_services(exact), "it is wider than what the roles are allowed: whole services, to fit the quota"),
    )
    made = [(document([*found, *denies]), note) for found, note in forms]
    whole, note = next((one for one in made if size(one[0]) <= QUOTAS["managed"]), made[-1])
    return whole, [note] if note else []


def _actions(rows: Iterable[Plain]) -> list[str]:
    return sorted({str(a) for row in rows for a in listed(row.get("Action"))})


def _together(rows: Sequence[Plain]) -> list[Plain]:
    """All actions on everything, written short."""
    kept = [row for row in rows if "Action" not in row]
    short = _globs(tuple(_actions(rows)))
    return [*kept, *([{"Effect": "Allow", "Action": list(short), "Resource": "*"}] if short else [])]


def _services(rows: Sequence[Plain]) -> list[Plain]:
    kept = [row for row in rows if "Action" not in row]
    services = sorted({f"{a.partition(':')[0]}:*" if ":" in a else a for a in _actions(rows)})
    return [*kept, *([{"Effect": "Allow", "Action": services, "Resource": "*"}] if services else [])]


# -- proofs ----------------------------------------------------------------------------------------------------------------


def _bounded(principal: Principal, found: Present, made: Plain, passed: Sequence[str]) -> Bounded:
    """Everything that is allowed now and is no way up passes."""
    rows = found.data["Statement"]
    rest = document([*rows, *_denies(passed)])
    # What the denies exclude are the same texts on both sides, so nothing depends on two of them being different.
    answer = symbolic.no_new_access(policy(made), policy(rest), typing=typing(made, rest))
    lost = [action for action in ESCALATION if not _empty(rows, action)]
    if passed and isinstance(
        symbolic.disjoint(policy(document([_elsewhere(passed)])), policy(document(rows))), Witness
    ):
        lost.append(f"{PASSING} of other roles")
    elif not passed and not _empty(rows, PASSING):
        lost.append(PASSING)
    return Bounded(role=principal.name, arn=principal.arn, place=principal.place, covers=answer, lost=tuple(lost))


def _elsewhere(passed: Sequence[str]) -> Plain:
    """Passing any role but these."""
    row: Plain = {"Effect": "Allow", "Action": PASSING}
    return row | ({"NotResource": list(passed)} if passed else {"Resource": "*"})


def _empty(rows: Sequence[Plain], action: str) -> bool:
    asked = policy(document([{"Effect": "Allow", "Action": action, "Resource": "*"}]))
    return isinstance(symbolic.disjoint(policy(document(rows)), asked, typing="none"), Proved)


def _escalation(made: Plain, passed: Sequence[str]) -> dict[str, Answer]:
    bound = policy(made)
    out: dict[str, Answer] = {}
    for action in ESCALATION:
        asked = policy(document([{"Effect": "Allow", "Action": action, "Resource": "*"}]))
        out[action] = symbolic.disjoint(asked, bound, typing="none")
    out[f"{PASSING} outside the scan" if passed else PASSING] = symbolic.disjoint(
        policy(document([_elsewhere(passed)])), bound, typing="none"
    )
    return out
