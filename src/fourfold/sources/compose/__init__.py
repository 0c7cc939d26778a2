"""Compose files: one resource for each service, merged from all that describes it.

A service is a `Compose::Service` with the file's own property names; both ways of writing a list (`NAME=value`, a
mapping) stay as they are written. Its attributes hold what was found out of other files:

    Dockerfile      path of what `build` builds from, at the place that names it
    EnvFile         the variables of its `env_file`s, each at its place there

Volumes, networks, secrets and configs of the top level are `Compose::Volume`, `Compose::Network`, `Compose::Secret` and
`Compose::Config`.
Source: https://docs.docker.com/reference/compose-file/.
"""

from __future__ import annotations

import re

from fourfold.model.place import Source
from fourfold.model.resource import Reading, Resource
from fourfold.model.value import Known, Map, Text, Unknown, Value
from fourfold.sources.compose.merge import replace_entries
from fourfold.sources.compose.project import Model, Project
from fourfold.sources.compose.variables import Environment, read_variables
from fourfold.sources.tree import Tree

_NAME = re.compile(r"(?:.*[._-])?(?:compose|docker-stack)(?:[._-].*)?\.ya?ml", re.IGNORECASE)
_OTHERS = re.compile(rb"^(?:apiVersion|AWSTemplateFormatVersion|Resources|service|provider)[ \t]*:", re.MULTILINE)
_SERVICES = re.compile(rb"^[\"']?services[\"']?[ \t]*:", re.MULTILINE)
_RUNS = re.compile(rb"^[ \t]+(?:image|build)[ \t]*:", re.MULTILINE)
_LISTS = {"volumes": "Volume", "networks": "Network", "secrets": "Secret", "configs": "Config"}
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|git@|~|/", re.IGNORECASE)
"""How a build context begins that is no folder of the project."""


def claims(path: str, data: bytes) -> bool:
    """Whether this is a Compose file: by its name, or by services at the top that run an image or build one."""
    if _NAME.fullmatch(path[path.rfind("/") + 1 :]):
        return _OTHERS.search(data) is None
    return b"services" in data and bool(_SERVICES.search(data) and _RUNS.search(data)) and _OTHERS.search(data) is None


def read(source: Source, tree: Tree) -> Reading:
    """The services of one Compose file, with what its override, included and extended files say."""
    project = Project(tree, source.path)
    model = project.read()
    return Reading(_resources(project, model), project.problems, project.covers)


def _resources(project: Project, model: Model) -> list[Resource]:
    out: list[Resource] = []
    for name, service in model.services.items():
        if isinstance(service, Map):
            out.append(_resource(project, "Compose::Service", name, service, _attributes(project, service)))
    for kind, named in model.others.items():
        for name, value in named.items():
            out.append(_resource(project, f"Compose::{_LISTS[kind]}", f"{kind}/{name}", value, {}))
    return out


def _resource(project: Project, kind: str, address: str, value: Value, attributes: dict[str, Value]) -> Resource:
    # What stands in another file is part of this project all the same.
    variant = "" if value.source.path == project.path else project.path
    return Resource(
        kind, address, value, value.span, "compose", attributes=replace_entries(value, attributes), variant=variant
    )


def _attributes(project: Project, service: Map) -> dict[str, Value]:
    out: dict[str, Value] = {}
    if "build" in service.entries_:
        dockerfile = _dockerfile(project, service.entries_["build"])
        if dockerfile is not None:
            out["Dockerfile"] = dockerfile
    if "env_file" in service.entries_:
        variables: dict[str, Value] = {}
        for _, item in service.entries_["env_file"].elements():
            variables.update(_env_file(project, item))
        out["EnvFile"] = replace_entries(service.entries_["env_file"], variables)
    return out


def _dockerfile(project: Project, build: Value) -> Value | None:
    """The path of the Dockerfile that is built; None where it is not in the tree."""
    context = build.get("context") if isinstance(build, Map) else build
    named = build.get("dockerfile") if isinstance(build, Map) else None
    if isinstance(build, Map) and "dockerfile_inline" in build.entries_:
        project.problem(
            build.get("dockerfile_inline"), "a Dockerfile inside a Compose file is not read; give it a file of its own"
        )
        return None
    if isinstance(context, (Text, Unknown)) or isinstance(named, (Text, Unknown)):
        return None
    folder = str(context.value) if isinstance(context, Known) and context.value else "."
    if _ADDRESS.match(folder):
        return None
    name = str(named.value) if isinstance(named, Known) and named.value else "Dockerfile"
    # A relative path is relative to the file that writes it.
    place = context.source.path if isinstance(context, Known) else build.source.path
    path = project.tree.beside(place, f"{folder}/{name}")
    return None if path is None else Known(build.source, build.start, build.end, build.key_start, path)


def _env_file(project: Project, item: Value) -> dict[str, Value]:
    """The variables of one element of `env_file`; none where it is not in the tree, or ignored by version control."""
    raw = isinstance(item, Map) and item.get("format").surely("raw")
    named = item.get("path") if isinstance(item, Map) else item
    if not isinstance(named, Known) or not isinstance(named.value, str):
        return {}
    path = project.tree.beside(named.source.path, named.value)
    if path is None or not project.tree.has(path) or project.tree.ignored(path):
        return {}
    source = project.tree.source(path)
    if source is None:
        return {}
    outer = project.environment(project.path.rpartition("/")[0])
    variables, problems = read_variables(source, Environment(outer.values, "is set where Compose is started"), raw=raw)
    project.problems.extend(p for p in problems if p not in project.problems)
    return variables
