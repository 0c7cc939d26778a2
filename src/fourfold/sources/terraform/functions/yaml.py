"""`yamlencode` and `yamldecode`. Source: Terraform language documentation, "yamlencode Function"; YAML 1.2.2, sections
5.7 and 8.1; compared with the program."""

from __future__ import annotations

import re
from typing import Any

from fourfold.model.value import Known, Map, Seq, Value
from fourfold.sources.terraform.evaluate.conversions import number_text
from fourfold.sources.terraform.evaluate.kinds import first_reason, known, unknown, wholly_known
from fourfold.sources.terraform.functions.calling import Function, Parameter, define, simple

_SPECIAL = {
    "\x00": "0", "\x07": "a", "\x08": "b", "\t": "t", "\n": "n", "\x0b": "v", "\x0c": "f", "\r": "r", "\x1b": "e",
    "\x85": "N", "\u2028": "L", "\u2029": "P",
}  # fmt: skip
_ESCAPED = re.compile(r'[\x00-\x1f\x7f\x85\u2028\u2029\ufeff"\\]')


def _decode(text: str) -> Value:
    from fourfold.sources.terraform.functions.yaml_decode import decode

    return decode(text)


def _quoted(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        char = found[0]
        return "\\" + (_SPECIAL.get(char) or (char if char in '"\\' else f"x{ord(char):02X}"))

    return '"' + _ESCAPED.sub(one, text) + '"'


class _Scalar(str):
    """A scalar that is written as it is."""

    __slots__ = ()


def _prepared(value: Value) -> Any:
    """A known value as plain data, with what is no text as it is written."""
    if isinstance(value, Seq):
        return [_prepared(item) for item in value.items_]
    if isinstance(value, Map):
        return {key: _prepared(item) for key, item in value.entries_.items()}
    assert isinstance(value, Known)
    if isinstance(value.value, str):
        return value.value
    if value.value is None or isinstance(value.value, bool):
        return _Scalar("null" if value.value is None else str(value.value).lower())
    return _Scalar(number_text(value))


def _lines(value: Any) -> list[str]:
    """The lines of a value in block style; lists stand at the indentation of their key."""
    if isinstance(value, dict) and value:
        out: list[str] = []
        for key, item in sorted(value.items()):
            inner = _lines(item)
            nested = isinstance(item, (dict, list, tuple)) and bool(item)
            if nested:
                deeper = "  " if isinstance(item, dict) else ""
                out += [f"{_quoted(key)}:", *(deeper + line for line in inner)]
            else:
                out += [f"{_quoted(key)}: {inner[0]}", *inner[1:]]
        return out
    if isinstance(value, (list, tuple)) and value:
        return [
            line
            for item in value
            for line in _item(_lines(item), nested=not isinstance(item, str) or isinstance(item, _Scalar))
        ]
    if isinstance(value, (dict, list, tuple)):
        return ["{}" if isinstance(value, dict) else "[]"]
    return [value] if isinstance(value, _Scalar) else _text(value)


def _item(lines: list[str], *, nested: bool) -> list[str]:
    return ["- " + lines[0], *("  " + line if nested else line for line in lines[1:])]


def _text(text: str) -> list[str]:
    """Several lines as a literal block, which says how it ends."""
    if "\n" not in text or _ESCAPED.search(text.replace("\n", "").replace('"', "").replace("\\", "")):
        return [_quoted(text)]
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    mark = "|2" if text[0] in " \n" else "|"
    mark += "-" if not ends else "" if ends == 1 and body else "+"
    return [mark, *("  " + line if line else "" for line in (text[:-1] if ends else text).split("\n"))]


def _encode(value: Value) -> Value:
    if not wholly_known(value):
        return unknown(first_reason(value), "string")
    data = _prepared(value)
    # The end of a plain scalar is marked, as it could go on.
    end = "...\n" if isinstance(data, _Scalar) else ""
    return known("\n".join(_lines(data)) + "\n" + end)


TABLE: dict[str, Function] = {
    "yamldecode": simple("s", _decode, result="any"),
    "yamlencode": define(_encode, Parameter("any", True), result="string"),
}
