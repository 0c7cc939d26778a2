from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import LOW, MEDIUM
from fourfold.model.edit import set_
from fourfold.model.graph import Graph
from fourfold.model.nodes import Policy, Workload
from fourfold.model.nodes.node import NOTHING
from fourfold.model.value import Ref
from fourfold.principles.least_privilege._statement import listed


@check(LOW, code="FF2017", since="0.1", refs=["cis-k8s:5.1.5", "cis-k8s:5.1.6", "cwe:250"])
def mounted_default_token(workload: Workload, graph: Graph) -> Findings:
    """
    Pod carries a token of the default service account

    Whoever reads a file in the pod can ask the API server in its name, though most programs never do.
    All pods without an account of their own share the default one: a right that is given to one of them is given to all.
    Do not mount the token, or give the program an account of its own.

    Where the default account is bound to a role of the scan, the severity is medium.

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
    roles = [p.name for p in _roles(workload, graph)]
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


def _roles(workload: Workload, graph: Graph) -> list[Policy]:
    holders = [workload, *graph.out(workload, "runs_as")]
    return [p for holder in holders for p in graph.out(holder, "has_policy") if isinstance(p, Policy)]
