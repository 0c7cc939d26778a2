"""Maps and objects. Source: Terraform language documentation, "Collection Functions".

Elements may be unknown where the function does not need them: `keys({ a = unknown })` is `["a"]`.
"""

from __future__ import annotations

from fourfold.model.value import NOWHERE, Known, Map, Seq, Value
from fourfold.sources.terraform.evaluate.conversions import convert
from fourfold.sources.terraform.evaluate.kinds import (
    Invalid,
    ListOf,
    MapOf,
    Type,
    first_reason,
    is_null,
    is_unknown,
    known,
    listed,
    mapped,
    unknown,
    wholly_known,
)
from fourfold.sources.terraform.evaluate.unification import type_of
from fourfold.sources.terraform.functions.calling import ANY, OPEN, TEXT, TEXTS, Function, Parameter, define
from fourfold.sources.terraform.functions.collections import kind_of, sequence


def _lookup_type(value: Value, key: Value, *default: Value) -> Type:
    type_ = type_of(value)
    kind = kind_of(value)
    if kind == "map":
        return type_[1]
    if kind != "object":
        raise Invalid("`lookup` needs a map")
    if not isinstance(key, Known):
        return "any"
    if key.value in type_[1]:
        return type_[1][key.value]
    if default:
        return type_of(default[0])
    raise Invalid(f"the map has no key `{key.value}`")


def _lookup(value: Value, key: Known, *default: Value) -> Value:
    type_ = _lookup_type(value, key, *default)
    assert isinstance(value, Map)
    if default and isinstance(value, MapOf):
        default = (convert(default[0], type_),)
    found = value.entries_.get(str(key.value))
    if found is not None:
        return found
    if default:
        return default[0]
    raise Invalid(f"the map has no key `{key.value}`")


def _merge_type(*maps: Value) -> Type:
    types = [type_of(m) for m in maps if not is_null(m)]
    if any(isinstance(t, str) or t[0] not in ("map", "object") for t in types):
        raise Invalid("`merge` needs maps")
    if len(types) == len(maps) and types and all(t == types[0] for t in types):
        return types[0]
    if any(t[0] == "map" and is_unknown(m) for t, m in zip(types, (m for m in maps if not is_null(m)), strict=True)):
        return "any"
    out: dict[str, Type] = {}
    for type_, one in zip(types, (m for m in maps if not is_null(m)), strict=True):
        out |= type_[1] if type_[0] == "object" else dict.fromkeys(one.entries_, type_[1])  # type: ignore[attr-defined]
    return ("object", out)


def _merge(*maps: Value) -> Value:
    type_ = _merge_type(*maps)
    entries: dict[str, Value] = {}
    for one in maps:
        if isinstance(one, Map):
            entries.update(one.entries_)
    return mapped(entries, MapOf if type_[0] == "map" else Map)


def _keys(value: Value) -> Value:
    type_ = type_of(value)
    kind = kind_of(value)
    if kind == "any":
        return unknown(value.reason)
    if kind == "object":
        return listed((known(k) for k in sorted(type_[1])), Seq)
    if kind != "map":
        raise Invalid("`keys` needs a map")
    if not isinstance(value, Map):
        return unknown(value.reason, ("list", "string"))
    return listed((known(k) for k in sorted(value.entries_)), ListOf, "string")


def _values_type(value: Value) -> Type:
    type_ = type_of(value)
    if kind_of(value) not in ("map", "object"):
        raise Invalid("`values` needs a map")
    return ("list", type_[1]) if type_[0] == "map" else ("tuple", [type_[1][k] for k in sorted(type_[1])])


def _values(value: Value) -> Value:
    kind, _ = _values_type(value)
    assert isinstance(value, Map)
    return listed((value.entries_[k] for k in sorted(value.entries_)), ListOf if kind == "list" else Seq)


def _zipmap_type(keys: Value, values: Value) -> Type:
    type_ = type_of(values)
    kind = kind_of(values)
    if kind == "list":
        return ("map", type_[1])
    if kind != "tuple":
        raise Invalid("`zipmap` needs two lists")
    if not isinstance(keys, Seq) or not wholly_known(keys):
        return "any"
    names = [str(k.plain()) for k in keys.items_]
    if len(names) != len(type_[1]):
        raise Invalid("`zipmap` needs as many keys as values")
    return ("object", dict(zip(names, type_[1], strict=True)))


def _zipmap(keys: Value, values: Value) -> Value:
    type_ = _zipmap_type(keys, values)
    if not wholly_known(keys):
        return unknown(first_reason(keys), type_)
    names, items = sequence(keys, "zipmap").items_, sequence(values, "zipmap").items_
    if len(names) != len(items):
        raise Invalid("`zipmap` needs as many keys as values")
    if any(is_null(k) for k in names):
        raise Invalid("a key is null")
    return mapped({str(k.plain()): v for k, v in zip(names, items, strict=True)}, MapOf if type_[0] == "map" else Map)


def _transpose(value: Value) -> Value:
    if not wholly_known(value):
        return unknown(first_reason(value), ("map", ("list", "string")))
    assert isinstance(value, Map)
    out: dict[str, list[str]] = {}
    for key in sorted(value.entries_):
        for text in sequence(value.entries_[key], "transpose").items_:
            if is_null(text):
                raise Invalid("an element is null")
            out.setdefault(str(text.plain()), []).append(key)
    lists = {k: listed((known(v) for v in sorted(out[k])), ListOf, "string") for k in sorted(out)}
    return MapOf(NOWHERE, 0, 0, -1, dict(lists), of=("list", "string"))


TABLE: dict[str, Function] = {
    "keys": define(_keys, Parameter("any", False, True)),
    "lookup": define(_lookup, ANY, TEXT, OPEN, optional=1, result=_lookup_type),
    "merge": define(_merge, rest=Parameter("any", True), result=_merge_type),
    "transpose": define(_transpose, Parameter(("map", ("list", "string"))), result=("map", ("list", "string"))),
    "values": define(_values, ANY, result=_values_type),
    "zipmap": define(_zipmap, TEXTS, ANY, result=_zipmap_type),
}
