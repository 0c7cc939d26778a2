"""The coarsest partition of all strings into atoms that a set of patterns can tell apart.

The patterns run side by side as one bit-parallel position automaton: one bit for each place in each pattern, the set of
places reached as one Python int (the shift-and method of Baeza-Yates and Gonnet, https://doi.org/10.1145/135239.135243,
with wildcards). Breadth-first search over the reachable sets finds each *acceptance vector* (which patterns match); the
strings of one vector are an atom, and the path to it is its shortest member.

In each set only the characters that some live place asks for can make a difference: the search tries these, the colon
where a segment's wildcard lives, the slash where a name's does, a digit where one is asked for, and one other character
for all the rest.

Patterns without wildcards are atoms of their own. Where there are many they stay out of the automaton, which thousands of
literals would fill with states.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fourfold.engines.exact.answer import Unknown
from fourfold.engines.exact.globs import (
    COLON,
    DIGIT,
    DIGITS,
    LETTER,
    NAME_ONE,
    NAME_STAR,
    ONE,
    SEGMENT_ONE,
    SEGMENT_STAR,
    SLASH,
    STAR,
    Glob,
    fold,
)

STATES_MAX = 20_000
"""Sets of places looked at before giving up; patterns with dozens of inner stars can have exponentially many."""

WORK_MAX = 20_000_000
"""Places in patterns times sets of them: many long patterns are given up sooner."""
LITERALS_FEW = 12
"""Literals that may as well run in the automaton."""

_OTHERS = "axmoeuiszkbcdfghjlnpqrtvwy0123456789-_.AXMOEUISZKBCDFGHJLNPQRTVWY"


class Automaton:
    """Patterns side by side."""

    def __init__(self, patterns: Sequence[Glob]) -> None:
        self._all_fold = all(p.fold for p in patterns)
        self._takes: dict[int, int] = {}
        """Character: places that move on with it."""
        self._asks: list[tuple[int, ...]] = []
        """Place: characters it asks for."""
        self._literal = 0
        self._tokens = dict.fromkeys((STAR, ONE, SEGMENT_STAR, SEGMENT_ONE, NAME_STAR, NAME_ONE, DIGIT), 0)
        """Wildcard: the places where it stands."""
        self.accept: list[int] = []
        self.masks: list[int] = []
        self._for_ever: dict[int, tuple[int, int]] = {}
        """Bit of a last `STAR`: (all places of its pattern, what is left of them once it is reached)."""
        start = bit = 0
        for pattern in patterns:
            first = bit
            start |= 1 << bit
            for token in pattern.tokens:
                self._place(token, 1 << bit, folded=pattern.fold)
                bit += 1
            self._asks.append(())
            self.accept.append(1 << bit)
            self.masks.append((1 << (bit + 1)) - (1 << first))
            if pattern.tokens and pattern.tokens[-1] == STAR:
                self._for_ever[1 << (bit - 1)] = (self.masks[-1], (1 << (bit - 1)) | (1 << bit))
            bit += 1
        of = self._tokens
        self._stars = of[STAR] | of[SEGMENT_STAR] | of[NAME_STAR]
        self._segments, self._names = of[SEGMENT_ONE] | of[SEGMENT_STAR], of[NAME_ONE] | of[NAME_STAR]
        self._one, self._star, self._digit = of[ONE], of[STAR], of[DIGIT]
        self._segment_one, self._segment_star = of[SEGMENT_ONE], of[SEGMENT_STAR]
        self._name_one, self._name_star = of[NAME_ONE], of[NAME_STAR]
        self._ends = sum(self._for_ever)
        self.accepting = sum(self.accept)
        self.start = self._closed(start)

    def _place(self, token: int, bit: int, *, folded: bool) -> None:
        asks: tuple[int, ...] = ()
        if token < 0:
            self._tokens[token] |= bit
        else:
            asks = (token,)
            if folded and ord("a") <= token <= ord("z"):
                asks = (token,) if self._all_fold else (token, token - 32)
                self._takes[token - 32] = self._takes.get(token - 32, 0) | bit
            self._takes[token] = self._takes.get(token, 0) | bit
            self._literal |= bit
        self._asks.append(asks)

    def _closed(self, places: int) -> int:
        places |= (places & self._stars) << 1
        ends = places & self._ends
        while ends:
            end = ends & -ends
            ends ^= end
            mask, rest = self._for_ever[end]
            places = places & ~mask | rest
        return places

    def step(self, places: int, character: int) -> int:
        """The places after one more character."""
        if character >= LETTER:
            return self._closed(((places & self._takes.get(character, 0)) << 1) | (places & self._star))
        moves, stays = self._takes.get(character, 0) | self._one, self._star
        if character != COLON:
            moves |= self._segment_one
            stays |= self._segment_star
        if character != SLASH:
            moves |= self._name_one
            stays |= self._name_star
        if character in DIGITS:
            moves |= self._digit
        return self._closed(((places & moves) << 1) | (places & stays))

    def characters(self, places: int) -> list[int]:
        """One character for each way to go on from here."""
        asked: set[int] = set()
        left = places & self._literal
        while left:
            low = left & -left
            left ^= low
            asked.update(self._asks[low.bit_length() - 1])
        if places & self._segments:
            asked.add(COLON)
        if places & self._names:
            asked.add(SLASH)
        if places & self._digit:
            asked.update([d for d in DIGITS if d not in asked][:1])  # those that no literal asks for are alike
        out = sorted(asked)
        other = next((ord(c) for c in _OTHERS if ord(c) not in asked and ord(fold(c)) not in asked), None)
        if other is None or (other in DIGITS and places & self._digit):
            other = next(c for c in range(0xA1, 0x110000) if c not in asked)
        return [other, *out]

    def run(self, text: str) -> int:
        """The places after a whole text."""
        places = self.start
        for character in map(ord, text):
            places = self.step(places, character)
        return places

    def vector(self, places: int) -> int:
        """Which patterns accept: bit i for pattern i."""
        if not places & self.accepting:
            return 0
        return sum(1 << i for i, bit in enumerate(self.accept) if places & bit)


def atoms(
    patterns: Sequence[Glob], *, within: int = 0, states_max: int = STATES_MAX
) -> Iterator[tuple[int, str] | Unknown]:
    """Acceptance vector (bit i: pattern i matches) of each atom with a short member, as they are found.

    `within` is a vector of patterns that must match; atoms outside of it are left out, and not searched. The last thing
    given is `Unknown` where the search was stopped before its end.
    """
    folded = all(p.fold for p in patterns)
    apart: dict[str, int] = {}
    for i, p in enumerate(patterns):
        if p.literal and p.fold == folded and not within >> i & 1:
            text = "".join(map(chr, p.tokens))
            apart[text] = apart.get(text, 0) | 1 << i
    if len(apart) <= LITERALS_FEW and not all(p.literal for p in patterns):
        yield from _search(patterns, within, states_max)
        return
    yield from _beside(patterns, within, apart, states_max, folded=folded)


def _beside(
    patterns: Sequence[Glob], within: int, apart: dict[str, int], states_max: int, *, folded: bool
) -> Iterator[tuple[int, str] | Unknown]:
    """The atoms of patterns with many literals: `apart` has the vector of each text that is left out of the automaton."""
    out = sum(apart.values())
    places = [i for i in range(len(patterns)) if not out >> i & 1]
    rest = Automaton([patterns[i] for i in places])
    for text, bits in apart.items():
        vector = bits | _spread(rest.vector(rest.run(text)), places)
        if vector & within == within:
            yield vector, text
    given: set[int] = set()
    mixed: set[str] = set()
    while True:
        # An atom whose member happens to be one of the literals is searched again, with that literal told apart.
        extra = [Glob(tuple(map(ord, text)), folded) for text in sorted(mixed)]
        inside = sum(1 << n for n, i in enumerate(places) if within >> i & 1)
        again = False
        for found in _search([*(patterns[i] for i in places), *extra], inside, states_max):
            if isinstance(found, Unknown):
                yield found
                return
            vector, text = found
            if vector >> len(places) or vector in given:
                continue
            if text in apart:
                again = again or text not in mixed
                mixed.add(text)
            else:
                given.add(vector)
                yield _spread(vector, places), text
        if not again:
            return


def _spread(vector: int, places: Sequence[int]) -> int:
    return sum(1 << i for n, i in enumerate(places) if vector >> n & 1)


def _search(patterns: Sequence[Glob], within: int, states_max: int) -> Iterator[tuple[int, str] | Unknown]:
    automaton = Automaton(patterns)
    states_max = min(states_max, WORK_MAX // (automaton.accept[-1].bit_length() if patterns else 1))
    inside = [automaton.masks[i] for i in range(len(patterns)) if within >> i & 1]
    came: dict[int, tuple[int, int] | None] = {automaton.start: None}
    accepted: set[int] = set()
    row = [automaton.start]
    while row:
        following: list[int] = []
        for places in row:
            accepts = places & automaton.accepting
            if accepts not in accepted:
                accepted.add(accepts)
                vector = automaton.vector(places)
                if vector & within == within:
                    yield vector, _path(came, places)
            for character in automaton.characters(places):
                after = automaton.step(places, character)
                if after not in came and all(after & mask for mask in inside):
                    came[after] = places, character
                    following.append(after)
            if len(came) > states_max:
                yield Unknown(f"more than {states_max} states: {len(patterns)} patterns with inner wildcards")
                return
        row = following


def partition(
    patterns: Sequence[Glob], *, within: int = 0, names: Iterable[str] = (), states_max: int = STATES_MAX
) -> dict[int, str] | Unknown:
    """All atoms, as `atoms` gives them.

    `names` are strings that read better than the shortest one, used for the atoms they happen to be in.
    """
    out: dict[int, str] = {}
    for found in atoms(patterns, within=within, states_max=states_max):
        if isinstance(found, Unknown):
            return found
        out[found[0]] = found[1]
    automaton = Automaton(patterns)
    for name in names:
        vector = automaton.vector(automaton.run(name))
        if vector in out:
            out[vector] = name
    return out


def _path(came: dict[int, tuple[int, int] | None], places: int) -> str:
    out: list[str] = []
    while (step := came[places]) is not None:
        places, character = step
        out.append(chr(character))
    return "".join(reversed(out))
