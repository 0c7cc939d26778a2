from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import INFO
from fourfold.model.graph import Graph
from fourfold.model.nodes import Function
from fourfold.model.resource import Resource

ASYNCHRONOUS = {
    "s3.amazonaws.com", "sns.amazonaws.com", "events.amazonaws.com", "logs.amazonaws.com", "ses.amazonaws.com",
    "iot.amazonaws.com", "config.amazonaws.com", "scheduler.amazonaws.com", "codecommit.amazonaws.com",
}  # fmt: skip
"""Services that call a function and do not wait for its answer (Lambda Developer Guide, "Invoking Lambda with events from
other AWS services")."""


@check(
    INFO,
    code="FF5011",
    since="0.1",
    refs=["cwe:778"],
    no_fix="where failed events are to go is not known",
)
def failed_events_lost(function: Function, graph: Graph) -> Findings:
    """
    Function that loses the events it could not handle

    When a service calls a function and does not wait, Lambda tries three times and then drops the event: what was in it,
    and that it ever came, is gone.
    A queue or a destination for failures keeps it, and an alarm on it tells that something is wrong.

    ```diff
      Resources:
        Orders:
          Type: AWS::Lambda::Function
          Properties:
            Runtime: python3.14
            Handler: orders.handler
            Role: arn:aws:iam::123456789012:role/orders
            Code:
              S3Bucket: code
              S3Key: orders.zip
    +       DeadLetterConfig:
    +         TargetArn: arn:aws:sqs:eu-central-1:123456789012:failed-orders
        Permission:
          Type: AWS::Lambda::Permission
          Properties:
            Action: lambda:InvokeFunction
            FunctionName: !Ref Orders
            Principal: sns.amazonaws.com
    ```
    """
    if function.dead_letter.present or function.on_failure.present:
        return
    for permission in graph.derived(_permissions).get(function.resource.key, ()):
        principal = permission.get("Principal")
        if principal.known and principal.is_(*ASYNCHRONOUS):
            yield finding(
                f"{function} loses the events of `{principal}` that it could not handle",
                at=function.dead_letter,
                related=((principal, "it calls the function, and does not wait for its answer"),),
            )
            return


def _permissions(graph: Graph) -> dict[str, list[Resource]]:
    """The permissions to call each function, by its key."""
    out: dict[str, list[Resource]] = {}
    for permission in graph.of_type("AWS::Lambda::Permission"):
        function = graph.target(permission.get("FunctionName"))
        if function is not None:
            out.setdefault(function.key, []).append(permission)
    return out
