"""A policy as unions of products: each statement becomes one or more pieces.

A piece is a product of sets: actions, resources, who asks, and what it demands of the context. Conditions on keys that
follow from who asks (`aws:PrincipalArn`, ...) or from the resource (`aws:ResourceAccount`) become sets of principals and
resources, so that what is said twice is one dimension. A value with a policy variable becomes a *link*: whether the
resource (or the value of a key) is what the text is when its variables are filled in; a statement with such values is cut
into pieces, one for what is plain and one for each link.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product

import msgspec
from msgspec.structs import replace

from fourfold.engines.exact.globs import ONE, SEGMENT_ONE, SEGMENT_STAR, STAR, normal
from fourfold.engines.iam import principals
from fourfold.engines.iam.document import Condition, Policy, Statement
from fourfold.engines.iam.elements import (
    EVERYTHING,
    Element,
    Sieve,
    action,
    has_variable,
    pattern,
    resource,
    shaped,
)
from fourfold.engines.iam.keys import SINGLE, Clause, without
from fourfold.engines.iam.operators import OPERATORS
from fourfold.knowledge.iam import catalogue

TRUE, FALSE = 0b10, 0b01
"""The two worlds of a dimension that only says whether something is so."""
ALTERNATIVES_MAX = 64
"""Pieces of one statement; one that has more hangs on free dimensions instead."""
_KEPT_MAX = 64

RESOURCE_ACCOUNT = "aws:resourceaccount"
WITH_ACCOUNT = shaped("arn:*:*:*:############:*")
"""Resources whose ARN says whose they are."""
_ACCOUNT_HEAD = shaped("arn:*:*:*:").tokens


class Link(msgspec.Struct, frozen=True):
    """Whether something is what a text with policy variables is for the request."""

    subject: str
    """The condition key (lower case) whose one value is compared; empty: the resource."""
    text: str
    how: str
    """`resource`, `equals`, `folded`, `like` or `arn`: how the text is compared."""

    @property
    def name(self) -> str:
        return f"whether {f'`{self.subject}`' if self.subject else 'the resource'} matches `{self.text}` ({self.how})"


class Piece(msgspec.Struct, frozen=True, eq=False):
    """A product: an action, a resource that is in all elements, somebody who is in all elements, and conditions."""

    statement: Statement
    action: Element
    resources: tuple[Element, ...]
    principals: tuple[Element, ...]
    clauses: tuple[Clause, ...]
    links: tuple[tuple[Link, int], ...] = ()
    """Links with TRUE or FALSE."""
    free: tuple[tuple[str, int], ...] = ()
    """What is not decided: name and TRUE or FALSE."""


class Union:
    """Pieces of which one is enough."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = tuple(pieces)
        self._actions: Sieve | None = None

    @property
    def actions(self) -> Sieve:
        """The pieces' actions, to find those that an action is in."""
        if self._actions is None:
            self._actions = Sieve([p.action for p in self.pieces], folded=True)
        return self._actions


_kept: OrderedDict[int, tuple[Policy, Union, Union]] = OrderedDict()


def unions(policy: Policy) -> tuple[Union, Union]:
    """What a policy allows and denies; kept for policies that others are compared with in turn."""
    found = _kept.get(id(policy))
    if found is None or found[0] is not policy:
        every = [(s.effect, p) for s in policy.statements for p in pieces(s, variables=policy.variables)]
        allow, deny = (Union([p for effect, p in every if effect == wanted]) for wanted in ("Allow", "Deny"))
        _kept[id(policy)] = found = (policy, allow, deny)
        if len(_kept) > _KEPT_MAX:
            _kept.popitem(last=False)
    return found[1], found[2]


class _Part(msgspec.Struct, frozen=True):
    """What one element or condition demands, in one of the ways it can be satisfied."""

    resources: tuple[Element, ...] = ()
    principals: tuple[Element, ...] = ()
    clauses: tuple[Clause, ...] = ()
    links: tuple[tuple[Link, int], ...] = ()
    free: tuple[tuple[str, int], ...] = ()


def pieces(statement: Statement, *, variables: bool) -> list[Piece]:
    """The pieces of one statement."""
    actions = Element(tuple(dict.fromkeys(map(action, statement.actions))), statement.not_actions)
    factors = [list(_resources(statement, variables=variables))]
    if statement.principals is not None:
        who = principals.element(statement.principals, negated=statement.not_principals)
        factors.append([_Part(principals=(who,))])
    count = len(factors[0])
    for condition in statement.conditions:
        ways = list(_condition(condition, variables=variables))
        if count * len(ways) > ALTERNATIVES_MAX:
            ways = [_Part(free=((clause_name((condition, variables)), TRUE),))]
        count *= len(ways)
        factors.append(ways)
    out: list[Piece] = []
    for parts in product(*factors):
        out.append(
            Piece(
                statement,
                actions,
                tuple(e for part in parts for e in part.resources if not e.everything),
                tuple(e for part in parts for e in part.principals if not e.everything),
                tuple(c for part in parts for c in part.clauses),
                tuple(one for part in parts for one in part.links),
                tuple(one for part in parts for one in part.free),
            )
        )
    return out


def _resources(statement: Statement, *, variables: bool) -> Iterator[_Part]:
    if statement.resources is None:
        yield _Part(resources=(EVERYTHING,))
        return
    dynamic = [r for r in dict.fromkeys(statement.resources) if variables and has_variable(r)]
    plain = tuple(resource(r, variables=variables) for r in dict.fromkeys(statement.resources) if r not in dynamic)
    links = [Link("", r, "resource") for r in dynamic]
    bounds = [resource(r, variables=True) for r in dynamic]
    if not statement.not_resources:
        if plain or not dynamic:
            yield _Part(resources=(Element(plain),))
        for link, bound in zip(links, bounds, strict=True):
            yield _Part(resources=(Element((bound,)),), links=((link, TRUE),))
        return
    yield _Part(resources=(Element((*plain, *bounds), negated=True),))
    if dynamic:
        yield _Part(resources=(Element(plain, negated=True),), links=tuple((link, FALSE) for link in links))


def _condition(condition: Condition, *, variables: bool) -> Iterator[_Part]:
    who = principals.of_condition(condition, variables=variables)
    if who is not None:
        yield _Part(principals=who)
        return
    family = condition.operator.family
    dynamic = [v for v in condition.values if variables and family in ("string", "arn") and has_variable(v)]
    if dynamic:
        yield from _linked(condition, dynamic)
    elif condition.lower == RESOURCE_ACCOUNT and family in ("string", "arn", "null"):
        yield from _of_resource(condition, variables=variables)
    else:
        yield _Part(clauses=((condition, variables),))


def _linked(condition: Condition, dynamic: Sequence[str]) -> Iterator[_Part]:
    """A condition that compares with policy variables."""
    if condition.qualifier:
        yield _Part(free=((clause_name((condition, True)), TRUE),))
        return
    operator = condition.operator
    how = "arn" if operator.family == "arn" else "folded" if operator.fold else operator.relation
    plain = tuple(v for v in condition.values if v not in dynamic)
    links = [Link(condition.lower, v, how) for v in dict.fromkeys(dynamic)]
    one: Clause = (replace(condition, operator=SINGLE, values=(), if_exists=False), True)
    rest: Clause = (replace(condition, values=plain, if_exists=False), True)
    if without(condition):
        yield _Part(clauses=((absent(condition.key), True),))
    if operator.negated:
        yield _Part(clauses=(one, *([rest] if plain else [])), links=tuple((link, FALSE) for link in links))
        return
    if plain:
        yield _Part(clauses=(rest,))
    for link in links:
        yield _Part(clauses=(one,), links=((link, TRUE),))


def absent(key: str) -> Condition:
    """The condition that a key is not there."""
    return Condition(OPERATORS["Null"], key, ("true",))


def _of_resource(condition: Condition, *, variables: bool) -> Iterator[_Part]:
    """A condition on the resource's account: what the ARN says, where it says it, and else what the key says."""
    says = Element((WITH_ACCOUNT,))
    unsaid = Element((WITH_ACCOUNT,), negated=True)
    yield _Part(resources=(unsaid,), clauses=((condition, variables),))
    if condition.operator.family == "null":
        if any(value.lower() == "false" for value in condition.values):
            yield _Part(resources=(says,))
        return
    found = [pattern(condition, value, variables=variables) for value in condition.values]
    numbers = [[SEGMENT_STAR if t == STAR else SEGMENT_ONE if t == ONE else t for t in g.tokens] for g in found if g]
    matched = tuple(normal([*_ACCOUNT_HEAD, *number, ord(":"), STAR]) for number in numbers)
    yield _Part(resources=(says, Element(matched, negated=condition.operator.negated)))


def clause_name(clause: Clause) -> str:
    """A condition in words, one for each condition that can differ from another."""
    condition, variables = clause
    words = (condition.qualifier, condition.operator.name, "if it exists" if condition.if_exists else "")
    how = " ".join(word for word in words if word)
    return f"whether `{condition.lower}` satisfies {how} {', '.join(condition.values)}{'' if variables else ' '}"


@lru_cache(maxsize=4096)
def kind_of(key: str) -> str:
    """The catalogue's type of a condition key (lower case); empty where it is not known."""
    prefix, _, rest = key.partition(":")
    if not rest:
        return ""
    keys = catalogue().global_keys
    if prefix != "aws":
        service = catalogue().service(prefix)
        keys = service.keys if service is not None else {}
    head = key.partition("/")[0]
    return next((kind for name, kind in keys.items() if name.partition("/")[0].lower() == head), "")
