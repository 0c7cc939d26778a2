from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import HIGH, MEDIUM
from fourfold.knowledge.support import lambda_runtime, today
from fourfold.model.edit import set_
from fourfold.model.nodes import Function


@check(
    MEDIUM,
    code="FF1001",
    since="0.1",
    refs=["aws-fsbp:Lambda.2", "cwe:1104"],
    not_on={"lambda-image": "the runtime is part of the image; `ended_base_image` looks there"},
)
def ended_runtime(function: Function) -> Findings:
    """
    Lambda runtime that is not patched any more

    AWS patches a managed runtime until its end; from then on its holes stay open, and the responsibility for them is
    yours alone.
    Later functions on it can no longer be created, then no longer be updated: not even to close a hole in their code.
    Move to a runtime that is supported.
    The dates are those of the Lambda Developer Guide, and are judged by today's date.

    ```diff
      Resources:
        Orders:
          Type: AWS::Lambda::Function
          Properties:
    -       Runtime: python3.8
    +       Runtime: python3.14
            Handler: orders.handler
            Role: arn:aws:iam::123456789012:role/orders
            Code:
              S3Bucket: code
              S3Key: orders.zip
    ```
    """
    if not function.runtime.present:
        return
    runtime = lambda_runtime(function.runtime.text())
    if runtime is None or today() < runtime.deprecated:
        return
    stuck = today() >= runtime.update_blocked
    consequence = ", and functions on it can no longer be updated" if stuck else ""
    note = f"test the function on `{runtime.successor}`"
    yield finding(
        f"{function} runs on `{runtime.name}`, which AWS does not patch since {runtime.deprecated}{consequence}",
        at=function.runtime,
        severity=HIGH if stuck else MEDIUM,
        fix=Fix((set_(function.runtime, runtime.successor),), safe=False, note=note),
        evidence={
            "deprecated": str(runtime.deprecated),
            "creating functions blocked": str(runtime.create_blocked),
            "updating functions blocked": str(runtime.update_blocked),
            "source": runtime.source,
        },
    )
