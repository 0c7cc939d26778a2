from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import MEDIUM
from fourfold.knowledge.images import HOLE, image_of
from fourfold.knowledge.support import image as support_of
from fourfold.knowledge.support import product_of
from fourfold.model.graph import Graph
from fourfold.model.nodes import Container


@check(
    MEDIUM,
    code="FF4011",
    since="0.1",
    refs=["cwe:1104"],
    no_fix="whether the data and the clients work with a later version is not known",
)
def ended_image(container: Container, graph: Graph) -> Findings:
    """
    Container of an image that is not patched any more

    An official image of a version that has ended is never built again: its holes stay, whatever tag is pulled.
    The dates are the projects' own, and are judged by today's date.

    ```diff pod.yaml
      apiVersion: v1
      kind: Pod
      metadata:
        name: db
      spec:
        containers:
          - name: db
    -       image: postgres:11
    +       image: postgres:17
    ```
    """
    if not container.image.present or graph.out(container, "built_by"):
        return
    name = image_of(container.image.settle())
    support = support_of(name) if name is not None and HOLE not in name.repository + name.tag else None
    if name is not None and support is not None and support.ended:
        own = support.what.split(" ")[0] == product_of(name).rpartition("/")[2]
        yield finding(
            f"{container} runs {'' if own else 'an image built on '}{support.what}, which is not patched since {support.ends}",
            at=container.image,
            evidence={"ended": str(support.ends), "source": support.source},
        )
