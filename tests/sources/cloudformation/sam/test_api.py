"""REST and HTTP APIs: routes of events, and who may call them."""

from sources.cloudformation.sam.sam_template import expand

ROUTE = """
    Resources:
      F:
        Type: AWS::Serverless::Function
        Properties:
          Events:
            List:
              Type: Api
              Properties: {Path: /orders, Method: get}
"""

AUTHORIZED = """
    Resources:
      Shop:
        Type: AWS::Serverless::Api
        Properties:
          StageName: live
          Auth:
            DefaultAuthorizer: Pool
            Authorizers: {Pool: {UserPoolArn: !GetAtt Users.Arn}}
      Users: {Type: AWS::Cognito::UserPool}
      F:
        Type: AWS::Serverless::Function
        Properties:
          Events:
            List:
              Type: Api
              Properties: {RestApiId: !Ref Shop, Path: /orders, Method: get}
            Open:
              Type: Api
              Properties:
                RestApiId: !Ref Shop
                Path: /open
                Method: any
                Auth:
                  Authorizer: NONE
"""


def test_an_event_without_an_api_implies_one() -> None:
    got = expand(ROUTE)
    assert got.types() == {
        "F": "AWS::Lambda::Function",
        "FRole": "AWS::IAM::Role",
        "FListPermissionProd": "AWS::Lambda::Permission",
        "ServerlessRestApi": "AWS::ApiGateway::RestApi",
        "ServerlessRestApiDeployment": "AWS::ApiGateway::Deployment",
        "ServerlessRestApiProdStage": "AWS::ApiGateway::Stage",
    }
    operation = got["ServerlessRestApi"].get("Body", "paths", "/orders", "get")
    assert operation.span.line == 8
    assert "security" not in operation.plain()
    assert got.plain("FListPermissionProd", "SourceArn").endswith("${ServerlessRestApi}/*/GET/orders")


def test_the_default_authorizer_and_a_route_without_one() -> None:
    body = expand(AUTHORIZED)["Shop"].get("Body")
    security = body.get("paths", "/orders", "get", "security")
    assert security.plain() == [{"Pool": []}]
    assert security.span.line == 9
    opened = body.get("paths", "/open", "x-amazon-apigateway-any-method", "security")
    assert opened.plain() == [{"NONE": []}]
    assert opened.span.line == 26
    assert body.get("securityDefinitions", "Pool", "x-amazon-apigateway-authtype").plain() == "cognito_user_pools"


def test_the_stage_has_the_settings_of_the_api() -> None:
    got = expand(AUTHORIZED.replace("StageName: live", "StageName: live\n          TracingEnabled: true"))
    assert got.plain("ShopliveStage", "TracingEnabled") is True
    assert got["ShopliveStage"].get("TracingEnabled").span.line == 8


def test_a_route_of_a_function_under_a_condition() -> None:
    got = expand(
        """
    Parameters:
      Env: {Type: String, AllowedValues: [dev, prod]}
    Conditions:
      IsDev: !Equals [!Ref Env, dev]
"""
        + ROUTE.replace("Type: AWS::Serverless::Function", "Type: AWS::Serverless::Function\n        Condition: IsDev")
        + """
      G:
        Type: AWS::Serverless::Function
        Properties:
          Events:
            All:
              Type: Api
              Properties: {Path: /all, Method: get}
"""
    )
    paths = got["ServerlessRestApi"].get("Body", "paths")
    ((when, _),) = [(c, v) for c, v in paths.get("/orders", "get").alternatives() if not v.absent]
    assert str(when) == "Env = dev"
    assert paths.get("/all", "get").surely is not None
    assert str(got["ServerlessRestApi"].condition) == "always"


def test_an_http_api_with_a_token_issuer() -> None:
    got = expand("""
    Resources:
      Shop:
        Type: AWS::Serverless::HttpApi
        Properties:
          Auth:
            DefaultAuthorizer: Token
            Authorizers:
              Token: {JwtConfiguration: {issuer: 'https://issuer', audience: [shop]}}
      F:
        Type: AWS::Serverless::Function
        Properties:
          Events:
            All: {Type: HttpApi, Properties: {ApiId: !Ref Shop}}
            One: {Type: HttpApi, Properties: {ApiId: !Ref Shop, Path: '/one/{id}', Method: GET}}
    """)
    body = got["Shop"].get("Body")
    assert body.get("paths", "$default", "x-amazon-apigateway-any-method", "security").plain() == [{"Token": []}]
    assert body.get("paths", "/one/{id}", "get", "security").plain() == [{"Token": []}]
    assert got["ShopApiGatewayDefaultStage"].type == "AWS::ApiGatewayV2::Stage"
    assert "FOnePermission" not in got, "the permission for the default route covers it"
    assert got.plain("FAllPermission", "SourceArn").endswith("${Shop}/*/*")


def test_a_definition_in_a_file_is_read_with_its_places() -> None:
    got = expand(
        """
    Resources:
      Shop:
        Type: AWS::Serverless::Api
        Properties: {StageName: live, DefinitionUri: ./openapi.yaml}
    """,
        openapi__yaml="openapi: 3.0.1\npaths:\n  /orders:\n    get: {responses: {}}\n",
    )
    operation = got["Shop"].get("Body", "paths", "/orders", "get")
    assert (operation.span.file, operation.span.line) == ("openapi.yaml", 4)


def test_a_definition_that_is_not_there_is_unknown() -> None:
    got = expand("""
    Resources:
      Shop:
        Type: AWS::Serverless::Api
        Properties: {StageName: live, DefinitionUri: ./openapi.yaml}
    """)
    assert got["Shop"].get("Body").reason == "`./openapi.yaml` is not in the scan"
    assert any("openapi.yaml" in problem for problem in got.problems)
