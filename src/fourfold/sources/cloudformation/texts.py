"""Putting values together: strings with holes, choices carried outwards, and values moved to where they are used."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from fourfold.model.condition import FALSE, TRUE, Condition, both, negate
from fourfold.model.value import Absent, Choice, Known, Map, Ref, Seq, Step, Text, Unknown, Value

OUTCOMES_MAX = 32
"""Different results of one function over choices; beyond it the result is not known."""
DYNAMIC = "{{resolve:"
_KEEPERS = {"secretsmanager": "Secrets Manager", "ssm": "Parameter Store", "ssm-secure": "Parameter Store"}


def placed(value: Value, at: Value, *steps: Step) -> Value:
    """The same value where it is used, with how it came there.

    A list or mapping stays where it is written: there it can be added to.
    """
    if isinstance(value, Absent):
        return value
    if isinstance(value, Choice):
        value = msgspec.structs.replace(value, yes=placed(value.yes, at, *steps), no=placed(value.no, at, *steps))
    assert isinstance(value, (Known, Map, Seq, Text, Ref, Unknown, Choice))
    provenance = (*value.provenance, *steps) if steps else value.provenance
    if isinstance(value, (Map, Seq)):
        return msgspec.structs.replace(value, provenance=provenance)
    return msgspec.structs.replace(
        value, source=at.source, start=at.start, end=at.end, key_start=at.key_start, provenance=provenance
    )


def nothing(at: Value) -> Absent:
    """`AWS::NoValue`: nothing, and a value can be written in its place."""
    return Absent(at.source, at.start, at.end, at.key_start, Known(at.source, at.start, at.end, at.key_start, None), ())


def literal(value: str | float | bool | None, at: Value, provenance: tuple[Step, ...] = ()) -> Known:
    """A known scalar at the place of another value."""
    return Known(at.source, at.start, at.end, at.key_start, value, provenance)


def hole(why: str, at: Value, name: str = "", *, maybe_absent: bool = False) -> Unknown:
    """An unknown at the place of another value."""
    return Unknown(at.source, at.start, at.end, at.key_start, why, (), maybe_absent, name)


def concat(parts: Iterable[str | Value], at: Value) -> Value:
    """The parts as one string: known where all are, else a string with holes; one hole alone is what fills it.

    The parts must not be choices (see `lift`).
    """
    out: list[str | Value] = []
    steps: list[Step] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Text) else (part,):
            steps.extend(getattr(piece, "provenance", ()) if isinstance(piece, Known) else ())
            text = piece if isinstance(piece, str) else piece._text() if isinstance(piece, (Known, Absent)) else None
            if text is None:
                out.append(piece)
            elif text and out and isinstance(out[-1], str):
                out[-1] += text
            elif text:
                out.append(text)
    provenance = tuple(dict.fromkeys(steps))
    if not out:
        return literal("", at, provenance)
    if len(out) == 1 and not isinstance(out[0], str):
        return placed(out[0], at)
    return _resolved(out, at, provenance)


def _resolved(parts: list[str | Value], at: Value, provenance: tuple[Step, ...]) -> Value:
    """A string, its dynamic references turned into unknowns of that name."""
    if any(isinstance(p, str) and DYNAMIC in p for p in parts):
        parts = dynamic(parts, at)
    if len(parts) == 1:
        only = parts[0]
        return literal(only, at, provenance) if isinstance(only, str) else placed(only, at)
    return Text(at.source, at.start, at.end, at.key_start, tuple(parts), provenance)


def dynamic(parts: list[str | Value], at: Value) -> list[str | Value]:
    """Parts of a string with each `{{resolve:...}}`, whatever stands in it, as one unknown of that name.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
    """
    out: list[str | Value] = []
    inside: list[str | Value] = []  # of the reference that began and has not ended yet
    for part in parts:
        if not isinstance(part, str):
            (inside or out).append(part)
            continue
        rest = part
        while rest:
            if inside:
                end = rest.find("}}") + 2
                if end < 2:
                    inside.append(rest)
                    break
                out.append(_dynamic([*inside, rest[:end]], at))
                inside, rest = [], rest[end:]
            else:
                start = rest.find(DYNAMIC)
                if start:
                    out.append(rest if start < 0 else rest[:start])
                if start < 0:
                    break
                inside, rest = [DYNAMIC], rest[start + len(DYNAMIC) :]
    return out + inside


def _dynamic(parts: list[str | Value], at: Value) -> Unknown:
    name = "".join(p if isinstance(p, str) else f"${{{p}}}" for p in parts)
    steps = tuple(Step(f"named by `{p}`", p.value_span) for p in parts if not isinstance(p, str))
    service = name[len(DYNAMIC) :].partition(":")[0]
    keeper = _KEEPERS.get(service, service)
    why = f"`{name}` is fetched from {keeper} at deployment"
    return Unknown(at.source, at.start, at.end, at.key_start, why, steps, False, name)


def part_of(value: Value, what: str, at: Value) -> Value:
    """Something that follows from an unknown: the same unknown wherever it is said of the same."""
    if isinstance(value, Unknown):
        name = f"{value.name}{what}" if value.name else ""
        return msgspec.structs.replace(placed(value, at), name=name)
    return hole(value.reason or "not known", at)


def split_text(value: Value, delimiter: str, at: Value) -> Value:
    """The parts of a string between delimiters. What fills a hole might contain it, except that identifiers have no
    comma."""
    place = (at.source, at.start, at.end, at.key_start)
    if isinstance(value, Known):
        items = tuple(literal(part, at, value.provenance) for part in value._text().split(delimiter))
        return Seq(*place, items, value.provenance)
    if isinstance(value, Ref) and delimiter == ",":
        return Seq(*place, (value,))
    if isinstance(value, Text) and delimiter == "," and all(isinstance(p, (str, Ref)) for p in value.parts):
        groups: list[list[str | Value]] = [[]]
        for part in value.parts:
            first, *others = part.split(delimiter) if isinstance(part, str) else (part,)
            groups[-1].append(first)
            groups.extend([other] for other in others)
        return Seq(*place, tuple(concat(group, at) for group in groups), value.provenance)
    return part_of(value, f".split({delimiter})", at)


class _TooManyError(Exception):
    pass


def lift(
    values: list[Value], make: Callable[[list[Value]], Value], at: Value, outcomes_max: int = OUTCOMES_MAX
) -> Value:
    """`make` of the values where some are choices: a choice of results.

    Combinations that contradict themselves are left out. Where there are more than `outcomes_max` results, the choices
    count as unknown.
    """
    if not any(type(v) is Choice for v in values):
        return make(values)
    try:
        return _Lift(make, at, outcomes_max).of(values, 0, TRUE, 0)
    except _TooManyError:
        return make([_blurred(v, outcomes_max) for v in values])


class _Lift:
    """One function over choices."""

    def __init__(self, make: Callable[[list[Value]], Value], at: Value, outcomes_max: int) -> None:
        self.make = make
        self.at = at
        self.outcomes_max = outcomes_max
        self.outcomes = 0

    def of(self, values: list[Value], first: int, when: Condition, depth: int) -> Value:
        """The result under a condition; the values before `first` are no choices any more."""
        values = list(values)
        for i in range(first, len(values)):
            value = values[i]
            while isinstance(value, Choice):
                yes, no = both(when, value.condition), both(when, negate(value.condition))
                if yes != FALSE and no != FALSE:
                    if depth >= self.outcomes_max:  # each branch on the way has a result of its own
                        raise _TooManyError
                    values[i] = value.yes
                    one = self.of(values, i, yes, depth + 1)
                    values[i] = value.no
                    return choice(value.condition, one, self.of(values, i, no, depth + 1), self.at)
                value = value.yes if no == FALSE else value.no
            values[i] = value
        self.outcomes += 1
        if self.outcomes > self.outcomes_max:
            raise _TooManyError
        return self.make(values)


def choice(condition: Condition, yes: Value, no: Value, at: Value) -> Value:
    """One of two values by a condition, or the one that both are."""
    if condition == TRUE:
        return yes
    if condition == FALSE:
        return no
    if type(yes) is Known and type(no) is Known and type(yes.value) is type(no.value) and yes.value == no.value:
        return yes
    return Choice(at.source, at.start, at.end, at.key_start, condition, yes, no)


def _blurred(value: Value, outcomes_max: int) -> Value:
    if not isinstance(value, Choice):
        return value
    return hole(f"depends on more than {outcomes_max} combinations of conditions", value)
