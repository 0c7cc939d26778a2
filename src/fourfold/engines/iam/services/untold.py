"""What a decision takes for granted of the request itself: context keys that every request has and that nobody gave.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html, and
reference_policies_variables.html there for variables that have no value.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from fourfold.engines.iam.decision import Layers
from fourfold.engines.iam.points import applies, has_value
from fourfold.engines.iam.request import Request
from fourfold.knowledge.iam import catalogue

_ALWAYS = frozenset({
    "aws:currenttime", "aws:epochtime", "aws:principaltype", "aws:securetransport", "aws:useragent",
})  # fmt: skip
_ADDRESSES = frozenset({"aws:sourceip", "aws:sourcevpce"})


def variables(request: Request, layers: Layers) -> Iterator[str]:
    """That `NotResource` with a variable that has no value leaves out nothing: the page can be read in two ways."""
    for levels in layers.values():
        for policies in levels:
            for policy in policies:
                for statement in policy.statements:
                    if not statement.not_resources or not policy.variables or not statement.resources:
                        continue
                    open_ended = [r for r in statement.resources if "${" in r and not has_value(r, request.context)]
                    if open_ended and applies(statement, request, variables=True):
                        yield f"`NotResource` with `{open_ended[0]}`, which has no value, leaves out nothing"


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
