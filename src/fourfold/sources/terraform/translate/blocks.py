"""Arguments and blocks of one instance to a tree of properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from fourfold.model.value import Absent, Known, Map, Ref, Seq, Step, Text, Unknown, Value
from fourfold.sources.terraform.translate.documents import document, yaml_documents
from fourfold.sources.terraform.translate.names import Plan
from fourfold.sources.terraform.translate.references import Instances
from fourfold.sources.terraform.translate.row import Scalar

CONFIGURATIONS = (".tf", ".tofu", ".tf.json", ".tofu.json")
STYLE = "hcl"
"""What the style of a mapping that is written in HCL begins with; see `spelling.py`."""
_FREE_TEXTS = frozenset({"DefinitionString", "LifecyclePolicyText", "SecretString", "UserData", "Value", "ZipFile"})
"""Properties that stay a text, though they may hold JSON."""


_POLICIES = ("Policy", "PolicyDocument")
"""Ends of the names of properties that hold a policy, also where the schema says that they are a text."""


class ProviderDefault(Known, frozen=True):
    """What the Terraform provider sends where nothing is written: a known value without a text of its own.

    It stands at the block that it would be written in.
    """

    path: tuple[str, ...] = ()
    """Where it would be written, in CloudFormation's words."""


class Node:
    """A mapping while it is built."""

    __slots__ = ("at", "blocks", "entries", "path", "style")

    def __init__(self, at: Map, path: tuple[str, ...], blocks: tuple[str, ...], style: str) -> None:
        self.at = at
        self.path = path
        self.blocks = blocks
        self.style = style
        self.entries: dict[str, Item] = {}

    def child(self, key: str, at: Map, blocks: tuple[str, ...]) -> Node:
        """The mapping at a key, made where there is none; the first element where there is a list."""
        found = self.entries.get(key)
        if isinstance(found, list) and found and isinstance(found[0], Node):
            return found[0]
        if not isinstance(found, Node):
            self.entries[key] = found = Node(at, (*self.path, key), blocks, self.style)
        return found

    def put(self, key: str, value: Item) -> None:
        """Set a property; lists that stand there already are continued, mappings filled."""
        found = self.entries.get(key)
        if isinstance(found, Node) and isinstance(value, Node):
            for inner, one in value.entries.items():
                found.put(inner, one)
        elif isinstance(found, list) and isinstance(value, list):
            found.extend(value)
        elif isinstance(found, Seq) and isinstance(value, Seq):
            both = (*found.items_, *value.items_)
            self.entries[key] = Seq(found.source, found.start, found.end, found.key_start, both, found.provenance)
        elif not isinstance(value, Absent) or found is None:
            self.entries[key] = value

    def value(self) -> Map:
        """The finished mapping."""
        at = self.at
        entries = {key: finished(item, at) for key, item in self.entries.items()}
        style = self.style
        if style.startswith(STYLE):
            style = f"{style}|{'.'.join(self.blocks)}|{'.'.join(self.path)}"
        return Map(at.source, at.start, at.end, at.key_start, entries, at.provenance, style)


Item: TypeAlias = "Value | Node | list[Node | Value]"


def finished(item: Item, around: Value) -> Value:
    """What was built, as a value."""
    if isinstance(item, Node):
        return item.value()
    if isinstance(item, list):
        items = tuple(finished(one, around) for one in item)
        at = items[0] if items else around
        end = max((i.end for i in items if i.source is at.source), default=at.end)
        return Seq(at.source, at.start, end, at.key_start, items)
    return item


class Builder:
    """Builds the properties of one instance."""

    def __init__(self, plan: Plan, instances: Instances, type_: str) -> None:
        self.plan = plan
        self.instances = instances
        self.type = type_
        self.root: Node
        self._camel = False

    def properties(self, values: Map) -> Node:
        """The tree from the resource on."""
        style = f"{STYLE}|{self.type}" if values.source.path.endswith(CONFIGURATIONS) else ""
        self.root = Node(values, (), (), style)
        node = self.root
        for key in self.plan.below:
            node = node.child(key, values, ())
        skip = set(self.plan.row.parent.split()) if self.plan.row.into else set()
        self.block(values, (), node, skip)
        return self.root

    def block(
        self, values: Map, around: tuple[str, ...], node: Node, skip: set[str] | frozenset[str] = frozenset()
    ) -> None:
        """Place the arguments of a block."""
        for name, value in values.entries_.items():
            if name in skip:
                continue
            place = self.plan.place(around, name, node.path)
            if place is None:
                continue
            if (
                place.path == node.path
                and (*around, name)
                and self.plan.row.names.get(".".join((*around, name))) == "."
            ):
                for inner in _blocks(value):
                    self.block(inner, (*around, name), node)
                continue
            item = self.convert(value, place.kind, (*around, name), place.path)
            if item is None:
                continue
            target, rest = self._from(node, place.path)
            for key in rest[:-1]:
                target = target.child(key, values, around)
            target.put(rest[-1], item)

    def _from(self, node: Node, path: tuple[str, ...]) -> tuple[Node, tuple[str, ...]]:
        size = len(node.path)
        if path[:size] == node.path:
            return node, path[size:]
        return self.root, path

    def convert(self, value: Value, kind: str, around: tuple[str, ...], path: tuple[str, ...]) -> Item | None:
        """A value in the shape that the schema asks for; None where there is nothing."""
        words = self.plan.row.words.get(".".join(around))
        if words is not None:
            value = in_words(value, words)
        if isinstance(value, Known) and value.value in (None, ""):
            return _nothing(value)
        if kind == "@" or kind.startswith("@"):
            return self._object(value, around, path)
        if kind.startswith("[@"):
            return self._objects(value, kind, around, path)
        if kind.startswith("["):
            return self._list(value, around)
        return self._plain(value, kind, around, path)

    def _object(self, value: Value, around: tuple[str, ...], path: tuple[str, ...]) -> Item | None:
        made = document(value)
        if isinstance(made, Seq):
            if not made.items_:
                return None
            made = made.items_[0]
        return self._node(made, around, path, camel=made is not value and isinstance(value, (Known, Text)))

    def _node(
        self, value: Value, around: tuple[str, ...], path: tuple[str, ...], *, camel: bool = False
    ) -> Node | Value:
        if not isinstance(value, Map):
            return self.instances.resolved(value)
        outside = self._camel
        self._camel = camel or outside
        node = Node(value, path, around, self._style(value))
        self.block(value, around, node)
        self._camel = outside
        return node

    def _style(self, value: Map) -> str:
        """How keys are spelled: as in what was JSON, or as in a block."""
        if self._camel:
            return "camel"
        return self.root.style if value.key_start == value.start and value.start >= 0 else ""

    def _objects(self, value: Value, kind: str, around: tuple[str, ...], path: tuple[str, ...]) -> Item | None:
        made = document(value)
        camel = made is not value and isinstance(value, (Known, Text))
        if isinstance(made, Map):
            if self.plan.is_pairs(kind):
                return self._pairs(made, kind)
            return [self._node(made, around, path, camel=camel)]
        if isinstance(made, Seq) and not (made.items_ and all(isinstance(v, (Known, Ref, Text)) for v in made.items_)):
            return [self._node(item, around, path, camel=camel) for item in made.items_]
        return self.instances.resolved(made)

    def _pairs(self, value: Map, kind: str) -> Value:
        assert self.plan.schema is not None
        names = sorted(self.plan.schema.definitions[kind[2:]], key=lambda n: n.endswith("Value"))
        items = []
        for key, entry in value.entries_.items():
            word = Known(entry.source, entry.start, entry.end, entry.key_start, key)
            pair = {names[0]: word, names[1]: self.instances.resolved(entry)}
            items.append(Map(entry.source, entry.start, entry.end, entry.key_start, pair))
        return Seq(value.source, value.start, value.end, value.key_start, tuple(items), value.provenance)

    def _list(self, value: Value, around: tuple[str, ...]) -> Item:
        if isinstance(value, (Seq, Unknown)):
            named = Seq(
                value.source, value.start, value.end, value.key_start,
                tuple(self.instances.reference(v, around[-1].removesuffix("s"), self.type) for v in value.items_),
                value.provenance,
            ) if isinstance(value, Seq) else value  # fmt: skip
            return self.instances.resolved(named)
        value = self.instances.resolved(self.instances.reference(value, around[-1], self.type))
        return Seq(value.source, value.start, value.end, value.key_start, (value,))

    def _plain(self, value: Value, kind: str, around: tuple[str, ...], path: tuple[str, ...]) -> Item:
        if (kind in ("*", "") or path[-1].endswith(_POLICIES)) and path[-1] not in _FREE_TEXTS:
            value = document(value)
            if isinstance(value, (Known, Text)) and path[-1] == "Body":
                value = next(iter(yaml_documents(value)), value)
        if (
            kind in ("s", "n", "b")
            and isinstance(value, Seq)
            and len(value.items_) == 1
            and not isinstance(value.items_[0], Map)
        ):
            value = value.items_[0]
        if isinstance(value, Map) and around[-1] == "options":
            entries = {k: self.instances.reference(v, k, self.type) for k, v in value.entries_.items()}
            value = Map(value.source, value.start, value.end, value.key_start, entries, value.provenance, value.style)
        return self.instances.resolved(self.instances.reference(value, around[-1], self.type))


def _blocks(value: Value) -> list[Map]:
    found = value.items_ if isinstance(value, Seq) else (value,)
    return [item for item in found if isinstance(item, Map)]


def _nothing(value: Known) -> Absent:
    """A null, or an empty text, which the provider takes for nothing; a value can be written in its place."""
    null = Known(value.source, value.start, value.end, value.key_start, None, value.provenance)
    return Absent(value.source, value.start, value.end, value.key_start, null, ())


def in_words(value: Value, words: Mapping[Scalar, Scalar]) -> Value:
    """A value in CloudFormation's words, where the table has one."""
    if isinstance(value, Known) and value.value in words:
        return Known(value.source, value.start, value.end, value.key_start, words[value.value], value.provenance)
    return value


def add_defaults(root: Node, plan: Plan, values: Map, silent: set[str]) -> None:
    """Say what the provider sends, or that nobody can say it, where nothing is written."""
    said: dict[str, Any] = {**plan.row.provider, **plan.row.unsaid}
    for dotted, what in said.items():
        if dotted in silent:
            continue
        *holders, key = dotted.split(".")
        node: Item | None = root
        for holder in holders:
            node = node.entries.get(holder) if isinstance(node, Node) else None
        if not isinstance(node, Node) or not isinstance(
            node.entries.get(key, Absent(*_at(values), values, ())), Absent
        ):
            continue
        at = _at(node.at)
        if dotted in plan.row.unsaid:
            node.entries[key] = Unknown(*at, f"nothing is written; {what}")
        else:
            steps = (Step("default of the Terraform provider"),)
            node.entries[key] = ProviderDefault(*at, what, steps, tuple(dotted.split(".")))


def _at(value: Value) -> tuple[Any, int, int, int]:
    return value.source, value.start, value.end, -1
