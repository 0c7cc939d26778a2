"""`Fn::ForEach`: one fragment written out for each element of a collection.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from fourfold.model.value import Absent, Known, Map, Seq, Value

if TYPE_CHECKING:
    from fourfold.sources.cloudformation.stack import Stack

LOOP = "Fn::ForEach"
TRANSFORM = "Fn::Transform"
FRAGMENTS_MAX = 5_000
"""Fragments that the loops of one reading write out; a template can have 500 resources."""

Loop: TypeAlias = "dict[str, str]"
"""The elements that the identifiers of the loops around stand for."""


def substituted(text: str, loop: Loop) -> str:
    """A string with `${Identifier}` and `&{Identifier}` written out; the latter drops what a logical id cannot have."""
    if "{" in text:
        for name, element in loop.items():
            text = text.replace(f"${{{name}}}", element)
            if "&{" in text:
                text = text.replace(f"&{{{name}}}", "".join(c for c in element if c.isalnum() and c.isascii()))
    return text


def spread(stack: Stack, entries: dict[str, Value], loop: Loop) -> Iterator[tuple[str, Value, Loop]]:
    """(key, value, loop) of each entry of a mapping, those of its loops written out."""
    for key, node in entries.items():
        if key.startswith(LOOP):
            yield from _each(stack, key, node, loop)
        elif key != TRANSFORM:
            yield substituted(key, loop) if loop else key, node, loop


def _each(stack: Stack, key: str, node: Value, loop: Loop) -> Iterator[tuple[str, Value, Loop]]:
    parts = node.items_ if isinstance(node, Seq) else ()
    identifier = parts[0] if parts else None
    if len(parts) != 3 or not isinstance(identifier, Known) or not isinstance(parts[2], Map):
        stack.problem(node, f"`{key}` takes an identifier, a collection and a mapping")
        return
    elements = _collection(stack, parts[1], loop)
    if elements is None:
        stack.problem(parts[1], f"the collection of `{key}` is not known; what it makes was left out")
        return
    for element in elements:
        stack.run.fragments += len(parts[2].entries_)
        if stack.run.fragments > FRAGMENTS_MAX:
            stack.problem(node, f"loops make more than {FRAGMENTS_MAX} fragments; the rest was left out")
            return
        yield from spread(stack, parts[2].entries_, {**loop, identifier._text(): element})


def _collection(stack: Stack, node: Value, loop: Loop) -> list[str] | None:
    value = stack.within(loop, node)
    if not isinstance(value, Seq):
        return None
    out: list[str] = []
    for item in value.items_:
        if isinstance(item, Seq) and all(isinstance(i, Known) for i in item.items_):
            out.extend(str(i) for i in item.items_)
        elif isinstance(item, Known):
            out.append(item._text())
        elif not isinstance(item, Absent):
            return None
    return out
