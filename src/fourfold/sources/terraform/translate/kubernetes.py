"""Terraform's `kubernetes_*` resources as the objects of the Kubernetes API.

Source: documentation of the Terraform Kubernetes provider
(https://registry.terraform.io/providers/hashicorp/kubernetes/latest/docs) and the Kubernetes API reference.
"""

from __future__ import annotations

from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Map, Seq, Value, known
from fourfold.sources.terraform.translate.blocks import CONFIGURATIONS
from fourfold.sources.terraform.translate.documents import document, yaml_documents
from fourfold.sources.terraform.translate.references import Instance, Instances, span_of

KINDS: dict[str, tuple[str, str]] = {
    "cluster_role": ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    "cluster_role_binding": ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    "config_map": ("v1", "ConfigMap"),
    "cron_job": ("batch/v1", "CronJob"),
    "daemon_set": ("apps/v1", "DaemonSet"),
    "daemonset": ("apps/v1", "DaemonSet"),
    "deployment": ("apps/v1", "Deployment"),
    "endpoints": ("v1", "Endpoints"),
    "horizontal_pod_autoscaler": ("autoscaling/v2", "HorizontalPodAutoscaler"),
    "ingress": ("networking.k8s.io/v1", "Ingress"),
    "ingress_class": ("networking.k8s.io/v1", "IngressClass"),
    "job": ("batch/v1", "Job"),
    "limit_range": ("v1", "LimitRange"),
    "mutating_webhook_configuration": ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
    "namespace": ("v1", "Namespace"),
    "network_policy": ("networking.k8s.io/v1", "NetworkPolicy"),
    "persistent_volume": ("v1", "PersistentVolume"),
    "persistent_volume_claim": ("v1", "PersistentVolumeClaim"),
    "pod": ("v1", "Pod"),
    "pod_disruption_budget": ("policy/v1", "PodDisruptionBudget"),
    "priority_class": ("scheduling.k8s.io/v1", "PriorityClass"),
    "replication_controller": ("v1", "ReplicationController"),
    "resource_quota": ("v1", "ResourceQuota"),
    "role": ("rbac.authorization.k8s.io/v1", "Role"),
    "role_binding": ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    "secret": ("v1", "Secret"),
    "service": ("v1", "Service"),
    "service_account": ("v1", "ServiceAccount"),
    "stateful_set": ("apps/v1", "StatefulSet"),
    "storage_class": ("storage.k8s.io/v1", "StorageClass"),
    "validating_webhook_configuration": ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
}
"""The Terraform type without `kubernetes_` and its version: API version and kind."""

LISTS: dict[str, str] = {
    "allowed_topologies": "allowedTopologies", "condition": "conditions", "container": "containers",
    "egress": "egress", "env": "env", "env_from": "envFrom", "from": "from", "host_aliases": "hostAliases",
    "http_header": "httpHeaders", "image_pull_secret": "imagePullSecrets", "image_pull_secrets": "imagePullSecrets",
    "ingress": "ingress", "init_container": "initContainers", "items": "items", "limit": "limits",
    "match_expressions": "matchExpressions", "match_fields": "matchFields", "metric": "metrics",
    "node_selector_term": "nodeSelectorTerms", "option": "options", "path": "paths", "port": "ports", "ports": "ports",
    "preferred_during_scheduling_ignored_during_execution": "preferredDuringSchedulingIgnoredDuringExecution",
    "readiness_gate": "readinessGates",
    "required_during_scheduling_ignored_during_execution": "requiredDuringSchedulingIgnoredDuringExecution",
    "rule": "rules", "sources": "sources", "subject": "subjects", "subset": "subsets", "sysctl": "sysctls", "tls": "tls",
    "to": "to", "toleration": "tolerations", "topology_spread_constraint": "topologySpreadConstraints",
    "volume": "volumes", "volume_claim_template": "volumeClaimTemplates", "volume_device": "volumeDevices",
    "volume_mount": "volumeMounts", "webhook": "webhooks",
}  # fmt: skip
"""Blocks that are lists, and what the API calls them; every other block is one object."""

_SINGLE = {
    ("service", "port"), ("backend", "port"), ("node_affinity", "required_during_scheduling_ignored_during_execution"),
}  # fmt: skip
_MANY = {
    ("service_account", "secret"): "secrets",
    ("aggregation_rule", "cluster_role_selectors"): "clusterRoleSelectors",
}
FREE = frozenset({
    "annotations", "labels", "match_labels", "node_selector", "data", "binary_data", "string_data", "limits", "requests",
    "selector", "parameters", "driver_opts", "hard",
})  # fmt: skip
_MANIFESTS = {"kubernetes_manifest": "manifest", "kubectl_manifest": "yaml_body"}


def resources(instance: Instance, instances: Instances) -> list[Resource]:
    """The objects that an instance is; empty where it is none of Kubernetes."""
    if instance.type in _MANIFESTS:
        return _manifests(instance, instances)
    name = instance.type.removeprefix("kubernetes_")
    if name == instance.type:
        return []
    stem, _, version = name.rpartition("_")
    kind = KINDS.get(name) or (KINDS.get(stem) if version.startswith("v") else None)
    if kind is None:
        return []
    values = instance.values
    short = name if name in KINDS else stem
    body = _object(values, (short,), instances)
    entries = {"apiVersion": known(kind[0], at=values), "kind": known(kind[1], at=values), **body.entries_}
    properties = Map(values.source, values.start, values.end, values.key_start, entries, values.provenance, body.style)
    return [_resource(instance, properties, *kind)]


def _manifests(instance: Instance, instances: Instances) -> list[Resource]:
    value = instance.values.get(_MANIFESTS[instance.type])
    document_ = document(value)
    found = [document_] if isinstance(document_, Map) else yaml_documents(value)
    out = []
    for item in found:
        item = instances.resolved(item)
        version, kind = item.get("apiVersion"), item.get("kind")
        if isinstance(version, Known) and isinstance(kind, Known):
            out.append(_resource(instance, item, str(version.value), str(kind.value)))
    return out[:1]


def _resource(instance: Instance, properties: Value, version: str, kind: str) -> Resource:
    return Resource(
        f"{version}/{kind}", instance.address, properties, span_of(instance), "terraform", origin=instance.type
    )


def _object(block: Map, around: tuple[str, ...], instances: Instances) -> Map:
    entries: dict[str, Value] = {}
    for name, value in block.entries_.items():
        if isinstance(value, Known) and value.value in (None, "") and name not in FREE:
            continue
        called, item = _entry(name, value, (*around, name), instances)
        if not isinstance(item, Absent):
            entries[called] = item
    style = f"hcl|kubernetes_{around[0]}||{'.'.join(around[1:])}" if block.source.path.endswith(CONFIGURATIONS) else ""
    return Map(block.source, block.start, block.end, block.key_start, entries, block.provenance, style)


def _entry(name: str, value: Value, around: tuple[str, ...], instances: Instances) -> tuple[str, Value]:
    blocks = isinstance(value, Seq) and any(isinstance(v, Map) for v in value.items_)
    pair = (around[-2], name)
    many = _MANY.get(pair) or (LISTS.get(name) if pair not in _SINGLE else None)
    if blocks and isinstance(value, Seq):
        items = tuple(_object(v, around, instances) if isinstance(v, Map) else v for v in value.items_)
        if many is None:
            return camel(name), items[0]
        return many, Seq(value.source, value.start, value.end, value.key_start, items)
    if isinstance(value, Map) and name not in FREE:
        return camel(name), _object(value, around, instances)
    if isinstance(value, Seq) and not value.items_ and (name in LISTS or name in ("spec", "metadata")):
        return many or camel(name), Seq(value.source, value.start, value.end, value.key_start, ())
    return camel(name), instances.resolved(value)


ACRONYMS = {"cluster_ip": "clusterIP", "host_ip": "hostIP", "external_ips": "externalIPs", "load_balancer_ip": "loadBalancerIP",
             "cluster_ips": "clusterIPs", "non_resource_urls": "nonResourceURLs", "host_ipc": "hostIPC",
             "host_pid": "hostPID", "external_name": "externalName", "api_group": "apiGroup", "ip": "ip",
             "pod_ip": "podIP", "proc_mount": "procMount", "volumes_path": "volumesPath"}  # fmt: skip


def camel(name: str) -> str:
    """A name as the API spells it: `service_account_name` is `serviceAccountName`."""
    if name in ACRONYMS:
        return ACRONYMS[name]
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)
