"""Finding objects by namespace, kind and name, as far as manifests tell which of several is meant."""

from __future__ import annotations

from collections.abc import Iterable

from fourfold.model.resource import Resource
from fourfold.model.value import Known, Ref, Value


class Scope:
    """The Kubernetes objects of one scan, by kind and name. A kind is written with its group, without the version:
    `Service`, `apps/Deployment`.

    One scan may hold several deliveries of the same objects (overlays, examples), so a name is looked for where the
    asking object comes from first: the same overlay, then the same file, then the nearest folder. Where that leaves
    several, none is taken.
    """

    def __init__(self, objects: Iterable[Resource]) -> None:
        self._by_name: dict[tuple[str, str], list[Resource]] = {}
        self._by_kind: dict[str, list[Resource]] = {}
        for resource in objects:
            kind = group_kind(resource.type)
            name = name_of(resource)
            self._by_name.setdefault((kind, name), []).append(resource)
            self._by_kind.setdefault(kind, []).append(resource)

    def find(self, asking: Resource, kind: str, name: str, namespace: str | None = None) -> Resource | None:
        """The object of this name that `asking` means; None where there is none or more than one it could be."""
        candidates = self._by_name.get((kind, name))
        if not candidates:
            return None
        wanted = namespace_of(asking) if namespace is None else namespace or "default"
        # What another overlay or chart delivers is not what this one means.
        ours = [c for c in candidates if not (c.variant and asking.variant) or c.variant == asking.variant]
        there = in_namespace(ours, wanted, asking)
        if namespace:  # who names the namespace does not mean what says that it is in another one
            there = [c for c in there if written_namespace(c) in ("", namespace)]
        return _nearest(asking, there)

    def all(self, asking: Resource, kind: str) -> list[Resource]:
        """All objects of a kind in the namespace and delivery of `asking`."""
        found = [c for c in self._by_kind.get(kind, ()) if c.variant == asking.variant]
        return in_namespace(found, namespace_of(asking), asking) if found else []

    def reference(self, asking: Resource, kind: str, value: Value) -> Value:
        """A name as a reference to the object, where the scan holds it; otherwise as it is."""
        if not isinstance(value, Known) or not isinstance(value.value, str):
            return value
        found = self.find(asking, kind, value.value)
        if found is None:
            return value
        return Ref(value.source, value.start, value.end, value.key_start, found.key, "", value.provenance)


def name_of(resource: Resource) -> str:
    """The name an object has in its cluster; the end of its address where that is not written."""
    value = resource.get("metadata", "name")
    if isinstance(value, Known) and isinstance(value.value, str) and value.value:
        return value.value
    return resource.address.rpartition("/")[2]


def group_kind(kind: str) -> str:
    """`apps/Deployment` of `apps/v1/Deployment`; `Service` of `v1/Service`."""
    parts = kind.split("/")
    return f"{parts[0]}/{parts[-1]}" if len(parts) > 2 else parts[-1]


def written_namespace(resource: Resource) -> str:
    """The namespace as it is written; empty where none is."""
    value = resource.get("metadata", "namespace")
    return str(value.value) if isinstance(value, Known) and value.value is not None else ""


def namespace_of(resource: Resource) -> str:
    """The namespace the object goes to; `default` where none is written, as kubectl does."""
    return written_namespace(resource) or "default"


def in_namespace(candidates: Iterable[Resource], wanted: str, asking: Resource) -> list[Resource]:
    """Those in a namespace.

    Where there is none: within one file or overlay, an object without a namespace goes where its neighbours go, as
    charts often write it on some objects only.
    """
    candidates = list(candidates)
    exact = [c for c in candidates if namespace_of(c) == wanted]
    return exact or [c for c in candidates if _together(c, asking)]


def _together(a: Resource, b: Resource) -> bool:
    delivered = a.variant == b.variant and (bool(a.variant) or a.file == b.file)
    return delivered and not (written_namespace(a) and written_namespace(b))


def _nearest(asking: Resource, candidates: list[Resource]) -> Resource | None:
    if len(candidates) <= 1:
        return candidates[0] if candidates else None
    ranked = sorted(((_distance(asking, c), at) for at, c in enumerate(candidates)), key=lambda pair: pair[0])
    if ranked[0][0] == ranked[1][0]:
        return None
    return candidates[ranked[0][1]]


def _distance(a: Resource, b: Resource) -> tuple[bool, bool, int]:
    shared = 0
    for x, y in zip(a.file.split("/"), b.file.split("/"), strict=False):
        if x != y:
            break
        shared += 1
    return a.variant != b.variant, a.file != b.file, -shared
