"""Who a container starts as."""

from __future__ import annotations

import pytest

from fourfold.engines.effective_user import effective_user
from fourfold.model.condition import Equals, Variable
from fourfold.model.graph import Edge, Graph
from fourfold.model.nodes import Container, Image
from fourfold.model.nodes.node import NOTHING
from fourfold.model.place import Source, Span
from fourfold.model.resource import Resource
from fourfold.model.value import NOWHERE, Choice, Known, Map, Unknown, Value, known

SOURCE = Source("task.json", "{}")
RESOURCE = Resource("T", "t", Map(SOURCE, 0, 2, -1, {}), Span(SOURCE, 0, 2), "ecs")
ABSENT = RESOURCE.get("User")
CONDITION = Equals(Variable("t", "Env"), "prod")


def user(
    container_user: Value, *image_users: tuple[Value, str], image: str = "example/x", platform: str = "fargate"
) -> Value:
    container = Container(
        resource=RESOURCE, name="web", platform=platform, user=container_user, image=known(image, at=ABSENT)
    )  # type: ignore[arg-type]
    images = [Image(resource=RESOURCE, name="i", user=u, base=known(base)) for u, base in image_users]
    return effective_user(
        Graph([RESOURCE], [container, *images], [Edge(container, "built_by", i) for i in images]), container
    )


def choice(yes: Value, no: Value) -> Choice:
    return Choice(NOWHERE, 0, 0, -1, CONDITION, yes, no)


def test_the_workload_goes_before_the_image() -> None:
    assert user(known("7"), (known("8"), "alpine")).plain() == "7"


def test_the_image_goes_before_its_base() -> None:
    found = user(ABSENT, (known("8"), "alpine"))
    assert found.plain() == "8"
    assert isinstance(found, Known)
    assert [step.note for step in found.provenance] == ["USER of its image"]


@pytest.mark.parametrize(
    ("base", "who"),
    [
        ("alpine:3", "root"),
        ("scratch", "root"),
        ("gcr.io/distroless/static-debian12", "root"),
        ("gcr.io/distroless/static-debian12:nonroot", "nonroot"),
        ("public.ecr.aws/docker/library/python:3.12", "root"),
    ],
)
def test_the_base_decides_where_nobody_else_does(base: str, who: str) -> None:
    assert user(ABSENT, (ABSENT, base)).plain() == who
    assert user(ABSENT, image=base).plain() == who


def test_what_is_not_known_says_why() -> None:
    for found in (user(ABSENT), user(ABSENT, (ABSENT, "example/x"))):
        assert isinstance(found, Unknown)
        assert found.reason == "the user that image `example/x` names was not seen"
        assert found.span == ABSENT.span
    assert isinstance(user(ABSENT, (known("1"), "a"), (known("2"), "a")), Unknown)
    assert user(ABSENT, (known("1"), "a"), (known("1"), "b")).plain() == "1"
    argument = Unknown(NOWHERE, 0, 0, -1, "build argument `U` has no default")
    assert user(ABSENT, (argument, "a")).reason == "build argument `U` has no default"


def test_a_choice_of_the_workload_stays_one() -> None:
    found = user(choice(known("7"), ABSENT), (known("8"), "a"))
    assert [(str(c), v.plain()) for c, v in found.alternatives()] == [("Env = prod", "7"), ("Env != prod", "8")]
    assert user(known(None), (known("8"), "a")).plain() == "8"


def test_lambda_has_a_user_of_its_own() -> None:
    assert user(NOTHING, (known("root"), "a"), platform="lambda-image").plain() == "nonroot"
