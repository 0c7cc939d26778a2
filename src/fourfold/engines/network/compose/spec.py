"""Whether one connection between services of a Compose file can be made, as the documentation says it.

Sources: as in `objects`. Everything is about what networks let through; whether anything listens is not asked.
"""

from __future__ import annotations

from fourfold.engines.network.compose.objects import Net, Project, Service


def allowed(
    project: Project, source: Service | None, destination: Service | None, protocol: str, port: int
) -> bool | None:
    """Whether `source` reaches a port of `destination`; None as an end is the outside, as an answer that it depends."""
    nets = {net.name: net for net in project.nets}
    if source is None:
        return _from_outside(destination, nets, protocol, port) if destination is not None else True
    if destination is None:
        return _to_outside(source, nets)
    if source.place == destination.place:
        return True  # they share the interface of the loopback
    if not _connected(source) or not _connected(destination):
        return False
    if source.unknown or destination.unknown:
        return None
    if any(nets[name].talks for name in source.nets & destination.nets):
        return True
    if source.host:  # the host has an address in every network but those that bypass it
        return True if any(not nets[name].direct for name in destination.nets) else None
    if destination.host:
        return None  # by the address of the host, if its own filters let it
    # By the address of the host, if the filters that keep networks apart let it.
    gets_out = any(nets[name].internal is not True for name in source.nets)
    return None if gets_out and _publishes(destination, nets, protocol, port) is not False else False


def _connected(service: Service) -> bool:
    return bool(service.nets) or service.host or service.unknown


def _from_outside(service: Service, nets: dict[str, Net], protocol: str, port: int) -> bool | None:
    if service.host or service.unknown:
        return None  # the filters of the host decide
    published = _publishes(service, nets, protocol, port)
    return None if published is False and any(nets[name].direct for name in service.nets) else published


def _publishes(service: Service, nets: dict[str, Net], protocol: str, port: int) -> bool | None:
    """A port is forwarded from the host's addresses into a network that is not cut off."""
    here = [p for p in service.published if p.protocol == protocol and p.first <= port <= p.last and not p.local]
    return _to_outside(service, nets) if here else False


def _to_outside(service: Service, nets: dict[str, Net]) -> bool | None:
    if service.host:
        return True
    if service.unknown:
        return None
    kinds = {nets[name].internal for name in service.nets}
    return True if False in kinds else None if None in kinds else False
