"""Compose services and networks as the engine takes them.

Sources: https://docs.docker.com/reference/compose-file/networks/, https://docs.docker.com/reference/compose-file/services/
(`networks`, `network_mode`, `ports`) and https://docs.docker.com/engine/network/.
"""

from __future__ import annotations

import msgspec

from fourfold.model.place import Span


class Net(msgspec.Struct, frozen=True):
    """A network that services may be on."""

    name: str
    internal: bool | None = False
    """Whether it is cut off from the outside; None where that is not known."""
    talks: bool = True
    """Whether the services on it reach each other."""
    direct: bool = False
    """Whether its services have addresses of the network that the host is in."""
    span: Span | None = None


class Published(msgspec.Struct, frozen=True):
    """Ports of a service, both ends included, that its host forwards."""

    protocol: str
    first: int
    last: int
    local: bool = False
    """Whether the host listens only for itself."""
    span: Span | None = None


class Service(msgspec.Struct, frozen=True):
    """A service, and what it shares the network stack with."""

    name: str
    place: str
    """The service whose network stack it has: its own name, another's, `host`; services of one place are one end."""
    nets: frozenset[str] = frozenset()
    host: bool = False
    unknown: bool = False
    """Whether it has the network stack of something that no file describes."""
    published: tuple[Published, ...] = ()
    key: str = ""
    span: Span | None = None


class Project(msgspec.Struct, frozen=True):
    """What one Compose file starts."""

    name: str
    services: tuple[Service, ...]
    nets: tuple[Net, ...]
