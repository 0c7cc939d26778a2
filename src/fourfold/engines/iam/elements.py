"""The elements `Action`, `Resource` and `Principal` as sets of strings, and the classes that statements cut them into.

A *class* is a set of actions (resources, principals) that the statements of a question do not tell apart. Statements are
compared pattern by pattern first; a joint automaton is built only of patterns that neither cover nor miss each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from fourfold.engines.exact.answer import Unknown
from fourfold.engines.exact.globs import (
    ANYTHING,
    COLON,
    ONE,
    SEGMENT_ONE,
    SEGMENT_STAR,
    STAR,
    Glob,
    covers,
    disjoint,
    glob,
    literal,
    matches,
    normal,
)
from fourfold.engines.exact.strings import partition

_COMPONENTS = 6
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_ESCAPES = {"*": "*", "?": "?", "$": "$"}


class Element(msgspec.Struct, frozen=True):
    """What one of the patterns matches; with `negated`, what none of them does."""

    globs: tuple[Glob, ...] = (ANYTHING,)
    negated: bool = False

    @property
    def everything(self) -> bool:
        return not self.negated and ANYTHING in self.globs


EVERYTHING = Element()

ACTIONS = (normal([SEGMENT_ONE, SEGMENT_STAR, COLON, ONE, STAR], folded=True),)
"""All actions, known ones and others."""


def _shape(text: str) -> Glob:
    """`*` and `?` confined to a segment, except an asterisk at the very end."""
    tokens = [SEGMENT_STAR if c == "*" else SEGMENT_ONE if c == "?" else ord(c) for c in text]
    return normal([*tokens[:-1], STAR] if text.endswith("*") else tokens)


ARNS = Glob((*_shape("arn:?*:?*:*:*:").tokens, ONE, STAR))
RESOURCES = (literal("*"), ARNS)
"""All resources: ARNs, and the `*` that is asked for by actions that name no resource."""
PRINCIPALS = (
    _shape("AWS:arn:?*:iam::????????????:role/*"),
    _shape("AWS:arn:?*:iam::????????????:user/*"),
    _shape("AWS:arn:?*:iam::????????????:root"),
    Glob((*map(ord, "Service:"), ONE, STAR)),
    Glob((*map(ord, "Federated:"), ONE, STAR)),
    Glob((*map(ord, "CanonicalUser:"), ONE, STAR)),
    literal("Anonymous:"),
)
"""All principals, with their type in front. A session is told apart from its role only where a policy names one."""
SESSIONS = (
    _shape("AWS:arn:?*:sts::????????????:assumed-role/?*/*"),
    _shape("AWS:arn:?*:sts::????????????:federated-user/*"),
)


def has_variable(text: str) -> bool:
    """Whether there is a `${...}` that stands for something of the request."""
    return any(inside not in _ESCAPES for inside in _VARIABLE.findall(text))


def filled(text: str, value: str) -> str:
    """The text with a value in place of each variable."""
    return _VARIABLE.sub(lambda m: _ESCAPES.get(m[1], value), text)


def tokens(text: str, *, variables: bool) -> list[int]:
    """Wildcards as `ONE` and `STAR`, escapes as their characters, and each variable as `STAR`."""
    out: list[int] = []
    at = 0
    for match in _VARIABLE.finditer(text) if variables else ():
        out += _wild(text[at : match.start()])
        out.append(ord(_ESCAPES[match[1]]) if match[1] in _ESCAPES else STAR)
        at = match.end()
    return out + _wild(text[at:])


def _wild(text: str) -> list[int]:
    return [STAR if c == "*" else ONE if c == "?" else ord(c) for c in text]


@lru_cache(maxsize=4096)
def action(text: str) -> Glob:
    return glob(text, folded=True)


@lru_cache(maxsize=4096)
def resource(text: str, *, variables: bool) -> Glob:
    """A `Resource` element: wildcards stay within the first five components of an ARN, except an asterisk that ends one.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    if variables and has_variable(text):
        return normal(tokens(text, variables=True))  # an upper bound: a variable may hold colons
    return normal(_confined(tokens(text, variables=variables), crossing=True))


def arn(text: str, *, variables: bool) -> Glob | None:
    """A value of `ArnLike`: six components, compared one by one; None where it can match nothing."""
    plain = tokens(text, variables=variables)
    if plain == [STAR]:
        return ANYTHING
    return normal(_confined(plain, crossing=False)) if plain.count(COLON) >= _COMPONENTS - 1 else None


def _confined(plain: list[int], *, crossing: bool) -> list[int]:
    if len(plain) == 1:
        return plain
    out: list[int] = []
    component = 0
    for i, token in enumerate(plain):
        component += token == COLON
        ends = i + 1 == len(plain) or plain[i + 1] == COLON
        if token >= 0 or component >= _COMPONENTS - 1 or (crossing and token == STAR and ends):
            out.append(token)
        else:
            out.append(SEGMENT_STAR if token == STAR else SEGMENT_ONE)
    return out


def principal(kind: str, value: str) -> tuple[Glob, ...]:
    """An entry of a principal element, over strings such as `AWS:arn:...` and `Service:...`."""
    if value == "*":
        return (ANYTHING,) if kind in ("*", "AWS") else (Glob((*map(ord, f"{kind}:"), STAR)),)
    if kind != "AWS":
        return (literal(f"{kind}:{value}"),)
    account = re.fullmatch(r"(?:arn:[^:]*:iam::)?(\d{12})(?::root)?", value)
    if account:
        return tuple(_shape(f"AWS:arn:*:{service}::{account[1]}:*") for service in ("iam", "sts"))
    role = re.fullmatch(r"arn:([^:]*):iam::(\d{12}):role/(?:.*/)?([^/]+)", value)
    if role:
        session = f"AWS:arn:{role[1]}:sts::{role[2]}:assumed-role/{role[3]}/"
        return literal(f"AWS:{value}"), Glob((*map(ord, session), STAR))
    return (literal(f"AWS:{value}"),)


def _head(pattern: Glob) -> tuple[int, ...]:
    """What every match begins with."""
    for i, token in enumerate(pattern.tokens):
        if token < 0:
            return pattern.tokens[:i]
    return pattern.tokens


def _apart(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    n = min(len(a), len(b))
    return a[:n] != b[:n]


def classes(focus: Element, others: Sequence[Element], universes: Iterable[Glob]) -> dict[int, str] | Unknown:
    """The classes that `others` cut `focus` into: vector (bit i: it is in `others[i]`) of each, with a member."""
    distinct: dict[Glob, tuple[int, ...]] = {
        g: _head(g) for element in (*others, *((focus,) if focus.negated else ())) for g in element.globs
    }
    out: dict[int, str] = {}
    for universe in universes:
        for inside in (ANYTHING,) if focus.negated else focus.globs:
            if disjoint(inside, universe):
                continue
            cut = _cut(inside, universe, distinct)
            if isinstance(cut, Unknown):
                return cut
            for matched, text in cut.items():
                if focus.negated and not matched.isdisjoint(focus.globs):
                    continue
                vector = 0
                for i, element in enumerate(others):
                    if matched.isdisjoint(element.globs) == element.negated:
                        vector |= 1 << i
                out.setdefault(vector, text)
    return out


def _cut(inside: Glob, universe: Glob, distinct: dict[Glob, tuple[int, ...]]) -> dict[frozenset[Glob], str] | Unknown:
    """Sets of patterns that some string of `inside` and `universe` matches, each with such a string."""
    sure: list[Glob] = []
    unsettled: list[Glob] = []
    head, all_head = _head(inside), _head(universe)
    for g, start in distinct.items():
        if _apart(start, head) or _apart(start, all_head):
            continue
        if covers(g, inside) or covers(g, universe):
            sure.append(g)
        elif not disjoint(g, inside) and not disjoint(g, universe):
            unsettled.append(g)
    if inside.literal and not inside.fold:
        text = "".join(map(chr, inside.tokens))
        return {frozenset((*sure, *(g for g in unsettled if matches(g, text)))): text}
    frame = [universe] if inside.everything else [universe, inside]
    atoms = partition([*frame, *unsettled], within=(1 << len(frame)) - 1)
    if isinstance(atoms, Unknown):
        return atoms
    return {
        frozenset((*sure, *(g for i, g in enumerate(unsettled, len(frame)) if vector >> i & 1))): text
        for vector, text in atoms.items()
    }
