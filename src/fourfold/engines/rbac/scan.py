"""The roles and bindings of a scan, with those of every cluster, and the questions that are asked of them.

A scan may hold several deliveries (overlays, charts): a binding leads to the role that linking would take, and its place
tells where it comes from. What a template leaves open makes a rule or a binding *not wholly known*: what is known of it
counts, and where only the rest could give something the answer says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from fourfold.engines.exact.answer import Witness
from fourfold.engines.rbac.objects import (
    ACCOUNT_PREFIX,
    Binding,
    Cluster,
    Role,
    Rule,
    Selector,
    Subject,
    built_in_cluster,
    caller,
)
from fourfold.engines.rbac.requests import Served, existing, is_open
from fourfold.engines.rbac.spec import applies, rule_allows, rules_of
from fourfold.engines.rbac.symbolic import Placed, disjoint, minimal
from fourfold.knowledge import kubernetes
from fourfold.knowledge.kubernetes import Api
from fourfold.linking.kubernetes_names import Scope, group_kind, name_of, namespace_of
from fourfold.model.condition import TRUE, Condition
from fourfold.model.graph import Graph
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Map, Seq, Value

ROLES = (f"{kubernetes.RBAC}/Role", f"{kubernetes.RBAC}/ClusterRole")
BINDINGS = (f"{kubernetes.RBAC}/RoleBinding", f"{kubernetes.RBAC}/ClusterRoleBinding")
DEFINITION = "apiextensions.k8s.io/CustomResourceDefinition"
EVERYTHING = Rule(("*",), ("*",), ("*",), urls=("*",))
READ_WRITE = frozenset({"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"})


class Scanned(msgspec.Struct, frozen=True):
    """What a scan says about RBAC."""

    cluster: Cluster
    served: Served
    """The API with the custom resources that the scan defines."""
    by_key: dict[str, Role]
    """Roles of the scan by the key of their resource."""
    problems: tuple[str, ...] = ()
    """Bindings that lead to roles which nobody knows."""


class Holding(msgspec.Struct, frozen=True):
    """Somebody who may do what was asked for, and why."""

    subject: Subject
    rule: Rule
    role: Role
    binding: Binding
    request: dict[str, object]
    """A request that is allowed."""
    unknown: str = ""
    """Why it is not certain; empty where it is."""

    @property
    def namespace(self) -> str:
        """Where it holds; empty: in all namespaces, and for what belongs to none."""
        return self.binding.namespace

    @property
    def condition(self) -> str:
        """When it holds, where that depends."""
        return " and ".join(dict.fromkeys(c for c in (self.role.condition, self.binding.condition) if c))


class Effective(msgspec.Struct, frozen=True):
    """What one subject may do."""

    subject: Subject
    rules: tuple[Placed, ...]
    """Few readable rules that together allow what all of its bindings give; proved equal to them."""
    holdings: tuple[tuple[Binding, Role], ...]
    """Where they come from."""
    unknown: tuple[str, ...] = ()
    """What else it may have, which is not known."""


def scanned(graph: Graph) -> Scanned:
    """The roles and bindings of a graph; ask it by `graph.derived(scanned)`."""
    roles: list[Resource] = []
    bindings: list[Resource] = []
    served: dict[tuple[str, str], Api] = {}
    others: list[Resource] = []
    for resource in graph.resources.values():
        if not resource.of_kubernetes:
            continue
        kind = group_kind(resource.type)
        if kind in ROLES:
            roles.append(resource)
        elif kind in BINDINGS:
            bindings.append(resource)
        elif kind == DEFINITION:
            served.update(_definition(resource))
        elif kind == "ServiceAccount":
            others.append(resource)
    by_key = {resource.key: _role(resource) for resource in roles}
    every = built_in_cluster()
    built_in: dict[tuple[str, str, str], Role] = {(role.kind, role.namespace, role.name): role for role in every.roles}
    scope = Scope([*roles, *others])
    read = [_binding(resource, scope, by_key, built_in) for resource in bindings]
    problems = tuple(f"{b}: nothing known is called {b.role_kind} `{b.role_name}`" for b in read if b.role is None)
    cluster = Cluster((*by_key.values(), *every.roles), (*read, *every.bindings))
    return Scanned(cluster, {**served, **kubernetes.api()} if served else kubernetes.api(), by_key, problems)


def _definition(resource: Resource) -> Iterator[tuple[tuple[str, str], Api]]:
    """The resources of a CustomResourceDefinition."""
    group, plural = (resource.get("spec", *path).plain() for path in (("group",), ("names", "plural")))
    if not (isinstance(group, str) and isinstance(plural, str)):
        return
    scope: Literal["cluster", "namespaced"] = (
        "cluster" if resource.get("spec", "scope").surely("Cluster") else "namespaced"
    )
    yield (group, plural), Api(scope, READ_WRITE)
    yield (group, f"{plural}/finalizers"), Api(scope, kubernetes.FINALIZERS)
    for sub in ("status", "scale"):
        versions = [v.get("subresources", sub) for _, v in resource.get("spec", "versions").elements()]
        if any(not v.absent for v in (*versions, resource.get("spec", "subresources", sub))):
            yield (group, f"{plural}/{sub}"), Api(scope, frozenset({"get", "update", "patch"}))


def _role(resource: Resource) -> Role:
    cluster_role = group_kind(resource.type) == ROLES[1]
    given = resource.get("rules")
    rules = tuple(_rule(rule, when, at) for at, (when, rule) in enumerate(given.elements()))
    labels = {key: str(value.plain()) for _, key, value in resource.get("metadata", "labels").pairs()}
    selectors = tuple(
        selector
        for _, value in resource.get("aggregationRule", "clusterRoleSelectors").elements()
        if (selector := _selector(value)) is not None
    )
    return Role(
        name_of(resource),
        "" if cluster_role else namespace_of(resource),
        rules,
        labels=labels,
        selectors=selectors if cluster_role else (),
        unknown=given.reason if not isinstance(given, Seq | Absent) else "",
        key=resource.key,
        delivery=resource.variant,
        condition=_condition(resource.condition),
    )


def _condition(condition: Condition) -> str:
    return "" if condition == TRUE else str(condition)


def _selector(value: Value) -> Selector | None:
    if not isinstance(value, Map):
        return None
    labels = tuple((key, str(v.plain())) for _, key, v in value.get("matchLabels").pairs())
    expressions = tuple(
        (str(e.get("key").plain()), str(e.get("operator").plain()), _words(e.get("values"))[0])
        for _, e in value.get("matchExpressions").elements()
    )
    return Selector(labels, expressions)


_FIELDS = {
    "verbs": "verbs",
    "groups": "apiGroups",
    "resources": "resources",
    "names": "resourceNames",
    "urls": "nonResourceURLs",
}


def _rule(value: Value, when: Condition, index: int) -> Rule:
    read = {field: _words(value.get(key)) for field, key in _FIELDS.items()}
    unknown = next((why for _, why in read.values() if why), value.reason)
    lists = {field: words for field, (words, _) in read.items()}
    open_ = {field for field, (_, why) in read.items() if why}
    if when != TRUE or "names" in open_ or value.reason:
        # Nothing of such a rule is sure: it may not be there, or only for names that are not known.
        unknown = unknown or f"it is there when {when}"
        lists["verbs"], lists["names"], open_ = (), (), open_ | {"verbs"}
    return Rule(**lists, unknown=unknown, open=tuple(sorted(open_)), at=value.span, index=index)


def _words(value: Value) -> tuple[tuple[str, ...], str]:
    """The known words of a list, and why there may be others."""
    out: list[str] = []
    why = ""
    for when, item in value.elements():
        if isinstance(item, Known) and when == TRUE:
            out.append("" if item.value is None else str(item.value))
        else:
            why = why or item.reason or (f"it depends on {when}" if when != TRUE else f"`{item}` is not known")
    return tuple(out), why


def _binding(
    resource: Resource, scope: Scope, by_key: dict[str, Role], built_in: dict[tuple[str, str, str], Role]
) -> Binding:
    everywhere = group_kind(resource.type) == BINDINGS[1]
    kind, name = (str(resource.get("roleRef", field).plain() or "") for field in ("kind", "name"))
    found = scope.find(resource, f"{kubernetes.RBAC}/{kind}", name)
    role = by_key.get(found.key) if found is not None else None
    if role is None:
        role = built_in.get((kind, namespace_of(resource) if kind == "Role" else "", name))
    subjects: list[Subject] = []
    unknown = ""
    for when, value in resource.get("subjects").elements():
        who, what, where = (value.get(field).plain() for field in ("name", "kind", "namespace"))
        if when != TRUE or not isinstance(who, str) or not isinstance(what, str):
            unknown = unknown or value.get("name").reason or value.reason or f"a subject is there when {when}"
            continue
        inside = ""
        if what == "ServiceAccount":
            account = scope.find(resource, "ServiceAccount", who, where if isinstance(where, str) else None)
            inside = namespace_of(account) if account is not None else str(where or namespace_of(resource))
        subjects.append(Subject(what, who, inside))
    return Binding(
        name_of(resource),
        role,
        "" if everywhere else namespace_of(resource),
        tuple(subjects),
        kind,
        name,
        unknown,
        resource.span,
        resource.key,
        resource.variant,
        _condition(resource.condition),
    )


# -- questions -----------------------------------------------------------------------------------------------------


def subject(text: str) -> Subject:
    """`system:serviceaccount:NAMESPACE:NAME` and `NAMESPACE/NAME` are service accounts, `group:NAME` is a group, `user:NAME`
    and everything else a user."""
    if text.startswith(ACCOUNT_PREFIX):
        namespace, _, name = text.removeprefix(ACCOUNT_PREFIX).partition(":")
        return Subject("ServiceAccount", name, namespace)
    kind, colon, name = text.partition(":")
    if colon and kind in ("group", "user"):
        return Subject(kind.capitalize(), name)
    namespace, slash, name = text.partition("/")
    return Subject("ServiceAccount", name, namespace) if slash else Subject("User", text)


def bindings_of(cluster: Cluster, who: Subject) -> Iterator[Binding]:
    """The bindings that name a subject or a group it is in."""
    if who.kind == "Group":
        user, groups = "", frozenset({who.name})
    else:
        user, groups = caller(who.text)
    for binding in cluster.bindings:
        if binding.role is not None and binding.role.namespace not in ("", binding.namespace):
            continue
        if any(applies(s, user, groups) for s in binding.subjects):
            yield binding


def holdings(known: Scanned, who: Subject, *, everybody: bool = False) -> Iterator[Binding]:
    """The bindings that give a subject something; without those of every cluster, unless it is named there itself."""
    for binding in bindings_of(known.cluster, who):
        if everybody or not binding.built_in or who in binding.subjects:
            yield binding


def held(known: Scanned, who: Subject, *, everybody: bool = False) -> list[Placed]:
    """What is known of all rules that a subject has, each in its place."""
    return [
        Placed(rule.lower, binding.namespace)
        for binding in holdings(known, who, everybody=everybody)
        for rule in (rules_of(known.cluster, binding.role) if binding.role is not None else ())
        if rule.verbs
    ]


def effective(known: Scanned, who: Subject, *, everybody: bool = False) -> Effective:
    """What a subject may do; `everybody` adds what every authenticated caller has in every cluster."""
    by: list[tuple[Binding, Role]] = []
    unknown: list[str] = []
    for binding in holdings(known, who, everybody=everybody):
        role = binding.role
        if role is None:
            unknown.append(f"what {binding.role_kind} `{binding.role_name}` allows is not in the scan ({binding})")
            continue
        by.append((binding, role))
        if role.unknown:
            unknown.append(f"{role}: {role.unknown}")
        unknown += [f"rule {r.index} of {role}: {r.unknown}" for r in rules_of(known.cluster, role) if r.unknown]
    rules = held(known, who, everybody=everybody)
    return Effective(who, tuple(minimal(rules)), tuple(by), tuple(dict.fromkeys(unknown)))


def who_can(known: Scanned, asked: Rule, *, namespace: str = "", built_in: bool = False) -> list[Holding]:
    """Everybody named by a binding who may do some of what a rule describes, with an allowed request each.

    `namespace` narrows it to one; `built_in` adds what every cluster begins with.
    """
    out: list[Holding] = []
    for binding in known.cluster.bindings:
        role = binding.role
        if (binding.built_in and not built_in) or (namespace and binding.namespace not in ("", namespace)):
            continue
        if role is not None and role.namespace not in ("", binding.namespace):
            continue
        inside = binding.namespace or namespace
        if role is None:
            out += _unread(known, binding, asked, inside)
            continue
        for rule in rules_of(known.cluster, role):
            request, unknown = meets(rule, asked, inside, known.served)
            if request is not None:
                out += [Holding(s, rule, role, binding, request, unknown) for s in binding.subjects]
    return out


def _unread(known: Scanned, binding: Binding, asked: Rule, inside: str) -> list[Holding]:
    """Whoever is bound to a role that is not in the scan may do anything, for all that is known."""
    request, _ = meets(EVERYTHING, asked, inside, known.served)
    role = Role(binding.role_name, binding.namespace if binding.role_kind == "Role" else "", unknown="it was not read")
    why = f"what {role} allows is not in the scan"
    return [Holding(s, Rule(), role, binding, request, why) for s in binding.subjects] if request is not None else []


def meets(rule: Rule, asked: Rule, namespace: str, served: Served) -> tuple[dict[str, object] | None, str]:
    """A request that a rule allows in a namespace (empty: in all) and a question asks for, where one exists, and what it
    hangs on."""
    found = _common(rule.lower, asked, namespace, served)
    if found is not None or not rule.unknown:
        return found, ""
    return _common(rule.upper, asked, namespace, served), rule.unknown


def _common(rule: Rule, asked: Rule, namespace: str, served: Served) -> dict[str, object] | None:
    both = disjoint([Placed(rule, namespace)], [asked])
    if not isinstance(both, Witness) or asked.urls:
        return both.request
    # The narrower side says which requests to try.
    narrow, other = (rule, asked) if _width(rule) < _width(asked) else (asked, rule)
    tried = msgspec.structs.replace(narrow, names=narrow.names or other.names)
    for request in existing(tried, served, namespace):
        if rule_allows(rule, request) and rule_allows(asked, request):
            return request.plain()
    return both.request if is_open(narrow, served) else None


def _width(rule: Rule) -> int:
    return ("*" in rule.resources) + ("*" in rule.groups) + ("*" in rule.verbs)


def asked(known: Scanned, verb: str, resource: str, *, name: str = "") -> Rule:
    """A question as a rule: `pods`, `pods/log`, `deployments.apps`, `deployments.apps/scale`, or a URL; `*` is any.

    A resource without a group is of the groups that have it.
    """
    verbs = (verb,)
    if resource.startswith("/"):
        return Rule(verbs, urls=(resource,))
    whole, slash, sub = resource.partition("/")
    plain, dot, group = whole.partition(".")
    full = plain + slash + sub
    if dot:
        groups: tuple[str, ...] = ("" if group == "core" else group,)
    elif plain == "*":
        groups = ("*",)
    else:
        groups = tuple(dict.fromkeys(g for g, r in known.served if r.partition("/")[0] == plain)) or ("*",)
    return Rule(verbs, groups, (full,), (name,) if name else ())
