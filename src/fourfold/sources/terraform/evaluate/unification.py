"""Types of values, and the one type that several values can all be converted to.

A conditional has the type that both its sides can become, a list the one that all its elements can. Source: the
behaviour of `convert.Unify` in the cty library (https://github.com/zclconf/go-cty/blob/main/docs/convert.md), compared
with the terraform program.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fourfold.model.value import Known, Map, Ref, Seq, Text, Value
from fourfold.sources.terraform.evaluate.kinds import ListOf, MapOf, NullOf, SetOf, Type, UnknownOf

PRIMITIVES = frozenset({"string", "number", "bool"})
_STRINGS = frozenset({"id", "arn"})
"""Attributes that are strings in every provider."""


def type_of(value: Value) -> Type:
    """The type of a value; null, and what nothing is known of, is "any"."""
    if isinstance(value, Known):
        scalar = value.value
        if isinstance(scalar, str):
            return "string"
        if scalar is None:
            return value.type_ if isinstance(value, NullOf) else "any"
        return "bool" if isinstance(scalar, bool) else "number"
    if isinstance(value, (ListOf, SetOf)):
        kind = "list" if isinstance(value, ListOf) else "set"
        return (kind, value.of if value.of not in (None, "any") else element_type(value.items_))
    if isinstance(value, Seq):
        return ("tuple", [type_of(v) for v in value.items_])
    if isinstance(value, MapOf):
        return ("map", value.of if value.of not in (None, "any") else element_type(value.entries_.values()))
    if isinstance(value, Map):
        # Of a resource only its provider knows all attributes.
        return ("object", {k: type_of(v) for k, v in value.entries_.items()}) if value.rest is None else "any"
    if isinstance(value, UnknownOf):
        return value.type_
    if isinstance(value, Text) or (isinstance(value, Ref) and value.attribute in _STRINGS):
        return "string"
    return "any"


def element_type(items: Iterable[Value]) -> Type:
    """The type of the elements of a list: all are of one, but null has none of its own."""
    found: Type = "any"
    for item in items:
        type_ = type_of(item)
        if not dynamic(type_):
            return type_
        if found == "any":
            found = type_
    return found


def dynamic(type_: Type) -> bool:
    """Whether some part of the type is not known."""
    if isinstance(type_, str):
        return type_ == "any"
    kind, of = type_
    if kind == "tuple":
        return any(map(dynamic, of))
    if kind == "object":
        return any(map(dynamic, of.values()))
    return dynamic(of)


def conforms(a: Type, b: Type) -> bool:
    """Whether the two may turn out to be the same type."""
    if a == "any" or b == "any":
        return True
    if isinstance(a, str) or isinstance(b, str) or a[0] != b[0]:
        return bool(a == b)
    if a[0] == "tuple":
        return len(a[1]) == len(b[1]) and all(map(conforms, a[1], b[1]))
    if a[0] == "object":
        return set(a[1]) == set(b[1]) and all(conforms(t, b[1][k]) for k, t in a[1].items())
    return conforms(a[1], b[1])


def convertible(have: Type, want: Type) -> bool:
    """Whether values of one type may be converted to another; a text may hold a number or a boolean."""
    if want == "any" or have == "any" or have == want:
        return True
    if isinstance(have, str) or isinstance(want, str):
        return isinstance(have, str) and isinstance(want, str) and "string" in {have, want} <= PRIMITIVES
    (a, of), (b, into) = have, want
    if b in ("list", "set"):
        if a in ("list", "set"):
            return convertible(of, into)
        return a == "tuple" and _elements_convertible(of, into)
    if b == "map":
        if a == "map":
            return convertible(of, into)
        return a == "object" and _elements_convertible(list(of.values()), into)
    if b == "tuple":
        return a == "tuple" and len(of) == len(into) and all(map(convertible, of, into))
    return _to_object(a, of, into)


def _elements_convertible(have: list[Type], want: Type) -> bool:
    if want == "any":
        return not have or unify(have) is not None
    return all(convertible(t, want) for t in have)


def _to_object(kind: str, of: Any, into: dict[str, Any]) -> bool:
    if kind == "map":
        return all(convertible(of, attribute_type(t)) for t in into.values())
    if kind != "object":
        return False
    return all(
        convertible(of[name], attribute_type(t)) if name in of else isinstance(t, tuple) and len(t) == 3
        for name, t in into.items()
    )


def attribute_type(attribute: Any) -> Type:
    """The type of an object's attribute, in a type or in a constraint."""
    return attribute[0] if isinstance(attribute, tuple) and len(attribute) == 3 else attribute


def unify(types: list[Type]) -> Type | None:
    """The type that all can be converted to; None where there is none."""
    first = types[0]
    if all(t == first for t in types[1:]):
        return first
    kinds = {t if isinstance(t, str) else t[0] for t in types}
    some_unknown = "any" in kinds
    kinds.discard("any")
    if kinds <= {"map"} or kinds <= {"list"} or kinds <= {"set"}:
        return "any" if some_unknown else _unify_elements(types)
    if kinds == {"object"} or kinds == {"tuple"}:
        if some_unknown:
            return "any"
        return _unify_objects(types) if kinds == {"object"} else _unify_tuples(types)
    if kinds >= {"object", "tuple"}:
        return None
    if kinds in ({"map", "object"}, {"list", "tuple"}):
        found = _unify_mixed(types, "object" if "object" in kinds else "tuple")
        if found is not None:
            return found
    for want in sorted(types, key=_preference):
        if all(t == want or convertible(t, want) for t in types):
            return want
    return None


def common(types: list[Type]) -> Type | None:
    """The type of the elements of one collection: several that are known never become one that is not."""
    found = unify(types)
    if found == "any" and any(t != types[0] for t in types):
        return None
    return found


def _preference(type_: Type) -> int:
    """Texts before other scalars, lists before tuples before sets, maps before objects, the unknown last."""
    order = {"string": 0, "list": 0, "map": 0, "tuple": 1, "object": 1, "number": 1, "bool": 1, "set": 2, "any": 3}
    return order[type_ if isinstance(type_, str) else type_[0]]


def _unify_elements(types: list[Type]) -> Type | None:
    found = unify([of for _, of in types])
    return None if found is None else (types[0][0], found)


def _unify_objects(types: list[Type]) -> Type | None:
    names = set(types[0][1])
    if any(set(of) != names for _, of in types):
        return _together("map", [t for _, of in types for t in of.values()])
    out: dict[str, Type] = {}
    for name in types[0][1]:
        found = unify([of[name] for _, of in types])
        if found is None:
            return None
        out[name] = found
    return ("object", out)


def _unify_tuples(types: list[Type]) -> Type | None:
    if len({len(of) for _, of in types}) > 1:
        return _together("list", [t for _, of in types for t in of])
    out: list[Type] = []
    for position in range(len(types[0][1])):
        found = unify([of[position] for _, of in types])
        if found is None:
            return None
        out.append(found)
    return ("tuple", out)


def _together(kind: str, elements: list[Type]) -> Type | None:
    found = common(elements) if elements else None
    return None if found is None else (kind, found)


def _unify_mixed(types: list[Type], literal: str) -> Type | None:
    """Lists with tuples, maps with objects: the literals first become one collection."""
    of = [t[1] for t in types if t[0] == literal]
    kind = "map" if literal == "object" else "list"
    elements = [t for one in of for t in (one.values() if literal == "object" else one)]
    collected = _together(kind, elements)
    if collected is None:
        return None
    found = unify([collected if t[0] == literal else t for t in types])
    return found if found is not None and found[0] == kind else None
