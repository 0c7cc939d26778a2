"""Questions about Kubernetes RBAC: who may do something, what somebody may do, and how two roles compare.

    from fourfold import rbac
    for holding in rbac.who_can(graph, "get", "secrets"):
        print(holding.subject, holding.role, holding.binding, holding.request)
    rbac.effective(graph, "shop/app").rules
    rbac.compare(old, new)["no_new_access"].verdict     # "proved", "witness" or "unknown"

A resource is written `pods`, `pods/log`, `deployments.apps`, `deployments.apps/scale`, or as a URL that begins with `/`.
A subject is `system:serviceaccount:NAMESPACE:NAME` or `NAMESPACE/NAME`, `group:NAME`, or a user's name. A role is the
object as in a manifest, or its list of rules. An answer is `Proved`, `Witness` (with the request that shows it) or
`Unknown` (with the reason).

What the language means is said at https://kubernetes.io/docs/reference/access-authn-authz/rbac/ and, where its parts are
modelled, in `fourfold.engines.rbac`. Wrong subjects and roles raise UsageError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fourfold.engines.exact.answer import Answer, Proved, Unknown, Witness
from fourfold.engines.rbac import aws, reach, scan, spec, symbolic
from fourfold.engines.rbac.aws import Caller
from fourfold.engines.rbac.objects import Request, Role, Rule, Subject, caller
from fourfold.engines.rbac.reach import Escalation
from fourfold.engines.rbac.scan import Effective, Holding
from fourfold.engines.rbac.spec import Decision
from fourfold.errors import UsageError
from fourfold.model.graph import Graph

__all__ = [
    "Answer", "Caller", "Decision", "Effective", "Escalation", "Holding", "Proved", "Request", "Role", "Rule", "Subject",
    "Unknown", "Witness", "compare", "decide", "effective", "escalations", "is_subject", "parse", "subject", "user", "who_can", "who_can_of_aws",
]  # fmt: skip

Document = Mapping[str, Any] | Sequence[Any] | Role
"""A Role or ClusterRole as in a manifest, its rules, or what `parse` made of either."""

_FIELDS = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")


def parse(source: Document) -> Role:
    """A role of its manifest or its rules. Raises UsageError for what is neither."""
    if isinstance(source, Role):
        return source
    listed = source.get("rules") or [] if isinstance(source, Mapping) else source
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise UsageError("no role: `rules` must be a list of mappings")
    rules = tuple(_rule(given, at) for at, given in enumerate(listed))
    metadata = source.get("metadata") or {} if isinstance(source, Mapping) else {}
    if isinstance(source, Mapping) and source.get("kind") == "Role":
        return Role(str(metadata.get("name", "role")), str(metadata.get("namespace") or "default"), rules)
    return Role(str(metadata.get("name", "role")), rules=rules)


def _rule(given: Any, at: int) -> Rule:
    if not isinstance(given, Mapping):
        raise UsageError(f"no role: rule {at} is not a mapping")
    lists = []
    for field in _FIELDS:
        value = given.get(field) or []
        if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(v, str) for v in value):
            raise UsageError(f"no role: `{field}` of rule {at} must be a list of strings")
        lists.append(tuple(value))
    unknown = [key for key in given if key not in _FIELDS]
    if unknown:
        raise UsageError(f"no role: rule {at} has `{unknown[0]}`; a rule has {', '.join(_FIELDS)}")
    verbs, groups, resources, names, urls = lists
    return Rule(verbs, groups, resources, names, urls, index=at)


def compare(a: Document, b: Document) -> dict[str, Answer]:
    """Two roles by what they allow, wherever they are bound.

    `no_new_access`: whether `b` allows nothing that `a` does not; `nothing_lost`: the other way round; `equivalent`:
    both; `disjoint`: whether no request is allowed by both.
    """
    first, second = parse(a).rules, parse(b).rules
    forth, back = symbolic.no_new_access(first, second), symbolic.no_new_access(second, first)
    both = next((x for x in (forth, back) if isinstance(x, Witness)), back if isinstance(forth, Proved) else forth)
    return {
        "no_new_access": forth,
        "nothing_lost": back,
        "equivalent": both,
        "disjoint": symbolic.disjoint(first, second),
    }


def is_subject(text: str) -> bool:
    """Whether a text names somebody of Kubernetes rather than of AWS: `system:...`, `NAMESPACE/NAME`, `group:...`."""
    return (":" not in text.partition("/")[0] and "/" in text) or text.startswith(("system:", "group:", "user:"))


def subject(text: str) -> Subject:
    """Somebody by name. Raises UsageError for an empty name."""
    found = scan.subject(text)
    if not found.name or (found.kind == "ServiceAccount" and not found.namespace):
        raise UsageError(f"no subject: `{text}`; write `NAMESPACE/NAME`, `group:NAME` or `user:NAME`")
    return found


def who_can(
    graph: Graph, verb: str, resource: str, *, name: str = "", namespace: str = "", built_in: bool = False
) -> list[Holding]:
    """Everybody whom a binding of the scan lets do something, with the rule, the role, the binding and a request.

    `verb` and `resource` may be `*`: any. `name` and `namespace` narrow the question; `built_in` adds the bindings that
    every cluster begins with. A holding whose `unknown` is not empty hangs on it.
    """
    known = graph.derived(scan.scanned)
    question = scan.asked(known, verb, resource, name=name)
    return scan.who_can(known, question, namespace=namespace, built_in=built_in)


def who_can_of_aws(graph: Graph, verb: str, resource: str, *, name: str = "", namespace: str = "") -> list[Caller]:
    """The IAM principals that may do something in the scan's cluster: by EKS access entries and the ConfigMap `aws-auth`,
    through bindings to the names and groups they have there, access policies, and `system:masters`."""
    known = graph.derived(scan.scanned)
    question = scan.asked(known, verb, resource, name=name)
    return aws.callers(known, graph.derived(aws.entries), question, namespace=namespace)


def effective(graph: Graph, who: str | Subject, *, everybody: bool = False) -> Effective:
    """What somebody may do by the bindings of the scan, as few rules; `everybody` adds what all callers have."""
    found = subject(who) if isinstance(who, str) else who
    return scan.effective(graph.derived(scan.scanned), found, everybody=everybody)


def escalations(graph: Graph, who: str | Subject) -> list[Escalation]:
    """The ways by which somebody becomes more than its bindings say, each with its premises, the requests, roles and
    bindings that meet them, and what of the scan it reaches; `plain()` of each is data for attack paths."""
    return list(reach.escalations(graph, subject(who) if isinstance(who, str) else who))


def decide(graph: Graph, request: Request) -> Decision:
    """What becomes of one request in a cluster that has the roles and bindings of the scan."""
    return spec.decide(request, graph.derived(scan.scanned).cluster)


def user(name: str, *groups: str) -> tuple[str, frozenset[str]]:
    """A caller's name and all groups it is in, those that the API server adds included."""
    return caller(name, groups)
