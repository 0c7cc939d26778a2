"""Services of the Serverless Framework (`serverless.yml`), as the CloudFormation that it deploys.

Functions, their role and what their events make become resources of a template, the service's own `resources.Resources` are
in it as they are written, and all of it is evaluated like any template.
What a plugin adds is not seen, and said. Nothing can be written back: the places are good to look at.
Sources: https://www.serverless.com/framework/docs/providers/aws/guide/serverless.yml, .../guide/variables, .../guide/resources.
"""

from __future__ import annotations

import re

import msgspec

from fourfold.model.place import Problem, Source
from fourfold.model.resource import Reading
from fourfold.model.value import Absent, Map
from fourfold.sources.tree import Tree

_NAME = re.compile(r"(?:.*/)?serverless(?:[.-][\w.-]+)?\.ya?ml\Z")
_TOP = re.compile(rb"^(?:functions|resources)[ \t]*:", re.MULTILINE)


def claims(path: str, data: bytes) -> bool:
    """Whether this is a service: by its name, and the sections that deploy something."""
    return b"provider" in data and _NAME.match(path) is not None and _TOP.search(data) is not None


def read(source: Source, tree: Tree) -> Reading:
    """The resources that a service deploys."""
    from fourfold.sources.cloudformation import resources_of
    from fourfold.sources.cloudformation.tags import long_form
    from fourfold.sources.serverless.service import Service
    from fourfold.sources.serverless.variables import Variables
    from fourfold.sources.syntax.yaml import parse_yaml

    # Rendered: a change would have to be made in what the framework reads, not in what it deploys.
    documents, problems = parse_yaml(Source(source.path, source.text, rendered=True), long_form)
    root = documents[0] if documents else None
    if not isinstance(root, Map):
        return Reading(problems=problems)
    variables = Variables(root, tree, source.path)
    provider = variables.resolved(root.get("provider"))
    name = provider.get("name") if isinstance(provider, Map) else provider
    if not isinstance(name, Absent) and name.plain() != "aws":
        line = source.position(name.start)[0]
        return Reading(problems=[*problems, Problem(source.path, line, f"provider `{name}` is not read; only aws is")])
    service = Service(root, variables)
    template = service.template()
    reading = resources_of(template, tree)
    resources = [msgspec.structs.replace(r, format="serverless") for r in reading.resources]
    found = [*problems, *variables.problems, *service.problems, *reading.problems]
    # What a file says by itself counts for nothing where it is a part of the service: it may refer to another part.
    return Reading(resources, list(dict.fromkeys(found)), reading.covers, set(variables.files))
