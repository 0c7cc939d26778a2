"""The syntax tree of HCL native syntax: every node knows its first and its one-past-last character.

Source: HCL Native Syntax Specification, https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md. The same tree is
made from JSON syntax, so the evaluator knows one language.
"""

from __future__ import annotations

import msgspec


class Node(msgspec.Struct, frozen=True, gc=False):
    """Base of all nodes."""

    start: int
    end: int


class Expr(Node, frozen=True, gc=False):
    """Base of all expressions."""


class Literal(Expr, frozen=True, gc=False):
    """A number, boolean, null, or a string without interpolation."""

    value: str | int | float | bool | None


class LongNumber(Literal, frozen=True, gc=False):
    """A number of which `value` is only the nearest that Python has."""

    text: str


class Template(Expr, frozen=True, gc=False):
    """A string with interpolations and directives. A single interpolation alone keeps the type of its value."""

    parts: tuple[Part, ...]
    heredoc: bool = False


class If(Node, frozen=True, gc=False):
    """`%{ if c }...%{ else }...%{ endif }`."""

    condition: Expr
    then: tuple[Part, ...]
    otherwise: tuple[Part, ...]


class For(Node, frozen=True, gc=False):
    """`%{ for k, v in c }...%{ endfor }`."""

    key: str
    value: str
    collection: Expr
    body: tuple[Part, ...]


Part = str | Expr | If | For


class Name(Expr, frozen=True, gc=False):
    """The root of a traversal: `var`, `aws_s3_bucket`, a `for` variable."""

    name: str


class Attribute(Expr, frozen=True, gc=False):
    """`of.name`; a legacy index `of.0` has a number as its name."""

    of: Expr
    name: str


class Index(Expr, frozen=True, gc=False):
    """`of[key]`."""

    of: Expr
    key: Expr


class Splat(Expr, frozen=True, gc=False):
    """`of[*]` or `of.*`; `each` is applied to a `Name("*")` that stands for the element."""

    of: Expr
    each: Expr
    full: bool


class Call(Expr, frozen=True, gc=False):
    """`name(arguments)`; `expand`: the last one is followed by `...`."""

    name: str
    arguments: tuple[Expr, ...]
    expand: bool


class Unary(Expr, frozen=True, gc=False):
    operator: str
    of: Expr


class Binary(Expr, frozen=True, gc=False):
    operator: str
    left: Expr
    right: Expr


class Conditional(Expr, frozen=True, gc=False):
    condition: Expr
    yes: Expr
    no: Expr


class Tuple(Expr, frozen=True, gc=False):
    items: tuple[Expr, ...]


class Object(Expr, frozen=True, gc=False):
    """Keys are expressions: a bare word is a `Literal`, `(x)` is `Parens`."""

    items: tuple[tuple[Expr, Expr], ...]


class ForTuple(Expr, frozen=True, gc=False):
    """`[for k, v in collection : value if condition]`; `key` is empty where there is one variable."""

    key: str
    name: str
    collection: Expr
    value: Expr
    condition: Expr | None


class ForObject(Expr, frozen=True, gc=False):
    """`{for k, v in collection : key_of => value if condition}`; `grouped`: `...` behind the value."""

    key: str
    name: str
    collection: Expr
    key_of: Expr
    value: Expr
    condition: Expr | None
    grouped: bool


class Parens(Expr, frozen=True, gc=False):
    of: Expr


class Assignment(Node, frozen=True, gc=False):
    """`name = value`; it starts where its name does."""

    name: str
    value: Expr


class Block(Node, frozen=True, gc=False):
    """`type "label" { ... }`."""

    type: str
    labels: tuple[str, ...]
    body: Body


class Body(Node, frozen=True, gc=False):
    """What stands between braces, or the whole file."""

    attributes: dict[str, Assignment]
    blocks: tuple[Block, ...]
