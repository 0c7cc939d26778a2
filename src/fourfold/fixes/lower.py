"""Edits of the model lowered into text, with comments and formatting kept.

Block YAML is edited by lines, JSON and flow YAML by separators, HCL by statements (`hcl.py`); a value of another text (a Dockerfile's argument) is
replaced as it stands. What cannot be written so that it keeps its surroundings raises `CannotEditError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from fourfold.fixes import hcl, heredoc
from fourfold.fixes.decided import decided
from fourfold.fixes.outline import Outline, is_json, outline
from fourfold.fixes.render import flow, json_text, yaml_block, yaml_scalar
from fourfold.fixes.terraform import in_terraform
from fourfold.fixes.terraform_json import in_json, is_terraform_json
from fourfold.fixes.text import CannotEditError, TextEdit
from fourfold.model.edit import Edit
from fourfold.model.place import Source
from fourfold.model.value import NOWHERE, Known, Map, Seq, Value
from fourfold.sources.cloudformation.sam.spelling import SAM, spelled
from fourfold.sources.tree import Tree


def lower(
    edits: Iterable[Edit], tree: Tree | None = None, outlines: dict[int, Outline] | None = None
) -> list[TextEdit]:
    """Text edits for all these edits together; inserts into one mapping are merged.

    `tree` is where the files are: with it, a Terraform value is changed where it is decided, else where it is used.
    `outlines` keeps the structure of the texts, by the identity of their sources, for the next call.
    """
    outlines = {} if outlines is None else outlines
    out: list[TextEdit] = []
    configuration: dict[Source, list[Edit]] = {}
    written: dict[Source, hcl.Outline] = {}
    others, inside = heredoc.parted((decided(e, tree) for e in edits), lambda s: _configuration(s, written))
    for group, source in inside:
        out += heredoc.placed(lower(group), source)
    for edit in _merged(_as_written(others, outlines, written)):
        source = edit.at.source
        if source is NOWHERE or not source.path:
            raise CannotEditError("the place is not written in a file")
        if source.rendered:
            raise CannotEditError(
                "the file is a template; change what it renders to, or the values it is rendered with"
            )
        if "/.terraform/" in f"/{source.path}":
            raise CannotEditError("it is in a module that `terraform init` brought; change what the module is given")
        if hcl.is_hcl(source.path):
            camel = msgspec.structs.replace(edit, value=_spelled(edit.value, edit.at))
            configuration.setdefault(source, []).append(camel)
            continue
        if edit.op in ("set", "insert", "append"):
            edit = msgspec.structs.replace(edit, value=_spelled(edit.value, edit.at))
        if not _structured(source):
            out.append(_raw(edit))
            continue
        if edit.op in ("set", "append", "remove"):
            _require_written(edit, _outline(source, outlines))
        if edit.op == "insert":
            out.append(_insert(edit))
        elif edit.op == "append":
            out.append(_append(edit))
        elif edit.op == "set":
            out.append(_set(edit))
        elif edit.op == "rename":
            out.append(_rename(edit))
        else:
            out.append(_remove(edit.at, _outline(source, outlines)))
    # Where several blocks end together, what goes into the inner one is written first.
    out.sort(key=_indent, reverse=True)
    for source, group in configuration.items():
        from fourfold.fixes.align import aligned

        out += aligned(source, [text for edit in group for text in hcl.write(edit, _configuration(source, written))])
    return out


def _indent(edit: TextEdit) -> int:
    """How far an inserted block is indented; zero for other edits."""
    if edit.start != edit.end or not edit.text.startswith(("\n", "\r")):
        return 0
    block = edit.text.lstrip("\r\n")
    return len(block) - len(block.lstrip(" "))


def _outline(source: Source, outlines: dict[int, Outline]) -> Outline:
    if id(source) not in outlines:
        outlines[id(source)] = outline(source)
    return outlines[id(source)]


def _configuration(source: Source, written: dict[Source, hcl.Outline]) -> hcl.Outline:
    if source not in written:
        written[source] = hcl.outline(source)
    return written[source]


def _as_written(
    edits: Iterable[Edit], outlines: dict[int, Outline], written: dict[Source, hcl.Outline]
) -> Iterator[Edit]:
    """The edits; an insert into a mapping that SAM makes is one, in SAM's words, into what the file has in its place, and
    one into a resource of Terraform is in Terraform's words."""
    for edit in edits:
        if edit.at.source is not NOWHERE and hcl.is_hcl(edit.at.source.path):
            yield from in_terraform(edit, _configuration(edit.at.source, written))
            continue
        if edit.at.source is not NOWHERE and is_terraform_json(edit.at.source.path):
            yield from in_json(edit, _outline(edit.at.source, outlines))
            continue
        if edit.op != "insert" or not isinstance(edit.at, Map) or not edit.at.style.startswith(SAM):
            yield edit
            continue
        if edit.at.source is NOWHERE or not _structured(edit.at.source):
            raise CannotEditError("the place is not written in a file")
        data = _tree(edit)
        data = spelled(edit.at.style, data) if isinstance(data, dict) else None
        if data is None:
            raise CannotEditError("SAM makes this of something else, and has no property for it")
        container, name = _outline(edit.at.source, outlines).parent(edit.at)
        at = container.get(name)
        while isinstance(at, Map) and len(data) == 1 and next(iter(data)) in at.entries_:
            ((key, data),) = data.items()
            at = at.entries_[key]
            if not isinstance(data, dict):
                raise CannotEditError(f"`{key}` is written already")
        yield msgspec.structs.replace(edit, at=at, keys=(), value=data)


def _require_written(edit: Edit, tree: Outline) -> None:
    """Refuse to change what was made of something else: a scalar in place of a whole mapping, a list that is none."""
    found = tree.parents.get((edit.at.start, edit.at.end, edit.at.key_start))
    if found is None:
        return
    written = found[0].get(found[1])
    if isinstance(written, Map) and not isinstance(edit.at, Map) and not _is_function(written):
        raise CannotEditError("the value is made of the whole mapping that is written there")
    if edit.op == "append" and not isinstance(written, Seq):
        raise CannotEditError("what is written there is no list")


def _is_function(written: Map) -> bool:
    """Whether a mapping is a call of one of CloudFormation's intrinsic functions."""
    return len(written.entries_) == 1 and next(iter(written.entries_)).startswith(("Ref", "Fn::"))


def _tree(edit: Edit) -> Any:
    """What an insert writes, from its mapping on."""
    tree: Any = edit.value
    for key in reversed(edit.keys):
        tree = [tree] if isinstance(key, int) else {key: tree}
    return tree


def _structured(source: Source) -> bool:
    name = source.path.rpartition("/")[2].lower()
    return name.endswith((".json", ".yaml", ".yml", ".template"))


def _merged(edits: Iterable[Edit]) -> list[Edit]:
    """Inserts into one mapping as one insert of a tree: two of them may need the same new parent."""
    out: list[Edit] = []
    trees: dict[tuple[str, int, int], tuple[int, dict[str, Any]]] = {}
    for edit in edits:
        if edit.op != "insert":
            if edit not in out:
                out.append(edit)
            continue
        place = (edit.at.source.path, edit.at.start, edit.at.end)
        tree = _tree(edit)
        if not isinstance(tree, dict):
            raise CannotEditError("a list element cannot be inserted into a mapping")
        if place in trees:
            _merge(trees[place][1], tree)
        else:
            trees[place] = (len(out), tree)
            out.append(edit)
    for index, tree in trees.values():
        out[index] = msgspec.structs.replace(out[index], keys=(), value=tree)
    return out


def _merge(into: dict[str, Any], tree: dict[str, Any]) -> None:
    for key, value in tree.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        elif isinstance(value, list) and isinstance(into.get(key), list):
            into[key] += [v for v in value if v not in into[key]]
        elif into.setdefault(key, value) != value:
            raise CannotEditError(f"two changes want different values for `{key}`")


def _spelled(value: Any, at: Value) -> Any:
    """Plain data with its keys as the file spells them."""
    if getattr(at, "style", "") != "camel":
        return value
    if isinstance(value, dict):
        return {k[:1].lower() + k[1:]: _spelled(v, at) for k, v in value.items()}
    return [_spelled(v, at) for v in value] if isinstance(value, list) else value


def _raw(edit: Edit) -> TextEdit:
    if edit.op != "set" or not isinstance(edit.value, (str, int, float)):
        raise CannotEditError("this file can only have values replaced")
    return TextEdit(edit.at.source, edit.at.start, edit.at.end, str(edit.value))


# -- what stands around ------------------------------------------------------------------------------------------------


def _column(source: Source, offset: int) -> int:
    """Characters before `offset` on its line."""
    return offset - (source.text.rfind("\n", 0, offset) + 1)


def _line_start(source: Source, offset: int) -> int:
    return source.text.rfind("\n", 0, offset) + 1


def _line_end(source: Source, offset: int) -> int:
    """Offset of the line end at or after `offset`, before its `\\r`."""
    end = source.text.find("\n", offset)
    end = len(source.text) if end < 0 else end
    return end - 1 if end > offset and source.text[end - 1] == "\r" else end


def _is_flow(value: Value) -> bool:
    return value.source.text[value.start : value.start + 1] in ("{", "[")


def _newline(source: Source) -> str:
    return "\r\n" if "\r\n" in source.text else "\n"


def _own(container: Map | Seq) -> list[Value]:
    """The children that are written inside the container (not merged into it from elsewhere), in order."""
    children = container.entries_.values() if isinstance(container, Map) else container.items_
    inside = [
        c for c in children if c.source is container.source and container.start <= _begin(c) and c.end <= container.end
    ]
    return sorted(inside, key=lambda c: c.start)


def _begin(child: Value) -> int:
    return child.key_start if child.key_start >= 0 else child.start


# -- operations --------------------------------------------------------------------------------------------------------


def _insert(edit: Edit) -> TextEdit:
    at, tree = edit.at, edit.value
    source = at.source
    if isinstance(at, Known) and at.value is None:
        # `Properties:` with nothing behind it.
        column = _column(source, at.key_start) + 2
        end = source.text.find(":", at.key_start) + 1
        stop = max(end, at.end)
        return TextEdit(source, end, stop, yaml_block(tree, column).replace("\n", _newline(source)))
    if not isinstance(at, Map):
        raise CannotEditError("what is written there is no mapping")
    if _is_flow(at):
        return _insert_flow(at, [(k, v) for k, v in tree.items()])
    own = _own(at)
    if not own:
        raise CannotEditError("the mapping around is not written in the file")
    column = _column(source, _begin(next((c for c in own if c.key_start >= 0), own[0])))
    end = _line_end(source, max(at.end, *(c.end for c in own)))
    text = yaml_block(tree, column).replace("\n", _newline(source))
    return TextEdit(source, end, end, text)


def _insert_flow(container: Map | Seq, entries: list[tuple[str | None, Any]]) -> TextEdit:
    """Entries (or, without keys, elements) after the last one inside brackets."""
    source, own = container.source, _own(container)
    json = is_json(source)
    last = own[-1].end if own else container.start + 1
    multiline = bool(own) and "\n" in source.text[container.start : _begin(own[0])]
    indent = _column(source, _begin(own[0])) if multiline else 0
    outer = _column(source, _line_start(source, container.start)) if multiline else 0
    step = max(indent - _leading(source, container.start), 2) if multiline else 0
    if json and not own and "\n" in source.text:
        # An empty container in a file of lines gets lines of its own.
        outer = _leading(source, container.start)
        step = 2
        indent, multiline = outer + step, True
        body = (",\n" + " " * indent).join(_entry(k, v, indent, step, json=True) for k, v in entries)
        text = f"\n{' ' * indent}{body}\n{' ' * outer}"
        return TextEdit(source, container.start + 1, container.end - 1, text.replace("\n", _newline(source)))
    separator = ("," + _newline(source) + " " * indent) if multiline else ", "
    body = separator.join(_entry(k, v, indent, step, json=json) for k, v in entries)
    trailing = source.text[last : container.end].lstrip().startswith(",")
    if trailing:
        last = source.text.index(",", last) + 1
        separator = separator[1:]
    stop = last if own else container.end - 1
    return TextEdit(source, last, stop, (separator if own else "") + body)


def _leading(source: Source, offset: int) -> int:
    """Spaces at the beginning of the line of `offset`."""
    start = _line_start(source, offset)
    line = source.text[start:offset]
    return len(line) - len(line.lstrip(" "))


def _entry(key: str | None, value: Any, indent: int, step: int, *, json: bool) -> str:
    text = json_text(value, indent, step) if json else flow(value)
    if key is None:
        return text
    return f"{json_text(key, 0, 0)}: {text}" if json else f"{yaml_scalar(key)}: {text}"


def _append(edit: Edit) -> TextEdit:
    at = edit.at
    if not isinstance(at, Seq):
        raise CannotEditError("what is written there is no list")
    source = at.source
    if _is_flow(at):
        return _insert_flow(at, [(None, edit.value)])
    column = _column(source, at.start)
    end = _line_end(source, at.end)
    text = yaml_block([edit.value], column).replace("\n", _newline(source))
    return TextEdit(source, end, end, text)


def _set(edit: Edit) -> TextEdit:
    at, value = edit.at, edit.value
    source = at.source
    if is_json(source):
        step = 2 if "\n" in source.text else 0
        return TextEdit(source, at.start, at.end, json_text(value, _leading(source, at.start), step))
    start, end = at.start, at.end
    scalar = not isinstance(value, (dict, list)) or not value
    old = source.text[start:end]
    if scalar and isinstance(at, Known) and "\n" not in old:
        text = yaml_scalar(value) if scalar else ""
        return TextEdit(source, start, end, text if old else " " + text)
    if _is_flow(at):
        return TextEdit(source, start, end, flow(value))
    if at.key_start >= 0:
        # From behind `key:`, so that a block becomes a scalar and the other way round.
        colon = _behind_key(source, at)
        column = _column(source, at.key_start) + 2
        return TextEdit(source, colon, end, yaml_block(value, column).replace("\n", _newline(source)))
    if source.text[max(0, start - 80) : start].rstrip()[-1:] in ("[", ","):
        return TextEdit(source, start, end, flow(value))
    return TextEdit(source, start, end, yaml_block(value, _column(source, start)).lstrip())


def _behind_key(source: Source, at: Value) -> int:
    quote = source.text[at.key_start]
    begin = source.text.find(quote, at.key_start + 1) if quote in "\"'" else at.key_start
    return source.text.index(":", begin) + 1


def _rename(edit: Edit) -> TextEdit:
    at, key = edit.at, str(edit.keys[0])
    source = at.source
    if at.key_start < 0:
        raise CannotEditError("a list element has no key")
    quote = source.text[at.key_start]
    if quote in "\"'":
        end = source.text.index(quote, at.key_start + 1) + 1
        return TextEdit(source, at.key_start, end, f"{quote}{key}{quote}")
    end = len(source.text[at.key_start : source.text.index(":", at.key_start)].rstrip()) + at.key_start
    return TextEdit(source, at.key_start, end, key)


def _remove(at: Value, tree: Outline) -> TextEdit:
    """Take out an entry or an element; what becomes empty by it goes, too, as far as it is the value of a key."""
    container, _ = tree.parent(at)
    own = _own(container)
    if len(own) == 1:
        place = (container.start, container.end, container.key_start)
        if place in tree.parents and container.key_start >= 0:
            return _remove(container, tree)
        raise CannotEditError("nothing would be left around it")
    source = at.source
    index = next(i for i, c in enumerate(own) if (c.start, c.end) == (at.start, at.end))
    if _is_flow(container):
        if index + 1 < len(own):
            return TextEdit(source, _begin(at), _begin(own[index + 1]), "")
        return TextEdit(source, own[index - 1].end, at.end, "")
    begin = _begin(at)
    if isinstance(container, Seq):
        begin = source.text.rindex("-", 0, begin)
    elif index == 0 and source.text[_line_start(source, begin) : begin].strip():
        # The first entry of a mapping inside a list stands behind the dash: the next entry moves up.
        return TextEdit(source, begin, _begin(own[1]), "")
    end = _line_end(source, at.end)
    start = _line_start(source, begin)
    if start:
        # The line end before goes with it, not the one behind: what is added after the last line stays apart from it.
        before = start - 2 if source.text.startswith("\r\n", start - 2) else start - 1
        return TextEdit(source, before, end, "")
    behind = source.text.find("\n", end)
    return TextEdit(source, 0, len(source.text) if behind < 0 else behind + 1, "")
