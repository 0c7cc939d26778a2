from typing import Any

from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import CRITICAL, HIGH, MEDIUM, Severity
from fourfold.model.graph import Graph
from fourfold.model.resource import Resource
from fourfold.model.value import Value
from fourfold.principles.least_privilege._rbac import BINDING_TYPES, Place, known, used_by
from fourfold.principles.least_privilege._statement import listed

_MASTERS = "system:masters"
_EVERYBODY = ("system:anonymous", "system:unauthenticated", "system:authenticated", "system:serviceaccounts")


@check(
    HIGH,
    code="FF2014",
    since="0.1",
    no_fix="what the program needs is not known",
    types=BINDING_TYPES,
    refs=["cis-k8s:5.1.1", "cwe:250"],
)
def cluster_admin_binding(resource: Resource, graph: Graph) -> Findings:
    """
    Somebody is bound to cluster-admin

    `cluster-admin` may do everything in every namespace: read all secrets, run code on every node, change who may do
    what.
    A pod with such an account hands the cluster to whoever gets into the pod.
    Bind a role that names the verbs and resources the program needs.
    The group `system:masters` has everything without a binding, and is not reported.

    ```diff rbac.yaml
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata:
        name: deployer
      roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: ClusterRole
    -   name: cluster-admin
    +   name: deployer
      subjects:
        - kind: ServiceAccount
          name: deployer
          namespace: shop
    ```
    """
    role = resource.get("roleRef", "name")
    if not role.is_("cluster-admin"):
        return
    subjects = [s for s in resource.get("subjects").items() if not s.get("name").is_(_MASTERS)]
    if not subjects:
        return
    everywhere = resource.type.endswith("/ClusterRoleBinding")
    where = "in the whole cluster" if everywhere else "in its namespace"
    yield finding(
        f"{listed(map(_name, subjects))} may do everything {where}",
        at=role,
        cause="cluster-admin",
        severity=_severity(subjects, everywhere),
        related=tuple((s, "is bound") for s in subjects),
        evidence={"decided by": {"roleRef": "cluster-admin", "subjects": [_name(s) for s in subjects]}}
        | _workloads(resource, graph),
    )


def _workloads(binding: Resource, graph: Graph) -> dict[str, Any]:
    """The workloads of the scan that run as whom the binding names."""
    found = next((b for b in known(graph).cluster.bindings if b.key == binding.key), None)
    return used_by(Place(found.namespace, found.subjects, found), graph) if found is not None else {}


def _severity(subjects: list[Value], everywhere: bool) -> Severity:
    if any(s.get("name").is_(*_EVERYBODY) or s.get("name").startswith("system:serviceaccounts:") for s in subjects):
        return CRITICAL
    accounts = any(s.get("kind").is_("ServiceAccount") for s in subjects)
    return HIGH if everywhere and accounts else MEDIUM


def _name(subject: Value) -> str:
    return str(subject.get("name").plain())
