"""Small CloudFormation templates as graphs, for the tests of the `aws_*` steps."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from fourfold.linking import link
from fourfold.model.condition import Equals, Variable
from fourfold.model.graph import Graph
from fourfold.sources import read_file
from fourfold.sources.tree import Tree

FILE = "template.yaml"
PROD = Equals(Variable(FILE, "Env", ("dev", "prod")), "prod")
"""The condition `x` of every template."""

_ANY = re.compile(r"\bAny[A-Z]\w*")


def graph(resources: str, more: str = "") -> Graph:
    """The graph of a template with these resources.

    Names that begin with `Any` are parameters without default; the condition `x` holds where `Env = prod`. `more` are
    further sections.
    """
    parameters = "".join(f"  {name}: {{Type: String}}\n" for name in sorted(set(_ANY.findall(resources))))
    text = (
        f"Parameters:\n  Env: {{Type: String, AllowedValues: [dev, prod]}}\n{parameters}"
        "Conditions:\n  x: !Equals [!Ref Env, prod]\n"
        f"Resources:\n{textwrap.indent(textwrap.dedent(resources), '  ')}\n{textwrap.dedent(more)}"
    )
    return graph_of({FILE: text})


def graph_of(files: dict[str, str]) -> Graph:
    """The graph of several files of one scan."""
    tree = Tree(Path(), {path: text.encode() for path, text in files.items()})
    readings = [reading for path in files if (reading := read_file(tree, path)) is not None]
    assert len(readings) == len(files)
    assert [p.reason for reading in readings for p in reading.problems] == []
    return link(resource for reading in readings for resource in reading.resources)
