"""What a change in the model's words is in Terraform's: arguments, nested blocks, and resources beside the resource."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from fourfold.fixes import hcl
from fourfold.fixes.text import CannotEditError
from fourfold.model.edit import Edit
from fourfold.model.value import Known, Map, Seq
from fourfold.sources.terraform.hcl.syntax import Block as Written
from fourfold.sources.terraform.hcl.written import Beside, Block

STYLE = "hcl|"
_NOTHING = "Terraform has no argument for it"


def in_terraform(edit: Edit, outline: hcl.Outline) -> Iterator[Edit]:
    """The edit in the words of the file. Raises `CannotEditError` where Terraform has none for it."""
    if edit.op == "set" and isinstance(edit.at, Known):
        yield _set(edit, outline)
    elif edit.op == "insert" and isinstance(edit.at, Map) and edit.at.style.startswith(STYLE):
        yield from inserts(edit, edit.at.style, edit.at, edit.keys)
    elif edit.op == "append" and isinstance(edit.at, Seq) and edit.at.style.startswith(STYLE):
        yield from appended(edit, edit.at)
    else:
        yield edit


def appended(edit: Edit, at: Seq) -> Iterator[Edit]:
    """An element of a list that Terraform writes as arguments of the block that the list stands for.

    Raises `CannotEditError` where Terraform has no argument for it.
    """
    kind, type_, blocks, properties = at.style.split("|")
    block = Map(at.source, at.start, at.end, at.key_start, {})
    whole = msgspec.structs.replace(edit, value=[edit.value])
    yield from inserts(whole, f"{kind}|{type_}|{blocks}|", block, tuple(properties.split(".")))


def _set(edit: Edit, outline: hcl.Outline) -> Edit:
    found = outline.at(edit.at.start, edit.at.end)
    path: tuple[str, ...] = getattr(edit.at, "path", ())
    if found.kind == "block" and path:
        # What the provider sends where nothing is written has no text: it is written now.
        assert isinstance(found.node, Written)
        at = Map(edit.at.source, edit.at.start, edit.at.end, edit.at.key_start, {})
        made = list(inserts(edit, f"{STYLE}{found.type}|{'.'.join(found.names)}|", at, path))
        if len(made) != 1:
            raise CannotEditError(_NOTHING)
        return made[0]
    if not found.type or found.kind not in ("argument", "element") or not isinstance(edit.value, (str, bool, int)):
        return edit
    return msgspec.structs.replace(edit, value=worded(found.type, found.names, edit.value))


def worded(type_: str, names: tuple[str, ...], value: Any) -> Any:
    """A value as the argument of these names takes it, where Terraform has other words than the model."""
    from fourfold.sources.terraform.translate.names import plan_of

    plan = plan_of(type_)
    words = plan.row.words.get(".".join(names), {}) if plan is not None else {}
    for mine, theirs in words.items():
        if type(theirs) is type(value) and theirs == value:
            return mine
    return value


def inserts(edit: Edit, style: str, at: Map, keys: tuple[str | int, ...]) -> Iterator[Edit]:
    """Inserts of trees in Terraform's words, blocks and resources beside marked as such.

    Raises `CannotEditError` where Terraform has no words for it.
    """
    from fourfold.sources.terraform.translate.spelling import is_block, spelled

    _, type_, blocks, _ = style.split("|")
    around = tuple(filter(None, blocks.split(".")))
    found = spelled(style, keys, edit.value)
    if not found:
        raise CannotEditError(_NOTHING)
    place = msgspec.structs.replace(at, style="")
    for one in found:
        kind = one.resource or type_
        outer = () if one.resource else around
        tree: Any = _value(kind, (*outer, *one.names), one.value)
        for depth in range(len(one.names) - 1, -1, -1):
            tree = {one.names[depth]: tree}
            if depth == 0 or is_block(kind, (*outer, *one.names[:depth])):
                tree = Block(tree)
        if one.resource:
            tree = Block({Beside(f"{one.resource} {one.link}"): tree})
        yield Edit("insert", place, (), tree)


def _value(type_: str, names: tuple[str, ...], value: Any) -> Any:
    """Data with what Terraform writes as blocks marked as such."""
    from fourfold.sources.terraform.translate.spelling import is_block

    if isinstance(value, dict):
        inner = {key: _value(type_, (*names, key), entry) for key, entry in value.items()}
        return Block(inner) if is_block(type_, names) else inner
    if isinstance(value, list) and any(isinstance(v, dict) for v in value):
        return [_value(type_, names, v) for v in value]
    return value
