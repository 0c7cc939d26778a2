from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import LOW
from fourfold.model.edit import set_
from fourfold.model.graph import Graph
from fourfold.model.nodes import DataStore, Detector


@check(LOW, code="FF4005", since="0.1", refs=["aws-fsbp:ECR.1", "cwe:1395"])
def unscanned_repository(store: DataStore, graph: Graph) -> Findings:
    """
    Repository whose images are not scanned when they are pushed

    A scan on push tells which known holes an image brings along before it is deployed.
    Where a repository says nothing, the settings of the account's registry decide; they are seen where they are part of
    what is read.

    ```diff
      Resources:
        Images:
          Type: AWS::ECR::Repository
          Properties:
            RepositoryName: orders
            ImageScanningConfiguration:
    -         ScanOnPush: false
    +         ScanOnPush: true
    ```
    """
    if store.kind != "registry" or any(d.kind == "image-scan" and d.enabled.is_(True) for d in graph.of(Detector)):
        return
    if store.scan_on_push.is_(False):
        yield finding(
            f"images pushed to repository `{store.name}` are not scanned",
            at=store.scan_on_push,
            fix=set_(store.scan_on_push, data=True),
        )
