from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import LOW
from fourfold.model.nodes import Gateway
from fourfold.model.nodes.node import NOTHING


@check(
    LOW,
    code="FF5003",
    since="0.1",
    refs=["aws-fsbp:APIGateway.9", "aws-fsbp:ELB.5", "aws-fsbp:CloudFront.5", "cwe:778"],
    no_fix="where the log is to go is not known",
)
def entry_without_access_log(gateway: Gateway) -> Findings:
    """
    Requests from the internet that leave no trace

    An access log says who asked for what and when, also for the requests that never reached the code or broke it.
    Without it nobody can say afterwards how an attacker came in, or since when.

    ```diff
      Resources:
        Orders:
          Type: AWS::ApiGatewayV2::Api
          Properties:
            Name: orders
            ProtocolType: HTTP
        Stage:
          Type: AWS::ApiGatewayV2::Stage
          Properties:
            ApiId: !Ref Orders
            StageName: $default
            AutoDeploy: true
    +       AccessLogSettings:
    +         DestinationArn: arn:aws:logs:eu-central-1:123456789012:log-group:orders
    +         Format: $context.requestId $context.identity.sourceIp $context.routeKey $context.status
    ```
    """
    log = gateway.access_log
    if log is NOTHING or log.present or not gateway.internet.is_(True):
        return
    what = {"load-balancer": "load balancer", "distribution": "distribution", "graphql": "GraphQL API"}
    yield finding(f"{what.get(gateway.kind, 'stage')} `{gateway.name}` keeps no log of who calls it", at=log)
