from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import HIGH
from fourfold.model.edit import set_
from fourfold.model.nodes import Workload
from fourfold.principles._platforms import FARGATE_REFUSES, LAMBDA_HAS_NONE

EC2_IS_THE_HOST = {"ec2": "an instance is the host itself"}


@check(
    HIGH,
    code="FF3008",
    since="0.1",
    refs=["pss:baseline/hostNamespaces", "aws-fsbp:ECS.3", "cis-docker:5.10", "cwe:668"],
    not_on=FARGATE_REFUSES | LAMBDA_HAS_NONE | EC2_IS_THE_HOST,
)
def host_namespaces(workload: Workload) -> Findings:
    """
    Workload in the host's namespaces

    In the host's process namespace a container sees and signals every process of the machine and reads their
    environment, in its IPC namespace their shared memory, and in its network namespace every port that listens on
    localhost and the metadata service with the node's role.

    ```diff
      Resources:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            RequiresCompatibilities: [EC2]
    -       PidMode: host
    +       PidMode: task
            ContainerDefinitions:
              - Name: web
                Image: example/web:1.4
    ```
    """
    shared = (
        ("process", workload.host_pid, "it sees every process there and what stands in its environment"),
        ("IPC", workload.host_ipc, "it reads the shared memory of every process there"),
        (
            "network",
            workload.host_network,
            "it reaches what listens on localhost there, and the node's metadata service",
        ),
    )
    for name, value, why in shared:
        if not value.is_(True, "host"):
            continue
        spelled = workload.resource.type == "AWS::ECS::TaskDefinition"  # where it is a word, not a switch
        fix = None
        if not (spelled and name == "network"):  # another network mode of ECS changes more than this property
            own = set_(value, "task" if spelled else False)
            fix = Fix((own,), safe=False, note=f"the workload may need what it sees in the host's {name} namespace")
        yield finding(f"{workload} runs in the host's {name} namespace: {why}", at=value, cause=name, fix=fix)
