"""What the IAM engine proves about the statements of one policy in the present world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourfold.model.graph import Graph
from fourfold.model.nodes import Identity, Policy, Statement
from fourfold.model.value import Known, Map, Seq, Value
from fourfold.model.world import Undecided, holds
from fourfold.principles.least_privilege._statement import matches_action, spelled_out

if TYPE_CHECKING:  # The engine is loaded when the first statement may be superfluous: most scans have none.
    from fourfold.engines.iam.document import Kind
    from fourfold.engines.iam.document import Statement as Exact
    from fourfold.engines.iam.ground import Grounded

STATEMENTS_MAX = 60
"""Statements of one policy that are compared with each other; IAM's quotas allow some hundred short ones."""
KINDS = ("identity", "boundary", "resource", "trust", "scp", "rcp", "endpoint")


def written(policy: Policy) -> list[Statement]:
    """The statements that are there in this world and that the file itself says, with known effects."""
    if policy.kind not in KINDS or len(policy.statements) > STATEMENTS_MAX:
        return []
    return [s for s in policy.statements if s.part and holds(s.condition) and _effect_is_written(s)]


def _effect_is_written(statement: Statement) -> bool:
    effect = statement.effect.settle()
    return isinstance(effect, Known) and spelled_out(effect)


def exact(statement: Statement, graph: Graph) -> Grounded:
    """The statement as the engine takes it; raises `Undecided` where it is not known."""
    from fourfold.engines.iam.ground import here
    from fourfold.engines.iam.names import Names

    kind: Kind = "resource" if statement.policy_kind in ("resource", "trust", "rcp", "endpoint") else "identity"
    found = here(graph.derived(Names), statement.at, kind, statement.name, statement.span)
    if isinstance(found, str):
        raise Undecided(found)
    return found


def leaves_nothing(allow: Exact, denies: list[Exact]) -> bool:
    """Whether it is proved that denies leave nothing of an allow (without any: that it allows nothing)."""
    from fourfold.engines.exact.answer import Proved
    from fourfold.engines.iam.document import Policy as Document
    from fourfold.engines.iam.symbolic import is_empty

    return isinstance(is_empty(Document(_kind(allow), (*denies, allow), "2012-10-17"), typing="none"), Proved)


def covered(by: list[Exact], statement: Exact) -> bool:
    """Whether it is proved that a statement matches nothing that the others do not match."""
    from msgspec.structs import replace

    from fourfold.engines.exact.answer import Proved
    from fourfold.engines.iam.document import Policy as Document
    from fourfold.engines.iam.symbolic import no_new_access

    kind = _kind(statement)
    rest = Document(kind, tuple(replace(s, effect="Allow") for s in by), "2012-10-17")
    one = Document(kind, (replace(statement, effect="Allow"),), "2012-10-17")
    return isinstance(no_new_access(rest, one, typing="none"), Proved)


def comparable(one: Exact, other: Exact) -> bool:
    """Whether what one matches tells all that it does: its principals, and what is not known yet, are named by the other.

    A grant to an account only delegates to it, one to a role of it does not: so the same principals have to be named. A
    resource of which nothing is known is no ARN yet, and the engine would take it for one that never matches.
    """
    theirs = other.resources or ()
    if not set(one.principals or ()) <= set(other.principals or ()) or one.not_principals != other.not_principals:
        return False
    return "*" in theirs or all(r in theirs for r in one.resources or () if "<" in r and not r.startswith("arn:"))


def _kind(statement: Exact) -> Kind:
    return "resource" if statement.principals is not None else "identity"


def may_cover(other: Statement, statement: Statement) -> bool:
    """Whether another statement may match all that one does, by a quick look at the actions; not where one is unknown."""
    theirs, mine = _known_texts(other.actions), _known_texts(statement.actions)
    if not mine:
        return False
    if not theirs:
        return isinstance(other.not_actions.settle(), (Seq, Known))
    return all(any(matches_action(t, text.replace("*", "x")) for t in theirs) for text in mine)


def _known_texts(elements: Value) -> list[str]:
    """The elements of `Action`; none where one of them is not known."""
    settled = elements.settle()
    if not isinstance(settled, (Seq, Known)):
        return []
    items = [item.settle() for item in settled.items()]
    return [item.text() for item in items] if all(isinstance(item, Known) for item in items) else []


def keys(statement: Statement) -> list[str]:
    """The condition keys that are known, lower case, once for each clause."""
    block = statement.conditions.settle()
    if not isinstance(block, Map):
        return []
    found = [inner.settle() for _, inner in block.entries()]
    return [key.lower() for inner in found if isinstance(inner, Map) for key, _ in inner.entries()]


# -- what is left of a grant -----------------------------------------------------------------------------------------


def closed(actions: tuple[str, ...], statement: Statement, graph: Graph) -> str:
    """Why nobody may do the actions by a statement of an identity's policy, whatever is not known; empty where somebody may.

    Its policy's denies count, and the boundaries of the identities that have it.
    """
    policy = next((p for p in graph.into(statement, "contains") if isinstance(p, Policy)), None)
    if policy is None:
        return ""
    others = [s for s in policy.statements if s is not statement and holds(s.condition) and s.effect.is_("Deny")]
    holders = [i for i in graph.into(policy, "has_policy") if isinstance(i, Identity) and holds(i.condition)]
    boundaries = [_boundary(i, graph) for i in holders if i.boundary.present]
    bounded = bool(holders) and len(boundaries) == len(holders) and all(b is not None for b in boundaries)
    if not others and not bounded:
        return ""
    from fourfold.engines.exact.answer import Proved
    from fourfold.engines.iam.document import Policy as Document
    from fourfold.engines.iam.document import Statement as Exact
    from fourfold.engines.iam.symbolic import disjoint, is_empty

    denies = tuple(lower for d in others if (lower := _surely(d, graph)) is not None)
    left = Document("identity", (*denies, Exact("", "Allow", actions=actions, resources=("*",))), "2012-10-17")
    if isinstance(is_empty(left), Proved):
        return "the policy itself denies it"
    bounds = [Document("identity", tuple(b), "2012-10-17") for b in boundaries if b is not None]
    if bounded and all(isinstance(disjoint(left, bound), Proved) for bound in bounds):
        return "the permissions boundary does not allow it"
    return ""


def _surely(statement: Statement, graph: Graph) -> Exact | None:
    try:
        return exact(statement, graph).lower
    except Undecided:
        return None


def _boundary(identity: Identity, graph: Graph) -> list[Exact] | None:
    """What the boundary of an identity may allow; None where it is not part of the scan."""
    target = graph.target(identity.boundary.settle())
    policy = next((p for p in graph.of(Policy) if target is not None and p.resource is target), None)
    if policy is None or not policy.statements:
        return None
    out: list[Exact] = []
    for statement in policy.statements:
        if holds(statement.condition):
            try:
                found = exact(statement, graph)
            except Undecided:
                return None
            bound = found.upper if statement.effect.is_("Allow") else found.lower
            if bound is not None:
                out.append(bound)
    return out
