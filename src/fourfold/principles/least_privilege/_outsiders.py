"""Who is let in by a statement, asked of the IAM engine in the present world.

Only statements that are open at first sight are asked about; the answers are kept for statements that say the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fourfold.knowledge.iam_callers import KEYS, says_who
from fourfold.model.graph import Graph
from fourfold.model.nodes import Policy, Statement
from fourfold.model.value import Known, Text, Value
from fourfold.model.world import Undecided, doubt, holds
from fourfold.principles.least_privilege._statement import clauses

if TYPE_CHECKING:  # The engine is loaded when the first open statement is judged: most scans have none.
    from fourfold.engines.iam.ground import Grounded
    from fourfold.engines.iam.outsiders import Outside, Pins

EVERYBODY = (("*", "*"),)


def witness(
    statement: Statement,
    graph: Graph,
    who: tuple[tuple[str, str], ...] = EVERYBODY,
    pins: Pins | None = None,
) -> dict[str, Any] | None:
    """A request of somebody whom the policy does not name and lets in; None where there surely is none.

    Where that hangs on something that is not known, both answers are explored.
    """
    if pins is None and _names_somebody(statement):
        return None
    from fourfold.engines.exact.answer import Proved, Witness

    found = _outside(statement, graph, who, pins)
    if isinstance(found.sure, Witness):
        return _shown(found.sure)
    if isinstance(found.may, Proved):
        return None
    if not doubt(("outsiders", statement.key, who), found.reason):
        return None
    return _shown(found.may) if isinstance(found.may, Witness) else {}


def _names_somebody(statement: Statement) -> bool:
    """Whether a condition by itself leaves only who is named: what the engine would prove, seen without it."""
    for clause in clauses(statement.conditions):
        shape = KEYS.get(clause.lower)
        if shape is None or not clause.demands or clause.wild or shape in ("ip", "flag"):
            continue
        # What compares literally is one fixed text, known or not.
        if clause.operator == "stringequals" or all(says_who(shape, _text(item)) for item in clause.value.items()):
            return True
    return False


def _text(value: Value) -> str:
    """The text with `_` for what is not known: `wild` was asked before."""
    settled = value.settle()
    if isinstance(settled, Text):
        return "".join(p if isinstance(p, str) else "_" for p in settled.parts)
    return settled.text() if isinstance(settled, Known) else "_"


def _shown(answer: Any) -> dict[str, Any]:
    request = dict(answer.request)
    if not request.get("context"):
        request.pop("context", None)
    return request


def _outside(statement: Statement, graph: Graph, who: tuple[tuple[str, str], ...], pins: Pins | None) -> Outside:
    from fourfold.engines.iam.outsiders import outside

    wild = tuple(sorted({c.lower for c in clauses(statement.conditions) if c.wild} | _ranges(statement)))
    allow = _grounded(statement, graph)
    denies = list(_denies(statement, graph))
    key = (allow.written, tuple((d.written, d.reason) for d in denies), wild, who, pins)
    kept = graph.derived(_kept)
    if key not in kept:
        kept[key] = outside(allow, denies, wild=wild, who=who, pins=pins)
    return kept[key]


def _kept(_: Graph) -> dict[Any, Outside]:
    return {}


def _ranges(statement: Statement) -> set[str]:
    """Nothing; raises `Undecided` where a range of addresses is not known: it may be all of them."""
    for clause in clauses(statement.conditions):
        if clause.lower == "aws:sourceip":
            for item in clause.value.items():
                item.text()
    return set()


def _grounded(statement: Statement, graph: Graph) -> Grounded:
    from fourfold.engines.iam.ground import here
    from fourfold.engines.iam.names import Names

    found = here(graph.derived(Names), statement.at, "resource", statement.name, statement.span)
    if isinstance(found, str):
        raise Undecided(found)
    return found


def _denies(statement: Statement, graph: Graph) -> Iterator[Grounded]:
    for policy in graph.into(statement, "contains"):
        assert isinstance(policy, Policy)
        for other in policy.statements:
            if other is not statement and holds(other.condition) and other.effect.is_("Deny"):
                yield _grounded(other, graph)
