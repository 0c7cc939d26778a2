from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import HIGH, LOW, MEDIUM, ORDER, Severity
from fourfold.knowledge.iam import Action, ResourceType
from fourfold.knowledge.iam_arns import acts_on, covers
from fourfold.model.graph import Graph
from fourfold.model.nodes import Statement
from fourfold.model.value import Value
from fourfold.principles.least_privilege._statement import (
    expanded,
    in_scan,
    is_allow,
    listed,
    narrows,
    pattern_of,
    shown,
)
from fourfold.principles.least_privilege.whole_service_on_everything import is_whole_service

DATA_READS = frozenset({
    "s3:GetObject", "s3:GetObjectVersion", "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query",
    "dynamodb:Scan", "dynamodb:PartiQLSelect", "dynamodb:GetRecords", "secretsmanager:GetSecretValue",
    "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath", "ssm:GetParameterHistory",
    "sqs:ReceiveMessage", "kinesis:GetRecords", "kinesis:SubscribeToShard", "codecommit:GitPull",
    "athena:GetQueryResults", "lambda:GetFunction", "elasticfilesystem:ClientMount", "timestream:Select",
})  # fmt: skip
"""Reads that give out what is kept, not how it is set up."""

_JUSTIFIED = frozenset({
    "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents",
    "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses", "ec2:DetachNetworkInterface", "lambda:CheckpointDurableExecution",
    "s3-object-lambda:WriteGetObjectResponse",
})  # fmt: skip
"""What AWS's own basic execution policies grant on `*`, because the names are made at run time (AWSLambda...ExecutionRole,
AmazonS3ObjectLambdaExecutionRolePolicy in the AWS Managed Policy Reference Guide; VPCAccessPolicy of SAM)."""

_ALTERNATIVES = frozenset({"s3", "events", "execute-api", "redshift-data", "ssm", "lambda", "iam"})
"""Services whose reference marks none of several resource types as required where a request names one of them."""

_OWN_CHECK = frozenset({"iam:PassRole"})

_GRAVE = frozenset({"sts:AssumeRole", "secretsmanager:GetSecretValue", "ssm:SendCommand", "lambda:UpdateFunctionCode"})
_LIGHT = frozenset(
    {
        "iam:CreateServiceLinkedRole",
        "sns:Publish",
        "lambda:GetFunction",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:DeleteAlarms",
    }
)


@check(
    MEDIUM,
    code="FF2003",
    since="0.1",
    refs=["cis-aws:1.16", "owasp-serverless:SAS-4", "cwe:732"],
    no_fix="which resources it needs is not known",
)
def every_resource(statement: Statement, graph: Graph) -> Findings:
    """
    Statement allows an action on every resource though it could name the ones it needs

    An identity that may write to every bucket or read every secret spreads one compromise over the whole account.
    Name the resources.

    Only actions that support resource-level permissions are reported, and of them only those that change something or
    give out data; `xray:PutTraceSegments` on `*` is how it has to be, and `ec2:Describe*` does no harm.
    An element such as `arn:aws:s3:::*` counts as every resource, too.
    A condition that narrows the statement (a resource tag, `kms:ViaService`, a VPC endpoint) keeps it from being
    reported.

    ```diff policy.json
      {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Effect": "Allow",
            "Action": ["s3:PutObject", "cloudwatch:PutMetricData"],
    -       "Resource": "*"
    +       "Resource": "arn:aws:s3:::orders/*"
          }
        ]
      }
    ```
    """
    if not is_allow(statement, "identity"):
        return
    found = expanded(statement.actions)
    if not any(matters(action) for _, _, actions in found for action in actions):
        return
    items = statement.resources.items()
    star = next((item for item in items if item.is_("*")), None)
    # `s3:*` on `*` is said by `whole_service_on_everything`.
    rows = (actions for _, text, actions in found if star is None or not is_whole_service(text))
    candidates = [action for actions in rows for action in actions if matters(action)]
    wide = [a for a in candidates if star is not None or _all_covered(items, a, graph)]
    if not wide or narrows(statement):
        return
    wide.sort(key=lambda a: ORDER[_severity(a)])
    item = star if star is not None else next(i for i in items if _covered(i, wide[0], graph))
    where = "every resource" if shown(item) == "*" else f"every resource that `{shown(item)}` matches"
    yield finding(
        f"{statement} allows {listed(map(str, wide))} on {where}",
        at=item,
        cause="every resource",
        severity=_severity(wide[0]),
        evidence={
            "decided by": {"Effect": "Allow", "Action": list(dict.fromkeys(map(str, wide))), "Resource": shown(item)},
            "class": "narrowable: these actions work on resources that can be named",
            "could name": {str(a): acts_on(a)[0] for a in wide[:5]},
            **({"beside it": there} if (there := in_scan(wide[:5], statement, graph)) else {}),
            **({"justified": justified} if (justified := _no_resources(found)) else {}),
        },
    )


def _no_resources(found: list[tuple[Value, str, tuple[Action, ...]]]) -> list[str]:
    """Actions of the statement that work on no resource that can be named: they need `*`."""
    return [str(a) for _, _, actions in found for a in actions if not a.supports_resources][:10]


def matters(action: Action) -> bool:
    """Whether an engineer would want to see this action on `*`."""
    name = str(action)
    if name in _JUSTIFIED or name in _OWN_CHECK:
        return False
    if action.level in ("List", "Tagging") or (action.level == "Read" and name not in DATA_READS):
        return False
    return bool(action.required) or (len(action.optional) > 1 and action.service in _ALTERNATIVES)


def _all_covered(items: list[Value], action: Action, graph: Graph) -> bool:
    """Whether the elements leave nothing out: a request needs each of the types that are required."""
    if action.required:
        return all(any(_covers(item, t, graph) for item in items) for t in action.required)
    return any(_covers(item, t, graph) for item in items for t in action.optional)


def _covered(item: Value, action: Action, graph: Graph) -> bool:
    return any(_covers(item, t, graph) for t in action.types)


def _covers(item: Value, kind: ResourceType, graph: Graph) -> bool:
    pattern = pattern_of(item, graph)
    return "*" in pattern and covers(pattern, kind)


def _severity(action: Action) -> Severity:
    name = str(action)
    if name in _LIGHT:
        return LOW
    if (
        name in _GRAVE
        or action.service == "iam"
        or (action.level == "Permissions management" and action.service != "ec2")
    ):
        return HIGH
    return MEDIUM
