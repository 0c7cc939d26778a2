"""Possible worlds: how a plain yes-or-no question is asked of values that depend on choices or are not known.

A check is plain Python about *one* world. `explore` runs it once; where it asks something that the world does not
settle yet - a condition, or a question to an unknown value - the world takes the answer "yes", and the run is repeated
with "no" afterwards. So only the conditions on the path of one answer are ever decided, never their product.

The runs form a binary tree. `Outcomes.must` and `Outcomes.may` fold it: a result is certain under a condition if it
comes whatever the unknowns turn out to be, and possible if it comes for some of them.

This is path exploration by replay, as in King, "Symbolic execution and program testing", CACM 19(7), 1976.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from contextvars import ContextVar
from typing import TypeVar

import msgspec

from fourfold.model.condition import FALSE, TRUE, All, Any, Condition, Equals, Free, Not, Variable, both, choose, either

T = TypeVar("T")

RUNS_MAX = 128
"""Runs of one check on one subject; beyond it the answer is unknown, and says so."""


class Undecided(Exception):  # noqa: N818 - it is an answer, not an error
    """A question that needs the value itself was put to one that is not known; carries the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Doubt(msgspec.Struct, frozen=True):
    """A question put to an unknown value: what tells it from others, and why it is not known."""

    key: Hashable
    reason: str


class World:
    """The answers given so far in one run."""

    __slots__ = ("_doubts", "_excluded", "_fixed", "_free", "choices", "taken")

    def __init__(self, choices: list[bool]) -> None:
        self.choices = choices
        self.taken: list[tuple[Condition | Doubt, bool]] = []
        self._fixed: dict[Variable, str] = {}
        self._excluded: dict[Variable, set[str]] = {}
        self._free: dict[Free, bool] = {}
        self._doubts: dict[Hashable, bool] = {}

    def _take(self, what: Condition | Doubt) -> bool:
        at = len(self.taken)
        answer = self.choices[at] if at < len(self.choices) else True
        if at >= len(self.choices):
            self.choices.append(True)
        self.taken.append((what, answer))
        return answer

    def holds(self, c: Condition) -> bool:
        """Whether `c` is true here, deciding what is still open."""
        if isinstance(c, Equals):
            return self._equals(c)
        if isinstance(c, Not):
            return not self.holds(c.of)
        if isinstance(c, All):
            return all(self.holds(part) for part in c.of)
        if isinstance(c, Any):
            return any(self.holds(part) for part in c.of)
        assert isinstance(c, Free)
        if c not in self._free:
            self._free[c] = self._take(c)
        return self._free[c]

    def _equals(self, c: Equals) -> bool:
        variable, value = c.variable, c.value
        if variable in self._fixed:
            return self._fixed[variable] == value
        excluded = self._excluded.setdefault(variable, set())
        if value in excluded or (variable.domain is not None and value not in variable.domain):
            return False
        if variable.domain is not None and len(set(variable.domain) - excluded) == 1:
            self._fixed[variable] = value
            return True
        if self._take(c):
            self._fixed[variable] = value
            return True
        excluded.add(value)
        return False

    def doubt(self, key: Hashable, reason: str) -> bool:
        """The answer to a question that cannot be known: both are explored."""
        if key not in self._doubts:
            self._doubts[key] = self._take(Doubt(key, reason))
        return self._doubts[key]


_world: ContextVar[World | None] = ContextVar("world", default=None)


def holds(c: Condition) -> bool:
    """Whether `c` is true in the present world."""
    if c == TRUE or c == FALSE:
        return c == TRUE
    world = _world.get()
    if world is None:
        raise Undecided(f"depends on {c}")
    return world.holds(c)


def doubt(key: Hashable, reason: str) -> bool:
    """The present world's answer to a question put to an unknown value."""
    world = _world.get()
    if world is None:
        raise Undecided(reason)
    return world.doubt(key, reason)


class Leaf(msgspec.Struct, frozen=True):
    """One run: the answers it took, in order, and what it gave."""

    path: tuple[tuple[Condition | Doubt, bool], ...]
    results: dict[Hashable, object]
    """Result by its identity; a result of another run with the same identity is the same result."""
    undecided: str = ""
    """Why the run stopped before its end; results it might have given are then unknown."""


class Verdict(msgspec.Struct, frozen=True):
    """When a result comes."""

    must: Condition
    """It comes whenever this holds, whatever the unknowns turn out to be."""
    may: Condition
    """It cannot come unless this holds."""
    reason: str = ""
    """What is not known, where `must` and `may` differ."""


def explore(run: Callable[[], Iterable[tuple[Hashable, T]]]) -> list[Leaf]:
    """Every run of `run`, one for each combination of answers it asks for.

    `run` must be a function of the model alone: asked the same, it asks the same.
    """
    leaves: list[Leaf] = []
    choices: list[bool] = []
    while True:
        world = World(choices)
        token = _world.set(world)
        results: dict[Hashable, object] = {}
        undecided = ""
        try:
            for identity, result in run():
                results[identity] = result
        except Undecided as stop:
            undecided = stop.reason
        finally:
            _world.reset(token)
        leaves.append(Leaf(tuple(world.taken), results, undecided))
        choices = [answer for _, answer in world.taken]
        if len(leaves) >= RUNS_MAX:
            leaves.extend(
                Leaf((*world.taken[:at], (what, False)), {}, f"more than {RUNS_MAX} combinations of conditions")
                for at, (what, answer) in reversed(list(enumerate(world.taken)))
                if answer
            )
            return leaves
        while choices and not choices[-1]:
            choices.pop()
        if not choices:
            return leaves
        choices[-1] = False


def verdict(leaves: list[Leaf], identity: Hashable, depth: int = 0) -> Verdict:
    """When the result `identity` comes, folded over the tree of runs."""
    first = leaves[0]
    if len(first.path) == depth:
        assert len(leaves) == 1, "two runs cannot have taken the same answers"
        if identity in first.results:
            return Verdict(TRUE, TRUE)
        return Verdict(FALSE, TRUE, first.undecided) if first.undecided else Verdict(FALSE, FALSE)
    what = first.path[depth][0]
    yes = verdict([leaf for leaf in leaves if leaf.path[depth][1]], identity, depth + 1)
    no = verdict([leaf for leaf in leaves if not leaf.path[depth][1]], identity, depth + 1)
    if isinstance(what, Doubt):
        must, may = both(yes.must, no.must), either(yes.may, no.may)
        differ = yes.must != no.must or yes.may != no.may
        reason = (what.reason if differ else "") or yes.reason or no.reason
    else:
        must, may = choose(what, yes.must, no.must), choose(what, yes.may, no.may)
        reason = yes.reason or no.reason
    return Verdict(must, may, reason if must != may else "")
