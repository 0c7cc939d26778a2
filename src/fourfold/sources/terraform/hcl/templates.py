"""Templates: quoted strings, heredocs, and files that are templates.

A template is first cut into a row of pieces - literal texts, one a line where lines count, interpolations, directives -
so that `~` and the indentation of a `<<-` heredoc are taken off as HCL does: from the one piece beside, whatever it
belongs to. Then the directives are put together.
Source: HCL Native Syntax Specification, "Templates"; compared with the terraform program.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from fourfold.sources.terraform.hcl.faults import DEPTH_MAX, Fault
from fourfold.sources.terraform.hcl.syntax import Expr, For, If, Literal, Part, Template

if TYPE_CHECKING:
    from fourfold.sources.terraform.hcl.parser import Parser

_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_BEFORE = re.compile(f"[{_SPACE}]+\\Z")
_BEHIND = re.compile(f"[{_SPACE}]+")
_QUOTED = re.compile(r'(?:[^"\\$%\n]+|\\.|\$\$\{|%%\{|\$(?!\{)|%(?!\{))+')
_LINE = re.compile(r"(?:[^$%\n]+|\$\$\{|%%\{|\$(?!\{)|%(?!\{))*(?:\n|(?=[$%]\{)|\Z)")
_HEREDOC = re.compile(r"<<(-?)([^\W\d][\w-]*)[ \t\r]*\n")
_ESCAPE = re.compile(r"\\(?:([nrt\"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


class _Directive(NamedTuple):
    """The beginning, middle or end of a directive."""

    word: str
    start: int
    end: int
    key: str = ""
    name: str = ""
    of: Expr | None = None
    """What is asked (`if`) or gone through (`for`)."""


_Piece = str | Expr | _Directive


def quoted(parser: Parser) -> Expr:
    """A quoted string; the position is at its opening quote, afterwards behind the closing one."""
    start = parser.at
    parser.at += 1
    pieces = _pieces(parser, len(parser.text), quoted=True)
    parser.expect('"')
    return _template(start, parser.at, _assembled(pieces))


def template(parser: Parser, end: int) -> tuple[Part, ...]:
    """The parts of a text that is a template up to `end`."""
    return _assembled(_pieces(parser, end, quoted=False))


def heredoc(parser: Parser) -> Expr:
    """A heredoc, up to the end of the line of its closing word."""
    start, text = parser.at, parser.text
    found = _HEREDOC.match(text, start)
    if found is None:
        raise parser.fault("a value")
    closing = re.compile(rf"[ \t]*{re.escape(found[2])}[ \t\r]*$", re.MULTILINE)
    parser.at = found.end()
    if re.compile(rf"^{closing.pattern}", re.MULTILINE).search(text, parser.at) is None:
        raise Fault(start, f"`<<{found[2]}` is never closed")
    pieces = _pieces(parser, len(text), quoted=False, closing=closing)
    end = closing.match(text, parser.at)
    if end is None:
        raise Fault(start, f"`<<{found[2]}` is never closed")
    parser.at = end.end()
    if found[1]:
        _dedent(pieces)
    return _template(start, parser.at, _assembled(pieces), is_heredoc=True)


def _template(start: int, end: int, parts: tuple[Part, ...], *, is_heredoc: bool = False) -> Expr:
    if not parts:
        return Literal(start, end, "")
    if len(parts) == 1 and isinstance(parts[0], str):
        return Literal(start, end, normal(parts[0]))
    return Template(start, end, parts, is_heredoc)


def normal(text: str) -> str:
    """Text in normal form C, as Terraform keeps all texts."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


# -- pieces ------------------------------------------------------------------------------------------------------------


def _pieces(parser: Parser, end: int, *, quoted: bool, closing: re.Pattern[str] | None = None) -> list[_Piece]:
    """The pieces up to the closing quote, the closing line, or `end`."""
    text, literal = parser.text, _QUOTED if quoted else _LINE
    pieces: list[_Piece] = []
    parser.deeper()
    trim = False
    fresh = True
    while parser.at < end:
        if fresh and closing is not None and closing.match(text, parser.at):
            break
        found = literal.match(text, parser.at, end)
        if found is not None and found[0]:
            parser.at = found.end()
            piece = _said(found[0], found.start(), quoted=quoted)
            pieces.append(_BEHIND.sub("", piece, count=1) if trim and _BEHIND.match(piece) else piece)
            fresh = found[0].endswith("\n")
            trim = False
            continue
        two = text[parser.at : parser.at + 2]
        if two not in ("${", "%{"):
            break
        start = parser.at
        parser.at += 2
        if parser.eat("~") and pieces and isinstance(last := pieces[-1], str):
            pieces[-1] = _BEFORE.sub("", last)
        pieces.append(_interpolation(parser) if two == "${" else _directive(parser, start))
        trim = parser.eat("~")
        parser.expect("}")
        fresh = False
        if two == "%{":
            pieces[-1] = pieces[-1]._replace(end=parser.at)  # type: ignore[union-attr]
    parser.depth -= 1
    return pieces


def _said(piece: str, at: int, *, quoted: bool) -> str:
    """A literal text without its escapes."""
    if "{" in piece:
        piece = piece.replace("$${", "${").replace("%%{", "%{")
    return unescape(piece, at) if quoted and "\\" in piece else piece


def _interpolation(parser: Parser) -> Expr:
    found = parser.expression(0, lines=True)
    parser.skip_lines()
    return found


def _directive(parser: Parser, start: int) -> _Directive:
    parser.skip_lines()
    word = parser.word()
    out = _Directive(word, start, start)
    if word == "if":
        out = out._replace(of=parser.expression(0, lines=True))
    elif word == "for":
        parser.skip_lines()
        key, name, of = parser.loop_head()
        out = out._replace(key=key, name=name, of=of)
    elif word not in ("else", "endif", "endfor"):
        raise Fault(start, f"`{word}` is no template directive")
    parser.skip_lines()
    return out


def _dedent(pieces: list[_Piece]) -> None:
    """`<<-`: the indentation that all lines share is taken off; lines that are empty do not count, and stay as they are."""
    lines: list[int] = []
    width = -1
    fresh = True
    for at, piece in enumerate(pieces):
        spaces = 0
        if fresh:
            found = _BEHIND.match(piece) if isinstance(piece, str) else None
            spaces = found.end() if found else 0
            if isinstance(piece, str) and spaces == len(piece) and piece.endswith("\n"):
                continue
            lines.append(at)
            width = spaces if width < 0 else min(width, spaces)
        fresh = isinstance(piece, str) and piece.endswith("\n")
    for at in lines if width > 0 else ():
        line = pieces[at]
        assert isinstance(line, str)
        pieces[at] = line[width:]


# -- the tree ----------------------------------------------------------------------------------------------------------


def _assembled(pieces: list[_Piece]) -> tuple[Part, ...]:
    """The parts of a template, the directives put together."""
    parts, at, _ = _parts(pieces, 0, (), 0)
    if at < len(pieces):
        stray = pieces[at]
        assert isinstance(stray, _Directive)
        raise Fault(stray.start, f"`%{{ {stray.word} }}` without its beginning")
    return parts


def _parts(
    pieces: list[_Piece], at: int, stops: tuple[str, ...], depth: int
) -> tuple[tuple[Part, ...], int, _Directive | None]:
    """(parts, position behind them, the directive that ends them)."""
    out: list[Part] = []
    run: list[str] = []
    while at < len(pieces):
        piece = pieces[at]
        if isinstance(piece, str):
            run.append(piece)
            at += 1
            continue
        if run and (whole := "".join(run)):
            out.append(whole)
        run = []
        if not isinstance(piece, _Directive):
            out.append(piece)
            at += 1
        elif piece.word in ("if", "for"):
            if depth >= DEPTH_MAX:
                raise Fault(piece.start, f"nested deeper than {DEPTH_MAX} levels")
            part, at = _block(pieces, at, piece, depth)
            out.append(part)
        elif piece.word in stops:
            return tuple(out), at + 1, piece
        else:
            return tuple(out), at, None
    if run and (whole := "".join(run)):
        out.append(whole)
    return tuple(out), at, None


def _block(pieces: list[_Piece], at: int, begin: _Directive, depth: int) -> tuple[Part, int]:
    assert begin.of is not None
    if begin.word == "for":
        body, at, last = _parts(pieces, at + 1, ("endfor",), depth + 1)
        if last is None:
            raise Fault(begin.start, "`%{ for }` without `%{ endfor }`")
        return For(begin.start, last.end, begin.key, begin.name, begin.of, body), at
    then, at, last = _parts(pieces, at + 1, ("else", "endif"), depth + 1)
    otherwise: tuple[Part, ...] = ()
    if last is not None and last.word == "else":
        otherwise, at, last = _parts(pieces, at, ("endif",), depth + 1)
    if last is None:
        raise Fault(begin.start, "`%{ if }` without `%{ endif }`")
    return If(begin.start, last.end, begin.of, then, otherwise), at


def unescape(text: str, at: int) -> str:
    """Resolve backslash escapes. Raises `Fault` where one is unknown."""

    def one(found: re.Match[str]) -> str:
        if found[1]:
            return _ESCAPES[found[1]]
        code = int(found[2] or found[3], 16)
        if code > 0x10FFFF or 0xD800 <= code < 0xE000:
            raise Fault(at, "an escape in a string names no character")
        return chr(code)

    if "\\" in _ESCAPE.sub("", text):
        raise Fault(at, "a backslash in a string is followed by something that is no escape")
    return _ESCAPE.sub(one, text)
