"""The user a container starts as: what its workload asks for, else what its image says, else what that is built on.

Sources: https://docs.docker.com/reference/dockerfile/#user (the last USER counts, and is kept by images built on it;
root where there is none); the workload's own setting replaces it (`User` of a container definition, `runAsUser`,
`user` of a Compose service). Lambda starts functions as a user of its own whatever the image says
(https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#images-reqs).
"""

from __future__ import annotations

from msgspec.structs import replace

from fourfold.knowledge.images import HOLE, ROOT, default_user, image_of
from fourfold.model.graph import Graph
from fourfold.model.nodes import Container, Image
from fourfold.model.value import Absent, Choice, Known, Step, Value, known, unknown

LAMBDA_USER = "nonroot"
"""What stands for the user Lambda starts functions as; its name is not documented."""


def effective_user(graph: Graph, container: Container) -> Value:
    """`user` or `user:group` as a value at the place where the workload says it, or could say it.

    Known with the steps that lead to it; a choice where the workload's own setting is one; unknown, with the reason,
    where the image is built by nobody here and is not known. Never absent.
    """
    if container.platform.startswith("lambda"):
        return known(LAMBDA_USER, at=container.image, provenance=(Step("Lambda's own user"),))
    return _asked(container.user, graph, container)


def _asked(user: Value, graph: Graph, container: Container) -> Value:
    """What the workload asks for; the image's user in the worlds where it asks for nothing."""
    if isinstance(user, Choice):
        return replace(user, yes=_asked(user.yes, graph, container), no=_asked(user.no, graph, container))
    if not isinstance(user, Absent) and not (isinstance(user, Known) and user.value is None):
        return user
    images = [image for image in graph.out(container, "built_by") if isinstance(image, Image)]
    if not images:
        return _default(container.image, user, ())
    users = [_of_image(image, user) for image in images]
    if all(isinstance(one, Known) and one.value == users[0].plain() for one in users) or len(users) == 1:
        return users[0]
    return unknown("its image is built in several ways", at=user)


def _of_image(image: Image, at: Value) -> Value:
    """The user of an image, at another place."""
    says = image.user
    if isinstance(says, Absent):
        return _default(image.base, at, (Step(f"{image} is built without USER", image.at.span),))
    if isinstance(says, Known):
        return known(says.value, at=at, provenance=(*says.provenance, Step("USER of its image", says.span)))
    return unknown(says.reason, at=at)


def _default(image: Value, at: Value, steps: tuple[Step, ...]) -> Value:
    """The user that an image names which nobody here builds."""
    if isinstance(image, Choice):
        yes, no = _default(image.yes, at, steps), _default(image.no, at, steps)
        return yes if yes.plain() == no.plain() and isinstance(yes, Known) else replace(image, yes=yes, no=no)
    name = image_of(image)
    user = default_user(name) if name is not None and HOLE not in name.repository else ""
    if not user:
        return unknown(f"the user that image `{image}` names was not seen", at=at)
    said = f"`{image}` names no user" if user == ROOT else f"user of `{image}`"
    return known(user, at=at, provenance=(*steps, Step(said, image.span)))
