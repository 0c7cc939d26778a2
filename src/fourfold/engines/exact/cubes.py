"""Products of sets, one for each dimension, and their algebra.

A cube is `{dimension: int}`: a set of atoms (one bit each) for every dimension it says something about, all atoms for the
others. `Space` knows how many atoms each dimension has. A union of cubes is a list. Subtraction is the *sharp* of
two-level logic: it gives disjoint cubes, at most one for each dimension of what is subtracted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fourfold.engines.exact.answer import Unknown

Cube = Mapping[str, int]
CUBES_MAX = 20_000
"""Cubes kept in one subtraction before giving up."""


class Space:
    """The dimensions, with all atoms of each as one int."""

    def __init__(self, full: Mapping[str, int]) -> None:
        self.full = full

    def empty(self, cube: Cube) -> bool:
        return not all(cube.values())

    def meet(self, a: Cube, b: Cube) -> Cube | None:
        """What is in both; None where nothing is."""
        out = dict(a)
        for dimension, atoms in b.items():
            both = out.get(dimension, self.full[dimension]) & atoms
            if not both:
                return None
            out[dimension] = both
        return None if self.empty(out) else out

    def sharp(self, a: Cube, b: Cube) -> list[Cube]:
        """What is in `a` and not in `b`, as disjoint cubes."""
        if self.empty(a):
            return []
        if self.meet(a, b) is None:
            return [a]
        out: list[Cube] = []
        rest = dict(a)
        for dimension, atoms in b.items():
            have = rest.get(dimension, self.full[dimension])
            if have & ~atoms:
                out.append({**rest, dimension: have & ~atoms})
            rest[dimension] = have & atoms
        return out

    def subtract(
        self, cubes: Iterable[Cube], others: Iterable[Cube], *, cubes_max: int = CUBES_MAX
    ) -> list[Cube] | Unknown:
        """What is in some of `cubes` and in none of `others`."""
        left = [cube for cube in cubes if not self.empty(cube)]
        for other in others:
            left = [piece for cube in left for piece in self.sharp(cube, other)]
            if len(left) > cubes_max:
                return Unknown(f"more than {cubes_max} cubes")
            if not left:
                break
        return left

    def complement(self, cubes: Sequence[Cube]) -> list[Cube] | Unknown:
        """What is in none of the cubes."""
        return self.subtract([{}], cubes)

    def common(self, a: Iterable[Cube], b: Sequence[Cube]) -> list[Cube]:
        """What is in some of `a` and in some of `b`."""
        return [both for x in a for y in b if (both := self.meet(x, y)) is not None]

    def within(self, a: Sequence[Cube], b: Sequence[Cube]) -> Cube | Unknown | None:
        """Whether all of `a` is in `b`: None, or a cube that is not."""
        rest = self.subtract(a, b)
        return rest if isinstance(rest, Unknown) else next(iter(rest), None)

    def point(self, cube: Cube) -> dict[str, int]:
        """One atom (its number) of each dimension of the space."""
        return {d: _first(cube.get(d, full)) for d, full in self.full.items()}


def _first(atoms: int) -> int:
    return (atoms & -atoms).bit_length() - 1
