"""The arguments and blocks of a resource as one mapping, `dynamic` blocks written out.

Source: Terraform language documentation, "dynamic Blocks".
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from fourfold.model.place import Source
from fourfold.model.value import Map, Seq, Unknown, Value
from fourfold.sources.terraform.evaluate.config import Declaration
from fourfold.sources.terraform.evaluate.elements import elements_of
from fourfold.sources.terraform.evaluate.expressions import Scope, TooMuch
from fourfold.sources.terraform.evaluate.kinds import Invalid, is_null, is_unknown, mapped, unknown
from fourfold.sources.terraform.evaluate.marks import inherited, mark, marked
from fourfold.sources.terraform.hcl.syntax import Assignment, Block, Literal, Name

META = frozenset({"count", "for_each", "provider", "depends_on", "lifecycle"})
"""Arguments and blocks of a resource that Terraform keeps for itself."""
MODULE_META = META | {"providers", "source", "version"}
"""Arguments of a module call that Terraform keeps for itself; a resource may well have a `version` or a `source`."""
_WORDS = {"provisioner": frozenset({"when", "on_failure"})}
"""Arguments that take a bare word of Terraform's own."""
WORK_EACH_BLOCK = 10
"""What one block that `dynamic` makes counts as."""

Scopes = Callable[[Source], Scope]


def body(declared: Declaration, scope: Scopes, rest: Value | None = None) -> Map:
    """The arguments and blocks of a declaration as one mapping; a block type is a list of mappings."""
    entries: dict[str, Value] = {}
    for name, (source, assignment) in declared.arguments.items():
        if name not in META:
            entries[name] = argument(assignment, scope(source))
    for source, block in declared.blocks:
        if block.type not in META:
            _block(block, scope(source), entries)
    block = declared.block
    return Map(declared.source, block.start, block.end, -1, entries, (), "", rest)


def argument(assignment: Assignment, scope: Scope) -> Value:
    """The value of an argument, which starts at its name."""
    return scope.value(assignment.value, assignment.start)


def block_types(declared: Declaration) -> set[str]:
    """The types of a declaration's blocks, those that `dynamic` makes included."""
    return {b.labels[0] if b.type == "dynamic" and b.labels else b.type for _, b in declared.blocks} - META


def _block(block: Block, scope: Scope, entries: dict[str, Value]) -> None:
    if block.type == "dynamic" and block.labels:
        _dynamic(block, scope, entries)
        return
    words = _WORDS.get(block.type, ())
    inner: dict[str, Value] = {}
    for name, assignment in block.body.attributes.items():
        if name not in words:
            inner[name] = argument(assignment, scope)
    for child in block.body.blocks:
        _block(child, scope, inner)
    _add(entries, block.type, Map(scope.source, block.start, block.end, block.start, inner))


def _dynamic(block: Block, scope: Scope, entries: dict[str, Value]) -> None:
    name = block.labels[0]
    each = block.body.attributes.get("for_each")
    iterator = block.body.attributes.get("iterator")
    word = iterator.value.name if iterator and isinstance(iterator.value, Name) else name
    content = next((b for b in block.body.blocks if b.type == "content"), None)
    if each is None or content is None:
        gap: Value = unknown("`dynamic` needs `for_each` and `content`")
        _add(entries, name, scope.placed(gap, Literal(block.start, block.end, None)))
        return
    collection = scope.value(each.value)
    if is_null(collection):
        return
    if is_unknown(collection):
        _add(entries, name, scope.placed(_perhaps(collection.reason), each.value, block.start))
        return
    try:
        elements = elements_of(collection)
        scope.budget.spend(len(elements) * WORK_EACH_BLOCK)
    except (Invalid, TooMuch) as reason:
        _add(entries, name, scope.placed(unknown(str(reason)), each.value, block.start))
        return
    hidden = marked(collection)
    for key, value in elements:
        inner = scope.bind(
            **{word: mapped({"key": mark(key, when=hidden), "value": mark(inherited(value, collection), when=hidden)})}
        )
        made: dict[str, Value] = {}
        _block(Block(content.start, content.end, name, (), content.body), inner, made)
        found = made[name]
        assert isinstance(found, Seq)
        for one in found.items_:
            _add(entries, name, one)


def _perhaps(reason: str) -> Unknown:
    """Blocks of which nobody knows how many there are."""
    return msgspec.structs.replace(unknown(f"the blocks are made from something unknown: {reason}"), maybe_absent=True)


def _add(entries: dict[str, Value], name: str, value: Value) -> None:
    """One more block of a type."""
    found = entries.get(name)
    if isinstance(found, Seq):
        entries[name] = Seq(found.source, found.start, value.end, found.key_start, (*found.items_, value))
    else:
        entries[name] = Seq(value.source, value.start, value.end, value.key_start, (value,))
