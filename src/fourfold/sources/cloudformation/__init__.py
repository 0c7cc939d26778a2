"""CloudFormation templates in YAML and JSON, as written by hand, for SAM and by the CDK.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html

What a template leaves open stays open:

- A parameter with at most eight AllowedValues is a choice among them; one with a default only is that default, and its
  provenance says so; one without is unknown. A default decides no condition: the deployer may give another value.
- Pseudo parameters are unknown under their names, so that a text built with them keeps what is known of it.
- A macro may add anything, so what is not written where it works is unknown, not absent; what is written counts as it is.
- A value that another stack exports is a reference to the export; a dynamic reference is an unknown of its own name.
- A nested stack whose template lies in the scanned tree is read with what its parent gives it; another is a problem.
- Parameters and outputs are resources, too (`Template::Parameter`, `Template::Output`), for what is to be said of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import msgspec

from fourfold.model.place import Source
from fourfold.model.resource import Reading, Resource
from fourfold.model.value import Map
from fourfold.sources.cloudformation.run import ExhaustedError, Run
from fourfold.sources.cloudformation.stack import Stack
from fourfold.sources.cloudformation.template import others, template_of
from fourfold.sources.tree import Tree

_SUFFIXES = (".yaml", ".yml", ".json", ".template")
_SECTION = re.compile(
    rb"^(?:Resources|[\"']Resources[\"'])[ \t]*:(?!(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*-[ \t])", re.MULTILINE
)
"""`Resources` at the top of a YAML text, where it is no list: that of a CodeDeploy AppSpec file is one."""
_VERSION = re.compile(rb"^[\"']?AWSTemplateFormatVersion[\"']?[ \t]*:", re.MULTILINE)
_TYPE = re.compile(rb"Type[\"']?[ \t]*:[ \t\r\n]*[\"']?[A-Za-z0-9]+::[A-Za-z0-9]")


def claims(path: str, data: bytes) -> bool:
    """Whether this is a template: by its sections, before anything is decoded."""
    if not path.endswith(_SUFFIXES) or (b"Resources" not in data and b"AWSTemplateFormatVersion" not in data):
        return False
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _is_json_template(data)
    return _VERSION.search(data) is not None or (_SECTION.search(data) is not None and _TYPE.search(data) is not None)


def _is_json_template(data: bytes) -> bool:
    """Whether JSON has the sections at its top. Text that is not valid JSON is claimed, so that it is told."""
    if b"AWSTemplateFormatVersion" not in data and _TYPE.search(data) is None:
        return False
    try:
        root = json.loads(data)
    except (ValueError, RecursionError):
        return True
    return isinstance(root, dict) and ("AWSTemplateFormatVersion" in root or isinstance(root.get("Resources"), dict))


def read(source: Source, tree: Tree) -> Reading:
    """The resources, parameters and outputs of one template, and of the stacks it nests."""
    run = Run(tree)
    reading = Reading(problems=run.problems, covers=run.covers)
    root = run.template(source)
    if root is not None:
        try:
            for resource in _read(Stack(run, source, root)):
                reading.resources.append(resource)
        except (ExhaustedError, RecursionError):
            run.problem(root, "this template takes more steps than a reading may take; the rest was left out")
    run.covers -= run.cycles
    return reading


def resources_of(root: Map, tree: Tree) -> Reading:
    """The resources of a template that another reader has put together."""
    run = Run(tree)
    reading = Reading(problems=run.problems, covers=run.covers)
    try:
        for resource in _read(Stack(run, root.source, root)):
            reading.resources.append(resource)
    except (ExhaustedError, RecursionError):
        run.problem(root, "this takes more steps than a reading may take; the rest was left out")
    return reading


def _read(stack: Stack) -> Iterator[Resource]:
    for resource in _own(stack):
        if stack.outer is None:
            yield resource
        else:
            address = stack.address + resource.address
            yield msgspec.structs.replace(resource, address=address, variant=stack.variant)
    for name in stack.declared:
        nested = stack.nested(name)
        if nested is not None:
            yield from _read(nested)


def _own(stack: Stack) -> Iterator[Resource]:
    """What a stack itself declares, its addresses as they are written."""
    template = template_of(stack)
    if stack.sam:
        from fourfold.sources.cloudformation import sam

        resources, problems = sam.expand(template)
        for problem in problems:
            stack.run.tell(problem)
        yield from resources
    else:
        yield from template.resources.values()
    yield from others(stack)
