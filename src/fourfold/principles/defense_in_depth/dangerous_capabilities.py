from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import HIGH, MEDIUM
from fourfold.model.edit import remove
from fourfold.model.nodes import Container
from fourfold.principles._platforms import FARGATE_REFUSES, LAMBDA_HAS_NONE

POWERS = {
    "ALL": "every privilege root has",
    "SYS_ADMIN": "mount file systems, enter namespaces and much more: as good as root on the host",
    "SYS_MODULE": "load code into the host's kernel",
    "SYS_RAWIO": "read and write the machine's memory and ports",
    "SYS_PTRACE": "read and change the memory of other processes",
    "SYS_BOOT": "restart the host, or start another kernel",
    "DAC_READ_SEARCH": "open any file of the host by its handle",
    "BPF": "load programs into the host's kernel",
    "PERFMON": "observe everything that runs on the host",
    "NET_ADMIN": "change interfaces, routes and packet filters",
    "MAC_ADMIN": "change the policy of AppArmor or SELinux",
    "MAC_OVERRIDE": "pass by the policy of AppArmor or SELinux",
    "SYS_TIME": "set the host's clock",
    "SYSLOG": "read the kernel's messages and addresses",
}
"""What each capability lets a process do (capabilities(7))."""

MILDER = {"NET_ADMIN", "SYS_TIME", "SYSLOG", "PERFMON"}


@check(
    HIGH,
    code="FF3005",
    since="0.1",
    refs=["pss:baseline/capabilities", "cis-docker:5.3", "cwe:250"],
    not_on=FARGATE_REFUSES | LAMBDA_HAS_NONE,
)
def dangerous_capabilities(container: Container) -> Findings:
    """
    Capabilities that lead out of the container

    Linux splits the rights of root into capabilities.
    Some of them undo the isolation of a container: with `SYS_ADMIN`, `SYS_MODULE` or `DAC_READ_SEARCH` its process
    reaches the host.
    On Fargate the check is not run: it accepts `SYS_PTRACE` alone, which reaches no further there than the task.

    ```diff
      Resources:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            RequiresCompatibilities: [EC2]
            ContainerDefinitions:
              - Name: web
                Image: example/web:1.4
                LinuxParameters:
                  Capabilities:
                    Add:
                      - NET_BIND_SERVICE
    -                 - SYS_ADMIN
    ```
    """
    for item in container.capabilities_add.items():
        name = item.text().upper().removeprefix("CAP_")
        power = POWERS.get(name)
        if power:
            yield finding(
                f"{container} has capability `{name}`: it can {power}" if name != "ALL" else f"{container} has {power}",
                at=item,
                cause=name,
                severity=MEDIUM if name in MILDER else HIGH,
                fix=Fix((remove(item),), safe=False, note=f"the program may need `{name}`"),
            )
