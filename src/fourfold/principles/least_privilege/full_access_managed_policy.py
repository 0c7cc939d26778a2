from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import HIGH, LOW, MEDIUM, Severity
from fourfold.model.nodes import Identity
from fourfold.model.value import Known, Ref, Text, Value

_ADMINISTRATORS = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess", "AWSOrganizationsFullAccess")
_AS_WIDE = ("SecretsManagerReadWrite", "AmazonEC2ContainerRegistryFullAccess", "AWSLambda_FullAccess")
_LIGHT = (
    "AWSXrayFullAccess", "AWSXRayDaemonWriteAccess", "CloudWatchLogsFullAccess", "CloudWatchFullAccess",
    "CloudWatchFullAccessV2", "AmazonPollyFullAccess", "AmazonRekognitionFullAccess", "AmazonTextractFullAccess",
    "ComprehendFullAccess", "TranslateFullAccess", "AmazonTranscribeFullAccess", "CloudWatchEventsFullAccess",
)  # fmt: skip
"""Full access to what keeps no data of its own."""


@check(
    HIGH,
    code="FF2020",
    since="0.1",
    refs=["aws-fsbp:IAM.1", "cis-aws:1.16", "cwe:250"],
    no_fix="what the work needs is not known",
)
def full_access_managed_policy(identity: Identity) -> Findings:
    """
    Identity has an AWS managed policy of full access

    `AdministratorAccess` is the account; `AmazonS3FullAccess` is every bucket of the account, with the right to delete
    and to open them.
    AWS writes these policies for people who start, not for a workload.
    Attach a policy of your own that names the actions and resources.

    A permissions boundary on the identity makes it less urgent: the severity is then low.

    ```diff
      Resources:
        Role:
          Type: AWS::IAM::Role
          Properties:
            AssumeRolePolicyDocument:
              Statement:
                - Effect: Allow
                  Principal: {Service: lambda.amazonaws.com}
                  Action: sts:AssumeRole
            ManagedPolicyArns:
    -         - arn:aws:iam::aws:policy/AdministratorAccess
    +         - arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole
    ```
    """
    for item in identity.managed.items():
        name = managed_name(item)
        if not name:
            continue
        severity = _severity(name)
        if severity is None:
            continue
        if identity.boundary.present:
            severity = LOW
        yield finding(
            f"{identity.kind} `{identity.name}` has `{name}`",
            at=item,
            cause=name,
            severity=severity,
            evidence={"decided by": {"ManagedPolicyArns": name}},
        )


def managed_name(value: Value) -> str:
    """The name of an AWS managed policy; empty for others. Raises `Undecided` where the ARN is not known."""
    if isinstance(value, Ref):
        return ""
    if isinstance(value, Text) and isinstance(value.parts[-1], str) and ":aws:policy/" in value.parts[-1]:
        text = value.parts[-1]
    elif isinstance(value, Text) and isinstance(value.parts[0], str) and value.parts[0].startswith("arn:"):
        return ""
    else:
        text = value.text()
    if isinstance(value, Known) and ":" not in text:
        return text
    return text.rpartition("/")[2] if ":aws:policy/" in text else ""


def _severity(name: str) -> Severity | None:
    if name in _ADMINISTRATORS:
        return HIGH
    if name in _LIGHT:
        return LOW if name.endswith(("FullAccess", "FullAccessV2")) else None
    if name in _AS_WIDE or name.endswith(("FullAccess", "FullAccess_v2", "FullAccessV2")):
        return MEDIUM
    return None
