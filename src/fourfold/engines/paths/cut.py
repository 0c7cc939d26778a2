"""The cheapest set of changes after which no goal can be derived.

A *handle* is a change that somebody can make (an edit of a file); it takes away all steps that hang on it. The set is
found by implicit hitting sets: whatever can still be derived after the cheapest set so far names the handles of one more
derivation, one of which must be among the changes (E. Moreno-Centeno, R. M. Karp, "The implicit hitting set approach",
Operations Research 61, 2013). When nothing can be derived, the set is a cut, and no cheaper one exists.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from fourfold.engines.paths.derive import Rules

ROUNDS_MAX = 400
NODES_MAX = 200_000
"""Sets looked at before the cheapest so far is taken, and said not to be proved the cheapest."""


class Cut(msgspec.Struct, frozen=True):
    """Handles to use; `stays` names the goals that no handle can keep from being derived."""

    handles: tuple[str, ...]
    cost: int
    least: bool = True
    """Whether no cheaper set exists."""
    stays: tuple[int, ...] = ()


def cut(
    rules: Rules,
    given: Mapping[int, int],
    goals: Collection[int],
    handles: Mapping[int, Collection[str]],
    costs: Mapping[str, int],
) -> Cut:
    """The cheapest set of handles that leaves no goal derivable; `handles` has those that take away each step."""
    hanging: dict[str, list[int]] = {}
    for number, names in handles.items():
        for name in names:
            hanging.setdefault(name, []).append(number)
    # Derivations with few handles say most: they leave the fewest ways to be ended.
    counted = Rules([replace(s, cost=len(handles.get(n, ()))) for n, s in enumerate(rules.steps)])
    stays = _unstoppable(counted, given, goals, handles)
    wanted = [goal for goal in goals if goal not in stays]
    conflicts: list[frozenset[str]] = []
    chosen: tuple[str, ...] = ()
    least = True
    for _ in range(ROUNDS_MAX):
        without = {number for name in chosen for number in hanging[name]}
        best = counted.best(given, without, wanted)
        goal = next((g for g in wanted if g in best.cost), None)
        if goal is None:
            return Cut(chosen, sum(costs[c] for c in chosen), least, tuple(stays))
        proof = best.proof(rules.steps, goal)
        conflicts.append(frozenset(name for number in proof for name in handles.get(number, ())))
        chosen, exact = hitting_set(conflicts, costs)
        least = least and exact
    return Cut(chosen, sum(costs[c] for c in chosen), False, tuple(dict.fromkeys((*stays, *wanted))))


def _unstoppable(
    rules: Rules, given: Mapping[int, int], goals: Collection[int], handles: Mapping[int, Collection[str]]
) -> list[int]:
    """Goals that are derived by steps that nothing takes away."""
    best = rules.best(given, {number for number, names in handles.items() if names})
    return [goal for goal in goals if goal in best.cost]


def hitting_set(sets: Sequence[frozenset[str]], costs: Mapping[str, int]) -> tuple[tuple[str, ...], bool]:
    """The cheapest set that has a member of each of the sets (none is empty), and whether it is proved the cheapest.

    Branch and bound: the bound is the sum of the cheapest members of sets that are disjoint.
    """
    minimal = _minimal(sets)
    best: list[tuple[str, ...]] = [_greedy(minimal, costs)]
    price = [sum(costs[c] for c in best[0])]
    looked = 0

    def search(chosen: tuple[str, ...], cost: int, banned: frozenset[str], left: list[frozenset[str]]) -> None:
        nonlocal looked
        looked += 1
        if looked > NODES_MAX:
            return
        if not left:
            if cost < price[0] or (cost == price[0] and sorted(chosen) < sorted(best[0])):
                best[0], price[0] = tuple(sorted(chosen)), cost
            return
        if cost + _bound(left, banned, costs) > price[0]:
            return
        tightest = min(left, key=lambda s: (len(s - banned), sorted(s)))
        barred = banned
        for name in sorted(tightest - banned, key=lambda n: (costs[n], n)):
            search((*chosen, name), cost + costs[name], barred, [s for s in left if name not in s])
            barred |= {name}

    search((), 0, frozenset(), minimal)
    return best[0], looked <= NODES_MAX


def _minimal(sets: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """Without those that have another for a part: who hits the part hits the whole."""
    found: list[frozenset[str]] = []
    for one in sorted(set(sets), key=lambda s: (len(s), sorted(s))):
        if not any(other <= one for other in found):
            found.append(one)
    return found


def _greedy(sets: list[frozenset[str]], costs: Mapping[str, int]) -> tuple[str, ...]:
    chosen: list[str] = []
    left = sets
    while left:
        names = sorted({name for s in left for name in s})
        name = max(names, key=lambda n: (sum(n in s for s in left) / (costs[n] or 1e-9), n))
        chosen.append(name)
        left = [s for s in left if name not in s]
    return tuple(sorted(chosen))


def _bound(left: list[frozenset[str]], banned: frozenset[str], costs: Mapping[str, int]) -> int:
    total, used = 0, set(banned)
    for one in left:
        members = one - banned
        if not members:
            return 1 << 60
        if not members & used:
            total += min(costs[name] for name in members)
            used |= members
    return total
