"""Context keys that every request has, and that a request was asked about without.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from fourfold.engines.iam.decision import Layers
from fourfold.engines.iam.points import applies
from fourfold.engines.iam.request import Request
from fourfold.knowledge.iam import catalogue

_ALWAYS = frozenset({
    "aws:currenttime", "aws:epochtime", "aws:principaltype", "aws:securetransport", "aws:useragent",
})  # fmt: skip
_ADDRESSES = frozenset({"aws:sourceip", "aws:sourcevpce"})


def keys(request: Request, layers: Layers) -> Iterator[str]:
    """What was taken for granted about such keys, where a statement that is about the request asks for them."""
    missing = _ALWAYS - request.context.keys()
    if request.principal.type == "AWS":
        missing |= {"aws:userid"} - request.context.keys()
    if not _ADDRESSES & request.context.keys() and request.principal.type != "Service":
        missing |= {"aws:sourceip"}
    asked: set[str] = set()
    for levels in layers.values():
        for policies in levels:
            for policy in policies:
                for statement in policy.statements:
                    found = {c.lower for c in statement.conditions} & missing
                    if found - asked and applies(
                        replace(statement, conditions=()), request, variables=policy.variables
                    ):
                        asked |= found
    for key in sorted(asked):
        yield f"`{catalogue().key_spelling(key) or key}`, which every such request has, is not there"
