"""Compose services as workloads with one container each, their variables, mounts and published ports.

Sources: https://docs.docker.com/reference/compose-file/services/, https://docs.docker.com/engine/containers/run/
(what a container has where nothing is said) and https://docs.docker.com/engine/security/seccomp/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from msgspec.structs import replace

from fourfold.linking import docker_options
from fourfold.linking.aws_values import first_found, or_else, translate
from fourfold.linking.draft import Draft
from fourfold.model.nodes import Container, Entry, Variable, Volume, Workload
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Map, Ref, Seq, Text, Unknown, Value, known, mapping, sequence, unknown
from fourfold.sources.compose.merge import pair_of, port_of

SERVICE = "Compose::Service"

_LOCAL = re.compile(r"127\.[0-9.]+|::1|localhost")
_HOST_PATH = re.compile(r"[./~\\]|[a-zA-Z]:\\")
"""How the first part of a short volume begins that is a path of the host, and no volume's name."""


def add(draft: Draft) -> None:
    """All services."""
    for service in draft.of_type(SERVICE):
        _service(draft, service)


def _service(draft: Draft, service: Resource) -> None:
    get = service.get
    mounts, volumes = _mounts(draft, service)
    mode = get("network_mode").default("bridge")
    options = _listed(get("security_opt"))
    container = draft.add(
        Container(
            resource=service,
            name=service.address,
            part=f"container/{service.address}",
            at=service.properties,
            condition=service.condition,
            platform="compose",
            image=get("image"),
            user=get("user"),
            read_only_root=get("read_only").default(False),
            privileged=get("privileged").default(False),
            privilege_escalation=first_found(options, docker_options.escalation, True),
            capabilities_add=get("cap_add"),
            capabilities_drop=get("cap_drop"),
            seccomp=first_found(options, docker_options.seccomp, "RuntimeDefault"),
            apparmor=first_found(options, docker_options.apparmor, "RuntimeDefault"),
            security_options=options,
            memory_limit=or_else(get("mem_limit"), get("deploy", "resources", "limits", "memory")),
            cpu_limit=or_else(get("cpus"), or_else(get("deploy", "resources", "limits", "cpus"), get("cpu_quota"))),
            log_configuration=_log(get("logging")),
            health_check=_health_check(get("healthcheck")),
            variables=_variables(draft, service),
            secrets=get("secrets"),
            ports=get("ports"),
            mounts=mounts,
            command=or_else(get("command"), get("entrypoint")),
        )
    )
    workload = draft.add(
        Workload(
            resource=service,
            name=service.address,
            at=service.properties,
            condition=service.condition,
            platform="compose",
            kind=service.type,
            containers=(container,),
            network_mode=mode,
            host_network=_is_host(mode),
            host_pid=_is_host(get("pid")),
            host_ipc=_is_host(get("ipc")),
            volumes=volumes,
            tasks_desired=or_else(get("deploy", "replicas"), get("scale")).default(1),
        )
    )
    draft.connect(workload, "contains", container)
    for entry in _entries(draft, service):
        draft.connect(entry, "routes_to", workload, entry.at.span)


def _listed(value: Value) -> Value:
    """A list; one element stands for a list of one."""
    return sequence([value], at=value) if isinstance(value, (Known, Text)) else value


def _is_host(value: Value) -> Value:
    """Whether a namespace is the host's: `host`; another service's or container's is none."""
    if isinstance(value, Known) and value.value is not None and value.value != "host":
        return known(False, at=value)
    return translate(value, {"host": True}, absent=False)


def _log(logging: Value) -> Value:
    """In the words of task definitions, as the checks ask for it."""
    if not isinstance(logging, Map):
        return logging
    words = (("driver", "LogDriver"), ("options", "Options"))
    return replace(logging, entries_={new: logging.entries_[old] for old, new in words if old in logging.entries_})


def _health_check(check: Value) -> Value:
    """Absent, too, where it is switched off."""
    off = check.get("disable").surely(True) or check.get("test").surely("NONE") or check.get("test", 0).surely("NONE")
    return Absent(check.source, check.start, check.end, check.key_start, check, ("test",)) if off else check


# -- variables ---------------------------------------------------------------------------------------------------------


def _variables(draft: Draft, service: Resource) -> tuple[Variable, ...]:
    """`environment`, and of the files that `env_file` names what it does not replace; apart from them, build arguments."""
    found: dict[str, tuple[Value, Value]] = {}
    for _, name, value in service.attributes.get("EnvFile").pairs():
        found[name] = (value, value)
    for name, value, at in _pairs(service.get("environment")):
        if isinstance(value, Known) and value.value is None:
            # A bare name is passed on from where Compose is started.
            value = unknown(f"`{name}` is taken from where Compose is started", at=value, name=name, maybe_absent=True)
        found[name] = (value, at)
    owner = f"container `{service.address}`"
    variables = tuple(
        _variable(draft, service, name, value, at, owner, "environment") for name, (value, at) in found.items()
    )
    build = service.get("build")
    for name, value, at in _pairs(build.get("args")) if isinstance(build, Map) else ():
        if not isinstance(value, Known) or value.value is not None:
            _variable(draft, service, name, value, at, f"image of {owner}", "build-argument")
    return variables


def _variable(
    draft: Draft,
    service: Resource,
    name: str,
    value: Value,
    at: Value,
    owner: str,
    position: Literal["environment", "build-argument"],
) -> Variable:
    inside = f"container/{service.address}/environment" if position == "environment" else "build/args"
    return draft.add(
        Variable(
            resource=service,
            name=name,
            part=f"{inside}/{name}",
            at=at,
            condition=service.condition,
            value=value,
            owner=owner,
            position=position,
            platform="compose",
        )
    )


def _pairs(environment: Value) -> Iterator[tuple[str, Value, Value]]:
    """Name, value and place of each variable, written as a mapping or as a list."""
    if isinstance(environment, Map):
        for name, value in environment.entries_.items():
            yield name, value, value
    elif isinstance(environment, Seq):
        for item in environment.items_:
            pair = pair_of(item)
            if pair is not None and pair[0]:
                yield pair[0], pair[1], item


# -- mounts ------------------------------------------------------------------------------------------------------------


class _Mount(NamedTuple):
    """One element of `volumes`, short or long."""

    kind: str
    source: Value
    target: str
    read_only: Value


def _mounts(draft: Draft, service: Resource) -> tuple[Value, tuple[Volume, ...]]:
    """The mounts as mappings of `name`, `mountPath` and `readOnly`, and the volumes they are of."""
    written = service.get("volumes")
    if not isinstance(written, Seq):
        return written, ()
    mounts: list[Value] = []
    volumes: dict[str, Volume] = {}
    for item in written.items_:
        mount = _mount(item)
        if mount is None:
            continue
        name = mount.target if mount.source.absent else str(mount.source)
        entries = {"name": known(name, at=item), "mountPath": known(mount.target, at=item), "readOnly": mount.read_only}
        mounts.append(mapping(entries, at=item))
        if name not in volumes:
            volumes[name] = draft.add(
                Volume(
                    resource=service,
                    name=name,
                    part=f"volume/{name}",
                    at=item,
                    condition=service.condition,
                    kind=mount.kind,
                    host_path=_host_path(draft, service, mount, item),
                )
            )
    return sequence(mounts, at=written), tuple(volumes.values())


def _host_path(draft: Draft, service: Resource, mount: _Mount, item: Value) -> Value:
    """The path of the host: of a bind mount, or of a named volume whose driver binds one."""
    if mount.kind == "bind":
        return mount.source
    if mount.kind != "volume":
        return _no_source(item)
    if not isinstance(mount.source, (Known, Absent)):
        why = f"`{mount.source}` may be a path of the host, or the name of a volume"
        return unknown(why, at=mount.source, maybe_absent=True)
    volume = draft.resources.get(f"{service.key.rpartition('#')[0]}#volumes/{mount.source}")
    options = volume.get("driver_opts") if volume is not None else _no_source(item)
    bound = {"bind", "rbind"} & set(str(options.get("o").plain()).split(","))
    return options.get("device") if bound else _no_source(item)


def _no_source(item: Value) -> Value:
    return Absent(item.source, item.start, item.end, item.key_start, item, ("source",))


def _mount(item: Value) -> _Mount | None:
    if isinstance(item, Map):
        kind = str(item.get("type").plain() or "volume")
        return _Mount(kind, item.get("source"), str(item.get("target")), item.get("read_only").default(False))
    if not isinstance(item, (Known, Text)):
        return None
    parts = _split(str(item))
    if len(parts) == 1:
        return _Mount("volume", _no_source(item), parts[0], known(False, at=item))
    options = parts[2].split(",") if len(parts) > 2 else []
    kind = "bind" if _HOST_PATH.match(parts[0]) else "volume"
    source = _source(item) if isinstance(item, Text) else known(parts[0], at=item)
    return _Mount(kind, source, parts[1], known("ro" in options, at=item))


def _source(item: Text) -> Value:
    """What stands before the first colon of a text with holes."""
    out: list[str | Value] = []
    for part in item.parts:
        head, colon, _ = part.partition(":") if isinstance(part, str) else (part, "", "")
        if head != "":
            out.append(head)
        if colon:
            break
    if all(isinstance(part, str) for part in out):
        return known("".join(map(str, out)), at=item)
    return replace(item, parts=tuple(out))


def _split(text: str) -> list[str]:
    """`source:target:options`. The colon of a Windows drive divides nothing."""
    drive = text[:2] if re.match(r"[a-zA-Z]:\\", text) else ""
    first, *others = text[len(drive) :].split(":")
    return [drive + first, *others]


# -- ports -------------------------------------------------------------------------------------------------------------


def _entries(draft: Draft, service: Resource) -> Iterator[Entry]:
    """A published port is open on every address of the host, unless one is named."""
    seen: set[str] = set()
    for _, item in service.get("ports").elements():
        if isinstance(item, Unknown):
            continue
        port = port_of(item)
        name = f"{port['published'] or port['target']}/{port['protocol']}"
        if port["host_ip"]:
            name = f"{port['host_ip']}:{name}"
        if name in seen:
            continue
        seen.add(name)
        host: Value = _no_source(item)
        if isinstance(item, Map):
            host = item.get("host_ip")
        elif port["host_ip"]:
            host = known(port["host_ip"], at=item) if isinstance(item, Known) else item
        local = isinstance(host, Known) and _LOCAL.fullmatch(str(host.value)) is not None
        yield draft.add(
            Entry(
                resource=service,
                name=name,
                part=f"port/{name}",
                at=item,
                condition=service.condition,
                kind="published-port",
                exposure="private" if local else "unknown",
                exposure_value=host.default("0.0.0.0"),  # noqa: S104 - this is what is looked for
                target=Ref(item.source, item.start, item.end, item.key_start, service.key),
                protocol=known(port["protocol"], at=item),
            )
        )
