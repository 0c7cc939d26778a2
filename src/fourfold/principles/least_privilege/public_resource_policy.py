from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import HIGH, MEDIUM, Severity
from fourfold.model.graph import Graph
from fourfold.model.nodes import DataStore, Policy, Statement
from fourfold.model.resource import Resource
from fourfold.model.value import Value
from fourfold.model.world import holds
from fourfold.principles.least_privilege._outsiders import witness
from fourfold.principles.least_privilege._statement import (
    anyone,
    clauses,
    expanded,
    is_allow,
    listed,
    texts,
)

_OPEN_BY_NATURE = frozenset({
    "AWS::ApiGateway::RestApi", "AWS::VpcLattice::AuthPolicy", "AWS::ECR::PublicRepository", "AWS::EC2::VPCEndpoint",
})  # fmt: skip
"""Where `*` is what holds without a policy, too, or what the thing is for: other checks ask who may come in there."""

_SEARCH = ("AWS::Elasticsearch::Domain", "AWS::OpenSearchService::Domain")
_AGAINST_POLICIES = ("RestrictPublicBuckets", "BlockPublicPolicy")
_SINCE_2023 = "whether the bucket's public access block, which S3 turns on for new buckets, was turned off elsewhere"


@check(
    HIGH,
    code="FF2009",
    since="0.1",
    refs=["aws-fsbp:S3.2", "aws-fsbp:SQS.3", "aws-fsbp:SNS.4", "cwe:284"],
    no_fix="who is meant is not known",
)
def public_resource_policy(policy: Policy, graph: Graph) -> Findings:
    """
    Resource policy lets anyone in

    `Principal: "*"` is everybody, with or without an AWS account, unless a condition says which callers are meant.
    Name the principals, or add a condition whose value strangers cannot choose: `aws:PrincipalOrgID`,
    `aws:SourceAccount`, `aws:SourceArn`, `aws:SourceVpce`.

    The policy is decided over all requests, with its conditions and denies: what is reported comes with a request of
    somebody whom the policy does not name, and that it allows.
    So a condition on the transport, the encryption or the second factor keeps nobody out, nor does one that also holds
    where its key is missing (`...IfExists`, `ForAllValues:`), nor an ARN whose account is a wildcard; a Deny for all who
    come from elsewhere does.
    A function URL is judged by its authentication, elsewhere.
    A bucket whose public access block restricts public policies is not reported, nor a search domain inside a VPC.
    Where it hangs on something that is not known (a condition on a key that nobody knows), the question is left open.

    ```diff
      Resources:
        Alarms:
          Type: AWS::SNS::Topic
        Policy:
          Type: AWS::SNS::TopicPolicy
          Properties:
            Topics: [!Ref Alarms]
            PolicyDocument:
              Statement:
                - Effect: Allow
    -             Principal: "*"
    +             Principal: {Service: events.amazonaws.com}
                  Action: sns:Publish
                  Resource: !Ref Alarms
    +             Condition: {StringEquals: {"aws:SourceAccount": !Ref AWS::AccountId}}
    ```
    """
    if policy.kind != "resource" or policy.resource.type in _OPEN_BY_NATURE:
        return
    target = graph.target(policy.protects)
    for statement in policy.statements:
        if not holds(statement.condition) or not is_allow(statement, "resource"):
            continue
        at = anyone(statement.principals)
        if at is None or _opens_a_url(statement):
            continue
        block = _access_block(policy, graph)
        if _shut(block, target):
            continue
        request = witness(statement, graph)
        if request is None:
            continue
        actions = [text for _, text in texts(statement.actions)]
        yield finding(
            f"{statement} lets anyone {_say(actions)}",
            at=at,
            cause=statement.part or "statement",
            address=statement.address,
            severity=_severity(statement, actions),
            possible=_SINCE_2023 if block == [] else "",
            evidence={
                "decided by": {"Effect": "Allow", "Principal": "*", "Action": actions},
                **({"conditions": statement.conditions.plain()} if statement.conditions.present else {}),
                **({"witness": request} if request else {}),
            },
        )


def _say(actions: list[str]) -> str:
    return f"do {listed(actions)}" if actions else "do all but the actions it names"


def _severity(statement: Statement, actions: list[str]) -> Severity:
    """Reading objects is what a public website is for; everything else is worse."""
    known = [a for _, _, found in expanded(statement.actions) for a in found]
    return MEDIUM if actions and known and all(str(a).startswith("s3:GetObject") for a in known) else HIGH


def _opens_a_url(statement: Statement) -> bool:
    """A function URL is judged as the entry it is, by its authentication: these conditions let calls in through it only."""
    asked = clauses(statement.conditions)
    return any(
        (c.lower == "lambda:functionurlauthtype" and c.value.is_("NONE"))
        or (c.lower == "lambda:invokedviafunctionurl" and c.value.is_(True))
        for c in asked
    )


def _access_block(policy: Policy, graph: Graph) -> list[Value] | None:
    """What the bucket's public access block says about policies, nothing where none is written; None for no bucket."""
    for store in graph.into(policy, "has_policy"):
        if isinstance(store, DataStore) and store.public_access:
            flags = [value for name, value in store.public_access if name in _AGAINST_POLICIES]
            # What a written block leaves out is off; where none is written, all of it stands for on.
            written = any(flag.present or not flag.is_(True) for flag in flags)
            return flags if written else []
    return [] if policy.resource.type == "AWS::S3::BucketPolicy" else None


def _shut(block: list[Value] | None, target: Resource | None) -> bool:
    """Whether something else than the policy keeps strangers out."""
    if any(flag.present and flag.is_(True) for flag in block or ()):
        return True
    if target is None:
        return False
    if target.type in _SEARCH:
        return target.get("VPCOptions").present or target.get("AdvancedSecurityOptions", "Enabled").is_(True)
    return False
