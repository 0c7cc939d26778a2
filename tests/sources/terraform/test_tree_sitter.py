"""Files have the blocks and arguments that tree-sitter's grammar of HCL finds, at the same places."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fourfold.model.place import Source
from fourfold.sources.terraform.hcl.parser import parse
from fourfold.sources.terraform.hcl.syntax import Body

tree_sitter = pytest.importorskip(
    "tree_sitter", reason="tree-sitter is not installed: the parser is not compared with it"
)
grammar = pytest.importorskip(
    "tree_sitter_hcl", reason="tree-sitter-hcl is not installed: the parser is not compared with it"
)

HERE = Path(__file__).parent


def ours(body: Body) -> Iterator[tuple[str, str, int]]:
    """(kind, name, where it starts) of each argument and block."""
    for name, assignment in body.attributes.items():
        yield "attribute", name, assignment.start
    for block in body.blocks:
        yield "block", " ".join((block.type, *block.labels)), block.start
        yield from ours(block.body)


def theirs(node: Any, text: bytes) -> Iterator[tuple[str, str, int]]:
    for child in node.children:
        if child.type == "attribute":
            yield "attribute", child.children[0].text.decode(), len(text[: child.start_byte].decode())
        elif child.type == "block":
            words = [c.text.decode() for c in child.children if c.type in ("identifier", "string_lit")]
            yield "block", " ".join(w.strip('"') for w in words), len(text[: child.start_byte].decode())
        if child.type in ("config_file", "body", "block"):
            yield from theirs(child, text)


def differences(text: str) -> list[tuple[str, str, int]]:
    data = text.encode()
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    tree = parser.parse(data)
    assert not tree.root_node.has_error
    return sorted(set(ours(parse(Source("", text))[0])) ^ set(theirs(tree.root_node, data)))


def test_cases_have_the_blocks_and_arguments_that_tree_sitter_finds() -> None:
    found = 0
    for path in sorted((HERE.parents[1] / "cases" / "terraform").glob("*.md")):
        for text in re.findall(r"^```hcl[^\n]*\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL):
            if "!> not valid HCL" not in text and "provider::" not in text:
                assert differences(text) == []
                found += 1
    assert found > 50
