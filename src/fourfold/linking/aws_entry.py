"""Where requests from outside come in: APIs, function URLs, load balancers, distributions, GraphQL, App Runner.

Sources: Amazon CloudFront Developer Guide, "Distribution settings" (viewer protocol policy, security policy of the default
certificate); AWS AppSync Developer Guide, "Configuring authorization and authentication"; AWS App Runner Developer Guide,
"Enabling Private endpoint for incoming traffic"; CloudFormation reference of each type.
"""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.linking import aws_elb, aws_http, aws_rest
from fourfold.linking.aws_gateway import WebAcls, exposure_of, gateway, nowhere, publish, reached
from fourfold.linking.aws_values import name_of, or_else, satellites, stands_for, translate, within
from fourfold.linking.draft import Draft
from fourfold.model.condition import Condition
from fourfold.model.nodes import Entry
from fourfold.model.resource import Resource
from fourfold.model.value import Ref, Value, known, sequence

_KEYS = {
    "API_KEY": True, "AWS_IAM": False, "AMAZON_COGNITO_USER_POOLS": False, "OPENID_CONNECT": False, "AWS_LAMBDA": False,
}  # fmt: skip


def add(draft: Draft) -> None:
    """All entries and the gateways that publish them."""
    acls = WebAcls(draft)
    aws_rest.add(draft, acls)
    aws_http.add(draft)
    aws_elb.add(draft, acls)
    for distribution in draft.of_type("AWS::CloudFront::Distribution"):
        _distribution(draft, distribution)
    sources = satellites(draft, ("AWS::AppSync::DataSource",), "ApiId")
    for api in draft.of_type("AWS::AppSync::GraphQLApi"):
        _graphql(draft, api, sources.get(api.key, []), acls)
    for service in draft.of_type("AWS::AppRunner::Service"):
        draft.add(_app_runner(service))


# -- CloudFront ----------------------------------------------------------------------------------------------------------


def _distribution(draft: Draft, distribution: Resource) -> None:
    config = distribution.get("DistributionConfig")
    published = gateway(
        draft,
        distribution,
        "distribution",
        internet=known(True, at=config),
        access_log=config.get("Logging", "Bucket"),
        web_acl=_emptied(config.get("WebACLId")),
    )
    certificate = config.get("ViewerCertificate")
    policy = certificate.get("MinimumProtocolVersion").default("TLSv1")
    if certificate.get("CloudFrontDefaultCertificate").surely(True):
        policy = known("TLSv1", at=certificate.get("CloudFrontDefaultCertificate"))
    origins = _origins(config, distribution.condition)
    entries = [
        Entry(
            resource=distribution,
            name=f"{distribution.address} {path}",
            part=f"behavior/{path}",
            at=behavior,
            condition=when,
            kind="distribution",
            internet=known(True, at=config),
            exposure="internet",
            method="ANY",
            path=path,
            authorizer=or_else(behavior.get("TrustedKeyGroups"), behavior.get("TrustedSigners")).default("NONE"),
            target=_origin(origins, behavior.get("TargetOriginId")),
            protocol=behavior.get("ViewerProtocolPolicy"),
            tls_policy=policy,
        )
        for when, path, behavior in _behaviors(config, distribution.condition)
    ]
    publish(draft, distribution, [published], entries)


def _emptied(acl: Value) -> Value:
    """A web ACL of no name is none: so a distribution is told to drop its own."""
    return nowhere(acl) if acl.surely("") and not acl.absent else acl


def _behaviors(config: Value, when: Condition) -> Iterator[tuple[Condition, str, Value]]:
    default = config.get("DefaultCacheBehavior")
    if not default.absent:
        yield when, "*", default
    for c, behavior in config.get("CacheBehaviors").elements():
        condition = within(when, c)
        if condition is not None:
            yield condition, name_of(behavior.get("PathPattern"), "?"), behavior


def _origins(config: Value, when: Condition) -> dict[str, Value]:
    return {
        str(origin.get("Id").plain()): origin.get("DomainName")
        for _, origin in config.get("Origins").elements(when)
        if not origin.get("Id").absent
    }


def _origin(origins: dict[str, Value], value: Value) -> Value:
    """Where requests go: the domain name of the origin with this id; all origins of a group whose members may answer."""
    found = origins.get(str(value.plain()))
    return sequence(list(origins.values()), at=value) if found is None else found


# -- AppSync and App Runner ----------------------------------------------------------------------------------------------


def _graphql(draft: Draft, api: Resource, sources: list[Resource], acls: WebAcls) -> None:
    get = api.get
    for source in sources:
        for path in (("LambdaConfig", "LambdaFunctionArn"), ("DynamoDBConfig", "TableName")):
            stands_for(draft, source, source.get(*path))
    internet = reached(get("Visibility"), "PRIVATE")
    published = gateway(
        draft,
        api,
        "graphql",
        internet=internet,
        access_log=get("LogConfig", "CloudWatchLogsRoleArn"),
        tracing=get("XrayEnabled").default(False),
        web_acl=acls.of(api),
    )
    entry = Entry(
        resource=api,
        name=api.address,
        at=api.properties,
        condition=api.condition,
        kind="graphql",
        internet=internet,
        exposure=exposure_of(internet),
        exposure_value=get("Visibility"),
        method="POST",
        path="/graphql",
        authorizer=get("AuthenticationType"),
        api_key=translate(get("AuthenticationType"), _KEYS, absent=False),
        target=sequence([s.get(c) for s in sources for c in ("LambdaConfig", "DynamoDBConfig")], at=api.properties),
        protocol=known("HTTPS", at=api.properties),
    )
    publish(draft, api, [published], [entry])


def _app_runner(service: Resource) -> Entry:
    at = service.properties
    public = service.get("NetworkConfiguration", "IngressConfiguration", "IsPubliclyAccessible").default(True)
    return Entry(
        resource=service,
        name=service.address,
        part="ingress",
        at=service.properties,
        condition=service.condition,
        kind="service",
        internet=public,
        exposure=exposure_of(public),
        exposure_value=public,
        method="ANY",
        path="/",
        target=Ref(at.source, at.start, at.end, at.key_start, service.key),
        protocol=known("HTTPS", at=service.properties),
    )
