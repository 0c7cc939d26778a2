from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import MEDIUM
from fourfold.model.edit import set_
from fourfold.model.nodes import Entry


@check(MEDIUM, code="FF3023", since="0.1", refs=["aws-fsbp:EKS.1", "cis-eks:5.4.1", "cwe:668"])
def public_cluster_endpoint(entry: Entry) -> Findings:
    """
    Cluster endpoint open to every address on the internet

    The API server asks for credentials, so this alone lets nobody in.
    But leaked credentials can then be used from anywhere, and a hole in the API server reached by everyone.
    Make the endpoint private, or name the addresses that may reach it.

    ```diff
      Resources:
        Cluster:
          Type: AWS::EKS::Cluster
          Properties:
            RoleArn: arn:aws:iam::123456789012:role/cluster
            ResourcesVpcConfig:
              SubnetIds: [subnet-1, subnet-2]
              EndpointPrivateAccess: true
    -         EndpointPublicAccess: true
    +         EndpointPublicAccess: false
    ```
    """
    if entry.kind != "cluster-endpoint" or not entry.exposure_value.is_(True):
        return
    if not entry.allowed.present or any(item.is_("0.0.0.0/0") for item in entry.allowed.items()):
        note = "people and pipelines must then reach the cluster from inside its network"
        yield finding(
            f"the API server of cluster `{entry.name}` is open to every address on the internet",
            at=entry.exposure_value,
            fix=Fix((set_(entry.exposure_value, data=False),), safe=False, note=note),
        )
