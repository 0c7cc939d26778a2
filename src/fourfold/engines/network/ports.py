"""Protocols and ports, cut into atoms that no rule of a question tells apart.

A set of ports is an int, one bit an atom. An atom is a stretch of ports of one protocol; a protocol without ports (ICMP)
has its types for ports, all others are one number, 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import msgspec

PORT_MAX = 65535
FIRST = {"TCP": 1, "UDP": 1, "SCTP": 1}
"""The lowest port of a protocol that has ports; of other protocols the numbers begin with 0."""
LAST = {"TCP": PORT_MAX, "UDP": PORT_MAX, "SCTP": PORT_MAX, "ICMP": 255, "ICMPv6": 255}


class Range(msgspec.Struct, frozen=True, order=True):
    """Ports `first` to `last`, both included, of a protocol in capitals."""

    protocol: str
    first: int
    last: int


def whole(protocol: str) -> Range:
    """All ports of a protocol."""
    return Range(protocol, FIRST.get(protocol, 0), LAST.get(protocol, 0))


class Ports:
    """The atoms of all ranges that a question speaks of."""

    def __init__(self, protocols: Iterable[str], ranges: Iterable[Range]) -> None:
        """`protocols` make up the universe; what is said of others is left out."""
        cuts = {name: {whole(name).first, whole(name).last + 1} for name in dict.fromkeys(protocols)}
        for r in ranges:
            if r.protocol in cuts and r.first <= r.last:
                universe = whole(r.protocol)
                ends = (max(r.first, universe.first), min(r.last, universe.last) + 1)
                cuts[r.protocol].update(end for end in ends if universe.first <= end <= universe.last + 1)
        self.atoms: list[Range] = [
            Range(name, low, high - 1) for name, ends in cuts.items() for low, high in pairwise(sorted(ends))
        ]
        self.all = (1 << len(self.atoms)) - 1
        self.protocols = tuple(cuts)
        self._masks: dict[Range, int] = {}
        self._texts: dict[int, dict[str, str]] = {}

    def mask(self, r: Range) -> int:
        """The atoms of a range that was given before; of any other range those that lie wholly in it."""
        found = self._masks.get(r)
        if found is None:
            found = sum(
                1 << i
                for i, atom in enumerate(self.atoms)
                if atom.protocol == r.protocol and r.first <= atom.first and atom.last <= r.last
            )
            self._masks[r] = found
        return found

    def at(self, protocol: str, port: int) -> int:
        """The atom that a port is in, as a set; empty for what does not exist."""
        for i, atom in enumerate(self.atoms):
            if atom.protocol == protocol and atom.first <= port <= atom.last:
                return 1 << i
        return 0

    def ranges(self, mask: int) -> Iterator[Range]:
        """The stretches of a set, neighbours joined, by protocol and port."""
        open_: Range | None = None
        for i, atom in enumerate(self.atoms):
            if not mask >> i & 1:
                continue
            if open_ and open_.protocol == atom.protocol and open_.last + 1 == atom.first:
                open_ = Range(open_.protocol, open_.first, atom.last)
                continue
            if open_:
                yield open_
            open_ = atom
        if open_:
            yield open_

    def texts(self, mask: int) -> dict[str, str]:
        """Protocol: its ports as people write them, `80-90,443`."""
        known = self._texts.get(mask)
        if known is None:
            out: dict[str, list[str]] = {}
            for r in self.ranges(mask):
                out.setdefault(r.protocol, []).append(str(r.first) if r.first == r.last else f"{r.first}-{r.last}")
            known = self._texts[mask] = {name: ",".join(texts) for name, texts in out.items()}
        return known
