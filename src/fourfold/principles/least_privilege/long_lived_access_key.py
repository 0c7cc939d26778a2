from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import MEDIUM
from fourfold.model.resource import Resource


@check(
    MEDIUM,
    code="FF2018",
    since="0.1",
    types=["AWS::IAM::AccessKey"],
    refs=["aws-fsbp:IAM.3", "cis-aws:1.14", "cwe:798"],
    no_fix="what uses the key is not known",
)
def long_lived_access_key(resource: Resource) -> Findings:
    """
    Access key that never expires

    An access key of a user works from anywhere until somebody deletes it, and its secret is copied into files,
    variables and the stack's outputs.
    Let workloads use roles, people sign in through a federation, and pipelines use OpenID Connect: all of them get
    credentials that expire within hours.

    ```diff
      Resources:
        Bot:
          Type: AWS::IAM::User
    -   Key:
    -     Type: AWS::IAM::AccessKey
    -     Properties:
    -       UserName: !Ref Bot
    ```
    """
    if not resource.get("Status").default("Active").is_("Inactive"):
        yield finding(
            f"`{resource.address}` is an access key that works until it is deleted",
            at=resource.span,
            cause="access key",
        )
