from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import LOW
from fourfold.model.edit import set_
from fourfold.model.nodes import NetworkInterface

SERVICES = ("AWS::ECS::", "AWS::Events::", "AWS::Scheduler::", "AWS::StepFunctions::")


@check(LOW, code="FF3020", since="0.1", refs=["aws-fsbp:ECS.2", "aws-fsbp:ECS.16", "cwe:668"])
def task_with_public_address(interface: NetworkInterface) -> Findings:
    """
    Task with a public address

    With an address of its own a task can be reached from the internet as far as its security group lets it, past the load
    balancer and what filters there.
    Tasks in private subnets reach the outside by a NAT gateway or VPC endpoints, and are reached by the load balancer
    alone.

    ```diff
      Resources:
        Orders:
          Type: AWS::ECS::Service
          Properties:
            LaunchType: FARGATE
            TaskDefinition: orders
            NetworkConfiguration:
              AwsvpcConfiguration:
                Subnets: [subnet-1]
    -           AssignPublicIp: ENABLED
    +           AssignPublicIp: DISABLED
    ```
    """
    if not interface.resource.type.startswith(SERVICES) or not interface.public_address.is_(True):
        return
    note = "the subnets then need a way out: a NAT gateway, or endpoints for ECR, S3, logs and what the task calls"
    yield finding(
        f"tasks of `{interface.resource}` get public addresses",
        at=interface.public_address,
        fix=Fix((set_(interface.at.get("AssignPublicIp"), "DISABLED"),), safe=False, note=note),
    )
