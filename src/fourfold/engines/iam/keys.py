"""Condition keys as dimensions: the values a key can have, cut into atoms by the conditions of a question.

A *world* of a key is what a request says of it: nothing, one value, or several. Worlds of one atom are the same for every
condition of the question. Of sets of values those are told apart that some condition tells apart: a set is described by
what all its members are in and by what some member is in, so no sets are enumerated. Plain operators hold for no request
with several values.

What cannot be cut exactly becomes a *free* dimension of its own, true or false whatever the key is. That adds worlds and
takes none away: proofs stay proofs, and a witness is one only if the point evaluator says so.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
reference_policies_condition-single-vs-multi-valued-context-keys.html and reference_policies_condition-keys.html there
(for the keys that every request has).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec

from fourfold.engines.exact import points
from fourfold.engines.exact.answer import Unknown
from fourfold.engines.exact.globs import Glob, matches
from fourfold.engines.exact.strings import partition
from fourfold.engines.iam.document import Condition
from fourfold.engines.iam.elements import ARNS, has_variable, pattern, shaped
from fourfold.engines.iam.operators import Operator, moment, number

Clause = tuple[Condition, bool]
"""A condition, and whether `${...}` in it is a variable."""
World = tuple[str, ...]
ABSENT: World = ()

WORLDS_MAX = 4_000
"""Worlds of one key."""
SINGLE = Operator("Single", "single")
"""Holds where the key has exactly one value; no policy can write it."""
ALWAYS = frozenset({"aws:currenttime", "aws:epochtime", "aws:securetransport"})
"""Keys of every request."""

OF_ACCOUNTS = frozenset({"aws:principalaccount", "aws:resourceaccount"})
"""Keys whose values are account numbers."""
ACCOUNTS = shaped("############")

EXAMPLES = {
    "aws:principalaccount": "111122223333",
    "aws:resourceaccount": "111122223333",
    "aws:principalorgid": "o-outsideorg",
    "aws:sourceaccount": "999999999999",
    "aws:sourcearn": "arn:aws:sns:us-east-1:999999999999:any",
    "aws:sourcevpc": "vpc-0123456789abcdef0",
    "aws:sourcevpce": "vpce-0123456789abcdef0",
    "aws:requestedregion": "eu-west-3",
}
"""Values that read better than the shortest ones, for witnesses."""

_TEXT = frozenset({"string", "arn", "bool", "binary"})
_NO_FAMILY = frozenset({"null", "single"})


class Dimension(msgspec.Struct, frozen=True):
    """The worlds of one key, and which of them each condition holds in (bit i: world i)."""

    worlds: tuple[World, ...]
    holds: dict[Clause, int]
    absent: int
    """The world without the key."""
    alone: frozenset[str] | None = None
    """Values that are the only ones of their atoms; None where values are no texts."""
    globs: tuple[Glob, ...] = ()
    """The patterns that tell texts apart."""

    def place(self, text: str) -> int:
        """The world (its bit) of one value; 0 where it is in none."""
        same = [matches(g, text) for g in self.globs]
        for i, world in enumerate(self.worlds):
            if len(world) == 1 and (world[0] == text or [matches(g, world[0]) for g in self.globs] == same):
                return 1 << i
        return 0


class _Cut(msgspec.Struct, frozen=True):
    """Members of the atoms of single values, and for each condition the atoms of which one value passes it."""

    atoms: list[str]
    passes: dict[Clause, int]
    another: Callable[[str], str]
    """A second member of the atom of a text; empty where none is near."""
    alone: frozenset[str] | None = None
    globs: tuple[Glob, ...] = ()


def dimension(
    key: str, clauses: Sequence[Clause], kind: str, *, present: bool, beside: Sequence[Clause] | None = None
) -> Dimension | Unknown:
    """The dimension of a key, from all conditions on it that are not free.

    `kind` is the catalogue's type of the key's values (empty: not known), `present` whether every request has the key.
    `beside` are conditions on keys that it is compared with: their texts are told apart too, and equal worlds of such keys
    have equal texts.
    """
    cut = _cut(key, clauses, kind, beside)
    if isinstance(cut, Unknown):
        return cut
    worlds: list[World] = [(text,) for text in cut.atoms]
    truth = {
        clause: cut.passes[clause] if clause[0].operator.family != "null" else _null(clause[0], len(worlds))
        for clause in clauses
    }
    if kind.startswith("ArrayOf") or (not kind and any(c.qualifier for c, _ in clauses)):
        sets = list(_sets(cut, clauses))
        if len(sets) > WORLDS_MAX:
            return Unknown(f"`{key}` has more than {WORLDS_MAX} sets of values that the conditions tell apart")
        for world, holding in sets:
            for clause in holding:
                truth[clause] |= 1 << len(worlds)
            worlds.append(world)
    absent = 0
    if not present:
        absent = 1 << len(worlds)
        worlds.append(ABSENT)
        for clause in clauses:
            truth[clause] |= absent if without(clause[0]) else 0
    return Dimension(tuple(worlds), truth, absent, cut.alone, cut.globs)


def is_free(clause: Clause) -> bool:
    """Whether the condition compares with something of the request itself."""
    condition, variables = clause
    return variables and condition.operator.family in ("string", "arn") and any(map(has_variable, condition.values))


def without(condition: Condition) -> bool:
    """Whether a condition holds where its key is not there."""
    if condition.operator.family == "null":
        return any(wanted.lower() == "true" for wanted in condition.values)
    if condition.operator is SINGLE:
        return False
    negated = condition.operator.negated and not condition.qualifier
    return condition.qualifier == "ForAllValues" or condition.if_exists or negated


def _null(condition: Condition, count: int) -> int:
    return (1 << count) - 1 if any(wanted.lower() == "false" for wanted in condition.values) else 0


def _sets(cut: _Cut, clauses: Sequence[Clause]) -> Iterator[tuple[World, list[Clause]]]:
    """Worlds of several values that the conditions tell apart, each with the conditions that hold in it.

    A set that satisfies "all in P" for some P and "some in Q" for some Q is a set inside the intersection of the P that
    meets each Q: which conditions hold decides both, and a member for each Q is all that is needed.
    """
    present = [c for c in clauses if c[0].operator.family == "null" and _null(c[0], 1)]
    plain = any(not c[0].qualifier and c[0].operator.family != "null" for c in clauses)
    asked: dict[tuple[bool, int], list[Clause]] = {}
    for clause in clauses:
        if clause[0].qualifier:
            asked.setdefault((clause[0].qualifier == "ForAllValues", cut.passes[clause]), []).append(clause)
    every = (1 << len(cut.atoms)) - 1
    todo: list[tuple[int, int, tuple[int, ...], list[Clause]]] = [(0, every, (), present)]
    questions = list(asked.items())
    given = 0
    while todo and given <= WORLDS_MAX:
        n, inside, some, holding = todo.pop()
        if not inside or any(not one & inside for one in some):
            continue
        if n == len(questions):
            world = _members(cut, inside, some, several=plain)
            if world:
                given += 1
                yield world, holding
            continue
        (of_all, passing), named = questions[n]
        more = [*holding, *named]
        if of_all:
            todo.append((n + 1, inside & passing, some, more))
            todo.append((n + 1, inside, (*some, every & ~passing), holding))
        else:
            todo.append((n + 1, inside, (*some, passing), more))
            todo.append((n + 1, inside & ~passing, some, holding))


def _members(cut: _Cut, inside: int, some: Sequence[int], *, several: bool) -> World:
    """A set of at least two values; empty where there is none, or where a single value does as well."""
    chosen = dict.fromkeys(_first(one & inside) for one in some)
    texts = [cut.atoms[i] for i in chosen]
    if len(texts) > 1:
        return tuple(texts)
    if not several:
        return ()
    have = sum(1 << i for i in chosen)
    while len(texts) < 2 and inside & ~have:
        more = _first(inside & ~have)
        have |= 1 << more
        texts.append(cut.atoms[more])
    if len(texts) == 1:
        # A text may be empty; that there is no other one is said by an empty text.
        texts += [other for other in (cut.another(texts[0]),) if other]
    return tuple(texts) if len(texts) > 1 else ()


def _first(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _cut(key: str, clauses: Sequence[Clause], kind: str, beside: Sequence[Clause] | None) -> _Cut | Unknown:
    compared = [c for c in clauses if c[0].operator.family not in _NO_FAMILY]
    families = {"text" if c.operator.family in _TEXT else c.operator.family for c, _ in compared}
    if len(families) > 1:
        return _mixed(key, clauses, compared)
    family = next(iter(families), "text")
    if family != "text":
        cut = _ordered(clauses, compared, family)
    else:
        texts = _texts(clauses, compared, key, kind, beside)
        if isinstance(texts, Unknown):
            return texts
        cut = texts
    every = (1 << len(cut.atoms)) - 1
    for clause in clauses:
        if clause[0].operator.negated:
            cut.passes[clause] ^= every
        elif clause[0].operator is SINGLE:
            cut.passes[clause] = every
    return cut


def _globs(compared: Sequence[Clause]) -> list[Glob]:
    found = [pattern(c, value, variables=variables) for c, variables in compared for value in c.values]
    return list(dict.fromkeys(g for g in found if g is not None))


def _texts(
    clauses: Sequence[Clause], compared: Sequence[Clause], key: str, kind: str, beside: Sequence[Clause] | None
) -> _Cut | Unknown:
    globs = _globs(compared)
    frame: list[Glob] = []
    if kind == "Bool":
        atoms, others = ["true", "false"], globs
        taken = {g: sum(1 << i for i, text in enumerate(atoms) if matches(g, text)) for g in globs}
    else:
        others = _globs([*compared, *(c for c in beside or () if c[0].operator.family in _TEXT)])
        frames = {"ARN": ARNS, "ArrayOfARN": ARNS, "Account": ACCOUNTS}
        own = frames.get("Account" if key in OF_ACCOUNTS else kind)
        # Keys that are compared with each other are cut by the same patterns in the same order, so that texts agree.
        frame = [] if beside is None and own is None else [ARNS, ACCOUNTS] if beside is not None else [own or ARNS]
        names = [] if beside is not None else [EXAMPLES.get(key, "any")]
        if beside is not None:
            others.sort(key=lambda g: (g.fold, g.tokens))
        cut = partition([*frame, *others], within=0 if own is None else 1 << frame.index(own), names=names)
        if isinstance(cut, Unknown):
            return cut
        atoms = list(cut.values())
        taken = _taken(others, [vector >> len(frame) for vector in cut])
    truth = dict.fromkeys(clauses, 0)
    for clause in compared:
        for value in clause[0].values:
            one = pattern(clause[0], value, variables=clause[1])
            truth[clause] |= taken[one] if one is not None else 0
    alone = frozenset("".join(map(chr, g.tokens)) for g in others if g.literal and not g.fold)
    return _Cut(atoms, truth, lambda text: another(text, others), alone if kind != "Bool" else None, (*frame, *others))


def _taken(globs: Sequence[Glob], vectors: Sequence[int]) -> dict[Glob, int]:
    """Pattern: the atoms (bits) that it takes, from the patterns (bits) that take each atom."""
    out = dict.fromkeys(globs, 0)
    for i, vector in enumerate(vectors):
        left = vector
        while left:
            low = left & -left
            left ^= low
            out[globs[low.bit_length() - 1]] |= 1 << i
    return out


def another(text: str, globs: Sequence[Glob]) -> str:
    same = [matches(g, text) for g in globs]
    near = [text[:i] + c + text[i:] for i in range(len(text), -1, -1) for c in "xa0:"]
    return next((t for t in (*near, text.swapcase()) if t != text and [matches(g, t) for g in globs] == same), "")


def _ordered(clauses: Sequence[Clause], compared: Sequence[Clause], family: str) -> _Cut:
    atoms: list[str]
    if family == "ip":
        blocks = [[points.network(value) for value in c.values] for c, _ in compared]
        found = points.partition(blocks, points.ADDRESSES)
        vectors, atoms = list(found), [points.address(low) for low, _ in found.values()]
    else:
        cut = points.partition([ranges(c) for c, _ in compared], points.NUMBERS)
        vectors, atoms = list(cut), [decimal(points.inside(interval)) for interval in cut.values()]
    truth = dict.fromkeys(clauses, 0)
    for bit, clause in enumerate(compared):
        truth[clause] = sum(1 << i for i, vector in enumerate(vectors) if vector >> bit & 1)
    return _Cut(atoms, truth, lambda text: _same_number(text, family))


def _same_number(text: str, family: str) -> str:
    """Another writing of a number, which passes what the number passes; of addresses there is none."""
    return "" if family == "ip" else f"{text}0" if "." in text else f"{text}.0"


def ranges(condition: Condition) -> list[tuple[points.Dense, points.Dense]]:
    """The values that a condition on numbers or dates compares with, as intervals."""
    read = number if condition.operator.family == "numeric" else moment
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


def decimal(value: Fraction) -> str:
    """A number as requests write it."""
    return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"


def _mixed(key: str, clauses: Sequence[Clause], compared: Sequence[Clause]) -> _Cut | Unknown:
    """A key that is compared as several types: values are texts, some of which are numbers, dates or addresses.

    Exact where the texts are compared without wildcards: each text that is named is a value of its own, and every other
    number (date, address) has a writing that is not named, except addresses, which are compared one by one.
    """
    globs = _globs([c for c in compared if c[0].operator.family in _TEXT])
    if any(not g.literal or (g.fold and any(chr(t).isalpha() for t in g.tokens)) for g in globs):
        return Unknown(f"`{key}` is compared as several types, one of them with wildcards")
    atoms = dict.fromkeys("".join(map(chr, g.tokens)) for g in globs)
    spellings = set(atoms)
    numbers = [c for c in compared if c[0].operator.family in ("numeric", "date")]
    if numbers:
        for interval in points.partition([ranges(c) for c, _ in numbers], points.NUMBERS).values():
            text = decimal(points.inside(interval))
            while text in spellings:
                text = _same_number(text, "numeric")
            atoms[text] = None
    dates = [c for c in compared if c[0].operator.family == "date"]
    if dates and len(dates) < len(numbers) and key not in ALWAYS:
        return Unknown(f"`{key}` is compared as a date and as a number")
    blocks = [[points.network(value) for value in c.values] for c, _ in compared if c.operator.family == "ip"]
    for low, high in points.partition(blocks, points.ADDRESSES).values() if blocks else ():
        near = [points.address(n) for n in range(low, min(high, low + len(spellings) + 1))]
        atoms.update(dict.fromkeys([a for a in near if a not in spellings][:1]))
    atoms[next(text for text in ("any", "some", "else", "other") if text not in spellings)] = None
    texts = list(atoms)
    passes = {c: sum(1 << i for i, text in enumerate(texts) if _passes(c, text)) for c in clauses}
    return _Cut(texts, passes, lambda text: _same_number(text, "numeric") if number(text) is not None else "")


def _passes(clause: Clause, text: str) -> bool:
    """Whether one value of any writing passes."""
    condition, variables = clause
    operator = condition.operator
    if operator is SINGLE:
        return True
    if operator.family == "null":
        return False
    if operator.family in _TEXT:
        found = [pattern(condition, value, variables=variables) for value in condition.values]
        return any(g is not None and matches(g, text) for g in found) != operator.negated
    if operator.family == "ip":
        try:
            ipaddress.ip_address(text)
            address = points.network(text)[0]
        except ValueError:
            return False
        return any(low <= address < high for low, high in map(points.network, condition.values)) != operator.negated
    value = (number if operator.family == "numeric" else moment)(text)
    if value is None:
        return False
    place = (value, 0)
    return any(low <= place < high for low, high in ranges(condition)) != operator.negated
