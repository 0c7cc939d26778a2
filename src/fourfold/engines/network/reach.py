"""Questions about networks: who reaches whom on what, why, and what changed.

Every answer is one of three: allowed, denied, or that it depends on what is not known.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from fourfold.engines.exact.points import network as interval_of
from fourfold.engines.network.addresses import blocks
from fourfold.engines.network.boxes import bits, deciding
from fourfold.engines.network.network import End, Network, Reason

Verdict = Literal["allowed", "denied", "depends"]


class Pair(msgspec.Struct, frozen=True, order=True):
    """What one end may send to another: ports of one protocol with one verdict."""

    src: str
    dst: str
    protocol: str
    ports: str
    """`80-90,443`."""
    verdict: Verdict
    network: str = ""


class Step(msgspec.Struct, frozen=True):
    """What one filter says of a connection."""

    filter: str
    """`egress`, `ingress`, ...: what is asked, in the order in which packets meet it."""
    verdict: Verdict
    reasons: tuple[Reason, ...]
    """The rules that let it through, or (where it is denied) those that would have to change."""


class Why(msgspec.Struct, frozen=True):
    """A verdict, and what each filter says."""

    verdict: Verdict
    steps: tuple[Step, ...]


class UnknownEndError(ValueError):
    """Nobody is called so; says who is."""


class Reach:
    """The relation of all networks of one scan."""

    def __init__(self, networks: Iterable[Network]) -> None:
        self.networks = tuple(networks)

    def only(self, name: str) -> Reach:
        """The networks of this name. Raises UnknownEndError where there is none."""
        found = [network for network in self.networks if network.name == name]
        if not found:
            names = sorted({network.name for network in self.networks if network.name})
            raise UnknownEndError(f"no network is called `{name}`; there are {', '.join(names) or 'none with a name'}")
        return Reach(found)

    # -- the whole relation ------------------------------------------------------------------------------------------------

    def pairs(self, *, sources: str = "", destinations: str = "") -> list[Pair]:
        """Everything that is or may be allowed between different ends, sorted; addresses outside as the fewest CIDR blocks."""
        out: list[Pair] = []
        for network in self.networks:
            src = self._sides(network, sources) if sources else None
            dst = self._sides(network, destinations) if destinations else None
            out += _pairs(network, src, dst)
        return sorted(out)

    def from_(self, name: str) -> list[Pair]:
        """What an end may send, and where to."""
        return self.pairs(sources=name)

    def to(self, name: str) -> list[Pair]:
        """What may be sent to an end, and by whom."""
        return self.pairs(destinations=name)

    # -- one connection -----------------------------------------------------------------------------------------------------

    def allowed(self, src: str, dst: str, protocol: str = "TCP", port: int | None = None) -> Verdict:
        """Whether connections are let through; without a port: on all ports of the protocol.

        Raises UnknownEndError for a name that no network has.
        """
        return self.why(src, dst, protocol, port).verdict

    def why(self, src: str, dst: str, protocol: str = "TCP", port: int | None = None) -> Why:
        """The verdict with what each filter says; the first network that has both ends is asked.

        Raises UnknownEndError too where other ends of these names, in other networks, are answered differently.
        """
        found = self._both(src, dst)
        network, source, destination = found[0]
        answers = [_answer(one, s, d, protocol, port) for one, s, d in found]
        ends = [{e.key for e in one.ends if e.cells & (s | d)} for one, s, d in found]
        others = [
            one.name
            for (one, _, _), answer, keys in zip(found, answers, ends, strict=True)
            if answer != answers[0] and keys != ends[0]
        ]
        if others:
            raise UnknownEndError(
                f"`{src}` and `{dst}` are in networks that answer differently: {', '.join([network.name, *others])}; "
                "say which one is meant (`--network`)"
            )
        mask = _wanted(network, protocol, port)
        return Why(answers[0], tuple(_steps(network, source, destination, mask)) if mask else ())

    def _both(self, src: str, dst: str) -> list[tuple[Network, int, int]]:
        missing = ""
        both: list[tuple[Network, int, int]] = []
        for network in self.networks:
            source, destination = self._sides(network, src), self._sides(network, dst)
            if source and destination:
                both.append((network, source, destination))
            missing = missing or (dst if source else src)
        if both:
            return both
        raise UnknownEndError(_unknown(missing or src, [e.name for n in self.networks for e in n.ends]))

    @staticmethod
    def _sides(network: Network, name: str) -> int:
        """The cells of a name (whole, or as much of it as tells), an address or a block, or `internet`."""
        if name in ("*", "any"):
            return (1 << network.size) - 1
        if name in ("internet", "external"):
            return network.public or network.everywhere
        found = [e for e in network.ends if e.name == name] or [e for e in network.ends if _called(e, name)]
        if found:
            return sum(e.cells for e in found[:1]) if len(found) == 1 else 0
        try:
            first, after = interval_of(name)
        except ValueError:
            return 0
        return sum(
            1 << i
            for i, intervals in enumerate(network.outside, network.inside)
            if any(first < high and low < after for low, high in intervals)
        )

    # -- comparison ----------------------------------------------------------------------------------------------------------

    def diff(self, other: Reach) -> tuple[list[Pair], list[Pair]]:
        """(what only `other` has, what only this one has), in pairs with the ports that differ."""
        mine, theirs = _by_atoms(self, other)
        return _only(theirs, mine), _only(mine, theirs)


def _called(end: End, name: str) -> bool:
    bare = end.name.partition("[")[0]
    return name in (bare, bare.rpartition("/")[2], end.key)


def _unknown(name: str, names: Sequence[str]) -> str:
    from difflib import get_close_matches

    bare = {n.partition("[")[0].rpartition("/")[2]: n for n in names}
    near = get_close_matches(name, [*names, *bare], n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(f'`{bare.get(n, n)}`' for n in near)}?" if near else ""
    same = [n for n in names if name in (n.partition("[")[0], n.partition("[")[0].rpartition("/")[2])]
    if len(same) > 1:
        return f"`{name}` may be {' or '.join(f'`{n}`' for n in sorted(same)[:4])}"
    return f"nothing in the network is called `{name}`{hint}"


def _wanted(network: Network, protocol: str, port: int | None) -> int:
    if port is not None:
        return network.ports.at(protocol.upper(), port)
    return sum(1 << i for i, atom in enumerate(network.ports.atoms) if atom.protocol.upper() == protocol.upper())


def _answer(network: Network, source: int, destination: int, protocol: str, port: int | None) -> Verdict:
    mask = _wanted(network, protocol, port)
    return _verdict(network, source, destination, mask) if mask else "denied"


def _verdict(network: Network, source: int, destination: int, mask: int) -> Verdict:
    least = most = 0
    sure = True
    for d in bits(destination):
        for s in bits(source):
            surely, maybe = network.least.ports(s, d) & mask, network.most.ports(s, d) & mask
            sure = sure and surely == mask
            least, most = least | surely, most | maybe
    return "allowed" if sure else "depends" if most else "denied"


def _steps(network: Network, source: int, destination: int, mask: int) -> Iterator[Step]:
    s, d = next(bits(source)), next(bits(destination))
    port = mask & -mask
    for layer in network.layers:
        boxes, action = deciding(layer, s, d, port)
        numbers = list(dict.fromkeys(b.rule for b in boxes if b.rule >= 0))
        reasons = tuple(r for n in numbers if (r := network.reason(n)) is not None)
        depends = any(b.maybe and (b.action == "accept") != (action == "accept") for b in boxes)
        yield Step(layer.name, "depends" if depends else "allowed" if action == "accept" else "denied", reasons)


Masks = tuple[int, int]
"""(ports that all of some cells surely have, ports that some of them may have)"""


def _pairs(network: Network, sources: int | None, destinations: int | None) -> Iterator[Pair]:
    askers = [(e, tuple(bits(e.cells))) for e in network.ends if sources is None or e.cells & sources]
    outside = network.everywhere if sources is None else network.everywhere & sources
    for end in network.ends:
        if destinations is None or end.cells & destinations:
            row = _row(network, end.cells)
            for other, cells in askers:
                masks = _over(row, cells)
                if masks[1] and other is not end:
                    yield from _texts(network, other.name, end.name, masks)
            for masks, found in _alike((row[cell], cell) for cell in bits(outside)):
                for text in _blocks(network, found):
                    yield from _texts(network, text, end.name, masks)
    beyond = [
        (cell, _row(network, 1 << cell))
        for cell in bits(network.everywhere if destinations is None else network.everywhere & destinations)
    ]
    for end, cells in askers:
        for masks, found in _alike((_over(row, cells), cell) for cell, row in beyond):
            for text in _blocks(network, found):
                yield from _texts(network, end.name, text, masks)


def _row(network: Network, destination: int) -> list[Masks]:
    """By source cell: the ports on which it reaches all, and some, of the destination's cells."""
    least, most = [network.ports.all] * network.size, [0] * network.size
    for d in bits(destination):
        here = [0] * network.size
        for ports, sources in network.least.columns[d]:
            for s in bits(sources):
                here[s] |= ports
        least = [a & b for a, b in zip(least, here, strict=True)]
        for ports, sources in network.most.columns[d]:
            for s in bits(sources):
                most[s] |= ports
    return list(zip(least, most, strict=True))


def _over(row: Sequence[Masks], sources: Sequence[int]) -> Masks:
    if len(sources) == 1:
        return row[sources[0]]
    found = [row[s] for s in sources]
    least, most = found[0]
    for a, b in found[1:]:
        least, most = least & a, most | b
    return least, most


def _alike(items: Iterable[tuple[Masks, int]]) -> list[tuple[Masks, int]]:
    """Cells with the same masks together."""
    rows: dict[Masks, int] = {}
    for masks, cell in items:
        rows[masks] = rows.get(masks, 0) | 1 << cell
    return list(rows.items())


def _blocks(network: Network, cells: int) -> list[str]:
    """Addresses outside as `internet`, where it is all of it, and CIDR blocks."""
    if network.public and not network.public & ~cells:
        return ["internet", *_blocks(network, cells & ~network.public)]
    return blocks([i for cell in bits(cells) for i in network.outside[cell - network.inside]])


def _texts(network: Network, src: str, dst: str, masks: Masks) -> Iterator[Pair]:
    least, most = masks
    for verdict, mask in (("allowed", least), ("depends", most & ~least)):
        if mask:
            for protocol, ports in network.ports.texts(mask).items():
                yield Pair(src, dst, protocol, ports, verdict, network.name)  # type: ignore[arg-type]


Atoms = dict[tuple[str, str, str, str], set[tuple[int, int]]]


def _by_atoms(mine: Reach, theirs: Reach) -> tuple[Atoms, Atoms]:
    """Both relations as stretches of ports between the same ends, cut at all bounds of both."""
    pairs = mine.pairs(), theirs.pairs()
    ends = {text for found in pairs for p in found for text in (p.src, p.dst) if _is_block(text)}
    cuts: dict[str, set[int]] = {}
    for found in pairs:
        for p in found:
            for low, high in _stretches(p.ports):
                cuts.setdefault(p.protocol, set()).update((low, high + 1))
    pieces = _pieces(ends)
    ordered = {protocol: sorted(values) for protocol, values in cuts.items()}
    return _cut(pairs[0], pieces, ordered), _cut(pairs[1], pieces, ordered)


def _is_block(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _pieces(texts: set[str]) -> dict[str, tuple[str, ...]]:
    """Each block as blocks that no other block cuts."""
    from fourfold.engines.network.addresses import Ranges, block

    ranges = Ranges([block(text) for text in sorted(texts)])
    names = [blocks(atom) for atom in ranges.atoms]
    out: dict[str, tuple[str, ...]] = {}
    for text in texts:
        mask = ranges.mask(block(text))
        out[text] = tuple(name for i in bits(mask) for name in names[i])
    return out


def _stretches(ports: str) -> list[tuple[int, int]]:
    pairs = [part.partition("-") for part in ports.split(",")]
    return [(int(low), int(high or low)) for low, _, high in pairs]


def _cut(pairs: Iterable[Pair], pieces: dict[str, tuple[str, ...]], cuts: dict[str, list[int]]) -> Atoms:
    from bisect import bisect_left

    out: Atoms = {}
    for p in pairs:
        edges = cuts[p.protocol]
        stretches = set()
        for low, high in _stretches(p.ports):
            for i in range(bisect_left(edges, low), bisect_left(edges, high + 1)):
                stretches.add((edges[i], edges[i + 1] - 1))
        for src in pieces.get(p.src, (p.src,)):
            for dst in pieces.get(p.dst, (p.dst,)):
                out.setdefault((src, dst, p.protocol, p.verdict), set()).update(stretches)
    return out


def _only(a: Atoms, b: Atoms) -> list[Pair]:
    out: list[Pair] = []
    for (src, dst, protocol, verdict), stretches in a.items():
        rest = sorted(stretches - b.get((src, dst, protocol, verdict), set()))
        if rest:
            joined: list[tuple[int, int]] = []
            for low, high in rest:
                if joined and joined[-1][1] + 1 == low:
                    joined[-1] = (joined[-1][0], high)
                else:
                    joined.append((low, high))
            text = ",".join(str(low) if low == high else f"{low}-{high}" for low, high in joined)
            out.append(Pair(src, dst, protocol, text, verdict))  # type: ignore[arg-type]
    return sorted(out)
