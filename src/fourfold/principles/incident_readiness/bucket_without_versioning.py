from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import LOW
from fourfold.model.edit import set_
from fourfold.model.nodes import DataStore


@check(LOW, code="FF5009", since="0.1", refs=["aws-fsbp:S3.14", "cwe:693"])
def bucket_without_versioning(store: DataStore) -> Findings:
    """
    Bucket that forgets what is overwritten or deleted

    With versions kept, an object that is overwritten, deleted or encrypted for ransom can be brought back, and it can be
    seen when it changed.
    A lifecycle rule removes old versions after the time you choose.

    ```diff
      Resources:
        Uploads:
          Type: AWS::S3::Bucket
          Properties:
            VersioningConfiguration:
    -         Status: Suspended
    +         Status: Enabled
    ```
    """
    if store.kind == "bucket" and store.versioning.is_(False):
        own = store.at.get("VersioningConfiguration", "Status")
        note = "old versions are paid for until a lifecycle rule removes them"
        yield finding(
            f"bucket `{store.name}` keeps no old versions",
            at=store.versioning,
            fix=Fix((set_(own, "Enabled"),), note=note),
        )
