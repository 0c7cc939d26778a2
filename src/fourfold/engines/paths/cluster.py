"""Moves in clusters and on machines that containers share: tokens, ways out of a container, ways up in RBAC.

The identifiers are KubeHound's (https://kubehound.io/reference/attacks/) where it has one; what lets a container out is
said at https://kubernetes.io/docs/concepts/security/pod-security-standards/. Fargate and Lambda run each task and function
in a machine of its own: nothing leads from one to another there
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-fargate.html).
"""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.engines.paths.moves import Fact, Move
from fourfold.engines.paths.world import World
from fourfold.engines.rbac.objects import Subject
from fourfold.engines.rbac.reach import Escalation, escalations
from fourfold.linking.kubernetes_names import name_of, namespace_of
from fourfold.model.nodes import Container, Secret, Volume, Workload
from fourfold.model.nodes.node import NOTHING
from fourfold.model.place import Span
from fourfold.model.value import Ref, Value

OWN_MACHINE = frozenset({"fargate", "eks-fargate", "lambda-zip", "lambda-image"})
_SOCKETS = ("docker.sock", "containerd.sock", "crio.sock", "cri-dockerd.sock")
_HOST_WRITE = ("/", "/etc", "/root", "/home", "/var", "/var/lib", "/var/lib/kubelet", "/usr", "/opt", "/bin", "/proc")
ADMIN = Fact("administer", "cluster", "the cluster")


def account(namespace: str, name: str) -> Fact:
    return Fact("hold", f"system:serviceaccount:{namespace}:{name}", f"service account `{namespace}/{name}`")


def machine(workload: Workload) -> Fact:
    return Fact("node", workload.resource.key, f"`{workload.resource.address}`")


# -- from code in a container ------------------------------------------------------------------------------------------------


def from_run(world: World, fact: Fact) -> Iterator[Move]:
    """The token of the pod's service account, and ways out of its containers."""
    for workload in world.graph.of(Workload):
        if workload.resource.key == fact.subject:
            if workload.resource.of_kubernetes:
                yield from _token(workload, fact)
            if workload.platform not in OWN_MACHINE:
                yield from _escapes(workload, fact)


def _token(workload: Workload, fact: Fact) -> Iterator[Move]:
    if workload.automount_token.surely(expected=False):
        return
    value = workload.role
    name = value.name.rpartition("/")[2] if isinstance(value, Ref) else str(value.plain() or "default")
    place = value.span if not value.absent else workload.span
    yield Move(
        id="TOKEN_STEAL",
        technique="T1528",
        premises=(fact,),
        conclusion=account(namespace_of(workload.resource), name),
        spans=(place,),
        text=f"The token of service account `{name}` is mounted into `{workload.resource.address}`",
        missing="" if not workload.automount_token.reason else workload.automount_token.reason,
        log="Kubernetes audit log, once the token is used",
        effort=1 + 3 * bool(workload.automount_token.reason),
    )


def _escapes(workload: Workload, fact: Fact) -> Iterator[Move]:
    for container in workload.containers:
        for id_, value, why in _ways_out(workload, container):
            yield Move(
                id=id_,
                technique="T1611",
                premises=(fact,),
                conclusion=machine(workload),
                spans=(value,),
                text=f"Container `{container.name}` of `{workload.resource.address}` {why}: code in it takes over its machine",
                log="",
            )


def _ways_out(workload: Workload, container: Container) -> Iterator[tuple[str, Span, str]]:
    def has(capability: str) -> Span | None:
        for _, item in container.capabilities_add.elements():
            if str(item.plain()).upper().removeprefix("CAP_") in (capability, "ALL"):
                return item.span
        return None

    if container.privileged.surely(expected=True):
        kind = "CE_NSENTER" if workload.host_pid.surely(expected=True) else "CE_PRIV_MOUNT"
        yield kind, container.privileged.span, "is privileged"
    if (place := has("SYS_MODULE")) is not None:
        yield "CE_MODULE_LOAD", place, "may load kernel modules"
    if workload.host_pid.surely(expected=True) and (place := has("SYS_PTRACE")) is not None:
        yield "CE_SYS_PTRACE", place, "may trace processes of its machine"
    if (place := has("SYS_ADMIN")) is not None and container.seccomp.surely("Unconfined"):
        yield "CE_UMH_CORE_PATTERN", place, "may mount file systems (SYS_ADMIN, without seccomp)"
    for volume, read_only in _mounted(workload, container):
        path = str(volume.host_path.plain() or "").rstrip("/") or ("/" if not volume.host_path.absent else "")
        if path.endswith(_SOCKETS) or path in ("/var/run", "/run", "/run/containerd"):
            yield "EXPLOIT_CONTAINERD_SOCK", volume.host_path.span, f"has the container runtime's socket (`{path}`)"
        elif path in _HOST_WRITE and not read_only:
            yield "EXPLOIT_HOST_WRITE", volume.host_path.span, f"may write to `{path}` of its machine"


def _mounted(workload: Workload, container: Container) -> Iterator[tuple[Volume, bool]]:
    """Volumes of the machine that the container mounts, and whether only to read."""
    for volume in workload.volumes:
        if volume.host_path is NOTHING or volume.host_path.absent:
            continue
        for _, mount in container.mounts.elements():
            names = (mount.get("name"), mount.get("SourceVolume"), mount.get("Name"))
            if any(name.surely(volume.name) for name in names):
                yield volume, _true(mount.get("readOnly")) or _true(mount.get("ReadOnly"))


def _true(value: Value) -> bool:
    return value.surely(expected=True)


# -- from a machine, and from an account ----------------------------------------------------------------------------------------


def from_node(world: World, fact: Fact) -> Iterator[Move]:
    """Whatever else runs on the machine, with its tokens and secrets."""
    own = next((w for w in world.graph.of(Workload) if w.resource.key == fact.subject), None)
    if own is None:
        return
    for other in world.graph.of(Workload):
        if other.resource.key == own.resource.key or other.platform in OWN_MACHINE:
            continue
        if other.platform == own.platform and other.resource.variant == own.resource.variant and own.platform != "ec2":
            yield Move(
                id="SHARE_NODE",
                technique="T1552.007",
                premises=(fact,),
                conclusion=Fact("run", other.resource.key, f"`{other.resource.address}`"),
                spans=(other.span,),
                text=f"Whoever has the machine has every container on it, such as `{other.resource.address}`",
                assumes=f"`{other.resource.address}` is scheduled on the same machine",
                effort=2,
            )


def from_hold(world: World, fact: Fact) -> Iterator[Move]:
    """Ways up that RBAC leaves open to a service account."""
    parts = fact.subject.split(":")
    if parts[:2] != ["system", "serviceaccount"]:
        return
    namespace, name = parts[2], parts[3]
    for one in escalations(world.graph, Subject("ServiceAccount", name, namespace)):
        yield from _upward(one, fact)


def _upward(one: Escalation, fact: Fact) -> Iterator[Move]:
    way = one.derivation.way
    places = [at for step in one.steps for at in (step.rule.at, step.binding.at) if at is not None]
    spans = tuple(dict.fromkeys(places))
    who = fact.name[:1].upper() + fact.name[1:]
    witness = one.steps[0].request if one.steps else {}
    text = f"{who} may {one.derivation.gives}"
    goals: list[tuple[Fact, str]] = []
    if way.reach == "anything":
        goals.append((ADMIN, ""))
    for target in one.targets:
        if target.kind == "account":
            goals.append((account(target.namespace, target.name), f": `{target.namespace}/{target.name}`"))
        for node in target.nodes:
            if isinstance(node, Secret):
                goals.append((Fact("read", node.resource.key, f"secret `{target.namespace}/{target.name}`"), ""))
            elif target.kind == "pod" and isinstance(node, Workload):
                goals.append(
                    (Fact("run", node.resource.key, f"`{node.resource.address}`"), f": `{node.resource.address}`")
                )
    for goal, more in goals:
        yield Move(
            id=way.id,
            technique=way.technique,
            premises=(fact,),
            conclusion=goal,
            spans=spans,
            text=text + more,
            witness=witness,
            log="Kubernetes audit log",
        )


def from_administer(world: World, fact: Fact) -> Iterator[Move]:
    """An administrator of the cluster has every pod and every secret of it."""
    if fact != ADMIN:
        return
    for secret in world.graph.of(Secret):
        if secret.resource.of_kubernetes:
            name = f"{namespace_of(secret.resource)}/{name_of(secret.resource)}"
            goal = Fact("read", secret.resource.key, f"secret `{name}`")
            yield _all(
                fact, goal, secret.span, f"An administrator of the cluster reads secret `{secret.resource.address}`"
            )
    for workload in world.graph.of(Workload):
        if workload.resource.of_kubernetes:
            goal = Fact("run", workload.resource.key, f"`{workload.resource.address}`")
            yield _all(
                fact, goal, workload.span, f"An administrator of the cluster runs code in `{workload.resource.address}`"
            )


def _all(fact: Fact, goal: Fact, span: Span, text: str) -> Move:
    return Move(
        id="CLUSTER_ADMIN",
        technique="T1609",
        premises=(fact,),
        conclusion=goal,
        spans=(span,),
        text=text,
        log="Kubernetes audit log",
    )
