from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import LOW
from fourfold.linking.kubernetes_names import namespace_of
from fourfold.model.graph import Graph
from fourfold.model.nodes import Workload

POLICIES = (
    "networking.k8s.io/v1/NetworkPolicy",
    "cilium.io/v2/CiliumNetworkPolicy",
    "cilium.io/v2/CiliumClusterwideNetworkPolicy",
    "projectcalico.org/v3/NetworkPolicy",
    "projectcalico.org/v3/GlobalNetworkPolicy",
    "crd.projectcalico.org/v1/NetworkPolicy",
    "crd.projectcalico.org/v1/GlobalNetworkPolicy",
)


@check(
    LOW,
    code="FF3022",
    since="0.1",
    refs=["cis-k8s:5.3.2", "cwe:284"],
    no_fix="which pods talk to each other is not known",
)
def namespace_without_network_policy(graph: Graph) -> Findings:
    """
    Namespace whose pods every pod of the cluster may reach

    Without a network policy every pod may call every other one, whatever namespace it is in: one that is taken over
    reaches all databases and internal services.
    Deny everything in the namespace first, then allow what is used.
    The finding is possible only: policies that were not read may exist in the cluster.

    ```diff shop.yaml
    ! apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: web
        namespace: shop
      spec:
        selector:
          matchLabels: {app: web}
        template:
          metadata:
            labels: {app: web}
          spec:
            containers:
              - name: web
                image: example/web:1.4
    + ---
    + apiVersion: networking.k8s.io/v1
    + kind: NetworkPolicy
    + metadata:
    +   name: deny
    +   namespace: shop
    + spec:
    +   podSelector: {}
    +   policyTypes: [Ingress, Egress]
    ```
    """
    policies = graph.of_type(*POLICIES)
    if any("Clusterwide" in p.type or "Global" in p.type for p in policies):
        return
    declared = {(n.variant, str(n.get("metadata", "name"))): n for n in graph.of_type("v1/Namespace")}
    covered = {(p.variant, namespace_of(p)) for p in policies}
    for workload in graph.of(Workload):
        if not workload.resource.of_kubernetes:
            continue
        place = (workload.resource.variant, namespace_of(workload.resource))
        if place in covered:
            continue
        covered.add(place)
        yield finding(
            f"every pod of the cluster may reach the pods of namespace `{place[1]}`",
            at=declared.get(place, workload.resource).span,
            cause=place[1],
            address=f"Namespace/{place[1]}",
            possible="policies that were not read may exist in the cluster",
        )
