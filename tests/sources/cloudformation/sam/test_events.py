"""Events: what is known of them stays under its condition and at its line, and what is not is said."""

from __future__ import annotations

from sources.cloudformation.sam.sam_template import Expanded, expand

CONDITION = """
    Parameters: {Env: {Type: String}}
    Conditions: {Prod: !Equals [!Ref Env, prod]}
    Resources:
"""


def function(events: str) -> Expanded:
    """A function with events, each on a line of its own (the first is line 10)."""
    head = "      F:\n        Type: AWS::Serverless::Function\n        Properties:\n          Events:\n"
    return expand(CONDITION + head + "".join(f"            {line}\n" for line in events.strip().split("\n")))


def test_all_events_of_one_of_two_worlds() -> None:
    got = function("Fn::If: [Prod, {A: {Type: SNS, Properties: {Topic: t}}}, {B: {Type: SQS, Properties: {Queue: q}}}]")
    assert str(got["FA"].condition) == "Env = prod"
    assert str(got["FAPermission"].condition) == "Env = prod"
    assert str(got["FB"].condition) == "Env != prod"
    arns = {str(when): value.plain() for when, value in got["FRole"].get("ManagedPolicyArns").elements()}
    assert arns["Env != prod"].endswith("/service-role/AWSLambdaSQSQueueExecutionRole")


def test_events_of_an_include_are_said_to_be_missing() -> None:
    include = "Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/events.yaml}}"
    alone = function(include)
    assert alone.problems == [
        "the events of `F` are not known: what is included from `s3://b/events.yaml` was not read"
    ]
    beside = function(include + "\nT: {Type: SNS, Properties: {Topic: t}}")
    assert "FT" in beside
    assert beside.problems[0].startswith("the events of `F` are only known in part")


def test_an_include_of_the_scan_is_read() -> None:
    text = """
    Resources:
      F:
        Type: AWS::Serverless::Function
        Properties:
          Events:
            Fn::Transform: {Name: AWS::Include, Parameters: {Location: events.yaml}}
    """
    got = expand(text, events__yaml="T: {Type: SNS, Properties: {Topic: t}}\n")
    assert got["FT"].span.file == "events.yaml"
    assert not got.problems


def test_what_an_event_does_not_tell() -> None:
    got = function("""
Path: {Type: Api, Properties: {Path: !Ref Env, Method: get}}
Kind: {Type: !If [Prod, SNS, SQS], Properties: {Topic: t}}
Odd: [1]
Nothing:
Bucket: {Type: S3, Properties: {Bucket: !Ref Env, Events: a}}
Pool: {Type: Cognito, Properties: {UserPool: !Ref Env, Trigger: PreSignUp}}
Api: {Type: Api, Properties: {RestApiId: !Ref Env, Path: /, Method: get}}
""")
    said = "\n".join(got.problems)
    for part in (
        "event `Path` of `F` has a path",
        "event `Kind` of `F` has no type",
        "event `Odd` of `F` is not known",
        "the bucket of event `Bucket`",
        "the user pool of event `Pool`",
        "the API of this event is not declared",
    ):
        assert part in said
    assert "Nothing" not in said
    assert got["FBucketPermission"].span.line == 14


def test_an_event_at_an_api_of_the_other_kind_makes_no_route() -> None:
    got = expand("""
    Resources:
      Shop: {Type: AWS::Serverless::HttpApi}
      F:
        Type: AWS::Serverless::Function
        Properties: {Events: {A: {Type: Api, Properties: {RestApiId: !Ref Shop, Path: /, Method: get}}}}
    """)
    assert got["Shop"].get("Body", "paths").absent
    assert got.problems == ["`Shop` is another kind of API; the event makes no route there"]


def test_notifications_join_those_of_the_bucket() -> None:
    got = expand("""
    Resources:
      Bucket:
        Type: AWS::S3::Bucket
        Properties:
          NotificationConfiguration: {LambdaConfigurations: [{Event: a, Function: other}]}
      F:
        Type: AWS::Serverless::Function
        Properties:
          Events:
            Up: {Type: S3, Properties: {Bucket: !Ref Bucket, Events: [b, c]}}
    """)
    listed = got["Bucket"].get("NotificationConfiguration", "LambdaConfigurations")
    assert [item.get("Event").plain() for _, item in listed.elements()] == ["a", "b", "c"]
    assert [item.span.line for _, item in listed.elements()] == [7, 12, 12]


def test_a_queue_between_a_topic_and_the_function_takes_from_that_topic_alone() -> None:
    got = function("T: {Type: SNS, Properties: {Topic: arn:topic, SqsSubscription: true}}")
    (statement,) = (s for _, s in got["FTQueuePolicy"].get("PolicyDocument", "Statement").elements())
    assert statement.get("Condition").plain() == {"ArnEquals": {"aws:SourceArn": "arn:topic"}}
    assert got.plain("FTEventSourceMapping", "EventSourceArn") == "FTQueue.Arn"
