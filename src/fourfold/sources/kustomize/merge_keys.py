"""Which lists of the Kubernetes API are merged by a key instead of being replaced.

The facts are those of `x-kubernetes-patch-strategy: merge` and its merge key in the published OpenAPI document of the
API (https://github.com/kubernetes/kubernetes/tree/master/api/openapi-spec), also shown as "patch strategy: merge on key"
in https://kubernetes.io/docs/reference/kubernetes-api/. Kinds that are not listed have no such lists; in objects of
other groups (custom resources) every list is replaced.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Keyed(msgspec.Struct, frozen=True):
    """A list whose elements are told apart by these fields; none: a set of scalars."""

    keys: tuple[str, ...]
    fields: dict[str, Any] = {}
    """The lists within an element."""


_CONTAINER = {
    "env": Keyed(("name",)),
    "ports": Keyed(("containerPort", "protocol")),
    "volumeMounts": Keyed(("mountPath",)),
    "volumeDevices": Keyed(("devicePath",)),
}
_POD_SPEC = {
    "containers": Keyed(("name",), _CONTAINER),
    "initContainers": Keyed(("name",), _CONTAINER),
    "ephemeralContainers": Keyed(("name",), _CONTAINER),
    "volumes": Keyed(("name",)),
    "imagePullSecrets": Keyed(("name",)),
    "hostAliases": Keyed(("ip",)),
    "topologySpreadConstraints": Keyed(("topologyKey", "whenUnsatisfiable")),
    "resourceClaims": Keyed(("name",)),
    "schedulingGates": Keyed(("name",)),
}
METADATA: dict[str, Any] = {"finalizers": Keyed(()), "ownerReferences": Keyed(("uid",))}
_TEMPLATE = {"metadata": METADATA, "spec": _POD_SPEC}
_WORKLOAD = {"spec": {"template": _TEMPLATE}}
_WEBHOOKS = {"webhooks": Keyed(("name",))}

KINDS: dict[str, dict[str, Any]] = {
    "Pod": {"spec": _POD_SPEC},
    "PodTemplate": {"template": _TEMPLATE},
    "ReplicationController": _WORKLOAD,
    "apps/Deployment": _WORKLOAD,
    "apps/StatefulSet": _WORKLOAD,
    "apps/DaemonSet": _WORKLOAD,
    "apps/ReplicaSet": _WORKLOAD,
    "batch/Job": _WORKLOAD,
    "batch/CronJob": {"spec": {"jobTemplate": {"metadata": METADATA, **_WORKLOAD}}},
    "Service": {"spec": {"ports": Keyed(("port", "protocol"))}},
    "ServiceAccount": {"secrets": Keyed(("name",))},
    "Namespace": {"spec": {"finalizers": Keyed(())}},
    "admissionregistration.k8s.io/MutatingWebhookConfiguration": _WEBHOOKS,
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration": _WEBHOOKS,
}
"""Group and kind: the lists of its objects, by the path that leads to them."""
