"""Patterns over strings, and what can be said of two of them without looking at their joint automaton.

A `Glob` is a sequence of tokens: a character, `ONE` (any character), `STAR` (any characters), the same two confined to a
segment (anything but a colon) or to a name (anything but a slash), and `DIGIT` (one of 0 to 9). The alphabet is all of
Unicode, so there is always a character that no pattern names.
"""

from __future__ import annotations

import string

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


def matches(pattern: Glob, text: str) -> bool:
    """Whether the pattern matches the text: the readable reference, in `len(pattern) * len(text)` steps."""
    text = fold(text) if pattern.fold else text
    start = 0
    for token in pattern.tokens:
        # What comes before the first wildcard is compared as it stands.
        if token < 0:
            break
        if start == len(text) or ord(text[start]) != token:
            return False
        start += 1
    here = _closed(pattern, {start})
    for character in map(ord, text[start:]):
        after = {i + 1 for i in here if i < len(pattern.tokens) and _takes(pattern.tokens[i], character)}
        stays = {i for i in here if i < len(pattern.tokens) and _loops(pattern.tokens[i], character)}
        here = _closed(pattern, after | stays)
    return len(pattern.tokens) in here


def _closed(pattern: Glob, places: set[int]) -> set[int]:
    for i in sorted(places):
        while i < len(pattern.tokens) and pattern.tokens[i] in _STARS:
            i += 1
            places.add(i)
    return places


def _takes(token: int, character: int) -> bool:
    if token >= 0:
        return token == character
    if token == DIGIT:
        return character in DIGITS
    return token not in _STARS and _REFUSED.get(token) != character and character < LETTER


def _loops(token: int, character: int) -> bool:
    return token == STAR or (token in _STARS and _takes(_ONE_OF[token], character))


def disjoint(a: Glob, b: Glob) -> bool:
    """Whether no string matches both: exact, by dynamic programming over pairs of places.

    At most `len(a) * len(b)` steps. Patterns of different case rules are compared as if case did not matter, so that
    `True` is always sure.
    """
    if a.fold != b.fold:
        a, b = _folded(a), _folded(b)
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
