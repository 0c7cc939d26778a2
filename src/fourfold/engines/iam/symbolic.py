"""Questions about all requests at once: does one policy allow what another does not, does it allow anything, ...

Every question is "is something left": of what one policy allows (its allow pieces minus its deny pieces), inside or outside
of what the other allows. Actions, resources and principals are enumerated as classes that the statements do not tell
apart; for each combination the conditions are cubes, and what is left of them is a candidate. A candidate becomes a
concrete request, and that is a witness only if the point evaluator (`spec`) agrees.

What the questions mean: requests are those that exist - resources are ARNs or `*`, actions `service:name` of whatever
service, known or not, keys have values of their type - and "allows" means that the policy by itself has an allow and no
deny that applies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from msgspec.structs import replace

from fourfold.engines.exact.answer import Answer, Proved, Unknown, Witness
from fourfold.engines.exact.cubes import Cube
from fourfold.engines.iam.document import WITH_PRINCIPAL, Policy, Statement
from fourfold.engines.iam.elements import ACTIONS, PRINCIPALS, RESOURCES, SESSIONS, Sieve, classes
from fourfold.engines.iam.keys import World
from fourfold.engines.iam.pieces import Conditions, Piece, pieces
from fourfold.engines.iam.request import Request, contradiction, request
from fourfold.engines.iam.spec import evaluate
from fourfold.engines.iam.suggest import EXAMPLES, better, fillings, strange, who_asks

Goal = Literal["outside", "inside", "any"]

COMBINATIONS_MAX = 50_000
"""Combinations of action, resource and principal looked at in one question."""
ATTEMPTS_MAX = 24
"""Candidates tried for one combination."""
DISAGREE = "the symbolic engine and the point evaluator disagree"


def no_new_access(reference: Policy, candidate: Policy) -> Answer:
    """Whether the candidate allows nothing that the reference does not; else a request that it newly allows."""
    return _Question(candidate, reference, "outside").answer()


def equivalent(a: Policy, b: Policy) -> Answer:
    """Whether both policies allow the same requests; else one that only one of them allows."""
    first, second = no_new_access(a, b), no_new_access(b, a)
    for answer in (first, second):
        if isinstance(answer, Witness):
            return answer
    return second if isinstance(first, Proved) else first


def disjoint(a: Policy, b: Policy) -> Answer:
    """Whether no request is allowed by both; else one that is."""
    return _Question(a, b, "inside").answer()


def is_empty(policy: Policy) -> Answer:
    """Whether the policy never allows anything; else a request that it allows."""
    return _Question(policy, None, "any").answer()


def shadowed(policy: Policy, index: int) -> Answer:
    """Whether the denies of the policy leave nothing of what one of its allow statements allows."""
    return is_empty(_only(policy, [s for s in policy.statements if s.effect == "Deny"], policy.statements[index]))


def redundant(policy: Policy, index: int) -> Answer:
    """Whether the policy allows the same without one of its statements; else a request that tells."""
    rest = [s for i, s in enumerate(policy.statements) if i != index]
    without = _only(policy, rest)
    if policy.statements[index].effect == "Allow":
        return no_new_access(without, policy)
    return no_new_access(policy, without)


def _only(policy: Policy, rest: Sequence[Statement], *more: Statement) -> Policy:
    return replace(policy, statements=(*rest, *more))


class _Question:
    def __init__(self, subject: Policy, other: Policy | None, goal: Goal) -> None:
        self.subject, self.other, self.goal = subject, other, goal
        self.allows = pieces(subject, "Allow")
        self.denies = pieces(subject, "Deny")
        self.other_allows = pieces(other, "Allow") if other else ()
        self.other_denies = pieces(other, "Deny") if other else ()
        self.against = [*self.denies, *self.other_allows, *self.other_denies]
        kinds = {p.kind for p in (subject, other) if p}
        self.of_principals = not kinds & set(WITH_PRINCIPAL)
        named = any("sts::" in str(g) for p in (*self.allows, *self.against) for g in p.principal.globs)
        plain = all(len(p.statement.principals or ()) == 0 for p in (*self.allows, *self.against))
        # Sessions of a role are told apart from the role only where one is named: what names the role names them all.
        sessions = named and any(
            value.startswith("arn:") and ":sts:" in value
            for p in (*self.allows, *self.against)
            for _, value in p.statement.principals or ()
        )
        self.principals = () if plain else (*PRINCIPALS, *SESSIONS) if sessions else PRINCIPALS
        self.conditions = Conditions([*self.allows, *self.against], of_principals=self.of_principals)
        self.cubes = {id(p): self.conditions.cube(p) for p in (*self.allows, *self.against)}
        self._sieves: dict[tuple[str, tuple[int, ...]], Sieve] = {}
        self.unknown = ""
        self.looked = 0

    def answer(self) -> Answer:
        for policy in (self.subject, self.other):
            if policy is not None and policy.problems:
                return Unknown(f"IAM rejects the document: {policy.problems[0]}")
        for piece in self.allows:
            found = self._piece(piece)
            if found is not None:
                return found
        return Unknown(self.unknown) if self.unknown else Proved()

    def _piece(self, piece: Piece) -> Witness | None:
        seen: set[frozenset[int]] = set()
        for action, live in self._classes(piece, "action", list(range(len(self.against)))):
            for resource, left in self._classes(piece, "resource", live):
                for principal, relevant in self._classes(piece, "principal", left):
                    self.looked += 1
                    if self.looked > COMBINATIONS_MAX:
                        self.unknown = f"more than {COMBINATIONS_MAX} combinations of actions, resources and principals"
                        return None
                    key = frozenset(relevant)
                    if key in seen:
                        continue
                    seen.add(key)
                    found = self._combination(piece, key, action, resource, principal)
                    if found is not None:
                        return found
        return None

    def _classes(self, piece: Piece, name: str, live: Sequence[int]) -> Iterator[tuple[str, list[int]]]:
        """Classes of one element: a member of each, and which of the pieces in question take it in."""
        universes = {"action": ACTIONS, "resource": RESOURCES, "principal": self.principals}[name]
        if not universes:
            yield "", list(live)
            return
        sieve = self._sieves.get((name, tuple(live)))
        if sieve is None:
            sieve = Sieve([getattr(self.against[i], name) for i in live])
            self._sieves[name, tuple(live)] = sieve
        examples = EXAMPLES if name == "action" else ()
        for found in classes(getattr(piece, name), sieve, universes, examples):
            if isinstance(found, Unknown):
                self.unknown = found.reason
            else:
                yield found[1], [i for n, i in enumerate(live) if found[0] >> n & 1]

    def _combination(
        self, piece: Piece, relevant: frozenset[int], action: str, resource: str, principal: str
    ) -> Witness | None:
        left = self._left(piece, relevant)
        if isinstance(left, Unknown):
            self.unknown = left.reason
            return None
        if not left:
            return None
        # Cubes that hang on nothing free first: they are exact.
        left.sort(key=lambda cube: sum(name in cube for name in self.conditions.free))
        problem = ""
        for cube in left[:ATTEMPTS_MAX]:
            for last in (False, True):
                context = self.conditions.context(cube, last=last)
                found, why = self._try(piece, action, resource, principal, context)
                if found is not None:
                    return found
                free = next((n for n in cube if n in self.conditions.free), "")
                problem = problem or (f"{free}: {self.conditions.free[free]}" if free else why)
        self.unknown = problem
        return None

    def _left(self, piece: Piece, relevant: frozenset[int]) -> list[Cube] | Unknown:
        """The cubes of what the question asks for."""
        n, m = len(self.denies), len(self.denies) + len(self.other_allows)
        denied = [self.cubes[id(self.against[i])] for i in sorted(relevant) if i < n]
        allowed = [self.cubes[id(self.against[i])] for i in sorted(relevant) if n <= i < m]
        refused = [self.cubes[id(self.against[i])] for i in sorted(relevant) if i >= m]
        space = self.conditions.space
        if self.goal == "outside" and {} in allowed and not refused:
            return []
        rest = space.subtract([self.cubes[id(piece)]], denied)
        if isinstance(rest, Unknown) or self.goal == "any":
            return rest
        if self.goal == "inside":
            return space.subtract(space.common(rest, allowed), refused)
        outside = space.subtract(rest, allowed)
        return outside if isinstance(outside, Unknown) else [*outside, *space.common(rest, refused)]

    def _try(
        self, piece: Piece, action: str, resource: str, principal: str, context: Mapping[str, World]
    ) -> tuple[Witness | None, str]:
        """A witness from one candidate, or why it is none."""
        why = ""
        absent = [key for key, world in context.items() if not world]
        present = {key: world for key, world in context.items() if world}
        for given in fillings(piece, action, resource, present):
            for who in who_asks(principal, given):
                asked = {**given, "principal": who}
                why = why or self._refuted(asked, absent)
                if self._shows(asked, absent):
                    return self._witness(better(asked, piece, lambda r: self._shows(r, absent))), ""
        return None, why

    def _refuted(self, asked: dict[str, Any], absent: Sequence[str]) -> str:
        try:
            made = request(asked)
        except ValueError as error:
            return f"candidates contradict themselves: {error}"
        problem = contradiction(made.principal, made.resource, made.context, absent)
        return f"candidates contradict themselves: {problem}" if problem else DISAGREE

    def _shows(self, asked: dict[str, Any], absent: Sequence[str]) -> bool:
        """Whether the point evaluator says that this request answers the question."""
        try:
            made = request(asked)
        except ValueError:
            return False
        if contradiction(made.principal, made.resource, made.context, absent):
            return False
        if evaluate([self.subject], made).outcome != "allowed":
            return False
        return self.goal == "any" or (self._other_allows(made) == (self.goal == "inside"))

    def _other_allows(self, made: Request) -> bool:
        return self.other is not None and evaluate([self.other], made).outcome == "allowed"

    def _witness(self, asked: dict[str, Any]) -> Witness:
        made = request(asked)
        trace = [f"allowed by {', '.join(evaluate([self.subject], made).statements)}"]
        if self.other is not None:
            verdict = evaluate([self.other], made)
            says = {"allowed": "also allowed by", "explicit_deny": "on the other side denied by"}.get(verdict.outcome)
            trace.append(
                f"{says} {', '.join(verdict.statements)}" if says else "on the other side no statement allows it"
            )
        trace += strange(asked)
        context = {k: list(v) if len(v) > 1 else v[0] for k, v in asked["context"].items()}
        return Witness({**asked, "context": context}, tuple(trace))
