"""Which property an argument is, and where it stands: by the row of its type, else by the letters of its name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from fourfold.knowledge.cloudformation import Schema, plain, schemas
from fourfold.sources.terraform.translate.row import Row
from fourfold.sources.terraform.translate.tables import row_of, type_of

KEY_VALUE = ({"Key", "Value"}, {"Name", "Value"}, {"ParameterKey", "ParameterValue"})
"""Definitions that say as a list what Terraform says as a map."""


class Place(NamedTuple):
    """Where an argument goes."""

    path: tuple[str, ...]
    """Properties from the resource on."""
    kind: str
    """As in `fourfold.knowledge.cloudformation`; `""` where the schema does not say."""


class Plan:
    """How the arguments of one Terraform type are placed."""

    def __init__(self, type_: str, row: Row, schema: Schema | None) -> None:
        self.type = type_
        self.row = row
        self.schema = schema
        self.below = tuple(row.below.split(".")) if row.below else ()
        self.cloudformation = type_of(row.into or type_)
        self._places: dict[tuple[tuple[str, ...], str, tuple[str, ...]], Place | None] = {}

    def root(self) -> tuple[str, ...]:
        return self.below

    def place(self, around: tuple[str, ...], name: str, at: tuple[str, ...]) -> Place | None:
        """Where the argument `name` of the blocks `around` goes, which became the properties `at`; None for nowhere."""
        key = (around, name, at)
        if key not in self._places:
            self._places[key] = self._place(around, name, at)
        return self._places[key]

    def _place(self, around: tuple[str, ...], name: str, at: tuple[str, ...]) -> Place | None:
        written = self.row.names.get(".".join((*around, name)))
        if written is not None:
            if written == "":
                return None
            if written == ".":
                return Place(at, self.kind(at))
            path = tuple(written.lstrip("/").split("."))
            path = path if written.startswith("/") else (*at, *path)
            return Place(path, self.kind(path))
        for base in (at, ()) if at == self.below and not around else (at,):
            found = self._matching(base, name)
            if found:
                path = (*base, found)
                return Place(path, self.kind(path))
        return None

    def _matching(self, at: tuple[str, ...], name: str) -> str:
        """The property at a place that an argument's name means; empty where there is none."""
        properties = self.properties(at)
        if not properties:
            return ""
        computed = self.schema.attributes if self.schema is not None and not at else ()
        letters = {plain(p): p for p in properties if p not in computed}
        return next((letters[s] for s in _spellings(plain(name), self._word() if not at else "") if s in letters), "")

    def _word(self) -> str:
        """What the type calls its resources: `function` of `AWS::Lambda::Function`."""
        return plain(self.cloudformation.rpartition("::")[2])

    def properties(self, at: tuple[str, ...]) -> dict[str, str]:
        """The properties that may stand at a place."""
        if self.schema is None:
            return {}
        properties = self.schema.properties
        for key in at:
            properties = self.schema.definitions.get(properties.get(key, "").lstrip("[").removeprefix("@"), {})
        return properties

    def kind(self, path: tuple[str, ...]) -> str:
        """The kind of the property at a path."""
        return self.properties(path[:-1]).get(path[-1], "") if path else "@"

    def is_pairs(self, kind: str) -> bool:
        """Whether a list of this kind says what a map says."""
        if not kind.startswith("[@") or self.schema is None:
            return False
        return set(self.schema.definitions.get(kind[2:], ())) in KEY_VALUE


def _spellings(letters: str, word: str) -> Iterator[str]:
    """The ways in which CloudFormation may spell a name, the likeliest first."""
    yield letters
    yield letters + "s"
    yield letters + "es"
    if letters.endswith("y"):
        yield letters[:-1] + "ies"
    if letters.endswith("s"):
        yield letters[:-1]
    if word:
        yield word + letters
        yield word + letters + "s"
        yield letters + "name"
    if letters.endswith("enabled"):
        yield "enable" + letters[:-7]
    if letters.startswith("enable"):
        yield letters[6:] + "enabled"
    yield letters + "configuration"
    yield letters + "config"
    if letters.endswith("configuration"):
        yield letters[:-13]
    if letters.endswith("arns"):
        yield letters


@cache
def plan_of(type_: str) -> Plan | None:
    """The plan of a Terraform type; None where it is not translated."""
    target = type_of(type_)
    if not target:
        return None
    row = row_of(type_)
    target = type_of(row.into) if row.into else target
    return Plan(type_, row, schemas().get(target))
