"""Kubernetes manifests: YAML or JSON, several documents a file, lists of objects, the output of `helm template`.

Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/ (the required fields of an object) and
https://kubernetes.io/docs/reference/using-api/api-concepts/#collections (lists).
"""

from __future__ import annotations

import re

from fourfold.model.place import Problem, Source
from fourfold.model.resource import Reading
from fourfold.model.value import Map, Value
from fourfold.sources.kubernetes.objects import objects_of
from fourfold.sources.kubernetes.templates import TEMPLATE_REASON, fill_holes, is_chart_template, template_line
from fourfold.sources.syntax.json import parse_json
from fourfold.sources.syntax.yaml import parse_yaml
from fourfold.sources.tree import Tree

# An object states both at its first level: in YAML at the start of a line, or anywhere behind a brace or comma.
_API_VERSION = re.compile(rb"""(?:^|^---[ \t]+\{?|[{,]\s*)["']?apiVersion["']?[ \t]*:""", re.MULTILINE)
_KIND = re.compile(rb"""(?:^|^---[ \t]+\{?|[{,]\s*)["']?kind["']?[ \t]*:""", re.MULTILINE)

_OTHERS = re.compile(
    r"""(?:.*/)?(?:
        kustomization\.ya?ml | Chart\.ya?ml | values[^/]*\.ya?ml |
        (?:docker-)?compose[^/]*\.ya?ml | \.github/workflows/.*
    )""",
    re.VERBOSE,
)
"""Files of other formats that may hold the same two words."""


def claims(path: str, data: bytes) -> bool:
    """Whether this looks like Kubernetes objects."""
    return (
        path.endswith((".yaml", ".yml", ".json"))
        and b"apiVersion" in data
        and b"kind" in data
        and _OTHERS.fullmatch(path) is None
        and _API_VERSION.search(data) is not None
        and _KIND.search(data) is not None
    )


def read(source: Source, tree: Tree) -> Reading:
    """The objects of one file.

    A template of a chart that is not plain YAML gives nothing here: the chart is read (or said to be unread) as a whole.
    """
    if "{{" in source.text and is_chart_template(source.path, tree):
        return Reading()
    return read_manifest(source)


def read_manifest(source: Source) -> Reading:
    """The objects of one file, wherever it lies."""
    reading = Reading()
    documents, problems = parse(source)
    if "{{" in source.text:
        line = template_line(source, documents, problems)
        if line:
            reading.problems.append(Problem(source.path, line, TEMPLATE_REASON))
            return reading
        documents = [fill_holes(document) for document in documents]
    reading.problems.extend(problems)
    strangers: list[Map] = []
    for document in documents:
        if isinstance(document, Map) and not _states_something(document):
            strangers.append(document)
        else:
            objects_of(document, reading)
    for document in strangers if reading.resources else ():
        # Among objects it was meant to be one; a file without any is simply something else.
        reason = "is not a Kubernetes object; it was left out"
        reading.problems.append(Problem(source.path, document.span.line, reason))
    return reading


def _states_something(document: Map) -> bool:
    """Whether it has one of the two fields that make an object, or is empty."""
    return not document.entries_ or "apiVersion" in document.entries_ or "kind" in document.entries_


def parse(source: Source) -> tuple[list[Value], list[Problem]]:
    """The documents of a YAML or JSON file, and what was wrong."""
    if source.path.endswith(".json"):
        value, problems = parse_json(source)
        return ([] if value is None else [value]), problems
    return parse_yaml(source)
