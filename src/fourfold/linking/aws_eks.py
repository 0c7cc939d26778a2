"""EKS clusters: the endpoint of their control plane, the nodes and the Fargate profiles that run their pods.

Sources: Amazon EKS User Guide, "Control network access to cluster API server endpoint" (public by default, callers are
always authenticated by IAM or OIDC); CloudFormation reference of `AWS::EKS::Cluster`, `::Nodegroup`, `::FargateProfile`.
"""

from __future__ import annotations

from fourfold.linking.aws_ec2 import add_user_data, with_template
from fourfold.linking.aws_values import undecided
from fourfold.linking.draft import Draft
from fourfold.model.nodes import Entry, Launch, NetworkInterface, Workload
from fourfold.model.resource import Resource
from fourfold.model.value import known

_BY_SERVICE = "without a launch template, EKS decides it by the version of the cluster and the image"


def add(draft: Draft) -> None:
    """Endpoints, node groups and Fargate profiles."""
    for cluster in draft.of_type("AWS::EKS::Cluster"):
        _cluster(draft, cluster)
    for group in draft.of_type("AWS::EKS::Nodegroup"):
        _nodes(draft, group)
    for profile in draft.of_type("AWS::EKS::FargateProfile"):
        draft.add(
            Launch(
                resource=profile,
                name=profile.address,
                at=profile.properties,
                condition=profile.condition,
                kind=profile.type,
                cluster=profile.get("ClusterName"),
            )
        )


def _cluster(draft: Draft, cluster: Resource) -> None:
    network = cluster.get("ResourcesVpcConfig")
    public = network.get("EndpointPublicAccess").default(True)
    draft.add(
        Entry(
            resource=cluster,
            name=cluster.address,
            part="endpoint",
            at=network,
            condition=cluster.condition,
            kind="cluster-endpoint",
            exposure="private" if public.surely(False) else "internet" if public.surely(True) else "unknown",
            exposure_value=public,
            allowed=network.get("PublicAccessCidrs").default(["0.0.0.0/0"]),
            authorizer=known("AWS_IAM", at=cluster.properties),
            protocol=known("HTTPS", at=cluster.properties),
        )
    )
    draft.add(
        NetworkInterface(
            resource=cluster,
            name=cluster.address,
            part="network",
            at=network,
            condition=cluster.condition,
            owner=cluster.key,
            subnets=network.get("SubnetIds"),
            security_groups=network.get("SecurityGroupIds"),
            public_address=known(False, at=network),
        )
    )


def _nodes(draft: Draft, group: Resource) -> None:
    get = with_template(draft, group.get, group.get("LaunchTemplate"))
    draft.add(
        Workload(
            resource=group,
            name=group.address,
            at=group.properties,
            condition=group.condition,
            platform="eks-node",
            kind=group.type,
            role=group.get("NodeRole"),
            tasks_desired=group.get("ScalingConfig", "DesiredSize"),
            metadata_tokens=undecided(get("MetadataOptions", "HttpTokens"), _BY_SERVICE),
            metadata_hops=undecided(get("MetadataOptions", "HttpPutResponseHopLimit"), _BY_SERVICE),
            metadata_endpoint=undecided(get("MetadataOptions", "HttpEndpoint"), _BY_SERVICE),
        )
    )
    add_user_data(draft, group, get("UserData"))
