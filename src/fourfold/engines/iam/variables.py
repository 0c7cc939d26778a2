"""Policy variables: what links between the resource and keys, and among keys, can be true together.

A *link* says that the resource, or the one value of a key, is what a text is when its variables are filled in. A cube says
of some links that they are so and of others that they are not. Whether a context exists that agrees is decided so:

- Links that are equalities (`${aws:PrincipalTag/team}` and nothing else) are edges between keys. Keys that are equal share
  an atom; keys that differ can always differ, except where both have the only value of an atom. Exact.
- A text that must match excludes texts that must not match and take all that it takes, with each variable as a letter
  that only the variable and `*` take: whatever the values are, the one lies in the others. Exact for texts that are aligned.
- Otherwise values are tried: a name that nobody uses, those that tell conditions apart, what the resource at hand has in
  the variable's place. If no try succeeds the answer is unknown, unless only the values that were tried exist.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, product

from fourfold.engines.exact.answer import Unknown
from fourfold.engines.exact.cubes import Cube
from fourfold.engines.exact.globs import COLON, LETTER, ONE, STAR, Glob, disjoint, fold, literal, matches, normal
from fourfold.engines.exact.strings import atoms
from fourfold.engines.iam.elements import COMPONENTS, confined
from fourfold.engines.iam.keys import ABSENT, Dimension, World, another
from fourfold.engines.iam.pieces import TRUE, Link

MODES_MAX = 200
"""Choices of which keys are there that are looked at for one cube."""
TRIES_MAX = 60
"""Values of variables that are tried for one cube."""
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_INSIDE = re.compile(r"\s*([^,'\s][^,']*?)\s*(?:,\s*'([^']*)'\s*)?")
_ESCAPES = ("*", "?", "$")
_SAMPLES_MAX = 4
_KEYS_FEW = 5
_NEAR_MAX = 40
"""Patterns beside the links' own that are looked at."""
NAME = "any"

Values = Mapping[str, World]
"""Worlds of keys (lower case)."""


@lru_cache(maxsize=4096)
def parts(text: str) -> tuple[tuple[str, str, str | None], ...]:
    """A text in parts: (what stands before, variable in lower case, default); the last has no variable.

    What stands before has `*` and `?` as wildcards and escapes as private characters, see `_tokens`.
    """
    out: list[tuple[str, str, str | None]] = []
    before = ""
    at = 0
    for match in _VARIABLE.finditer(text):
        before += text[at : match.start()]
        at = match.end()
        if match[1] in _ESCAPES:
            before += _ESCAPED[match[1]]
            continue
        inside = _INSIDE.fullmatch(match[1])
        # What is no variable stands for nothing, like one whose key nobody has.
        out.append((before, inside[1].lower() if inside else "", inside[2] if inside else None))
        before = ""
    return (*out, (before + text[at:], "", None))


_ESCAPED = {"*": "\ue0f0", "?": "\ue0f1", "$": "$"}
_UNESCAPED = {"\ue0f0": ord("*"), "\ue0f1": ord("?")}


def keys_of(text: str) -> tuple[str, ...]:
    """The keys (lower case) that a text's variables ask for."""
    return tuple(dict.fromkeys(key for _, key, _ in parts(text)[:-1] if key))


def equality(link: Link) -> str:
    """The key that the subject has to equal, where the text is one variable without a default; else empty."""
    found = parts(link.text)
    plain = len(found) == 2 and not found[0][0] and not found[1][0] and found[0][2] is None
    return found[0][1] if plain and link.subject and link.how in ("equals", "like") else ""


def matching(link: Link, values: Values) -> Glob | None:
    """What the text matches when its variables have these values; None where it matches nothing."""
    tokens: list[int] = []
    fixed: set[int] = set()
    wild = {"*": STAR, "?": ONE} if link.how in ("resource", "like", "arn") else {}
    *variables, (last, _, _) = parts(link.text)
    for before, key, default in variables:
        tokens += [_UNESCAPED.get(c) or wild.get(c) or ord(c) for c in before]
        world = values.get(key, ABSENT)
        value = world[0] if len(world) == 1 else default if not world else None
        if value is None:
            return None
        fixed.update(range(len(tokens), len(tokens) + len(value)))
        tokens += map(ord, value)
    tokens += [_UNESCAPED.get(c) or wild.get(c) or ord(c) for c in last]
    if link.how == "folded":
        return literal("".join(map(chr, tokens)), folded=True)
    if link.how in ("resource", "arn"):
        colons = sum(t == COLON and i not in fixed for i, t in enumerate(tokens))
        if link.how == "arn" and tokens != [STAR] and colons < COMPONENTS - 1:
            return None
        return normal(confined(tokens, crossing=link.how == "resource", values=fixed))
    return normal(tokens)


class Solver:
    """The links of one question, over the dimensions of its keys."""

    def __init__(self, links: Mapping[str, Link], dimensions: Mapping[str, Dimension], full: Mapping[str, int]) -> None:
        self.links, self.dimensions, self.full = links, dimensions, full
        keys = dict.fromkeys(k for link in links.values() for k in _keys(link))
        self.unsure = [key for key in keys if key not in dimensions]
        self._reaches: dict[Link, int] = {}
        self._letters: dict[str, World] = {key: (chr(LETTER + i),) for i, key in enumerate(keys)}

    def said(self, cube: Cube) -> tuple[list[Link], list[Link]]:
        """The links that a cube says are so, and those that it says are not."""
        true: list[Link] = []
        false: list[Link] = []
        for name, link in self.links.items():
            if cube.get(name, 0b11) != 0b11:
                (true if cube[name] == TRUE else false).append(link)
        return true, false

    def possible(self, cube: Cube, outside: Sequence[Glob] = ()) -> bool:
        """Whether it is not excluded that some values agree with what the cube says of links; False is sure.

        `outside` are patterns that the resource is known not to match.
        """
        true, false = self.said(cube)
        if self.unsure or not (true or false):
            return True
        # What must not hold and asks for further keys can always be avoided as far as this is concerned.
        keys = {k for link in true for k in _keys(link)}
        every = keys.union(*map(_keys, false))
        near = [link for link in false if len(every) <= _KEYS_FEW or keys.issuperset(_keys(link))]
        modes = list(islice(self._modes(cube, true, near), MODES_MAX + 1))
        return len(modes) > MODES_MAX or any(self._mode(mode, true, near, outside) is not None for mode in modes)

    def _modes(self, cube: Cube, true: Sequence[Link], false: Sequence[Link]) -> Iterator[dict[str, list[World]]]:
        """The worlds that are left of each key, for each choice of which keys are there once, several times, or not.

        First keys that something must match are there, and others not.
        """
        wanted = {k for link in true for k in _keys(link)}
        keys = list(dict.fromkeys(k for link in (*true, *false) for k in _keys(link)))
        ways: list[list[list[World]]] = []
        for key in keys:
            bits = cube.get(key, self.full[key])
            left = [w for i, w in enumerate(self.dimensions[key].worlds) if bits >> i & 1]
            parted: tuple[list[World], ...] = (
                [w for w in left if len(w) == 1],
                [w for w in left if not w],
                [w for w in left if len(w) > 1],
            )
            ways.append([some for some in (parted if key in wanted else parted[1::-1] + parted[2:]) if some])
        # The keys that must match something are varied first.
        order = sorted(range(len(keys)), key=lambda i: keys[i] in wanted)
        keys, ways = [keys[i] for i in order], [ways[i] for i in order]
        for chosen in product(*ways):
            yield dict(zip(keys, chosen, strict=True))

    def _mode(
        self,
        mode: Mapping[str, list[World]],
        true: Sequence[Link],
        false: Sequence[Link],
        outside: Sequence[Glob] = (),
    ) -> tuple[list[Link], list[list[str]]] | None:
        """The links that must not hold and could, and the groups of equal keys; None where nothing agrees."""
        if not all(_resolves(link, mode) for link in true):
            return None
        live = [link for link in false if _resolves(link, mode)]
        if any(self._covered(link, live, mode, () if link.subject else outside) for link in true):
            return None
        mode = self._reached(mode, true)
        if not all(mode.values()):
            return None
        groups = self._equal(mode, true)
        group = {key: i for i, keys in enumerate(groups) for key in keys}
        domains = [self._domain(keys, mode) for keys in groups]
        if not all(domains):
            return None
        for link in live:
            other = equality(link)
            if other and self._same(group[link.subject], group[other], domains, groups):
                return None
        return live, groups

    def _reached(self, mode: Mapping[str, list[World]], true: Sequence[Link]) -> Mapping[str, list[World]]:
        """The worlds that are left of keys that must match a text, whatever its variables are."""
        out = dict(mode)
        for link in true:
            if link.subject and self.dimensions[link.subject].alone is not None:
                bits = self._reach(link)
                worlds = self.dimensions[link.subject].worlds
                out[link.subject] = [w for w in out[link.subject] if bits >> worlds.index(w) & 1]
        return out

    def _reach(self, link: Link) -> int:
        """The worlds of the link's key that some value of the variables gives."""
        if link not in self._reaches:
            d = self.dimensions[link.subject]
            bits = 0
            for found in atoms([_bound(link), *d.globs], within=1, states_max=5_000):
                bits = -1 if isinstance(found, Unknown) or bits < 0 else bits | d.place(found[1])
            self._reaches[link] = bits
        return self._reaches[link]

    def _equal(self, mode: Mapping[str, list[World]], true: Sequence[Link]) -> list[list[str]]:
        """The keys that are there once, in groups that must be equal."""
        group = {key: [key] for key, worlds in mode.items() if len(worlds[0]) == 1}
        for link in true:
            other = equality(link)
            if other and group[link.subject] is not group[other]:
                merged = [*group[link.subject], *group[other]]
                group.update(dict.fromkeys(merged, merged))
        return list({id(keys): keys for keys in group.values()}.values())

    def _domain(self, keys: Sequence[str], mode: Mapping[str, list[World]]) -> list[str]:
        """A member of each atom that all the keys may be in."""
        texts = [world[0] for world in mode[keys[0]]]
        if any(self.dimensions[key].alone is None for key in keys):
            return texts
        allowed = [{world[0] for world in mode[key]} for key in keys]
        return [text for text in texts if all(text in some for some in allowed)]

    def _same(self, a: int, b: int, domains: Sequence[Sequence[str]], groups: Sequence[Sequence[str]]) -> bool:
        """Whether two groups cannot differ."""
        if a == b:
            return True
        alone = self.dimensions[groups[a][0]].alone
        return len(domains[a]) == 1 and domains[a] == domains[b] and alone is not None and domains[a][0] in alone

    def _covered(
        self, link: Link, others: Sequence[Link], mode: Mapping[str, list[World]], outside: Sequence[Glob]
    ) -> bool:
        """Whether whatever matches the link's text matches one of the others, with the variables as letters."""
        letters = {k: x for k, x in self._letters.items() if mode.get(k, [ABSENT])[0]}
        first = matching(link, letters)
        if first is None:
            return True
        found = [matching(o, letters) for o in others if o.subject == link.subject]
        near = [g for g in outside if not disjoint(g, _bound(link))] if outside else []
        rest = [*(g for g in found if g is not None), *near[:_NEAR_MAX]]
        if not rest:
            return False
        return all(not isinstance(atom, Unknown) and atom[0] != 1 for atom in atoms([first, *rest], within=1))

    def tries(self, cube: Cube, hints: Mapping[str, Sequence[str]]) -> Iterator[dict[str, World]]:
        """Values of the keys of links that agree with all that the cube says of keys; `hints` are values to try too."""
        true, false = self.said(cube)
        return islice(self._tries(cube, true, false, hints), TRIES_MAX)

    def _tries(
        self, cube: Cube, true: Sequence[Link], false: Sequence[Link], hints: Mapping[str, Sequence[str]]
    ) -> Iterator[dict[str, World]]:
        for mode in islice(self._modes(cube, true, false), MODES_MAX):
            found = self._mode(mode, true, false)
            if found is None:
                continue
            live, groups = found
            samples = [self._samples(keys, mode, hints) for keys in groups]
            others = {key: worlds[0] for key, worlds in mode.items() if len(worlds[0]) != 1}
            for chosen in product(*samples):
                values = {**others, **{k: (text,) for keys, text in zip(groups, chosen, strict=True) for k in keys}}
                if self._adjusted(values, true, live, mode, {keys[0] for keys in groups if len(keys) == 1}):
                    yield values

    def _samples(
        self, keys: Sequence[str], mode: Mapping[str, list[World]], hints: Mapping[str, Sequence[str]]
    ) -> list[str]:
        """Values for a group of equal keys: hints, a name, and members of the atoms that are left."""
        d = self.dimensions[keys[0]]
        texts = self._domain(keys, mode)
        near = [h for key in keys for h in hints.get(key, ())]
        more = [
            other for text in texts[:_SAMPLES_MAX] if (other := another(text, d.globs)) and text not in (d.alone or ())
        ]
        wanted = dict.fromkeys((*near, NAME, "team", "111122223333", "444455556666", *texts[:_SAMPLES_MAX], *more))
        return [text for text in wanted if all(self._allowed(key, text, mode) for key in keys)]

    def _allowed(self, key: str, text: str, mode: Mapping[str, list[World]]) -> bool:
        d = self.dimensions[key]
        bit = d.place(text)
        return bool(bit) and d.worlds[bit.bit_length() - 1] in mode[key]

    def _adjusted(
        self,
        values: dict[str, World],
        true: Sequence[Link],
        false: Sequence[Link],
        mode: Mapping[str, list[World]],
        movable: set[str],
    ) -> bool:
        """Whether the values agree with the links between keys, after moving keys that must match a text into it."""
        for link in true:
            if link.subject in movable and not _holds(link, values):
                text = self._inside(link, false, values, mode)
                if text is None:
                    return False
                values[link.subject] = (text,)
        between = [link for link in true if link.subject]
        return all(_holds(link, values) for link in between) and not any(_holds(o, values) for o in false if o.subject)

    def _inside(self, link: Link, false: Sequence[Link], values: Values, mode: Mapping[str, list[World]]) -> str | None:
        """A value of the link's key that matches its text, and no text that must not match."""
        first = matching(link, values)
        if first is None:
            return None
        avoid = [g for o in false if o.subject == link.subject and (g := matching(o, values)) is not None]
        for found in atoms([first, *avoid, *self.dimensions[link.subject].globs], within=1, states_max=2_000):
            if isinstance(found, Unknown):
                return None
            vector, text = found
            if not vector >> 1 & ((1 << len(avoid)) - 1) and self._allowed(link.subject, text, mode):
                return text
        return None

    def complete(self, cube: Cube) -> bool:
        """Whether `tries` gives all values that there are."""
        true, false = self.said(cube)
        count = 1
        for key in dict.fromkeys(k for link in (*true, *false) for k in _keys(link)):
            d = self.dimensions.get(key)
            if d is None or d.alone is None:
                return False
            bits = cube.get(key, self.full[key])
            left = [w for i, w in enumerate(d.worlds) if bits >> i & 1]
            if len(left) > _SAMPLES_MAX or any(len(w) > 1 or (w and w[0] not in d.alone) for w in left):
                return False
            count *= len(left)
        return count <= TRIES_MAX

    def of_resource(self, cube: Cube, values: Values) -> tuple[list[Glob], list[Glob]] | None:
        """What the resource must match and what not, with these values; None where it must match nothing."""
        true, false = self.said(cube)
        wanted = [matching(link, values) for link in true if not link.subject]
        refused = [matching(link, values) for link in false if not link.subject]
        if any(g is None for g in wanted):
            return None
        return [g for g in wanted if g is not None], [g for g in refused if g is not None]


def _bound(link: Link) -> Glob:
    """What the text matches at most, whatever its variables are."""
    wild = {"*": STAR, "?": ONE} if link.how in ("resource", "like", "arn") else {}
    *variables, (last, _, _) = parts(link.text)
    tokens: list[int] = []
    for before, _, _ in variables:
        tokens += [*(_UNESCAPED.get(c) or wild.get(c) or ord(c) for c in before), STAR]
    tokens += [_UNESCAPED.get(c) or wild.get(c) or ord(c) for c in last]
    if link.how == "folded":
        return normal([t if t < 0 else ord(fold(chr(t))) for t in tokens], folded=True)
    return normal(tokens)


def _keys(link: Link) -> tuple[str, ...]:
    return (*keys_of(link.text), *([link.subject] if link.subject else []))


def _resolves(link: Link, mode: Mapping[str, list[World]]) -> bool:
    """Whether the link stands for something, by which keys are there."""
    if link.subject and len(mode[link.subject][0]) != 1:
        return False
    for _, key, default in parts(link.text)[:-1]:
        world = mode[key][0] if key else ABSENT
        if len(world) > 1 or (not world and default is None):
            return False
    return True


def _holds(link: Link, values: Values) -> bool:
    world = values.get(link.subject, ABSENT)
    found = matching(link, values)
    return found is not None and len(world) == 1 and matches(found, world[0])
