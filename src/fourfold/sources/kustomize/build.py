"""One kustomization with everything below it, in the order kustomize works in.

Resources and bases first, then generators, then components, then the transformers: patches, namespace, prefix, suffix,
labels, annotations, JSON patches, replicas, images, replacements; names that changed are followed last.
"""

from __future__ import annotations

import posixpath

from fourfold.model.place import Source
from fourfold.model.value import Known, Map, Value
from fourfold.sources.kustomize import generators, images, labels, names, patches, replacements
from fourfold.sources.kustomize.files import Files, first_mapping, is_remote
from fourfold.sources.kustomize.items import Item, item_of
from fourfold.sources.kustomize.values import embedded, text_of
from fourfold.sources.syntax.yaml import parse_yaml

DEPTH_MAX = 32
"""Kustomizations in kustomizations."""
OPENED_MAX = 1_000
"""Uses of kustomizations by one of them."""
ITEMS_MAX = 50_000
"""Objects of one kustomization."""

_PLUGINS = ("generators", "transformers", "validators")
_CHARTS = ("helmCharts", "helmChartInflationGenerator")


class Context:
    """One kustomization that is being built."""

    def __init__(self, value: Map, folder: str, files: Files) -> None:
        self.value = value
        self.folder = folder
        self.files = files
        self.items: list[Item] = []
        self.variables: dict[str, tuple[Value, Item | None]] = {}
        """Entries of `vars` by name, of this kustomization and those below, each with the object it is about."""
        self.whole = True
        """Whether everything it names was seen; where not, a patch without a target is no mistake."""

    @property
    def component(self) -> bool:
        return text_of(self.value.get("kind")) == "Component"


def build(source: Source, files: Files) -> list[Item]:
    """The objects of the kustomization in a file."""
    documents, problems = parse_yaml(source)
    files.problems += problems
    value = first_mapping(documents)
    if value is None:
        return []
    context = Context(value, posixpath.dirname(source.path), files)
    _accumulate(context, (source.path,), standing_alone=True)
    replacements.fill_variables(context)
    return context.items


def _accumulate(context: Context, chain: tuple[str, ...], *, standing_alone: bool = False) -> None:
    value, files = context.value, context.files
    for field in ("resources", "bases"):
        for _, entry in value.get(field).elements():
            _resource(context, entry, chain)
    generators.run(context)
    for _, entry in value.get("components").elements():
        _component(context, entry, chain)
    if context.component and standing_alone:
        # Nobody uses it, so there is nothing it could patch.
        return
    for field in _CHARTS:
        for _, chart in value.get(field).elements():
            name = text_of(chart.get("name")) or text_of(chart.get("chartName"))
            files.problem(
                chart, f"chart `{name}` was not rendered; run `kustomize build --enable-helm` and scan its output"
            )
            context.whole = False
    for _, entry in value.get("configurations").elements():
        files.problem(entry, "own configurations of transformers are not followed; what they rename was not seen")
    for field in _PLUGINS:
        for _, entry in value.get(field).elements():
            files.problem(entry, f"an entry of `{field}` was not run; run `kustomize build` and scan its output")
            context.whole = False
    _transform(context)


def _transform(context: Context) -> None:
    patches.merge(context)
    patches.apply(context)
    names.namespace(context)
    names.affixes(context)
    labels.add(context)
    patches.json(context)
    images.replicas(context)
    images.retag(context)
    names.follow(context.items)
    replacements.run(context)
    replacements.declare_variables(context)
    context.items = [item for item in context.items if not _is_local(item)]


def _is_local(item: Item) -> bool:
    """Whether an object only helps to build others and is not deployed."""
    return text_of(item.value.get("metadata", "annotations", "config.kubernetes.io/local-config")) not in ("", "false")


def _resource(context: Context, entry: Value, chain: tuple[str, ...]) -> None:
    files, text = context.files, text_of(entry)
    path = files.resolve(context.folder, text)
    if not text:
        files.problem(entry, "an entry of `resources` is not a path")
    elif isinstance(entry, Known) and "\n" in text:
        for document in embedded(entry)[0]:
            _inline(context, document)
    elif files.kind(path) == "missing" and is_remote(text):
        files.problem(entry, f"remote base `{text}` was not fetched; what it declares is not part of the scan")
        context.whole = False
    elif files.kind(path) == "folder":
        _base(context, entry, path, chain)
    else:
        found = files.manifest(path, entry)
        context.whole = context.whole and not found.problems and files.kind(path) == "file"
        _add(context, entry, [item_of(resource) for resource in found.resources])


def _inline(context: Context, document: Value) -> None:
    from fourfold.model.resource import Reading
    from fourfold.sources.kubernetes.objects import objects_of

    reading = Reading()
    objects_of(document, reading)
    context.files.problems += reading.problems
    _add(context, document, [item_of(resource) for resource in reading.resources])


def _open(context: Context, entry: Value, path: str, chain: tuple[str, ...]) -> tuple[Context, tuple[str, ...]] | None:
    """The kustomization of a folder; a problem and None where there is none."""
    files = context.files
    file = files.kustomization(path) if files.kind(path) == "folder" else ""
    reason = ""
    if not file:
        kind = files.kind(path)
        reason = (
            f"`{path}` lies outside of the scanned folder; scan the folder that holds both"
            if kind == "outside"
            else f"`{path}` holds no kustomization"
            if kind == "folder"
            else f"`{path}` does not exist"
        )
    elif file in chain:
        reason = f"`{path}` is built from itself"
    elif len(chain) >= DEPTH_MAX or files.opened >= OPENED_MAX:
        reason = f"more than {DEPTH_MAX} kustomizations in one another, or {OPENED_MAX} in all"
    files.opened += 1
    value = None if reason else first_mapping(files.documents(file, entry))
    if value is None:
        if reason:
            files.problem(entry, f"{reason}; it was left out")
        context.whole = False
        return None
    return Context(value, posixpath.dirname(file), files), (*chain, file)


def _base(context: Context, entry: Value, path: str, chain: tuple[str, ...]) -> None:
    opened = _open(context, entry, path, chain)
    if opened is not None:
        inner, chain = opened
        _accumulate(inner, chain)
        context.whole = context.whole and inner.whole
        context.variables |= inner.variables
        _add(context, entry, inner.items)


def _component(context: Context, entry: Value, chain: tuple[str, ...]) -> None:
    """A component works on the objects that are there already."""
    text = text_of(entry)
    path = context.files.resolve(context.folder, text)
    if context.files.kind(path) == "missing" and is_remote(text):
        context.files.problem(entry, f"remote component `{text}` was not fetched; what it changes was not seen")
        context.whole = False
        return
    opened = _open(context, entry, path, chain)
    if opened is not None:
        inner, chain = opened
        inner.items, inner.whole = context.items, context.whole
        _accumulate(inner, chain)
        context.items, context.whole = inner.items, inner.whole
        context.variables |= inner.variables


def _add(context: Context, entry: Value, items: list[Item]) -> None:
    if len(context.items) + len(items) > ITEMS_MAX:
        context.files.problem(entry, f"more than {ITEMS_MAX} objects in one kustomization; the rest was left out")
        items = items[: max(0, ITEMS_MAX - len(context.items))]
    context.items.extend(items)
