"""Where a Terraform value is decided: the literal behind a variable, a local value or a module's argument.

A value that is written as `var.x` or `local.x`, and nothing more, is mended where that is decided if nothing else uses the
name; else where it is used. What uses a name is counted in the text of the module's files, so that a mention in a comment
counts, too: then the change is made at the use, which is right in any case.
The argument of a module call is changed whatever else the module uses it for, as far as that can be proved: it is what the
module was made to be told.
"""

from __future__ import annotations

import posixpath
import re

from fourfold.fixes.hcl import is_constant, is_hcl, outline
from fourfold.fixes.text import CannotEditError
from fourfold.model.edit import Edit
from fourfold.model.place import Source, Span
from fourfold.model.value import Known, Map, Seq, Step, Value
from fourfold.sources.syntax.json import parse_json
from fourfold.sources.terraform.hcl import syntax
from fourfold.sources.tree import Tree

STEPS_MAX = 40
_TRAVERSAL = re.compile(r"(var|local)\.([^\W\d][\w-]*)\Z")
_INTERPOLATED = re.compile(r'"\$\{\s*([^{}"]*?)\s*\}"\Z')


def is_terraform(path: str) -> bool:
    """Whether a file of this name is written in one of Terraform's two syntaxes."""
    return is_hcl(path) or path.endswith((".tf.json", ".tofu.json", ".tfvars.json"))


def decided(edit: Edit, tree: Tree | None, *, arguments: bool = True) -> Edit:
    """The edit at the place that decides the value, where that is sure; else the edit as it is.

    `arguments` says whether the argument of a module call may be changed though the module uses it several times.
    """
    at = edit.at
    if tree is None or edit.op not in ("set", "append") or not is_terraform(at.source.path):
        return edit
    steps: tuple[Step, ...] = getattr(at, "provenance", ())
    place = at.value_span
    for _ in range(STEPS_MAX):
        found = _TRAVERSAL.match(_written(place))
        if found is None:
            break
        where, given, steps = _decision(found[1], found[2], steps)
        if where is None or not ((given and arguments) or _uses(tree, place.source.path, found[0]) == 1):
            return edit
        place = where
    if place == at.value_span or not _literal(place):
        return edit
    value = _placed(at, place)
    return Edit(edit.op, value, edit.keys, edit.value)


def _written(place: Span) -> str:
    text = place.source.text[place.start : place.end]
    found = _INTERPOLATED.match(text)
    return found[1] if found and not is_hcl(place.source.path) else text


def _decision(kind: str, name: str, steps: tuple[Step, ...]) -> tuple[Span | None, bool, tuple[Step, ...]]:
    """The place of what a name was given, by the next steps of how the value came to be, and whether a module call gave it."""
    for index, step in enumerate(steps):
        if step.span is None or not is_terraform(step.span.file):
            continue
        if kind == "local" and step.note != f"local.{name}":
            return None, False, ()
        if kind == "var" and step.note == f"variable {name}":
            continue
        return _value_of(step.span), step.note.startswith("argument of module."), steps[index + 1 :]
    return None, False, ()


def _value_of(span: Span) -> Span | None:
    """The value of the `name = value` that a step shows; the step's place itself where that is a value."""
    source = span.source
    if not is_hcl(source.path):
        colon = re.compile(r'"(?:[^"\\]|\\.)*"\s*:\s*').match(source.text, span.start, span.end)
        return Span(source, colon.end(), span.end) if colon else span
    for (start, end), found in outline(source).found.items():
        if end == span.end and found.kind == "argument":
            owner: syntax.Body = found.owner
            if any(a.start == span.start and a.value is found.node for a in owner.attributes.values()):
                return Span(source, start, end)
    return span if (span.start, span.end) in outline(source).found else None


def _uses(tree: Tree, path: str, name: str) -> int:
    """How often the files of a module's folder say a name."""
    folder = posixpath.dirname(path)
    pattern = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])")
    count = 0
    for other in tree.listing(folder):
        if is_terraform(other):
            source = tree.source(posixpath.join(folder, other))
            count += len(pattern.findall(source.text)) if source else 0
    return count


def _literal(place: Span) -> bool:
    if is_hcl(place.source.path):
        try:
            return is_constant(outline(place.source).at(place.start, place.end).node)
        except CannotEditError:
            return False
    value, problems = parse_json(Source(place.source.path, place.source.text[place.start : place.end]))
    return value is not None and not problems and "${" not in place.source.text[place.start : place.end]


def _placed(value: Value, place: Span) -> Value:
    """A value as it is at the place that decides it."""
    where = (place.source, place.start, place.end, -1)
    if isinstance(value, Seq):
        return Seq(*where, value.items_, (), value.style)
    if isinstance(value, Map):
        return Map(*where, value.entries_, (), value.style)
    return Known(*where, value.value if isinstance(value, Known) else None)
