"""Small functions that ask a resource for one fact: the cells of the tables in `aws_data` and `aws_watch`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from fourfold.linking.aws_values import or_else, presence, translate, undecided
from fourfold.model.resource import Resource
from fourfold.model.value import Plain, Value, known

Ask: TypeAlias = Callable[[Resource], Value]


def path(*keys: str, absent: Plain = None) -> Ask:
    """The property at a path; stands for `absent` where nothing is written."""
    return lambda r: r.get(*keys).default(absent)


def either(*paths: tuple[str, ...], absent: Plain = None) -> Ask:
    """The first of several properties that is written."""

    def ask(r: Resource) -> Value:
        out = r.get(*paths[-1]).default(absent)
        for keys in reversed(paths[:-1]):
            out = or_else(r.get(*keys).default(absent), out)
        return out

    return ask


def always(_: Plain = None) -> Ask:
    """True: the service leaves no choice."""
    return lambda r: known(True, at=r.properties)


def written(*keys: str) -> Ask:
    """True where the property is written, else false: a key that turns encryption on."""
    return lambda r: presence(r.get(*keys))


def words(*keys: str, table: dict[str, Plain], absent: Plain) -> Ask:
    """The property in other words."""
    return lambda r: translate(r.get(*keys), table, absent=absent)


def decided_elsewhere(*keys: str, by: str) -> Ask:
    """The property; where nothing is written it is not known, for the reason `by`."""
    return lambda r: undecided(r.get(*keys), by)
