"""Where Kubernetes and AWS meet: accounts of pods that become IAM roles, and IAM principals that are somebody in a cluster.

From the pod outwards: the annotation `eks.amazonaws.com/role-arn` of its service account (IAM roles for service accounts),
or an EKS Pod Identity association. Inwards: access entries, which give groups and access policies, and the ConfigMap
`kube-system/aws-auth`, which maps roles and users to names and groups.
Sources: the Amazon EKS User Guide, https://docs.aws.amazon.com/eks/latest/userguide/, iam-roles-for-service-accounts.html,
pod-identities.html, access-entries.html, access-policy-permissions.html and auth-configmap.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from fourfold.engines.rbac.objects import MASTERS, Rule, Subject
from fourfold.engines.rbac.scan import EVERYTHING, Scanned, meets, who_can
from fourfold.engines.rbac.spec import rules_of
from fourfold.linking.kubernetes_names import name_of, namespace_of, written_namespace
from fourfold.model.graph import Graph
from fourfold.model.nodes import Identity
from fourfold.model.resource import Resource
from fourfold.model.value import Known, Value

ANNOTATION = "eks.amazonaws.com/role-arn"
_ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::\d*:role/(?:.*/)?([^/]+)")
_POLICY_ARN = re.compile(r"arn:[a-z-]+:eks::aws:cluster-access-policy/(\w+)")
MAP_BYTES_MAX = 262_144
"""What is read of one list of `aws-auth`."""

POLICIES = {
    "AmazonEKSClusterAdminPolicy": "cluster-admin",
    "AmazonEKSAdminPolicy": "admin",
    "AmazonEKSEditPolicy": "edit",
    "AmazonEKSViewPolicy": "view",
}
"""Access policies, and the role of every cluster that each is equivalent to, as their page says."""


class Assumption(msgspec.Struct, frozen=True, eq=False):
    """A service account whose pods are meant to become an IAM role."""

    account: Subject
    role: Identity | None
    """The role, where the scan has it."""
    arn: Value
    """What names the role, at its place."""
    by: Literal["irsa", "pod-identity"]
    resource: Resource
    """The ServiceAccount or the association."""
    namespace_known: bool = True
    """Whether the namespace is written; what is applied without one goes where the caller's context says."""


class Entry(msgspec.Struct, frozen=True, eq=False):
    """An IAM principal that a cluster knows."""

    principal: Value
    """Its ARN, at its place."""
    role: Identity | None
    """The role, where the scan has it."""
    username: str
    groups: tuple[str, ...]
    policies: tuple[tuple[str, tuple[str, ...]], ...]
    """Access policies by name, each with the namespaces it holds in; none: in all."""
    resource: Resource
    unknown: str = ""
    """Why there may be more."""

    @property
    def subjects(self) -> Iterator[Subject]:
        """Who it is in the cluster: its name, if it has one, and its groups."""
        if self.username:
            yield Subject("User", self.username)
        yield from (Subject("Group", group) for group in self.groups)

    def __str__(self) -> str:
        return f"`{self.principal.plain()}` by `{self.resource.address}`"


class Caller(msgspec.Struct, frozen=True, eq=False):
    """An IAM principal that may do something in a cluster."""

    entry: Entry
    via: str
    """What gives it, for people: a binding to its name or one of its groups, an access policy, `system:masters`."""
    namespaces: tuple[str, ...]
    """Where; none: in all namespaces."""
    request: dict[str, Any]
    unknown: str = ""
    """Why it is not certain; empty where it is."""


def role_of(graph: Graph, value: Value) -> Identity | None:
    """The role of the scan that a reference or an ARN leads to; None where there is none, or more than one."""
    target = graph.target(value)
    by_resource, by_name = graph.derived(_roles)
    if target is not None:
        return by_resource.get(target.key)
    found = _ROLE_ARN.fullmatch(str(value.value)) if isinstance(value, Known) else None
    named = by_name.get(found[1], []) if found else []
    return named[0] if len(named) == 1 else None


def _roles(graph: Graph) -> tuple[dict[str, Identity], dict[str, list[Identity]]]:
    roles = [node for node in graph.of(Identity) if node.kind == "role"]
    by_name: dict[str, list[Identity]] = {}
    for role in roles:
        by_name.setdefault(str(role.resource.get("RoleName").plain()), []).append(role)
    return {role.resource.key: role for role in roles}, by_name


def assumptions(graph: Graph) -> list[Assumption]:
    """Every service account of the scan with the role that it is given; ask it by `graph.derived(assumptions)`."""
    out: list[Assumption] = []
    for resource in graph.of_type("v1/ServiceAccount"):
        arn = resource.get("metadata", "annotations", ANNOTATION)
        if arn.absent:
            continue
        account = Subject("ServiceAccount", name_of(resource), namespace_of(resource))
        known = bool(written_namespace(resource))
        out.append(Assumption(account, role_of(graph, arn), arn, "irsa", resource, known))
    for resource in graph.of_type("AWS::EKS::PodIdentityAssociation"):
        name, namespace = resource.get("ServiceAccount").plain(), resource.get("Namespace").plain()
        arn = resource.get("RoleArn")
        account = Subject("ServiceAccount", str(name), str(namespace))
        out.append(Assumption(account, role_of(graph, arn), arn, "pod-identity", resource))
    return out


def entries(graph: Graph) -> list[Entry]:
    """Every IAM principal that a cluster of the scan knows; ask it by `graph.derived(entries)`."""
    out = [_access_entry(graph, resource) for resource in graph.of_type("AWS::EKS::AccessEntry")]
    for resource in graph.of_type("v1/ConfigMap"):
        if name_of(resource) == "aws-auth":
            for key, arn in (("mapRoles", "rolearn"), ("mapUsers", "userarn")):
                out += _mapped(graph, resource, resource.get("data", key), arn)
    return out


def _access_entry(graph: Graph, resource: Resource) -> Entry:
    policies: list[tuple[str, tuple[str, ...]]] = []
    unknown = ""
    for _, item in resource.get("AccessPolicies").elements():
        named = _POLICY_ARN.fullmatch(str(item.get("PolicyArn").plain()))
        scope = item.get("AccessScope")
        inside = tuple(str(v.plain()) for _, v in scope.get("Namespaces").elements())
        if named and (inside or scope.get("Type").surely("cluster")):
            policies.append((named[1], inside))
        else:
            unknown = "an access policy is not known"
    groups = [value for _, value in resource.get("KubernetesGroups").elements()]
    if any(not isinstance(group, Known) for group in groups):
        unknown = unknown or "a group is not known"
    username = resource.get("Username")
    return Entry(
        resource.get("PrincipalArn"),
        role_of(graph, resource.get("PrincipalArn")),
        str(username.value) if isinstance(username, Known) and username.value else "",
        tuple(str(group.value) for group in groups if isinstance(group, Known)),
        tuple(policies),
        resource,
        unknown,
    )


def _mapped(graph: Graph, resource: Resource, text: Value, arn_key: str) -> Iterator[Entry]:
    """The principals of one list of `aws-auth`, which is YAML inside of a text."""
    if text.absent:
        return
    items = _listed(text)
    if items is None:
        yield Entry(text, None, "", (), (), resource, "the mapping cannot be read")
    for item in items or ():
        arn, groups = item.get(arn_key), item.get("groups")
        if isinstance(arn, str):
            at = msgspec.structs.replace(text, value=arn)
            named = tuple(str(g) for g in groups) if isinstance(groups, list) else ()
            yield Entry(at, role_of(graph, at), str(item.get("username") or ""), named, (), resource)


def _listed(text: Value) -> list[dict[str, Any]] | None:
    import yaml

    if not isinstance(text, Known) or not isinstance(text.value, str) or len(text.value) > MAP_BYTES_MAX:
        return None
    try:
        found = yaml.load(text.value, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # it is a safe loader
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else None


def callers(known: Scanned, listed: list[Entry], asked: Rule, *, namespace: str = "") -> list[Caller]:
    """The IAM principals that may do some of what a rule describes: by bindings, access policies and `system:masters`."""
    holdings = who_can(known, asked, namespace=namespace, built_in=True)
    out: list[Caller] = []
    for entry in listed:
        who = set(entry.subjects)
        if any(s.kind == "Group" and s.name == MASTERS for s in who):
            request = meets(EVERYTHING, asked, namespace, known.served)[0]
            out += [Caller(entry, f"group `{MASTERS}`", (), request)] if request is not None else []
            continue
        for held in holdings:
            if held.subject in who:
                places = (held.namespace,) if held.namespace else ()
                out.append(Caller(entry, f"{held.subject} by {held.binding}", places, held.request, held.unknown))
        for policy, inside in entry.policies:
            out += _by_policy(known, entry, policy, inside, asked, namespace)
    return out


def _by_policy(
    known: Scanned, entry: Entry, policy: str, inside: tuple[str, ...], asked: Rule, namespace: str
) -> Iterator[Caller]:
    if inside and namespace and namespace not in inside:
        return
    place = namespace or (inside[0] if inside else "")
    name = POLICIES.get(policy, "")
    if not name:
        request = meets(EVERYTHING, asked, place, known.served)[0]
        if request is not None:
            yield Caller(entry, f"access policy `{policy}`", inside, request, f"what `{policy}` allows is not known")
        return
    role = next(role for role in known.cluster.roles if role.built_in and role.name == name)
    close = (
        "" if name == "cluster-admin" else f"EKS has its own list of what `{policy}` allows, near to the role `{name}`"
    )
    for rule in rules_of(known.cluster, role):
        request, unknown = meets(rule, asked, place, known.served)
        if request is not None:
            yield Caller(entry, f"access policy `{policy}`", inside, request, unknown or close)
            return
