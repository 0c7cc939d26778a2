from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import HIGH, LOW
from fourfold.model.edit import remove
from fourfold.model.nodes import DataStore

PUBLIC = {
    "PublicRead": "everyone on the internet may list and read",
    "PublicReadWrite": "everyone on the internet may list, read, write and delete in",
    "AuthenticatedRead": "everyone with any AWS account may list and read",
}


@check(HIGH, code="FF3032", since="0.1", refs=["aws-fsbp:S3.2", "aws-fsbp:S3.3", "cwe:732"])
def public_bucket_acl(store: DataStore) -> Findings:
    """
    Bucket that everyone may read by its list of rights

    A canned list of rights opens all of a bucket at once, to everyone.
    Where its block of public access is on, S3 refuses the list, so the finding is low there: the template does not work,
    or does not do what it says.
    Serve public files through CloudFront, and let a policy name it alone.

    ```diff
      Resources:
        Site:
          Type: AWS::S3::Bucket
          Properties:
    -       AccessControl: PublicRead
            OwnershipControls:
              Rules:
                - ObjectOwnership: ObjectWriter
            PublicAccessBlockConfiguration:
              BlockPublicAcls: false
    ```
    """
    acl = store.acl
    if not acl.is_(*PUBLIC):
        return
    flags = dict(store.public_access)
    stopped = any(name in flags and flags[name].is_(True) for name in ("BlockPublicAcls", "IgnorePublicAcls"))
    may = f"{PUBLIC[acl.text()]} bucket `{store.name}`"
    yield finding(
        f"only a public access block stands against a list of rights by which {may}" if stopped else may,
        at=acl,
        severity=LOW if stopped else HIGH,
        fix=Fix((remove(acl),), safe=False, note="what reads the bucket without signing needs another way"),
    )
