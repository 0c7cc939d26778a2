"""The elements `Action`, `Resource` and `Principal` as sets of strings, and the classes that statements cut them into.

A *class* is a set of actions (resources, principals) that the statements of a question do not tell apart. Statements are
compared pattern by pattern first; a joint automaton is built only of patterns that neither cover nor miss each other.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import msgspec

from fourfold.engines.exact.answer import Unknown
from fourfold.engines.exact.globs import (
    ANYTHING,
    COLON,
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

_COMPONENTS = 6
_MANY = 40
"""Patterns from which on examples are tried before the automaton is built."""
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
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


def _shape(text: str) -> Glob:
    """`*` and `?` confined to a segment, except an asterisk at the very end."""
    tokens = [SEGMENT_STAR if c == "*" else SEGMENT_ONE if c == "?" else ord(c) for c in text]
    return normal([*tokens[:-1], STAR] if text.endswith("*") else tokens)


ARNS = Glob((*_shape("arn:?*:?*:*:*:").tokens, ONE, STAR))
RESOURCES = (literal("*"), ARNS)
"""All resources: ARNs, and the `*` that is asked for by actions that name no resource."""
PRINCIPALS = (
    _shape("AWS:arn:?*:iam::????????????:role/*"),
    _shape("AWS:arn:?*:iam::????????????:user/*"),
    _shape("AWS:arn:?*:iam::????????????:root"),
    Glob((*map(ord, "Service:"), ONE, STAR)),
    Glob((*map(ord, "Federated:"), ONE, STAR)),
    Glob((*map(ord, "CanonicalUser:"), ONE, STAR)),
    literal("Anonymous:"),
)
"""All principals, with their type in front. A session is told apart from its role only where a policy names one."""
SESSIONS = (
    _shape("AWS:arn:?*:sts::????????????:assumed-role/?*/*"),
    _shape("AWS:arn:?*:sts::????????????:federated-user/*"),
)


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
        # The ids of REST APIs have ten characters.
        text = f"arn:*:execute-api:*:*:??????????/{text.removeprefix('execute-api:/')}"
    if variables and has_variable(text):
        return normal(tokens(text, variables=True))  # an upper bound: a variable may hold colons
    return normal(_confined(tokens(text, variables=variables), crossing=True))


def arn(text: str, *, variables: bool) -> Glob | None:
    """A value of `ArnLike`: six components, compared one by one; None where it can match nothing."""
    plain = tokens(text, variables=variables)
    if plain == [STAR]:
        return ANYTHING
    return normal(_confined(plain, crossing=False)) if plain.count(COLON) >= _COMPONENTS - 1 else None


def _confined(plain: list[int], *, crossing: bool) -> list[int]:
    if len(plain) == 1:
        return plain
    out: list[int] = []
    component = 0
    for i, token in enumerate(plain):
        component += token == COLON
        ends = i + 1 == len(plain) or plain[i + 1] == COLON
        if token >= 0 or component >= _COMPONENTS - 1 or (crossing and token == STAR and ends):
            out.append(token)
        else:
            out.append(SEGMENT_STAR if token == STAR else SEGMENT_ONE)
    return out


def principal(kind: str, value: str) -> tuple[Glob, ...]:
    """An entry of a principal element, over strings such as `AWS:arn:...` and `Service:...`."""
    if value == "*":
        return (ANYTHING,) if kind in ("*", "AWS") else (Glob((*map(ord, f"{kind}:"), STAR)),)
    if kind != "AWS":
        return (literal(f"{kind}:{value}"),)
    account = re.fullmatch(r"(?:arn:[^:]*:iam::)?(\d{12})(?::root)?", value)
    if account:
        return tuple(_shape(f"AWS:arn:*:{service}::{account[1]}:*") for service in ("iam", "sts"))
    role = re.fullmatch(r"arn:([^:]*):iam::(\d{12}):role/(?:.*/)?([^/]+)", value)
    if role:
        session = f"AWS:arn:{role[1]}:sts::{role[2]}:assumed-role/{role[3]}/"
        return literal(f"AWS:{value}"), Glob((*map(ord, session), STAR))
    return (literal(f"AWS:{value}"),)


@lru_cache(maxsize=65536)
def _head(pattern: Glob) -> str:
    """What every match begins with."""
    end = next((i for i, token in enumerate(pattern.tokens) if token < 0), len(pattern.tokens))
    return "".join(map(chr, pattern.tokens[:end]))


class Sieve:
    """The patterns of many elements, found by what they begin with."""

    def __init__(self, elements: Sequence[Element]) -> None:
        self.owners: dict[Glob, int] = {}
        """Pattern: the elements that have it, bit i for `elements[i]`."""
        self.negated = 0
        for i, element in enumerate(elements):
            self.negated |= element.negated << i
            for g in element.globs:
                self.owners[g] = self.owners.get(g, 0) | 1 << i
        self._by_head: dict[str, list[Glob]] = {}
        for g in self.owners:
            self._by_head.setdefault(_head(g), []).append(g)
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


def classes(
    focus: Element, sieve: Sieve, universes: Iterable[Glob], examples: Sequence[str] = ()
) -> Iterator[tuple[int, str] | Unknown]:
    """The classes that the sieve's elements cut `focus` into: vector (bit i: it is in element i) of each, with a member.

    Given as they are found, so that who has seen enough need not wait for all; `Unknown` where not all can be found.
    `examples` are members to try first where there are many patterns to compare.
    """
    seen: set[int] = set()
    own = Sieve([focus]) if focus.negated else None
    for universe in universes:
        for inside in (ANYTHING,) if own else focus.globs:
            if disjoint(inside, universe):
                continue
            for found in _cut(inside, universe, sieve, own, examples):
                if isinstance(found, Unknown):
                    yield found
                    continue
                matched, text = found
                if not matched.isdisjoint(focus.globs) and own:
                    continue
                vector = sieve.vector(matched)
                if vector not in seen:
                    seen.add(vector)
                    yield vector, text


def _cut(
    inside: Glob, universe: Glob, sieve: Sieve, own: Sieve | None, examples: Sequence[str]
) -> Iterator[tuple[frozenset[Glob], str] | Unknown]:
    """Sets of patterns that some string of `inside` and `universe` matches, each with such a string."""
    sure: list[Glob] = []
    unsettled: list[Glob] = []
    head = max(_head(inside), _head(universe), key=len)
    for g in dict.fromkeys((*sieve.near(head), *(own.near(head) if own else ()))):
        if covers(g, inside) or covers(g, universe):
            sure.append(g)
        elif not disjoint(g, inside) and not disjoint(g, universe):
            unsettled.append(g)
    # INVARIANT: patterns of one element all mind the case, or none does.
    if inside.literal and all(g.fold == inside.fold for g in unsettled):
        text = "".join(map(chr, inside.tokens))
        yield frozenset((*sure, *(g for g in unsettled if matches(g, text)))), text
        return
    if len(unsettled) > _MANY:
        for text in examples:
            if matches(inside, text) and matches(universe, text):
                near = (*sieve.near(fold(text)), *(own.near(fold(text)) if own else ()))
                yield frozenset(g for g in near if matches(g, text)), text
    frame = [universe] if inside.everything else [universe, inside]
    for found in atoms([*frame, *unsettled], within=(1 << len(frame)) - 1):
        if isinstance(found, Unknown):
            yield found
        else:
            vector, text = found
            yield frozenset((*sure, *(g for i, g in enumerate(unsettled, len(frame)) if vector >> i & 1))), text
