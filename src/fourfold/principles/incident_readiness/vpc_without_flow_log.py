from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import LOW
from fourfold.model.graph import Graph
from fourfold.model.resource import Resource


@check(
    LOW,
    code="FF5007",
    since="0.1",
    refs=["aws-fsbp:EC2.6", "cis-aws:3.7", "cwe:778"],
    types=["AWS::EC2::VPC"],
    no_fix="where the log is to go is not known",
)
def vpc_without_flow_log(vpc: Resource, graph: Graph) -> Findings:
    """
    Network whose connections leave no trace

    A flow log says which address talked to which, on what port, and what was refused: a scan of the network, data that
    leaves it, and what a stolen instance reached.
    It cannot be had afterwards.

    ```diff
      Resources:
    !   Network:
          Type: AWS::EC2::VPC
          Properties:
            CidrBlock: 10.0.0.0/16
    +   Log:
    +     Type: AWS::EC2::FlowLog
    +     Properties:
    +       ResourceId: !Ref Network
    +       ResourceType: VPC
    +       TrafficType: ALL
    +       LogDestinationType: s3
    +       LogDestination: arn:aws:s3:::flow-logs
    ```
    """
    for log in graph.of_type("AWS::EC2::FlowLog"):
        watched = log.get("ResourceId").settle()
        target = graph.target(watched)
        if target is vpc or (not watched.known and target is None):
            return
    yield finding(
        f"network `{vpc}` keeps no log of its connections",
        at=vpc.span,
        possible="a flow log may be made by something that was not read",
    )
