"""What entries of AWS have in common: how they are exposed, and the gateway that publishes them."""

from __future__ import annotations

from typing import Any, Literal

from msgspec.structs import replace

from fourfold.linking.aws_values import satellites
from fourfold.linking.draft import Draft
from fourfold.model.nodes import Entry, Gateway, Policy
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Choice, Known, Ref, Text, Value, known

Exposure = Literal["internet", "private", "unknown"]


def nowhere(at: Value) -> Absent:
    """An absence that no property of the resource would mend: it is shown at `at`."""
    return Absent(at.source, at.start, at.end, at.key_start, at, ())


def reached(value: Value, private: str, *, absent: bool = True) -> Value:
    """Whether the internet reaches what `value` exposes: true unless it is the word `private`."""
    if isinstance(value, Choice):
        return replace(
            value, yes=reached(value.yes, private, absent=absent), no=reached(value.no, private, absent=absent)
        )
    if isinstance(value, Absent):
        return value.default(absent)
    return known(value.value != private, at=value) if isinstance(value, Known) else value


def exposure_of(internet: Value) -> Exposure:
    """The answer where it is the same in every world."""
    return "internet" if internet.surely(True) else "private" if internet.surely(False) else "unknown"


def policy_of(draft: Draft, resource: Resource) -> Policy | None:
    """The resource policy that is part of a resource."""
    found = (n for n in draft.by_resource.get(resource.key, ()) if isinstance(n, Policy) and n.kind == "resource")
    return next(found, None)


class WebAcls:
    """Which web ACL is associated with what.

    Source: CloudFormation reference of `AWS::WAFv2::WebACLAssociation` and `AWS::WAFRegional::WebACLAssociation`.
    """

    def __init__(self, draft: Draft) -> None:
        types = ("AWS::WAFv2::WebACLAssociation", "AWS::WAFRegional::WebACLAssociation")
        self._by_key = satellites(draft, types, "ResourceArn")

    def of(self, resource: Resource) -> Value:
        """The web ACL of a load balancer, a GraphQL API, ..."""
        return next((_acl(a) for a in self._by_key.get(resource.key, ())), nowhere(resource.properties))

    def of_stage(self, stage: Resource, api: Resource, name: Value) -> Value:
        """The web ACL of an API's stage: its ARN ends in `/restapis/<api>/stages/<stage>`."""
        if stage.key in self._by_key:
            return self.of(stage)
        for association in self._by_key.get(api.key, ()):
            for _, arn in association.get("ResourceArn").alternatives():
                last = arn.parts[-1] if isinstance(arn, Text) else ""
                if isinstance(last, str) and isinstance(name, Known) and last.endswith(f"/stages/{name.value}"):
                    return _acl(association)
                if not isinstance(last, str) and not isinstance(last, Ref) and last.identity == name.identity:
                    return _acl(association)
        return nowhere(stage.properties)


def _acl(association: Resource) -> Value:
    return next(
        (v for v in (association.get("WebACLArn"), association.get("WebACLId")) if not v.absent),
        known("?", at=association.properties),
    )


def publish(draft: Draft, api: Resource, gateways: list[Gateway], entries: list[Entry]) -> None:
    """Put entries into the graph, with what all the gateways that publish them grant, and the edges.

    Where one of several gateways lacks something, the entry lacks it. References to `api` lead to the gateways.
    """
    reached_by = draft.by_resource.setdefault(api.key, [])
    reached_by.extend(g for g in gateways if g not in reached_by)
    shared: dict[str, Any] = {}
    if gateways:
        for field in ("access_log", "throttling", "web_acl"):
            values: list[Value] = [getattr(g, field) for g in gateways]
            shared[field] = next((v for v in values if v.absent), values[0])
    for entry in entries:
        added = draft.add(replace(entry, **shared) if shared else entry)
        for gateway in gateways:
            draft.connect(gateway, "publishes", added)


def gateway(draft: Draft, resource: Resource, kind: str, **fields: Any) -> Gateway:
    """The gateway that a resource is, put into the graph."""
    return draft.add(
        Gateway(
            resource=resource,
            name=resource.address,
            at=resource.properties,
            condition=resource.condition,
            kind=kind,  # type: ignore[arg-type]
            **fields,
        )
    )
