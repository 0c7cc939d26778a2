"""What the workload is allowed now, compared with what it needs.

Everything is asked of the exact engine: what a need's statement allows and the present policy does not (`lower` bound: what
is surely allowed; `upper`: what may be).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from fourfold.engines.exact.answer import Proved, Witness
from fourfold.engines.iam import symbolic
from fourfold.engines.iam.document import Policy, Statement, parse
from fourfold.engines.iam.estate import Estate, Principal, layers
from fourfold.engines.iam.ground import Grounded
from fourfold.engines.iam.names import ACCOUNT, STAND_IN, Names, open_in
from fourfold.engines.iam.request import request
from fourfold.engines.iam.spec import decide, evaluate
from fourfold.engines.iam.write.needs import Need
from fourfold.engines.iam.write.statements import conditions
from fourfold.knowledge.iam import catalogue
from fourfold.knowledge.iam_arns import NAME, can_match
from fourfold.model.place import Span
from fourfold.model.value import NOWHERE, Known, Ref, Text, Unknown, Value


class Unused(msgspec.Struct, frozen=True):
    """An action that a present statement allows and nothing needs."""

    action: str
    """As it is written there."""
    statement: str
    policy: str
    span: Span | None
    used: tuple[str, ...] = ()
    """Of a pattern: those of its actions that are needed."""
    of: int = 1
    """How many actions of the catalogue it takes in."""


def allowed_now(principal: Principal | None, bound: Literal["lower", "upper"]) -> Policy:
    """The present identity policies as one."""
    found = principal.layers(bound)["identity"][0] if principal is not None else []
    return whole(Policy("identity", tuple(s for p in found for s in p.statements), "2012-10-17"))


def whole(policy: Policy) -> Policy:
    """The policy with each resource that is one stand-in - a parameter that is an ARN - written as an ARN."""
    kept = [
        msgspec.structs.replace(s, resources=tuple(f"{STANDS}{r}" if STAND_IN.fullmatch(r) else r for r in s.resources))
        if s.resources
        else s
        for s in policy.statements
    ]
    problems = tuple(p for p in policy.problems if not open_in(p.message))
    return msgspec.structs.replace(policy, statements=tuple(kept), problems=problems)


STANDS = f"arn:aws:any:any:{ACCOUNT}:"
"""What is put before it."""


def policy_of(need: Need, names: Names, *, wide: bool = False) -> Policy:
    """A policy that allows one need; `wide`: whatever is known only at deployment turns out to be."""
    on = names.text(need.resource)
    on = STAND_IN.sub("*", on).replace(ACCOUNT, "*") if wide else on
    statement: dict[str, Any] = {"Effect": "Allow", "Action": need.action, "Resource": on}
    if need.limits and not wide:
        statement["Condition"] = conditions(need.limits, names.text)
    return whole(parse({"Version": "2012-10-17", "Statement": statement}))


Standing = Literal["granted", "missing", "unknown"]


def standing(need: Need, names: Names, estate: Estate, role: Principal, lower: Policy, upper: Policy) -> Standing:
    """Whether a need is granted now, by the role's policies or by the resource's.

    One that is wider than what is used is missing only if nothing of it is granted.
    """
    found = _by_identity(need, names, lower, upper)
    return found if found == "granted" else _by_resource(need, names, estate, role) or found


def _by_resource(need: Need, names: Names, estate: Estate, role: Principal) -> Standing | None:
    """What the policies of the resource say, together with those of the role; None where it has none."""
    wanted = names.text(need.resource)
    for target in estate.targets:
        if not target.policies or not (wanted == target.arn or wanted.startswith((f"{target.arn}/", f"{target.arn}:"))):
            continue
        asked = {"principal": role.asks, "action": need.action, "resource": wanted.replace("*", "any").replace("?", "x"),
                 "context": {limit.key: names.text(limit.value) for limit in need.limits}}  # fmt: skip
        try:
            made = request(asked)
            if decide(made, layers(role, target, "lower")).allowed:
                return "granted"
            if decide(made, layers(role, target, "upper")).allowed:
                return "unknown"
        except ValueError:
            return "unknown"
    return None


def _by_identity(need: Need, names: Names, lower: Policy, upper: Policy) -> Standing:
    wanted = policy_of(need, names)
    if _without_resource(need, names):
        return "granted" if _decided(lower, need) else "unknown" if _decided(_at_most(upper), need) else "missing"
    if isinstance(symbolic.no_new_access(lower, wanted), Proved):
        return "granted"
    most = _at_most(upper)
    if need.wide or open_in(names.text(need.resource)):
        # What is known only at deployment may be what the present policy says in other words.
        nothing = symbolic.disjoint(most, policy_of(need, names, wide=True))
        return "missing" if isinstance(nothing, Proved) else "unknown"
    return "missing" if isinstance(symbolic.no_new_access(most, wanted), Witness) else "unknown"


def _at_most(policy: Policy) -> Policy:
    """The policy if every condition falls out for the caller: what nobody can be refused for sure is taken as allowed."""
    kept = [
        msgspec.structs.replace(s, conditions=()) for s in policy.statements if s.effect == "Allow" or not s.conditions
    ]
    return msgspec.structs.replace(policy, statements=tuple(kept))


def _without_resource(need: Need, names: Names) -> bool:
    """Whether the request names no resource, though its action can: a message to a telephone."""
    found = catalogue().expand(need.action)
    return not need.wide and bool(found) and found[0].supports_resources and names.text(need.resource) == "*"


def _decided(policy: Policy, need: Need) -> bool:
    asked = request({"principal": "arn:aws:iam::000000000000:role/any", "action": need.action, "resource": "*"})
    return evaluate([policy], asked).outcome == "allowed"


def unused(principal: Principal | None, used: set[str]) -> Iterator[Unused]:
    """What the present policies allow and nothing needs."""
    lower_used = {u.lower() for u in used}
    for document in principal.identity if principal is not None else ():
        for grounded in document.statements:
            if grounded.effect == "Allow" and not grounded.upper.not_actions:
                yield from _unused_in(grounded, document.name, lower_used)


def _unused_in(grounded: Grounded, policy: str, used: set[str]) -> Iterator[Unused]:
    statement: Statement = grounded.written
    for pattern in statement.actions:
        known = [str(a) for a in catalogue().expand(pattern)]
        hit = tuple(sorted(a for a in known if a.lower() in used))
        if len(hit) < len(known):
            yield Unused(pattern, grounded.name, policy, grounded.span, hit, len(known))


def said_about(principal: Principal, need: Need, names: Names) -> list[Value]:
    """The resources of present statements that allow the action of a need, and are less than what it would take."""
    wanted = names.text(need.resource)
    found = catalogue().expand(need.action)
    out: dict[str, Value] = {}
    for document in principal.identity:
        for grounded in document.statements:
            statement = grounded.written
            if grounded.effect != "Allow" or statement.not_actions or statement.not_resources:
                continue
            if not any(str(a) == need.action for pattern in statement.actions for a in catalogue().expand(pattern)):
                continue
            for pattern in statement.resources or ():
                if pattern == wanted or not pattern.strip("*") or not found or not can_match(_open(pattern), found[0]):
                    continue
                if not isinstance(symbolic.no_new_access(_on(need.action, wanted), _on(need.action, pattern)), Proved):
                    continue
                out[pattern] = _written(principal, pattern, names)
    return list(out.values())


def _open(pattern: str) -> str:
    return STAND_IN.sub(NAME, pattern)


def _on(action: str, resource: str) -> Policy:
    return parse({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": resource}})


def _written(principal: Principal, pattern: str, names: Names) -> Value:
    """The value of the template that is this text."""
    for policy in principal.node.policies if principal.node is not None else ():
        for statement in policy.statements:
            for _, value in statement.resources.elements():
                if isinstance(value, Known | Text | Ref | Unknown) and names.text(value) == pattern:
                    return value
    return Known(NOWHERE, 0, 0, -1, pattern)
