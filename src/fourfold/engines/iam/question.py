"""The search behind every question: is there a request that one side allows, inside or outside of what another allows?

A *side* is what may be allowed: any of several *ways*, each of them some unions of pieces that must all allow (one for a
policy; identity policies, boundary and control policies for a principal), minus what is denied. Actions, resources and
principals are enumerated as classes that no piece tells apart; for each combination the conditions are cubes, and what is
left of them is a candidate. A candidate becomes a concrete request, and that is a witness only if the point evaluator, which
shares no code with this search, agrees.

The catalogue is asked last: a proof about all requests is one about those that services make, so only a witness that no
service would ask for makes the question be asked again, with each action on the resources that it works on and with the
keys that it has. Actions and services that the catalogue does not know stay possible.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Literal

import msgspec

from fourfold.engines.exact.answer import Answer, Proved, Unknown, Witness
from fourfold.engines.exact.cubes import Cube
from fourfold.engines.exact.globs import Glob
from fourfold.engines.iam import shapes
from fourfold.engines.iam.conditions import Conditions
from fourfold.engines.iam.elements import ACTIONS, EVERYTHING, RESOURCES, Element, Sieve, action, joint_classes
from fourfold.engines.iam.keys import World
from fourfold.engines.iam.pieces import RESOURCE_ACCOUNT, Piece, Union
from fourfold.engines.iam.principals import EVERYBODY, KEYS, OF_ACCOUNTS, decoded
from fourfold.engines.iam.request import Request, contradiction, request
from fourfold.engines.iam.suggest import EXAMPLES, better, strange, who_asks
from fourfold.engines.iam.variables import Solver, keys_of, parts
from fourfold.knowledge.iam import Action, catalogue

Goal = Literal["outside", "inside", "any"]
Typing = Literal["open", "closed", "none"]
"""Which requests exist: `open` those of known actions on what they work on, and all of unknown actions; `closed` only the
former; `none` all."""

COMBINATIONS_MAX = 50_000
"""Combinations of action, resource and principal looked at in one question."""
ATTEMPTS_MAX = 24
"""Candidates tried for one combination."""
KNOWN_FIRST, KNOWN_SHOWN = 300, 40
"""Known actions looked at before unknown ones, and tried."""
ROUNDS_MAX = 24
DISAGREE = "the symbolic engine and the point evaluator disagree"


class Side(msgspec.Struct, frozen=True, eq=False):
    """Something that allows: ways of which one is enough, each of unions that must all allow; and what it denies."""

    ways: tuple[tuple[Union, ...], ...]
    denies: Union
    allows: Callable[[Request], bool]
    """The point evaluator's word."""
    trace: Callable[[Request], str]
    """What decides at a request, for people."""

    @property
    def pieces(self) -> Iterator[Piece]:
        """All pieces."""
        for union in (*(u for way in self.ways for u in way), self.denies):
            yield from union.pieces


class Scope(msgspec.Struct, frozen=True):
    """Only these actions, resources and principals are asked about."""

    action: Element = EVERYTHING
    resource: Element = EVERYTHING
    principals: tuple[Glob, ...] = ()
    """Universes of who asks; empty: everybody the policies are about."""


_Action = tuple[tuple[int, ...], str, tuple[Glob, ...], frozenset[str]]
"""Of each union the pieces that have it (bits), a name, the resources that it works on, and keys that it does not have."""
Live = tuple[tuple[Piece, ...], ...]
"""Of each union the pieces that take in what is at hand."""


class Question:
    """One question. `of_accounts`: whether only principals of accounts ask, as for policies of identities."""

    def __init__(
        self,
        subject: Side,
        other: Side | None,
        goal: Goal,
        *,
        of_accounts: bool,
        scope: Scope | None = None,
        typing: Typing = "open",
    ) -> None:
        self.subject, self.other, self.goal, self.typing = subject, other, goal, typing
        self.scope = scope or Scope()
        every = [*subject.pieces, *(other.pieces if other else ())]
        self.who_matters = any(p.principals for p in every)
        self.who = self.scope.principals or (OF_ACCOUNTS if of_accounts else EVERYBODY)
        self.of_accounts = of_accounts
        self.conditions = Conditions(every)
        self.solver = Solver(self.conditions.links, self.conditions.dimensions, self.conditions.space.full)
        self.mentioned = {c.lower for p in every for c in p.statement.conditions} & KEYS
        self.mentioned |= {k for link in self.conditions.links.values() for k in keys_of(link.text)} & KEYS
        self._sieves: dict[tuple[Any, ...], tuple[Sieve, list[list[int]]]] = {}
        self._classes: dict[tuple[Any, ...], list[tuple[Live, str] | Unknown]] = {}
        self.typed = False
        self.impossible = False
        """Whether all values of variables were tried for the last cube, and none fits."""
        self.unknown = ""
        self.looked = 0

    def answer(self) -> Answer:
        """Proved where nothing is left; else a witness, or why it is not known."""
        found = self._search()
        if self.typing == "none" or not isinstance(found, Witness) or self._exists(found.request):
            return found
        self.typed, self.unknown, self.looked = True, "", 0
        return self._search()

    def _search(self) -> Answer:
        for way in self.subject.ways:
            if not way:
                continue
            focus = min(way, key=lambda u: sum(len(p.action.globs) for p in u.pieces))
            needs = tuple(u for u in way if u is not focus)
            for piece in focus.pieces:
                if self.conditions.cube(piece) is None:
                    continue
                found = self._piece(piece, needs)
                if found is not None:
                    return found
        return Unknown(self.unknown) if self.unknown else Proved()

    def _piece(self, piece: Piece, needs: tuple[Union, ...]) -> Witness | None:
        ways = self.other.ways if self.other else ()
        unions = (
            *needs,
            self.subject.denies,
            *(u for way in ways for u in way),
            *([self.other.denies] if self.other else []),
        )
        seen: set[tuple[Any, ...]] = set()
        for live, name, universes, lacking in self._actions(piece, needs, unions):
            for there, resource in self._cut("resources", piece, live, universes, len(needs)):
                for who_live, principal, accounts in self._principals(piece, there, len(needs)):
                    self.looked += 1
                    if self.looked > COMBINATIONS_MAX:
                        self.unknown = f"more than {COMBINATIONS_MAX} combinations of actions, resources and principals"
                        return None
                    key = (tuple(tuple(map(id, some)) for some in who_live), accounts, lacking)
                    if key in seen:
                        continue
                    seen.add(key)
                    frame = self.conditions.frame(of_accounts=accounts, lacking=lacking)
                    left = self._left(piece, who_live, len(needs), frame, self._outside(live, there))
                    if isinstance(left, Unknown):
                        self.unknown = left.reason
                        continue
                    found = self._candidates(piece, left, (live, there), name, resource, principal, universes)
                    if found is not None:
                        return found
        return None

    def _actions(
        self, piece: Piece, needs: Sequence[Union], unions: Sequence[Union]
    ) -> Iterator[tuple[Live, str, tuple[Glob, ...], frozenset[str]]]:
        """Classes of actions: the live pieces, a member, the resources that it works on, and the keys it does not have."""
        sieves = [u.actions for u in unions]
        for found in self._typed(piece, sieves) if self.typed else self._plain(piece, sieves):
            if isinstance(found, Unknown):
                self.unknown = found.reason
                continue
            vectors, name, universes, lacking = found
            live = _alive(unions, vectors)
            if all(live[: len(needs)]):
                yield live, name, universes, lacking

    def _plain(self, piece: Piece, sieves: Sequence[Sieve]) -> Iterator[_Action | Unknown]:
        for found in joint_classes([piece.action, self.scope.action], sieves, ACTIONS, EXAMPLES):
            yield found if isinstance(found, Unknown) else (*found, RESOURCES, frozenset())

    def _typed(self, piece: Piece, sieves: Sequence[Sieve]) -> Iterator[_Action | Unknown]:
        """Some known actions, which read well; then those that the catalogue does not know, and the known ones beside.

        What holds for an action that may work on anything holds for a known one that no piece tells apart from it.
        """
        if self.typing == "closed":
            yield from self._known(self._entries(piece), piece, sieves)
            return
        yield from islice(self._known(islice(self._entries(piece), KNOWN_FIRST), piece, sieves), KNOWN_SHOWN)
        unknown: set[tuple[int, ...]] = set()
        told: dict[str, None] = {}
        for _ in range(ROUNDS_MAX):
            before = len(told)
            apart = Sieve([Element(tuple(map(action, told)))], folded=True)
            for found in joint_classes([piece.action, self.scope.action], [*sieves, apart], ACTIONS):
                if isinstance(found, Unknown):
                    yield found
                    return
                (*vectors, known), name = found
                if known or tuple(vectors) in unknown:
                    continue
                if shapes.known(name) is not None:
                    told[name] = None
                else:
                    unknown.add(tuple(vectors))
                    yield tuple(vectors), name, RESOURCES, frozenset()
            if len(told) == before:
                break
        else:
            yield Unknown(f"more than {ROUNDS_MAX} rounds to tell known actions from others")
        # INVARIANT: a class without a member that the catalogue does not know has only members that were told apart.
        entries = [entry for name in told if (entry := shapes.known(name)) is not None]
        yield from (one for one in self._known(iter(entries), piece, sieves) if one[0] not in unknown)

    def _entries(self, piece: Piece) -> Iterator[Action]:
        """Known actions of the patterns; first those of services that the statement's resources name."""
        patterns = ("*",) if piece.statement.not_actions else piece.statement.actions
        named = {r.split(":")[2] for r in piece.statement.resources or () if r.count(":") > 1} - {"*", ""}
        for text in (*(f"{name}:*" for name in sorted(named)), *patterns):
            yield from catalogue().expand(text)

    def _known(self, entries: Iterator[Action], piece: Piece, sieves: Sequence[Sieve]) -> Iterator[_Action]:
        """Known actions of the piece, one for each that pieces, resource types or keys tell apart."""
        seen: set[tuple[Any, ...]] = set()
        own = Sieve([piece.action, self.scope.action], folded=True)
        keys = tuple(self.conditions.dimensions)
        for entry in dict.fromkeys(entries):
            name = str(entry).lower()
            if own.at(name) != 0b11:
                continue
            vectors = tuple(sieve.at(name) for sieve in sieves)
            key = (vectors, shapes.resources(entry), shapes.lacking(entry, keys))
            if key not in seen:
                seen.add(key)
                yield vectors, str(entry), key[1], key[2]

    def _cut(
        self, field: str, piece: Piece, live: Live, universes: tuple[Glob, ...], needs: int
    ) -> Iterator[tuple[Live, str]]:
        """Classes of resources or principals: the pieces that take them in, and a member."""
        key = (field, id(piece), tuple(tuple(map(id, some)) for some in live), universes)
        if key not in self._classes:
            self._classes[key] = []
            for found in self._cut_anew(field, piece, live, universes, needs):
                self._classes[key].append(found)
                if not isinstance(found, Unknown):
                    yield found
                else:
                    self.unknown = found.reason
            return
        for found in self._classes[key]:
            if isinstance(found, Unknown):
                self.unknown = found.reason
            else:
                yield found

    def _cut_anew(
        self, field: str, piece: Piece, live: Live, universes: tuple[Glob, ...], needs: int
    ) -> Iterator[tuple[Live, str] | Unknown]:
        sieve, wanted = self._sieve(field, live)
        for found in joint_classes(self._focus(field, piece), [sieve], universes):
            if isinstance(found, Unknown):
                yield found
                continue
            (vector,), text = found
            left = _taking(live, wanted, vector)
            if all(left[:needs]):
                yield left, text

    def _focus(self, field: str, piece: Piece) -> list[Element]:
        scope = [self.scope.resource] if field == "resources" else []
        return [*getattr(piece, field), *scope]

    def _sieve(self, field: str, live: Live) -> tuple[Sieve, list[list[int]]]:
        """The elements of the live pieces, and for each piece which of them it needs."""
        key = (field, tuple(tuple(map(id, some)) for some in live))
        if key not in self._sieves:
            elements: dict[Element, int] = {}
            masks = [
                [sum(1 << elements.setdefault(e, len(elements)) for e in set(getattr(p, field))) for p in some]
                for some in live
            ]
            self._sieves[key] = (Sieve(list(elements)), masks)
        return self._sieves[key]

    def _principals(self, piece: Piece, live: Live, needs: int) -> Iterator[tuple[Live, str, bool]]:
        """Classes of who asks; the last says whether it is a principal of an account."""
        if not self.who_matters and not self.scope.principals and self.of_accounts:
            yield live, "", True
            return
        accounts = tuple(g for g in self.who if str(g).startswith("AWS:"))
        for universes, of_accounts in ((accounts, True), (tuple(g for g in self.who if g not in accounts), False)):
            for there, text in self._cut("principals", piece, live, universes, needs) if universes else ():
                yield there, text, of_accounts

    def _outside(self, before: Live, after: Live) -> tuple[Glob, ...]:
        """Patterns that the resource does not match, by the pieces that take it in or not."""
        if not self.conditions.links:
            return ()
        taken = {id(p) for some in after for p in some}
        alone = [(p, p.resources[0]) for some in before for p in some if len(p.resources) == 1]
        return tuple(dict.fromkeys(g for p, e in alone if e.negated == (id(p) in taken) for g in e.globs))

    def _left(self, piece: Piece, live: Live, needs: int, frame: Cube, outside: Sequence[Glob]) -> list[Cube] | Unknown:
        """The cubes of what the question asks for."""
        conditions, space = self.conditions, self.conditions.space
        cube = conditions.cube(piece)
        start: list[Cube] = [cube] if cube is not None else []
        denied = conditions.cubes(live[needs])
        allowed, refused = self._others(live, needs)
        if self.goal == "outside" and not refused and any(all({} in u for u in way) for way in allowed):
            return []
        for some in live[:needs]:
            start = space.common(start, conditions.cubes(some))
        rest = space.subtract(conditions.within(start, frame), denied)
        if isinstance(rest, Unknown):
            return rest
        if self.goal == "inside":
            both = []
            for way in allowed:
                part: list[Cube] = rest
                for union in way:
                    part = space.common(part, union)
                both += part
            rest = space.subtract(both, refused)
        elif self.goal == "outside":
            again = space.common(rest, refused)
            for way in allowed:
                parts_left: list[Cube] = []
                for union in way:
                    part_left = space.subtract(rest, union)
                    if isinstance(part_left, Unknown):
                        return part_left
                    parts_left += part_left
                rest = parts_left
            rest = [*rest, *again]
        if isinstance(rest, Unknown):
            return rest
        return [one for one in rest if self.solver.possible(one, outside)] if self.conditions.links else rest

    def _others(self, live: Live, needs: int) -> tuple[list[list[list[Cube]]], list[Cube]]:
        """What the other side allows, by way and union, and what it denies."""
        if self.other is None:
            return [], []
        at = needs + 1
        allowed: list[list[list[Cube]]] = []
        for way in self.other.ways:
            allowed.append([self.conditions.cubes(some) for some in live[at : at + len(way)]])
            at += len(way)
        return allowed, self.conditions.cubes(live[at])

    def _candidates(
        self,
        piece: Piece,
        left: list[Cube],
        live: tuple[Live, Live],
        name: str,
        resource: str,
        principal: str,
        universes: tuple[Glob, ...],
    ) -> Witness | None:
        """A witness among what is left; where there is none, why is noted."""
        # Cubes that hang on nothing free first: they are exact.
        left = sorted(left, key=lambda cube: sum(n in cube for n in self.conditions.free))
        problem = ""
        for cube in left[:ATTEMPTS_MAX]:
            for given, text in self._contexts(piece, cube, live, resource, principal, universes):
                found, why = self._try(piece, name, text, principal, given)
                if found is not None:
                    return found
                free = next((n for n in cube if n in self.conditions.free), "")
                problem = problem or (f"{free}: {self.conditions.free[free]}" if free else why)
            if self.impossible:
                continue
            said = [n for n in self.conditions.links if n in cube]
            problem = problem or (f"{said[0]}: no values of its variables were found that show it" if said else "")
        if len(left) > ATTEMPTS_MAX and not problem:
            problem = f"more than {ATTEMPTS_MAX} candidates"
        self.unknown = problem or self.unknown
        return None

    def _contexts(
        self,
        piece: Piece,
        cube: Cube,
        live: tuple[Live, Live],
        resource: str,
        principal: str,
        universes: tuple[Glob, ...],
    ) -> Iterator[tuple[dict[str, World], str]]:
        """Contexts of a cube, each with a resource."""
        contexts = [self.conditions.context(cube, last=last) for last in (False, True)]
        self.impossible = False
        true, false = self.solver.said(cube)
        if not true and not false:
            yield from ((context, resource) for context in contexts)
            return
        sure = self.solver.complete(cube)
        follows = decoded(principal)[1] if principal else {}
        for values in self.solver.tries(cube, self._hints(true, resource, principal)):
            if principal and any(world != follows.get(key, ()) for key, world in values.items() if key in KEYS):
                sure = False  # somebody else of the same class may have these values
                continue
            found = self.solver.of_resource(cube, values)
            if found is None:
                continue
            text = resource if not any(found) else self._resource(piece, live, found, universes)
            sure = sure and text == ""
            if text:
                yield from (({**context, **values}, text) for context in contexts)
        self.impossible = sure

    def _hints(self, true: Sequence[Any], resource: str, principal: str) -> dict[str, list[str]]:
        """Values of variables that the resource and who asks suggest."""
        out: dict[str, list[str]] = {}
        if principal:
            for key, world in decoded(principal)[1].items():
                out.setdefault(key, []).extend(world)
        account = re.fullmatch(r"[^:]*:[^:]*:[^:]*:[^:]*:(\d{12}):.*", resource, re.DOTALL)
        if account:
            out[RESOURCE_ACCOUNT] = [account[1]]
        for link in true:
            if not link.subject:
                *variables, (last, _, _) = parts(link.text)
                shape = "".join(f"{_expression(before)}(.*?)" for before, _, _ in variables) + _expression(last)
                match = re.fullmatch(shape, resource, re.DOTALL) if shape.count("*") <= 6 else None
                for (_, key, _), value in zip(variables, match.groups() if match else (), strict=False):
                    out.setdefault(key, []).append(value)
        return out

    def _resource(
        self,
        piece: Piece,
        live: tuple[Live, Live],
        found: tuple[list[Glob], list[Glob]],
        universes: tuple[Glob, ...],
    ) -> str | None:
        """A resource that the same pieces take in and that matches what links want; empty: none; None: not known."""
        wanted, refused = found
        before, after = live
        sieve, masks = self._sieve("resources", before)
        focus = [
            *(Element((g,)) for g in wanted),
            Element(tuple(refused), negated=True),
            *self._focus("resources", piece),
        ]
        for one in joint_classes(focus, [sieve], universes):
            if isinstance(one, Unknown):
                return None
            if _taking(before, masks, one[0][0]) == after:
                return one[1]
        return ""

    def _try(
        self, piece: Piece, name: str, resource: str, principal: str, context: Mapping[str, World]
    ) -> tuple[Witness | None, str]:
        """A witness from one candidate, or why it is none."""
        context = dict(context)
        if re.fullmatch(r"[^:]*:[^:]*:[^:]*:[^:]*:\d{12}:.*", resource, re.DOTALL):
            context.pop(RESOURCE_ACCOUNT, None)
        who: Any = None
        if principal:
            who, follows = decoded(principal)
            context.update({k: v for k, v in follows.items() if k in self.mentioned})
        absent = [key for key, world in context.items() if not world]
        given = {"action": name, "resource": resource, "context": {k: world for k, world in context.items() if world}}
        why = ""
        for asks in [who] if principal else who_asks(given):
            asked = {**given, "principal": asks}
            why = why or self._refuted(asked, absent)
            if self._shows(asked, absent):
                free = not principal or (
                    principal.startswith("AWS:") and not piece.principals and not self.scope.principals
                )
                return self._witness(better(asked, piece, lambda r: self._shows(r, absent), anybody=free)), ""
        return None, why

    def _refuted(self, asked: dict[str, Any], absent: Sequence[str]) -> str:
        try:
            made = request(asked)
        except ValueError as error:
            return f"candidates contradict themselves: {error}"
        problem = contradiction(made.principal, made.resource, made.context, absent)
        return f"candidates contradict themselves: {problem}" if problem else DISAGREE

    def _exists(self, asked: Mapping[str, Any]) -> bool:
        if self.typing == "closed" and shapes.known(asked["action"]) is None:
            return False
        return shapes.exists(asked["action"], asked["resource"], asked["context"])

    def _shows(self, asked: dict[str, Any], absent: Sequence[str]) -> bool:
        """Whether the point evaluator says that this request answers the question."""
        try:
            made = request(asked)
        except ValueError:
            return False
        if contradiction(made.principal, made.resource, made.context, absent):
            return False
        if self.typed and not self._exists(asked):
            return False
        if not self.subject.allows(made):
            return False
        return self.other is None or self.other.allows(made) == (self.goal == "inside")

    def _witness(self, asked: dict[str, Any]) -> Witness:
        made = request(asked)
        trace = [self.subject.trace(made)]
        if self.other is not None:
            trace.append(f"{'also' if self.goal == 'inside' else 'on the other side'} {self.other.trace(made)}")
        trace += strange(asked)
        context = {k: list(v) if len(v) > 1 else v[0] for k, v in asked["context"].items()}
        return Witness({**asked, "context": context}, tuple(trace))


def _taking(live: Live, wanted: Sequence[Sequence[int]], vector: int) -> Live:
    """The pieces of which a vector has all elements."""
    return tuple(
        tuple(p for p, need in zip(some, masks, strict=True) if vector & need == need)
        for some, masks in zip(live, wanted, strict=True)
    )


def _alive(unions: Sequence[Union], vectors: Sequence[int]) -> Live:
    return tuple(
        tuple(p for i, p in enumerate(union.pieces) if vector >> i & 1)
        for union, vector in zip(unions, vectors, strict=True)
    )


def _expression(text: str) -> str:
    """A part of a pattern as a regular expression."""
    return "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in text)
