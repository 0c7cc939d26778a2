"""Images and replicas: `images`, `replicas`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fourfold.model.value import Known, Map, Seq, Step, Value
from fourfold.sources.kustomize.values import change, put, text_of, with_entries, with_items

if TYPE_CHECKING:
    from fourfold.sources.kustomize.build import Context

_IMAGE = re.compile(r"(?P<name>[^@]*?)(?P<tag>:[^:/@]*)?(?P<digest>@.*)?")
_SCALED = frozenset({"Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"})
_DEPTH_MAX = 100


def replicas(context: Context) -> None:
    """`replicas`: how many copies of the workloads of a name."""
    for _, entry in context.value.get("replicas").elements():
        name, count = text_of(entry.get("name")), entry.get("count")
        if not isinstance(count, Known):
            continue
        for item in context.items:
            if item.kind.rpartition("/")[2] in _SCALED and any(n == name for _, n in item.names()):
                item.value = put(item.value, ("spec", "replicas"), count)


def retag(context: Context) -> None:
    """`images`: other names, tags or digests for images of a name, in every container of every object."""
    rules: dict[str, Value] = {}
    for _, entry in context.value.get("images").elements():
        rules.setdefault(text_of(entry.get("name")), entry)
    if not rules:
        return
    for item in context.items:
        if item.kind.rpartition("/")[2] != "CustomResourceDefinition":
            changed = _containers(item.value, rules, 0)
            assert isinstance(changed, Map), "changing images leaves the object a mapping"
            item.value = changed


def _containers(value: Value, rules: dict[str, Value], depth: int) -> Value:
    """The value with images replaced in all lists called `containers` or `initContainers`."""
    if depth > _DEPTH_MAX:
        return value
    if isinstance(value, Seq):
        items = tuple(_containers(item, rules, depth + 1) for item in value.items_)
        return value if all(a is b for a, b in zip(items, value.items_, strict=True)) else with_items(value, items)
    if not isinstance(value, Map):
        return value
    entries: dict[str, Value] = {}
    for key, entry in value.entries_.items():
        new = entry
        if isinstance(entry, (Map, Seq)):
            if key in ("containers", "initContainers"):
                new = change(entry, ("image",), lambda image: _retagged(image, rules))
            elif key == "volumes":
                new = change(entry, ("image", "reference"), lambda image: _retagged(image, rules))
            new = _containers(new, rules, depth + 1)
        if new is not entry:
            entries[key] = new
    return with_entries(value, value.entries_ | entries) if entries else value


def _retagged(image: Value, rules: dict[str, Value]) -> Value:
    text = text_of(image)
    found = _IMAGE.fullmatch(text)
    rule = rules.get(found["name"]) if found else None
    if found is None or rule is None:
        return image
    name = text_of(rule.get("newName")) or found["name"]
    tag, digest = text_of(rule.get("newTag")), text_of(rule.get("digest"))
    suffix = text_of(rule.get("tagSuffix"))
    if tag or digest:
        version = (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    else:
        version = (f"{found['tag'] or ''}{suffix}" if found["tag"] else "") + (found["digest"] or "")
    step = Step(f"image `{text}` of the kustomization", image.span)
    at = next((v for v in map(rule.get, ("newTag", "digest", "newName")) if not v.absent), rule)
    return Known(at.source, at.start, at.end, at.key_start, f"{name}{version}", (step,))
