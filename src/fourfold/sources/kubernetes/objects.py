"""Documents to objects: each mapping with `apiVersion` and `kind` is one resource, each list of them several."""

from __future__ import annotations

from fourfold.model.place import Problem
from fourfold.model.resource import Reading, Resource
from fourfold.model.value import Known, Map, Seq, Value

OBJECTS_MAX = 50_000
"""Objects of one file."""
_DEPTH_MAX = 4
"""Lists in lists."""

_OWN_KINDS = frozenset(
    {
        "ConfigMap",
        "CronJob",
        "DaemonSet",
        "Deployment",
        "Event",
        "Ingress",
        "Job",
        "Namespace",
        "NetworkPolicy",
        "Node",
        "Pod",
        "ReplicaSet",
        "Role",
        "RoleBinding",
        "Secret",
        "Service",
        "ServiceAccount",
        "StatefulSet",
    }
)


def objects_of(document: Value, reading: Reading, *, variant: str = "") -> None:
    """Put the objects of one document into a reading; lists are taken apart."""
    if isinstance(document, Map):
        _collect(document, "", "", reading, variant, 0)
    elif not (isinstance(document, Known) and document.value is None):
        _problem(document, "is not a Kubernetes object; it was left out", reading)


def _collect(value: Map, version: str, kind: str, reading: Reading, variant: str, depth: int) -> None:
    version = text_at(value, "apiVersion") or version
    kind = text_at(value, "kind") or kind
    if not version or not kind:
        if value.entries_:
            missing = "kind" if version else "apiVersion"
            _problem(value, f"has no `{missing}`, so it is not a Kubernetes object; it was left out", reading)
        return
    items = value.entries_.get("items")
    if kind.endswith("List") and isinstance(items, Seq) and depth < _DEPTH_MAX:
        # Items of a typed list may leave out what the list says: a PodList holds Pods of its own version.
        inner = ("", "") if kind == "List" else (version, kind.removesuffix("List"))
        for item in items.items_:
            if isinstance(item, Map):
                _collect(item, *inner, reading, variant, depth + 1)
            else:
                _problem(item, "is not a Kubernetes object; it was left out", reading)
        return
    if len(reading.resources) >= OBJECTS_MAX:
        reason = f"more than {OBJECTS_MAX} objects in one file; the rest was left out"
        if not reading.problems or reading.problems[-1].reason != reason:
            _problem(value, reason, reading)
        return
    reading.resources.append(resource_of(value, version, kind, variant=variant))


def resource_of(value: Map, version: str, kind: str, *, variant: str = "") -> Resource:
    """One object as a resource: `apps/v1/Deployment`, called `[namespace/]Kind/name`.

    Others' kinds of a name that is Kubernetes' own are told apart by their group: `Service.serving.knative.dev/web`.
    """
    metadata = value.get("metadata")
    name = text_at(metadata, "name") or text_at(metadata, "generateName") or "unnamed"
    namespace = text_at(metadata, "namespace")
    group = version.rpartition("/")[0]
    called = f"{kind}.{group}" if kind in _OWN_KINDS and "." in group and not group.endswith(".k8s.io") else kind
    address = f"{namespace}/{called}/{name}" if namespace and namespace != "default" else f"{called}/{name}"
    return Resource(f"{version}/{kind}", address, value, value.span, "kubernetes", variant=variant)


def text_at(value: Value, *keys: str) -> str:
    """The text at a path, as far as it is written; empty where nothing is."""
    found = value.get(*keys)
    plain = found.plain()
    return "" if plain is None or isinstance(plain, (dict, list)) else str(plain)


def _problem(value: Value, reason: str, reading: Reading) -> None:
    reading.problems.append(Problem(value.source.path, value.span.line, reason))
