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
    edit = set_(value, data=False) if options is NOTHING else _option(options)
    yield finding(
        f"{container} lets its processes gain new privileges",
        at=value,
        fix=Fix((edit,), safe=False, note="programs such as `sudo` and `ping` may stop working") if edit else None,
    )


def _option(options: Value) -> Edit | None:
    """The option added to Docker's list; None where there is something else than a list."""
    return append(options, "no-new-privileges") if isinstance(options, (Seq, Absent)) else None
