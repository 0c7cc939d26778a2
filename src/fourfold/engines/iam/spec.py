"""The readable reference: one concrete request, decided from the documents of all layers and from facts beyond them.

Written from https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html (and its pages
_policy-eval-basics, _policy-eval-denyallow and -cross-account), access_policies_boundaries.html,
reference_policies_elements_principal.html and reference_policies_elements_notprincipal.html there. What holds for one
service only is in `services/`, what holds for organizations in `organizations.py`, each with its pages.

Rules, in this order:
- What is always allowed or never possible, whatever policies say (`services.fixed`).
- A request that needs several permissions is allowed where each is (`services.parts`).
- An explicit deny in any layer that applies denies.
- Each level of service control policies, and the endpoint's policy, must allow. Resource control policies only deny:
  `RCPFullAWSAccess` is attached to every level and cannot be detached.
- Within an account the identity policies (limited by boundary and session) or the resource policy must allow. What the
  resource policy grants to a user or session itself, or to everybody, is not limited by the silence of identity
  policies, boundary and session; what it grants to a role is limited by boundary and session; what it grants to the
  account only delegates to identity policies. A trust policy must always allow, and a key policy, too.
- Across accounts both sides must allow.
- What an owner refuses whatever the policies say (S3 Block Public Access).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from fourfold.engines.iam import services
from fourfold.engines.iam.decision import Decision, Extra, Layers, Outcome, Said, UndecidedError, Verdict, evaluate, say
from fourfold.engines.iam.facts import NOTHING, Facts
from fourfold.engines.iam.organizations import membership, owner, rcp_binds, scp_binds, service_linked
from fourfold.engines.iam.points import applies, how
from fourfold.engines.iam.request import Request, complete
from fourfold.engines.iam.services import kms, s3

__all__ = ["Decision", "Layers", "Outcome", "UndecidedError", "Verdict", "decide", "evaluate"]

ALLOWED = "nothing denies it, and each layer that must allow it does"


def decide(request: Request, layers: Layers, facts: Facts = NOTHING) -> Decision:
    """What becomes of the request. Layers and facts that are not given do not apply; see `Decision.assumed`.

    Raises `UndecidedError` (a ValueError) where the answer depends on something that is always there and is not given: the
    account of the resource, a role's trust policy, a key's policy. Raises ValueError for facts that contradict the
    request.
    """
    asked = informed(request, facts)
    verdicts: list[Verdict] = []
    assumed: dict[str, None] = {}
    for name, part, of in services.parts(asked, layers, facts):
        decision = services.fixed(part, of, facts) or _decide(part, of, facts)
        verdicts += [replace(v, layer=f"{name} {v.layer}") if name else v for v in decision.layers]
        assumed |= dict.fromkeys(decision.assumed)
        if not decision.allowed:
            reason = f"{name}: {decision.reason}" if name else decision.reason
            return Decision(decision.outcome, reason, tuple(verdicts), tuple(assumed))
    return Decision("allowed", decision.reason, tuple(verdicts), tuple(assumed))


def informed(request: Request, facts: Facts) -> Request:
    """The request with what the facts say of its principal and its context."""
    if facts is NOTHING:
        return request
    who = request.principal
    if who.type == "AWS" and (facts.federated_by or facts.canonical_ids):
        issuer = facts.federated_by if who.kind == "federated-user" else ""
        who = replace(who, issuer=issuer, canonical=facts.canonical_ids.get(who.account, ""))
    context = dict(request.context)
    if facts.resource_account:
        _say_once(context, "aws:resourceaccount", facts.resource_account)
    made = complete(replace(request, principal=who, context=context))
    more = membership(made, facts)
    if not more:
        return made
    context = dict(made.context)
    for key, value in more.items():
        _say_once(context, key, value)
    return replace(made, context=context)


def _say_once(context: dict[str, tuple[str, ...]], key: str, value: str) -> None:
    have = context.setdefault(key, (value,))
    if have != (value,):
        raise ValueError(f"the facts say that `{key}` is {value}, the request that it is {', '.join(have)}")


def _decide(request: Request, layers: Layers, facts: Facts) -> Decision:
    said = [
        say(policies, request, f"{kind}.{level}" if len(levels) > 1 else kind)
        for kind, levels in layers.items()
        if _concerns(kind, request, facts)
        for level, policies in enumerate(levels)
    ]
    extras = services.grants(request, layers, facts)
    verdicts = (*(s.verdict for s in said), *(Verdict(e.layer, "allowed", e.names) for e in extras))

    def answer(outcome: Outcome, reason: str, *more: str) -> Decision:
        return Decision(outcome, reason, verdicts, (*services.assumed(request, layers, facts, outcome), *more))

    denying = [s for s in said if s.outcome == "explicit_deny" and not s3.spared(request, s.layer)]
    if denying:
        return answer("explicit_deny", f"denied by {', '.join(denying[0].names)}")
    if _boundary_with_not_principal(said, layers, request):
        return answer("explicit_deny", "a deny with `NotPrincipal` always denies who has a boundary")
    for s in said:
        if s.layer.partition(".")[0] in ("scp", "endpoint") and s.outcome != "allowed":
            return answer("implicit_deny", f"`{s.layer}` does not allow it")
    by_kind = {s.layer: s for s in said}
    owners = _same_account(request, facts)
    silenced = s3.foreign(request, facts) or kms.by_grants_only(request)
    reasons = [
        _refused(request, by_kind, extras, same=same, silenced=silenced)
        or s3.refused(request, layers, facts, same=same)
        for same in owners
    ]
    more: tuple[str, ...] = ()
    if len(set(map(bool, reasons))) > 1:
        if "resource" in by_kind and not silenced:
            raise UndecidedError("whose the resource is decides, and its ARN does not say: give `aws:ResourceAccount`")
        more = (f"the resource is in account {request.principal.account}",)
    if reasons[0]:
        return answer("implicit_deny", reasons[0], *more)
    session = by_kind.get("session")
    if session is not None and session.outcome != "allowed" and owners[0]:
        # The pages say so of grants to a session and to everybody; others report that they saw it otherwise.
        more += ("a session policy's silence does not limit what a resource policy grants directly",)
    return answer("allowed", ALLOWED, *more)


def _concerns(kind: str, request: Request, facts: Facts) -> bool:
    who = request.principal
    if kind == "scp":
        return scp_binds(request, facts)
    if kind == "rcp":
        return rcp_binds(request, facts)
    if kind in ("identity", "boundary", "session"):
        return who.type == "AWS" and not (kind == "boundary" and service_linked(request))
    if kind == "trust":
        return request.action.lower().startswith("sts:")
    return True


def _boundary_with_not_principal(said: Sequence[Said], layers: Layers, request: Request) -> bool:
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
                        open_to_all = replace(statement, principals=(("*", "*"),), not_principals=False)
                        if applies(open_to_all, request, variables=policy.variables):
                            return True
    return False


def _same_account(request: Request, facts: Facts) -> tuple[bool, ...]:
    """Whether the resource is in the principal's account; both where nothing tells."""
    if request.principal.type != "AWS":
        return (False,)
    account = s3.owner(request, facts) or owner(request)
    return (account == request.principal.account,) if account else (True, False)


def _refused(request: Request, said: Mapping[str, Said], extras: Sequence[Extra], *, same: bool, silenced: bool) -> str:
    """Why identity and resource policies do not allow it; empty where they do.

    `silenced`: whether the resource's policy can deny it, and not allow.
    """
    who = request.principal
    allowed = {kind: s.outcome == "allowed" for kind, s in said.items()}
    resource = said.get("trust") or said.get("resource")
    ways = {way for extra in extras for way in extra.ways}
    if resource and not silenced:
        ways |= _ways(resource, request)
    if who.type != "AWS":
        return "" if ways else f"no resource policy allows it to {who}"
    needed = services.owner_decides(request, resource)
    if "free" in ways:
        return ""
    silent = next((kind for kind in ("boundary", "session") if kind in said and not allowed[kind]), "")
    identity = allowed.get("identity", False) or who.kind == "root"
    if who.kind == "federated-user" and "session" not in said:
        # Source: access_policies.html#policies_session - without a session policy such a session may do nothing itself.
        identity = False
    if not same:
        if not ways:
            return f"no {resource.layer if resource else 'resource'} policy allows it across accounts"
        return _limited(identity, silent)
    if needed and not ways:
        return needed
    if ways & {"self", "any"}:
        return ""
    if "role" in ways:
        return f"the {silent} does not allow it" if silent else ""
    return _limited(identity, silent)


def _limited(identity: bool, silent: str) -> str:
    if not identity:
        return "no identity policy allows it"
    return f"the {silent} does not allow it" if silent else ""


def _ways(said: Said, request: Request) -> set[str]:
    """As what the statements that allow take in who asks: `self`, `role`, `account`, `any`."""
    out: set[str] = set()
    for statement in said.allows:
        if statement.not_principals:
            out.add("any")
        out.update(how(kind, value, request.principal) for kind, value in statement.principals or ())
    return out - {""}
