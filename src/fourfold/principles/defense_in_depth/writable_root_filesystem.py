from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import MEDIUM
from fourfold.model.edit import set_
from fourfold.model.nodes import Container
from fourfold.model.nodes.node import NOTHING


@check(
    MEDIUM,
    code="FF3001",
    since="0.1",
    refs=["aws-fsbp:ECS.5", "cis-docker:5.12", "cwe:732"],
    not_on={
        "lambda-zip": "the root of a function is read-only; only /tmp can be written",
        "lambda-image": "the root of a function is read-only; only /tmp can be written",
    },
)
def writable_root_filesystem(container: Container) -> Findings:
    """
    Container can write to its own root filesystem

    Code that gets to run in the container can replace its programs and libraries, and stay there for as long as the
    container lives.
    Make the root read-only and mount a volume where the program really writes (`/tmp`, a cache).

    ```diff
      Resources:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
              - Name: web
                Image: example/web:1.4
    -           ReadonlyRootFilesystem: false
    +           ReadonlyRootFilesystem: true
    ```
    """
    if container.read_only_root is NOTHING:  # App Runner and the like: nothing written could change it
        return
    if not container.read_only_root.is_(True):
        yield finding(
            f"{container} can write to its root filesystem",
            at=container.read_only_root,
            fix=Fix(
                (set_(container.read_only_root, data=True),), safe=False, note="mount a volume where the program writes"
            ),
        )
