"""Schedules and event patterns: rules and EventBridge schedules that call a function or start a state machine.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-schedule.html,
sam-property-function-schedulev2.html, sam-property-function-eventbridgerule.html and their pages for state machines.
"""

from __future__ import annotations

from fourfold.model.value import Absent, Known, Map, Value, known, sequence
from fourfold.sources.cloudformation.sam.expansion import built, nothing, present, scalar, through
from fourfold.sources.cloudformation.sam.role import inline, statement, trust
from fourfold.sources.cloudformation.sam.target import Event


def schedule(event: Event) -> None:
    """A rule that fires by the clock."""
    _rule(event, {"ScheduleExpression": event.properties.get("Schedule"), "Name": event.properties.get("Name")})


def pattern(event: Event) -> None:
    """A rule that fires on events of a bus."""
    get = event.properties.get
    entries = {"EventPattern": get("Pattern"), "EventBusName": get("EventBusName"), "Name": get("RuleName")}
    _rule(event, {**entries})


def _rule(event: Event, entries: dict[str, Value | None]) -> None:
    get, x, at = event.properties.get, event.x, event.value
    rule = x.ref(event.address, "Arn", at=at)
    target: dict[str, Value | None] = {
        "Arn": event.arn,
        "Id": _target_id(event),
        "Input": get("Input"),
        "InputPath": get("InputPath"),
        "InputTransformer": get("InputTransformer"),
        "DeadLetterConfig": _dead_letter(event, rule),
        "RetryPolicy": get("RetryPolicy"),
        "RoleArn": _start_role(event) if event.target.kind == "states" else None,
    }
    event.emit(
        "AWS::Events::Rule",
        event.address,
        {
            **entries,
            "Description": get("Description"),
            "State": _state(event),
            "Targets": sequence([built(present(target), at=at)], at=at),
        },
    )
    if event.target.kind == "lambda":
        event.permit("events.amazonaws.com", SourceArn=rule)


def _target_id(event: Event) -> Value:
    named = event.properties.get("Target", "Id") if isinstance(event.properties.get("Target"), Map) else None
    if named is not None and not nothing(named):
        return named
    suffix = "LambdaTarget" if event.target.kind == "lambda" else "StepFunctionsTarget"
    return known(f"{event.address}{suffix}", at=event.value)


def _start_role(event: Event) -> Value:
    """The role by which a rule starts a state machine: the event's, or one that is made."""
    role, at = event.properties.get("RoleArn"), event.value
    if not nothing(role):
        return role
    return start_role(event, "events.amazonaws.com", at)


def start_role(event: Event, service: str, at: Value) -> Value:
    """Give a role that may start the state machine; its ARN."""
    address = f"{event.address}Role"
    event.emit(
        "AWS::IAM::Role",
        address,
        {
            "AssumeRolePolicyDocument": trust(service, at),
            "Policies": sequence(
                [inline(f"{address}StartExecutionPolicy", [statement("states:StartExecution", event.arn, at)], at)],
                at=at,
            ),
            "PermissionsBoundary": event.target.properties.get("PermissionsBoundary"),
        },
    )
    return event.x.ref(address, "Arn", at=at)


def _state(event: Event) -> Value:
    """`State`, or `Enabled` in the words of a rule."""
    enabled = event.properties.get("Enabled")
    if nothing(enabled):
        return event.properties.get("State")

    def words(value: Value) -> Value:
        if not isinstance(value, Known):
            return value
        text = "ENABLED" if value.surely(True) else "DISABLED"
        return Known(value.source, value.start, value.end, value.key_start, text, value.provenance)

    return through(enabled, words)


def _dead_letter(event: Event, source: Value) -> Value | None:
    """Where events go that could not be delivered: a queue that is named, or one that is made."""
    config = event.properties.get("DeadLetterConfig")
    if not isinstance(config, Map):
        return None if isinstance(config, (Absent, Known)) else config
    arn = config.get("Arn")
    if not nothing(arn):
        return built({"Arn": arn}, at=config)
    from fourfold.sources.cloudformation.sam.events import queue_policy

    x = event.x
    name = scalar(config.get("QueueLogicalId")) or f"{event.address}Queue"
    event.emit("AWS::SQS::Queue", name, {})
    service = built({"Service": known("events.amazonaws.com", at=config)}, at=config)
    url, arn = x.ref(name, at=config), x.ref(name, "Arn", at=config)
    policy = queue_policy(url, arn, source, config, {"Principal": service})
    event.emit("AWS::SQS::QueuePolicy", f"{event.address}QueuePolicy", policy)
    return built({"Arn": arn}, at=config)


def schedule_v2(event: Event) -> None:
    """A schedule of EventBridge Scheduler with the role it calls with."""
    get, x, at = event.properties.get, event.x, event.value
    config = get("DeadLetterConfig")
    queue: Value | None = config.get("Arn") if isinstance(config, Map) else None
    if isinstance(config, Map) and (queue is None or nothing(queue)):
        name = scalar(config.get("QueueLogicalId")) or f"{event.address}Queue"
        event.emit("AWS::SQS::Queue", name, {})
        queue = x.ref(name, "Arn", at=config)
    role = get("RoleArn")
    if nothing(role):
        role = x.ref(f"{event.address}Role", "Arn", at=at)
        function = event.target.kind == "lambda"
        action = "lambda:InvokeFunction" if function else "states:StartExecution"
        policy = "LambdaPolicy" if function else "StartExecutionPolicy"
        policies = [inline(f"{event.address}{policy}", [statement(action, event.arn, at)], at)]
        if queue is not None:
            policies.append(inline(f"{event.address}SQSPolicy", [statement("sqs:SendMessage", queue, at)], at))
        event.emit(
            "AWS::IAM::Role",
            f"{event.address}Role",
            {
                "AssumeRolePolicyDocument": trust("scheduler.amazonaws.com", at),
                "Policies": sequence(policies, at=at),
                "PermissionsBoundary": get("PermissionsBoundary"),
            },
        )
    target: dict[str, Value | None] = {
        "Arn": event.arn,
        "RoleArn": role,
        "Input": get("Input"),
        "RetryPolicy": get("RetryPolicy"),
        "DeadLetterConfig": built({"Arn": queue}, at=config) if queue is not None else None,
    }
    handed_on = (
        "Description", "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "EndDate", "GroupName",
        "KmsKeyArn", "State",
    )  # fmt: skip
    entries: dict[str, Value | None] = {name: get(name) for name in handed_on}
    window = get("FlexibleTimeWindow")
    entries["FlexibleTimeWindow"] = built({"Mode": known("OFF", at=at)}, at=at) if nothing(window) else window
    if not get("OmitName").surely(True):
        entries["Name"] = known(event.address, at=at) if nothing(get("Name")) else get("Name")
    event.emit("AWS::Scheduler::Schedule", event.address, {**entries, "Target": built(present(target), at=at)})
