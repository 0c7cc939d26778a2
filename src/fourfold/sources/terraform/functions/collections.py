"""Collections. Source: Terraform language documentation, "Collection Functions" and "Type Conversion Functions".

Elements may be unknown where the function does not need them: `length([unknown])` is 1.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

from fourfold.model.value import Known, Map, Seq, Text, Value
from fourfold.sources.terraform.evaluate.kinds import (
    Invalid,
    ListOf,
    MapOf,
    SetOf,
    content_key,
    convert,
    elements_of,
    equal,
    is_null,
    is_unknown,
    known,
    listed,
    mapped,
    set_of,
    to_bool,
    to_number,
    to_string,
    unknown,
    wholly_known,
)
from fourfold.sources.terraform.functions.calling import collection, first_reason, simple

MADE_MAX = 100_000
"""Elements that one function may make."""


def _needs(count: int, most: int | None = None) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    """Check the number of arguments; an unknown first argument makes the result unknown."""

    def decorate(function: Callable[..., Value]) -> Callable[..., Value]:
        def call(*arguments: Value) -> Value:
            if len(arguments) < count or (most is None and len(arguments) > count) or (most and len(arguments) > most):
                raise Invalid(f"{len(arguments)} arguments are given, {count} are needed")
            return function(*arguments)

        return call

    return decorate


def _whole(function: Callable[..., Value], count: int, most: int | None = None) -> Callable[..., Value]:
    """The arguments must be collections whose extent is known."""

    def call(*arguments: Value) -> Value:
        for argument in arguments:
            if is_unknown(argument):
                return unknown(argument.reason)
        return function(*arguments)

    return _needs(count, most)(call)


def _length(value: Value) -> Value:
    if isinstance(value, Known) and isinstance(value.value, str):
        return known(len(value.value))
    if isinstance(value, Text):
        return unknown(value.reason)
    collection(value)
    if isinstance(value, SetOf) and not wholly_known(value):
        return unknown(first_reason(value))
    return known(len(value.items_ if isinstance(value, Seq) else value.entries_))  # type: ignore[attr-defined]


def _sequence(value: Value, name: str) -> Seq:
    if not isinstance(value, Seq):
        raise Invalid(f"`{name}` needs a list")
    return value


def _map(value: Value, name: str) -> Map:
    if not isinstance(value, Map):
        raise Invalid(f"`{name}` needs a map")
    return value


def _element(value: Value, index: Value) -> Value:
    items, number = _sequence(value, "element").items_, to_number(index)
    if not isinstance(number, Known):
        return unknown(number.reason)
    if not items:
        raise Invalid("`element` needs a list that is not empty")
    return items[int(number.value) % len(items)]  # type: ignore[arg-type]


def _lookup(value: Value, key: Value, *default: Value) -> Value:
    text = to_string(key)
    if not isinstance(text, Known):
        return unknown(text.reason)
    found = _map(value, "lookup").entries_.get(str(text.value))
    if found is not None:
        return found
    if default:
        return default[0]
    raise Invalid(f"the map has no key `{text.value}`")


def _concat(*sequences: Value) -> Value:
    kinds = {type(s) for s in sequences}
    items = itertools.chain.from_iterable(_sequence(s, "concat").items_ for s in sequences)
    return listed(items, ListOf if kinds == {ListOf} else Seq)


def _merge(*maps: Value) -> Value:
    entries: dict[str, Value] = {}
    for one in maps:
        if not is_null(one):
            entries.update(_map(one, "merge").entries_)
    kinds = {type(m) for m in maps if not is_null(m)}
    return mapped(entries, MapOf if kinds == {MapOf} else Map)


def _keys(value: Value) -> Value:
    return listed(known(k) for k in sorted(_map(value, "keys").entries_))


def _values(value: Value) -> Value:
    one = _map(value, "values")
    return listed((one.entries_[k] for k in sorted(one.entries_)), ListOf if isinstance(one, MapOf) else Seq)


def _flatten(value: Value) -> Value:
    out: list[Value] = []
    stack = list(_sequence(value, "flatten").items_)[::-1]
    while stack:
        one = stack.pop()
        if isinstance(one, Seq):
            stack += one.items_[::-1]
        else:
            # An element that is not known may be a list: then nobody knows how many elements there are - but a text or
            # an attribute of a resource stands for one.
            out.append(one)
    return listed(out, Seq)


def _compact(value: Value) -> Value:
    items = [to_string(v) for v in _sequence(value, "compact").items_]
    if any(is_unknown(v) for v in items):
        return unknown(first_reason(value))
    return listed(v for v in items if not is_null(v) and not (isinstance(v, Known) and v.value == ""))


def _contains(value: Value, wanted: Value) -> Value:
    answers = [equal(v, wanted) for v in _sequence(value, "contains").items_]
    if True in answers:
        return known(True)
    return unknown(first_reason(value) or wanted.reason) if None in answers else known(False)


def _index(value: Value, wanted: Value) -> Value:
    for position, item in enumerate(_sequence(value, "index").items_):
        answer = equal(item, wanted)
        if answer is None:
            return unknown(first_reason(item) or wanted.reason)
        if answer:
            return known(position)
    raise Invalid("the list does not hold the value")


def _distinct(value: Value) -> Value:
    if not wholly_known(value):
        return unknown(first_reason(value))
    out: dict[object, Value] = {}
    for item in _sequence(value, "distinct").items_:
        out.setdefault(content_key(item), item)
    return listed(out.values())


def _reverse(value: Value) -> Value:
    one = _sequence(value, "reverse")
    return listed(one.items_[::-1], ListOf if isinstance(one, (ListOf, SetOf)) else Seq)


def _slice(value: Value, start: Value, end: Value) -> Value:
    one = _sequence(value, "slice")
    a, b = to_number(start), to_number(end)
    if not isinstance(a, Known) or not isinstance(b, Known):
        return unknown(a.reason or b.reason)
    if not 0 <= a.value <= b.value <= len(one.items_):  # type: ignore[operator]
        raise Invalid("the slice lies outside the list")
    return listed(one.items_[int(a.value) : int(b.value)], type(one))  # type: ignore[arg-type]


def _sort(value: Value) -> Value:
    if not wholly_known(value):
        return unknown(first_reason(value))
    texts = [to_string(v) for v in _sequence(value, "sort").items_]
    return listed(sorted(texts, key=lambda v: str(v.plain())))


def _chunklist(value: Value, size: Value) -> Value:
    items, number = _sequence(value, "chunklist").items_, to_number(size)
    if not isinstance(number, Known):
        return unknown(number.reason)
    width = int(number.value) or max(len(items), 1)  # type: ignore[arg-type]
    if width < 0:
        raise Invalid("the size is negative")
    return listed(listed(items[i : i + width]) for i in range(0, len(items), width))


def _range(*numbers: float) -> list[float]:
    start, end = (0.0, numbers[0]) if len(numbers) == 1 else numbers[:2]
    start = int(start) if start == int(start) else start
    step = numbers[2] if len(numbers) > 2 else 1 if end >= start else -1
    if step == 0 or ((end > start) != (step > 0) and end != start):
        raise Invalid("the step leads away from the end")
    if abs((end - start) / step) > 1024:
        raise Invalid("`range` makes at most 1,024 numbers")
    out: list[float] = []
    at = start
    while at < end if step > 0 else at > end:
        out.append(at)
        at += step
    return out


def _zipmap(keys: Value, values: Value) -> Value:
    names, items = _sequence(keys, "zipmap").items_, _sequence(values, "zipmap").items_
    if len(names) != len(items):
        raise Invalid("`zipmap` needs as many keys as values")
    if not wholly_known(keys):
        return unknown(first_reason(keys))
    entries = {str(to_string(k).plain()): v for k, v in zip(names, items, strict=True)}
    return mapped(entries, MapOf if isinstance(values, ListOf) else Map)


def _transpose(value: Value) -> Value:
    if not wholly_known(value):
        return unknown(first_reason(value))
    out: dict[str, list[str]] = {}
    for key, texts in _map(value, "transpose").entries_.items():
        for text in _sequence(texts, "transpose").items_:
            out.setdefault(str(text.plain()), []).append(key)
    return mapped({k: listed(known(v) for v in sorted(out[k])) for k in sorted(out)}, MapOf)


def _setproduct(*values: Value) -> Value:
    if not all(wholly_known(v) or isinstance(v, Seq) for v in values):
        return unknown(next(first_reason(v) for v in values if not wholly_known(v)))
    groups = [[item for _, item in elements_of(_sequence(v, "setproduct"))] for v in values]
    total = 1
    for group in groups:
        total *= len(group)
    if total > MADE_MAX:
        raise Invalid(f"`setproduct` would make {total} elements")
    rows = (listed(row, Seq) for row in itertools.product(*groups))
    return set_of(rows) if all(isinstance(v, SetOf) for v in values) else listed(rows)


def _set_operation(pick: Callable[[list[dict[object, Value]]], Iterable[Value]]) -> Callable[..., Value]:
    def call(*values: Value) -> Value:
        for value in values:
            if not wholly_known(value):
                return unknown(first_reason(value))
        sets = [{content_key(v): v for v in _sequence(s, "a set function").items_} for s in values]
        return set_of(pick(sets))

    return _needs(1, 99)(call)


def _intersection(sets: list[dict[object, Value]]) -> Iterable[Value]:
    return [v for k, v in sets[0].items() if all(k in s for s in sets[1:])]


def _union(sets: list[dict[object, Value]]) -> Iterable[Value]:
    return {k: v for s in sets for k, v in s.items()}.values()


def _subtract(sets: list[dict[object, Value]]) -> Iterable[Value]:
    return [v for k, v in sets[0].items() if not any(k in s for s in sets[1:])]


def _one(value: Value) -> Value:
    if is_null(value):
        return known(None)
    items = _sequence(value, "one").items_
    if len(items) > 1:
        raise Invalid("`one` needs a list of at most one element")
    return items[0] if items else known(None)


def _coalesce(*values: Value) -> Value:
    texts = any(isinstance(v, (Text,)) or (isinstance(v, Known) and isinstance(v.value, str)) for v in values)
    for value in values:
        if is_unknown(value):
            return unknown(value.reason)
        if not is_null(value) and not (isinstance(value, Known) and value.value == ""):
            return to_string(value) if texts and isinstance(value, Known) else value
    raise Invalid("all arguments of `coalesce` are null or empty")


def _coalescelist(*values: Value) -> Value:
    for value in values:
        if is_unknown(value):
            return unknown(value.reason)
        if isinstance(value, Seq) and value.items_:
            return value
    raise Invalid("all arguments of `coalescelist` are empty")


def _all_true(value: Value) -> Value:
    return _quantified(value, wanted=False)


def _any_true(value: Value) -> Value:
    return _quantified(value, wanted=True)


def _quantified(value: Value, *, wanted: bool) -> Value:
    items = [to_bool(v) for v in _sequence(value, "alltrue").items_]
    if any(isinstance(v, Known) and v.value is wanted for v in items):
        return known(wanted)
    if any(isinstance(v, Known) and v.value is None for v in items) and not wanted:
        return known(False)
    gap = next((v for v in items if not isinstance(v, Known)), None)
    return unknown(gap.reason) if gap is not None else known(not wanted)


def _matchkeys(values: Value, keys: Value, wanted: Value) -> Value:
    if not wholly_known(keys) or not wholly_known(wanted):
        return unknown(first_reason(keys) or first_reason(wanted))
    chosen = {content_key(v) for v in _sequence(wanted, "matchkeys").items_}
    pairs = zip(_sequence(values, "matchkeys").items_, _sequence(keys, "matchkeys").items_, strict=False)
    return listed(v for v, k in pairs if content_key(k) in chosen)


def _to(type_: object) -> Callable[..., Value]:
    def call(value: Value) -> Value:
        if is_null(value):
            return known(None)
        if type_ == ("set", "any") and isinstance(value, Seq) and not wholly_known(value):
            return unknown(first_reason(value))
        if type_ in (("list", "any"), ("set", "any")) and isinstance(value, SetOf):
            value = listed((v for _, v in elements_of(value)), ListOf)
        return convert(value, type_)

    return _needs(1)(call)


def _same(value: Value) -> Value:
    return value


TABLE: dict[str, Callable[..., Value]] = {
    "alltrue": _whole(_all_true, 1),
    "anytrue": _whole(_any_true, 1),
    "chunklist": _whole(_chunklist, 2),
    "coalesce": _needs(1, 99)(_coalesce),
    "coalescelist": _needs(1, 99)(_coalescelist),
    "compact": _whole(_compact, 1),
    "concat": _whole(_concat, 1, 99),
    "contains": _needs(2)(lambda v, w: unknown(v.reason) if is_unknown(v) else _contains(v, w)),
    "distinct": _whole(_distinct, 1),
    "element": _whole(_element, 2),
    "ephemeralasnull": _needs(1)(_same),
    "flatten": _whole(_flatten, 1),
    "index": _whole(_index, 2),
    "issensitive": _needs(1)(lambda _: known(False)),
    "keys": _whole(_keys, 1),
    "length": _whole(_length, 1),
    "list": _needs(0, 99)(lambda *values: listed(values)),
    "lookup": _needs(2, 3)(lambda v, *rest: unknown(v.reason) if is_unknown(v) else _lookup(v, *rest)),
    "matchkeys": _whole(_matchkeys, 3),
    "merge": _whole(_merge, 0, 99),
    "nonsensitive": _needs(1)(_same),
    "one": _whole(_one, 1),
    "range": simple("nnn", _range, optional=2),
    "reverse": _whole(_reverse, 1),
    "sensitive": _needs(1)(_same),
    "setintersection": _set_operation(_intersection),
    "setproduct": _whole(_setproduct, 1, 99),
    "setsubtract": _set_operation(_subtract),
    "setunion": _set_operation(_union),
    "slice": _whole(_slice, 3),
    "sort": _whole(_sort, 1),
    "tobool": _needs(1)(to_bool),
    "tolist": _to(("list", "any")),
    "tomap": _to(("map", "any")),
    "tonumber": _needs(1)(to_number),
    "toset": _to(("set", "any")),
    "tostring": _needs(1)(to_string),
    "transpose": _whole(_transpose, 1),
    "values": _whole(_values, 1),
    "zipmap": _whole(_zipmap, 2),
}
