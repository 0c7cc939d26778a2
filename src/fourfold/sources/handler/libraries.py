"""Libraries that call AWS themselves: the calls they make stand in `knowledge/sdk.toml`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fourfold.knowledge.sdk import table
from fourfold.model.place import Span
from fourfold.sources.handler.values import Alternatives, Arguments, Outside, joined

if TYPE_CHECKING:
    from fourfold.sources.handler.interpret import Interpreter


def call(interpreter: Interpreter, function: Any, given: Arguments, at: Span) -> Alternatives | None:
    """Records what a function of such a library calls; None where it is none."""
    if not isinstance(function, Outside):
        return None
    rows = table().libraries.get(function.path)
    if rows is None:
        return _opaque(interpreter, function, given, at)
    for row in rows:
        operation, *names = row.split()
        client, _, name = operation.partition(".")
        parameters: dict[str, Alternatives] = {}
        for one in names:
            parameter, _, where = one.partition("=")
            position, _, keyword = where.partition(":")
            found = function.bound.get(keyword, ()) or given.get(int(position) if position else -1, keyword)
            if found:
                parameters[parameter] = joined(parameters.get(parameter, ()), found)
        interpreter.record(client, name, parameters, at, open=given.open, how=function.path.rpartition(".")[2])
    for group in given.values():
        interpreter.later(group)
    if "__decorates__" in given.keywords:
        return given.positional[0]
    kept = {**function.bound, **given.keywords}
    for index, group in enumerate(given.positional[:3]):
        kept.setdefault(f"#{index}", group)
    return (Outside(f"{function.path}()", kept),)


def _opaque(interpreter: Interpreter, function: Outside, given: Arguments, at: Span) -> Alternatives | None:
    """A library that calls AWS with clients of its own: said once, and what it is given may be called by it."""
    if not function.path.startswith(table().opaque):
        return None
    head = re.sub(
        r"[()\[\]]+",
        "",
        function.path.partition(".")[0] if "@" not in function.path[:1] else function.path.rpartition(".")[0],
    )
    reason = f"`{head}` calls AWS by itself; which operations is not known"
    if all(note.reason != reason for note in interpreter.notes.values()):
        interpreter.note(at, reason)
    for group in given.values():
        interpreter.later(group)
    return given.positional[0] if "__decorates__" in given.keywords else (Outside(f"{function.path}()"),)
