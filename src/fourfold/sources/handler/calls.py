"""What reading a program gives: the calls it makes to AWS, and what could not be told."""

from __future__ import annotations

import msgspec

from fourfold.model.place import Problem, Span
from fourfold.model.value import Map, Value


class SdkCall(msgspec.Struct, frozen=True, eq=False):
    """One operation of AWS that the program may call."""

    client: str
    """Name of the service's client, as boto3 calls it: `dynamodb`."""
    operation: str
    """`PutItem`."""
    parameters: Map
    """Request parameters by their names in the API; `rest` is unknown where there may be more."""
    span: Span
    """The call."""
    how: str = ""
    """What makes the call, where that is not a method of the operation's name: `paginator`, `Table.put_item`, ..."""
    foreign: bool = False
    """Whether the client was made with other credentials than those of the workload."""
    region: Value | None = None
    """The region the client was told; None where it takes the one it runs in."""
    endpoint: Value | None = None
    """The address the client was told."""


class Note(msgspec.Struct, frozen=True):
    """Something of the program that is not observable without running it."""

    span: Span
    reason: str
    """Lower case, no final period."""


class Program(msgspec.Struct, frozen=True, eq=False):
    """What a handler and the local modules it uses do."""

    entry: Span | None
    """The function that is called; None where it was not found."""
    calls: tuple[SdkCall, ...] = ()
    unreached: tuple[SdkCall, ...] = ()
    """Calls in functions that the handler does not reach."""
    notes: tuple[Note, ...] = ()
    problems: tuple[Problem, ...] = ()
    files: tuple[str, ...] = ()
    """Every file that was read."""
