"""Strategic merge: a partial object over a whole one.

Source: https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/ and
https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md.
Mappings are merged, null deletes, lists are merged by key where the API says so and replaced otherwise. `$patch` in a
mapping or in an element of a keyed list says `delete`, `replace` or `merge`. New elements of a keyed list come first, as
kustomize puts them.

What kustomize does was compared with `kubectl kustomize`; where it does not do what the documents say (`$patch: replace`
within an element of a keyed list has no effect), kustomize is followed, as its output is what is deployed.
"""

from __future__ import annotations

from typing import Any

from fourfold.model.value import Map, Seq, Value
from fourfold.sources.kustomize.merge_keys import KINDS, METADATA, Keyed
from fourfold.sources.kustomize.values import is_null, text_of, with_entries, with_items

_DIRECTIVE = "$patch"
_ORDERS = ("$setElementOrder/", "$retainKeys", "$deleteFromPrimitiveList/")


def merge_object(base: Map, patch: Map, kind: str) -> Map | None:
    """An object with a patch applied; None where the patch deletes it. `kind` is `apps/Deployment`, `Service`."""
    merged = _merge(base, patch, {"metadata": METADATA, **KINDS.get(kind, {})})
    return merged if isinstance(merged, Map) else None


def _merge(base: Value, patch: Value, fields: dict[str, Any]) -> Value | None:
    """A patch over a value; None where nothing is left."""
    if is_null(patch):
        return None
    if not isinstance(patch, Map):
        return patch
    directive = text_of(patch.get(_DIRECTIVE))
    if directive == "delete":
        return None
    if directive == "replace" or not isinstance(base, Map):
        return _clean(patch)
    entries = dict(base.entries_)
    for key, value in patch.entries_.items():
        if key == _DIRECTIVE or key.startswith(_ORDERS):
            continue
        schema = fields.get(key, {})
        old = entries.get(key)
        if isinstance(schema, Keyed) and isinstance(value, Seq) and isinstance(old, Seq):
            merged = _merge_list(old, value, schema)
        elif old is None:
            merged = None if is_null(value) else _clean(value)
        else:
            merged = _merge(old, value, {} if isinstance(schema, Keyed) else schema)
        if merged is None:
            entries.pop(key, None)
        else:
            entries[key] = merged
    return with_entries(base, entries)


def _merge_list(base: Seq, patch: Seq, keyed: Keyed) -> Value | None:
    if not keyed.keys:
        seen = {text_of(item) for item in patch.items_}
        return with_items(base, (*patch.items_, *(i for i in base.items_ if text_of(i) not in seen)))
    directives = [text_of(item.get(_DIRECTIVE)) if isinstance(item, Map) else "" for item in patch.items_]
    if any(d == "replace" and _is_bare(i) for d, i in zip(directives, patch.items_, strict=True)):
        kept = [_clean(item) for item in patch.items_ if not _is_bare(item)]
        return with_items(patch, tuple(kept))
    rest = list(base.items_)
    front: list[Value] = []
    for item in patch.items_:
        if isinstance(item, Map) and text_of(item.get(_DIRECTIVE)) == "replace":
            continue
        at = next((n for n, old in enumerate(rest) if _identity(old, keyed) == _identity(item, keyed)), None)
        if at is not None:
            merged = _merge(rest.pop(at), item, keyed.fields)
        elif _deleted(item) or any(_overlap(old, item, keyed) for old in rest):
            merged = None
        else:
            merged = _clean(item)
        if merged is not None:
            front.append(merged)
    return with_items(base, (*front, *rest))


def _identity(item: Value, keyed: Keyed) -> tuple[str | None, ...]:
    """The values of an element's keys, None for those it does not state."""
    return tuple(
        text_of(item.entries_[key]) if isinstance(item, Map) and key in item.entries_ else None for key in keyed.keys
    )


def _overlap(a: Value, b: Value, keyed: Keyed) -> bool:
    """Whether two elements could be one, but only one of them states all its keys.

    Kustomize then leaves the old one as it is: a port with a protocol is not changed by a patch without one.
    """
    pairs = list(zip(_identity(a, keyed), _identity(b, keyed), strict=True))
    return pairs[0][0] == pairs[0][1] and all(x == y or x is None or y is None for x, y in pairs)


def _is_bare(item: Value) -> bool:
    """Whether an element holds nothing but its directive, which then is about the list."""
    return isinstance(item, Map) and set(item.entries_) == {_DIRECTIVE}


def _clean(value: Value) -> Value:
    """The value without directives and nulls: what a patch leaves where nothing was before."""
    if isinstance(value, Map):
        entries = {
            key: _clean(entry)
            for key, entry in value.entries_.items()
            if key != _DIRECTIVE and not key.startswith(_ORDERS) and not is_null(entry) and not _deleted(entry)
        }
        return with_entries(value, entries)
    if isinstance(value, Seq):
        return with_items(value, tuple(_clean(item) for item in value.items_ if not _deleted(item)))
    return value


def _deleted(value: Value) -> bool:
    return isinstance(value, Map) and text_of(value.get(_DIRECTIVE)) == "delete"
