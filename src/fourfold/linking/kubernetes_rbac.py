"""Roles of Kubernetes and who is bound to them.

A Role or ClusterRole becomes a policy of kind `rbac`, each of its rules a statement: the verbs are its actions, and its
resources are written `group/resource[/subresource]` with `core` for the group that has no name.
Identities (and workloads that run as an account no file declares) have the edge `has_policy` to what is bound to them;
`has_policy_everywhere` stands beside it where the binding holds in all namespaces.
Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.linking.draft import Draft
from fourfold.linking.kubernetes_names import Scope, group_kind, namespace_of
from fourfold.model.nodes import Identity, Node, Policy, Statement, Workload
from fourfold.model.resource import Resource
from fourfold.model.value import Known, Value, known, sequence, unknown

GROUP = "rbac.authorization.k8s.io"
ROLES = (f"{GROUP}/Role", f"{GROUP}/ClusterRole")
BINDINGS = (f"{GROUP}/RoleBinding", f"{GROUP}/ClusterRoleBinding")
COMBINATIONS_MAX = 2_000
"""Groups times resources of one rule."""


def add(draft: Draft) -> None:
    """Policies of all roles, and the edges of all bindings. Identities and workloads must be there."""
    roles: list[Resource] = []
    bindings: list[Resource] = []
    accounts: list[Resource] = []
    for resource in draft.resources.values():
        if not resource.of_kubernetes:
            continue
        kind = group_kind(resource.type)
        if kind in ROLES:
            roles.append(resource)
        elif kind in BINDINGS:
            bindings.append(resource)
        elif kind == "ServiceAccount":
            accounts.append(resource)
    if not roles and not bindings:
        return
    policies = {role.key: _policy(draft, role) for role in roles}
    scope = Scope([*roles, *accounts])
    undeclared = _undeclared(draft) if bindings else {}
    for binding in bindings:
        _bind(draft, scope, binding, policies, undeclared)


def _policy(draft: Draft, role: Resource) -> Policy:
    rules = role.get("rules")
    statements = tuple(
        draft.add(
            Statement(
                resource=role,
                name=str(at),
                part=f"rule/{at}",
                at=rule,
                condition=role.condition,
                policy_kind="rbac",
                effect=known("Allow", at=rule),
                actions=rule.get("verbs"),
                resources=_resources(rule),
            )
        )
        for at, (_, rule) in enumerate(rules.elements())
    )
    policy = draft.add(
        Policy(
            resource=role,
            name=role.address.rpartition("/")[2],
            at=role.properties,
            condition=role.condition,
            kind="rbac",
            document=role.properties,
            statements=statements,
        )
    )
    for statement in statements:
        draft.connect(policy, "contains", statement)
    return policy


def _resources(rule: Value) -> Value:
    """Every pair of group and resource, at the place of the resource."""
    resources = rule.get("resources")
    if resources.absent:
        return resources
    groups = [_text(g) for _, g in rule.get("apiGroups").elements()]
    names = [(item, _text(item)) for _, item in resources.elements()]
    if None in groups or any(name is None for _, name in names):
        return unknown("the rule names groups or resources that are not known", at=resources)
    if len(groups) * len(names) > COMBINATIONS_MAX:
        return unknown(f"the rule has more than {COMBINATIONS_MAX} pairs of group and resource", at=resources)
    return sequence([known(f"{g or 'core'}/{name}", at=item) for item, name in names for g in groups], at=resources)


def _text(value: Value) -> str | None:
    return str(value.value) if isinstance(value, Known) and value.value is not None else None


def _undeclared(draft: Draft) -> dict[tuple[str, str], list[Workload]]:
    """Workloads by namespace and account, where the account has no object in the scan."""
    out: dict[tuple[str, str], list[Workload]] = {}
    for node in draft.nodes:
        if isinstance(node, Workload) and node.resource.of_kubernetes:
            name = node.role.plain()
            if isinstance(name, str) and "/" not in name:
                out.setdefault((namespace_of(node.resource), name), []).append(node)
    return out


def _bind(
    draft: Draft,
    scope: Scope,
    binding: Resource,
    policies: dict[str, Policy],
    undeclared: dict[tuple[str, str], list[Workload]],
) -> None:
    kind = str(binding.get("roleRef", "kind").plain())
    role = scope.find(binding, f"{GROUP}/{kind}", str(binding.get("roleRef", "name").plain()))
    policy = policies.get(role.key) if role is not None else None
    if policy is None:
        return
    everywhere = binding.type.endswith("/ClusterRoleBinding")
    for _, subject in binding.get("subjects").elements():
        for holder in _holders(draft, scope, binding, subject, undeclared):
            draft.connect(holder, "has_policy", policy, subject.span)
            if everywhere:
                draft.connect(holder, "has_policy_everywhere", policy, subject.span)


def _holders(
    draft: Draft,
    scope: Scope,
    binding: Resource,
    subject: Value,
    undeclared: dict[tuple[str, str], list[Workload]],
) -> Iterator[Node]:
    if not subject.get("kind").surely("ServiceAccount"):
        return
    name, namespace = _text(subject.get("name")), _text(subject.get("namespace"))
    if name is None:
        return
    account = scope.find(binding, "ServiceAccount", name, namespace)
    if account is not None:
        yield from (n for n in draft.by_resource.get(account.key, ()) if isinstance(n, Identity))
        return
    for workload in undeclared.get((namespace or namespace_of(binding), name), ()):
        if workload.resource.variant == binding.variant:
            yield workload
