"""Every node of the syntax tree stands where it says: its stretch of the text, parsed again, is the node."""

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sources.terraform.expressions import Expressions

from fourfold.model.place import Source
from fourfold.sources.terraform.hcl.parser import Fault, parse, parse_expression, parse_template
from fourfold.sources.terraform.hcl.syntax import Assignment, Block, Body, Expr, For, If, Literal, Name, Node, Splat
from fourfold.sources.terraform.json_syntax import parse_json_body

HERE = Path(__file__).parent


def shape(node: Any, origin: int) -> Any:
    """A tree with places relative to its own beginning."""
    if isinstance(node, (tuple, list)):
        return tuple(shape(item, origin) for item in node)
    if isinstance(node, dict):
        return {key: shape(item, origin) for key, item in node.items()}
    if not isinstance(node, Node):
        return node
    fields = {
        name: shape(getattr(node, name), origin) for name in node.__struct_fields__ if name not in ("start", "end")
    }
    return (type(node).__name__, node.start - origin, node.end - origin, fields)


def below(node: Any) -> Iterator[Node]:
    """All nodes of a tree; what a splat applies to each element begins at the element, and is no text of its own."""
    if isinstance(node, Node):
        yield node
        names = ("of",) if isinstance(node, Splat) else node.__struct_fields__
        for name in names:
            yield from below(getattr(node, name))
    elif isinstance(node, (tuple, list)):
        for item in node:
            yield from below(item)
    elif isinstance(node, dict):
        yield from below(tuple(node.values()))


def again(node: Node, text: str) -> Any:
    """The node that its stretch of the text gives."""
    piece = text[node.start : node.end]
    if isinstance(node, (Assignment, Block)):
        body, problems = parse(Source("", piece))
        assert not problems, piece
        found: Any = next(iter(body.attributes.values())) if isinstance(node, Assignment) else body.blocks[0]
        return found
    if isinstance(node, (If, For)):
        return parse_template(piece).parts[0]
    return parse_expression(piece)


def wrong(tree: Any, text: str) -> list[str]:
    """Nodes that are not where they say."""
    out = []
    for node in below(tree):
        piece = text[node.start : node.end]
        if isinstance(node, Body):
            continue
        try:
            found = again(node, text)
        except (Fault, AssertionError, IndexError) as fault:
            out.append(f"{type(node).__name__} at {node.start}: `{piece[:60]}`: {fault}")
            continue
        # A bare word or a number before `=` is the text of a key.
        if isinstance(node, Literal) and isinstance(found, (Name, Literal)) and node.value == piece:
            continue
        if isinstance(node, (If, For)):
            # The texts inside depend on what is around: escapes, indentation.
            head = node.condition if isinstance(node, If) else node.collection
            again_ = found.condition if isinstance(found, If) else found.collection
            if type(node) is type(found) and shape(head, node.start) == shape(again_, 0):
                continue
        if shape(node, node.start) != shape(found, 0):
            out.append(f"{type(node).__name__} at {node.start}: `{piece[:60]}` is parsed as {found}")
    return out


CASES = [
    block
    for path in sorted((HERE.parents[1] / "cases" / "terraform").glob("*.md"))
    for block in re.findall(r"^```hcl[^\n]*\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)
]


def test_nodes_of_the_cases_are_where_they_say() -> None:
    assert len(CASES) > 50
    for text in CASES:
        assert wrong(parse(Source("", text))[0], text) == []


@pytest.mark.parametrize("seed", range(4))
def test_nodes_of_random_expressions_are_where_they_say(seed: int) -> None:
    made = Expressions(Random(seed))
    for _ in range(120):
        text = made.any(3)
        try:
            tree = parse_expression(text)
        except Fault:
            continue
        assert wrong(tree, text) == []


JSON = r"""{
  "locals": {"a": "${1 + 2}", "\u0062": ["x-${upper("a")}", "%{ if true }y%{ endif }", "\"${[1][0]}"]},
  "resource": {"t": {"r": {"v": "${local.a}", "w": {"k": "${try(local.b[0], null)}"}}}}
}""".replace('upper("a")', r"upper(\"a\")")


def test_expressions_in_json_are_where_they_say() -> None:
    body, problems = parse_json_body(Source("x.tf.json", JSON))
    assert not problems
    found = [n for n in below(body) if isinstance(n, Expr) and JSON[n.start : n.end][:1] not in ('"', "{", "[", "%")]
    plain = [n for n in found if "\\" not in JSON[n.start : n.end] and "${" not in JSON[n.start : n.end]]
    texts = {JSON[n.start : n.end] for n in plain}
    assert texts >= {"1 + 2", "true", "local.a", "try(local.b[0], null)", "local.b[0]"}
    assert r"upper(\"a\")" in {JSON[n.start : n.end] for n in found}
    for node in plain:
        if not isinstance(node, Literal):
            assert shape(node, node.start) == shape(parse_expression(JSON[node.start : node.end]), 0)
