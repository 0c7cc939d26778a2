"""Ways by which somebody's permissions become more than they say: derivations with several premises.

The catalogue is `knowledge/iam_escalation.toml`. A way is open to a principal if each of its needs is allowed, proved by a
request; a role is passed only where a request that passes it to just that service is allowed, and where the role trusts the
service. What is gained by writing policies ends at a permissions boundary, unless that can be taken away, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from fourfold.engines.iam import ask, spec
from fourfold.engines.iam.ask import Access
from fourfold.engines.iam.estate import Estate, Principal, Target, layers
from fourfold.engines.iam.request import request
from fourfold.knowledge.iam import glob
from fourfold.model.graph import Graph
from fourfold.model.nodes import Identity, Workload

Kind = Literal["pass", "workload", "role", "user", "self", "admin"]
_FILE = Path(__file__).parent.parent.parent / "knowledge" / "iam_escalation.toml"
ROLES: dict[str, tuple[str, ...]] = {
    "AWS::AppRunner::Service": ("InstanceConfiguration", "InstanceRoleArn"),
    "AWS::CodeBuild::Project": ("ServiceRole",),
    "AWS::Lambda::Function": ("Role",),
    "AWS::SageMaker::NotebookInstance": ("RoleArn",),
    "AWS::StepFunctions::StateMachine": ("RoleArn",),
}
"""Type: the property that names the role of what runs there."""


class Way(msgspec.Struct, frozen=True):
    """One entry of the catalogue."""

    id: str
    kind: Kind
    needs: tuple[tuple[str, str], ...]
    """(action, target): `it`, `any`, `own-policy` or `role-policy`."""
    service: str = ""
    types: tuple[str, ...] = ()
    of: str = ""
    technique: str = "T1098.003"
    assumes: str = ""


class Escalation(msgspec.Struct, frozen=True):
    """A way that is open to a principal."""

    way: Way
    principal: Principal
    gained: Principal | None
    """Whose permissions are gained; None: all of the account."""
    target: Target | None
    """What it is done to."""
    met: tuple[Access, ...]
    """The request that meets each need."""

    @property
    def sure(self) -> bool:
        return all(a.verdict in ("proved", "possible") for a in self.met)

    @property
    def reason(self) -> str:
        """What is not known; empty where nothing is."""
        return next((a.reason or "what the files do not say" for a in self.met if a.verdict == "unknown"), "")

    @property
    def text(self) -> str:
        """What is done, to be read after "may"."""
        actions = ", ".join(f"`{a.action}`" for a in self.met)
        if self.way.kind == "pass" and self.gained is not None:
            return f"pass role `{self.gained.name}` to {self.way.service} and run code there ({actions})"
        if self.way.kind == "workload" and self.target is not None:
            return f"run code in `{self.target.name}`, which has its own role ({actions})"
        if self.gained is None:
            return f"give itself every permission ({actions})"
        return f"become {self.gained.kind} `{self.gained.name}` ({actions})"

    def plain(self) -> dict[str, Any]:
        """The escalation as data."""
        return {
            "id": self.way.id,
            "technique": self.way.technique,
            "principal": self.principal.arn,
            "gains": self.gained.arn if self.gained is not None else "*",
            "through": self.target.arn if self.target is not None else "",
            "assumes": self.way.assumes,
            "unknown": self.reason,
            "premises": [
                {
                    "action": a.action,
                    "verdict": a.verdict,
                    "request": a.request,
                    "deciding": [{"policy": d.policy, "statement": d.statement, "place": d.place} for d in a.deciding],
                }
                for a in self.met
            ],
        }


@cache
def catalogue() -> tuple[Way, ...]:
    """All ways."""
    import tomllib

    rows = tomllib.loads(_FILE.read_text(encoding="utf-8"))["way"]
    return tuple(
        Way(
            row["id"],
            row["kind"],
            tuple(_need(text) for text in row["needs"]),
            row.get("service", ""),
            tuple(row.get("types", ())),
            row.get("of", ""),
            row.get("technique", "T1098.003"),
            row.get("assumes", ""),
        )
        for row in rows
    )


def _need(text: str) -> tuple[str, str]:
    action, _, mark = text.partition(" @")
    return action, mark or "it"


class Escalations:
    """The ways of a graph's principals, with what several questions share."""

    def __init__(self, graph: Graph, estate: Estate) -> None:
        self.graph, self.estate = graph, estate
        self.by_arn = {t.arn: t for t in estate.targets}
        self.principals = {p.arn: p for p in estate.principals if p.kind in ("role", "user") and p.node is not None}
        self._trusting: dict[str, list[Principal]] = {}
        self._any: dict[tuple[str, str], Access | None] = {}
        self._runs = dict(self._workloads())

    def of(self, principal: Principal) -> Iterator[Escalation]:
        """Every way that is open to a principal, in the order of the catalogue."""
        for way in catalogue():
            if all(_mentions(principal, action) for action, _ in way.needs):
                yield from self._open(way, principal)

    def _open(self, way: Way, who: Principal) -> Iterator[Escalation]:
        if way.kind == "pass":
            yield from self._passing(way, who)
        elif way.kind == "workload":
            for place, role in self._runs.get(way.types[0], ()):
                if role.arn != who.arn and (met := self._met(way, who, place)):
                    yield Escalation(way, who, role, place, met)
        elif way.kind == "self":
            yield from self._itself(way, who)
        else:
            for other in self.principals.values():
                kind = way.of or way.kind
                target = self.by_arn.get(other.arn)
                if other.kind != kind or other.arn == who.arn or target is None:
                    continue
                if way.kind == "admin" and other.boundary is not None:
                    continue
                if met := self._met(way, who, target):
                    yield Escalation(way, who, None if way.kind == "admin" else other, target, met)

    def _passing(self, way: Way, who: Principal) -> Iterator[Escalation]:
        if not _mentions(who, "iam:PassRole"):
            return
        started = self._met(way, who, None)
        if not started:
            return
        for role in self._trusts(way.service):
            target = self.by_arn.get(role.arn)
            if role.arn == who.arn or target is None:
                continue
            passed = self._passed(who, target, way.service)
            if passed is not None:
                yield Escalation(way, who, role, target, (passed, *started))

    def _itself(self, way: Way, who: Principal) -> Iterator[Escalation]:
        target = self.by_arn.get(who.arn)
        if target is None or (way.of and who.kind != way.of):
            return
        met = self._met(way, who, target)
        if met and who.boundary is not None:
            kind = "Role" if who.kind == "role" else "User"
            freed = self._can(who, f"iam:Delete{kind}PermissionsBoundary", target)
            met = (*met, freed) if freed is not None else ()
        if met:
            yield Escalation(way, who, None, target, met)

    # -- needs ---------------------------------------------------------------------------------------------------------------

    def _met(self, way: Way, who: Principal, target: Target | None) -> tuple[Access, ...]:
        """A request for each need; empty where one is not allowed."""
        out: list[Access] = []
        for action, mark in way.needs:
            found = self._one(action, mark, who, target)
            if found is None:
                return ()
            out.append(found)
        return tuple(out)

    def _one(self, action: str, mark: str, who: Principal, target: Target | None) -> Access | None:
        if mark == "any" or target is None:
            return self._anywhere(who, action)
        if mark in ("own-policy", "role-policy"):
            owner = who if mark == "own-policy" else self.principals.get(target.arn)
            found = (self._can(who, action, policy) for policy in self._attached(owner))
            return next((one for one in found if one is not None), None)
        return self._can(who, action, target)

    def _can(self, who: Principal, action: str, target: Target) -> Access | None:
        return next(iter(ask.can(self.estate, [who], action, target)), None)

    def _anywhere(self, who: Principal, action: str) -> Access | None:
        """The action on some resource, one of the estate or another."""
        key = (who.arn, action)
        if key not in self._any:
            found = ask.elsewhere(self.estate, [who], action)
            order = ("proved", "possible", "when", "unknown")
            self._any[key] = min(found, key=lambda a: order.index(a.verdict), default=None)
        return self._any[key]

    def _passed(self, who: Principal, role: Target, service: str) -> Access | None:
        """PassRole for just this service."""
        found = self._can(who, "iam:PassRole", role)
        if found is None:
            return None
        context = {k: v for k, v in found.request.get("context", {}).items() if k.lower() != "iam:passedtoservice"}
        asked = {**found.request, "context": {**context, "iam:PassedToService": service}}
        allowed = {bound: spec.decide(request(asked), layers(who, role, bound)).allowed for bound in ("lower", "upper")}
        if not allowed["upper"]:
            return None
        if found.verdict in ("proved", "possible") and not allowed["lower"]:
            found = replace(
                found, verdict="unknown", reason=found.reason or "a condition on the service it is passed to"
            )
        return replace(found, request=asked)

    def _trusts(self, service: str) -> list[Principal]:
        """The roles that a service may become."""
        if service not in self._trusting:
            asking = Principal(kind="service", name=service, asks={"Service": service})
            self._trusting[service] = [
                p
                for p in self.principals.values()
                if p.kind == "role" and p.arn in self.by_arn and self._can(asking, "sts:AssumeRole", self.by_arn[p.arn])
            ]
        return self._trusting[service]

    def _attached(self, owner: Principal | None) -> Iterator[Target]:
        """Customer managed policies of the scan that count for a principal."""
        if owner is None or owner.node is None:
            return
        for policy in owner.node.policies:
            if policy.resource.type == "AWS::IAM::ManagedPolicy":
                yield from (t for t in self.estate.targets if t.resource is policy.resource)

    def _workloads(self) -> Iterator[tuple[str, list[tuple[Target, Principal]]]]:
        """Type: what runs there, with its role."""
        by_key: dict[str, list[Principal]] = {}
        for principal in self.principals.values():
            assert principal.node is not None
            by_key.setdefault(principal.node.resource.key, []).append(principal)
        found: dict[str, list[tuple[Target, Principal]]] = {}
        for target in self.estate.targets:
            path = ROLES.get(target.type)
            if path is not None and target.resource is not None:
                role = self.graph.target(target.resource.get(*path))
                for principal in by_key.get(role.key, ()) if role is not None else ():
                    found.setdefault(target.type, []).append((target, principal))
        targets = {t.resource.key: t for t in self.estate.targets if t.resource is not None}
        for workload in self.graph.of(Workload):
            instance = targets.get(workload.resource.key)
            if workload.resource.type == "AWS::EC2::Instance" and instance is not None:
                for role_ in self.graph.out(workload, "runs_as"):
                    if isinstance(role_, Identity):
                        for principal in by_key.get(role_.resource.key, ()):
                            found.setdefault(instance.type, []).append((instance, principal))
        yield from found.items()


def _mentions(principal: Principal, action: str) -> bool:
    """Whether some statement of its own allows such an action at all."""
    return any(
        s.effect == "Allow"
        and (bool(s.upper.not_actions) or any(_fits(a.lower(), action.lower()) for a in s.upper.actions or ()))
        for d in principal.identity
        for s in d.statements
    )


def _fits(pattern: str, text: str) -> bool:
    return glob(pattern).fullmatch(text) is not None
