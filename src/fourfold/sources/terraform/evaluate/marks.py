"""How values came to be: the steps of an element, and sensitive marks, which say what Terraform hides.

A mark is a step of how a value came to be. A collection with a marked element is not marked itself, but for sets, which
take the marks of their elements. Most functions mark their result where anything inside an argument is marked; some look
at the arguments alone and leave their elements as they are.
Sources: Terraform language documentation, "sensitive Function", "nonsensitive Function", "issensitive Function"; the
documentation of marks in the cty library (https://github.com/zclconf/go-cty/blob/main/docs/marks.md); compared with the
terraform program.
"""

from __future__ import annotations

import msgspec

from fourfold.model.value import Choice, Map, Seq, Step, Value

SENSITIVE = Step("sensitive")
"""The step of a value that is marked as sensitive: it is not shown."""
MARKS = frozenset({"sensitive", "nonsensitive", "issensitive"})
"""The functions that are about marks themselves."""
_KEEP = frozenset({
    "chunklist", "coalescelist", "concat", "element", "flatten", "keys", "length", "lookup", "merge", "one", "reverse",
    "setproduct", "slice", "tobool", "tolist", "tomap", "tonumber", "toset", "tostring", "values", "zipmap",
})  # fmt: skip
"""Functions that leave marks of elements at the elements."""


def traced(value: Value, note: Step) -> Value:
    """The value with one more step of how it came to be."""
    provenance = getattr(value, "provenance", None)
    return value if provenance is None else msgspec.structs.replace(value, provenance=(note, *provenance))


def inherited(element: Value, collection: Value) -> Value:
    """An element with the steps of the collection that it is taken from, without its mark.

    The last step is where the collection is written; where the element stands in it, the step is there.
    """
    steps: tuple[Step, ...] = getattr(collection, "provenance", ())
    own: tuple[Step, ...] = getattr(element, "provenance", steps)
    if not steps or own:
        return element
    last = steps[-1]
    whole = last.span
    if whole is not None and element.source is whole.source and whole.start <= element.start < element.end <= whole.end:
        steps = (*steps[:-1], Step(last.note, element.span))
    kept = tuple(step for step in steps if step != SENSITIVE)
    return msgspec.structs.replace(element, provenance=kept) if kept else element


def marked(value: Value) -> bool:
    """Whether the value itself is marked."""
    return SENSITIVE in getattr(value, "provenance", ())


def marked_inside(value: Value) -> bool:
    """Whether the value or anything inside it is marked."""
    if marked(value):
        return True
    if isinstance(value, Seq):
        return any(map(marked_inside, value.items_))
    if isinstance(value, Map):
        return any(map(marked_inside, value.entries_.values()))
    return isinstance(value, Choice) and (marked_inside(value.yes) or marked_inside(value.no))


def mark(value: Value, *, when: bool = True) -> Value:
    """The value, marked."""
    return value if not when or marked(value) else traced(value, SENSITIVE)


def unmarked(value: Value) -> Value:
    """The value without its own mark; elements keep theirs."""
    if not marked(value):
        return value
    steps = tuple(step for step in value.provenance if step != SENSITIVE)  # type: ignore[attr-defined]
    return msgspec.structs.replace(value, provenance=steps)


def bare(value: Value) -> Value:
    """The value without any mark."""
    if not marked_inside(value):
        return value
    value = unmarked(value)
    if isinstance(value, Seq):
        return msgspec.structs.replace(value, items_=tuple(map(bare, value.items_)))
    if isinstance(value, Map):
        return msgspec.structs.replace(value, entries_={k: bare(v) for k, v in value.entries_.items()})
    return value


def given(name: str, arguments: list[Value]) -> tuple[list[Value], bool]:
    """(arguments for a function, without the marks that its result gets; whether it gets them)."""
    if name not in _KEEP:
        hidden = any(map(marked_inside, arguments))
        return (list(map(bare, arguments)) if hidden else arguments), hidden
    # What `lookup` falls back to is marked for itself.
    seen, rest = (arguments[:2], arguments[2:]) if name == "lookup" else (arguments, [])
    hidden = any(map(_marked_list if name == "flatten" else marked, seen))
    if name == "zipmap" and seen:
        hidden = hidden or marked_inside(seen[0])
        seen = [bare(seen[0]), *seen[1:]]
    return [*map(unmarked, seen), *rest], hidden


def _marked_list(value: Value) -> bool:
    """Whether a list or a list in it is marked."""
    return isinstance(value, Seq) and (marked(value) or any(map(_marked_list, value.items_)))
