"""How large a policy may be.

Quotas: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html,
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html, and the pages of the services.
"""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.engines.iam.validate.issues import Issue
from fourfold.engines.iam.validate.subject import Subject

IDENTITY, TRUST, ORGANIZATION, RESOURCE = 6_144, 2_048, 5_120, 20_480
RESOURCE_TYPES = {
    "AWS::S3::Bucket": 20_480, "AWS::KMS::Key": 32_768, "AWS::SecretsManager::Secret": 20_480,
    "AWS::Lambda::Function": 20_480, "AWS::SNS::Topic": 30_720, "AWS::ECR::Repository": 10_240,
}  # fmt: skip


def size(subject: Subject) -> Iterator[Issue]:
    """Error - Policy size exceeds SCP quota, RCP quota; General Warning - identity, resource, role trust policy quota.

    White space between the parts of the document is not counted.
    """
    quota, code, name = {
        "scp": (ORGANIZATION, "POLICY_SIZE_EXCEEDS_SCP_QUOTA", "a service control policy"),
        "rcp": (ORGANIZATION, "POLICY_SIZE_EXCEEDS_RCP_QUOTA", "a resource control policy"),
        "trust": (TRUST, "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA", "a role's trust policy"),
        "resource": (
            RESOURCE_TYPES.get(subject.resource_type, RESOURCE), "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA",
            "a resource policy",
        ),
        "endpoint": (RESOURCE, "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA", "an endpoint's policy"),
    }.get(subject.kind, (IDENTITY, "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", "a managed policy"))  # fmt: skip
    if subject.size > quota:
        what = f"{subject.size:,} characters, more than the {quota:,} that {name} may have by default"
        yield Issue(code, what, (), "advice")


CHECKS = (size,)
