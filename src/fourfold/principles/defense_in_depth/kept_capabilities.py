from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import INFO, LOW
from fourfold.model.edit import append
from fourfold.model.nodes import Container
from fourfold.model.nodes.node import NOTHING
from fourfold.principles._platforms import LAMBDA_HAS_NONE


@check(
    LOW,
    code="FF3006",
    since="0.1",
    refs=["pss:restricted/capabilities", "cis-docker:5.3", "cwe:250"],
    not_on=LAMBDA_HAS_NONE,
)
def kept_capabilities(container: Container) -> Findings:
    """
    Container keeps capabilities it was not asked to keep

    A container starts with some fourteen of root's rights: among them to change owners of files, to forge packets and
    to become any user.
    Most programs need none of them.
    Drop all, and add those that are needed by name.

    ```diff pod.yaml
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
          - name: web
            image: example/web:1.4
            securityContext:
              capabilities:
                add:
                  - NET_BIND_SERVICE
    +           drop:
    +             - ALL
    ```
    """
    dropped = container.capabilities_drop
    if dropped is NOTHING or container.privileged.is_(True):
        return
    if any(item.text().upper() == "ALL" for item in dropped.items()):
        return
    yield finding(
        f"{container} keeps the capabilities containers start with",
        at=dropped,
        severity=INFO if container.platform in {"fargate", "eks-fargate"} else LOW,
        fix=Fix((append(dropped, "ALL"),), safe=False, note="add the capabilities the program needs"),
    )
