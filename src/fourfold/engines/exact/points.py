"""Atoms of ordered values: numbers, dates, addresses, ports.

A predicate is a union of half-open intervals between *cuts*. Whole numbers are their own cuts. Between numbers that lie
densely a cut is `(value, 0)`, just before the value, or `(value, 1)`, just after it, so that each end point can belong to
the one side or the other.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

Cut = TypeVar("Cut", int, tuple[Fraction, int])
Dense = tuple[Fraction, int]

V6 = 1 << 32
"""Where IPv6 addresses begin on the line of all addresses; IPv4 addresses come before."""
ADDRESSES = (0, V6 + (1 << 128))
PORTS = (0, 1 << 16)

_FAR = Fraction(10**30)
NUMBERS: tuple[Dense, Dense] = ((-_FAR, 0), (_FAR, 1))


def partition(predicates: Sequence[Sequence[tuple[Cut, Cut]]], universe: tuple[Cut, Cut]) -> dict[int, tuple[Cut, Cut]]:
    """Acceptance vector (bit i: predicate i holds) of each atom, with the first of its intervals."""
    low, high = universe
    changes: dict[Cut, int] = {low: 0, high: 0}
    for i, intervals in enumerate(predicates):
        inside: dict[Cut, int] = {}
        for start, end in intervals:
            start, end = max(start, low), min(end, high)
            if start < end:
                inside[start] = inside.get(start, 0) + 1
                inside[end] = inside.get(end, 0) - 1
        depth = 0
        for cut in sorted(inside):
            before, depth = depth, depth + inside[cut]
            if (before > 0) != (depth > 0):
                changes[cut] = changes.get(cut, 0) ^ (1 << i)
    atoms: dict[int, tuple[Cut, Cut]] = {}
    vector = 0
    cuts = sorted(changes)
    for here, after in pairwise(cuts):
        vector ^= changes[here]
        atoms.setdefault(vector, (here, after))
    return atoms


def at(value: Fraction) -> tuple[Dense, Dense]:
    """The interval of one value."""
    return (value, 0), (value, 1)


def inside(interval: tuple[Dense, Dense]) -> Fraction:
    """A value of the interval; the plainest, where it is unbounded."""
    (low, low_side), (high, _) = interval
    if low_side == 0 and low != -_FAR:
        return low
    if low == -_FAR:
        return min(Fraction(0), high - 1)
    if high == _FAR:
        return low + 1
    return (low + high) / 2


def network(text: str) -> tuple[int, int]:
    """The interval of an address or CIDR block; bits beyond the prefix do not matter. Raises ValueError."""
    block = ipaddress.ip_network(text, strict=False)
    start = int(block.network_address) + (V6 if block.version == 6 else 0)
    return start, start + block.num_addresses


def address(number: int) -> str:
    """The address at a place on the line of all addresses."""
    return str(ipaddress.IPv6Address(number - V6) if number >= V6 else ipaddress.IPv4Address(number))
