"""What the RBAC authorizer answers to one request: the readable reference, written from the documentation.

Sources: https://kubernetes.io/docs/reference/access-authn-authz/rbac/ ("Role and ClusterRole", "Referring to resources",
"Aggregated ClusterRoles", "Referring to subjects", "Privilege escalation prevention and bootstrapping") and the API
reference of PolicyRule. Permissions are purely additive: there is no deny.

The traps, each with a test:
- `*` in resources takes in every subresource, `*/scale` that subresource of every resource; `pods/*` and `*/*` are no
  patterns and match nothing (kubernetes/kubernetes issue 78936).
- a rule with names matches only requests that name an object: never `create` of a whole object, `deletecollection`, nor a
  `list` or `watch` without a field selector on the name.
- what belongs to no namespace, all namespaces at once, and URLs are given by ClusterRoleBindings only.
- `system:masters` bypasses authorization.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from fourfold.engines.rbac.objects import MASTERS, Binding, Cluster, Request, Role, Rule, Subject, caller
from fourfold.knowledge.kubernetes import RBAC


class Grant(msgspec.Struct, frozen=True):
    """Why a request is allowed: a rule that comes to its caller by a binding."""

    rule: Rule
    binding: Binding
    subject: Subject


class Decision(msgspec.Struct, frozen=True):
    """What becomes of one request."""

    allowed: bool
    grants: tuple[Grant, ...] = ()
    """Every rule that allows it."""
    bypass: bool = False
    """Whether the caller is in `system:masters`, whom no authorizer is asked about."""


def rule_allows(rule: Rule, request: Request) -> bool:
    """Whether one rule matches, wherever it is bound."""
    if not {"*", request.verb} & set(rule.verbs):
        return False
    if request.url:
        return any(_url_matches(pattern, request.url) for pattern in rule.urls)
    if not {"*", request.group} & set(rule.groups):
        return False
    if rule.names and request.name not in rule.names:
        return False
    wanted = {"*", request.whole}
    if request.subresource:
        wanted.add(f"*/{request.subresource}")
    return bool(wanted & set(rule.resources))


def _url_matches(pattern: str, url: str) -> bool:
    if pattern.endswith("*"):
        return url.startswith(pattern.rstrip("*"))
    return pattern == url


def applies(subject: Subject, user: str, groups: Iterable[str]) -> bool:
    """Whether a subject of a binding is this caller."""
    if subject.kind == "Group":
        return subject.name in groups
    if subject.kind == "ServiceAccount":
        return bool(subject.namespace) and subject.text == user
    return subject.kind == "User" and subject.name == user


def rules_of(cluster: Cluster, role: Role) -> tuple[Rule, ...]:
    """The rules of a role; those of an aggregated one are collected from the ClusterRoles that its selectors select.

    What is selected may be aggregated itself (`admin` collects `edit`); its own rules are overwritten then.
    """
    if not role.selectors:
        return role.rules
    todo, seen = [role], {id(role)}
    out: list[Rule] = []
    while todo:
        collecting = todo.pop()
        for other in cluster.roles:
            apart = other.delivery and role.delivery and other.delivery != role.delivery
            if other.namespace or apart or id(other) in seen:
                continue
            if not any(s.selects(other.labels) for s in collecting.selectors):
                continue
            seen.add(id(other))
            if other.selectors:
                todo.append(other)
            else:
                out += other.rules
    return tuple(out)


def grants(cluster: Cluster, user: str, groups: frozenset[str], namespace: str | None) -> Iterator[Grant]:
    """Every rule that holds for a caller in a namespace; `""` for requests that are in none, None for all there are."""
    for binding in cluster.bindings:
        if binding.role is None or (binding.namespace and namespace is not None and binding.namespace != namespace):
            continue
        if binding.role.kind == "Role" and binding.role.namespace != binding.namespace:
            continue
        subject = next((s for s in binding.subjects if applies(s, user, groups)), None)
        if subject is not None:
            for rule in rules_of(cluster, binding.role):
                yield Grant(rule, binding, subject)


def decide(request: Request, cluster: Cluster) -> Decision:
    """Whether a request is allowed, and by what."""
    user, groups = caller(request.user, request.groups)
    if MASTERS in groups:
        return Decision(allowed=True, bypass=True)
    found = tuple(
        grant
        for grant in grants(cluster, user, groups, "" if request.url else request.namespace)
        if rule_allows(grant.rule, request) and not (request.url and grant.binding.namespace)
    )
    return Decision(bool(found), found)


def covers(owned: Iterable[Rule], rule: Rule) -> bool:
    """Whether rules that somebody has take in all of another rule, as the API server compares them.

    It takes the other rule apart into one verb, group, resource and name each, and wants one owned rule for each part.
    """
    owned = list(owned)
    return all(any(_covers(one, part) for one in owned) for part in _parts(rule))


def _parts(rule: Rule) -> Iterator[Rule]:
    for verb in rule.verbs:
        for group in rule.groups:
            for resource in rule.resources:
                for name in rule.names or ("",):
                    yield Rule((verb,), (group,), (resource,), (name,) if name else ())
        for url in rule.urls:
            yield Rule((verb,), urls=(url,))


def _covers(owner: Rule, part: Rule) -> bool:
    def among(have: tuple[str, ...], want: tuple[str, ...]) -> bool:
        return "*" in have or set(want) <= set(have)

    if not among(owner.verbs, part.verbs):
        return False
    if part.urls:
        return any(pattern == part.urls[0] or _url_covers(pattern, part.urls[0]) for pattern in owner.urls)
    (resource,) = part.resources
    subresource = resource.partition("/")[2]
    resources = {"*", resource} | ({f"*/{subresource}"} if subresource else set())
    return (
        among(owner.groups, part.groups)
        and bool(resources & set(owner.resources))
        and (not owner.names or (bool(part.names) and set(part.names) <= set(owner.names)))
    )


def _url_covers(pattern: str, url: str) -> bool:
    return pattern.endswith("*") and url.startswith(pattern.rstrip("*"))


def may_write_role(cluster: Cluster, user: str, groups: Iterable[str], role: Role) -> bool:
    """Whether a caller who may create or update roles may give one these rules: it has them, or it may `escalate`."""
    user, all_groups = caller(user, groups)
    if MASTERS in all_groups or _asks(cluster, user, all_groups, "escalate", role):
        return True
    owned = [g.rule for g in grants(cluster, user, all_groups, role.namespace)]
    return all(covers(owned, rule) for rule in rules_of(cluster, role))


def may_bind(cluster: Cluster, user: str, groups: Iterable[str], role: Role, namespace: str) -> bool:
    """Whether a caller who may create bindings may bind a role there (`""`: in all namespaces): it has what the role
    gives, or it may `bind` it."""
    user, all_groups = caller(user, groups)
    if MASTERS in all_groups or _asks(cluster, user, all_groups, "bind", role, namespace):
        return True
    owned = [g.rule for g in grants(cluster, user, all_groups, namespace)]
    return all(covers(owned, rule) for rule in rules_of(cluster, role))


def _asks(
    cluster: Cluster, user: str, groups: frozenset[str], verb: str, role: Role, namespace: str | None = None
) -> bool:
    """Whether `escalate` or `bind` is allowed on this role."""
    resource = "clusterroles" if role.kind == "ClusterRole" else "roles"
    where = role.namespace if namespace is None else namespace
    return decide(Request(verb, RBAC, resource, "", role.name, where, user=user, groups=groups), cluster).allowed


def may_impersonate(cluster: Cluster, user: str, groups: Iterable[str], subject: Subject) -> bool:
    """Whether a caller may act as a user, group or service account."""
    resource = {"User": "users", "Group": "groups", "ServiceAccount": "serviceaccounts"}[subject.kind]
    return decide(
        Request("impersonate", "", resource, "", subject.name, subject.namespace, user=user, groups=frozenset(groups)),
        cluster,
    ).allowed
