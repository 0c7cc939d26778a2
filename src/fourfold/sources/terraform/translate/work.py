"""What a finisher gets to work on, and what it may make of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from fourfold.model.value import Absent, Known, Map, Ref, Seq, Unknown, Value
from fourfold.sources.terraform.translate.blocks import Node
from fourfold.sources.terraform.translate.code import Packages
from fourfold.sources.terraform.translate.references import Instance, Instances


class Extra(NamedTuple):
    """A resource that an instance makes beside its own."""

    type: str
    suffix: str
    """What its address adds to the instance's."""
    properties: Map


class Work(NamedTuple):
    """What a finisher gets."""

    instance: Instance
    root: Node
    instances: Instances
    key: str
    extras: list[Extra]
    types: list[str]
    """The CloudFormation type, as the only element; a finisher may change it."""
    attributes: dict[str, Value]
    silent: set[str]
    """Properties for which the provider sends nothing here, though its row says that it does."""
    packages: Packages
    """Where the code of functions stands."""
    suffix: list[str]
    """What the address of the resource itself adds to the instance's, as the only element."""

    @property
    def values(self) -> Map:
        return self.instance.values

    def written(self, name: str) -> Value | None:
        """An argument, where something is written."""
        value = self.values.entries_.get(name)
        if value is None or isinstance(value, Absent) or (isinstance(value, Known) and value.value in (None, "")):
            return None
        return value

    def itself(self, at: Value) -> Ref:
        return Ref(at.source, at.start, at.end, at.key_start, self.key)


def items(value: Value | None) -> Iterator[Value]:
    """The elements of a list of blocks; an unknown list is one unknown element."""
    if isinstance(value, Seq):
        yield from value.items_
    elif isinstance(value, (Map, Unknown, Ref)):
        yield value


def placed(value: Value, at: Value) -> Value:
    """A value at the place of another one."""
    return msgspec.structs.replace(value, source=at.source, start=at.start, end=at.end, key_start=at.key_start)
