"""Which findings lie on an attack path from the internet to data.

A finding is on a path if it is about a resource that the path leads through, or stands on a line that decides a step of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from fourfold.engines.paths.moves import Path
from fourfold.engines.paths.search import paths
from fourfold.engines.paths.world import World
from fourfold.findings.severity import ORDER
from fourfold.model.graph import Graph
from fourfold.model.place import Problem
from fourfold.reports.view import Item, View

_CERTAINTIES = ("proved", "assumed", "unknown")


def exposed(view: View, graph: Graph) -> View:
    """The same report, where each finding says on which path it is; within a severity, those on one come first."""
    found, notes = paths(graph)
    by_resource, by_line = _index(found, World(graph))
    items = [replace(item, exposure=_said(_of(item, by_resource, by_line))) for item in view.items]
    items.sort(key=lambda item: (ORDER[item.severity], not item.exposure))
    said = tuple(Problem("", 0, f"attack paths: {note}", note=True) for note in notes)
    return replace(view, items=tuple(items), notes=(*view.notes, *said))


_Index = dict[tuple[str, str], list[Path]]
_Lines = dict[tuple[str, int], list[Path]]


def _index(found: Iterable[Path], world: World) -> tuple[_Index, _Lines]:
    """Paths by the file and address of what they lead through, and by the lines that decide their steps; easiest first."""
    by_resource: _Index = {}
    by_line: _Lines = {}
    for path in found:
        for file, _, address in dict.fromkeys(key.partition("#") for key in _keys(path, world)):
            by_resource.setdefault((file, address), []).append(path)
        for place in dict.fromkeys((span.file, span.line) for move in path.moves for span in move.spans):
            by_line.setdefault(place, []).append(path)
    return by_resource, by_line


def _keys(path: Path, world: World) -> Iterator[str]:
    for move in path.moves:
        for fact in (*move.premises, move.conclusion):
            principal = world.by_arn.get(fact.subject)
            if principal is not None and principal.node is not None:
                yield principal.node.resource.key
            elif "#" in fact.subject:
                yield fact.subject


def _of(item: Item, by_resource: _Index, by_line: _Lines) -> list[Path]:
    file, parts = item.place.file, item.address.split("/")
    places = [item.place, *(note.place for note in item.related if note.place is not None)]
    found = [p for n in range(len(parts)) for p in by_resource.get((file, "/".join(parts[: n + 1])), ())]
    found += [p for place in places for p in by_line.get((place.file, place.line), ())]
    distinct = {(p.actor, p.target): p for p in found}
    return sorted(distinct.values(), key=lambda p: (p.effort, len(p.moves), p.target))


def _said(found: list[Path]) -> str:
    if not found:
        return ""
    first, more = found[0], len(found) - 1
    worst = max((move.certainty for move in first.moves), key=_CERTAINTIES.index)
    rest = f" and {more} more" if more else ""
    return f"on a path from the {first.actor} to {first.target.name}{rest} ({worst})"
