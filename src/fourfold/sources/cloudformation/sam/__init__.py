"""AWS SAM in CloudFormation's vocabulary, every value at the place where it is written.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html. Logical ids
are SAM's own; where SAM appends a hash of the content (versions, deployments, layers, custom domains) they are without it.
"""

from __future__ import annotations

import msgspec

from fourfold.model.place import Problem
from fourfold.model.resource import Resource
from fourfold.model.value import Map, Unknown
from fourfold.sources.cloudformation.include import opened
from fourfold.sources.cloudformation.sam import (
    api,
    connector,
    function,
    graphql,
    http_api,
    merge,
    simple,
    state_machine,
    websocket,
)
from fourfold.sources.cloudformation.sam.expansion import Expansion
from fourfold.sources.cloudformation.template import Template, added

_CALLED = {
    "AWS::Serverless::Function": function.expand,
    "AWS::Serverless::StateMachine": state_machine.expand,
    "AWS::Serverless::SimpleTable": simple.table,
    "AWS::Serverless::LayerVersion": simple.layer,
    "AWS::Serverless::CapacityProvider": simple.capacity_provider,
    "AWS::Serverless::GraphQLApi": graphql.expand,
    "AWS::Serverless::WebSocketApi": websocket.expand,
}
"""Expanded first: their events tell which routes the APIs have."""

_APIS = {"AWS::Serverless::Api": api.expand, "AWS::Serverless::HttpApi": http_api.expand}

_LEFT = {"AWS::Serverless::Application"}
"""What others read: nested applications are stacks."""


def expand(template: Template) -> tuple[list[Resource], list[Problem]]:
    """All resources of the template with SAM's replaced by what they stand for, and what could not be expanded."""
    x = Expansion(template)
    for at, reason in merge.not_known(template):
        x.problem(at, reason)
    apis = [r for r in x.given.values() if r.type in _APIS]
    for address, resource in x.given.items():
        rest = resource.properties.rest if isinstance(resource.properties, Map) else None
        if resource.type.startswith("AWS::Serverless::") and isinstance(rest, Unknown):
            x.problem(rest, f"`{address}` is only known in part: {rest.reason}")
        handler = _CALLED.get(resource.type)
        if handler is not None:
            handler(x, resource)
        elif resource.type not in _APIS and resource.type != "AWS::Serverless::Connector":
            if resource.type.startswith("AWS::Serverless::") and resource.type not in _LEFT:
                x.problem(resource.span, f"`{resource.type}` is not a SAM resource that is known; it stays as it is")
            x.out.setdefault(address, resource)
    for implied in (api.implicit(x), http_api.implicit(x)):
        if implied is not None:
            apis.append(implied)
    for resource in apis:
        _APIS[resource.type](x, resource)
    connector.expand_all(x)
    made = list(x.out.values())
    return [_open(template, r) for r in made] if template.stack.macros else made, x.problems


def _open(template: Template, resource: Resource) -> Resource:
    """A resource that was made, as other macros may still add to it."""
    if resource.format != "sam":
        return resource
    properties = opened(resource.properties, added(template.stack, resource.properties))
    return msgspec.structs.replace(resource, properties=properties)
