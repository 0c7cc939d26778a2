"""Edits of the model written into HCL native syntax, with comments and formatting kept.

Only whole expressions and whole statements are replaced, so what is written parses again; what the result means is proved
by reading it again, like every fix. `align` then puts the `=` of the lines around into one column, where they were.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from fourfold.fixes.text import CannotEditError, TextEdit
from fourfold.model.edit import Edit
from fourfold.model.place import Source
from fourfold.model.value import Known
from fourfold.sources.terraform.hcl import syntax, written
from fourfold.sources.terraform.hcl.parser import parse

SUFFIXES = (".tf", ".tofu", ".tfvars", ".hcl")

_REST = re.compile(r"[ \t]*,?[ \t]*(?:(?:#|//)[^\n]*)?\r?(?=\n|\Z)")
"""What may stand behind a statement or an element on its line, and goes or stays with it."""
_FIRST_OR_LAST = frozenset({"count", "for_each", "provider", "depends_on", "tags"})
_BLANK = re.compile(r"[ \t]*\r?\n")


def is_hcl(path: str) -> bool:
    """Whether a file of this name is HCL native syntax."""
    return path.endswith(SUFFIXES)


class Found(msgspec.Struct, frozen=True):
    """What is written at a place."""

    kind: Literal["argument", "block", "item", "element", "part"]
    """An argument's value, a block, the value of an object's entry, an element of a tuple, a part of an expression."""
    node: syntax.Node
    owner: Any
    """The body, object or tuple that it stands in; None for a part."""
    top: syntax.Block | None
    """The outermost block around, or the block itself; None in a tfvars file."""
    names: tuple[str, ...]
    """The blocks and the argument that lead from there to it."""

    @property
    def type(self) -> str:
        """The type of the resource around; empty where there is none."""
        return self.top.labels[0] if self.top and self.top.type == "resource" and len(self.top.labels) == 2 else ""


class Outline(msgspec.Struct, frozen=True):
    """Everything written in a file, by its offsets."""

    body: syntax.Body
    found: dict[tuple[int, int], Found]

    def at(self, start: int, end: int) -> Found:
        """What is written there. Raises `CannotEditError` where that is no whole expression or block."""
        found = self.found.get((start, end))
        if found is None:
            raise CannotEditError("the value is not written as such in the file")
        return found


def outline(source: Source) -> Outline:
    """The outline of a text. What could not be parsed is not in it."""
    body, _ = parse(source)
    found: dict[tuple[int, int], Found] = {}
    _statements(body, None, (), found)
    return Outline(body, found)


def _statements(
    body: syntax.Body, top: syntax.Block | None, names: tuple[str, ...], found: dict[tuple[int, int], Found]
) -> None:
    for assignment in body.attributes.values():
        _expression(assignment.value, "argument", body, (top, (*names, assignment.name)), found)
    for block in body.blocks:
        if top is None:
            found.setdefault((block.start, block.end), Found("block", block, body, block, ()))
            _statements(block.body, block, (), found)
            continue
        # The content of a dynamic block is what its blocks will be.
        dynamic = block.type == "dynamic" and block.labels
        inner = names if block.type == "content" else (*names, block.labels[0] if dynamic else block.type)
        found.setdefault((block.start, block.end), Found("block", block, body, top, inner))
        _statements(block.body, top, inner, found)


def _expression(
    node: syntax.Node,
    kind: Any,
    owner: Any,
    where: tuple[syntax.Block | None, tuple[str, ...]],
    found: dict[tuple[int, int], Found],
) -> None:
    if (node.start, node.end) in found:
        return
    found[node.start, node.end] = Found(kind, node, owner, *where)
    if isinstance(node, syntax.Tuple):
        for item in node.items:
            _expression(item, "element", node, where, found)
    elif isinstance(node, syntax.Object):
        for name, value in node.items:
            _expression(value, "item", node, where, found)
            _expression(name, "part", None, where, found)
    else:
        for child in _children(node):
            _expression(child, "part", None, where, found)


def _children(node: syntax.Node) -> Iterator[syntax.Node]:
    for name in node.__struct_fields__:
        value = getattr(node, name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, syntax.Node):
                yield one


def is_argument(name: str) -> bool:
    """Whether a name can be one of Terraform's: what the model calls otherwise has not been translated."""
    return re.fullmatch(r"[a-z][a-z0-9_]*", name) is not None


# -- operations --------------------------------------------------------------------------------------------------------


def write(edit: Edit, tree: Outline) -> list[TextEdit]:
    """What an edit becomes in the text. Raises `CannotEditError` where it cannot be written."""
    found = tree.at(edit.at.start, edit.at.end)
    if edit.op == "insert":
        return _insert(edit, found)
    if edit.op == "append":
        return _append(edit, found)
    if edit.op == "set":
        return [_set(edit, found)]
    if edit.op == "rename":
        return [_rename(edit, found)]
    return [_remove(edit.at.source, found, tree)]


def is_constant(node: syntax.Node) -> bool:
    """Whether an expression says what it means by itself."""
    if isinstance(node, syntax.Tuple):
        return all(map(is_constant, node.items))
    if isinstance(node, syntax.Object):
        return all(is_constant(v) for _, v in node.items)
    return isinstance(node, syntax.Literal)


def _set(edit: Edit, found: Found) -> TextEdit:
    source, node = edit.at.source, found.node
    if found.kind == "block":
        raise CannotEditError("a block is written there, and no value")
    if found.kind == "part" and isinstance(node, syntax.Name):
        raise CannotEditError("the value is not written as such in the file")
    if source.text.startswith("<<", node.start):
        raise CannotEditError("the value is written as a heredoc")
    value = _in_kind(edit, node)
    return TextEdit(
        source, node.start, node.end, _lines(source, written.expression(value, _leading(source, node.start)))
    )


def _in_kind(edit: Edit, node: syntax.Node) -> Any:
    """The value as what is written there: a switch is the other one of true and false, a number stays a number."""
    old, new = getattr(node, "value", None), edit.value
    if not isinstance(node, syntax.Literal) or not isinstance(edit.at, Known):
        return new
    if isinstance(old, bool) and isinstance(new, str):
        if isinstance(edit.at.value, bool):
            raise CannotEditError("true or false is written there")
        return old if edit.at.value == new else not old
    if isinstance(old, str) and isinstance(new, (bool, int)):
        return str(new).lower()
    if isinstance(old, (int, float)) and not isinstance(old, bool) and isinstance(new, str):
        if not re.fullmatch(r"-?\d+", new):
            raise CannotEditError("a number is written there")
        return int(new)
    return new


def _rename(edit: Edit, found: Found) -> TextEdit:
    source, start, name = edit.at.source, edit.at.key_start, str(edit.keys[0])
    if found.kind == "item":
        keys = [k for k, v in found.owner.items if v is found.node]
    elif found.kind == "argument" and is_argument(name):
        end = start + len(next(a.name for a in found.owner.attributes.values() if a.value is found.node))
        return TextEdit(source, start, end, name)
    else:
        keys = []
    if not keys or not isinstance(keys[0], syntax.Literal):
        raise CannotEditError("it has no name of its own there")
    text = written.quoted(name) if source.text[keys[0].start] == '"' else written.key(name)
    return TextEdit(source, keys[0].start, keys[0].end, text)


def _append(edit: Edit, found: Found) -> list[TextEdit]:
    source, node = edit.at.source, found.node
    if isinstance(node, syntax.Tuple):
        return [_add_item(source, node, list(node.items), written.expression, edit.value)]
    if found.kind == "block":
        assert isinstance(node, syntax.Block)
        if not isinstance(edit.value, written.Block):
            raise CannotEditError("a block is written there, and no list")
        indent = _leading(source, node.start)
        text = written.block(node.type, edit.value, indent)
        return [TextEdit(source, node.end, node.end, _lines(source, f"\n\n{' ' * indent}{text}"))]
    raise CannotEditError("what is written there is no list")


def _add_item(source: Source, node: Any, own: list[Any], render: Any, *values: Any) -> TextEdit:
    """An element or entry behind the last one inside brackets. `render(value, indent)` gives its text."""
    text = source.text
    if not own:
        indent = _leading(source, node.start)
        if "\n" in text[node.start : node.end] or isinstance(node, syntax.Object):
            pad = "\n" + " " * (indent + written.STEP)
            body = "".join(pad + render(v, indent + written.STEP) for v in values) + "\n" + " " * indent
        else:
            body = ", ".join(render(v, indent) for v in values)
        return TextEdit(source, node.start + 1, node.end - 1, _lines(source, body))
    last = own[-1].end
    comma = re.compile(r"\s*,").match(text, last, node.end)
    if "\n" not in text[node.start : own[0].start]:
        body = "".join(", " + (written.inline(v) if render is written.expression else render(v, -1)) for v in values)
        return TextEdit(source, last, comma.end() if comma else last, body)
    indent = _leading(source, own[-1].start)
    tuple_ = isinstance(node, syntax.Tuple)
    more = "," if comma or tuple_ else ""
    pad = "\n" + " " * indent
    body = "".join(pad + render(v, indent) + more for v in values)
    rest = _REST.match(text, last)
    if rest is None:  # something else stands behind it on the line
        stop = comma.end() if comma else last
        return TextEdit(source, last, stop, _lines(source, ("," if comma or tuple_ else "") + body))
    if tuple_ and not comma:
        behind = text[last : rest.end()]
        return TextEdit(source, last, rest.end(), _lines(source, "," + behind.rstrip("\r") + body))
    stop = rest.end() - (text[rest.end() - 1 : rest.end()] == "\r")
    return TextEdit(source, stop, stop, _lines(source, body))


# -- inserting ---------------------------------------------------------------------------------------------------------


def _insert(edit: Edit, found: Found) -> list[TextEdit]:
    source, node = edit.at.source, found.node
    if isinstance(node, syntax.Block):
        inside = written.Block({k: v for k, v in edit.value.items() if not isinstance(k, written.Beside)})
        beside = {k: v for k, v in edit.value.items() if isinstance(k, written.Beside)}
        return [*_into_body(source, node, inside), *_beside(source, found, beside)]
    if isinstance(node, syntax.Object):
        return list(_into_object(source, node, edit.value))
    last = _last_of_merge(node)
    if last is not None:
        return list(_into_object(source, last, edit.value))
    if source.text.startswith("<<", node.start):
        raise CannotEditError("it is written as a heredoc")
    raise CannotEditError("what is written there is no block and no object")


def _last_of_merge(node: syntax.Node) -> syntax.Object | None:
    """The last object that `merge` is given: its entries win, so that one that is written nowhere can be written there."""
    while isinstance(node, syntax.Parens):
        node = node.of
    if isinstance(node, syntax.Call) and node.name == "merge" and node.arguments and not node.expand:
        last = node.arguments[-1]
        return last if isinstance(last, syntax.Object) else _last_of_merge(last)
    return None


def _beside(source: Source, found: Found, new: Mapping[written.Beside, Any]) -> Iterator[TextEdit]:
    """Resources of their own behind the one that they belong to, with its name."""
    top = found.top
    for key, body in new.items():
        if top is None or len(top.labels) != 2:
            raise CannotEditError("it is not written in a resource")
        type_, link = key.split(" ")
        name = top.labels[1]
        address = ".".join(top.labels)
        repeated: dict[str, Any] = {}
        if "count" in top.body.attributes:
            repeated, index = {"count": written.Raw(f"length({address})")}, "[count.index]"
        elif "for_each" in top.body.attributes:
            repeated, index = {"for_each": written.Raw(address)}, "[each.key]"
        else:
            index = ""
        linked = {link: written.Raw(f"{address}{index}.id")}
        text = written.block(f'resource "{type_}" "{name}"', {**repeated, **linked, **body}, 0)
        yield TextEdit(source, top.end, top.end, _lines(source, "\n\n" + text))


def _into_object(source: Source, node: syntax.Object, entries: Mapping[str, Any]) -> Iterator[TextEdit]:
    there = {k.value: v for k, v in node.items if isinstance(k, syntax.Literal)}
    new = []
    for name, value in entries.items():
        old = there.get(name)
        if old is None:
            new.append((name, value))
        elif isinstance(value, Mapping) and isinstance(old, syntax.Object):
            yield from _into_object(source, old, value)
        else:
            raise CannotEditError(f"`{name}` is written already")
    last = node.items[-1] if node.items else None
    between = source.text[last[0].end : last[1].start] if last else "="
    mark = ":" if ":" in between else "="
    quotes = last is not None and source.text[last[0].start] == '"'

    def entry(pair: tuple[str, Any], indent: int) -> str:
        name = written.quoted(pair[0]) if quotes else written.key(pair[0])
        if quotes and mark == ":" and indent >= 0 and written.is_plain(pair[1]):
            value = _as_json(pair[1], indent, between if "\n" not in between else ": ")
        else:
            value = written.inline(pair[1]) if indent < 0 else written.expression(pair[1], indent)
        return f"{name}{between.partition(mark)[0][:1] if mark == ':' else ' '}{mark} {value}"

    if new:
        own = [msgspec.structs.replace(k, end=v.end) for k, v in node.items]
        yield _add_item(source, node, own, entry, *new)


def _as_json(value: Any, indent: int, colon: str) -> str:
    """Data in an object that is written as JSON is."""
    text = json.dumps(value, ensure_ascii=False, indent=written.STEP, separators=(",", colon))
    return text.replace("\n", "\n" + " " * indent).replace("${", "$${").replace("%{", "%%{")


def _into_body(source: Source, node: syntax.Block, entries: Mapping[str, Any]) -> Iterator[TextEdit]:
    """Arguments behind the last argument, blocks behind everything; what is there already is filled in."""
    body = node.body
    arguments, blocks = [], []
    all_arguments, all_blocks = written.split(entries)
    for name, value in all_arguments:
        there = body.attributes.get(name)
        if not is_argument(name):
            raise CannotEditError(f"`{name}` is no argument of Terraform's")
        if there is None:
            if any(b.type == name for b in body.blocks):
                raise CannotEditError(f"`{name}` is written already")
            arguments.append((name, value))
        elif isinstance(there.value, syntax.Object) and isinstance(value, Mapping):
            yield from _into_object(source, there.value, value)
        else:
            raise CannotEditError(f"`{name}` is written already")
    for name, inner in all_blocks:
        same = [b for b in body.blocks if b.type == name]
        if name in body.attributes or any(b.type == "dynamic" and b.labels == (name,) for b in body.blocks):
            raise CannotEditError(f"`{name}` is written already, and not as a block")
        if len(same) == 1 and not isinstance(entries[name], list):
            yield from _into_body(source, same[0], inner)
        else:
            blocks.append((name, inner))
    if arguments or blocks:
        yield from _new_statements(source, node, arguments, blocks)


def _new_statements(
    source: Source, node: syntax.Block, arguments: list[tuple[str, Any]], blocks: list[tuple[str, written.Block]]
) -> Iterator[TextEdit]:
    body, text = node.body, source.text
    own = sorted((*body.attributes.values(), *body.blocks), key=lambda n: n.start)
    outer = _leading(source, node.start)
    indent = _leading(source, own[0].start) if own and "\n" in text[body.start : own[0].start] else outer + written.STEP
    pad = "\n" + " " * indent
    lines = "".join(pad + written.argument(n, v, indent) for n, v in arguments)
    inner = "".join("\n" + pad + written.block(n, b, indent) for n, b in blocks)
    if "\n" not in text[body.start : body.end]:
        # A body on one line becomes one of lines.
        inside = text[body.start + 1 : body.end - 1].strip()
        first = pad + inside if inside else ""
        everything = first + lines + (inner if first or lines else inner[1:])
        yield TextEdit(source, body.start, body.end, _lines(source, "{" + everything + "\n" + " " * outer + "}"))
        return
    last = _last_argument(body, text)
    if last >= 0:
        at = _end_of_statement(source, last)
    else:
        at = _end_of_statement(source, body.start + 1)
        lines += "\n" if own and lines and not _BLANK.match(text, at + 1) else ""
    end = max((_end_of_statement(source, n.end) for n in own), default=at)
    if end == at or not inner:
        inner = inner if own or lines else inner[1:]
        if end != at or not inner:
            yield TextEdit(source, at, at, _lines(source, lines))
        else:
            yield TextEdit(source, at, at, _lines(source, lines + inner))
        return
    if lines:
        yield TextEdit(source, at, at, _lines(source, lines))
    yield TextEdit(source, end, end, _lines(source, inner))


def _last_argument(body: syntax.Body, text: str) -> int:
    """The end of the argument behind which new ones are written: the last one on one line, as tags and the like come last."""
    ends = [a.end for a in body.attributes.values()]
    plain = [
        a.end for a in body.attributes.values() if a.name not in _FIRST_OR_LAST and "\n" not in text[a.start : a.end]
    ]
    return max(plain or ends, default=-1)


def _end_of_statement(source: Source, at: int) -> int:
    """The end of the line behind a statement, its comment included."""
    rest = _REST.match(source.text, at)
    if rest is None:
        return at
    return rest.end() - (source.text[rest.end() - 1 : rest.end()] == "\r")


# -- removing ----------------------------------------------------------------------------------------------------------


def _remove(source: Source, found: Found, tree: Outline) -> TextEdit:
    node, owner = found.node, found.owner
    if found.kind == "part":
        raise CannotEditError("it is a part of an expression")
    if found.kind in ("argument", "block"):
        return _remove_statement(source, found, tree)
    own = (
        list(owner.items)
        if isinstance(owner, syntax.Tuple)
        else [msgspec.structs.replace(k, end=v.end) for k, v in owner.items]
    )
    index = next(i for i, one in enumerate(own) if one.end == node.end)
    if len(own) == 1:
        around = tree.at(owner.start, owner.end)
        if around.kind == "argument" and around.top is not None and around.top.type in ("resource", "data"):
            return _remove_statement(source, around, tree)
        return TextEdit(source, owner.start + 1, owner.end - 1, "")
    start, end = own[index].start, own[index].end
    rest = _REST.match(source.text, end)
    line = source.text.rfind("\n", 0, start) + 1
    if rest is not None and not source.text[line:start].strip():
        return TextEdit(source, line, min(rest.end() + 1, len(source.text)), "")
    if index + 1 < len(own):
        return TextEdit(source, start, own[index + 1].start, "")
    return TextEdit(source, own[index - 1].end, end, "")


def _remove_statement(source: Source, found: Found, tree: Outline) -> TextEdit:
    """A statement with its line; a blank line is not left twice."""
    body, text = found.owner, source.text
    if found.kind == "block":
        start, end = found.node.start, found.node.end
    else:
        assignment = next(a for a in body.attributes.values() if a.value is found.node)
        start, end = assignment.start, assignment.end
    if len(body.attributes) + len(body.blocks) == 1 and body is not tree.body:
        around = next((f for f in tree.found.values() if getattr(f.node, "body", None) is body), None)
        if around is not None and around.owner is not tree.body:
            return _remove_statement(source, around, tree)
    line = text.rfind("\n", 0, start) + 1
    stop = _end_of_statement(source, end)
    if text[line:start].strip() or text[stop : stop + 1].strip():
        return TextEdit(source, start, end, "")
    behind = _BLANK.match(text, stop)
    stop = behind.end() if behind else len(text)
    before = text[:line].rstrip(" \t")
    after_blank = _BLANK.match(text, stop)
    if after_blank and (before.endswith(("\n\n", "\n\r\n", "{\n", "{\r\n")) or not before):
        stop = after_blank.end()
    elif text[stop:].lstrip(" \t").startswith("}") and before.endswith(("\n\n", "\n\r\n")):
        line = len(before.rstrip("\r\n")) + (2 if before.endswith("\r\n") else 1)
    return TextEdit(source, line, stop, "")


# -- layout ------------------------------------------------------------------------------------------------------------


def _leading(source: Source, offset: int) -> int:
    """Spaces at the beginning of the line of `offset`."""
    start = source.text.rfind("\n", 0, offset) + 1
    line = source.text[start:offset]
    return len(line) - len(line.lstrip(" "))


def _lines(source: Source, text: str) -> str:
    return text.replace("\n", "\r\n") if "\r\n" in source.text else text
