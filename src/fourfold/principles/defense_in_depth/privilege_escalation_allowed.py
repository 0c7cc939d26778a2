from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import LOW
from fourfold.model.edit import Edit, append, set_
from fourfold.model.nodes import Container
from fourfold.model.nodes.node import NOTHING
from fourfold.model.value import Absent, Seq, Value
from fourfold.principles._platforms import LAMBDA_HAS_NONE


@check(
    LOW,
    code="FF3004",
    since="0.1",
    refs=["pss:restricted/allowPrivilegeEscalation", "cis-docker:5.25", "cwe:269"],
    not_on=LAMBDA_HAS_NONE | {"fargate": "Fargate does not let a task set it"},
)
def privilege_escalation_allowed(container: Container) -> Findings:
    """
    Processes may gain more rights than the container was given

    A set-id program in the image makes a process root again, whatever user the container was started as, unless the
    kernel is told to grant no new privileges.
    A container that is privileged or has `SYS_ADMIN` has more than these rights: Kubernetes refuses to deny them, so
    that is to be mended first.

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
    -         allowPrivilegeEscalation: true
    +         allowPrivilegeEscalation: false
    ```
    """
    value = container.privilege_escalation
    if not value.is_(True):
        return
    options = container.security_options.settle()
    edit = _option(options) if options is not NOTHING else None if _needs_it(container) else set_(value, data=False)
    yield finding(
        f"{container} lets its processes gain new privileges",
        at=value,
        fix=Fix((edit,), safe=False, note="programs such as `sudo` and `ping` may stop working") if edit else None,
    )


def _needs_it(container: Container) -> bool:
    """Kubernetes refuses a container that is denied more rights and is given all of them.

    https://kubernetes.io/docs/tasks/configure-pod-container/security-context/: `allowPrivilegeEscalation` is always true
    for a container that is privileged or has CAP_SYS_ADMIN.
    """
    added = {item.text().upper().removeprefix("CAP_") for item in container.capabilities_add.items()}
    return bool(added & {"SYS_ADMIN", "ALL"}) or container.privileged.is_(True)


def _option(options: Value) -> Edit | None:
    """The option added to Docker's list; None where there is something else than a list."""
    return append(options, "no-new-privileges") if isinstance(options, (Seq, Absent)) else None
