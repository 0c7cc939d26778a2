"""Limits of an evaluation: what a module tree may make and how much work it may cause, whatever its expressions
multiply.

The work of every operation is counted by the sizes of the values it looks at, so no combination of small steps takes
longer than the limits allow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fourfold.model.value import Known, Map, Seq, Text, Value

WORK_MAX = 200_000
"""Elements that expressions may look at in one module tree, beside what each instance is given."""
WORK_EACH_INSTANCE = 50
"""Elements that each further instance of a resource or module may look at beside."""
SIZE_MAX = 200_000
"""Elements of one value, counted at all depths."""
DEPTH_MAX = 150
"""Collections inside each other in one value."""
TEXT_MAX = 4_000_000
"""Characters of one text."""
PARTS_MAX = 2_000
"""Known and unknown parts of one text."""
CHAIN_MAX = 500
"""Named values that need each other, one behind the other."""
_TEXT_SHIFT = 5
"""32 characters count as one element."""
_REMEMBERED = 64
"""Sizes of larger values are remembered, those of smaller ones counted again."""

COSTS: dict[str, Callable[..., int]] = {}
"""Functions whose work is more than their arguments are long: what a call counts as. Their modules fill it."""


class TooMuch(Exception):  # noqa: N818
    """A limit was reached; the reason names it."""


class Budget:
    """Counts the work of one evaluation of a module tree."""

    def __init__(self, work_max: int = WORK_MAX) -> None:
        self.left = work_max
        self.sensitive = False
        """Whether any value was marked as sensitive so far."""
        self._sizes: dict[int, tuple[Any, int, int]] = {}

    def spend(self, count: int = 1) -> None:
        """Count work. Raises `TooMuch`."""
        self.left -= count
        if self.left < 0:
            raise TooMuch(
                f"the expressions of this module need more than {WORK_MAX} elements; the rest is not evaluated"
            )

    def grant(self, instances: int) -> None:
        """More instances may do more work."""
        self.left += instances * WORK_EACH_INSTANCE

    def look(self, *values: Value) -> None:
        """Count a look at all of these values. Raises `TooMuch`."""
        for value in values:
            self.spend(
                self.size(value)[0] if isinstance(value, (Seq, Map)) else 1 + (_characters(value) >> _TEXT_SHIFT)
            )

    def checked(self, value: Value) -> Value:
        """A value that was just made. Raises `TooMuch` where it is too large."""
        if isinstance(value, (Seq, Map)):
            size, depth = self.size(value)
            if size > SIZE_MAX:
                raise TooMuch(f"a value has more than {SIZE_MAX} elements")
            if depth > DEPTH_MAX:
                raise TooMuch(f"a value has more than {DEPTH_MAX} collections inside each other")
            return value
        count = _characters(value)
        if count > TEXT_MAX:
            raise TooMuch(f"a text has more than {TEXT_MAX} characters")
        if count > _REMEMBERED:
            self.spend(count >> _TEXT_SHIFT)
        return value

    def size(self, value: Value) -> tuple[int, int]:
        """(elements at all depths, depth). Parts that several values share are counted in each, and looked at once."""
        if isinstance(value, Seq):
            container: Any = value.items_
            parts: Any = container
        elif isinstance(value, Map):
            container = value.entries_
            parts = container.values()
        else:
            return 1, 0
        # Placing or tracing a value copies its head and shares the container.
        found = self._sizes.get(id(container))
        if found is not None:
            return found[1], found[2]
        size, depth = 1, 0
        for part in parts:
            if isinstance(part, (Seq, Map)):
                more, below = self.size(part)
                size += more
                depth = max(depth, below)
            else:
                size += 1
        if size > _REMEMBERED:
            self._sizes[id(container)] = (container, size, depth + 1)
        return size, depth + 1


def _characters(value: Value) -> int:
    if isinstance(value, Known):
        return len(value.value) if isinstance(value.value, str) else 0
    return sum(len(p) for p in value.parts if isinstance(p, str)) if isinstance(value, Text) else 0
