from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import HIGH, LOW, MEDIUM
from fourfold.model.nodes import Volume, Workload
from fourfold.principles._platforms import FARGATE_REFUSES

SOCKETS = ("docker.sock", "containerd.sock", "crio.sock", "podman.sock", "dockershim.sock")
_HARMLESS = ("/etc/localtime", "/etc/timezone", "/usr/share/zoneinfo", "/etc/machine-id", "/etc/ssl/certs", "/etc/pki",
             "/usr/share/ca-certificates", "/etc/os-release")  # fmt: skip
"""What everybody may read; harmless where it is mounted read-only."""
_TRUSTED = {
    "/", "/etc", "/root", "/home", "/proc", "/sys", "/dev", "/boot", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/run",
    "/var", "/var/run", "/var/lib", "/var/lib/kubelet", "/var/lib/docker", "/var/lib/containerd", "/var/lib/etcd",
    "/etc/kubernetes",
}  # fmt: skip


@check(
    MEDIUM,
    code="FF3009",
    since="0.1",
    refs=["pss:baseline/hostPathVolumes", "cis-docker:5.6", "cis-docker:5.32", "cwe:668"],
    not_on=FARGATE_REFUSES,
    no_fix="what the program needs from the host is not known",
)
def host_path_mount(workload: Workload) -> Findings:
    """
    Path of the host mounted into a container

    What the container writes there stays on the host and is seen by every workload that mounts it; what the host keeps
    there the container reads.
    The socket of the container runtime is worse: who can talk to it starts privileged containers, and owns the host;
    mounting it read-only does not help.
    Who can write the host's configuration or programs owns it as well.

    ```diff
      Resources:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            RequiresCompatibilities: [EC2]
            Volumes:
    -         - Name: docker
    -           Host:
    -             SourcePath: /var/run/docker.sock
            ContainerDefinitions:
              - Name: web
                Image: example/web:1.4
    ```
    """
    for volume in workload.volumes:
        path = volume.host_path
        if not path.present:
            continue
        text = path.text().rstrip("/") or "/"
        if text.startswith((".", "~")):  # a folder of the project itself, in Compose
            continue
        if text.startswith(_HARMLESS) and (text == "/etc/localtime" or _read_only(workload, volume)):
            continue
        if text.endswith(SOCKETS):
            what, severity = "the socket of the container runtime: who can talk to it owns the host", HIGH
        elif text in _TRUSTED:
            what, severity = (
                f"`{text}` of the host, which the host trusts",
                MEDIUM if _read_only(workload, volume) else HIGH,
            )
        else:
            what, severity = f"`{text}` of the host", LOW if _read_only(workload, volume) else MEDIUM
        yield finding(f"{workload} mounts {what}", at=path, cause=volume.name, severity=severity)


def _read_only(workload: Workload, volume: Volume) -> bool:
    """Whether every container mounts it read-only."""
    for container in workload.containers:
        for mount in container.mounts.items():
            name = mount.get("name").settle() if mount.get("name").present else mount.get("SourceVolume")
            if name.is_(volume.name) and not (mount.get("readOnly").is_(True) or mount.get("ReadOnly").is_(True)):
                return False
    return True
