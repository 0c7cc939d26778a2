"""Routes of REST, HTTP, WebSocket and GraphQL APIs, and function URLs."""

from linking.aws_template import PROD, graph

from fourfold.model.condition import negate
from fourfold.model.graph import Graph
from fourfold.model.nodes import Entry, Function, Gateway, Workload
from fourfold.model.nodes.node import NOTHING

REST = """
    Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: shop%s}}
    Orders: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: orders}}
    Order: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !Ref Orders, PathPart: "{id}"}}
    F: {Type: AWS::Lambda::Function, Properties: {}}
    Get:
      Type: AWS::ApiGateway::Method
      Properties:
        RestApiId: !Ref Api
        ResourceId: !Ref Order
        HttpMethod: get
        AuthorizationType: AWS_IAM
        ApiKeyRequired: true
        Integration:
          Type: AWS_PROXY
          Uri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"
    Preflight:
      Type: AWS::ApiGateway::Method
      Properties: {RestApiId: !Ref Api, ResourceId: !Ref Orders, HttpMethod: OPTIONS, Integration: {Type: MOCK}}
"""


def entries(g: Graph) -> dict[str, Entry]:
    return {e.name: e for e in g.of(Entry)}


def test_methods_of_a_rest_api() -> None:
    g = graph(REST % "")
    found = entries(g)
    get, preflight = found["GET /orders/{id}"], found["OPTIONS /orders"]
    assert (get.kind, get.exposure, get.method, get.path) == ("rest-route", "internet", "GET", "/orders/{id}")
    assert get.authorizer.surely("AWS_IAM")
    assert get.api_key.surely(True)
    assert [type(n) for n in g.out(get, "routes_to")] == [Workload, Function]
    assert preflight.authorizer.surely("NONE")
    assert preflight.authorizer.absent
    assert preflight.integration.surely("MOCK")
    assert g.out(preflight, "routes_to") == []


def test_a_private_rest_api() -> None:
    private = entries(graph(REST % ", EndpointConfiguration: {Types: [PRIVATE]}"))["OPTIONS /orders"]
    assert private.exposure == "private"
    either = entries(graph(REST % ", EndpointConfiguration: {Types: !If [x, [PRIVATE], [REGIONAL]]}"))[
        "OPTIONS /orders"
    ]
    assert either.exposure == "unknown"
    assert {c: v.plain() for c, v in either.internet.alternatives()} == {PROD: False, negate(PROD): True}
    assert (
        entries(graph(REST % ", EndpointConfiguration: {Types: !Ref AnyTypes}"))["OPTIONS /orders"].exposure
        == "unknown"
    )


def test_the_policy_of_a_rest_api_is_that_of_its_routes() -> None:
    policy = ", Policy: {Statement: [{Effect: Deny, Principal: '*', Action: execute-api:Invoke, Resource: '*'}]}"
    entry = entries(graph(REST % policy))["OPTIONS /orders"]
    assert entry.policy is not None
    assert entry.policy.statements[0].effect.surely("Deny")


def test_a_stage_with_log_throttling_and_web_acl() -> None:
    g = graph(
        REST % ""
        + """
    Stage:
      Type: AWS::ApiGateway::Stage
      Properties:
        RestApiId: !Ref Api
        StageName: prod
        TracingEnabled: true
        AccessLogSetting: {DestinationArn: !GetAtt Log.Arn}
        MethodSettings: [{HttpMethod: "*", ResourcePath: "/*", ThrottlingRateLimit: 50}]
    Log: {Type: AWS::Logs::LogGroup, Properties: {}}
    Acl: {Type: AWS::WAFv2::WebACL, Properties: {}}
    Association:
      Type: AWS::WAFv2::WebACLAssociation
      Properties:
        ResourceArn: !Sub "arn:aws:apigateway:${AWS::Region}::/restapis/${Api}/stages/prod"
        WebACLArn: !GetAtt Acl.Arn
    """
    )
    (stage,) = g.of(Gateway)
    assert g.out(stage, "publishes") == g.of(Entry)
    assert stage.throttling.surely(50)
    assert stage.tracing.surely(True)
    assert not stage.web_acl.absent
    assert all(e.throttling.surely(50) and not e.access_log.absent and not e.web_acl.absent for e in g.of(Entry))


def test_what_one_of_two_stages_lacks_its_routes_lack() -> None:
    g = graph(
        REST % ""
        + """
    A: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, StageName: a, AccessLogSetting: {DestinationArn: x}}}
    B: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api, StageName: b}}
    C: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api}}
    """
    )
    assert [s.name for s in g.of(Gateway)] == ["A", "B"]
    assert all(e.access_log.absent for e in g.of(Entry))
    assert g.of(Gateway)[1].web_acl.absent
    assert g.of(Gateway)[1].web_acl is not NOTHING


BODY = """
    F: {Type: AWS::Lambda::Function, Properties: {}}
    Api:
      Type: AWS::ApiGateway::RestApi
      Properties:
        Body:
          %s
          securityDefinitions:
            iam: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
            pool: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: cognito_user_pools}
            own: {type: apiKey, name: auth, in: header, x-amazon-apigateway-authorizer: {type: request}}
            key: {type: apiKey, name: x-api-key, in: header}
          paths:
            /a:
              get: {security: [{iam: []}], x-amazon-apigateway-integration: {type: aws_proxy, uri: !GetAtt F.Arn}}
              post: {security: [{pool: []}, {key: []}]}
              put: {security: [{own: []}]}
              delete: {security: [{NONE: []}]}
              options: {}
              x-amazon-apigateway-any-method: {security: [{key: []}]}
            /b:
              patch: !If [x, {security: [{iam: []}]}, !Ref AWS::NoValue]
              head: {x-amazon-apigateway-auth: {type: AWS_IAM}}
"""


def test_routes_of_an_openapi_definition() -> None:
    g = graph(BODY % "swagger: '2.0'")
    found = {name: (e.authorizer.plain(), e.api_key.plain(), e.address) for name, e in entries(g).items()}
    assert found == {
        "GET /a": ("AWS_IAM", False, "Api/GET /a"),
        "POST /a": ("COGNITO_USER_POOLS", True, "Api/POST /a"),
        "PUT /a": ("CUSTOM", False, "Api/PUT /a"),
        "DELETE /a": ("NONE", False, "Api/DELETE /a"),
        "OPTIONS /a": ("NONE", False, "Api/OPTIONS /a"),
        "ANY /a": ("NONE", True, "Api/ANY /a"),
        "PATCH /b": ("AWS_IAM", False, "Api/PATCH /b"),
        "HEAD /b": ("AWS_IAM", False, "Api/HEAD /b"),
    }
    assert entries(g)["PATCH /b"].condition == PROD
    assert len(g.out(entries(g)["GET /a"], "routes_to")) == 2


def test_security_of_the_whole_definition() -> None:
    found = entries(graph(BODY % "security: [{pool: []}]"))
    assert found["OPTIONS /a"].authorizer.surely("COGNITO_USER_POOLS")
    assert found["GET /a"].authorizer.surely("AWS_IAM")


def test_a_definition_that_was_not_read_is_one_unknown_route() -> None:
    g = graph("Api: {Type: AWS::ApiGateway::RestApi, Properties: {BodyS3Location: {Bucket: b, Key: k}}}")
    (entry,) = g.of(Entry)
    assert entry.authorizer.reason == "the definition of the API is not part of what was read"
    assert entry.path == "?"


def test_a_method_of_an_api_of_another_stack() -> None:
    g = graph("""
        M: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref AnyApi, ResourceId: !Ref AnyId, HttpMethod: GET}}
    """)
    (entry,) = g.of(Entry)
    assert (entry.name, entry.exposure) == ("GET /?", "unknown")
    assert entry.internet.reason


def test_an_http_api() -> None:
    g = graph("""
        F: {Type: AWS::Lambda::Function, Properties: {}}
        Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP}}
        Integration:
          Type: AWS::ApiGatewayV2::Integration
          Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt F.Arn}
        Route:
          Type: AWS::ApiGatewayV2::Route
          Properties: {ApiId: !Ref Api, RouteKey: "POST /orders", Target: !Sub "integrations/${Integration}"}
        Rest: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: $default, AuthorizationType: JWT}}
        Stage:
          Type: AWS::ApiGatewayV2::Stage
          Properties: {ApiId: !Ref Api, StageName: $default, DefaultRouteSettings: {ThrottlingRateLimit: 5}}
    """)
    found = entries(g)
    post = found["POST /orders"]
    assert (post.kind, post.method, post.path, post.exposure) == ("http-route", "POST", "/orders", "internet")
    assert post.authorizer.surely("NONE")
    assert g.of(Function)[0] in g.out(post, "routes_to")
    assert (found["$default"].method, found["$default"].authorizer.plain()) == ("ANY", "JWT")
    assert post.throttling.surely(5)
    assert post.web_acl is NOTHING


def test_quick_create() -> None:
    g = graph("""
        F: {Type: AWS::Lambda::Function, Properties: {}}
        Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP, Target: !GetAtt F.Arn}}
    """)
    (entry,) = g.of(Entry)
    assert (entry.name, entry.authorizer.plain()) == ("$default", "NONE")
    assert g.of(Workload)[0] in g.out(entry, "routes_to")


def test_a_websocket_is_authorized_where_it_connects() -> None:
    g = graph("""
        Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: WEBSOCKET}}
        Connect: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: $connect, AuthorizationType: AWS_IAM}}
        Send: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: send}}
    """)
    assert {n: (e.kind, e.authorizer.plain()) for n, e in entries(g).items()} == {
        "$connect": ("websocket-route", "AWS_IAM"),
        "send": ("websocket-route", "AWS_IAM"),
    }


def test_a_function_url() -> None:
    g = graph("""
        F: {Type: AWS::Lambda::Function, Properties: {}}
        Alias: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref F, Name: live, FunctionVersion: "1"}}
        Url: {Type: AWS::Lambda::Url, Properties: {AuthType: NONE, TargetFunctionArn: !Ref Alias}}
    """)
    (entry,) = g.of(Entry)
    assert (entry.kind, entry.authorizer.plain(), entry.exposure) == ("function-url", "NONE", "internet")
    assert g.of(Function)[0] in g.out(entry, "routes_to")


def test_graphql() -> None:
    g = graph("""
        F: {Type: AWS::Lambda::Function, Properties: {}}
        Api: {Type: AWS::AppSync::GraphQLApi, Properties: {AuthenticationType: API_KEY, Visibility: PRIVATE}}
        Source:
          Type: AWS::AppSync::DataSource
          Properties: {ApiId: !GetAtt Api.ApiId, Type: AWS_LAMBDA, LambdaConfig: {LambdaFunctionArn: !GetAtt F.Arn}}
    """)
    (entry,), (published,) = g.of(Entry), g.of(Gateway)
    assert (entry.authorizer.plain(), entry.api_key.plain(), entry.exposure) == ("API_KEY", True, "private")
    assert g.of(Function)[0] in g.out(entry, "routes_to")
    assert published.access_log.absent
