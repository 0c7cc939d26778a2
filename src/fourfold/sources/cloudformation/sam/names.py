"""Names by which a template may refer to what SAM makes: `!Ref Orders.Alias`, `${Shop.Stage}`.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
("Referenceable property"). Logical ids that SAM makes can be referred to as they are; they need no translation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourfold.model.value import Absent, Known, Map, Value
from fourfold.sources.cloudformation.sam.merge import SECTIONS

if TYPE_CHECKING:
    from fourfold.sources.cloudformation.stack import Stack

PROPERTIES = frozenset(
    {
        "Alias", "ApiKey", "Deployment", "DestinationQueue", "DestinationTopic", "DomainName", "Stage", "UsagePlan",
        "UsagePlanKey", "Version",
    }
)  # fmt: skip
"""What may follow the logical id of a SAM resource."""


def generated(stack: Stack, name: str, attribute: str) -> tuple[str, str]:
    """Logical id and attribute that `name.attribute` refers to; the same where it is no name of SAM's."""
    whole = f"{name}.{attribute}" if attribute else name
    owner, _, rest = whole.partition(".")
    wanted, _, more = rest.partition(".")
    if wanted not in PROPERTIES or owner not in stack.declared:
        return name, attribute
    body, _ = stack.declared[owner]
    kind = body.get("Type")
    made = _made(stack, owner, body, str(kind.value) if isinstance(kind, Known) else "", wanted)
    return (made, more) if made else (name, attribute)


def _made(stack: Stack, owner: str, body: Value, kind: str, wanted: str) -> str:
    from fourfold.sources.cloudformation.sam import api, http_api, publish

    if kind == "AWS::Serverless::Function":
        if wanted == "Version":
            return f"{owner}Version"
        if wanted == "Alias":
            alias = _property(stack, body, kind, "AutoPublishAlias")
            return publish.alias_id(owner, str(alias.value)) if isinstance(alias, Known) else ""
        if wanted in ("DestinationTopic", "DestinationQueue"):
            return _destination(stack, owner, body, kind, wanted.removeprefix("Destination"))
    if kind == "AWS::Serverless::Api":
        if wanted == "Stage":
            return api.stage_id(owner, _property(stack, body, kind, "StageName"))
        if wanted in ("UsagePlan", "UsagePlanKey", "ApiKey"):
            shared = _property(stack, body, kind, "Auth").get("UsagePlan", "CreateUsagePlan").surely("SHARED")
            return f"Serverless{wanted}" if shared else f"{owner}{wanted}"
        return "ApiGatewayDomainName" if wanted == "DomainName" else f"{owner}{wanted}"
    if kind == "AWS::Serverless::HttpApi":
        if wanted == "Stage":
            return http_api.stage_id(owner, _property(stack, body, kind, "StageName"))
        return "ApiGatewayDomainNameV2" if wanted == "DomainName" else ""
    return ""


def _property(stack: Stack, body: Value, kind: str, name: str) -> Value:
    """A property as it is written, or as `Globals` has it."""
    value = stack.value(body.get("Properties", name))
    if isinstance(value, Absent):
        return stack.value(stack.root.get("Globals", SECTIONS[kind], name))
    return value


def _destination(stack: Stack, owner: str, body: Value, kind: str, what: str) -> str:
    """The queue or topic that is made for an asynchronous destination of this type."""
    config = _property(stack, body, kind, "EventInvokeConfig")
    for outcome in ("OnSuccess", "OnFailure"):
        wanted = config.get("DestinationConfig", outcome)
        if isinstance(wanted, Map) and wanted.get("Type").surely("SNS" if what == "Topic" else "SQS"):
            return f"{owner}EventInvokeConfig{outcome}{what}"
    return ""
