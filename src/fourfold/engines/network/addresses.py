"""Ranges of addresses, cut into atoms that no rule of a question tells apart.

Addresses lie on one line, IPv4 before IPv6 (`engines.exact.points`). An atom is everything that is in the same ranges; it
may consist of several stretches.
"""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise

from fourfold.engines.exact.points import V6, network

Interval = tuple[int, int]
"""First address, and the one after the last."""
EVERYWHERE: tuple[Interval, ...] = ((0, V6), (V6, V6 + (1 << 128)))


class Ranges:
    """Unions of intervals, and the atoms they cut the line of addresses into."""

    def __init__(self, sets: Iterable[Sequence[Interval]], universe: Sequence[Interval] = EVERYWHERE) -> None:
        self.sets = list(dict.fromkeys(tuple(s) for s in (*sets, tuple(universe))))
        cuts = sorted({end for s in self.sets for interval in s for end in interval})
        place = {cut: i for i, cut in enumerate(cuts)}
        vectors = [0] * len(cuts)
        for number, intervals in enumerate(self.sets):
            for first, after in intervals:
                for i in range(place[first], place[after]):
                    vectors[i] |= 1 << number
        inside = 1 << self.sets.index(tuple(universe))
        found: dict[int, list[Interval]] = {}
        for i, (here, after) in enumerate(pairwise(cuts)):
            if vectors[i] & inside:
                found.setdefault(vectors[i], []).append((here, after))
        self.atoms: list[tuple[Interval, ...]] = [tuple(intervals) for intervals in found.values()]
        self._vectors = list(found)
        numbers = {vector: i for i, vector in enumerate(self._vectors)}
        self._cuts = cuts
        self._places = [numbers.get(vector, -1) if vector & inside else -1 for vector in vectors]
        self._numbers = {s: number for number, s in enumerate(self.sets)}

    def mask(self, intervals: Sequence[Interval]) -> int:
        """The atoms of one of the sets, as bits."""
        number = self._numbers[tuple(intervals)]
        return sum(1 << i for i, vector in enumerate(self._vectors) if vector >> number & 1)

    def at(self, address: int) -> int:
        """The atom of an address, as a set; empty outside the universe."""
        at = bisect_right(self._cuts, address) - 1
        number = self._places[at] if 0 <= at < len(self._places) else -1
        return 1 << number if number >= 0 else 0


def block(text: str, excepted: Iterable[str] = ()) -> tuple[Interval, ...]:
    """The addresses of a CIDR block without those of others. Raises ValueError for what is no block."""
    left = [network(text)]
    for other in excepted:
        low, high = network(other)
        left = [
            piece
            for first, after in left
            for piece in ((first, min(after, low)), (max(first, high), after))
            if piece[0] < piece[1]
        ]
    return tuple(sorted(left))


def blocks(intervals: Iterable[Interval]) -> list[str]:
    """The fewest CIDR blocks that make up the intervals, in order."""
    out: list[str] = []
    for first, after in _joined(intervals):
        for low, high, base, kind in (
            (0, V6, 0, ipaddress.IPv4Address),
            (V6, V6 + (1 << 128), V6, ipaddress.IPv6Address),
        ):
            start, end = max(first, low) - base, min(after, high) - base
            if start < end:
                found = ipaddress.summarize_address_range(kind(start), kind(end - 1))
                out.extend(map(str, found))
    return out


def _joined(intervals: Iterable[Interval]) -> list[Interval]:
    out: list[Interval] = []
    for first, after in sorted(intervals):
        if out and first <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], after))
        else:
            out.append((first, after))
    return out
