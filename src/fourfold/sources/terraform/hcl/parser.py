"""HCL native syntax to a syntax tree: a regular expression as lexer and precedence climbing (Pratt, "Top Down Operator
Precedence", 1973) for expressions.

Errors are recovered per block: what cannot be parsed becomes a problem, and parsing goes on behind the block that is
broken.
"""

from __future__ import annotations

import re
from typing import Any

from fourfold.model.place import Problem, Source
from fourfold.sources.terraform.hcl.faults import DEPTH_MAX, Fault
from fourfold.sources.terraform.hcl.syntax import (
    Assignment,
    Attribute,
    Binary,
    Block,
    Body,
    Call,
    Conditional,
    Expr,
    ForObject,
    ForTuple,
    Index,
    Literal,
    LongNumber,
    Name,
    Object,
    Parens,
    Splat,
    Template,
    Tuple,
    Unary,
)
from fourfold.sources.terraform.hcl.templates import heredoc, normal, quoted, template, unescape

STEPS_MAX = 200
"""Steps of one traversal (`a.b[0].c`), and operators in one row."""
_BLANKS = frozenset(" \t\r#/")
"""With what white space or a comment begins."""
_ENDS = frozenset(",)]}")
"""With what no expression goes on."""
FAULTS_MAX = 50
"""Broken blocks of one file."""

_IDENTIFIER = r"[^\W\d][\w-]*"
_BLANK = r"(?:[ \t\r]|\#[^\n]*|//[^\n]*|/\*.*?\*/)*"
_SPACE = re.compile(_BLANK, re.DOTALL)
_SPACE_LINES = re.compile(r"(?:\s|\#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_WORD = re.compile(_IDENTIFIER)
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LEGACY_INDEX = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_DIGITS = re.compile(r"[0-9]+")
_PLAIN_STRING = re.compile(r'"([^"\\$%\n]*)"')
_OPERATOR = re.compile(r"\|\||&&|==|!=|<=|>=|[-+*/%<>]")
_STATEMENT = re.compile(rf"({_IDENTIFIER}){_BLANK}(=(?![=>])|(?=[\"{{\w]))", re.DOTALL)
_LABEL = re.compile(rf'({_IDENTIFIER})|"((?:[^"\\\n]|\\.)*)"')
_ATOM = rf'[ \t]*(?:"([^"\\$%\n]*)"|({_IDENTIFIER}(?:\.{_IDENTIFIER})*)|((?!-0)-?[0-9]{{1,18}})\b(?![.eE0-9]))[ \t]*'
"""Most expressions: one literal, or a traversal as `var.name`."""
_LINE_ATOM = re.compile(_ATOM + r"(?=\r?\n|[,)\]}])")
_OPEN_ATOM = re.compile(_ATOM + r"(?=[,)\]}])")
"""Inside brackets an expression may go on in the next line."""
_KEY = re.compile(rf'(?:({_IDENTIFIER})|"([^"\\$%\n]*)")[ \t]*(?==(?![=>])|:(?!:))')
"""Most keys of objects."""
_BLOCK_START = re.compile(rf"^{_IDENTIFIER}[ \t]*(?:[\"{{\w=])", re.MULTILINE)

_DIGITS_MAX = 4000
_WHOLE_DIGITS = 150
"""Whole numbers of fewer digits are exact in 512 bits."""
_POWER = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
_KEYWORDS: dict[str, Any] = {"true": True, "false": False, "null": None}


def parse(source: Source) -> tuple[Body, list[Problem]]:
    """The body of a file; broken top-level blocks are left out and said."""
    parser = Parser(source.text)
    body, faults = parser.file()
    return body, [Problem(source.path, source.position(f.at)[0], f"not valid HCL: {f}") for f in faults]


def parse_expression(text: str) -> Expr:
    """One expression that is the whole text. Raises `Fault`."""
    parser = Parser(text)
    expr = parser.expression(0, lines=True)
    parser.skip_lines()
    if parser.at != len(text):
        raise Fault(parser.at, f"unexpected `{parser.near()}` after the expression")
    return expr


def parse_template(text: str) -> Template:
    """A string as `templatefile` and JSON syntax have it: everything outside `${` and `%{` is literal."""
    parser = Parser(text)
    return Template(0, len(text), template(parser, len(text)))


class Parser:
    """A position in a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    # -- the lexer's part ------------------------------------------------------------------------------------------

    def skip(self) -> None:
        if self.text[self.at : self.at + 1] in _BLANKS:
            self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]

    def skip_lines(self) -> None:
        char = self.text[self.at : self.at + 1]
        if char in _BLANKS or char.isspace():
            self.at = _SPACE_LINES.match(self.text, self.at).end()  # type: ignore[union-attr]

    def space(self, *, lines: bool) -> None:
        if lines:
            self.skip_lines()
        else:
            self.skip()

    def near(self) -> str:
        return self.text[self.at : self.at + 12].split("\n")[0] or "end of line"

    def fault(self, wanted: str) -> Fault:
        return Fault(self.at, f"expected {wanted}, found `{self.near()}`")

    def eat(self, mark: str) -> bool:
        if self.text.startswith(mark, self.at):
            self.at += len(mark)
            return True
        return False

    def expect(self, mark: str) -> None:
        if not self.eat(mark):
            raise self.fault(f"`{mark}`")

    def word(self) -> str:
        found = _WORD.match(self.text, self.at)
        if found is None:
            raise self.fault("a name")
        self.at = found.end()
        return found[0]

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise Fault(self.at, f"nested deeper than {DEPTH_MAX} levels")

    # -- structure ---------------------------------------------------------------------------------------------------

    def file(self) -> tuple[Body, list[Fault]]:
        attributes: dict[str, Assignment] = {}
        blocks: list[Block] = []
        faults: list[Fault] = []
        while True:
            self.skip_lines()
            if self.at >= len(self.text):
                return Body(0, len(self.text), attributes, tuple(blocks)), faults
            start = self.at
            self.depth = 0
            try:
                self.statement(attributes, blocks)
            except Fault as fault:
                faults.append(fault)
                if len(faults) >= FAULTS_MAX:
                    faults.append(Fault(start, f"more than {FAULTS_MAX} faults; the rest of the file is not read"))
                    return Body(0, len(self.text), attributes, tuple(blocks)), faults
                self.at = self.after_broken(start, fault.at)

    def after_broken(self, start: int, at: int) -> int:
        """The next line that begins, at its first column, with something like a block."""
        line = self.text.find("\n", start)
        found = _BLOCK_START.search(self.text, max(line, start + 1))
        while found is not None and found.start() < at and found.start() <= start:
            found = _BLOCK_START.search(self.text, found.end())
        return found.start() if found else len(self.text)

    def statement(self, attributes: dict[str, Assignment], blocks: list[Block]) -> None:
        found = _STATEMENT.match(self.text, self.at)
        if found is None:
            raise self.fault("an argument or a block")
        start, name = self.at, found[1]
        self.at = found.end()
        if found[2]:
            value = self.expression(0, lines=False)
            if self.text[self.at : self.at + 1] != "\n":
                self.end_of_statement()
            if name in attributes:
                raise Fault(start, f"argument `{name}` is set twice")
            attributes[name] = Assignment(start, value.end, name, value)
            return
        blocks.append(self.block(start, name))

    def end_of_statement(self) -> None:
        self.skip()
        if self.at < len(self.text) and self.text[self.at] not in "\n}":
            raise self.fault("a new line")

    def block(self, start: int, name: str) -> Block:
        labels: list[str] = []
        self.skip()
        while not self.eat("{"):
            found = _LABEL.match(self.text, self.at)
            if found is None:
                raise self.fault("a label or `{`")
            labels.append(found[1] or unescape(found[2] or "", self.at))
            self.at = found.end()
            self.skip()
        body = self.body()
        return Block(start, self.at, name, tuple(labels), body)

    def body(self) -> Body:
        start = self.at - 1
        self.deeper()
        attributes: dict[str, Assignment] = {}
        blocks: list[Block] = []
        while True:
            self.skip_lines()
            if self.eat("}"):
                self.depth -= 1
                return Body(start, self.at, attributes, tuple(blocks))
            if self.at >= len(self.text):
                raise Fault(start, "`{` is never closed")
            self.statement(attributes, blocks)

    # -- expressions -------------------------------------------------------------------------------------------------

    def expression(self, power: int, *, lines: bool) -> Expr:
        """An expression of at least this binding power; `lines`: inside brackets, where lines may break."""
        found = (_OPEN_ATOM if lines else _LINE_ATOM).match(self.text, self.at)
        if found is not None and (atom := self.atom(found)) is not None:
            return atom
        self.deeper()
        self.space(lines=lines)
        left = self.unary(lines=lines)
        mark = self.at
        if self.text[mark : mark + 1] in _ENDS:
            self.depth -= 1
            return left
        for _ in range(STEPS_MAX):
            mark = self.at
            self.space(lines=lines)
            found = _OPERATOR.match(self.text, self.at)
            strength = _POWER[found[0]] if found else 0
            if found is None or strength <= power:
                break
            self.at = found.end()
            right = self.expression(strength, lines=lines)
            left = Binary(left.start, right.end, found[0], left, right)
        else:
            raise Fault(self.at, f"more than {STEPS_MAX} operators in one row")
        if power == 0 and self.text.startswith("?", self.at):
            self.at += 1
            yes = self.expression(0, lines=lines)
            self.space(lines=lines)
            self.expect(":")
            no = self.expression(0, lines=lines)
            left = Conditional(left.start, no.end, left, yes, no)
        else:
            self.at = mark
        self.depth -= 1
        return left

    def atom(self, found: re.Match[str]) -> Expr | None:
        """The literal or the traversal that a whole expression is."""
        text, words, number = found.groups()
        if text is not None:
            start, end = found.span(1)
            self.at = found.end()
            return Literal(start - 1, end + 1, normal(text))
        if number is not None:
            start, end = found.span(3)
            self.at = found.end()
            return Literal(start, end, int(number))
        if words.count(".") > STEPS_MAX:
            return None
        begin = found.start(2)
        self.at = found.end()
        first, *rest = words.split(".")
        at = begin + len(first)
        if first in _KEYWORDS and not rest:
            return Literal(begin, at, _KEYWORDS[first])
        out: Expr = Literal(begin, at, _KEYWORDS[first]) if first in _KEYWORDS else Name(begin, at, first)
        for name in rest:
            at += 1 + len(name)
            out = Attribute(begin, at, out, name)
        return out

    def unary(self, *, lines: bool) -> Expr:
        start = self.at
        operator = self.text[start : start + 1]
        if operator not in ("!", "-"):
            return self.postfix(self.primary(), lines=lines)
        self.at += 1
        self.deeper()
        self.space(lines=lines)
        of = self.unary(lines=lines)
        self.depth -= 1
        if operator == "-" and type(of) is Literal and type(of.value) in (int, float) and of.value:
            return Literal(start, of.end, -of.value)  # type: ignore[operator]
        return Unary(start, of.end, operator, of)

    def primary(self) -> Expr:
        start = self.at
        char = self.text[start : start + 1]
        if char == '"':
            found = _PLAIN_STRING.match(self.text, start)
            if found is not None:
                self.at = found.end()
                return Literal(start, self.at, normal(found[1]))
            return quoted(self)
        found = _NUMBER.match(self.text, start)
        if found is not None:
            self.at = found.end()
            return number(found[0], start)
        if char == "(":
            self.at += 1
            of = self.expression(0, lines=True)
            self.skip_lines()
            self.expect(")")
            return Parens(start, self.at, of)
        if char == "[":
            return self.brackets()
        if char == "{":
            return self.object()
        if char == "<":
            return heredoc(self)
        found = _WORD.match(self.text, start)
        if found is None:
            raise self.fault("a value")
        return self.named(found[0], start)

    def named(self, name: str, start: int) -> Expr:
        self.at = start + len(name)
        if name in _KEYWORDS:
            return Literal(start, self.at, _KEYWORDS[name])
        while self.text.startswith("::", self.at):
            self.at += 2
            name = f"{name}::{self.word()}"
        mark = self.at
        self.skip()
        if not self.eat("("):
            self.at = mark
            return Name(start, mark, name)
        arguments: list[Expr] = []
        expand = False
        self.deeper()
        while True:
            self.skip_lines()
            if self.eat(")"):
                break
            arguments.append(self.expression(0, lines=True))
            self.skip_lines()
            if self.eat("..."):
                expand = True
                self.skip_lines()
                self.eat(",")
                self.skip_lines()
                self.expect(")")
                break
            if not self.eat(",") and not self.text.startswith(")", self.at):
                raise self.fault("`,` or `)`")
        self.depth -= 1
        return Call(start, self.at, name, tuple(arguments), expand)

    def postfix(self, left: Expr, *, lines: bool) -> Expr:
        for _ in range(STEPS_MAX):
            mark = self.at
            if self.text[mark : mark + 1] in _ENDS:
                return left
            if self.eat("["):
                left = self.index(left)
                continue
            # A traversal may go on after white space, and inside brackets on the next line.
            self.space(lines=lines)
            char = self.text[self.at : self.at + 1]
            if char == "[" and "\n" not in self.text[mark : self.at] and not lines:
                continue
            if char != "." or self.text.startswith("...", self.at):
                self.at = mark
                return left
            self.at += 1
            self.space(lines=lines)
            if self.eat("*"):
                left = self.splat(left, full=False)
                continue
            number_ = _LEGACY_INDEX.match(self.text, self.at)
            if number_:
                self.at = number_.end()
                for part in number_[0].split("."):
                    left = Attribute(left.start, self.at, left, part)
                continue
            left = Attribute(left.start, self.at + len(name := self.word()), left, name)
        raise Fault(self.at, f"a traversal has more than {STEPS_MAX} steps")

    def index(self, left: Expr) -> Expr:
        self.skip_lines()
        if self.eat("*"):
            self.skip_lines()
            self.expect("]")
            return self.splat(left, full=True)
        key = self.expression(0, lines=True)
        self.skip_lines()
        self.expect("]")
        return Index(left.start, self.at, left, key)

    def splat(self, left: Expr, *, full: bool) -> Expr:
        """The traversal behind a splat applies to each element; behind `.*` only attributes do."""
        each: Expr = Name(self.at, self.at, "*")
        while True:
            if self.text.startswith(".", self.at) and not self.text.startswith("...", self.at):
                mark = self.at
                self.at += 1
                if self.text.startswith("*", self.at):
                    if not full:
                        self.at = mark
                        break
                    self.at += 1
                    each = self.splat(each, full=False)
                    continue
                digits = _DIGITS.match(self.text, self.at)
                name = digits[0] if digits else self.word()
                self.at += len(name) if digits else 0
                each = Attribute(each.start, self.at, each, name)
            elif full and self.text.startswith("[", self.at):
                self.at += 1
                each = self.index(each)
            else:
                break
        return Splat(left.start, self.at, left, each, full)

    def brackets(self) -> Expr:
        start = self.at
        self.at += 1
        self.deeper()
        self.skip_lines()
        loop = self.loop(start)
        if loop is not None:
            self.depth -= 1
            return loop
        items: list[Expr] = []
        while not self.eat("]"):
            items.append(self.expression(0, lines=True))
            self.skip_lines()
            if not self.eat(",") and not self.text.startswith("]", self.at):
                raise self.fault("`,` or `]`")
            self.skip_lines()
        self.depth -= 1
        return Tuple(start, self.at, tuple(items))

    def object(self) -> Expr:
        start = self.at
        self.at += 1
        self.deeper()
        self.skip_lines()
        loop = self.loop(start)
        if loop is not None:
            self.depth -= 1
            return loop
        items: list[tuple[Expr, Expr]] = []
        while not self.eat("}"):
            key = self.key()
            value = self.expression(0, lines=False)
            items.append((key, value))
            self.skip()
            if not self.eat(",") and self.text[self.at : self.at + 1] not in ("\n", "}"):
                raise self.fault("`,`, a new line or `}`")
            self.skip_lines()
        self.depth -= 1
        return Object(start, self.at, tuple(items))

    def key(self) -> Expr:
        """A key of an object, with the mark behind it."""
        found = _KEY.match(self.text, self.at)
        if found is not None:
            start, end = self.at, found.end(1) if found[1] else found.end(2) + 1
            self.at = found.end() + 1
            return Literal(start, end, found[1] or normal(found[2]))
        key = self.expression(0, lines=False)
        if isinstance(key, Name):
            key = Literal(key.start, key.end, key.name)
        elif isinstance(key, Literal) and not isinstance(key.value, str):
            key = Literal(key.start, key.end, self.text[key.start : key.end])
        self.skip_lines()
        if not self.eat("=") and not self.eat(":"):
            raise self.fault("`=` or `:`")
        return key

    def loop(self, start: int) -> Expr | None:
        """A `for` expression, if there is one behind the bracket."""
        mark = self.at
        found = _WORD.match(self.text, mark)
        if found is None or found[0] != "for":
            return None
        self.at = found.end()
        self.skip_lines()
        if _WORD.match(self.text, self.at) is None:
            self.at = mark
            return None
        key, name, collection = self.loop_head()
        self.skip_lines()
        self.expect(":")
        first = self.expression(0, lines=True)
        self.skip_lines()
        if self.text[start] == "[":
            condition = self.loop_condition()
            self.expect("]")
            return ForTuple(start, self.at, key, name, collection, first, condition)
        self.expect("=>")
        value = self.expression(0, lines=True)
        self.skip_lines()
        grouped = self.eat("...")
        self.skip_lines()
        condition = self.loop_condition()
        self.expect("}")
        return ForObject(start, self.at, key, name, collection, first, value, condition, grouped)

    def loop_head(self) -> tuple[str, str, Expr]:
        key, name = "", self.word()
        self.skip_lines()
        if self.eat(","):
            self.skip_lines()
            key, name = name, self.word()
            self.skip_lines()
        if self.word() != "in":
            raise self.fault("`in`")
        return key, name, self.expression(0, lines=True)

    def loop_condition(self) -> Expr | None:
        found = _WORD.match(self.text, self.at)
        if found is None or found[0] != "if":
            return None
        self.at = found.end()
        condition = self.expression(0, lines=True)
        self.skip_lines()
        return condition


def number(text: str, start: int) -> Literal:
    """A number; one that Python's numbers do not hold keeps its text. Raises `Fault` for one that is too large."""
    end = start + len(text)
    if len(text) < 19 and text.isdecimal():
        return Literal(start, end, int(text))
    from decimal import Decimal

    try:
        value = Decimal(text)
        if not -_DIGITS_MAX < value.adjusted() < _DIGITS_MAX or len(text) > 2 * _DIGITS_MAX:
            raise Fault(start, "a number is too large")
        if value == value.to_integral_value() and value.adjusted() < _WHOLE_DIGITS:
            return Literal(start, end, int(value))
    except ArithmeticError:
        raise Fault(start, "a number is too large") from None
    nearest = float(text)
    if Decimal(repr(nearest)) == value:
        return Literal(start, end, nearest)
    return LongNumber(start, end, nearest, text)


__all__ = ["Fault", "Parser", "parse", "parse_expression", "parse_template"]
