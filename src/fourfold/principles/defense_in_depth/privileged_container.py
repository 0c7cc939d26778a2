from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import HIGH
from fourfold.model.edit import set_
from fourfold.model.nodes import Container
from fourfold.principles._platforms import FARGATE_REFUSES, LAMBDA_HAS_NONE


@check(
    HIGH,
    code="FF3002",
    since="0.1",
    refs=["aws-fsbp:ECS.4", "pss:baseline/privileged", "cis-docker:5.5", "cwe:250"],
    not_on=FARGATE_REFUSES | LAMBDA_HAS_NONE,
)
def privileged_container(container: Container) -> Findings:
    """
    Privileged container

    A privileged container has every Linux capability, sees the host's devices and is confined by neither seccomp nor
    AppArmor.
    Who takes over its process as root owns the host, and with it every container there.
    Give it the capabilities it really needs instead.

    ```diff
      Resources:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            RequiresCompatibilities: [EC2]
            ContainerDefinitions:
              - Name: web
                Image: example/web:1.4
    -           Privileged: true
    +           Privileged: false
    ```
    """
    if container.privileged.is_(True):
        yield finding(
            f"{container} is privileged",
            at=container.privileged,
            fix=Fix((set_(container.privileged, data=False),), safe=False, note="add the capabilities it needs"),
        )
