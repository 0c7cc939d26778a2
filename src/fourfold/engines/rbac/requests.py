"""Which requests there are: those that the API has, and whether a rule allows any of them.

A rule that allows none is dead: it names a resource that its group does not have, gives by a namespace what belongs to none,
or restricts by name what never has one. Whether a group that Kubernetes does not serve itself has a resource is only known
where the scan holds the CustomResourceDefinition; otherwise nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fourfold.engines.exact.answer import Answer, Proved, Unknown, Witness
from fourfold.engines.rbac.objects import Request, Rule
from fourfold.engines.rbac.spec import rule_allows
from fourfold.knowledge import kubernetes
from fourfold.knowledge.kubernetes import Api

Served = Mapping[tuple[str, str], Api]
"""Resources by group and name, as `fourfold.knowledge.kubernetes.api` has them."""

WITHOUT_NAME = frozenset({"create", "deletecollection"})
"""Verbs whose requests name no object (`create` of a subresource does): a rule with names never gives them.
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources"""
_MAYBE_NAMED = frozenset({"list", "watch"})
ANY_SUBRESOURCE = frozenset({("authentication.k8s.io", "userextras")})
"""Resources whose subresources are made up by the request: the keys of a user's extra fields."""


def request_of(verb: str, group: str, resource: str, api: Api, *, name: str = "", namespace: str = "") -> Request:
    """A request as the API server would see it: with a name where the verb has one, in a namespace where it is in one."""
    whole, _, subresource = resource.partition("/")
    named = bool(subresource) or verb not in WITHOUT_NAME | _MAYBE_NAMED
    asked = name or ("example" if named else "")
    if verb in WITHOUT_NAME and not subresource:
        asked = ""
    inside = (namespace or "default") if api.scope == "namespaced" else ""
    if (verb, resource) == ("bind", "clusterroles"):
        inside = namespace  # a RoleBinding may bind a ClusterRole: then it is asked in its namespace
    if (group, whole) == ("", "namespaces") and asked:
        inside = asked  # requests about one namespace are in it
    return Request(verb, group, whole, subresource, asked, inside)


def existing(rule: Rule, served: Served, namespace: str = "") -> Iterator[Request]:
    """Requests of the API that a rule allows, one for each resource, verb and name."""
    for group, resource, api in _matching(rule, served):
        for verb in sorted(api.verbs) if "*" in rule.verbs else rule.verbs:
            if verb not in api.verbs:
                continue
            for name in rule.names or (namespace if resource.startswith("namespaces") else "",):
                request = request_of(verb, group, resource, api, name=name, namespace=namespace)
                if rule_allows(rule, request) and request.namespace == (namespace or request.namespace):
                    yield request


def _matching(rule: Rule, served: Served) -> Iterator[tuple[str, str, Api]]:
    exact = not {"*"} & {*rule.groups, *rule.resources} and not any(r.startswith("*/") for r in rule.resources)
    if exact:
        for group in rule.groups:
            for resource in rule.resources:
                api = served.get((group, resource))
                if api is not None:
                    yield group, resource, api
        return
    for (group, resource), api in served.items():
        if not {"*", group} & set(rule.groups):
            continue
        subresource = resource.partition("/")[2]
        if {"*", resource, f"*/{subresource}" if subresource else resource} & set(rule.resources):
            yield group, resource, api


def effect(rule: Rule, served: Served, namespace: str = "") -> Answer:
    """A witness where a rule allows some request that exists; proved where there is none; else unknown.

    `namespace` is where the rule is bound; empty where it is bound everywhere.
    """
    if rule.unknown:
        return Unknown(rule.unknown)
    if rule.urls and not namespace:
        url = rule.urls[0].rstrip("*") or "/"
        verb = "get" if "*" in rule.verbs else next(iter(rule.verbs), "")
        return Witness(Request(verb, url=url).plain()) if verb else Proved(trace=("it has no verbs",))
    if not (rule.verbs and rule.groups and rule.resources):
        why = "URLs are given by ClusterRoleBindings only" if rule.urls else "it has no verbs, groups or resources"
        return Proved(trace=(why,))
    found = next(existing(rule, served, namespace), None)
    if found is not None:
        return Witness(found.plain())
    open_ = is_open(rule, served)
    if open_:
        return Unknown(f"whether the cluster serves {open_} is not known")
    return Proved(trace=tuple(_why(rule, served, namespace)))


def is_open(rule: Rule, served: Served) -> str:
    """What a rule names that a cluster may serve and the table does not have, in words; empty where there is nothing."""
    closed = kubernetes.groups() | kubernetes.REMOVED
    ours = {group for group, _ in served}
    for group in rule.groups:
        for resource in rule.resources:
            if resource.endswith("/*"):
                continue  # the text `pods/*` is no pattern, whoever serves `pods`
            if (group, resource.partition("/")[0]) in ANY_SUBRESOURCE:
                return f"`{resource}`"
            if (group == "*" or group not in closed) and not (group in ours and (group, resource) in served):
                return f"`{resource}` of {'a group that is not named' if group == '*' else f'`{group}`'}"
            if (group, resource) in served and not set(rule.verbs) <= served[group, resource].verbs and not rule.names:
                return f"the verbs {', '.join(rule.verbs)} on `{resource}`"
    return ""


def _why(rule: Rule, served: Served, namespace: str) -> Iterator[str]:
    """Why nothing that a rule names can be asked for."""
    for group in rule.groups:
        for resource in rule.resources:
            api = served.get((group, resource))
            if resource.endswith("/*"):
                yield f"`{resource}` is no pattern: only `*` and `*/SUBRESOURCE` are"
            elif group in kubernetes.REMOVED:
                yield f"the group `{group}` was removed"
            elif api is None:
                yield _elsewhere(group, resource, served)
            elif namespace and api.scope == "cluster":
                yield f"`{resource}` belongs to no namespace: a RoleBinding does not give it"
            else:
                yield f"requests to {', '.join(rule.verbs)} `{resource}` never name an object"


def _elsewhere(group: str, resource: str, served: Served) -> str:
    home = next((g for g, r in served if r == resource), None)
    name = f"the group `{group}`" if group else "the core group"
    if home is None:
        return f"{name} has no `{resource}`"
    return f"{name} has no `{resource}`; " + (f"the group `{home}` has" if home else "the core group has")
