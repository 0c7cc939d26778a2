from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import LOW, MEDIUM
from fourfold.model.nodes import Entry
from fourfold.model.world import Undecided

ROUTES = {"rest-route", "http-route", "websocket-route", "graphql"}


@check(
    MEDIUM,
    code="FF3011",
    since="0.1",
    refs=["aws-fsbp:APIGateway.8", "owasp-serverless:SAS-2", "cwe:306"],
    no_fix="who the callers are is not known",
)
def route_without_authorizer(entry: Entry) -> Findings:
    """
    Route that anyone may call

    API Gateway lets a request on the internet through to what is behind the route without asking who sends it.
    Everything then hangs on the code behind: that it asks, and asks right, each time.
    An API key is no answer: it tells clients apart for quotas, and is neither secret nor checked for rights.
    Where the caller cannot be asked, as with a webhook, the code must check the sender's signature; suppress the finding
    there and say so.

    Not asked about: preflight requests (`OPTIONS`), routes with nothing behind them (`MOCK`), and private APIs, which are
    reached from VPCs that their policy names.

    ```diff
      Resources:
        Orders:
          Type: AWS::ApiGatewayV2::Api
          Properties:
            Name: orders
            ProtocolType: HTTP
        NewOrder:
          Type: AWS::ApiGatewayV2::Route
          Properties:
            ApiId: !Ref Orders
            RouteKey: POST /orders
    -       AuthorizationType: NONE
    +       AuthorizationType: AWS_IAM
            Target: integrations/abc
    ```
    """
    if entry.kind not in ROUTES or entry.method == "OPTIONS" or entry.integration.is_("MOCK", "mock"):
        return
    if entry.kind == "websocket-route" and entry.path != "$connect":  # a connection is authorized when it begins
        return
    if not entry.authorizer.is_("NONE") or not entry.from_internet:
        return
    if entry.policy is not None:
        raise Undecided("the policy of the API may let in some callers only")
    key = entry.api_key.is_(True)
    name = "the GraphQL API" if entry.kind == "graphql" else f"`{entry.name}`"
    yield finding(
        f"anyone on the internet {'who has an API key ' if key else ''}may call {name}",
        at=entry.authorizer,
        severity=LOW if key else MEDIUM,
    )
