from collections.abc import Iterator

from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import LOW
from fourfold.model.edit import remove
from fourfold.model.nodes import Workload
from fourfold.model.value import Value

_TASK = ("PlacementConstraints", "IpcMode", "InferenceAccelerators")
_CONTAINER = (
    ("DockerSecurityOptions",), ("Links",), ("ExtraHosts",), ("DnsServers",), ("DnsSearchDomains",),
    ("DisableNetworking",), ("LinuxParameters", "Devices"), ("LinuxParameters", "SharedMemorySize"),
    ("LinuxParameters", "Tmpfs"), ("LinuxParameters", "MaxSwap"), ("LinuxParameters", "Swappiness"),
)  # fmt: skip
"""What is not valid in task definitions for Fargate."""

_ELSEWHERE = dict.fromkeys(
    ("lambda-zip", "lambda-image", "ecs-ec2", "eks-node", "ec2", "compose"), "the platform takes these settings"
) | {"unknown": "the platform is not known"}


@check(LOW, code="FF1004", since="0.1", refs=["cwe:1053"], not_on=_ELSEWHERE)
def setting_without_effect(workload: Workload) -> Findings:
    """
    Setting that Fargate does not take

    On Fargate AWS runs the host and decides about everything that would reach it: privileged containers, devices, host
    namespaces, added capabilities but `SYS_PTRACE`, seccomp and AppArmor profiles are refused or left out.
    Who believes such a setting protects the workload, or needs it, is wrong either way.
    The isolation they are about is AWS's part there: each task runs in a virtual machine of its own.

    ```diff
      Resources:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            RequiresCompatibilities: [FARGATE]
            NetworkMode: awsvpc
            Cpu: "256"
            Memory: "512"
            ContainerDefinitions:
              - Name: web
                Image: example/web:1.4
    -           DockerSecurityOptions:
    -             - no-new-privileges
    ```
    """
    for name, value in _settings(workload):
        fix = Fix((remove(value),)) if value.settle().key_start >= 0 else None
        yield finding(f"{workload} runs on Fargate, which does not take {name}", at=value, cause=name, fix=fix)


def _settings(workload: Workload) -> Iterator[tuple[str, Value]]:
    if workload.host_network.is_(True):
        yield "the host's network", workload.host_network
    if workload.host_pid.is_(True):
        yield "the host's process namespace", workload.host_pid
    for volume in workload.volumes:
        if volume.host_path.present:
            yield f"a path of the host (volume `{volume.name}`)", volume.host_path
    ecs = workload.kind == "AWS::ECS::TaskDefinition"
    for key in _TASK if ecs else ():
        value = workload.at.get(key)
        if value.present and not (key == "PlacementConstraints" and not value.items()):
            yield f"`{key}`", value
    for container in workload.containers:
        where = f" (container `{container.name}`)"
        if container.privileged.is_(True):
            yield f"privileged containers{where}", container.privileged
        for item in container.capabilities_add.items():
            capability = item.text().upper().removeprefix("CAP_")
            if capability != "SYS_PTRACE":
                yield f"added capability `{capability}`{where}", item
        for path in _CONTAINER if ecs else ():
            value = container.at.get(*path)
            if value.present:
                yield f"`{'.'.join(path)}`{where}", value
