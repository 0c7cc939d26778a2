"""A pod template to one workload with its containers, variables and volumes.

The security context of a container wins over its pod's, field by field
(https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#security-context-1); what neither says
stands for what the API server or the kubelet does then.
"""

from __future__ import annotations

from typing import TypeAlias

from fourfold.linking.draft import Draft
from fourfold.linking.kubernetes_names import Scope
from fourfold.model.nodes import Container, Platform, Variable, Volume, Workload
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Value, known

_PLACES = (("containers", "main"), ("initContainers", "init"), ("ephemeralContainers", "sidecar"))
_APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
_APPARMOR = {"runtime/default": "RuntimeDefault", "unconfined": "Unconfined"}


Scalar: TypeAlias = "str | int | float | bool | None"


def field(value: Value, default: Scalar = None) -> Value:
    """A field as the API server takes it: an explicit null is the default, written there."""
    if isinstance(value, Known) and value.value is None:
        return known(default, at=value)
    return value.default(default)


def merged(default: Scalar, *values: Value) -> Value:
    """The first of several places of one setting that says something; the first place's absence where none does."""
    for value in values:
        if not isinstance(value, Absent) and not (isinstance(value, Known) and value.value is None):
            return value.default(default)
    return field(values[0], default)


def add_pod(draft: Draft, scope: Scope, resource: Resource, template: Value) -> Workload:
    """Add the nodes of one pod template."""
    spec = template.get("spec")
    platform = _platform(template)
    containers = tuple(
        _container(draft, resource, template, item, role, platform)
        for place, role in _PLACES
        for _, item in spec.get(place).elements()
    )
    host_network = field(spec.get("hostNetwork"), default=False)
    workload = draft.add(
        Workload(
            resource=resource,
            name=resource.address.rpartition("/")[2],
            at=resource.properties,
            condition=resource.condition,
            platform=platform,
            kind=resource.type.rpartition("/")[2],
            containers=containers,
            role=_account(scope, resource, spec),
            network_mode=known("host", at=host_network) if host_network.surely(True) else host_network.default(None),
            host_network=host_network,
            host_pid=field(spec.get("hostPID"), default=False),
            host_ipc=field(spec.get("hostIPC"), default=False),
            automount_token=field(spec.get("automountServiceAccountToken"), default=True),
            volumes=tuple(_volume(draft, resource, item) for _, item in spec.get("volumes").elements()),
            tasks_desired=field(resource.get("spec", "replicas"), 1),
        )
    )
    for container in containers:
        draft.connect(workload, "contains", container)
    return workload


def _account(scope: Scope, resource: Resource, spec: Value) -> Value:
    name = merged("default", spec.get("serviceAccountName"), spec.get("serviceAccount"))
    return scope.reference(resource, "ServiceAccount", name)


def _platform(template: Value) -> Platform:
    compute = template.get("metadata", "labels", "eks.amazonaws.com/compute-type")
    return "eks-fargate" if compute.surely("fargate") else "eks-node"


def _volume(draft: Draft, resource: Resource, item: Value) -> Volume:
    name = str(item.get("name").plain() or "volume")
    return draft.add(
        Volume(
            resource=resource,
            name=name,
            part=f"volume/{name}",
            at=item,
            condition=resource.condition,
            host_path=item.get("hostPath", "path"),
        )
    )


def _container(
    draft: Draft, resource: Resource, template: Value, item: Value, role: str, platform: Platform
) -> Container:
    name = str(item.get("name").plain() or "container")
    own, pod = item.get("securityContext"), template.get("spec", "securityContext")
    if role == "init" and item.get("restartPolicy").surely("Always"):
        role = "sidecar"
    variables = tuple(
        draft.add(
            Variable(
                resource=resource,
                name=str(pair.get("name").plain()),
                part=f"container/{name}/environment/{pair.get('name').plain()}",
                at=pair,
                condition=resource.condition,
                value=pair.get("value"),
                owner=f"container `{name}`",
                platform=platform,
            )
        )
        for _, pair in item.get("env").elements()
        if pair.get("valueFrom").absent
    )
    return draft.add(
        Container(
            resource=resource,
            name=name,
            part=f"container/{name}",
            at=item,
            condition=resource.condition,
            platform=platform,
            role=role,  # type: ignore[arg-type]
            image=item.get("image"),
            user=merged(None, own.get("runAsUser"), pod.get("runAsUser")),
            non_root=merged(False, own.get("runAsNonRoot"), pod.get("runAsNonRoot")),
            read_only_root=field(own.get("readOnlyRootFilesystem"), default=False),
            privileged=field(own.get("privileged"), default=False),
            privilege_escalation=field(own.get("allowPrivilegeEscalation"), default=True),
            capabilities_add=field(own.get("capabilities", "add")),
            capabilities_drop=field(own.get("capabilities", "drop")),
            seccomp=merged("Unconfined", own.get("seccompProfile", "type"), pod.get("seccompProfile", "type")),
            apparmor=_apparmor(template, name, own, pod),
            memory_limit=field(item.get("resources", "limits", "memory")),
            cpu_limit=field(item.get("resources", "limits", "cpu")),
            health_check=merged(None, item.get("livenessProbe"), item.get("readinessProbe"), item.get("startupProbe")),
            variables=variables,
            ports=item.get("ports"),
            mounts=item.get("volumeMounts"),
            command=merged(None, item.get("command"), item.get("args")),
        )
    )


def _apparmor(template: Value, name: str, own: Value, pod: Value) -> Value:
    annotation = template.get("metadata", "annotations", _APPARMOR_ANNOTATION + name)
    if isinstance(annotation, Known) and isinstance(annotation.value, str):
        profile = annotation.value
        kind = _APPARMOR.get(profile, "Localhost" if profile.startswith("localhost/") else profile)
        annotation = known(kind, at=annotation)
    return merged("RuntimeDefault", own.get("appArmorProfile", "type"), annotation, pod.get("appArmorProfile", "type"))
