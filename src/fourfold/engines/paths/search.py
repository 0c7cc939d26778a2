"""The paths of a scan: explore forward from what actors have, derive at least effort, read off the proofs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import msgspec

from fourfold.engines.paths import cloud, cluster, sources, trusts
from fourfold.engines.paths.derive import Rules, Step
from fourfold.engines.paths.moves import Fact, Goal, Move, Path
from fourfold.engines.paths.world import World
from fourfold.model.graph import Graph
from fourfold.model.nodes import Identity, Workload

ACTORS = {
    "internet": "somebody on the internet",
    "key": "somebody with a stolen key of a user",
    "dependency": "a malicious library in one of the workloads",
    "pod": "somebody in one of the containers",
}
GOALS: dict[Goal, tuple[str, ...]] = {
    "data": ("read",),
    "administrator": ("administer",),
    "destroy": ("destroy",),
    "compute": ("run", "node"),
}
MOVES_MAX = 200_000


class Explored(msgspec.Struct, frozen=True):
    """All moves that are open to an actor, ready to be searched."""

    actor: str
    given: tuple[Fact, ...]
    moves: tuple[Move, ...]
    facts: dict[Fact, int]
    rules: Rules
    complete: bool = True
    """Whether no move was left out for their number."""
    together: bool = True
    """Whether the whole scan was taken for one account; else each folder was taken for itself."""

    def paths(self, goal: Goal) -> list[Path]:
        """The easiest path to each thing that the goal names, easiest first."""
        best = self.rules.best({self.facts[f]: 0 for f in self.given})
        out: list[Path] = []
        for fact, number in self.facts.items():
            if fact.kind not in GOALS[goal] or number not in best.cost or fact in self.given:
                continue
            proof = best.proof(self.rules.steps, number)
            moves = tuple(self.moves[n] for n in proof)
            out.append(Path(actor=self.actor, goal=goal, target=fact, moves=moves, effort=best.cost[number]))
        return sorted(out, key=lambda p: (p.effort, len(p.moves), p.target))

    def relevant(self, targets: Iterable[Fact]) -> list[Move]:
        """The moves that may be part of some way to one of these, not only of the easiest."""
        into: dict[Fact, list[Move]] = {}
        for move in self.moves:
            into.setdefault(move.conclusion, []).append(move)
        todo = list(dict.fromkeys(targets))
        seen = set(todo)
        out: list[Move] = []
        while todo:
            for move in into.get(todo.pop(), ()):
                out.append(move)
                todo += [p for p in move.premises if p not in seen]
                seen.update(move.premises)
        return out


def explore(graph: Graph, actor: str) -> Explored:
    """Every move that is open to an actor, from what it has at the start."""
    world = World(graph)
    given = tuple(start(world, actor))
    moves: list[Move] = []
    seen: dict[Fact, int] = {}
    todo = list(given)
    for fact in given:
        seen.setdefault(fact, len(seen))
    while todo and len(moves) < MOVES_MAX:
        fact = todo.pop()
        for move in _from(world, fact):
            moves.append(move)
            for found in (*move.premises, move.conclusion):
                if found not in seen:
                    seen[found] = len(seen)
                    todo.append(found)
    moves.sort(key=lambda m: (m.key, m.effort, m.text))
    facts = {fact: number for number, fact in enumerate(sorted(seen))}
    steps = [Step(facts[m.conclusion], tuple(facts[p] for p in m.premises), m.effort) for m in moves]
    return Explored(actor, given, tuple(moves), facts, Rules(steps), not todo, world.together)


def start(world: World, actor: str) -> Iterator[Fact]:
    """What an actor has."""
    if actor == "internet":
        yield cloud.INTERNET
    elif actor == "key":
        for identity in world.graph.of(Identity):
            if identity.kind == "user":
                for principal in world.principals.get(identity.key, ()):
                    yield cloud.held(principal)
    elif actor not in ACTORS:
        for principal in world.by_arn.values():
            if actor in (principal.name, principal.arn, principal.node.resource.address if principal.node else ""):
                yield cloud.held(principal)
    else:
        for workload in world.graph.of(Workload):
            if actor == "dependency" or workload.resource.of_kubernetes:
                yield cloud.ran(workload)


def _from(world: World, fact: Fact) -> Iterable[Move]:
    if fact.kind == "outside":
        return chain(cloud.from_internet(world), trusts.from_internet(world, fact))
    if fact.kind == "call":
        return cloud.from_call(world, fact)
    if fact.kind == "run":
        return chain(cloud.from_run(world, fact), cluster.from_run(world, fact))
    if fact.kind == "hold":
        return chain(cloud.from_hold(world, fact), cluster.from_hold(world, fact))
    if fact.kind == "write":
        return sources.from_write(world, fact)
    if fact.kind == "node":
        return cluster.from_node(world, fact)
    if fact.kind == "administer":
        return chain(cloud.from_administer(world, fact), cluster.from_administer(world, fact))
    return ()


def paths(
    graph: Graph, actors: Sequence[str] = ("internet",), goals: Sequence[Goal] = ("data",)
) -> tuple[list[Path], list[str]]:
    """(the easiest path of each actor to each thing that the goals name, what must be known of the search)"""
    out: list[Path] = []
    notes: dict[str, None] = {}
    for actor in actors:
        explored = explore(graph, actor)
        out += [path for goal in goals for path in explored.paths(goal)]
        if not explored.together:
            notes["so much is declared here that each folder was taken for an account of its own"] = None
        if not explored.complete:
            notes[f"more than {MOVES_MAX:,} moves: the search was not finished"] = None
    return out, list(notes)
