"""All that runs code on AWS, in CloudFormation's vocabulary: one module a service."""

from __future__ import annotations

from fourfold.linking import aws_batch, aws_ec2, aws_ecs, aws_eks, aws_lambda
from fourfold.linking.draft import Draft


def add(draft: Draft) -> None:
    """All workloads, containers and functions, with their variables, volumes and interfaces."""
    aws_lambda.add(draft)
    aws_ecs.add(draft)
    aws_batch.add(draft)
    aws_ec2.add(draft)
    aws_eks.add(draft)
