"""Text. Source: Terraform language documentation, "String Functions" and the specification of Go's `fmt` verbs."""

from __future__ import annotations

import re

from fourfold.model.value import Known, Seq, Text, Value
from fourfold.sources.terraform.evaluate.conversions import convert, sure_prefix, to_string
from fourfold.sources.terraform.evaluate.elements import elements_of
from fourfold.sources.terraform.evaluate.expressions import joined
from fourfold.sources.terraform.evaluate.kinds import (
    Invalid,
    is_null,
    is_unknown,
    known,
    unknown,
)
from fourfold.sources.terraform.evaluate.limits import COSTS, TEXT_MAX
from fourfold.sources.terraform.evaluate.numbers import INDEX_MAX
from fourfold.sources.terraform.functions.calling import Function, Parameter, define, simple
from fourfold.sources.terraform.functions.graphemes import graphemes

_SPACES = " \t\n\v\f\r\x85\xa0"


def _title(text: str) -> str:
    return re.sub(r"(^|\W)([^\W_])", lambda m: m[1] + m[2].upper(), text)


def _substr(text: str, offset: float, length: float) -> str:
    pieces = graphemes(text)
    start, count = _whole(offset), _whole(length)
    if start < 0:
        # From the end Terraform takes a length of nothing for all.
        start, count = max(start + len(pieces), 0), count or -1
    return "".join(pieces[start:] if count < 0 else pieces[start : start + count])


def _whole(number: float) -> int:
    if not isinstance(number, int) or abs(number) > INDEX_MAX:
        raise Invalid("a whole number is needed")
    return number


def _indent(spaces: float, text: str) -> str:
    count = _whole(spaces)
    if count < 0 or count * (text.count("\n") + 1) > TEXT_MAX:
        raise Invalid("the indentation is negative or too large")
    return text.replace("\n", "\n" + " " * count)


def _startswith(text: Value, prefix: Value) -> Value:
    """Known already where the sure beginning of a text decides it."""
    if not isinstance(prefix, Known):
        return unknown(prefix.reason, "bool")
    wanted = str(prefix.value)
    if isinstance(text, Known):
        return known(str(text.value).startswith(wanted))
    have = sure_prefix(text) if isinstance(text, Text) else ""
    if have.startswith(wanted):
        return known(True)
    return unknown(text.reason, "bool") if wanted.startswith(have) else known(False)


def _join(*arguments: Value) -> Value:
    if len(arguments) < 2:
        raise Invalid("a separator and a list are needed")
    separator = to_string(arguments[0])
    if is_null(separator):
        raise Invalid("the separator is null")
    pieces: list[str | Value] = []
    lists = [convert(v, ("list", "string")) for v in arguments[1:]]
    for gap in (separator, *lists):
        if is_unknown(gap) or isinstance(gap, Text):
            return unknown(gap.reason, "string")
    for sequence in lists:
        if not isinstance(sequence, Seq):
            raise Invalid("`join` needs a list of strings")
        for _, item in elements_of(sequence):
            text = to_string(item)
            if is_null(text):
                raise Invalid("an element is null")
            if pieces:
                pieces.append(str(separator.plain()))
            pieces += text.parts if isinstance(text, Text) else [str(text.value)] if isinstance(text, Known) else [text]
    return joined(pieces)


def _split(separator: str, text: str) -> list[str]:
    return text.split(separator) if separator else list(text)


def _trim(text: str, characters: str) -> str:
    return text.strip(characters) if characters else text


def _cost(*arguments: Value) -> int:
    """To find the characters that a reader sees takes longer than to copy a text."""
    texts = [a.value for a in arguments if isinstance(a, Known) and isinstance(a.value, str)]
    return sum(len(t) for t in texts if not t.isascii())


COSTS.update(length=_cost, strrev=_cost, substr=_cost)
HOLED = Parameter("string", False, True)
TABLE: dict[str, Function] = {
    "chomp": simple("s", lambda s: re.sub(r"(\r?\n|\r)+\Z", "", s)),
    "endswith": simple("ss", str.endswith, result="bool"),
    "indent": simple("ns", _indent),
    "join": _join,
    "lower": simple("s", str.lower),
    "split": simple("ss", _split, result=("list", "string")),
    "startswith": define(_startswith, HOLED, HOLED, result="bool"),
    "strcontains": simple("ss", str.__contains__, result="bool"),
    "strrev": simple("s", lambda s: "".join(reversed(graphemes(s)))),
    "substr": simple("snn", _substr),
    "title": simple("s", _title),
    "trim": simple("ss", _trim),
    "trimprefix": simple("ss", str.removeprefix),
    "trimspace": simple("s", lambda s: s.strip(_SPACES)),
    "trimsuffix": simple("ss", str.removesuffix),
    "upper": simple("s", str.upper),
}
