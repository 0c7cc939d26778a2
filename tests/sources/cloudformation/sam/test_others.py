"""Connectors, names that SAM gives, GraphQL and WebSocket APIs, and what is no SAM that is known."""

from __future__ import annotations

import pytest
from sources.cloudformation.sam.sam_template import expand


def test_a_connector_inside_a_resource_and_one_beside() -> None:
    got = expand("""
    Resources:
      Table: {Type: AWS::Serverless::SimpleTable}
      Topic: {Type: AWS::SNS::Topic}
      Work:
        Type: AWS::Serverless::Function
        Properties: {InlineCode: x}
        Connectors:
          Data: {Properties: {Destination: {Id: Table}, Permissions: [Read]}}
      Told:
        Type: AWS::Serverless::Connector
        Properties: {Source: {Id: Topic}, Destination: {Id: Work}, Permissions: [Write]}
    """)
    policy = got["WorkDataPolicy"]
    assert policy.type == "AWS::IAM::ManagedPolicy"
    assert policy.get("Roles").plain() == ["WorkRole"]
    statement = policy.get("PolicyDocument", "Statement", 0)
    assert "dynamodb:GetItem" in statement.get("Action").plain()
    assert statement.get("Resource").plain() == ["Table.Arn", "${Table.Arn}/index/*"]
    assert statement.span.line == 10
    permission = got["ToldWriteLambdaPermission"]
    assert permission.get("Principal").plain() == "sns.amazonaws.com"
    assert permission.get("SourceArn").plain() == "Topic"


def test_connectors_that_lead_nowhere_are_said() -> None:
    got = expand("""
    Resources:
      Queue: {Type: AWS::SQS::Queue}
      Table: {Type: AWS::Serverless::SimpleTable}
      Odd:
        Type: AWS::Serverless::Connector
        Properties: {Source: {Id: Queue}, Destination: {Id: Table}, Permissions: [Read]}
      Gone:
        Type: AWS::Serverless::Connector
        Properties: {Source: {Id: Nobody}, Destination: {Id: Table}, Permissions: [Read]}
    """)
    assert "`AWS::SQS::Queue` with `AWS::DynamoDB::Table`" in got.problems[0]
    assert got.problems[1].startswith("connector `Gone` names")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("!Ref F.Alias", "FAliaslive"),
        ("!GetAtt F.Alias.AliasArn", "FAliaslive.AliasArn"),
        ("!Ref F.Version", "FVersion"),
        ("!GetAtt FRole.Arn", "FRole.Arn"),
        ("!Ref Shop.Stage", "ShopliveStage"),
        ("!Ref Shop.Deployment", "ShopDeployment"),
        ("!Sub 'a-${Shop.Stage}'", "a-${ShopliveStage}"),
        ("!Ref ServerlessRestApi", "ServerlessRestApi"),
    ],
)
def test_names_of_what_is_made(written: str, meant: str) -> None:
    got = expand(f"""
    Resources:
      Shop: {{Type: AWS::Serverless::Api, Properties: {{StageName: live}}}}
      F:
        Type: AWS::Serverless::Function
        Properties:
          InlineCode: x
          AutoPublishAlias: live
          Events: {{A: {{Type: Api, Properties: {{Path: /, Method: get}}}}}}
      Topic: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: {written}}}}}
    """)
    assert got.plain("Topic", "DisplayName") == meant
    assert not got.problems


def test_a_graphql_api_with_its_keys_and_who_may_ask() -> None:
    got = expand("""
    Resources:
      Api:
        Type: AWS::Serverless::GraphQLApi
        Properties:
          SchemaInline: "type Query { a: String }"
          Auth: {Type: AWS_IAM, Additional: [{Type: API_KEY}]}
          ApiKeys: {First: {Description: d}}
    """)
    assert got.plain("Api", "AuthenticationType") == "AWS_IAM"
    assert got["Api"].get("AuthenticationType").span.line == 8
    assert got.plain("Api", "AdditionalAuthenticationProviders") == [{"AuthenticationType": "API_KEY"}]
    assert "AWS::AppSync::ApiKey" in got.types().values()


def test_a_websocket_api_asks_at_connecting() -> None:
    got = expand("""
    Resources:
      F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x}}
      Chat:
        Type: AWS::Serverless::WebSocketApi
        Properties:
          RouteSelectionExpression: $request.body.action
          Auth: {AuthType: AWS_IAM}
          Routes:
            $connect: {FunctionArn: !GetAtt F.Arn}
            $default: {FunctionArn: !GetAtt F.Arn}
    """)
    assert got.plain("Chat", "ProtocolType") == "WEBSOCKET"
    routes = {r.get("RouteKey").plain(): r for r in got.values() if r.type == "AWS::ApiGatewayV2::Route"}
    assert routes["$connect"].get("AuthorizationType").plain() == "AWS_IAM"
    assert routes["$connect"].span.line == 11
    assert routes["$default"].get("AuthorizationType").plain() in (None, "NONE")


def test_what_is_not_known_stays_as_it_is() -> None:
    got = expand("""
    Resources:
      Odd: {Type: AWS::Serverless::Unheard, Properties: {A: b}}
      Part: {Type: AWS::Serverless::Application, Properties: {Location: part.yaml}}
    """)
    assert got["Odd"].type == "AWS::Serverless::Unheard"
    assert got.plain("Odd", "A") == "b"
    assert any("`AWS::Serverless::Unheard` is not a SAM resource" in problem for problem in got.problems)


def test_a_table_and_a_layer() -> None:
    got = expand("""
    Resources:
      Table:
        Type: AWS::Serverless::SimpleTable
        DeletionPolicy: Retain
        Properties: {PrimaryKey: {Name: order, Type: Number}, SSESpecification: {SSEEnabled: true}}
      Layer: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: ./layer}}
    """)
    assert got.plain("Table", "AttributeDefinitions") == [{"AttributeName": "order", "AttributeType": "N"}]
    assert got.plain("Table", "KeySchema") == [{"AttributeName": "order", "KeyType": "HASH"}]
    assert got["Table"].get("SSESpecification", "SSEEnabled").is_(True)
    assert got["Table"].attributes.get("DeletionPolicy").is_("Retain")
    assert got["Layer"].type == "AWS::Lambda::LayerVersion"
