from __future__ import annotations

from typing import TYPE_CHECKING

from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import HIGH
from fourfold.model.graph import Graph
from fourfold.model.resource import Resource
from fourfold.principles.least_privilege._rbac import BINDING_TYPES, known

if TYPE_CHECKING:
    from fourfold.engines.exact.answer import Answer

_ANONYMOUS = ("system:anonymous", "system:unauthenticated")
_ELSEWHERE = ("cluster-admin", "system:discovery", "system:basic-user")
"""`cluster_admin_binding` speaks of the first; clusters older than 1.14 gave the others to callers without a name."""


@check(
    HIGH,
    code="FF2022",
    since="0.1",
    no_fix="who is meant is not known",
    types=BINDING_TYPES,
    refs=["cis-k8s:5.1.1", "cwe:306"],
)
def anonymous_binding(resource: Resource, graph: Graph) -> Findings:
    """
    Callers without a name are given a role

    `system:anonymous` and `system:unauthenticated` are everybody who reaches the API server.
    Bind the role to the accounts that need it.
    A role that gives no more than such callers have in every cluster (health and version) is not reported.

    ```diff rbac.yaml
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata:
        name: metrics
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
        name: metrics-reader
      subjects:
    -   - kind: Group
    -     name: system:unauthenticated
    +   - kind: ServiceAccount
    +     name: prometheus
    +     namespace: monitoring
    ```
    """
    role = resource.get("roleRef", "name")
    for subject in resource.get("subjects").items():
        if not subject.get("name").is_(*_ANONYMOUS) or role.is_(*_ELSEWHERE):
            continue
        more = _more(resource, graph)
        if more.verdict == "proved":
            continue
        name = str(subject.get("name").plain())
        yield finding(
            f"everybody who reaches the API server has `{role.plain()}` (`{name}`)",
            at=subject,
            cause=name,
            evidence={"decided by": {"roleRef": role.plain(), "subject": name}}
            | ({"request": more.request} if more.request else {"not known": more.reason}),
        )


def _more(binding: Resource, graph: Graph) -> Answer:
    """What the role gives that callers without a name do not have anyway."""
    from fourfold.engines.exact.answer import Unknown
    from fourfold.engines.rbac.objects import Subject, built_in_cluster
    from fourfold.engines.rbac.scan import Scanned, effective
    from fourfold.engines.rbac.spec import rules_of
    from fourfold.engines.rbac.symbolic import Placed, no_new_access

    scan = known(graph)
    bound = next((b for b in scan.cluster.bindings if b.key == binding.key), None)
    if bound is None or bound.role is None:
        return Unknown("the role is not in the scan")
    has = effective(Scanned(built_in_cluster(), scan.served, {}), Subject("Group", _ANONYMOUS[1]), everybody=True).rules
    return no_new_access(has, [Placed(rule, bound.namespace) for rule in rules_of(scan.cluster, bound.role)])
