"""`aws_iam_policy_document`: a policy from HCL, without its provider.

Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document. The text is as
the provider writes it: two blanks of indentation, one-element lists as strings, actions, resources and principals in
descending order, condition values in the order written. The document behind it keeps the lists, each at its place in the
HCL, so that a change of it can be written back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import msgspec

from fourfold.model.value import Known, Map, Seq, Step, Text, Unknown, Value, from_plain
from fourfold.sources.terraform.evaluate.conversions import to_string
from fourfold.sources.terraform.evaluate.expressions import joined
from fourfold.sources.terraform.evaluate.kinds import is_null, is_unknown
from fourfold.sources.terraform.functions.encodings import JsonKnown, JsonText, json_pieces

VERSION = "2012-10-17"
DOCUMENT_BYTES_MAX = 1024 * 1024

_LISTS = {
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}
_VARIABLES = ("resources", "not_resources")
"""`&{aws:username}` stands for `${aws:username}` there, and in identifiers and conditions."""
_ORDER = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition")


def policy_document(values: Map) -> Map:
    """The data source's attributes, with `json` and `minified_json` computed from its arguments."""
    entries = values.entries_
    document = _Document(values)
    for name in ("source_json", "source_policy_documents"):
        document.merge_all(_elements(entries.get(name)))
    document.own(values)
    for name in ("override_json", "override_policy_documents"):
        document.merge_all(_elements(entries.get(name)))
    whole = document.value()
    computed = {
        "json": _text(whole, joined(_indented(_plain(whole), 0))),
        "minified_json": _text(whole, joined(_compact(_plain(whole)))),
        "id": Unknown(values.source, values.start, values.end, -1, "it is a checksum of the document"),
    }
    return msgspec.structs.replace(values, entries_={**entries, **computed})


def _text(document: Map, text: Value) -> Value:
    """The text with the document behind it, placed where the data source is."""
    place = (document.source, document.start, document.end, -1)
    if isinstance(text, Known):
        return JsonKnown(*place, text.value, document.provenance, document)
    assert isinstance(text, Text), "a policy has known parts"
    return JsonText(*place, text.parts, document.provenance, document)


class _Document:
    """A policy while it is put together."""

    def __init__(self, at: Map) -> None:
        self.at = at
        self.version: Value | None = None
        self.policy_id: Value | None = None
        self.statements: list[Value] = []

    def own(self, values: Map) -> None:
        """The statements of this data source, over those that came before."""
        default = Known(values.source, values.start, values.end, -1, VERSION, (Step("default of `version`", None),))
        version = values.entries_.get("version")
        self.upgrade(default if version is None or is_null(version) else version)
        given = values.entries_.get("policy_id")
        if given is not None and not is_null(given) and not given.surely(""):
            self.policy_id = given
        for block in _elements(values.entries_.get("statement")):
            self.add(_statement(block) if isinstance(block, Map) else block)

    def merge_all(self, documents: Iterable[Value]) -> None:
        for document in documents:
            self.merge(document)

    def merge(self, text: Value) -> None:
        """Another policy's statements; those with an identifier that is there already replace it."""
        if is_null(text) or text.surely(""):
            return
        document = _parsed(text)
        if not isinstance(document, Map):
            why = f"a policy that is merged into this one is not known: {document.reason or text.reason}"
            self.statements.append(Unknown(text.source, text.start, text.end, text.key_start, why, (), True))
            return
        policy_id = document.entries_.get("Id")
        if policy_id is not None:
            self.policy_id = policy_id
        self.upgrade(document.entries_.get("Version"))
        for statement in _elements(document.entries_.get("Statement")):
            self.add(statement)

    def upgrade(self, version: Value | None) -> None:
        """The later of two versions counts; both are dates, which order as texts."""
        before = self.version
        if before is None or (
            isinstance(version, Known) and isinstance(before, Known) and str(version.value) > str(before.value)
        ):
            self.version = version

    def add(self, statement: Value) -> None:
        sid = statement.entries_.get("Sid") if isinstance(statement, Map) else None
        if isinstance(sid, Known) and sid.value:
            for at, other in enumerate(self.statements):
                if isinstance(other, Map) and other.get("Sid").surely(sid.value):
                    self.statements[at] = statement
                    return
        self.statements.append(statement)

    def value(self) -> Map:
        at = self.at
        entries: dict[str, Value] = {} if self.version is None else {"Version": self.version}
        if self.policy_id is not None:
            entries["Id"] = self.policy_id
        if self.statements:
            first = self.statements[0]
            entries["Statement"] = Seq(at.source, first.start, at.end, -1, tuple(self.statements))
        return Map(at.source, at.start, at.end, -1, entries)


def _parsed(text: Value) -> Value:
    if isinstance(text, (JsonKnown, JsonText)):
        return text.document
    if not (isinstance(text, Known) and isinstance(text.value, str)) or len(text.value) > DOCUMENT_BYTES_MAX:
        return text
    try:
        return from_plain(json.loads(text.value), at=text)
    except (ValueError, RecursionError):
        return Unknown(text.source, text.start, text.end, text.key_start, "it is not valid JSON")


# -- one statement -----------------------------------------------------------------------------------------------------


def _statement(block: Map) -> Map:
    """A `statement` block as a policy statement; each element at the place of its argument."""
    given = {name: value for name, value in block.entries_.items() if not is_null(value)}
    out: dict[str, Value] = {}
    sid = given.get("sid")
    if sid is not None and not sid.surely(""):
        out["Sid"] = sid
    default = Known(block.source, block.start, block.end, -1, "Allow", (Step("default of `effect`", None),))
    out["Effect"] = given.get("effect", default)
    for name, key in _LISTS.items():
        value = given.get(name)
        if value is not None and not (isinstance(value, Seq) and not value.items_):
            out[key] = _variables(value) if name in _VARIABLES else value
    for name, key in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        found = _principals(_elements(given.get(name)))
        if found is not None:
            out[key] = found
    conditions = _conditions(_elements(given.get("condition")))
    if conditions is not None:
        out["Condition"] = conditions
    return msgspec.structs.replace(block, entries_={key: out[key] for key in _ORDER if key in out})


def _principals(blocks: list[Value]) -> Value | None:
    """`principals` blocks as the element; `*` of type `*` alone is the element `"*"`."""
    if not blocks:
        return None
    if not all(isinstance(b, Map) and isinstance(b.get("type"), Known) for b in blocks):
        return _gap(blocks)
    if len(blocks) == 1 and blocks[0].get("type").surely("*"):
        identifiers = _elements(blocks[0].get("identifiers"))
        if len(identifiers) == 1 and identifiers[0].surely("*"):
            return msgspec.structs.replace(identifiers[0], key_start=blocks[0].key_start)
    entries: dict[str, Value] = {}
    for block in blocks:
        kind = str(block.get("type").plain())
        found = _variables(block.get("identifiers"))
        entries[kind] = _more(entries[kind], found) if kind in entries else found
    first, last = blocks[0], blocks[-1]
    return Map(first.source, first.start, last.end, first.key_start, entries)


def _conditions(blocks: list[Value]) -> Value | None:
    """`condition` blocks as the element: tests, in them keys, in them values."""
    if not blocks:
        return None
    known = [b for b in blocks if isinstance(b, Map)]
    if len(known) < len(blocks) or not all(
        isinstance(b.get("test"), Known) and isinstance(_variables(b.get("variable")), Known) for b in known
    ):
        return _gap(blocks)
    entries: dict[str, Value] = {}
    for block in known:
        test, key = str(block.get("test").plain()), str(_variables(block.get("variable")).plain())
        found = _variables(block.get("values"))
        group = entries.get(test)
        inner = dict(group.entries_) if isinstance(group, Map) else {}
        inner[key] = _more(inner[key], found) if key in inner else _named(found, block.get("variable"))
        entries[test] = Map(block.source, block.start, block.end, block.key_start, inner)
    first, last = blocks[0], blocks[-1]
    return Map(first.source, first.start, last.end, first.key_start, entries)


def _named(values: Value, variable: Value) -> Value:
    """The values of a condition, with their key where `variable` is written, if that comes first."""
    comes_first = variable.source is values.source and 0 <= variable.key_start < values.start
    return msgspec.structs.replace(values, key_start=variable.key_start) if comes_first else values


def _gap(blocks: list[Value]) -> Value:
    reason = next((b.reason for b in blocks if b.reason), "") or "a part of it is not known"
    first = blocks[0]
    return Unknown(first.source, first.start, blocks[-1].end, first.key_start, reason)


def _more(before: Value, after: Value) -> Value:
    """Two lists as one."""
    items = (*_elements(before), *_elements(after))
    return Seq(before.source, before.start, before.end, before.key_start, items)


def _variables(value: Value) -> Value:
    """`&{` as `${`, in all texts of a list."""
    if isinstance(value, Seq):
        return msgspec.structs.replace(value, items_=tuple(map(_variables, value.items_)))
    if isinstance(value, Known):
        text = to_string(value)
        if isinstance(text, Known) and isinstance(text.value, str) and "&{" in text.value:
            return msgspec.structs.replace(text, value=text.value.replace("&{", "${"))
        return text
    if isinstance(value, Text):
        return msgspec.structs.replace(
            value, parts=tuple(p.replace("&{", "${") if isinstance(p, str) else p for p in value.parts)
        )
    return value


def _elements(value: Value | None) -> list[Value]:
    """The elements of a list; one value alone is a list of one, nothing an empty one."""
    if value is None or is_null(value):
        return []
    return list(value.items_) if isinstance(value, Seq) else [value]


# -- the text ----------------------------------------------------------------------------------------------------------


def _plain(document: Map) -> Map:
    """The document as the provider writes it: one-element lists as strings, sets in descending order."""
    statements = _elements(document.entries_.get("Statement"))
    entries = dict(document.entries_)
    if statements:
        # A document has a list of statements even where there is one.
        written = tuple(_as_written(s) if isinstance(s, Map) else s for s in statements)
        entries["Statement"] = Seq(document.source, document.start, document.end, -1, written)
    return msgspec.structs.replace(document, entries_=entries)


def _as_written(statement: Map) -> Map:
    out: dict[str, Value] = {}
    for key, value in statement.entries_.items():
        if key == "Condition" and isinstance(value, Map):
            tests = {test: _singles(group) for test, group in sorted(value.entries_.items())}
            out[key] = msgspec.structs.replace(value, entries_=tests)
        elif key in ("Principal", "NotPrincipal") and isinstance(value, Map):
            kinds = {kind: _single(_descending(value.entries_[kind])) for kind in sorted(value.entries_)}
            out[key] = msgspec.structs.replace(value, entries_=kinds)
        else:
            out[key] = _single(_descending(value))
    return msgspec.structs.replace(statement, entries_=out)


def _singles(group: Value) -> Value:
    if not isinstance(group, Map):
        return group
    return msgspec.structs.replace(group, entries_={k: _single(group.entries_[k]) for k in sorted(group.entries_)})


def _descending(value: Value) -> Value:
    if isinstance(value, Seq) and all(isinstance(v, Known) for v in value.items_):
        items = sorted(value.items_, key=lambda v: str(v.plain()), reverse=True)
        return msgspec.structs.replace(value, items_=tuple(items))
    return value


def _single(value: Value) -> Value:
    return value.items_[0] if isinstance(value, Seq) and len(value.items_) == 1 else value


def _indented(value: Value, depth: int) -> list[str | Value]:
    """JSON text in pieces, with two blanks of indentation and the order of the entries kept."""
    inner, outer = "\n" + "  " * (depth + 1), "\n" + "  " * depth
    if isinstance(value, Map) and value.entries_:
        out: list[str | Value] = ["{"]
        for at, (key, entry) in enumerate(value.entries_.items()):
            out += [("," if at else "") + inner + json.dumps(key) + ": ", *_indented(entry, depth + 1)]
        return [*out, outer + "}"]
    if isinstance(value, Seq) and value.items_:
        out = ["["]
        for at, item in enumerate(value.items_):
            out += [("," if at else "") + inner, *_indented(item, depth + 1)]
        return [*out, outer + "]"]
    return _scalar(value)


def _compact(value: Value) -> list[str | Value]:
    """JSON text in pieces without blanks, with the order of the entries kept."""
    if isinstance(value, Map):
        out: list[str | Value] = ["{"]
        for at, (key, entry) in enumerate(value.entries_.items()):
            out += [("," if at else "") + json.dumps(key) + ":", *_compact(entry)]
        return [*out, "}"]
    if isinstance(value, Seq):
        out = ["["]
        for at, item in enumerate(value.items_):
            out += [","] * bool(at) + _compact(item)
        return [*out, "]"]
    return _scalar(value)


def _scalar(value: Value) -> list[str | Value]:
    if is_unknown(value) and not (isinstance(value, Unknown) and value.maybe_absent):
        return ['"', value, '"']
    return json_pieces(value)
