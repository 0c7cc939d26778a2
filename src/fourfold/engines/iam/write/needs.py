"""What a workload needs to be allowed, and why: the words that the parts of this package share."""

from __future__ import annotations

from typing import Literal

import msgspec

from fourfold.model.place import Span
from fourfold.model.value import NOWHERE, Known, Text, Unknown, Value

Origin = Literal["code", "template", "record"]


class Reason(msgspec.Struct, frozen=True):
    """Why something is needed."""

    text: str
    """`calls s3:GetObject`, `reads the queue Orders`, ..."""
    origin: Origin
    span: Span | None = None

    @property
    def place(self) -> str:
        """`file:line`; empty for what stands in no file."""
        return f"{self.span.file}:{self.span.line}" if self.span is not None and self.span.file else ""


class Limit(msgspec.Struct, frozen=True, eq=False):
    """A condition that every such request fulfils."""

    operator: str
    key: str
    value: Value


class Need(msgspec.Struct, frozen=True, eq=False):
    """One action on one resource."""

    action: str
    """As the catalogue spells it."""
    resource: Value
    """An ARN, with `*` for what is open and values for what is known only once it is deployed."""
    reason: Reason
    limits: tuple[Limit, ...] = ()
    wide: str = ""
    """Why the resource is wider than what is used; empty where it is not."""


def text(*parts: str | Value) -> Value:
    """A text put together, without a place."""
    flat: list[str | Value] = []
    for part in parts:
        pieces = part.parts if isinstance(part, Text) else (part._text(),) if isinstance(part, Known) else (part,)
        for piece in pieces:
            if isinstance(piece, str) and flat and isinstance(flat[-1], str):
                flat[-1] += piece
            elif piece != "":
                flat.append(piece)
    if all(isinstance(p, str) for p in flat):
        return Known(NOWHERE, 0, 0, -1, "".join(p for p in flat if isinstance(p, str)))
    if len(flat) == 1 and isinstance(flat[0], Value):
        return flat[0]
    return Text(NOWHERE, 0, 0, -1, tuple(flat))


def pseudo(name: str) -> Value:
    """What the place of deployment fills in: `AWS::Region`."""
    return Unknown(NOWHERE, 0, 0, -1, f"`{name}` is known at deployment", (), False, name)


PARTITION, REGION, ACCOUNT = pseudo("AWS::Partition"), pseudo("AWS::Region"), pseudo("AWS::AccountId")
ANY = Known(NOWHERE, 0, 0, -1, "*")


def key_of(value: Value) -> object:
    """Equal for values that are the same text."""
    if isinstance(value, Known):
        return value._text()
    if isinstance(value, Text):
        return tuple(p if isinstance(p, str) else key_of(p) for p in value.parts)
    return value.identity
