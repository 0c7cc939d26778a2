from __future__ import annotations

from collections.abc import Iterator

from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import MEDIUM
from fourfold.linking.kubernetes_names import name_of, namespace_of
from fourfold.model.graph import Graph
from fourfold.model.nodes import Workload
from fourfold.model.nodes.node import NOTHING
from fourfold.model.resource import Resource
from fourfold.model.value import Value

OTHER_PLUGINS = ("cilium.io/", "projectcalico.org/", "crd.projectcalico.org/", "operator.tigera.io/", "crd.antrea.io/")
"""Groups of the interfaces of other network plugins, which say that one of them is there."""
POSSIBLE = "another network plugin may enforce it"


@check(
    MEDIUM,
    code="FF3033",
    since="0.1",
    refs=["cis-eks:4.3.1", "cwe:693"],
    no_fix="where the pods can run instead is not known",
)
def network_policy_not_enforced(graph: Graph) -> Findings:
    """
    Network policy that nothing enforces

    The API server takes every network policy; whether packets are held back is up to the network plugin, which says
    nothing where it does not.
    On EKS the VPC CNI plugin enforces policies only if its add-on has `enableNetworkPolicy: "true"`, only on EC2 nodes
    with Linux (not on Fargate, not on Windows), and only for pods that a controller made (not for a `Pod` of its own).
    Run such pods where policies count, or use security groups for them.
    Of the plugin only what the scan holds is known: but for Fargate, where no plugin enforces policies, the finding is
    possible only, and it is asked only where the scan declares the cluster's `vpc-cni` add-on.

    ```diff shop.yaml
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata:
        name: deny
        namespace: shop
      spec:
        podSelector: {}
        policyTypes: [Ingress, Egress]
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: web
        namespace: shop
      spec:
        selector:
          matchLabels: {app: web}
        template:
          metadata:
            labels:
              app: web
    -         eks.amazonaws.com/compute-type: fargate
          spec:
            containers:
              - name: web
                image: example/web:1.4
    ```
    """
    policies = graph.of_type("networking.k8s.io/v1/NetworkPolicy")
    if not policies:
        return
    addons = [a for a in graph.of_type("AWS::EKS::Addon") if a.get("AddonName").surely("vpc-cni")]
    if any(r.type.startswith(OTHER_PLUGINS) for r in graph.resources.values()):
        addons = []
    for addon in addons:
        if _off(addon.get("ConfigurationValues")):
            yield finding(
                f"the add-on `vpc-cni` does not enforce network policies, as `{name_of(policies[0])}` needs it",
                at=addon.get("ConfigurationValues"),
                cause="add-on",
                possible=POSSIBLE,
            )
    places = {(p.variant, namespace_of(p)) for p in policies}
    for workload in graph.of(Workload):
        resource = workload.resource
        if not resource.of_kubernetes or (resource.variant, namespace_of(resource)) not in places:
            continue
        for why, at, sure in _reasons(workload, vpc_cni=bool(addons)):
            policy = next(_selecting(policies, resource), None)
            if policy is not None:
                yield finding(
                    f"network policy `{name_of(policy)}` is not enforced for {workload}: {why}",
                    at=resource.span if at.absent else at,
                    cause=why,
                    possible="" if sure else POSSIBLE,
                )


def _off(configuration: Value) -> bool:
    """Whether the settings of the add-on, a text in JSON or YAML, surely leave policies off, as they are by default."""
    if configuration.absent:
        return True
    text = configuration.plain()
    return isinstance(text, str) and "enableNetworkPolicy" not in text


def _reasons(workload: Workload, *, vpc_cni: bool) -> Iterator[tuple[str, Value, bool]]:
    """(why policies do not count, what says so, whether no plugin enforces them there)."""
    from fourfold.linking.kubernetes import pod_template

    template = pod_template(workload.resource)
    spec = template.get("spec") if template is not None else NOTHING
    system = spec.get("nodeSelector", "kubernetes.io/os")
    if workload.platform == "eks-fargate":
        yield "on Fargate nothing enforces it", workload.platform_value, True
    elif vpc_cni and (workload.operating_system.surely("windows") or system.surely("windows")):
        yield (
            "the VPC CNI plugin enforces it on Linux only",
            workload.operating_system if system.absent else system,
            False,
        )
    elif vpc_cni and workload.resource.type == "v1/Pod" and workload.resource.get("metadata", "ownerReferences").absent:
        yield "the VPC CNI plugin leaves out pods that no controller made", NOTHING, False


def _selecting(policies: list[Resource], workload: Resource) -> Iterator[Resource]:
    """The policies that select the pods of a workload."""
    from fourfold.engines.network.cluster.objects import InvalidError, selector
    from fourfold.engines.network.cluster.spec import selects
    from fourfold.linking.kubernetes import pod_template

    template = pod_template(workload)
    labels = {} if template is None else {k: str(v.plain()) for _, k, v in template.get("metadata", "labels").pairs()}
    for policy in policies:
        if (policy.variant, namespace_of(policy)) != (workload.variant, namespace_of(workload)):
            continue
        try:
            if selects(selector(policy.get("spec", "podSelector").plain()), labels):
                yield policy
        except InvalidError:  # the API server does not take it; `net` says so
            continue
