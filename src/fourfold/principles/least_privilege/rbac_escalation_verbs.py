from collections.abc import Iterator

from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import HIGH, MEDIUM, Severity
from fourfold.model.graph import Graph
from fourfold.model.nodes import Statement
from fourfold.principles.least_privilege._rbac import cluster_wide, is_built_in, objects, role_of, verbs

_RBAC = "rbac.authorization.k8s.io"


@check(
    HIGH,
    code="FF2016",
    since="0.1",
    no_fix="whether the program needs it is not known",
    refs=["cis-k8s:5.1.2", "cis-k8s:5.1.8", "cis-k8s:5.1.13", "cwe:269"],
)
def rbac_escalation_verbs(statement: Statement, graph: Graph) -> Findings:
    """
    Role lets its holder become more than it is

    `escalate` and `bind` lift the rule that nobody can grant what they do not have, `impersonate` is to act as anybody;
    a token of another account, the kubelet's API behind `nodes/proxy`, a shell in every pod, or all secrets of the
    cluster lead to the same.
    Take the verb away, or bind the role in the one namespace that needs it.

    Secrets and shells count where a ClusterRole gives them in all namespaces, not where the scan shows it bound in one.
    Source: "Role Based Access Control Good Practices" in the Kubernetes documentation.

    ```diff rbac.yaml
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: support
      rules:
        - apiGroups: [""]
          resources: ["users"]
    -     verbs: ["get", "impersonate"]
    +     verbs: ["get"]
    ```
    """
    if statement.policy_kind != "rbac" or is_built_in(statement.resource) or statement.resources.absent:
        return
    allowed, pairs = verbs(statement), objects(statement)
    if any(r in ("*", "*/*") for _, r in pairs):
        return  # `rbac_wildcard` says it.
    named = statement.at.get("resourceNames").present
    wide = cluster_wide(statement.resource, graph)
    for cause, severity, words in _ways(allowed, set(pairs), named=named, wide=wide):
        yield finding(
            f"{role_of(statement)} {words}",
            at=statement.actions.settle(),
            cause=cause,
            severity=severity,
            evidence={"verbs": sorted(allowed), "resources": [f"{g}/{r}" for g, r in pairs][:10]},
        )


def _ways(
    allowed: set[str], pairs: set[tuple[str, str]], *, named: bool, wide: bool
) -> Iterator[tuple[str, Severity, str]]:
    """(cause, severity, what it may do) of each way up that a rule opens.

    `named`: only on objects it names; `wide`: in all namespaces. Users, groups and nodes belong to no namespace, so a
    rule about them has an effect only where it is bound in all.
    """
    every = "*" in allowed
    scope, severity = ("of the cluster", HIGH) if wide else ("of its namespace", MEDIUM)

    def may(*wanted: str) -> bool:
        return every or not allowed.isdisjoint(wanted)

    def on(group: str, *resources: str) -> bool:
        return any((g, r) in pairs for g in (group, "*") for r in resources)

    if not named:
        roles = on(_RBAC, "roles", "clusterroles")
        if roles and may("escalate"):
            yield "escalate", severity, "may write rights into roles that it does not have itself (`escalate`)"
        if roles and may("bind"):
            yield "bind", severity, "may bind any role to anybody (`bind`)"
        if may("impersonate") and wide and on("core", "users", "groups"):
            yield "impersonate", HIGH, "may act as anybody (`impersonate`)"
        elif may("impersonate") and on("core", "serviceaccounts"):
            yield "impersonate", severity, f"may act as any service account {scope} (`impersonate`)"
        if may("create") and on("core", "serviceaccounts/token"):
            yield "token", severity, f"may make tokens of any service account {scope} (`serviceaccounts/token`)"
        if may("get", "list", "watch") and wide and on("core", "secrets"):
            yield "secrets", MEDIUM, "may read all secrets of the cluster"
    if may("get", "create") and wide and on("core", "nodes/proxy"):
        yield "nodes/proxy", HIGH, "may run commands in every pod of a node through the kubelet (`nodes/proxy`)"
    if may("create", "get") and wide and on("core", "pods/exec", "pods/attach"):
        yield "shell", MEDIUM, "may run commands in all pods of the cluster"
