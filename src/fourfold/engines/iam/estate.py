"""Who and what there is: the identities and resources of a scan or an account, with their policies in layers.

    estate = graph.derived(build)
    for principal in estate.principals: principal.layers("lower")     # what `spec.decide` takes

A principal is a role or user with the policies that count for it: its own and attached ones, those of its groups, its
boundary, the service control policies of the scan. A target is a resource with its resource policies (a role with its
trust policy). `lower` bounds allow at most, `upper` bounds at least what is allowed, whatever is not known.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html,
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html (a service control
policy counts for the accounts below what it is attached to; the management account is left out).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from fourfold.engines.iam import document
from fourfold.engines.iam.decision import Layers
from fourfold.engines.iam.document import Statement
from fourfold.engines.iam.ground import Document, Grounded
from fourfold.engines.iam.names import ACCOUNT
from fourfold.model.condition import TRUE, Condition
from fourfold.model.nodes import Identity
from fourfold.model.place import Span
from fourfold.model.resource import Resource

PrincipalKind = Literal[
    "role",
    "user",
    "policy",
    "root",
    "account",
    "external",
    "service",
    "federated",
    "canonical",
    "everyone",
    "anonymous",
]

EVERYTHING = Document(
    "identity", "everything", (Grounded(s := Statement("", "Allow", actions=("*",), resources=("*",)), s, s),)
)
"""A policy that allows everything: what stands for a layer that is not there."""


class Principal(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """Someone who may ask."""

    kind: PrincipalKind
    """`policy`: whoever a policy file of its own is attached to; `external`: somebody of another account; `everyone`:
    any principal of any AWS account."""
    name: str
    """What people call it: a name, a path, an account."""
    arn: str = ""
    """Empty for services, identity providers and anonymous callers."""
    asks: Any = ""
    """The principal of a request, as `request.principal` takes it."""
    node: Identity | None = None
    span: Span | None = None
    when: Condition = TRUE
    identity: tuple[Document, ...] = ()
    boundary: tuple[Document, ...] | None = None
    """None where there is none."""
    scp: tuple[tuple[Document, ...], ...] = ()
    trust: tuple[Document, ...] = ()
    tags: Mapping[str, str] = {}
    tags_known: bool = False
    """Whether it has no tags beside these."""
    users: tuple[str, ...] = ()
    """Who runs as it: functions, workloads, service accounts."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two mentions of one the same."""
        return self.kind, self.name, self.arn

    @property
    def own(self) -> bool:
        """Whether it is an identity of the estate, whose policies are known."""
        return self.kind in ("role", "user", "policy", "root")

    @property
    def place(self) -> str:
        """`file:line`."""
        return f"{self.span.file}:{self.span.line}" if self.span is not None and self.span.file else ""

    @property
    def tags_sessions(self) -> bool:
        """Whether who becomes it may bring tags of the session."""
        actions = (a.lower() for d in self.trust for s in d.statements if s.effect == "Allow" for a in s.upper.actions)
        return any(a in ("*", "sts:*", "sts:tagsession", "sts:tag*") for a in actions)

    def layers(self, bound: Literal["lower", "upper"]) -> dict[str, list[list[document.Policy]]]:
        """Its own layers, for `spec.decide`: add those of the resource."""
        out: dict[str, list[list[document.Policy]]] = {"identity": [_bounds(self.identity, bound)]}
        if self.boundary is not None:
            out["boundary"] = [_bounds(self.boundary, bound)]
        if self.scp:
            out["scp"] = [_bounds(level, bound) for level in self.scp]
        return out


class Target(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """Something that may be asked for."""

    arn: str
    type: str
    """CloudFormation's name; empty where it is not known."""
    name: str
    resource: Resource | None = None
    span: Span | None = None
    when: Condition = TRUE
    policies: tuple[Document, ...] = ()
    """Resource policies; of roles the trust policy."""
    facts: Mapping[str, Any] = {}
    """What else decides: `public_access_block`, `acl`, ... (Values of the graph)."""

    @property
    def layer(self) -> str:
        return "trust" if self.type == "AWS::IAM::Role" else "resource"

    @property
    def place(self) -> str:
        """`file:line`."""
        return f"{self.span.file}:{self.span.line}" if self.span is not None and self.span.file else ""

    def layers(self, bound: Literal["lower", "upper"]) -> dict[str, list[list[document.Policy]]]:
        """Its layer, for `spec.decide`; empty where it has no policy."""
        return {self.layer: [_bounds(self.policies, bound)]} if self.policies else {}


def _bounds(documents: Iterable[Document], bound: str) -> list[document.Policy]:
    return [d.lower if bound == "lower" else d.upper for d in documents]


class Estate(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """The principals and targets of one scan or account."""

    principals: tuple[Principal, ...]
    targets: tuple[Target, ...]
    account: str = ACCOUNT
    scp: tuple[tuple[Document, ...], ...] = ()
    """Service control policies, as each principal has them."""
    rcp: tuple[tuple[Document, ...], ...] = ()
    notes: tuple[str, ...] = ()
    """What could not be taken in, one sentence each."""

    def principal(self, arn: str) -> Principal | None:
        """The principal of this ARN."""
        return next((p for p in self.principals if p.arn == arn), None)

    def target(self, arn: str) -> Target | None:
        """The target of this ARN."""
        return next((t for t in self.targets if t.arn == arn), None)


def joined(estates: Sequence[Estate]) -> Estate:
    """Several estates of one account as one: each principal is bound by the service control policies of all."""
    principals: dict[tuple[str, str, str], Principal] = {}
    scp = tuple(level for one in estates for level in one.scp)
    for one in estates:
        for principal in one.principals:
            principals.setdefault(principal.key, replace(principal, scp=scp))
    return Estate(
        principals=tuple(principals.values()),
        targets=tuple(target for one in estates for target in one.targets),
        account=estates[0].account,
        scp=scp,
        rcp=tuple(level for one in estates for level in one.rcp),
        notes=tuple(dict.fromkeys(note for one in estates for note in one.notes)),
    )


def layers(principal: Principal, target: Target | None, bound: Literal["lower", "upper"]) -> Layers:
    """All layers of a request of this principal for this target, for `spec.decide`."""
    return {**principal.layers(bound), **(target.layers(bound) if target is not None else {})}
