"""The short forms of intrinsic functions in YAML: `!Sub x` becomes the same node as `{"Fn::Sub": x}`.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

from fourfold.model.value import Known, Map, Seq, Value


def long_form(tag: str, value: Value) -> Value:
    """The long form of a tagged node, at the place of the tagged node.

    A tag that CloudFormation does not have (`!Rain::Embed`) becomes a function that nobody knows, so an unknown value.
    """
    name = tag[1:]
    if name not in ("Ref", "Condition"):
        name = f"Fn::{name}"
    if name == "Fn::GetAtt" and isinstance(value, Known) and isinstance(value.value, str):
        value = _split(value, value.value)
    return Map(value.source, value.start, value.end, value.key_start, {name: value})


def _split(at: Value, text: str) -> Value:
    """`Resource.Attribute` as the two elements of the long form; only the first dot separates."""
    resource, dot, attribute = text.partition(".")
    parts = (resource, attribute) if dot else (resource,)
    return Seq(
        at.source, at.start, at.end, at.key_start, tuple(Known(at.source, at.start, at.end, -1, p) for p in parts)
    )
