"""Lists. Source: Terraform language documentation, "Collection Functions".

Elements may be unknown where the function does not need them: `length([unknown])` is 1.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from fourfold.model.value import Known, Ref, Seq, Text, Value
from fourfold.sources.terraform.evaluate.conversions import convert, equal, to_number
from fourfold.sources.terraform.evaluate.elements import content_key
from fourfold.sources.terraform.evaluate.kinds import (
    Invalid,
    ListOf,
    SetOf,
    Type,
    first_reason,
    is_null,
    is_unknown,
    known,
    listed,
    null_of,
    unknown,
    wholly_known,
)
from fourfold.sources.terraform.evaluate.limits import COSTS
from fourfold.sources.terraform.evaluate.numbers import INDEX_MAX, Exact, counted
from fourfold.sources.terraform.evaluate.operations import arithmetic, compare
from fourfold.sources.terraform.evaluate.unification import dynamic, type_of, unify
from fourfold.sources.terraform.functions.calling import ANY, NUMBER, OPEN, TEXTS, Function, Parameter, define
from fourfold.sources.terraform.functions.graphemes import graphemes

RANGE_MAX = 1024
"""Numbers that `range` makes, in Terraform as here."""
LIST = Parameter(("list", "any"))


def sequence(value: Value, name: str) -> Seq:
    if not isinstance(value, Seq):
        raise Invalid(f"`{name}` needs a list")
    return value


def kind_of(value: Value) -> str:
    type_ = type_of(value)
    return type_ if isinstance(type_, str) else type_[0]


def _length(value: Value) -> Value:
    type_ = type_of(value)
    if type_ == "string":
        return (
            counted(len(graphemes(str(value.value)))) if isinstance(value, Known) else unknown(value.reason, "number")
        )
    if type_ == "any":
        return unknown(value.reason, "number")
    if isinstance(type_, str):
        raise Invalid("`length` needs a collection or a text")
    if type_[0] in ("tuple", "object"):
        return counted(len(type_[1]))
    if is_unknown(value):
        return unknown(value.reason, "number")
    if isinstance(value, SetOf) and len(value.items_) > 1 and not wholly_known(value):
        return unknown(first_reason(value), "number")
    return counted(len(value.items_ if isinstance(value, Seq) else value.entries_))  # type: ignore[attr-defined]


def _element_type(value: Value, index: Value) -> Type:
    type_ = type_of(value)
    if kind_of(value) not in ("list", "tuple"):
        raise Invalid("`element` needs a list")
    if type_[0] == "list":
        return type_[1]
    if not isinstance(index, Known):
        return "any"
    return type_[1][_position(index, len(type_[1]))]


def _position(index: Known, count: int) -> int:
    if not isinstance(index.value, int) or index.value > INDEX_MAX:
        raise Invalid("the index is not a whole number of 64 bits")
    if index.value < 0:
        raise Invalid("the index of `element` is negative")
    if not count:
        raise Invalid("`element` needs a list that is not empty")
    return index.value % count


def _element(value: Value, index: Known) -> Value:
    if isinstance(value, SetOf):
        raise Invalid("elements of a set have no order")
    items = sequence(value, "element").items_
    return items[_position(index, len(items))]


def _concat_type(*sequences: Value) -> Type:
    types = [type_of(s) for s in sequences]
    for type_, one in zip(types, sequences, strict=True):
        if isinstance(type_, str) or type_[0] not in ("list", "set", "tuple"):
            raise Invalid("`concat` needs lists")
        if type_[0] != "tuple" and is_unknown(one) and any(t[0] != "list" for t in types):
            # Terraform does not look at what comes behind it.
            return "any"
    if all(t[0] == "list" for t in types):
        found = unify(types)
        if found is not None:
            return found
    if any(t[0] != "tuple" and is_unknown(s) for t, s in zip(types, sequences, strict=True)):
        return "any"
    out: list[Type] = []
    for (kind, of), sequence in zip(types, sequences, strict=True):
        out += of if kind == "tuple" else [of] * len(sequence.items_)  # type: ignore[attr-defined]
    return ("tuple", out)


def _concat(*sequences: Value) -> Value:
    if any(isinstance(s, SetOf) for s in sequences):
        raise Invalid("`concat` needs lists")
    items = itertools.chain.from_iterable(sequence(s, "concat").items_ for s in sequences)
    if not all(isinstance(s, ListOf) for s in sequences):
        return listed(items, Seq)
    common = unify([type_of(s) for s in sequences])
    return listed(items, Seq) if common is None else convert(listed(items), common)


def _flatten(value: Value) -> Value:
    if is_unknown(value):
        return unknown(value.reason)
    out: list[Value] = []
    stack = list(sequence(value, "flatten").items_)[::-1]
    while stack:
        one = stack.pop()
        if isinstance(one, Seq):
            stack += one.items_[::-1]
        elif is_unknown(one) and (type_of(one) == "any" or type_of(one)[0] in ("list", "set", "tuple")):
            # It may be a list of any length. An attribute of a resource is kept: whether it stands for one element or
            # for many, what is in the list refers to it.
            if not isinstance(one, Ref):
                return unknown(one.reason)
            out.append(one)
        else:
            out.append(one)
    return listed(out, Seq)


def _compact(value: Value) -> Value:
    items = () if is_unknown(value) else sequence(value, "compact").items_
    if is_unknown(value) or not all(wholly_known(v) or _surely_not_empty(v) for v in items):
        return unknown(first_reason(value), ("list", "string"))
    kept = (v for v in items if not is_null(v) and (_surely_not_empty(v) or v.plain() != ""))
    return listed(kept, ListOf, "string")


def _surely_not_empty(value: Value) -> bool:
    """Whether a text that is not wholly known has a known part, as one that `jsonencode` made."""
    return isinstance(value, Text) and any(isinstance(part, str) and part for part in value.parts)


def _contains(value: Value, wanted: Value) -> Value:
    items = sequence(value, "contains").items_
    if not items:
        return known(False)
    if is_unknown(wanted) or isinstance(wanted, Text):
        return unknown(wanted.reason, "bool")
    answers = [equal(v, wanted) for v in items]
    if True in answers:
        return known(True)
    return unknown(first_reason(value) or first_reason(wanted), "bool") if None in answers else known(False)


def _index(value: Value, wanted: Value) -> Value:
    if isinstance(value, SetOf) or not isinstance(value, Seq):
        raise Invalid("`index` needs a list")
    if not value.items_:
        raise Invalid("the list is empty")
    for position, item in enumerate(value.items_):
        answer = equal(item, wanted)
        if answer is None:
            return unknown(first_reason(item) or first_reason(wanted), "number")
        if answer:
            return counted(position)
    raise Invalid("the list does not hold the value")


def _distinct(value: Value) -> Value:
    if not wholly_known(value):
        return unknown(first_reason(value), type_of(value))
    out: dict[object, Value] = {}
    for item in sequence(value, "distinct").items_:
        out.setdefault(content_key(item), item)
    return listed(out.values())


def _reverse_type(value: Value) -> Type:
    type_ = type_of(value)
    kind = kind_of(value)
    if kind == "tuple":
        return (kind, type_[1][::-1])
    if kind in ("list", "set"):
        return ("list", type_[1])
    raise Invalid("`reverse` needs a list")


def _reverse(value: Value) -> Value:
    one = sequence(value, "reverse")
    return listed(one.items_[::-1], ListOf if isinstance(one, (ListOf, SetOf)) else Seq)


def _slice_type(value: Value, start: Value, end: Value) -> Type:
    type_ = type_of(value)
    if kind_of(value) not in ("list", "tuple"):
        raise Invalid("`slice` needs a list")
    if type_[0] == "list":
        for bound in (start, end):
            if isinstance(bound, Known) and (not isinstance(bound.value, int) or bound.value < 0):
                raise Invalid("the slice lies outside the list")
            if isinstance(value, Seq) and isinstance(bound, Known) and bound.value > len(value.items_):  # type: ignore[operator]
                raise Invalid("the slice lies outside the list")
        if isinstance(start, Known) and isinstance(end, Known) and start.value > end.value:  # type: ignore[operator]
            raise Invalid("the slice ends before it begins")
        return type_
    if not (isinstance(start, Known) and isinstance(end, Known)):
        for bound in (start, end):
            if isinstance(bound, Known):
                _bounds(known(0), bound, len(type_[1]))
        return "any"
    return ("tuple", type_[1][_bounds(start, end, len(type_[1]))])


def _bounds(start: Known, end: Known, count: int) -> slice:
    a, b = start.value, end.value
    if not (isinstance(a, int) and isinstance(b, int) and 0 <= a <= b <= count):
        raise Invalid("the slice lies outside the list")
    return slice(a, b)


def _slice(value: Value, start: Known, end: Known) -> Value:
    one = sequence(value, "slice")
    if isinstance(one, SetOf):
        raise Invalid("`slice` needs a list")
    return listed(one.items_[_bounds(start, end, len(one.items_))], type(one))


def _sort(value: Value) -> Value:
    items = sequence(value, "sort").items_
    if any(is_null(v) for v in items):
        raise Invalid("an element is null")
    if not wholly_known(value):
        reason = first_reason(value)
        return listed((unknown(reason, "string") for _ in items), ListOf, "string")
    return listed(sorted(items, key=lambda v: str(v.plain())), ListOf, "string")


def _chunklist(value: Value, size: Known) -> Value:
    items = sequence(value, "chunklist").items_
    if not isinstance(size.value, int):
        raise Invalid("the size is not a whole number")
    if size.value < 0:
        raise Invalid("the size is negative")
    width = size.value or max(len(items), 1)
    return listed((listed(items[i : i + width]) for i in range(0, len(items), width)), ListOf, type_of(value))


def _range(*numbers: Known) -> Value:
    start, end = (counted(0), numbers[0]) if len(numbers) == 1 else numbers[:2]
    down = compare("<", end, start)
    step = numbers[2] if len(numbers) > 2 else counted(-1 if down else 1)
    if start.value != end.value and not step.value:
        raise Invalid("the step is zero")
    if start.value != end.value and compare("<", step, counted(0)) is not down:
        raise Invalid("the step leads away from the end")
    if isinstance(start, Exact) and isinstance(step, Exact) and isinstance(end.value, int):
        whole = range(int(start.value), end.value, int(step.value))  # type: ignore[arg-type]
        if len(whole) <= RANGE_MAX:
            return listed(map(counted, whole), ListOf, "number")
    out: list[Value] = []
    at = start
    while compare(">" if down else "<", at, end):
        if len(out) >= RANGE_MAX:
            raise Invalid("`range` makes at most 1,024 numbers")
        out.append(at)
        at = arithmetic("+", at, step)
    return listed(out, ListOf, "number")


def _one(value: Value) -> Value:
    if is_null(value):
        return known(None)
    type_ = type_of(value)
    kind = kind_of(value)
    if kind == "any" and is_unknown(value):
        return unknown(value.reason)
    if kind not in ("list", "set", "tuple"):
        raise Invalid("`one` needs a list")
    if kind == "tuple" and len(type_[1]) > 1:
        raise Invalid("`one` needs a list of at most one element")
    if is_unknown(value):
        return unknown(value.reason, type_[1] if kind != "tuple" else type_[1][0] if type_[1] else "any", nullable=True)
    items = sequence(value, "one").items_
    if len(items) > 1:
        if isinstance(value, SetOf) and not wholly_known(value):
            return unknown(first_reason(value), type_[1], nullable=True)
        raise Invalid("`one` needs a list of at most one element")
    return items[0] if items else null_of(type_[1] if kind != "tuple" else "any", value)


def _coalesce(*values: Value) -> Value:
    type_ = unify([type_of(v) for v in values])
    if type_ is None:
        raise Invalid("the arguments of `coalesce` have no type in common")
    for value in values:
        converted = convert(value, type_)
        if is_unknown(converted):
            return unknown(converted.reason, type_) if dynamic(type_) or not isinstance(converted, Ref) else converted
        if is_null(converted) or (isinstance(converted, Known) and converted.value == ""):
            continue
        return converted
    raise Invalid("all arguments of `coalesce` are null or empty")


def _coalescelist(*values: Value) -> Value:
    for value in values:
        if is_unknown(value) or is_null(value):
            break
        if not is_null(value) and (isinstance(value, SetOf) or not isinstance(value, Seq)):
            raise Invalid("`coalescelist` needs lists")
    for value in values:
        if is_null(value):
            raise Invalid("an argument of `coalescelist` is null")
        if is_unknown(value):
            return unknown(value.reason)
        if isinstance(value, Seq) and value.items_:
            return value
    raise Invalid("all arguments of `coalescelist` are empty")


def _all_true(value: Value) -> Value:
    return _quantified(sequence(value, "alltrue").items_, wanted=False)


def _any_true(value: Value) -> Value:
    return _quantified(sequence(value, "anytrue").items_, wanted=True)


def _quantified(items: tuple[Value, ...], *, wanted: bool) -> Value:
    gap: Value | None = None
    for item in items:
        if isinstance(item, Known):
            if item.value is wanted or (item.value is None and not wanted):
                return known(wanted)
        elif not wanted:
            return unknown(item.reason, "bool")
        else:
            gap = item if gap is None else gap
    return known(not wanted) if gap is None else unknown(gap.reason, "bool")


def _matchkeys(values: Value, keys: Value, wanted: Value) -> Value:
    given, names = sequence(values, "matchkeys"), sequence(keys, "matchkeys")
    if len(given.items_) != len(names.items_):
        raise Invalid("`matchkeys` needs as many keys as values")
    same = unify([type_of(keys), type_of(wanted)])
    if same is None:
        raise Invalid("the keys and what is searched for have no type in common")
    names = sequence(convert(keys, same), "matchkeys")
    searched = sequence(convert(wanted, same), "matchkeys").items_
    if wholly_known(keys) and wholly_known(wanted):
        chosen = {content_key(v) for v in searched}
        return listed(v for v, k in zip(given.items_, names.items_, strict=True) if content_key(k) in chosen)
    out: list[Value] = []
    for value, key in zip(given.items_, names.items_, strict=True):
        answers = [equal(key, one) for one in searched]
        if True in answers:
            out.append(value)
        elif None in answers:
            return unknown(first_reason(key) or first_reason(wanted), type_of(values))
    return listed(out, of=None if out or not isinstance(values, ListOf) else type_of(values)[1])


def _sum(value: Value) -> Value:
    items = sequence(value, "sum").items_
    if not items:
        raise Invalid("`sum` needs a list that is not empty")
    if not wholly_known(value):
        return unknown(first_reason(value), "number")
    numbers = [number for number in _numbers(items) if isinstance(number, Known)]
    total = numbers[0]
    for number in numbers[1:]:
        total = arithmetic("+", total, number)
    return total


def _numbers(items: tuple[Value, ...]) -> Iterator[Value]:
    for item in items:
        if is_null(item):
            raise Invalid("an element is null")
        yield to_number(item)


def _match_cost(_values: Value, keys: Value, wanted: Value, *_more: Value) -> int:
    """What is not known is compared one with the other."""
    if not (isinstance(keys, Seq) and isinstance(wanted, Seq)) or (wholly_known(keys) and wholly_known(wanted)):
        return 0
    return len(keys.items_) * len(wanted.items_)


COSTS.update(matchkeys=_match_cost)
BOOLS = Parameter(("list", "bool"))
TABLE: dict[str, Function] = {
    "alltrue": define(_all_true, BOOLS, result="bool"),
    "anytrue": define(_any_true, BOOLS, result="bool"),
    "chunklist": define(_chunklist, LIST, NUMBER, result=lambda v, _: ("list", type_of(v))),
    "coalesce": define(_coalesce, OPEN, rest=OPEN),
    "coalescelist": define(_coalescelist, OPEN, rest=OPEN),
    "compact": define(_compact, TEXTS, result=("list", "string")),
    "concat": define(_concat, ANY, rest=ANY, result=_concat_type),
    "contains": define(_contains, ANY, ANY, result="bool"),
    "distinct": define(_distinct, LIST, result=type_of),
    "element": define(_element, ANY, NUMBER, result=_element_type),
    "flatten": define(_flatten, ANY),
    "index": define(_index, ANY, ANY, result="number"),
    "length": define(_length, Parameter("any", False, True), result="number"),
    "matchkeys": define(_matchkeys, LIST, LIST, LIST, result=lambda v, *_: type_of(v)),
    "one": define(_one, Parameter("any", True, True)),
    "range": define(_range, NUMBER, NUMBER, NUMBER, optional=2, result=("list", "number")),
    "reverse": define(_reverse, ANY, result=_reverse_type),
    "slice": define(_slice, ANY, NUMBER, NUMBER, result=_slice_type),
    "sort": define(_sort, TEXTS, result=("list", "string")),
    "sum": define(_sum, ANY, result="number"),
}
