"""What the API of Kubernetes has, and which roles each cluster begins with.

The API is the table `kubernetes_api.tsv` (made by `tools/build_kubernetes_api.py`), the roles are `kubernetes_roles.toml`;
both say which version of Kubernetes they are of. Resources that only authorization knows stand here.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

_FOLDER = Path(__file__).parent
RBAC = "rbac.authorization.k8s.io"
Scope = Literal["namespaced", "cluster"]


class Api(msgspec.Struct, frozen=True):
    """One resource or subresource of the API."""

    scope: Scope
    verbs: frozenset[str]


class DefaultRule(msgspec.Struct, frozen=True):
    """One rule of a default role, as in a manifest."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()


class DefaultRoles(msgspec.Struct, frozen=True):
    """The roles and ClusterRoleBindings of each cluster."""

    roles: dict[str, tuple[DefaultRule, ...]]
    """By name, aggregation not yet resolved."""
    namespaced: dict[tuple[str, str], tuple[DefaultRule, ...]]
    """Roles by namespace and name."""
    aggregates: dict[str, tuple[str, ...]]
    """The roles whose rules an aggregated role collects."""
    bindings: dict[str, tuple[tuple[str, str], ...]]
    """Role: (kind, name) of its subjects."""


_ASKED_ONLY: tuple[tuple[str, str, Scope, str], ...] = (
    ("", "users", "cluster", "impersonate"),
    ("", "groups", "cluster", "impersonate"),
    ("", "serviceaccounts", "namespaced", "impersonate"),
    ("authentication.k8s.io", "uids", "cluster", "impersonate"),
    ("", "nodes/checkpoint", "cluster", "create"),
    ("", "nodes/configz", "cluster", "get"),
    ("", "nodes/healthz", "cluster", "get"),
    ("", "nodes/log", "cluster", "get"),
    ("", "nodes/metrics", "cluster", "get"),
    ("", "nodes/pods", "cluster", "get"),
    ("", "nodes/spec", "cluster", "get"),
    ("", "nodes/stats", "cluster", "get"),
    (RBAC, "roles", "namespaced", "bind escalate"),
    (RBAC, "clusterroles", "cluster", "bind escalate"),
    ("certificates.k8s.io", "signers", "cluster", "approve sign attest"),
    ("certificates.k8s.io", "certificatesigningrequests/nodeclient", "cluster", "create"),
    ("certificates.k8s.io", "certificatesigningrequests/selfnodeclient", "cluster", "create"),
)
"""Resources and verbs that are asked about and never served: impersonation, the API of the kubelet, `bind` and `escalate`,
signers. Sources: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation,
kubelet-authn-authz/, rbac/#privilege-escalation-prevention-and-bootstrapping, certificate-signing-requests/."""

FINALIZERS = frozenset({"update"})
"""Verbs on the subresource `finalizers`, which every resource has for the admission plugin
OwnerReferencesPermissionEnforcement and nothing serves.
https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#ownerreferencespermissionenforcement"""

REMOVED = frozenset({"extensions"})
"""Groups that were removed whole (1.22); roles that also work on old clusters still name them.
https://kubernetes.io/docs/reference/using-api/deprecation-guide/"""


REMOVED_RESOURCES = frozenset(
    {
        ("policy", "podsecuritypolicies"),
        ("networking.k8s.io", "clustercidrs"),
        ("resource.k8s.io", "podschedulingcontexts"),
        ("resource.k8s.io", "podschedulingcontexts/status"),
        ("resource.k8s.io", "resourceclaimparameters"),
        ("resource.k8s.io", "resourceclasses"),
        ("resource.k8s.io", "resourceclassparameters"),
        ("apps", "deployments/rollback"),
    }
)
"""Resources that were removed from groups that stayed; the same page, and the change logs of 1.22, 1.31 and 1.32."""


def removed(group: str, resource: str) -> bool:
    """Whether older versions of Kubernetes had a resource."""
    return group in REMOVED or (group, resource) in REMOVED_RESOURCES


@cache
def api() -> dict[tuple[str, str], Api]:
    """The API by group and resource (with its subresource, if any); the group without a name is the empty text."""
    out: dict[tuple[str, str], Api] = {}
    for line in (_FOLDER / "kubernetes_api.tsv").read_text().splitlines():
        if line.startswith("#"):
            continue
        group, resource, scope, verbs = line.split("\t")
        out["" if group == "core" else group, resource] = Api(scope, frozenset(verbs.split(",")))  # type: ignore[arg-type]
    for (group, resource), one in list(out.items()):
        if "/" not in resource:
            out[group, f"{resource}/finalizers"] = Api(one.scope, FINALIZERS)
    for group, resource, scope_, more in _ASKED_ONLY:
        known = out.get((group, resource))
        out[group, resource] = Api(scope_, (known.verbs if known else frozenset()) | frozenset(more.split()))
    return out


@cache
def groups() -> frozenset[str]:
    """The groups that Kubernetes itself serves."""
    return frozenset(group for group, _ in api())


@cache
def default_roles() -> DefaultRoles:
    """The roles and bindings that the API server makes."""
    import tomllib

    table = tomllib.loads((_FOLDER / "kubernetes_roles.toml").read_text())
    short: dict[str, list[str]] = table["verbs"]
    return DefaultRoles(
        roles={name: tuple(_rule(text, short) for text in rules) for name, rules in table["roles"].items()},
        namespaced={
            (namespace, name): tuple(_rule(text, short) for text in rules)
            for (namespace, _, name), rules in ((key.partition("/"), r) for key, r in table["namespaced"].items())
        },
        aggregates={name: tuple(others) for name, others in table["aggregates"].items()},
        bindings={
            role: tuple((kind, name) for kind, _, name in (subject.partition(" ") for subject in subjects))
            for role, subjects in table["bindings"].items()
        },
    )


def _rule(text: str, short: dict[str, list[str]]) -> DefaultRule:
    fields = [tuple(field.split()) for field in text.split("|")]
    verbs = tuple(verb for word in fields[0] for verb in short.get(word, [word]))
    if len(fields) == 2:
        return DefaultRule(verbs, urls=fields[1])
    groups_ = tuple("" if group == "core" else group for group in fields[1])
    return DefaultRule(verbs, groups_, fields[2], fields[3] if len(fields) > 3 else ())
