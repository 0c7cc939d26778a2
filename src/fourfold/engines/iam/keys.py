"""Condition keys as dimensions: the values a key can have, cut into atoms by the conditions of a question.

A *world* of a key is what a request says of it: nothing, one value, or several. Worlds of one atom are the same for every
condition of the question. Sets of values are told apart by the atoms they have members in, which is exact for
`ForAllValues` and `ForAnyValue`; plain operators hold for no request with several values.

What cannot be cut exactly (values with policy variables, a key that is compared as text here and as number there, too
many atoms) becomes a *free* dimension of its own, true or false whatever the key is. That adds worlds and takes none
away: proofs stay proofs, and a witness is one only if the point evaluator says so.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
reference_policies_condition-single-vs-multi-valued-context-keys.html and reference_policies_condition-keys.html there
(for the keys that every request has).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import msgspec

from fourfold.engines.exact import points
from fourfold.engines.exact.answer import Unknown
from fourfold.engines.exact.globs import Glob, glob, literal, matches, normal
from fourfold.engines.exact.strings import partition
from fourfold.engines.iam.document import Condition
from fourfold.engines.iam.elements import ARNS, arn, has_variable, tokens
from fourfold.engines.iam.operators import moment, number

Clause = tuple[Condition, bool]
"""A condition, and whether `${...}` in it is a variable."""
World = tuple[str, ...]
ABSENT: World = ()

SET_ATOMS_MAX = 8
"""Atoms of which all sets are tried, 255 of them."""
ALWAYS = frozenset({"aws:currenttime", "aws:epochtime", "aws:securetransport"})
"""Keys of every request."""
OF_PRINCIPALS = frozenset({"aws:principalarn", "aws:principalaccount"})
"""Keys of every request of a principal of an account."""

_EXAMPLES = {
    "aws:principalorgid": "o-outsideorg",
    "aws:principalaccount": "999999999999",
    "aws:principalarn": "arn:aws:iam::999999999999:role/stranger",
    "aws:sourceaccount": "999999999999",
    "aws:sourcearn": "arn:aws:sns:us-east-1:999999999999:any",
    "aws:sourcevpc": "vpc-0123456789abcdef0",
    "aws:sourcevpce": "vpce-0123456789abcdef0",
    "aws:requestedregion": "eu-west-3",
}
"""Values that read better than the shortest ones, for witnesses."""

_GROUPS = {"string": "text", "arn": "text", "bool": "text", "binary": "text"}


class Dimension(msgspec.Struct, frozen=True):
    """The worlds of one key, and which of them each condition holds in (bit i: world i)."""

    worlds: tuple[World, ...]
    holds: dict[Clause, int]


def dimension(key: str, clauses: Sequence[Clause], kind: str, *, present: bool) -> Dimension | Unknown:
    """The dimension of a key, from all conditions on it that are not free.

    `kind` is the catalogue's type of the key's values (empty: not known), `present` whether every request has the key.
    """
    families = {_GROUPS.get(c.operator.family, c.operator.family) for c, _ in clauses} - {"null"}
    if len(families) > 1:
        return Unknown(f"`{key}` is compared as {' and as '.join(sorted(families))}")
    family = next(iter(families), "text")
    cut = _text(clauses, kind, _EXAMPLES.get(key, "any")) if family == "text" else _ordered(clauses, family)
    if isinstance(cut, Unknown):
        return cut
    atoms, truth = cut
    many = kind.startswith("ArrayOf") or (not kind and any(c.qualifier for c, _ in clauses))
    worlds: list[tuple[World, frozenset[int]]] = [((text,), frozenset({i})) for i, text in enumerate(atoms)]
    if many:
        sets = _sets(atoms, clauses, family)
        if isinstance(sets, Unknown):
            return sets
        worlds += sets
    if not present:
        worlds.append((ABSENT, frozenset()))
    holds = {
        clause: sum(
            1 << n
            for n, (world, members) in enumerate(worlds)
            if _holds(clause[0], world, [truth[clause] >> i & 1 for i in members])
        )
        for clause in clauses
    }
    return Dimension(tuple(world for world, _ in worlds), holds)


def is_free(clause: Clause) -> bool:
    """Whether the condition compares with something of the request itself."""
    condition, variables = clause
    family = condition.operator.family
    return variables and family in ("string", "arn") and any(has_variable(value) for value in condition.values)


def _holds(condition: Condition, world: World, members: list[int]) -> bool:
    """Whether the condition holds; `members`: whether its values take each atom the world's values are in."""
    operator = condition.operator
    if operator.family == "null":
        return any((wanted.lower() == "true") == (not world) for wanted in condition.values)
    passes = [bool(m) != operator.negated for m in members]
    if condition.qualifier == "ForAllValues":
        return all(passes)
    if not world:
        return condition.if_exists or (operator.negated and not condition.qualifier)
    if condition.qualifier == "ForAnyValue":
        return any(passes)
    return len(world) == 1 and passes[0]


def _sets(atoms: list[str], clauses: Sequence[Clause], family: str) -> list[tuple[World, frozenset[int]]] | Unknown:
    """Worlds of several values."""
    if len(atoms) > SET_ATOMS_MAX:
        return Unknown(f"a key with sets of values is cut into {len(atoms)} atoms, more than {SET_ATOMS_MAX}")
    out: list[tuple[World, frozenset[int]]] = []
    for size in range(2, len(atoms) + 1):
        for chosen in combinations(range(len(atoms)), size):
            out.append((tuple(atoms[i] for i in chosen), frozenset(chosen)))
    if all(c.qualifier or c.operator.family == "null" for c, _ in clauses):
        return out
    if family != "text":
        return Unknown("a key with sets of values is compared by a plain operator")
    globs = _globs(clauses)
    for i, text in enumerate(atoms):
        other = _another(text, globs)
        if other:
            out.append(((text, other), frozenset({i})))
        elif not any(g.literal and not g.fold and matches(g, text) for g in globs):
            return Unknown("a key with sets of values is compared by a plain operator")
    return out


def _another(text: str, globs: Sequence[Glob]) -> str:
    """A second member of the text's atom; empty where none is near."""
    same = [matches(g, text) for g in globs]
    near = [text[:i] + c + text[i:] for i in range(len(text), -1, -1) for c in "xa0:"]
    return next((t for t in (*near, text.swapcase()) if t != text and [matches(g, t) for g in globs] == same), "")


def _pattern(condition: Condition, value: str, *, variables: bool) -> Glob | None:
    """What one value of a textual condition matches; None for nothing."""
    operator = condition.operator
    if operator.family == "arn":
        return arn(value, variables=variables)
    if operator.relation == "like":
        return normal(tokens(value, variables=variables)) if variables else glob(value)
    if variables and operator.family == "string" and "${" in value:
        value = value.replace("${*}", "*").replace("${?}", "?").replace("${$}", "$")
    return literal(value, folded=operator.fold)


def _globs(clauses: Sequence[Clause]) -> list[Glob]:
    found = [
        _pattern(c, value, variables=variables)
        for c, variables in clauses
        if c.operator.family != "null"
        for value in c.values
    ]
    return list(dict.fromkeys(g for g in found if g is not None))


def _text(clauses: Sequence[Clause], kind: str, example: str) -> tuple[list[str], dict[Clause, int]] | Unknown:
    """Members of the atoms, and for each condition the atoms its values take."""
    globs = _globs(clauses)
    atoms: list[str]
    if kind == "Bool":
        atoms = ["true", "false"]
    else:
        frame = [ARNS] if kind in ("ARN", "ArrayOfARN") else []
        cut = partition([*frame, *globs], within=len(frame), names=[example])
        if isinstance(cut, Unknown):
            return cut
        atoms = list(cut.values())
    taken = {g: sum(1 << i for i, text in enumerate(atoms) if matches(g, text)) for g in globs}
    truth: dict[Clause, int] = {}
    for clause in clauses:
        truth[clause] = 0
        if clause[0].operator.family != "null":
            for value in clause[0].values:
                pattern = _pattern(clause[0], value, variables=clause[1])
                truth[clause] |= taken[pattern] if pattern is not None else 0
    return atoms, truth


def _ordered(clauses: Sequence[Clause], family: str) -> tuple[list[str], dict[Clause, int]] | Unknown:
    compared = [clause for clause in clauses if clause[0].operator.family != "null"]
    atoms: list[str]
    if family == "ip":
        blocks = [[points.network(value) for value in c.values] for c, _ in compared]
        found = points.partition(blocks, points.ADDRESSES)
        vectors, atoms = list(found), [points.address(low) for low, _ in found.values()]
    else:
        read = number if family == "numeric" else moment
        ranges = [_ranges(c, read) for c, _ in compared]
        cut = points.partition(ranges, points.NUMBERS)
        vectors, atoms = list(cut), [_decimal(points.inside(interval)) for interval in cut.values()]
    truth = dict.fromkeys(clauses, 0)
    for bit, clause in enumerate(compared):
        truth[clause] = sum(1 << i for i, vector in enumerate(vectors) if vector >> bit & 1)
    return atoms, truth


def _ranges(condition: Condition, read: Callable[[str], Fraction | None]) -> list[tuple[points.Dense, points.Dense]]:
    low, high = points.NUMBERS
    out: list[tuple[points.Dense, points.Dense]] = []
    for text in condition.values:
        value = read(text)
        if value is None:
            continue
        before, after = points.at(value)
        out.append(
            {
                "equals": (before, after),
                "less": (low, before),
                "less_equals": (low, after),
                "greater": (after, high),
                "greater_equals": (before, high),
            }[condition.operator.relation]
        )
    return out


def _decimal(value: Fraction) -> str:
    return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
