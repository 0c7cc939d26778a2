"""The resource policy of a REST API: who may reach it from where.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-resourcepolicystatement.html
"""

from __future__ import annotations

from fourfold.model.value import Known, Map, Seq, Value, known, mapping, sequence
from fourfold.sources.cloudformation.sam.expansion import Expansion, nothing
from fourfold.sources.cloudformation.sam.openapi import Paths

_VERSION = "2012-10-17"


def resource_policy(x: Expansion, policy: Value, body: Map, paths: Paths, stage: Value) -> Value | None:
    """The `x-amazon-apigateway-policy` of the document: what is written there, and what `ResourcePolicy` adds."""
    if not isinstance(policy, Map):
        return None if nothing(policy) else policy
    custom = policy.get("CustomStatements")
    lists = _Lists(x, policy)
    statements: list[Value] = []
    if lists.any:
        part = stage if not nothing(stage) else known("*", at=policy)
        for path, method, _ in paths.each():
            verb = "*" if method.lower() in ("any", "x-amazon-apigateway-any-method") else method.upper()
            if verb != "OPTIONS":
                statements += lists.statements(_resource(x, path, verb, part, policy))
    if not statements and nothing(custom):
        return None
    given = body.get("x-amazon-apigateway-policy")
    before = given.get("Statement") if isinstance(given, Map) else None
    if not statements and (before is None or nothing(before)):
        return mapping({"Version": known(_VERSION, at=policy), "Statement": custom}, at=policy)
    items: list[Value] = []
    for group in (before, custom):
        if group is not None and not nothing(group):
            items += group.items_ if isinstance(group, Seq) else (group,)
    place = given if isinstance(given, Map) else policy
    return mapping(
        {"Version": known(_VERSION, at=policy), "Statement": sequence([*items, *statements], at=policy)}, at=place
    )


def _resource(x: Expansion, path: str, verb: str, stage: Value, at: Value) -> Value:
    from fourfold.sources.cloudformation.sam.events import arn_path

    pattern = "execute-api:/${Stage}/" + verb + arn_path(path).replace("${", "{")
    return sequence([x.text(pattern, at, Stage=stage)], at=at)


class _Lists:
    """The allow and deny lists of a `ResourcePolicy`."""

    def __init__(self, x: Expansion, policy: Map) -> None:
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
                principal = mapping({"AWS": accounts}, at=accounts)
                out.append(self._statement(effect, resource, principal, None))
        everyone = known("*", at=self.policy)
        denials: list[Value] = []
        for ips, operator in ((self.allowed_ips, "NotIpAddress"), (self.denied_ips, "IpAddress")):
            if not nothing(ips):
                condition = mapping({operator: mapping({"aws:SourceIp": ips}, at=ips)}, at=ips)
                denials.append(self._statement("Deny", resource, everyone, condition))
        if self.allowed_vpcs:
            condition = mapping({"StringNotEquals": mapping(dict(self.allowed_vpcs), at=self.policy)}, at=self.policy)
            denials.append(self._statement("Deny", resource, everyone, condition))
        for key, values in self.denied_vpcs.items():
            condition = mapping({"StringEquals": mapping({key: values}, at=self.policy)}, at=self.policy)
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
        return mapping(entries if condition is None else {**entries, "Condition": condition}, at=at)
