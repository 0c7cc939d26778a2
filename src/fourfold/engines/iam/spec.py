"""The readable reference: one concrete request, decided from the documents of all layers.

Written from https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html (and its pages
_policy-eval-basics, _policy-eval-denyallow and -cross-account), access_policies_boundaries.html,
reference_policies_elements_notprincipal.html there, and
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html.

Rules, in this order:
- `sts:GetCallerIdentity` is always allowed.
- An explicit deny in any layer that applies denies. Service control policies do not apply to service principals and
  service-linked roles, resource control policies not to service-linked roles.
- Each level of service control policies, and the endpoint's policy, must allow. Resource control policies only deny.
- Within an account the identity policies (limited by boundary and session) or the resource policy must allow; what the
  resource policy grants to a user or a session itself is not limited by the silence of boundary and session, what it
  grants to a role is, and what it grants to the account only delegates to identity policies. A trust policy must always
  allow, and identity policies too where it names the account. For KMS keys identity policies count only where the key
  policy delegates to the account.
- Across accounts both sides must allow.

Not modelled: S3 access control lists, Block Public Access and access points; KMS grants; the services that support
resource control policies (give these policies only where they apply), and that service control policies do not apply to
the management account (leave them away there).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from fourfold.engines.iam.document import Policy, Statement
from fourfold.engines.iam.points import applies, how
from fourfold.engines.iam.request import Principal, Request

Outcome = Literal["allowed", "implicit_deny", "explicit_deny"]
Layers = Mapping[str, Sequence[Sequence[Policy]]]
"""By kind: levels of policies. Only `scp` and `rcp` have more than one level."""


class Verdict(msgspec.Struct, frozen=True):
    """What one layer says: `layer` is its kind, with the level where there are several."""

    layer: str
    outcome: Outcome
    statements: tuple[str, ...]
    """The statements that decide: those that deny, else those that allow."""


class Decision(msgspec.Struct, frozen=True):
    """What becomes of the request, and why."""

    outcome: Outcome
    reason: str
    layers: tuple[Verdict, ...] = ()

    @property
    def allowed(self) -> bool:
        return self.outcome == "allowed"


class _Said(msgspec.Struct, frozen=True):
    """What one layer says, with the statements themselves."""

    layer: str
    outcome: Outcome
    allows: tuple[Statement, ...]
    denies: tuple[Statement, ...]
    names: tuple[str, ...]


def evaluate(policies: Sequence[Policy], request: Request, layer: str = "") -> Verdict:
    """What one layer says: a deny beats an allow, and silence is a deny."""
    said = _say(policies, request, layer)
    return Verdict(layer, said.outcome, said.names)


def _say(policies: Sequence[Policy], request: Request, layer: str) -> _Said:
    allows: list[tuple[Statement, str]] = []
    denies: list[tuple[Statement, str]] = []
    for i, policy in enumerate(policies):
        for statement in policy.statements:
            if applies(statement, request, variables=policy.variables):
                name = f"{layer}[{i}].{statement.name}" if layer else statement.name
                (allows if statement.effect == "Allow" else denies).append((statement, name))
    outcome: Outcome = "explicit_deny" if denies else "allowed" if allows else "implicit_deny"
    return _Said(
        layer,
        outcome,
        tuple(s for s, _ in allows),
        tuple(s for s, _ in denies),
        tuple(name for _, name in (denies or allows)),
    )


def decide(request: Request, layers: Layers) -> Decision:
    """What becomes of the request. Layers that are not given do not apply.

    Raises ValueError where a resource policy is given and the answer depends on whether the resource is in the
    principal's account, which neither its ARN nor `aws:ResourceAccount` says.
    """
    if request.action.lower() == "sts:getcalleridentity":
        return Decision("allowed", "`sts:GetCallerIdentity` needs no permission")
    said = [
        _say(policies, request, f"{kind}.{level}" if len(levels) > 1 else kind)
        for kind, levels in layers.items()
        if _concerns(kind, request.principal)
        for level, policies in enumerate(levels)
    ]
    verdicts = tuple(Verdict(s.layer, s.outcome, s.names) for s in said)
    denying = [s for s in said if s.outcome == "explicit_deny"]
    if denying:
        return Decision("explicit_deny", f"denied by {', '.join(denying[0].names)}", verdicts)
    if _boundary_with_not_principal(said, layers, request):
        return Decision("explicit_deny", "a deny with `NotPrincipal` always denies who has a boundary", verdicts)
    for s in said:
        if s.layer.partition(".")[0] in ("scp", "endpoint") and s.outcome != "allowed":
            return Decision("implicit_deny", f"`{s.layer}` does not allow it", verdicts)
    by_kind = {s.layer: s for s in said}
    reasons = {same: _refused(request, by_kind, same=same) for same in _same_account(request)}
    if len(set(map(bool, reasons.values()))) > 1:
        raise ValueError("whose the resource is decides, and its ARN does not say: give `aws:ResourceAccount`")
    reason = next(iter(reasons.values()))
    if reason:
        return Decision("implicit_deny", reason, verdicts)
    return Decision("allowed", "nothing denies it, and each layer that must allow it does", verdicts)


def _concerns(kind: str, who: Principal) -> bool:
    if kind == "scp":
        return who.type == "AWS" and not who.service_linked
    if kind in ("identity", "boundary", "session"):
        return who.type == "AWS" and not (kind == "boundary" and who.service_linked)
    return kind != "rcp" or not who.service_linked


def _boundary_with_not_principal(said: Sequence[_Said], layers: Layers, request: Request) -> bool:
    """Whether a deny that leaves out some principals meets a principal with a boundary.

    Source: reference_policies_elements_notprincipal.html; the statement denies whoever has a boundary, listed or not.
    """
    if "boundary" not in {s.layer for s in said}:
        return False
    for kind in ("resource", "trust"):
        for level in layers.get(kind, ()):
            for policy in level:
                for statement in policy.statements:
                    if statement.effect == "Deny" and statement.not_principals:
                        open_to_all = msgspec.structs.replace(statement, principals=(("*", "*"),), not_principals=False)
                        if applies(open_to_all, request, variables=policy.variables):
                            return True
    return False


def _same_account(request: Request) -> tuple[bool, ...]:
    """Whether the resource is in the principal's account; both where nothing tells."""
    if request.principal.type != "AWS":
        return (False,)
    owner = request.context.get("aws:resourceaccount", ())
    return (owner[0] == request.principal.account,) if owner else (True, False)


def _refused(request: Request, said: Mapping[str, _Said], *, same: bool) -> str:
    """Why identity and resource policies do not allow it; empty where they do."""
    who = request.principal
    allowed = {kind: s.outcome == "allowed" for kind, s in said.items()}
    resource = said.get("trust") or said.get("resource")
    ways = _ways(resource, who) if resource else set()
    if who.type != "AWS":
        return "" if ways else f"no resource policy allows it to {who}"
    silent = next((kind for kind in ("boundary", "session") if kind in said and not allowed[kind]), "")
    identity = allowed.get("identity", False) or who.kind == "root"
    if not same and resource:
        if not ways:
            return f"the {resource.layer} policy does not allow it across accounts"
        return _limited(identity, silent)
    if resource and resource.layer == "trust" and not ways:
        return "the trust policy does not allow it"
    direct = ways & {"self", "any"} if who.kind != "role" else set()
    if direct:
        return ""
    if ways & {"role", "any"}:
        return f"the {silent} does not allow it" if silent else ""
    if resource and resource.layer == "resource" and _key(request) and "account" not in ways:
        return "the key policy does not delegate to the account"
    return _limited(identity, silent)


def _limited(identity: bool, silent: str) -> str:
    if not identity:
        return "no identity policy allows it"
    return f"the {silent} does not allow it" if silent else ""


def _ways(said: _Said, who: Principal) -> set[str]:
    """As what the statements that allow take in who asks: `self`, `role`, `account`, `any`."""
    out: set[str] = set()
    for statement in said.allows:
        if statement.not_principals:
            out.add("any")
        out.update(how(kind, value, who) for kind, value in statement.principals or ())
    return out - {""}


def _key(request: Request) -> bool:
    return request.action.lower().startswith("kms:") and ":key/" in request.resource
