"""Patterns over strings, and what can be said of two of them without looking at their joint automaton.

A `Glob` is a sequence of tokens: a character, `ONE` (any character), `STAR` (any characters), the same two confined to a
segment (anything but a colon) or to a name (anything but a slash), and `DIGIT` (one of 0 to 9). The alphabet is all of
Unicode, so there is always a character that no pattern names.
"""

from __future__ import annotations

import string
from functools import lru_cache

import msgspec

STAR, ONE, SEGMENT_STAR, SEGMENT_ONE, NAME_STAR, NAME_ONE, DIGIT = -1, -2, -3, -4, -5, -6, -7
COLON, SLASH = ord(":"), ord("/")
DIGITS = range(ord("0"), ord("9") + 1)
LETTER = 0xF0000
"""Characters from here on are letters that stand for texts nobody knows: only themselves and `STAR` take them."""

_STARS = (STAR, SEGMENT_STAR, NAME_STAR)
_ONE_OF = {STAR: ONE, SEGMENT_STAR: SEGMENT_ONE, NAME_STAR: NAME_ONE}
"""What a star repeats."""
_REFUSED = {SEGMENT_ONE: COLON, NAME_ONE: SLASH}
"""The character that a confined wildcard does not take."""
_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class Glob(msgspec.Struct, frozen=True, gc=False):
    """A pattern. No two stars stand side by side, and of neighbouring wildcards of one kind the star comes last."""

    tokens: tuple[int, ...]
    """Code points, or one of the negative tokens above."""
    fold: bool = False
    """Whether the case of ASCII letters does not matter; the tokens are lower case then."""

    @property
    def literal(self) -> bool:
        """Whether it matches exactly one string (of one case)."""
        return all(token >= 0 for token in self.tokens)

    @property
    def everything(self) -> bool:
        return self.tokens == (STAR,)

    def __str__(self) -> str:
        return "".join(chr(token) if token >= 0 else "*" if token in _STARS else "?" for token in self.tokens)


ANYTHING = Glob((STAR,))


def fold(text: str) -> str:
    """Lower case for ASCII letters, and only for them: what else has a case is compared as it is."""
    return text.translate(_FOLD)


def normal(tokens: list[int], *, folded: bool = False) -> Glob:
    """The pattern of these tokens, with neighbouring wildcards in their normal order."""
    out: list[int] = []
    for token in tokens:
        last = out[-1] if out else 0
        if token in _STARS and last in _STARS:
            # STAR takes what the others take; two that are confined differently become one that is not.
            out[-1] = token if token == last else STAR
        elif last in _STARS and token == _ONE_OF[last]:
            out[-1:] = [token, last]
        else:
            out.append(token)
    return Glob(tuple(out), folded)


def glob(text: str, *, folded: bool = False) -> Glob:
    """`*` is any characters, `?` is one, everything else is itself."""
    text = fold(text) if folded else text
    return normal([STAR if c == "*" else ONE if c == "?" else ord(c) for c in text], folded=folded)


def literal(text: str, *, folded: bool = False) -> Glob:
    """Exactly this text: wildcard characters are characters."""
    return Glob(tuple(map(ord, fold(text) if folded else text)), folded)


class _Places(msgspec.Struct, frozen=True, gc=False):
    """A pattern as a bit-parallel automaton, one bit a place."""

    head: str
    """What every match begins with."""
    tail: str
    """What every match ends with, after the last wildcard; empty for a literal."""
    first: int
    """The first wildcard, and the last; 0 in a literal."""
    last: int
    at: dict[int, int]
    """Character: the places that take it, beside those of wildcards."""
    ones: tuple[tuple[int, int], ...]
    """(wildcard of one character, its places)"""
    stars: tuple[tuple[int, int], ...]
    """(star, its places)"""
    every_star: int
    usual: tuple[int, int]
    """The places of wildcards that take a character which none of them refuses, and the stars'."""


_UNUSUAL = frozenset({COLON, SLASH, *DIGITS})


@lru_cache(maxsize=65536)
def _places(pattern: Glob) -> _Places:
    tokens = pattern.tokens
    wild = [i for i, token in enumerate(tokens) if token < 0]
    at: dict[int, int] = {}
    others: dict[int, int] = {}
    for i, token in enumerate(tokens):
        where = at if token >= 0 else others
        where[token] = where.get(token, 0) | 1 << i
    head = tokens[: wild[0]] if wild else tokens
    tail = tokens[wild[-1] + 1 :] if wild else ()
    stars = tuple((t, m) for t, m in others.items() if t in _STARS)
    every = 0
    for _, mask in stars:
        every |= mask
    return _Places(
        "".join(map(chr, head)),
        "".join(map(chr, tail)),
        tokens[wild[0]] if wild else 0,
        tokens[wild[-1]] if wild else 0,
        at,
        tuple((t, m) for t, m in others.items() if t not in _STARS),
        stars,
        every,
        (sum(m for t, m in others.items() if t not in _STARS and t != DIGIT), every),
    )


def matches(pattern: Glob, text: str) -> bool:
    """Whether the pattern matches the text: all places at once, one bit each, a step for each character."""
    text = fold(text) if pattern.fold else text
    p = _places(pattern)
    if not p.first:
        return text == p.head
    if not (text.startswith(p.head) and text.endswith(p.tail) and len(text) >= len(p.head) + len(p.tail)):
        return False
    here = 1 << len(p.head)
    here |= (here & p.every_star) << 1  # no two stars stand side by side
    at = p.at
    for character in map(ord, text[len(p.head) :]):
        taken = at.get(character, 0)
        if character in _UNUSUAL or character >= LETTER:
            stays = 0
            for one, mask in p.ones:
                if _takes(one, character):
                    taken |= mask
            for star, mask in p.stars:
                if star == STAR or _takes(_ONE_OF[star], character):
                    stays |= mask
        else:
            taken |= p.usual[0]
            stays = p.usual[1]
        here = ((here & taken) << 1) | (here & stays)
        if not here:
            return False
        here |= (here & p.every_star) << 1
    return bool(here >> len(pattern.tokens) & 1)


def _takes(token: int, character: int) -> bool:
    if token >= 0:
        return token == character
    if token == DIGIT:
        return character in DIGITS
    return token not in _STARS and _REFUSED.get(token) != character and character < LETTER


def disjoint(a: Glob, b: Glob) -> bool:
    """Whether no string matches both: exact, by dynamic programming over pairs of places.

    At most `len(a) * len(b)` steps. Patterns of different case rules are compared as if case did not matter, so that
    `True` is always sure.
    """
    if a.fold != b.fold:
        a, b = _folded(a), _folded(b)
    p, q = _places(a), _places(b)
    if not p.first:
        return not matches(b, p.head)
    if not q.first:
        return not matches(a, q.head)
    if not (p.head.startswith(q.head) or q.head.startswith(p.head)):
        return True
    if not (p.tail.endswith(q.tail) or q.tail.endswith(p.tail)):
        return True
    if p.first == p.last == q.first == q.last == STAR:
        return False  # between the longer head and the longer tail there is room for what stands in the middle of both
    seen: set[tuple[int, int]] = set()
    todo = [(0, 0)]
    x, y = a.tokens, b.tokens
    while todo:
        i, j = todo.pop()
        while i < len(x) and j < len(y) and x[i] == y[j] >= 0:
            i, j = i + 1, j + 1
        if i == len(x) and j == len(y):
            return False
        if (i, j) in seen:
            continue
        seen.add((i, j))
        s, t = (x[i] if i < len(x) else None), (y[j] if j < len(y) else None)
        if s in _STARS:
            todo.append((i + 1, j))
            if t is not None and _meet(s, t):
                todo.append((i, j + 1))
        if t in _STARS:
            todo.append((i, j + 1))
            if s is not None and _meet(t, s):
                todo.append((i + 1, j))
        if s is not None and t is not None and s not in _STARS and t not in _STARS and _meet(s, t):
            todo.append((i + 1, j + 1))
    return True


def _folded(pattern: Glob) -> Glob:
    return Glob(tuple(ord(fold(chr(t))) if t >= 0 else t for t in pattern.tokens), fold=True)


def _meet(s: int, t: int) -> bool:
    """Whether one character can be taken by both tokens."""
    if s < 0 and t < 0:
        return True  # a digit is taken by all
    s, t = _ONE_OF.get(s, s), _ONE_OF.get(t, t)
    return _takes(s, t) if t >= 0 else _takes(t, s)


def _within(t: int, s: int) -> bool:
    """Whether `s`, no star, takes every character that `t` takes."""
    if t >= 0:
        return _takes(s, t)
    return s == t or s == ONE or (t == DIGIT and s in _REFUSED)


def covers(a: Glob, b: Glob) -> bool:
    """Whether every string of `b` matches `a`, as far as it can be seen token by token: `True` is sure, `False` is not.

    Each token of `b` is taken by a token of `a` that takes at least as much; at most `len(a) * len(b)` steps.
    """
    if a == b or a.everything:
        return True
    if a.fold != b.fold:
        if not a.fold:
            return False  # a pattern that minds the case covers one that does not only where there are no letters
        b = _folded(b)
    if b.literal:
        return matches(a, "".join(map(chr, b.tokens)))
    x, y = a.tokens, b.tokens
    here = {0}
    for t in (*y, None):
        for i in sorted(here):
            while i < len(x) and x[i] in _STARS:
                i += 1
                here.add(i)
        if t is None:
            break
        after: set[int] = set()
        for i in here:
            if i == len(x):
                continue
            s = x[i]
            if s == STAR:
                after.add(i)
            elif s in _STARS:
                if _within(_ONE_OF.get(t, t), _ONE_OF[s]):
                    after.add(i)
            elif t not in _STARS and _within(t, s):
                after.add(i + 1)
        here = after
    return len(x) in here
