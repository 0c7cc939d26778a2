"""`Fn::Transform`: macros, of which only `AWS::Include` of a file of the scan can be known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourfold.model.value import Value
from fourfold.sources.cloudformation.texts import hole

if TYPE_CHECKING:
    from fourfold.sources.cloudformation.stack import Stack


def transform(stack: Stack, at: Value, argument: Value) -> Value:
    """What a macro puts in place of the call."""
    name = str(argument.get("Name").plain())
    return hole(f"macro `{name}` makes this at deployment", at, maybe_absent=True)
