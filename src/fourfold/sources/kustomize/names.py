"""Names and namespaces: prefix, suffix, namespace, and the fields that name other objects.

Which fields name which kind of object is the API's (https://kubernetes.io/docs/reference/kubernetes-api/); which of them
kustomize follows is in its default configuration (`nameReference`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fourfold.model.value import Known, Map, Seq, Value
from fourfold.sources.kustomize.items import Item
from fourfold.sources.kustomize.values import change, put, text_of, with_items

if TYPE_CHECKING:
    from fourfold.sources.kustomize.build import Context

_CLUSTER_WIDE = frozenset(
    {
        "ComponentStatus", "Namespace", "Node", "PersistentVolume",
        "admissionregistration.k8s.io/MutatingAdmissionPolicy",
        "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding",
        "admissionregistration.k8s.io/MutatingWebhookConfiguration",
        "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
        "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
        "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
        "apiextensions.k8s.io/CustomResourceDefinition", "apiregistration.k8s.io/APIService",
        "authentication.k8s.io/TokenReview", "authorization.k8s.io/SelfSubjectAccessReview",
        "authorization.k8s.io/SelfSubjectRulesReview", "authorization.k8s.io/SubjectAccessReview",
        "certificates.k8s.io/CertificateSigningRequest", "flowcontrol.apiserver.k8s.io/FlowSchema",
        "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration", "networking.k8s.io/IngressClass",
        "node.k8s.io/RuntimeClass", "policy/PodSecurityPolicy", "rbac.authorization.k8s.io/ClusterRole",
        "rbac.authorization.k8s.io/ClusterRoleBinding", "scheduling.k8s.io/PriorityClass",
        "storage.k8s.io/CSIDriver", "storage.k8s.io/CSINode", "storage.k8s.io/StorageClass",
        "storage.k8s.io/VolumeAttachment",
    }
)  # fmt: skip
"""Kinds of the API whose objects are in no namespace."""

_CONVERSION = "spec/conversion/webhook/clientConfig/service/namespace"
_KEEP_NAMES = frozenset({"CustomResourceDefinition", "APIService", "Namespace"})
"""Kinds whose names follow from something else, so that prefix and suffix leave them alone."""

_POD: dict[str, tuple[str, ...]] = {
    "ConfigMap": (
        "volumes/configMap/name",
        "volumes/projected/sources/configMap/name",
        "containers/env/valueFrom/configMapKeyRef/name",
        "initContainers/env/valueFrom/configMapKeyRef/name",
        "containers/envFrom/configMapRef/name",
        "initContainers/envFrom/configMapRef/name",
    ),
    "Secret": (
        "volumes/secret/secretName",
        "volumes/projected/sources/secret/name",
        "containers/env/valueFrom/secretKeyRef/name",
        "initContainers/env/valueFrom/secretKeyRef/name",
        "containers/envFrom/secretRef/name",
        "initContainers/envFrom/secretRef/name",
        "imagePullSecrets/name",
    ),
    "ServiceAccount": ("serviceAccountName",),
    "PersistentVolumeClaim": ("volumes/persistentVolumeClaim/claimName",),
    "scheduling.k8s.io/PriorityClass": ("priorityClassName",),
}
"""Kind of object: the fields of a pod's `spec` that name one."""

POD_SPECS: dict[str, str] = {
    "Pod": "spec",
    "PodTemplate": "template/spec",
    "ReplicationController": "spec/template/spec",
    "Deployment": "spec/template/spec",
    "ReplicaSet": "spec/template/spec",
    "DaemonSet": "spec/template/spec",
    "StatefulSet": "spec/template/spec",
    "Job": "spec/template/spec",
    "CronJob": "spec/jobTemplate/spec/template/spec",
}

_INGRESS_SERVICE = (
    "spec/rules/http/paths/backend/service/name", "spec/rules/http/paths/backend/serviceName",
    "spec/defaultBackend/service/name", "spec/backend/serviceName",
)  # fmt: skip
_RULES = "rules/resourceNames"
_OTHERS: dict[str, dict[str, tuple[str, ...]]] = {
    "Ingress": {
        "Service": _INGRESS_SERVICE,
        "Secret": (
            "spec/tls/secretName",
            "metadata/annotations/ingress.kubernetes.io\\/auth-secret",
            "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret",
            "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret",
        ),
        "networking.k8s.io/IngressClass": ("spec/ingressClassName",),
    },
    "ServiceAccount": {"Secret": ("imagePullSecrets/name", "secrets/name")},
    "StatefulSet": {
        "Service": ("spec/serviceName",),
        "storage.k8s.io/StorageClass": ("spec/volumeClaimTemplates/spec/storageClassName",),
    },
    "PersistentVolumeClaim": {
        "PersistentVolume": ("spec/volumeName",),
        "storage.k8s.io/StorageClass": ("spec/storageClassName",),
    },
    "PersistentVolume": {"storage.k8s.io/StorageClass": ("spec/storageClassName",)},
    "Role": {"ConfigMap": (_RULES,), "Secret": (_RULES,)},
    "ClusterRole": {"ConfigMap": (_RULES,), "Secret": (_RULES,), "PersistentVolume": (_RULES,)},
    "APIService": {"Service": ("spec/service/name",)},
    "ValidatingAdmissionPolicyBinding": {
        "admissionregistration.k8s.io/ValidatingAdmissionPolicy": ("spec/policyName",)
    },
}
"""Kind of the naming object: kind of the named one, and the fields."""


def _fields() -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    out: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for kind, prefix in POD_SPECS.items():
        out[kind] = [(named, (*prefix.split("/"), *path.split("/"))) for named, paths in _POD.items() for path in paths]
    for kind, references in _OTHERS.items():
        for named, paths in references.items():
            out.setdefault(kind, []).extend((named, split_path(path)) for path in paths)
    return out


def split_path(path: str) -> tuple[str, ...]:
    """The keys of `a/b/c`; a slash within a key is written with a backslash before it."""
    return tuple(part.replace("\0", "/") for part in path.replace("\\/", "\0").split("/"))


_FIELDS = _fields()


def affixes(context: Context) -> None:
    """`namePrefix` and `nameSuffix`."""
    for field, before in (("namePrefix", True), ("nameSuffix", False)):
        given = context.value.get(field)
        text = text_of(given)
        if not text:
            continue
        for item in context.items:
            if item.kind.rpartition("/")[2] in _KEEP_NAMES:
                continue
            old = item.value.get("metadata", "name")
            _rename(item, old, f"{text}{text_of(old)}" if before else f"{text_of(old)}{text}")


def _rename(item: Item, old: Value, name: str) -> None:
    """Give an object another name; the place stays the one of its own name."""
    item.former.append((item.namespace, item.name))
    item.value = put(item.value, ("metadata", "name"), Known(old.source, old.start, old.end, old.key_start, name))


def namespace(context: Context) -> None:
    """`namespace`: where all objects go that are in one at all."""
    given = context.value.get("namespace")
    text = text_of(given)
    if not text:
        return
    for item in context.items:
        kind = item.kind.rpartition("/")[2]
        if item.group_kind == "Namespace":
            _rename(item, given, text)
        elif kind == "APIService":
            item.value = put(item.value, ("spec", "service", "namespace"), given)
        elif kind == "CustomResourceDefinition":
            item.value = _as_map(change(item.value, split_path(_CONVERSION), lambda _: given))
        elif item.group_kind not in _CLUSTER_WIDE:
            item.former.append((item.namespace, item.name))
            item.value = put(item.value, ("metadata", "namespace"), given)
        if kind in ("RoleBinding", "ClusterRoleBinding"):
            item.value = _as_map(change(item.value, ("subjects",), lambda subjects: _subjects(subjects, given)))


def _subjects(subjects: Value, given: Value) -> Value:
    """The service account `default` is the one of the new namespace."""

    def moved(subject: Value) -> Value:
        default = subject.get("kind").surely("ServiceAccount") and subject.get("name").surely("default")
        return put(subject, ("namespace",), given) if default and isinstance(subject, Map) else subject

    return with_items(subjects, tuple(map(moved, subjects.items_))) if isinstance(subjects, Seq) else subjects


def _as_map(value: Value) -> Map:
    assert isinstance(value, Map), "changing entries of a mapping leaves a mapping"
    return value


def follow(items: list[Item]) -> None:
    """Where objects were renamed or moved, change the fields that name them."""
    names = _Names(items)
    if not names.kinds:
        return
    for item in items:
        kind = item.kind.rpartition("/")[2]
        value: Value = item.value
        for named, path in _FIELDS.get(kind, ()):
            if named in names.kinds:
                value = change(value, path, partial(names.renamed, named, item))
        if kind == "HorizontalPodAutoscaler":
            value = change(value, ("spec", "scaleTargetRef"), partial(names.reference, item))
        elif kind in ("RoleBinding", "ClusterRoleBinding"):
            value = change(value, ("roleRef",), partial(names.reference, item))
            value = change(value, ("subjects",), names.subjects)
        elif kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
            value = change(value, ("webhooks", "clientConfig", "service"), names.service)
        item.value = _as_map(value)


class _Names:
    """Objects that were renamed or moved, by what they were called."""

    def __init__(self, items: list[Item]) -> None:
        self.kinds: set[str] = set()
        """Groups and kinds of which some object was renamed or moved."""
        self._now: set[tuple[str, str]] = {(item.group_kind, item.name) for item in items}
        self._former: dict[tuple[str, str], list[Item]] = {}
        for item in items:
            if any(pair != (item.namespace, item.name) for pair in item.former):
                self.kinds.add(item.group_kind)
                for name in {item.name, *(name for _, name in item.former)}:
                    self._former.setdefault((item.group_kind, name), []).append(item)

    def renamed(self, named: str, item: Item, old: Value) -> Value:
        """What a field of `item` says now that names an object of the kind `named`; lists of names are gone through."""
        if isinstance(old, Seq):
            return with_items(old, tuple(self.renamed(named, item, element) for element in old.items_))
        name = text_of(old)
        found = None if (named, name) in self._now else self._find(named, name, item.namespace)
        return old if found is None or not isinstance(old, Known) else _called(old, found.name)

    def reference(self, item: Item, old: Value) -> Value:
        """The same for a field that states the kind beside the name."""
        kind = text_of(old.get("kind"))
        named = next((k for k in self.kinds if k.rpartition("/")[2] == kind), "")
        name = old.get("name")
        new = self.renamed(named, item, name) if named else name
        return old if new is name or not isinstance(old, Map) else put(old, ("name",), new)

    def subjects(self, old: Value) -> Value:
        """Service accounts among the subjects of a binding."""
        if "ServiceAccount" not in self.kinds or not isinstance(old, Seq):
            return old
        items = (self._moved("ServiceAccount", s) if s.get("kind").surely("ServiceAccount") else s for s in old.items_)
        return with_items(old, tuple(items))

    def service(self, old: Value) -> Value:
        """The service a webhook is sent to."""
        return self._moved("Service", old)

    def _moved(self, kind: str, old: Value) -> Value:
        """A mapping with the name and namespace of an object, as they are now."""
        name, space = old.get("name"), old.get("namespace")
        found = self._find(kind, text_of(name), text_of(space), strictly=True)
        if found is None or not isinstance(old, Map) or not isinstance(name, Known):
            return old
        if found.name != name.value:
            old = put(old, ("name",), _called(name, found.name))
        return put(old, ("namespace",), found.value.get("metadata", "namespace")) if found.namespace else old

    def _find(self, kind: str, name: str, namespace: str, *, strictly: bool = False) -> Item | None:
        found = self._former.get((kind, name), [])
        near = [i for i in found if any((ns or "default", n) == (namespace or "default", name) for ns, n in i.names())]
        if strictly:
            return near[0] if near else None
        # Of several, the last one was added nearest to the reference.
        candidates = near or found
        return candidates[-1] if candidates else None


def _called(old: Known, name: str) -> Known:
    return Known(old.source, old.start, old.end, old.key_start, name, old.provenance)
