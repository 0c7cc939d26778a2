"""`Fn::Transform`: macros, of which only `AWS::Include` of a file of the scan can be known.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from fourfold.model.value import Choice, Known, Map, Seq, Unknown, Value
from fourfold.sources.cloudformation.texts import hole

if TYPE_CHECKING:
    from fourfold.sources.cloudformation.stack import Stack

INCLUDE = "AWS::Include"


def transform(stack: Stack, at: Value, argument: Value) -> Value:
    """What a macro puts in place of the call, or adds to the mapping it stands in."""
    included = include(stack, argument)
    if included is None:
        return hole(reason(argument), at, maybe_absent=True)
    if any(included is other for other in stack.run.including):
        return stack.wrong(at, f"`{included.source.path}` includes itself")
    stack.run.including.append(included)
    try:
        return stack.value(included)
    finally:
        stack.run.including.pop()


def reason(call: Value) -> str:
    """Why the result of a macro is not known."""
    name = call.get("Name").plain()
    if name == INCLUDE:
        return f"what is included from `{call.get('Parameters', 'Location')}` was not read"
    return f"macro `{name}` makes this at deployment"


def include(stack: Stack, call: Value) -> Value | None:
    """The content of a file of the tree that is included, not yet evaluated; None where it is not in the tree."""
    if call.get("Name").plain() != INCLUDE:
        return None
    where = stack.value(call.get("Parameters", "Location"))
    if not isinstance(where, Known) or not isinstance(where.value, str):
        return None
    path = stack.run.tree.beside(stack.source.path, where.value)
    if path is None or path == stack.source.path or not stack.run.tree.has(path):
        return None
    return stack.run.include(path)


def opened(value: Value, rest: Value) -> Value:
    """The same value, but what is not written in its mappings is unknown."""
    if isinstance(value, Map):
        entries = {key: opened(entry, rest) for key, entry in value.entries_.items()}
        return msgspec.structs.replace(
            value, entries_=entries, rest=value.rest if isinstance(value.rest, Unknown) else rest
        )
    if isinstance(value, Seq):
        return msgspec.structs.replace(value, items_=tuple(opened(item, rest) for item in value.items_))
    if isinstance(value, Choice):
        return msgspec.structs.replace(value, yes=opened(value.yes, rest), no=opened(value.no, rest))
    return value
