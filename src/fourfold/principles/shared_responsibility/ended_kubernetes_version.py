from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import LOW, MEDIUM
from fourfold.knowledge.support import kubernetes
from fourfold.model.resource import Resource


@check(
    MEDIUM,
    code="FF1002",
    since="0.1",
    refs=["aws-fsbp:EKS.2", "cwe:1104"],
    types=["AWS::EKS::Cluster"],
    no_fix="one minor version at a time, nodes and add-ons with it",
)
def ended_kubernetes_version(cluster: Resource) -> Findings:
    """
    Kubernetes version past its end of support

    EKS supports a version for 14 months, and for 12 more at an extra price; then it upgrades the control plane by
    itself, at a time it chooses.
    The nodes and add-ons stay yours to upgrade, and stay behind without patches.

    ```diff
      Resources:
        Cluster:
          Type: AWS::EKS::Cluster
          Properties:
    -       Version: "1.27"
    +       Version: "1.35"
            RoleArn: arn:aws:iam::123456789012:role/cluster
            ResourcesVpcConfig:
              SubnetIds: [subnet-1, subnet-2]
    ```
    """
    version = cluster.get("Version")
    if not version.present:
        return
    support = kubernetes(version.text())
    if support is None or not support.ended:
        return
    if support.extended:
        left = f"left standard support on {support.ends}; only paid extended support is left"
    else:
        left = f"is not supported since {support.extended_ends}"
    yield finding(
        f"cluster `{cluster}` asks for {support.what}, which {left}",
        at=version,
        severity=LOW if support.extended else MEDIUM,
        evidence={
            "end of standard support": str(support.ends),
            "end of extended support": str(support.extended_ends),
            "source": support.source,
        },
    )
