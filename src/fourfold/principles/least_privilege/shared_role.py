from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import MEDIUM
from fourfold.model.graph import Graph
from fourfold.model.nodes import Identity, Workload
from fourfold.model.value import Ref
from fourfold.model.world import holds
from fourfold.principles.least_privilege._statement import listed


@check(
    MEDIUM,
    code="FF2007",
    since="0.1",
    refs=["owasp-serverless:SAS-4", "cwe:250"],
    no_fix="which workload needs what is not known",
)
def shared_role(identity: Identity, graph: Graph) -> Findings:
    """
    Role is shared by several workloads

    Each workload that uses the role may do what any of them needs: a flaw in the least of them opens what the most
    trusted one may touch, and the logs do not tell which of them it was.
    Give each function and each task a role of its own.

    ```diff
      Resources:
        Role:
          Type: AWS::IAM::Role
          Properties:
            AssumeRolePolicyDocument: &trust
              Statement:
                - Effect: Allow
                  Principal: {Service: lambda.amazonaws.com}
                  Action: sts:AssumeRole
    +   BillingRole:
    +     Type: AWS::IAM::Role
    +     Properties:
    +       AssumeRolePolicyDocument: *trust
        Orders:
          Type: AWS::Lambda::Function
          Properties:
    !       Role: !GetAtt Role.Arn
            Code: {ImageUri: example/orders:1.4}
        Billing:
          Type: AWS::Lambda::Function
          Properties:
    -       Role: !GetAtt Role.Arn
    +       Role: !GetAtt BillingRole.Arn
            Code: {ImageUri: example/billing:1.4}
    ```
    """
    if identity.kind != "role":
        return
    users = [
        w
        for w in dict.fromkeys(graph.into(identity, "runs_as"))
        if isinstance(w, Workload) and _uses(w, identity, graph)
    ]
    if len(users) < 2:
        return
    yield finding(
        f"role `{identity.name}` is shared by {len(users)} workloads: {listed(w.name for w in users)}",
        at=users[0].role.settle(),
        cause="shared",
        related=tuple((w.role.settle(), f"`{w.name}` uses it, too") for w in users[1:]),
        evidence={"workloads": [w.address for w in users]},
    )


def _uses(workload: Workload, identity: Identity, graph: Graph) -> bool:
    """Whether it is there in this world, and has this role in it."""
    if not holds(workload.condition):
        return False
    role = workload.role.settle()
    target = graph.target(role) if isinstance(role, Ref) else None
    return target is None or target is identity.resource or target.type == "AWS::IAM::InstanceProfile"
