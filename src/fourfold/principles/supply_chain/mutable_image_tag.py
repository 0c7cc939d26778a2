from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import LOW, MEDIUM
from fourfold.knowledge.images import HOLE, image_of
from fourfold.model.graph import Graph
from fourfold.model.nodes import Container
from fourfold.model.value import Ref, Text, Value
from fourfold.model.world import Undecided


@check(
    LOW,
    code="FF4003",
    since="0.1",
    refs=["cis-docker:4.7", "slsa:build", "cwe:494"],
    not_on={"lambda-image": "Lambda resolves the tag to a digest when the function is deployed, and keeps it"},
    no_fix="the digest is not known offline",
)
def mutable_image_tag(container: Container, graph: Graph) -> Findings:
    """
    Image named by a tag that can be moved

    A tag is a name that whoever may push can give to another image: what runs tomorrow need not be what was tested.
    `latest`, or no tag at all, is meant to move; a version may.
    A digest (`@sha256:...`) always means the same image; so does a tag in an ECR repository with immutable tags.

    ```diff
      Resources:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
              - Name: web
    -           Image: example/web:1.4
    +           Image: example/web@sha256:0f1d5bb4d2b7c6a3d1a0a7f0b5a2a2b2f7f1b5d6f3c8c0a9e4d2b1a7c6e5f4d3
    ```
    """
    value = container.image.settle()
    if not value.present:
        return
    image = image_of(value)
    if image is None or (HOLE in image.repository and not image.tag and not image.digest):
        raise Undecided(value.reason)
    if image.pinned or _immutable(value, image.repository, graph):
        return
    if image.tag in {"", "latest"}:
        how = "without a tag, which means `latest`" if not image.tag else "by the tag `latest`"
        yield finding(f"{container} runs its image {how}: it is whatever was pushed last", at=value, severity=MEDIUM)
    else:
        yield finding(f"{container} names its image by a tag, which can be moved to another image", at=value)


def _immutable(value: Value, name: str, graph: Graph) -> bool:
    """Whether the image is of a repository of the scan that lets no tag be moved."""
    for repository in graph.of_type("AWS::ECR::Repository"):
        named = repository.get("RepositoryName")
        by_name = named.known and named.present and name == named.text()
        if by_name or any(p.target == repository.key for p in _references(value)):
            return repository.get("ImageTagMutability").is_("IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION")
    return False


def _references(value: Value) -> list[Ref]:
    parts = value.parts if isinstance(value, Text) else (value,)
    return [p for p in parts if isinstance(p, Ref)]
