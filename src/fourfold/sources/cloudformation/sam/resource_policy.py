"""The resource policy of a REST API: who may reach it from where.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-resourcepolicystatement.html
"""

from __future__ import annotations

from collections.abc import Iterable

from fourfold.model.value import Absent, Known, Map, Seq, Value, known, sequence
from fourfold.sources.cloudformation.sam.expansion import PARAMETER, Expansion, Route, built, nothing
from fourfold.sources.cloudformation.sam.openapi import Paths

_VERSION = "2012-10-17"


def resource_policy(
    x: Expansion, policy: Value, body: Map, paths: Paths, routes: list[Route], stage: Value
) -> Value | None:
    """The `x-amazon-apigateway-policy` of the document: what is written there, what the API's `ResourcePolicy` adds for
    every route, and what events add for theirs."""
    if not isinstance(policy, (Map, Absent)):
        return policy
    part = known("*", at=policy) if nothing(stage) else stage
    given = body.get("x-amazon-apigateway-policy")
    items: list[Value] = [*_statements(given.get("Statement"))] if isinstance(given, Map) else []
    custom = policy.get("CustomStatements")
    if isinstance(policy, Map):
        items += _statements(custom)
        lists = _Lists(policy)
        if lists.any:
            for path, methods in _by_path(paths.each()).items():
                items += lists.statements(_resource(x, path, methods, part, policy))
    before = [(path, method) for path, method in paths.each() if (path, method) not in paths.settled]
    for route in routes:
        before.append((route.path, route.method))
        own = route.properties.get("Auth", "ResourcePolicy")
        if isinstance(own, Map):
            # It goes for every method that the path has when the event is reached.
            methods = _by_path(before)[route.path]
            items += [*_statements(own.get("CustomStatements"))]
            items += _Lists(own).statements(_resource(x, route.path, methods, part, own))
    if not items:
        return None if isinstance(custom, Absent) else custom
    place = given if isinstance(given, Map) else policy if isinstance(policy, Map) else items[0]
    return built({"Version": known(_VERSION, at=place), "Statement": sequence(items, at=place)}, at=place)


def _statements(value: Value) -> tuple[Value, ...]:
    if nothing(value):
        return ()
    return value.items_ if isinstance(value, Seq) else (value,)


def _by_path(operations: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Methods by path, as ARNs have them."""
    out: dict[str, list[str]] = {}
    for path, method in operations:
        verb = "*" if method.lower() in ("any", "x-amazon-apigateway-any-method") else method.upper()
        methods = out.setdefault(path, [])
        if verb not in methods:
            methods.append(verb)
    return out


def _resource(x: Expansion, path: str, methods: list[str], stage: Value, at: Value) -> Value:
    place = PARAMETER.sub("*", path).replace("${", "{")
    return sequence([x.text("execute-api:/${Stage}/" + verb + place, at, Stage=stage) for verb in methods], at=at)


class _Lists:
    """The allow and deny lists of a `ResourcePolicy`."""

    def __init__(self, policy: Map) -> None:
        self.policy = policy
        get = policy.get
        self.allowed_accounts = get("AwsAccountWhitelist")
        self.denied_accounts = get("AwsAccountBlacklist")
        self.allowed_ips = get("IpRangeWhitelist")
        self.denied_ips = get("IpRangeBlacklist")
        self.allowed_vpcs = self._vpcs("Whitelist")
        self.denied_vpcs = self._vpcs("Blacklist")
        single = (self.allowed_accounts, self.denied_accounts, self.allowed_ips, self.denied_ips)
        self.any = any(not nothing(v) for v in single) or bool(self.allowed_vpcs or self.denied_vpcs)

    def _vpcs(self, kind: str) -> dict[str, Value]:
        """The VPCs and VPC endpoints of a list, by the condition key that names them."""
        get = self.policy.get
        groups: dict[str, list[Value]] = {"aws:SourceVpc": [], "aws:SourceVpce": []}
        for _, item in get(f"SourceVpc{kind}").elements():
            key = (
                "aws:SourceVpce" if isinstance(item, Known) and str(item.value).startswith("vpce-") else "aws:SourceVpc"
            )
            groups[key].append(item)
        groups["aws:SourceVpc"] += [item for _, item in get(f"IntrinsicVpc{kind}").elements()]
        groups["aws:SourceVpce"] += [item for _, item in get(f"IntrinsicVpce{kind}").elements()]
        return {key: sequence(items, at=self.policy) for key, items in groups.items() if items}

    def statements(self, resource: Value) -> list[Value]:
        """The statements for one route."""
        out: list[Value] = []
        for accounts, effect in ((self.allowed_accounts, "Allow"), (self.denied_accounts, "Deny")):
            if not nothing(accounts):
                principal = built({"AWS": accounts}, at=accounts)
                out.append(self._statement(effect, resource, principal, None))
        everyone = known("*", at=self.policy)
        denials: list[Value] = []
        for ips, operator in ((self.allowed_ips, "NotIpAddress"), (self.denied_ips, "IpAddress")):
            if not nothing(ips):
                condition = built({operator: built({"aws:SourceIp": ips}, at=ips)}, at=ips)
                denials.append(self._statement("Deny", resource, everyone, condition))
        if self.allowed_vpcs:
            condition = built({"StringNotEquals": built(dict(self.allowed_vpcs), at=self.policy)}, at=self.policy)
            denials.append(self._statement("Deny", resource, everyone, condition))
        for key, values in self.denied_vpcs.items():
            condition = built({"StringEquals": built({key: values}, at=self.policy)}, at=self.policy)
            denials.append(self._statement("Deny", resource, everyone, condition))
        if denials:
            out.append(self._statement("Allow", resource, everyone, None))
        return out + denials

    def _statement(self, effect: str, resource: Value, principal: Value, condition: Value | None) -> Value:
        at = self.policy
        entries = {
            "Effect": known(effect, at=at),
            "Action": known("execute-api:Invoke", at=at),
            "Resource": resource,
            "Principal": principal,
        }
        return built(entries if condition is None else {**entries, "Condition": condition}, at=at)
