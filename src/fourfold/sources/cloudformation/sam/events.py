"""Events of a function: the resources that call it, and the permission they need.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html
and the page of each event type.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from fourfold.model.condition import Condition, both
from fourfold.model.resource import Resource
from fourfold.model.value import (
    Absent,
    Known,
    Map,
    Seq,
    Unknown,
    Value,
    known,
    mapping,
    sequence,
)
from fourfold.sources.cloudformation.sam import rules, streams
from fourfold.sources.cloudformation.sam.expansion import (
    PARAMETER,
    Expansion,
    Route,
    built,
    constant,
    is_null,
    nothing,
    only,
    present,
    scalar,
)
from fourfold.sources.cloudformation.sam.target import Event, Target


def expand(x: Expansion, target: Target) -> None:
    """Give what all events of a function make."""
    for when, name, value, properties in declared(x, target.resource, target.properties):
        kind = scalar(value.get("Type"))
        handler = HANDLERS.get(kind)
        if handler is None:
            what = f"is `{kind}`, which is not an event type that is known" if kind else "has no type that is known"
            x.problem(value, f"event `{name}` of `{target.resource.address}` {what}; what it makes is not known")
            continue
        handler(Event(x, target, name, value, properties, when))


def declared(x: Expansion, resource: Resource, properties: Map) -> list[tuple[Condition, str, Map, Map]]:
    """The events of a function or state machine: when, logical id, the event, its properties."""
    out: list[tuple[Condition, str, Map, Map]] = []
    owner = resource.address
    events = properties.get("Events")
    for _, side in events.alternatives():
        if not isinstance(side, Map) and not is_null(side) and "Events" in properties.entries_:
            x.problem(side, f"the events of `{owner}` are not known: {side.reason or 'no mapping'}")
        elif isinstance(side, Map) and isinstance(side.rest, Unknown):
            x.problem(side.rest, f"the events of `{owner}` are only known in part: {side.rest.reason}")
    for when, name, event in events.pairs():
        for condition, value in event.alternatives(when):
            given = value.get("Properties")
            if isinstance(given, Absent):
                given = built({}, at=value)
            if isinstance(value, Map) and isinstance(given, Map):
                out.append((condition, name, value, given))
            elif not nothing(value) and not is_null(value):
                x.problem(value, f"event `{name}` of `{owner}` is not known: {value.reason or 'no mapping'}")
    return out


# -- APIs --------------------------------------------------------------------------------------------------------------

IMPLICIT = {"Api": "ServerlessRestApi", "HttpApi": "ServerlessHttpApi"}


def _api(event: Event) -> None:
    """A route of a REST API; the API itself is built when all routes are known."""
    x, get = event.x, event.properties.get
    api, implicit = api_of(event.x, get("RestApiId"), "Api")
    path, method = scalar(get("Path")), scalar(get("Method")).lower()
    if not path or not method:
        x.problem(event.value, f"event `{event.id}` of `{event.owner.address}` has a path or method that is not known")
        return
    if api:
        when = both(event.owner.condition, event.when)
        uri = event.target.uri(event.value)
        stream = event.target.stream_uri(event.value)
        route = Route(event.value, event.properties, path, method, uri, when, stream=stream)
        x.routes.setdefault(api, []).append(route)
    identifier = x.ref(api, at=event.value) if implicit else get("RestApiId")
    suffix = "Prod" if implicit else stage_suffix(x, api)
    verb = "*" if method == "any" else method.upper()
    source = x.arn("execute-api", "${Api}/*/" + verb + arn_path(path), event.value, Api=identifier)
    event.permit("apigateway.amazonaws.com", f"Permission{suffix}", SourceArn=source)


def stage_suffix(x: Expansion, api: str) -> str:
    """How SAM names a stage in logical ids: its literal name, or `Stage`."""
    from fourfold.sources.cloudformation.sam.api import stage_id_part

    resource = x.given.get(api)
    return stage_id_part(resource.get("StageName")) if resource is not None else "Stage"


def arn_path(path: str) -> str:
    """A path as an execute-api ARN has it: parameters are `*`, and no slash is at its end."""
    path = PARAMETER.sub("*", path if path.startswith("/") else f"/{path}")
    return path.removesuffix("/") if len(path) > 1 else path


def _http_api(event: Event) -> None:
    """A route of an HTTP API; without path and method, its default route.

    A function that has the default route of an API may be called from all of its routes by that one permission.
    """
    x, get = event.x, event.properties.get
    api, implicit = api_of(x, get("ApiId"), "HttpApi")
    path, method = scalar(get("Path")) or "$default", scalar(get("Method")).lower() or "x-amazon-apigateway-any-method"
    if api:
        when = both(event.owner.condition, event.when)
        uri = event.target.uri(event.value)
        route = Route(event.value, event.properties, path, method, uri, when)
        x.routes.setdefault(api, []).append(route)
    if path != "$default" and _has_default_route(event):
        return
    identifier = x.ref(api, at=event.value) if implicit else get("ApiId")
    verb = "*" if method in ("any", "x-amazon-apigateway-any-method") else method.upper()
    suffix = "${Api}/*/" + (
        "*" if path == "$default" else arn_path(path)[1:] if path == "/$default" else verb + arn_path(path)
    )
    event.permit("apigateway.amazonaws.com", SourceArn=x.arn("execute-api", suffix, event.value, Api=identifier))


def _has_default_route(event: Event) -> bool:
    """Whether the function has an event for the default route of an HTTP API, too."""
    for _, _, other in event.target.properties.get("Events").pairs():
        given = other.get("Properties")
        if scalar(other.get("Type")) == "HttpApi" and nothing(given.get("Path")):
            return bool(given.get("ApiId").plain() == event.properties.get("ApiId").plain())
    return False


def api_of(x: Expansion, identifier: Value, kind: str) -> tuple[str, bool]:
    """Logical id of the API an event belongs to (empty where it is none of this template's), and whether implicit."""
    if nothing(identifier):
        return IMPLICIT[kind], True
    name = x.target(identifier)
    if not name and isinstance(identifier, Known) and str(identifier.value) in x.given:
        name = str(identifier.value)
    if name == IMPLICIT[kind]:
        return name, True
    resource = x.given.get(name)
    if resource is not None and resource.type == f"AWS::Serverless::{kind}":
        return name, False
    if resource is None:
        x.problem(identifier, "the API of this event is not declared in the template; its routes are not known")
    elif resource.type.startswith("AWS::Serverless::"):
        x.problem(identifier, f"`{name}` is another kind of API; the event makes no route there")
    return "", False


# -- storage and messages ----------------------------------------------------------------------------------------------


def _s3(event: Event) -> None:
    """The bucket gets a notification, the bucket's account the permission."""
    x, at = event.x, event.value
    bucket = event.properties.get("Bucket")
    name = x.target(bucket)
    event.permit("s3.amazonaws.com", SourceAccount=x.pseudo("AWS::AccountId", at))
    resource = x.out.get(name) or x.given.get(name)
    if resource is None or not isinstance(resource.properties, (Map, Absent)):
        x.problem(
            bucket, f"the bucket of event `{event.id}` is not declared in the template; its notification is not seen"
        )
        return
    notices: list[Value] = []
    for when, kind in event.properties.get("Events").elements():
        entry = present({"Event": kind, "Function": event.arn, "Filter": event.properties.get("Filter")})
        notices.append(only(both(event.owner.condition, event.when, when), built(entry, at=event.value)))
    properties = resource.properties
    if isinstance(properties, Absent):
        properties = msgspec.structs.replace(mapping({}, at=properties.parent), rest=properties)
    configured = properties.get("NotificationConfiguration")
    held = configured.entries_ if isinstance(configured, Map) else {}
    before = held.get("LambdaConfigurations")
    there = before.items_ if isinstance(before, Seq) else ()
    items = (*there, *(n for n in notices if all(n.plain() != old.plain() for old in there)))
    listed = sequence(items, at=before if isinstance(before, Seq) else event.value)
    configuration = built({**held, "LambdaConfigurations": listed}, at=configured)
    changed = _with(properties, "NotificationConfiguration", configuration)
    x.out[name] = msgspec.structs.replace(resource, properties=changed)


def _with(properties: Map, key: str, value: Value) -> Map:
    """The mapping with one entry replaced; its place stays."""
    return msgspec.structs.replace(properties, entries_={**properties.entries_, key: value})


def _sns(event: Event) -> None:
    """A subscription of the function, or of a queue that feeds it."""
    x, get, at = event.x, event.properties.get, event.value
    topic, queued = get("Topic"), get("SqsSubscription")
    common = {
        "TopicArn": topic,
        "FilterPolicy": get("FilterPolicy"),
        "FilterPolicyScope": get("FilterPolicyScope"),
        "RedrivePolicy": get("RedrivePolicy"),
        "Region": get("Region"),
    }
    if nothing(queued) or queued.surely(False):
        event.permit("sns.amazonaws.com", SourceArn=topic)
        direct = {"Protocol": known("lambda", at=at), "Endpoint": event.arn}
        event.emit("AWS::SNS::Subscription", event.address, {**common, **direct})
        return
    policy = f"{event.address}QueuePolicy"
    size, enabled = queued.get("BatchSize"), queued.get("Enabled")
    if isinstance(queued, Map):
        url, arn = queued.get("QueueUrl"), queued.get("QueueArn")
        policy = scalar(queued.get("QueuePolicyLogicalId")) or policy
    else:
        size = enabled = Absent(at.source, at.start, at.end, at.key_start, at, ())
        ordered = x.given[x.target(topic)].get("FifoTopic") if x.target(topic) in x.given else size
        event.emit("AWS::SQS::Queue", f"{event.address}Queue", {"FifoQueue": ordered})
        url, arn = x.ref(f"{event.address}Queue", at=at), x.ref(f"{event.address}Queue", "Arn", at=at)
    event.target.grants.attach("AWSLambdaSQSQueueExecutionRole", at, event.when)
    everyone: dict[str, Value] = {"Principal": known("*", at=at)}
    event.emit("AWS::SQS::QueuePolicy", policy, queue_policy(url, arn, topic, at, everyone))
    indirect = {"Protocol": known("sqs", at=at), "Endpoint": arn}
    event.emit("AWS::SNS::Subscription", event.address, {**common, **indirect})
    feed = {
        "EventSourceArn": arn,
        "FunctionName": event.target.name(at),
        "BatchSize": known(10, at=at) if nothing(size) else size,
        "Enabled": known(True, at=at) if nothing(enabled) else enabled,
    }
    event.emit("AWS::Lambda::EventSourceMapping", f"{event.address}EventSourceMapping", {**feed})


def queue_policy(url: Value, arn: Value, source: Value, at: Value, who: dict[str, Value]) -> dict[str, Value | None]:
    """A queue policy by which what is at `source` may send messages."""
    condition = built({"ArnEquals": built({"aws:SourceArn": source}, at=at)}, at=at)
    allow = {**constant({"Action": "sqs:SendMessage", "Effect": "Allow"}, at).entries_, **who}
    statement = built({**allow, "Resource": arn, "Condition": condition}, at=at)
    document = {"Version": known("2012-10-17", at=at), "Statement": sequence([statement], at=at)}
    return {"PolicyDocument": built(document, at=at), "Queues": sequence([url], at=at)}


# -- others ------------------------------------------------------------------------------------------------------------


def _logs(event: Event) -> None:
    x, group = event.x, event.properties.get("LogGroupName")
    source = x.arn("logs", "log-group:${Group}:*", event.value, Group=group)
    event.permit("logs.amazonaws.com", SourceArn=source)
    entries = {"LogGroupName": group, "FilterPattern": event.properties.get("FilterPattern")}
    event.emit("AWS::Logs::SubscriptionFilter", event.address, {**entries, "DestinationArn": event.arn})


def _iot(event: Event) -> None:
    x, get, at = event.x, event.properties.get, event.value
    rule = x.ref(event.address, at=at)
    source = x.arn("iot", "rule/${Rule}", at, Rule=rule)
    event.permit("iot.amazonaws.com", SourceArn=source, SourceAccount=x.pseudo("AWS::AccountId", at))
    action = built({"Lambda": built({"FunctionArn": event.arn}, at=at)}, at=at)
    payload = {
        "RuleDisabled": known(False, at=at),
        "Sql": get("Sql"),
        "AwsIotSqlVersion": get("AwsIotSqlVersion"),
        "Actions": sequence([action], at=at),
    }
    event.emit("AWS::IoT::TopicRule", event.address, {"TopicRulePayload": built(present(payload), at=at)})


def _alexa(event: Event) -> None:
    event.permit("alexa-appkit.amazon.com", EventSourceToken=event.properties.get("SkillId"))


def _cognito(event: Event) -> None:
    """The user pool calls the function on its triggers. One permission for all triggers of a function."""
    x, pool = event.x, event.properties.get("UserPool")
    name = x.target(pool)
    resource = x.out.get(name) or x.given.get(name)
    if resource is None or not isinstance(resource.properties, Map):
        x.problem(pool, f"the user pool of event `{event.id}` is not declared in the template; its trigger is not seen")
        return
    shared = msgspec.structs.replace(event, id="Cognito")
    shared.permit("cognito-idp.amazonaws.com", SourceArn=x.ref(name, "Arn", at=event.value))
    held = resource.properties.get("LambdaConfig")
    entries = dict(held.entries_) if isinstance(held, Map) else {}
    for when, trigger in event.properties.get("Trigger").elements():
        if isinstance(trigger, Known):
            entries[str(trigger.value)] = only(both(event.when, when), event.arn)
    configuration = built(entries, at=held if isinstance(held, Map) else resource.properties)
    changed = _with(resource.properties, "LambdaConfig", configuration)
    x.out[name] = msgspec.structs.replace(resource, properties=changed)


HANDLERS: dict[str, Callable[[Event], None]] = {
    "Api": _api,
    "HttpApi": _http_api,
    "S3": _s3,
    "SNS": _sns,
    "CloudWatchLogs": _logs,
    "IoTRule": _iot,
    "AlexaSkill": _alexa,
    "Cognito": _cognito,
    "SQS": streams.sqs,
    "Kinesis": streams.kinesis,
    "DynamoDB": streams.dynamodb,
    "MSK": streams.msk,
    "MQ": streams.mq,
    "SelfManagedKafka": streams.self_managed_kafka,
    "DocumentDB": streams.document_db,
    "Schedule": rules.schedule,
    "ScheduleV2": rules.schedule_v2,
    "EventBridgeRule": rules.pattern,
    "CloudWatchEvent": rules.pattern,
}
