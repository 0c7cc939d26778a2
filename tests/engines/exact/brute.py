"""Readable references the kernel is compared with: sets of strings and points, written out."""

from itertools import product


def words(alphabet: str, longest: int) -> list[str]:
    """All words over an alphabet up to a length."""
    return ["".join(w) for n in range(longest + 1) for w in product(alphabet, repeat=n)]


def like(pattern: str, text: str, *, segments: bool = False) -> bool:
    """`*` and `?` as everyone writes it once in their life; with `segments` they do not match a colon."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        stops = not text or (segments and text[0] == ":")
        return like(pattern[1:], text, segments=segments) or (not stops and like(pattern, text[1:], segments=segments))
    if not text:
        return False
    if pattern[0] == "?":
        return not (segments and text[0] == ":") and like(pattern[1:], text[1:], segments=segments)
    return pattern[0] == text[0] and like(pattern[1:], text[1:], segments=segments)


def cube_points(cube, full):
    """All points of a cube, as tuples of atom numbers in the order of `full`."""
    sides = [[i for i in range(size.bit_length()) if cube.get(d, size) >> i & 1] for d, size in full.items()]
    return set(product(*sides))
