"""Networks of Compose files: read, and their boxes against the documentation."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.engines.network.compose import spec
from fourfold.engines.network.compose.build import network
from fourfold.engines.network.compose.objects import Net, Project, Published, Service
from fourfold.network import Reach, UnknownEndError

SHOP = """
services:
  web:
    image: web
    ports: ["8080:80", "127.0.0.1:9000:9000", {target: 443, published: "8443"}, "[::1]:7:7", "6000-6001:5000-5001/udp"]
    networks: [front, back]
  db: {image: db, networks: {back: {aliases: [store]}}, ports: ["5432:5432"]}
  cache: {image: cache, network_mode: "service:db"}
  worker: {image: worker}
  batch: {image: batch, network_mode: none}
  agent: {image: agent, network_mode: host}
  helper: {image: helper, network_mode: "container:other"}
networks:
  front: {}
  back: {internal: true}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Reach:
    (tmp_path / "compose.yaml").write_text(SHOP)
    return Reach(tmp_path)


@pytest.mark.parametrize(
    ("src", "dst", "port", "said"),
    [
        ("web", "db", 5432, "allowed"),  # a network in common
        ("web", "db", 1, "allowed"),
        ("db", "cache", 1, "allowed"),  # one network stack
        ("web", "cache", 1, "allowed"),
        ("web", "worker", 1, "denied"),  # no network in common
        ("worker", "web", 80, "depends"),  # by what the host publishes
        ("worker", "web", 81, "denied"),
        ("worker", "batch", 1, "denied"),
        ("agent", "db", 1, "allowed"),  # the host is in all networks
        ("web", "agent", 1, "depends"),
        ("helper", "web", 1, "depends"),
        ("helper", "batch", 1, "denied"),
        ("internet", "web", 80, "allowed"),
        ("internet", "web", 443, "allowed"),
        ("internet", "web", 8080, "denied"),  # ports are those of the service
        ("internet", "web", 9000, "denied"),  # for the host alone
        ("internet", "web", 7, "denied"),
        ("internet", "db", 5432, "denied"),  # into an internal network nothing is forwarded
        ("internet", "agent", 1, "depends"),
        ("internet", "batch", 1, "denied"),
        ("web", "internet", 443, "allowed"),
        ("db", "internet", 443, "denied"),
        ("worker", "internet", 443, "allowed"),
        ("batch", "internet", 443, "denied"),
    ],
)
def test_who_reaches_whom(shop: Reach, src: str, dst: str, port: int, said: str) -> None:
    assert shop.allowed(src, dst, "TCP", port) == said


def test_ranges_and_protocols_of_published_ports(shop: Reach) -> None:
    found = {(p.protocol, p.ports) for p in shop.pairs(destinations="web") if p.src == "0.0.0.0/0"}
    assert found == {("TCP", "80,443"), ("UDP", "5000-5001")}


def test_what_is_in_common_is_named(shop: Reach) -> None:
    (step,) = shop.why("web", "db", "TCP", 5432).steps
    assert [r.text for r in step.reasons] == ["both are on network `back`"]
    (step,) = shop.why("web", "worker", "TCP", 80).steps
    assert [r.text for r in step.reasons] == ["they have no network in common"]


@pytest.mark.parametrize(
    ("net", "between", "inside", "outwards"),
    [
        ("{internal: 'true'}", "allowed", "denied", "denied"),
        ("{external: true}", "allowed", "depends", "depends"),
        ("{driver: macvlan}", "allowed", "depends", "allowed"),
        ("{driver_opts: {com.docker.network.bridge.enable_icc: 'false'}}", "denied", "denied", "allowed"),
    ],
)
def test_kinds_of_networks(tmp_path: Path, net: str, between: str, inside: str, outwards: str) -> None:
    published = "['80:80']" if "external" in net else "[]"
    (tmp_path / "compose.yaml").write_text(
        f"services:\n  a: {{image: a, networks: [n], ports: {published}}}\n  b: {{image: b, networks: [n]}}\n"
        f"networks:\n  n: {net}\n"
    )
    reach = Reach(tmp_path)
    said = [reach.allowed(*ends, "TCP", 80) for ends in (("a", "b"), ("internet", "a"), ("a", "internet"))]
    assert said == [between, inside, outwards]


def test_files_are_told_apart(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "compose.yaml").write_text("services: {web: {image: a}, db: {image: b}}\n")
    assert {p.network for p in Reach(tmp_path).pairs()} == {"one/compose.yaml", "two/compose.yaml"}


def test_names_that_several_files_have(tmp_path: Path) -> None:
    for name, net in (("one", "{}"), ("two", "{internal: true}")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "compose.yaml").write_text(
            f"services: {{web: {{image: a}}, db: {{image: b}}}}\nnetworks: {{default: {net}}}\n"
        )
    reach = Reach(tmp_path)
    assert reach.allowed("web", "db") == "allowed"  # in both
    with pytest.raises(UnknownEndError, match=r"answer differently: one/compose.yaml, two/compose.yaml"):
        reach.allowed("web", "internet")
    assert reach.only("two/compose.yaml").allowed("web", "internet") == "denied"
    with pytest.raises(UnknownEndError, match=r"there are one/compose.yaml, two/compose.yaml"):
        reach.only("three")


def build(seed: int) -> Project:
    r = Random(seed)
    nets = [Net(n, r.choice((False, False, True, None)), r.random() < 0.8, r.random() < 0.2) for n in "abc"]
    services: list[Service] = []
    for i in range(r.randint(2, 5)):
        name = f"s{i}"
        kind = r.random()
        published = tuple(
            Published(r.choice(("TCP", "UDP")), 80, r.choice((80, 90)), r.random() < 0.3)
            for _ in range(r.randint(0, 2))
        )
        if kind < 0.12:
            services.append(Service(name, "host", host=True, published=published))
        elif kind < 0.2:
            services.append(Service(name, name, unknown=True))
        elif kind < 0.3:
            services.append(Service(name, name))
        elif kind < 0.4 and services:
            other = r.choice(services)
            services.append(Service(name, other.place, other.nets, other.host, other.unknown, other.published))
        else:
            on = frozenset(r.sample("abc", r.randint(1, 2)))
            services.append(Service(name, name, on, published=published))
    return Project("p", tuple(services), tuple(nets))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 1 << 32).map(build))
def test_boxes_say_what_the_documentation_says(project: Project) -> None:
    made = network(project)
    cells = {e.name: e.cells.bit_length() - 1 for e in made.ends}
    ends: list[Service | None] = [*project.services, None]
    for source in ends:
        for destination in ends:
            s, d = (
                len(set(cells.values())) if e is None else cells[f"{e.name}[Service]"] for e in (source, destination)
            )
            for atom in made.ports.atoms:
                mask = made.ports.at(atom.protocol, atom.first)
                said = (bool(made.least.ports(s, d) & mask), bool(made.most.ports(s, d) & mask))
                expected = spec.allowed(project, source, destination, atom.protocol, atom.first)
                assert said == {True: (True, True), False: (False, False), None: (False, True)}[expected], (
                    source, destination, atom,
                )  # fmt: skip
