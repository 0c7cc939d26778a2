from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import LOW, MEDIUM
from fourfold.model.edit import set_
from fourfold.model.nodes import DataStore

BY_POLICY = {"BlockPublicPolicy", "RestrictPublicBuckets"}


@check(MEDIUM, code="FF3016", since="0.1", refs=["aws-fsbp:S3.8", "cis-aws:2.1.4", "cwe:284"])
def public_bucket_access_not_blocked(store: DataStore) -> Findings:
    """
    Bucket whose public access is not blocked

    The four settings of a public access block see to it that no policy and no list of rights makes a bucket public, by
    mistake or by an attacker.
    S3 gives all four to new buckets (since April 2023) unless the template says otherwise; in a block that is written,
    what is missing is off.

    ```diff
      Resources:
        Uploads:
          Type: AWS::S3::Bucket
          Properties:
            PublicAccessBlockConfiguration:
              BlockPublicAcls: true
              IgnorePublicAcls: true
    -         BlockPublicPolicy: false
    +         BlockPublicPolicy: true
              RestrictPublicBuckets: true
    ```
    """
    off = [(name, value) for name, value in store.public_access if value.is_(False)]
    if off:
        names = [f"`{name}`" for name, _ in off]
        listed = " and ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])
        yield finding(
            f"bucket `{store.name}` may be made public: {listed} {'is' if len(off) == 1 else 'are'} off",
            at=off[0][1],
            severity=MEDIUM if any(name in BY_POLICY for name, _ in off) else LOW,
            fix=Fix(
                tuple(set_(value, data=True) for _, value in off), safe=False, note="a public website stops working"
            ),
        )
