from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import LOW, MEDIUM
from fourfold.knowledge.images import HOLE, ROOT, default_user, image_of
from fourfold.model.graph import Graph
from fourfold.model.nodes import Image
from fourfold.principles.defense_in_depth.container_runs_as_root import is_root

LAMBDA = ("lambda/", "sam/", "amazon/aws-lambda-")
"""Base images for functions: Lambda starts them as a user of its own."""


@check(
    MEDIUM,
    code="FF3029",
    since="0.1",
    refs=["cis-docker:4.1", "hadolint:DL3002", "cwe:250"],
    no_fix="which user the program can work as is not known",
)
def root_image(image: Image, graph: Graph) -> Findings:
    """
    Image that starts its program as root

    Whoever runs the image without thinking of a user runs it as root.
    Name a user by its number (`USER 65532:65532`): Kubernetes can prove a number not to be root, a name it cannot.
    Where the scan holds a container that runs the image, `container_runs_as_root` speaks about that one instead.

    ```diff Dockerfile
      FROM python:3.13-slim
      COPY app.py /app.py
    + USER 65532:65532
      CMD ["python", "/app.py"]
    ```
    """
    if graph.into(image, "built_by"):
        return
    if image.user.present:
        if is_root(image.user.text()):
            yield finding(f"{image} starts its program as root", at=image.user)
        return
    if not image.base.present or image.base.is_("scratch"):
        return
    name = image_of(image.base.settle())
    if name is not None and name.repository.startswith(LAMBDA):
        return
    user = default_user(name) if name is not None and HOLE not in name.repository else ""
    if user == ROOT:
        yield finding(
            f"{image} starts its program as root: it names no user, and neither does `{image.base}`", at=image.user
        )
    elif not user:
        yield finding(
            f"{image} may start its program as root: it names no user",
            at=image.user,
            severity=LOW,
            possible=f"the user that image `{image.base}` names was not seen",
        )
