"""What pods are given: secrets, configuration, and the identities they run as.

Sources: https://kubernetes.io/docs/concepts/configuration/secret/,
https://kubernetes.io/docs/concepts/configuration/configmap/,
https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html and `pod-id-association.html`.
"""

from __future__ import annotations

import base64
import binascii
import re

import msgspec

from fourfold.linking.draft import Draft
from fourfold.linking.kubernetes_names import Scope, namespace_of
from fourfold.model.nodes import Identity, Secret, Variable, Workload
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Map, Step, Unknown, Value

_ROLE_ANNOTATION = "eks.amazonaws.com/role-arn"
_ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::\d*:role/(?:.*/)?([^/]+)")
_SEALED = "ENC[AES256_GCM,"
"""How sops begins the values it has encrypted."""


def add_secret(draft: Draft, resource: Resource) -> None:
    """A Secret, and the entries whose content its manifest states."""
    stated = [
        (key, value, encoded)
        for place, encoded in (("data", True), ("stringData", False))
        for _, key, value in resource.get(place).pairs()
    ]
    written = resource.get("stringData" if resource.get("data").absent else "data")
    draft.add(Secret(resource=resource, name=_name(resource), at=resource.properties, value=written))
    for key, value, encoded in stated:
        text = _decoded(value) if encoded else value
        if isinstance(text, (Absent, Unknown)) or str(text.plain()).startswith(_SEALED):
            continue
        _entry(draft, resource, key, text, "secret-manifest", f"secret `{_name(resource)}`")


def add_config_map(draft: Draft, resource: Resource) -> None:
    """The entries of a ConfigMap."""
    for _, key, value in resource.get("data").pairs():
        _entry(draft, resource, key, value, "config-map", f"config map `{_name(resource)}`")


def _entry(draft: Draft, resource: Resource, key: str, value: Value, position: str, owner: str) -> None:
    draft.add(
        Variable(
            resource=resource,
            name=key,
            part=f"data/{key}",
            at=value,
            condition=resource.condition,
            value=value,
            owner=owner,
            position=position,  # type: ignore[arg-type]
        )
    )


def _decoded(value: Value) -> Value:
    """The text behind base64; an absence where the content is not text."""
    nothing = Absent(value.source, value.start, value.end, value.key_start, value, ())
    if not isinstance(value, Known):
        return nothing if isinstance(value, Map) else value
    if not isinstance(value.value, str):
        return nothing
    if value.value.startswith(_SEALED):
        return value
    try:
        text = base64.b64decode("".join(value.value.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return nothing
    step = Step("decoded from base64", value.span)
    return msgspec.structs.replace(value, value=text, provenance=(*value.provenance, step))


def add_accounts(draft: Draft, scope: Scope, workloads: list[tuple[Workload, Value]]) -> None:
    """Service accounts as identities, the workloads that run as them, and the AWS roles they may assume.

    `workloads` come with their pod's `spec`.
    """
    identities: dict[str, Identity] = {}
    for resource in draft.resources.values():
        if resource.type == "v1/ServiceAccount":
            identities[resource.key] = draft.add(
                Identity(
                    resource=resource,
                    name=_name(resource),
                    at=resource.properties,
                    condition=resource.condition,
                    kind="service-account",
                )
            )
    for workload, spec in workloads:
        name = str(spec.get("serviceAccountName").plain() or spec.get("serviceAccount").plain() or "default")
        account = scope.find(workload.resource, "ServiceAccount", name)
        if account is not None and account.key in identities:
            draft.connect(workload, "runs_as", identities[account.key], workload.role.span)
    _connect_roles(draft, identities)


def _connect_roles(draft: Draft, identities: dict[str, Identity]) -> None:
    """Service accounts to roles: by annotation (IRSA), and by pod identity associations of the scan."""
    if not identities:
        return
    roles = [node for node in draft.nodes if isinstance(node, Identity) and node.kind == "role"]
    by_name = {str(node.resource.get("RoleName").plain()): node for node in roles}
    for identity in identities.values():
        arn = identity.resource.get("metadata", "annotations", _ROLE_ANNOTATION)
        found = _ROLE_ARN.fullmatch(str(arn.plain() or ""))
        role = by_name.get(found[1]) if found else None
        if role is not None:
            draft.connect(identity, "assumes", role, arn.span)
    for association in draft.of_type("AWS::EKS::PodIdentityAssociation"):
        role = draft.node_of(association.get("RoleArn"), Identity)
        wanted = (association.get("Namespace").plain(), association.get("ServiceAccount").plain())
        for identity in identities.values():
            if role is not None and (namespace_of(identity.resource), identity.name) == wanted:
                draft.connect(identity, "assumes", role, association.get("RoleArn").span)


def connect_secrets(draft: Draft, scope: Scope, workload: Workload, spec: Value) -> None:
    """Workload to the Secret objects of the scan that it reads, as variables or as files."""
    names = [item.get("secret", "secretName") for _, item in spec.get("volumes").elements()]
    for _, volume in spec.get("volumes").elements():
        names += [item.get("secret", "name") for _, item in volume.get("projected", "sources").elements()]
    for container in workload.containers:
        names += [item.get("secretRef", "name") for _, item in container.variables_from.elements()]
        names += [item.get("valueFrom", "secretKeyRef", "name") for _, item in container.at.get("env").elements()]
    seen: set[str] = set()
    for name in names:
        found = scope.find(workload.resource, "Secret", str(name.plain())) if isinstance(name, Known) else None
        if found is not None and found.key not in seen:
            seen.add(found.key)
            secret = next(n for n in draft.by_resource[found.key] if isinstance(n, Secret))
            draft.connect(workload, "reads", secret, name.span)


def _name(resource: Resource) -> str:
    return resource.address.rpartition("/")[2]
