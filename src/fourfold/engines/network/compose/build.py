"""The network of a Compose file, as boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fourfold.engines.network.addresses import EVERYWHERE
from fourfold.engines.network.boxes import Box, Layer
from fourfold.engines.network.compose.objects import Project, Service
from fourfold.engines.network.network import Network, Reason, ends_named
from fourfold.engines.network.ports import Ports, Range
from fourfold.model.place import Span

PROTOCOLS = ("TCP", "UDP", "SCTP")


def network(project: Project) -> Network:
    """Services as `name[Service]`, and all addresses outside of the host as one cell."""
    places = {place: i for i, place in enumerate(dict.fromkeys(s.place for s in project.services))}
    ends = [(f"{s.name}[Service]", places[s.place], s.key, s.span) for s in project.services]
    ranges = [Range(p.protocol, p.first, p.last) for s in project.services for p in s.published]
    ports = Ports(PROTOCOLS, ranges)
    compiler = _Compiler(project, places, ports)
    boxes = tuple(compiler.boxes())
    return Network(
        name=project.name,
        ends=ends_named(ends),
        inside=len(places),
        outside=(EVERYWHERE[:1],),
        ports=ports,
        layers=(Layer("networks", (boxes,)),),
        reasons=tuple(compiler.reasons),
    )


class _Compiler:
    def __init__(self, project: Project, places: dict[str, int], ports: Ports) -> None:
        self.project, self.ports = project, ports
        self.cell = {s.name: 1 << places[s.place] for s in project.services}
        self.beyond = 1 << len(places)
        self.all = (self.beyond << 1) - 1
        self.reasons: list[Reason] = []
        self.on = dict.fromkeys((net.name for net in project.nets), 0)
        for service in project.services:
            for name in service.nets:
                self.on[name] |= self.cell[service.name]
        self.hosts = self._cells(lambda s: s.host)
        self.unknown = self._cells(lambda s: s.unknown)
        self.connected = self._cells(lambda s: bool(s.nets)) | self.hosts | self.unknown

    def _cells(self, which: Callable[[Service], bool]) -> int:
        found = 0
        for service in self.project.services:
            if which(service):
                found |= self.cell[service.name]
        return found

    def boxes(self) -> Iterator[Box]:
        """What surely gets through, then what may; all else does not."""
        every = self.ports.all
        for cell in dict.fromkeys((*self.cell.values(), self.beyond)):
            yield Box("accept", cell, cell, every)
        out = {True: self.hosts, None: self.unknown}
        for net in self.project.nets:
            on = self.on[net.name]
            if on and net.talks:
                yield Box("accept", on, on, every, self._reason(f"both are on network `{net.name}`", net.span))
            if not net.direct:
                yield Box(
                    "accept", self.hosts, on, every, self._reason(f"the host is on network `{net.name}`", net.span)
                )
            if net.internal is not True:
                known = None if net.internal is None else True
                out[known] |= on
        yield Box("accept", out[True], self.beyond, every, self._reason("a network of it is not internal"))
        yield Box("accept", out[None], self.beyond, every, maybe=True)
        yield from self._published(out[True], out[None])
        yield from self._open()
        yield Box("deny", self.all, self.all, every, self._reason("they have no network in common"))

    def _published(self, sure: int, maybe: int) -> Iterator[Box]:
        for service in self.project.services:
            cell = self.cell[service.name]
            for port in service.published:
                if port.local or service.host or not cell & (sure | maybe):
                    continue
                mask = self.ports.mask(Range(port.protocol, port.first, port.last))
                rule = self._reason(f"service `{service.name}` publishes the port", port.span)
                yield Box("accept", self.beyond, cell, mask, rule, maybe=not cell & sure)
                yield Box("accept", (sure | maybe) & ~self.hosts, cell, mask, rule, maybe=True)

    def _open(self) -> Iterator[Box]:
        """What hangs on the host, or on what no file describes."""
        every = self.ports.all
        yield Box("accept", self.unknown, self.connected, every, maybe=True)
        yield Box("accept", self.connected, self.unknown, every, maybe=True)
        direct = 0
        for net in self.project.nets:
            direct |= self.on[net.name] * net.direct
        yield Box("accept", self.beyond | self.hosts, direct, every, maybe=True)
        yield Box("accept", self.connected | self.beyond, self.hosts, every, maybe=True)
        yield Box("accept", self.beyond, self.unknown, every, maybe=True)

    def _reason(self, text: str, span: Span | None = None) -> int:
        self.reasons.append(Reason(text, span))
        return len(self.reasons) - 1
