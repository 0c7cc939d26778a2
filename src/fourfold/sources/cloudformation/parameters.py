"""Parameters of a template: what a reference to one is worth.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from fourfold.model.condition import Equals, Variable
from fourfold.model.value import Choice, Known, Map, Plain, Ref, Seq, Step, Text, Unknown, Value, same
from fourfold.sources.cloudformation.texts import DYNAMIC, concat, hole, literal, placed, split_text
from fourfold.sources.syntax.yaml import plain_scalar

ALLOWED_MAX = 8
"""A parameter with at most so many AllowedValues is a choice; one with more counts with its default."""

SSM = "AWS::SSM::Parameter::Value<"


class Chosen(Unknown, frozen=True):
    """What the deployer or the place of deployment decides: a parameter without default, a pseudo parameter."""

    variable: Variable = Variable("", "")

    @property
    def identity(self) -> Any:
        """Pseudo parameters are the same in all templates of a scan, parameters in one."""
        return self.name if self.name.startswith("AWS::") else (self.variable.scope, self.name)

    @property
    def whole(self) -> bool:
        """Whether this is the variable itself, not a part of it."""
        return self.name == self.variable.name

    def _equals(self, expected: Plain) -> bool | None:
        return self._all(same(value, expected) for value in self._domain())

    def _edge(self, part: str, where: str) -> bool | None:
        if where == "in":
            return self._all(part in value for value in self._domain())
        return self._all(
            value.startswith(part) if where == "start" else value.endswith(part) for value in self._domain()
        )

    def _domain(self) -> tuple[str, ...]:
        return (self.variable.domain or ()) if self.whole else ()

    @staticmethod
    def _all(answers: Iterable[bool]) -> bool | None:
        """The answer that every value it can take gives."""
        said = set(answers)
        return said.pop() if len(said) == 1 else None


class Parameter(msgspec.Struct, frozen=True):
    """One declared parameter."""

    name: str
    declaration: Map
    kind: str
    """Its `Type`."""
    default: Value | None
    allowed: tuple[Known, ...]
    no_echo: bool
    variable: Variable

    def use(self, at: Value) -> Value:
        """What `Ref` gives, at the place of the reference."""
        if self.allowed and len(self.allowed) <= ALLOWED_MAX:
            return self._choice(at)
        place = (at.source, at.start, at.end, at.key_start)
        note = f"parameter `{self.name}`{' (NoEcho)' if self.no_echo else ''}"
        if self.default is None:
            why = f"{note} has no default"
            return Chosen(*place, why, (Step(note, self.declaration.span),), False, self.name, self.variable)
        steps = (Step(f"default of {note}", self.default.span),)
        if self.kind.startswith(SSM):
            why = f"{note} is the value of the Systems Manager parameter `{self.default}`"
            return Unknown(*place, why, steps, False, self.name)
        if isinstance(self.default, Seq):
            items = tuple(literal(item.plain(), at, steps) for item in self.default.items_)
            return Seq(*place, items, steps)
        if isinstance(self.default, Known):
            text = self.default.value
            if isinstance(text, str) and DYNAMIC in text:
                return placed(concat([text], at), at, *steps)
            return Known(*place, text, steps)
        return Unknown(*place, f"the default of {note} is not a scalar", steps, False, self.name)

    def _choice(self, at: Value) -> Value:
        place = (at.source, at.start, at.end, at.key_start)
        note = f"allowed value of parameter `{self.name}`{' (NoEcho)' if self.no_echo else ''}"
        sides = [Known(*place, v.value, (Step(note, v.span),)) for v in self.allowed]
        out: Value = sides[-1]
        for side, allowed in zip(reversed(sides[:-1]), reversed(self.allowed[:-1]), strict=True):
            out = Choice(*place, Equals(self.variable, allowed._text()), side, out)
        return out

    def chosen(self, at: Value) -> Chosen:
        """The parameter as a variable: no default decides a condition."""
        why = f"the deployer chooses parameter `{self.name}`"
        return Chosen(at.source, at.start, at.end, at.key_start, why, (), False, self.name, self.variable)


def parameter(name: str, declaration: Map, scope: str) -> Parameter:
    """The parameter that a declaration describes."""
    kind = str(declaration.get("Type").plain() or "String")
    default = declaration.entries_.get("Default")
    listed = declaration.entries_.get("AllowedValues")
    allowed: dict[str, Known] = {}
    if isinstance(listed, Seq) and not is_list(kind) and not kind.startswith(SSM):
        for value in listed.items_:
            item = as_type(value, kind)
            if not isinstance(item, Known):  # not a literal, so not a template that can be deployed
                allowed.clear()
                break
            allowed.setdefault(item._text(), item)
    no_echo = declaration.get("NoEcho").surely(True)
    return Parameter(
        name=name,
        declaration=declaration,
        kind=kind,
        default=None if default is None else as_type(default, kind),
        allowed=tuple(allowed.values()),
        no_echo=no_echo,
        variable=Variable(scope, name, tuple(allowed) or None),
    )


def is_list(kind: str) -> bool:
    """Whether a parameter of this type gives a list."""
    return kind == "CommaDelimitedList" or kind.startswith("List<")


def as_type(value: Value, kind: str) -> Value:
    """A literal as the parameter's type takes it: text, a number, or a list of texts."""
    if not isinstance(value, Known):
        return value
    text = value._text()
    if is_list(kind):
        parts = [part.strip() for part in text.split(",")] if text else []
        items = tuple(literal(part, value) for part in parts)
        return Seq(value.source, value.start, value.end, value.key_start, items, value.provenance)
    if kind != "Number":
        return value if value.value == text else msgspec.structs.replace(value, value=text)
    number = plain_scalar(text)
    return value if isinstance(number, (str, bool)) else msgspec.structs.replace(value, value=number)


def as_given(value: Value, kind: str) -> Value:
    """What a nested stack gets, as the parameter's type takes it: lists come as texts with commas."""
    if kind.startswith(SSM):
        return hole(f"the value of the Systems Manager parameter `{value}`", value, f"parameter {value}")
    if isinstance(value, Known):
        return as_type(value, kind)
    if is_list(kind) and isinstance(value, (Text, Ref)):
        return split_text(value, ",", value)
    return value
