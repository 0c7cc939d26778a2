from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import LOW, MEDIUM
from fourfold.model.nodes import Container
from fourfold.model.nodes.node import NOTHING


@check(
    MEDIUM,
    code="FF3010",
    since="0.1",
    refs=["cis-docker:5.10", "cis-docker:5.11", "cwe:770"],
    not_on={
        "lambda-zip": "a function always has a memory limit, and its share of CPU follows from it",
        "lambda-image": "a function always has a memory limit, and its share of CPU follows from it",
    },
    no_fix="how much it needs is not known",
)
def unlimited_container(container: Container) -> Findings:
    """
    Container without memory or CPU limit

    A container without a memory limit can use up the host: a leak or an attack on one service stops all that run there.
    Without a CPU limit it can slow them down; that is the lesser harm, because the kernel shares CPU fairly.
    On Fargate the size of the task is the limit, which the platform demands.

    ```diff
      Resources:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            RequiresCompatibilities: [EC2]
            ContainerDefinitions:
              - Name: web
                Image: example/web:1.4
                Cpu: 256
    +           Memory: 512
    ```
    """
    memory, cpu = container.memory_limit, container.cpu_limit
    if container.role == "init" or memory is NOTHING:
        return
    if not memory.present:
        missing = "a memory limit" if cpu.present else "memory and CPU limits"
        yield finding(f"{container} runs without {missing}", at=memory, cause="memory")
    elif not cpu.present:
        yield finding(f"{container} runs without a CPU limit", at=cpu, cause="cpu", severity=LOW)
