"""The Compose projects that a graph declares."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fourfold.engines.network.compose.objects import Net, Project, Published, Service
from fourfold.model.graph import Graph
from fourfold.model.resource import Resource
from fourfold.model.value import Known, Map, Value

DEPTH_MAX = 20
"""So many services may have each other's network stack in a row."""
_PORT = re.compile(
    r"(?:(?P<host>\[[^\]]*\]|[^:/]*):)??(?:(?P<published>[\d-]*):)?(?P<first>\d+)(?:-(?P<last>\d+))?(?:/(?P<protocol>\w+))?"
)
_BYPASSING = ("macvlan", "ipvlan")
_TALKING = "com.docker.network.bridge.enable_icc"


def projects(graph: Graph) -> list[Project]:
    """One for each Compose file that has services, by its path."""
    found: dict[str, list[Resource]] = {}
    for resource in graph.of_type("Compose::Service", "Compose::Network"):
        found.setdefault(resource.variant or resource.file, []).append(resource)
    made = (_project(name, resources) for name, resources in sorted(found.items()))
    return [project for project in made if project.services]


def _project(name: str, resources: Iterable[Resource]) -> Project:
    services = {r.address: r for r in resources if r.type == "Compose::Service"}
    nets = {r.address.partition("/")[2]: _net(r) for r in resources if r.type == "Compose::Network"}
    nets.setdefault("default", Net("default"))
    read = tuple(_service(name_, services) for name_ in services)
    for service in read:
        for net in service.nets:
            nets.setdefault(net, Net(net, internal=None))  # no file describes it
    return Project(name, read, tuple(nets[key] for key in sorted(nets)))


def _net(resource: Resource) -> Net:
    internal, external = resource.get("internal"), resource.get("external")
    outside = not external.absent and not external.surely(False)
    driver = resource.get("driver").plain()
    talks = resource.get("driver_opts", _TALKING).plain()
    return Net(
        resource.address.partition("/")[2],
        None if outside else False if internal.absent else _switch(internal),
        str(talks).lower() != "false",
        driver in _BYPASSING,
        resource.span,
    )


def _switch(value: Value) -> bool | None:
    if not isinstance(value, Known):
        return None
    return {"true": True, "false": False}.get(str(value.value).lower())


def _service(name: str, services: dict[str, Resource]) -> Service:
    resource = services[name]
    owner, place = resource, name
    for _ in range(DEPTH_MAX):
        mode = _mode(owner)
        if not mode.startswith("service:"):
            break
        place = mode.removeprefix("service:")
        if place not in services:
            break
        owner = services[place]
    mode = _mode(owner)
    host, unknown = mode == "host", mode.startswith(("container:", "service:")) or mode == "?"
    nets = frozenset() if mode and mode not in ("bridge", "default") else _nets(owner, mode)
    return Service(
        name,
        "host" if host else f"service {place}",
        nets,
        host,
        unknown,
        tuple(_published(owner)),
        resource.key,
        resource.span,
    )


def _mode(resource: Resource) -> str:
    value = resource.get("network_mode")
    if value.absent:
        return ""
    return str(value.value or "") if isinstance(value, Known) else "?"


def _nets(resource: Resource, mode: str) -> frozenset[str]:
    if mode == "bridge":
        return frozenset({"bridge"})
    value = resource.get("networks")
    if isinstance(value, Map):
        return frozenset(key for _, key, _ in value.pairs()) or frozenset({"default"})
    return frozenset(str(item.plain()) for _, item in value.elements()) or frozenset({"default"})


def _published(resource: Resource) -> Iterable[Published]:
    for _, item in resource.get("ports").elements():
        if isinstance(item, Map):
            target, host = item.get("target").plain(), str(item.get("host_ip").plain() or "")
            text, protocol = str(target), str(item.get("protocol").plain() or "tcp")
        else:
            match = _PORT.fullmatch(str(item.plain()))
            if match is None:
                continue
            text = match["first"] + (f"-{match['last']}" if match["last"] else "")
            host, protocol = match["host"] or "", match["protocol"] or "tcp"
        first, _, last = text.partition("-")
        if first.isdigit() and (last or first).isdigit():
            local = host.strip("[]").startswith("127.") or host.strip("[]") in ("localhost", "::1")
            yield Published(protocol.upper(), int(first), int(last or first), local, item.span)
