"""Compose services to workloads."""

from __future__ import annotations

from pathlib import Path

import pytest

import fourfold.pipeline
from fourfold.linking import link
from fourfold.model.graph import Graph
from fourfold.model.nodes import Container, Entry, Image, Volume, Workload
from fourfold.model.value import Known, Unknown
from fourfold.sources.tree import Tree


def graph(root: Path, text: str, **files: str) -> Graph:
    for name, content in {"compose.yaml": text, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    resources, problems, _ = fourfold.pipeline.read(Tree(root))
    assert problems == []
    return link(resources)


def container(root: Path, text: str = "") -> Container:
    (found,) = graph(root, f"services:\n  web:\n    image: a\n{text}").of(Container)
    return found


def test_what_docker_does_where_nothing_is_said(tmp_path: Path) -> None:
    found = graph(tmp_path, "services: {web: {image: a}}\n")
    (web,) = found.of(Container)
    (workload,) = found.of(Workload)
    assert (web.address, web.platform, web.role) == ("web/container/web", "compose", "main")
    for field, stands_for in {
        "user": None, "read_only_root": False, "privileged": False, "privilege_escalation": True,
        "seccomp": "RuntimeDefault", "apparmor": "RuntimeDefault", "memory_limit": None, "log_configuration": None,
    }.items():  # fmt: skip
        value = getattr(web, field)
        assert value.absent, field
        assert value.surely(stands_for), field
        assert value.span.line == 1, field
    assert workload.host_network.surely(False)
    assert workload.network_mode.surely("bridge")
    assert found.out(workload, "contains") == [web]


def test_what_is_written(tmp_path: Path) -> None:
    text = (
        "    user: '7'\n    read_only: true\n    privileged: true\n    cap_add: [A]\n    cap_drop: [ALL]\n"
        "    security_opt: ['no-new-privileges:true', 'seccomp=unconfined', 'apparmor:mine']\n"
        "    deploy: {resources: {limits: {memory: 1g, cpus: '0.5'}}}\n    logging: {driver: none}\n"
    )
    web = container(tmp_path, text)
    assert web.user.plain() == "7"
    assert web.read_only_root.surely(True)
    assert web.privileged.surely(True)
    assert web.privilege_escalation.surely(False)
    assert web.privilege_escalation.span.line == 9
    assert web.seccomp.surely("Unconfined")
    assert web.apparmor.surely("Localhost")
    assert web.memory_limit.plain() == "1g"
    assert web.cpu_limit.plain() == "0.5"
    assert web.log_configuration.get("LogDriver").plain() == "none"
    assert web.log_configuration.get("LogDriver").span.line == 11


@pytest.mark.parametrize("option", ["false", "[]", "['label:x']"])
def test_other_options_say_nothing_of_privileges(tmp_path: Path, option: str) -> None:
    web = container(tmp_path, f"    security_opt: {option}\n")
    assert web.privilege_escalation.surely(True)
    assert web.seccomp.surely("RuntimeDefault")


def test_variables(tmp_path: Path) -> None:
    text = "services:\n  web:\n    image: a\n    env_file: e.env\n    environment: ['A=1', 'B=x-${X}', C, 'D=']\n"
    (web,) = graph(tmp_path, text, **{"e.env": "A=0\nE=5\n"}).of(Container)
    assert [(v.name, v.value.plain(), v.span.file, v.span.line) for v in web.variables] == [
        ("A", "1", "compose.yaml", 5),
        ("E", "5", "e.env", 2),
        ("B", "x-${X}", "compose.yaml", 5),
        ("C", "C", "compose.yaml", 5),
        ("D", "", "compose.yaml", 5),
    ]
    known = web.variables[0].value
    assert isinstance(known, Known)
    assert known.source.text[known.start : known.end] == "1"
    assert isinstance(web.variables[3].value, Unknown)


@pytest.mark.parametrize(
    ("volume", "kind", "name", "host_path", "read_only"),
    [
        ("'/var/run/docker.sock:/s:ro'", "bind", "/var/run/docker.sock", "/var/run/docker.sock", True),
        ("./a:/b", "bind", "./a", "./a", False),
        ("~/a:/b", "bind", "~/a", "~/a", False),
        ("'C:\\x:/b'", "bind", "C:\\x", "C:\\x", False),
        ("data:/b", "volume", "data", None, False),
        ("bound:/b", "volume", "bound", "/srv", False),
        ("/only", "volume", "/only", None, False),
        ("{type: bind, source: /h, target: /t, read_only: true}", "bind", "/h", "/h", True),
        ("{type: tmpfs, target: /t}", "tmpfs", "/t", None, False),
        ("'${HOME}/x:/t'", "volume", "${HOME}/x", "?", False),
        ("'./${X}:/t:ro'", "bind", "./${X}", "./${X}", True),
    ],
)
def test_volumes(tmp_path: Path, volume: str, kind: str, name: str, host_path: str | None, read_only: bool) -> None:
    top = "volumes:\n  data: {}\n  bound: {driver_opts: {type: none, o: 'rw,bind', device: /srv}}\n"
    found = graph(tmp_path, f"services:\n  web:\n    image: a\n    volumes: [{volume}]\n{top}")
    (one,) = found.of(Volume)
    assert (one.kind, one.name, one.host_path.plain()) == (kind, name, host_path)
    mount = found.of(Container)[0].mounts.get(0)
    assert (mount.get("name").plain(), mount.get("readOnly").surely(True)) == (name, read_only)


@pytest.mark.parametrize(
    ("port", "name", "exposure"),
    [
        ("'8080:80'", "8080/tcp", "unknown"),
        ("80", "80/tcp", "unknown"),
        ("'127.0.0.1:8080:80/udp'", "127.0.0.1:8080/udp", "private"),
        ("'[::1]:8080:80'", "::1:8080/tcp", "private"),
        ("'::1:8080:80'", "::1:8080/tcp", "private"),
        ("'0.0.0.0:1-9:1-9'", "0.0.0.0:1-9/tcp", "unknown"),
        ("{target: 80, published: '8080', host_ip: 127.0.0.1}", "127.0.0.1:8080/tcp", "private"),
        ("{target: 80}", "80/tcp", "unknown"),
        ("'${IP}:8080:80'", "${IP}:8080/tcp", "unknown"),
    ],
)
def test_published_ports(tmp_path: Path, port: str, name: str, exposure: str) -> None:
    found = graph(tmp_path, f"services:\n  web:\n    image: a\n    ports: [{port}]\n")
    (entry,) = found.of(Entry)
    assert (entry.kind, entry.name, entry.exposure) == ("published-port", name, exposure)
    assert found.out(entry, "routes_to") == found.of(Workload)


def test_namespaces_of_the_host(tmp_path: Path) -> None:
    text = "services:\n  web: {image: a, network_mode: host, pid: host, ipc: 'service:db'}\n"
    (workload,) = graph(tmp_path, text).of(Workload)
    assert workload.host_network.surely(True)
    assert workload.host_pid.surely(True)
    assert workload.host_ipc.surely(False)


def test_health_checks(tmp_path: Path) -> None:
    assert not container(tmp_path, "    healthcheck: {test: [CMD, x]}\n").health_check.absent
    assert container(tmp_path, "    healthcheck: {disable: true}\n").health_check.absent
    assert container(tmp_path, "    healthcheck: {test: [NONE]}\n").health_check.absent


def test_images_are_joined_by_build_and_by_name(tmp_path: Path) -> None:
    text = (
        "services:\n  a: {build: web, image: shop/web:1}\n  b: {build: {context: web, target: test}}\n"
        "  c: {image: 'docker.io/shop/web:1'}\n  d: {image: 'shop/web:2'}\n"
    )
    task = '{"family": "t", "containerDefinitions": [{"name": "e", "image": "shop/web:1"}]}'
    found = graph(tmp_path, text, **{"web/Dockerfile": "FROM x AS test\nUSER t\nFROM y\nUSER l\n", "task.json": task})
    users = {
        c.name: [i.user.plain() for i in found.out(c, "built_by") if isinstance(i, Image)] for c in found.of(Container)
    }
    assert users == {"a": ["l"], "b": ["t"], "c": ["l"], "d": [], "e": ["l"]}
