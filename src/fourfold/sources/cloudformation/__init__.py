"""CloudFormation templates in YAML and JSON, as written by hand, by SAM users and by the CDK.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

import json
import re
from importlib.util import find_spec

from fourfold.model.place import Source
from fourfold.model.resource import Reading
from fourfold.model.value import Map
from fourfold.sources.cloudformation.stack import Run, Stack
from fourfold.sources.cloudformation.tags import long_form
from fourfold.sources.cloudformation.template import others, template_of
from fourfold.sources.syntax.json import parse_json
from fourfold.sources.syntax.yaml import parse_yaml
from fourfold.sources.tree import Tree

_SUFFIXES = (".yaml", ".yml", ".json", ".template")
_YAML_SECTION = re.compile(rb"^(?:Resources|[\"']Resources[\"'])[ \t]*:", re.MULTILINE)
_YAML_VERSION = re.compile(rb"^[\"']?AWSTemplateFormatVersion[\"']?[ \t]*:", re.MULTILINE)
_TYPE = re.compile(rb"\bType[\"']?[ \t]*:[ \t\r\n]*[\"']?[A-Za-z0-9]+::[A-Za-z0-9]")


def claims(path: str, data: bytes) -> bool:
    """Whether this is a template: by its sections, before anything is decoded."""
    if not path.endswith(_SUFFIXES) or b"Resources" not in data:
        return b"AWSTemplateFormatVersion" in data and path.endswith(_SUFFIXES) and _is_yaml_version(data)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _is_json_template(data)
    if _YAML_SECTION.search(data) is None:
        return False
    return _TYPE.search(data) is not None or _is_yaml_version(data)


def _is_yaml_version(data: bytes) -> bool:
    return _YAML_VERSION.search(data) is not None


def _is_json_template(data: bytes) -> bool:
    """Whether JSON has the sections at its top. Text that is not valid JSON is claimed, so that it is told."""
    if b"AWSTemplateFormatVersion" not in data and _TYPE.search(data) is None:
        return False
    try:
        root = json.loads(data)
    except (ValueError, RecursionError):
        return True
    return isinstance(root, dict) and "Resources" in root


def read(source: Source, tree: Tree) -> Reading:
    """The resources, parameters and outputs of one template."""
    run = Run(tree)
    reading = Reading(problems=run.problems, covers=run.covers)
    root = parse(source, run)
    if root is None:
        return reading
    stack = Stack(run, source, root)
    template = template_of(stack)
    resources = list(template.resources.values())
    if stack.sam and find_spec("fourfold.sources.cloudformation.sam"):
        from fourfold.sources.cloudformation import sam  # type: ignore[attr-defined]

        resources, problems = sam.expand(template)
        run.problems.extend(problems)
    reading.resources = [*resources, *others(stack)]
    return reading


def parse(source: Source, run: Run) -> Map | None:
    """The top of a template; None (and a problem) where there is none."""
    if source.text.lstrip()[:1] == "{" and not source.path.endswith((".yaml", ".yml")):
        value, problems = parse_json(source)
        documents = [] if value is None else [value]
    else:
        documents, problems = parse_yaml(source, long_form)
    run.problems.extend(problems)
    for document in documents:
        if isinstance(document, Map) and "Resources" in document.entries_:
            return document
    return None
