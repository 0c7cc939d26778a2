"""Patches: strategic merges and JSON patches, in files and inline, for one object or for all that a target picks.

Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourfold.model.place import Problem
from fourfold.model.value import Known, Map, Seq, Value
from fourfold.sources.kustomize.files import is_remote
from fourfold.sources.kustomize.items import Item, Selector, identified, selector_of
from fourfold.sources.kustomize.json_patch import PatchError, apply_operations
from fourfold.sources.kustomize.merge import merge_object
from fourfold.sources.kustomize.values import embedded, put, text_of, with_entries

if TYPE_CHECKING:
    from fourfold.sources.kustomize.build import Context


def merge(context: Context) -> None:
    """`patchesStrategicMerge`: a list of files or of texts."""
    for _, entry in context.value.get("patchesStrategicMerge").elements():
        for document in _documents(context, entry):
            _merge_one(context, document, entry.get("options"))


def apply(context: Context) -> None:
    """`patches`: a file or text each, with or without a target."""
    for _, entry in context.value.get("patches").elements():
        given = entry.get("patch") if entry.get("path").absent else entry.get("path")
        target = entry.get("target")
        for document in _documents(context, given):
            if isinstance(document, Seq):
                _patch_json(context, target, document)
            elif target.absent:
                _merge_one(context, document, entry.get("options"))
            else:
                _merge_all(context, target, document, entry.get("options"))


def json(context: Context) -> None:
    """`patchesJson6902`: a file or text each, for the one object its target names."""
    for _, entry in context.value.get("patchesJson6902").elements():
        given = entry.get("patch") if entry.get("path").absent else entry.get("path")
        for document in _documents(context, given):
            if isinstance(document, Seq):
                _patch_json(context, entry.get("target"), document)


def _documents(context: Context, given: Value) -> list[Value]:
    """The patches of a file, or of a text in the kustomization."""
    text, files = text_of(given), context.files
    if not isinstance(given, Known) or not text:
        files.problem(given, "a patch has neither a path nor a text")
        return []
    path = files.resolve(context.folder, text)
    inline = (
        "\n" in text or text.lstrip().startswith(("{", "[", "-")) or (": " in text and files.kind(path) == "missing")
    )
    if not inline and files.kind(path) == "missing" and is_remote(text):
        files.problem(given, f"remote patch `{text}` was not fetched; what it changes was not seen")
        return []
    if not inline:
        return [document for document in files.documents(path, given) if not _is_empty(document)]
    documents, good = embedded(given)
    if not good:
        files.problem(given, "the text of a patch is not valid YAML; it was left out")
        return []
    return [document for document in documents if not _is_empty(document)]


def _is_empty(document: Value) -> bool:
    return isinstance(document, Known) and document.value is None


def _kind(document: Value) -> str:
    """Group and kind of a partial object."""
    group, _, _ = text_of(document.get("apiVersion")).rpartition("/")
    kind = text_of(document.get("kind"))
    return f"{group}/{kind}" if group else kind


def _merge_one(context: Context, document: Value, options: Value) -> None:
    """A partial object over the object of the same kind and name."""
    if not isinstance(document, Map):
        context.files.problem(document, "a patch is neither an object nor a list of operations; it was left out")
        return
    if text_of(document.get("kind")) == "List":
        for _, inner in document.get("items").elements():
            _merge_one(context, inner, options)
        return
    name, namespace = text_of(document.get("metadata", "name")), text_of(document.get("metadata", "namespace"))
    targets = identified(context.items, _kind(document), namespace, name)
    if not targets:
        if context.whole:
            what = f"{text_of(document.get('kind')) or 'object'} `{name}`"
            context.files.problem(document, f"a patch is for {what}, which is not part of the kustomization")
        return
    for item in targets:
        _merged(context, item, document, options)


def _merge_all(context: Context, target: Value, document: Value, options: Value) -> None:
    """A partial object over all objects a target picks; they keep their kinds and names."""
    if not isinstance(document, Map):
        context.files.problem(document, "a patch is neither an object nor a list of operations; it was left out")
        return
    for item in _picked(context, target):
        _merged(context, item, document, options)


def _merged(context: Context, item: Item, document: Map, options: Value) -> None:
    """A partial object over one object, which keeps its namespace, and its kind and name unless they may change."""
    old = item.value
    merged = merge_object(old, document, item.group_kind)
    if merged is None:
        context.items = [other for other in context.items if other is not item]
        return
    for field in ("namespace",) if options.get("allowNameChange").surely(True) else ("namespace", "name"):
        before = old.get("metadata", field)
        if merged.get("metadata", field) is not before:
            merged = put(merged, ("metadata", field), before) if not before.absent else _without(merged, field)
    if options.get("allowKindChange").surely(True):
        item.kind = f"{text_of(merged.get('apiVersion'))}/{text_of(merged.get('kind'))}"
    else:
        merged = with_entries(merged, merged.entries_ | {key: old.get(key) for key in ("apiVersion", "kind")})
    item.former.append((item.namespace, item.name))
    item.value = merged


def _without(value: Map, field: str) -> Map:
    metadata = value.get("metadata")
    assert isinstance(metadata, Map)
    return put(value, ("metadata",), with_entries(metadata, {k: v for k, v in metadata.entries_.items() if k != field}))


def _picked(context: Context, target: Value) -> list[Item]:
    selector = selector_of(target)
    if selector == Selector() and not isinstance(target, Map):
        context.files.problem(target, "a patch names no target; it was left out")
        return []
    found = [item for item in context.items if selector.fits(item)]
    if not found and context.whole:
        context.files.problem(target, "the target of a patch picks no object of the kustomization")
    return found


def _patch_json(context: Context, target: Value, operations: Seq) -> None:
    for item in _picked(context, target):
        try:
            changed = apply_operations(item.value, operations)
        except PatchError as error:
            place = error.at
            context.files.problems.append(Problem(place.source.path, place.span.line, str(error)))
            continue
        item.value = changed
