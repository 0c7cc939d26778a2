"""Labels and annotations: `commonLabels`, `labels`, `commonAnnotations`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourfold.model.value import Known, Map, Seq, Value
from fourfold.sources.kustomize.items import Item
from fourfold.sources.kustomize.names import split_path
from fourfold.sources.kustomize.values import add_entries, text_of

if TYPE_CHECKING:
    from fourfold.sources.kustomize.build import Context

_TEMPLATES: dict[str, tuple[str, ...]] = {
    "ReplicationController": ("spec/template",),
    "apps/Deployment": ("spec/template",),
    "apps/ReplicaSet": ("spec/template",),
    "apps/DaemonSet": ("spec/template",),
    "apps/StatefulSet": ("spec/template",),
    "batch/Job": ("spec/template",),
    "batch/CronJob": ("spec/jobTemplate", "spec/jobTemplate/spec/template"),
}
"""Where the metadata of what a workload makes stands."""

_SELECTORS: dict[str, str] = {
    "Service": "spec/selector",
    "ReplicationController": "spec/selector",
    "apps/Deployment": "spec/selector/matchLabels",
    "apps/ReplicaSet": "spec/selector/matchLabels",
    "apps/DaemonSet": "spec/selector/matchLabels",
    "apps/StatefulSet": "spec/selector/matchLabels",
}
"""Selectors that are made where they are missing."""

_AFFINITY = tuple(
    f"spec/template/spec/affinity/{kind}/{when}/matchLabels"
    for kind in ("podAffinity", "podAntiAffinity")
    for when in (
        "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector",
        "requiredDuringSchedulingIgnoredDuringExecution/labelSelector",
    )
)
_SPREAD = "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels"
_WRITTEN_SELECTORS: dict[str, tuple[str, ...]] = {
    "apps/Deployment": (*_AFFINITY, _SPREAD),
    "apps/StatefulSet": (*_AFFINITY, _SPREAD),
    "batch/Job": ("spec/selector/matchLabels",),
    "batch/CronJob": ("spec/jobTemplate/spec/selector/matchLabels",),
    "policy/PodDisruptionBudget": ("spec/selector/matchLabels",),
    "networking.k8s.io/NetworkPolicy": (
        "spec/podSelector/matchLabels", "spec/ingress/from/podSelector/matchLabels",
        "spec/egress/to/podSelector/matchLabels",
    ),
}  # fmt: skip
"""Selectors that are changed only where they are written."""


def add(context: Context) -> None:
    """All labels and annotations of one kustomization."""
    value = context.value
    for _, entry in value.get("labels").elements():
        pairs = _pairs(entry.get("pairs"))
        selectors = entry.get("includeSelectors").surely(True)
        templates = selectors or entry.get("includeTemplates").surely(True)
        for item in context.items if pairs else ():
            _label(item, pairs, templates=templates, selectors=selectors)
            for _, field in entry.get("fields").elements():
                _label_field(item, pairs, field)
    common = _pairs(value.get("commonLabels"))
    for item in context.items if common else ():
        _label(item, common, templates=True, selectors=True)
        _label_claims(item, common)
    annotations = _pairs(value.get("commonAnnotations"))
    for item in context.items if annotations else ():
        _put(item, annotations, "metadata/annotations", create=True)
        for template in _templates(item):
            _put(item, annotations, f"{template}/metadata/annotations", create=True)


def _pairs(value: Value) -> dict[str, Value]:
    """Labels are texts, however they are written."""
    return {
        key: Known(entry.source, entry.start, entry.end, entry.key_start, text_of(entry))
        for _, key, entry in value.pairs()
    }


def _templates(item: Item) -> tuple[str, ...]:
    return _TEMPLATES.get(_registered(item), ())


def _registered(item: Item) -> str:
    """Group and kind as the tables have it; Deployments of groups that are gone are treated like today's."""
    kind = item.kind.rpartition("/")[2]
    return f"apps/{kind}" if item.gvk[0] == "extensions" else item.group_kind


def _put(item: Item, pairs: dict[str, Value], path: str, *, create: bool) -> None:
    changed = add_entries(item.value, split_path(path), pairs, create=create)
    assert isinstance(changed, Map), "adding entries to a mapping leaves a mapping"
    item.value = changed


def _label(item: Item, pairs: dict[str, Value], *, templates: bool, selectors: bool) -> None:
    _put(item, pairs, "metadata/labels", create=True)
    if templates:
        for template in _templates(item):
            _put(item, pairs, f"{template}/metadata/labels", create=True)
    if selectors:
        kind = _registered(item)
        if kind in _SELECTORS:
            _put(item, pairs, _SELECTORS[kind], create=True)
        for path in _WRITTEN_SELECTORS.get(kind, ()):
            _put(item, pairs, path, create=False)


def _label_claims(item: Item, pairs: dict[str, Value]) -> None:
    claims = item.value.get("spec", "volumeClaimTemplates")
    if item.group_kind == "apps/StatefulSet" and isinstance(claims, Seq):
        _put(item, pairs, "spec/volumeClaimTemplates/metadata/labels", create=True)


def _label_field(item: Item, pairs: dict[str, Value], field: Value) -> None:
    """A place that the kustomization names itself."""
    group, version, kind = item.gvk
    wanted = ((field.get("group"), group), (field.get("version"), version), (field.get("kind"), kind))
    path = text_of(field.get("path")).replace("[]", "")
    if path and all(text_of(value) in ("", have) for value, have in wanted):
        _put(item, pairs, path, create=field.get("create").surely(True))
