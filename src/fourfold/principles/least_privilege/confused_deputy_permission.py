from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import LOW, MEDIUM, Severity
from fourfold.knowledge.iam import Action
from fourfold.model.graph import Graph
from fourfold.model.nodes import Policy
from fourfold.model.value import Text, Value
from fourfold.model.world import holds
from fourfold.principles.least_privilege._outsiders import witness
from fourfold.principles.least_privilege._statement import clauses, expanded, is_allow, listed, principals, texts
from fourfold.principles.least_privilege.every_resource import DATA_READS

_DEPUTIES = frozenset({
    "apigateway", "backup", "bedrock", "budgets", "cloudfront", "cloudtrail", "codecommit", "codestar-notifications",
    "cognito-idp", "config", "delivery.logs", "events", "guardduty", "iot", "lambda.alarms.cloudwatch",
    "cloudwatch", "lex", "lexv2", "logdelivery.elasticloadbalancing", "logging.s3", "logs", "s3", "secretsmanager", "ses",
    "sns", "vpc-lattice",
})  # fmt: skip
"""Services that call what a customer names to them, on behalf of any account, and say on whose behalf."""

_LOGS = ("AWS::S3::BucketPolicy", "AWS::Logs::ResourcePolicy", "AWS::XRay::ResourcePolicy")
"""Where services deliver what they record: strangers could add to it, not read it."""

_QUIET = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")
"""Keys: what a service may do with them is bounded by the encrypted resource, which is its caller's own."""


@check(
    MEDIUM,
    code="FF2013",
    since="0.1",
    refs=["aws-fsbp:Lambda.1", "cwe:441"],
    no_fix="for whom the service acts is not known",
)
def confused_deputy_permission(policy: Policy, graph: Graph) -> Findings:
    """
    Service may act here for any account

    Amazon S3, EventBridge, API Gateway and others call a function, a queue or a topic on behalf of whoever configures
    them: a permission for the service alone lets every account have it called, if it knows the ARN.
    Say for which resource (`SourceArn`, `aws:SourceArn`) or account (`SourceAccount`, `aws:SourceAccount`) the service
    acts: with the account written out, or the whole name of a bucket; `arn:aws:sns:*:*:orders` is a topic that every
    account can have.
    Conditions and denies are decided over all requests, and the evidence has a request for another account.
    Source: "The confused deputy problem" in the IAM User Guide.

    ```diff
      Resources:
        Permission:
          Type: AWS::Lambda::Permission
          Properties:
            Action: lambda:InvokeFunction
            FunctionName: orders
    !       Principal: events.amazonaws.com
    +       SourceArn: arn:aws:events:eu-west-1:123456789012:rule/nightly
    ```
    """
    if policy.kind != "resource" or policy.resource.type in _QUIET:
        return
    for statement in policy.statements:
        if not holds(statement.condition) or not is_allow(statement, "resource"):
            continue
        services = [item for kind, item in principals(statement.principals) if kind == "Service"]
        deputies = [(item, name) for item in services if (name := service_of(item)) in _DEPUTIES]
        if not deputies:
            continue
        actions = [text for _, text in texts(statement.actions)]
        if actions and all(_only_looks(a) for _, _, found in expanded(statement.actions) for a in found or (None,)):
            continue
        for item, name in deputies:
            request = witness(statement, graph, (("Service", f"{name}.amazonaws.com"),))
            if request is None:
                continue
            yield finding(
                f"`{name}` may do {listed(actions) if actions else 'nearly everything'} here for any account",
                at=item,
                cause=f"{statement.part}/{name}",
                address=statement.address,
                severity=_severity(policy, name),
                evidence={
                    "decided by": {"Effect": "Allow", "Principal": {"Service": name}, "Action": actions},
                    "conditions": [c.key for c in clauses(statement.conditions)],
                    **({"witness": request} if request else {}),
                },
            )


def service_of(principal: Value) -> str:
    """`events` of `events.amazonaws.com`, `logs` of `logs.eu-west-1.amazonaws.com`; empty where it is not known."""
    settled = principal.settle()
    if isinstance(settled, Text):
        text = "".join(p if isinstance(p, str) else "_" for p in settled.parts)
    else:
        text = principal.text()
    name = text.removesuffix(".cn").removesuffix(".amazonaws.com").removesuffix("._")
    if name in _DEPUTIES:
        return name
    # A regional principal has the Region behind the name.
    return name.rpartition(".")[0] or name


def _only_looks(action: Action | None) -> bool:
    """Whether the action only reads how something is set up; one that the reference does not know may do anything."""
    return action is not None and action.level in ("List", "Read") and str(action) not in DATA_READS


def _severity(policy: Policy, service: str) -> Severity:
    if policy.resource.type in _LOGS or service in ("secretsmanager", "config"):
        return LOW
    return MEDIUM
