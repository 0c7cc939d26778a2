"""Templates in a line: what the reader makes of an expression, of a template, of several files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from fourfold.model.resource import Reading
from fourfold.model.value import Value
from fourfold.sources import cloudformation
from fourfold.sources.tree import Tree

Read: TypeAlias = Callable[..., Reading]
Evaluate: TypeAlias = Callable[..., Value]

AROUND = """\
Transform: AWS::LanguageExtensions
Parameters:
  Name: {{Type: String, Default: shop}}
  Open: {{Type: String}}
  Env: {{Type: String, Default: dev, AllowedValues: [dev, prod]}}
  Size: {{Type: String, AllowedValues: [s, m, l]}}
  Zones: {{Type: CommaDelimitedList, Default: "a, b"}}
  Nets: {{Type: List<AWS::EC2::Subnet::Id>}}
  Count: {{Type: Number, Default: "3"}}
Mappings:
  ByEnv:
    dev: {{Size: small, Zones: [x]}}
    prod: {{Size: large, Zones: [x, y]}}
  ByRegion:
    eu-west-1: {{Image: one, Kind: same}}
    us-east-1: {{Image: two, Kind: same}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
Resources:
  R:
    Type: AWS::X::Y
    Properties:
      P: {0}
  Other:
    Type: AWS::X::Z
"""


@pytest.fixture(scope="session")
def read() -> Read:
    """Reads the first of some files, given as text by name; a lone text is `t.yaml`."""

    def run(files: dict[str, str] | str) -> Reading:
        files = {"t.yaml": files} if isinstance(files, str) else files
        tree = Tree(Path("/nonexistent"), {name: text.encode() for name, text in files.items()})
        source = tree.source(next(iter(files)))
        assert source is not None
        return cloudformation.read(source, tree)

    return run


@pytest.fixture(scope="session")
def evaluate(read: Read) -> Evaluate:
    """The value of a property that is written so, in a template with some parameters, mappings and resources."""

    def run(expression: str, *, problems: tuple[str, ...] = ()) -> Value:
        reading = read(AROUND.format(expression))
        assert tuple(problem.reason for problem in reading.problems) == problems
        return next(r for r in reading.resources if r.address == "R").get("P")

    return run
