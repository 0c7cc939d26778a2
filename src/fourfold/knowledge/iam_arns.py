"""Which ARNs a `Resource` element can match, and which of them an action works on.

A *pattern* is a `Resource` element as text: `*` stands for any characters, `?` for one, and two private characters for
what the sources leave open: `ANY` (any text at all) and `NAME` (a name: not empty, without `:` and `/`).

Matching is by component: an ARN has six, between colons; a wildcard stays within its component, and the last component
takes all that is left. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re
from functools import lru_cache

from fourfold.knowledge.iam import Action, ResourceType

ANY = "\ue010"
_SEGMENT = "\ue011"  # any characters but `/`
_NAME_REST = "\ue012"  # any characters but `/` and `:`
_NAME_ONE = "\ue013"  # one character that is neither
NAME = _NAME_ONE + _NAME_REST

_STARS = frozenset("*" + ANY + _SEGMENT + _NAME_REST)
_ONES = frozenset("?" + _NAME_ONE)
_REFUSED = {_SEGMENT: "/", _NAME_REST: "/:", _NAME_ONE: "/:"}

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_FLAT = frozenset({
    "BucketName", "TableName", "IndexName", "QueueName", "TopicName", "FunctionName", "AccessPointName", "KeyId",
    "StateMachineName", "UserPoolId", "StreamName", "DeliveryStreamName", "ClusterName", "RepositoryId",
})  # fmt: skip
"""Placeholders whose text holds no `/`; all others are taken to hold anything."""

_COMPONENTS = 6


def literal(text: str) -> str:
    """A `Resource` element as a pattern: what stands in `${...}` is open, be it a variable or a template's parameter."""
    text = text.replace("${*}", "\ue014").replace("${?}", "\ue015").replace("${$}", "$")
    return _VARIABLE.sub(ANY, text).replace("\ue014", "\ue016").replace("\ue015", "\ue017")


def can_match(pattern: str, action: Action) -> bool:
    """Whether the pattern can match the ARN of some resource that the action works on.

    False is sure as far as the catalogue is right: what a pattern leaves open is taken to be anything.
    """
    if not pattern.strip("*"):
        return True
    return any(_overlap(pattern, shape(text)) for t in action.types for text in t.formats)


def covers(pattern: str, kind: ResourceType) -> bool:
    """Whether the pattern surely matches every resource of the type, in the account and region it is about."""
    if not pattern.strip("*"):
        return True
    return any(_covers(pattern, text) for text in kind.formats)


def acts_on(action: Action) -> list[str]:
    """The ARN formats the action works on, for people."""
    return [text for t in action.types for text in t.formats]


@lru_cache(maxsize=8192)
def shape(text: str) -> str:
    """A catalogue format as a pattern."""
    parts = text.split(":", _COMPONENTS - 1)
    head = [_PLACEHOLDER.sub(_NAME_REST, part) for part in parts[:-1]]
    return ":".join([*head, _PLACEHOLDER.sub(lambda m: _SEGMENT if m[1] in _FLAT else ANY, parts[-1])])


@lru_cache(maxsize=8192)
def _covers(pattern: str, text: str) -> bool:
    from fourfold.knowledge.iam import glob

    ours, theirs = pattern.split(":", _COMPONENTS - 1), text.split(":", _COMPONENTS - 1)
    if len(ours) < _COMPONENTS or len(theirs) < _COMPONENTS:
        return False
    if not glob(ours[2]).fullmatch(theirs[2]):
        return False
    # A name nobody chooses stands for every name: only a wildcard matches it.
    every = _PLACEHOLDER.sub("\ue018\ue018", theirs[-1])
    return glob(ours[-1]).fullmatch(every) is not None


@lru_cache(maxsize=16384)
def _overlap(pattern: str, other: str) -> bool:
    """Whether some text matches both."""
    ours = pattern.split(":", _COMPONENTS - 1)
    theirs = other.split(":", _COMPONENTS - 1)
    if len(ours) == len(theirs) == _COMPONENTS and not any(ANY in part for part in ours[:-1]):
        return all(intersects(a, b) for a, b in zip(ours, theirs, strict=True))
    return intersects(pattern, other)


def intersects(a: str, b: str) -> bool:
    """Whether some text matches both patterns; colons are characters like others here.

    Walks the product of the two patterns' automata, at most `len(a) * len(b)` states.
    """
    seen: set[tuple[int, int]] = set()
    todo = [(0, 0)]
    while todo:
        i, j = todo.pop()
        # Equal plain characters are walked without bookkeeping: most of an ARN is that.
        while i < len(a) and j < len(b) and a[i] not in _STARS and b[j] not in _STARS:
            if not _compatible(a[i], b[j]):
                break
            i, j = i + 1, j + 1
        if i == len(a) and j == len(b):
            return True
        if (i, j) in seen:
            continue
        seen.add((i, j))
        if i < len(a) and a[i] in _STARS:
            todo.append((i + 1, j))
            if j < len(b) and (b[j] in _STARS or _compatible(a[i], b[j])):
                todo.append((i, j + 1))
        elif j < len(b) and b[j] in _STARS:
            todo.append((i, j + 1))
            if i < len(a) and _compatible(b[j], a[i]):
                todo.append((i + 1, j))
    return False


def _compatible(a: str, b: str) -> bool:
    """Whether one character can be matched by both tokens; a star counts as the characters it takes."""
    if a in _ONES or a in _STARS:
        return b not in _REFUSED.get(a, "")
    if b in _ONES or b in _STARS:
        return a not in _REFUSED.get(b, "")
    return a == b


_REGIONAL = f"arn:{NAME}:{{}}:{NAME}:{NAME}:{{}}"

RESOURCE_ARNS: dict[tuple[str, str], str] = {
    ("AWS::S3::Bucket", "Arn"): f"arn:{NAME}:s3:::{NAME}",
    ("AWS::SQS::Queue", "Arn"): _REGIONAL.format("sqs", NAME),
    ("AWS::SNS::Topic", ""): _REGIONAL.format("sns", NAME),
    ("AWS::SNS::Topic", "TopicArn"): _REGIONAL.format("sns", NAME),
    ("AWS::DynamoDB::Table", "Arn"): _REGIONAL.format("dynamodb", f"table/{NAME}"),
    ("AWS::DynamoDB::Table", "StreamArn"): _REGIONAL.format("dynamodb", f"table/{NAME}/stream/{ANY}"),
    ("AWS::DynamoDB::GlobalTable", "Arn"): _REGIONAL.format("dynamodb", f"table/{NAME}"),
    ("AWS::Lambda::Function", "Arn"): _REGIONAL.format("lambda", f"function:{NAME}"),
    ("AWS::KMS::Key", "Arn"): _REGIONAL.format("kms", f"key/{NAME}"),
    ("AWS::SecretsManager::Secret", ""): _REGIONAL.format("secretsmanager", f"secret:{ANY}"),
    ("AWS::SecretsManager::Secret", "Id"): _REGIONAL.format("secretsmanager", f"secret:{ANY}"),
    ("AWS::StepFunctions::StateMachine", ""): _REGIONAL.format("states", f"stateMachine:{NAME}"),
    ("AWS::StepFunctions::StateMachine", "Arn"): _REGIONAL.format("states", f"stateMachine:{NAME}"),
    ("AWS::Logs::LogGroup", "Arn"): _REGIONAL.format("logs", f"log-group:{ANY}:*"),
    ("AWS::Kinesis::Stream", "Arn"): _REGIONAL.format("kinesis", f"stream/{NAME}"),
    ("AWS::KinesisFirehose::DeliveryStream", "Arn"): _REGIONAL.format("firehose", f"deliverystream/{NAME}"),
    ("AWS::Events::EventBus", "Arn"): _REGIONAL.format("events", f"event-bus/{ANY}"),
    ("AWS::ECR::Repository", "Arn"): _REGIONAL.format("ecr", f"repository/{ANY}"),
    ("AWS::ECS::Cluster", "Arn"): _REGIONAL.format("ecs", f"cluster/{NAME}"),
    ("AWS::ECS::TaskDefinition", ""): _REGIONAL.format("ecs", f"task-definition/{NAME}:{NAME}"),
    ("AWS::Cognito::UserPool", "Arn"): _REGIONAL.format("cognito-idp", f"userpool/{NAME}"),
    ("AWS::CodeBuild::Project", "Arn"): _REGIONAL.format("codebuild", f"project/{NAME}"),
    ("AWS::EFS::FileSystem", "Arn"): _REGIONAL.format("elasticfilesystem", f"file-system/{NAME}"),
    ("AWS::IAM::Role", "Arn"): f"arn:{NAME}:iam::{NAME}:role/{ANY}",
    ("AWS::IAM::User", "Arn"): f"arn:{NAME}:iam::{NAME}:user/{ANY}",
}
"""What a reference gives, by type and attribute (empty: `Ref`). From the "Return values" of each type's page in
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html"""

FLAT_NAMES = frozenset({
    ("AWS::S3::Bucket", ""), ("AWS::DynamoDB::Table", ""), ("AWS::Lambda::Function", ""), ("AWS::Kinesis::Stream", ""),
    ("AWS::KMS::Key", ""), ("AWS::KMS::Key", "KeyId"), ("AWS::IAM::Role", ""), ("AWS::ECS::Cluster", ""),
    ("AWS::SQS::Queue", "QueueName"), ("AWS::SNS::Topic", "TopicName"), ("AWS::Cognito::UserPool", ""),
    ("AWS::ApiGateway::RestApi", ""), ("AWS::ApiGatewayV2::Api", ""), ("AWS::StepFunctions::StateMachine", "Name"),
})  # fmt: skip
"""References that give a name without `/` and `:`."""

FLAT_PSEUDO = frozenset({"AWS::AccountId", "AWS::Region", "AWS::Partition", "AWS::StackName", "AWS::URLSuffix"})
"""What CloudFormation fills in, and is a name in this sense."""
