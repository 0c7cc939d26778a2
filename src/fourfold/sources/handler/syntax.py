"""The small language that programs are read into, whatever they are written in: what matters for which calls are made.

Statements bind names, do expressions, branch, repeat and return; everything else of a language is lowered to these or to
`Several` (expressions of which only what they call matters). `at` are the offsets of the first character and of the one
after the last.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from fourfold.model.place import Problem

At: TypeAlias = tuple[int, int]


class Node(msgspec.Struct, frozen=True, eq=False):
    """Base of all; compared by identity."""

    at: At


# -- expressions ---------------------------------------------------------------------------------------------------------


class Constant(Node, frozen=True, eq=False):
    value: str | int | float | bool | None


class Template(Node, frozen=True, eq=False):
    """A string put together: an f-string, a template literal, a concatenation of strings."""

    parts: tuple[str | Node, ...]


class Name(Node, frozen=True, eq=False):
    id: str


class Attribute(Node, frozen=True, eq=False):
    of: Node
    name: str


class Item(Node, frozen=True, eq=False):
    of: Node
    key: Node


class Call(Node, frozen=True, eq=False):
    function: Node
    arguments: tuple[Node, ...] = ()
    keywords: tuple[tuple[str, Node], ...] = ()
    """An empty name: a mapping that is spread."""
    new: bool = False


class Mapping(Node, frozen=True, eq=False):
    entries: tuple[tuple[Node | None, Node], ...]
    """No key: a mapping that is spread."""


class Sequence(Node, frozen=True, eq=False):
    items: tuple[Node, ...]


class Spread(Node, frozen=True, eq=False):
    """The elements of a list among arguments or elements."""

    of: Node


class Plus(Node, frozen=True, eq=False):
    left: Node
    right: Node


class Either(Node, frozen=True, eq=False):
    """One of several: a conditional expression, `or`, `and`."""

    options: tuple[Node, ...]
    conditions: tuple[Node, ...] = ()


class Element(Node, frozen=True, eq=False):
    """Some element of what is gone through: what a loop's variable is."""

    of: Node
    keys: bool = False


class Without(Node, frozen=True, eq=False):
    """What is left of a mapping without some keys: `const {a, ...rest} = x`."""

    of: Node
    keys: tuple[str, ...]


class Several(Node, frozen=True, eq=False):
    """Only what these call matters; the value is not known, or that of the last."""

    parts: tuple[Node, ...]
    last: bool = False


class Import(Node, frozen=True, eq=False):
    """A module, or a name of it. `level` counts the leading dots of Python."""

    module: str
    name: str = ""
    level: int = 0
    whole: bool = False
    """The module itself, even where a dotted name binds its first part only."""


class Parameter(msgspec.Struct, frozen=True, eq=False):
    name: str
    default: Node | None = None
    rest: str = ""
    """`*` takes all further arguments, `**` all further keywords."""
    pattern: tuple[Statement, ...] = ()
    """JavaScript: what destructures the parameter."""


class Function(Node, frozen=True, eq=False):
    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    method: str = ""
    """In a class: ``, `static`, `class`, `property`."""
    own_this: bool = True
    """Whether `this` inside is the caller's object; an arrow function has that around it."""


class Class(Node, frozen=True, eq=False):
    name: str
    bases: tuple[Node, ...]
    body: tuple[Statement, ...]
    fields: tuple[tuple[str, Node], ...] = ()
    """JavaScript: what is set on each instance before the constructor runs."""


class Comprehension(Node, frozen=True, eq=False):
    """The bindings of its loops, and what it gives for each."""

    body: tuple[Statement, ...]
    result: tuple[Node, ...]


# -- statements ----------------------------------------------------------------------------------------------------------


class Statement(Node, frozen=True, eq=False):
    """Base of statements."""


class Bind(Statement, frozen=True, eq=False):
    """`target = value`; a name, an attribute or an item."""

    target: Node
    value: Node
    declares: bool = True
    """Whether it makes the name in this scope; else it sets the one that is there."""
    adds: bool = False
    """`+=`"""


class Do(Statement, frozen=True, eq=False):
    value: Node


class Return(Statement, frozen=True, eq=False):
    value: Node | None
    leaves: bool = True
    """False for `yield`, which goes on."""


class Stop(Statement, frozen=True, eq=False):
    """`raise`, `throw`: what follows in the block is not done."""

    value: Node | None = None


class Branch(Statement, frozen=True, eq=False):
    """One of the blocks is done; `loops`: none, or one of them some times."""

    test: tuple[Node, ...]
    blocks: tuple[tuple[Statement, ...], ...]
    loops: bool = False


class Block(Statement, frozen=True, eq=False):
    """Statements with names of their own."""

    body: tuple[Statement, ...]


class Program(msgspec.Struct, frozen=True, eq=False):
    """One module."""

    body: tuple[Statement, ...]
    problem: Problem | None = None
    """A part that could not be read, where the rest was."""
