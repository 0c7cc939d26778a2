"""Who asks for which image to be built: Compose services, and functions of SAM.

Sources: https://docs.docker.com/reference/compose-file/build/ and
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build.html.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fourfold.linking.draft import Draft
from fourfold.model.place import Span
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Map, Seq, Value, unknown
from fourfold.sources.compose.merge import pair_of
from fourfold.sources.tree import Tree

SERVICE = "Compose::Service"


class Build(msgspec.Struct, frozen=True):
    """Somebody asks for an image to be built."""

    resource: Resource
    dockerfile: str
    """Path in the tree."""
    target: str
    """Name of the stage, lower case; empty for the last."""
    arguments: dict[str, Value]
    at: Span


def builds_of(draft: Draft) -> Iterator[Build]:
    """Every build whose Dockerfile and target are known."""
    for service in draft.of_type(SERVICE):
        dockerfile, build = service.attributes.get("Dockerfile"), service.get("build")
        if isinstance(dockerfile, Known):
            settings = build if isinstance(build, Map) else service.attributes
            yield from _build(service, str(dockerfile.value), settings.get("target"), settings.get("args"), build.span)
    for function in draft.of_type("AWS::Lambda::Function"):
        get = function.metadata.get
        context, named = get("DockerContext"), get("Dockerfile")
        if isinstance(context, Known) and isinstance(named, (Known, Absent)):
            name = "Dockerfile" if isinstance(named, Absent) else str(named.value)
            path = Tree.beside(context.source.path, f"{context.value}/{name}")
            if path is not None:
                yield from _build(function, path, get("DockerBuildTarget"), get("DockerBuildArgs"), context.span)


def _build(resource: Resource, dockerfile: str, target: Value, arguments: Value, at: Span) -> Iterator[Build]:
    if isinstance(target, (Known, Absent)):
        name = str(target.plain() or "").lower()
        yield Build(resource, dockerfile, name, dict(_arguments(arguments)), at)


def _arguments(written: Value) -> Iterator[tuple[str, Value]]:
    """Names and values of a mapping, or of a list of `NAME=value`; without a value it is taken from outside."""
    pairs: list[tuple[str, Value]] = []
    if isinstance(written, Map):
        pairs = list(written.entries_.items())
    elif isinstance(written, Seq):
        pairs = [pair for item in written.items_ if (pair := pair_of(item)) is not None]
    for name, value in pairs:
        if isinstance(value, Known) and value.value is None:
            value = unknown(f"build argument `{name}` is taken from where the build is started", at=value, name=name)
        yield name, value
