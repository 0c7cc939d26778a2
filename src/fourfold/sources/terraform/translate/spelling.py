"""How Terraform writes a property: the tables the other way round, for what a fix inserts or sets.

The style of a mapping that is written in HCL is `hcl|<type>|<blocks>|<properties>`: the Terraform type of the resource, the
blocks of it that lead to the mapping, and the properties that it is in CloudFormation's (or the Kubernetes API's) words. A
mapping that only exists in CloudFormation (`Code` of a function) stands at the block around it, and names that block.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from fourfold.sources.terraform.translate import kubernetes
from fourfold.sources.terraform.translate.finish import ATTRIBUTES
from fourfold.sources.terraform.translate.names import Plan, plan_of
from fourfold.sources.terraform.translate.tables import ROWS

HCL = "hcl|"
_ATTRIBUTES = ("LoadBalancerAttributes",)
_LOG_TYPES = ("Logging", "ClusterLogging", "EnabledTypes")

_INSIDE: dict[tuple[str, tuple[str, ...]], dict[tuple[str, ...], str]] = {
    ("aws_dynamodb_table", ("replica",)): {
        ("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"): "point_in_time_recovery",
        ("DeletionProtectionEnabled",): "deletion_protection_enabled",
    },
}
"""Blocks that are resources of their own in CloudFormation: their properties, and what these are called in the block."""


class Written(NamedTuple):
    """One argument as Terraform writes it."""

    names: tuple[str, ...]
    """The blocks from the mapping on, and at last the argument; blocks from the resource on where `resource` is named."""
    value: Any
    """Plain data in Terraform's words."""
    resource: str = ""
    """The type of the resource of its own that it is written in, where it is not written in the mapping's."""
    link: str = ""
    """The argument of that resource that names the one it belongs to."""


def written_as(type_: str, path: tuple[str | int, ...]) -> list[str]:
    """The blocks and the argument of a Terraform type that a property is; empty where it is none of them."""
    found = _inverse(type_).get(_keys(path))
    return list(found[0]) if found else []


def is_block(type_: str, names: tuple[str, ...]) -> str:
    """`*` for a block that may be written several times, `+` for one that is written once, empty for an argument."""
    if type_.startswith("kubernetes_"):
        return "" if not names or names[-1] in kubernetes.FREE else "+"
    from fourfold.knowledge.terraform import arguments

    tree = arguments().types.get(type_, {})
    mark = ""
    for name in names:
        mark = next((m for m in ("*", "+") if m + name in tree), "")
        inner = tree.get(mark + name)
        tree = inner if isinstance(inner, dict) else {}
    return mark


def spelled(style: str, keys: tuple[str | int, ...], value: Any) -> list[Written]:
    """What has to be written so that the property at `keys` below a mapping of this style is `value`.

    Empty where Terraform has no argument for it.
    """
    if not style.startswith(HCL):
        return []
    _, type_, blocks, properties = style.split("|")
    around = tuple(b for b in blocks.split(".") if b)
    path = (*(p for p in properties.split(".") if p), *keys)
    if type_.startswith("kubernetes_"):
        names = tuple(_snake(key) for key in _keys(keys))
        return [Written(names, _snaked(value))]
    plan = plan_of(type_)
    if plan is None:
        return []
    out: list[Written] = []
    for leaf, item in _leaves(type_, path, value):
        found = _leaf(type_, plan, around, leaf, item)
        if found is None:
            return []
        out.append(found)
    return out


def _leaf(type_: str, plan: Plan, around: tuple[str, ...], path: tuple[str, ...], value: Any) -> Written | None:
    if path == _ATTRIBUTES and type_ in ("aws_lb", "aws_alb"):
        return _attribute(value)
    if path == _LOG_TYPES and isinstance(value, list):
        return Written(("enabled_cluster_log_types",), [item.get("Type") for item in value])
    inside = _INSIDE.get((type_, around))
    if inside is not None:
        return Written((inside[path],), value) if path in inside else None
    own = _inverse(type_).get(path)
    if own is not None and own[0][: len(around)] == around and (around or not own[2]):
        names = own[0]
        return Written(names[len(around) :], _value(plan, names, value))
    for satellite in _satellites(type_):
        found = _inverse(satellite).get(path)
        other = plan_of(satellite)
        if found is not None and other is not None:
            return Written(found[0], _value(other, found[0], value), satellite, other.row.parent.split("+")[0])
    if own is not None and own[0][: len(around)] == around:
        return Written(own[0][len(around) :], _value(plan, own[0], value))
    return None


def _attribute(value: Any) -> Written | None:
    """An attribute of a load balancer, which is an argument in Terraform."""
    pair = value[0] if isinstance(value, list) and len(value) == 1 else value
    if not isinstance(pair, dict):
        return None
    name = next((n for n, key in ATTRIBUTES.items() if key == pair.get("Key")), "")
    words = {"true": True, "false": False}
    return Written((name,), words.get(str(pair.get("Value")), pair.get("Value"))) if name else None


def _keys(path: tuple[str | int, ...]) -> tuple[str, ...]:
    return tuple(key for key in path if isinstance(key, str))


def _leaves(type_: str, path: tuple[str | int, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The arguments that a tree of properties consists of, each with its value."""
    keys = _keys(path)
    plan = plan_of(type_)
    whole = keys in (_ATTRIBUTES, _LOG_TYPES)
    if isinstance(value, dict) and plan is not None and plan.properties(keys) and not whole:
        for key, inner in value.items():
            yield from _leaves(type_, (*keys, key), inner)
    elif isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict) and not whole:
        yield from _leaves(type_, keys, value[0])
    else:
        yield keys, value


def _value(plan: Plan, names: tuple[str, ...], value: Any) -> Any:
    """A value in Terraform's words."""
    table: Mapping[Any, Any] = plan.row.words.get(".".join(names), {})
    for mine, theirs in table.items():
        if theirs == value and not (isinstance(mine, str) and mine in ("true", "false")):
            return mine
    return value


@cache
def _satellites(type_: str) -> tuple[str, ...]:
    return tuple(name for name, row in ROWS.items() if row.into == type_)


@cache
def _inverse(type_: str) -> dict[tuple[str, ...], tuple[tuple[str, ...], bool, bool]]:
    """Property path: the names that it is written with, whether that is a block, and whether it is an old way."""
    from fourfold.knowledge.terraform import arguments

    plan = plan_of(type_)
    out: dict[tuple[str, ...], tuple[tuple[str, ...], bool, bool]] = {}
    if plan is not None:
        old = type_ == "aws_s3_bucket"
        _enumerate(plan, arguments().types.get(type_, {}), (), plan.below, out, old=old)
    return out


def _enumerate(
    plan: Plan,
    tree: dict[str, Any],
    around: tuple[str, ...],
    at: tuple[str, ...],
    out: dict[tuple[str, ...], tuple[tuple[str, ...], bool, bool]],
    *,
    old: bool,
) -> None:
    for marked, inner in tree.items():
        name = marked.lstrip("*+")
        if not around and plan.row.into and name in plan.row.parent.replace("+", " ").split():
            continue
        place = plan.place(around, name, at)
        if place is None:
            continue
        names = (*around, name)
        if name not in ("tags", "bucket") and place.path:
            # The newest spelling comes last in the provider's schema only by chance: the exact one wins, else the first.
            out.setdefault(place.path, (names, isinstance(inner, dict), old))
        if isinstance(inner, dict):
            _enumerate(plan, inner, names, place.path, out, old=old)


# -- Kubernetes ----------------------------------------------------------------------------------------------------------


def _snake(key: str) -> str:
    for singular, plural in kubernetes.LISTS.items():
        if plural == key:
            return singular
    for snake, camel in kubernetes.ACRONYMS.items():
        if camel == key:
            return snake
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in key)


def _snaked(value: Any) -> Any:
    if isinstance(value, dict):
        return {_snake(k): _snaked(v) for k, v in value.items()}
    return [_snaked(v) for v in value] if isinstance(value, list) else value
