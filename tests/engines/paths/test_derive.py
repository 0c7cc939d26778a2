"""Derivations and cuts against brute force."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.engines.paths.cut import cut, hitting_set
from fourfold.engines.paths.derive import GIVEN, Rules, Step

FACTS = st.integers(0, 7)
steps = st.lists(st.builds(Step, FACTS, st.lists(FACTS, max_size=3).map(tuple), st.integers(0, 3)), max_size=12)
givens = st.dictionaries(FACTS, st.integers(0, 2), max_size=2)


def least(rules: list[Step], start: dict[int, int]) -> dict[int, int]:
    """Costs by repeating all steps until nothing changes."""
    cost = dict(start)
    while True:
        before = dict(cost)
        for step in rules:
            if all(p in cost for p in step.premises):
                total = step.cost + sum(cost[p] for p in step.premises)
                if total < cost.get(step.conclusion, 1 << 60):
                    cost[step.conclusion] = total
        if cost == before:
            return cost


@settings(max_examples=300, deadline=None)
@given(steps, givens)
def test_the_cheapest_derivation_of_every_fact(rules: list[Step], start: dict[int, int]) -> None:
    best = Rules(rules).best(start)
    assert best.cost == least(rules, start)
    for fact, number in best.by.items():
        if number == GIVEN:
            assert start[fact] == best.cost[fact]
            continue
        have = set(start)
        for at in best.proof(rules, fact):  # in this order each step has its premises
            assert set(rules[at].premises) <= have
            have.add(rules[at].conclusion)
        assert fact in have


@settings(max_examples=200, deadline=None)
@given(
    steps,
    givens,
    st.lists(st.sets(st.sampled_from("abcde"), max_size=2), min_size=12, max_size=12),
    st.sets(FACTS, min_size=1, max_size=2),
)
def test_the_cheapest_cut(rules: list[Step], start: dict[int, int], names: list[set[str]], goals: set[int]) -> None:
    handles = {n: names[n] for n in range(len(rules)) if names[n]}
    costs = dict(zip("abcde", (1, 1, 2, 3, 5), strict=True))
    found = cut(Rules(rules), start, sorted(goals), handles, costs)
    firm = least([s for n, s in enumerate(rules) if n not in handles], start)
    assert set(found.stays) == {g for g in goals if g in firm}
    wanted = goals - set(found.stays)

    def ended(chosen: tuple[str, ...]) -> bool:
        left = [s for n, s in enumerate(rules) if not set(chosen) & handles.get(n, set())]
        return not wanted & least(left, start).keys()

    assert ended(found.handles)
    assert found.least
    every = [c for size in range(6) for c in combinations("abcde", size)]
    assert found.cost == min(sum(costs[n] for n in c) for c in every if ended(c))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sets(st.sampled_from("abcdef"), min_size=1).map(frozenset), max_size=7))
def test_the_cheapest_hitting_set(sets: list[frozenset[str]]) -> None:
    costs = dict(zip("abcdef", (1, 2, 2, 3, 4, 1), strict=True))
    found, proved = hitting_set(sets, costs)
    every = [c for size in range(7) for c in combinations("abcdef", size) if all(set(c) & s for s in sets)]
    assert proved
    assert all(set(found) & s for s in sets)
    assert sum(costs[n] for n in found) == min(sum(costs[n] for n in c) for c in every)
