from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import MEDIUM
from fourfold.model.nodes import Container
from fourfold.model.nodes.node import NOTHING


@check(
    MEDIUM,
    code="FF5001",
    since="0.1",
    refs=["aws-fsbp:ECS.9", "cwe:778"],
    not_on={
        "lambda-zip": "Lambda always sends standard output to CloudWatch Logs",
        "lambda-image": "Lambda always sends standard output to CloudWatch Logs",
        "eks-node": "the kubelet always keeps standard output; a log agent takes it from there",
        "eks-fargate": "the log router of Fargate is configured for the cluster, not for a pod",
        "compose": "Docker keeps standard output by default",
    },
    no_fix="where logs go is not known",
)
def container_without_logs(container: Container) -> Findings:
    """
    Container whose output is not kept

    What a container writes is gone with it if no log driver carries it away, and with it the traces of an attack.

    ```diff
      Resources:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
              - Name: web
                Image: example/web:1.4
    +           LogConfiguration:
    +             LogDriver: awslogs
    +             Options:
    +               awslogs-group: web
    +               awslogs-region: eu-central-1
    +               awslogs-stream-prefix: web
    ```
    """
    logs = container.log_configuration
    if logs is NOTHING:
        return
    if not logs.present:
        yield finding(f"{container} keeps no log: what it writes is lost when it stops", at=logs)
    elif logs.get("LogDriver").is_("none"):
        yield finding(f"{container} throws its log away", at=logs.get("LogDriver"), cause="none")
