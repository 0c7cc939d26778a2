"""A policy as unions of products: each statement becomes one or more pieces, and conditions become cubes.

A statement whose resources hold policy variables is cut into pieces: one for what is plain, and one for each pattern with
a variable, which matches at most what it would with `*` in the variable's place, and there if a free dimension says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec

from fourfold.engines.exact.answer import Unknown
from fourfold.engines.exact.cubes import Cube, Space
from fourfold.engines.iam.document import Policy, Statement
from fourfold.engines.iam.elements import EVERYTHING, Element, action, has_variable, principal, resource
from fourfold.engines.iam.keys import ALWAYS, OF_PRINCIPALS, Clause, Dimension, World, dimension, is_free
from fourfold.knowledge.iam import catalogue

TRUE, FALSE = 0b10, 0b01
"""The two worlds of a free dimension."""


class Piece(msgspec.Struct, frozen=True):
    """A product: actions, resources, principals, conditions, and what free dimensions must say."""

    statement: Statement
    action: Element
    resource: Element
    principal: Element
    clauses: tuple[Clause, ...]
    free: Mapping[str, int]


@lru_cache(maxsize=16)
def pieces(policy: Policy, effect: str) -> tuple[Piece, ...]:
    """All pieces of the statements with this effect; kept for the policy that others are compared with in turn."""
    return tuple(p for s in policy.statements if s.effect == effect for p in _pieces(s, variables=policy.variables))


def _pieces(statement: Statement, *, variables: bool) -> list[Piece]:
    actions = Element(tuple(map(action, statement.actions)), statement.not_actions)
    free: dict[str, int] = {}
    principals = EVERYTHING
    if statement.principals is not None and statement.not_principals:
        listed = ", ".join(value for _, value in statement.principals)
        free[f"whether NotPrincipal {listed} leaves out who asks"] = FALSE
    elif statement.principals is not None:
        principals = Element(tuple(g for kind, value in statement.principals for g in principal(kind, value)))
    clauses = tuple((c, variables) for c in statement.conditions)
    return [
        Piece(statement, actions, element, principals, clauses, {**free, **more})
        for element, more in _resources(statement, variables=variables)
    ]


def _resources(statement: Statement, *, variables: bool) -> list[tuple[Element, dict[str, int]]]:
    if statement.resources is None:
        return [(EVERYTHING, {})]
    dynamic = [r for r in statement.resources if variables and has_variable(r)]
    plain = tuple(resource(r, variables=variables) for r in statement.resources if r not in dynamic)
    bounds = {r: resource(r, variables=True) for r in dynamic}
    if not statement.not_resources:
        out: list[tuple[Element, dict[str, int]]] = [(Element(plain), {})] if plain or not dynamic else []
        return out + [(Element((bounds[r],)), {f"whether the resource matches `{r}`": TRUE}) for r in dynamic]
    if not dynamic:
        return [(Element(plain, negated=True), {})]
    name = f"whether the resource matches {', '.join(f'`{r}`' for r in dynamic)}"
    return [
        (Element((*plain, *bounds.values()), negated=True), {}),
        (Element(plain, negated=True), {name: FALSE}),
    ]


class Conditions:
    """The dimensions of all conditions of a question."""

    def __init__(self, everything: Sequence[Piece], *, of_principals: bool) -> None:
        by_key: dict[str, dict[Clause, None]] = {}
        self.dimensions: dict[str, Dimension] = {}
        self.free: dict[str, str] = {}
        """Free dimension: why it is one."""
        for piece in everything:
            for name in piece.free:
                self.free[name] = "it depends on the request"
            for clause in piece.clauses:
                if is_free(clause):
                    self.free[_name(clause)] = "it compares with a policy variable"
                else:
                    by_key.setdefault(clause[0].lower, {})[clause] = None
        for key, clauses in by_key.items():
            present = key in ALWAYS or (of_principals and key in OF_PRINCIPALS)
            found = dimension(key, list(clauses), kind_of(key), present=present)
            if isinstance(found, Unknown):
                self.free.update({_name(clause): found.reason for clause in clauses})
            else:
                self.dimensions[key] = found
        full = {key: (1 << len(d.worlds)) - 1 for key, d in self.dimensions.items()}
        self.space = Space({**full, **dict.fromkeys(self.free, TRUE | FALSE)})

    def cube(self, piece: Piece) -> Cube:
        """What the piece asks of the context."""
        out: dict[str, int] = dict(piece.free)
        for clause in piece.clauses:
            key = clause[0].lower
            name = _name(clause)
            if name in self.free:
                out[name] = TRUE
            else:
                out[key] = out.get(key, self.space.full[key]) & self.dimensions[key].holds[clause]
        return out

    def context(self, cube: Cube, *, last: bool = False) -> dict[str, World]:
        """One world of each key that is in the cube; of a key the cube says nothing of, its first (or last) one."""
        out: dict[str, World] = {}
        for key, d in self.dimensions.items():
            bits = cube.get(key, self.space.full[key])
            out[key] = d.worlds[bits.bit_length() - 1 if last else (bits & -bits).bit_length() - 1]
        return out


def _name(clause: Clause) -> str:
    condition, variables = clause
    words = (condition.qualifier, condition.operator.name, "if it exists" if condition.if_exists else "")
    how = " ".join(word for word in words if word)
    return f"whether `{condition.lower}` satisfies {how} {', '.join(condition.values)}{'' if variables else ' '}"


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
