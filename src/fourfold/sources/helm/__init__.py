"""Helm charts, where a renderer is present: the `helm` executable, or the Python package `helm-python-sdk`.

Source: https://helm.sh/docs/topics/charts/. A chart is rendered with its own values, without the network and without a
cluster; what comes out is read as manifests whose places are looked up in the templates. Where no renderer is present,
or it fails, that is a problem that says what to do.
"""

from __future__ import annotations

import base64
import posixpath
import re
from contextlib import suppress

import msgspec

from fourfold.model.place import Problem, Source
from fourfold.model.resource import Reading, Resource
from fourfold.model.value import Known, Map, Value, unknown
from fourfold.sources.helm.places import placed
from fourfold.sources.helm.renderer import RenderError, files_of, render
from fourfold.sources.kubernetes.objects import objects_of
from fourfold.sources.syntax.yaml import parse_yaml
from fourfold.sources.tree import Tree

_PARTS = ("templates/", "charts/", "crds/")
"""Folders of a chart whose files are part of it."""


def claims(path: str, data: bytes) -> bool:
    """Whether this is the head of a chart; its name says so."""
    return path.rpartition("/")[2] == "Chart.yaml" and b"name" in data


def read(source: Source, tree: Tree) -> Reading:
    """The objects a chart stands for with its own values; nothing for a chart that is part of another, or a library."""
    reading = Reading()
    folder = posixpath.dirname(source.path)
    documents, problems = parse_yaml(source)
    chart = next((document for document in documents if isinstance(document, Map)), None)
    if chart is None or _is_part(folder, tree) or chart.get("type").surely("library"):
        return reading if chart is not None else Reading(problems=problems)
    name = str(chart.get("name").plain() or "chart")
    line = chart.get("name").span.line
    files = files_of(folder, tree)
    if not any(path.startswith("templates/") for path in files) and not any(p.startswith("charts/") for p in files):
        return reading
    try:
        rendered = render(name, files)
    except RenderError as error:
        reason = f"chart `{name}` was not rendered: {error}"
        reading.problems.append(Problem(source.path, line, reason))
        return reading
    for path, text in rendered.items():
        _objects(reading, posixpath.join(folder, path), text, source, tree)
    written = [data for data in files.values() if data]
    reading.resources = [_without_random(resource, written) for resource in reading.resources if not _is_test(resource)]
    reading.covers = {posixpath.join(folder, path) for path in files if path.startswith(_PARTS)}
    return reading


def _is_part(folder: str, tree: Tree) -> bool:
    """Whether a chart lies in the `charts` folder of another."""
    above, _, _ = folder.rpartition("/")
    return posixpath.basename(above) == "charts" and tree.has(posixpath.join(posixpath.dirname(above), "Chart.yaml"))


def _objects(reading: Reading, path: str, text: str, head: Source, tree: Tree) -> None:
    """The objects of one rendered template, placed in the template, or at the head of the chart where it is packed."""
    template = tree.source(path) if tree.has(path) else None
    documents, problems = parse_yaml(Source(path, text))
    if problems:
        why = f"its output of `{path}` is {problems[0].reason}"
        reading.problems.append(Problem(head.path, 1, f"the chart renders to something else than manifests: {why}"))
    found = Reading()
    for document in documents:
        objects_of(placed(document, template or head, same=template is not None), found, variant=head.path)
    reading.resources += found.resources
    reading.problems += found.problems


def _is_test(resource: Resource) -> bool:
    """Whether an object is made only by `helm test` (https://helm.sh/docs/topics/chart_tests/)."""
    hooks = str(resource.get("metadata", "annotations", "helm.sh/hook").plain() or "")
    return "test" in re.split(r"[\s,-]+", hooks)


def _without_random(resource: Resource, written: list[bytes]) -> Resource:
    """A Secret whose content is made up while rendering (a random password) states none of it."""
    if resource.type != "v1/Secret":
        return resource
    value: Value = resource.properties
    for field in ("data", "stringData"):
        content = value.get(field)
        if isinstance(value, Map) and isinstance(content, Map):
            entries = {key: _stated(entry, written) for key, entry in content.entries_.items()}
            value = msgspec.structs.replace(
                value, entries_=value.entries_ | {field: msgspec.structs.replace(content, entries_=entries)}
            )
    return msgspec.structs.replace(resource, properties=value)


def _stated(value: Value, written: list[bytes]) -> Value:
    """The value, where one of the chart's files holds it, encoded or not."""
    if not isinstance(value, Known) or not isinstance(value.value, str):
        return value
    texts = {value.value.encode()}
    with suppress(ValueError):
        texts.add(base64.b64decode(value.value, validate=True))
    if any(text.strip() in data for text in texts for data in written):
        return value
    return unknown("it is made up when the chart is rendered", at=value)
