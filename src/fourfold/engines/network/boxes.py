"""The relation that ordered packet filters leave, for all sources, destinations and ports at once.

A rule of any packet filter is a *box*: a set of sources, a set of destinations and a set of ports, and what becomes of
the packets in it. A *layer* is what one filter says: tiers of boxes in order, of which the first that takes a packet in
decides (`pass` leaves it to the next tier; what no box takes in is accepted). A packet gets through if every layer
accepts it.

Sources and destinations are sets of *cells*: endpoints that no rule tells apart, and ranges of addresses outside; sets
are ints, one bit a cell, and sets of ports are ints over the atoms of `ports`. The relation is computed destination by
destination; destinations that are in the same boxes have the same column, which is computed once.

What is not known is a box that *may* be there. The relation is computed twice, once with all of them for and once against
the packet: what differs depends on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

Action = Literal["accept", "deny", "pass"]
Column = tuple[tuple[int, int], ...]
"""Of one destination: (ports, sources that reach it on them), with disjoint ports and sources that differ."""


class Box(msgspec.Struct, frozen=True):
    """A rule over sets of cells and ports."""

    action: Action
    sources: int
    destinations: int
    ports: int
    rule: int = -1
    """Number of the rule it comes from, for explanations."""
    maybe: bool = False
    """Whether it is not known that it is there."""


class Layer(msgspec.Struct, frozen=True):
    """One packet filter."""

    name: str
    tiers: tuple[tuple[Box, ...], ...]


class Relation:
    """Who reaches whom on what: `columns[d]` for each destination cell."""

    def __init__(self, columns: list[Column]) -> None:
        self.columns = columns

    def ports(self, source: int, destination: int) -> int:
        """The ports on which one cell reaches another."""
        return sum(ports for ports, sources in self.columns[destination] if sources >> source & 1)

    def into(self, destination: int) -> Column:
        """By whom one cell is reached: disjoint sets of sources, each with all ports of theirs, as (ports, sources)."""
        return by_sources(self.columns[destination])


def by_sources(column: Column) -> Column:
    """A column cut by sources instead: (ports, sources) with disjoint sources, each with all its ports."""
    parts: dict[int, int] = {}
    """Ports: sources that have exactly these so far."""
    for ports, sources in column:
        rest = sources
        for have, who in list(parts.items()):
            both = who & sources
            if not both:
                continue
            rest &= ~both
            if both == who:
                del parts[have]
            else:
                parts[have] = who & ~both
            parts[have | ports] = parts.get(have | ports, 0) | both
        if rest:
            parts[ports] = parts.get(ports, 0) | rest
    return tuple(sorted(parts.items()))


def bits(cells: int) -> Iterator[int]:
    """The numbers of the cells of a set, ascending."""
    text = bin(cells)[:1:-1]
    at = text.find("1")
    while at >= 0:
        yield at
        at = text.find("1", at + 1)


def relation(
    layers: Iterable[Layer], cells: int, ports: int, *, generous: bool = False, destinations: int = -1
) -> Relation:
    """What the layers let through between cells `0..cells-1` on the ports of the set `ports`.

    `generous` takes each box that may be there for what lets most through; otherwise for what lets least through. Only
    the columns of `destinations` are right, where some are given.
    """
    everyone = (1 << cells) - 1
    found: list[Column] | None = None
    for layer in layers:
        tiers = _settled(layer, generous=generous)
        columns = _columns(tiers, cells, everyone, ports, destinations & everyone, generous=generous)
        found = columns if found is None else _both(found, columns)
    return Relation(found if found is not None else [((ports, everyone),)] * cells)


def _settled(layer: Layer, *, generous: bool) -> list[list[Box]]:
    """The tiers with nothing open: what may be there is there if it helps, and is not if it hinders."""
    tiers: list[list[Box]] = []
    for tier in layer.tiers:
        out: list[Box] = []
        for box in tier:
            # Where it may pass, both what comes next here and what the next tier says may decide.
            if not box.maybe or box.action == "pass" or (box.action == "accept") is generous:
                out.append(box)
        tiers.append(_merged(out))
    return tiers


def _merged(tier: Sequence[Box]) -> list[Box]:
    """Neighbours of one action in any order, those over the same destinations and ports as one."""
    out: list[Box] = []
    run: dict[tuple[int, int, bool], int] = {}
    action: Action = "accept"

    def close() -> None:
        out.extend(
            Box(action, sources, destinations, ports, maybe=maybe)
            for (destinations, ports, maybe), sources in run.items()
        )
        run.clear()

    for box in tier:
        if box.action != action:
            close()
            action = box.action
        key = (box.destinations, box.ports, box.maybe)
        run[key] = run.get(key, 0) | box.sources
    close()
    return out


def _columns(
    tiers: list[list[Box]], cells: int, everyone: int, ports: int, destinations: int, *, generous: bool
) -> list[Column]:
    boxes = [(at, box) for at, tier in enumerate(tiers) for box in tier]
    alike: dict[int, list[int]] = {}
    """Destinations: the numbers of the boxes that have exactly these. There are far fewer of them than boxes."""
    for number, (_, box) in enumerate(boxes):
        inside = box.destinations & destinations
        if inside:
            alike.setdefault(inside, []).append(number)
    member: list[list[int]] = [[] for _ in range(cells)]
    always: list[int] = []
    groups = list(alike.values())
    for at, inside in enumerate(alike):
        if inside == everyone:
            always.append(at)
            continue
        for cell in bits(inside):
            member[cell].append(at)
    known: dict[tuple[int, ...], Column] = {}
    out: list[Column] = []
    for found in member:
        key = tuple(found)
        column = known.get(key)
        if column is None:
            numbers = sorted(n for at in (*always, *key) for n in groups[at])
            column = known[key] = _column([boxes[n] for n in numbers], everyone, ports, generous=generous)
        out.append(column)
    return out


def _column(boxes: Sequence[tuple[int, Box]], everyone: int, ports: int, *, generous: bool) -> Column:
    """What boxes in order make of the packets to one destination.

    A source may be left to this tier and to the next at once, where it is not known whether it is passed on. It then gets
    through generously if either of them accepts it, and otherwise only if neither denies it.
    """
    # (ports, sources that nothing has decided, of them those that passed to the next tier, sources that are accepted, or
    # denied where that is what counts)
    state: list[tuple[int, int, int, int]] = [(ports, everyone, 0, 0)]
    decides = "accept" if generous else "deny"
    tier = 0
    for at, box in boxes:
        if at != tier:
            state = [(where, open_ | passed, 0, decided) for where, open_, passed, decided in state]
            tier = at
        after: list[tuple[int, int, int, int]] = []
        for item in state:
            where, open_, passed, decided = item
            inside = where & box.ports
            taken = open_ & box.sources
            if not inside or not taken:
                after.append(item)
                continue
            if inside != where:
                after.append((where & ~inside, open_, passed, decided))
            left = open_ & ~taken
            if box.action == decides:
                after.append((inside, left, passed, decided | taken))
            elif box.action == "pass":
                after.append((inside, open_ if box.maybe else left, passed | taken, decided))
            else:
                after.append((inside, left, passed, decided))
        state = after
    if generous:
        return _joined((where, open_ | passed | decided) for where, open_, passed, decided in state)
    return _joined((where, everyone & ~decided) for where, _, _, decided in state)


def _joined(items: Iterable[tuple[int, int]]) -> Column:
    """Ports with the same sources together; those with none left out."""
    rows: dict[int, int] = {}
    for ports, sources in items:
        if sources:
            rows[sources] = rows.get(sources, 0) | ports
    return tuple(sorted((ports, sources) for sources, ports in rows.items()))


def _both(a: list[Column], b: list[Column]) -> list[Column]:
    known: dict[tuple[int, int], Column] = {}
    out: list[Column] = []
    for one, other in zip(a, b, strict=True):
        key = (id(one), id(other))  # columns live as long as the lists they stand in
        column = known.get(key)
        if column is None:
            column = known[key] = _joined((p & q, s & t) for p, s in one for q, t in other if p & q)
        out.append(column)
    return out


def deciding(layer: Layer, source: int, destination: int, port: int) -> tuple[list[Box], Action]:
    """The boxes of a layer that say what becomes of packets of one kind, and what they say.

    All accepting boxes of the run that decides are given, as each of them alone would let the packet through; and those
    that may be there and come before.
    """
    seen: list[Box] = []
    for tier in layer.tiers:
        verdict: Action | None = None
        for box in tier:
            if verdict and (box.action != verdict):
                break
            if box.sources >> source & 1 and box.destinations >> destination & 1 and box.ports & port:
                seen.append(box)
                if not box.maybe:
                    verdict = box.action
        if verdict in ("accept", "deny"):
            return seen, verdict
    return seen, "accept"
