"""Usage plans and API keys that `Auth.UsagePlan` asks for.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apiusageplan.html
"""

from __future__ import annotations

import msgspec

from fourfold.model.resource import Resource
from fourfold.model.value import Map, Value, known, sequence
from fourfold.sources.cloudformation.sam.expansion import Expansion, built, scalar

_SHARED = "Serverless"


def plan(x: Expansion, resource: Resource, wanted: Value, stage: str) -> None:
    """Give the plan, the key and what joins them: for this API alone, or one for all that share it."""
    if not isinstance(wanted, Map):
        return
    kind = scalar(wanted.get("CreateUsagePlan"))
    if kind not in ("PER_API", "SHARED"):
        return
    prefix = resource.address if kind == "PER_API" else _SHARED
    api, at_stage = x.ref(resource.address, at=wanted), x.ref(stage, at=wanted)
    plan_stage = built({"ApiId": api, "Stage": at_stage}, at=wanted)
    key_stage = built({"RestApiId": api, "StageName": at_stage}, at=wanted)
    if f"{prefix}UsagePlan" in x.out:
        _join(x, f"{prefix}UsagePlan", "ApiStages", plan_stage)
        _join(x, f"{prefix}ApiKey", "StageKeys", key_stage)
        return
    handed_on = ("UsagePlanName", "Description", "Quota", "Throttle", "Tags")
    x.emit(
        "AWS::ApiGateway::UsagePlan",
        f"{prefix}UsagePlan",
        {"ApiStages": sequence([plan_stage], at=wanted), **{name: wanted.get(name) for name in handed_on}},
        origin=resource,
        at=wanted,
    )
    x.emit(
        "AWS::ApiGateway::ApiKey",
        f"{prefix}ApiKey",
        {"Enabled": known(True, at=wanted), "StageKeys": sequence([key_stage], at=wanted)},
        origin=resource,
        at=wanted,
    )
    x.emit(
        "AWS::ApiGateway::UsagePlanKey",
        f"{prefix}UsagePlanKey",
        {
            "KeyId": x.ref(f"{prefix}ApiKey", at=wanted),
            "KeyType": known("API_KEY", at=wanted),
            "UsagePlanId": x.ref(f"{prefix}UsagePlan", at=wanted),
        },
        origin=resource,
        at=wanted,
    )


def _join(x: Expansion, address: str, name: str, item: Value) -> None:
    """Add an API's stage to a plan or key that is shared."""
    resource = x.out[address]
    properties = resource.properties
    assert isinstance(properties, Map), "made by `plan`"
    stages = sequence([*(v for _, v in properties.get(name).elements()), item], at=item)
    joined = msgspec.structs.replace(properties, entries_={**properties.entries_, name: stages})
    x.out[address] = msgspec.structs.replace(resource, properties=joined)
