"""A pod template to one workload with its containers, variables and volumes.

The security context of a container wins over its pod's, field by field
(https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#security-context-1); what neither says
stands for what the API server or the kubelet does then. Seccomp annotations are not read: servers have ignored them
since Kubernetes 1.27. AppArmor annotations count where the fields say nothing.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from fourfold.linking.draft import Draft
from fourfold.linking.kubernetes_names import Scope
from fourfold.linking.kubernetes_platform import Profiles
from fourfold.model.nodes import Container, Platform, Variable, Volume, Workload
from fourfold.model.nodes.node import NOTHING
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Map, Step, Value, known, sequence

Scalar: TypeAlias = "str | int | float | bool | None"
Role: TypeAlias = Literal["main", "init", "sidecar"]

_PLACES: tuple[tuple[str, Role], ...] = (
    ("containers", "main"),
    ("initContainers", "init"),
    ("ephemeralContainers", "sidecar"),
)
_RUN_TO_THE_END = frozenset({"Job", "CronJob", "ScaledJob"})
_WITHOUT_REPLICAS = _RUN_TO_THE_END | {"Pod", "DaemonSet", "PodTemplate"}
_APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
_APPARMOR = {"runtime/default": "RuntimeDefault", "unconfined": "Unconfined"}


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


def add_pod(draft: Draft, scope: Scope, profiles: Profiles, resource: Resource, template: Value) -> Workload:
    """Add the nodes of one pod template."""
    spec, kind = template.get("spec"), resource.type.rpartition("/")[2]
    platform, platform_value = profiles.platform(resource, template)
    limits = _default_limits(scope, resource)
    containers = tuple(
        _container(draft, resource, template, item, role, platform, limits, at)
        for place, role in _PLACES
        for at, (_, item) in enumerate(spec.get(place).elements())
        if isinstance(item, Map)
    )
    account_name = merged("default", spec.get("serviceAccountName"), spec.get("serviceAccount"))
    account = scope.find(resource, "ServiceAccount", str(account_name.plain()))
    host_network = field(spec.get("hostNetwork"), default=False)
    pod = spec.get("securityContext")
    workload = draft.add(
        Workload(
            resource=resource,
            name=resource.address.rpartition("/")[2],
            at=resource.properties,
            condition=resource.condition,
            platform=platform,
            platform_value=platform_value,
            kind=kind,
            containers=containers,
            role=scope.reference(resource, "ServiceAccount", account_name),
            network_mode=known("host", at=host_network) if host_network.surely(True) else NOTHING,
            host_network=host_network,
            host_pid=field(spec.get("hostPID"), default=False),
            host_ipc=field(spec.get("hostIPC"), default=False),
            host_users=field(spec.get("hostUsers"), default=True),
            selinux=field(pod.get("seLinuxOptions")),
            sysctls=field(pod.get("sysctls")),
            operating_system=field(spec.get("os", "name")),
            automount_token=merged(
                True,
                spec.get("automountServiceAccountToken"),
                account.get("automountServiceAccountToken") if account else NOTHING,
            ),
            volumes=tuple(
                _volume(draft, resource, item) for _, item in spec.get("volumes").elements() if isinstance(item, Map)
            ),
            tasks_desired=NOTHING if kind in _WITHOUT_REPLICAS else field(resource.get("spec", "replicas"), 1),
        )
    )
    for container in containers:
        draft.connect(workload, "contains", container, container.span)
    return workload


def _default_limits(scope: Scope, resource: Resource) -> Value:
    """What a LimitRange of the namespace gives to containers without limits of their own."""
    for limit_range in scope.all(resource, "LimitRange"):
        for _, limit in limit_range.get("spec", "limits").elements():
            if limit.get("type").surely("Container") and isinstance(limit.get("default"), Map):
                return limit.get("default")
    return NOTHING


def _limit(item: Value, spec: Value, limits: Value, name: str) -> Value:
    """The hard limit of a container: its own, its pod's, or the default of the namespace."""
    own, pod = item.get("resources", "limits", name), spec.get("resources", "limits", name)
    given = limits.get(name) if limits is not NOTHING else NOTHING
    if isinstance(given, Known):
        given = known(given.value, at=given, provenance=(Step("default of the namespace's LimitRange", given.span),))
    return merged(None, own, pod, given)


def _volume(draft: Draft, resource: Resource, item: Map) -> Volume:
    name = str(item.get("name").plain() or "volume")
    return draft.add(
        Volume(
            resource=resource,
            name=name,
            part=f"volume/{name}",
            at=item,
            condition=resource.condition,
            # A volume without a source is an emptyDir.
            kind=next((key for key in item.entries_ if key != "name"), "emptyDir"),
            host_path=item.get("hostPath", "path"),
        )
    )


def _container(
    draft: Draft, resource: Resource, template: Value, item: Map, role: Role, platform: Platform, limits: Value, at: int
) -> Container:
    name = str(item.get("name").plain() or f"container-{at + 1}")
    spec = template.get("spec")
    own, pod = item.get("securityContext"), spec.get("securityContext")
    if role == "init" and item.get("restartPolicy").surely("Always"):
        role = "sidecar"
    probed = role != "init" and resource.type.rpartition("/")[2] not in _RUN_TO_THE_END
    variables = tuple(
        _variable(draft, resource, name, pair, platform)
        for _, pair in item.get("env").elements()
        if isinstance(pair, Map) and pair.get("valueFrom").absent
    )
    return draft.add(
        Container(
            resource=resource,
            name=name,
            part=f"container/{name}",
            at=item,
            condition=resource.condition,
            platform=platform,
            role=role,
            image=field(item.get("image")),
            user=merged(None, own.get("runAsUser"), pod.get("runAsUser")),
            non_root=merged(False, own.get("runAsNonRoot"), pod.get("runAsNonRoot")),
            read_only_root=field(own.get("readOnlyRootFilesystem"), default=False),
            privileged=field(own.get("privileged"), default=False),
            privilege_escalation=field(own.get("allowPrivilegeEscalation"), default=True),
            capabilities_add=field(own.get("capabilities", "add")),
            capabilities_drop=field(own.get("capabilities", "drop")),
            seccomp=merged("Unconfined", own.get("seccompProfile", "type"), pod.get("seccompProfile", "type")),
            apparmor=_apparmor(template, name, own, pod),
            selinux=merged(None, own.get("seLinuxOptions"), pod.get("seLinuxOptions")),
            proc_mount=field(own.get("procMount"), "Default"),
            host_process=merged(
                False, own.get("windowsOptions", "hostProcess"), pod.get("windowsOptions", "hostProcess")
            ),
            memory_limit=_limit(item, spec, limits, "memory"),
            cpu_limit=_limit(item, spec, limits, "cpu"),
            health_check=merged(None, item.get("livenessProbe"), item.get("readinessProbe"), item.get("startupProbe"))
            if probed
            else NOTHING,
            variables=variables,
            secrets=_secrets(item),
            variables_from=item.get("envFrom"),
            ports=item.get("ports"),
            mounts=item.get("volumeMounts"),
            command=merged(None, item.get("command"), item.get("args")),
        )
    )


def _secrets(item: Map) -> Value:
    """The variables whose values come from a Secret."""
    env = item.get("env")
    found = [pair for _, pair in env.elements() if not pair.get("valueFrom", "secretKeyRef").absent]
    return sequence(found, at=env) if found else NOTHING


def _variable(draft: Draft, resource: Resource, container: str, pair: Map, platform: Platform) -> Variable:
    name = str(pair.get("name").plain() or "")
    return draft.add(
        Variable(
            resource=resource,
            name=name,
            part=f"container/{container}/environment/{name}",
            at=pair,
            condition=resource.condition,
            value=field(pair.get("value"), ""),
            owner=f"container `{container}`",
            platform=platform,
        )
    )


def _apparmor(template: Value, name: str, own: Value, pod: Value) -> Value:
    annotation = template.get("metadata", "annotations", _APPARMOR_ANNOTATION + name)
    if isinstance(annotation, Known) and isinstance(annotation.value, str):
        profile = annotation.value
        kind = _APPARMOR.get(profile, "Localhost" if profile.startswith("localhost/") else profile)
        annotation = known(kind or None, at=annotation)
    return merged("RuntimeDefault", own.get("appArmorProfile", "type"), annotation, pod.get("appArmorProfile", "type"))
