"""Edits of configurations that are written in Terraform's JSON syntax, in its words.

A nested block is an object there, a string is a template, and a resource stands at `resource`, its type, its name.
Source: Terraform language documentation, "JSON Configuration Syntax".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from fourfold.fixes.outline import Outline
from fourfold.fixes.terraform import STYLE, appended, inserts, worded
from fourfold.fixes.text import CannotEditError
from fourfold.model.edit import Edit
from fourfold.model.value import Known, Map, Seq, Value
from fourfold.sources.terraform.hcl.written import Beside, Encoded, Raw, expression

SUFFIXES = (".tf.json", ".tofu.json", ".tfvars.json")
_SHAPE = "the resource is not written as `resource`, its type, its name"


def is_terraform_json(path: str) -> bool:
    """Whether a file of this name is a configuration, or values for one, in JSON."""
    return path.endswith(SUFFIXES)


def in_json(edit: Edit, tree: Outline) -> Iterator[Edit]:
    """The edit in the words and at the places of the file. Raises `CannotEditError` where there are none."""
    at, path = edit.at, getattr(edit.at, "path", ())
    if edit.op == "set" and path:
        # What the provider sends where nothing is written has no text: it is written now.
        where = _written(at, tree)
        yield from _inserted(edit, f"{STYLE}{where[1]}||", path, tree)
    elif edit.op == "set" and isinstance(at, Known):
        where = _path(at, tree)
        names = tuple(name for name in where[3:] if isinstance(name, str))
        value = worded(str(where[1]), names, edit.value) if where[:1] == ("resource",) else edit.value
        yield msgspec.structs.replace(edit, value=escaped(value))
    elif edit.op == "insert" and isinstance(at, Map) and at.style.startswith(STYLE):
        yield from _inserted(edit, at.style, edit.keys, tree)
    elif edit.op == "append" and isinstance(at, Seq) and at.style.startswith(STYLE):
        for one in appended(edit, at):
            yield Edit("insert", _mapping(at, tree), (), escaped(one.value))
    elif edit.op == "insert":
        raise CannotEditError("Terraform's JSON has other names for it")
    else:
        yield msgspec.structs.replace(edit, value=escaped(edit.value))


def _inserted(edit: Edit, style: str, keys: tuple[str | int, ...], tree: Outline) -> Iterator[Edit]:
    here = _mapping(edit.at, tree)
    for one in inserts(edit, style, here, keys):
        for key, value in one.value.items():
            if isinstance(key, Beside):
                yield _beside(key, value, here, tree)
            else:
                yield Edit("insert", here, (), {key: escaped(value)})


def _beside(key: Beside, body: Mapping[str, Any], here: Map, tree: Outline) -> Edit:
    """A resource of its own, with the name of the one that it belongs to."""
    named, name = tree.parent(here)
    if not isinstance(named, Map) or (named.start, named.end, named.key_start) not in tree.parents:
        raise CannotEditError(_SHAPE)
    typed, of_type = tree.parent(named)
    if not isinstance(typed, Map) or not isinstance(name, str) or tree.parent(typed)[1] != "resource":
        raise CannotEditError(_SHAPE)
    type_, link = key.split(" ")
    address = f"{of_type}.{name}"
    repeated: dict[str, Any] = {}
    index = ""
    if "count" in here.entries_:
        repeated, index = {"count": Raw(f"length({address})")}, "[count.index]"
    elif "for_each" in here.entries_:
        repeated, index = {"for_each": Raw(address)}, "[each.key]"
    whole = escaped({**repeated, link: Raw(f"{address}{index}.id"), **body})
    there = typed.entries_.get(type_)
    if there is None:
        return Edit("insert", typed, (), {type_: {name: whole}})
    if not isinstance(there, Map) or name in there.entries_:
        raise CannotEditError(f"`{type_}.{name}` is written already")
    return Edit("insert", there, (), {name: whole})


def escaped(value: Any) -> Any:
    """Data as the syntax takes it: nothing in its strings is interpolated but what is meant to be."""
    if isinstance(value, Encoded):
        return "${" + expression(value, 0) + "}"
    if isinstance(value, Raw):
        return "${" + value + "}"
    if isinstance(value, Mapping):
        return {key: escaped(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return list(map(escaped, value))
    return value.replace("${", "$${").replace("%{", "%%{") if isinstance(value, str) else value


# -- places --------------------------------------------------------------------------------------------------------------


def _mapping(at: Value, tree: Outline) -> Map:
    """The object of a block: a block begins where its key does."""
    for start, end, key_start in tree.parents:
        if end == at.end and at.start in (start, key_start):
            container, key = tree.parents[start, end, key_start]
            found = container.get(key)
            if isinstance(found, Map):
                return msgspec.structs.replace(found, style="")
    raise CannotEditError("the block is not written as one object")


def _written(at: Value, tree: Outline) -> tuple[str | int, ...]:
    """The type and the name of the resource whose block is there, behind `resource`."""
    found = _path(_mapping(at, tree), tree)
    if found[:1] != ("resource",) or len(found) < 3:
        raise CannotEditError(_SHAPE)
    return found


def _path(at: Value, tree: Outline) -> tuple[str | int, ...]:
    """The keys from the top of the file to a value."""
    keys: list[str | int] = []
    place = (at.start, at.end, at.key_start)
    if place not in tree.parents:
        place = next((p for p in tree.parents if p[:2] == place[:2]), place)
    while place in tree.parents:
        container, key = tree.parents[place]
        keys.append(key)
        place = (container.start, container.end, container.key_start)
    return tuple(reversed(keys))
