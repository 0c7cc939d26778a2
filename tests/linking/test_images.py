"""Dockerfiles to images, and who runs them."""

from __future__ import annotations

import json
from pathlib import Path

import fourfold.pipeline
from fourfold.linking import link
from fourfold.model.graph import Graph
from fourfold.model.nodes import BuildStep, Container, Function, Image, Variable
from fourfold.sources.tree import Tree


def graph(root: Path, **files: str) -> Graph:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_yaml", ".yaml").replace("_json", ".json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    resources, problems, _ = fourfold.pipeline.read(Tree(root))
    assert problems == []
    return link(resources)


TWO_STAGES = """\
ARG TOKEN=outer
FROM golang:1.22 AS build
ARG TOKEN
ENV SECRET=inner
RUN make
FROM alpine:3.20 AS base
USER 1000
ENV A=1
CMD ["sh"]
HEALTHCHECK CMD true
EXPOSE 80
FROM base
ARG MODE=prod
ENV A=2 A=3
ENTRYPOINT ["/app"]
EXPOSE 443
RUN make
RUN make
COPY --from=build /app /app
"""


def test_an_image_is_what_its_last_stage_is_built_on(tmp_path: Path) -> None:
    found = graph(tmp_path, web__Dockerfile=TWO_STAGES)
    (image,) = found.of(Image)
    assert (image.name, image.address, str(image)) == ("web", "web/2", "image `web`")
    assert image.base.plain() == "alpine:3.20"
    assert (image.user.plain(), image.user.span.line) == ("1000", 7)
    assert image.health_check.get("Command").plain() == "true"
    assert image.entrypoint.plain() == ["/app"]
    assert image.command.absent
    assert image.ports.plain() == ["80", "443"]
    assert [(v.name, v.value.plain(), v.position) for v in image.variables] == [
        ("A", "1", "image-environment"),
        ("MODE", "prod", "build-argument"),
        ("A", "3", "image-environment"),
    ]
    others = [v for v in found.of(Variable) if v not in image.variables]
    assert [(v.name, v.value.plain(), v.position, v.owner) for v in others] == [
        ("SECRET", "inner", "build-stage", "build stage `build`"),
        ("TOKEN", "outer", "build-stage", "image `web`"),
    ]


def test_steps_have_addresses_that_do_not_hang_on_their_order(tmp_path: Path) -> None:
    found = graph(tmp_path, web__Dockerfile=TWO_STAGES)
    steps = found.of(BuildStep)
    assert list(found.of(Image)[0].steps) == steps
    assert len({s.key for s in steps}) == len(steps) == 18
    assert {s.stage: s.final for s in steps} == {"build": False, "base": True, "2": True}
    moved = graph(tmp_path, web__Dockerfile=TWO_STAGES.replace("RUN make\nFROM", "RUN first\n\nRUN make\nFROM"))
    assert {s.address for s in steps} < {s.address for s in moved.of(BuildStep)}


def test_a_function_is_built_from_what_its_metadata_names(tmp_path: Path) -> None:
    function = {"Type": "AWS::Lambda::Function", "Properties": {"PackageType": "Image"}}
    template = {
        "Resources": {
            "Last": function | {"Metadata": {"Dockerfile": "Dockerfile", "DockerContext": "./src"}},
            "Test": function | {"Metadata": {"DockerContext": "src", "DockerBuildTarget": "TEST"}},
            "Other": function | {"Metadata": {"DockerContext": "../src"}},
            "None": function,
        }
    }
    text = "FROM a AS test\nUSER t\nFROM b\nUSER l\n"
    found = graph(tmp_path, app__template_json=json.dumps(template), app__src__Dockerfile=text)
    built = {f.name: [i.user.plain() for i in found.out(f, "built_by")] for f in found.of(Function)}  # type: ignore[attr-defined]
    assert built == {"Last": ["l"], "Test": ["t"], "Other": [], "None": []}
    assert all(step.final for step in found.of(BuildStep))


def test_a_stage_that_names_itself_ends(tmp_path: Path) -> None:
    found = graph(tmp_path, Dockerfile="FROM a AS a\nFROM a AS a\nFROM a\n")
    (image,) = found.of(Image)
    assert image.base.plain() == "a"
    assert found.of(Container) == []


def test_build_arguments_that_are_given_go_before_defaults(tmp_path: Path) -> None:
    text = "ARG BASE=alpine\nARG UNUSED\nFROM ${BASE} AS a\nARG WHO=root\nENV E=1\nUSER $WHO\nFROM a AS b\n"
    services = (
        "services:\n  plain: {build: web}\n  same: {build: {context: web, args: {OTHER: 1}}}\n"
        "  given: {build: {context: web, target: a, args: [BASE=mine, 'WHO=7']}}\n"
        "  outside: {build: {context: web, args: [WHO]}}\n"
    )
    found = graph(tmp_path, web__Dockerfile=text, compose_yaml=services)
    images = {c.name: found.out(c, "built_by")[0] for c in found.of(Container)}
    says = {name: (i.base.plain(), i.user.plain(), i.address) for name, i in images.items() if isinstance(i, Image)}
    assert says["plain"] == says["same"] == ("alpine", "root", "web/b")
    assert says["given"][:2] == ("mine", "7")
    assert says["given"][2].startswith("web/a/arguments-")
    outside = images["outside"]
    assert isinstance(outside, Image)
    assert outside.user.reason == "build argument `WHO` is taken from where the build is started"
    assert found.of(Image)[0].address == "web/b"
    in_the_file = [v.name for v in found.of(Variable) if v.resource.format == "dockerfile"]
    assert in_the_file == ["WHO", "E", "BASE"]
    arguments = [
        (v.name, v.value.plain(), v.position, v.owner) for v in found.of(Variable) if v.resource.format == "compose"
    ]
    assert arguments[1] == ("BASE", "mine", "build-argument", "image of container `given`")
