from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import MEDIUM
from fourfold.knowledge.images import HOLE, image_of
from fourfold.knowledge.support import image as support_of
from fourfold.model.nodes import Image


@check(
    MEDIUM,
    code="FF4008",
    since="0.1",
    refs=["cis-docker:4.4", "cwe:1104"],
    no_fix="whether the program runs on a later version is not known",
)
def ended_base_image(image: Image) -> Findings:
    """
    Image built on what is not patched any more

    When a distribution or a language version has ended, nobody mends its holes: rebuilding brings no patches, and scanners
    stop to name what is missing.
    The dates are the projects' own, and are judged by today's date.

    ```diff Dockerfile
    - FROM python:3.8-slim
    + FROM python:3.13-slim
      COPY app.py /app.py
      USER 65532:65532
      CMD ["python", "/app.py"]
    ```
    """
    if not image.base.present:
        return
    name = image_of(image.base.settle())
    support = support_of(name) if name is not None and HOLE not in name.repository + name.tag else None
    if support is not None and support.ended:
        yield finding(
            f"{image} is built on {support.what}, which is not patched since {support.ends}",
            at=image.base,
            evidence={"ended": str(support.ends), "source": support.source},
        )
