"""The objects of one kustomization while it is being built, and the selectors that pick some of them."""

from __future__ import annotations

import re

import msgspec

from fourfold.model.resource import Resource
from fourfold.model.value import Map, Value
from fourfold.sources.kustomize.values import text_of

_LABEL_TERM = re.compile(r"\s*(?:(!)?\s*([\w./-]+)\s*(?:(==|=|!=)\s*([\w.-]*)|\s(in|notin)\s*\(([^)]*)\))?)\s*\Z")


class Item(msgspec.Struct):
    """One object."""

    value: Map
    kind: str
    """Group, version and kind: `apps/v1/Deployment`."""
    former: list[tuple[str, str]]
    """Namespaces and names it had before, the original one first."""
    behavior: str = ""
    """Generated objects: how they take the place of another of the same name (`create`, `replace`, `merge`)."""

    @property
    def name(self) -> str:
        return text_of(self.value.get("metadata", "name"))

    @property
    def namespace(self) -> str:
        return text_of(self.value.get("metadata", "namespace"))

    @property
    def group_kind(self) -> str:
        parts = self.kind.split("/")
        return f"{parts[0]}/{parts[-1]}" if len(parts) > 2 else parts[-1]

    @property
    def gvk(self) -> tuple[str, str, str]:
        """Group, version, kind."""
        parts = self.kind.split("/")
        return ("", parts[0], parts[-1]) if len(parts) == 2 else (parts[0], parts[1], parts[-1])

    def names(self) -> list[tuple[str, str]]:
        """Namespace and name, now and before."""
        return [(self.namespace, self.name), *reversed(self.former)]


def item_of(resource: Resource) -> Item:
    """An object that was read."""
    assert isinstance(resource.properties, Map)
    item = Item(resource.properties, resource.type, [])
    item.former.append((item.namespace, item.name))
    return item


def identified(items: list[Item], kind: str, namespace: str, name: str) -> list[Item]:
    """Objects a partial object is about: same group and kind, and its namespace and name at any time.

    Where no namespace fits, the name decides.
    """
    same = [i for i in items if i.group_kind == kind and any(n == name for _, n in i.names())]
    exact = [i for i in same if any((ns or "default", n) == (namespace or "default", name) for ns, n in i.names())]
    return exact or same


class Selector(msgspec.Struct, frozen=True):
    """What `target`, `select` and `reject` say. Empty parts fit everything."""

    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    labels: str = ""
    annotations: str = ""

    def fits(self, item: Item, *, exactly: bool = False) -> bool:
        """Whether it picks an object; texts are regular expressions over the whole, unless `exactly`."""
        group, version, kind = item.gvk
        fits = _equal if exactly else _matches
        return (
            (fits(self.group, group) and fits(self.version, version) and fits(self.kind, kind))
            and any(fits(self.name, n) and fits(self.namespace, ns) for ns, n in item.names())
            and _labels_fit(self.labels, item.value.get("metadata", "labels"))
            and _labels_fit(self.annotations, item.value.get("metadata", "annotations"))
        )


def selector_of(value: Value) -> Selector:
    """A selector as it is written."""
    fields = ("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector")
    return Selector(*(text_of(value.get(field)) for field in fields))


def _equal(wanted: str, text: str) -> bool:
    return not wanted or wanted == text


def _matches(pattern: str, text: str) -> bool:
    if not pattern or pattern == text:
        return True
    # Patterns are taken for simple ones only: one that could take long is compared as plain text.
    if len(pattern) > 200 or re.search(r"[+*}]\)?[+*{]", pattern):
        return False
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        return False


def _labels_fit(wanted: str, labels: Value) -> bool:
    """https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors."""
    have = {key: text_of(value) for _, key, value in labels.pairs()}
    for term in filter(None, map(str.strip, re.split(r",(?![^(]*\))", wanted))):
        found = _LABEL_TERM.match(term)
        if found is None:
            return False
        negated, key, operator, value, word, several = found.groups()
        if word:
            inside = have.get(key, "") in {part.strip() for part in several.split(",")} and key in have
            fits = inside if word == "in" else not inside
        elif operator:
            fits = (key in have and have[key] == value) is not (operator == "!=")
        else:
            fits = (key in have) is not bool(negated)
        if not fits:
            return False
    return True
