from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import LOW, MEDIUM
from fourfold.linking.kubernetes_names import namespace_of
from fourfold.model.edit import set_
from fourfold.model.graph import Graph
from fourfold.model.nodes import Policy, Workload
from fourfold.model.nodes.node import NOTHING
from fourfold.model.value import Ref
from fourfold.principles.least_privilege._rbac import BINDING_TYPES, known
from fourfold.principles.least_privilege._statement import listed


@check(LOW, code="FF2017", since="0.1", refs=["cis-k8s:5.1.5", "cis-k8s:5.1.6", "cwe:250"])
def mounted_default_token(workload: Workload, graph: Graph) -> Findings:
    """
    Pod carries a token of the default service account

    Whoever reads a file in the pod can ask the API server in its name, though most programs never do.
    All pods without an account of their own share the default one: a right that is given to one of them is given to all.
    Do not mount the token, or give the program an account of its own.

    Where the default account, or a group of accounts it is in, is bound to a role, the severity is medium.

    ```diff pod.yaml
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: example/web:1.4
    +   automountServiceAccountToken: false
    ```
    """
    if workload.automount_token is NOTHING or not _is_default(workload) or not workload.automount_token.is_(True):
        return
    roles = _roles(workload, graph)
    yield finding(
        f"`{workload.name}` carries a token of the default service account"
        + (f", which has {listed(roles)}" if roles else ""),
        at=workload.automount_token.settle(),
        cause="token",
        severity=MEDIUM if roles else LOW,
        fix=Fix(
            (set_(workload.automount_token, data=False),),
            safe=False,
            note="a program that asks the API server stops working",
        ),
        evidence={"serviceAccountName": "default", "roles": roles},
    )


def _is_default(workload: Workload) -> bool:
    role = workload.role.settle()
    return role.name.rpartition("/")[2] == "default" if isinstance(role, Ref) else role.is_("default")


def _roles(workload: Workload, graph: Graph) -> list[str]:
    """Names of the roles that the account is bound to, itself or as a member of a group of service accounts."""
    own = [workload, *graph.out(workload, "runs_as")]
    names = [p.name for holder in own for p in graph.out(holder, "has_policy") if isinstance(p, Policy)]
    if not graph.of_type(*BINDING_TYPES):
        return []
    from fourfold.engines.rbac.objects import Subject
    from fourfold.engines.rbac.scan import bindings_of

    account = Subject("ServiceAccount", "default", namespace_of(workload.resource))
    for binding in bindings_of(known(graph).cluster, account):
        if not binding.built_in and binding.delivery == workload.resource.variant and account not in binding.subjects:
            names.append(binding.role_name)
    return sorted(set(names))
