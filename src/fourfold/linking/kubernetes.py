"""Kubernetes objects to nodes: this module finds the pod templates, `kubernetes_pod` reads them.

Sources: https://kubernetes.io/docs/concepts/workloads/controllers/ and the API reference of each kind.
"""

from __future__ import annotations

from fourfold.linking.draft import Draft
from fourfold.linking.kubernetes_names import Scope
from fourfold.linking.kubernetes_pod import add_pod
from fourfold.model.resource import Resource
from fourfold.model.value import Map, Seq, Value

_TEMPLATES: dict[str, tuple[str, ...]] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "ScaledJob": ("spec", "jobTargetRef", "template"),
}
"""Kinds whose pod template does not stand at `spec.template`."""
_USUAL = ("spec", "template")
"""Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job; of others' kinds Rollout (Argo),
Service and Configuration (Knative), CloneSet (OpenKruise), DeploymentConfig (OpenShift), and most that embed one."""


def add(draft: Draft) -> None:
    """All nodes of Kubernetes objects."""
    objects = [r for r in draft.resources.values() if r.format == "kubernetes"]
    if not objects:
        return
    scope = Scope(objects)
    for resource in objects:
        template = pod_template(resource)
        if template is not None:
            add_pod(draft, scope, resource, template)


def pod_template(resource: Resource) -> Value | None:
    """The pod (`metadata` and `spec`) that an object describes; None where it describes none."""
    path = _TEMPLATES.get(resource.type.rpartition("/")[2], _USUAL)
    template = resource.get(*path)
    containers = template.get("spec", "containers")
    return template if isinstance(template, Map) and isinstance(containers, Seq) and containers.items_ else None
