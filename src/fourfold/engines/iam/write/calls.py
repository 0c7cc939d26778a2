"""From calls to what they need: actions, what they work on, and what AWS does in the caller's name.

Sources beside those of `knowledge/sdk.toml`: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html,
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html (`kms:ViaService`, `kms:RequestAlias`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from fourfold.engines.iam.write.names import Named, Naming
from fourfold.engines.iam.write.needs import ACCOUNT, ANY, PARTITION, REGION, Limit, Need, Reason, text
from fourfold.engines.iam.write.parameters import values_at
from fourfold.knowledge.iam import Action, catalogue
from fourfold.knowledge.sdk import actions_of, folded, free_of, sdk, table
from fourfold.linking.aws_values import references
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Map, Ref, Seq, Text, Unknown, Value, known, mapping, sequence
from fourfold.sources.handler import SdkCall

_TRANSACTION = {"GetItem": "Get", "PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete",
                "ConditionCheckItem": "ConditionCheck"}  # fmt: skip
_PARTIQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
_PARTIQL_TABLE = re.compile(
    r'\b(?:FROM|INTO|UPDATE)\s+"?([A-Za-z0-9_.-]+)"?(?:\."?([A-Za-z0-9_.-]+)"?)?', re.IGNORECASE
)

KEYS: dict[str, tuple[str, ...]] = {
    "AWS::S3::Bucket": (
        "BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault.KMSMasterKeyID",
    ),
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
    "AWS::SNS::Topic": ("KmsMasterKeyId",),
    "AWS::DynamoDB::Table": ("SSESpecification.KMSMasterKeyId",),
    "AWS::SecretsManager::Secret": ("KmsKeyId",),
    "AWS::Kinesis::Stream": ("StreamEncryption.KeyId",),
    "AWS::KinesisFirehose::DeliveryStream": ("DeliveryStreamEncryptionConfigurationInput.KeyARN",),
}
"""Type: where it says by which key it is encrypted."""

PASSED_TO = {
    "lambda": "lambda", "ecs": "ecs-tasks", "states": "states", "scheduler": "scheduler", "events": "events", "ec2": "ec2",
    "glue": "glue", "sagemaker": "sagemaker", "codebuild": "codebuild", "codepipeline": "codepipeline", "batch": "batch",
    "ssm": "ssm", "rekognition": "rekognition", "textract": "textract", "transcribe": "transcribe", "bedrock": "bedrock",
    "mediaconvert": "mediaconvert", "firehose": "firehose", "cloudformation": "cloudformation", "pipes": "pipes",
    "elasticmapreduce": "elasticmapreduce", "emr-serverless": "emr-serverless", "comprehend": "comprehend", "iot": "iot",
    "datasync": "datasync", "dms": "dms", "backup": "backup", "personalize": "personalize", "forecast": "forecast",
    "translate": "translate", "kinesisanalytics": "kinesisanalytics", "rds": "rds", "redshift": "redshift",
}  # fmt: skip
"""Service that a role is passed to: its principal, before `.amazonaws.com`."""
_ROLES = re.compile(r"(?i)(?:execution|task|service|data ?access|instance|job|iam|access|invocation)*_?role_?(?:arn)?$")


def needs_of(naming: Naming, call: SdkCall) -> tuple[list[Need], str]:
    """What a call needs; else why that is not known."""
    client = sdk().client(call.client)
    if client is None:
        return [], f"`{call.client}` is no service that is known"
    if free_of(client, call.operation):
        return [], ""
    names = actions_of(client, call.operation)
    if not names:
        return [], f"no IAM action of `{call.client}:{call.operation}` is known"
    out: list[Need] = []
    for name in (*names, *_asked_for(call)):
        found = catalogue().expand(name)
        if found:
            out += _of_action(naming, call, found[0])
    return out, ""


_METHODS = {"PostToConnection": "POST", "GetConnection": "GET", "DeleteConnection": "DELETE"}
_APIS = ("AWS::ApiGatewayV2::Api", "AWS::ApiGateway::RestApi")


def _connections(naming: Naming, call: SdkCall, region: Value) -> Iterator[Named]:
    """Connections of a WebSocket API, which the client's address names.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
    """
    apis: dict[str, Value] = {}
    wide = "which API it is for is known at run time only"
    for value in naming.settled(call.endpoint) if call.endpoint is not None else ():
        for ref in references(value):
            resource = naming.resource(ref)
            if resource is not None and resource.type in _APIS:
                apis[resource.key] = msgspec.structs.replace(ref, attribute="")
    if not apis:
        sockets = [a for a in naming.graph.of_type(_APIS[0]) if a.get("ProtocolType").surely("WEBSOCKET")]
        apis = {a.key: Ref(a.span.source, a.span.start, a.span.end, -1, a.key) for a in sockets if len(sockets) == 1}
        wide = f"{wide}; `{sockets[0]}` is the only one here" if len(sockets) == 1 else wide
    else:
        wide = ""
    path = f"/*/{_METHODS.get(call.operation, '*')}/@connections/*"
    for api in apis.values() or [ANY]:
        yield Named(text("arn:", PARTITION, ":execute-api:", region, ":", ACCOUNT, ":", api, path), wide)


def _asked_for(call: SdkCall) -> list[str]:
    """Actions that parameters ask for in addition: tags, access control lists, versions."""
    rows = table().extra.get(f"{call.client}.{call.operation}", {})
    found = [
        a
        for path, actions in rows.items()
        if any(_present(v) for v in values_at(call.parameters, path))
        for a in actions
    ]
    return list(dict.fromkeys(found))


def _present(value: Value) -> bool:
    empty = (isinstance(value, Known) and value.value in (None, "", False)) or (
        isinstance(value, Seq) and not value.items_
    )
    return not isinstance(value, Absent) and not empty


def _of_action(naming: Naming, call: SdkCall, action: Action) -> Iterator[Need]:
    parameters = _parameters(call, action)
    if parameters is None:
        return
    what = f"calls `{call.client}:{call.operation}`" + (f" ({call.how})" if call.how else "")
    reason = Reason(what, "code", call.span)
    region = next(naming.settled(call.region), REGION) if call.region is not None else REGION
    if isinstance(region, Unknown) and not region.name.startswith("AWS::"):
        region = ANY
    named = naming.arns(action, parameters, region)
    if (
        str(action) == "sns:Publish"
        and isinstance(parameters.get("TopicArn"), Absent)
        and isinstance(parameters.get("TargetArn"), Absent)
    ):
        # A message to a telephone names no topic.
        named = [Named(ANY)] if "PhoneNumber" in parameters.entries_ else named
    if action.service == "apigateway" and action.name in _HTTP:
        named = [Named(_path(naming, call, region))]
    if action.service == "execute-api":
        named = list(_connections(naming, call, region))
    limits: tuple[Limit, ...] = ()
    if action.service == "kms":
        named, limits = _by_alias(naming, action, parameters, named)
    for one in named:
        yield Need(str(action), one.arn, reason, (*limits, *_owner(action, one)), one.wide)
        yield from onward(naming, action, one, reason, parameters)
    yield from _read(naming, action, parameters, reason)
    if "iam:PassRole" in action.dependents or _hands_over(call, action):
        yield from _passed(naming, call, action, parameters, reason)


_HTTP = ("GET", "POST", "PUT", "PATCH", "DELETE")


def _path(naming: Naming, call: SdkCall, region: Value) -> Value:
    """What a management call of API Gateway works on: the path of its request.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-permissions-to-create-and-manage.html
    """
    client = sdk().client(call.client)
    path = client.methods.get(call.operation, "").partition(" ")[2] if client is not None else ""
    parts: list[str | Value] = ["arn:", PARTITION, ":apigateway:", region, "::"]
    last = 0
    for found in re.finditer(r"\{([^}]*)\}", path):
        parts.append(path[last : found.start()])
        last = found.end()
        given = [
            v
            for n, e in call.parameters.entries_.items()
            if folded(n) == folded(found[1].rstrip("+"))
            for v in naming.settled(e)
        ]
        known = len(given) == 1 and (isinstance(given[0], Known | Ref) or naming.at_deployment(given[0]))
        parts.append(given[0] if known else ANY)
    return text(*parts, path[last:])


def _read(naming: Naming, action: Action, parameters: Map, reason: Reason) -> Iterator[Need]:
    """Objects that the service reads with the caller's permissions."""
    for path, name in table().reads.get(action.service, {}).items():
        for value in values_at(parameters, path):
            bucket, key = value.get("Bucket"), value.get("Name")
            if bucket.absent:
                bucket, key = value.get("S3Bucket"), value.get("S3Prefix")
                key = key if key.absent else text(key, "/*")
            if bucket.absent:
                continue
            entries = {"Bucket": bucket} | ({} if key.absent else {"Key": key})
            on = catalogue().expand(name)[0]
            for one in naming.arns(on, mapping(entries, at=parameters)):
                reading = msgspec.structs.replace(reason, text=f"{reason.text}, which works on it in the caller's name")
                yield Need(name, one.arn, reading, _owner(on, one), one.wide)


_CHANGES = re.compile(r"(?:Create|Update|Put|Start|Run|Register|Submit|Modify|Import|Restore|Copy)[A-Z]")


def _hands_over(call: SdkCall, action: Action) -> bool:
    """Whether the call gives a role to a service, by the name of a parameter."""
    return (
        action.service not in ("sts", "iam", "sso")
        and _CHANGES.match(call.operation) is not None
        and any(True for _ in _roles(call.parameters, 0))
    )


def _owner(action: Action, named: Named) -> tuple[Limit, ...]:
    """A bucket's ARN does not say whose it is: one that is declared here is the account's own."""
    if action.service == "s3" and named.resource is not None and named.resource.type == "AWS::S3::Bucket":
        return (Limit("StringEquals", "aws:ResourceAccount", ACCOUNT),)
    return ()


# -- operations that need several permissions ------------------------------------------------------------------------------


def _parameters(call: SdkCall, action: Action) -> Map | None:
    """The parameters as one of the actions sees them; None where it is not needed with these."""
    parameters = call.parameters
    if call.operation in ("CopyObject", "UploadPartCopy") and action.name.startswith("GetObject"):
        return _copied(parameters)
    if call.operation in ("TransactGetItems", "TransactWriteItems"):
        part = _TRANSACTION[action.name]
        items = parameters.get("TransactItems")
        tables = list(values_at(parameters, f"TransactItems[].{part}.TableName"))
        told = isinstance(items, Seq) and all(isinstance(item, Map) and item.rest is None for item in items.items_)
        if told and not tables:
            return None
        return mapping({"TableName": sequence(tables, at=items)}, at=parameters) if tables and told else parameters
    if action.name.startswith("PartiQL"):
        return _partiql(parameters, action)
    return parameters


def _copied(parameters: Map) -> Map:
    """`CopySource`: a mapping, or `bucket/key`."""
    source = parameters.get("CopySource")
    for _, one in source.alternatives():
        if isinstance(one, Map):
            return one
        if isinstance(one, Known) and isinstance(one.value, str) and "/" in one.value.strip("/"):
            bucket, _, key = one.value.strip("/").partition("/")
            return mapping({"Bucket": known(bucket, at=one), "Key": known(key, at=one)}, at=one)
        if isinstance(one, Text):
            return _split(one)
    return mapping({"Bucket": source, "Key": source}, at=parameters) if isinstance(source, Unknown) else parameters


def _split(value: Text) -> Map:
    """A text with holes at its first `/` that is not at its beginning."""
    bucket: list[str | Value] = []
    for index, part in enumerate(value.parts):
        if isinstance(part, str):
            plain = part.lstrip("/") if not bucket else part
            head, slash, rest = plain.partition("/")
            if slash:
                entries = {"Bucket": text(*bucket, head), "Key": text(rest, *value.parts[index + 1 :])}
                return mapping(entries, at=value)
            bucket.append(plain)
        else:
            bucket.append(part)
    return mapping({"Bucket": value.parts[0]} if isinstance(value.parts[0], Value) else {}, at=value)


def _partiql(parameters: Map, action: Action) -> Map | None:
    """The table of a statement, where the statement is of the action's kind or not known."""
    said = [v for path in ("Statement",) for _, v in parameters.get(path).alternatives()]
    words = [str(v.parts[0]) if isinstance(v, Text) else str(v.value) for v in said if isinstance(v, Known | Text)]
    kinds = [m[1].lower() for w in words if (m := _PARTIQL.match(w))]
    if kinds and len(kinds) == len(said) and action.name.lower().removeprefix("partiql") not in kinds:
        return None
    for word in words:
        found = _PARTIQL_TABLE.search(word)
        if found and len(words) == len(said):
            entries: dict[str, Value] = {"TableName": known(found[1], at=parameters)}
            if found[2]:
                entries["IndexName"] = known(found[2], at=parameters)
            return mapping(entries, at=parameters)
    return parameters


# -- keys ------------------------------------------------------------------------------------------------------------------


def _by_alias(
    naming: Naming, action: Action, parameters: Map, named: list[Named]
) -> tuple[list[Named], tuple[Limit, ...]]:
    """A key that is named by an alias: any key, if it is asked for by that alias."""
    said = [v for name in ("KeyId", "TargetKeyId") for v in naming.settled(parameters.get(name))]
    given = [v for v in said if not isinstance(v, Absent)]
    aliases = [str(v.value) for v in given if isinstance(v, Known) and str(v.value).startswith("alias/")]
    keys = {*action.keys, *(key for kind in action.types for key in kind.keys)}
    if not aliases or len(aliases) != len(given) or "kms:RequestAlias" not in keys:
        return named, ()
    everything = text("arn:", PARTITION, ":kms:", REGION, ":", ACCOUNT, ":key/*")
    limit = Limit("StringEquals", "kms:RequestAlias", known(aliases[0]))
    return [Named(everything)], (limit,) if len(aliases) == 1 else ()


def onward(
    naming: Naming, action: Action, named: Named, reason: Reason, parameters: Map | None = None
) -> Iterator[Need]:
    """What AWS does with the key of the resource in the caller's name, where the key is a customer's."""
    follow = table().onward.get(str(action))
    if not follow:
        return
    keys: list[Value] = []
    if named.resource is not None:
        keys += [v for path in KEYS.get(named.resource.type, ()) for _, v in _walk(named.resource, path).alternatives()]
    if parameters is not None and action.service == "s3":
        keys += list(naming.settled(parameters.get("SSEKMSKeyId")))
    for key in keys:
        arn = _key_arn(naming, key)
        if arn is None:
            continue
        where = f" through `{action.service}`, whose key encrypts `{named.resource or 'the object'}`"
        via = Limit("StringEquals", "kms:ViaService", text(f"{action.service}.", REGION, ".amazonaws.com"))
        wide = (
            (key.reason or "which key it is is not known")
            if isinstance(arn, Text) and arn.parts[-1] == ":key/*"
            else ""
        )
        for one in follow:
            yield Need(one, arn, msgspec.structs.replace(reason, text=reason.text + where), (via,), wide)


def _walk(resource: Resource, path: str) -> Value:
    return resource.get(*(int(step) if step.isdigit() else step for step in path.split(".")))


def _key_arn(naming: Naming, key: Value) -> Value | None:
    """The ARN of a customer's key; None for what AWS manages, whose policy lets the account use it."""
    resource = naming.resource(key)
    if resource is not None and resource.type == "AWS::KMS::Alias":
        return _key_arn(naming, resource.get("TargetKeyId"))
    if resource is not None:
        return naming.arn_of(resource)
    if isinstance(key, Absent) or (isinstance(key, Known) and (not key.value or "alias/aws/" in str(key.value))):
        return None
    if isinstance(key, Known | Text) and naming.is_arn(key):
        return text(key)
    if isinstance(key, Known) and not str(key.value).startswith("alias/"):
        return text("arn:", PARTITION, ":kms:", REGION, ":", ACCOUNT, f":key/{key.value}")
    if isinstance(key, Unknown) and key.name:
        return key
    return text("arn:", PARTITION, ":kms:", REGION, ":", ACCOUNT, ":key/*")


# -- roles that are passed -------------------------------------------------------------------------------------------------


def _passed(naming: Naming, call: SdkCall, action: Action, parameters: Map, reason: Reason) -> Iterator[Need]:
    """`iam:PassRole` for the roles that the call hands to the service."""
    principal = PASSED_TO.get(action.service)
    limits = (Limit("StringEquals", "iam:PassedToService", known(f"{principal}.amazonaws.com")),) if principal else ()
    roles = list(_roles(parameters, 0))
    definition = next(iter(naming.settled(parameters.get("taskDefinition"))), None)
    task = naming.resource(definition) if definition is not None else None
    if task is not None:
        roles += [task.get("TaskRoleArn"), task.get("ExecutionRoleArn")]
    for role in roles:
        for one in naming.settled(role):
            if isinstance(one, Absent):
                continue
            resource = naming.resource(one)
            if resource is not None:
                own = naming.arn_of(resource)
                arn, wide = (ANY if own is None else own), ""
            elif isinstance(one, Known | Text) and naming.is_arn(one):
                arn, wide = text(one), ""
            elif isinstance(one, Ref):
                arn, wide = one, ""
            else:
                arn, wide = (
                    text("arn:", PARTITION, ":iam::", ACCOUNT, ":role/*"),
                    one.reason or "which role is not known",
                )
            passing = msgspec.structs.replace(reason, text=f"{reason.text}, which hands over a role")
            yield Need("iam:PassRole", arn, passing, limits, wide)
    if call.operation == "RunTask" and not roles:
        arn = text("arn:", PARTITION, ":iam::", ACCOUNT, ":role/*")
        passing = msgspec.structs.replace(reason, text=f"{reason.text}, which hands over the roles of the task")
        yield Need(
            "iam:PassRole", arn, passing, limits, "which task definition it is, and so which roles, is not known"
        )


def _roles(value: Value, depth: int) -> Iterator[Value]:
    if depth > 3 or not isinstance(value, Map):
        return
    for name, entry in value.entries_.items():
        if _ROLES.fullmatch(name) and not isinstance(entry, Map):
            yield entry
        yield from _roles(entry, depth + 1)
