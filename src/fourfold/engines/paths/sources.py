"""What strangers may send to functions without an API: events of queues, topics, buckets and buses that let them write.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html (which services call functions);
https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html; https://docs.aws.amazon.com/sns/latest/dg/sns-lambda-as-subscriber.html.
"""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.engines.paths.moves import Fact, Move
from fourfold.engines.paths.world import World
from fourfold.model.place import Span
from fourfold.model.resource import Resource
from fourfold.model.value import Value


def from_write(world: World, fact: Fact) -> Iterator[Move]:
    """Whoever writes to a source has functions called with what was written, or the next source written to."""
    source = world.graph.resources.get(fact.subject)
    if source is None:
        return
    for reached, span, text in _after(world, source):
        place = Fact(
            "call" if reached.type == "AWS::Lambda::Function" else "write", reached.key, f"`{reached.address}`"
        )
        yield Move(
            id="trigger",
            technique="T1648",
            premises=(fact,),
            conclusion=place,
            text=f"What is written to `{source.address}` {text} `{reached.address}`",
            spans=(span,),
            witness={"source": source.address, "destination": reached.address},
            when="" if source.condition == reached.condition else str(reached.condition),
        )


def _after(world: World, source: Resource) -> Iterator[tuple[Resource, Span, str]]:
    """(what is next, where that is written, how it gets there)"""
    graph = world.graph
    if source.type == "AWS::SNS::Topic":
        for one in graph.of_type("AWS::SNS::Subscription"):
            if _is(world, one.get("TopicArn"), source):
                yield from _to(world, one.get("Endpoint"), one.span)
        for _, row in source.get("Subscription").elements():
            yield from _to(world, row.get("Endpoint"), row.span)
    elif source.type == "AWS::S3::Bucket":
        configured = source.get("NotificationConfiguration")
        for kind, name in (("Lambda", "Function"), ("Queue", "Queue"), ("Topic", "Topic")):
            for _, row in configured.get(f"{kind}Configurations").elements():
                if not str(row.get("Event").plain() or "").startswith(_NOT_WRITING):
                    yield from _to(world, row.get(name), row.span)
    else:
        for mapping in graph.of_type("AWS::Lambda::EventSourceMapping"):
            on = not mapping.get("Enabled").surely(expected=False)
            if on and _is(world, mapping.get("EventSourceArn"), source):
                yield from _to(world, mapping.get("FunctionName"), mapping.span)


_NOT_WRITING = (
    "s3:ObjectRemoved",
    "s3:LifecycleExpiration",
    "s3:LifecycleTransition",
    "s3:ObjectRestore",
    "s3:Replication",
)


def _to(world: World, value: Value, span: Span) -> Iterator[tuple[Resource, Span, str]]:
    reached = world.graph.target(value)
    if reached is not None and reached.type in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
        reached = world.graph.target(reached.get("FunctionName"))
    if reached is not None:
        yield reached, span, "calls" if reached.type == "AWS::Lambda::Function" else "is sent on to"


def _is(world: World, value: Value, resource: Resource) -> bool:
    found = world.graph.target(value)
    return found is not None and found.key == resource.key
