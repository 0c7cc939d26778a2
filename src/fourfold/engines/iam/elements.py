"""The elements of statements as sets of strings, and the classes that statements cut them into.

A *class* is a set of actions (resources, principals) that the statements of a question do not tell apart. Statements are
compared pattern by pattern first; a joint automaton is built only of patterns that neither cover nor miss each other.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache

import msgspec

from fourfold.engines.exact.answer import Unknown
from fourfold.engines.exact.globs import (
    ANYTHING,
    COLON,
    DIGIT,
    NAME_ONE,
    NAME_STAR,
    ONE,
    SEGMENT_ONE,
    SEGMENT_STAR,
    STAR,
    Glob,
    covers,
    disjoint,
    fold,
    glob,
    literal,
    matches,
    normal,
)
from fourfold.engines.exact.strings import atoms
from fourfold.engines.iam.document import Condition

COMPONENTS = 6
_MANY = 40
"""Patterns from which on examples are tried before the automaton is built."""
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_SHAPES = {"*": SEGMENT_STAR, "?": SEGMENT_ONE, "#": DIGIT}
_ESCAPES = {"*": "*", "?": "?", "$": "$"}


class Element(msgspec.Struct, frozen=True):
    """What one of the patterns matches; with `negated`, what none of them does."""

    globs: tuple[Glob, ...] = (ANYTHING,)
    negated: bool = False

    @property
    def everything(self) -> bool:
        return not self.negated and ANYTHING in self.globs


EVERYTHING = Element()

ACTIONS = (normal([SEGMENT_ONE, SEGMENT_STAR, COLON, ONE, STAR], folded=True),)
"""All actions, known ones and others."""


def shaped(text: str, *, open_end: bool = True) -> Glob:
    """`*` and `?` confined to a segment, `#` a digit; an asterisk at the very end takes anything, if `open_end`."""
    tokens = [_SHAPES.get(c) or ord(c) for c in text]
    return normal([*tokens[:-1], STAR] if text.endswith("*") and open_end else tokens)


ARNS = shaped("arn:?*:?*:*:*:?*")
RESOURCES = (literal("*"), ARNS)
"""All resources: ARNs, and the `*` that is asked for by actions that name no resource."""


def has_variable(text: str) -> bool:
    """Whether there is a `${...}` that stands for something of the request."""
    return any(inside not in _ESCAPES for inside in _VARIABLE.findall(text))


def filled(text: str, value: str) -> str:
    """The text with a value in place of each variable."""
    return _VARIABLE.sub(lambda m: _ESCAPES.get(m[1], value), text)


def tokens(text: str, *, variables: bool) -> list[int]:
    """Wildcards as `ONE` and `STAR`, escapes as their characters, and each variable as `STAR`."""
    out: list[int] = []
    at = 0
    for match in _VARIABLE.finditer(text) if variables else ():
        out += _wild(text[at : match.start()])
        out.append(ord(_ESCAPES[match[1]]) if match[1] in _ESCAPES else STAR)
        at = match.end()
    return out + _wild(text[at:])


def _wild(text: str) -> list[int]:
    return [STAR if c == "*" else ONE if c == "?" else ord(c) for c in text]


@lru_cache(maxsize=65536)
def action(text: str) -> Glob:
    return glob(text, folded=True)


@lru_cache(maxsize=65536)
def resource(text: str, *, variables: bool) -> Glob:
    """A `Resource` element: wildcards stay within the first five components of an ARN, except an asterisk that ends one.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    if text.startswith("execute-api:/"):
        head = [*shaped("arn:*:execute-api:*:*:").tokens, NAME_ONE, NAME_STAR, ord("/")]
        return normal([*head, *tokens(text.removeprefix("execute-api:/"), variables=variables)])
    if variables and has_variable(text):
        return normal(tokens(text, variables=True))  # an upper bound: a variable may hold colons
    return normal(confined(tokens(text, variables=variables), crossing=True))


def arn(text: str, *, variables: bool) -> Glob | None:
    """A value of `ArnLike`: six components, compared one by one; None where it can match nothing."""
    plain = tokens(text, variables=variables)
    if plain == [STAR]:
        return ANYTHING
    return normal(confined(plain, crossing=False)) if plain.count(COLON) >= COMPONENTS - 1 else None


def pattern(condition: Condition, value: str, *, variables: bool) -> Glob | None:
    """What one value of a textual condition matches, variables taken for anything; None for nothing."""
    operator = condition.operator
    if operator.family == "arn":
        return arn(value, variables=variables)
    if operator.relation == "like":
        return normal(tokens(value, variables=variables)) if variables else glob(value)
    if variables and operator.family == "string" and "${" in value:
        value = value.replace("${*}", "*").replace("${?}", "?").replace("${$}", "$")
    return literal(value, folded=operator.fold)


def confined(plain: Sequence[int], *, crossing: bool, values: Container[int] = ()) -> list[int]:
    """The tokens of an ARN pattern, with wildcards kept in their component.

    `crossing`: whether an asterisk that ends a component may go on, as in `Resource`. `values` are the places that came
    from the value of a variable: their colons part no components.
    """
    if len(plain) == 1:
        return list(plain)
    out: list[int] = []
    component = 0
    for i, token in enumerate(plain):
        component += token == COLON and i not in values
        ends = i + 1 == len(plain) or (plain[i + 1] == COLON and i + 1 not in values)
        if token >= 0 or component >= COMPONENTS - 1 or (crossing and token == STAR and ends):
            out.append(token)
        else:
            out.append(SEGMENT_STAR if token == STAR else SEGMENT_ONE)
    return out


@lru_cache(maxsize=65536)
def _head(pattern: Glob) -> str:
    """What every match begins with."""
    end = next((i for i, token in enumerate(pattern.tokens) if token < 0), len(pattern.tokens))
    return "".join(map(chr, pattern.tokens[:end]))


class Sieve:
    """The patterns of many elements, found by what they begin with.

    `folded`: whether it is about strings whose case does not matter, that is, actions.
    """

    def __init__(self, elements: Sequence[Element], *, folded: bool = False) -> None:
        self.owners: dict[Glob, int] = {}
        """Pattern: the elements that have it, bit i for `elements[i]`."""
        self.negated = 0
        for i, element in enumerate(elements):
            self.negated |= element.negated << i
            for g in element.globs:
                self.owners[g] = self.owners.get(g, 0) | 1 << i
        self._by_head: dict[str, list[Glob]] = {}
        for g in self.owners:
            self._by_head.setdefault(_head(g) if g.fold == folded else "", []).append(g)
        self._heads = sorted(self._by_head)

    def near(self, head: str) -> Iterator[Glob]:
        """The patterns that can match something that begins so."""
        for length in range(len(head)):
            yield from self._by_head.get(head[:length], ())
        for i in range(bisect_left(self._heads, head), len(self._heads)):
            if not self._heads[i].startswith(head):
                break
            yield from self._by_head[self._heads[i]]

    def vector(self, matched: Iterable[Glob]) -> int:
        """Which elements take in what these patterns, and only these, match."""
        found = 0
        for g in matched:
            found |= self.owners.get(g, 0)
        return found ^ self.negated

    def at(self, text: str) -> int:
        """Which elements take in a text."""
        return self.vector(g for g in self.near(text) if matches(g, text))


def classes(
    focus: Element, sieve: Sieve, universes: Iterable[Glob], examples: Sequence[str] = ()
) -> Iterator[tuple[int, str] | Unknown]:
    """The classes that the sieve's elements cut one element into, as `joint_classes` gives them."""
    for found in joint_classes([focus], [sieve], universes, examples):
        yield found if isinstance(found, Unknown) else (found[0][0], found[1])


def joint_classes(
    focus: Sequence[Element], sieves: Sequence[Sieve], universes: Iterable[Glob], examples: Sequence[str] = ()
) -> Iterator[tuple[tuple[int, ...], str] | Unknown]:
    """The classes that the elements of the sieves cut what is in all of `focus` into.

    Each with its vector for each sieve (bit i: it is in element i) and a member; given as they are found, so that who has
    seen enough need not wait for all; `Unknown` where not all can be found. `examples` are members to try first where
    there are many patterns to compare.
    """
    seen: set[tuple[int, ...]] = set()
    first = next((e for e in focus if not e.negated and not e.everything), EVERYTHING)
    own = Sieve(focus) if any(e is not first and not e.everything for e in focus) else None
    every = (1 << len(focus)) - 1
    search = [*sieves, own] if own else list(sieves)
    for universe in universes:
        for inside in first.globs:
            if disjoint(inside, universe):
                continue
            for found in _cut(inside, universe, search, examples):
                if isinstance(found, Unknown):
                    yield found
                    continue
                matched, text = found
                if own and own.vector(matched) != every:
                    continue
                vectors = tuple(sieve.vector(matched) for sieve in sieves)
                if vectors not in seen:
                    seen.add(vectors)
                    yield vectors, text


@lru_cache(maxsize=16384)
def _member(inside: Glob, universe: Glob) -> str | Unknown:
    """A short text that matches both, which are not disjoint."""
    found = next(atoms([universe, inside], within=0b11))
    return found if isinstance(found, Unknown) else found[1]


def _cut(
    inside: Glob, universe: Glob, sieves: Sequence[Sieve], examples: Sequence[str]
) -> Iterator[tuple[frozenset[Glob], str] | Unknown]:
    """Sets of patterns that some string of `inside` and `universe` matches, each with such a string."""
    if inside.literal and inside.fold == universe.fold:
        # INVARIANT: one text is in a class of its own; patterns that mind the case are compared as those that do not.
        text = "".join(map(chr, inside.tokens))
        if matches(universe, text):
            near = dict.fromkeys(g for sieve in sieves for g in sieve.near(text))
            yield frozenset(g for g in near if g == inside or matches(g, text)), text
        return
    sure: list[Glob] = []
    unsettled: list[Glob] = []
    head = max((_head(g) for g in (inside, universe) if g.fold == universe.fold), key=len)
    for g in dict.fromkeys(g for sieve in sieves for g in sieve.near(head)):
        if covers(g, inside) or covers(g, universe):
            sure.append(g)
        elif not disjoint(g, inside) and not disjoint(g, universe):
            unsettled.append(g)
    if len(unsettled) > _MANY:
        for text in examples:
            if matches(inside, text) and matches(universe, text):
                near = dict.fromkeys(g for sieve in sieves for g in sieve.near(fold(text)))
                yield frozenset(g for g in near if matches(g, text)), text
    if not unsettled:
        member = _member(inside, universe)
        yield member if isinstance(member, Unknown) else (frozenset(sure), member)
        return
    frame = [universe] if inside.everything else [universe, inside]
    for found in atoms([*frame, *unsettled], within=(1 << len(frame)) - 1):
        if isinstance(found, Unknown):
            yield found
        else:
            vector, text = found
            yield frozenset((*sure, *(g for i, g in enumerate(unsettled, len(frame)) if vector >> i & 1))), text
