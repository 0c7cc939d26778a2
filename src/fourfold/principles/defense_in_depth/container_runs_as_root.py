from fourfold.engines.effective_user import effective_user
from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import LOW, MEDIUM
from fourfold.model.edit import set_
from fourfold.model.graph import Graph
from fourfold.model.nodes import Container
from fourfold.model.nodes.node import NOTHING
from fourfold.model.value import Known
from fourfold.model.world import Undecided
from fourfold.principles._platforms import LAMBDA_HAS_NONE

NOBODY = "65532:65532"
"""User and group that distroless images call `nonroot`; no image gives them to anybody else."""


@check(
    MEDIUM,
    code="FF3003",
    since="0.1",
    refs=["aws-fsbp:ECS.20", "pss:restricted/runAsNonRoot", "cis-docker:4.1", "cwe:250"],
    not_on=LAMBDA_HAS_NONE,
)
def container_runs_as_root(container: Container, graph: Graph) -> Findings:
    """
    Container runs as root

    Root in a container is root for the kernel: with one mistake more - a mounted socket, a capability, a hole in the
    runtime - it is root on the host, and without any it can change everything in the container.
    The user is what the workload asks for, else what the image says, else root.
    Where nothing here builds the image and its default is not known, the finding is only possible.

    ```diff
      Resources:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
              - Name: web
                Image: example/web:1.4
    -           User: root
    +           User: 65532:65532
    ```
    """
    if container.non_root.is_(True):
        return
    user = effective_user(graph, container).settle()
    at = container.image if container.user is NOTHING else container.user
    if isinstance(user, Known):
        if is_root(str(user.value)):
            steps = tuple((step.span, step.note) for step in user.provenance if step.span is not None)
            why = "" if container.user.present else ": it names no user, and neither does its image"
            yield finding(f"{container} runs as root{why}", at=at, fix=_fix(container), related=steps)
    elif container.user.present:
        raise Undecided(user.reason)
    else:
        yield finding(
            f"{container} may run as root: it names no user",
            at=at,
            fix=_fix(container),
            severity=LOW,
            possible=user.reason,
        )


def is_root(user: str) -> bool:
    """Whether `user[:group]` is root."""
    return user.split(":", maxsplit=1)[0].strip() in {"0", "root", ""}


def _fix(container: Container) -> Fix | None:
    if container.user is NOTHING:  # the platform takes the image's user; only the image can change it
        return None
    note = "the program must be able to read and write what it needs as this user, and listen above port 1023"
    if container.non_root is not NOTHING and not container.user.present:
        return Fix(
            (set_(container.non_root, data=True),), safe=False, note="an image that runs as root is then not started"
        )
    user = 65532 if container.non_root is not NOTHING else NOBODY
    return Fix((set_(container.user, user),), safe=False, note=note)
