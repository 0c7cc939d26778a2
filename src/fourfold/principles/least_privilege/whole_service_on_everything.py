from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import HIGH, LOW, MEDIUM, ORDER, Severity
from fourfold.knowledge.iam import Action
from fourfold.model.nodes import Statement
from fourfold.model.value import Value
from fourfold.principles.least_privilege._statement import every, expanded, is_allow, is_everything, listed, narrows

_READS = ("List", "Read")
_CROWN = frozenset({
    "account", "backup", "cloudformation", "cloudtrail", "codebuild", "codecommit", "codepipeline", "cognito-identity",
    "cognito-idp", "dynamodb", "ec2", "ecr", "ecs", "eks", "elasticfilesystem", "iam", "kms", "lambda", "organizations",
    "rds", "redshift", "s3", "secretsmanager", "ssm", "sso", "sts",
})  # fmt: skip
"""Services that keep data, identities, code or the traces of what happened."""

_CHANNELS = frozenset({"ec2messages", "ssmmessages"})
"""What an agent talks to Systems Manager through: no action of theirs can be narrowed, and the agent needs them all."""


@check(
    MEDIUM,
    code="FF2002",
    since="0.1",
    refs=["aws-fsbp:IAM.21", "cis-aws:1.16", "cwe:250"],
    no_fix="what the work needs is not known",
)
def whole_service_on_everything(statement: Statement) -> Findings:
    """
    Statement allows every action of a service on every resource

    Besides what the work needs, such a statement allows to delete the service's resources, to open them to other
    accounts, and whatever AWS adds to the service next year.
    Name the actions, and the resources they are needed on.

    The severity is high for services that keep data, identities, code or the traces of what happened (`s3:*`, `iam:*`,
    `lambda:*`, `cloudtrail:*`), and low where no action that changes something can be narrowed to a resource.

    ```diff policy.json
      {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Effect": "Allow",
    -       "Action": "dynamodb:*",
    +       "Action": ["dynamodb:GetItem", "dynamodb:PutItem"],
    -       "Resource": "*"
    +       "Resource": "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"
          }
        ]
      }
    ```
    """
    if not is_allow(statement, "identity"):
        return
    whole = [(item, text, actions) for item, text, actions in expanded(statement.actions) if is_whole_service(text)]
    if not whole or every(statement.resources) is None or narrows(statement):
        return
    whole.sort(key=lambda row: ORDER[_severity(row[2])])
    services = [text.partition(":")[0] for _, text, _ in whole]
    worst: tuple[Value, str, tuple[Action, ...]] = whole[0]
    yield finding(
        f"{statement} allows every action of {listed(services)} on every resource",
        at=worst[0],
        cause="whole service",
        severity=_severity(worst[2]),
        related=tuple((item, f"and every action of `{text.partition(':')[0]}`") for item, text, _ in whole[1:]),
        evidence={
            "decided by": {"Effect": "Allow", "Action": [text for _, text, _ in whole], "Resource": "*"},
            "among them": {text: _telling(actions) for _, text, actions in whole if actions},
        },
    )


def is_whole_service(text: str) -> bool:
    """Whether an `Action` element is `service:*`."""
    service, colon, name = text.partition(":")
    named = bool(service.strip("*?")) and service.lower() not in _CHANNELS
    return bool(colon) and named and not name.strip("*") and not is_everything(text)


def _severity(actions: tuple[Action, ...]) -> Severity:
    if any(a.service in _CROWN for a in actions):
        return HIGH
    if any(a.level not in _READS and a.supports_resources for a in actions):
        return MEDIUM
    return LOW


def _telling(actions: tuple[Action, ...]) -> list[str]:
    """A few of the actions that weigh most."""
    heavy = sorted(actions, key=lambda a: (a.level != "Permissions management", a.level in _READS))
    return [f"{a} ({a.level.lower()})" for a in heavy[:3]]
