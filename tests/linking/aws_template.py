"""Small CloudFormation templates as graphs, for the tests of the `aws_*` steps."""

from __future__ import annotations

import textwrap

from fourfold.linking import link
from fourfold.model.condition import Equals, Variable
from fourfold.model.graph import Graph
from fourfold.model.nodes.node import NOTHING
from fourfold.model.place import Source
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Choice, Known, Map, Ref, Seq, Text, Unknown, Value
from fourfold.sources.syntax.yaml import parse_yaml

FILE = "template.yaml"
PROD = Equals(Variable(FILE, "Env", ("dev", "prod")), "prod")


def graph(template: str) -> Graph:
    """The graph of the resources of a template. `!If [x, a, b]` chooses by `Env = prod`; `!Sub` knows resources."""
    documents, problems = parse_yaml(Source(FILE, textwrap.dedent(template)), _tag)
    assert not problems
    return link(
        Resource(
            str(body.get("Type").plain()),
            name,
            body.get("Properties") if not body.get("Properties").absent else Map(body.source, body.start, body.end, -1, {}),
            body.span,
            "cloudformation",
            PROD if not body.get("Condition").absent else Resource.__struct_defaults__[0],
        )
        for name, body in documents[0].entries_.items()  # type: ignore[attr-defined]
    )


def _tag(tag: str, value: Value) -> Value:
    at = (value.source, value.start, value.end, value.key_start)
    if tag == "!Ref":
        return _ref(at, str(value.plain()))
    if tag == "!GetAtt":
        name, _, attribute = str(value.plain()).partition(".")
        return Ref(*at, f"{FILE}#{name}", attribute)
    if tag == "!If":
        assert isinstance(value, Seq)
        return Choice(*at, PROD, value.items_[1], value.items_[2])
    if tag == "!Sub":
        return _sub(at, str(value.plain()))
    raise AssertionError(tag)


def _ref(at: tuple[Source, int, int, int], name: str) -> Value:
    if name == "AWS::NoValue":
        return Absent(*at, NOTHING, ())
    if name.startswith(("AWS::", "Any")):
        return Unknown(*at, f"`{name}` has no default", (), False, name)
    return Ref(*at, f"{FILE}#{name}")


def _sub(at: tuple[Source, int, int, int], text: str) -> Value:
    parts: list[str | Value] = []
    for index, piece in enumerate(text.split("${")):
        name, brace, rest = piece.partition("}")
        if index and brace:
            target, dot, attribute = name.partition(".")
            parts.append(Ref(*at, f"{FILE}#{target}", attribute) if dot else _ref(at, target))
            piece = rest
        if piece:
            parts.append(piece)
    return Known(*at, text) if all(isinstance(p, str) for p in parts) else Text(*at, tuple(parts))
