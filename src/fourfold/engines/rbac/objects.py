"""Roles, bindings and requests as the authorizer of the API server sees them.

Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#api-overview and, for requests,
https://kubernetes.io/docs/reference/access-authn-authz/authorization/#review-your-request-attributes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from fourfold.knowledge import kubernetes
from fourfold.model.place import Span

ACCOUNT_PREFIX = "system:serviceaccount:"
MASTERS = "system:masters"


class Rule(msgspec.Struct, frozen=True):
    """What one rule of a role allows: `verbs` on `groups` and `resources` (of these `names`), or on `urls`."""

    verbs: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    """API groups; the one without a name is the empty text."""
    resources: tuple[str, ...] = ()
    """`pods`, `pods/log`, `*/scale` or `*`."""
    names: tuple[str, ...] = ()
    """Empty: of every name, and requests that name none."""
    urls: tuple[str, ...] = ()
    unknown: str = ""
    """Why the rule is not wholly known; what is known of it stands in the fields above."""
    open: tuple[str, ...] = ()
    """The fields of which not all is known."""
    at: Span | None = None
    """Where it is written."""
    index: int = 0

    @property
    def upper(self) -> Rule:
        """All that the rule may be: anything where something is not known."""
        wide = {field: () if field == "names" else ("*",) for field in self.open}
        return msgspec.structs.replace(self, unknown="", open=(), **wide)

    @property
    def lower(self) -> Rule:
        """What of the rule is known."""
        return msgspec.structs.replace(self, unknown="", open=())

    def __str__(self) -> str:
        if self.urls and not self.resources:
            return f"{_list(self.verbs)} {_list(self.urls)}"
        core = "core" if "*" in self.resources else ""  # a bare `*` would read as everything
        things = [f"{r}.{g or core}".rstrip(".") for r in self.resources for g in self.groups]
        named = f" named {_list(self.names)}" if self.names else ""
        return f"{_list(self.verbs)} {_list(things)}{named}"


def _list(words: Iterable[str]) -> str:
    return ", ".join(words)


class Role(msgspec.Struct, frozen=True):
    """A Role (which has a namespace) or a ClusterRole."""

    name: str
    namespace: str = ""
    """Empty for a ClusterRole."""
    rules: tuple[Rule, ...] = ()
    labels: dict[str, str] = {}
    selectors: tuple[Selector, ...] = ()
    """Aggregation: the rules of every ClusterRole that one of these selects, instead of its own."""
    built_in: bool = False
    """Whether the API server makes it."""
    unknown: str = ""
    """Why not all of its rules are known."""
    key: str = ""
    """The resource that declares it."""
    delivery: str = ""
    """The overlay or chart it comes with: roles of different ones are not aggregated."""
    condition: str = ""
    """When it is there, where that depends."""

    @property
    def kind(self) -> Literal["Role", "ClusterRole"]:
        return "Role" if self.namespace else "ClusterRole"

    def __str__(self) -> str:
        return f"role `{self.namespace}/{self.name}`" if self.namespace else f"cluster role `{self.name}`"


class Selector(msgspec.Struct, frozen=True):
    """A label selector: all of its labels and expressions must hold; one without any selects everything."""

    labels: tuple[tuple[str, str], ...] = ()
    expressions: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """(key, `In` | `NotIn` | `Exists` | `DoesNotExist`, values)."""

    def selects(self, labels: dict[str, str]) -> bool:
        return all(labels.get(key) == value for key, value in self.labels) and all(
            _holds(labels, key, operator, values) for key, operator, values in self.expressions
        )


def _holds(labels: dict[str, str], key: str, operator: str, values: tuple[str, ...]) -> bool:
    """https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors"""
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    if operator == "In":
        return labels.get(key) in values
    return operator == "NotIn" and labels.get(key) not in values


class Subject(msgspec.Struct, frozen=True):
    """Whom a binding names: a `User`, a `Group`, or a `ServiceAccount` with its namespace."""

    kind: str
    name: str
    namespace: str = ""

    @property
    def text(self) -> str:
        """The name by which the API server knows it: `system:serviceaccount:shop:app`, `jane`; groups as they are."""
        return f"{ACCOUNT_PREFIX}{self.namespace}:{self.name}" if self.kind == "ServiceAccount" else self.name

    def __str__(self) -> str:
        if self.kind == "ServiceAccount":
            return f"service account `{self.namespace}/{self.name}`"
        return f"{self.kind.lower()} `{self.name}`"


class Binding(msgspec.Struct, frozen=True):
    """A RoleBinding (which has a namespace) or a ClusterRoleBinding."""

    name: str
    role: Role | None
    """What `role_kind` and `role_name` lead to; None where no role of this name is known."""
    namespace: str = ""
    subjects: tuple[Subject, ...] = ()
    role_kind: str = "ClusterRole"
    role_name: str = ""
    unknown: str = ""
    """Why not all of its subjects are known."""
    at: Span | None = None
    key: str = ""
    delivery: str = ""
    condition: str = ""
    built_in: bool = False

    def __str__(self) -> str:
        kind = (
            f"role binding `{self.namespace}/{self.name}`" if self.namespace else f"cluster role binding `{self.name}`"
        )
        return f"{kind} (of every cluster)" if self.built_in else kind


class Cluster(msgspec.Struct, frozen=True):
    """Roles and bindings that are judged together."""

    roles: tuple[Role, ...] = ()
    bindings: tuple[Binding, ...] = ()


class Request(msgspec.Struct, frozen=True):
    """One request, with the attributes that authorization knows. One with a `url` is not about a resource."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    """Empty where the request names no object: `create`, `deletecollection`, and `list` and `watch` of all."""
    namespace: str = ""
    """Empty for what belongs to no namespace, and for requests about all namespaces."""
    url: str = ""
    user: str = ""
    groups: frozenset[str] = frozenset()

    @property
    def whole(self) -> str:
        """The resource with its subresource."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource

    def plain(self) -> dict[str, Any]:
        """What is said, for people and JSON."""
        out: dict[str, Any] = {"verb": self.verb}
        if self.url:
            out["nonResourceURL"] = self.url
        else:
            out |= {"apiGroup": self.group, "resource": self.whole}
        out |= {k: v for k, v in (("name", self.name), ("namespace", self.namespace), ("user", self.user)) if v}
        return out


def caller(user: str, groups: Iterable[str] = ()) -> tuple[str, frozenset[str]]:
    """A user with the groups that the API server adds.

    Whoever is authenticated is in `system:authenticated`, `system:anonymous` in `system:unauthenticated`; a service
    account in `system:serviceaccounts` and `system:serviceaccounts:NAMESPACE`.
    https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens, #anonymous-requests
    """
    if user == "system:anonymous":
        return user, frozenset({*groups, "system:unauthenticated"})
    more = {"system:authenticated"}
    if user.startswith(ACCOUNT_PREFIX):
        namespace = user.removeprefix(ACCOUNT_PREFIX).partition(":")[0]
        more |= {"system:serviceaccounts", f"system:serviceaccounts:{namespace}"}
    return user, frozenset({*groups, *more})


def built_in_cluster() -> Cluster:
    """The roles and bindings that every cluster begins with. `admin`, `edit` and `view` are aggregated by labels, so
    that ClusterRoles of a scan with these labels become part of them."""
    known = kubernetes.default_roles()
    labels: dict[str, dict[str, str]] = {}
    for collector, others in known.aggregates.items():
        for other in others:
            labels.setdefault(other, {})[f"{kubernetes.RBAC}/aggregate-to-{collector}"] = "true"
    roles = {
        name: Role(
            name,
            rules=_default(rules),
            labels=labels.get(name, {}),
            selectors=(Selector(((f"{kubernetes.RBAC}/aggregate-to-{name}", "true"),)),)
            if name in known.aggregates
            else (),
            built_in=True,
        )
        for name, rules in known.roles.items()
    }
    bindings = tuple(
        Binding(name, roles[name], subjects=tuple(Subject(*s) for s in subjects), role_name=name, built_in=True)
        for name, subjects in known.bindings.items()
    )
    inside = (Role(name, space, _default(rules), built_in=True) for (space, name), rules in known.namespaced.items())
    return Cluster((*roles.values(), *inside), bindings)


def _default(rules: Iterable[kubernetes.DefaultRule]) -> tuple[Rule, ...]:
    return tuple(Rule(r.verbs, r.groups, r.resources, r.names, r.urls, index=i) for i, r in enumerate(rules))
