"""Sets, and conversions by name. Source: Terraform language documentation, "Collection Functions" and "Type Conversion
Functions"."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import msgspec

from fourfold.model.value import Seq, Value
from fourfold.sources.terraform.evaluate.conversions import convert
from fourfold.sources.terraform.evaluate.elements import content_key, set_of
from fourfold.sources.terraform.evaluate.kinds import (
    Invalid,
    SetOf,
    Type,
    UnknownOf,
    first_reason,
    is_unknown,
    listed,
    unknown,
    wholly_known,
)
from fourfold.sources.terraform.evaluate.unification import common, type_of, unify
from fourfold.sources.terraform.functions.calling import Function, Parameter, define

MADE_MAX = 100_000
"""Elements that one function may make."""
SET = Parameter(("set", "any"))


def _set_type(*values: Value) -> Type:
    # What has no elements, and says not of which type they would be, fits to everything.
    types = [t for v in values if (t := type_of(v)) != ("set", "any") or not (isinstance(v, Seq) and not v.items_)]
    found = unify(types) if types else ("set", "any")
    if found is None:
        raise Invalid("the sets have no type in common")
    return found if not isinstance(found, str) else ("set", "any")


def _operation(pick: Callable[[list[dict[object, Value]]], Iterable[Value]], *, whole: bool = True) -> Function:
    """`whole`: only what is wholly known tells the result."""

    def call(*values: Value) -> Value:
        type_ = _set_type(*values)
        same = [convert(v, type_) for v in values]
        for value in same:
            if whole and not wholly_known(value):
                return unknown(first_reason(value), type_)
        found = pick([{content_key(v): v for v in one.items_} for one in same if isinstance(one, Seq)])
        return set_of(found, None if type_[1] == "any" else type_[1])

    return define(call, SET, rest=SET, result=_set_type)


def _intersection(sets: list[dict[object, Value]]) -> Iterable[Value]:
    return [v for k, v in sets[0].items() if all(k in s for s in sets[1:])]


def _union(sets: list[dict[object, Value]]) -> Iterable[Value]:
    return [v for s in sets for v in s.values()]


def _difference(sets: list[dict[object, Value]]) -> Iterable[Value]:
    return [v for k, v in sets[0].items() if k not in sets[1]]


def _product_type(*values: Value) -> Type:
    if len(values) < 2:
        raise Invalid("`setproduct` needs at least two sets")
    types = [type_of(v) for v in values]
    inner: list[Type] = []
    if "any" in types:
        return "any"
    for type_ in types:
        if isinstance(type_, str) or type_[0] not in ("list", "set", "tuple"):
            raise Invalid("`setproduct` needs sets or lists")
        found = (common(type_[1]) if type_[1] else "any") if type_[0] == "tuple" else type_[1]
        if found is None:
            raise Invalid("the elements have no type in common")
        inner.append(found)
    return ("set" if any(t[0] == "set" for t in types) else "list", ("tuple", inner))


def _product(*values: Value) -> Value:
    type_ = _product_type(*values)
    if type_ == "any":
        return unknown(next(filter(None, map(first_reason, values)), ""))
    groups: list[list[Value]] = []
    total = 1
    for value, of in zip(values, type_[1][1], strict=True):
        if is_unknown(value) or (isinstance(value, SetOf) and len(value.items_) > 1 and not wholly_known(value)):
            return unknown(first_reason(value), type_)
        assert isinstance(value, Seq)
        groups.append([convert(item, of) for item in value.items_])
        total *= len(value.items_)
    if total * len(groups) > MADE_MAX:
        raise Invalid(f"`setproduct` would make {total} elements, more than are evaluated")
    rows = (listed(row, Seq) for row in itertools.product(*groups))
    return set_of(rows, type_[1]) if type_[0] == "set" else listed(rows, of=type_[1])


def _to(type_: Type) -> Function:
    def call(value: Value) -> Value:
        found = convert(value, type_)
        return msgspec.structs.replace(found, nullable=True) if isinstance(found, UnknownOf) else found

    return define(call, Parameter("any", True, True))


def _same(value: Value) -> Value:
    return value


TABLE: dict[str, Function] = {
    "ephemeralasnull": define(_same, Parameter("any", True, True)),
    "setintersection": _operation(_intersection),
    "setproduct": define(_product, rest=Parameter("any", False, True)),
    "setsubtract": define(_operation(_difference), SET, SET, result=_set_type),
    "setunion": _operation(_union, whole=False),
    "tobool": _to("bool"),
    "tolist": _to(("list", "any")),
    "tomap": _to(("map", "any")),
    "tonumber": _to("number"),
    "toset": _to(("set", "any")),
    "tostring": _to("string"),
}
