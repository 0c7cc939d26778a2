"""Load balancers: one entry for each listener, one gateway for each balancer.

Sources: Elastic Load Balancing User Guides, "Application Load Balancers" (scheme, access logs, attributes), "Security
policies for your Application Load Balancer" (default policy of a listener that is not made in the console), "Create a
Classic Load Balancer"; CloudFormation reference of `AWS::ElasticLoadBalancingV2::*` and `AWS::ElasticLoadBalancing::*`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from fourfold.linking.aws_gateway import WebAcls, exposure_of, gateway, nowhere, publish, reached
from fourfold.linking.aws_values import first_found, satellites, stands_for, targets, within
from fourfold.linking.draft import Draft
from fourfold.model.nodes import Entry, Gateway, Workload
from fourfold.model.nodes.node import NOTHING
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Choice, Known, Map, Plain, Ref, Seq, Value, known, sequence, unknown

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
TARGETS = "AWS::ElasticLoadBalancingV2::TargetGroup"
CLASSIC = "AWS::ElasticLoadBalancing::LoadBalancer"
_PLAIN = ("HTTP", "TCP", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC")
DEFAULT_POLICY = "ELBSecurityPolicy-2016-08"


def add(draft: Draft, acls: WebAcls) -> None:
    """All listeners and balancers."""
    _target_groups(draft)
    listeners = satellites(draft, (LISTENER,), "LoadBalancerArn")
    rules = satellites(draft, ("AWS::ElasticLoadBalancingV2::ListenerRule",), "ListenerArn")
    placed: set[str] = set()
    for balancer in draft.of_type(BALANCER):
        internet = reached(balancer.get("Scheme"), "internal")
        if balancer.get("Type").surely("gateway"):  # It takes traffic from routes of its network only.
            internet = known(False, at=balancer.get("Type"))
        own = listeners.get(balancer.key, [])
        placed.update(r.key for r in own)
        shared = {"internet": internet, "exposure": exposure_of(internet), "exposure_value": balancer.get("Scheme")}
        entries = [_listener(r, rules.get(r.key, []), shared) for r in own]
        publish(draft, balancer, [_balancer(draft, balancer, internet, acls)], entries)
    for listener in draft.of_type(LISTENER):
        if listener.key not in placed:
            why = unknown("its load balancer is not part of what was read", at=listener.get("LoadBalancerArn"))
            draft.add(_listener(listener, rules.get(listener.key, []), {"internet": why}))
    for balancer in draft.of_type(CLASSIC):
        _classic(draft, balancer)


# -- what is behind ------------------------------------------------------------------------------------------------------


def _target_groups(draft: Draft) -> None:
    """Let references to a target group lead to the workloads that register with it."""
    launched: dict[str, list[Workload]] = {}
    for edge in draft.edges:
        if edge.kind == "runs" and isinstance(edge.target, Workload):
            launched.setdefault(edge.source.resource.key, []).append(edge.target)
    for group in draft.of_type(TARGETS):
        for _, item in group.get("Targets").elements():
            stands_for(draft, group, item.get("Id"))
    for service in draft.of_type("AWS::ECS::Service", "AWS::ECS::TaskSet"):
        for _, item in service.get("LoadBalancers").elements():
            _registers(draft, launched.get(service.key, ()), item.get("TargetGroupArn"))
    for scaling in draft.of_type("AWS::AutoScaling::AutoScalingGroup"):
        _registers(draft, launched.get(scaling.key, ()), scaling.get("TargetGroupARNs"))
        _registers(draft, launched.get(scaling.key, ()), scaling.get("LoadBalancerNames"))


def _registers(draft: Draft, workloads: Iterable[Workload], groups: Value) -> None:
    for group in targets(draft, groups):
        nodes = draft.by_resource.setdefault(group.key, [])
        nodes.extend(w for w in workloads if w not in nodes)


# -- application and network load balancers ------------------------------------------------------------------------------


def _listener(listener: Resource, rules: list[Resource], shared: dict[str, Any]) -> Entry:
    get = listener.get
    protocol = get("Protocol")
    actions = [get("DefaultActions"), *(rule.get("Actions") for rule in rules)]
    return Entry(
        resource=listener,
        name=listener.address,
        at=listener.properties,
        condition=listener.condition,
        kind="listener",
        method="ANY",
        path="/",
        authorizer=first_found(get("DefaultActions"), _authenticates, "NONE"),
        target=sequence(actions, at=listener.properties),
        protocol=protocol,
        tls_policy=NOTHING if _is_plain(protocol) else get("SslPolicy").default(DEFAULT_POLICY),
        redirects=_redirects(actions),
        **shared,
    )


def _is_plain(protocol: Value) -> bool:
    """Whether it surely is not encrypted, so that no policy of TLS applies."""
    return all(str(v.plain()).upper() in _PLAIN for _, v in protocol.alternatives())


def _authenticates(action: Value) -> Value | None:
    if not isinstance(action, Map):
        return action
    kind = action.get("Type")
    return kind if str(kind.plain()).startswith("authenticate-") else None


def _redirects(actions: list[Value]) -> Value:
    """Whether every action sends the caller to HTTPS."""
    out: Value | None = None
    for listed in actions:
        for _, action in listed.elements():
            one = _redirect(action)
            if not one.surely(True) or out is None:
                out = one if out is None or out.surely(True) else out
            if out.surely(False):
                return out
    return known(False, at=actions[0]) if out is None else out


def _redirect(action: Value) -> Value:
    kind = action.get("Type")
    if isinstance(kind, Known) and kind.value != "redirect":
        return known(False, at=action)
    protocol = action.get("RedirectConfig", "Protocol")
    return _is_https(protocol) if isinstance(kind, Known) else action


def _is_https(protocol: Value) -> Value:
    """The scheme it redirects to; the caller's own where nothing is written."""
    if isinstance(protocol, Choice):
        return replace(protocol, yes=_is_https(protocol.yes), no=_is_https(protocol.no))
    if isinstance(protocol, Absent):
        return protocol.default(False)
    return known(protocol.value == "HTTPS", at=protocol) if isinstance(protocol, Known) else protocol


def attribute(attributes: Value, key: str, absent: Plain) -> Value:
    """The value of a load balancer attribute; stands for `absent` at the end of the list where it is not set."""

    def of_key(item: Value) -> Value | None:
        if not isinstance(item, Map):
            return item
        return item.get("Value") if item.get("Key").surely(key) else None

    return first_found(attributes, of_key, absent)


def _balancer(draft: Draft, balancer: Resource, internet: Value, acls: WebAcls) -> Gateway:
    attributes = balancer.get("LoadBalancerAttributes")
    application = balancer.get("Type").default("application")
    return gateway(
        draft,
        balancer,
        "load-balancer",
        internet=internet,
        access_log=_where(
            attribute(attributes, "access_logs.s3.enabled", False), attribute(attributes, "access_logs.s3.bucket", None)
        ),
        web_acl=acls.of(balancer) if application.surely("application") else NOTHING,
    )


def _where(enabled: Value, bucket: Value) -> Value:
    """The bucket of the access log where it is enabled, else an absence at the switch."""
    if isinstance(enabled, Choice):
        return replace(enabled, yes=_where(enabled.yes, bucket), no=_where(enabled.no, bucket))
    if isinstance(enabled, Known):
        return nowhere(enabled) if not enabled.surely(True) else enabled if bucket.absent else bucket
    return enabled


# -- classic load balancers ----------------------------------------------------------------------------------------------


def _classic(draft: Draft, balancer: Resource) -> None:
    get = balancer.get
    internet = reached(get("Scheme"), "internal")
    logging = get("AccessLoggingPolicy")
    published = gateway(
        draft,
        balancer,
        "load-balancer",
        internet=internet,
        access_log=_where(logging.get("Enabled").default(False), logging.get("S3BucketName")),
    )
    entries: list[Entry] = []
    for index, (when, item) in enumerate(get("Listeners").elements()):
        condition = within(balancer.condition, when)
        if condition is None:
            continue
        port = item.get("LoadBalancerPort").plain()
        entry = Entry(
            resource=balancer,
            name=f"{balancer.address} port {port}",
            part=f"listener/{port if isinstance(port, (int, str)) else index}",
            at=item,
            condition=condition,
            kind="listener",
            internet=internet,
            exposure=exposure_of(internet),
            exposure_value=get("Scheme"),
            method="ANY",
            path="/",
            authorizer=nowhere(item).default("NONE"),
            target=sequence([get("Instances"), Ref(item.source, item.start, item.end, -1, balancer.key)], at=item),
            protocol=item.get("Protocol"),
            tls_policy=NOTHING
            if _is_plain(item.get("Protocol"))
            else _classic_policy(get("Policies"), item.get("PolicyNames")),
            redirects=known(False, at=item),
        )
        entries.append(entry)
    publish(draft, balancer, [published], entries)


def _classic_policy(policies: Value, names: Value) -> Value:
    """The predefined security policy that a listener's own policy refers to."""
    wanted = {name.plain() for _, name in names.elements() if isinstance(name, Known)}

    def reference(item: Value) -> Value | None:
        if not isinstance(item, Map) or item.get("PolicyName").plain() not in wanted:
            return None
        return next(
            (
                a.get("Value")
                for _, a in item.get("Attributes").elements()
                if a.get("Name").surely("Reference-Security-Policy")
            ),
            None,
        )

    if isinstance(policies, Seq):
        found = first_found(policies, reference, None)
        if not found.absent:
            return found
    return names.default(DEFAULT_POLICY) if names.absent else unknown("the listener has a policy of its own", at=names)
