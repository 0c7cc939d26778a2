from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import LOW, MEDIUM
from fourfold.model.edit import remove, set_
from fourfold.model.nodes import Container
from fourfold.model.nodes.node import NOTHING
from fourfold.principles._platforms import FARGATE_REFUSES, LAMBDA_HAS_NONE

_NOTE = "the program may make calls that the default profile refuses"


@check(
    MEDIUM,
    code="FF3007",
    since="0.1",
    refs=["pss:baseline/seccomp", "pss:restricted/seccomp", "cis-docker:5.21", "cwe:693"],
    not_on=LAMBDA_HAS_NONE | FARGATE_REFUSES,
)
def unconfined_seccomp(container: Container) -> Findings:
    """
    Container without a seccomp profile

    A seccomp profile says which system calls a process may make.
    Without one every hole in every system call of the host's kernel can be reached from the container.
    Docker and ECS use a default profile unless told not to; Kubernetes uses none unless told to, or unless the kubelet
    of the node was set up to.

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
              seccompProfile:
    -           type: Unconfined
    +           type: RuntimeDefault
    ```
    """
    value = container.seccomp
    if not value.is_("Unconfined") or container.privileged.is_(True):
        return
    if not value.present:
        yield finding(
            f"{container} asks for no seccomp profile",
            at=value,
            severity=LOW,
            fix=Fix((set_(value, "RuntimeDefault"),), safe=False, note=_NOTE),
        )
        return
    option = container.security_options is not NOTHING
    edit = remove(value) if option else set_(value, "RuntimeDefault")
    fix = Fix((edit,), safe=False, note=_NOTE)
    yield finding(f"{container} runs without a seccomp profile", at=value, fix=fix)
