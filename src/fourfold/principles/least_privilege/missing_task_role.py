from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import LOW
from fourfold.model.nodes import Workload


@check(
    LOW,
    code="FF2008",
    since="0.1",
    refs=["cwe:250"],
    no_fix="what the work needs is not known",
)
def missing_task_role(workload: Workload) -> Findings:
    """
    Task has no role of its own

    Without a task role, code that calls AWS has two ways left: keys in its configuration, or, on EC2, the role of the
    instance, which it shares with every other task there and with the ECS agent.
    Give the task a role with what it needs; a role without permissions says that it needs none.

    ```diff
      Resources:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            Family: orders
    +       TaskRoleArn: arn:aws:iam::123456789012:role/orders-task
            ContainerDefinitions:
              - Name: orders
                Image: example/orders:1.4
    ```
    """
    if workload.kind == "AWS::ECS::TaskDefinition" and not workload.role.present:
        yield finding(f"task `{workload.name}` has no role of its own", at=workload.role.settle(), cause="TaskRoleArn")
