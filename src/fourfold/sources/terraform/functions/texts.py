"""Text. Source: Terraform language documentation, "String Functions" and the specification of Go's `fmt` verbs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from fourfold.model.value import Known, Map, Seq, Text, Value
from fourfold.sources.terraform.evaluate.expressions import joined
from fourfold.sources.terraform.evaluate.kinds import (
    Invalid,
    elements_of,
    is_null,
    is_unknown,
    known,
    listed,
    number_text,
    to_number,
    to_string,
    unknown,
    wholly_known,
)
from fourfold.sources.terraform.functions.calling import first_reason, simple

_SPACES = " \t\n\v\f\r\x85\xa0"


def pattern(text: str) -> re.Pattern[str]:
    """A regular expression of Go's RE2 dialect. Raises `Invalid` for what it does not take."""
    if re.search(r"\(\?[=!<](?![A-Za-z])|\\[1-9]", text):
        raise Invalid("the regular expression uses look-around or a back reference, which Terraform does not know")
    converted = re.sub(r"\(\?P?<([A-Za-z_]\w*)>", r"(?P<\1>", text).replace(r"\z", r"\Z")
    for name, chars in (("alpha", "A-Za-z"), ("digit", "0-9"), ("alnum", "A-Za-z0-9"), ("upper", "A-Z"),
                        ("lower", "a-z"), ("space", r"\s"), ("word", r"\w"), ("xdigit", "0-9A-Fa-f"), ("punct", r"!-/:-@\[-`{-~")):  # fmt: skip
        converted = converted.replace(f"[:{name}:]", chars)
    try:
        return re.compile(converted, re.ASCII)
    except re.error as error:
        raise Invalid(f"the regular expression is not valid: {error.msg}") from None


def _captures(found: re.Match[str]) -> Any:
    if found.re.groupindex:
        return {name: found[name] for name in found.re.groupindex}
    return list(found.groups()) if found.re.groups else found[0]


def _regex(expression: str, text: str) -> Any:
    found = pattern(expression).search(text)
    if found is None:
        raise Invalid("the regular expression does not match")
    captures = _captures(found)
    return tuple(captures) if isinstance(captures, list) else captures


def _regexall(expression: str, text: str) -> Any:
    return [_captures(found) for found in pattern(expression).finditer(text)]


def _replace(text: str, old: str, new: str) -> str:
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        replacement = re.sub(
            r"\$(?:\{(\w+)\}|(\w+))|\\", lambda m: rf"\g<{m[1] or m[2]}>" if m[1] or m[2] else r"\\", new
        )
        try:
            return pattern(old[1:-1]).sub(replacement, text)
        except (re.error, IndexError):
            return pattern(old[1:-1]).sub("", text)
    return text.replace(old, new)


def _title(text: str) -> str:
    return re.sub(r"(^|\W)([^\W_])", lambda m: m[1] + m[2].upper(), text)


def _substr(text: str, offset: float, length: float) -> str:
    start = int(offset)
    if start < 0:
        start += len(text)
    if start >= len(text) or start < 0:
        if start < 0:
            raise Invalid("the offset is before the beginning of the text")
        return ""
    return text[start:] if length == -1 else text[start : start + int(length)]


def _indent(spaces: float, text: str) -> str:
    return text.replace("\n", "\n" + " " * int(spaces))


def _edge(side: str) -> Callable[..., Value]:
    """`startswith` and `endswith` answer from the known parts of a text."""

    def call(*arguments: Value) -> Value:
        if len(arguments) != 2:
            raise Invalid("two arguments are needed")
        text, part = to_string(arguments[0]), to_string(arguments[1])
        if is_null(text) or is_null(part):
            raise Invalid("an argument is null")
        if not isinstance(part, Known):
            return unknown(part.reason)
        answer = None if is_unknown(text) else text._edge(str(part.value), side)
        return unknown(text.reason) if answer is None else known(answer)

    return call


def _join(*arguments: Value) -> Value:
    if len(arguments) < 2:
        raise Invalid("a separator and a list are needed")
    separator = to_string(arguments[0])
    pieces: list[str | Value] = []
    for sequence in arguments[1:]:
        if is_unknown(sequence):
            return unknown(sequence.reason)
        if not isinstance(sequence, Seq):
            raise Invalid("`join` needs a list of strings")
        for _, item in elements_of(sequence):
            text = to_string(item)
            if is_null(text):
                raise Invalid("an element is null")
            if pieces:
                pieces += [str(separator.value)] if isinstance(separator, Known) else [separator]
            pieces += text.parts if isinstance(text, Text) else [str(text.value)] if isinstance(text, Known) else [text]
    return joined(pieces)


_VERB = re.compile(
    r"%(?P<flags>[+\-# 0]*)(?P<width>\*|\d+)?(?:\.(?P<precision>\*|\d+))?(?:\[(?P<index>\d+)\])?(?P<verb>.)", re.DOTALL
)


def _format(*arguments: Value) -> Value:
    if not arguments:
        raise Invalid("a format is needed")
    spec = to_string(arguments[0])
    if not isinstance(spec, Known) or spec.value is None:
        return unknown(spec.reason or "the format is null")
    given = arguments[1:]
    pieces: list[str | Value] = []
    used = at = 0
    text = str(spec.value)
    for found in _VERB.finditer(text):
        pieces.append(text[at : found.start()])
        at = found.end()
        if found["verb"] == "%":
            pieces.append("%")
            continue
        if found["index"]:
            used = int(found["index"]) - 1
        if used >= len(given):
            raise Invalid("the format asks for more arguments than there are")
        piece = _verb(found, given[used])
        pieces += piece.parts if isinstance(piece, Text) else [piece]
        used += 1
    pieces.append(text[at:])
    if used < len(given) and not re.search(r"%[^%]*\[\d+\]", text):
        raise Invalid("the format asks for fewer arguments than there are")
    return joined(pieces)


def _verb(found: re.Match[str], value: Value) -> str | Value:
    verb, flags = found["verb"], found["flags"]
    width = int(found["width"] or 0)
    precision = found["precision"]
    if verb == "v":
        if is_null(value):
            return unknown("an argument of `format` is null")
        if isinstance(value, (Seq, Map)):
            if not wholly_known(value):
                return unknown(first_reason(value))
            from fourfold.sources.terraform.functions.encodings import json_text

            return _padded(json_text(value), width, flags)
        value = to_string(value) if not isinstance(value, Text) else value
    elif verb in "sq":
        value = to_string(value)
    elif verb == "t":
        from fourfold.sources.terraform.evaluate.kinds import to_bool

        value = to_string(to_bool(value))
    elif verb in "dbeEfFgGoxX":
        value = to_number(value)
    else:
        raise Invalid(f"`%{verb}` is no verb of `format`")
    if is_null(value):
        return unknown("an argument of `format` is null")
    if not isinstance(value, Known):
        return value if not width and verb in "sv" else unknown(value.reason)
    return _padded(_formatted(verb, flags, precision, value.value, width), width, flags)


def _formatted(verb: str, flags: str, precision: str | None, value: Any, width: int) -> str:
    if verb in "svt":
        return str(value)[: int(precision)] if precision else str(value)
    if verb == "q":
        import json

        return json.dumps(value, ensure_ascii=False)
    sign = "+" if "+" in flags and value >= 0 else " " if " " in flags and value >= 0 else ""
    if verb in "dboxX":
        if isinstance(value, float) and verb == "d":
            value = int(value)
        body = format(int(value), "" if verb == "d" else verb)
    else:
        body = format(value, f".{precision or 6}{verb}") if verb not in "gG" or precision else _shortest(value)
    out = sign + body
    if "0" in flags and "-" not in flags and len(out) < width:
        negative = out[:1] in "+- "
        return (out[:1] if negative else "") + out[1 if negative else 0 :].rjust(width - (1 if negative else 0), "0")
    return out


def _shortest(value: float) -> str:
    """`%g`: the shortest form, with an exponent from 10^21 on and below 10^-4."""
    return number_text(value) if value == 0 or 1e-4 <= abs(value) < 1e21 else f"{float(value):g}"


def _padded(text: str, width: int, flags: str) -> str:
    return text.ljust(width) if "-" in flags else text.rjust(width)


def _formatlist(*arguments: Value) -> Value:
    if not arguments:
        raise Invalid("a format is needed")
    for argument in arguments:
        if is_unknown(argument):
            return unknown(argument.reason)
    lengths = {len(a.items_) for a in arguments[1:] if isinstance(a, Seq)}
    if len(lengths) > 1:
        raise Invalid("the lists have different lengths")
    count = lengths.pop() if lengths else 1
    rows = [[elements_of(a)[index][1] if isinstance(a, Seq) else a for a in arguments[1:]] for index in range(count)]
    return listed(_format(arguments[0], *row) for row in rows)


def _split(separator: str, text: str) -> list[str]:
    return text.split(separator) if separator else list(text)


def _trim(text: str, characters: str) -> str:
    return text.strip(characters) if characters else text


def _strcontains(*arguments: Value) -> Value:
    return _edge("in")(*arguments)


def _templatestring(*_: Value) -> Value:
    raise Invalid("`templatestring` takes a reference to a template")


TABLE: dict[str, Callable[..., Value]] = {
    "chomp": simple("s", lambda s: re.sub(r"(\r?\n|\r)+\Z", "", s)),
    "endswith": _edge("end"),
    "format": _format,
    "formatlist": _formatlist,
    "indent": simple("ns", _indent),
    "join": _join,
    "lower": simple("s", str.lower),
    "regex": simple("ss", _regex),
    "regexall": simple("ss", _regexall),
    "replace": simple("sss", _replace),
    "split": simple("ss", _split),
    "startswith": _edge("start"),
    "strcontains": _strcontains,
    "strrev": simple("s", lambda s: unicodedata.normalize("NFC", s)[::-1]),
    "substr": simple("snn", _substr),
    "title": simple("s", _title),
    "trim": simple("ss", _trim),
    "trimprefix": simple("ss", str.removeprefix),
    "trimspace": simple("s", lambda s: s.strip(_SPACES)),
    "trimsuffix": simple("ss", str.removesuffix),
    "upper": simple("s", str.upper),
}
