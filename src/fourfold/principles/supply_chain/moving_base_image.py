from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import LOW
from fourfold.knowledge.images import HOLE, image_of
from fourfold.model.nodes import Image


@check(
    LOW,
    code="FF4013",
    since="0.1",
    refs=["hadolint:DL3006", "hadolint:DL3007", "scorecard:Pinned-Dependencies", "cwe:494"],
    no_fix="which version the program was made for is not known",
)
def moving_base_image(image: Image) -> Findings:
    """
    Image built on whatever is the latest

    Without a version, or with `latest`, each build may start from something else: what was tested cannot be built again,
    and nobody sees when a new version came in.
    Name a version; a digest, kept up to date by a bot, is better still.

    ```diff Dockerfile
    - FROM python:latest
    + FROM python:3.13-slim
      COPY app.py /app.py
      USER 65532:65532
      CMD ["python", "/app.py"]
    ```
    """
    if not image.base.present or image.base.is_("scratch"):
        return
    name = image_of(image.base.settle())
    if name is None or HOLE in name.repository + name.tag or name.digest:
        return
    if name.tag in {"", "latest"}:
        yield finding(f"{image} is built on whatever `{name.repository}` is the latest", at=image.base)
