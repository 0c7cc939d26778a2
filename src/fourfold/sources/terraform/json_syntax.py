"""Configurations in JSON (`*.tf.json`) as the syntax tree of native syntax, with places in the JSON text.

A string is a template, an object under the name of a block is its body, an array of objects is several of them. Which
arguments of a resource are nested blocks only its provider knows, so objects inside a resource are values; only `dynamic`
blocks are told apart, by their shape.
Source: Terraform language documentation, "JSON Configuration Syntax"; HCL JSON Syntax Specification,
https://github.com/hashicorp/hcl/blob/main/json/spec.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import msgspec

from fourfold.model.place import Problem, Source
from fourfold.model.value import Known, Map, Seq, Value
from fourfold.sources.syntax.json import parse_json
from fourfold.sources.terraform.hcl.parser import Fault, Parser, parse_expression, parse_template
from fourfold.sources.terraform.hcl.syntax import (
    Assignment,
    Block,
    Body,
    Expr,
    Literal,
    Node,
    Object,
    Part,
    Template,
    Tuple,
)
from fourfold.sources.terraform.hcl.templates import template

LABELS = {
    "resource": 2, "data": 2, "ephemeral": 2, "variable": 1, "output": 1, "module": 1, "provider": 1, "check": 1,
    "locals": 0, "terraform": 0, "moved": 0, "import": 0, "removed": 0,
}  # fmt: skip
"""Top-level blocks, and how many labels each has."""
LITERAL = frozenset({("variable", "default"), ("variable", "description"), ("module", "source"), ("module", "version")})
"""Arguments whose strings are taken as they are."""

_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)")


def parse_json_body(source: Source) -> tuple[Body, list[Problem]]:
    """The body of a file and what is wrong with it; what cannot be read is left out and said."""
    value, problems = parse_json(source)
    reader = _Reader(source, problems)
    blocks: list[Block] = []
    for top in _objects(value) if value is not None else ():
        for name, entry in top.entries_.items():
            if name == "//":
                continue
            if name not in LABELS:
                reader.problem(entry, f"`{name}` is no block of Terraform's; it was left out")
                continue
            blocks += reader.blocks(name, entry, LABELS[name])
    return Body(0, len(source.text), {}, tuple(blocks)), problems


def _objects(value: Value) -> Iterator[Map]:
    """A body, or the bodies of an array."""
    if isinstance(value, Map):
        yield value
    elif isinstance(value, Seq):
        for item in value.items_:
            yield from _objects(item)


class _Reader:
    """Turns the values of one text into the syntax tree."""

    def __init__(self, source: Source, problems: list[Problem]) -> None:
        self.source = source
        self.problems = problems

    def problem(self, at: Value, reason: str) -> None:
        self.problems.append(Problem(self.source.path, at.span.line, reason))

    # -- blocks ----------------------------------------------------------------------------------------------------

    def blocks(self, kind: str, value: Value, labels: int, named: tuple[str, ...] = ()) -> Iterator[Block]:
        """The blocks below a block type; each level of labels is an object, or an array of objects."""
        if not isinstance(value, (Map, Seq)):
            self.problem(value, f"`{kind}` is not an object")
            return
        for found in _objects(value):
            if labels:
                for label, entry in found.entries_.items():
                    if label != "//":
                        yield from self.blocks(kind, entry, labels - 1, (*named, label))
            else:
                start = found.key_start if found.key_start >= 0 else found.start
                yield Block(start, found.end, kind, named, self.body(found, kind))

    def body(self, value: Map, kind: str) -> Body:
        """The arguments of a block, and its `dynamic` blocks."""
        attributes: dict[str, Assignment] = {}
        blocks: list[Block] = []
        for name, entry in value.entries_.items():
            if name == "//":
                continue
            if name == "dynamic" and isinstance(entry, (Map, Seq)):
                blocks += self.blocks("dynamic", entry, 1)
            elif kind == "dynamic" and name == "content" and isinstance(entry, Map):
                blocks.append(Block(entry.key_start, entry.end, name, (), self.body(entry, name)))
            elif kind == "check" and name == "data":
                blocks += self.blocks("data", entry, 2)
            elif _holds_dynamic(entry):
                blocks += self.blocks(name, entry, 0)
            else:
                start = entry.key_start if entry.key_start >= 0 else entry.start
                attributes[name] = Assignment(start, entry.end, name, self.argument(kind, name, entry))
        return Body(value.start, value.end, attributes, tuple(blocks))

    # -- expressions -----------------------------------------------------------------------------------------------

    def argument(self, kind: str, name: str, value: Value) -> Expr:
        """The expression of an argument."""
        if isinstance(value, Known) and isinstance(value.value, str):
            if (kind, name) in LITERAL:
                return Literal(value.start, value.end, value.value)
            if (kind, name) == ("variable", "type") or (kind == "dynamic" and name == "iterator"):
                try:
                    parsed = parse_expression(value.value)
                    return cast("Expr", _moved(parsed, _offsets(self.source.text, value.start, value.end)))
                except Fault as fault:
                    self.problem(value, f"not valid HCL: {fault}")
                    return Literal(value.start, value.end, value.value)
        return self.expression(value, literal=(kind, name) in LITERAL)

    def expression(self, value: Value, *, literal: bool = False) -> Expr:
        """JSON as an expression; strings are templates unless they are taken literally."""
        if isinstance(value, Seq):
            return Tuple(value.start, value.end, tuple(self.expression(v, literal=literal) for v in value.items_))
        if isinstance(value, Map):
            items = tuple(
                (self.key(k, v, literal=literal), self.expression(v, literal=literal))
                for k, v in value.entries_.items()
            )
            return Object(value.start, value.end, items)
        assert isinstance(value, Known)
        if literal or not isinstance(value.value, str):
            return Literal(value.start, value.end, value.value)
        return self.template(value.value, value.start, value.end, value)

    def key(self, key: str, value: Value, *, literal: bool) -> Expr:
        """The name of a property, which is a template, too."""
        start = value.key_start if value.key_start >= 0 else value.start
        if literal or ("${" not in key and "%{" not in key):
            return Literal(start, start + len(key) + 2, key)
        end = self.source.text.find('"', start + 1)
        return self.template(key, start, max(end + 1, start + 2), value)

    def template(self, text: str, start: int, end: int, at: Value) -> Expr:
        """A string as a template; the places of what is inside are those in the JSON text."""
        if "${" not in text and "%{" not in text:
            return Literal(start, end, text)
        raw = self.source.text
        parts = _in_place(raw, start, end)
        try:
            if parts is None:
                parts = cast("Template", _moved(parse_template(text), _offsets(raw, start, end))).parts
        except Fault as fault:
            self.problem(at, f"not valid HCL: {fault}")
            return Literal(start, end, text)
        if all(isinstance(part, str) for part in parts):
            return Literal(start, end, "".join(map(str, parts)))
        return Template(start, end, parts)


def _in_place(text: str, start: int, end: int) -> tuple[Part, ...] | None:
    """The parts of a template that stands in a JSON string as it is; None where it has escapes, or is broken."""
    if text.find("\\", start, end) >= 0:
        return None
    parser = Parser(text)
    parser.at = start + 1
    try:
        parts = template(parser, end - 1)
    except Fault:
        return None
    return parts if parser.at == end - 1 else None


def _holds_dynamic(value: Value, depth: int = 0) -> bool:
    """Whether a value is a body that has `dynamic` blocks in it."""
    if isinstance(value, Seq):
        return (
            bool(value.items_)
            and all(isinstance(v, Map) for v in value.items_)
            and any(_holds_dynamic(v, depth) for v in value.items_)
        )
    if not isinstance(value, Map) or depth > 20:
        return False
    blocks = value.entries_.get("dynamic")
    shapes = [shape for one in _objects(blocks) for shape in one.entries_.values()] if blocks is not None else []
    if any("for_each" in body.entries_ and "content" in body.entries_ for shape in shapes for body in _objects(shape)):
        return True
    return any(_holds_dynamic(entry, depth + 1) for entry in value.entries_.values())


def _offsets(text: str, start: int, end: int) -> list[int]:
    """Where each character of a JSON string stands in the text, its end included."""
    out = []
    at = start + 1
    while at < end - 1:
        found = _ESCAPE.match(text, at) if text[at] == "\\" else None
        if found is None:
            out.append(at)
            at += 1
            continue
        size = found.end() - at
        if size == 6 and (second := _ESCAPE.match(text, found.end())) and text[at + 2] in "dD":
            pair = json.loads(f'"{text[at : second.end()]}"')
            size = second.end() - at if len(pair) == 1 else size
        out.append(at)
        at += size
    out.append(end - 1)
    return out


def _moved(node: Any, offsets: list[int]) -> Any:
    """A syntax tree with the places of the text that its own text was made from."""
    if isinstance(node, tuple):
        return tuple(_moved(item, offsets) for item in node)
    if not isinstance(node, Node):
        return node
    last = len(offsets) - 1
    changed = {name: _moved(getattr(node, name), offsets) for name in node.__struct_fields__}
    changed["start"], changed["end"] = offsets[min(node.start, last)], offsets[min(node.end, last)]
    return msgspec.structs.replace(node, **changed)
