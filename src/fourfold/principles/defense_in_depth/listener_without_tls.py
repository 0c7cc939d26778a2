from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import MEDIUM
from fourfold.model.edit import set_
from fourfold.model.nodes import Entry

KINDS = {"listener", "distribution", "ingress"}


@check(
    MEDIUM,
    code="FF3017",
    since="0.1",
    refs=["aws-fsbp:ELB.1", "aws-fsbp:CloudFront.3", "cwe:319"],
)
def listener_without_tls(entry: Entry) -> Findings:
    """
    Requests from the internet taken without encryption

    Whoever sits on the way reads and changes what is sent, sessions and passwords with it.
    Listen for HTTPS, and let the plain listener do nothing but send callers there.

    ```diff
      Resources:
        Site:
          Type: AWS::CloudFront::Distribution
          Properties:
            DistributionConfig:
              Enabled: true
              DefaultCacheBehavior:
                TargetOriginId: site
    -           ViewerProtocolPolicy: allow-all
    +           ViewerProtocolPolicy: redirect-to-https
              Origins:
                - Id: site
                  DomainName: site.example.com
    ```
    """
    if entry.kind not in KINDS or not entry.protocol.is_("HTTP", "http", "Http", "allow-all"):
        return
    if entry.redirects.is_(True) or not entry.from_internet:
        return
    fix = None
    if entry.kind == "distribution":
        own = (set_(entry.protocol, "redirect-to-https"),)
        fix = Fix(own, safe=False, note="clients that do not follow redirects must be changed")
    yield finding(
        f"{entry.kind} `{entry.name}` takes requests from the internet without encryption", at=entry.protocol, fix=fix
    )
