"""Questions about policy statements that several checks ask, each in the present world.

Condition semantics: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from fourfold.knowledge.arn_shapes import shape
from fourfold.knowledge.iam import Action, catalogue
from fourfold.knowledge.iam_arns import ANY, FLAT_NAMES, FLAT_PSEUDO, NAME, RESOURCE_ARNS, can_match, literal
from fourfold.model.graph import Graph
from fourfold.model.nodes import Statement
from fourfold.model.value import Absent, Known, Map, Ref, Text, Unknown, Value

GATES = frozenset({
    "aws:securetransport", "aws:requestedregion", "aws:currenttime", "aws:epochtime", "aws:useragent", "aws:referer",
    "aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "aws:principalaccount", "aws:principalorgid",
    "aws:principalorgpaths", "aws:principaltype", "s3:tlsversion", "s3:signatureversion", "s3:authtype",
})  # fmt: skip
"""Keys that ask how or when an identity calls, or that its own account answers: they do not narrow what it may do."""


class Clause(msgspec.Struct, frozen=True):
    """One key of a `Condition` element: `{"StringLikeIfExists": {"aws:PrincipalArn": [...]}}`."""

    operator: str
    """Lower case, without quantifier and `IfExists`: `stringlike`."""
    quantifier: str
    """`forallvalues`, `foranyvalue`, or empty."""
    if_exists: bool
    key: str
    """As it is written."""
    value: Value

    @property
    def lower(self) -> str:
        return self.key.lower()

    @property
    def demands(self) -> bool:
        """Whether it can only hold for requests that carry the key with one of the values.

        Negated operators, `IfExists` and `ForAllValues` hold where the key is missing; `Null` compares no value.
        """
        positive = "not" not in self.operator and self.operator != "null"
        return positive and not self.if_exists and self.quantifier != "forallvalues"

    @property
    def wild(self) -> bool:
        """Whether one of the values is `*`, which asks for nothing."""
        return self.operator in ("stringlike", "arnlike", "arnequals") and any(v.is_("*") for v in self.value.items())


def is_allow(statement: Statement, *kinds: str) -> bool:
    """Whether the statement grants, in a policy of one of these kinds."""
    return statement.policy_kind in kinds and statement.effect.is_("Allow")


def clauses(conditions: Value) -> list[Clause]:
    """The keys of a `Condition` element in this world."""
    out: list[Clause] = []
    for written, block in conditions.entries():
        quantifier, _, operator = written.lower().rpartition(":")
        if_exists = operator.endswith("ifexists")
        for key, value in block.entries():
            out.append(Clause(operator.removesuffix("ifexists"), quantifier, if_exists, key, value))
    return out


def narrows(statement: Statement) -> bool:
    """Whether the statement has a condition that may narrow what an identity may do with it."""
    return any(c.lower not in GATES and not c.wild for c in clauses(statement.conditions))


def texts(elements: Value) -> Iterator[tuple[Value, str]]:
    """The elements of `Action` and the like, with their texts; raises `Undecided` where one is not known."""
    for item in elements.items():
        yield item, item.text()


def is_everything(action: str) -> bool:
    """Whether an `Action` element is `*`, or `*:*` in one of its spellings."""
    service, _, name = action.partition(":")
    return bool(service) and not service.strip("*") and not name.strip("*")


def every(resources: Value) -> Value | None:
    """The element of `Resource` that is `*`, if there is one."""
    return next((item for item in resources.items() if item.is_("*")), None)


def pattern_of(value: Value, graph: Graph) -> str:
    """A `Resource` element as a pattern of `knowledge.iam_arns`; what is not known is open in it."""
    if isinstance(value, Known):
        return literal(str(value.value))
    if isinstance(value, Text):
        return "".join(literal(p) if isinstance(p, str) else pattern_of(p, graph) for p in value.parts)
    if isinstance(value, Ref):
        target = graph.target(value)
        key = (target.type if target is not None else "", value.attribute)
        return RESOURCE_ARNS.get(key, NAME if key in FLAT_NAMES else ANY)
    if isinstance(value, Unknown) and value.name in FLAT_PSEUDO:
        return NAME
    return ANY


def own_place(value: Value, around: Value) -> bool:
    """Whether the value is written by itself: what came out of a JSON text has the place of the whole text."""
    return (value.start, value.end) != (around.start, around.end)


def spelled_out(value: Value) -> bool:
    """Whether the file itself says it: what an expansion wrote has the place of what was expanded."""
    if not isinstance(value, (Known, Text)):
        return True
    parts = value.parts if isinstance(value, Text) else (str(value.value),)
    written = value.source.text[value.start : value.end]
    return all(word in written for part in parts if isinstance(part, str) for word in part.split("/") if len(word) > 3)


def shown(value: Value) -> str:
    """A value for sentences."""
    text = str(value.plain())
    return text if len(text) <= 90 else text[:87] + "..."


def listed(names: Iterable[str], most: int = 3) -> str:
    """`a`, `b`, `c` and 4 more."""
    quoted = [f"`{name}`" for name in dict.fromkeys(names)]
    if len(quoted) > most + 1:
        return f"{', '.join(quoted[:most])} and {len(quoted) - most} more"
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def matches_action(pattern: str, action: str) -> bool:
    """Whether an `Action` element matches a literal action."""
    from fourfold.knowledge.iam import glob

    if "*" not in pattern and "?" not in pattern:
        return pattern.lower() == action.lower()
    return is_everything(pattern) or glob(pattern.lower()).fullmatch(action.lower()) is not None


def expanded(elements: Value) -> list[tuple[Value, str, tuple[Action, ...]]]:
    """Each `Action` element with what the catalogue knows it to match; nothing for one that spans services."""
    return [
        (item, text, () if "*" in text.partition(":")[0] else catalogue().expand(text))
        for item, text in texts(elements)
    ]


# -- principals ------------------------------------------------------------------------------------------------------


def principals(value: Value) -> list[tuple[str, Value]]:
    """(type, principal) of a `Principal` element: `AWS`, `Service`, `Federated`, `CanonicalUser`; `*` alone is `AWS`."""
    settled = value.settle()
    if isinstance(settled, Map):
        return [(kind, item) for kind, listed_ in settled.entries() for item in _each(listed_)]
    if isinstance(settled, Absent):
        return []
    return [("AWS", item) for item in settled.items()]


def _each(value: Value) -> list[Value]:
    settled = value.settle()
    return [settled] if isinstance(settled, Unknown) else settled.items()


def anyone(value: Value) -> Value | None:
    """The principal that is everybody, anonymous callers included, if there is one."""
    return next((item for kind, item in principals(value) if kind == "AWS" and _is_everybody(item)), None)


def _is_everybody(principal: Value) -> bool:
    return not (isinstance(principal, Unknown) and principal.name in FLAT_PSEUDO) and principal.is_("*")


def in_scan(actions: Iterable[Action], statement: Statement, graph: Graph) -> dict[str, list[str]]:
    """Resources beside the statement, in its file, that each action works on: what a wildcard could be narrowed to."""
    beside = graph.derived(_arns).get(statement.resource.file, {})
    out: dict[str, list[str]] = {}
    for action in dict.fromkeys(actions):
        found = [address for arn, addresses in beside.items() if _works_on(arn, action) for address in addresses]
        if found:
            out[str(action)] = found[:10]
    return out


def _works_on(arn: str, action: Action) -> bool:
    """Whether an action works on such a resource, or on what is in it (`bucket/*`)."""
    if arn.split(":", 3)[2] != action.service:
        return False
    return can_match(arn, action) or can_match(f"{arn}/*", action)


def _arns(graph: Graph) -> dict[str, dict[str, list[str]]]:
    """The addresses of resources by their file and the pattern of their ARNs."""
    out: dict[str, dict[str, list[str]]] = {}
    for resource in graph.resources.values():
        found = shape(resource.type) if resource.type.startswith("AWS::") else None
        if found is not None:
            arn = found.arn.format(partition="aws", region=NAME, account=NAME, name=NAME, path="/")
            out.setdefault(resource.file, {}).setdefault(arn, []).append(resource.address)
    return out
