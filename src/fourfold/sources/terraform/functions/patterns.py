"""Regular expressions. Source: Terraform language documentation, "regex Function"; the syntax of RE2
(https://github.com/google/re2/wiki/Syntax).

RE2 takes time linear in the text; Python's `re` may not. How long it may take is bounded beforehand, by the text's length
and by how many repetitions of the pattern can share it; beyond the bound the result is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from fourfold.model.value import Known, Value
from fourfold.sources.terraform.evaluate.kinds import Invalid, ListOf, Type, known, listed, unknown
from fourfold.sources.terraform.evaluate.limits import COSTS, TEXT_MAX, TooMuch
from fourfold.sources.terraform.functions.calling import TEXT, Function, Parameter, data, define

PATTERN_MAX = 2_000
"""Characters of a pattern."""
STEPS_MAX = 40_000_000
"""Steps that a search may take at worst."""
HOLED = Parameter("string", False, True)
_NONE = known(None)
_STEPS_SHIFT = 8
"""256 steps count as one element."""
NESTED_TEXT_MAX = 20
"""Characters that a pattern with repetitions inside repetitions is tried on: each may double the time."""

_CLASSES = (("alpha", "A-Za-z"), ("digit", "0-9"), ("alnum", "A-Za-z0-9"), ("upper", "A-Z"), ("lower", "a-z"),
            ("space", r"\s"), ("word", r"\w"), ("xdigit", "0-9A-Fa-f"), ("punct", r"!-/:-@\[-`{-~"))  # fmt: skip
_UNKNOWN_TO_RE2 = re.compile(r"\(\?(?:<?[=!])|\\[1-9]")
_NAMED = re.compile(r"\(\?P?<([A-Za-z_]\w*)>")
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]])*\]|[*+?]|\{\d+(?:,\d*)?\}|[()|]|.", re.DOTALL)
_REFERENCE = re.compile(r"\$(?:\{(\w+)\}|(\w+))|\\")


def pattern(text: str) -> re.Pattern[str]:
    """A regular expression of RE2's dialect. Raises `Invalid` for what it does not take."""
    return _compiled(text)[0]


@lru_cache(maxsize=256)
def _compiled(text: str) -> tuple[re.Pattern[str], int, bool]:
    """(compiled, repetitions, whether some are inside others)."""
    if len(text) > PATTERN_MAX:
        raise TooMuch(f"a regular expression has more than {PATTERN_MAX} characters")
    if _UNKNOWN_TO_RE2.search(text):
        raise Invalid("the regular expression uses look-around or a back reference, which Terraform does not know")
    converted = _NAMED.sub(r"(?P<\1>", text).replace(r"\z", r"\Z")
    for name, chars in _CLASSES:
        converted = converted.replace(f"[:{name}:]", chars)
    try:
        return re.compile(converted, re.ASCII), *repetitions(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise Invalid(f"the regular expression is not valid: {error}") from None


def repetitions(text: str) -> tuple[int, bool]:
    """How many repetitions of open length a pattern has, and whether one repeats a group that has several ways."""
    count = 0
    nested = False
    groups = [False]
    closed = False
    for piece in _TOKEN.findall(text):
        repeats = piece in ("*", "+") or (piece[0] == "{" and len(piece) > 2)
        if piece == "(":
            groups.append(False)
        elif piece == ")" and len(groups) > 1:
            several = groups.pop()
            groups[-1] = groups[-1] or several
            closed = several
            continue
        elif piece == "|":
            groups[-1] = True
        elif repeats:
            count += 1
            nested = nested or closed
            groups[-1] = True
        elif piece == "?":
            groups[-1] = True
        closed = False
    return count, nested


def _steps(repetitions: int, text: str) -> int:
    """How many steps a search may take: it may begin anywhere, and each repetition may end anywhere behind."""
    return int((len(text) + 1) ** max(min(repetitions + 1 if repetitions < 2 else repetitions, 12), 1))


def _cost(expression: Value = _NONE, text: Value = _NONE, *_more: Value) -> int:
    """What a search counts as, in elements."""
    if not (isinstance(expression, Known) and isinstance(expression.value, str) and isinstance(text, Known)):
        return 0
    try:
        count = _compiled(expression.value)[1]
    except Invalid:
        return 0
    return min(_steps(count, str(text.value)), STEPS_MAX) >> _STEPS_SHIFT


def _replace_cost(text: Value = _NONE, old: Value = _NONE, *_more: Value) -> int:
    pattern = old.value if isinstance(old, Known) else None
    slashes = isinstance(pattern, str) and len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/")
    return _cost(known(str(pattern)[1:-1]), text) if slashes else 0


COSTS.update(regex=_cost, regexall=_cost, replace=_replace_cost)


def _ready(expression: str, text: str) -> re.Pattern[str]:
    """The pattern, if trying it on this text is sure to end soon. Raises `TooMuch`."""
    compiled, count, nested = _compiled(expression)
    if nested and len(text) > NESTED_TEXT_MAX:
        raise TooMuch(f"a pattern with repetitions inside repetitions is not tried on {len(text)} characters")
    if _steps(count, text) > STEPS_MAX:
        many = "a repetition" if count == 1 else f"{count} repetitions"
        raise TooMuch(f"a pattern with {many} is not tried on {len(text)} characters")
    return compiled


def _captures(found: re.Match[str]) -> Any:
    if found.re.groupindex:
        return {name: found[name] for name in found.re.groupindex}
    return list(found.groups()) if found.re.groups else found[0]


def _regex(expression: str, text: str) -> Any:
    found = _ready(expression, text).search(text)
    if found is None:
        raise Invalid("the regular expression does not match")
    captures = _captures(found)
    return tuple(captures) if isinstance(captures, list) else captures


def _regexall(expression: str, text: str) -> Value:
    compiled = _ready(expression, text)
    of = _match_type(known(expression), known(text))
    rows = (_captures(found) for found in compiled.finditer(text))
    return listed((data(tuple(r) if isinstance(r, list) else r) for r in rows), ListOf, of)


def _replace(text: str, old: str, new: str) -> str:
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        replacement = _REFERENCE.sub(lambda m: rf"\g<{m[1] or m[2]}>" if m[1] or m[2] else r"\\", new)
        compiled = _ready(old[1:-1], text)
        if (len(text) + 1) * (len(new) + 1) > TEXT_MAX:
            raise TooMuch(f"`replace` may make more than {TEXT_MAX} characters")
        try:
            return compiled.sub(replacement, text)
        except (re.error, IndexError):
            return compiled.sub("", text)
    if text.count(old) * len(new) > TEXT_MAX:
        raise TooMuch(f"`replace` makes more than {TEXT_MAX} characters")
    return text.replace(old, new)


def _replace_in(text: Value, old: Known, new: Value) -> Value:
    """With holes in the text or in what comes into it, only a plain text is sought."""
    sought = str(old.value)
    if isinstance(text, Known) and isinstance(new, Known) and not hasattr(text, "document"):
        return known(_replace(str(text.value), sought, str(new.value)))
    pattern = len(sought) > 1 and sought.startswith("/") and sought.endswith("/")
    if not pattern and sought:
        from fourfold.sources.terraform.functions.replacing import replaced

        return replaced(text, sought, new)
    if isinstance(text, Known) and isinstance(new, Known):
        return known(_replace(str(text.value), sought, str(new.value)))
    return unknown(text.reason or new.reason, "string")


def _match_type(expression: Value, _text: Value) -> Type:
    """What one match gives follows from the groups of the pattern."""
    if not isinstance(expression, Known):
        return "any"
    compiled, _, _ = _compiled(str(expression.value))
    if compiled.groupindex:
        return ("object", dict.fromkeys(compiled.groupindex, "string"))
    return ("tuple", ["string"] * compiled.groups) if compiled.groups else "string"


def _on_texts(function: Callable[[str, str], Any], result: Callable[[Value, Value], Type]) -> Function:
    return define(lambda e, t: data(function(str(e.value), str(t.value))), TEXT, TEXT, result=result)


TABLE: dict[str, Function] = {
    "regex": _on_texts(_regex, _match_type),
    "regexall": _on_texts(_regexall, lambda e, t: ("list", _match_type(e, t))),
    "replace": define(_replace_in, HOLED, TEXT, HOLED, result="string"),
}
