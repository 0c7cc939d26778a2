"""Plain data as HCL native syntax, laid out as `terraform fmt` leaves it.

Source: HCL Native Syntax Specification (quoted templates, their escapes) and Terraform's style conventions: two spaces a
level, `=` of arguments on lines after each other in one column, a blank line around blocks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

STEP = 2
"""Spaces a level."""

_NAME = re.compile(r"[^\W\d][\w-]*\Z")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_KEYWORDS = {"null", "true", "false", "for"}


class Block(dict[str, Any]):
    """The body of a nested block; a plain dictionary is an object, the value of an argument."""


class Beside(str):
    """A key that stands for a resource of its own beside the one that is edited: `type argument`, where the argument of the
    new resource names the old one."""

    __slots__ = ()


class Raw(str):
    """An expression that is HCL already."""

    __slots__ = ()


class Encoded:
    """Data that stands in a call of `jsonencode`."""

    def __init__(self, data: Any) -> None:
        self.data = data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Encoded) and self.data == other.data

    __hash__ = None  # type: ignore[assignment]


def is_plain(value: Any) -> bool:
    """Whether data has nothing in it that is HCL alone."""
    if isinstance(value, Mapping):
        return not isinstance(value, Block) and all(map(is_plain, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(is_plain, value))
    return not isinstance(value, (Raw, Encoded))


def quoted(text: str) -> str:
    """A string that means exactly this text: nothing in it is interpolated."""
    out = "".join(_ESCAPES.get(c) or (c if c.isprintable() else _by_number(c)) for c in text)
    return '"' + out.replace("${", "$${").replace("%{", "%%{") + '"'


def _by_number(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def key(name: str) -> str:
    """The key of an object's entry."""
    return name if _NAME.match(name) and name not in _KEYWORDS else quoted(name)


def expression(value: Any, indent: int) -> str:
    """A constant expression; further lines are indented from `indent` spaces."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, Encoded):
        return f"jsonencode({expression(value.data, indent)})"
    if isinstance(value, Mapping):
        return _closed("{", "}", [_entry(key(str(k)), v, indent + STEP) for k, v in value.items()], indent)
    if isinstance(value, (list, tuple)):
        if any(isinstance(v, (Mapping, list, tuple, Encoded)) for v in value):
            return _closed("[", "]", [expression(v, indent + STEP) + "," for v in value], indent)
        return "[" + ", ".join(expression(v, indent) for v in value) + "]"
    if isinstance(value, str):
        return quoted(value)
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)


def inline(value: Any) -> str:
    """As `expression`, on one line."""
    if isinstance(value, Encoded):
        return f"jsonencode({inline(value.data)})"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key(str(k))} = {inline(v)}" for k, v in value.items()) + " }" if value else "{}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(inline(v) for v in value) + "]"
    return expression(value, 0)


def _entry(name: str, value: Any, indent: int) -> str:
    return f"{name} = {expression(value, indent)}"


def _closed(opening: str, closing: str, lines: list[str], indent: int) -> str:
    if not lines:
        return opening + closing
    pad = " " * (indent + STEP)
    return opening + "".join(f"\n{pad}{line}" for line in lines) + "\n" + " " * indent + closing


def split(entries: Mapping[str, Any]) -> tuple[list[tuple[str, Any]], list[tuple[str, Block]]]:
    """What is written as arguments, and what as blocks, in order."""
    arguments: list[tuple[str, Any]] = []
    blocks: list[tuple[str, Block]] = []
    for name, value in entries.items():
        many = value if isinstance(value, list) and value else [value]
        if all(isinstance(v, Block) for v in many):
            blocks += [(name, v) for v in many]
        else:
            arguments.append((name, value))
    return arguments, blocks


def argument(name: str, value: Any, indent: int) -> str:
    """`name = value`, without the indentation of its first line."""
    return _entry(name, value, indent)


def block(name: str, body: Mapping[str, Any], indent: int) -> str:
    """`name { ... }`, without the indentation of its first line."""
    arguments, blocks = split(body)
    pad = " " * (indent + STEP)
    lines = "".join(f"\n{pad}{argument(n, v, indent + STEP)}" for n, v in arguments)
    inner = [f"\n{pad}{block(n, b, indent + STEP)}" for n, b in blocks]
    lines += ("\n" if arguments and inner else "") + "\n".join(inner)
    return f"{name} {{{lines}\n{' ' * indent}}}" if lines else f"{name} {{}}"
