"""Derivations: facts that follow from facts by steps with several premises, at least cost.

Facts are numbers, a step is a Horn rule `premises -> conclusion` with a cost that is not negative. The cost of a
derivation is the sum of the costs of its steps and of what is given, a fact that is used twice counted twice; the least
of it is found for all facts in one sweep (D. E. Knuth, "A generalization of Dijkstra's algorithm", Information Processing
Letters 6, 1977), in time O(size of all steps + facts x log facts).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from heapq import heappop, heappush

import msgspec

GIVEN = -1
"""In place of a step, for a fact that needs none."""


class Step(msgspec.Struct, frozen=True, gc=False):
    """`conclusion` follows from all of `premises`."""

    conclusion: int
    premises: tuple[int, ...]
    cost: int = 1


class Best(msgspec.Struct, frozen=True):
    """The cheapest way to each fact that can be derived at all."""

    cost: dict[int, int]
    by: dict[int, int]
    """Number of the last step; `GIVEN` for what is given."""

    def proof(self, steps: Sequence[Step], goal: int) -> list[int]:
        """The numbers of the steps that derive the goal, each once, premises before conclusions."""
        out: list[int] = []
        seen: set[int] = set()
        stack: list[tuple[int, bool]] = [(goal, False)]
        while stack:
            fact, done = stack.pop()
            number = self.by[fact]
            if done:
                out.append(number)
                continue
            if fact in seen:
                continue
            seen.add(fact)
            if number == GIVEN:
                continue
            stack.append((fact, True))
            stack.extend((premise, False) for premise in reversed(steps[number].premises))
        return out


class Rules:
    """Steps, ready to be swept from many sets of given facts."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = steps
        self.waiting: dict[int, list[int]] = {}
        """Fact: the steps that need it."""
        self.free: list[int] = []
        """Steps without premises."""
        self.needs: list[int] = []
        """How many different premises each step has."""
        for number, step in enumerate(steps):
            needed = step.premises if len(step.premises) < 2 else set(step.premises)
            for premise in needed:
                self.waiting.setdefault(premise, []).append(number)
            if not needed:
                self.free.append(number)
            self.needs.append(len(needed))

    def best(self, given: Mapping[int, int], without: Collection[int] = (), goals: Collection[int] = ()) -> Best:
        """The cheapest derivation of every fact from those given (with their costs), leaving out some steps.

        With goals, the sweep ends at the first of them.
        """
        steps, waiting = self.steps, self.waiting
        left = self.needs.copy()
        """By step: how many of its premises are not derived yet."""
        cost: dict[int, int] = {}
        by: dict[int, int] = {}
        heap: list[tuple[int, int, int]] = []
        for fact, price in given.items():
            heappush(heap, (price, fact, GIVEN))
        for number in self.free:
            if number not in without:
                heappush(heap, (steps[number].cost, steps[number].conclusion, number))
        wanted = set(goals)
        while heap:
            price, fact, number = heappop(heap)
            if fact in cost:
                continue
            cost[fact], by[fact] = price, number
            if fact in wanted:
                break
            for at in waiting.get(fact, ()):
                left[at] -= 1
                if left[at]:
                    continue
                step = steps[at]
                if step.conclusion not in cost and at not in without:
                    total = step.cost
                    for premise in step.premises:
                        total += cost[premise]
                    heappush(heap, (total, step.conclusion, at))
        return Best(cost, by)
