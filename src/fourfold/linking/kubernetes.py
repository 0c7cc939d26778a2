"""Kubernetes objects to nodes: finds the pod templates and hands each object to the module that knows its kind.

Sources: https://kubernetes.io/docs/concepts/workloads/controllers/ and the API reference of each kind.
Roles and their bindings are read by `kubernetes_rbac`.
"""

from __future__ import annotations

from fourfold.linking.draft import Draft
from fourfold.linking.kubernetes_names import Scope
from fourfold.linking.kubernetes_network import Targets, add_network
from fourfold.linking.kubernetes_platform import Profiles
from fourfold.linking.kubernetes_pod import add_pod
from fourfold.linking.kubernetes_settings import add_accounts, add_config_map, add_secret, connect_secrets
from fourfold.model.nodes import Workload
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
    objects = [r for r in draft.resources.values() if r.of_kubernetes]
    if not objects:
        return
    scope, profiles = Scope(objects), Profiles(draft)
    pods: list[tuple[Workload, Value]] = []
    for resource in objects:
        template = pod_template(resource)
        if template is not None:
            pods.append((add_pod(draft, scope, profiles, resource, template), template))
        elif resource.type == "v1/Secret":
            add_secret(draft, resource)
        elif resource.type == "v1/ConfigMap":
            add_config_map(draft, resource)
    specs = [(workload, template.get("spec")) for workload, template in pods]
    add_accounts(draft, scope, specs)
    for workload, spec in specs:
        connect_secrets(draft, scope, workload, spec)
    targets = Targets([(workload, template.get("metadata")) for workload, template in pods])
    add_network(draft, scope, targets, objects)


def pod_template(resource: Resource) -> Value | None:
    """The pod (`metadata` and `spec`) that an object describes; None where it describes none."""
    path = _TEMPLATES.get(resource.type.rpartition("/")[2], _USUAL)
    template = resource.get(*path)
    containers = template.get("spec", "containers")
    return template if isinstance(template, Map) and isinstance(containers, Seq) and containers.items_ else None
