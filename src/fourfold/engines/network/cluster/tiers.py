"""Rules of policies between which there is no order.

Of policies of one priority the implementation may apply any that matches; so a packet that rules of several take in has
all their outcomes. Source: the description of `priority` in the types of the network policy API.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from fourfold.engines.network.boxes import Action, Box

PARTS_MAX = 20_000
"""More than so many parts of policies without an order are not told apart: then each of them may apply or not."""


class Part(msgspec.Struct, frozen=True):
    """Packets that a rule, or a rule of each of several policies, takes in."""

    sources: int
    destinations: int
    ports: int
    outcomes: tuple[tuple[Action, int], ...]
    """What may become of them, each with the number of a rule that says so."""
    maybe: bool = False
    """Whether it is not known that they are taken in."""

    def meeting(self, other: Part) -> Part | None:
        """What becomes of the packets that both take in. One that may take them in only adds what it says."""
        sources, destinations = self.sources & other.sources, self.destinations & other.destinations
        ports = self.ports & other.ports
        if not (sources and destinations and ports) or (self.maybe and other.maybe):
            return None
        adding = [part for part in (self, other) if part.maybe] or (other, self)
        outcomes = tuple({action: rule for part in adding for action, rule in part.outcomes}.items())
        return Part(sources, destinations, ports, outcomes, self.maybe or other.maybe)


def either(one: list[Part], other: list[Part]) -> list[Part]:
    """Two lists, in each of which the first part that takes a packet in decides, as one in which a packet that both take
    in has the outcomes of both.

    The pair of the first of each that surely takes the packet in comes before all other such pairs, and after what of both
    may take it in before; and what only one list surely takes in, no such pair does.
    """
    if not one or not other or len({action for part in (*one, *other) for action, _ in part.outcomes}) == 1:
        return [*one, *other]
    if len(one) * len(other) > PARTS_MAX:
        return [msgspec.structs.replace(part, maybe=True) for part in (*one, *other)]
    pairs = [both for a in one for b in other if (both := a.meeting(b)) is not None]
    return [*pairs, *one, *other]


def boxes(parts: Sequence[Part]) -> Iterator[Box]:
    """Parts as boxes: of several outcomes the best for the packet, then the worst, the first of the two being open."""
    for part in parts:
        found = dict(part.outcomes)
        where = (part.sources, part.destinations, part.ports)
        if part.maybe:
            for action, rule in found.items():
                yield Box(action, *where, rule, maybe=True)
            continue
        last: Action = "deny" if "deny" in found else "pass" if "pass" in found else "accept"
        if "accept" in found and last != "accept":
            yield Box("accept", *where, found["accept"], maybe=True)
        elif last == "deny" and "pass" in found:
            yield Box("deny", *where, found["deny"], maybe=True)
            last = "pass"
        yield Box(last, *where, found[last])
