"""Images that Dockerfiles of the scan build, and which containers and functions run them.

A Dockerfile gives one `Image` for its last stage, and one more for each other stage, or other build arguments, that
something builds it with.
The edge `built_by` leads from a container or function to its image where that is sure:

- a Compose service builds it (`build`);
- a SAM function does (`Metadata` with `Dockerfile` and `DockerContext`,
  https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build.html);
- it is run by the name that such a Compose service gives to what it builds (`image` beside `build`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Literal, TypeAlias

from fourfold.knowledge.images import image_name
from fourfold.linking.builds import SERVICE, Build, builds_of
from fourfold.linking.draft import Draft
from fourfold.model.nodes import BuildStep, Container, Function, Image, Variable
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Map, Ref, Text, Value, sequence
from fourfold.sources.dockerfile.stages import Stages

STAGE = "Dockerfile::Stage"

_Arguments: TypeAlias = tuple[tuple[str, str], ...]
"""Build arguments that are given, as texts, sorted."""


def add(draft: Draft) -> None:
    """All images with their steps and variables, and who runs them."""
    files: dict[str, list[Resource]] = {}
    for stage in draft.of_type(STAGE):
        files.setdefault(stage.file, []).append(stage)
    if not files:
        return
    builds: dict[str, list[Build]] = {}
    for build in builds_of(draft):
        builds.setdefault(build.dockerfile, []).append(build)
    built: list[tuple[Build, Image]] = []
    for path, stages in files.items():
        built.extend(_File(draft, stages).images(builds.get(path, [])))
    for build, image in built:
        for node in draft.by_resource.get(build.resource.key, ()):
            if isinstance(node, (Container, Function)):
                draft.connect(node, "built_by", image, build.at)
    _connect_by_name(draft, built)


def _connect_by_name(draft: Draft, built: list[tuple[Build, Image]]) -> None:
    """Containers and functions that run an image by the name under which a Compose service builds it."""
    named: dict[tuple[str, str, str], Image] = {}
    for build, image in built:
        name = build.resource.get("image")
        if build.resource.type == SERVICE and isinstance(name, Known):
            named.setdefault(_key(str(name.value)), image)
    if not named:
        return
    building = {build.resource.key for build, _ in built}
    for node in list(draft.nodes):
        if isinstance(node, (Container, Function)) and node.resource.key not in building:
            found = named.get(_key(str(node.image.value))) if isinstance(node.image, Known) else None
            if found is not None:
                draft.connect(node, "built_by", found, node.image.span)


def _key(name: str) -> tuple[str, str, str]:
    taken = image_name(name)
    return taken.registry, taken.repository, taken.tag or taken.digest or "latest"


# -- images ------------------------------------------------------------------------------------------------------------


class _File:
    """The images of one Dockerfile."""

    def __init__(self, draft: Draft, stages: list[Resource]) -> None:
        self.draft = draft
        self.stages = stages
        self._steps: tuple[BuildStep, ...] = ()
        self._variables: dict[str, tuple[Variable, ...]] = {}
        self._images: dict[tuple[str, _Arguments], Image] = {}

    def images(self, builds: list[Build]) -> list[tuple[Build, Image]]:
        """Adds the image of the last stage, and what else is built, with who builds it."""
        chains = {b.target: _chain_of(self.stages, b.target) for b in builds} | {"": _chain_of(self.stages, "")}
        final = {stage.address for chain in chains.values() for stage in chain}
        self._steps = tuple(
            step for stage in self.stages for step in _steps(self.draft, stage, final=stage.address in final)
        )
        for stage in self.stages:
            shipped = stage.address in final
            owner = f"image `{_unit(stage)}`" if shipped else f"build stage `{_name(stage)}`"
            found = _variables(self.draft, stage, owner, "image-environment" if shipped else "build-stage")
            self._variables[stage.address] = tuple(found)
        _outer_arguments(self.draft, self.stages[0])
        self._image(chains[""], ())
        return [(build, image) for build in builds if (image := self._built(build, chains[build.target])) is not None]

    def _built(self, build: Build, chain: list[Resource]) -> Image | None:
        """The image of one build; None where its target is no stage."""
        if not chain:
            return None
        declared = {
            name
            for stage in self.stages
            for source in (stage.get("Args"), stage.attributes.get("Args"))
            for _, name, _ in source.pairs()
        }
        given = {name: value for name, value in build.arguments.items() if name in declared}
        if not given:
            return self._image(chain, ())
        # Other arguments may mean another base or user: the file is evaluated again.
        stages = Stages(self.stages[0].span.source, _unit(self.stages[0]), given).resources
        return self._image(_chain_of(stages, build.target), tuple(sorted((n, str(v)) for n, v in given.items())))

    def _image(self, chain: list[Resource], arguments: _Arguments) -> Image:
        last = chain[-1]
        key = (last.address, arguments)
        if key not in self._images:
            self._images[key] = self.draft.add(self._node(chain, arguments))
        return self._images[key]

    def _node(self, chain: list[Resource], arguments: _Arguments) -> Image:
        last = chain[-1]
        entry = next((s for s in reversed(chain) if not isinstance(s.get("Entrypoint"), Absent)), None)
        # An ENTRYPOINT forgets the CMD of what its stage is built on.
        commands = chain[chain.index(entry) :] if entry is not None else chain
        ports = [item for stage in chain for _, item in stage.get("Expose").elements()]
        return Image(
            resource=self.draft.resources.get(last.key, last),
            # The image of the last stage is what people mean by the Dockerfile's name.
            name=_unit(last) if last.address == self.stages[-1].address else last.address,
            part=f"arguments-{_digest(repr(arguments))}" if arguments else "",
            at=last.properties,
            base=chain[0].get("From"),
            user=_latest(chain, "User"),
            health_check=_latest(chain, "Healthcheck"),
            steps=self._steps,
            variables=tuple(v for stage in chain for v in self._variables.get(stage.address, ())),
            entrypoint=_latest(chain, "Entrypoint"),
            command=_latest(commands, "Cmd"),
            ports=sequence(ports, at=_latest(chain, "Expose")) if ports else last.get("Expose"),
        )


def _unit(stage: Resource) -> str:
    """What the addresses of all stages of a file begin with."""
    return stage.address.rpartition("/")[0]


def _name(stage: Resource) -> str:
    """What `AS` calls it, else its number."""
    name = stage.get("Name")
    return str((stage.get("Index") if isinstance(name, Absent) else name).plain())


def _chain_of(stages: list[Resource], target: str) -> list[Resource]:
    """The target (the last stage where it is empty) behind the stages it is built on; empty where there is none."""
    found = (s for s in reversed(stages) if not target or target in (_name(s), str(s.get("Index").plain())))
    last = next(found, None)
    if last is None:
        return []
    by_key = {stage.key: stage for stage in stages}
    chain = [last]
    while isinstance(ref := chain[0].get("FromStage"), Ref) and ref.target in by_key:
        chain.insert(0, by_key[ref.target])
    return chain


def _latest(chain: list[Resource], key: str) -> Value:
    """The last thing the stages say; the absence in the last of them where none says anything."""
    return next((v for s in reversed(chain) if not isinstance(v := s.get(key), Absent)), chain[-1].get(key))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def _steps(draft: Draft, stage: Resource, *, final: bool) -> Iterator[BuildStep]:
    """The instructions of a stage. Their addresses are made of what they say, so that they do not hang on the order."""
    seen: dict[str, int] = {}
    for _, item in stage.get("Instructions").elements():
        keyword, arguments = str(item.get("Instruction").plain()), item.get("Arguments")
        part = f"{keyword}-{_digest(' '.join(str(arguments).split()))}"
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
            owner = f"image `{_unit(first)}`"
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
