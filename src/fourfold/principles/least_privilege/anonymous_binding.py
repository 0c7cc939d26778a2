from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import HIGH
from fourfold.model.resource import Resource
from fourfold.principles.least_privilege._rbac import BINDING_TYPES

_ANONYMOUS = ("system:anonymous", "system:unauthenticated")
_HARMLESS = ("system:public-info-viewer", "system:discovery", "system:basic-user", "cluster-admin")
"""What callers without a name have anyway (health and version); `cluster_admin_binding` speaks of the last."""


@check(
    HIGH,
    code="FF2022",
    since="0.1",
    no_fix="who is meant is not known",
    types=BINDING_TYPES,
    refs=["cis-k8s:5.1.1", "cwe:306"],
)
def anonymous_binding(resource: Resource) -> Findings:
    """
    Callers without a name are given a role

    `system:anonymous` and `system:unauthenticated` are everybody who reaches the API server.
    Bind the role to the accounts that need it.

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
        if subject.get("name").is_(*_ANONYMOUS) and not role.is_(*_HARMLESS):
            name = str(subject.get("name").plain())
            yield finding(
                f"everybody who reaches the API server has `{role.plain()}` (`{name}`)",
                at=subject,
                cause=name,
                evidence={"decided by": {"roleRef": role.plain(), "subject": name}},
            )
