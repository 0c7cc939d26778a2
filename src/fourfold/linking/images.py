"""Images that Dockerfiles of the scan build, and which containers and functions run them.

A Dockerfile gives one `Image` for its last stage, and one more for each other stage that something names as its target.
The edge `built_by` leads from a container or function to its image where that is sure:

- a Compose service builds it (`build`);
- a SAM function does (`Metadata` with `Dockerfile` and `DockerContext`,
  https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build.html);
- it is run by the name that such a Compose service gives to what it builds (`image` beside `build`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Literal

import msgspec

from fourfold.knowledge.images import image_name
from fourfold.linking.draft import Draft
from fourfold.model.nodes import BuildStep, Container, Function, Image, Node, Variable
from fourfold.model.nodes.node import NOTHING
from fourfold.model.place import Span
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Map, Ref, Text, Value, sequence
from fourfold.sources.tree import Tree

STAGE = "Dockerfile::Stage"
SERVICE = "Compose::Service"

_MAIN_NAMES = ("", ".")


class Build(msgspec.Struct, frozen=True):
    """Somebody asks for an image to be built."""

    resource: Resource
    dockerfile: str
    """Path in the tree."""
    target: str
    """Name of the stage, lower case; empty for the last."""
    at: Span


def add(draft: Draft) -> None:
    """All images with their steps and variables, and who runs them."""
    files: dict[str, list[Resource]] = {}
    for stage in draft.of_type(STAGE):
        files.setdefault(stage.file, []).append(stage)
    if not files:
        return
    builds = [b for b in (*_compose_builds(draft), *_function_builds(draft)) if b.dockerfile in files]
    images: dict[tuple[str, str], Image] = {}
    for path, stages in files.items():
        targets = {"", *(b.target for b in builds if b.dockerfile == path)}
        images.update(_images(draft, path, stages, targets))
    for build in builds:
        image = images.get((build.dockerfile, build.target))
        if image is not None:
            for node in _runners(draft, build.resource):
                draft.connect(node, "built_by", image, build.at)
    _connect_by_name(draft, builds, images)


# -- who builds --------------------------------------------------------------------------------------------------------


def _compose_builds(draft: Draft) -> Iterator[Build]:
    for service in draft.of_type(SERVICE):
        dockerfile, build = service.attributes.get("Dockerfile"), service.get("build")
        target = build.get("target") if isinstance(build, Map) else NOTHING
        if isinstance(dockerfile, Known) and isinstance(target, (Known, Absent)):
            yield Build(service, str(dockerfile.value), str(target.plain() or "").lower(), build.span)


def _function_builds(draft: Draft) -> Iterator[Build]:
    for function in draft.of_type("AWS::Lambda::Function"):
        dockerfile, context = function.metadata.get("Dockerfile"), function.metadata.get("DockerContext")
        if dockerfile.absent and context.absent:
            continue
        if isinstance(context, Known) and isinstance(dockerfile, (Known, Absent)):
            name = "Dockerfile" if isinstance(dockerfile, Absent) else str(dockerfile.value)
            path = Tree.beside(context.source.path, f"{context.value}/{name}")
            target = function.metadata.get("DockerBuildTarget")
            if path is not None and isinstance(target, (Known, Absent)):
                yield Build(function, path, str(target.plain() or "").lower(), context.span)


def _runners(draft: Draft, resource: Resource) -> list[Node]:
    return [n for n in draft.by_resource.get(resource.key, ()) if isinstance(n, (Container, Function))]


def _connect_by_name(draft: Draft, builds: list[Build], images: dict[tuple[str, str], Image]) -> None:
    """Containers and functions that run an image by the name under which a Compose service builds it."""
    named: dict[tuple[str, str, str], tuple[Build, Image]] = {}
    for build in builds:
        name, image = build.resource.get("image"), images.get((build.dockerfile, build.target))
        if build.resource.type == SERVICE and isinstance(name, Known) and image is not None:
            named.setdefault(_key(str(name.value)), (build, image))
    if not named:
        return
    building = {build.resource.key for build in builds}
    for node in list(draft.nodes):
        if (
            isinstance(node, (Container, Function))
            and node.resource.key not in building
            and isinstance(node.image, Known)
        ):
            found = named.get(_key(str(node.image.value)))
            if found is not None:
                draft.connect(node, "built_by", found[1], node.image.span)


def _key(name: str) -> tuple[str, str, str]:
    taken = image_name(name)
    return taken.registry, taken.repository, taken.tag or taken.digest or "latest"


# -- images ------------------------------------------------------------------------------------------------------------


def _images(
    draft: Draft, path: str, stages: list[Resource], targets: set[str]
) -> Iterator[tuple[tuple[str, str], Image]]:
    """The images of one Dockerfile by path and target."""
    by_key = {stage.key: stage for stage in stages}
    shipped: dict[str, list[Resource]] = {}
    for target in sorted(targets):
        stage = stages[-1] if not target else _stage_of(stages, target)
        if stage is not None:
            shipped[target] = _chain(stage, by_key)
    final = {stage.key for chain in shipped.values() for stage in chain}
    steps = tuple(step for stage in stages for step in _steps(draft, stage, final=stage.key in final))
    nodes: dict[str, Image] = {}
    for target, chain in shipped.items():
        last = chain[-1]
        if last.key not in nodes:
            nodes[last.key] = draft.add(_image(draft, chain, steps, path))
        yield (path, target), nodes[last.key]
    for stage in stages:
        if stage.key not in final:
            _variables(draft, stage, f"build stage `{_name(stage)}`", "build-stage")
    _outer_arguments(draft, stages[0])


def _stage_of(stages: list[Resource], target: str) -> Resource | None:
    return next((s for s in reversed(stages) if target in (_name(s), str(s.get("Index").plain()))), None)


def _name(stage: Resource) -> str:
    """What `AS` calls it, else its number."""
    name = stage.get("Name")
    return str((stage.get("Index") if isinstance(name, Absent) else name).plain())


def _chain(stage: Resource, by_key: dict[str, Resource]) -> list[Resource]:
    """The stages that one is built on, the first of them first, and itself."""
    chain = [stage]
    while isinstance(ref := chain[0].get("FromStage"), Ref) and ref.target in by_key:
        chain.insert(0, by_key[ref.target])
    return chain


def _latest(chain: list[Resource], key: str) -> Value:
    """The last thing the stages say; the absence in the last of them where none says anything."""
    return next((v for s in reversed(chain) if not isinstance(v := s.get(key), Absent)), chain[-1].get(key))


def _image(draft: Draft, chain: list[Resource], steps: tuple[BuildStep, ...], path: str) -> Image:
    last = chain[-1]
    name = last.address.rpartition("/")[0]
    owner = f"image `{name}`"
    variables = tuple(v for stage in chain for v in _variables(draft, stage, owner, "image-environment"))
    entry = next((s for s in reversed(chain) if not isinstance(s.get("Entrypoint"), Absent)), None)
    # An ENTRYPOINT forgets the CMD of what its stage is built on.
    commands = chain[chain.index(entry) :] if entry is not None else chain
    ports = [item for stage in chain for _, item in stage.get("Expose").elements()]
    return Image(
        resource=last,
        name=name,
        at=last.properties,
        base=chain[0].get("From"),
        user=_latest(chain, "User"),
        health_check=_latest(chain, "Healthcheck"),
        steps=steps,
        variables=variables,
        entrypoint=_latest(chain, "Entrypoint"),
        command=_latest(commands, "Cmd"),
        ports=sequence(ports, at=_latest(chain, "Expose")) if ports else last.get("Expose"),
    )


def _steps(draft: Draft, stage: Resource, *, final: bool) -> Iterator[BuildStep]:
    """The instructions of a stage. Their addresses are made of what they say, so that they do not hang on the order."""
    seen: dict[str, int] = {}
    for _, item in stage.get("Instructions").elements():
        keyword, arguments = str(item.get("Instruction").plain()), item.get("Arguments")
        digest = hashlib.sha256(" ".join(str(arguments).split()).encode("utf-8", "replace")).hexdigest()[:8]
        part = f"{keyword}-{digest}"
        seen[part] = seen.get(part, 0) + 1
        yield draft.add(
            BuildStep(
                resource=stage,
                name=keyword,
                part=part if seen[part] == 1 else f"{part}-{seen[part]}",
                at=item,
                instruction=keyword,
                arguments=arguments,
                flags=item.get("Flags"),
                stage=_name(stage),
                final=final,
            )
        )


def _variables(
    draft: Draft, stage: Resource, owner: str, position: Literal["image-environment", "build-stage"]
) -> list[Variable]:
    """ENV of a stage, and ARG with a default."""
    out: list[Variable] = []
    seen: dict[str, int] = {}
    for _, item in stage.get("Instructions").elements():
        argument = item.get("Instruction").surely("ARG")
        if not argument and not item.get("Instruction").surely("ENV"):
            continue
        for _, name, value in item.get("Pairs").pairs():
            # An ARG without a default takes the value of another one, which speaks for itself.
            if item.start <= value.start < item.end and isinstance(value, (Known, Text) if argument else Value):
                kind = "argument" if argument else "environment"
                seen[name] = seen.get(name, 0) + 1
                part = f"{kind}/{name}" if seen[name] == 1 else f"{kind}/{name}-{seen[name]}"
                where = "build-argument" if argument and position == "image-environment" else position
                out.append(_variable(draft, stage, name, part, item, value, owner, where))
    return out


def _outer_arguments(draft: Draft, first: Resource) -> None:
    """ARG before the first FROM: it decides what images are built on, and is no part of any."""
    for _, name, value in first.attributes.get("Args").pairs():
        if isinstance(value, (Known, Text)):
            at = Map(value.source, value.key_start, value.end, -1, {name: value})
            owner = f"image `{first.address.rpartition('/')[0]}`"
            _variable(draft, first, name, f"outer-argument/{name}", at, value, owner, "build-stage")


def _variable(
    draft: Draft,
    stage: Resource,
    name: str,
    part: str,
    at: Value,
    value: Value,
    owner: str,
    position: Literal["image-environment", "build-argument", "build-stage"],
) -> Variable:
    return draft.add(Variable(resource=stage, name=name, part=part, at=at, value=value, owner=owner, position=position))
